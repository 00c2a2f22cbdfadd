//! The tables of one page.

use crate::cards;
use crate::columns::{Gap, PhraseLine};
use crate::geometry::BBox;
use crate::lattice;
use crate::listing;
use crate::rows::is_header;
use crate::ruled;
use crate::rules::Rules;
use crate::sections;
use crate::sides;
use crate::stream;
use crate::table::{Cell, CellLine, Method};
use crate::words::{Line, Word, lines};

/// A table on a page, before it is joined with those of other pages.
#[derive(Clone, Debug)]
pub(crate) struct PageTable {
    pub(crate) bbox: BBox,
    pub(crate) method: Method,
    /// What parts its columns, from left to right; one fewer than there are columns.
    pub(crate) gaps: Vec<Gap>,
    pub(crate) rows: Vec<Vec<Cell>>,
    /// A heading in larger letters directly above it.
    pub(crate) caption: Option<Cell>,
}

impl PageTable {
    /// Whether the columns of both stand at the same places.
    pub(crate) fn same_columns(&self, other: &Self) -> bool {
        const SLACK: f32 = 4.0;
        let shared = self.bbox.overlap_x(other.bbox);
        self.gaps.len() == other.gaps.len()
            && shared >= 0.6 * self.bbox.width().max(other.bbox.width())
            && self
                .gaps
                .iter()
                .zip(&other.gaps)
                .all(|(a, b)| a.from <= b.to + SLACK && b.from <= a.to + SLACK)
    }
}

/// Finds the tables of a page, in reading order.
pub(crate) fn find_tables(words: &[Word], rules: &Rules) -> Vec<PageTable> {
    let mut taken = vec![false; words.len()];
    let grids = lattice::find(rules);
    let boxed = cards::boxed(&grids, &lattice::frames(rules), words, &mut taken);
    let ruled = ruled_tables(words, &grids, &mut taken);
    let mut tables = join_stacked(ruled, words, &mut taken);
    // A grid of one row that heads no other is no table, nor is one whose rows go on beside it: their words are free
    // again.
    let free: Vec<&Word> = words
        .iter()
        .zip(&taken)
        .filter(|&(_, &taken)| !taken)
        .map(|(word, _)| word)
        .collect();
    let fragments: Vec<bool> = tables
        .iter()
        .map(|table| table.rows.len() < 2 || goes_on_beside(table, &free))
        .collect();
    let mut index = 0;
    tables.retain(|table| {
        index += 1;
        let alone = fragments[index - 1];
        if alone {
            release(words, &mut taken, table.bbox);
        }
        !alone
    });
    let mut tables: Vec<PageTable> = tables.into_iter().flat_map(sides::part).collect();
    let free: Vec<Word> = words
        .iter()
        .zip(&taken)
        .filter(|&(word, &taken)| !taken && !word.turned)
        .map(|(w, _)| w.clone())
        .collect();
    let (aligned, mut rest) = stream::find(&lines(&free), rules);
    tables.extend(cards::unfold(sections::join(aligned, &mut rest)));
    tables.extend(listing::find(&rest));
    tables.extend(boxed);
    tables.sort_by(reading_order);
    caption(&mut tables, words);
    tables
}

/// Gives each table with a heading row the caption that stands directly above it, if one does: a short line in larger letters.
fn caption(tables: &mut [PageTable], words: &[Word]) {
    const LARGER: f32 = 1.12;
    const MAX_WORDS: usize = 10;
    /// Distance from the table, in heights of the line.
    const CLOSE: f32 = 2.0;
    let areas: Vec<BBox> = tables.iter().map(|table| table.bbox.grown(1.0)).collect();
    let (mut inside, mut outside): (Vec<Vec<&Word>>, Vec<Word>) = (vec![Vec::new(); tables.len()], Vec::new());
    for word in words.iter().filter(|word| !word.turned) {
        let (x, y) = (word.bbox.center_x(), word.bbox.center_y());
        match areas.iter().position(|area| area.contains(x, y)) {
            Some(at) => inside[at].push(word),
            None => outside.push(word.clone()),
        }
    }
    let outside = lines(&outside);
    for (table, words) in tables.iter_mut().zip(inside) {
        let mut sizes: Vec<f32> = words.iter().map(|word| word.size).collect();
        sizes.sort_by(f32::total_cmp);
        let Some(usual) = sizes.get(sizes.len() / 2) else {
            continue;
        };
        if !table.rows.first().is_some_and(|row| is_header(row.iter())) {
            continue;
        }
        let above = outside
            .iter()
            .filter(|line| line.bbox.y1 <= table.bbox.y0 + 1.0 && line.bbox.overlap_x(table.bbox) > 0.0)
            .max_by(|a, b| a.bbox.y1.total_cmp(&b.bbox.y1));
        let Some(line) = above.filter(|line| {
            table.bbox.y0 - line.bbox.y1 <= CLOSE * line.bbox.height()
                && line.words.len() <= MAX_WORDS
                && line.words.iter().all(|word| word.size >= LARGER * usual)
        }) else {
            continue;
        };
        let cell = Cell::from_lines(&[CellLine::from_words(&line.words)]);
        if cell.text.chars().filter(|c| c.is_alphabetic()).count() >= 2 {
            table.caption = Some(cell);
        }
    }
}

/// From top to bottom; of tables beside each other, the left one first.
fn reading_order(a: &PageTable, b: &PageTable) -> std::cmp::Ordering {
    a.bbox.y0.total_cmp(&b.bbox.y0).then(a.bbox.x0.total_cmp(&b.bbox.x0))
}

