//! The bytes of a catalogue index: a header, then arrays in a fixed order, each with its length before it. Little-endian.
//! Loading copies arrays and checks them; nothing is parsed value by value.

use thiserror::Error;

/// The first bytes of every snapshot.
const MAGIC: &[u8; 8] = b"PCMATCH\0";

/// Raised whenever the arrays, their order, the word hash or the way texts are cut changes.
pub(crate) const VERSION: u32 = 3;

/// Why bytes are no snapshot that this version can use. Each is permanent: build the index again from the products.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The bytes do not begin as a snapshot does.
    #[error("these bytes are no catalogue snapshot")]
    NotASnapshot,
    /// A snapshot of another version of this crate.
    #[error("the catalogue snapshot has version {found}, this program reads version {expected}: build it again")]
    Version {
        /// The version in the bytes.
        found: u32,
        /// The version that can be read.
        expected: u32,
    },
    /// The bytes end early.
    #[error("the catalogue snapshot is cut off at byte {at}")]
    Truncated {
        /// How many bytes were read before the end.
        at: usize,
    },
    /// A part contradicts itself or the other parts.
    #[error("the catalogue snapshot is damaged in its {part}")]
    Corrupt {
        /// The part.
        part: &'static str,
    },
}

/// A number with a fixed width in a snapshot.
pub(crate) trait Scalar: Copy {
    const WIDTH: usize;
    fn put(self, bytes: &mut Vec<u8>);
    fn take(bytes: &[u8]) -> Self;
}

macro_rules! scalars {
    ($($scalar:ty),*) => {$(
        impl Scalar for $scalar {
            const WIDTH: usize = size_of::<$scalar>();
            fn put(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }
            fn take(bytes: &[u8]) -> Self {
                let mut array = [0; size_of::<$scalar>()];
                array.copy_from_slice(bytes);
                Self::from_le_bytes(array)
            }
        }
    )*};
}
scalars!(u8, u32, u64, f32, f64);

/// Writes arrays one after another.
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn new(capacity: usize) -> Self {
        let mut bytes = Vec::with_capacity(capacity);
        bytes.extend_from_slice(MAGIC);
        VERSION.put(&mut bytes);
        Self { bytes }
    }

    pub(crate) fn array<T: Scalar>(&mut self, values: &[T]) {
        (values.len() as u64).put(&mut self.bytes);
        self.bytes.reserve(values.len() * T::WIDTH);
        for value in values {
            value.put(&mut self.bytes);
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// Reads what [`Writer`] wrote, and never past the end.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, SnapshotError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(SnapshotError::NotASnapshot)?;
        let version = rest
            .get(..4)
            .map(u32::take)
            .ok_or(SnapshotError::Truncated { at: bytes.len() })?;
        if version != VERSION {
            return Err(SnapshotError::Version {
                found: version,
                expected: VERSION,
            });
        }
        Ok(Self {
            bytes,
            at: MAGIC.len() + 4,
        })
    }

    pub(crate) fn array<T: Scalar>(&mut self) -> Result<Vec<T>, SnapshotError> {
        let length = u64::take(self.take(8)?);
        let width = usize::try_from(length)
            .ok()
            .and_then(|length| length.checked_mul(T::WIDTH));
        let bytes = self.take(width.ok_or(SnapshotError::Truncated { at: self.at })?)?;
        Ok(bytes.chunks_exact(T::WIDTH).map(T::take).collect())
    }

    pub(crate) fn text(&mut self) -> Result<String, SnapshotError> {
        String::from_utf8(self.array()?).map_err(|_| SnapshotError::Corrupt { part: "text" })
    }

    pub(crate) fn finish(self) -> Result<(), SnapshotError> {
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            Err(SnapshotError::Corrupt { part: "end" })
        }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], SnapshotError> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len());
        let bytes = end
            .and_then(|end| self.bytes.get(self.at..end))
            .ok_or(SnapshotError::Truncated { at: self.at })?;
        self.at += length;
        Ok(bytes)
    }
}

/// Rows of different lengths in two flat arrays.
#[derive(Debug, Default)]
pub(crate) struct Rows<T> {
    ends: Vec<u32>,
    values: Vec<T>,
}

impl<T: Scalar> Rows<T> {
    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = T>) {
        self.values.extend(row);
        self.ends.push(u32::try_from(self.values.len()).unwrap_or(u32::MAX));
    }

    /// The row; empty when out of range.
    pub(crate) fn row(&self, place: usize) -> &[T] {
        let start = if place == 0 {
            0
        } else {
            self.ends.get(place - 1).copied().unwrap_or(u32::MAX)
        };
        let end = self.ends.get(place).copied().unwrap_or(0);
        self.values.get(start as usize..end as usize).unwrap_or(&[])
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn values(&self) -> &[T] {
        &self.values
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.array(&self.ends);
        writer.array(&self.values);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, SnapshotError> {
        let rows = Self {
            ends: reader.array()?,
            values: reader.array()?,
        };
        let whole = rows.ends.is_sorted() && rows.ends.last().map_or(0, |end| *end as usize) == rows.values.len();
        if whole {
            Ok(rows)
        } else {
            Err(SnapshotError::Corrupt { part: "rows" })
        }
    }
}
