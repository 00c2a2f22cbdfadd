//! The change report of a publication as one object: a line of counts, then the changes of each kind as JSON lines, each
//! kind a zstd frame of its own, so that one kind is read without the others.

use std::io::{BufRead, BufReader, Read, Write};

use domain::{Change, ChangeCounts, ChangeKind};
use serde::{Deserialize, Serialize};
use zstd::stream::{read::Decoder, write::Encoder};

use crate::{StoreError, snapshot::LEVEL};

/// Inflated bytes that one kind's changes may have.
const MAX_INFLATED: u64 = 2 << 30;

/// The first line: what follows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Header {
    schema: u32,
    counts: ChangeCounts,
    /// Compressed bytes of each kind's frame, in the order of [`ChangeKind::ALL`].
    frames: [usize; ChangeKind::ALL.len()],
}

/// Writes a change report, change by change, in bounded memory: compressed as it comes.
pub struct ChangesWriter {
    counts: ChangeCounts,
    frames: Vec<Encoder<'static, Vec<u8>>>,
}

impl ChangesWriter {
    /// An empty report.
    ///
    /// # Errors
    /// zstd could not be set up (out of memory).
    pub fn new() -> Result<Self, StoreError> {
        let frames = ChangeKind::ALL.map(|_| Encoder::new(Vec::new(), LEVEL).map_err(broken));
        Ok(Self {
            counts: ChangeCounts::default(),
            frames: frames.into_iter().collect::<Result<_, _>>()?,
        })
    }

    /// Adds a change.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn push(&mut self, change: &Change) -> Result<(), StoreError> {
        let mut line = serde_json::to_vec(change).map_err(broken)?;
        line.push(b'\n');
        self.counts.count(change.kind);
        let at = ChangeKind::ALL.iter().position(|kind| *kind == change.kind);
        match at.and_then(|at| self.frames.get_mut(at)) {
            Some(frame) => frame.write_all(&line).map_err(broken),
            None => Err(broken(change.kind)),
        }
    }

    /// The object's bytes, and the counts.
    ///
    /// # Errors
    /// zstd could not finish.
    pub fn finish(self) -> Result<(Vec<u8>, ChangeCounts), StoreError> {
        let frames: Vec<Vec<u8>> = self
            .frames
            .into_iter()
            .map(|frame| frame.finish().map_err(broken))
            .collect::<Result<_, _>>()?;
        let mut header = Header {
            schema: 1,
            counts: self.counts,
            frames: [0; ChangeKind::ALL.len()],
        };
        for (size, frame) in header.frames.iter_mut().zip(&frames) {
            *size = frame.len();
        }
        let mut bytes = serde_json::to_vec(&header).map_err(broken)?;
        bytes.push(b'\n');
        frames.iter().for_each(|frame| bytes.extend_from_slice(frame));
        Ok((bytes, self.counts))
    }
}

/// A change report as stored.
pub struct Changes<'a> {
    header: Header,
    frames: &'a [u8],
}

/// Some changes, and where to go on.
#[derive(Debug, Default, PartialEq)]
pub struct ChangePage {
    /// The changes.
    pub changes: Vec<Change>,
    /// Give it back for the next page; none at the end.
    pub next_cursor: Option<String>,
}

impl<'a> Changes<'a> {
    /// The report in `bytes`.
    ///
    /// # Errors
    /// They are none.
    pub fn new(bytes: &'a [u8]) -> Result<Self, StoreError> {
        let end = bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .ok_or_else(|| broken("no header"))?;
        let (header, frames) = bytes.split_at(end + 1);
        Ok(Self {
            header: serde_json::from_slice(header).map_err(broken)?,
            frames,
        })
    }

    /// How many changes of each kind there are.
    pub fn counts(&self) -> ChangeCounts {
        self.header.counts
    }

    /// At most `limit` changes of `kind`, or of all kinds one after the other.
    ///
    /// # Errors
    /// The report cannot be read, or the cursor is not one of ours.
    pub fn page(&self, kind: Option<ChangeKind>, limit: usize, cursor: Option<&str>) -> Result<ChangePage, StoreError> {
        let (mut from, mut skipped) = match cursor {
            Some(cursor) => read_cursor(cursor)?,
            None => (0, 0),
        };
        let mut page = ChangePage::default();
        let wanted = |at: usize| {
            ChangeKind::ALL
                .get(at)
                .filter(|at| kind.is_none_or(|kind| kind == **at))
        };
        while from < ChangeKind::ALL.len() {
            if let Some(kind) = wanted(from) {
                let left = limit - page.changes.len();
                page.changes.extend(self.frame(from, skipped, left)?);
                let read = (page.changes.len() - (limit - left)) as u64;
                if page.changes.len() >= limit {
                    let (at, line) = match skipped + read < self.header.counts.of(*kind) {
                        true => (from, skipped + read),
                        false => (from + 1, 0),
                    };
                    let has_more = line > 0
                        || (at..ChangeKind::ALL.len())
                            .any(|at| wanted(at).is_some_and(|kind| self.header.counts.of(*kind) > 0));
                    page.next_cursor = has_more.then(|| format!("{at}.{line}"));
                    return Ok(page);
                }
            }
            (from, skipped) = (from + 1, 0);
        }
        Ok(page)
    }

