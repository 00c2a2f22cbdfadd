//! Tables, or a table and text, that stand side by side on the same lines of a page.

use crate::columns::{Gap, GridLine, PhraseLine};
use crate::geometry::BBox;
use crate::page::PageTable;
use crate::rows::is_amount;
use crate::table::Cell;
use crate::words::Word;

/// The gap whose two sides are set independently of each other: their baselines do not keep the same offset from line
/// to line, as the columns of one table do.
pub(crate) fn independent(lines: &[PhraseLine], gaps: &[Gap]) -> Option<Gap> {
    /// Fewer lines with text on both sides say nothing.
    const MIN_LINES: usize = 5;
    /// Spread of the offsets, as a share of the font size, that no table has.
    const SPREAD: f32 = 0.15;
    gaps.iter()
        .copied()
        .filter_map(|gap| {
            let mut offsets: Vec<f32> = lines.iter().filter_map(|line| offset_across(line, gap)).collect();
            offsets.sort_by(f32::total_cmp);
            let count = offsets.len();
            (count >= MIN_LINES).then(|| (gap, offsets[count * 4 / 5] - offsets[count / 5]))
        })
        .filter(|&(_, spread)| spread > SPREAD)
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(gap, _)| gap)
}

/// How much lower the text right of a gap stands than that left of it, in font sizes.
fn offset_across(line: &PhraseLine, gap: Gap) -> Option<f32> {
    let left = line.words().filter(|word| word.bbox.center_x() < gap.middle()).last()?;
    let right = line.words().find(|word| word.bbox.center_x() > gap.middle())?;
    let near = |word: &Word| word.bbox.height() < 2.0 * word.size;
    (near(left) && near(right)).then(|| (right.bbox.y1 - left.bbox.y1) / left.size.max(right.size))
}

/// The number of columns after which a heading begins anew: half or a third of them.
pub(crate) fn period(texts: &[String]) -> Option<usize> {
    let count = texts.len();
    [2, 3, 4]
        .into_iter()
        .filter(|parts| count.is_multiple_of(*parts))
        .map(|parts| count / parts)
        .find(|&period| {
            let first = &texts[..period];
            period >= 2
                && first.iter().filter(|text| !text.is_empty()).count() >= 2
                && texts.chunks(period).all(|chunk| chunk == first)
        })
}

/// The gap after which the columns begin anew, in a block without headings: as many columns on either side, of texts and of
/// amounts in the same order, each as far from its counterpart as the others are from theirs.
pub(crate) fn mirrored(lines: &[PhraseLine], gaps: &[Gap]) -> Option<Gap> {
    const MIN_LINES: usize = 4;
    /// Distances between counterparts differ by no more, in points.
    const SAME_SHIFT: f32 = 4.0;
    let grid: Vec<GridLine> = lines
        .iter()
        .filter(|line| line.phrases.len() >= 2)
        .map(|line| GridLine::new(line, gaps))
        .collect();
    let columns: Vec<Column> = (0..=gaps.len()).map(|column| Column::of(&grid, column)).collect();
    if columns.iter().any(|column| column.texts < MIN_LINES) {
        return None;
    }
    let period = [2, 3, 4]
        .into_iter()
        .filter(|parts| columns.len().is_multiple_of(*parts) && columns.len() / parts >= 2)
        .map(|parts| columns.len() / parts)
        .find(|&period| {
            let first = &columns[..period];
            let has_both = first.iter().any(|column| column.is_amount) && first.iter().any(|column| !column.is_amount);
            has_both
                && columns.chunks(period).all(|side| {
                    let shifts = first.iter().zip(side).map(|(a, b)| b.place - a.place);
                    let (least, most) = shifts.fold((f32::MAX, f32::MIN), |(least, most), shift| {
                        (least.min(shift), most.max(shift))
                    });
                    most - least <= SAME_SHIFT && first.iter().zip(side).all(|(a, b)| a.is_amount == b.is_amount)
                })
        })?;
    gaps.get(period - 1).copied()
}

/// What a column of a block holds.
struct Column {
    texts: usize,
    /// Whether most of its texts are amounts.
    is_amount: bool,
    /// Where most of its texts begin, or end if they are amounts.
    place: f32,
}

impl Column {
    fn of(grid: &[GridLine], column: usize) -> Self {
        let cells: Vec<(BBox, bool)> = grid
            .iter()
            .filter_map(|line| {
                let bbox = BBox::around(line.cells[column].iter().map(|word| word.bbox))?;
                Some((bbox, is_amount(&line.text(column))))
            })
            .collect();
        let is_amount = cells.iter().filter(|(_, amount)| *amount).count() * 10 >= cells.len() * 7;
        let mut places: Vec<f32> = cells
            .iter()
            .map(|(bbox, _)| if is_amount { bbox.x1 } else { bbox.x0 })
            .collect();
        places.sort_by(f32::total_cmp);
        Self {
            texts: cells.len(),
            is_amount,
            place: places.get(places.len() / 2).copied().unwrap_or_default(),
        }
    }
}

/// Parts a ruled table whose heading repeats from left to right into the tables it consists of.
pub(crate) fn part(table: PageTable) -> Vec<PageTable> {
    const HEADING_ROWS: usize = 3;
    let texts = |row: &Vec<Cell>| row.iter().map(|cell| cell.text.to_lowercase()).collect::<Vec<String>>();
    let Some(period) = table.rows.iter().take(HEADING_ROWS).find_map(|row| period(&texts(row))) else {
        return vec![table];
    };
    let count = table.gaps.len() + 1;
    (0..count / period)
        .map(|side| {
            let columns = side * period..(side + 1) * period;
            let rows: Vec<Vec<Cell>> = table
                .rows
                .iter()
                .map(|row| row[columns.clone()].to_vec())
                .filter(|row| row.iter().any(|cell| !cell.text.is_empty()))
                .collect();
            let mut bbox = table.bbox;
            if side > 0 {
                bbox.x0 = table.gaps[columns.start - 1].middle();
            }
            if columns.end < count {
                bbox.x1 = table.gaps[columns.end - 1].middle();
            }
            let gaps = table.gaps[columns.start..columns.end - 1].to_vec();
            PageTable {
                bbox,
                method: table.method,
                gaps,
                rows,
                caption: None,
            }
        })
        .collect()
}
