//! What price lists look like, trait by trait, each in a file made here.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use pdf::{Document, Limits, Method, Table, read};
use pdf_fixtures::{HEIGHT, LETTER, Page, WIDTH, identity_font, pdf, pdf_with_font, pdf_with_form, truetype, width};

const ITEMS: [[&str; 4]; 6] = [
    ["40-118", "Ball valve brass 20", "pc", "1,214.50"],
    ["40-119", "Hex bolt zinc plated 8", "box", "3.20"],
    ["40-120", "Cable gland IP67", "pc", "12.75"],
    ["7-2201", "Paint roller 110", "set", "640.00"],
    ["7-2202", "Copper pipe 15", "m", "18.90"],
    ["7-2203", "Door hinge black", "pc", "7.05"],
];
const HEADER: [&str; 4] = ["Code", "Description", "Unit", "Price"];
/// Left edges of the columns; the last column ends at [`RIGHT`].
const COLUMNS: [f32; 4] = [50.0, 130.0, 340.0, 420.0];
const RIGHT: f32 = 510.0;
const SIZE: f32 = 8.0;
const PITCH: f32 = 14.0;

fn open(bytes: &[u8]) -> Document {
    read(bytes, &Limits::default()).unwrap()
}

fn texts(table: &Table) -> Vec<Vec<&str>> {
    table
        .rows
        .iter()
        .map(|row| row.cells.iter().map(|cell| cell.text.as_str()).collect())
        .collect()
}

fn only_table(document: &Document) -> &Table {
    assert_eq!(
        document.tables.len(),
        1,
        "{:?}",
        document.tables.iter().map(texts).collect::<Vec<_>>()
    );
    &document.tables[0]
}

fn expected() -> Vec<Vec<&'static str>> {
    std::iter::once(HEADER).chain(ITEMS).map(|row| row.to_vec()).collect()
}

/// Writes a row: three texts from the left, the price from the right.
fn row(page: &mut Page, y: f32, cells: [&str; 4]) {
    for (x, text) in COLUMNS.iter().zip(&cells[..3]) {
        page.text(*x, y, SIZE, text);
    }
    page.text_right(RIGHT, y, SIZE, cells[3]);
}

/// The sample table without lines, its first baseline at `top`; gives the y below it.
fn plain_table(page: &mut Page, top: f32) -> f32 {
    let mut y = top;
    for cells in std::iter::once(HEADER).chain(ITEMS) {
        row(page, y, cells);
        y += PITCH;
    }
    y
}

fn grid_lines(page: &mut Page, top: f32, rows: usize) {
    let bottom = top + rows as f32 * PITCH;
    for index in 0..=rows {
        let y = top + index as f32 * PITCH;
        page.line(COLUMNS[0] - 4.0, y, RIGHT + 4.0, y);
    }
    for x in COLUMNS.iter().map(|x| x - 4.0).chain([RIGHT + 4.0]) {
        page.line(x, top, x, bottom);
    }
}

#[test]
fn reads_a_ruled_table() {
    let mut page = Page::new();
    plain_table(&mut page, 100.0);
    grid_lines(&mut page, 90.0, 7);
    let document = open(&pdf(&[page]));
    let table = only_table(&document);
    assert_eq!(table.method, Method::Ruled);
    assert_eq!(texts(table), expected());
}

#[test]
fn takes_thin_rectangles_for_lines() {
    let mut page = Page::new();
    plain_table(&mut page, 100.0);
    for index in 0..=7 {
        page.fill(46.0, 90.0 + index as f32 * PITCH, 468.0, 0.6, 0.0);
    }
    for x in [46.0, 126.0, 336.0, 416.0, 514.0] {
        page.fill(x, 90.0, 0.6, 7.0 * PITCH, 0.0);
    }
    let document = open(&pdf(&[page]));
    assert_eq!(only_table(&document).method, Method::Ruled);
    assert_eq!(texts(only_table(&document)), expected());
}

