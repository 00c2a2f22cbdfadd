//! Which rows beside a header's are lines of the same header.

use std::ops::Range;

use super::{has_numbers, joined_headers::extent, numbering::is_column_numbering, row_number, texts};
use crate::{dictionary, grid::Grid};

/// Whether the row above a header groups its columns: "Price" over "retail" and "wholesale".
pub(super) fn joins_above(grid: &Grid, index: usize, block: &Range<usize>) -> bool {
    if row_number(grid, block.start) != row_number(grid, index) + 1 || has_numbers(grid, index) {
        return false;
    }
    let cells = texts(grid, index);
    if cells.iter().any(|(_, text)| text.chars().count() > 60) {
        return false;
    }
    let (first, last) = extent(grid, block);
    let number = row_number(grid, index);
    let grouping = grid.merges.iter().take(10_000).any(|merge| {
        merge.top == number
            && merge.bottom == number
            && merge.right > merge.left
            && merge.left > first
            && merge.right <= last
    });
    let matched = cells
        .iter()
        .filter(|(_, text)| {
            dictionary::roles(text)
                .first()
                .is_some_and(|(_, weight)| *weight >= 0.55)
        })
        .count();
    let within = cells.iter().all(|(column, _)| (first..=last).contains(column));
    within
        && ((grouping && cells.len() >= 2)
            || matched >= 2
            || (matched == 1 && cells.iter().any(|(column, _)| *column > first)))
}

/// Whether the row under a header belongs to it: a second line of names, units or conditions.
pub(super) fn joins_below(grid: &Grid, index: usize, block: &Range<usize>) -> bool {
    let Some(above) = block.end.checked_sub(1) else {
        return false;
    };
    if row_number(grid, index) != row_number(grid, above) + 1 {
        return false;
    }
    let cells = texts(grid, index);
    if is_column_numbering(grid, index) || divides_groups(grid, &cells, block) {
        return true;
    }
    if cells.is_empty() || has_numbers(grid, index) || cells.iter().any(|(_, text)| text.chars().count() > 80) {
        return false;
    }
    let mut copies = 0;
    let mut fresh: Vec<&(u32, String)> = Vec::new();
    for cell in &cells {
        let same = block.clone().any(|row| grid.text_at(row, cell.0).trim() == cell.1);
        if same {
            copies += 1;
        } else {
            fresh.push(cell);
        }
    }
    if fresh.is_empty() {
        return copies > 0;
    }
    let (first, last) = extent(grid, block);
    if fresh.iter().any(|(column, _)| *column <= first || *column > last) {
        return copies > 0 && fresh.iter().all(|(column, _)| (first..=last).contains(column));
    }
    // A lone text is a section's name, unless it speaks of the price.
    let is_lone = cells.len() == 1;
    let is_known = |text: &str| {
        dictionary::roles(text)
            .first()
            .is_some_and(|(role, weight)| *weight >= 0.5 && (!is_lone || role.is_price()))
            || crate::currency::in_text(text).is_some()
            || crate::unit::is_unit_word(text)
            || text.starts_with('(')
    };
    copies > 0 || fresh.iter().filter(|(_, text)| is_known(text)).count() * 2 >= fresh.len()
}

/// Whether every cell of a row stands under a group of merged columns, as sizes and tiers do and items do not.
fn divides_groups(grid: &Grid, cells: &[(u32, String)], block: &Range<usize>) -> bool {
    let (first, _) = extent(grid, block);
    let rows = row_number(grid, block.start)..=row_number(grid, block.end.saturating_sub(1));
    let groups: Vec<_> = grid
        .merges
        .iter()
        .filter(|merge| rows.contains(&merge.top) && merge.right > merge.left && merge.left > first)
        .collect();
    let under = |column: u32| groups.iter().any(|merge| (merge.left..=merge.right).contains(&column));
    let is_copy = |column: u32, text: &str| block.clone().any(|row| grid.text_at(row, column).trim() == text);
    cells.iter().any(|(column, _)| under(*column))
        && cells
            .iter()
            .all(|(column, text)| under(*column) || is_copy(*column, text))
}

/// Whether the row is a header by its own words and stands right under one: lines of one header, not two tables.
pub(super) fn continues(grid: &Grid, index: usize, block: &Range<usize>, kept: &[usize]) -> bool {
    kept.contains(&index)
        && block
            .end
            .checked_sub(1)
            .is_some_and(|above| row_number(grid, index) == row_number(grid, above) + 1)
        && texts(grid, index).iter().all(|(column, text)| {
            let above = block
                .clone()
                .map(|row| grid.text_at(row, *column).trim().to_owned())
                .find(|text| !text.is_empty());
            above.is_none_or(|above| {
                above == *text
                    || crate::currency::in_text(text).is_some()
                    || dictionary::roles(text)
                        .first()
                        .is_some_and(|(_, weight)| *weight >= 0.5)
            })
        })
}