fn ruled_tables(words: &[Word], grids: &[lattice::Lattice], taken: &mut [bool]) -> Vec<PageTable> {
    let mut tables = Vec::new();
    for grid in grids {
        let area = grid.bbox().grown(1.0);
        let inside: Vec<usize> = (0..words.len())
            .filter(|&i| !taken[i] && area.contains(words[i].bbox.center_x(), words[i].bbox.center_y()))
            .collect();
        let own: Vec<Word> = inside.iter().map(|&i| words[i].clone()).collect();
        if let Some(table) = ruled::read(grid, &own) {
            for index in inside {
                taken[index] = true;
            }
            tables.push(table);
        }
    }
    tables
}

/// Whether most rows of a grid have free text beside them, close by on the same line: lines of the grid are missing.
fn goes_on_beside(table: &PageTable, free: &[&Word]) -> bool {
    const CLOSE: f32 = 150.0;
    const SAME_LINE: f32 = 1.0;
    let has_neighbour = |row: &&Vec<Cell>| {
        row.iter().filter_map(|cell| cell.bbox).any(|bbox| {
            free.iter().any(|word| {
                let aside = -word.bbox.overlap_x(table.bbox);
                (word.bbox.y1 - bbox.y1).abs() <= SAME_LINE && (0.0..=CLOSE).contains(&aside)
            })
        })
    };
    let beside = table.rows.iter().filter(has_neighbour).count();
    beside * 2 > table.rows.len()
}

fn release(words: &[Word], taken: &mut [bool], area: BBox) {
    let area = area.grown(1.0);
    for (word, taken) in words.iter().zip(taken) {
        if area.contains(word.bbox.center_x(), word.bbox.center_y()) {
            *taken = false;
        }
    }
}

/// Joins grids that stand on top of each other with the same columns: a heading in a box of its own, a table broken by
/// section headings outside the grid. The headings become rows.
fn join_stacked(mut tables: Vec<PageTable>, words: &[Word], taken: &mut [bool]) -> Vec<PageTable> {
    tables.sort_by(reading_order);
    let mut joined: Vec<PageTable> = Vec::new();
    for table in tables {
        let above = joined
            .iter()
            .enumerate()
            .filter(|(_, above)| above.bbox.y1 <= table.bbox.y0 + 2.0 && above.same_columns(&table))
            .max_by(|a, b| a.1.bbox.y1.total_cmp(&b.1.bbox.y1))
            .map(|(index, _)| index);
        let Some((index, between)) = above.and_then(|index| {
            headings_between(&joined[index], &table, words, taken, &joined).map(|lines| (index, lines))
        }) else {
            joined.push(table);
            continue;
        };
        let columns = table.gaps.len() + 1;
        let above = &mut joined[index];
        for (line, indexes) in between {
            for index in indexes {
                taken[index] = true;
            }
            let mut row = vec![Cell::default(); columns];
            row[0] = Cell::from_lines(&[CellLine::from_words(&line.words)]);
            above.rows.push(row);
        }
        above.rows.extend(table.rows);
        above.bbox = above.bbox.union(table.bbox);
    }
    joined
}

/// The lines between two tables that would become one, if they can be section headings: few, short, and nothing else
/// stands between the two.
fn headings_between(
    above: &PageTable,
    below: &PageTable,
    words: &[Word],
    taken: &[bool],
    others: &[PageTable],
) -> Option<Vec<(Line, Vec<usize>)>> {
    const MAX_LINES: usize = 2;
    let area = BBox {
        x0: above.bbox.x0.min(below.bbox.x0) - 1.0,
        x1: above.bbox.x1.max(below.bbox.x1) + 1.0,
        y0: above.bbox.y1,
        y1: below.bbox.y0,
    };
    let blocked = others
        .iter()
        .any(|other| area.overlap_x(other.bbox) > 4.0 && area.overlap_y(other.bbox) > 2.0);
    if blocked {
        return None;
    }
    let indexes: Vec<usize> = (0..words.len())
        .filter(|&i| !taken[i] && area.contains(words[i].bbox.center_x(), words[i].bbox.center_y()))
        .collect();
    let inside: Vec<Word> = indexes.iter().map(|&i| words[i].clone()).collect();
    let found = lines(&inside);
    let usual = inside.first().map_or(10.0, |word| word.size);
    let near = area.height() <= (found.len() as f32 + 1.5) * 2.5 * usual;
    let short = found.iter().all(|line| line.words.len() <= 12);
    (found.len() <= MAX_LINES && short && near).then(|| {
        found
            .into_iter()
            .map(|line| {
                let own = indexes
                    .iter()
                    .copied()
                    .filter(|&i| line.words.iter().any(|w| w == &words[i]))
                    .collect();
                (line, own)
            })
            .collect()
    })
}

/// The cells of one row from lines that were laid out on columns.
pub(crate) fn row_cells(lines: &[crate::columns::GridLine]) -> Vec<Cell> {
    let columns = lines.first().map_or(0, |line| line.cells.len());
    (0..columns)
        .map(|column| {
            let parts: Vec<CellLine> = lines
                .iter()
                .filter(|line| !line.cells[column].is_empty())
                .map(|line| CellLine::from_words(&line.cells[column]))
                .collect();
            Cell::from_lines(&parts)
        })
        .collect()
}

/// The box around lines; empty at the origin if there are none.
pub(crate) fn box_around(lines: &[PhraseLine]) -> BBox {
    BBox::around(lines.iter().map(|line| line.bbox)).unwrap_or(BBox::new(0.0, 0.0, 0.0, 0.0))
}
