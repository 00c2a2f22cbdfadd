//! Office Open XML workbooks (ECMA-376), streamed: no more is held than the cells.

use std::{collections::HashMap, io::Read};

use quick_xml::events::Event;

use super::Archive;
use crate::{
    Limits, ReadError, Sniffed,
    grid::{Grid, GridBuilder, Merge, SharedText, Value, Visibility, parse_address},
    number_format::NumberFormat,
    struck_out::StruckOut,
    xml::{Scanner, Tag, Token, attribute, push_text},
};

const SEEN: Sniffed = Sniffed::Xlsx;

/// A sheet as the workbook lists it.
struct SheetEntry {
    name: String,
    relation: String,
    visibility: Visibility,
}

/// Reads every worksheet.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Vec<Grid>, ReadError> {
    let mut archive = Archive::open(bytes, limits, SEEN)?;
    let workbook = workbook_path(&mut archive, limits)?;
    let (sheets, date1904) = read_workbook(&mut archive, &workbook, limits)?;
    let relations = read_relations(&mut archive, &workbook, limits)?;
    let base = workbook.rsplit_once('/').map_or("", |(base, _)| base);
    let by_type = |kind: &str| {
        relations
            .values()
            .find(|relation| relation.kind.ends_with(kind))
            .map(|r| join(base, &r.target))
    };
    let formats = match by_type("/styles") {
        Some(path) => read_styles(&mut archive, &path, date1904, limits)?,
        None => Vec::new(),
    };
    let mut shared = SharedText::default();
    let mut shared_missing = false;
    if let Some(path) = by_type("/sharedStrings") {
        shared_missing = !read_shared_strings(&mut archive, &path, &mut shared, limits)?;
    }
    let text = shared.share();
    let mut grids: Vec<Grid> = Vec::new();
    let mut cells = 0;
    for sheet in sheets {
        let Some(relation) = relations
            .get(&sheet.relation)
            .filter(|relation| relation.kind.ends_with("/worksheet"))
        else {
            continue;
        };
        let path = join(base, &relation.target);
        let builder = GridBuilder::new(limits, cells)
            .name(sheet.name, sheet.visibility)
            .shared(text.clone())
            .formats(formats.clone());
        let Some(xml) = archive.scan(&path, limits)? else {
            continue;
        };
        let grid = SheetReader {
            xml,
            builder,
            limits,
            shared: &shared,
            shared_missing,
        }
        .read()?;
        cells += (0..grid.height()).map(|row| grid.cells(row).len()).sum::<usize>();
        grids.push(grid);
    }
    if grids.is_empty() {
        return Err(ReadError::damaged(SEEN, "it has no worksheet"));
    }
    Ok(grids)
}

