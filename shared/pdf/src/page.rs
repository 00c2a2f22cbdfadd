//! The tables of one page.

use crate::columns::{GridLine, PhraseLine};
use crate::geometry::BBox;
use crate::lattice::{self, Lattice};
use crate::rows;
use crate::rules::Rules;
use crate::stream;
use crate::table::{Cell, Method};
use crate::words::{Line, Word, lines};

/// A table on a page, before it is joined with those of other pages.
#[derive(Debug)]
pub(crate) struct PageTable {
    pub(crate) bbox: BBox,
    pub(crate) method: Method,
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// Finds the tables of a page, in reading order.
pub(crate) fn find_tables(words: &[Word], rules: &Rules) -> Vec<PageTable> {
    let mut tables = Vec::new();
    let mut taken = vec![false; words.len()];
    for grid in lattice::find(rules) {
        let area = grid.bbox().grown(1.0);
        let inside: Vec<usize> = (0..words.len())
            .filter(|&i| !taken[i] && area.contains(words[i].bbox.center_x(), words[i].bbox.center_y()))
            .collect();
        let own: Vec<Word> = inside.iter().map(|&i| words[i].clone()).collect();
        if let Some(table) = read_lattice(&grid, &own) {
            for index in inside {
                taken[index] = true;
            }
            tables.push(table);
        }
    }
    let free: Vec<Word> = words
        .iter()
        .zip(&taken)
        .filter(|&(_, &taken)| !taken)
        .map(|(w, _)| w.clone())
        .collect();
    let (aligned, rest) = stream::find(&lines(&free), rules);
    tables.extend(aligned.into_iter().map(|found| PageTable {
        bbox: found.bbox,
        method: Method::Aligned,
        rows: found.rows,
    }));
    let _: Vec<PhraseLine> = rest;
    tables.sort_by(|a, b| a.bbox.y0.total_cmp(&b.bbox.y0));
    tables
}

/// Reads the text in a grid. `None` if the grid does not part its text into cells: a frame, a form, a drawing.
fn read_lattice(grid: &Lattice, words: &[Word]) -> Option<PageTable> {
    let contents = grid.distribute(words);
    let most = contents.iter().map(Vec::len).max().unwrap_or(0);
    let filled = contents.iter().filter(|words| !words.is_empty()).count();
    if filled < 2 || (most * 2 > words.len() && most > 12) {
        return None;
    }
    let columns = grid.column_count();
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for band in 0..grid.row_count() {
        let starting: Vec<(usize, &Vec<Word>)> = grid
            .cells
            .iter()
            .zip(&contents)
            .filter(|(span, words)| span.rows.0 == band && !words.is_empty())
            .map(|(span, words)| (span.columns.0, words))
            .collect();
        if starting.is_empty() {
            continue;
        }
        let band_lines = band_lines(&starting, columns);
        if band_lines.len() > 1 && rows::holds_several_rows(&band_lines) {
            let mut start = 0;
            for size in rows::group(&band_lines, &[]) {
                rows.push(stream::row_cells(&band_lines[start..start + size]));
                start += size;
            }
        } else {
            let mut row = vec![Cell::default(); columns];
            for (column, words) in starting {
                row[column] = Cell::from_words(words);
            }
            rows.push(row);
        }
    }
    let rows = drop_empty_columns(rows);
    let columns = rows.first().map_or(0, Vec::len);
    (columns >= 2 && rows.len() >= 2).then_some(PageTable {
        bbox: grid.bbox(),
        method: Method::Ruled,
        rows,
    })
}

fn band_lines(cells: &[(usize, &Vec<Word>)], columns: usize) -> Vec<GridLine> {
    let all: Vec<Word> = cells.iter().flat_map(|(_, words)| words.iter().cloned()).collect();
    let column_of = |word: &Word| {
        cells
            .iter()
            .find(|(_, words)| words.iter().any(|w| w.bbox == word.bbox && w.text == word.text))
            .map(|c| c.0)
    };
    lines(&all)
        .into_iter()
        .map(|Line { words, bbox }| {
            let mut line = GridLine {
                cells: vec![Vec::new(); columns],
                bbox,
                spans: false,
            };
            for word in words {
                if let Some(column) = column_of(&word) {
                    line.cells[column].push(word);
                }
            }
            line
        })
        .collect()
}

fn drop_empty_columns(rows: Vec<Vec<Cell>>) -> Vec<Vec<Cell>> {
    let columns = rows.first().map_or(0, Vec::len);
    let used: Vec<bool> = (0..columns)
        .map(|c| rows.iter().any(|row| !row[c].text.is_empty()))
        .collect();
    rows.into_iter()
        .map(|row| {
            row.into_iter()
                .zip(&used)
                .filter(|&(_, &used)| used)
                .map(|(cell, _)| cell)
                .collect()
        })
        .collect()
}
