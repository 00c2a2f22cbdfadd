//! Lines of a table to its rows: which lines are one row whose cells run over several lines.

use crate::columns::GridLine;
use crate::geometry::BBox;
use crate::rules::Rule;
use crate::table::Cell;

/// Whether a text is a number, an amount, a share, or a mark that stands for one.
pub(crate) fn is_amount(text: &str) -> bool {
    let text = text.trim();
    if matches!(text, "-" | "–" | "—" | "..." | "…" | "n/a" | "N/A" | "x" | "*") {
        return true;
    }
    let (mut digits, mut letters) = (0, 0);
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits += 1;
        } else if c.is_alphabetic() {
            letters += 1;
        }
    }
    digits > 0 && letters <= 4 && digits * 2 >= letters
}

/// A row of several texts of which none is an amount.
pub(crate) fn is_header<'a>(cells: impl Iterator<Item = &'a Cell>) -> bool {
    let texts: Vec<&str> = cells
        .map(|cell| cell.text.as_str())
        .filter(|text| !text.is_empty())
        .collect();
    texts.len() >= 2 && !texts.iter().any(|text| is_amount(text))
}

/// Groups consecutive lines into rows; gives the number of lines of each row.
///
/// `rules` are the horizontal lines that reach over most of the table: no row crosses one. `partial` are all of them,
/// also those below a heading over several columns.
pub(crate) fn group(lines: &[GridLine], rules: &[Rule], partial: &[Rule]) -> Vec<usize> {
    let (lines, counts) = join_shifted(lines, rules);
    let header = header_end(&lines, rules);
    let mut sizes = group_header(&lines[..header], rules, partial);
    sizes.extend(group_body(&lines[header..], rules));
    let mut counts = counts.into_iter();
    sizes.into_iter().map(|size| counts.by_ref().take(size).sum()).collect()
}

/// Joins lines that stand a little higher or lower than each other and fill other columns: the cells of one row, set on
/// baselines of their own. Gives how many lines each is made of.
fn join_shifted(lines: &[GridLine], rules: &[Rule]) -> (Vec<GridLine>, Vec<usize>) {
    /// As a share of the height of a line.
    const SHIFT: f32 = 0.5;
    let mut joined: Vec<GridLine> = Vec::new();
    let mut counts: Vec<usize> = Vec::new();
    for line in lines {
        let shifted = joined.last_mut().filter(|last| {
            let height = last.bbox.height().min(line.bbox.height());
            (line.bbox.y1 - last.bbox.y1).abs() < SHIFT * height
                && !last.spans
                && !line.spans
                && last
                    .cells
                    .iter()
                    .zip(&line.cells)
                    .all(|(a, b)| a.is_empty() || b.is_empty())
                && !is_ruled_apart(last, line, rules)
        });
        match (shifted, counts.last_mut()) {
            (Some(last), Some(count)) => {
                for (cell, words) in last.cells.iter_mut().zip(&line.cells) {
                    cell.extend(words.iter().cloned());
                }
                last.bbox = last.bbox.union(line.bbox);
                *count += 1;
            }
            _ => {
                joined.push(line.clone());
                counts.push(1);
            }
        }
    }
    (joined, counts)
}

/// Heading lines at the top of a table: those before the first with an amount in a column of amounts. None if there
/// are no such columns, or more lines than a heading has.
fn header_end(lines: &[GridLine], rules: &[Rule]) -> usize {
    const MAX_HEADER_LINES: usize = 6;
    let columns = lines.first().map_or(0, |line| line.cells.len());
    let numeric: Vec<usize> = (0..columns)
        .filter(|&column| is_numeric_column(lines, column))
        .collect();
    let is_body = |line: &GridLine| numeric.iter().any(|&column| is_amount(&line.text(column)));
    let Some(mut end) = lines.iter().position(is_body).filter(|&end| end <= MAX_HEADER_LINES) else {
        return 0;
    };
    // A section heading may stand between the heading and the first amount.
    while end > 1 && is_first_section(lines, end, &numeric) {
        end -= 1;
    }
    match end {
        0 => 0,
        1 if lines[0].filled() == 1 => 0,
        1 => 1,
        _ => first_part_of_body(lines, rules, end),
    }
}

