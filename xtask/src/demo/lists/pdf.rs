//! A printed price list: ruled tables over several pages with their header repeated, in the text layer of a PDF.

use super::{DemoFile, decimal};
use crate::demo::pdf_writer::{Document, Font, Page};
use crate::demo::products::{self, Family, Product};

/// Left edges of the columns, and the right edge of the last, in points.
const EDGES: [f32; 6] = [40.0, 125.0, 345.0, 395.0, 475.0, 555.0];
const HEADER: [&str; 5] = ["Ref.", "Description", "Unit", "EAN", "Price €"];
const ROW: f32 = 16.0;
const TOP: f32 = 770.0;
const BOTTOM: f32 = 70.0;

pub(super) fn file() -> DemoFile {
    DemoFile {
        name: "iberlux-tarifa.pdf",
        content_type: "application/pdf",
        bytes: document().into_bytes(),
    }
}

/// A line of the table.
enum Line<'products> {
    Section(&'static str),
    Item(usize, &'products Product),
}

fn document() -> Document {
    let products = products::all();
    let lines = lines(&products);
    let mut document = Document::new();
    let mut rest = lines.as_slice();
    while !rest.is_empty() {
        let number = document.page_count() + 1;
        let mut page = Page::new();
        page.text(40.0, 805.0, Font::Bold, 14.0, "Iberlux Suministros: tarifa de precios");
        page.text(
            40.0,
            790.0,
            Font::Regular,
            9.0,
            "Prices in EUR excluding VAT, valid from 1 November 2026",
        );
        let room = ((TOP - BOTTOM) / ROW) as usize - 1;
        let (now, later) = rest.split_at(rest.len().min(room));
        table(&mut page, now);
        page.text(275.0, 40.0, Font::Regular, 8.0, &format!("Page {number}"));
        document.add(page);
        rest = later;
    }
    document
}

fn lines(products: &[Product]) -> Vec<Line<'_>> {
    let offered = |index: &usize| !index.is_multiple_of(3) || index.is_multiple_of(2);
    Family::ALL
        .into_iter()
        .flat_map(|family| {
            let items = products
                .iter()
                .enumerate()
                .filter(move |(_, product)| product.family == family);
            std::iter::once(Line::Section(family.english())).chain(
                items
                    .filter(move |(index, _)| offered(index))
                    .map(|(index, product)| Line::Item(index, product)),
            )
        })
        .collect()
}

fn table(page: &mut Page, lines: &[Line<'_>]) {
    let mut y = TOP;
    rule(page, y);
    cells(page, y, Font::Bold, &HEADER.map(str::to_owned));
    y -= ROW;
    rule(page, y);
    for line in lines {
        match line {
            Line::Section(title) => {
                page.text(EDGES[0] + 3.0, y - 11.5, Font::Bold, 9.0, title);
                borders(page, y, &[EDGES[0], EDGES[5]]);
            }
            Line::Item(index, product) => cells(page, y, Font::Regular, &item(*index, product)),
        }
        y -= ROW;
        rule(page, y);
    }
}

fn item(index: usize, product: &Product) -> [String; 5] {
    let cents = product.cents * 104 / 100 + (index as u32 * 5) % 23;
    let price = if index % 31 == 10 {
        "consultar".to_owned()
    } else {
        decimal(cents).replace('.', ",")
    };
    let barcode = if index.is_multiple_of(4) {
        String::new()
    } else {
        product.barcode.clone()
    };
    [
        format!("IB-{:04}", 2_000 + index * 9),
        product.name.clone(),
        product.unit.english().to_owned(),
        barcode,
        price,
    ]
}

fn cells(page: &mut Page, y: f32, font: Font, texts: &[String; 5]) {
    for (column, text) in texts.iter().enumerate() {
        page.text(EDGES[column] + 3.0, y - 11.5, font, 7.5, text);
    }
    borders(page, y, &EDGES);
}

fn rule(page: &mut Page, y: f32) {
    page.line(EDGES[0], y, EDGES[5], y);
}

fn borders(page: &mut Page, y: f32, edges: &[f32]) {
    for x in edges {
        page.line(*x, y, *x, y - ROW);
    }
}
