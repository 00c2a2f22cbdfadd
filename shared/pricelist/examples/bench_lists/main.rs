//! Quality, speed and memory of reading price lists, beside other readers.
//!
//! Each reader runs in a process of its own, over the same made file; this program starts them by turns and compares.
#![allow(clippy::print_stdout, reason = "a command")]

mod made_lists;
mod measure;
mod quality;
mod speed;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    part: Option<Part>,
    #[command(flatten)]
    options: Options,
}

#[derive(clap::Args)]
struct Options {
    /// Lists with known truth and their `score.py`.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"))]
    data: PathBuf,
    /// A Python with pandas and openpyxl.
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// Measure speed only.
    #[arg(long)]
    no_quality: bool,
    /// Measure quality only.
    #[arg(long)]
    no_speed: bool,
    /// Rows of the made workbook.
    #[arg(long, default_value_t = 200_000)]
    workbook_rows: u32,
    /// Rows of the made text.
    #[arg(long, default_value_t = 1_000_000)]
    text_rows: u32,
    /// How often each reader runs; its best run counts.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

/// What one of the started processes does.
#[derive(Subcommand)]
enum Part {
    /// Makes a list; its form is that of the file's extension.
    Make { file: PathBuf, rows: u32 },
    /// Reads a list into items with this crate.
    Items { file: PathBuf },
    /// Reads a workbook's cells with calamine.
    Calamine { file: PathBuf },
}

fn main() -> Result<()> {
    let Args { part, options } = Args::parse();
    match part {
        Some(Part::Make { file, rows }) => made_lists::write(&file, rows),
        Some(Part::Items { file }) => speed::read_items(&file),
        Some(Part::Calamine { file }) => speed::read_with_calamine(&file),
        None => {
            if !options.no_quality {
                quality::compare(&options.data, &options.python)?;
            }
            if !options.no_speed {
                speed::compare(&options)?;
            }
            Ok(())
        }
    }
}