/// Whether the line before `end`, the first with an amount, is the heading of a section: one text in the first column, or
/// one that stands as far from the lines around it as rows stand from each other, while lines of one row stand closer.
fn is_first_section(lines: &[GridLine], end: usize, numeric: &[usize]) -> bool {
    let line = &lines[end - 1];
    let Some(place) = column(line).filter(|_| line.filled() == 1) else {
        return false;
    };
    if place == 0 {
        return true;
    }
    let usual = usual_distance(&lines[end..]);
    !numeric.contains(&place)
        && !starts_lowercase(line, place)
        && usual
            .is_some_and(|usual| distance(lines, end - 2) >= NEAR * usual && distance(lines, end - 1) >= NEAR * usual)
}

/// The distance at which most lines follow each other.
fn usual_distance(lines: &[GridLine]) -> Option<f32> {
    let mut distances: Vec<f32> = (0..lines.len().saturating_sub(1)).map(|i| distance(lines, i)).collect();
    distances.sort_by(f32::total_cmp);
    distances.get(distances.len() / 2).copied()
}

/// Where the first row begins with parts of a cell above the line that carries it, the place where they begin: behind
/// a rule, or behind the widest space.
fn first_part_of_body(lines: &[GridLine], rules: &[Rule], end: usize) -> usize {
    const WIDER: f32 = 1.04;
    let parts = lines[1..end].iter().rev().take_while(|line| line.filled() == 1).count();
    let starts = end - parts..=end;
    if let Some(ruled) = starts
        .clone()
        .find(|&start| start > 0 && start < lines.len() && is_ruled_apart(&lines[start - 1], &lines[start], rules))
    {
        return ruled;
    }
    let space = |start: &usize| distance(lines, start - 1);
    let widest = starts
        .clone()
        .filter(|&start| start > 0 && start < lines.len())
        .max_by(|a, b| {
            // Of equal spaces the last: the parts are of the heading.
            space(a).total_cmp(&(space(b) + 0.01))
        });
    let last = end.min(lines.len() - 1);
    widest
        .filter(|start| space(start) > WIDER * space(&last))
        .unwrap_or(end)
}

/// Lines of a heading are one row, but for lines that head several columns.
fn group_header(lines: &[GridLine], rules: &[Rule], partial: &[Rule]) -> Vec<usize> {
    const CLOSE: f32 = 1.7;
    let apart = |above: &GridLine, below: &GridLine| {
        let distance = below.bbox.y1 - above.bbox.y1;
        above.spans
            || below.spans
            || is_resized(above, below)
            || is_ruled_apart(above, below, rules)
            || heads_several(above, below, partial)
            || distance > CLOSE * above.bbox.height().max(below.bbox.height())
    };
    lines
        .chunk_by(|above, below| !apart(above, below))
        .map(<[GridLine]>::len)
        .collect()
}

/// Whether a rule between two heading lines has one text above it and several below: a heading over several columns.
fn heads_several(above: &GridLine, below: &GridLine, rules: &[Rule]) -> bool {
    let over = |line: &GridLine, rule: &Rule| {
        let boxes = line
            .cells
            .iter()
            .filter_map(|words| BBox::around(words.iter().map(|word| word.bbox)));
        boxes
            .filter(|bbox| bbox.center_x() > rule.from && bbox.center_x() < rule.to)
            .count()
    };
    rules.iter().any(|rule| {
        above.bbox.center_y() < rule.at
            && rule.at < below.bbox.center_y()
            && over(above, rule) == 1
            && over(below, rule) > 1
    })
}

