//! Layouts in which rows are not plain lines: what stands on baselines of its own, in a single row on the last page, twice
//! beside each other.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use pdf::{Document, Limits, read};
use pdf_fixtures::{Page, pdf};

const SIZE: f32 = 8.0;
const RIGHT: f32 = 510.0;
const ITEMS: [[&str; 3]; 6] = [
    ["40-118", "Ball valve brass 20", "214.50"],
    ["40-119", "Hex bolt zinc plated", "3.20"],
    ["40-120", "Cable gland", "12.75"],
    ["7-2201", "Paint roller 110", "640.00"],
    ["7-2202", "Copper pipe 15", "18.90"],
    ["7-2203", "Door hinge black", "7.05"],
];

fn open(pages: &[Page]) -> Document {
    read(&pdf(pages), &Limits::default()).unwrap()
}

fn rows(document: &Document) -> Vec<Vec<&str>> {
    document
        .tables
        .iter()
        .flat_map(|table| &table.rows)
        .map(|row| row.cells.iter().map(|cell| cell.text.as_str()).collect())
        .collect()
}

fn row(page: &mut Page, y: f32, [code, name, price]: [&str; 3]) {
    page.text(50.0, y, SIZE, code)
        .text(130.0, y, SIZE, name)
        .text_right(RIGHT, y, SIZE, price);
}

#[test]
fn names_stand_a_little_lower_than_the_rest_of_their_rows() {
    let mut page = Page::new();
    for (at, [code, name, price]) in ITEMS.into_iter().enumerate() {
        let y = 100.0 + 18.0 * at as f32;
        page.text(50.0, y, SIZE, code).text_right(RIGHT, y, SIZE, price);
        page.text(130.0, y + 2.6, SIZE, name);
    }
    assert_eq!(rows(&open(&[page])), ITEMS);
}

#[test]
fn the_end_of_a_long_name_stands_beside_its_price() {
    let mut page = Page::new();
    let mut y = 100.0;
    for (at, item) in ITEMS.into_iter().enumerate() {
        if at % 2 == 1 {
            page.text(130.0, y, SIZE, "Galvanised and powder coated for outdoor use:");
            y += 9.5;
        }
        let [code, name, price] = item;
        page.text(50.0, y - 2.6, SIZE, code)
            .text_right(RIGHT, y - 2.6, SIZE, price);
        page.text(130.0, y, SIZE, name);
        y += 16.0;
    }
    let document = open(&[page]);
    let rows = rows(&document);
    assert_eq!(rows.len(), 6, "{rows:?}");
    assert_eq!(rows[0], ITEMS[0]);
    assert_eq!(
        rows[1],
        [
            "40-119",
            "Galvanised and powder coated for outdoor use: Hex bolt zinc plated",
            "3.20"
        ]
    );
    assert_eq!(rows[2], ITEMS[2]);
}

#[test]
fn a_name_and_its_reference_stand_above_each_other_beside_one_price() {
    let mut page = Page::new();
    for (at, [code, name, price]) in ITEMS.into_iter().enumerate() {
        let y = 100.0 + 26.0 * at as f32;
        page.text(50.0, y, SIZE, name)
            .text(50.0, y + 9.0, 7.0, &format!("Ref. {code}"));
        page.text(380.0, y + 5.0, SIZE, "10 pcs")
            .text_right(RIGHT, y + 5.0, SIZE, price);
        page.line(46.0, y + 15.0, 514.0, y + 15.0);
    }
    let document = open(&[page]);
    let rows = rows(&document);
    assert_eq!(rows.len(), 6, "{rows:?}");
    assert_eq!(rows[2], ["Cable gland Ref. 40-120", "10 pcs", "12.75"]);
}

#[test]
fn the_last_page_has_one_row() {
    let mut pages = vec![Page::new(), Page::new()];
    for (at, item) in ITEMS[..5].iter().enumerate() {
        row(&mut pages[0], 100.0 + 14.0 * at as f32, *item);
    }
    row(&mut pages[1], 100.0, ITEMS[5]);
    pages[1].text(50.0, 300.0, SIZE, "Delivery free of charge from 500 EUR.");
    let document = open(&pages);
    assert_eq!(rows(&document), ITEMS);
    assert_eq!(document.tables[0].rows[5].page, 2);
}

#[test]
fn rows_that_differ_by_their_numbers_are_no_running_heads() {
    let pages: Vec<Page> = (0..3)
        .map(|number| {
            let mut page = Page::new();
            page.text(50.0, 30.0, 7.0, "ACME Supplies");
            for at in 0..20 {
                let y = 60.0 + 30.0 * at as f32;
                let price = format!("{}.{:02}", 3 + at, 10 * number);
                row(
                    &mut page,
                    y,
                    [&format!("B-{number}{at:02}"), "Hex bolt zinc plated", &price],
                );
                page.text(130.0, y + 9.0, SIZE, "Made in the EU, two years of warranty.");
            }
            page.text(280.0, 820.0, 7.0, &format!("Page {} of 3", number + 1));
            page
        })
        .collect();
    let document = open(&pages);
    let rows = rows(&document);
    assert_eq!(rows.len(), 60, "{:?}", &rows[..3]);
    assert_eq!(
        rows[0],
        [
            "B-000",
            "Hex bolt zinc plated Made in the EU, two years of warranty.",
            "3.00"
        ]
    );
    assert_eq!(rows[59][0], "B-219");
}

#[test]
fn two_lists_without_headings_stand_beside_each_other() {
    let mut page = Page::new();
    for (side, x) in [40.0, 310.0].into_iter().enumerate() {
        let mut y = 100.0;
        for (at, [code, name, price]) in ITEMS.into_iter().enumerate() {
            // The second list has a section where the first has none.
            if side == 1 && at == 4 {
                page.text(x, y, SIZE, "Pipes");
                y += 12.0;
            }
            page.text(x, y, 6.0, code).text(x + 50.0, y, 6.0, name);
            page.text_right(x + 230.0, y, 6.0, if side == 0 { price } else { "9.99" });
            y += 12.0;
        }
    }
    let document = open(&[page]);
    assert_eq!(document.tables.len(), 2);
    assert_eq!(rows(&document).len(), 13);
    assert_eq!(rows(&document)[..6], ITEMS);
}
