//! Binary workbooks ([MS-XLSB]): the same parts as an XLSX, each a stream of records.

use std::collections::HashMap;

use quick_xml::events::Event;

use super::{Archive, xls};
use crate::{
    Limits, ReadError, Sniffed,
    grid::{Grid, GridBuilder, Merge, SharedText, Value, Visibility},
    number_format::NumberFormat,
    xml::attribute,
};

const SEEN: Sniffed = Sniffed::Xlsb;

/// Bytes that one part may unpack to: parts are held whole.
const MOST_PART_BYTES: u64 = 128 << 20;

/// Reads every worksheet.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Vec<Grid>, ReadError> {
    let mut archive = Archive::open(bytes, limits, SEEN)?;
    let targets = relations(&mut archive, limits)?;
    let workbook = part(&mut archive, "xl/workbook.bin")?;
    let (mut sheets, mut date1904) = (Vec::new(), false);
    for (kind, data) in Records::new(&workbook) {
        match kind {
            // BrtWbProp
            153 => date1904 = data.first().is_some_and(|flags| flags & 1 != 0),
            // BrtBundleSh
            156 => sheets.extend(bundle_sheet(data)),
            _ => {}
        }
    }
    let formats = styles(&part(&mut archive, "xl/styles.bin")?, date1904);
    let mut shared = SharedText::default();
    for (kind, data) in Records::new(&part(&mut archive, "xl/sharedStrings.bin")?) {
        if kind == 19 {
            let (text, _) = wide_string(data.get(1..).unwrap_or_default()).unwrap_or_default();
            shared.push(&text, limits)?;
        }
    }
    let text = shared.share();
    let mut grids: Vec<Grid> = Vec::new();
    let mut cells = 0;
    for (name, relation, visibility) in sheets {
        let Some(target) = targets.get(&relation).filter(|target| target.contains("worksheets")) else {
            continue;
        };
        Limits::hold("sheets", grids.len() as u64 + 1, limits.sheets as u64)?;
        let path = target
            .strip_prefix('/')
            .map_or_else(|| format!("xl/{target}"), str::to_owned);
        let builder = GridBuilder::new(limits, cells)
            .name(name, visibility)
            .shared(text.clone())
            .formats(formats.clone());
        let grid = sheet(&part(&mut archive, &path)?, &shared, builder)?;
        cells += (0..grid.height()).map(|row| grid.cells(row).len()).sum::<usize>();
        grids.push(grid);
    }
    if grids.is_empty() {
        Err(ReadError::damaged(SEEN, "it has no worksheet"))
    } else {
        Ok(grids)
    }
}

fn part(archive: &mut Archive<'_>, name: &str) -> Result<Vec<u8>, ReadError> {
    Ok(archive.bytes(name, MOST_PART_BYTES)?.unwrap_or_default())
}

fn relations(archive: &mut Archive<'_>, limits: &Limits) -> Result<HashMap<String, String>, ReadError> {
    let mut targets = HashMap::new();
    let Some(mut xml) = archive.xml("xl/_rels/workbook.bin.rels", limits)? else {
        return Ok(targets);
    };
    loop {
        match xml.next()? {
            Event::Start(element) | Event::Empty(element) => {
                if let (Some(id), Some(target)) = (attribute(&element, "Id"), attribute(&element, "Target")) {
                    targets.insert(id, target);
                    Limits::hold("relationships", targets.len() as u64, 100_000)?;
                }
            }
            Event::Eof => return Ok(targets),
            _ => {}
        }
    }
}

fn bundle_sheet(data: &[u8]) -> Option<(String, String, Visibility)> {
    let visibility = match u32_at(data, 0)? {
        0 => Visibility::Visible,
        1 => Visibility::Hidden,
        _ => Visibility::VeryHidden,
    };
    let (relation, used) = wide_string(data.get(8..)?)?;
    let (name, _) = wide_string(data.get(8 + used..)?)?;
    Some((name, relation, visibility))
}

fn styles(data: &[u8], date1904: bool) -> Vec<NumberFormat> {
    let mut codes: HashMap<u32, NumberFormat> = HashMap::new();
    let mut formats = Vec::new();
    let mut in_cell_formats = false;
    for (kind, data) in Records::new(data) {
        match kind {
            // BrtFmt
            44 => {
                if let (Some(id), Some((code, _))) = (u16_at(data, 0), data.get(2..).and_then(wide_string)) {
                    codes.insert(u32::from(id), NumberFormat::from_code(&code, date1904));
                }
            }
            // BrtBeginCellXFs, BrtEndCellXFs
            617 => in_cell_formats = true,
            618 => in_cell_formats = false,
            // BrtXF
            47 if in_cell_formats && formats.len() < usize::from(u16::MAX) => {
                let id = u32::from(u16_at(data, 2).unwrap_or(0));
                formats.push(
                    codes
                        .get(&id)
                        .cloned()
                        .unwrap_or_else(|| NumberFormat::built_in(id, date1904)),
                );
            }
            _ => {}
        }
    }
    formats
}

