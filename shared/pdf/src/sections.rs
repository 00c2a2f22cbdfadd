//! Parts of a table that white space sets apart, each under its heading, to one table.

use crate::columns::PhraseLine;
use crate::page::PageTable;
use crate::rows::is_header;
use crate::table::{Cell, CellLine};

/// Lines between two parts that can be headings.
const MAX_HEADINGS: usize = 2;
/// A heading has no more words.
const MAX_WORDS: usize = 10;
/// Parts stand no further apart than this, in points: a heading with wide space around it.
const MAX_DISTANCE: f32 = 90.0;

/// Joins aligned tables of a page that stand below each other with the same columns, of which the lower has no heading
/// row of its own. Short lines between them become rows of one cell; they are taken from `rest`.
pub(crate) fn join(tables: Vec<PageTable>, rest: &mut Vec<PhraseLine>) -> Vec<PageTable> {
    let mut joined: Vec<PageTable> = Vec::new();
    for table in tables {
        let headless = table.rows.first().is_some_and(|row| !is_header(row.iter()));
        let above = joined.last_mut().filter(|above| headless && above.same_columns(&table));
        let Some(above) = above else {
            joined.push(table);
            continue;
        };
        let between: Vec<usize> = (0..rest.len())
            .filter(|&i| is_between(&rest[i], above, &table))
            .collect();
        let near = (0.0..=MAX_DISTANCE).contains(&(table.bbox.y0 - above.bbox.y1));
        let headings = between.len() <= MAX_HEADINGS && between.iter().all(|&i| rest[i].words().count() <= MAX_WORDS);
        if !near || !headings {
            joined.push(table);
            continue;
        }
        for &index in &between {
            above.rows.push(heading_row(&rest[index], above.gaps.len() + 1));
        }
        let mut index = 0;
        rest.retain(|_| {
            index += 1;
            !between.contains(&(index - 1))
        });
        above.rows.extend(table.rows);
        above.bbox = above.bbox.union(table.bbox);
    }
    for table in &mut joined {
        add_first_headings(table, rest);
    }
    joined
}

/// Sizes and places of headings of one kind differ by no more than this, in points.
const SAME_STYLE: f32 = 1.0;
/// Lines of headings stand no further apart than this, in heights of the upper.
const HEADING_GAP: f32 = 2.5;

/// Adds to a table without a heading row the lines above it that look as its section headings do: the table begins with
/// the first of them.
fn add_first_headings(table: &mut PageTable, rest: &mut Vec<PhraseLine>) {
    if table.rows.first().is_none_or(|row| is_header(row.iter())) {
        return;
    }
    let styles: Vec<(f32, f32)> = table
        .rows
        .iter()
        .filter(|row| row.iter().filter(|cell| !cell.text.is_empty()).count() == 1)
        .filter_map(|row| row.first()?.bbox)
        .map(|bbox| (bbox.x0, bbox.height()))
        .collect();
    let in_style = |line: &PhraseLine| {
        styles.iter().any(|&(x0, height)| {
            (line.bbox.x0 - x0).abs() <= SAME_STYLE && (line.bbox.height() - height).abs() <= SAME_STYLE
        })
    };
    for _ in 0..MAX_HEADINGS {
        let above = (0..rest.len())
            .filter(|&i| rest[i].bbox.center_y() < table.bbox.y0)
            .max_by(|&a, &b| rest[a].bbox.y1.total_cmp(&rest[b].bbox.y1));
        let Some(index) = above.filter(|&i| {
            let line = &rest[i];
            table.bbox.y0 - line.bbox.y1 <= HEADING_GAP * line.bbox.height()
                && line.phrases.len() == 1
                && line.words().count() <= MAX_WORDS
                && in_style(line)
        }) else {
            return;
        };
        let line = rest.remove(index);
        table.rows.insert(0, heading_row(&line, table.gaps.len() + 1));
        table.bbox = table.bbox.union(line.bbox);
    }
}

fn is_between(line: &PhraseLine, above: &PageTable, below: &PageTable) -> bool {
    let y = line.bbox.center_y();
    above.bbox.y1 < y && y < below.bbox.y0 && line.bbox.overlap_x(above.bbox.union(below.bbox)) > 0.0
}

fn heading_row(line: &PhraseLine, columns: usize) -> Vec<Cell> {
    let words: Vec<_> = line.words().cloned().collect();
    let mut row = vec![Cell::default(); columns];
    row[0] = Cell::from_lines(&[CellLine::from_words(&words)]);
    row
}