#[test]
fn reads_a_table_without_lines() {
    let mut page = Page::new();
    page.text(50.0, 50.0, 14.0, "Price list");
    plain_table(&mut page, 100.0);
    let document = open(&pdf(&[page]));
    let table = only_table(&document);
    assert_eq!(table.method, Method::Aligned);
    assert_eq!(texts(table), expected());
}

#[test]
fn places_each_cell() {
    let mut page = Page::new();
    plain_table(&mut page, 100.0);
    let document = open(&pdf(&[page]));
    let price = &only_table(&document).rows[1].cells[3];
    let bbox = price.bbox.unwrap();
    assert!((bbox.x1 - RIGHT).abs() < 0.5, "{bbox:?}");
    assert!((bbox.x0 - (RIGHT - width("1,214.50", SIZE))).abs() < 0.5, "{bbox:?}");
    assert!(bbox.contains(RIGHT - 5.0, 100.0 + PITCH - 2.0), "{bbox:?}");
}

#[test]
fn joins_texts_over_several_lines_wherever_the_price_stands() {
    let name = ["Circuit breaker with", "auxiliary contact and", "a cover of glass"];
    for (price_line, label) in ["top", "middle", "bottom"].into_iter().enumerate() {
        let mut page = Page::new();
        let mut y = 100.0;
        row(&mut page, y, HEADER);
        y += 16.0;
        for (index, item) in ITEMS.iter().enumerate() {
            let lines: &[&str] = if index % 2 == 0 { &name } else { &item[1..2] };
            for (line, text) in lines.iter().enumerate() {
                page.text(COLUMNS[1], y, SIZE, text);
                if line == price_line.min(lines.len() - 1) {
                    page.text(COLUMNS[0], y, SIZE, item[0])
                        .text(COLUMNS[2], y, SIZE, item[2]);
                    page.text_right(RIGHT, y, SIZE, item[3]);
                }
                y += if line + 1 == lines.len() { 14.0 } else { 10.0 };
            }
        }
        let document = open(&pdf(&[page]));
        let rows = texts(only_table(&document));
        assert_eq!(rows.len(), 7, "{label}: {rows:?}");
        assert_eq!(
            rows[1],
            [
                "40-118",
                "Circuit breaker with auxiliary contact and a cover of glass",
                "pc",
                "1,214.50"
            ]
        );
        assert_eq!(rows[2], ITEMS[1], "{label}");
    }
}

#[test]
fn keeps_section_headings_as_rows_of_one_cell() {
    for ruled in [false, true] {
        let mut page = Page::new();
        row(&mut page, 100.0, HEADER);
        page.text(COLUMNS[0], 114.0, SIZE, "Valves and fittings");
        row(&mut page, 128.0, ITEMS[0]);
        row(&mut page, 142.0, ITEMS[1]);
        page.text(COLUMNS[0], 156.0, SIZE, "Tools");
        row(&mut page, 170.0, ITEMS[3]);
        if ruled {
            for y in [90.0, 104.0, 118.0, 132.0, 146.0, 160.0, 174.0] {
                page.line(46.0, y, 514.0, y);
            }
            for x in [126.0, 336.0, 416.0] {
                for (from, to) in [(90.0, 104.0), (118.0, 146.0), (160.0, 174.0)] {
                    page.line(x, from, x, to);
                }
            }
            page.line(46.0, 90.0, 46.0, 174.0).line(514.0, 90.0, 514.0, 174.0);
        }
        let document = open(&pdf(&[page]));
        let table = only_table(&document);
        assert_eq!(texts(table)[1], ["Valves and fittings", "", "", ""]);
        assert_eq!(texts(table)[4], ["Tools", "", "", ""]);
        assert_eq!(table.rows[1].filled(), 1);
        assert_eq!(texts(table).len(), 6);
    }
}

