//! XML for the parts of a workbook that grow with the list, its cells and its shared strings: tags and text are handed
//! out as bytes of one buffer, and nothing is copied or checked that nobody looks at. Bounds are those of `XmlReader`.

use std::io::Read;

use memchr::{memchr, memmem};
use quick_xml::events::BytesRef;

use super::{nested_entities, reference};
use crate::{Limits, ReadError, Sniffed};

/// What comes next in a document. Comments, declarations and instructions are passed over.
pub(crate) enum Token<'x> {
    /// A start tag, or an element without content.
    Open(Tag<'x>),
    /// An end tag's local name.
    Close(&'x [u8]),
    /// Text as written; see [`push_text`].
    Text(&'x [u8]),
    /// Text of a CDATA section.
    Verbatim(&'x [u8]),
    /// Nothing more.
    End,
}

/// A start tag.
#[derive(Clone, Copy)]
pub(crate) struct Tag<'x> {
    /// Without its prefix.
    pub(crate) name: &'x [u8],
    attributes: &'x [u8],
    /// Whether it ends itself: `<c/>`.
    pub(crate) is_empty: bool,
}

impl<'x> Tag<'x> {
    /// Names and values of the attributes, as written. What is no attribute ends them.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&'x [u8], &'x str)> + use<'x> {
        let mut rest = self.attributes;
        std::iter::from_fn(move || {
            rest = rest.trim_ascii_start();
            let equals = memchr(b'=', rest)?;
            let name = rest.get(..equals)?.trim_ascii_end();
            let value = rest.get(equals + 1..)?.trim_ascii_start();
            let quote = *value.first().filter(|quote| matches!(quote, b'"' | b'\''))?;
            let value = value.get(1..)?;
            let end = memchr(quote, value)?;
            rest = value.get(end + 1..)?;
            Some((name, std::str::from_utf8(value.get(..end)?).ok()?))
        })
    }

    /// An attribute's value by its name, as written.
    pub(crate) fn attribute(&self, name: &str) -> Option<&'x str> {
        self.attributes()
            .find_map(|(known, value)| (known == name.as_bytes()).then_some(value))
    }
}

/// What a token is, and where it stands in the buffer.
enum Found {
    Open(usize, usize),
    Close(usize, usize),
    Text(usize, usize),
    Verbatim(usize, usize),
    End,
}

/// Reads tokens of one XML document.
pub(crate) struct Scanner<R> {
    inner: R,
    buffer: Vec<u8>,
    /// What of the buffer is to be read.
    at: usize,
    end: usize,
    is_drained: bool,
    /// Names of the open elements, one after the other, and where each starts.
    names: Vec<u8>,
    open: Vec<usize>,
    max_depth: usize,
    event_bytes: usize,
    entry_bytes: u64,
    read: u64,
    seen: Sniffed,
}

const FIRST_BUFFER: usize = 128 << 10;

impl<R: Read> Scanner<R> {
    pub(crate) fn new(inner: R, limits: &Limits, seen: Sniffed) -> Self {
        Self {
            inner,
            buffer: vec![0; FIRST_BUFFER],
            at: 0,
            end: 0,
            is_drained: false,
            names: Vec::new(),
            open: Vec::new(),
            max_depth: limits.depth,
            event_bytes: limits.cell_bytes + (1 << 16),
            entry_bytes: limits.entry_bytes,
            read: 0,
            seen,
        }
    }

