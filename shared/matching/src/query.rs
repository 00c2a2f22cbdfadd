//! An item of a supplier's list, prepared as the products of the catalogue are.

use domain::ListItem;
use rust_decimal::prelude::ToPrimitive;

use crate::{
    barcode::gtin,
    catalogue::{CatalogueIndex, code_hash, currency_code, price_of},
    grams::{Gram, GramTable, cut, gram_text},
    lexicon::{Lexicon, UNKNOWN, WordId},
    quantity::{Dimension, Quantity},
    text::{compact, latin_lookalike, normalise, stable_hash},
    words::{Kind, Word, words},
};

/// An item, cut into words and numbered by the catalogue's lexicon.
#[derive(Debug, Default)]
pub(crate) struct Query {
    /// What the gram index is asked.
    pub(crate) search: String,
    /// The name's grams with their squared weights, and one over the vector's length.
    pub(crate) name_grams: GramTable,
    pub(crate) name_scale: f32,
    /// The normalised name as the catalogue keeps names.
    pub(crate) name: String,
    raw_name: String,
    /// Name without spaces, and all text without spaces.
    pub(crate) compact_name: String,
    pub(crate) compact_text: String,
    pub(crate) name_words: Vec<WordId>,
    pub(crate) rest_words: Vec<WordId>,
    pub(crate) head: WordId,
    pub(crate) brand: Option<String>,
    pub(crate) price: Option<f32>,
    pub(crate) currency: u32,
    pub(crate) sku: u64,
    pub(crate) gtin: u64,
    /// Hashes of everything in the item that may be a product's code, joined neighbours included.
    pub(crate) codes: Vec<u64>,
    own_words: Vec<Word>,
}

impl Query {
    pub(crate) fn of(item: &ListItem, index: &CatalogueIndex) -> Self {
        let lexicon = &index.lexicon;
        let name = normalise(item.name.as_deref().unwrap_or_default());
        let description = normalise(item.description.as_deref().unwrap_or_default());
        let brand = normalise(item.brand.as_deref().unwrap_or_default());
        let category = normalise(item.category.as_deref().unwrap_or_default());
        let name_list = words(&name);
        let rest_list = words(&format!("{brand} ; {category} ; {description}"));
        let mut query = Self {
            codes: codes(&name_list, &rest_list, item.sku.as_deref()),
            ..Self::default()
        };

        query.head = name_list.first().map_or(UNKNOWN, |word| query.number(word, lexicon));
        query.name_words = query.numbers(&name_list, lexicon);
        if let Some(pack) = pack(item) {
            let word = Word {
                text: pack.canonical(),
                kind: Kind::Quantity(pack),
            };
            let number = query.number(&word, lexicon);
            query.name_words.push(number);
            query.name_words.sort_unstable();
            query.name_words.dedup();
        }
        query.rest_words = query.numbers(&rest_list, lexicon);
        let in_name = std::mem::take(&mut query.rest_words);
        query.rest_words = in_name
            .into_iter()
            .filter(|word| query.name_words.binary_search(word).is_err())
            .collect();

        query.search = gram_text(&name, &description);
        query.name = gram_text(&name, "");
        query.raw_name.clone_from(&name);
        query.compact_name = compact(&name);
        query.compact_text = format!("{}{}{}", query.compact_name, compact(&brand), compact(&description));
        let mut grams = Vec::new();
        cut(&query.name, &mut grams);
        let squares: Vec<(Gram, f32)> = grams
            .iter()
            .map(|gram| (*gram, index.grams.weight(*gram).powi(2)))
            .collect();
        let square: f32 = squares.iter().map(|(_, square)| square).sum();
        query.name_grams = GramTable::of(&squares);
        query.name_scale = if square > 0.0 { square.sqrt().recip() } else { 0.0 };
        let brand = compact(&brand);
        query.brand = (!brand.is_empty()).then_some(brand);
        query.price = price_of(item.price);
        query.currency = currency_code(item.currency);
        query.sku = item.sku.as_deref().map_or(0, code_hash);
        query.gtin = item.barcode.as_deref().and_then(gtin).unwrap_or(0);
        query
    }

    fn number(&mut self, word: &Word, lexicon: &Lexicon) -> WordId {
        if let Some(number) = lexicon.find(stable_hash(&word.text)) {
            return number;
        }
        let place = self
            .own_words
            .iter()
            .position(|own| own.text == word.text)
            .unwrap_or_else(|| {
                self.own_words.push(word.clone());
                self.own_words.len() - 1
            });
        UNKNOWN + 1 + place as u32
    }

    fn numbers(&mut self, list: &[Word], lexicon: &Lexicon) -> Vec<WordId> {
        let mut numbers: Vec<WordId> = list.iter().map(|word| self.number(word, lexicon)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// The normalised name, punctuation kept.
    pub(crate) fn raw_name(&self) -> &str {
        &self.raw_name
    }

    /// A word's spelling, be it the catalogue's or the item's own.
    pub(crate) fn text<'a>(&'a self, word: WordId, lexicon: &'a Lexicon) -> &'a str {
        match self.own(word) {
            Some(own) => &own.text,
            None => lexicon.text(word),
        }
    }

    /// A word's kind, be it the catalogue's or the item's own.
    pub(crate) fn kind(&self, word: WordId, lexicon: &Lexicon) -> Kind {
        self.own(word).map_or_else(|| lexicon.kind(word), |own| own.kind)
    }

    fn own(&self, word: WordId) -> Option<&Word> {
        word.checked_sub(UNKNOWN + 1)
            .and_then(|place| self.own_words.get(place as usize))
    }
}

/// The pack of the pack-size column, when it says more than one.
fn pack(item: &ListItem) -> Option<Quantity> {
    let amount = item
        .pack_size?
        .to_f64()
        .filter(|amount| *amount > 1.0 && amount.fract() == 0.0)?;
    Some(Quantity {
        dimension: Dimension::Count,
        amount,
    })
}

/// Up to three neighbouring words joined may be one code (`RK 61620 R`).
fn codes(name: &[Word], rest: &[Word], sku: Option<&str>) -> Vec<u64> {
    let mut codes: Vec<u64> = Vec::new();
    codes.extend(sku.map(code_hash).filter(|code| *code != 0));
    codes.extend(
        name.iter()
            .chain(rest)
            .filter(|word| word.kind == Kind::Code)
            .map(|word| stable_hash(&word.text)),
    );
    for length in 2..=3 {
        for neighbours in name.windows(length) {
            if neighbours
                .iter()
                .any(|word| matches!(word.kind, Kind::Code | Kind::Number))
            {
                let joined: String = neighbours
                    .iter()
                    .flat_map(|word| word.text.chars())
                    .map(latin_lookalike)
                    .collect();
                if (4..=32).contains(&joined.len()) {
                    codes.push(stable_hash(&joined));
                }
            }
        }
    }
    codes.sort_unstable();
    codes.dedup();
    codes
}
