//! Tables from their ruling lines.

use crate::geometry::BBox;
use crate::rules::{Rule, Rules};
use crate::words::Word;

/// Lines that miss each other by no more than this still meet.
const MEET: f32 = 3.0;
/// Grid lines closer than this are one.
const SAME_GRID_LINE: f32 = 3.0;
/// More line pairs than this are not compared: the page is a drawing.
const MAX_PAIRS: usize = 20_000_000;

/// A grid of ruling lines that meet.
#[derive(Debug)]
pub(crate) struct Lattice {
    /// Vertical grid lines, from left to right; at least two.
    pub(crate) xs: Vec<f32>,
    /// Horizontal grid lines, from top to bottom; at least two.
    pub(crate) ys: Vec<f32>,
    /// For each unit cell, row by row, the number of the cell it belongs to.
    owner: Vec<usize>,
    /// For each cell number its extent.
    pub(crate) cells: Vec<Span>,
}

/// Unit cells that form one cell: rows and columns, ends not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) rows: (usize, usize),
    pub(crate) columns: (usize, usize),
}

impl Lattice {
    pub(crate) fn bbox(&self) -> BBox {
        let (x0, x1) = (self.xs[0], self.xs[self.xs.len() - 1]);
        let (y0, y1) = (self.ys[0], self.ys[self.ys.len() - 1]);
        BBox { x0, y0, x1, y1 }
    }

    pub(crate) fn row_count(&self) -> usize {
        self.ys.len() - 1
    }

    pub(crate) fn column_count(&self) -> usize {
        self.xs.len() - 1
    }

    /// The cell at a point inside the grid.
    pub(crate) fn cell_at(&self, x: f32, y: f32) -> usize {
        let column = (self.xs.partition_point(|&line| line <= x)).clamp(1, self.column_count()) - 1;
        let row = (self.ys.partition_point(|&line| line <= y)).clamp(1, self.row_count()) - 1;
        self.owner[row * self.column_count() + column]
    }

    /// Words of each cell, by cell number. A text that was drawn in one go and runs over a border stays in the cell
    /// where it begins.
    pub(crate) fn distribute(&self, words: &[Word]) -> Vec<Vec<Word>> {
        let mut cells: Vec<Vec<Word>> = vec![Vec::new(); self.cells.len()];
        let mut previous: Option<(&Word, usize)> = None;
        for (index, word) in words.iter().enumerate() {
            let y = word.bbox.center_y();
            let start = self.cell_at(word.bbox.x0 + 0.1 * word.size, y);
            let middle = self.cell_at(word.bbox.center_x(), y);
            let cell = match previous.filter(|(last, cell)| *cell != middle && follows(word, last)) {
                Some((last, cell)) if self.lies_across(last, cell) || self.is_taken(words, index, middle) => cell,
                // A long word across the border begins where it belongs; a short one only leans over it.
                _ if start != middle && self.inside_row(start, y) && word.bbox.width() > 2.0 * word.size => start,
                _ => middle,
            };
            cells[cell].push(word.clone());
            previous = Some((word, cell));
        }
        cells
    }

    /// Whether a word that was put in a cell reaches over its right border.
    fn lies_across(&self, word: &Word, cell: usize) -> bool {
        self.x_range(cell).1 < word.bbox.x1 - 0.3 * word.size
    }

    /// Whether a text drawn apart from the word, soon before or after it, stands on its line in this cell.
    fn is_taken(&self, words: &[Word], index: usize, cell: usize) -> bool {
        const NEAR: usize = 40;
        const SAME_BASELINE: f32 = 3.0;
        let word = &words[index];
        let around = &words[index.saturating_sub(NEAR)..(index + NEAR).min(words.len())];
        around.iter().any(|other| {
            other.run != word.run
                && (other.bbox.y1 - word.bbox.y1).abs() <= SAME_BASELINE
                && self.cell_at(other.bbox.center_x(), other.bbox.center_y()) == cell
        })
    }

    fn x_range(&self, cell: usize) -> (f32, f32) {
        let (from, to) = self.cells[cell].columns;
        (self.xs[from], self.xs[to])
    }

    fn inside_row(&self, cell: usize, y: f32) -> bool {
        let (from, to) = self.cells[cell].rows;
        (self.ys[from]..=self.ys[to]).contains(&y)
    }
}

/// Whether a word goes on with the text of the one before.
fn follows(word: &Word, last: &Word) -> bool {
    const CLOSE: f32 = 0.7;
    let gap = word.bbox.x0 - last.bbox.x1;
    last.run == word.run && gap < CLOSE * word.size && word.bbox.x0 >= last.bbox.x0
}

/// The grids on a page, from top to bottom. A frame without inner lines is not a grid.
pub(crate) fn find(rules: &Rules) -> Vec<Lattice> {
    if rules.horizontal.len().saturating_mul(rules.vertical.len()) > MAX_PAIRS {
        return Vec::new();
    }
    let mut grids: Vec<Lattice> = components(rules)
        .into_iter()
        .filter_map(|(h, v)| build(&h, &v))
        .collect();
    // A grid inside a cell of another is part of that cell's drawing, unless the outer one is only a frame.
    grids.sort_by(|a, b| {
        a.bbox()
            .y0
            .total_cmp(&b.bbox().y0)
            .then(a.bbox().x0.total_cmp(&b.bbox().x0))
    });
    grids
}

