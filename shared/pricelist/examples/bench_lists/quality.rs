//! How much of real lists is read right, by the `score.py` that lies beside them, and what simpler readers reach.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use domain::ListItem;
use pricelist::ReadOptions;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::speed::PEERS;

/// What `score.py` says of all files together.
#[derive(Deserialize)]
struct Score {
    files: u32,
    fully_right: u32,
    item_recall: f64,
    item_precision: f64,
    field_accuracy: f64,
}

#[derive(Deserialize)]
struct Answer {
    aggregate: Score,
}

/// Reads the lists with every reader, and prints the scores side by side. Without the lists it says so and no more.
pub(crate) fn compare(data: &Path, python: &Path) -> Result<()> {
    let data = data.join("pricelists");
    if !data.join("score.py").exists() {
        println!(
            "Quality is left out: there are no lists with known truth at {}; name their directory with --data DIR.\n",
            data.display()
        );
        return Ok(());
    }
    let work = tempfile::tempdir()?;
    let files = data.join("files");
    let ours = work.path().join("pricelist");
    read_all(&files, &ours)?;
    let peer = |reader: &str| -> Result<PathBuf> {
        let out = work.path().join(reader);
        let output = Command::new(python)
            .args([PEERS, reader])
            .args([&files, &out])
            .output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{reader} failed: {errors}");
        Ok(out)
    };
    let scores = [peer("first-row")?, peer("header-search")?, ours]
        .iter()
        .map(|read| score(&data, python, read))
        .collect::<Result<Vec<_>>>()?;
    print(&scores);
    Ok(())
}

/// Our items of every list, one JSON file each.
fn read_all(files: &Path, out: &Path) -> Result<()> {
    fs::create_dir_all(out)?;
    for entry in fs::read_dir(files)? {
        let file = entry?.path();
        let bytes = fs::read(&file)?;
        let items = match pricelist::read(&bytes, &ReadOptions::default()) {
            Ok(reading) => reading.items.iter().map(item_json).collect::<Vec<_>>(),
            Err(_) => Vec::new(),
        };
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        fs::write(out.join(format!("{name}.json")), json!({ "items": items }).to_string())?;
    }
    Ok(())
}

/// An item as the scorer compares it.
fn item_json(item: &ListItem) -> Value {
    json!({
        "sku": item.sku,
        "name": item.name,
        "price": item.price,
        "currency": item.currency,
        "unit": item.unit.as_ref().map(|unit| &unit.original),
        "category": item.category,
        "barcode": item.barcode,
        "row": item.position.row,
        "sheet": item.position.sheet,
    })
}

fn score(data: &Path, python: &Path, read: &Path) -> Result<Score> {
    let answer = read.with_extension("score.json");
    let output = Command::new(python)
        .arg(data.join("score.py"))
        .arg(read)
        .arg("--json")
        .arg(&answer)
        .output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the scorer failed: {errors}");
    let answer: Answer = serde_json::from_slice(&fs::read(&answer)?).context("what the scorer wrote")?;
    Ok(answer.aggregate)
}

fn print(scores: &[Score]) {
    println!(
        "{:<44}{:>16}{:>16}{:>16}   {:<12}aim",
        "Quality on the development lists", "row 1 as header", "header search", "pricelist", "at least"
    );
    let line = |what: &str, figure: &dyn Fn(&Score) -> String, least: &str, aim: &str| {
        print!("{what:<44}");
        for score in scores {
            print!("{:>16}", figure(score));
        }
        println!("   {least:<12}{aim}");
    };
    line(
        "files entirely right",
        &|score| format!("{} of {}", score.fully_right, score.files),
        "14 of 19",
        "19",
    );
    line(
        "items, recall / precision, mean over files",
        &|score| format!("{:.3} / {:.3}", score.item_recall, score.item_precision),
        ".95 / .97",
        ".995 / .995",
    );
    line(
        "fields right on the sampled items",
        &|score| format!("{:.3}", score.field_accuracy),
        ".92",
        ".98",
    );
    println!("These lists' truth is known to whoever works on the reader; unseen lists decide.\n");
}
