//! Which dialect a delimited text is written in: every candidate reads a sample, and the reading that is most regular and
//! whose cells make most sense wins (after van den Burg, Nazábal and Sutton, "Wrangling messy CSV files by detecting row
//! and type patterns", 2019).

use std::{borrow::Cow, collections::HashMap};

use serde::{Deserialize, Serialize};

use super::{
    Records,
    candidates::candidates,
    sense::{cuts_a_quoted_field, is_whole, sense},
};

/// How a delimited text is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dialect {
    /// What stands between fields; empty in a text of one column.
    pub delimiter: String,
    /// What fields are quoted with, where any is.
    pub quote: Option<char>,
    /// What makes the next delimiter or quote part of the text, where it is not a doubled quote.
    pub escape: Option<char>,
    /// What a comment line starts with, where there are any.
    pub comment: Option<char>,
    /// Blanks at every delimiter, which are no part of the fields.
    #[serde(default, skip_serializing_if = "Padding::is_none")]
    pub padding: Padding,
}

/// Blanks that stand at every delimiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Padding {
    /// None, or not at every one: then they are part of the fields.
    #[default]
    None,
    /// After it: `a, b`; where blanks are the delimiter, a run of them is one.
    After,
    /// On both sides: `a | b`.
    Around,
}

impl Padding {
    fn is_none(&self) -> bool {
        *self == Self::None
    }
}

