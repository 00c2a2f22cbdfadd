//! Tables from the alignment of their text, where no grid of lines tells the cells apart.

use crate::columns::{Gap, GridLine, PhraseLine, aligned_starts, gaps, have_leading_codes};
use crate::geometry::BBox;
use crate::page::{PageTable, box_around, row_cells};
use crate::rows::{self, is_amount};
use crate::rules::{Rule, Rules};
use crate::sides::{independent, mirrored, period};
use crate::table::Method;
use crate::words::{Line, Word, lines};

/// Finds the tables among lines that no grid claimed, and the lines that belong to none of them.
pub(crate) fn find(lines: &[Line], rules: &Rules) -> (Vec<PageTable>, Vec<PhraseLine>) {
    find_nested(lines, rules, 0)
}

/// The rows with which a table goes on that the page before ended with, where they are too few to show their columns by
/// themselves: lines that fit its columns, with an amount where it has amounts.
pub(crate) fn go_on(words: &[Word], rules: &Rules, before: &PageTable) -> Option<PageTable> {
    let lines: Vec<PhraseLine> = lines(words)
        .iter()
        .map(|line| PhraseLine::new(line, &rules.vertical))
        .collect();
    let is_numeric = |column: usize| {
        let texts = || {
            before
                .rows
                .iter()
                .filter_map(move |row| row.get(column))
                .filter(|cell| !cell.text.is_empty())
        };
        let amounts = texts().filter(|cell| is_amount(&cell.text)).count();
        amounts > 0 && amounts * 10 >= texts().count() * 6
    };
    let numeric: Vec<usize> = (0..=before.gaps.len()).filter(|&column| is_numeric(column)).collect();
    let is_row = |line: &PhraseLine| {
        let grid = GridLine::new(line, &before.gaps);
        fits(line, &before.gaps)
            && grid.filled() * 2 > before.gaps.len()
            && numeric.iter().any(|&column| is_amount(&grid.text(column)))
    };
    let first = lines.iter().position(is_row)?;
    let last = lines.iter().rposition(is_row)?;
    let grid: Vec<GridLine> = lines[first..=last]
        .iter()
        .map(|line| GridLine::new(line, &before.gaps))
        .collect();
    let mut rows = Vec::new();
    let mut start = 0;
    for size in rows::group(&grid, &rules.horizontal, &rules.horizontal) {
        rows.push(row_cells(&grid[start..start + size]));
        start += size;
    }
    Some(PageTable {
        bbox: box_around(&lines[first..=last]),
        method: before.method,
        gaps: before.gaps.clone(),
        rows,
        caption: None,
    })
}

/// Blocks are read within blocks no deeper than this.
const MAX_DEPTH: usize = 8;

fn find_nested(lines: &[Line], rules: &Rules, depth: usize) -> (Vec<PageTable>, Vec<PhraseLine>) {
    let lines: Vec<PhraseLine> = lines
        .iter()
        .map(|line| PhraseLine::new(line, &rules.vertical))
        .collect();
    let mut reader = Reader {
        lines: &lines,
        rules,
        tables: Vec::new(),
        used: vec![false; lines.len()],
        loose: Vec::new(),
    };
    let mut start = 0;
    while start < lines.len() {
        let end = block_end(&lines, start);
        if end - start >= 2 {
            reader.read_block(start, end, depth);
        }
        start = end;
    }
    let Reader {
        tables, used, loose, ..
    } = reader;
    let mut rest: Vec<PhraseLine> = lines
        .into_iter()
        .zip(used)
        .filter(|(_, used)| !used)
        .map(|(line, _)| line)
        .collect();
    rest.extend(loose);
    (tables, rest)
}

/// Lines between two parts of a block may be this many heights apart.
const BLOCK_GAP: f32 = 2.6;
/// Lines with a single phrase that may stand between two lines of a table.
const MAX_SINGLES: usize = 3;
/// As many of them if they follow closely, as the lines of a long text do, or those of a table beside it.
const MAX_TIGHT_SINGLES: usize = 10;
/// Distance between such lines, in line heights.
const TIGHT: f32 = 0.7;

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
        } else {
            let tight = gap <= TIGHT * lines[at].bbox.height();
            let allowed = if tight { MAX_TIGHT_SINGLES } else { MAX_SINGLES };
            if at + 1 - end > allowed || is_prose(&lines[at], width) {
                break;
            }
        }
        at += 1;
    }
    end
}

