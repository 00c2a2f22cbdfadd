//! The catalogue's words: each once, with its kind, its rarity and a number that stands for it.

use std::collections::HashMap;

use crate::{
    quantity::{Dimension, Quantity},
    snapshot::{Reader, SnapshotError, Writer},
    text::stable_hash,
    words::{Kind, Word},
};

/// A word of the catalogue by its number; a list's own words get numbers from [`UNKNOWN`] on.
pub(crate) type WordId = u32;

/// The first number of words that the catalogue does not have.
pub(crate) const UNKNOWN: WordId = 1 << 31;

/// Every word of the catalogue. Numbers follow the order of the words' hashes, so they do not depend on the order of the
/// products.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    hashes: Vec<u64>,
    rarities: Vec<f32>,
    kinds: Vec<u8>,
    amounts: Vec<f64>,
    text_ends: Vec<u32>,
    texts: String,
    unknown_rarity: f32,
}

/// Counts in how many products each word stands, then numbers them.
#[derive(Default)]
pub(crate) struct LexiconBuilder {
    words: HashMap<u64, (Word, u32)>,
}

impl LexiconBuilder {
    /// Counts a word of a product and returns its hash. Call once per product and word.
    pub(crate) fn count(&mut self, word: &Word) -> u64 {
        let hash = stable_hash(&word.text);
        self.words.entry(hash).or_insert_with(|| (word.clone(), 0)).1 += 1;
        hash
    }

    /// Gives a word a number without counting it, and returns its hash.
    pub(crate) fn name(&mut self, word: &Word) -> u64 {
        let hash = stable_hash(&word.text);
        self.words.entry(hash).or_insert_with(|| (word.clone(), 0));
        hash
    }

    /// The lexicon of the words counted, of `products` products.
    pub(crate) fn build(self, products: usize) -> Lexicon {
        let mut entries: Vec<(u64, Word, u32)> = self
            .words
            .into_iter()
            .map(|(hash, (word, count))| (hash, word, count))
            .collect();
        entries.sort_unstable_by_key(|(hash, ..)| *hash);
        let mut lexicon = Lexicon {
            unknown_rarity: rarity(0, products),
            ..Lexicon::default()
        };
        for (hash, word, count) in entries {
            let (kind, amount) = encode(word.kind);
            lexicon.hashes.push(hash);
            lexicon.rarities.push(rarity(count, products));
            lexicon.kinds.push(kind);
            lexicon.amounts.push(amount);
            lexicon.texts.push_str(&word.text);
            lexicon
                .text_ends
                .push(u32::try_from(lexicon.texts.len()).unwrap_or(u32::MAX));
        }
        lexicon
    }
}

/// Smoothed inverse document frequency, never below zero.
fn rarity(count: u32, products: usize) -> f32 {
    let share = (products as f64 + 1.0) / (f64::from(count) + 1.0);
    (share.ln() + 0.1).max(0.1) as f32
}

impl Lexicon {
    /// The number of the word with this hash.
    pub(crate) fn find(&self, hash: u64) -> Option<WordId> {
        self.hashes
            .binary_search(&hash)
            .ok()
            .and_then(|place| WordId::try_from(place).ok())
    }

    /// How rare a word is: natural logarithm of products per product that has it; the highest for words not in the catalogue.
    pub(crate) fn rarity(&self, word: WordId) -> f32 {
        self.rarities.get(word as usize).copied().unwrap_or(self.unknown_rarity)
    }

    /// The rarity of a word that no product has.
    pub(crate) fn unknown_rarity(&self) -> f32 {
        self.unknown_rarity
    }

    /// What the word is.
    pub(crate) fn kind(&self, word: WordId) -> Kind {
        let place = word as usize;
        match (self.kinds.get(place), self.amounts.get(place)) {
            (Some(kind), Some(amount)) => decode(*kind, *amount),
            _ => Kind::Word,
        }
    }

    /// The word's spelling; empty for a number out of range.
    pub(crate) fn text(&self, word: WordId) -> &str {
        let place = word as usize;
        let start = if place == 0 {
            Some(&0)
        } else {
            self.text_ends.get(place - 1)
        };
        match (start, self.text_ends.get(place)) {
            (Some(start), Some(end)) => self.texts.get(*start as usize..*end as usize).unwrap_or(""),
            _ => "",
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.array(&self.hashes);
        writer.array(&self.rarities);
        writer.array(&self.kinds);
        writer.array(&self.amounts);
        writer.array(&self.text_ends);
        writer.array(self.texts.as_bytes());
        writer.array(&[self.unknown_rarity]);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, SnapshotError> {
        let lexicon = Self {
            hashes: reader.array()?,
            rarities: reader.array()?,
            kinds: reader.array()?,
            amounts: reader.array()?,
            text_ends: reader.array()?,
            texts: reader.text()?,
            unknown_rarity: reader.array::<f32>()?.first().copied().unwrap_or_default(),
        };
        let count = lexicon.hashes.len();
        let whole = [
            lexicon.rarities.len(),
            lexicon.kinds.len(),
            lexicon.amounts.len(),
            lexicon.text_ends.len(),
        ]
        .iter()
        .all(|length| *length == count)
            && lexicon.hashes.is_sorted()
            && lexicon
                .rarities
                .iter()
                .chain([&lexicon.unknown_rarity])
                .all(|rarity| rarity.is_finite())
            && count < UNKNOWN as usize;
        if whole {
            Ok(lexicon)
        } else {
            Err(SnapshotError::Corrupt { part: "lexicon" })
        }
    }
}

fn encode(kind: Kind) -> (u8, f64) {
    match kind {
        Kind::Word => (0, 0.0),
        Kind::Code => (1, 0.0),
        Kind::Number => (2, 0.0),
        Kind::Colour(colour) => (3, f64::from(colour)),
        Kind::Variant(variant) => (4, f64::from(variant)),
        Kind::Quantity(quantity) => (16 + quantity.dimension as u8, quantity.amount),
    }
}

fn decode(kind: u8, amount: f64) -> Kind {
    match kind {
        1 => Kind::Code,
        2 => Kind::Number,
        3 => Kind::Colour(amount as u8),
        4 => Kind::Variant(amount as u8),
        _ => match kind
            .checked_sub(16)
            .and_then(|place| Dimension::ALL.get(usize::from(place)))
        {
            Some(dimension) => Kind::Quantity(Quantity {
                dimension: *dimension,
                amount,
            }),
            None => Kind::Word,
        },
    }
}
