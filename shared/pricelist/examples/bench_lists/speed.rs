//! How long reading takes and what memory, beside calamine, openpyxl and pandas.

use std::{
    env,
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use calamine::{Data, Reader, Xlsx};
use domain::ListItem;
use pricelist::{ItemSink, ReadOptions};
use rust_decimal::{Decimal, prelude::ToPrimitive};

use crate::{
    Options,
    measure::{self, Run},
};

/// The other readers in Python.
pub(crate) const PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/bench_lists/peers.py");

/// A reader of one of the made files, and its runs.
struct Reading {
    name: &'static str,
    program: PathBuf,
    arguments: Vec<String>,
    runs: Vec<Run>,
}

impl Reading {
    fn new(name: &'static str, program: &Path, arguments: &[&str]) -> Self {
        Self {
            name,
            program: program.to_owned(),
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            runs: Vec::new(),
        }
    }

    fn seconds(&self) -> f64 {
        self.runs
            .iter()
            .map(|run| run.cpu_seconds)
            .fold(f64::INFINITY, f64::min)
    }

    fn peak_mib(&self) -> f64 {
        self.runs.iter().map(|run| run.peak_kib).max().unwrap_or_default() as f64 / 1024.0
    }

    fn throughput(&self) -> f64 {
        self.runs.first().map_or(0.0, |run| run.count as f64) / self.seconds()
    }
}

/// Measures and prints.
pub(crate) fn compare(options: &Options) -> Result<()> {
    let us = env::current_exe()?;
    let directory = tempfile::tempdir()?;
    let workbook = made(&us, directory.path(), "list.xlsx", options.workbook_rows)?;
    let text = made(&us, directory.path(), "list.csv", options.text_rows)?;
    let mut of_workbook = [
        Reading::new("pricelist, items", &us, &["items", &workbook]),
        Reading::new("calamine, cells", &us, &["calamine", &workbook]),
        Reading::new("openpyxl, items", &options.python, &[PEERS, "openpyxl", &workbook]),
    ];
    let mut of_text = [
        Reading::new("pricelist, items", &us, &["items", &text]),
        Reading::new("pandas, rows", &options.python, &[PEERS, "pandas", &text]),
    ];
    // By turns, so that whatever else the machine does meets all alike.
    for _ in 0..options.rounds.max(1) {
        for reading in of_workbook.iter_mut().chain(&mut of_text) {
            let arguments: Vec<&str> = reading.arguments.iter().map(String::as_str).collect();
            reading.runs.push(measure::run(&reading.program, &arguments)?);
        }
    }
    let rounds = options.rounds.max(1);
    println!("Speed: processor time of the best of {rounds} runs on one core; memory: the largest peak\n");
    show(
        &format!("XLSX, {} rows x 10 columns", options.workbook_rows),
        &of_workbook,
    )?;
    show(&format!("CSV, {} rows x 10 columns", options.text_rows), &of_text)?;
    let ([ours, calamine, openpyxl], [ours_text, pandas]) = (&of_workbook, &of_text);
    println!("{:<44}{:>10}   {:<14}{:<14}", "", "measured", "at least", "aim");
    let line = |what: &str, measured: String, least: &str, aim: &str| {
        println!("{what:<44}{measured:>10}   {least:<14}{aim:<14}");
    };
    let times = |ratio: f64| format!("{ratio:.2} x");
    let mib = |reading: &Reading| format!("{:.0} MiB", reading.peak_mib());
    line(
        "XLSX into items, time of calamine's cells",
        times(ours.seconds() / calamine.seconds()),
        "<= 1.6 x",
        "<= 1.15 x",
    );
    line(
        "XLSX into items, faster than openpyxl",
        times(openpyxl.seconds() / ours.seconds()),
        ">= 12 x",
        ">= 30 x",
    );
    line(
        "CSV into items, faster than pandas' rows",
        times(pandas.seconds() / ours_text.seconds()),
        ">= 2 x",
        ">= 6 x",
    );
    line("XLSX, peak memory", mib(ours), "<= 512 MiB", "<= 256 MiB");
    line("CSV, peak memory", mib(ours_text), "<= 128 MiB", "<= 64 MiB");
    Ok(())
}

/// Makes a list in a process of its own: what making takes must not count as this process's memory, which its children
/// begin with.
fn made(us: &Path, directory: &Path, name: &str, rows: u32) -> Result<String> {
    let file = directory.join(name);
    let file = file
        .to_str()
        .context("the temporary directory's path is not text")?
        .to_owned();
    let status = std::process::Command::new(us)
        .args(["make", &file, &rows.to_string()])
        .status()?;
    ensure!(status.success(), "{name} could not be made");
    Ok(file)
}

fn show(what: &str, readings: &[Reading]) -> Result<()> {
    println!("{what:<34}{:>10}{:>14}{:>12}", "seconds", "per second", "peak");
    for reading in readings {
        println!(
            "  {:<32}{:>10.2}{:>14.0}{:>8.0} MiB",
            reading.name,
            reading.seconds(),
            reading.throughput(),
            reading.peak_mib()
        );
    }
    println!();
    let read = |reading: &Reading| {
        reading
            .runs
            .iter()
            .map(|run| (run.count, run.cents))
            .collect::<Vec<_>>()
    };
    let first = readings.first().map(read);
    for reading in readings {
        ensure!(
            Some(read(reading)) == first,
            "{} did not read the same of the {what} as the others",
            reading.name
        );
    }
    Ok(())
}

/// Reads a list into items and reports what it cost.
pub(crate) fn read_items(file: &Path) -> Result<()> {
    measure::report(|| {
        let mut total = Total::default();
        let opened = File::open(file).with_context(|| format!("{} cannot be opened", file.display()))?;
        pricelist::read_file(opened, &ReadOptions::default(), &mut total)?;
        Ok((total.items, cents(total.sum)))
    })
}

/// Counts items and sums up their prices.
#[derive(Default)]
struct Total {
    items: u64,
    sum: Decimal,
}

impl ItemSink for Total {
    fn take(&mut self, item: ListItem) {
        self.items += 1;
        self.sum += item.price.map(Decimal::from).unwrap_or_default();
    }

    fn start_over(&mut self) {
        *self = Self::default();
    }
}

/// Reads the cells of a workbook's first sheet and reports what it cost.
pub(crate) fn read_with_calamine(file: &Path) -> Result<()> {
    const PRICE: usize = 7;
    measure::report(|| {
        let mut workbook: Xlsx<BufReader<File>> = calamine::open_workbook(file)?;
        let range = workbook.worksheet_range_at(0).context("there is no sheet")??;
        let (mut rows, mut sum) = (0, 0.0);
        for row in range.rows().skip(1) {
            rows += 1;
            if let Some(Data::Float(price)) = row.get(PRICE) {
                sum += price;
            }
        }
        Ok((rows, (sum * 100.0).round() as u64))
    })
}

fn cents(sum: Decimal) -> u64 {
    (sum * Decimal::ONE_HUNDRED).to_u64().unwrap_or_default()
}
