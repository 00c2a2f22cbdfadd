//! Records of delimited text. Lenient where people and programs are: quotes inside text, quotes never closed, mixed line
//! ends. Linear in the text's length.

use std::borrow::Cow;

use memchr::{memchr2, memchr3_iter};

use super::{Dialect, dialect::Padding};

/// What is remarkable about a record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Record<'t> {
    /// Excel's `sep=;` line.
    pub(crate) is_separator_line: bool,
    /// The start of a field whose quote is opened and never closed.
    pub(crate) unterminated: Option<&'t str>,
}

/// Reads records one by one.
#[derive(Debug)]
pub(crate) struct Records<'t> {
    text: &'t str,
    dialect: Dialect,
    /// A quoted field starts with this byte, or with blanks.
    quote_byte: Option<u8>,
    at: usize,
    first: bool,
    /// Bytes that may still be read twice in search of a quote's end.
    lookahead: usize,
    /// A record of more fields is given up.
    most_fields: usize,
}

enum Quoted<'t> {
    /// The field, and where reading goes on: at a delimiter, a line end or the end.
    Closed(Cow<'t, str>, usize),
    Unterminated,
}

impl<'t> Records<'t> {
    pub(crate) fn new(text: &'t str, dialect: &Dialect) -> Self {
        Self::starting_at(text, dialect, 0)
    }

    /// Goes on at a record's start.
    pub(crate) fn starting_at(text: &'t str, dialect: &Dialect, at: usize) -> Self {
        let lookahead = text.len().saturating_sub(at).saturating_mul(4) + 4096;
        Self {
            text,
            dialect: dialect.clone(),
            quote_byte: dialect.quote.map(first_byte),
            at,
            first: at == 0,
            lookahead,
            most_fields: usize::MAX,
        }
    }

    /// Gives a record of more fields than these as it is when they are exceeded, for it is refused anyway.
    pub(crate) fn refused_above(mut self, most_fields: u32) -> Self {
        self.most_fields = most_fields as usize;
        self
    }

    /// Where the next record starts, in bytes.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Goes on at another record's start.
    pub(crate) fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    /// Reads the next record's fields into `fields`; none at the end of the text.
    pub(crate) fn next_into(&mut self, fields: &mut Vec<Cow<'t, str>>) -> Option<Record<'t>> {
        fields.clear();
        if self.at >= self.text.len() {
            return None;
        }
        let mut record = Record::default();
        if std::mem::take(&mut self.first) {
            let line = self.text.lines().next().unwrap_or_default();
            record.is_separator_line =
                line.len() <= 8 && line.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("sep="));
        }
        loop {
            let (field, ends_record) = self.field(&mut record, fields.is_empty());
            fields.push(field);
            if ends_record || fields.len() > self.most_fields {
                return Some(record);
            }
        }
    }

