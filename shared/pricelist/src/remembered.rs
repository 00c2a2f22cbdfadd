//! How a supplier's list was read, kept so that the next one is read alike, and what has changed between them.

mod drift;

use serde::{Deserialize, Serialize};

pub use self::drift::Drift;
pub(crate) use self::drift::between;
use crate::{
    Dialect, Role,
    columns::{Columns, Profile},
    structure::Table,
};

/// A reading to be remembered with the supplier: what comes out with one list goes in with the next. It speaks where words
/// and contents leave the choice open, and is silent where they do not.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Remembered {
    /// How the text was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<Dialect>,
    /// The tables that gave items, in the file's order.
    #[serde(default)]
    pub tables: Vec<RememberedTable>,
}

/// A table that gave items.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RememberedTable {
    /// The sheet it stood on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Its columns that held anything.
    #[serde(default)]
    pub columns: Vec<RememberedColumn>,
    /// The column of *the* price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<u32>,
}

/// A column, what it was called, what it was and what its cells looked like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RememberedColumn {
    /// From 0.
    pub column: u32,
    /// The header's text; empty where there was none.
    #[serde(default)]
    pub header: String,
    /// What it held; none where that was not found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// What its cells looked like.
    #[serde(default)]
    pub shape: Shape,
}

/// What the cells of a column look like: shares are of its filled cells, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Shape {
    /// The share of rows that have a cell.
    pub filled: f64,
    /// Cells that are amounts.
    pub amounts: f64,
    /// Cells with letters.
    pub letters: f64,
    /// Cells of nothing but digits.
    pub digits: f64,
    /// Different values.
    pub distinct: f64,
    /// Characters per cell.
    pub length: f64,
    /// The median of the amounts.
    pub median: f64,
}

impl Shape {
    /// From 0, unlike, to 1, alike.
    fn likeness(&self, other: &Self) -> f64 {
        let apart = [
            self.amounts - other.amounts,
            self.letters - other.letters,
            self.digits - other.digits,
            (self.distinct - other.distinct) * 0.5,
            (self.filled - other.filled) * 0.5,
        ]
        .into_iter()
        .map(f64::abs)
        .fold(0.0, f64::max);
        let likeness = (1.0 - 1.5 * apart).max(0.0);
        if ratio(self.length, other.length) > 3.0 {
            likeness * 0.5
        } else {
            likeness
        }
    }
}

/// How many times the larger is the smaller.
fn ratio(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if high <= 0.0 {
        1.0
    } else if low <= 0.0 {
        f64::INFINITY
    } else {
        high / low
    }
}

/// Columns of a table that are remembered at most, and characters of their headers.
const MOST_COLUMNS: usize = 200;
const LONGEST_HEADER: usize = 200;
/// Tables that are remembered at most.
const MOST_TABLES: usize = 50;

impl Remembered {
    /// Adds a table that gave items.
    pub(crate) fn add(&mut self, sheet: Option<&str>, table: &Table, columns: &Columns) {
        if self.tables.len() >= MOST_TABLES {
            return;
        }
        let remembered = columns
            .profiles
            .iter()
            .filter(|profile| profile.filled > 0)
            .map(|profile| RememberedColumn {
                column: profile.column,
                header: table
                    .header(profile.column)
                    .map_or_else(String::new, |header| clipped(&header.text)),
                role: columns.role(profile.column),
                shape: profile.shape(),
            });
        self.tables.push(RememberedTable {
            sheet: sheet.map(str::to_owned),
            columns: remembered.take(MOST_COLUMNS).collect(),
            price: columns.prices.first().copied(),
        });
    }

    /// The table that this one most likely is: most headers in common, else the same sheet, else the only one.
    pub(crate) fn table_like(&self, sheet: Option<&str>, table: &Table) -> Option<&RememberedTable> {
        let common = |known: &RememberedTable| {
            let headers = table
                .headers
                .iter()
                .filter(|header| known.by_header(&header.text).is_some())
                .count();
            2 * headers + usize::from(sheet.is_some() && known.sheet.as_deref() == sheet)
        };
        let best = self.tables.iter().max_by_key(|known| common(known))?;
        (common(best) > 0 || self.tables.len() == 1).then_some(best)
    }
}

