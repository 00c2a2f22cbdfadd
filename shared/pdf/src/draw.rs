//! A page as a picture of what was read on it.

use crate::geometry::BBox;
use crate::table::{Document, Row, Sheet, Table};
use std::fmt::Write;

impl Document {
    /// An SVG picture of a page: its words where they stand, its ruling lines in grey, and, drawn over them, a frame
    /// around each table and each of its cells: green, blue where a row has one cell only (a section heading), grey where
    /// it repeats the heading. `None` if the page was not read.
    pub fn draw(&self, page: u32) -> Option<String> {
        let sheet = self.sheets.iter().find(|sheet| sheet.page == page)?;
        let mut svg = String::new();
        // Writing to a string cannot fail.
        let _ = self.write_page(sheet, &mut svg);
        Some(svg)
    }

    fn write_page(&self, sheet: &Sheet, svg: &mut String) -> std::fmt::Result {
        let (width, height) = (sheet.width, sheet.height);
        writeln!(
            svg,
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0} {height:.0}" role="img" aria-label="Page {}">"#,
            sheet.page
        )?;
        writeln!(svg, r##"<rect width="{width:.0}" height="{height:.0}" fill="#fff"/>"##)?;
        write_rules(sheet, svg)?;
        for word in &sheet.words {
            let BBox { x0, y1, .. } = word.bbox;
            writeln!(
                svg,
                r#"<text x="{x0:.1}" y="{:.1}" font-size="{:.1}" font-family="sans-serif" textLength="{:.1}" lengthAdjust="spacingAndGlyphs">{}</text>"#,
                y1 - 0.22 * word.size,
                word.size,
                word.bbox.width().max(0.1),
                escape(&word.text)
            )?;
        }
        for table in &self.tables {
            write_table(table, sheet.page, svg)?;
        }
        writeln!(svg, "</svg>")
    }
}

/// Frames what a table holds of a page: each cell in the colour of its row, and all of them together.
fn write_table(table: &Table, page: u32, svg: &mut String) -> std::fmt::Result {
    let rows = || table.rows.iter().filter(|row| row.page == page);
    for row in rows() {
        let colour = colour(row);
        let style = format!(r#"fill="{colour}" fill-opacity=".08" stroke="{colour}" stroke-width=".5""#);
        for bbox in row.cells.iter().filter_map(|cell| cell.bbox) {
            write_frame(bbox.grown(1.0), &style, svg)?;
        }
    }
    match BBox::around(rows().flat_map(|row| row.cells.iter().filter_map(|cell| cell.bbox))) {
        Some(whole) => write_frame(
            whole.grown(3.0),
            r##"fill="none" stroke="#1a7f37" stroke-width="1.2""##,
            svg,
        ),
        None => Ok(()),
    }
}

/// Green: a row of cells. Blue: a row with one cell, which may be a section heading. Grey: the heading repeated on a
/// further page, which is passed over.
fn colour(row: &Row) -> &'static str {
    match (row.repeats_header, row.filled()) {
        (true, _) => "#6e7781",
        (false, 1) if row.cells.len() > 1 => "#0969da",
        _ => "#1a7f37",
    }
}

fn write_frame(bbox: BBox, style: &str, svg: &mut String) -> std::fmt::Result {
    let BBox { x0, y0, .. } = bbox;
    writeln!(
        svg,
        r#"<rect x="{x0:.1}" y="{y0:.1}" width="{:.1}" height="{:.1}" {style}/>"#,
        bbox.width(),
        bbox.height()
    )
}

fn write_rules(sheet: &Sheet, svg: &mut String) -> std::fmt::Result {
    writeln!(svg, r##"<g stroke="#999" stroke-width=".5">"##)?;
    for rule in &sheet.rules.horizontal {
        writeln!(svg, r#"<path d="M{:.1} {:.1}H{:.1}"/>"#, rule.from, rule.at, rule.to)?;
    }
    for rule in &sheet.rules.vertical {
        writeln!(svg, r#"<path d="M{:.1} {:.1}V{:.1}"/>"#, rule.at, rule.from, rule.to)?;
    }
    writeln!(svg, "</g>")
}

/// Text as XML character data: markup escaped, characters that XML does not know left out.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {}
            c => out.push(c),
        }
    }
    out
}
