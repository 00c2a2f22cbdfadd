//! The whole result of a job as one object: JSON lines under zstd. The tables can be rebuilt from it.

use std::{
    io::{BufRead, BufReader, Lines, Read, Take, Write},
    marker::PhantomData,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use zstd::stream::{read::Decoder, write::Encoder};

use crate::{StoreError, publication::Fingerprints};

/// One line: a key, the data published under it, and whatever else the job knows of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SnapshotEntry<P, E = ()> {
    /// Key in the table.
    pub key: String,
    /// What is published.
    pub published: P,
    /// What is kept with the job only (positions in the file).
    pub extra: E,
}

/// zstd's own default: about a tenth of the JSON's size at hundreds of MB/s.
pub(crate) const LEVEL: i32 = 3;

/// Inflated bytes that a snapshot may have: 2 GiB is over a kilobyte for each of a million items.
const MAX_INFLATED: u64 = 2 << 30;

/// Writes a snapshot into memory, line by line, and keeps the fingerprints of what it wrote.
pub struct SnapshotWriter {
    encoder: Encoder<'static, Vec<u8>>,
    fingerprints: Fingerprints,
}

impl SnapshotWriter {
    /// An empty snapshot.
    ///
    /// # Errors
    /// zstd could not be set up (out of memory).
    pub fn new() -> Result<Self, StoreError> {
        let encoder = Encoder::new(Vec::new(), LEVEL).map_err(|error| StoreError::corrupt("a new snapshot", error))?;
        Ok(Self {
            encoder,
            fingerprints: Fingerprints::new(),
        })
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// The entry cannot be written as JSON.
    pub fn push<P: Serialize, E: Serialize>(&mut self, entry: &SnapshotEntry<P, E>) -> Result<(), StoreError> {
        let broken = |error: &dyn std::fmt::Display| StoreError::corrupt("a new snapshot", error.to_string());
        let mut line = serde_json::to_vec(entry).map_err(|error| broken(&error))?;
        line.push(b'\n');
        self.encoder.write_all(&line).map_err(|error| broken(&error))?;
        self.fingerprints
            .insert(entry.key.clone(), fingerprint(&entry.published)?);
        Ok(())
    }

    /// The object's bytes, and the fingerprint of each key.
    ///
    /// # Errors
    /// zstd could not finish.
    pub fn finish(self) -> Result<(Vec<u8>, Fingerprints), StoreError> {
        let bytes = self
            .encoder
            .finish()
            .map_err(|error| StoreError::corrupt("a new snapshot", error))?;
        Ok((bytes, self.fingerprints))
    }
}

/// At most [`MAX_INFLATED`] bytes of a zstd stream.
type Inflated<'a> = Take<Decoder<'a, BufReader<&'a [u8]>>>;

/// Reads a snapshot line by line.
pub struct SnapshotReader<'a, P, E> {
    lines: Lines<BufReader<Inflated<'a>>>,
    entry: PhantomData<(P, E)>,
}

impl<'a, P, E> SnapshotReader<'a, P, E> {
    /// A reader of the object's bytes.
    ///
    /// # Errors
    /// They are no zstd stream.
    pub fn new(bytes: &'a [u8]) -> Result<Self, StoreError> {
        let decoder = Decoder::new(bytes).map_err(|error| StoreError::corrupt("a snapshot", error))?;
        Ok(Self {
            lines: BufReader::new(decoder.take(MAX_INFLATED)).lines(),
            entry: PhantomData,
        })
    }
}

impl<P: DeserializeOwned, E: DeserializeOwned> Iterator for SnapshotReader<'_, P, E> {
    type Item = Result<SnapshotEntry<P, E>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self
            .lines
            .next()?
            .map_err(|error| StoreError::corrupt("a snapshot", error));
        Some(line.and_then(|line| {
            serde_json::from_str(&line).map_err(|error| StoreError::corrupt("a snapshot's line", error))
        }))
    }
}

/// The fingerprints of a snapshot's entries.
///
/// # Errors
/// The snapshot cannot be read.
pub fn fingerprints<P, E>(bytes: &[u8]) -> Result<Fingerprints, StoreError>
where
    P: Serialize + DeserializeOwned,
    E: DeserializeOwned,
{
    SnapshotReader::<P, E>::new(bytes)?
        .map(|entry| entry.and_then(|entry| Ok((entry.key, fingerprint(&entry.published)?))))
        .collect()
}

/// The first 128 bits of SHA-256 over the data's JSON: stable between versions of the code, unlike a `Hasher`'s.
pub(crate) fn fingerprint<P: Serialize>(published: &P) -> Result<u128, StoreError> {
    let json = serde_json::to_vec(published).map_err(|error| StoreError::corrupt("an entry", error))?;
    let digest = Sha256::digest(&json);
    Ok(digest
        .iter()
        .take(16)
        .fold(0, |bits, byte| (bits << 8) | u128::from(*byte)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_snapshot_reads_back_with_the_same_fingerprints() {
        let mut writer = SnapshotWriter::new().unwrap();
        let entries: Vec<SnapshotEntry<String, u32>> = (0..1000)
            .map(|n| SnapshotEntry {
                key: format!("sku:{n}"),
                published: format!("Чайник {n}"),
                extra: n,
            })
            .collect();
        entries.iter().for_each(|entry| writer.push(entry).unwrap());
        let (bytes, written) = writer.finish().unwrap();
        let read: Vec<_> = SnapshotReader::<String, u32>::new(&bytes)
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(read, entries);
        assert_eq!(fingerprints::<String, u32>(&bytes).unwrap(), written);
        assert!(bytes.len() < 20_000);
    }

    proptest! {
        /// A number that came back a hair different would make an unchanged item look changed.
        #[test]
        fn any_number_keeps_its_fingerprint(probability in 0.0..1.0_f64) {
            let mut writer = SnapshotWriter::new().unwrap();
            writer.push(&SnapshotEntry { key: "sku:1".into(), published: probability, extra: () }).unwrap();
            let (bytes, written) = writer.finish().unwrap();
            prop_assert_eq!(fingerprints::<f64, ()>(&bytes).unwrap(), written);
        }
    }

    #[test]
    fn a_damaged_snapshot_is_an_error() {
        assert!(
            SnapshotReader::<String, ()>::new(b"not zstd")
                .unwrap()
                .next()
                .unwrap()
                .is_err()
        );
    }
}
