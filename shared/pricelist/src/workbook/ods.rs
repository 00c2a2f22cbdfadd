//! OpenDocument spreadsheets (ISO/IEC 26300): values and shown texts stand side by side; repeats are counted, not expanded.

use quick_xml::events::{BytesStart, Event};

use super::Archive;
use crate::{
    Limits, ReadError, Sniffed,
    grid::{Grid, GridBuilder, Merge, Value, Visibility},
    number_format::NumberFormat,
    xml::{attribute, reference},
};

const SEEN: Sniffed = Sniffed::Ods;

/// Repeats of a cell with content that are believed; more is a formatted empty range.
const MOST_REPEATS: u32 = 1_000;

struct OpenCell {
    value: Option<f64>,
    is_number: bool,
    currency: Option<String>,
    repeat: u32,
    text: String,
    paragraphs: u32,
}

/// How a row is shown.
#[derive(Clone, Copy, Default)]
struct RowLook {
    hidden: bool,
    /// Groups of rows that it stands in.
    outline: u8,
}

/// Reads every sheet.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Vec<Grid>, ReadError> {
    let mut archive = Archive::open(bytes, limits, SEEN)?;
    if let Some(manifest) = archive.bytes("META-INF/manifest.xml", 16 << 20)?
        && String::from_utf8_lossy(&manifest).contains("encryption-data")
    {
        return Err(ReadError::PasswordProtected);
    }
    let Some(mut xml) = archive.xml("content.xml", limits)? else {
        return Err(ReadError::damaged(SEEN, "it has no content part"));
    };
    let mut hidden_styles: Vec<String> = Vec::new();
    let mut style: Option<String> = None;
    let mut grids: Vec<Grid> = Vec::new();
    let mut cells_before = 0;
    let mut sheet: Option<GridBuilder<'_>> = None;
    let (mut row, mut row_repeat, mut row_started, mut column) = (0u32, 1u32, false, 0u32);
    let mut look = RowLook::default();
    let mut cell: Option<OpenCell> = None;
    let mut skip_depth = 0u32;
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "style" => style = attribute(&element, "name"),
                "table-properties" => note_hidden(&element, style.as_deref(), &mut hidden_styles),
                "table" => {
                    sheet = Some(open_sheet(&element, &hidden_styles, limits, cells_before));
                    row = 0;
                    look = RowLook::default();
                }
                "table-row-group" => look.outline = look.outline.saturating_add(1),
                "table-row" => {
                    row_repeat = repeat(&element, "number-rows-repeated");
                    look.hidden = attribute(&element, "visibility").is_some_and(|value| value != "visible");
                    row_started = false;
                    column = 0;
                }
                "table-cell" | "covered-table-cell" => {
                    if let Some(builder) = sheet.as_mut() {
                        note_span(&element, row, column, builder)?;
                    }
                    cell = Some(open_cell(&element));
                }
                "p" => {
                    if let Some(cell) = cell.as_mut() {
                        if cell.paragraphs > 0 {
                            cell.text.push('\n');
                        }
                        cell.paragraphs += 1;
                    }
                }
                "annotation" | "shape" | "frame" => skip_depth += 1,
                _ => {}
            },
            Event::Empty(element) => match element.local_name().as_ref() {
                "table-properties" => note_hidden(&element, style.as_deref(), &mut hidden_styles),
                "table-cell" | "covered-table-cell" => {
                    let open = open_cell(&element);
                    if let (Some(builder), true) = (sheet.as_mut(), open.value.is_some()) {
                        close_cell(&open, row, &mut row_started, look, column, builder)?;
                    }
                    column = column.saturating_add(open.repeat);
                }
                "table-row" => row = row.saturating_add(repeat(&element, "number-rows-repeated")),
                "s" => {
                    if let Some(cell) = cell.as_mut() {
                        let count = attribute(&element, "c")
                            .and_then(|count| count.parse::<usize>().ok())
                            .unwrap_or(1);
                        cell.text.extend(std::iter::repeat_n(' ', count.min(100)));
                    }
                }
                "tab" => cell.iter_mut().for_each(|cell| cell.text.push(' ')),
                "line-break" => cell.iter_mut().for_each(|cell| cell.text.push('\n')),
                _ => {}
            },
            Event::Text(part) => {
                if let Some(cell) = cell.as_mut().filter(|cell| skip_depth == 0 && cell.paragraphs > 0) {
                    Limits::hold(
                        "bytes in one cell",
                        (cell.text.len() + part.len()) as u64,
                        limits.cell_bytes as u64,
                    )?;
                    cell.text.push_str(&part);
                }
            }
            Event::GeneralRef(part) => {
                if let Some(cell) = cell.as_mut().filter(|cell| skip_depth == 0 && cell.paragraphs > 0) {
                    cell.text.extend(reference(&part));
                }
            }
            Event::End(element) => match element.local_name().as_ref() {
                "annotation" | "shape" | "frame" => skip_depth = skip_depth.saturating_sub(1),
                "table-cell" | "covered-table-cell" => {
                    if let (Some(open), Some(builder)) = (cell.take(), sheet.as_mut()) {
                        close_cell(&open, row, &mut row_started, look, column, builder)?;
                        column = column.saturating_add(open.repeat);
                    }
                }
                "table-row" => row = row.saturating_add(row_repeat),
                "table-row-group" => look.outline = look.outline.saturating_sub(1),
                "table" => {
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
        Err(ReadError::damaged(SEEN, "it has no sheet"))
    } else {
        Ok(grids)
    }
}