#[test]
fn joins_a_table_over_pages_and_leaves_out_what_pages_repeat() {
    let pages: Vec<Page> = (1..=3)
        .map(|number| {
            let mut page = Page::new();
            page.text(50.0, 30.0, 7.0, "ACME Supplies");
            page.text_right(RIGHT, 30.0, 7.0, "valid from 01.02.2026");
            plain_table(&mut page, 80.0);
            page.text(280.0, 820.0, 7.0, &format!("Page {number} of 3"));
            page
        })
        .collect();
    let document = open(&pdf(&pages));
    assert_eq!(document.pages, 3);
    let table = only_table(&document);
    assert_eq!(table.rows.len(), 21);
    assert_eq!(table.rows.iter().filter(|row| row.repeats_header).count(), 2);
    assert!(!table.rows[0].repeats_header);
    assert_eq!(table.rows[7].page, 2);
    assert_eq!(table.rows[20].page, 3);
    assert!(table.rows.iter().all(|row| row.cells.len() == 4));
}

#[test]
fn parts_tables_side_by_side() {
    let mut page = Page::new();
    let half = |page: &mut Page, x: f32, y: f32, cells: [&str; 3]| {
        page.text(x, y, 6.0, cells[0]).text(x + 50.0, y, 6.0, cells[1]);
        page.text_right(x + 230.0, y, 6.0, cells[2]);
    };
    for (side, x) in [40.0, 310.0].into_iter().enumerate() {
        half(&mut page, x, 100.0, ["Code", "Description", "Price"]);
        for (index, item) in ITEMS.iter().enumerate() {
            let y = 112.0 + 12.0 * index as f32;
            half(
                &mut page,
                x,
                y,
                [item[0], item[1], if side == 0 { item[3] } else { "9.99" }],
            );
        }
    }
    let document = open(&pdf(&[page]));
    assert_eq!(document.tables.len(), 2);
    for (table, price) in document.tables.iter().zip(["1,214.50", "9.99"]) {
        assert_eq!(texts(table)[0], ["Code", "Description", "Price"]);
        assert_eq!(texts(table)[1], ["40-118", "Ball valve brass 20", price]);
        assert_eq!(table.rows.len(), 7);
    }
}

#[test]
fn turns_pages_and_text_upright() {
    let mut upright = Page::new();
    plain_table(&mut upright, 100.0);
    for degrees in [90, 180, 270] {
        let document = open(&pdf(&[upright.clone().rotated(degrees)]));
        assert_eq!(texts(only_table(&document)), expected(), "/Rotate {degrees}");
    }
    // The text itself runs up the page.
    let mut turned = Page::new();
    turned.raw(&format!("0 1 -1 0 {WIDTH} 0 cm"));
    let mut y = 400.0;
    for cells in std::iter::once(HEADER).chain(ITEMS) {
        row(&mut turned, y, cells);
        y += PITCH;
    }
    let document = open(&pdf(&[turned]));
    assert_eq!(texts(only_table(&document)), expected());
}

#[test]
fn reads_doubled_letters_once() {
    let mut page = Page::new();
    plain_table(&mut page, 100.0);
    page.raw("1 0 0 1 0.3 0 cm");
    plain_table(&mut page, 100.0);
    let document = open(&pdf(&[page]));
    assert_eq!(texts(only_table(&document)), expected());
}

#[test]
fn reads_letters_placed_one_by_one_and_column_by_column() {
    let mut page = Page::new();
    let rows: Vec<[&str; 4]> = std::iter::once(HEADER).chain(ITEMS).collect();
    for column in 0..4 {
        for (index, cells) in rows.iter().enumerate() {
            let y = 100.0 + PITCH * index as f32;
            let x = if column == 3 {
                RIGHT - width(cells[3], SIZE)
            } else {
                COLUMNS[column]
            };
            for (at, letter) in cells[column].chars().enumerate().filter(|(_, letter)| *letter != ' ') {
                page.text(x + at as f32 * LETTER * SIZE, y, SIZE, &letter.to_string());
            }
        }
    }
    let document = open(&pdf(&[page]));
    assert_eq!(texts(only_table(&document)), expected());
}