fn group_body(lines: &[GridLine], rules: &[Rule]) -> Vec<usize> {
    let Some(shape) = Shape::of(lines) else {
        return Vec::new();
    };
    let cuts: Vec<bool> = lines
        .windows(2)
        .map(|pair| is_ruled_apart(&pair[0], &pair[1], rules))
        .collect();
    let ruled = cuts.iter().filter(|&&cut| cut).count();
    let anchors = shape.anchors.iter().filter(|&&anchor| anchor).count();
    // Rules between most rows: they alone part them, unless a band plainly holds several.
    let by_rules = ruled >= 2 && ruled as f32 >= 0.6 * anchors.saturating_sub(1) as f32;
    let mut sizes = Vec::new();
    let mut start = 0;
    for end in 1..=lines.len() {
        if end < lines.len() && !cuts[end - 1] {
            continue;
        }
        let band = &lines[start..end];
        if by_rules && !holds_several_rows(band) {
            sizes.push(band.len());
        } else {
            sizes.extend(group_by_text(band, &shape.anchors[start..end], &shape));
        }
        start = end;
    }
    sizes
}

fn is_ruled_apart(above: &GridLine, below: &GridLine, rules: &[Rule]) -> bool {
    let (from, to) = (above.bbox.center_y(), below.bbox.center_y());
    rules.iter().any(|rule| from < rule.at && rule.at < to)
}

/// Whether lines that no rule parts are rows of their own: nearly each fills most columns, with an amount.
pub(crate) fn holds_several_rows(band: &[GridLine]) -> bool {
    let Some(first) = band.first() else { return false };
    let columns = first.cells.len();
    let used = (0..columns)
        .filter(|&c| band.iter().any(|line| !line.cells[c].is_empty()))
        .count();
    let full = band
        .iter()
        .filter(|line| line.filled() >= 2 && line.filled() * 10 >= used * 6)
        .count();
    let amounts = |column: usize| band.iter().filter(|line| is_amount(&line.text(column))).count();
    let with_amounts = (0..columns).any(|column| amounts(column) * 10 >= band.len() * 7);
    band.len() >= 2 && used >= 2 && full * 4 >= band.len() * 3 && with_amounts
}

/// What the lines of a table look like.
struct Shape {
    /// Lines that carry a row of their own; the others hold parts of a cell, or a heading.
    anchors: Vec<bool>,
    /// Usual distance between lines that carry rows and follow each other directly.
    pitch: Option<f32>,
    /// The column in which rows begin.
    lead: usize,
    /// Where the other cells of a row stand beside a text of several lines.
    alignment: Alignment,
}

/// Where the single-line cells of a row stand beside a cell of several lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alignment {
    Top,
    Middle,
    Bottom,
}

impl Shape {
    fn of(lines: &[GridLine]) -> Option<Self> {
        let columns = lines.first()?.cells.len();
        let mut filled: Vec<usize> = lines.iter().map(GridLine::filled).collect();
        filled.sort_unstable();
        let typical = filled[filled.len() * 3 / 4].max(1);
        let numeric: Vec<bool> = (0..columns).map(|column| is_numeric_column(lines, column)).collect();
        let anchors: Vec<bool> = lines
            .iter()
            .map(|line| {
                let count = line.filled();
                let amount = (0..columns).any(|c| numeric[c] && is_amount(&line.text(c)));
                count * 5 >= typical * 3 || (amount && count >= 2) || (amount && typical <= 2)
            })
            .collect();
        let mut pitches: Vec<f32> = (1..lines.len())
            .filter(|&i| anchors[i - 1] && anchors[i])
            .map(|i| distance(lines, i - 1))
            .collect();
        pitches.sort_by(f32::total_cmp);
        let pitch = pitches
            .get(pitches.len() / 2)
            .copied()
            .or_else(|| second_distance(lines));
        let begins = |column: usize| {
            lines
                .iter()
                .zip(&anchors)
                .filter(|(line, anchor)| **anchor && !line.cells[column].is_empty())
                .count()
        };
        let carried = anchors.iter().filter(|&&anchor| anchor).count();
        let lead = (0..columns).find(|&column| begins(column) * 2 > carried).unwrap_or(0);
        let alignment = alignment(lines, &anchors, pitch);
        Some(Self {
            anchors,
            pitch,
            lead,
            alignment,
        })
    }
}

/// The shortest distance that is clearly longer than the shortest: that between rows, if no two rows of one line follow
/// each other.
fn second_distance(lines: &[GridLine]) -> Option<f32> {
    let distances = || (0..lines.len().saturating_sub(1)).map(|i| distance(lines, i));
    let least = distances().fold(f32::MAX, f32::min);
    distances()
        .filter(|&distance| distance > 1.1 * least)
        .min_by(f32::total_cmp)
}

