//! Small workbooks written for tests.
// Each test file uses its own part of this.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

pub mod forms;

use std::io::{Cursor, Write};

use zip::{ZipWriter, write::SimpleFileOptions};

/// A sheet to be written. A text that starts with `=` is a number; in XLSX, XLSB and XLS `=1;2` is one in the second of
/// [`FORMATS`]. In XLSX, runs of rich text between `|` follow a `~`, those struck out after a `-`; `!` comes before an error, and
/// `ƒ` before a formula with its value after a `|`.
pub struct Sheet {
    name: String,
    hidden: bool,
    rows: Vec<Vec<String>>,
    merges: Vec<String>,
    hidden_rows: Vec<usize>,
    hidden_columns: Vec<usize>,
    /// Rows from 1 with the level of the group that they stand in.
    outline: Vec<(usize, u8)>,
    dimension: Option<String>,
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
            outline: Vec::new(),
            dimension: None,
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

    pub fn renamed(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self
    }

    /// What the sheet claims to be its range.
    pub fn dimension(mut self, range: &str) -> Self {
        self.dimension = Some(range.to_owned());
        self
    }

    /// Puts rows, from 1, into groups of rows one inside the other.
    pub fn group(mut self, rows: std::ops::RangeInclusive<usize>, level: u8) -> Self {
        self.outline.extend(rows.map(|row| (row, level)));
        self
    }

    /// The group level of a row from 0.
    fn level(&self, row: usize) -> u8 {
        let levels = self.outline.iter().filter(|(known, _)| *known == row + 1);
        levels.map(|(_, level)| *level).max().unwrap_or(0)
    }

    /// The merged ranges: top, left, bottom and right, from 0.
    fn merged(&self) -> impl Iterator<Item = [usize; 4]> {
        let place = |address: &str| {
            let (column, row) = address.split_at(1);
            let column = usize::from(column.as_bytes()[0] - b'A');
            (row.parse::<usize>().unwrap() - 1, column)
        };
        self.merges.iter().map(move |range| {
            let (from, to) = range.split_once(':').unwrap();
            let ((top, left), (bottom, right)) = (place(from), place(to));
            [top, left, bottom, right]
        })
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
        if let Some(range) = &self.dimension {
            xml += &format!("<dimension ref=\"{range}\"/>");
        }
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
            let outline = match self.level(row) {
                0 => String::new(),
                level => format!(" outlineLevel=\"{level}\""),
            };
            xml += &format!("<row r=\"{}\"{hidden}{outline}>", row + 1);
            for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let address = format!("{}{}", char::from(b'A' + column as u8), row + 1);
                if let Some(runs) = cell.strip_prefix('~') {
                    let runs: String = runs
                        .split('|')
                        .map(|run| match run.strip_prefix('-') {
                            Some(struck) => format!("<r><rPr><strike/></rPr><t>{}</t></r>", escape(struck)),
                            None => format!("<r><rPr><b/></rPr><t>{}</t></r>", escape(run)),
                        })
                        .collect();
                    xml += &format!("<c r=\"{address}\" t=\"inlineStr\"><is>{runs}</is></c>");
                    continue;
                }
                if let Some(error) = cell.strip_prefix('!') {
                    xml += &format!("<c r=\"{address}\" t=\"e\"><v>{error}</v></c>");
                    continue;
                }
                if let Some(formula) = cell.strip_prefix('ƒ') {
                    let (formula, value) = formula.split_once('|').unwrap_or((formula, ""));
                    let value = if value.is_empty() {
                        String::new()
                    } else {
                        format!("<v>{value}</v>")
                    };
                    xml += &format!("<c r=\"{address}\"><f>{formula}</f>{value}</c>");
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

/// A number with the place of its format among [`FORMATS`].
fn number(text: &str) -> (f64, u16) {
    let (number, format) = text.split_once(';').unwrap_or((text, "0"));
    (number.parse().unwrap(), format.parse().unwrap())
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
