//! Reads PDF files and writes, for each, a JSON file with its tables, page by page.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mut files: Vec<PathBuf> = Vec::new();
    let mut out: Option<PathBuf> = None;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--out" => out = arguments.next().map(PathBuf::from),
            _ => files.push(PathBuf::from(argument)),
        }
    }
    let Some(out) = out.filter(|_| !files.is_empty()) else {
        eprintln!("usage: tables FILE.pdf … --out DIRECTORY");
        return ExitCode::FAILURE;
    };
    for file in &files {
        if let Err(error) = write(file, &out) {
            eprintln!("{}: {error}", file.display());
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn write(file: &Path, out: &Path) -> std::io::Result<()> {
    let bytes = std::fs::read(file)?;
    let answer = match pdf::read(&bytes, &pdf::Limits::default()) {
        Ok(document) => {
            let tables: Vec<Value> = document.tables.iter().enumerate().flat_map(by_page).collect();
            let errors: Vec<&str> = if tables.is_empty() {
                vec!["no table found"]
            } else {
                Vec::new()
            };
            json!({ "tables": tables, "items": [], "errors": errors })
        }
        Err(error) => json!({ "tables": [], "items": [], "errors": [error.to_string()] }),
    };
    let name = file.with_extension("json");
    let name = name.file_name().unwrap_or_default();
    std::fs::create_dir_all(out)?;
    std::fs::write(out.join(name), answer.to_string())
}

/// The part of a table on each of its pages.
fn by_page((index, table): (usize, &pdf::Table)) -> Vec<Value> {
    table
        .rows
        .chunk_by(|a, b| a.page == b.page)
        .map(|rows| {
            let texts: Vec<Vec<&str>> = rows
                .iter()
                .map(|row| row.cells.iter().map(|cell| cell.text.as_str()).collect())
                .collect();
            json!({ "table": index, "page": rows[0].page, "rows": texts })
        })
        .collect()
}
