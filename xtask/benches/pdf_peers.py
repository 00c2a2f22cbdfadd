"""The peers' side of `cargo xtask bench pdf`: reads directories of PDF files with one tool and writes what it found.

Usage: pdf_peers.py TOOL OUT DIRECTORY...
TOOL: pdfplumber, camelot-stream or camelot-lattice, each with its defaults.
OUT/<directory's name>/<file>.json holds the tables page by page; the last line printed is JSON: for each directory its
name, pages, and seconds of processor time.
"""

import json
import pathlib
import sys
import time
import warnings

warnings.filterwarnings("ignore")


def pdfplumber_tables(path):
    import pdfplumber

    with pdfplumber.open(path) as document:
        for page in document.pages:
            for table in page.extract_tables():
                yield page.page_number, table


def camelot_tables(path, flavor):
    import camelot

    for table in camelot.read_pdf(str(path), pages="all", flavor=flavor, suppress_stdout=True):
        yield table.page, table.df.values.tolist()


TOOLS = {
    "pdfplumber": pdfplumber_tables,
    "camelot-stream": lambda path: camelot_tables(path, "stream"),
    "camelot-lattice": lambda path: camelot_tables(path, "lattice"),
}


def pages_of(path):
    import pypdfium2

    try:
        return len(pypdfium2.PdfDocument(path))
    except pypdfium2.PdfiumError:
        return 0


def read(path, tables_of):
    try:
        found = [{"page": page, "rows": [[str(cell or "") for cell in row] for row in rows]} for page, rows in tables_of(path)]
        return {"items": [], "tables": found, "errors": [] if found else ["no table found"]}
    except Exception as error:  # a tool may fail in any way it likes; the others go on
        return {"items": [], "tables": [], "errors": [f"{type(error).__name__}: {error}"]}


def main():
    tool, out, *directories = sys.argv[1:]
    timings = []
    for directory in map(pathlib.Path, directories):
        target = pathlib.Path(out) / directory.name
        target.mkdir(parents=True, exist_ok=True)
        seconds, pages = 0.0, 0
        for path in sorted(directory.glob("*.pdf")):
            pages += pages_of(path)
            begun = time.process_time()
            answer = read(path, TOOLS[tool])
            seconds += time.process_time() - begun
            (target / (path.stem + ".json")).write_text(json.dumps(answer))
        timings.append({"set": directory.name, "pages": pages, "seconds": seconds})
    print(json.dumps(timings))


main()
