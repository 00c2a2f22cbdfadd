//! How a file was read, in the words of the pages; and a table of what was read.

use std::collections::HashSet;

use domain::{ListItem, RowError, Text};
use pricelist::{PriceKind, ReadingReport, Role, SheetReport, TableReport, Verdict, Visibility};

use super::format;

/// The report on a file.
pub(super) struct ReadingView {
    /// What the file is, in a sentence.
    pub(super) about: String,
    pub(super) confidence: u64,
    pub(super) warnings: Vec<String>,
    /// What is read otherwise than in the supplier's list before, a sentence each.
    pub(super) drift: Vec<String>,
    pub(super) sheets: Vec<SheetView>,
}

pub(super) struct SheetView {
    /// The page of a PDF that is pictured below: with the last of its tables, all of which the picture has.
    pub(super) page: Option<u32>,
    pub(super) title: String,
    /// Why it was left out; empty where it was read.
    pub(super) left_out: &'static str,
    pub(super) notes: Vec<String>,
    pub(super) tables: Vec<TableView>,
}

pub(super) struct TableView {
    pub(super) place: String,
    pub(super) header: String,
    pub(super) columns: Vec<ColumnView>,
    pub(super) unused: Vec<String>,
    pub(super) price: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) items: String,
    pub(super) skipped: String,
}

pub(super) struct ColumnView {
    pub(super) letter: String,
    pub(super) header: String,
    pub(super) field: &'static str,
    /// Whether it fills a field of the item.
    pub(super) is_used: bool,
    pub(super) reason: String,
    pub(super) confidence: u64,
}

impl ReadingView {
    pub(super) fn of(report: &ReadingReport) -> Self {
        let mut about = format!("This is {}", report.kind);
        if let Some(encoding) = &report.encoding {
            about.push_str(&format!(" in {encoding}"));
        }
        if let Some(dialect) = report.dialect.as_ref().filter(|dialect| !dialect.delimiter.is_empty()) {
            about.push_str(&format!(", its fields between {}", delimiter(&dialect.delimiter)));
        }
        about.push('.');
        Self {
            about,
            confidence: percent(report.confidence),
            warnings: report
                .warnings
                .iter()
                .map(|warning| format::sentence(warning))
                .collect(),
            drift: report.drift.iter().map(ToString::to_string).collect(),
            sheets: sheets(&report.sheets),
        }
    }
}

fn sheets(reports: &[SheetReport]) -> Vec<SheetView> {
    let mut views: Vec<SheetView> = reports.iter().map(SheetView::of).collect();
    let mut pictured = HashSet::new();
    for view in views.iter_mut().rev() {
        view.page = view.page.filter(|page| pictured.insert(*page));
    }
    views
}

fn delimiter(text: &str) -> String {
    match text {
        "\t" => "tabs".to_owned(),
        "," => "commas".to_owned(),
        ";" => "semicolons".to_owned(),
        other => format!("“{other}”"),
    }
}

impl SheetView {
    fn of(sheet: &SheetReport) -> Self {
        let title = match (&sheet.name, sheet.page) {
            (Some(name), _) => format!("Sheet “{name}”"),
            (None, Some(page)) => format!("Page {page}"),
            (None, None) => "The table".to_owned(),
        };
        let mut notes = Vec::new();
        if sheet.visibility != Visibility::Visible {
            notes.push("the sheet is hidden in the workbook".to_owned());
        }
        for (hidden, one, many) in [
            (sheet.hidden_rows, "hidden row", "hidden rows"),
            (sheet.hidden_columns, "hidden column", "hidden columns"),
        ] {
            if hidden > 0 {
                notes.push(format!(
                    "{}, read like the others",
                    format::counted(hidden as u64, one, many)
                ));
            }
        }
        Self {
            page: sheet.page,
            title,
            left_out: match sheet.verdict {
                Verdict::Read => "",
                Verdict::Empty => "Left out: it is empty.",
                Verdict::NoPrices => "Left out: it has no table with prices.",
                Verdict::Hidden => "Left out: it is hidden, and others have prices.",
                Verdict::Duplicate => "Left out: it repeats another sheet.",
            },
            notes,
            tables: sheet.tables.iter().map(TableView::of).collect(),
        }
    }
}

impl TableView {
    fn of(table: &TableReport) -> Self {
        let header = match table.header_rows.as_slice() {
            [] => "no header: columns told by their cells alone".to_owned(),
            [row] => format!("header in row {row}"),
            rows => format!(
                "header in rows {}",
                rows.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
            ),
        };
        let priced = format::counted(table.priced as u64, "item with a price", "items with a price");
        let items = match table.unpriced {
            0 => priced,
            unpriced => format!("{priced}, {} without", format::count(unpriced as u64)),
        };
        Self {
            place: format!("columns {}, rows {}–{}", table.columns, table.rows.0, table.rows.1),
            header,
            columns: table
                .roles
                .iter()
                .map(|reading| ColumnView {
                    letter: letters(reading.column),
                    header: reading.header.clone(),
                    field: role_name(reading.role),
                    is_used: reading.role.field().is_some(),
                    reason: reason(&reading.evidence),
                    confidence: percent(reading.confidence),
                })
                .collect(),
            unused: table.unused.clone(),
            price: table.price.clone(),
            currency: table.currency.clone(),
            items,
            skipped: skipped(table),
        }
    }
}