fn note_hidden(element: &BytesStart<'_>, style: Option<&str>, hidden: &mut Vec<String>) {
    if attribute(element, "display").as_deref() == Some("false") {
        hidden.extend(style.map(str::to_owned));
    }
}

fn open_sheet<'l>(
    element: &BytesStart<'_>,
    hidden_styles: &[String],
    limits: &'l Limits,
    cells_before: usize,
) -> GridBuilder<'l> {
    let hidden = attribute(element, "style-name").is_some_and(|style| hidden_styles.contains(&style));
    let visibility = if hidden {
        Visibility::Hidden
    } else {
        Visibility::Visible
    };
    GridBuilder::new(limits, cells_before).name(attribute(element, "name").unwrap_or_default(), visibility)
}

fn repeat(element: &BytesStart<'_>, name: &str) -> u32 {
    attribute(element, name)
        .and_then(|count| count.parse().ok())
        .unwrap_or(1)
        .max(1)
}

fn open_cell(element: &BytesStart<'_>) -> OpenCell {
    let kind = attribute(element, "value-type").unwrap_or_default();
    let is_number = matches!(kind.as_str(), "float" | "currency");
    OpenCell {
        value: is_number
            .then(|| attribute(element, "value").and_then(|value| value.parse().ok()))
            .flatten(),
        is_number,
        currency: attribute(element, "currency"),
        repeat: repeat(element, "number-columns-repeated"),
        text: String::new(),
        paragraphs: 0,
    }
}

fn close_cell(
    cell: &OpenCell,
    row: u32,
    row_started: &mut bool,
    look: RowLook,
    column: u32,
    builder: &mut GridBuilder<'_>,
) -> Result<(), ReadError> {
    if cell.text.is_empty() && cell.value.is_none() {
        return Ok(());
    }
    if !*row_started {
        builder.row(row, look.hidden, look.outline)?;
        *row_started = true;
    }
    for at in 0..cell.repeat.min(MOST_REPEATS) {
        let column = column.saturating_add(at);
        match cell.value {
            // A shown text with leading zeros is a code that the format pads.
            Some(value) if cell.is_number && !is_padded(&cell.text) => {
                let currency = cell.currency.as_deref().and_then(|code| code.parse().ok());
                let format = builder.format(NumberFormat::of_currency(currency));
                builder.cell(column, Value::Number(value, format))?;
            }
            _ => builder.text(column, &cell.text)?,
        }
    }
    Ok(())
}

fn is_padded(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn note_span(element: &BytesStart<'_>, row: u32, column: u32, builder: &mut GridBuilder<'_>) -> Result<(), ReadError> {
    let down = repeat(element, "number-rows-spanned");
    let right = repeat(element, "number-columns-spanned");
    if down > 1 || right > 1 {
        builder.merge(Merge {
            top: row,
            left: column,
            bottom: row.saturating_add(down - 1),
            right: column.saturating_add(right - 1),
        })?;
    }
    Ok(())
}
