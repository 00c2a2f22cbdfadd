//! Lines of a table to its rows: which lines are one row whose cells run over several lines.

use crate::columns::GridLine;
use crate::rules::Rule;

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

/// Groups consecutive lines into rows; gives the number of lines of each row.
///
/// `rules` are the horizontal lines that reach over most of the table: no row crosses one.
pub(crate) fn group(lines: &[GridLine], rules: &[Rule]) -> Vec<usize> {
    let Some(shape) = Shape::of(lines) else {
        return vec![1; lines.len()];
    };
    let cuts: Vec<bool> = lines
        .windows(2)
        .map(|pair| is_ruled_apart(&pair[0], &pair[1], rules))
        .collect();
    let ruled = cuts.iter().filter(|&&cut| cut).count();
    let anchors = shape.anchors.iter().filter(|&&anchor| anchor).count();
    // Rules between most rows: they alone part them.
    if ruled + 1 >= 3 && ruled as f32 >= 0.6 * (anchors.saturating_sub(1)) as f32 {
        return group_bands(lines, &cuts, &shape);
    }
    let mut sizes = Vec::new();
    let mut start = 0;
    for end in 1..=lines.len() {
        if end == lines.len() || cuts[end - 1] {
            sizes.extend(group_by_text(&lines[start..end], &shape.anchors[start..end], &shape));
            start = end;
        }
    }
    sizes
}

/// What the lines of a table look like.
struct Shape {
    /// Lines that carry a row of their own.
    anchors: Vec<bool>,
    /// Usual distance between lines that carry rows and follow each other directly.
    pitch: Option<f32>,
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
            .map(|i| lines[i].bbox.y1 - lines[i - 1].bbox.y1)
            .collect();
        pitches.sort_by(f32::total_cmp);
        let pitch = pitches.get(pitches.len() / 2).copied();
        Some(Self { anchors, pitch })
    }
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

fn is_ruled_apart(above: &GridLine, below: &GridLine, rules: &[Rule]) -> bool {
    let (from, to) = (above.bbox.center_y(), below.bbox.center_y());
    rules.iter().any(|rule| from < rule.at && rule.at < to)
}

/// Each band between two rules is a row, unless it plainly holds several.
fn group_bands(lines: &[GridLine], cuts: &[bool], shape: &Shape) -> Vec<usize> {
    let mut sizes = Vec::new();
    let mut start = 0;
    for end in 1..=lines.len() {
        if end < lines.len() && !cuts[end - 1] {
            continue;
        }
        let band = &lines[start..end];
        if band.len() > 1 && holds_several_rows(band) {
            sizes.extend(group_by_text(band, &shape.anchors[start..end], shape));
        } else {
            sizes.push(band.len());
        }
        start = end;
    }
    sizes
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
    let with_amounts = (0..columns)
        .filter(|&c| band.iter().filter(|line| is_amount(&line.text(c))).count() * 10 >= band.len() * 7)
        .count();
    used >= 2 && full * 4 >= band.len() * 3 && with_amounts >= 1
}

/// A line nearer to its neighbour than this share of the usual distance between rows continues it.
const NEAR: f32 = 0.92;

fn group_by_text(lines: &[GridLine], anchors: &[bool], shape: &Shape) -> Vec<usize> {
    if lines.len() < 2 {
        return vec![1; lines.len()];
    }
    let distance: Vec<f32> = lines.windows(2).map(|pair| pair[1].bbox.y1 - pair[0].bbox.y1).collect();
    let joined: Vec<bool> = (0..lines.len() - 1)
        .map(|i| !(anchors[i] && anchors[i + 1]) && joins(lines, anchors, &distance, i, shape))
        .collect();
    let mut sizes = vec![1];
    let mut has_anchor = anchors[0];
    for (i, &join) in joined.iter().enumerate() {
        let anchor = anchors[i + 1];
        if join && !(has_anchor && anchor) {
            if let Some(last) = sizes.last_mut() {
                *last += 1;
            }
            has_anchor |= anchor;
        } else {
            sizes.push(1);
            has_anchor = anchor;
        }
    }
    sizes
}

/// Whether lines `i` and `i + 1` are parts of one row. At least one of them does not carry a row.
fn joins(lines: &[GridLine], anchors: &[bool], distance: &[f32], i: usize, shape: &Shape) -> bool {
    let (above, below) = (&lines[i], &lines[i + 1]);
    if above.spans || below.spans {
        return false;
    }
    let height = above.bbox.height().max(below.bbox.height());
    let gap = distance[i];
    if gap > 1.9 * height {
        return false;
    }
    // The rows stand apart more than the lines within one do.
    if let Some(pitch) = shape.pitch {
        let tight = distance.iter().any(|&d| d < NEAR * pitch);
        if tight && gap < NEAR * pitch {
            return shares_column_or_fills_in(above, below);
        }
        if tight && pitch < 1.9 * height {
            return false;
        }
    }
    if anchors[i] {
        return continues_above(above, below, lines.get(i + 2), distance.get(i + 1).copied(), gap);
    }
    if anchors[i + 1] {
        let previous = i.checked_sub(1).map(|p| (&lines[p], distance[p]));
        return begins_below(above, below, previous, gap);
    }
    // Two lines without a row of their own: a text that runs over more lines.
    let column = |line: &GridLine| line.cells.iter().position(|words| !words.is_empty());
    column(above) == column(below) && starts_lowercase(below)
}

/// Parts of one row either continue a column or fill a column that the other leaves empty.
fn shares_column_or_fills_in(_above: &GridLine, _below: &GridLine) -> bool {
    true
}

/// Whether `below` continues the row above it, where spacing does not tell.
fn continues_above(
    above: &GridLine,
    below: &GridLine,
    next: Option<&GridLine>,
    next_gap: Option<f32>,
    gap: f32,
) -> bool {
    if next_gap.is_some_and(|next_gap| gap > 1.12 * next_gap) {
        return false;
    }
    if starts_lowercase(below) {
        return true;
    }
    let nearer = next_gap.is_none_or(|next_gap| gap < 0.9 * next_gap);
    let first = below.cells.iter().position(|words| !words.is_empty()).unwrap_or(0);
    let leads = above.cells.iter().position(|words| !words.is_empty()).unwrap_or(0);
    if first > leads {
        // The columns before it are empty: the row has begun above. Unless the next line lacks just this column.
        let fills_next = next.is_some_and(|next| next.cells[first].is_empty() && next.filled() > 1);
        return !above.cells[first].is_empty() && !fills_next || nearer;
    }
    nearer && below.filled() == 1 && !above.cells[first].is_empty()
}

/// Whether `above` is the beginning of the row that `below` carries, where spacing does not tell.
fn begins_below(above: &GridLine, below: &GridLine, previous: Option<(&GridLine, f32)>, gap: f32) -> bool {
    let Some(column) = above.cells.iter().position(|words| !words.is_empty()) else {
        return false;
    };
    let nearer = previous.is_none_or(|(_, previous_gap)| gap < 0.9 * previous_gap);
    if below.cells[column].is_empty() {
        return nearer || previous.is_some_and(|(line, _)| !line.cells[column].is_empty());
    }
    below.text(column).starts_with(char::is_lowercase)
}

fn starts_lowercase(line: &GridLine) -> bool {
    (0..line.cells.len())
        .map(|column| line.text(column))
        .find(|text| !text.is_empty())
        .is_some_and(|text| text.starts_with(|c: char| c.is_lowercase() || c == '(' || c == '/'))
}
