//! Cards: products set beside each other, each with its name, further lines and its price below.

use crate::columns::Gap;
use crate::geometry::BBox;
use crate::page::PageTable;
use crate::rows::is_amount;
use crate::table::Cell;

/// Fewer rows of cards may be a table.
const MIN_CARD_ROWS: usize = 3;

/// Lays cards out as the rows of a table: the texts of each from top to bottom, the price last. Rows of cards that
/// stand apart become one table. Tables that are not made of cards stay as they are.
pub(crate) fn unfold(tables: Vec<PageTable>) -> Vec<PageTable> {
    tables
        .chunk_by(|above, below| is_cards(above) && is_cards(below) && above.same_columns(below))
        .flat_map(unfold_run)
        .collect()
}

fn is_cards(table: &PageTable) -> bool {
    card_rows(&table.rows).is_some()
}

fn unfold_run(tables: &[PageTable]) -> Vec<PageTable> {
    let groups: Vec<Vec<&Vec<Cell>>> = tables
        .iter()
        .filter_map(|table| card_rows(&table.rows))
        .flatten()
        .collect();
    let (Some(first), true) = (tables.first(), groups.len() >= MIN_CARD_ROWS) else {
        return tables.to_vec();
    };
    let lines = groups.iter().map(Vec::len).max().unwrap_or(0);
    let columns = first.gaps.len() + 1;
    let mut rows = Vec::new();
    for group in &groups {
        let (price, texts) = (&group[group.len() - 1], &group[..group.len() - 1]);
        for column in (0..columns).filter(|&column| !price[column].text.is_empty()) {
            let mut row: Vec<Cell> = texts.iter().map(|line| line[column].clone()).collect();
            row.resize(lines - 1, Cell::default());
            row.push(price[column].clone());
            rows.push(row);
        }
    }
    let bbox = tables.iter().map(|table| table.bbox).fold(first.bbox, BBox::union);
    // The texts of a card stand below each other: what parts the columns has no place.
    let gaps = vec![
        Gap {
            from: bbox.x0,
            to: bbox.x1
        };
        lines - 1
    ];
    vec![PageTable {
        bbox,
        method: first.method,
        gaps,
        rows,
    }]
}

/// The rows of each row of cards. `None` if they are not cards: each such group must have rows of text, then one row
/// of amounts below just these texts.
fn card_rows(rows: &[Vec<Cell>]) -> Option<Vec<Vec<&Vec<Cell>>>> {
    const MAX_LINES: usize = 5;
    let filled = |row: &[Cell]| row.iter().map(|cell| !cell.text.is_empty()).collect::<Vec<bool>>();
    let mut groups: Vec<Vec<&Vec<Cell>>> = Vec::new();
    let mut open: Vec<&Vec<Cell>> = Vec::new();
    for row in rows {
        let texts: Vec<&str> = row
            .iter()
            .map(|cell| cell.text.as_str())
            .filter(|text| !text.is_empty())
            .collect();
        let amounts = texts.iter().filter(|text| is_amount(text)).count();
        open.push(row);
        if amounts == 0 {
            continue;
        }
        let complete =
            amounts == texts.len() && (2..=MAX_LINES).contains(&open.len()) && filled(open[0]) == filled(row);
        if !complete {
            return None;
        }
        groups.push(std::mem::take(&mut open));
    }
    let side_by_side = groups
        .iter()
        .any(|group| filled(group[0]).iter().filter(|&&filled| filled).count() >= 2);
    (open.is_empty() && side_by_side).then_some(groups)
}
