//! Vectors by the text they stand for, in memory and as one compact file.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::EmbedError;

const MAGIC: &[u8; 8] = b"PCVECTOR";

/// The version of the file's shape.
const FORMAT: u32 = 1;

/// Magic, format, dimension, count, length of the model's name; all little-endian.
const HEADER: usize = 8 + 4 + 4 + 8 + 4;

/// A hash at the end of the file, of everything before.
const CHECKSUM: usize = 8;

/// The first half of a text's SHA-256.
type TextHash = [u8; 16];

/// The vectors of one model, by text. A component is kept in one byte of the vector's own scale: cosines of what is kept
/// are off by less than 0.01, and 100,000 vectors of 384 numbers take 40 MB.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VectorCache {
    model: String,
    /// Numbers in a vector; 0 before the first.
    dimension: usize,
    places: HashMap<TextHash, usize>,
    scales: Vec<f32>,
    components: Vec<i8>,
}

/// Why bytes are no cache.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CacheError {
    /// Not a file of vectors, or of another format.
    #[error("not a file of vectors of format {FORMAT}")]
    Format,
    /// Cut off or damaged.
    #[error("the file of vectors is damaged")]
    Damaged,
}

impl VectorCache {
    /// An empty cache for the vectors of `model`.
    pub fn new(model: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            ..Self::default()
        }
    }

    /// Whose vectors these are.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Numbers in a vector; 0 before the first.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// How many texts have a vector.
    pub fn len(&self) -> usize {
        self.scales.len()
    }

    /// Whether no text has one.
    pub fn is_empty(&self) -> bool {
        self.scales.is_empty()
    }

    /// Whether `text` has a vector.
    pub fn contains(&self, text: &str) -> bool {
        self.places.contains_key(&hash(text))
    }

    /// The vector of `text`, of length 1.
    pub fn vector(&self, text: &str) -> Option<Vec<f32>> {
        let place = *self.places.get(&hash(text))?;
        let scale = self.scales[place];
        let components = &self.components[place * self.dimension..(place + 1) * self.dimension];
        Some(
            components
                .iter()
                .map(|component| f32::from(*component) * scale)
                .collect(),
        )
    }

    /// Keeps the vector of `text`. A text that has one keeps it.
    ///
    /// # Errors
    /// The vector has another size than those before, or no direction.
    pub fn insert(&mut self, text: &str, vector: &[f32]) -> Result<(), EmbedError> {
        if !self.is_empty() && vector.len() != self.dimension {
            return Err(EmbedError::WrongSize {
                expected: self.dimension,
                found: vector.len(),
            });
        }
        let length = vector
            .iter()
            .map(|component| f64::from(*component).powi(2))
            .sum::<f64>()
            .sqrt();
        let largest = vector
            .iter()
            .fold(0.0_f32, |largest, component| largest.max(component.abs()));
        if !length.is_finite() || largest == 0.0 {
            return Err(EmbedError::NoDirection);
        }
        let key = hash(text);
        if self.places.contains_key(&key) {
            return Ok(());
        }
        self.dimension = vector.len();
        self.places.insert(key, self.scales.len());
        let rounded = vector
            .iter()
            .map(|component| (component / largest * 127.0).round() as i8);
        self.components.extend(rounded);
        self.scales.push((f64::from(largest) / 127.0 / length) as f32);
        Ok(())
    }

    /// The vectors of `texts` alone.
    #[must_use]
    pub fn of_texts<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut kept = Self {
            dimension: self.dimension,
            ..Self::new(self.model.clone())
        };
        for key in texts.into_iter().map(hash) {
            if let Some(place) = self.places.get(&key)
                && !kept.places.contains_key(&key)
            {
                kept.places.insert(key, kept.scales.len());
                kept.scales.push(self.scales[*place]);
                let row = *place * self.dimension..(*place + 1) * self.dimension;
                kept.components.extend_from_slice(&self.components[row]);
            }
        }
        kept
    }

    /// One compact file: the hashes in order, then scales, then components.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut rows: Vec<(&TextHash, usize)> = self.places.iter().map(|(key, place)| (key, *place)).collect();
        rows.sort_unstable();
        let mut bytes = Vec::with_capacity(HEADER + self.model.len() + self.len() * (20 + self.dimension) + CHECKSUM);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&(self.dimension as u32).to_le_bytes());
        bytes.extend_from_slice(&(rows.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&(self.model.len() as u32).to_le_bytes());
        bytes.extend_from_slice(self.model.as_bytes());
        for (key, _) in &rows {
            bytes.extend_from_slice(*key);
        }
        for (_, place) in &rows {
            bytes.extend_from_slice(&self.scales[*place].to_le_bytes());
        }
        for (_, place) in &rows {
            let row = &self.components[place * self.dimension..(place + 1) * self.dimension];
            bytes.extend(row.iter().map(|component| component.to_le_bytes()[0]));
        }
        let checksum = checksum(&bytes);
        bytes.extend_from_slice(&checksum);
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// The bytes are something else, of another format, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CacheError> {
        let mut reader = Reader { rest: bytes };
        if reader.take(8).ok_or(CacheError::Format)? != MAGIC || reader.u32().ok_or(CacheError::Format)? != FORMAT {
            return Err(CacheError::Format);
        }
        let (body, end) = bytes
            .split_at_checked(bytes.len().saturating_sub(CHECKSUM))
            .ok_or(CacheError::Damaged)?;
        if checksum(body) != end {
            return Err(CacheError::Damaged);
        }
        reader.read_body().ok_or(CacheError::Damaged)
    }
}

