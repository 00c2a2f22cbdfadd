//! PDF price lists to items: the traits that only show once a page's table has become items.

// A test fails by panicking.
#![allow(clippy::unwrap_used)]

use pdf_fixtures::{Page, pdf};
use pricelist::{ReadOptions, Reading, read};

const SIZE: f32 = 8.0;
const PITCH: f32 = 13.0;

fn reading(pages: &[Page]) -> Reading {
    read(&pdf(pages), &ReadOptions::default()).unwrap()
}

/// Each item as its page, code, name, price, currency and unit, and its category.
fn items(reading: &Reading) -> Vec<String> {
    reading
        .items
        .iter()
        .map(|item| {
            let price = item.price.map_or("–".to_owned(), |price| price.to_string());
            let currency = item.currency.map_or(String::new(), |currency| format!(" {currency}"));
            let unit = item
                .unit
                .as_ref()
                .map_or(String::new(), |unit| format!(" / {}", unit.original));
            let category = item
                .category
                .as_ref()
                .map_or(String::new(), |category| format!(" in {category}"));
            format!(
                "{}: {} {} {price}{currency}{unit}{category}",
                item.position.page.unwrap_or(0),
                item.sku.as_deref().unwrap_or("–"),
                item.name.as_deref().unwrap_or("–"),
            )
        })
        .collect()
}

/// Writes rows from `top` down: texts begin at their column's place, those of the last column end there. Gives the y below.
fn rows<const N: usize>(page: &mut Page, top: f32, columns: [f32; N], rows: &[[&str; N]]) -> f32 {
    let mut y = top;
    for cells in rows {
        for (at, (x, text)) in columns.into_iter().zip(cells).enumerate() {
            if at + 1 == N {
                page.text_right(x, y, SIZE, text);
            } else if !text.is_empty() {
                page.text(x, y, SIZE, text);
            }
        }
        y += PITCH;
    }
    y
}

#[test]
fn decimal_commas_stand_in_names_and_prices_have_three_decimals() {
    let mut page = Page::new();
    page.text(50.0, 60.0, 12.0, "Preisliste, alle Preise in EUR");
    rows(
        &mut page,
        100.0,
        [50.0, 120.0, 480.0],
        &[
            ["Art.-Nr.", "Bezeichnung", "Preis"],
            ["1001", "Schleifband 2,5 x 0,8 m", "1,235"],
            ["1002", "Schleifband 3,0 x 0,8 m", "12,480"],
            ["1003", "Draht 0,75 mm2, Rolle 1,5 kg", "0,985"],
            ["1004", "Draht 1,50 mm2, Rolle 2,5 kg", "123,450"],
        ],
    );
    insta::assert_debug_snapshot!(items(&reading(&[page])));
}

#[test]
fn a_layout_changes_on_the_third_page() {
    let mut pages = vec![Page::new(), Page::new(), Page::new()];
    for (number, page) in pages.iter_mut().take(2).enumerate() {
        let codes: Vec<String> = (1..=3).map(|item| format!("B-{number}{item}")).collect();
        rows(
            page,
            80.0,
            [50.0, 120.0, 480.0],
            &[
                ["Code", "Product", "Price EUR"],
                [&codes[0], "Ball valve", "12.50"],
                [&codes[1], "Gate valve", "18.00"],
                [&codes[2], "Check valve", "9.75"],
            ],
        );
    }
    rows(
        &mut pages[2],
        80.0,
        [50.0, 260.0, 340.0, 400.0, 520.0],
        &[
            ["Product", "Code", "Unit", "Pack", "Price EUR"],
            ["Hex bolt zinc", "C-1", "pc", "100", "0.35"],
            ["Hex nut zinc", "C-2", "pc", "200", "0.12"],
            ["Washer zinc", "C-3", "pc", "500", "0.04"],
        ],
    );
    insta::assert_debug_snapshot!(items(&reading(&pages)));
}

#[test]
fn a_price_is_per_tonne_by_agreement_or_a_fault() {
    let mut page = Page::new();
    rows(
        &mut page,
        100.0,
        [50.0, 300.0, 480.0],
        &[
            ["Product", "Size", "Price, USD per tonne"],
            ["Rebar A500", "12", "620.00"],
            ["Rebar A500", "16", "by agreement"],
            ["Beam B1", "20", "#DIV/0!"],
            ["Beam B2", "30", "815.00"],
            ["Channel U", "10", "702.50"],
        ],
    );
    let reading = reading(&[page]);
    insta::assert_debug_snapshot!(items(&reading));
    insta::assert_debug_snapshot!(reading.errors);
}

#[test]
fn two_tables_have_sections_at_different_heights() {
    let mut page = Page::new();
    let left = [
        ["Code", "Product", "Price"],
        ["", "VALVES", ""],
        ["L-1", "Ball valve", "12.50"],
        ["L-2", "Gate valve", "18.00"],
        ["", "BOLTS", ""],
        ["L-3", "Hex bolt", "0.35"],
        ["L-4", "Anchor bolt", "1.35"],
    ];
    let right = [
        ["Code", "Product", "Price"],
        ["", "PAINT", ""],
        ["R-1", "White paint", "31.00"],
        ["R-2", "Red paint", "33.00"],
        ["R-3", "Primer", "12.00"],
        ["", "BRUSHES", ""],
        ["R-4", "Flat brush", "4.20"],
    ];
    rows(&mut page, 100.0, [40.0, 90.0, 270.0], &left);
    rows(&mut page, 104.0, [310.0, 360.0, 540.0], &right);
    insta::assert_debug_snapshot!(items(&reading(&[page])));
}