#[test]
fn leaves_out_watermarks() {
    let mut page = Page::new();
    page.raw("q 0.8 g BT /F1 90 Tf 0.7 0.7 -0.7 0.7 100 350 Tm (COPY) Tj ET Q");
    plain_table(&mut page, 300.0);
    page.raw("q 0.8 g BT /F1 90 Tf 1 0 0 1 120 470 Tm (DRAFT) Tj ET Q");
    let document = open(&pdf(&[page]));
    assert_eq!(texts(only_table(&document)), expected());
}

#[test]
fn reads_raised_cents() {
    let mut page = Page::new();
    row(&mut page, 100.0, HEADER);
    for (index, item) in ITEMS.iter().enumerate() {
        let y = 114.0 + PITCH * index as f32;
        let (whole, cents) = item[3].rsplit_once('.').unwrap();
        row(&mut page, y, [item[0], item[1], item[2], &whole.replace(',', "")]);
        page.text(RIGHT + 0.5, y - 3.0, 5.0, cents);
    }
    let document = open(&pdf(&[page]));
    let rows = texts(only_table(&document));
    assert_eq!(rows[1][3], "1214.50");
    assert_eq!(rows[6][3], "7.05");
}

#[test]
fn reads_lines_with_leaders_and_bullets() {
    let mut leaders = Page::new();
    for (index, item) in ITEMS.iter().enumerate() {
        let y = 100.0 + 16.0 * index as f32;
        let dots = ".".repeat(60 - item[1].len());
        leaders.text(50.0, y, SIZE, &format!("{} {dots}", item[1]));
        leaders.text_right(RIGHT, y, SIZE, &format!("€ {}", item[3]));
    }
    let document = open(&pdf(&[leaders]));
    assert_eq!(texts(only_table(&document))[0], ["Ball valve brass 20", "€ 1,214.50"]);

    let mut bullets = Page::new();
    bullets.text(50.0, 80.0, 11.0, "Valves:");
    for (index, item) in ITEMS.iter().enumerate() {
        let y = 100.0 + 16.0 * index as f32;
        bullets.text(60.0, y, SIZE, &format!("- {} – {} EUR", item[1], item[3]));
    }
    let document = open(&pdf(&[bullets]));
    let table = only_table(&document);
    assert_eq!(table.method, Method::List);
    assert_eq!(texts(table)[0], ["Valves:", ""]);
    assert_eq!(texts(table)[1], ["Ball valve brass 20", "1,214.50 EUR"]);
    assert_eq!(texts(table)[6], ["Door hinge black", "7.05 EUR"]);
}

#[test]
fn keeps_a_name_whole_that_runs_into_the_next_column() {
    let mut page = Page::new();
    plain_table(&mut page, 100.0);
    let long = "Stainless steel flange with a very long name 400";
    assert!(COLUMNS[1] + width(long, SIZE) > COLUMNS[2] + 4.0);
    for index in 0..12 {
        row(&mut page, 200.0 + PITCH * index as f32, ITEMS[index % 6]);
    }
    row(&mut page, 200.0 + 12.0 * PITCH, ["9-1", long, "pc", "99.00"]);
    row(&mut page, 200.0 + 13.0 * PITCH, ITEMS[0]);
    let document = open(&pdf(&[page]));
    let rows: Vec<Vec<&str>> = document.tables.iter().flat_map(texts).collect();
    assert!(rows.contains(&vec!["9-1", long, "pc", "99.00"]), "{rows:?}");
}

#[test]
fn keeps_a_name_whole_that_runs_over_a_border() {
    let long = "Stainless steel flange with a very long name 400";
    let mut page = Page::new();
    plain_table(&mut page, 100.0);
    row(&mut page, 100.0 + 7.0 * PITCH, ["9-1", long, "pc", "99.00"]);
    grid_lines(&mut page, 90.0, 8);
    let document = open(&pdf(&[page]));
    assert_eq!(texts(only_table(&document))[7], ["9-1", long, "pc", "99.00"]);
}

