//! How producers write characters and lay out files: what a page shows is what is read.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use pdf::{Document, Limits, read};
use pdf_fixtures::{Page, courier_with, pdf, pdf_with_font, unembedded_font};

const SIZE: f32 = 8.0;
const PITCH: f32 = 14.0;
const COLUMNS: [f32; 3] = [50.0, 150.0, 400.0];

fn open(bytes: &[u8]) -> Document {
    read(bytes, &Limits::default()).unwrap()
}

fn only_rows(document: &Document) -> Vec<Vec<&str>> {
    assert_eq!(document.tables.len(), 1, "{:?}", document.tables);
    document.tables[0]
        .rows
        .iter()
        .map(|row| row.cells.iter().map(|cell| cell.text.as_str()).collect())
        .collect()
}

const ROWS: [[&str; 3]; 4] = [
    ["Code", "Description", "Price"],
    ["A-100", "Ball valve", "120.50"],
    ["A-101", "Hex bolt", "7.30"],
    ["A-102", "Cable gland", "12.75"],
];

fn table(page: &mut Page, top: f32, rows: &[[&str; 3]]) {
    for (index, cells) in rows.iter().enumerate() {
        for (x, text) in COLUMNS.into_iter().zip(cells) {
            page.text(x, top + PITCH * index as f32, SIZE, text);
        }
    }
}

#[test]
fn takes_ligatures_apart_however_the_font_names_them() {
    // The codes 1 and 2 are the ligatures, once by the glyph's name and once by the map to characters.
    let named: &[(u8, &str)] = &[(1, "fi"), (2, "fl")];
    let mapped: &[(u8, &str)] = &[(1, "fi"), (2, "\u{FB02}")];
    for (differences, to_unicode) in [(named, &[][..]), (named, mapped)] {
        let mut page = Page::new();
        table(&mut page, 100.0, &ROWS);
        table(
            &mut page,
            100.0 + 4.0 * PITCH,
            &[["A-103", "Air \u{1}lter \u{2}at", "9.10"]],
        );
        let file = pdf_with_font(&[page], |file| courier_with(file, differences, to_unicode));
        assert_eq!(only_rows(&open(&file))[4], ["A-103", "Air filter flat", "9.10"]);
    }
}

#[test]
fn joins_a_word_parted_by_a_soft_hyphen() {
    let mut page = Page::new();
    for (index, item) in ROWS.iter().enumerate() {
        let y = 100.0 + 26.0 * index as f32;
        page.text(COLUMNS[0], y, SIZE, item[0])
            .text(COLUMNS[2], y, SIZE, item[2]);
        if index == 2 {
            page.text(COLUMNS[1], y, SIZE, "Galvanised hexa\u{3}")
                .text(COLUMNS[1], y + 10.0, SIZE, "gonal bolt");
        } else {
            page.text(COLUMNS[1], y, SIZE, item[1]);
        }
        page.line(40.0, y + 15.0, 500.0, y + 15.0);
    }
    let file = pdf_with_font(&[page], |file| {
        courier_with(file, &[(3, "softhyphen")], &[(3, "\u{AD}")])
    });
    assert_eq!(
        only_rows(&open(&file))[2],
        ["A-101", "Galvanised hexagonal bolt", "7.30"]
    );
}

#[test]
fn reads_codes_that_only_the_font_explains() {
    // A subset font as many programs write it: codes from 1 on, each explained by a glyph's name alone.
    let rows = [
        ["Kód", "Označení", "Cena"],
        ["Č-1", "Šroub", "12,50"],
        ["Č-2", "Matice", "3,20"],
        ["Č-3", "Žebřík", "999,00"],
    ];
    let names = |c: char| -> &'static str {
        match c {
            'ó' => "oacute",
            'č' => "ccaron",
            'Č' => "Ccaron",
            'Š' => "Scaron",
            'Ž' => "Zcaron",
            'ř' => "rcaron",
            'í' => "iacute",
            other => panic!("no name for {other}"),
        }
    };
    let mut odd: Vec<char> = rows
        .iter()
        .flatten()
        .flat_map(|text| text.chars())
        .filter(|c| !c.is_ascii())
        .collect();
    odd.sort_unstable();
    odd.dedup();
    let differences: Vec<(u8, &str)> = odd
        .iter()
        .enumerate()
        .map(|(at, &c)| (at as u8 + 1, names(c)))
        .collect();
    let mut page = Page::new();
    for (index, cells) in rows.iter().enumerate() {
        for (x, text) in COLUMNS.into_iter().zip(cells) {
            let coded: String = text
                .chars()
                .map(|c| {
                    odd.iter()
                        .position(|&other| other == c)
                        .map_or(c, |at| char::from(at as u8 + 1))
                })
                .collect();
            page.text(x, 100.0 + PITCH * index as f32, SIZE, &coded);
        }
    }
    let file = pdf_with_font(&[page], |file| courier_with(file, &differences, &[]));
    assert_eq!(only_rows(&open(&file)), rows);
}