/// A line of running text: many words over most of the width.
fn is_prose(line: &PhraseLine, around: BBox) -> bool {
    line.words().count() >= 8 && line.bbox.width() >= 0.7 * around.width()
}

struct Reader<'a> {
    lines: &'a [PhraseLine],
    rules: &'a Rules,
    tables: Vec<PageTable>,
    /// Lines that belong to a table, or were parted into sides.
    used: Vec<bool>,
    /// Lines of sides that belong to no table.
    loose: Vec<PhraseLine>,
}

impl Reader<'_> {
    /// Reads one block. Lines at its edges that do not fit its columns are read as blocks of their own.
    fn read_block(&mut self, start: usize, end: usize, depth: usize) {
        let lines = &self.lines[start..end];
        let several = lines.iter().filter(|line| line.phrases.len() >= 2).count();
        let gaps = if several >= 2 && depth < MAX_DEPTH {
            column_gaps(lines)
        } else {
            Vec::new()
        };
        if gaps.is_empty() {
            return;
        }
        if let Some(gap) = independent(lines, &gaps)
            .or_else(|| repeating_heading(lines, &gaps))
            .or_else(|| mirrored(lines, &gaps))
        {
            self.read_sides(start, end, gap, depth);
            return;
        }
        let fits: Vec<bool> = lines.iter().map(|line| fits(line, &gaps)).collect();
        let mut first = start + fits.iter().position(|&fit| fit).unwrap_or(0);
        while first > start && may_head(&self.lines[first - 1], &self.lines[first], &gaps, self.rules) {
            first -= 1;
        }
        let last = start + fits.iter().rposition(|&fit| fit).unwrap_or(lines.len() - 1);
        if first > start {
            self.read_block(start, first, depth + 1);
        }
        let core = &self.lines[first..=last];
        let grid: Vec<GridLine> = core.iter().map(|line| GridLine::new(line, &gaps)).collect();
        if is_table(&grid, core, &gaps) {
            self.read_table(first, last, gaps);
        }
        if last + 1 < end {
            self.read_block(last + 1, end, depth + 1);
        }
    }

    /// Reads what stands on either side of a gap as pages of their own.
    fn read_sides(&mut self, start: usize, end: usize, gap: Gap, depth: usize) {
        let words = self.lines[start..end].iter().flat_map(PhraseLine::words).cloned();
        let (left, right): (Vec<Word>, Vec<Word>) = words.partition(|word| word.bbox.center_x() < gap.middle());
        for side in [left, right] {
            let (tables, rest) = find_nested(&lines(&side), self.rules, depth + 1);
            self.tables.extend(tables);
            self.loose.extend(rest);
        }
        self.used[start..end].fill(true);
    }

    /// Reads the table on these lines, and on those above and below that continue its first and last row.
    fn read_table(&mut self, first: usize, last: usize, mut gaps: Vec<Gap>) {
        let first = self.below_title(first, last);
        let above = (0..first)
            .rev()
            .take_while(|&i| self.may_continue(i, i + 1, &gaps))
            .take(MAX_SINGLES)
            .count();
        let below = (last + 1..self.lines.len())
            .take_while(|&i| self.may_continue(i, i - 1, &gaps))
            .take(MAX_SINGLES)
            .count();
        let (from, to) = (first - above, last + below);
        let mut grid: Vec<GridLine> = self.lines[from..=to]
            .iter()
            .map(|line| GridLine::new(line, &gaps))
            .collect();
        part_codes(&mut grid, &mut gaps);
        let core = &self.lines[first..=last];
        let wide = wide_rules(self.rules, box_around(core));
        let mut sizes = rows::group(&grid, &wide, &self.rules.horizontal);
        // Rows made of nothing but lines around the table are not of it.
        let mut skip = 0;
        while skip < above && skip + sizes[0] <= above {
            skip += sizes.remove(0);
        }
        let mut end = grid.len();
        while let Some(&size) = sizes.last().filter(|&&size| end - size > last - from) {
            end -= size;
            sizes.pop();
        }
        let mut rows = Vec::new();
        let mut start = skip;
        for size in sizes {
            rows.push(row_cells(&grid[start..start + size]));
            start += size;
        }
        self.used[from + skip..from + end].fill(true);
        let bbox = box_around(&self.lines[from + skip..from + end]);
        self.tables.push(PageTable {
            bbox,
            method: Method::Aligned,
            gaps,
            rows,
            caption: None,
        });
    }

    /// The first line of the table proper: titles stand above its first rule, the heading between that and the second.
    fn below_title(&self, first: usize, last: usize) -> usize {
        const MAX_TITLE_LINES: usize = 4;
        const MIN_TITLE_WORDS: usize = 6;
        const WIDE_SPACE: f32 = 1.6;
        let bbox = box_around(&self.lines[first..=last]);
        let wide = wide_rules(self.rules, bbox);
        let middle = |index: usize| self.lines[index].bbox.center_y();
        let ruled = |from: f32, to: f32| wide.iter().any(|rule| from < rule.at && rule.at < to);
        let reach = 2.0 * self.lines[first].bbox.height();
        let Some(top) = (first + 1..=last)
            .take(MAX_TITLE_LINES)
            .find(|&i| ruled(middle(i - 1), middle(i)))
        else {
            return first;
        };
        let has_amount = |index: usize| self.lines[index].phrases.iter().any(|phrase| is_amount(&phrase.text()));
        let body = (top..=last).find(|&i| has_amount(i)).unwrap_or(last);
        let title = &self.lines[first..top];
        let words: usize = title.iter().map(|line| line.words().count()).sum();
        // The texts of a heading stand apart; those of a title are words with wide spaces.
        let close = title.iter().all(|line| {
            line.phrases
                .windows(2)
                .all(|pair| pair[1].bbox.x0 - pair[0].bbox.x1 < WIDE_SPACE * pair[1].words[0].size)
        });
        let is_title = words >= MIN_TITLE_WORDS
            && close
            && body > top
            && ruled(middle(top), middle(body))
            && !ruled(middle(first) - reach, middle(first));
        if is_title { top } else { first }
    }

    /// Whether a line beside a table may be part of a cell of it: one phrase within a column, close by.
    fn may_continue(&self, index: usize, neighbour: usize, gaps: &[Gap]) -> bool {
        const CLOSE: f32 = 0.9;
        let (line, other) = (&self.lines[index], &self.lines[neighbour]);
        let height = line.bbox.height().min(other.bbox.height());
        let distance = -line.bbox.overlap_y(other.bbox);
        !self.used[index]
            && line.phrases.len() == 1
            && distance <= CLOSE * height
            && !GridLine::new(line, gaps).spans
            && !is_prose(line, other.bbox)
    }
}

