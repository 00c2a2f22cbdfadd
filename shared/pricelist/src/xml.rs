//! XML read event by event with a bound on each event, on nesting and on the whole; entities are never expanded.

mod scanner;

pub(crate) use scanner::{Scanner, Tag, Token, push_text};

use std::io::{self, BufRead, Read};

use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::{Limits, ReadError, Sniffed};

/// A reader that refuses to hand out more than was allowed since the last allowance.
struct Budgeted<R> {
    inner: R,
    left: u64,
    total_left: u64,
}

impl<R: BufRead> Read for Budgeted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.spend(count)?;
        Ok(count)
    }
}

impl<R> Budgeted<R> {
    fn spend(&mut self, count: usize) -> io::Result<()> {
        let count = count as u64;
        if count > self.total_left {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, TOO_MUCH));
        }
        self.left = self.left.saturating_sub(count);
        self.total_left -= count;
        Ok(())
    }
}

const TOO_MUCH: &str = "inflates beyond the limit";
const TOO_LONG: &str = "one element beyond the limit";

impl<R: BufRead> BufRead for Budgeted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, TOO_LONG));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.inner.consume(count);
        if self.spend(count).is_err() {
            self.left = 0;
        }
    }
}

/// Reads events of one XML document.
pub(crate) struct XmlReader<R: BufRead> {
    reader: quick_xml::Reader<Budgeted<R>>,
    buffer: Vec<u8>,
    depth: usize,
    max_depth: usize,
    event_bytes: u64,
    entry_bytes: u64,
    seen: Sniffed,
}

impl<R: BufRead> XmlReader<R> {
    pub(crate) fn new(inner: R, limits: &Limits, seen: Sniffed) -> Self {
        let event_bytes = limits.cell_bytes as u64 + (1 << 16);
        let mut reader = quick_xml::Reader::from_reader(Budgeted {
            inner,
            left: event_bytes,
            total_left: limits.entry_bytes,
        });
        reader.config_mut().allow_dangling_amp = true;
        Self {
            reader,
            buffer: Vec::new(),
            depth: 0,
            max_depth: limits.depth,
            event_bytes,
            entry_bytes: limits.entry_bytes,
            seen,
        }
    }

    /// The next event; comments, declarations and instructions are left to the caller to pass over.
    pub(crate) fn next(&mut self) -> Result<Event<'_>, ReadError> {
        self.buffer.clear();
        self.reader.get_mut().left = self.event_bytes;
        let event = match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => event,
            Err(quick_xml::Error::Io(error)) if error.kind() == io::ErrorKind::FileTooLarge => {
                let whole = error.to_string() == TOO_MUCH;
                return Err(ReadError::TooLarge {
                    what: if whole {
                        "bytes when unpacked"
                    } else {
                        "bytes in one cell"
                    },
                    limit: if whole { self.entry_bytes } else { self.event_bytes },
                });
            }
            Err(error) => return Err(ReadError::damaged(self.seen, error)),
        };
        match &event {
            Event::Start(_) => {
                self.depth += 1;
                Limits::hold("levels of nested elements", self.depth as u64, self.max_depth as u64)?;
            }
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            // An entity that refers to other entities serves only to grow without bound.
            Event::DocType(text) if text.contains("ENTITY") && nested_entities(text) => {
                return Err(ReadError::damaged(self.seen, "entities that refer to entities"));
            }
            _ => {}
        }
        Ok(event)
    }
}

fn nested_entities(doctype: &str) -> bool {
    doctype.split("<!ENTITY").skip(1).any(|entity| {
        let value = entity.split('>').next().unwrap_or_default();
        value
            .split('&')
            .skip(1)
            .any(|reference| !reference.starts_with('#') && reference.contains(';'))
    })
}

/// The text of a character or predefined entity reference; none for any other entity.
pub(crate) fn reference(reference: &BytesRef<'_>) -> Option<char> {
    match &**reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => reference.resolve_char_ref().ok().flatten().filter(|char| *char != '\0'),
    }
}

/// The value of an attribute by its local name, unescaped.
pub(crate) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    element.attributes().with_checks(false).flatten().find_map(|attribute| {
        (attribute.key.local_name().as_ref() == name)
            .then(|| {
                attribute
                    .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                    .map(|value| value.into_owned())
                    .ok()
            })
            .flatten()
    })
}