    /// The next token.
    pub(crate) fn next(&mut self) -> Result<Token<'_>, ReadError> {
        let found = self.find()?;
        let bytes = |from: usize, to: usize| self.buffer.get(from..to).unwrap_or_default();
        Ok(match found {
            Found::Open(from, to) => Token::Open(tag(bytes(from, to))),
            Found::Close(from, to) => Token::Close(local(bytes(from, to).trim_ascii_end())),
            Found::Text(from, to) => Token::Text(bytes(from, to)),
            Found::Verbatim(from, to) => Token::Verbatim(bytes(from, to)),
            Found::End => Token::End,
        })
    }

    fn find(&mut self) -> Result<Found, ReadError> {
        loop {
            if self.at == self.end && !self.fill()? {
                return Ok(Found::End);
            }
            if self.buffer.get(self.at) != Some(&b'<') {
                return self.text();
            }
            match self.peek(1)? {
                Some(b'/') => return self.close(),
                Some(b'?') => {
                    self.past(2, b"?>")?;
                }
                Some(b'!') => {
                    if let Some(found) = self.declaration()? {
                        return Ok(found);
                    }
                }
                _ => return self.open(),
            }
        }
    }

    fn text(&mut self) -> Result<Found, ReadError> {
        let mut searched = 0;
        loop {
            let unread = self.unread();
            if let Some(found) = unread.get(searched..).and_then(|rest| memchr(b'<', rest)) {
                let from = self.at;
                self.at += searched + found;
                return Ok(Found::Text(from, self.at));
            }
            searched = unread.len();
            if !self.fill()? {
                let from = std::mem::replace(&mut self.at, self.end);
                return Ok(Found::Text(from, self.end));
            }
        }
    }

    fn close(&mut self) -> Result<Found, ReadError> {
        let length = self.past(2, b">")?;
        let (from, to) = (self.at - length + 2, self.at - 1);
        let name = self.buffer.get(from..to).unwrap_or_default().trim_ascii_end();
        let start = self.open.pop().unwrap_or_default();
        if self.names.get(start..) != Some(name) {
            return Err(ReadError::damaged(self.seen, "an element ends that was not begun"));
        }
        self.names.truncate(start);
        Ok(Found::Close(from, to))
    }

    fn open(&mut self) -> Result<Found, ReadError> {
        let mut length = 1;
        loop {
            length = self.seek(length, b">")?;
            let tag = self.unread().get(..length).unwrap_or_default();
            // A `>` within an attribute's value ends no tag.
            if is_quoted_well(tag) {
                break;
            }
        }
        let (from, to) = (self.at + 1, self.at + length - 1);
        self.at += length;
        let inner = self.buffer.get(from..to).unwrap_or_default();
        if !inner.ends_with(b"/") {
            let name = qualified(inner);
            self.open.push(self.names.len());
            self.names.extend_from_slice(name);
            Limits::hold(
                "levels of nested elements",
                self.open.len() as u64,
                self.max_depth as u64,
            )?;
        }
        Ok(Found::Open(from, to))
    }

    /// What starts with `<!`: a CDATA section is text, all else is passed over.
    fn declaration(&mut self) -> Result<Option<Found>, ReadError> {
        const CDATA: &[u8] = b"<![CDATA[";
        self.peek(CDATA.len())?;
        if self.unread().starts_with(CDATA) {
            let length = self.past(CDATA.len(), b"]]>")?;
            return Ok(Some(Found::Verbatim(self.at - length + CDATA.len(), self.at - 3)));
        }
        if self.unread().starts_with(b"<!--") {
            self.past(4, b"-->")?;
            return Ok(None);
        }
        // A document type may hold declarations in brackets, each with a `>` of its own.
        let mut length = 2;
        loop {
            length = self.seek(length, b">")?;
            let text = self.unread().get(..length).unwrap_or_default();
            let count = |mark: u8| text.iter().filter(|byte| **byte == mark).count();
            if count(b'[') <= count(b']') {
                break;
            }
        }
        let text = String::from_utf8_lossy(self.unread().get(..length).unwrap_or_default());
        if text.contains("ENTITY") && nested_entities(&text) {
            return Err(ReadError::damaged(self.seen, "entities that refer to entities"));
        }
        self.at += length;
        Ok(None)
    }

    fn unread(&self) -> &[u8] {
        self.buffer.get(self.at..self.end).unwrap_or_default()
    }

    /// The byte so far ahead, where the document is so long.
    fn peek(&mut self, ahead: usize) -> Result<Option<u8>, ReadError> {
        while self.end - self.at <= ahead {
            if !self.fill()? {
                return Ok(None);
            }
        }
        Ok(self.buffer.get(self.at + ahead).copied())
    }

    /// Passes over everything through `mark`, which is sought after the first `from` bytes; how long that was.
    fn past(&mut self, from: usize, mark: &[u8]) -> Result<usize, ReadError> {
        let length = self.seek(from, mark)?;
        self.at += length;
        Ok(length)
    }

    /// How far it is through `mark`, which is sought after the first `from` bytes.
    fn seek(&mut self, from: usize, mark: &[u8]) -> Result<usize, ReadError> {
        let mut searched = from;
        loop {
            let unread = self.unread();
            let rest = unread.get(searched..).unwrap_or_default();
            let found = match mark {
                [byte] => memchr(*byte, rest),
                _ => memmem::find(rest, mark),
            };
            if let Some(found) = found {
                return Ok(searched + found + mark.len());
            }
            // The mark may lie half in what is to come.
            searched = unread.len().saturating_sub(mark.len() - 1).max(from);
            if !self.fill()? {
                return Err(ReadError::damaged(self.seen, "it ends within an element"));
            }
        }
    }

    /// Reads on, behind what is unread; false at the end.
    fn fill(&mut self) -> Result<bool, ReadError> {
        if self.is_drained {
            return Ok(false);
        }
        Limits::hold(
            "bytes in one cell",
            (self.end - self.at) as u64,
            self.event_bytes as u64,
        )?;
        if self.at > 0 {
            self.buffer.copy_within(self.at..self.end, 0);
            self.end -= self.at;
            self.at = 0;
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let count = loop {
            let free = self.buffer.get_mut(self.end..).unwrap_or_default();
            match self.inner.read(free) {
                Ok(count) => break count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ReadError::damaged(self.seen, error)),
            }
        };
        self.is_drained = count == 0;
        self.end += count;
        self.read += count as u64;
        Limits::hold("bytes when unpacked", self.read, self.entry_bytes)?;
        Ok(count > 0)
    }
}

