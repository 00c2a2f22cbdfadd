"""The other readers of the benchmark, one run per process.

peers.py openpyxl FILE.xlsx       items by openpyxl (read-only), the header searched by synonyms
peers.py pandas FILE.csv          rows by pandas.read_csv
peers.py first-row FILES OUT      items of every list by pandas, its first row taken as the header
peers.py header-search FILES OUT  the same, the header searched in the first 30 rows

The first two print what it cost as `measure.rs` does: {"cpu_seconds", "peak_kib", "count", "cents"}; the others write
OUT/<file>.json with the items.
"""

import json
import pathlib
import re
import resource
import sys
from decimal import Decimal, InvalidOperation

SYNONYMS = {
    "sku": "sku article art code ref reference артикул код codigo código codice kod index 型号 κωδικός",
    "barcode": "barcode ean gtin ean13 штрихкод",
    "name": "name product title item description наименование название товар назва найменування"
    " nombre producto descripcion descripción descrizione prodotto nazwa ürün model 名称 品名 περιγραφή όνομα",
    "brand": "brand manufacturer бренд производитель виробник marca marka producent 品牌",
    "category": "category group категория категорія группа categoria categoría kategoria 类别",
    "unit": "unit uom ед единица unidad unità jm birim 单位",
    "price": "price цена ціна precio prezzo cena fiyat τιμή 价格 单价 опт розница",
    "currency": "currency валюта moneda valuta waluta 币种",
    "stock": "stock qty availability остаток наличие",
}
ROLES = {word: role for role, words in SYNONYMS.items() for word in words.split()}
# Whose word decides where a header has several.
ORDER = ["price", "barcode", "sku", "name", "brand", "category", "unit", "currency", "stock"]


def role_of(cell):
    roles = {ROLES[word] for word in re.split(r"[\W_]+", str(cell).lower()) if word in ROLES}
    return next((role for role in ORDER if role in roles), None)


def roles_of(row):
    """The column of each role; the leftmost of several."""
    columns = {}
    for at, cell in enumerate(row):
        role = None if cell is None else role_of(cell)
        if role:
            columns.setdefault(role, at)
    return columns


def is_header(columns):
    return "price" in columns and ("name" in columns or "sku" in columns)


def read_openpyxl(file):
    import openpyxl

    def work():
        sheet = openpyxl.load_workbook(file, read_only=True, data_only=True).worksheets[0]
        columns, items, cents = None, [], Decimal(0)
        for row in sheet.iter_rows(values_only=True):
            if columns is None:
                roles = roles_of(row)
                columns = roles if is_header(roles) else None
                continue
            item = {role: row[at] for role, at in columns.items() if at < len(row)}
            if item.get("price") is None:
                continue
            item["price"] = Decimal(str(item["price"]))
            cents += item["price"]
            items.append(item)
        return len(items), int(cents * 100)

    return work


def read_pandas(file):
    import pandas

    def work():
        frame = pandas.read_csv(file)
        return len(frame), round(frame["Price"].sum() * 100)

    return work


def tables(file):
    """Each sheet's rows, by pandas."""
    import pandas

    if file.suffix.lower() == ".csv":
        for encoding in ("utf-8-sig", "cp1252"):
            try:
                frame = pandas.read_csv(
                    file, header=None, sep=None, engine="python", dtype=str, encoding=encoding, on_bad_lines="skip"
                )
            except UnicodeDecodeError:
                continue
            return {None: frame.values.tolist()}
    frames = pandas.read_excel(file, header=None, sheet_name=None, dtype=str)
    return {name: frame.values.tolist() for name, frame in frames.items()}


def amount(text):
    bare = re.sub(r"[^\d.,]", "", text).strip(".,")
    if "," in bare and "." not in bare:
        bare = bare.replace(",", ".")
    try:
        return Decimal(bare.replace(",", ""))
    except InvalidOperation:
        return None


def items_of(file, rows_searched):
    for sheet, rows in tables(file).items():
        rows = [[None if cell != cell or cell is None else str(cell).strip() for cell in row] for row in rows]
        header = next((at for at, row in enumerate(rows[:rows_searched]) if is_header(roles_of(row))), None)
        if header is None:
            continue
        columns = roles_of(rows[header])
        for at, row in enumerate(rows[header + 1 :], header + 2):
            item = {role: row[column] for role, column in columns.items() if row[column]}
            price = amount(item.get("price", ""))
            if price is None or not ("name" in item or "sku" in item):
                continue
            yield {**item, "price": str(price), "row": at, "sheet": sheet}


def read_lists(files, out, rows_searched):
    out = pathlib.Path(out)
    out.mkdir(parents=True)
    for file in sorted(pathlib.Path(files).iterdir()):
        try:
            items = list(items_of(file, rows_searched))
        except Exception:  # A file that this reader cannot read gives no items.
            items = []
        (out / f"{file.name}.json").write_text(json.dumps({"items": items}))


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    reader, file, *rest = sys.argv[1:]
    if reader in ("first-row", "header-search"):
        read_lists(file, rest[0], 1 if reader == "first-row" else 30)
        return
    # Imports are not counted.
    work = {"openpyxl": read_openpyxl, "pandas": read_pandas}[reader](file)
    before = cpu_seconds()
    count, cents = work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if sys.platform == "darwin":
        peak //= 1024
    print(json.dumps({"cpu_seconds": cpu_seconds() - before, "peak_kib": peak, "count": count, "cents": cents}))


if __name__ == "__main__":
    main()
