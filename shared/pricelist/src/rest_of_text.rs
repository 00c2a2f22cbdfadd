//! A text too long to be held: what of it is still to come.

use std::io::{self, Read};

use crate::{Limits, ReadError, Sniffed};

/// From this length on a text is read in parts and never held whole.
pub(crate) const WINDOW: usize = 1 << 20;

/// How much of the rest is read at a time: little enough to stay in a processor's cache until it is understood.
const PART: usize = 256 << 10;

/// What is still to come of a text in UTF-8.
pub(crate) struct RestOfText<'r> {
    bytes: &'r mut dyn Read,
    buffer: Vec<u8>,
    /// Bytes at the buffer's start: a character of which the end is still to come.
    cut: usize,
}

impl<'r> RestOfText<'r> {
    pub(crate) fn new(bytes: &'r mut dyn Read) -> Self {
        Self {
            bytes,
            buffer: vec![0; PART],
            cut: 0,
        }
    }

    /// Appends the next part of the text; false at its end.
    pub(crate) fn append_to(&mut self, text: &mut String) -> Result<bool, ReadError> {
        let damaged = |reason: &dyn ToString| ReadError::damaged(Sniffed::Text, reason.to_string());
        let mut filled = self.cut;
        while let Some(free) = self.buffer.get_mut(filled..).filter(|free| !free.is_empty()) {
            match self.bytes.read(free) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(damaged(&error)),
            }
        }
        let bytes = self.buffer.get(..filled).unwrap_or_default();
        let whole = whole_characters(bytes);
        let now = bytes.get(..whole).unwrap_or_default();
        text.push_str(std::str::from_utf8(now).map_err(|error| damaged(&error))?);
        let is_at_end = filled == self.cut;
        if is_at_end && whole < filled {
            return Err(damaged(&"it ends within a character"));
        }
        self.buffer.copy_within(whole..filled, 0);
        self.cut = filled - whole;
        Ok(!is_at_end)
    }
}

/// Whether all of a text is UTF-8 without zero bytes: only such a text is read in parts, for what the encoding of another
/// is, the whole of it tells.
///
/// # Errors
/// Those of the reader, and [`ReadError::TooLarge`] for a text above the limit.
pub(crate) fn is_plain_utf8(mut text: impl Read, limits: &Limits) -> io::Result<Result<bool, ReadError>> {
    let mut buffer = vec![0; 64 << 10];
    let (mut held, mut length) = (0, 0u64);
    loop {
        let count = text.read(buffer.get_mut(held..).unwrap_or_default())?;
        if count == 0 {
            return Ok(Ok(held == 0));
        }
        length += count as u64;
        if let Err(error) = Limits::hold("bytes", length, limits.file_bytes) {
            return Ok(Err(error));
        }
        let filled = held + count;
        let bytes = buffer.get(..filled).unwrap_or_default();
        let whole = whole_characters(bytes);
        let part = bytes.get(..whole).unwrap_or_default();
        if std::str::from_utf8(part).is_err() || memchr::memchr(0, part).is_some() {
            return Ok(Ok(false));
        }
        buffer.copy_within(whole..filled, 0);
        held = filled - whole;
    }
}

/// How many of the bytes are left when a character that is cut off at their end is taken away.
fn whole_characters(bytes: &[u8]) -> usize {
    let tail = bytes.len().saturating_sub(3);
    let start = bytes
        .get(tail..)
        .unwrap_or_default()
        .iter()
        .rposition(|byte| *byte >= 0xC0)
        .map(|at| tail + at);
    match start {
        Some(start) => {
            let length = match bytes.get(start) {
                Some(0xF0..) => 4,
                Some(0xE0..) => 3,
                _ => 2,
            };
            if start + length > bytes.len() {
                start
            } else {
                bytes.len()
            }
        }
        None => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_not_cut() {
        let text = "a€😀é".as_bytes();
        for length in 0..=text.len() {
            let whole = whole_characters(&text[..length]);
            assert!(std::str::from_utf8(&text[..whole]).is_ok(), "{length}");
            assert!(length - whole < 4);
        }
        assert_eq!(whole_characters(text), text.len());
    }

    #[test]
    fn only_whole_utf8_without_zeros_is_plain() {
        let limits = Limits::default();
        let is_plain = |bytes: &[u8]| is_plain_utf8(bytes, &limits).unwrap().unwrap();
        assert!(is_plain("Preis €".repeat(20_000).as_bytes()));
        assert!(!is_plain("Preis €".repeat(20_000).as_bytes().split_last().unwrap().1));
        assert!(!is_plain(b"a\0b"));
        assert!(!is_plain(b"caf\xe9"));
        let limits = Limits {
            file_bytes: 10,
            ..Limits::default()
        };
        let outcome = is_plain_utf8(&b"more than ten bytes"[..], &limits).unwrap();
        assert_eq!(outcome.unwrap_err().code(), "too_large");
    }
}
