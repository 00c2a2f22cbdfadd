//! A ZIP container read with its claims distrusted: entries are counted before anything is inflated, and what inflates is
//! counted while it does.

use std::io::{BufReader, Cursor, Read};

use crate::{
    Limits, ReadError, Sniffed,
    xml::{Scanner, XmlReader},
};

/// The container of an XLSX, XLSB or ODS file.
pub(crate) struct Archive<'b> {
    zip: zip::ZipArchive<Cursor<&'b [u8]>>,
    seen: Sniffed,
}

impl<'b> Archive<'b> {
    pub(crate) fn open(bytes: &'b [u8], limits: &Limits, seen: Sniffed) -> Result<Self, ReadError> {
        // The end record tells how many entries there are before the directory is read into memory.
        if let Some(claimed) = claimed_entries(bytes) {
            Limits::hold("entries in the archive", claimed, limits.zip_entries as u64)?;
        }
        let zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| ReadError::damaged(seen, error))?;
        Limits::hold("entries in the archive", zip.len() as u64, limits.zip_entries as u64)?;
        Ok(Self { zip, seen })
    }

    /// The names of all entries.
    pub(crate) fn names(&self) -> Vec<String> {
        (0..self.zip.len())
            .filter_map(|at| self.zip.name_for_index(at)?.ok().map(|name| name.into_owned()))
            .collect()
    }

    /// Whether there is such an entry, by exact name or by any case of letters.
    pub(crate) fn find(&self, name: &str) -> Option<String> {
        if self.zip.index_for_name(name).is_some() {
            return Some(name.to_owned());
        }
        self.names()
            .into_iter()
            .find(|known| known.replace('\\', "/").eq_ignore_ascii_case(name))
    }

    /// Opens an entry to be read as XML.
    pub(crate) fn xml(
        &mut self,
        name: &str,
        limits: &Limits,
    ) -> Result<Option<XmlReader<BufReader<impl Read + use<'_, 'b>>>>, ReadError> {
        let seen = self.seen;
        Ok(self
            .entry(name)?
            .map(|entry| XmlReader::new(BufReader::with_capacity(64 << 10, entry), limits, seen)))
    }

    /// Opens an entry that is as long as the list, to be scanned as XML.
    pub(crate) fn scan(
        &mut self,
        name: &str,
        limits: &Limits,
    ) -> Result<Option<Scanner<impl Read + use<'_, 'b>>>, ReadError> {
        let seen = self.seen;
        Ok(self.entry(name)?.map(|entry| Scanner::new(entry, limits, seen)))
    }

    /// Inflates an entry whole, up to `most` bytes.
    pub(crate) fn bytes(&mut self, name: &str, most: u64) -> Result<Option<Vec<u8>>, ReadError> {
        let seen = self.seen;
        let Some(entry) = self.entry(name)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        entry
            .take(most + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| ReadError::damaged(seen, error))?;
        Limits::hold("bytes when unpacked", bytes.len() as u64, most)?;
        Ok(Some(bytes))
    }

    fn entry(&mut self, name: &str) -> Result<Option<impl Read + use<'_, 'b>>, ReadError> {
        let Some(name) = self.find(name) else { return Ok(None) };
        let seen = self.seen;
        self.zip.by_name(&name).map(Some).map_err(|error| match error {
            zip::result::ZipError::UnsupportedArchive(text) if text.contains("assword") => ReadError::PasswordProtected,
            error => ReadError::damaged(seen, error),
        })
    }
}

/// The number of entries in the end-of-central-directory record.
fn claimed_entries(bytes: &[u8]) -> Option<u64> {
    let tail = bytes.get(bytes.len().saturating_sub(66_000)..)?;
    let at = tail.windows(4).rposition(|window| window == b"PK\x05\x06")?;
    match tail.get(at + 10..at + 12)? {
        [low, high] => Some(u64::from(u16::from_le_bytes([*low, *high]))),
        _ => None,
    }
}
