//! The shared strings of BIFF8, which run on over record bounds ([MS-XLS] 2.4.265, 2.5.293).

use std::borrow::Cow;

use super::Raw;

/// The bytes of the SST record and its continuations.
#[derive(Debug, Default)]
pub(super) struct Chunks<'b> {
    chunks: Vec<&'b [u8]>,
}

impl<'b> Chunks<'b> {
    pub(super) fn new(first: &'b [u8]) -> Self {
        Self { chunks: vec![first] }
    }

    pub(super) fn push(&mut self, chunk: &'b [u8]) {
        self.chunks.push(chunk);
    }

    /// Every string up to the first that is cut off.
    pub(super) fn strings(&self) -> Strings<'_, 'b> {
        Strings {
            chunks: &self.chunks,
            chunk: 0,
            at: 0,
        }
    }
}

/// UTF-16 units from little-endian bytes.
pub(super) fn units(bytes: &[u8]) -> Vec<u16> {
    bytes
        .chunks_exact(2)
        .filter_map(|pair| pair.try_into().ok())
        .map(u16::from_le_bytes)
        .collect()
}

/// Goes over the strings.
pub(super) struct Strings<'c, 'b> {
    chunks: &'c [&'b [u8]],
    chunk: usize,
    at: usize,
}

impl<'b> Strings<'_, 'b> {
    fn left(&self) -> &'b [u8] {
        self.chunks
            .get(self.chunk)
            .and_then(|chunk| chunk.get(self.at..))
            .unwrap_or_default()
    }

    fn next_chunk(&mut self) -> Option<()> {
        self.chunk += 1;
        self.at = 0;
        (self.chunk < self.chunks.len()).then_some(())
    }

    fn byte(&mut self) -> Option<u8> {
        while self.left().is_empty() {
            self.next_chunk()?;
        }
        let byte = self.left().first().copied();
        self.at += 1;
        byte
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    fn skip(&mut self, mut count: usize) -> Option<()> {
        while count > 0 {
            let step = self.left().len().min(count);
            self.at += step;
            count -= step;
            if count > 0 {
                self.next_chunk()?;
            }
        }
        Some(())
    }

    /// Characters; at a record bound a new byte says how the rest is kept.
    fn characters(&mut self, mut count: usize, mut wide: bool) -> Option<Raw<'b>> {
        if !wide && self.left().len() >= count {
            let bytes = self.left().get(..count)?;
            self.at += count;
            return Some(Raw::Narrow(Cow::Borrowed(bytes)));
        }
        let (mut narrow, mut units16, mut all_narrow) = (Vec::new(), Vec::new(), true);
        while count > 0 {
            let width = if wide { 2 } else { 1 };
            let take = (self.left().len() / width).min(count);
            let bytes = self.left().get(..take * width)?;
            if wide {
                if all_narrow {
                    units16.extend(narrow.drain(..).map(u16::from));
                    all_narrow = false;
                }
                units16.extend(units(bytes));
            } else if all_narrow {
                narrow.extend_from_slice(bytes);
            } else {
                units16.extend(bytes.iter().map(|byte| u16::from(*byte)));
            }
            self.at += take * width;
            count -= take;
            if count > 0 {
                self.next_chunk()?;
                wide = self.byte()? & 1 != 0;
            }
        }
        Some(if all_narrow {
            Raw::Narrow(Cow::Owned(narrow))
        } else {
            Raw::Wide(units16)
        })
    }
}

impl<'b> Iterator for Strings<'_, 'b> {
    type Item = Raw<'b>;

    fn next(&mut self) -> Option<Raw<'b>> {
        let count = usize::from(self.u16()?);
        let flags = self.byte()?;
        let runs = if flags & 0x08 != 0 { usize::from(self.u16()?) } else { 0 };
        let extra = if flags & 0x04 != 0 {
            u32::from_le_bytes([self.byte()?, self.byte()?, self.byte()?, self.byte()?]) as usize
        } else {
            0
        };
        let raw = self.characters(count, flags & 1 != 0)?;
        // What follows the last string may be cut off without harm.
        let _ = self.skip(runs.saturating_mul(4).saturating_add(extra));
        Some(raw)
    }
}
