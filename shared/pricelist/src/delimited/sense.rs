//! How much sense the cells of a reading make.

use std::borrow::Cow;

use super::Dialect;

/// How much a cell looks like one whole value: 1 for a number, date, address or code, a little less for words, little for
/// what looks like several values or a part of one.
pub(super) fn sense(field: &str, dialect: &Dialect) -> f64 {
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
pub(super) fn cuts_a_quoted_field(fields: &[Cow<'_, str>], dialect: &Dialect) -> bool {
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
pub(super) fn is_whole(line: &str) -> bool {
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
