//! The other forms of a workbook: BIFF5, BIFF8, XLSB, ODS, Excel 2003 XML and a web page.

use std::io::{Cursor, Write};

use zip::{ZipWriter, write::SimpleFileOptions};

use super::{FORMATS, Sheet, escape, number};

/// How a BIFF stream is written.
#[derive(Debug, Clone, Copy)]
pub struct Biff {
    /// BIFF8 with text in UTF-16; else BIFF5 with text in Windows-1251.
    pub eight: bool,
    /// Whether the CODEPAGE record is there.
    pub code_page: bool,
    /// Whether days are counted from 1904.
    pub from_1904: bool,
}

/// Writes the sheets as the stream of an XLS workbook without the container around it.
pub fn xls(sheets: &[Sheet], how: Biff) -> Vec<u8> {
    let globals = |offsets: &[usize]| {
        let mut stream = Vec::new();
        begin(&mut stream, how, 0x0005);
        if how.code_page {
            let page: u16 = if how.eight { 1200 } else { 1251 };
            record(&mut stream, 0x0042, &page.to_le_bytes());
        }
        record(&mut stream, 0x0022, &u16::from(how.from_1904).to_le_bytes());
        for (at, format) in FORMATS.iter().enumerate() {
            let id = 164 + at as u16;
            let mut data = id.to_le_bytes().to_vec();
            match how.eight {
                true => {
                    data.extend((format.encode_utf16().count() as u16).to_le_bytes());
                    data.push(1);
                    data.extend(format.encode_utf16().flat_map(u16::to_le_bytes));
                }
                false => {
                    let bytes = encoding_rs::WINDOWS_1251.encode(format).0;
                    data.push(bytes.len() as u8);
                    data.extend(bytes.iter());
                }
            }
            record(&mut stream, 0x041e, &data);
            let mut style = [0, id].into_iter().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
            style.resize(if how.eight { 20 } else { 16 }, 0);
            record(&mut stream, 0x00e0, &style);
        }
        for (sheet, offset) in sheets.iter().zip(offsets) {
            let name = match how.eight {
                true => sheet.name.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                false => encoding_rs::WINDOWS_1251.encode(&sheet.name).0.into_owned(),
            };
            let mut data = (*offset as u32).to_le_bytes().to_vec();
            data.extend([u8::from(sheet.hidden), 0, sheet.name.chars().count() as u8]);
            data.extend(how.eight.then_some(1));
            data.extend(name);
            record(&mut stream, 0x0085, &data);
        }
        record(&mut stream, 0x000a, &[]);
        stream
    };
    let streams: Vec<Vec<u8>> = sheets.iter().map(|sheet| xls_sheet(sheet, how)).collect();
    let first = globals(&vec![0; sheets.len()]).len();
    let offsets: Vec<usize> = (0..streams.len())
        .map(|at| first + streams[..at].iter().map(Vec::len).sum::<usize>())
        .collect();
    [globals(&offsets), streams.concat()].concat()
}

fn xls_sheet(sheet: &Sheet, how: Biff) -> Vec<u8> {
    let mut stream = Vec::new();
    begin(&mut stream, how, 0x0010);
    for row in 0..sheet.rows.len() {
        let hidden = u16::from(sheet.hidden_rows.contains(&(row + 1))) << 5;
        let fields = [row as u16, 0, 0, 0, 0, 0, u16::from(sheet.level(row)) | hidden, 0];
        record(&mut stream, 0x0208, &fields.map(u16::to_le_bytes).concat());
    }
    for (row, column, cell) in sheet.cells() {
        let (value, format) = cell.strip_prefix('=').map(number).unzip();
        let place = [row as u16, column as u16, format.unwrap_or(0)];
        let mut data: Vec<u8> = place.map(u16::to_le_bytes).concat();
        match value {
            Some(number) => {
                data.extend(number.to_le_bytes());
                record(&mut stream, 0x0203, &data);
            }
            None => {
                let text: Vec<u8> = match how.eight {
                    true => cell.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                    false => encoding_rs::WINDOWS_1251.encode(cell).0.into_owned(),
                };
                data.extend((cell.encode_utf16().count() as u16).to_le_bytes());
                data.extend(how.eight.then_some(1));
                data.extend(text);
                record(&mut stream, 0x0204, &data);
            }
        }
    }
    if !sheet.merges.is_empty() {
        assert!(how.eight, "BIFF5 has no merged ranges");
        let mut data = (sheet.merges.len() as u16).to_le_bytes().to_vec();
        for [top, left, bottom, right] in sheet.merged() {
            let range = [top, bottom, left, right].map(|place| (place as u16).to_le_bytes());
            data.extend(range.concat());
        }
        record(&mut stream, 0x00e5, &data);
    }
    record(&mut stream, 0x000a, &[]);
    stream
}

