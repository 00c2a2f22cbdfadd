//! Small workbooks written for tests.
// Each test file uses its own part of this.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::io::{Cursor, Write};

use zip::{ZipWriter, write::SimpleFileOptions};

/// A sheet to be written. A text that starts with `=` is a number.
pub struct Sheet {
    name: String,
    hidden: bool,
    rows: Vec<Vec<String>>,
    merges: Vec<String>,
}

impl Sheet {
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            hidden: false,
            rows: Vec::new(),
            merges: Vec::new(),
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

    fn xml(&self) -> String {
        let mut xml = String::from(
            "<?xml version=\"1.0\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>",
        );
        for (row, cells) in self.rows.iter().enumerate() {
            xml += &format!("<row r=\"{}\">", row + 1);
            for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let address = format!("{}{}", char::from(b'A' + column as u8), row + 1);
                xml += &match cell.strip_prefix('=') {
                    Some(number) => format!("<c r=\"{address}\"><v>{number}</v></c>"),
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

/// Writes the sheets as an XLSX file.
pub fn xlsx(sheets: &[Sheet]) -> Vec<u8> {
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
            "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"{RELATIONS}\"><sheets>{entries}</sheets></workbook>"
        ),
    );
    part(
        "xl/_rels/workbook.xml.rels",
        &format!("<Relationships xmlns=\"{PACKAGE}\">{targets}</Relationships>"),
    );
    zip.finish().unwrap().into_inner()
}
