//! Reads directories of PDF files into items and tables, and says how long it took: our side of `cargo xtask bench pdf`.
//!
//! For each directory, `OUT/<its name>/<file>.json` holds the items, the tables page by page and the errors of each file.
//! The last line of the output is JSON: for each directory its name, pages, and seconds of processor time.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use domain::ListItem;
use nix::time::{ClockId, clock_gettime};
use pricelist::{ReadOptions, Reading};
use serde_json::{Value, json};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let Some(out) = arguments.next() else {
        eprintln!("usage: read_pdfs OUT DIRECTORY…");
        return ExitCode::FAILURE;
    };
    let mut timings = Vec::new();
    for directory in arguments {
        match read_directory(&directory, &out) {
            Ok(timing) => timings.push(timing),
            Err(error) => {
                eprintln!("{}: {error}", directory.display());
                return ExitCode::FAILURE;
            }
        }
    }
    println!("{}", Value::Array(timings));
    ExitCode::SUCCESS
}

/// How often a directory is read: the fastest time counts, the others had company.
const ROUNDS: usize = 3;

fn read_directory(directory: &Path, out: &Path) -> io::Result<Value> {
    let name = directory.file_name().unwrap_or_default();
    let out = out.join(name);
    fs::create_dir_all(&out)?;
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "pdf") {
            files.push((path.clone(), fs::read(path)?));
        }
    }
    files.sort();
    let mut seconds = f64::MAX;
    for _ in 0..ROUNDS {
        let begun = processor_seconds()?;
        for (_, bytes) in &files {
            // A refusal is an answer too: what it costs counts, what it says is written below.
            let _ = pricelist::read(bytes, &ReadOptions::default());
        }
        seconds = seconds.min(processor_seconds()? - begun);
    }
    let mut pages = 0;
    for (path, bytes) in &files {
        let (answer, read) = answer(bytes);
        pages += read;
        let file = Path::new(path.file_name().unwrap_or_default()).with_extension("json");
        fs::write(out.join(file), answer.to_string())?;
    }
    Ok(json!({ "set": name.to_string_lossy(), "pages": pages, "seconds": seconds }))
}

/// What a file gives, and how many pages it has.
fn answer(bytes: &[u8]) -> (Value, u32) {
    let document = pdf::read(bytes, &pdf::Limits::default());
    let pages = document.as_ref().map_or(0, |document| document.pages);
    let tables: Vec<Value> = document
        .iter()
        .flat_map(|document| &document.tables)
        .flat_map(|table| table.rows.chunk_by(|a, b| a.page == b.page))
        .map(|rows| {
            let texts: Vec<Vec<&str>> = rows
                .iter()
                .map(|row| row.cells.iter().map(|cell| cell.text.as_str()).collect())
                .collect();
            json!({ "page": rows[0].page, "rows": texts })
        })
        .collect();
    let answer = match pricelist::read(bytes, &ReadOptions::default()) {
        Ok(Reading { items, .. }) => {
            let items: Vec<Value> = items.iter().map(item).collect();
            json!({ "items": items, "tables": tables, "errors": [] })
        }
        Err(error) => json!({ "items": [], "tables": tables, "errors": [error.to_string()] }),
    };
    (answer, pages)
}

fn item(item: &ListItem) -> Value {
    json!({
        "sku": item.sku,
        "name": item.name,
        "price": item.price.map(|price| price.to_string()),
        "currency": item.currency.map(|currency| currency.to_string()),
        "unit": item.unit.as_ref().map(|unit| &unit.original),
        "page": item.position.page,
        "row": item.position.row,
    })
}

/// Processor time of this process: the wall clock also counts what else the machine does.
fn processor_seconds() -> io::Result<f64> {
    let time = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)?;
    Ok(time.tv_sec() as f64 + time.tv_nsec() as f64 / 1e9)
}