#[test]
fn reads_two_byte_characters_of_fonts_that_are_not_embedded() {
    for (name, ordering, cmap, rows) in [
        (
            "STSong-Light",
            "GB1",
            "UniGB-UCS2-H",
            [
                ["编号", "名称", "价格"],
                ["A-1", "球阀", "120.50"],
                ["A-2", "螺栓", "7.30"],
            ],
        ),
        (
            "HeiseiMin-W3",
            "Japan1",
            "UniJIS-UCS2-H",
            [
                ["品番", "品名", "価格"],
                ["A-1", "ボール弁", "120.50"],
                ["A-2", "六角ボルト", "7.30"],
            ],
        ),
        (
            "HYSMyeongJo-Medium",
            "Korea1",
            "UniKS-UCS2-H",
            [
                ["품번", "품명", "가격"],
                ["A-1", "볼밸브", "120.50"],
                ["A-2", "볼트", "7.30"],
            ],
        ),
        (
            "MSung-Light",
            "CNS1",
            "UniCNS-UCS2-H",
            [
                ["編號", "名稱", "價格"],
                ["A-1", "球閥", "120.50"],
                ["A-2", "螺栓", "7.30"],
            ],
        ),
    ] {
        let mut page = Page::new();
        for (index, cells) in rows.iter().enumerate() {
            for (x, text) in COLUMNS.into_iter().zip(cells) {
                page.codes(x, 100.0 + PITCH * index as f32, SIZE, text.encode_utf16());
            }
        }
        let file = pdf_with_font(&[page], |file| unembedded_font(file, name, ordering, cmap));
        assert_eq!(only_rows(&open(&file)), rows, "{cmap}");
    }
}

#[test]
fn leaves_out_what_a_page_does_not_show() {
    let mut page = Page::new();
    table(&mut page, 100.0, &ROWS);
    // Text that is drawn without ink, and text outside of what is shown.
    page.raw("3 Tr").text(460.0, 114.0, SIZE, "internal 80.00").raw("0 Tr");
    table(&mut page, 600.0, &[["Z-1", "Hidden below", "1.00"]]);
    let document = open(&pdf(&[page.cropped(20.0, 50.0, 560.0, 400.0)]));
    assert_eq!(only_rows(&document), ROWS);
    assert_eq!(document.lines(1).len(), 4);
}

#[test]
fn reads_the_text_that_recognition_laid_under_a_scanned_page() {
    let mut scan = Page::image();
    scan.raw("3 Tr");
    table(&mut scan, 100.0, &ROWS);
    let document = open(&pdf(&[scan]));
    assert!(document.missing.is_empty(), "{:?}", document.missing);
    assert_eq!(only_rows(&document), ROWS);
}

#[test]
fn reads_shadows_once() {
    let mut page = Page::new();
    page.raw("0.8 g 1 0 0 1 0.6 -0.6 cm");
    table(&mut page, 100.0, &ROWS);
    page.raw("1 0 0 1 -0.6 0.6 cm 0 g");
    table(&mut page, 100.0, &ROWS);
    assert_eq!(only_rows(&open(&pdf(&[page]))), ROWS);
}

#[test]
fn reads_object_streams_and_cross_reference_streams() {
    let mut page = Page::new();
    table(&mut page, 100.0, &ROWS);
    let mut document = lopdf::Document::load_mem(&pdf(&[page])).unwrap();
    document.compress();
    let mut bytes = Vec::new();
    document.save_modern(&mut bytes).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(
        text.contains("/ObjStm") && text.contains("/XRef"),
        "the file is not in the modern form"
    );
    assert!(!text.contains("\ntrailer"), "the file has a classic trailer");
    assert_eq!(only_rows(&open(&bytes)), ROWS);
}