impl RememberedTable {
    /// The only column of this name.
    pub(crate) fn by_header(&self, header: &str) -> Option<&RememberedColumn> {
        let header = name(header);
        let mut same = self.columns.iter().filter(|column| name(&column.header) == header);
        let found = same.next().filter(|_| !header.is_empty())?;
        same.next().is_none().then_some(found)
    }

    fn at(&self, column: u32) -> Option<&RememberedColumn> {
        self.columns.iter().find(|known| known.column == column)
    }

    /// What a column of `table` was, and how much that is worth from 0 to 1. A column is known by its header, else, where
    /// its header says nothing and it is not another one's, by its place; only if its cells look alike.
    pub(crate) fn recall(&self, table: &Table, profile: &Profile, header_is_known: bool) -> Option<(Role, f64)> {
        let header = table.header(profile.column).map_or("", |header| header.text.as_str());
        let known = match self.by_header(header) {
            Some(known) => known,
            None if header_is_known => return None,
            None => self.at(profile.column).filter(|known| {
                let moved = table
                    .headers
                    .iter()
                    .any(|header| name(&header.text) == name(&known.header));
                name(&known.header).is_empty() || !moved
            })?,
        };
        let likeness = known.shape.likeness(&profile.shape());
        (likeness > 0.4).then_some((known.role?, likeness))
    }

    /// Whether *the* price stood in a column of this name or, without a name, at this place.
    pub(crate) fn priced_by(&self, column: u32, header: &str) -> bool {
        let price = self.price.and_then(|price| self.at(price));
        price.is_some_and(|price| match (name(&price.header), name(header)) {
            (before, now) if before.is_empty() && now.is_empty() => price.column == column,
            (before, now) => before == now,
        })
    }
}