fn is_numeric_column(lines: &[GridLine], column: usize) -> bool {
    let texts: Vec<String> = lines
        .iter()
        .map(|line| line.text(column))
        .filter(|text| !text.is_empty())
        .collect();
    let amounts = texts.iter().filter(|text| is_amount(text)).count();
    amounts >= 2 && amounts * 10 >= texts.len() * 6
}

/// Distance from line `i` to the next, between their lower edges.
fn distance(lines: &[GridLine], i: usize) -> f32 {
    lines[i + 1].bbox.y1 - lines[i].bbox.y1
}

/// The first column with text.
fn column(line: &GridLine) -> Option<usize> {
    line.cells.iter().position(|words| !words.is_empty())
}

/// Votes of the lines that are parts of a cell, each from what stands around it.
fn alignment(lines: &[GridLine], anchors: &[bool], pitch: Option<f32>) -> Alignment {
    let (mut top, mut middle, mut bottom) = (0, 0, 0);
    for i in (0..lines.len()).filter(|&i| !anchors[i]) {
        let Some(part) = column(&lines[i]) else { continue };
        let before = i.checked_sub(1).filter(|&b| anchors[b]);
        let after = Some(i + 1).filter(|&a| a < lines.len() && anchors[a]);
        for (neighbour, step) in [before.map(|b| (b, b)), after.map(|a| (a, i))].into_iter().flatten() {
            let half = pitch.is_some_and(|pitch| distance(lines, step) < 0.75 * pitch);
            if lines[neighbour].cells[part].is_empty() && half {
                middle += 2;
            }
        }
        if before.is_some_and(|b| !lines[b].cells[part].is_empty()) && starts_lowercase(&lines[i], part) {
            top += 1;
        }
        if after.is_some_and(|a| starts_lowercase(&lines[a], part)) && !starts_lowercase(&lines[i], part) {
            bottom += 1;
        }
    }
    if middle > top && middle > bottom {
        Alignment::Middle
    } else if bottom > top {
        Alignment::Bottom
    } else {
        Alignment::Top
    }
}

/// A line nearer to its neighbour than this share of the usual distance between rows is of the same row. A line that
/// may be a section heading must be nearer.
const NEAR: f32 = 0.96;
const NEAR_LEADING: f32 = 0.92;
/// A heading is set in letters larger than those of its rows by this share.
const LARGER: f32 = 1.12;
/// Lines further apart than this share of the usual distance between rows are of different rows.
const WIDER_THAN_ROWS: f32 = 1.1;
/// Lines further apart than this, in line heights, are of different rows.
const FAR: f32 = 1.9;

fn group_by_text(lines: &[GridLine], anchors: &[bool], shape: &Shape) -> Vec<usize> {
    let mut sizes: Vec<usize> = Vec::new();
    let mut has_anchor = false;
    for i in 0..lines.len() {
        let joins = i > 0 && !(has_anchor && anchors[i]) && joins(lines, anchors, i - 1, shape);
        match sizes.last_mut() {
            Some(size) if joins => *size += 1,
            _ => {
                sizes.push(1);
                has_anchor = false;
            }
        }
        has_anchor |= anchors[i];
    }
    sizes
}