impl Dialect {
    /// Fields between `delimiter` with no quoting.
    fn plain(delimiter: &str) -> Self {
        Self {
            delimiter: delimiter.to_owned(),
            quote: None,
            escape: None,
            comment: None,
            padding: Padding::None,
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

/// The regularity of a text of one column, below that of any two regular columns.
const ONE_COLUMN: f64 = 0.36;
/// The same where nearly every line is one date, time or link, which only looks like several values.
const ONE_COLUMN_OF_WHOLES: f64 = 0.9;

/// What a line of remarks starts with.
const REMARK: char = '#';

/// Finds the dialect of `text`.
pub(crate) fn detect(text: &str) -> Dialect {
    let sample = sample(text);
    let told = without_remarks(sample);
    let told = told.as_ref();
    if let Some(mut dialect) = stated(text) {
        dialect.comment = comment_mark(sample, &dialect);
        return dialect;
    }
    let mut best = Dialect::plain("");
    let mut best_score = 0.0;
    // Who doubles quotes does not escape them.
    let of_escapes = if doubles_quotes(told) { 0.99 } else { 1.01 };
    let mut consider = |dialect: Dialect, prior: f64| {
        // A double quote where fields start is what it looks like unless something speaks against it.
        let habit = if dialect.quote == Some('"') { 1.02 } else { 1.0 }
            * if dialect.escape.is_some() { of_escapes } else { 1.0 };
        let score = score(told, &dialect) * prior * habit;
        if score > best_score + 1e-9 {
            best_score = score;
            best = dialect;
        }
    };
    for (delimiter, prior) in candidates(told) {
        for quote in [Some('"'), Some('\''), None] {
            if quote.is_some_and(|quote| !opens_a_field(told, &delimiter, quote)) {
                continue;
            }
            let escapes = quote.is_some_and(|quote| told.contains(&format!("\\{quote}")))
                || (!delimiter.is_empty() && told.contains(&format!("\\{delimiter}")));
            for escape in [None, escapes.then_some('\\')] {
                let dialect = Dialect {
                    quote,
                    escape,
                    ..Dialect::plain(&delimiter)
                };
                if delimiter == "  " {
                    let padding = Padding::After;
                    consider(Dialect { padding, ..dialect }, prior);
                    break;
                }
                if delimiter == " " && told.contains("  ") {
                    let padding = Padding::After;
                    let prior = if words_stand_in_columns(told) {
                        prior * 0.5
                    } else {
                        prior
                    };
                    consider(
                        Dialect {
                            padding,
                            ..dialect.clone()
                        },
                        prior,
                    );
                }
                consider(dialect, prior);
                if !escapes {
                    break;
                }
            }
        }
    }
    if best.padding == Padding::None {
        best.padding = padding(told, &best);
    }
    best.comment = comment_mark(sample, &best);
    best
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
    head.rfind(['\n', '\r']).and_then(|at| head.get(..=at)).unwrap_or(head)
}

/// The sample without its lines of remarks, where enough other lines are left to tell the dialect by.
fn without_remarks(sample: &str) -> Cow<'_, str> {
    let is_remark = |line: &&str| line.trim_start_matches(' ').starts_with(REMARK);
    let remarks = sample.lines().filter(is_remark).count();
    let others = sample
        .lines()
        .filter(|line| !line.trim().is_empty() && !is_remark(line))
        .count();
    if remarks == 0 || others < 2 {
        return Cow::Borrowed(sample);
    }
    Cow::Owned(sample.split_inclusive('\n').filter(|line| !is_remark(line)).collect())
}

/// Whether lines have words with one blank between them and columns with more: the columns are parted by the latter.
fn words_stand_in_columns(sample: &str) -> bool {
    let lines = || {
        sample
            .lines()
            .filter(|line| !line.trim().is_empty())
            .take(SAMPLE_RECORDS)
    };
    let has_both = |line: &&str| {
        let is_letter = |char: Option<char>| char.is_some_and(char::is_alphabetic);
        let words = line.match_indices(' ').any(|(at, _)| {
            let before = line.get(..at).and_then(|before| before.chars().next_back());
            let after = line.get(at + 1..).and_then(|after| after.chars().next());
            is_letter(before) && is_letter(after)
        });
        words && line.trim().contains("  ")
    };
    lines().filter(has_both).count() * 2 > lines().count()
}

/// Whether quotes are doubled within texts, beside which no delimiter stands as it does beside empty fields.
fn doubles_quotes(sample: &str) -> bool {
    let is_edge =
        |char: Option<char>| char.is_none_or(|char| matches!(char, '\n' | '\r' | ',' | ';' | '\t' | '|' | ' '));
    sample.match_indices("\"\"").any(|(at, pair)| {
        let before = sample.get(..at).and_then(|before| before.chars().next_back());
        let after = sample.get(at + pair.len()..).and_then(|after| after.chars().next());
        !is_edge(before) && !is_edge(after) && before != Some('\\') && before != Some('"') && after != Some('"')
    })
}

/// Whether the quote stands where a field starts.
fn opens_a_field(sample: &str, delimiter: &str, quote: char) -> bool {
    sample.match_indices(quote).any(|(at, _)| {
        let before = sample.get(..at).unwrap_or_default().trim_end_matches(' ');
        before.is_empty()
            || before.ends_with(['\n', '\r'])
            || (!delimiter.is_empty()
                && (before.ends_with(delimiter) || sample.get(..at).is_some_and(|b| b.ends_with(delimiter))))
    })
}

/// How regular a reading is, times how much sense its cells make.
fn score(sample: &str, dialect: &Dialect) -> f64 {
    let mut records = Records::new(sample, dialect);
    let mut fields = Vec::new();
    let mut lengths: HashMap<usize, usize> = HashMap::new();
    let (mut typed, mut cells, mut rows, mut faults) = (0.0, 0usize, 0usize, 0usize);
    let mut wholes = 0usize;
    while let Some(record) = records.next_into(&mut fields) {
        if fields.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        faults += usize::from(record.unterminated.is_some() || cuts_a_quoted_field(&fields, dialect));
        *lengths.entry(fields.len()).or_default() += 1;
        for field in fields.iter().take(200) {
            typed += sense(field, dialect);
            cells += 1;
        }
        wholes += usize::from(matches!(fields.as_slice(), [field] if is_whole(field.trim())));
        rows += 1;
        if rows >= SAMPLE_RECORDS {
            break;
        }
    }
    if rows == 0 || (!dialect.delimiter.is_empty() && lengths.keys().all(|length| *length < 2)) {
        return 0.0;
    }
    let rows = rows as f64;
    // Rows of one length form a pattern. Short runs of other lengths are preambles and footers and count little against.
    let patterns: f64 = lengths.values().map(|count| (*count as f64 / rows).sqrt()).sum();
    let regular: f64 = lengths
        .iter()
        .map(|(length, count)| *count as f64 / rows * (*length as f64 - 1.0) / *length as f64)
        .sum();
    // The header of such a column is a word.
    let regular = match dialect.delimiter.is_empty() {
        true if wholes > 1 && (wholes + 1) as f64 >= rows * 0.95 => ONE_COLUMN_OF_WHOLES,
        true => ONE_COLUMN,
        false => regular,
    };
    let sense = typed / cells.max(1) as f64;
    regular / patterns * sense.powi(3) * (1.0 - faults as f64 / rows)
}

/// The blanks at every delimiter of the sample: read from the lines without a quote, and from what follows quoted fields.
fn padding(sample: &str, dialect: &Dialect) -> Padding {
    let delimiter = dialect.delimiter.as_str();
    if delimiter.is_empty() || delimiter.contains(char::is_whitespace) {
        return Padding::None;
    }
    let (mut after, mut before, mut bare) = (0usize, 0usize, 0usize);
    let (mut ends, mut bare_ends) = (0usize, 0usize);
    let has_quote = |line: &str| dialect.quote.is_some_and(|quote| line.contains(quote));
    for line in sample
        .split(['\n', '\r'])
        .filter(|line| !has_quote(line))
        .take(SAMPLE_RECORDS)
    {
        let fields: Vec<&str> = line.split(delimiter).collect();
        for (at, field) in fields.iter().enumerate().filter(|(_, field)| !field.trim().is_empty()) {
            if at > 0 {
                after += usize::from(field.starts_with(' '));
                bare += usize::from(!field.starts_with(' '));
            }
            if at + 1 < fields.len() {
                ends += usize::from(field.ends_with(' '));
                bare_ends += usize::from(!field.ends_with(' '));
            }
        }
    }
    if let Some(quote) = dialect.quote {
        let count = |text: String| sample.matches(&text).count();
        after += count(format!("{quote}{delimiter} {quote}")) + count(format!("{quote} {delimiter} {quote}"));
        bare += count(format!("{quote}{delimiter}{quote}"));
        before += count(format!("{quote} {delimiter}"));
        bare_ends += count(format!("{quote}{delimiter}"));
    }
    match () {
        () if after == 0 || bare > 0 => Padding::None,
        () if ends + before > 0 && bare_ends == 0 => Padding::Around,
        () => Padding::After,
    }
}

/// The mark of comment lines: they start with it and do not have the other lines' fields.
fn comment_mark(sample: &str, dialect: &Dialect) -> Option<char> {
    if dialect.delimiter.is_empty() || dialect.delimiter.contains(REMARK) {
        return None;
    }
    let mut records = Records::new(sample, dialect);
    let mut fields = Vec::new();
    let (mut comments, mut others): (HashMap<usize, usize>, HashMap<usize, usize>) = Default::default();
    for _ in 0..SAMPLE_RECORDS {
        if records.next_into(&mut fields).is_none() {
            break;
        }
        let marked = fields.first().is_some_and(|field| field.starts_with(REMARK));
        *if marked { &mut comments } else { &mut others }
            .entry(fields.len())
            .or_default() += 1;
    }
    let usual = others
        .iter()
        .filter(|(length, _)| **length > 1)
        .max_by_key(|(length, count)| (**count, **length))
        .map(|(length, _)| *length)?;
    (!comments.is_empty() && !comments.contains_key(&usual)).then_some(REMARK)
}