/// Takes a file apart from its beginning.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn size(&mut self) -> Option<usize> {
        usize::try_from(self.u32()?).ok()
    }

    fn read_body(mut self) -> Option<VectorCache> {
        let dimension = self.size()?;
        let count = usize::try_from(u64::from_le_bytes(self.take(8)?.try_into().ok()?)).ok()?;
        let model_length = self.size()?;
        let model = std::str::from_utf8(self.take(model_length)?).ok()?.to_owned();
        let (hashes, _) = self.take(count.checked_mul(16)?)?.as_chunks::<16>();
        let (scales, _) = self.take(count.checked_mul(4)?)?.as_chunks::<4>();
        let scales: Vec<f32> = scales.iter().map(|scale| f32::from_le_bytes(*scale)).collect();
        let components = self.take(count.checked_mul(dimension)?)?;
        let places: HashMap<TextHash, usize> = hashes.iter().enumerate().map(|(place, key)| (*key, place)).collect();
        let whole = self.rest.len() == CHECKSUM
            && places.len() == count
            && (dimension > 0 || count == 0)
            && scales.iter().all(|scale| scale.is_finite() && *scale > 0.0);
        whole.then(|| VectorCache {
            model,
            dimension,
            places,
            scales,
            components: components.iter().map(|byte| i8::from_le_bytes([*byte])).collect(),
        })
    }
}

fn hash(text: &str) -> TextHash {
    let mut short = TextHash::default();
    short.copy_from_slice(&Sha256::digest(text.as_bytes())[..16]);
    short
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM] {
    let mut short = [0; CHECKSUM];
    short.copy_from_slice(&Sha256::digest(bytes)[..CHECKSUM]);
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        dot(a, b) / (dot(a, a).sqrt() * dot(b, b).sqrt())
    }

    fn vectors() -> impl Strategy<Value = Vec<Vec<f32>>> {
        let direction = prop::collection::vec(-1.0_f32..1.0, 8).prop_filter("has a direction", |vector| {
            vector.iter().any(|component| component.abs() > 0.01)
        });
        prop::collection::vec(direction, 0..20)
    }

    proptest! {
        #[test]
        fn what_is_kept_comes_back_nearly_as_it_was(vectors in vectors()) {
            let mut cache = VectorCache::new("m");
            for (number, vector) in vectors.iter().enumerate() {
                cache.insert(&number.to_string(), vector).unwrap();
            }
            let read = VectorCache::from_bytes(&cache.to_bytes()).unwrap();
            prop_assert_eq!(read.len(), vectors.len());
            for (number, vector) in vectors.iter().enumerate() {
                let kept = read.vector(&number.to_string()).unwrap();
                prop_assert_eq!(&Some(kept.clone()), &cache.vector(&number.to_string()));
                prop_assert!(cosine(&kept, vector) > 0.999);
                prop_assert!((kept.iter().map(|c| c * c).sum::<f32>() - 1.0).abs() < 0.03);
            }
        }

        #[test]
        fn damaged_files_are_refused(vectors in vectors(), place in any::<prop::sample::Index>(), flip in 1_u8..) {
            let mut cache = VectorCache::new("m");
            for (number, vector) in vectors.iter().enumerate() {
                cache.insert(&number.to_string(), vector).unwrap();
            }
            let mut bytes = cache.to_bytes();
            let cut = place.index(bytes.len());
            prop_assert!(VectorCache::from_bytes(&bytes[..cut]).is_err());
            bytes[cut] ^= flip;
            prop_assert!(VectorCache::from_bytes(&bytes).is_err());
        }
    }

    #[test]
    fn vectors_of_another_size_or_without_direction_are_refused() {
        let mut cache = VectorCache::new("m");
        for bad in [&[][..], &[0.0, 0.0], &[f32::NAN, 1.0], &[f32::INFINITY, 1.0]] {
            assert!(
                matches!(cache.insert("a", bad), Err(EmbedError::NoDirection)),
                "{bad:?}"
            );
        }
        cache.insert("a", &[1.0, 0.0]).unwrap();
        let wrong = cache.insert("b", &[1.0]);
        assert!(matches!(wrong, Err(EmbedError::WrongSize { expected: 2, found: 1 })));
        assert_eq!(cache.len(), 1);
    }

    #[test]
    fn a_cache_can_be_narrowed_to_some_texts() {
        let mut cache = VectorCache::new("m");
        cache.insert("a", &[1.0, 0.0]).unwrap();
        cache.insert("b", &[0.0, 2.0]).unwrap();
        let narrowed = cache.of_texts(["b", "c", "b"]);
        assert_eq!((narrowed.len(), narrowed.contains("a")), (1, false));
        assert_eq!(narrowed.vector("b"), cache.vector("b"));
    }
}
