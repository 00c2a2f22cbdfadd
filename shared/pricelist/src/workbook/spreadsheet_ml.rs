//! Excel 2003 XML (SpreadsheetML), most often named `.xls`.

use quick_xml::events::{BytesStart, Event};

use crate::{
    Limits, ReadError, Sniffed,
    grid::{Grid, GridBuilder, Merge, Value, Visibility},
    text::Decoded,
    xml::{XmlReader, attribute, reference},
};

const SEEN: Sniffed = Sniffed::SpreadsheetMl;

/// Reads every worksheet.
pub(crate) fn read(decoded: &Decoded<'_>, limits: &Limits) -> Result<Vec<Grid>, ReadError> {
    let mut xml = XmlReader::new(decoded.text.as_bytes(), limits, SEEN);
    let mut grids = Vec::new();
    let mut cells_before = 0;
    let mut sheet: Option<GridBuilder<'_>> = None;
    let (mut next_row, mut row, mut next_column, mut column) = (0u32, 0u32, 0u32, 0u32);
    let (mut in_data, mut is_number, mut text) = (false, false, String::new());
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "Worksheet" => {
                    sheet = Some(
                        GridBuilder::new(limits, cells_before)
                            .name(attribute(&element, "Name").unwrap_or_default(), Visibility::Visible),
                    );
                    next_row = 0;
                }
                "Row" => {
                    row = index(&element).unwrap_or(next_row);
                    next_row = row.saturating_add(1);
                    next_column = 0;
                    if let Some(builder) = sheet.as_mut() {
                        builder.row(row, attribute(&element, "Hidden").as_deref() == Some("1"), 0)?;
                    }
                }
                "Cell" => {
                    column = index(&element).unwrap_or(next_column);
                    next_column = column.saturating_add(1 + span(&element, "MergeAcross"));
                    note_merge(&element, row, column, sheet.as_mut())?;
                }
                "Data" => {
                    in_data = true;
                    is_number = attribute(&element, "Type").as_deref() == Some("Number");
                    text.clear();
                }
                _ => {}
            },
            Event::Empty(element) => match element.local_name().as_ref() {
                "Row" => next_row = index(&element).unwrap_or(next_row).saturating_add(1),
                "Cell" => {
                    next_column = index(&element)
                        .unwrap_or(next_column)
                        .saturating_add(1 + span(&element, "MergeAcross"));
                }
                _ => {}
            },
            Event::Text(part) if in_data => {
                Limits::hold(
                    "bytes in one cell",
                    (text.len() + part.len()) as u64,
                    limits.cell_bytes as u64,
                )?;
                text.push_str(&part);
            }
            Event::CData(part) if in_data => text.push_str(&part),
            Event::GeneralRef(part) if in_data => text.extend(reference(&part)),
            Event::End(element) => match element.local_name().as_ref() {
                "Data" => {
                    in_data = false;
                    if let Some(builder) = sheet.as_mut() {
                        match text.trim().parse::<f64>().ok().filter(|_| is_number) {
                            Some(number) => builder.cell(column, Value::Number(number, u16::MAX))?,
                            None => builder.text(column, &text)?,
                        }
                    }
                }
                "Worksheet" => {
                    if let Some(builder) = sheet.take() {
                        let grid = builder.finish();
                        cells_before += (0..grid.height()).map(|row| grid.cells(row).len()).sum::<usize>();
                        grids.push(grid);
                        Limits::hold("sheets", grids.len() as u64, limits.sheets as u64)?;
                    }
                }
                _ => {}
            },
            Event::Eof => break,
            _ => {}
        }
    }
    if grids.is_empty() {
        Err(ReadError::damaged(SEEN, "it has no worksheet"))
    } else {
        Ok(grids)
    }
}

fn index(element: &BytesStart<'_>) -> Option<u32> {
    attribute(element, "Index")
        .and_then(|index| index.parse::<u32>().ok())
        .and_then(|index| index.checked_sub(1))
}

fn span(element: &BytesStart<'_>, name: &str) -> u32 {
    attribute(element, name)
        .and_then(|count| count.parse().ok())
        .unwrap_or(0)
}

fn note_merge(
    element: &BytesStart<'_>,
    row: u32,
    column: u32,
    builder: Option<&mut GridBuilder<'_>>,
) -> Result<(), ReadError> {
    let (right, down) = (span(element, "MergeAcross"), span(element, "MergeDown"));
    match builder {
        Some(builder) if right > 0 || down > 0 => builder.merge(Merge {
            top: row,
            left: column,
            bottom: row.saturating_add(down),
            right: column.saturating_add(right),
        }),
        _ => Ok(()),
    }
}
