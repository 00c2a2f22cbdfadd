//! Text in a grid of ruling lines to rows and columns, also where the grid leaves some of them out.

use crate::columns::{Gap, GridLine, PhraseLine, gaps};
use crate::lattice::{Lattice, Span};
use crate::page::{PageTable, row_cells};
use crate::rows::{self, is_amount};
use crate::table::{Cell, Method};
use crate::words::{Word, lines};

/// Text that stands in one row and one column of a grid.
struct Piece {
    row: usize,
    column: usize,
    words: Vec<Word>,
}

/// Reads the text in a grid. `None` if the grid does not part its text into cells: a frame, a form, a drawing. The
/// result may have a single row: the heading of a table that goes on below.
pub(crate) fn read(grid: &Lattice, words: &[Word]) -> Option<PageTable> {
    let contents = grid.distribute(words);
    let filled = contents.iter().filter(|words| !words.is_empty()).count();
    if filled < 2 {
        return None;
    }
    let pieces: Vec<Piece> = grid
        .cells
        .iter()
        .zip(&contents)
        .filter(|(_, words)| !words.is_empty())
        .flat_map(|(span, words)| pieces_of(grid, *span, words))
        .collect();
    if pieces.iter().any(|piece| is_frame(piece, words.len())) || lacks_lines(grid, &contents) {
        return None;
    }
    let inner: Vec<Vec<Gap>> = (0..grid.column_count())
        .map(|column| inner_gaps(&pieces, column))
        .collect();
    let mut table_rows = Vec::new();
    for band in 0..grid.row_count() {
        let own: Vec<&Piece> = pieces.iter().filter(|piece| piece.row == band).collect();
        if !own.is_empty() {
            table_rows.extend(band_rows(&own, &inner));
        }
    }
    let mut gaps = Vec::new();
    for (column, inner) in inner.iter().enumerate() {
        if column > 0 {
            gaps.push(Gap {
                from: grid.xs[column],
                to: grid.xs[column],
            });
        }
        gaps.extend(inner);
    }
    let (rows, gaps) = drop_empty_columns(table_rows, gaps);
    let rows = drop_notes(rows);
    (!gaps.is_empty() && !rows.is_empty()).then(|| PageTable {
        bbox: grid.bbox(),
        method: Method::Ruled,
        gaps,
        rows,
        caption: None,
    })
}

/// Whether most of the text stands in this one cell and does not read as the text of a cell: the grid is a frame around
/// something else.
fn is_frame(piece: &Piece, words: usize) -> bool {
    if piece.words.len() * 2 <= words || piece.words.len() <= 12 {
        return false;
    }
    let lines: Vec<PhraseLine> = lines(&piece.words)
        .iter()
        .map(|line| PhraseLine::new(line, &[]))
        .collect();
    lines.len() >= 8 || lines.iter().filter(|line| line.phrases.len() > 1).count() >= 2
}

/// Whether the grid leaves out lines here and there: cells over several rows that hold a line for each, on the same
/// baselines as the texts beside them.
fn lacks_lines(grid: &Lattice, contents: &[Vec<Word>]) -> bool {
    const MIN_CELLS: usize = 2;
    const SHARE: usize = 25;
    const SAME_BASELINE: f32 = 1.0;
    let single_rows: Vec<&Word> = grid
        .cells
        .iter()
        .zip(contents)
        .filter(|(span, _)| span.rows.1 - span.rows.0 == 1)
        .flat_map(|(_, words)| words)
        .collect();
    let beside = |y: f32| single_rows.iter().any(|word| (word.bbox.y1 - y).abs() <= SAME_BASELINE);
    let lacking = grid
        .cells
        .iter()
        .zip(contents)
        .filter(|(span, words)| {
            span.rows.1 - span.rows.0 > 1 && {
                let pieces = part_rows(grid, **span, words);
                pieces.len() == 1 && lines(words).iter().filter(|line| beside(line.bbox.y1)).count() >= 2
            }
        })
        .count();
    let filled = contents.iter().filter(|words| !words.is_empty()).count();
    lacking >= MIN_CELLS && lacking * SHARE >= filled
}

/// Takes a cell over several rows or columns of the grid apart, where its text shows that lines are missing.
fn pieces_of(grid: &Lattice, span: Span, words: &[Word]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (row, words) in part_rows(grid, span, words) {
        for (column, words) in part_columns(grid, span, words) {
            pieces.push(Piece { row, column, words });
        }
    }
    pieces
}

/// Parts a cell that reaches over many rows if each row has its own line of it.
fn part_rows(grid: &Lattice, span: Span, words: &[Word]) -> Vec<(usize, Vec<Word>)> {
    /// A label over a few rows may well have as many lines.
    const MIN_ROWS: usize = 4;
    let whole = || vec![(span.rows.0, words.to_vec())];
    let count = span.rows.1 - span.rows.0;
    if count < 2 {
        return whole();
    }
    let lines = lines(words);
    let bands: Vec<usize> = lines
        .iter()
        .map(|line| {
            grid.ys
                .partition_point(|&y| y <= line.bbox.center_y())
                .clamp(span.rows.0 + 1, span.rows.1)
                - 1
        })
        .collect();
    let distinct = bands.windows(2).all(|pair| pair[0] < pair[1]);
    let many = lines.len() >= MIN_ROWS && lines.len() * 10 >= count * 7;
    let amounts = lines.len() >= 2
        && lines
            .iter()
            .all(|line| line.words.iter().all(|word| is_amount(&word.text)));
    if distinct && (many || amounts) {
        bands
            .into_iter()
            .zip(lines.into_iter().map(|line| line.words))
            .collect()
    } else {
        whole()
    }
}

