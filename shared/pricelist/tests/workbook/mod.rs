//! Small workbooks written for tests.
// Each test file uses its own part of this.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

pub mod forms;

use std::io::{Cursor, Write};

use zip::{ZipWriter, write::SimpleFileOptions};

/// A sheet to be written. A text that starts with `=` is a number; in XLSX `=1;2` is one in the second of [`FORMATS`], and
/// `plain|bold` after a `~` is rich text.
pub struct Sheet {
    name: String,
    hidden: bool,
    rows: Vec<Vec<String>>,
    merges: Vec<String>,
    hidden_rows: Vec<usize>,
    hidden_columns: Vec<usize>,
}

/// The number formats of a workbook's cells.
const FORMATS: &[&str] = &[
    "General",
    "dd.mm.yyyy",
    "000000000000000000",
    "#,##0.00\\ \"€\"",
    "dd.mm",
];

impl Sheet {
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            hidden: false,
            rows: Vec::new(),
            merges: Vec::new(),
            hidden_rows: Vec::new(),
            hidden_columns: Vec::new(),
        }
    }

    pub fn row(mut self, cells: &[&str]) -> Self {
        self.rows.push(cells.iter().map(|cell| (*cell).to_owned()).collect());
        self
    }

    pub fn merge(mut self, range: &str) -> Self {
        self.merges.push(range.to_owned());
        self
    }

    pub fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// Hides a row, from 1.
    pub fn hide_row(mut self, row: usize) -> Self {
        self.hidden_rows.push(row);
        self
    }

    /// Hides a column, from 1.
    pub fn hide_column(mut self, column: usize) -> Self {
        self.hidden_columns.push(column);
        self
    }

    /// The cells that hold anything, with row and column from 0.
    fn cells(&self) -> impl Iterator<Item = (usize, usize, &str)> {
        self.rows.iter().enumerate().flat_map(|(row, cells)| {
            let filled = cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
            filled.map(move |(column, cell)| (row, column, cell.as_str()))
        })
    }

    fn xml(&self) -> String {
        let mut xml = String::from(
            "<?xml version=\"1.0\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">",
        );
        if !self.hidden_columns.is_empty() {
            let columns: String = self
                .hidden_columns
                .iter()
                .map(|column| format!("<col min=\"{column}\" max=\"{column}\" hidden=\"1\"/>"))
                .collect();
            xml += &format!("<cols>{columns}</cols>");
        }
        xml += "<sheetData>";
        for (row, cells) in self.rows.iter().enumerate() {
            let hidden = if self.hidden_rows.contains(&(row + 1)) {
                " hidden=\"1\""
            } else {
                ""
            };
            xml += &format!("<row r=\"{}\"{hidden}>", row + 1);
            for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let address = format!("{}{}", char::from(b'A' + column as u8), row + 1);
                if let Some(runs) = cell.strip_prefix('~') {
                    let runs: String = runs
                        .split('|')
                        .map(|run| format!("<r><rPr><b/></rPr><t>{}</t></r>", escape(run)))
                        .collect();
                    xml += &format!("<c r=\"{address}\" t=\"inlineStr\"><is>{runs}</is></c>");
                    continue;
                }
                xml += &match cell.strip_prefix('=') {
                    Some(number) => {
                        let (number, style) = number.split_once(';').unwrap_or((number, "0"));
                        format!("<c r=\"{address}\" s=\"{style}\"><v>{number}</v></c>")
                    }
                    None => format!(
                        "<c r=\"{address}\" t=\"inlineStr\"><is><t>{}</t></is></c>",
                        escape(cell)
                    ),
                };
            }
            xml += "</row>";
        }
        xml += "</sheetData>";
        if !self.merges.is_empty() {
            let merges: String = self
                .merges
                .iter()
                .map(|range| format!("<mergeCell ref=\"{range}\"/>"))
                .collect();
            xml += &format!("<mergeCells>{merges}</mergeCells>");
        }
        xml + "</worksheet>"
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The styles of an XLSX file, one for each of [`FORMATS`].
fn styles() -> String {
    let formats: String = FORMATS
        .iter()
        .enumerate()
        .skip(1)
        .map(|(at, format)| {
            format!(
                "<numFmt numFmtId=\"{}\" formatCode=\"{}\"/>",
                164 + at,
                format.replace('"', "&quot;")
            )
        })
        .collect();
    let cells: String = (0..FORMATS.len())
        .map(|at| format!("<xf numFmtId=\"{}\"/>", if at == 0 { 0 } else { 164 + at }))
        .collect();
    format!(
        "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><numFmts>{formats}</numFmts><cellXfs>{cells}</cellXfs></styleSheet>"
    )
}

/// Writes the sheets as an XLSX file.
pub fn xlsx(sheets: &[Sheet]) -> Vec<u8> {
    xlsx_with_dates(sheets, false)
}

/// Writes the sheets as an XLSX file whose days are counted from 1904, as on the Macintosh, or from 1900.
pub fn xlsx_with_dates(sheets: &[Sheet], from_1904: bool) -> Vec<u8> {
    const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut part = |name: &str, text: &str| {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    };
    part(
        "[Content_Types].xml",
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>",
    );
    part(
        "_rels/.rels",
        &format!(
            "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"r1\" Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    );
    let (mut entries, mut targets) = (String::new(), String::new());
    for (at, sheet) in sheets.iter().enumerate() {
        let state = if sheet.hidden { " state=\"hidden\"" } else { "" };
        entries += &format!(
            "<sheet name=\"{}\" sheetId=\"{}\" r:id=\"s{at}\"{state}/>",
            escape(&sheet.name),
            at + 1
        );
        targets +=
            &format!("<Relationship Id=\"s{at}\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet{at}.xml\"/>");
        part(&format!("xl/worksheets/sheet{at}.xml"), &sheet.xml());
    }
    part(
        "xl/workbook.xml",
        &format!(
            "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"{RELATIONS}\"><workbookPr date1904=\"{}\"/><sheets>{entries}</sheets></workbook>",
            u8::from(from_1904)
        ),
    );
    targets += &format!("<Relationship Id=\"styles\" Type=\"{RELATIONS}/styles\" Target=\"styles.xml\"/>");
    part("xl/styles.xml", &styles());
    part(
        "xl/_rels/workbook.xml.rels",
        &format!("<Relationships xmlns=\"{PACKAGE}\">{targets}</Relationships>"),
    );
    zip.finish().unwrap().into_inner()
}
