//! Tables over several pages: parts with the same columns become one table, repeated headings are marked.

use crate::page::PageTable;
use crate::rows::{is_amount, is_header};
use crate::table::{Cell, Method, Row, Table};

/// Heading rows that a further page may repeat.
const MAX_HEADER_ROWS: usize = 4;

/// Puts the tables of consecutive pages together. `parts` are in reading order.
pub(crate) fn join(parts: Vec<(u32, PageTable)>) -> Vec<Table> {
    let mut open: Vec<(Table, PageTable, u32)> = Vec::new();
    for (page, part) in parts {
        let previous = open
            .iter()
            .position(|(table, last, last_page)| last_page + 1 == page && continues(table, last, &part));
        match previous {
            Some(index) => {
                let (table, last, last_page) = &mut open[index];
                let repeated = repeated_rows(table, &part.rows);
                if let Some(caption) = part.caption.clone() {
                    let mut heading = vec![Cell::default(); part.gaps.len() + 1];
                    heading[0] = caption;
                    table.rows.extend(rows(&[heading], page, 0));
                }
                table.rows.extend(rows(&part.rows, page, repeated));
                *last = part;
                *last_page = page;
            }
            None => {
                let table = Table {
                    page,
                    rows: rows(&part.rows, page, 0).collect(),
                    method: part.method,
                    caption: part.caption.as_ref().map(|caption| caption.text.clone()),
                };
                open.push((table, part, page));
            }
        }
    }
    open.into_iter().map(|(table, _, _)| table).collect()
}

fn rows(rows: &[Vec<Cell>], page: u32, repeated: usize) -> impl Iterator<Item = Row> + '_ {
    rows.iter().enumerate().map(move |(index, cells)| Row {
        cells: cells.clone(),
        page,
        repeats_header: index < repeated,
    })
}

/// Whether a part goes on with the table whose last part is given. The same heading over as many columns says so
/// wherever they stand; without one, they must stand at the same places. Lists have no columns.
fn continues(table: &Table, last: &PageTable, part: &PageTable) -> bool {
    if last.method != part.method || last.gaps.len() != part.gaps.len() {
        return false;
    }
    let below_each_other = last.bbox.overlap_x(part.bbox) > 0.5 * last.bbox.width().max(part.bbox.width());
    let repeats = below_each_other && repeated_rows(table, &part.rows) > 0;
    let goes_on = last.same_columns(part) && (!has_header(part) || !has_header_row(table));
    repeats || goes_on || part.method == Method::List
}

/// How many rows at the top of a part repeat the heading of the table: its first rows, up to the first amount.
fn repeated_rows(table: &Table, rows: &[Vec<Cell>]) -> usize {
    let repeats = |(row, cells): &(&Row, &Vec<Cell>)| {
        !row.cells.iter().any(|cell| is_amount(&cell.text))
            && row.cells.len() == cells.len()
            && row.cells.iter().zip(cells.iter()).all(|(a, b)| a.text == b.text)
    };
    let count = table
        .rows
        .iter()
        .zip(rows)
        .take(MAX_HEADER_ROWS)
        .take_while(repeats)
        .count();
    if count < table.rows.len() { count } else { 0 }
}

fn has_header(part: &PageTable) -> bool {
    part.rows.first().is_some_and(|row| is_header(row.iter()))
}

fn has_header_row(table: &Table) -> bool {
    table.rows.first().is_some_and(|row| is_header(row.cells.iter()))
}
