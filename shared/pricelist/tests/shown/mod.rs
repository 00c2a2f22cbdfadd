//! A reading as lines, for snapshots.
// Each test file uses its own part of this.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use pricelist::{ReadOptions, Reading, read};

/// The report, the items and the errors as lines.
pub fn shown(bytes: &[u8]) -> String {
    let reading = read(bytes, &ReadOptions::default()).unwrap();
    format!("{}\n{}", reading.report, lines(&reading))
}

/// The items and errors of a list that is written as text.
pub fn items(list: &str) -> String {
    lines(&read(list.as_bytes(), &ReadOptions::default()).unwrap())
}

/// The items of several lists, one list after the other.
pub fn items_of<const N: usize>(lists: [&str; N]) -> String {
    lists.map(items).join("\n")
}

pub fn lines(reading: &Reading) -> String {
    let mut lines = String::new();
    for item in &reading.items {
        let text = |text: &Option<domain::Text>| text.as_deref().unwrap_or("–").to_owned();
        let price = item.price.map_or("–".to_owned(), |price| price.to_string());
        let currency = item.currency.map_or("–".to_owned(), |currency| currency.to_string());
        let unit = item.unit.as_ref().map_or("–", |unit| unit.original.as_str());
        let row = item.position.row;
        lines += &format!(
            "{row}: {} | {} | {price} {currency} | {unit}",
            text(&item.sku),
            text(&item.name)
        );
        if let Some(category) = &item.category {
            lines += &format!(" | in {category}");
        }
        lines.push('\n');
    }
    for error in &reading.errors {
        lines += &format!(
            "error {} {:?}: {}\n",
            error.cell.as_deref().unwrap_or("–"),
            error.text,
            error.message
        );
    }
    lines
}