fn begin(stream: &mut Vec<u8>, how: Biff, kind: u16) {
    let version: u16 = if how.eight { 0x0600 } else { 0x0500 };
    let mut data = [version, kind]
        .into_iter()
        .flat_map(u16::to_le_bytes)
        .collect::<Vec<u8>>();
    data.resize(if how.eight { 16 } else { 8 }, 0);
    record(stream, 0x0809, &data);
}

fn record(stream: &mut Vec<u8>, kind: u16, data: &[u8]) {
    stream.extend(kind.to_le_bytes());
    stream.extend((data.len() as u16).to_le_bytes());
    stream.extend(data);
}

/// Writes the sheets as an XLSB file.
pub fn xlsb(sheets: &[Sheet]) -> Vec<u8> {
    xlsb_with_dates(sheets, false)
}

/// Writes the sheets as an XLSB file whose days are counted from 1904 or from 1900.
pub fn xlsb_with_dates(sheets: &[Sheet], from_1904: bool) -> Vec<u8> {
    const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let (mut book, mut targets, mut parts) = (Vec::new(), String::new(), Vec::new());
    part_record(&mut book, 153, &u32::from(from_1904).to_le_bytes());
    for (at, sheet) in sheets.iter().enumerate() {
        let mut data = u32::from(sheet.hidden).to_le_bytes().to_vec();
        data.extend((at as u32 + 1).to_le_bytes());
        data.extend(wide(&format!("s{at}")));
        data.extend(wide(&sheet.name));
        part_record(&mut book, 156, &data);
        targets +=
            &format!("<Relationship Id=\"s{at}\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet{at}.bin\"/>");
        parts.push((format!("xl/worksheets/sheet{at}.bin"), xlsb_sheet(sheet)));
    }
    let mut styles = Vec::new();
    for (at, format) in FORMATS.iter().enumerate() {
        part_record(
            &mut styles,
            44,
            &[&(164 + at as u16).to_le_bytes(), wide(format).as_slice()].concat(),
        );
    }
    part_record(&mut styles, 617, &[]);
    for at in 0..FORMATS.len() {
        part_record(&mut styles, 47, &[0, 164 + at as u16].map(u16::to_le_bytes).concat());
    }
    part_record(&mut styles, 618, &[]);
    parts.push(("xl/styles.bin".to_owned(), styles));
    parts.push(("xl/workbook.bin".to_owned(), book));
    let relations = format!("<Relationships xmlns=\"{PACKAGE}\">{targets}</Relationships>");
    parts.push(("xl/_rels/workbook.bin.rels".to_owned(), relations.into_bytes()));
    archive(&parts)
}

fn xlsb_sheet(sheet: &Sheet) -> Vec<u8> {
    let (mut stream, mut current) = (Vec::new(), None);
    part_record(&mut stream, 145, &[]);
    for (row, column, cell) in sheet.cells() {
        if current != Some(row) {
            current = Some(row);
            let mut data = (row as u32).to_le_bytes().to_vec();
            data.resize(17, 0);
            data[11] = sheet.level(row) | u8::from(sheet.hidden_rows.contains(&(row + 1))) << 4;
            part_record(&mut stream, 0, &data);
        }
        let mut data = (column as u32).to_le_bytes().to_vec();
        let (value, format) = cell.strip_prefix('=').map(number).unzip();
        data.extend(u32::from(format.unwrap_or(0)).to_le_bytes());
        match value {
            Some(number) => {
                data.extend(number.to_le_bytes());
                part_record(&mut stream, 5, &data);
            }
            None => {
                data.extend(wide(cell));
                part_record(&mut stream, 6, &data);
            }
        }
    }
    part_record(&mut stream, 146, &[]);
    for [top, left, bottom, right] in sheet.merged() {
        let range = [top, bottom, left, right].map(|place| (place as u32).to_le_bytes());
        part_record(&mut stream, 176, &range.concat());
    }
    stream
}

fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut bytes = (units.len() as u32).to_le_bytes().to_vec();
    bytes.extend(units.into_iter().flat_map(u16::to_le_bytes));
    bytes
}

fn part_record(stream: &mut Vec<u8>, kind: u32, data: &[u8]) {
    for mut value in [kind, data.len() as u32] {
        loop {
            let rest = value >> 7;
            stream.push((value & 0x7f) as u8 | if rest > 0 { 0x80 } else { 0 });
            value = rest;
            if value == 0 {
                break;
            }
        }
    }
    stream.extend(data);
}

/// Writes the sheets as an ODS file.
pub fn ods(sheets: &[Sheet]) -> Vec<u8> {
    let mut tables = String::new();
    for sheet in sheets {
        tables += &format!("<table:table table:name=\"{}\">", escape(&sheet.name));
        let mut level = 0;
        for (at, row) in sheet.rows.iter().enumerate() {
            for _ in level..sheet.level(at) {
                tables += "<table:table-row-group>";
            }
            for _ in sheet.level(at)..level {
                tables += "</table:table-row-group>";
            }
            level = sheet.level(at);
            tables += "<table:table-row>";
            for (column, cell) in row.iter().enumerate() {
                let spans = sheet
                    .merged()
                    .find(|[top, left, ..]| (*top, *left) == (at, column))
                    .map(|[top, left, bottom, right]| {
                        format!(
                            " table:number-rows-spanned=\"{}\" table:number-columns-spanned=\"{}\"",
                            bottom - top + 1,
                            right - left + 1
                        )
                    })
                    .unwrap_or_default();
                tables += &match cell.strip_prefix('=') {
                    Some(number) => format!(
                        "<table:table-cell{spans} office:value-type=\"float\" office:value=\"{number}\"><text:p>{number}</text:p></table:table-cell>"
                    ),
                    None if cell.is_empty() => "<table:table-cell/>".to_owned(),
                    None => {
                        let lines: String = cell
                            .split('\n')
                            .map(|line| format!("<text:p>{}</text:p>", escape(line)))
                            .collect();
                        format!("<table:table-cell{spans} office:value-type=\"string\">{lines}</table:table-cell>")
                    }
                };
            }
            tables += "</table:table-row>";
        }
        tables += &"</table:table-row-group>".repeat(usize::from(level));
        tables += "</table:table>";
    }
    let content = format!(
        "<office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
         xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><office:body><office:spreadsheet>{tables}\
         </office:spreadsheet></office:body></office:document-content>"
    );
    archive(&[
        (
            "mimetype".to_owned(),
            b"application/vnd.oasis.opendocument.spreadsheet".to_vec(),
        ),
        ("content.xml".to_owned(), content.into_bytes()),
    ])
}

/// Writes the sheets as an Excel 2003 XML file.
pub fn spreadsheet_ml(sheets: &[Sheet]) -> Vec<u8> {
    let mut tables = String::new();
    for sheet in sheets {
        tables += &format!("<Worksheet ss:Name=\"{}\"><Table>", escape(&sheet.name));
        for row in &sheet.rows {
            tables += "<Row>";
            for cell in row {
                tables += &match cell.strip_prefix('=') {
                    Some(number) => format!("<Cell><Data ss:Type=\"Number\">{number}</Data></Cell>"),
                    None if cell.is_empty() => "<Cell/>".to_owned(),
                    None => format!(
                        "<Cell><Data ss:Type=\"String\">{}</Data></Cell>",
                        escape(cell).replace('\n', "&#10;")
                    ),
                };
            }
            tables += "</Row>";
        }
        tables += "</Table></Worksheet>";
    }
    format!(
        "<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?><Workbook \
         xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\" xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\">\
         {tables}</Workbook>"
    )
    .into_bytes()
}

/// Writes a sheet as a web page.
pub fn html(sheet: &Sheet) -> Vec<u8> {
    let rows: String = sheet
        .rows
        .iter()
        .map(|row| {
            let cells: String = row
                .iter()
                .map(|cell| {
                    format!(
                        "<td>{}</td>",
                        escape(cell.trim_start_matches('=')).replace('\n', "<br>")
                    )
                })
                .collect();
            format!("<tr>{cells}</tr>\n")
        })
        .collect();
    format!("<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head><body><table>{rows}</table></body></html>")
        .into_bytes()
}

fn archive(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