#[test]
fn reads_forms() {
    let mut form = Page::new();
    plain_table(&mut form, 100.0);
    let document = open(&pdf_with_form(&form));
    assert_eq!(texts(only_table(&document)), expected());
}

#[test]
fn reads_a_font_without_a_unicode_map_through_its_own() {
    let rows = [
        ["Артикул", "Название", "Цена"],
        ["А-100", "Кран шаровой", "120,50"],
        ["А-101", "Болт", "7,30"],
    ];
    let mut characters: Vec<char> = rows.iter().flatten().flat_map(|text| text.chars()).collect();
    characters.sort_unstable();
    characters.dedup();
    characters.reverse();
    let mut page = Page::new();
    for (index, cells) in rows.iter().enumerate() {
        for (x, text) in [50.0, 150.0, 400.0].into_iter().zip(cells) {
            let glyph = |c: char| characters.iter().position(|&other| other == c).unwrap() as u16 + 1;
            page.codes(x, 100.0 + PITCH * index as f32, SIZE, text.chars().map(glyph));
        }
    }
    let document = open(&pdf_with_font(&[page], |file| {
        identity_font(file, &truetype::font(&characters))
    }));
    assert_eq!(texts(only_table(&document)), rows);
}

#[test]
fn finds_no_table_in_running_text() {
    let mut page = Page::new();
    for line in 0..30 {
        let text = "The supplier delivers the goods within thirty days of payment, article 4.1 applies.";
        page.text(50.0, 100.0 + 12.0 * line as f32, SIZE, text);
    }
    assert!(open(&pdf(&[page])).tables.is_empty());
}

#[test]
fn joins_headings_over_two_lines() {
    let mut page = Page::new();
    page.text(50.0, 100.0, SIZE, "Code")
        .text(130.0, 100.0, SIZE, "Description")
        .text(340.0, 100.0, SIZE, "Unit of");
    page.text(340.0, 109.0, SIZE, "measure");
    page.text_right(RIGHT, 100.0, SIZE, "Price,")
        .text_right(RIGHT, 109.0, SIZE, "EUR");
    for (index, item) in ITEMS.into_iter().enumerate() {
        row(&mut page, 124.0 + PITCH * index as f32, item);
    }
    let document = open(&pdf(&[page]));
    let rows = texts(only_table(&document));
    assert_eq!(rows[0], ["Code", "Description", "Unit of measure", "Price, EUR"]);
    assert_eq!(rows[1], ITEMS[0]);
}

#[test]
fn keeps_a_heading_over_several_columns_apart() {
    let mut page = Page::new();
    page.text(50.0, 100.0, SIZE, "Code")
        .text(130.0, 100.0, SIZE, "Description")
        .text(390.0, 100.0, SIZE, "Price, EUR");
    page.line(330.0, 103.0, 515.0, 103.0);
    let prices = |page: &mut Page, y: f32, texts: [&str; 3]| {
        for (x, text) in [370.0, 440.0, 510.0].into_iter().zip(texts) {
            page.text_right(x, y, SIZE, text);
        }
    };
    prices(&mut page, 112.0, ["Retail", "Trade", "Export"]);
    for (index, item) in ITEMS.iter().enumerate() {
        let y = 126.0 + PITCH * index as f32;
        page.text(50.0, y, SIZE, item[0]).text(130.0, y, SIZE, item[1]);
        prices(&mut page, y, [item[3], "2.00", "1.00"]);
    }
    let document = open(&pdf(&[page]));
    let rows = texts(only_table(&document));
    assert_eq!(rows[1], ["", "", "Retail", "Trade", "Export"]);
    assert_eq!(rows[2], ["40-118", "Ball valve brass 20", "1,214.50", "2.00", "1.00"]);
}