/// Parts a cell that reaches over several columns if its text stands in them as if they were ruled.
fn part_columns(grid: &Lattice, span: Span, words: Vec<Word>) -> Vec<(usize, Vec<Word>)> {
    let (first, end) = span.columns;
    if end - first < 2 {
        return vec![(first, words)];
    }
    let lines: Vec<PhraseLine> = lines(&words).iter().map(|line| PhraseLine::new(line, &[])).collect();
    let inner = &grid.xs[first + 1..end];
    let crosses = |x0: f32, x1: f32| inner.iter().any(|&x| x0 < x - 1.5 && x1 > x + 1.5);
    let several = lines.iter().filter(|line| line.phrases.len() > 1);
    let apart = several.clone().count() > 0
        && several
            .flat_map(|line| &line.phrases)
            .all(|phrase| !crosses(phrase.bbox.x0, phrase.bbox.x1));
    if !apart {
        return vec![(first, words)];
    }
    let mut parts: Vec<(usize, Vec<Word>)> = Vec::new();
    for phrase in lines.into_iter().flat_map(|line| line.phrases) {
        let x = if crosses(phrase.bbox.x0, phrase.bbox.x1) {
            phrase.bbox.x0
        } else {
            phrase.bbox.center_x()
        };
        let column = first + inner.partition_point(|&line| line <= x);
        match parts.iter_mut().find(|(c, _)| *c == column) {
            Some((_, words)) => words.extend(phrase.words),
            None => parts.push((column, phrase.words)),
        }
    }
    parts
}

/// Gaps inside one column of the grid: columns that no line parts.
fn inner_gaps(pieces: &[Piece], column: usize) -> Vec<Gap> {
    let all: Vec<PhraseLine> = pieces
        .iter()
        .filter(|piece| piece.column == column)
        .flat_map(|piece| lines(&piece.words))
        .map(|line| PhraseLine::new(&line, &[]))
        .collect();
    let several: Vec<&PhraseLine> = all.iter().filter(|line| line.phrases.len() > 1).collect();
    if several.len() < 2 || several.len() * 2 < all.len() {
        return Vec::new();
    }
    let found = gaps(&several);
    let spanning = several.iter().filter(|line| GridLine::new(line, &found).spans).count();
    if spanning * 5 > several.len() {
        Vec::new()
    } else {
        found
    }
}

/// The rows of one band of the grid: one, unless its lines plainly are rows that no line parts.
fn band_rows(pieces: &[&Piece], inner: &[Vec<Gap>]) -> Vec<Vec<Cell>> {
    let columns = inner.iter().map(|gaps| gaps.len() + 1).sum();
    let all: Vec<Word> = pieces.iter().flat_map(|piece| piece.words.iter().cloned()).collect();
    let mut grid_lines: Vec<GridLine> = Vec::new();
    for line in lines(&all) {
        let mut grid_line = GridLine {
            cells: vec![Vec::new(); columns],
            bbox: line.bbox,
            spans: false,
        };
        let mut offset = 0;
        for (column, gaps) in inner.iter().enumerate() {
            let own: Vec<Word> = line
                .words
                .iter()
                .filter(|word| {
                    pieces
                        .iter()
                        .any(|piece| piece.column == column && piece.words.contains(word))
                })
                .cloned()
                .collect();
            if !own.is_empty() {
                let own_line = PhraseLine::new(
                    &crate::words::Line {
                        words: own,
                        bbox: line.bbox,
                    },
                    &[],
                );
                let laid_out = GridLine::new(&own_line, gaps);
                grid_line.spans |= laid_out.spans;
                for (index, words) in laid_out.cells.into_iter().enumerate() {
                    grid_line.cells[offset + index] = words;
                }
            }
            offset += gaps.len() + 1;
        }
        grid_lines.push(grid_line);
    }
    if grid_lines.len() > 1 && rows::holds_several_rows(&grid_lines) {
        let mut start = 0;
        let sizes = rows::group(&grid_lines, &[], &[]);
        sizes
            .into_iter()
            .map(|size| {
                start += size;
                row_cells(&grid_lines[start - size..start])
            })
            .collect()
    } else {
        // A text over inner columns heads them; its row is not theirs.
        grid_lines
            .chunk_by(|above, below| above.spans == below.spans)
            .map(row_cells)
            .collect()
    }
}

fn drop_empty_columns(rows: Vec<Vec<Cell>>, gaps: Vec<Gap>) -> (Vec<Vec<Cell>>, Vec<Gap>) {
    let columns = gaps.len() + 1;
    let used: Vec<bool> = (0..columns)
        .map(|c| rows.iter().any(|row| !row[c].text.is_empty()))
        .collect();
    let rows = rows
        .into_iter()
        .map(|row| {
            row.into_iter()
                .zip(&used)
                .filter(|&(_, &used)| used)
                .map(|(cell, _)| cell)
                .collect()
        })
        .collect();
    // A dropped column takes the gap before it with it; the first used column has none.
    let first = used.iter().position(|&used| used).unwrap_or(0);
    let gaps = (first + 1..columns).filter(|&c| used[c]).map(|c| gaps[c - 1]).collect();
    (rows, gaps)
}

/// Leaves out titles and notes set inside the frame above and below the table: long text alone in its row.
fn drop_notes(mut rows: Vec<Vec<Cell>>) -> Vec<Vec<Cell>> {
    const LONG: usize = 12;
    let is_note = |row: &Vec<Cell>| {
        row.iter().filter(|cell| !cell.text.is_empty()).count() == 1
            && row.iter().any(|cell| cell.text.split_whitespace().count() > LONG)
    };
    while rows.last().is_some_and(is_note) {
        rows.pop();
    }
    let first = rows.iter().position(|row| !is_note(row)).unwrap_or(rows.len());
    rows.drain(..first);
    rows
}