fn sheet(data: &[u8], shared: &SharedText, mut builder: GridBuilder<'_>) -> Result<Grid, ReadError> {
    let mut row = 0;
    for (kind, data) in Records::new(data) {
        match kind {
            // BrtRowHdr
            0 => {
                row = u32_at(data, 0).unwrap_or(0);
                // Three bits of outline level, whether it is collapsed, whether it is hidden.
                let flags = data.get(11).copied().unwrap_or(0);
                builder.row(row, flags & 0x10 != 0, flags & 7)?;
            }
            // BrtColInfo
            60 => {
                if let (Some(first), Some(last), Some(flags)) = (u32_at(data, 0), u32_at(data, 4), u16_at(data, 16))
                    && flags & 1 != 0
                {
                    builder.hide_columns(first..last.saturating_add(1));
                }
            }
            // BrtMergeCell
            176 => {
                let at = |at| u32_at(data, at);
                if let (Some(top), Some(bottom), Some(left), Some(right)) = (at(0), at(4), at(8), at(12)) {
                    builder.merge(Merge {
                        top,
                        left,
                        bottom,
                        right,
                    })?;
                }
            }
            2..=11 => cell(kind, data, row, shared, &mut builder)?,
            _ => {}
        }
    }
    Ok(builder.finish())
}

fn cell(kind: u32, data: &[u8], row: u32, shared: &SharedText, builder: &mut GridBuilder<'_>) -> Result<(), ReadError> {
    let (Some(column), Some(style)) = (u32_at(data, 0), u32_at(data, 4)) else {
        return Ok(());
    };
    let style = (style & 0x00ff_ffff).min(u32::from(u16::MAX)) as u16;
    let body = data.get(8..).unwrap_or_default();
    match kind {
        // BrtCellRk
        2 => {
            if let Some(packed) = u32_at(body, 0) {
                builder.cell(column, Value::Number(xls::rk(packed), style))?;
            }
        }
        // BrtCellError, BrtFmlaError
        3 | 11 => {
            let span = builder.store("#N/A")?;
            builder.cell(column, Value::Error(span))?;
        }
        // BrtCellBool, BrtFmlaBool
        4 | 10 => builder.cell(column, Value::Bool(body.first().is_some_and(|value| *value != 0)))?,
        // BrtCellReal, BrtFmlaNum
        5 | 9 => {
            if let Some(bytes) = body.get(..8).and_then(|bytes| bytes.try_into().ok()) {
                builder.cell(column, Value::Number(f64::from_le_bytes(bytes), style))?;
            }
        }
        // BrtCellSt, BrtFmlaString
        6 | 8 => {
            let (text, _) = wide_string(body).unwrap_or_default();
            builder.text(column, &text)?;
        }
        // BrtCellIsst
        7 => match u32_at(body, 0).and_then(|index| shared.get(index as usize)) {
            Some(span) => builder.cell(column, Value::Shared(span))?,
            None => builder.fault(row, column, "", "its text is lost: there is no such shared string"),
        },
        _ => {}
    }
    Ok(())
}

/// A string that starts with its length in units, and the bytes it takes.
fn wide_string(data: &[u8]) -> Option<(String, usize)> {
    let bytes = (u32_at(data, 0)? as usize).checked_mul(2)?;
    let units: Vec<u16> = data
        .get(4..bytes.checked_add(4)?)?
        .chunks_exact(2)
        .filter_map(|pair| pair.try_into().ok())
        .map(u16::from_le_bytes)
        .collect();
    Some((String::from_utf16_lossy(&units), 4 + bytes))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..at.checked_add(2)?)?
        .try_into()
        .ok()
        .map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..at.checked_add(4)?)?
        .try_into()
        .ok()
        .map(u32::from_le_bytes)
}

/// Records: type in one or two bytes, length in one to four, seven bits each.
struct Records<'b> {
    data: &'b [u8],
    at: usize,
}

impl<'b> Records<'b> {
    fn new(data: &'b [u8]) -> Self {
        Self { data, at: 0 }
    }

    fn varint(&mut self, most_bytes: u32) -> Option<u32> {
        let mut value = 0;
        for place in 0..most_bytes {
            let byte = *self.data.get(self.at)?;
            self.at += 1;
            value |= u32::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                break;
            }
        }
        Some(value)
    }
}

impl<'b> Iterator for Records<'b> {
    type Item = (u32, &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let kind = self.varint(2)?;
        let length = self.varint(4)? as usize;
        let data = self.data.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some((kind, data))
    }
}