/// The frames on a page that have no inner lines.
pub(crate) fn frames(rules: &Rules) -> Vec<BBox> {
    if rules.horizontal.len().saturating_mul(rules.vertical.len()) > MAX_PAIRS {
        return Vec::new();
    }
    components(rules)
        .into_iter()
        .filter_map(|(h, v)| {
            let xs = grid_lines(v.iter().map(|rule| rule.at));
            let ys = grid_lines(h.iter().map(|rule| rule.at));
            match (xs.as_slice(), ys.as_slice()) {
                (&[x0, x1], &[y0, y1]) => Some(BBox { x0, y0, x1, y1 }),
                _ => None,
            }
        })
        .collect()
}

/// Groups of lines that meet, directly or through others.
fn components(rules: &Rules) -> Vec<(Vec<Rule>, Vec<Rule>)> {
    let (h, v) = (&rules.horizontal, &rules.vertical);
    let mut groups = Groups::new(h.len() + v.len());
    for (i, row) in h.iter().enumerate() {
        for (j, column) in v.iter().enumerate() {
            let meets = (row.from - MEET..=row.to + MEET).contains(&column.at)
                && (column.from - MEET..=column.to + MEET).contains(&row.at);
            if meets {
                groups.join(i, h.len() + j);
            }
        }
    }
    let mut by_root: std::collections::BTreeMap<usize, (Vec<Rule>, Vec<Rule>)> = std::collections::BTreeMap::new();
    for (i, row) in h.iter().enumerate() {
        by_root.entry(groups.root(i)).or_default().0.push(*row);
    }
    for (j, column) in v.iter().enumerate() {
        by_root.entry(groups.root(h.len() + j)).or_default().1.push(*column);
    }
    by_root
        .into_values()
        .filter(|(h, v)| h.len() >= 2 && !v.is_empty() && h.len() + v.len() >= 4)
        .collect()
}

fn build(h: &[Rule], v: &[Rule]) -> Option<Lattice> {
    let mut xs = grid_lines(v.iter().map(|rule| rule.at));
    let mut ys = grid_lines(h.iter().map(|rule| rule.at));
    // Tables open at a side: the rules of the other direction reach beyond the outermost line.
    open_sides(&mut xs, h);
    open_sides(&mut ys, v);
    let (columns, rows) = (xs.len().checked_sub(1)?, ys.len().checked_sub(1)?);
    const MAX_UNITS: usize = 200_000;
    if columns == 0 || rows == 0 || columns * rows < 2 || columns * rows > MAX_UNITS {
        return None;
    }
    let (v_on, h_on) = (by_line(v, &xs), by_line(h, &ys));
    let mut groups = Groups::new(columns * rows);
    for row in 0..rows {
        for column in 0..columns {
            let unit = row * columns + column;
            if column + 1 < columns && !is_drawn(&v_on[column + 1], ys[row], ys[row + 1]) {
                groups.join(unit, unit + 1);
            }
            if row + 1 < rows && !is_drawn(&h_on[row + 1], xs[column], xs[column + 1]) {
                groups.join(unit, unit + columns);
            }
        }
    }
    let mut numbers = std::collections::HashMap::new();
    let mut cells: Vec<Span> = Vec::new();
    let mut owner = Vec::with_capacity(columns * rows);
    for unit in 0..columns * rows {
        let (row, column) = (unit / columns, unit % columns);
        let number = *numbers.entry(groups.root(unit)).or_insert_with(|| {
            cells.push(Span {
                rows: (row, row + 1),
                columns: (column, column + 1),
            });
            cells.len() - 1
        });
        let span = &mut cells[number];
        span.rows = (span.rows.0.min(row), span.rows.1.max(row + 1));
        span.columns = (span.columns.0.min(column), span.columns.1.max(column + 1));
        owner.push(number);
    }
    (cells.len() >= 2).then_some(Lattice { xs, ys, owner, cells })
}

fn grid_lines(at: impl Iterator<Item = f32>) -> Vec<f32> {
    let mut lines: Vec<f32> = at.collect();
    lines.sort_by(f32::total_cmp);
    lines.dedup_by(|next, kept| *next - *kept <= SAME_GRID_LINE);
    lines
}

fn open_sides(lines: &mut Vec<f32>, across: &[Rule]) {
    const MIN_CELL: f32 = 8.0;
    let low = across.iter().map(|rule| rule.from).fold(f32::MAX, f32::min);
    let high = across.iter().map(|rule| rule.to).fold(f32::MIN, f32::max);
    if lines.first().is_none_or(|&first| first - low > MIN_CELL) && low < high {
        lines.insert(0, low);
    }
    if lines.last().is_none_or(|&last| high - last > MIN_CELL) && low < high {
        lines.push(high);
    }
}

/// For each grid line the rules that lie on it.
fn by_line(rules: &[Rule], lines: &[f32]) -> Vec<Vec<Rule>> {
    let on = |line: f32| {
        rules
            .iter()
            .copied()
            .filter(|rule| (rule.at - line).abs() <= SAME_GRID_LINE)
            .collect()
    };
    lines.iter().map(|&line| on(line)).collect()
}

/// Whether the rules of a grid line cover at least half of the way from `from` to `to`.
fn is_drawn(rules: &[Rule], from: f32, to: f32) -> bool {
    let covered: f32 = rules
        .iter()
        .map(|rule| (rule.to.min(to) - rule.from.max(from)).max(0.0))
        .sum();
    covered >= 0.5 * (to - from)
}

/// Disjoint sets.
struct Groups(Vec<usize>);

impl Groups {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&mut self, mut index: usize) -> usize {
        while self.0[index] != index {
            self.0[index] = self.0[self.0[index]];
            index = self.0[index];
        }
        index
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        let (low, high) = (a.min(b), a.max(b));
        self.0[high] = low;
    }
}
