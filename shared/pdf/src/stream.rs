//! Tables from the alignment of their text, where no grid of lines tells the cells apart.

use crate::columns::{Gap, GridLine, PhraseLine, gaps};
use crate::geometry::BBox;
use crate::page::{PageTable, box_around, row_cells};
use crate::rows::{self, is_amount};
use crate::rules::{Rule, Rules};
use crate::table::Method;
use crate::words::Line;

/// Finds the tables among lines that no grid claimed, and the lines that belong to none of them.
pub(crate) fn find(lines: &[Line], rules: &Rules) -> (Vec<PageTable>, Vec<PhraseLine>) {
    let lines: Vec<PhraseLine> = lines
        .iter()
        .map(|line| PhraseLine::new(line, &rules.vertical))
        .collect();
    let mut tables = Vec::new();
    let mut rest = Vec::new();
    let mut start = 0;
    while start < lines.len() {
        let end = block_end(&lines, start);
        if end - start >= 2 {
            read_block(&lines[start..end], rules, &mut tables, &mut rest, 0);
        } else {
            rest.extend_from_slice(&lines[start..end]);
        }
        start = end;
    }
    (tables, rest)
}

/// Lines between two parts of a block may be this many heights apart.
const BLOCK_GAP: f32 = 2.6;
/// Lines with a single phrase that may stand between two lines of a table.
const MAX_SINGLES: usize = 3;

/// End of the block that begins at `start`: lines with several phrases, with few single ones between them.
fn block_end(lines: &[PhraseLine], start: usize) -> usize {
    if lines[start].phrases.len() < 2 {
        return start + 1;
    }
    let mut end = start + 1;
    let mut at = start + 1;
    let mut width = lines[start].bbox;
    while at < lines.len() {
        let gap = lines[at].bbox.y0 - lines[at - 1].bbox.y1;
        if gap > BLOCK_GAP * lines[at].bbox.height().max(lines[at - 1].bbox.height()) {
            break;
        }
        if lines[at].phrases.len() >= 2 {
            width = width.union(lines[at].bbox);
            end = at + 1;
        } else if at + 1 - end > MAX_SINGLES || is_prose(&lines[at], width) {
            break;
        }
        at += 1;
    }
    end
}

/// A line of running text: many words over most of the width.
fn is_prose(line: &PhraseLine, around: BBox) -> bool {
    line.words().count() >= 8 && line.bbox.width() >= 0.7 * around.width()
}

/// Reads one block. Lines at its edges that do not fit its columns are read as blocks of their own.
fn read_block(
    lines: &[PhraseLine],
    rules: &Rules,
    tables: &mut Vec<PageTable>,
    rest: &mut Vec<PhraseLine>,
    depth: usize,
) {
    const MAX_DEPTH: usize = 8;
    let several = lines.iter().filter(|line| line.phrases.len() >= 2).count();
    let gaps = if several >= 2 && depth < MAX_DEPTH {
        column_gaps(lines)
    } else {
        Vec::new()
    };
    if gaps.is_empty() {
        rest.extend_from_slice(lines);
        return;
    }
    let fits: Vec<bool> = lines.iter().map(|line| fits(line, &gaps)).collect();
    let first = fits.iter().position(|&fit| fit).unwrap_or(0);
    let last = fits.iter().rposition(|&fit| fit).unwrap_or(lines.len() - 1);
    let core = &lines[first..=last];
    if first > 0 {
        read_block(&lines[..first], rules, tables, rest, depth + 1);
    }
    let grid: Vec<GridLine> = core.iter().map(|line| GridLine::new(line, &gaps)).collect();
    if is_table(&grid, core, &gaps) {
        tables.push(build(&grid, box_around(core), gaps, rules));
    } else {
        rest.extend_from_slice(core);
    }
    if last + 1 < lines.len() {
        read_block(&lines[last + 1..], rules, tables, rest, depth + 1);
    }
}

/// Gaps between columns, from the lines that have the most phrases.
fn column_gaps(lines: &[PhraseLine]) -> Vec<Gap> {
    let mut counts: Vec<usize> = lines
        .iter()
        .map(|line| line.phrases.len())
        .filter(|&count| count >= 2)
        .collect();
    counts.sort_unstable();
    let Some(&high) = counts.get(counts.len() * 4 / 5) else {
        return Vec::new();
    };
    let least = (high * 3).div_ceil(5).max(2);
    let core: Vec<&PhraseLine> = lines.iter().filter(|line| line.phrases.len() >= least).collect();
    gaps(&core)
}

/// Whether a line can be a row of these columns: it has several phrases and none of them lies across a gap unparted.
fn fits(line: &PhraseLine, gaps: &[Gap]) -> bool {
    line.phrases.len() >= 2 && !GridLine::new(line, gaps).spans
}

/// Whether aligned text is a table, and not text set in columns.
fn is_table(grid: &[GridLine], lines: &[PhraseLine], gaps: &[Gap]) -> bool {
    let cells: Vec<String> = grid
        .iter()
        .filter(|line| line.filled() >= 2)
        .flat_map(|line| (0..line.cells.len()).map(|column| line.text(column)))
        .filter(|text| !text.is_empty())
        .collect();
    let full = grid.iter().filter(|line| line.filled() >= 2).count();
    if full < 2 || cells.is_empty() {
        return false;
    }
    let columns = gaps.len() + 1;
    if columns >= 5 && cells.len() as f32 <= 0.35 * (full * columns) as f32 {
        // Labels of a drawing: many columns, hardly a row that fills them.
        return false;
    }
    let amounts = cells.iter().filter(|text| is_amount(text)).count() as f32 / cells.len() as f32;
    let words = cells.iter().map(|text| text.split_whitespace().count()).sum::<usize>() as f32 / cells.len() as f32;
    if amounts >= 0.2 {
        return true;
    }
    let singles = lines.iter().filter(|line| line.phrases.len() == 1).count();
    full >= 3 && words <= if gaps.len() == 1 { 3.5 } else { 4.5 } && singles <= full
}

fn build(grid: &[GridLine], bbox: BBox, gaps: Vec<Gap>, rules: &Rules) -> PageTable {
    let wide: Vec<Rule> = rules
        .horizontal
        .iter()
        .copied()
        .filter(|rule| rule.to.min(bbox.x1) - rule.from.max(bbox.x0) >= 0.6 * bbox.width())
        .collect();
    let mut rows = Vec::new();
    let mut start = 0;
    for size in rows::group(grid, &wide) {
        rows.push(row_cells(&grid[start..start + size]));
        start += size;
    }
    PageTable {
        bbox,
        method: Method::Aligned,
        gaps,
        rows,
    }
}
