//! The records of a BIFF stream.

/// One record: its type and its bytes, at most 8,224 of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'b> {
    pub(super) kind: u16,
    pub(super) data: &'b [u8],
}

impl Record<'_> {
    pub(super) fn u16(&self, at: usize) -> Option<u16> {
        self.data
            .get(at..at + 2)
            .and_then(|bytes| bytes.try_into().ok())
            .map(u16::from_le_bytes)
    }

    pub(super) fn u32(&self, at: usize) -> Option<u32> {
        self.data
            .get(at..at + 4)
            .and_then(|bytes| bytes.try_into().ok())
            .map(u32::from_le_bytes)
    }

    pub(super) fn f64(&self, at: usize) -> Option<f64> {
        self.data
            .get(at..at + 8)
            .and_then(|bytes| bytes.try_into().ok())
            .map(f64::from_le_bytes)
    }
}

/// Goes over records; stops at the first that is cut off.
#[derive(Debug, Clone)]
pub(super) struct Records<'b> {
    stream: &'b [u8],
    at: usize,
}

impl<'b> Records<'b> {
    pub(super) fn new(stream: &'b [u8], at: usize) -> Self {
        Self { stream, at }
    }
}

impl<'b> Iterator for Records<'b> {
    type Item = Record<'b>;

    fn next(&mut self) -> Option<Record<'b>> {
        let head = self.stream.get(self.at..self.at.checked_add(4)?)?;
        let [k0, k1, l0, l1] = head else { return None };
        let start = self.at + 4;
        let length = usize::from(u16::from_le_bytes([*l0, *l1]));
        let data = self.stream.get(start..start + length)?;
        self.at = start + length;
        Some(Record {
            kind: u16::from_le_bytes([*k0, *k1]),
            data,
        })
    }
}