#[test]
fn names_are_spread_over_headings() {
    let mut page = Page::new();
    let mut y = 90.0;
    for (family, kinds) in [
        ("Steel pipes", ["Seamless", "Welded"]),
        ("Copper pipes", ["Soft", "Hard"]),
    ] {
        page.text(50.0, y, 12.0, family);
        y += 20.0;
        for kind in kinds {
            page.text(60.0, y, 10.0, kind);
            y += 16.0;
            y = rows(
                &mut page,
                y,
                [70.0, 200.0, 480.0],
                &[["15 x 1.0", "6 m", "14.50 EUR"], ["22 x 1.5", "6 m", "23.80 EUR"]],
            );
            y += 6.0;
        }
    }
    insta::assert_debug_snapshot!(items(&reading(&[page])));
}

#[test]
fn each_family_has_a_heading_and_a_header_of_its_own() {
    let mut page = Page::new();
    let mut y = 90.0;
    for (family, start) in [
        ("Ball valve brass", 10),
        ("Gate valve bronze", 20),
        ("Check valve steel", 30),
    ] {
        page.text(40.0, y, 11.0, family);
        let codes: Vec<String> = (start..start + 3).map(|code| format!("{code}-V")).collect();
        y = rows(
            &mut page,
            y + 16.0,
            [50.0, 140.0, 480.0],
            &[
                ["Size", "Code", "Price EUR"],
                ["1/2\"", &codes[0], "12.50"],
                ["3/4\"", &codes[1], "18.00"],
                ["1\"", &codes[2], "29.75"],
            ],
        );
        y += 14.0;
    }
    insta::assert_debug_snapshot!(items(&reading(&[page])));
}

#[test]
fn cards_stand_beside_each_other_in_boxes() {
    let mut page = Page::new();
    for at in 0..9 {
        let (x, y) = (40.0 + 175.0 * (at % 3) as f32, 80.0 + 90.0 * (at / 3) as f32);
        let names = ["Ball valve brass", "Hex bolt zinc plated", "Copper pipe"];
        page.line(x, y, x + 165.0, y)
            .line(x, y + 80.0, x + 165.0, y + 80.0)
            .line(x, y, x, y + 80.0)
            .line(x + 165.0, y, x + 165.0, y + 80.0);
        page.text(x + 6.0, y + 14.0, 9.0, names[at % 3])
            .text(x + 6.0, y + 28.0, 7.0, &format!("Item K{at:03}"))
            .text(x + 6.0, y + 40.0, 7.0, "Pack of 10");
        page.text_right(x + 155.0, y + 68.0, 13.0, &format!("€ {}.50", 10 + at));
    }
    insta::assert_debug_snapshot!(items(&reading(&[page])));
}

#[test]
fn prices_are_per_kilogram_and_per_piece_and_names_repeat() {
    let mut page = Page::new();
    rows(
        &mut page,
        100.0,
        [50.0, 120.0, 260.0, 380.0, 480.0],
        &[
            ["Ref", "Cheese", "Weight", "€/kg", "€/pc"],
            ["C01", "Gouda young", "4.5 kg", "9.80", "44.10"],
            ["C02", "Gouda old", "4.5 kg", "14.20", "63.90"],
            ["C03", "Brie", "1 kg", "12.00", "12.00"],
            ["C04", "Gouda young", "0.5 kg", "10.40", "5.20"],
            ["C05", "Brie", "0.25 kg", "13.20", "3.30"],
        ],
    );
    insta::assert_debug_snapshot!(items(&reading(&[page])));
}

#[test]
fn the_currency_stands_in_the_header_alone_or_nowhere() {
    let list = |header: &str| {
        let mut page = Page::new();
        rows(
            &mut page,
            100.0,
            [50.0, 120.0, 480.0],
            &[
                ["Code", "Product", header],
                ["1", "Ball valve", "12.50"],
                ["2", "Gate valve", "18.00"],
                ["3", "Check valve", "9.75"],
            ],
        );
        let currencies: Vec<Option<String>> = reading(&[page])
            .items
            .iter()
            .map(|item| item.currency.map(|c| c.to_string()))
            .collect();
        currencies
    };
    assert_eq!(list("Price, CHF"), vec![Some("CHF".to_owned()); 3]);
    assert_eq!(list("Price"), vec![None; 3]);
}

#[test]
fn a_partly_scanned_list_gives_the_rest_and_says_what_is_missing() {
    let mut page = Page::new();
    rows(
        &mut page,
        100.0,
        [50.0, 120.0, 480.0],
        &[
            ["Code", "Product", "Price"],
            ["1", "Ball valve", "12.50"],
            ["2", "Gate valve", "18.00"],
        ],
    );
    let reading = reading(&[page, Page::image()]);
    assert_eq!(reading.items.len(), 2);
    insta::assert_debug_snapshot!(reading.errors);
}

#[test]
fn each_item_says_on_which_page_it_stands_and_where() {
    let mut pages = vec![Page::new(), Page::new()];
    for (number, page) in pages.iter_mut().enumerate() {
        let codes: Vec<String> = (1..=2).map(|item| format!("B-{number}{item}")).collect();
        rows(
            page,
            80.0,
            [50.0, 120.0, 480.0],
            &[
                ["Code", "Product", "Price EUR"],
                [&codes[0], "Ball valve", "12.50"],
                [&codes[1], "Gate valve", "18.00"],
            ],
        );
    }
    let reading = reading(&pages);
    let places: Vec<_> = reading.items.iter().map(|item| (&item.position, &item.cells)).collect();
    insta::assert_debug_snapshot!(places);
}