/// Whether lines `i` and `i + 1` are parts of one row.
fn joins(lines: &[GridLine], anchors: &[bool], i: usize, shape: &Shape) -> bool {
    let (above, below) = (&lines[i], &lines[i + 1]);
    let gap = distance(lines, i);
    let height = above.bbox.height().max(below.bbox.height());
    if above.spans || below.spans || (anchors[i] && anchors[i + 1]) || gap > FAR * height {
        return false;
    }
    let part = if anchors[i] { below } else { above };
    let Some(part_column) = column(part) else { return false };
    let may_be_heading = part_column <= shape.lead && part.filled() == 1;
    let row = if anchors[i] { above } else { below };
    if may_be_heading && letters(part) > LARGER * letters(row) {
        return false;
    }
    // Farther from the one neighbour than from the other.
    let other = if anchors[i] {
        lines.get(i + 2).map(|_| distance(lines, i + 1))
    } else {
        i.checked_sub(1).map(|p| distance(lines, p))
    };
    if other.is_some_and(|other| gap > 1.12 * other) {
        return false;
    }
    // Lines within a row stand closer than rows do, if the table tells them apart by spacing at all.
    if let Some(pitch) = shape.pitch.filter(|&pitch| pitch <= FAR * height) {
        if gap > WIDER_THAN_ROWS * pitch {
            return false;
        }
        let near = if may_be_heading { NEAR_LEADING } else { NEAR };
        if gap < near * pitch {
            return true;
        }
        let spaced = (0..lines.len() - 1).any(|k| !(anchors[k] && anchors[k + 1]) && distance(lines, k) < near * pitch);
        if spaced {
            return false;
        }
    }
    if other.is_some_and(|other| gap < 0.88 * other) {
        return true;
    }
    by_alignment(lines, anchors, i, shape, part_column, may_be_heading)
}

/// Whether lines `i` and `i + 1` are of one row where their distances do not tell.
fn by_alignment(
    lines: &[GridLine],
    anchors: &[bool],
    i: usize,
    shape: &Shape,
    part_column: usize,
    may_be_heading: bool,
) -> bool {
    let (above, below) = (&lines[i], &lines[i + 1]);
    if !anchors[i] && !anchors[i + 1] {
        // Two parts in a row are of one text, unless each begins anew as headings do.
        return column(above) == column(below) && (!may_be_heading || starts_lowercase(below, part_column));
    }
    if may_be_heading {
        return if anchors[i] {
            starts_lowercase(below, part_column)
        } else {
            starts_lowercase(below, part_column) && !above.cells[part_column].is_empty()
        };
    }
    if is_set_otherwise(above, below, part_column) {
        return false;
    }
    let empty_beside = |line: &GridLine| line.cells[part_column].is_empty();
    match shape.alignment {
        Alignment::Top => anchors[i] && !empty_beside(above) || !anchors[i] && empty_beside(below) && i == 0,
        Alignment::Bottom => !anchors[i] && !empty_beside(below),
        Alignment::Middle => {
            // As many parts above the row's line as below it.
            let above_count = anchors[..=i].iter().rev().take_while(|&&anchor| !anchor).count();
            let below_count = anchors[i + 1..].iter().take_while(|&&anchor| !anchor).count();
            above_count <= 1 && below_count <= 1
        }
    }
}

/// The size of a line's largest letters.
fn letters(line: &GridLine) -> f32 {
    line.cells.iter().flatten().map(|word| word.size).fold(0.0, f32::max)
}

/// Whether two lines are set in letters of different sizes.
fn is_resized(above: &GridLine, below: &GridLine) -> bool {
    let (upper, lower) = (letters(above), letters(below));
    (upper - lower).abs() > OTHER_SIZE * upper.max(lower)
}

/// Letters whose sizes differ by more than this share are of different sizes.
const OTHER_SIZE: f32 = 0.08;

/// Whether the texts of two lines in a column are set in ways that parts of one text are not: one in capitals and the other
/// not, or in letters of another size.
fn is_set_otherwise(above: &GridLine, below: &GridLine, column: usize) -> bool {
    let (upper, lower) = (&above.cells[column], &below.cells[column]);
    let (Some(first), Some(second)) = (upper.last(), lower.first()) else {
        return false;
    };
    let resized = (first.size - second.size).abs() > OTHER_SIZE * first.size.max(second.size);
    resized || in_capitals(&above.text(column)) != in_capitals(&below.text(column))
}

/// Whether a text of several letters has no small ones.
fn in_capitals(text: &str) -> bool {
    text.chars().filter(|c| c.is_uppercase()).count() >= 3 && !text.chars().any(char::is_lowercase)
}

fn starts_lowercase(line: &GridLine, column: usize) -> bool {
    line.text(column)
        .starts_with(|c: char| c.is_lowercase() || matches!(c, '(' | '/' | ','))
}
