//! The OLE compound file that holds a BIFF stream ([MS-CFB]). Chains are followed no further than the file is long.

use std::borrow::Cow;

use crate::{ReadError, Sniffed};

const SEEN: Sniffed = Sniffed::Xls;
const END: u32 = 0xffff_fffe;

struct Compound<'b> {
    bytes: &'b [u8],
    sector: usize,
    mini_sector: usize,
    table: Vec<u32>,
}

/// The workbook's stream; of a file that is a bare BIFF stream, the file itself.
pub(super) fn workbook_stream(bytes: &[u8]) -> Result<Cow<'_, [u8]>, ReadError> {
    if !bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Ok(Cow::Borrowed(bytes));
    }
    find_stream(bytes)
        .map(Cow::Owned)
        .ok_or_else(|| ReadError::damaged(SEEN, "its container holds no whole workbook"))
}

fn find_stream(bytes: &[u8]) -> Option<Vec<u8>> {
    let shift = u16_at(bytes, 30)?;
    let mini_shift = u16_at(bytes, 32)?;
    if !(7..=16).contains(&shift) || !(2..=shift).contains(&mini_shift) {
        return None;
    }
    let mut compound = Compound {
        bytes,
        sector: 1 << shift,
        mini_sector: 1 << mini_shift,
        table: Vec::new(),
    };
    compound.read_table()?;
    let directory = compound.chain(u32_at(bytes, 48)?, u64::MAX)?;
    let entries: Vec<&[u8]> = directory.chunks_exact(128).collect();
    let root = entries.iter().find(|entry| entry.get(66) == Some(&5))?;
    let workbook = ["workbook", "book"].iter().find_map(|wanted| {
        entries
            .iter()
            .find(|entry| entry.get(66) == Some(&2) && entry_name(entry).eq_ignore_ascii_case(wanted))
    })?;
    let (start, size) = (u32_at(workbook, 116)?, u64::from(u32_at(workbook, 120)?));
    let cutoff = u64::from(u32_at(bytes, 56)?);
    if size >= cutoff {
        return compound.chain(start, size);
    }
    let mini_stream = compound.chain(u32_at(root, 116)?, u64::MAX)?;
    let mini_table = compound.chain(u32_at(bytes, 60)?, u64::MAX)?;
    let mut stream = Vec::new();
    let (mut at, mut steps) = (start, 0);
    while at < END && (stream.len() as u64) < size {
        let from = (at as usize).checked_mul(compound.mini_sector)?;
        stream.extend_from_slice(mini_stream.get(from..from.checked_add(compound.mini_sector)?)?);
        at = u32_at(&mini_table, (at as usize).checked_mul(4)?)?;
        steps += 1;
        if steps > mini_table.len() {
            return None;
        }
    }
    stream.truncate(size as usize);
    Some(stream)
}

impl<'b> Compound<'b> {
    fn sector(&self, number: u32) -> Option<&'b [u8]> {
        let from = (number as usize).checked_add(1)?.checked_mul(self.sector)?;
        let end = from.checked_add(self.sector)?.min(self.bytes.len());
        self.bytes.get(from..end).filter(|sector| !sector.is_empty())
    }

    /// The allocation table, from the header's list of its sectors and the sectors that continue the list.
    fn read_table(&mut self) -> Option<()> {
        let mut list: Vec<u32> = (0..109).map_while(|at| u32_at(self.bytes, 76 + at * 4)).collect();
        let mut next = u32_at(self.bytes, 68)?;
        let most = self.bytes.len() / self.sector + 1;
        let mut steps = 0;
        while next < END && steps < most {
            let sector = self.sector(next)?;
            let words = sector.len() / 4;
            list.extend((0..words.saturating_sub(1)).map_while(|at| u32_at(sector, at * 4)));
            next = u32_at(sector, words.saturating_sub(1) * 4)?;
            steps += 1;
        }
        for number in list.into_iter().filter(|number| *number < END).take(most) {
            let sector = self.sector(number)?;
            self.table
                .extend((0..sector.len() / 4).map_while(|at| u32_at(sector, at * 4)));
        }
        Some(())
    }

    /// The bytes of a chain of sectors. A stream cut off in its last sector is given as far as it goes.
    fn chain(&self, start: u32, size: u64) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let (mut at, mut steps) = (start, 0);
        while at < END && (bytes.len() as u64) < size {
            bytes.extend_from_slice(self.sector(at)?);
            at = *self.table.get(at as usize)?;
            steps += 1;
            if steps > self.table.len() {
                return None;
            }
        }
        bytes.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        Some(bytes)
    }
}

fn entry_name(entry: &[u8]) -> String {
    let length = usize::from(u16_at(entry, 64).unwrap_or(0)).min(64);
    let units = super::strings::units(entry.get(..length).unwrap_or_default());
    String::from_utf16_lossy(&units).trim_end_matches('\0').to_owned()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..at.checked_add(2)?)?
        .try_into()
        .ok()
        .map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..at.checked_add(4)?)?
        .try_into()
        .ok()
        .map(u32::from_le_bytes)
}
