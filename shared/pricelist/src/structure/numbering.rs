//! Rows that but number the columns.

use super::texts;
use crate::grid::Grid;

/// The row of forms that numbers the columns: 1, 2, 3, 4.
pub(super) fn is_column_numbering(grid: &Grid, index: usize) -> bool {
    let cells = texts(grid, index);
    cells.len() >= 3
        && cells
            .iter()
            .enumerate()
            .all(|(at, (_, text))| text.parse() == Ok(at + 1))
}

/// Whether a row only numbers the columns, with a word or without: "column 1", "column 2".
pub(super) fn numbers_columns(grid: &Grid, index: usize) -> bool {
    let cells = texts(grid, index);
    let parts = |text: &str| {
        let word = text.trim_end_matches(|char: char| char.is_ascii_digit());
        Some((word.trim().to_lowercase(), text.get(word.len()..)?.parse::<u32>().ok()?))
    };
    let first = cells.first().and_then(|(_, text)| parts(text));
    cells.len() >= 2
        && first.is_some_and(|(word, start)| {
            start <= 1
                && (start..)
                    .zip(&cells)
                    .all(|(number, (_, text))| parts(text) == Some((word.clone(), number)))
        })
}