/// The gap at which the heading of a block begins anew: tables side by side.
fn repeating_heading(lines: &[PhraseLine], gaps: &[Gap]) -> Option<Gap> {
    const HEADING_LINES: usize = 4;
    lines
        .iter()
        .filter(|line| line.phrases.len() > 1)
        .take(HEADING_LINES)
        .find_map(|line| {
            let grid = GridLine::new(line, gaps);
            let texts: Vec<String> = (0..grid.cells.len())
                .map(|column| grid.text(column).to_lowercase())
                .collect();
            period(&texts).map(|period| gaps[period - 1])
        })
}

/// Rules that reach over most of a box.
fn wide_rules(rules: &Rules, bbox: BBox) -> Vec<Rule> {
    let reaches = |rule: &Rule| rule.to.min(bbox.x1) - rule.from.max(bbox.x0) >= 0.6 * bbox.width();
    rules.horizontal.iter().copied().filter(reaches).collect()
}

/// Makes a column of the codes that begin the texts of the first one.
fn part_codes(grid: &mut [GridLine], gaps: &mut Vec<Gap>) {
    let texts: Vec<&[Word]> = grid
        .iter()
        .map(|line| line.cells[0].as_slice())
        .filter(|words| !words.is_empty())
        .collect();
    if !have_leading_codes(&texts) {
        return;
    }
    let parted = texts.iter().filter(|words| words.len() >= 3);
    let from = parted.clone().map(|words| words[0].bbox.x1).fold(f32::MAX, f32::min);
    let to = parted.map(|words| words[1].bbox.x0).fold(f32::MIN, f32::max);
    gaps.insert(0, Gap { from, to });
    for line in grid {
        let mut code = std::mem::take(&mut line.cells[0]);
        let is_code = code.len() >= 2 && code[0].text.chars().any(|c| c.is_ascii_digit());
        let name = if is_code {
            code.split_off(1)
        } else {
            std::mem::take(&mut code)
        };
        line.cells[0] = code;
        line.cells.insert(1, name);
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
    let mut found = gaps(&core);
    found.extend(aligned_starts(&core, &found));
    found.sort_by(|a, b| a.from.total_cmp(&b.from));
    part_by_singles(lines, &core, &mut found);
    found
}

/// Finds columns whose texts have lines of their own, set a little higher or lower than the rest of their rows: most rows
/// have one, and it stands wholly between two columns, or wholly to the left of the first.
fn part_by_singles(lines: &[PhraseLine], core: &[&PhraseLine], gaps: &mut Vec<Gap>) {
    const LEAST_WHITE: f32 = 2.0;
    /// Texts begin within this, in points.
    const SAME_PLACE: f32 = 1.0;
    let left = core.iter().map(|line| line.bbox.x0).fold(f32::MAX, f32::min);
    let room = std::iter::once(Gap {
        from: f32::MIN,
        to: left,
    })
    .chain(gaps.iter().copied());
    let mut parted = Vec::new();
    for space in room {
        let mut inside: Vec<BBox> = lines
            .iter()
            .filter(|line| line.phrases.len() == 1)
            .map(|line| line.bbox)
            .filter(|bbox| bbox.x0 > space.from + LEAST_WHITE && bbox.x1 < space.to - LEAST_WHITE)
            .collect();
        inside.sort_by(|a, b| a.x0.total_cmp(&b.x0));
        let Some(start) = inside.get(inside.len() / 2).map(|bbox| bbox.x0) else {
            continue;
        };
        inside.retain(|bbox| (bbox.x0 - start).abs() <= SAME_PLACE);
        if inside.len() * 10 >= core.len() * 6 {
            let end = inside.iter().map(|bbox| bbox.x1).fold(start, f32::max);
            parted.push((space, start, end));
        }
    }
    for (space, start, end) in parted {
        gaps.retain(|gap| *gap != space);
        if space.from > f32::MIN {
            gaps.push(Gap {
                from: space.from,
                to: start,
            });
        }
        gaps.push(Gap {
            from: end,
            to: space.to,
        });
    }
    gaps.sort_by(|a, b| a.from.total_cmp(&b.from));
}

/// Whether a line can be a row of these columns: it has several phrases and none of them lies across a gap unparted.
fn fits(line: &PhraseLine, gaps: &[Gap]) -> bool {
    line.phrases.len() >= 2 && !GridLine::new(line, gaps).spans
}

/// Whether a line above the rows can be of their heading: one of its phrases may head several columns. A phrase alone
/// must stand over the later columns, with a rule between it and what it heads.
fn may_head(line: &PhraseLine, below: &PhraseLine, gaps: &[Gap], rules: &Rules) -> bool {
    let grid = GridLine::new(line, gaps);
    if line.words().count() > 20 {
        return false;
    }
    if line.phrases.len() >= 2 {
        return grid.filled() >= 2 && grid.filled() * 2 > gaps.len();
    }
    let ruled = rules.horizontal.iter().any(|rule| {
        rule.from < line.bbox.x1
            && rule.to > line.bbox.x0
            && line.bbox.center_y() < rule.at
            && rule.at < below.bbox.center_y()
    });
    grid.spans && ruled && gaps.first().is_some_and(|gap| line.bbox.x0 > gap.from)
}

/// Whether two columns are the numbers and texts of headings: `4`, `4.1`, `4.1.1`.
fn are_numbered_headings(grid: &[GridLine]) -> bool {
    let is_number =
        |text: &str| !text.is_empty() && text.split('.').all(|part| part.bytes().all(|b| b.is_ascii_digit()));
    let rows: Vec<&GridLine> = grid.iter().filter(|line| line.filled() == 2).collect();
    let numbers: Vec<String> = rows.iter().map(|line| line.text(0)).collect();
    numbers.iter().all(|text| is_number(text))
        && numbers.iter().any(|text| text.matches('.').count() >= 2)
        && !rows.iter().any(|line| is_amount(&line.text(1)))
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
    if columns == 2 && are_numbered_headings(grid) {
        return false;
    }
    if columns >= 5 && cells.len() as f32 <= 0.35 * (full * columns) as f32 {
        // Labels of a drawing: many columns, hardly a row that fills them.
        return false;
    }
    let amounts = cells.iter().filter(|text| is_amount(text)).count() as f32 / cells.len() as f32;
    let words = cells.iter().map(|text| text.split_whitespace().count()).sum::<usize>() as f32 / cells.len() as f32;
    if amounts >= if full == 2 && columns == 2 { 0.3 } else { 0.2 } {
        return true;
    }
    let singles = lines.iter().filter(|line| line.phrases.len() == 1).count();
    full >= 3 && words <= if gaps.len() == 1 { 3.5 } else { 4.5 } && singles <= full
}