    /// Lines of the frame `at`, from line `skipped` on.
    fn frame(&self, at: usize, skipped: u64, limit: usize) -> Result<Vec<Change>, StoreError> {
        let sizes = &self.header.frames;
        let start: usize = sizes.iter().take(at).sum();
        let size = sizes.get(at).copied().unwrap_or_default();
        let frame = self
            .frames
            .get(start..start + size)
            .ok_or_else(|| broken("it is cut off"))?;
        let inflated = Decoder::new(frame).map_err(broken)?.take(MAX_INFLATED);
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
        let lines = BufReader::new(inflated).split(b'\n').skip(skipped).take(limit);
        lines
            .map(|line| serde_json::from_slice(&line.map_err(broken)?).map_err(broken))
            .collect()
    }
}

/// A place in the report: the kind's number and the line within it.
fn read_cursor(cursor: &str) -> Result<(usize, u64), StoreError> {
    let place = cursor
        .split_once('.')
        .and_then(|(at, line)| Some((at.parse().ok()?, line.parse().ok()?)));
    place.ok_or_else(|| StoreError::cursor("it is no place in a change report"))
}

fn broken(error: impl ToString) -> StoreError {
    StoreError::corrupt("a change report", error)
}

#[cfg(test)]
mod tests {
    use domain::ItemState;

    use super::*;

    fn changes() -> Vec<Change> {
        let change = |n: usize, kind| Change {
            kind,
            item_key: format!("sku:{n}"),
            sku: None,
            name: Some(format!("Чайник {n}")),
            old: Some(ItemState::default()),
            new: None,
            percent: None,
        };
        let kinds = [ChangeKind::Stock, ChangeKind::PriceUp, ChangeKind::Added];
        (0..30).map(|n| change(n, kinds[n % 3])).collect()
    }

    fn report() -> Vec<u8> {
        let mut writer = ChangesWriter::new().unwrap();
        changes().iter().for_each(|change| writer.push(change).unwrap());
        let (bytes, counts) = writer.finish().unwrap();
        assert_eq!(
            (counts.stock, counts.price_up, counts.added, counts.details),
            (10, 10, 10, 0)
        );
        bytes
    }

    fn all(kind: Option<ChangeKind>, limit: usize) -> Vec<Change> {
        let bytes = report();
        let report = Changes::new(&bytes).unwrap();
        let (mut all, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let page = report.page(kind, limit, cursor.as_deref()).unwrap();
            assert!(page.changes.len() <= limit && !page.changes.is_empty());
            all.extend(page.changes);
            match page.next_cursor {
                Some(next) => cursor = Some(next),
                None => return all,
            }
        }
    }

    #[test]
    fn a_report_is_paged_by_kind_whatever_the_page() {
        let mut sorted = changes();
        sorted.sort_by_key(|change| ChangeKind::ALL.iter().position(|kind| *kind == change.kind));
        let ups: Vec<_> = sorted
            .iter()
            .filter(|change| change.kind == ChangeKind::PriceUp)
            .cloned()
            .collect();
        for limit in [1, 3, 10, 15, 30, 200] {
            assert_eq!(all(None, limit), sorted, "{limit}");
            assert_eq!(all(Some(ChangeKind::PriceUp), limit), ups, "{limit}");
        }
    }

    #[test]
    fn what_is_no_report_or_no_cursor_is_an_error() {
        assert!(Changes::new(b"zstd?").is_err() && Changes::new(b"{}\n").is_err());
        let bytes = report();
        let cut = Changes::new(&bytes[..bytes.len() - 40]).unwrap();
        assert!(cut.page(None, 100, None).is_err());
        assert!(Changes::new(&bytes).unwrap().page(None, 1, Some("x")).is_err());
        assert_eq!(
            Changes::new(&bytes).unwrap().page(None, 1, Some("99.0")).unwrap(),
            ChangePage::default()
        );
    }
}