    fn rest(&self, at: usize) -> &'t str {
        self.text.get(at..).unwrap_or_default()
    }

    fn field(&mut self, record: &mut Record<'t>, is_first: bool) -> (Cow<'t, str>, bool) {
        if self.dialect.padding != Padding::None {
            self.pass_padding(is_first);
        }
        let start = self.text.as_bytes().get(self.at).copied();
        if let Some(quote) = self.dialect.quote
            && (start == self.quote_byte || start == Some(b' '))
        {
            let rest = self.rest(self.at);
            // Blanks before an opening quote are no part of the field; a delimiter of blanks is not skipped.
            let blanks = rest.len() - rest.trim_start_matches(' ').len();
            let skip = if self.dialect.delimiter.contains(' ') {
                0
            } else {
                blanks
            };
            if rest.get(skip..).is_some_and(|rest| rest.starts_with(quote)) {
                let start = self.at + skip + quote.len_utf8();
                let read = match self.quoted(start, quote) {
                    Quoted::Unterminated => self.closed_by_double(start, quote),
                    closed @ Quoted::Closed(..) => closed,
                };
                match read {
                    Quoted::Closed(field, at) => {
                        self.at = at;
                        return (field, self.end_of_field());
                    }
                    Quoted::Unterminated => {
                        if record.unterminated.is_none() {
                            record.unterminated = rest.lines().next().map(|line| clip(line, 120));
                        }
                    }
                }
            }
        }
        let start = self.at;
        let (mut owned, mut from) = (String::new(), start);
        loop {
            let rest = self.rest(self.at);
            let Some(found) = self.next_stop(rest) else {
                self.at = self.text.len();
                break;
            };
            self.at += found;
            let rest = self.rest(self.at);
            if let Some(escape) = self.dialect.escape.filter(|escape| rest.starts_with(*escape)) {
                let mut chars = rest.chars();
                chars.next();
                let escaped = chars.next();
                if escaped.is_some_and(|char| {
                    self.dialect.delimiter.starts_with(char) || Some(char) == self.dialect.quote || char == escape
                }) {
                    owned.push_str(self.text.get(from..self.at).unwrap_or_default());
                    from = self.at + escape.len_utf8();
                    self.at = from + escaped.map_or(0, char::len_utf8);
                } else {
                    self.at += escape.len_utf8();
                }
                continue;
            }
            break;
        }
        let tail = self.text.get(from..self.at).unwrap_or_default();
        let mut field = if owned.is_empty() && from == start {
            Cow::Borrowed(tail)
        } else {
            owned.push_str(tail);
            Cow::Owned(owned)
        };
        if self.dialect.padding == Padding::Around {
            field = match field {
                Cow::Borrowed(text) => Cow::Borrowed(text.trim_end_matches(' ')),
                Cow::Owned(text) => Cow::Owned(text.trim_end_matches(' ').to_owned()),
            };
        }
        (field, self.end_of_field())
    }

    /// Passes over the blanks before a field that belong to the delimiter.
    fn pass_padding(&mut self, is_first: bool) {
        let at_line_start = self.dialect.padding == Padding::Around || self.dialect.delimiter == " ";
        if !is_first || at_line_start {
            let rest = self.rest(self.at);
            self.at += rest.len() - rest.trim_start_matches(' ').len();
        }
    }

    /// The distance to the next delimiter, line end or escape.
    fn next_stop(&self, rest: &str) -> Option<usize> {
        let (bytes, delimiter) = (rest.as_bytes(), self.dialect.delimiter.as_bytes());
        let is_delimiter =
            |at: usize| !delimiter.is_empty() && bytes.get(at..).is_some_and(|rest| rest.starts_with(delimiter));
        if let Some(escape) = self.dialect.escape.map(first_byte) {
            return bytes.iter().enumerate().find_map(|(at, byte)| {
                (matches!(byte, b'\n' | b'\r') || *byte == escape || is_delimiter(at)).then_some(at)
            });
        }
        let Some(first) = delimiter.first().copied() else {
            return memchr2(b'\n', b'\r', bytes);
        };
        memchr3_iter(first, b'\n', b'\r', bytes)
            .find(|at| matches!(bytes.get(*at), Some(b'\n' | b'\r')) || is_delimiter(*at))
    }

    /// Passes over what ends the field at `self.at`; whether it ended the record too.
    fn end_of_field(&mut self) -> bool {
        let rest = self.rest(self.at);
        if !self.dialect.delimiter.is_empty() && rest.starts_with(&self.dialect.delimiter) {
            self.at += self.dialect.delimiter.len();
            return false;
        }
        self.at += if rest.starts_with("\r\n") {
            2
        } else {
            rest.chars().next().map_or(0, char::len_utf8)
        };
        true
    }

    /// Reads a field whose closing quote follows a quote of the text that was not doubled, as in `"12"",`: on its own line
    /// and with no other field's opening quote before.
    fn closed_by_double(&self, start: usize, quote: char) -> Quoted<'t> {
        let rest = self.rest(start);
        let line = rest.split(['\n', '\r']).next().unwrap_or_default();
        let double: String = [quote, quote].iter().collect();
        let delimiter = self.dialect.delimiter.as_str();
        let closing = line.match_indices(&double).find(|(at, _)| {
            let beyond = line.get(at + double.len()..).unwrap_or_default();
            beyond.is_empty() || (!delimiter.is_empty() && beyond.starts_with(delimiter))
        });
        let field = closing.and_then(|(at, _)| line.get(..at + quote.len_utf8()));
        let opening = format!("{delimiter}{quote}");
        match field.filter(|field| !field.contains(&opening)) {
            Some(field) => Quoted::Closed(Cow::Borrowed(field), start + field.len() + quote.len_utf8()),
            None => Quoted::Unterminated,
        }
    }

    /// Reads a quoted field from just after its opening quote.
    fn quoted(&mut self, start: usize, quote: char) -> Quoted<'t> {
        let (mut owned, mut from, mut at) = (String::new(), start, start);
        let width = quote.len_utf8();
        loop {
            let rest = self.rest(at);
            let escape = self.dialect.escape;
            let Some(found) = rest.find(|char| char == quote || Some(char) == escape) else {
                self.lookahead = self.lookahead.saturating_sub(rest.len());
                return Quoted::Unterminated;
            };
            if found > self.lookahead {
                return Quoted::Unterminated;
            }
            self.lookahead -= found;
            at += found;
            let rest = self.rest(at);
            if let Some(escape) = escape.filter(|escape| *escape != quote && rest.starts_with(*escape)) {
                let next = rest.chars().nth(1);
                if next == Some(quote) || next == Some(escape) {
                    owned.push_str(self.text.get(from..at).unwrap_or_default());
                    from = at + escape.len_utf8();
                    at = from + next.map_or(0, char::len_utf8);
                } else {
                    at += escape.len_utf8();
                }
                continue;
            }
            let after = rest.get(width..).unwrap_or_default();
            if after.starts_with(quote) {
                owned.push_str(self.text.get(from..at + width).unwrap_or_default());
                at += 2 * width;
                from = at;
                continue;
            }
            let blanks = after.len() - after.trim_start_matches(' ').len();
            let beyond = after.get(blanks..).unwrap_or_default();
            let closes = beyond.is_empty()
                || beyond.starts_with(['\n', '\r'])
                || (!self.dialect.delimiter.is_empty()
                    && (beyond.starts_with(&self.dialect.delimiter) || after.starts_with(&self.dialect.delimiter)));
            if closes {
                let field = self.text.get(from..at).unwrap_or_default();
                let field = if owned.is_empty() && from == start {
                    Cow::Borrowed(field)
                } else {
                    owned.push_str(field);
                    Cow::Owned(owned)
                };
                let skip = if after.starts_with(&self.dialect.delimiter) && !self.dialect.delimiter.is_empty() {
                    0
                } else {
                    blanks
                };
                return Quoted::Closed(field, at + width + skip);
            }
            // A quote in the middle of text. On the opening line it may be an inch sign or an unescaped quote; after a
            // line end or a delimiter it is the opening quote of another field, and ours was never closed.
            let before = self.text.get(start..at).unwrap_or_default();
            let opens = !self.dialect.delimiter.is_empty() && before.ends_with(&self.dialect.delimiter);
            if opens || before.contains(['\n', '\r']) {
                return Quoted::Unterminated;
            }
            at += width;
        }
    }
}

/// The first byte of a character's UTF-8.
fn first_byte(char: char) -> u8 {
    let mut bytes = [0; 4];
    char.encode_utf8(&mut bytes);
    let [first, ..] = bytes;
    first
}

fn clip(text: &str, chars: usize) -> &str {
    text.char_indices()
        .nth(chars)
        .and_then(|(at, _)| text.get(..at))
        .unwrap_or(text)
}
