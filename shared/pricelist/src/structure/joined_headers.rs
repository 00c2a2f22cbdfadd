//! The lines of a header joined column by column, and parted where it says the same columns twice.

use std::ops::Range;

use super::{Header, numbering::is_column_numbering, row_number};
use crate::{
    dictionary::{self, Role},
    grid::Grid,
};

/// First and last column of the rows, merged cells counted with all their columns.
pub(super) fn extent(grid: &Grid, block: &Range<usize>) -> (u32, u32) {
    let columns = block
        .clone()
        .flat_map(|row| grid.cells(row).iter().map(|cell| cell.column));
    let (first, mut last) = (columns.clone().min().unwrap_or(0), columns.max().unwrap_or(0));
    for row in block.clone() {
        let number = row_number(grid, row);
        let merged = grid
            .merges
            .iter()
            .filter(|merge| (merge.top..=merge.bottom).contains(&number));
        last = merged
            .filter(|merge| merge.left <= last)
            .map(|merge| merge.right)
            .fold(last, u32::max);
    }
    (first, last.min(grid.width().saturating_sub(1)))
}

/// Joins the header's rows column by column.
pub(super) fn join_headers(grid: &Grid, block: &Range<usize>) -> Vec<Header> {
    let (first, last) = extent(grid, block);
    let last = last.min(first.saturating_add(2_000));
    let mut headers: Vec<Header> = (first..=last)
        .map(|column| Header {
            column,
            text: String::new(),
            is_shared: false,
        })
        .collect();
    for row in block.clone().filter(|row| !is_column_numbering(grid, *row)) {
        let number = row_number(grid, row);
        let covering: Vec<_> = grid
            .merges
            .iter()
            .filter(|merge| (merge.top..=merge.bottom).contains(&number) && merge.right > merge.left)
            .collect();
        for header in &mut headers {
            let merge = covering
                .iter()
                .find(|merge| (merge.left..=merge.right).contains(&header.column));
            let from = merge.map_or(header.column, |merge| merge.left);
            let text = grid.text_at(row, from);
            let text = squeeze(&text);
            if text.is_empty() {
                continue;
            }
            if from != header.column {
                header.is_shared = true;
            } else if !header.text.is_empty() || merge.is_none() {
                header.is_shared = false;
            }
            if !header.text.split(" · ").any(|part| part == text) {
                if !header.text.is_empty() {
                    header.text.push_str(" · ");
                }
                header.text.push_str(&text);
            }
        }
    }
    if grid.merges.is_empty() && block.len() > 1 {
        spread_groups(grid, block, &mut headers);
    }
    headers
}

/// Without merged cells, a group's name stands over its first column only.
fn spread_groups(grid: &Grid, block: &Range<usize>, headers: &mut [Header]) {
    let mut group: Option<String> = None;
    for header in headers {
        let upper = squeeze(&grid.text_at(block.start, header.column));
        let lower = squeeze(&grid.text_at(block.end - 1, header.column));
        if lower.is_empty() {
            group = None;
        } else if !upper.is_empty() {
            group = Some(upper);
        } else if let Some(name) = &group {
            header.text = format!("{name} · {}", header.text);
        }
    }
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Splits a header that says the same columns twice or more, side by side.
pub(super) fn side_by_side(headers: Vec<Header>, width: u32) -> Vec<(Range<u32>, Vec<Header>)> {
    let start = headers.first().map_or(0, |header| header.column);
    let whole = |headers: Vec<Header>| vec![(0..width.max(start), headers)];
    let role = |header: &Header| dictionary::roles(&header.text).first().map(|(role, _)| *role);
    let splits = headers
        .iter()
        .filter(|header| !header.text.is_empty() && !header.is_shared)
        .find_map(|header| {
            if !matches!(role(header), Some(Role::Name | Role::Sku | Role::RowNumber)) {
                return None;
            }
            let columns: Vec<u32> = headers
                .iter()
                .filter(|other| other.text == header.text && !other.is_shared)
                .map(|other| other.column)
                .collect();
            (columns.len() > 1).then_some(columns)
        });
    let Some(mut splits) = splits else {
        return whole(headers);
    };
    if let Some(first) = splits.first_mut() {
        *first = 0;
    }
    let mut segments = Vec::new();
    for (at, from) in splits.iter().enumerate() {
        let to = splits.get(at + 1).copied().unwrap_or(width.max(*from + 1));
        let part: Vec<Header> = headers
            .iter()
            .filter(|header| (*from..to).contains(&header.column))
            .cloned()
            .collect();
        let has_price = part.iter().any(|header| role(header).is_some_and(Role::is_price));
        if !has_price {
            return whole(headers);
        }
        segments.push((*from..to, part));
    }
    segments
}
