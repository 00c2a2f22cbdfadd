//! Lists of any length, made up: ten columns as suppliers' lists have them, each row another.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use anyhow::{Context, Result, bail};
use rust_xlsxwriter::Workbook;

const HEADER: [&str; 10] = [
    "Article", "Barcode", "Name", "Brand", "Category", "Unit", "Pack", "Price", "Currency", "Stock",
];
const THINGS: [&str; 8] = [
    "Drill bit",
    "Hex bolt",
    "Wood screw",
    "Cable tie",
    "Paint roller",
    "Hinge",
    "Wall plug",
    "Sanding disc",
];
const FINISHES: [&str; 5] = ["zinc plated", "stainless", "black", "brass", "galvanised"];
const UNITS: [&str; 4] = ["pcs", "kg", "m", "set"];

/// One row of the list.
struct Row {
    article: String,
    barcode: String,
    name: String,
    brand: String,
    category: String,
    unit: &'static str,
    pack: u32,
    cents: u32,
    stock: u32,
}

/// The row with this number, the same in every run.
fn row(number: u32) -> Row {
    // Spreads the numbers, so that neighbouring rows differ (multiplier of Knuth, TAOCP 6.4).
    let spread = number.wrapping_mul(2_654_435_761);
    let pick = |of: u32, shift: u32| (spread >> shift) % of;
    let thing = THINGS[pick(8, 3) as usize];
    let finish = FINISHES[pick(5, 7) as usize];
    Row {
        article: format!("K{:02}-{number:07}", pick(90, 5)),
        barcode: barcode(number),
        name: format!("{thing} {finish} {} x {} mm", 2 + pick(38, 9), 10 + number % 990),
        brand: format!("Brand {:02}", pick(60, 11)),
        category: format!("{thing}s {}", pick(25, 13)),
        unit: UNITS[pick(4, 17) as usize],
        pack: [1, 5, 10, 25, 50, 100][pick(6, 19) as usize],
        cents: 101 + pick(999_000, 2),
        stock: pick(2_000, 4),
    }
}

/// A GTIN-13 in the range for use within a company (GS1 General Specifications 1.4.5: prefix 2), with its check digit.
fn barcode(number: u32) -> String {
    let body = format!("200{number:09}");
    let sum: u32 = body
        .bytes()
        .enumerate()
        .map(|(at, digit)| u32::from(digit - b'0') * if at % 2 == 0 { 1 } else { 3 })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// Writes a list of so many rows below its header.
pub(crate) fn write(file: &Path, rows: u32) -> Result<()> {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => write_text(file, rows),
        Some("xlsx") => write_workbook(file, rows),
        _ => bail!("{}: only .csv and .xlsx are made", file.display()),
    }
}

fn write_text(file: &Path, rows: u32) -> Result<()> {
    let created = File::create(file).with_context(|| format!("{} cannot be written", file.display()))?;
    let mut out = BufWriter::new(created);
    writeln!(out, "{}", HEADER.join(","))?;
    for number in 1..=rows {
        let row = row(number);
        writeln!(
            out,
            "{},{},{},{},{},{},{},{}.{:02},EUR,{}",
            row.article,
            row.barcode,
            row.name,
            row.brand,
            row.category,
            row.unit,
            row.pack,
            row.cents / 100,
            row.cents % 100,
            row.stock
        )?;
    }
    Ok(out.flush()?)
}

fn write_workbook(file: &Path, rows: u32) -> Result<()> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write_row(0, 0, HEADER)?;
    for number in 1..=rows {
        let row = row(number);
        let texts = [&row.article, &row.barcode, &row.name, &row.brand, &row.category];
        for (column, text) in (0..).zip(texts) {
            sheet.write_string(number, column, text)?;
        }
        sheet.write_string(number, 5, row.unit)?;
        sheet.write_number(number, 6, row.pack)?;
        sheet.write_number(number, 7, f64::from(row.cents) / 100.0)?;
        sheet.write_string(number, 8, "EUR")?;
        sheet.write_number(number, 9, row.stock)?;
    }
    Ok(workbook.save(file)?)
}
