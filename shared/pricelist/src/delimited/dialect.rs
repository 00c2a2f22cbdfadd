//! Which dialect a delimited text is written in: every candidate reads a sample, and the reading that is most regular and
//! whose cells make most sense wins (after van den Burg, Nazábal and Sutton, "Wrangling messy CSV files by detecting row
//! and type patterns", 2019).

use std::{borrow::Cow, collections::HashMap};

use serde::{Deserialize, Serialize};

use super::Records;

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

/// Single delimiters, each with how much it is preferred before any evidence: people write the first four.
const DELIMITERS: &[(char, f64)] = &[
    (',', 1.0),
    (';', 1.0),
    ('\t', 1.0),
    ('|', 0.98),
    ('\u{1f}', 0.97),
    ('\u{1e}', 0.97),
    ('\u{1}', 0.97),
    ('~', 0.92),
    ('^', 0.92),
    ('§', 0.92),
    ('¦', 0.92),
    ('#', 0.8),
    ('&', 0.8),
    (':', 0.7),
    ('*', 0.75),
    ('!', 0.7),
    ('@', 0.7),
    ('$', 0.7),
    ('=', 0.65),
    ('/', 0.72),
    (' ', 0.7),
];
/// Of delimiters of several characters.
const SEVERAL: f64 = 0.97;
/// Of columns that stand below each other, with two blanks or more between them.
const FIXED_WIDTH: f64 = 0.72;
/// What delimiters of several characters are made of.
const MADE_OF: &[char] = &[
    '|', '~', '^', ';', ':', '#', '&', '*', '§', '!', '@', '$', '<', '>', '=', '-', '%', '+', '\t',
];
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

/// The delimiters that the sample may have, each with its prior; the empty one is that of a text of one column.
fn candidates(sample: &str) -> Vec<(String, f64)> {
    let mut candidates = vec![(String::new(), 1.0)];
    let several = several_characters(sample);
    for (delimiter, prior) in DELIMITERS {
        // What only ever stands in a longer delimiter is none by itself.
        let within: usize = several
            .iter()
            .map(|longer| sample.matches(longer.as_str()).count() * longer.matches(*delimiter).count())
            .max()
            .unwrap_or(0);
        let count = sample.matches(*delimiter).count();
        let mostly_within = if *delimiter == ';' {
            within == count
        } else {
            within * 5 >= count * 4
        };
        if count > 0 && !mostly_within {
            candidates.push((delimiter.to_string(), *prior));
        }
    }
    candidates.extend(several.into_iter().map(|delimiter| (delimiter, SEVERAL)));
    if sample.contains("  ") {
        candidates.push(("  ".to_owned(), FIXED_WIDTH));
    }
    // A tab as programmers write it.
    if !sample.contains('\t') && sample.contains("\\t") {
        candidates.push(("\\t".to_owned(), SEVERAL));
    }
    candidates
}

/// Delimiters of two or three marks: marks that hardly ever stand but beside each other, `||`, `|~|`, `=>`.
fn several_characters(sample: &str) -> Vec<String> {
    let count = |text: &str| sample.matches(text).count();
    let mut found: Vec<String> = Vec::new();
    let present: Vec<char> = MADE_OF.iter().copied().filter(|mark| sample.contains(*mark)).collect();
    for outer in &present {
        let single = count(outer.encode_utf8(&mut [0; 4]));
        for inner in &present {
            let pair: String = [*outer, *inner].iter().collect();
            let triple: String = [*outer, *inner, *outer].iter().collect();
            let inner_single = count(inner.encode_utf8(&mut [0; 4]));
            let pairs = count(&pair);
            if pairs < 2 {
                continue;
            }
            let triples = count(&triple);
            if *outer == '\t' {
                // Tabs stand beside each other around empty fields as well.
                if inner == outer && pairs * 2 == single && starts_filled(sample, &pair) {
                    found.push(pair);
                }
            } else if inner == outer {
                // Runs of three are threes, other runs are pairs. Any delimiter comes in runs around empty fields as well.
                if triples * 3 == single {
                    found.push(triple);
                } else if (*outer != ';' || pairs * 2 == single)
                    && pairs * 5 >= single * 2
                    && !starts_with_single(sample, *outer)
                {
                    found.push(pair);
                }
            } else if triples > 1 && triples * 20 >= single * 9 {
                // The inner mark may stand in texts too.
                found.push(triple);
            } else if pairs * 10 >= single * 9 && pairs * 10 >= inner_single * 9 {
                found.push(pair);
            }
        }
    }
    found
}

/// Whether the first line that is not blank has the mark several times, and nowhere two of it: in it, as in headers, no field is
/// empty, and so the mark alone parts fields.
fn starts_with_single(sample: &str, mark: char) -> bool {
    const SEVERAL: usize = 3;
    let mut lines = sample.lines().filter(|line| !line.trim().is_empty());
    lines
        .next()
        .is_some_and(|line| line.matches(mark).count() >= SEVERAL && !line.contains(&String::from_iter([mark, mark])))
}