/// Whether every quote is closed.
fn is_quoted_well(tag: &[u8]) -> bool {
    let mut open: Option<u8> = None;
    for byte in tag {
        match open {
            Some(quote) if quote == *byte => open = None,
            None if matches!(byte, b'"' | b'\'') => open = Some(*byte),
            _ => {}
        }
    }
    open.is_none()
}

/// The name at the start of a tag, with its prefix.
fn qualified(inner: &[u8]) -> &[u8] {
    let end = inner
        .iter()
        .position(|byte| byte.is_ascii_whitespace() || *byte == b'/')
        .unwrap_or(inner.len());
    inner.get(..end).unwrap_or_default()
}

fn local(name: &[u8]) -> &[u8] {
    match memchr(b':', name) {
        Some(at) => name.get(at + 1..).unwrap_or_default(),
        None => name,
    }
}

fn tag(inner: &[u8]) -> Tag<'_> {
    let (inner, is_empty) = match inner.strip_suffix(b"/") {
        Some(inner) => (inner, true),
        None => (inner, false),
    };
    let name = qualified(inner);
    Tag {
        name: local(name),
        attributes: inner.get(name.len()..).unwrap_or_default(),
        is_empty,
    }
}

/// Appends text with its references replaced; false where one is to an entity that the file may define, which is not
/// read. An `&` that starts no reference is text.
pub(crate) fn push_text(text: &[u8], out: &mut String, seen: Sniffed) -> Result<bool, ReadError> {
    let text = std::str::from_utf8(text).map_err(|error| ReadError::damaged(seen, error))?;
    let (mut rest, mut all_known) = (text, true);
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let name = from.get(1..).unwrap_or_default();
        let length = name
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'#' | b'_' | b'.' | b'-' | b':'))
            .count();
        let is_reference = length > 0 && name.as_bytes().get(length) == Some(&b';');
        if !is_reference {
            out.push('&');
            rest = name;
            continue;
        }
        match reference(&BytesRef::new(name.get(..length).unwrap_or_default())) {
            Some(char) => out.push(char),
            None => all_known = false,
        }
        rest = name.get(length + 1..).unwrap_or_default();
    }
    out.push_str(rest);
    Ok(all_known)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives out a few bytes at a time, so that tokens lie across reads.
    struct Drops<'x>(&'x [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let count = self.0.len().min(self.1).min(buffer.len());
            let (now, later) = self.0.split_at(count);
            buffer[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    fn told(xml: &str, drop: usize, limits: &Limits) -> Result<Vec<String>, ReadError> {
        let mut scanner = Scanner::new(Drops(xml.as_bytes(), drop), limits, Sniffed::Xlsx);
        let mut told = Vec::new();
        loop {
            match scanner.next()? {
                Token::Open(tag) => {
                    let attributes: Vec<String> = tag
                        .attributes()
                        .map(|(name, value)| format!(" {}={value}", String::from_utf8_lossy(name)))
                        .collect();
                    let end = if tag.is_empty { "/" } else { "" };
                    told.push(format!(
                        "<{}{}{end}",
                        String::from_utf8_lossy(tag.name),
                        attributes.concat()
                    ));
                }
                Token::Close(name) => told.push(format!(">{}", String::from_utf8_lossy(name))),
                Token::Text(text) => {
                    let mut out = String::new();
                    let known = push_text(text, &mut out, Sniffed::Xlsx)?;
                    told.push(if known { out } else { format!("{out}?") });
                }
                Token::Verbatim(text) => told.push(format!("[{}]", String::from_utf8_lossy(text))),
                Token::End => return Ok(told),
            }
        }
    }

    #[test]
    fn tokens_are_the_same_however_the_bytes_come() {
        let xml = "<?xml version=\"1.0\"?><!DOCTYPE w [<!ENTITY x \"y\">]><!-- <no> --><x:w a='1 > 0' x:b = \"'\"><c r=\"A1\"/>\
                   a &amp; b &#x41; & c &x;<![CDATA[<&]]]]></x:w>";
        let expected = ["<w a=1 > 0 x:b='", "<c r=A1/", "a & b A & c ?", "[<&]]]", ">w"];
        for drop in 1..40 {
            assert_eq!(
                told(xml, drop, &Limits::default()).unwrap(),
                expected,
                "{drop} bytes at a time"
            );
        }
    }

    #[test]
    fn damage_and_excess_are_refused() {
        let limits = Limits {
            cell_bytes: 0,
            entry_bytes: 200_000,
            depth: 3,
            ..Limits::default()
        };
        for (xml, code) in [
            ("<a><b></a></b>".to_owned(), "damaged"),
            ("</a>".to_owned(), "damaged"),
            ("<a b=\"".to_owned(), "damaged"),
            ("<a><!-- ".to_owned(), "damaged"),
            (
                "<!DOCTYPE a [<!ENTITY x \"1\"><!ENTITY y \"&x;\">]><a/>".to_owned(),
                "damaged",
            ),
            ("<a><a><a><a></a></a></a></a>".to_owned(), "too_large"),
            (format!("<a>{}</a>", "x".repeat(300_000)), "too_large"),
            (format!("<a b='{}'/>", "x".repeat(150_000)), "too_large"),
            ("<b/>".repeat(60_000), "too_large"),
        ] {
            let start: String = xml.chars().take(40).collect();
            assert_eq!(told(&xml, 8_192, &limits).unwrap_err().code(), code, "{start}");
        }
        assert!(told("<a><b>", 5, &limits).is_ok(), "what is there is read");
    }
}