/// The rows passed over, and why.
fn skipped(table: &TableReport) -> String {
    let kinds = [
        (table.sections, "section title", "section titles"),
        (table.footers, "total or footer", "totals or footers"),
        (table.notes, "note", "notes"),
        (table.repeated_headers, "repeated header", "repeated headers"),
    ];
    let parts: Vec<String> = kinds
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| format::counted(*count as u64, one, many))
        .collect();
    match parts.is_empty() {
        true => "none".to_owned(),
        false => parts.join(", "),
    }
}

fn reason(evidence: &[String]) -> String {
    let words: Vec<&str> = evidence
        .iter()
        .map(|what| match what.as_str() {
            "header" => "its heading",
            "content" => "its cells",
            other => other,
        })
        .collect();
    match words.is_empty() {
        true => "what the other columns left".to_owned(),
        false => words.join(" and "),
    }
}

/// A column's letters: 0 is A, 26 is AA.
fn letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        let digit = u8::try_from((left - 1) % 26).unwrap_or(0);
        letters.insert(0, char::from(b'A' + digit));
        left = (left - 1) / 26;
    }
    letters.into_iter().collect()
}

fn percent(share: f64) -> u64 {
    format!("{:.0}", (share * 100.0).clamp(0.0, 100.0)).parse().unwrap_or(0)
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Sku => "Supplier's code",
        Role::Barcode => "Barcode",
        Role::Name => "Name",
        Role::Brand => "Brand",
        Role::Price(PriceKind::Purchase) => "Price (purchase)",
        Role::Price(PriceKind::Plain) => "Price",
        Role::Price(PriceKind::Wholesale) => "Price (wholesale)",
        Role::Price(PriceKind::Tier) => "Price (by quantity)",
        Role::Price(PriceKind::PerPack) => "Price (per pack)",
        Role::Price(PriceKind::Retail) => "Price (retail)",
        Role::Price(PriceKind::Old) => "Price (old)",
        Role::Currency => "Currency",
        Role::Unit => "Unit",
        Role::PackSize => "Pack size",
        Role::MinimumOrder => "Minimum order",
        Role::Availability => "Availability",
        Role::Category => "Category",
        Role::Description => "Description",
        Role::RowNumber => "Row number",
        Role::OrderQuantity => "Order quantity",
        Role::Total => "Total",
        Role::Measure => "Measure",
        Role::Rate => "Rate",
        Role::Link => "Link",
        Role::Date => "Date",
        Role::PriceBasis => "Price is for",
        Role::Attribute => "Attribute",
    }
}

/// A row that could not be read.
pub(super) struct ErrorView {
    pub(super) place: String,
    pub(super) text: String,
    pub(super) message: String,
}

impl ErrorView {
    pub(super) fn of(error: &RowError) -> Self {
        let mut place = String::new();
        if let Some(sheet) = &error.position.sheet {
            place.push_str(&format!("{sheet}, "));
        }
        if let Some(page) = error.position.page {
            place.push_str(&format!("page {page}, "));
        }
        match &error.cell {
            Some(cell) => place.push_str(cell),
            None => place.push_str(&format!("row {}", error.position.row)),
        }
        Self {
            place,
            text: error.text.clone(),
            message: error.message.clone(),
        }
    }
}

/// One item of a list that was only tried.
pub(super) struct ItemView {
    pub(super) row: u32,
    pub(super) sku: Text,
    pub(super) name: Text,
    pub(super) brand: Text,
    pub(super) price: String,
    pub(super) unit: Text,
    pub(super) more: String,
}

impl ItemView {
    pub(super) fn of(item: &ListItem) -> Self {
        let price = item.price.map(|price| format::money(price, item.currency));
        let more = [
            item.barcode.clone(),
            item.category.clone(),
            item.availability.as_ref().map(|it| it.original.clone()),
        ];
        Self {
            row: item.position.row,
            sku: item.sku.clone().unwrap_or_default(),
            name: item.name.clone().unwrap_or_default(),
            brand: item.brand.clone().unwrap_or_default(),
            price: price.unwrap_or_default(),
            unit: item.unit.as_ref().map(|unit| unit.original.clone()).unwrap_or_default(),
            more: more.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_lettered_as_in_a_spreadsheet() {
        assert_eq!([0, 25, 26, 701, 702].map(letters), ["A", "Z", "AA", "ZZ", "AAA"]);
    }

    #[test]
    fn a_report_reads_as_sentences() {
        let list = "Article;Product;Unit;Price EUR\nB-1;Hexagon bolt M6;pcs;0.25\nB-2;Hexagon bolt M8;pcs;0.30\n";
        let reading = pricelist::read(list.as_bytes(), &pricelist::ReadOptions::default()).unwrap();
        let view = ReadingView::of(&reading.report);
        assert!(view.about.contains("semicolons"), "{}", view.about);
        let table = &view.sheets[0].tables[0];
        assert_eq!(
            (table.header.as_str(), table.skipped.as_str()),
            ("header in row 1", "none")
        );
        let columns: Vec<_> = table
            .columns
            .iter()
            .map(|column| (column.letter.as_str(), column.field))
            .collect();
        assert_eq!(
            columns,
            [("A", "Supplier's code"), ("B", "Name"), ("C", "Unit"), ("D", "Price")]
        );
        let item = ItemView::of(&reading.items[1]);
        assert_eq!((item.row, item.price.as_str()), (3, "0.30 EUR"));
    }
}