/// Whether the first line that is not blank has nothing but filled fields, as headers have.
fn starts_filled(sample: &str, delimiter: &str) -> bool {
    let mut lines = sample.lines().filter(|line| !line.trim().is_empty());
    lines
        .next()
        .is_some_and(|line| line.contains(delimiter) && line.split(delimiter).all(|field| !field.trim().is_empty()))
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

/// How much a cell looks like one whole value: 1 for a number, date, address or code, a little less for words, little for
/// what looks like several values or a part of one.
fn sense(field: &str, dialect: &Dialect) -> f64 {
    let text = field.trim();
    if text.is_empty() {
        return 0.9;
    }
    if dialect.quote.is_none() && is_quoted_part(text) {
        return 0.4;
    }
    let blanks = text.contains(char::is_whitespace);
    // The delimiter itself stands in a field only where it is quoted or escaped.
    let may_part = |char: char| !dialect.delimiter.contains(char);
    if text
        .chars()
        .any(|char| matches!(char, '\t' | '|' | '¦' | '\u{1}'..='\u{8}' | '\u{1c}'..='\u{1f}') && may_part(char))
    {
        return 0.4;
    }
    if [r#"",""#, r#"";""#, "\"\t\"", r#""|""#]
        .iter()
        .any(|between| text.contains(between))
    {
        return 0.3;
    }
    if !blanks && is_address(text) {
        return 1.0;
    }
    let (mut digits, mut letters) = (0usize, 0usize);
    let mut glued = false;
    let (mut before, mut chars) = (' ', text.chars().take(400).peekable());
    while let Some(char) = chars.next() {
        if char.is_numeric() {
            digits += 1;
        } else if char.is_alphabetic() {
            letters += 1;
        } else {
            let next = chars.peek().copied().unwrap_or(' ');
            let between = before.is_alphanumeric() && next.is_alphanumeric();
            // Marks that part values stand between values; in one value they stand at a word's edge.
            glued |= may_part(char)
                && match char {
                    ';' | '~' | '^' | '§' => between || before == char || next == char,
                    ':' => between && !(before.is_numeric() && next.is_numeric()),
                    ',' => (between && !(before.is_numeric() && next.is_numeric())) || next == ',',
                    '*' | '=' | '!' | '$' | '#' | '<' | '>' => between,
                    _ => false,
                };
        }
        before = char;
    }
    let edge = text.starts_with([',', ';', ':', ')', ']']) || text.ends_with(['(', '[']);
    let cut = text.ends_with('\\') || (!blanks && text.ends_with([',', ';', ':']));
    match () {
        () if glued => 0.5,
        () if edge || cut => 0.6,
        () if letters == 0 && digits > 0 => 1.0,
        () if letters == 0 => 0.6,
        () => 0.95,
    }
}

/// Whether fields that were read without quoting are parts of a quoted one: one opens a quote, another closes it.
fn cuts_a_quoted_field(fields: &[Cow<'_, str>], dialect: &Dialect) -> bool {
    let opens = |field: &str, quote: char| {
        let field = field.trim_start();
        field.starts_with(quote) && field.matches(quote).count() == 1 && field.len() > 1
    };
    let closes = |field: &str, quote: char| {
        let field = field.trim_end();
        field.ends_with(quote) && field.matches(quote).count() == 1 && field.len() > 1
    };
    dialect.quote.is_none()
        && !dialect.delimiter.is_empty()
        && ['"', '\''].into_iter().any(|quote| {
            let opened = fields.iter().position(|field| opens(field, quote));
            opened.is_some_and(|at| fields.iter().skip(at + 1).any(|field| closes(field, quote)))
        })
}

/// Whether a cell read without quoting begins or ends in a quote, as it does where quoting was not understood.
fn is_quoted_part(text: &str) -> bool {
    text.chars().nth(1).is_some()
        && (text.starts_with('"') || text.ends_with('"') || (text.starts_with('\'') && text.ends_with('\'')))
}

/// Whether a line is one date, time or link.
fn is_whole(line: &str) -> bool {
    (is_address(line) && !line.contains(char::is_whitespace)) || is_moment(line)
}

/// Whether the text is a date, a time or both: `12/05/2018`, `2018-05-12 14:30`, `12.5.2018T14:30:59Z`.
fn is_moment(text: &str) -> bool {
    let is_digits = |part: &str| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_date = |text: &str| {
        ['/', '-', '.']
            .iter()
            .any(|mark| text.split(*mark).count() == 3 && text.split(*mark).all(is_digits))
    };
    let is_time = |text: &str| {
        let parts: Vec<&str> = text.trim_end_matches('Z').split(':').collect();
        let (seconds, fraction) = parts.last().and_then(|last| last.split_once('.')).unwrap_or(("0", "0"));
        let fraction_fits = parts.len() == 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
        (2..=3).contains(&parts.len())
            && parts.iter().enumerate().all(|(at, part)| {
                let whole = if at == 2 && part.contains('.') && fraction_fits {
                    seconds
                } else {
                    part
                };
                whole.len() <= 2 && is_digits(whole)
            })
    };
    match text.split_once([' ', 'T']) {
        Some((date, time)) => is_date(date) && is_time(time.trim_start()),
        None => is_date(text) || is_time(text),
    }
}

/// Whether the text is a link, an e-mail address or a time, whose marks are no delimiters.
fn is_address(text: &str) -> bool {
    let is_link = text.contains("://") || text.starts_with("www.");
    let is_mail = text
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'));
    (is_link || is_mail) && !text.contains([',', ';'])
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
