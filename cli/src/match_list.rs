//! `pricecourier match`: what each item of a list is in a catalogue.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use domain::{Decision, ListItem, Match, Position, ProductId};
use matching::{Calibration, CatalogueIndex, MatchOptions, Matcher, products_from_items};
use pricelist::Reading;
use serde::Serialize;

/// Match a supplier's list against a catalogue; prints one JSON object per item.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The buyer's products: any file that can be read as a price list.
    #[arg(long, value_name = "FILE")]
    catalogue: PathBuf,
    /// The supplier's list.
    #[arg(value_name = "LIST")]
    list: PathBuf,
    /// How many candidates to print per item.
    #[arg(long, default_value_t = 5, value_name = "N")]
    top: usize,
    /// Write here instead of to the standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Add the evidence on which the best candidate was scored, by name.
    #[arg(long)]
    explain: bool,
    /// Accept by the threshold that a deployment learned from its decisions (`calibration.json`).
    #[arg(long, value_name = "FILE")]
    calibration: Option<PathBuf>,
}

/// One line of the output. Rows are data rows, counted from 1 in file order.
#[derive(Serialize)]
struct Line<'a> {
    row: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    sku: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    decision: Decision,
    /// The accepted product; null when none was.
    product_row: Option<usize>,
    probability: f64,
    accept_score: f64,
    candidates: Vec<CandidateLine<'a>>,
    reasons: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<BTreeMap<&'static str, f32>>,
}

#[derive(Serialize)]
struct CandidateLine<'a> {
    product_row: Option<usize>,
    product_id: &'a ProductId,
    probability: f64,
}

/// Reads both files and writes a line for each item of the list.
pub fn run(args: Args) -> anyhow::Result<()> {
    let catalogue = read(&args.catalogue)?;
    let list = read(&args.list)?;
    let (products, rejected) = products_from_items(&catalogue.items);
    let mut complaints = io::stderr().lock();
    for (path, errors) in [
        (&args.catalogue, &catalogue.errors),
        (&args.catalogue, &rejected),
        (&args.list, &list.errors),
    ] {
        for error in errors {
            writeln!(
                complaints,
                "{}: row {}: {}",
                path.display(),
                error.position.row,
                error.message
            )?;
        }
    }
    let product_rows = product_rows(&catalogue);
    let item_rows = data_rows(&list);
    let index = CatalogueIndex::build(products);
    let mut options = MatchOptions {
        max_candidates: args.top.max(1),
        ..MatchOptions::default()
    };
    if let Some(path) = &args.calibration {
        options = calibration(path)?.apply(options);
    }
    let matcher = Matcher::new(&index, options);
    let matches = matcher.match_list(&list.items, |_, _| {});

    let mut out: Box<dyn Write> = match &args.out {
        Some(path) => Box::new(File::create(path).with_context(|| format!("cannot write {}", path.display()))?),
        None => Box::new(io::stdout().lock()),
    };
    let mut out = BufWriter::new(&mut out);
    for ((item, matched), row) in list.items.iter().zip(&matches).zip(item_rows) {
        let mut line = line(row, item, matched, &product_rows);
        line.candidates.truncate(args.top);
        if let Some(best) = matched.candidates.first().filter(|_| args.explain) {
            line.evidence = matcher
                .evidence(item, &best.product_id)
                .map(|values| values.into_iter().collect());
        }
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Reading> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let options = pricelist::ReadOptions::default();
    pricelist::read(&bytes, &options).with_context(|| format!("{} cannot be read as a list", path.display()))
}

fn calibration(path: &Path) -> anyhow::Result<Calibration> {
    let json = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Calibration::parse(&json).with_context(|| format!("{} is no calibration", path.display()))
}

fn line<'a>(row: usize, item: &'a ListItem, matched: &'a Match, product_rows: &HashMap<ProductId, usize>) -> Line<'a> {
    Line {
        row,
        sku: item.sku.as_deref(),
        name: item.name.as_deref(),
        decision: matched.decision,
        product_row: matched.product_id.as_ref().and_then(|id| product_rows.get(id)).copied(),
        probability: matched.probability,
        accept_score: matched.accept_score,
        candidates: matched
            .candidates
            .iter()
            .map(|candidate| CandidateLine {
                product_row: product_rows.get(&candidate.product_id).copied(),
                product_id: &candidate.product_id,
                probability: candidate.probability,
            })
            .collect(),
        reasons: &matched.reasons,
        evidence: None,
    }
}

/// The number of each item's row among the data rows, those that could not be read included.
fn data_rows(reading: &Reading) -> Vec<usize> {
    let mut numbers: HashMap<&Position, usize> = HashMap::new();
    let mut sheets: Vec<Option<&str>> = Vec::new();
    let mut positions: Vec<&Position> = Vec::new();
    for item in &reading.items {
        let sheet = item.position.sheet.as_deref();
        if !sheets.contains(&sheet) {
            sheets.push(sheet);
        }
        positions.push(&item.position);
    }
    positions.extend(reading.errors.iter().map(|error| &error.position));
    // Sheets in the order of their items; within a sheet, pages and rows count up.
    positions.sort_by_key(|position| {
        let sheet = sheets.iter().position(|sheet| *sheet == position.sheet.as_deref());
        (sheet.unwrap_or(usize::MAX), position.page, position.row)
    });
    positions.dedup();
    for (number, position) in positions.into_iter().enumerate() {
        numbers.entry(position).or_insert(number + 1);
    }
    reading
        .items
        .iter()
        .map(|item| numbers.get(&item.position).copied().unwrap_or(0))
        .collect()
}

/// The row of each product of the catalogue; of rows with one id the first, as in the catalogue itself.
fn product_rows(catalogue: &Reading) -> HashMap<ProductId, usize> {
    let mut rows = HashMap::with_capacity(catalogue.items.len());
    for (item, row) in catalogue.items.iter().zip(data_rows(catalogue)) {
        let (products, _) = products_from_items(std::slice::from_ref(item));
        for product in products {
            rows.entry(product.product_id).or_insert(row);
        }
    }
    rows
}
