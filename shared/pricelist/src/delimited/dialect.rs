//! Which dialect a delimited text is written in: every candidate reads a sample, and the reading that is most regular and
//! whose cells make most sense wins (after van den Burg, Nazábal and Sutton, "Wrangling messy CSV files by detecting row
//! and type patterns", 2019).

use std::{borrow::Cow, collections::HashMap};

use serde::{Deserialize, Serialize};

use super::Records;

/// How a delimited text is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialect {
    /// What stands between fields; empty in a text of one column.
    pub delimiter: String,
    /// What fields are quoted with, where any is.
    pub quote: Option<char>,
    /// What makes the next delimiter or quote part of the text, where it is not a doubled quote.
    pub escape: Option<char>,
    /// What a comment line starts with, where there are any.
    pub comment: Option<char>,
}

impl Dialect {
    /// Fields between `delimiter` with no quoting.
    fn plain(delimiter: &str) -> Self {
        Self {
            delimiter: delimiter.to_owned(),
            quote: None,
            escape: None,
            comment: None,
        }
    }

    /// Whether a record is a comment line.
    pub(crate) fn is_comment(&self, fields: &[Cow<'_, str>]) -> bool {
        self.comment
            .is_some_and(|mark| fields.first().is_some_and(|field| field.trim_start().starts_with(mark)))
    }
}

/// How much of the text is tried.
const SAMPLE_BYTES: usize = 128 << 10;
const SAMPLE_RECORDS: usize = 300;

const DELIMITERS: &[&str] = &[
    ",", ";", "\t", "|", "||", "::", ";;", "~", "^", "\u{1f}", ":", "#", "&", "  ", " ", "*", "/",
];

/// How much a delimiter is preferred before any evidence: people write the first four.
fn prior(delimiter: &str) -> f64 {
    match delimiter {
        "," | ";" | "\t" => 1.0,
        "|" => 0.98,
        "||" | "::" | ";;" | "\u{1f}" => 0.97,
        "~" | "^" => 0.9,
        ":" | "#" | "&" => 0.55,
        "  " => 0.5,
        " " => 0.4,
        _ => 0.35,
    }
}

/// Finds the dialect of `text`.
pub(crate) fn detect(text: &str) -> Dialect {
    if let Some(dialect) = stated(text) {
        return dialect;
    }
    let sample = sample(text);
    let mut best = Dialect::plain("");
    let mut best_score = 0.0;
    for delimiter in DELIMITERS.iter().filter(|delimiter| sample.contains(**delimiter)) {
        if always_doubled(sample, delimiter) {
            continue;
        }
        for quote in [Some('"'), Some('\''), None] {
            if quote.is_some_and(|quote| !opens_a_field(sample, delimiter, quote)) {
                continue;
            }
            let escape = quote
                .filter(|quote| sample.contains(&format!("\\{quote}")))
                .map(|_| '\\')
                .or_else(|| sample.contains(&format!("\\{delimiter}")).then_some('\\'));
            for escape in [None, escape] {
                let dialect = Dialect {
                    quote,
                    escape,
                    ..Dialect::plain(delimiter)
                };
                // A double quote where fields start is what it looks like unless something speaks against it.
                let habit =
                    if quote == Some('"') { 1.02 } else { 1.0 } * if dialect.escape.is_some() { 1.01 } else { 1.0 };
                let score = score(sample, &dialect) * prior(delimiter) * habit;
                if score > best_score + 1e-9 {
                    best_score = score;
                    best = dialect;
                }
                if escape.is_none() && dialect_has_no_escape(sample, delimiter, quote) {
                    break;
                }
            }
        }
    }
    if best.delimiter.is_empty()
        && sample
            .lines()
            .filter(|line| !line.trim().is_empty())
            .all(|line| line.starts_with('"') && line.trim_end().ends_with('"'))
        && sample.contains('"')
    {
        best.quote = Some('"');
    }
    best.comment = comment_mark(sample, &best);
    best
}

/// Whether a mark stands only in pairs: then the pair is the delimiter.
fn always_doubled(sample: &str, delimiter: &str) -> bool {
    let pair = delimiter.repeat(2);
    let pairs = sample.matches(&pair).count();
    delimiter.len() == 1
        && pairs > 0
        && DELIMITERS.contains(&pair.as_str())
        && sample.matches(delimiter).count() == 2 * pairs
}

fn dialect_has_no_escape(sample: &str, delimiter: &str, quote: Option<char>) -> bool {
    !(quote.is_some_and(|quote| sample.contains(&format!("\\{quote}"))) || sample.contains(&format!("\\{delimiter}")))
}

/// The dialect a `sep=` line states.
fn stated(text: &str) -> Option<Dialect> {
    let line = text.lines().next()?;
    let delimiter = line
        .get(..4)
        .filter(|head| head.eq_ignore_ascii_case("sep="))
        .and_then(|_| line.get(4..))?;
    (!delimiter.is_empty() && delimiter.len() <= 4).then(|| Dialect {
        quote: Some('"'),
        ..Dialect::plain(delimiter.trim_end_matches('\r'))
    })
}

fn sample(text: &str) -> &str {
    if text.len() <= SAMPLE_BYTES {
        return text;
    }
    let mut end = SAMPLE_BYTES;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text.get(..end).unwrap_or(text);
    head.rfind('\n').and_then(|at| head.get(..=at)).unwrap_or(head)
}

/// Whether the quote stands where a field starts.
fn opens_a_field(sample: &str, delimiter: &str, quote: char) -> bool {
    let mut rest = sample;
    let mut at = 0;
    while let Some(found) = rest.find(quote) {
        let before = sample.get(..at + found).unwrap_or_default().trim_end_matches(' ');
        if before.is_empty() || before.ends_with(['\n', '\r']) || before.ends_with(delimiter) {
            return true;
        }
        at += found + quote.len_utf8();
        rest = sample.get(at..).unwrap_or_default();
    }
    false
}

/// How regular a reading is, times how much sense its cells make.
fn score(sample: &str, dialect: &Dialect) -> f64 {
    let mut records = Records::new(sample, dialect);
    let mut fields = Vec::new();
    let mut lengths: HashMap<usize, usize> = HashMap::new();
    let (mut typed, mut cells, mut rows, mut faults) = (0.0, 0usize, 0usize, 0usize);
    while let Some(record) = records.next_into(&mut fields) {
        if fields.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        faults += usize::from(record.unterminated.is_some());
        *lengths.entry(fields.len()).or_default() += 1;
        for field in fields.iter().take(200) {
            typed += sense(field, dialect);
            cells += 1;
        }
        rows += 1;
        if rows >= SAMPLE_RECORDS {
            break;
        }
    }
    if rows == 0 || lengths.keys().all(|length| *length < 2) {
        return 0.0;
    }
    let rows = rows as f64;
    // Rows of one length form a pattern. Short runs of other lengths are preambles and footers and count little against.
    let patterns: f64 = lengths.values().map(|count| (*count as f64 / rows).sqrt()).sum();
    let regular: f64 = lengths
        .iter()
        .map(|(length, count)| *count as f64 / rows * (*length as f64 - 1.0) / *length as f64)
        .sum();
    let sense = typed / cells.max(1) as f64;
    regular / patterns * sense.powi(2) * (1.0 - faults as f64 / rows)
}

/// How much a cell looks like one whole value: 1 for a number, date, code or plain words.
fn sense(field: &str, dialect: &Dialect) -> f64 {
    let text = field.trim();
    if text.is_empty() {
        return 0.9;
    }
    if dialect.quote.is_none() && text.len() > 1 {
        let first = text.chars().next();
        if matches!(first, Some('"' | '\'')) && text.ends_with(first.unwrap_or('"')) {
            return 0.5;
        }
        if text.starts_with('"') || text.ends_with('"') {
            return 0.4;
        }
    }
    let (mut digits, mut letters, mut odd) = (0usize, 0usize, 0usize);
    for char in text.chars().take(400) {
        if char.is_numeric() {
            digits += 1;
        } else if char.is_alphabetic() {
            letters += 1;
        } else if matches!(char, ';' | '\t' | '|' | '\u{1f}' | '^' | '~') {
            odd += 2;
        } else if matches!(char, ',' | '"') && letters == 0 {
            odd += usize::from(char == '"');
        }
    }
    if odd > 0 {
        return 0.5;
    }
    if letters == 0 && digits > 0 {
        return 1.0;
    }
    if letters == 0 { 0.6 } else { 0.95 }
}

/// The mark of comment lines: they start with it and do not have the other lines' fields.
fn comment_mark(sample: &str, dialect: &Dialect) -> Option<char> {
    if dialect.delimiter.is_empty() || dialect.delimiter == "#" {
        return None;
    }
    let (mut comments, mut with_fields) = (0usize, 0usize);
    for line in sample.lines().filter(|line| line.starts_with('#')) {
        comments += 1;
        with_fields += usize::from(line.contains(&dialect.delimiter));
    }
    (comments > 0 && with_fields == 0).then_some('#')
}