#[test]
fn joins_sections_that_stand_apart() {
    let mut page = Page::new();
    row(&mut page, 100.0, HEADER);
    for (section, y) in [("Valves", 140.0), ("Tools and accessories", 260.0), ("Hinges", 380.0)] {
        page.text(COLUMNS[0], y, 10.0, section);
        for (index, item) in ITEMS[..4].iter().enumerate() {
            row(&mut page, y + 30.0 + PITCH * index as f32, *item);
        }
    }
    let document = open(&pdf(&[page]));
    let table = only_table(&document);
    let headings: Vec<&str> = table
        .rows
        .iter()
        .filter(|row| row.filled() == 1)
        .map(|row| row.cells[0].text.as_str())
        .collect();
    assert_eq!(headings[headings.len() - 2..], ["Tools and accessories", "Hinges"]);
    assert!(table.rows.len() >= 14);
}

#[test]
fn reads_beside_upright_labels() {
    let mut page = Page::new();
    plain_table(&mut page, 100.0);
    page.raw(&format!(
        "BT /F1 {SIZE} Tf 0 1 -1 0 38 {} Tm (Fittings 2026) Tj ET",
        HEIGHT - 190.0
    ));
    let document = open(&pdf(&[page]));
    assert_eq!(texts(only_table(&document)), expected());
}

#[test]
fn lays_cards_out_as_rows() {
    let mut page = Page::new();
    for line in 0..3 {
        for column in 0..3 {
            let (x, y) = (50.0 + 170.0 * column as f32, 100.0 + 60.0 * line as f32);
            let item = ITEMS[(line * 3 + column) % 6];
            page.text(x, y, 9.0, item[1])
                .text(x, y + 11.0, 7.0, "made of steel")
                .text(x, y + 23.0, 9.0, item[3]);
        }
    }
    let document = open(&pdf(&[page]));
    let rows = texts(only_table(&document));
    assert_eq!(rows.len(), 9);
    assert_eq!(rows[4], ["Copper pipe 15", "made of steel", "18.90"]);
}

#[test]
fn leaves_grids_with_missing_lines_to_alignment() {
    let mut page = Page::new();
    plain_table(&mut page, 100.0);
    // Boxes around some of the cells only.
    for (row, column) in [
        (0, 0),
        (0, 1),
        (1, 1),
        (1, 2),
        (2, 1),
        (3, 2),
        (4, 1),
        (4, 2),
        (5, 2),
        (6, 1),
        (6, 2),
    ] {
        let (x0, x1) = (COLUMNS[column] - 4.0, COLUMNS[column + 1] - 4.0);
        let (y0, y1) = (90.0 + PITCH * row as f32, 90.0 + PITCH * (row + 1) as f32);
        page.line(x0, y0, x1, y0)
            .line(x0, y1, x1, y1)
            .line(x0, y0, x0, y1)
            .line(x1, y0, x1, y1);
    }
    let document = open(&pdf(&[page]));
    assert_eq!(texts(only_table(&document)), expected());
}

#[test]
fn gives_the_lines_of_a_page() {
    let mut page = Page::new();
    page.text(50.0, 60.0, 9.0, "All prices in EUR,")
        .text(200.0, 60.0, 9.0, "net of tax");
    plain_table(&mut page, 100.0);
    let document = open(&pdf(&[page]));
    assert_eq!(document.lines(1)[0].text, "All prices in EUR, net of tax");
    assert_eq!(document.lines(1).len(), 8);
    assert!(document.lines(2).is_empty());
}

#[test]
fn draws_a_page() {
    let mut page = Page::new();
    row(&mut page, 100.0, HEADER);
    row(&mut page, 114.0, ["<&>", "Ball valve", "pc", "1.50"]);
    row(&mut page, 128.0, ITEMS[1]);
    grid_lines(&mut page, 90.0, 3);
    let document = open(&pdf(&[page]));
    insta::assert_snapshot!(document.draw(1).unwrap());
    assert_eq!(document.draw(2), None);
}