/// The path of a target relative to the folder of its source.
fn join(base: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn workbook_path(archive: &mut Archive<'_>, limits: &Limits) -> Result<String, ReadError> {
    let relations = read_relation_part(archive, "_rels/.rels", limits)?;
    let stated = relations
        .values()
        .find(|relation| relation.kind.ends_with("/officeDocument"))
        .map(|relation| join("", &relation.target));
    [stated.as_deref(), Some("xl/workbook.xml")]
        .into_iter()
        .flatten()
        .find_map(|path| archive.find(path))
        .ok_or_else(|| ReadError::damaged(SEEN, "it has no workbook part"))
}

struct Relation {
    kind: String,
    target: String,
}

fn read_relations(
    archive: &mut Archive<'_>,
    source: &str,
    limits: &Limits,
) -> Result<HashMap<String, Relation>, ReadError> {
    let (base, file) = source.rsplit_once('/').unwrap_or(("", source));
    let path = if base.is_empty() {
        format!("_rels/{file}.rels")
    } else {
        format!("{base}/_rels/{file}.rels")
    };
    read_relation_part(archive, &path, limits)
}

fn read_relation_part(
    archive: &mut Archive<'_>,
    path: &str,
    limits: &Limits,
) -> Result<HashMap<String, Relation>, ReadError> {
    let mut relations = HashMap::new();
    let Some(mut xml) = archive.xml(path, limits)? else {
        return Ok(relations);
    };
    loop {
        match xml.next()? {
            Event::Start(element) | Event::Empty(element) if element.local_name().as_ref() == "Relationship" => {
                let (Some(id), Some(target)) = (attribute(&element, "Id"), attribute(&element, "Target")) else {
                    continue;
                };
                let kind = attribute(&element, "Type").unwrap_or_default();
                relations.insert(id, Relation { kind, target });
                Limits::hold("relationships", relations.len() as u64, 100_000)?;
            }
            Event::Eof => return Ok(relations),
            _ => {}
        }
    }
}

fn read_workbook(archive: &mut Archive<'_>, path: &str, limits: &Limits) -> Result<(Vec<SheetEntry>, bool), ReadError> {
    let mut sheets = Vec::new();
    let mut date1904 = false;
    let Some(mut xml) = archive.xml(path, limits)? else {
        return Ok((sheets, date1904));
    };
    loop {
        match xml.next()? {
            Event::Start(element) | Event::Empty(element) => match element.local_name().as_ref() {
                "workbookPr" => {
                    date1904 =
                        attribute(&element, "date1904").is_some_and(|value| matches!(value.as_str(), "1" | "true"));
                }
                "sheet" => {
                    sheets.push(SheetEntry {
                        name: attribute(&element, "name").unwrap_or_default(),
                        relation: attribute(&element, "id").unwrap_or_default(),
                        visibility: match attribute(&element, "state").as_deref() {
                            Some("hidden") => Visibility::Hidden,
                            Some("veryHidden") => Visibility::VeryHidden,
                            _ => Visibility::Visible,
                        },
                    });
                    Limits::hold("sheets", sheets.len() as u64, limits.sheets as u64)?;
                }
                _ => {}
            },
            Event::Eof => return Ok((sheets, date1904)),
            _ => {}
        }
    }
}

/// The number format of each cell style, in order.
fn read_styles(
    archive: &mut Archive<'_>,
    path: &str,
    date1904: bool,
    limits: &Limits,
) -> Result<Vec<NumberFormat>, ReadError> {
    let Some(mut xml) = archive.xml(path, limits)? else {
        return Ok(Vec::new());
    };
    let mut codes: HashMap<u32, NumberFormat> = HashMap::new();
    let mut formats = Vec::new();
    let mut in_cell_formats = false;
    loop {
        match xml.next()? {
            Event::Start(element) | Event::Empty(element) => match element.local_name().as_ref() {
                "numFmt" => {
                    let id = attribute(&element, "numFmtId").and_then(|id| id.parse().ok());
                    if let (Some(id), Some(code)) = (id, attribute(&element, "formatCode")) {
                        codes.insert(id, NumberFormat::from_code(&code, date1904));
                    }
                }
                "cellXfs" => in_cell_formats = true,
                "xf" if in_cell_formats && formats.len() < usize::from(u16::MAX) => {
                    let id = attribute(&element, "numFmtId")
                        .and_then(|id| id.parse().ok())
                        .unwrap_or(0);
                    formats.push(
                        codes
                            .get(&id)
                            .cloned()
                            .unwrap_or_else(|| NumberFormat::built_in(id, date1904)),
                    );
                }
                _ => {}
            },
            Event::End(element) if element.local_name().as_ref() == "cellXfs" => in_cell_formats = false,
            Event::Eof => return Ok(formats),
            _ => {}
        }
    }
}

/// Whether an element such as `<strike/>` switches on what it names.
fn is_on(tag: &Tag<'_>) -> bool {
    !matches!(tag.attribute("val"), Some("0" | "false"))
}

/// Reads the shared strings; whether the part is there. Phonetic readings are left out, rich text is joined, what is struck
/// out of it goes.
fn read_shared_strings(
    archive: &mut Archive<'_>,
    path: &str,
    shared: &mut SharedText,
    limits: &Limits,
) -> Result<bool, ReadError> {
    let Some(mut xml) = archive.scan(path, limits)? else {
        return Ok(false);
    };
    let mut text = String::new();
    let mut struck_out = StruckOut::default();
    let (mut in_text, mut in_phonetic) = (false, false);
    loop {
        match xml.next()? {
            Token::Open(tag) => match tag.name {
                b"si" if tag.is_empty => shared.push("", limits)?,
                b"si" => text.clear(),
                b"t" => in_text = !tag.is_empty,
                b"rPh" => in_phonetic = !tag.is_empty,
                b"strike" if is_on(&tag) => struck_out.begin(text.len()),
                _ => {}
            },
            Token::Close(name) => match name {
                b"si" => {
                    struck_out.take_from(&mut text);
                    shared.push(&text, limits)?;
                }
                b"r" => struck_out.end(text.len()),
                b"t" => in_text = false,
                b"rPh" => in_phonetic = false,
                _ => {}
            },
            Token::Text(part) if in_text && !in_phonetic => {
                let length = (text.len() + part.len()) as u64;
                Limits::hold("bytes in one cell", length, limits.cell_bytes as u64)?;
                // An entity of the file's own is left out.
                push_text(part, &mut text, SEEN)?;
            }
            Token::Verbatim(part) if in_text && !in_phonetic => text.push_str(&String::from_utf8_lossy(part)),
            Token::End => return Ok(true),
            Token::Text(_) | Token::Verbatim(_) => {}
        }
    }
}

/// Reads the cells of one sheet.
struct SheetReader<'s, 'l, R> {
    xml: Scanner<R>,
    builder: GridBuilder<'l>,
    limits: &'l Limits,
    shared: &'s SharedText,
    shared_missing: bool,
}

/// What is known of a cell before its end tag.
#[derive(Default)]
struct OpenCell {
    column: u32,
    kind: CellKind,
    style: u16,
    text: String,
    has_formula: bool,
    unknown_entity: bool,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum CellKind {
    #[default]
    Number,
    Shared,
    Inline,
    Text,
    Bool,
    Error,
    Date,
}

impl CellKind {
    fn from_code(code: &str) -> Self {
        match code {
            "s" => Self::Shared,
            "inlineStr" => Self::Inline,
            "str" => Self::Text,
            "b" => Self::Bool,
            "e" => Self::Error,
            "d" => Self::Date,
            _ => Self::Number,
        }
    }
}

impl<R: Read> SheetReader<'_, '_, R> {
    fn read(mut self) -> Result<Grid, ReadError> {
        let (mut next_row, mut row, mut next_column) = (0u32, 0u32, 0u32);
        let mut cell = OpenCell::default();
        let (mut in_cell, mut in_value, mut in_phonetic) = (false, false, false);
        let mut struck_out = StruckOut::default();
        loop {
            match self.xml.next()? {
                Token::Open(tag) => match tag.name {
                    b"c" => {
                        open_cell(&tag, &mut cell, next_column);
                        in_cell = !tag.is_empty;
                        if tag.is_empty {
                            next_column = cell.column.saturating_add(1);
                        }
                    }
                    b"v" | b"t" if in_cell && !tag.is_empty => in_value = true,
                    b"f" => cell.has_formula = true,
                    b"rPh" => in_phonetic = !tag.is_empty,
                    b"row" => {
                        row = open_row(&tag, next_row, &mut self.builder)?;
                        next_row = row.saturating_add(1);
                        next_column = 0;
                    }
                    b"mergeCell" => merge(&tag, &mut self.builder)?,
                    b"col" => hide(&tag, &mut self.builder),
                    b"strike" if in_cell && is_on(&tag) => struck_out.begin(cell.text.len()),
                    _ => {}
                },
                Token::Text(part) if in_value && !in_phonetic => {
                    let length = (cell.text.len() + part.len()) as u64;
                    Limits::hold("bytes in one cell", length, self.limits.cell_bytes as u64)?;
                    cell.unknown_entity |= !push_text(part, &mut cell.text, SEEN)?;
                }
                Token::Verbatim(part) if in_value && !in_phonetic => {
                    cell.text.push_str(&String::from_utf8_lossy(part));
                }
                Token::Text(_) | Token::Verbatim(_) => {}
                Token::Close(name) => match name {
                    b"v" | b"t" => in_value = false,
                    b"rPh" => in_phonetic = false,
                    b"r" => struck_out.end(cell.text.len()),
                    b"c" => {
                        in_cell = false;
                        struck_out.take_from(&mut cell.text);
                        next_column = cell.column.saturating_add(1);
                        close_cell(&cell, row, self.shared, self.shared_missing, &mut self.builder)?;
                    }
                    _ => {}
                },
                Token::End => return Ok(self.builder.finish()),
            }
        }
    }
}

fn open_cell(tag: &Tag<'_>, cell: &mut OpenCell, next_column: u32) {
    *cell = OpenCell {
        column: next_column,
        text: std::mem::take(&mut cell.text),
        ..OpenCell::default()
    };
    cell.text.clear();
    for (name, value) in tag.attributes() {
        match name {
            b"r" => {
                if let Some((_, column)) = parse_address(value) {
                    cell.column = column;
                }
            }
            b"t" => cell.kind = CellKind::from_code(value),
            b"s" => cell.style = value.parse().unwrap_or(0),
            _ => {}
        }
    }
}

fn open_row(tag: &Tag<'_>, next: u32, builder: &mut GridBuilder<'_>) -> Result<u32, ReadError> {
    let (mut number, mut hidden, mut outline) = (next, false, 0);
    for (name, value) in tag.attributes() {
        match name {
            b"r" => {
                let stated = value.parse::<u32>().ok().and_then(|row| row.checked_sub(1));
                number = stated.unwrap_or(next);
            }
            b"hidden" => hidden = matches!(value, "1" | "true"),
            b"outlineLevel" => outline = value.parse().unwrap_or(0),
            _ => {}
        }
    }
    builder.row(number, hidden, outline)?;
    Ok(number)
}

fn close_cell(
    cell: &OpenCell,
    row: u32,
    shared: &SharedText,
    shared_missing: bool,
    builder: &mut GridBuilder<'_>,
) -> Result<(), ReadError> {
    if cell.unknown_entity {
        builder.fault(
            row,
            cell.column,
            &cell.text,
            "it refers to an entity outside the file, which is not read",
        );
    }
    let text = cell.text.as_str();
    match cell.kind {
        CellKind::Shared => {
            let index = text.trim().parse::<usize>().ok();
            match index.and_then(|index| shared.get(index)) {
                Some(span) => builder.cell(cell.column, Value::Shared(span))?,
                None if shared_missing => {
                    builder.fault(
                        row,
                        cell.column,
                        text,
                        "its text is lost: the workbook has no shared strings",
                    );
                }
                None => builder.fault(
                    row,
                    cell.column,
                    text,
                    "its text is lost: there is no such shared string",
                ),
            }
        }
        CellKind::Number if text.is_empty() => {
            if cell.has_formula {
                builder.fault(
                    row,
                    cell.column,
                    "",
                    "it is a formula without a stored value; save the workbook in Excel",
                );
            }
        }
        CellKind::Number => match text.trim().parse::<f64>() {
            Ok(number) => builder.cell(cell.column, Value::Number(number, cell.style))?,
            Err(_) => builder.text(cell.column, &unescape(text))?,
        },
        CellKind::Inline | CellKind::Text | CellKind::Date => builder.text(cell.column, &unescape(text))?,
        CellKind::Bool => builder.cell(cell.column, Value::Bool(text.trim() == "1"))?,
        CellKind::Error => {
            let span = builder.store(text)?;
            builder.cell(cell.column, Value::Error(span))?;
        }
    }
    Ok(())
}

/// `_x000D_` stands for a character that XML cannot hold.
fn unescape(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains("_x") {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let code = from
            .get(2..6)
            .filter(|_| from.get(6..7) == Some("_"))
            .and_then(|hex| u32::from_str_radix(hex, 16).ok());
        match code.and_then(char::from_u32) {
            Some(char) => {
                out.push(char);
                rest = from.get(7..).unwrap_or_default();
            }
            None => {
                out.push_str("_x");
                rest = from.get(2..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out.into()
}

fn merge(tag: &Tag<'_>, builder: &mut GridBuilder<'_>) -> Result<(), ReadError> {
    let Some((first, last)) = tag.attribute("ref").and_then(|range| range.split_once(':')) else {
        return Ok(());
    };
    if let (Some((top, left)), Some((bottom, right))) = (parse_address(first), parse_address(last)) {
        builder.merge(Merge {
            top,
            left,
            bottom,
            right,
        })?;
    }
    Ok(())
}

fn hide(tag: &Tag<'_>, builder: &mut GridBuilder<'_>) {
    let number = |name| tag.attribute(name).and_then(|value| value.parse::<u32>().ok());
    if tag
        .attribute("hidden")
        .is_some_and(|value| matches!(value, "1" | "true"))
        && let (Some(first), Some(last)) = (number("min"), number("max"))
    {
        builder.hide_columns(first.saturating_sub(1)..last);
    }
}