/// A header as it is compared: without case and blanks.
fn name(header: &str) -> String {
    header
        .chars()
        .filter(|char| char.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .take(LONGEST_HEADER)
        .collect()
}

fn clipped(header: &str) -> String {
    header.chars().take(LONGEST_HEADER).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ReadOptions, Reading, read};

    fn first(list: &str) -> Reading {
        read(list.as_bytes(), &ReadOptions::default()).unwrap()
    }

    /// Reads `next` as the list after `before`, what is remembered having gone through JSON.
    fn after(before: &str, next: &str) -> Reading {
        let remembered = serde_json::to_string(&first(before).remembered).unwrap();
        let options = ReadOptions {
            remembered: serde_json::from_str(&remembered).unwrap(),
            ..ReadOptions::default()
        };
        read(next.as_bytes(), &options).unwrap()
    }

    fn sentences(reading: &Reading) -> Vec<String> {
        reading.report.drift.iter().map(ToString::to_string).collect()
    }

    const LIST: &str = "SKU;Product;Brand;Price EUR;Stock\nA-101;Black tea 100 g;Alba;2,50;17\nA-102;Green tea 50 g;Alba;3,10;4\n\
                        A-103;Coffee beans 1 kg;Borea;14,90;0\nA-104;Cocoa 250 g;Borea;4,20;33\n";

    #[test]
    fn the_same_list_again_has_not_drifted() {
        assert_eq!(sentences(&after(LIST, LIST)), [] as [&str; 0]);
        assert_eq!(after(LIST, LIST).remembered, first(LIST).remembered);
    }

    #[test]
    fn a_header_without_meaning_is_read_as_before_and_reported() {
        let next = LIST.replace("Brand", "Xyzzy").replace("SKU", "Qux");
        let reading = after(LIST, &next);
        assert_eq!(reading.items[0].brand.as_deref(), Some("Alba"));
        assert_eq!(reading.items[0].sku.as_deref(), Some("A-101"));
        assert_eq!(
            sentences(&reading),
            [
                "column A, the code, was called “SKU”, now it is called “Qux”",
                "column C, the brand, was called “Brand”, now it is called “Xyzzy”"
            ]
        );
        assert_eq!(
            first(&next).items[0].brand,
            None,
            "nothing but memory tells that it is a brand"
        );
    }

    #[test]
    fn memory_does_not_override_what_words_and_cells_say() {
        let next = LIST
            .replace("Price EUR;Stock", "Stock;Price EUR")
            .replace("2,50;17", "17;2,50");
        let reading = after(LIST, &next);
        assert_eq!(reading.items[0].price.unwrap().to_string(), "2.5");
        assert_eq!(
            sentences(&reading),
            [] as [&str; 0],
            "columns that moved with their names are the same columns"
        );
        let next = LIST
            .replace("Brand", "Remarks")
            .replace("Alba", "sold out, back in three weeks, ask us for the date");
        assert_eq!(after(LIST, &next).items[0].brand, None);
    }

    #[test]
    fn columns_that_are_gone_new_or_something_else_are_reported() {
        let before =
            "SKU;Product;Brand;Price EUR;Zzz\nA-101;Black tea 100 g;Alba;2,50;7\nA-102;Green tea 50 g;Alba;3,10;12\n";
        let next = "SKU;Product;Price EUR;EAN\nA-101;Black tea 100 g;2,50;4006381333931\nA-102;Green tea 50 g;3,10;4006381333948\n";
        assert_eq!(
            sentences(&after(before, next)),
            [
                "column C (“Brand”), the brand, is gone",
                "column D (“EAN”) is new: the barcode"
            ]
        );
        let turned = before
            .replace("Price EUR;Zzz", "Price EUR;Your price EUR")
            .replace("2,50;7", "in stock;2,50")
            .replace("3,10;12", "sold out;3,10");
        let turned = sentences(&after(before, &turned));
        assert!(
            turned.contains(&"column D (“Price EUR”) was a price, now it is not understood".to_owned()),
            "{turned:?}"
        );
        assert_eq!(
            sentences(&after(before, "dear;customers;we\nhave;moved;soon\n")),
            ["a table gave items, now there is none that does"]
        );
    }

    #[test]
    fn another_price_column_and_prices_of_another_size_are_reported() {
        let before = "SKU;Product;Netto\n1-A;Tea;2,50\n2-B;Milk;1,20\n3-C;Salt;0,80\n";
        let reading = after(
            before,
            "SKU;Product;Retail price\n1-A;Tea;2,90\n2-B;Milk;1,40\n3-C;Salt;0,95\n4-D;Rice;2,00\n",
        );
        assert_eq!(
            sentences(&reading),
            ["column C, a price, was called “Netto”, now it is called “Retail price”"]
        );
        let reading = after(before, "SKU;Product;Netto\n1-A;Tea;250\n2-B;Milk;120\n3-C;Salt;80\n");
        assert_eq!(
            sentences(&reading),
            ["the prices in column “Netto” had a median of 1.2, now of 120"]
        );
        let reading = after(
            before,
            "SKU;Product;Your price;Netto\n1-A;Tea;2,00;2,50\n2-B;Milk;1,00;1,20\n3-C;Salt;0,70;0,80\n",
        );
        assert_eq!(
            sentences(&reading),
            [
                "column C (“Your price”) is new: a price",
                "prices were in column “Netto”, now “Your price” was chosen"
            ]
        );
    }

    #[test]
    fn of_equal_prices_the_remembered_one_is_taken() {
        let remembered = first("SKU;Product;Price B\n1-A;Tea;2,50\n2-B;Milk;1,20\n").remembered;
        let options = ReadOptions {
            remembered: Some(remembered),
            ..ReadOptions::default()
        };
        let next = "SKU;Product;Price A;Price B\n1-A;Tea;9,00;2,60\n2-B;Milk;9,10;1,30\n";
        assert_eq!(
            read(next.as_bytes(), &options).unwrap().items[0]
                .price
                .unwrap()
                .to_string(),
            "2.6"
        );
        assert_eq!(first(next).items[0].price.unwrap().to_string(), "9");
    }

    #[test]
    fn what_an_older_version_kept_reads_back() {
        let kept: Remembered = serde_json::from_str(r#"{"tables":[{"columns":[{"column":0}]}]}"#).unwrap();
        assert_eq!(kept.tables[0].columns[0].role, None);
    }
}
