//! The buyer's catalogue, prepared once per version for every list that is matched against it.

use std::sync::OnceLock;

use domain::{Product, ProductId};
use rust_decimal::prelude::ToPrimitive;

use crate::{
    barcode::gtin,
    grams::{GramIndex, gram_text},
    lexicon::{Lexicon, LexiconBuilder, UNKNOWN, WordId},
    snapshot::{Reader, Rows, SnapshotError, Writer},
    stem::stem,
    text::{compact, latin_lookalike, normalise, stable_hash},
    words::{Kind, Word, words},
};

/// Every product of a catalogue, ready to be searched and compared. Immutable; share it behind an `Arc`.
///
/// Products are numbered in the order of their ids, so the order in which they were given leaves no trace.
#[derive(Debug, Default)]
pub struct CatalogueIndex {
    pub(crate) lexicon: Lexicon,
    pub(crate) grams: GramIndex,
    /// Normalised name as [`gram_text`] makes it.
    names: Rows<u8>,
    /// One over the length of each name's gram vector.
    name_scales: Vec<f32>,
    /// Distinct words of the name, ascending.
    name_words: Rows<WordId>,
    /// Distinct words of brand, category and description that are not in the name, ascending.
    rest_words: Rows<WordId>,
    /// The first word of the name.
    heads: Vec<WordId>,
    /// The brand without spaces and punctuation, as a word.
    brands: Vec<WordId>,
    /// The brands of all products, each once, ascending.
    brand_names: Vec<WordId>,
    /// NaN where there is no price.
    prices: Vec<f32>,
    /// The currency's three letters, 0 where unknown.
    currencies: Vec<u32>,
    /// Hash of the compact SKU, 0 without one.
    skus: Vec<u64>,
    /// GTIN, 0 without a valid one.
    gtins: Vec<u64>,
    /// Products by GTIN.
    by_gtin: Keys,
    /// Products by the hash of each compact code: SKU, id, and the model codes of name and description.
    by_code: Keys,
    /// Products by the hash of the normalised name.
    by_name: Keys,
    /// What each name says besides its variant, as a hash; 0 where nothing.
    stems: Vec<u64>,
    /// Products by stem, those without one left out.
    by_stem: Keys,
    ids: Rows<u8>,
    /// Each product as JSON, read when it is asked for.
    records: Rows<u8>,
    products: Vec<OnceLock<Option<Box<Product>>>>,
}

/// A product's prepared parts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prepared<'a> {
    pub(crate) name: &'a str,
    pub(crate) name_scale: f32,
    pub(crate) name_words: &'a [WordId],
    pub(crate) rest_words: &'a [WordId],
    pub(crate) head: WordId,
    pub(crate) brand: Option<WordId>,
    pub(crate) price: Option<f32>,
    pub(crate) currency: u32,
    pub(crate) sku: u64,
    pub(crate) gtin: u64,
}

/// Sorted keys, each with a product; a key may stand several times.
#[derive(Debug, Default)]
struct Keys {
    keys: Vec<u64>,
    products: Vec<u32>,
}

impl Keys {
    fn of(mut pairs: Vec<(u64, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let (keys, products) = pairs.into_iter().unzip();
        Self { keys, products }
    }

    fn get(&self, key: u64) -> &[u32] {
        let start = self.keys.partition_point(|other| *other < key);
        let count = self.keys[start..].partition_point(|other| *other == key);
        &self.products[start..start + count]
    }

    fn write(&self, writer: &mut Writer) {
        writer.array(&self.keys);
        writer.array(&self.products);
    }

    fn read(reader: &mut Reader<'_>, products: usize) -> Result<Self, SnapshotError> {
        let keys = Self {
            keys: reader.array()?,
            products: reader.array()?,
        };
        let whole = keys.keys.len() == keys.products.len()
            && keys.keys.is_sorted()
            && keys.products.iter().all(|product| (*product as usize) < products);
        if whole {
            Ok(keys)
        } else {
            Err(SnapshotError::Corrupt { part: "keys" })
        }
    }
}

impl CatalogueIndex {
    /// Prepares `products`. Of products with one id the first is kept.
    pub fn build(mut products: Vec<Product>) -> Self {
        products.sort_by(|a, b| a.product_id.cmp(&b.product_id));
        products.dedup_by(|b, a| a.product_id == b.product_id);

        let mut lexicon = LexiconBuilder::default();
        let texts: Vec<ProductText> = products
            .iter()
            .map(|product| ProductText::of(product, &mut lexicon))
            .collect();
        let lexicon = lexicon.build(products.len());
        let grams = GramIndex::build(texts.iter().map(|text| text.grams.as_str()));

        let mut index = Self {
            lexicon,
            grams,
            ..Self::default()
        };
        let (mut by_gtin, mut by_code, mut by_name, mut by_stem) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (number, (product, text)) in products.iter().zip(texts).enumerate() {
            let number = number as u32;
            let find = |hash: u64| index.lexicon.find(hash).unwrap_or(UNKNOWN);
            let sorted = |hashes: Vec<u64>| {
                let mut words: Vec<WordId> = hashes.into_iter().map(find).collect();
                words.sort_unstable();
                words
            };
            index.name_scales.push(index.grams.scale(&text.name));
            index.names.push(text.name.bytes());
            index.name_words.push(sorted(text.name_words));
            index.rest_words.push(sorted(text.rest_words));
            index.heads.push(text.head.map_or(UNKNOWN, find));
            index.brands.push(text.brand.map_or(UNKNOWN, find));
            index.prices.push(price_of(product.price).unwrap_or(f32::NAN));
            index.currencies.push(currency_code(product.currency));
            index.skus.push(text.sku);
            index.gtins.push(text.gtin);
            if text.gtin != 0 {
                by_gtin.push((text.gtin, number));
            }
            by_name.push((text.name_hash, number));
            index.stems.push(text.stem);
            if text.stem != 0 {
                by_stem.push((text.stem, number));
            }
            by_code.extend(text.codes.into_iter().map(|code| (code, number)));
            index.ids.push(product.product_id.as_str().bytes());
            index.records.push(serde_json::to_vec(product).unwrap_or_default());
        }
        index.by_gtin = Keys::of(by_gtin);
        index.by_code = Keys::of(by_code);
        index.by_name = Keys::of(by_name);
        index.by_stem = Keys::of(by_stem);
        index.brand_names = each_once(&index.brands);
        index.products.resize_with(products.len(), OnceLock::new);
        index
    }

    /// The brands of the catalogue's products that a normalised text names, as whole words.
    pub(crate) fn brands_named(&self, spaced: &str) -> Vec<WordId> {
        let words: Vec<&str> = spaced.split(' ').filter(|word| !word.is_empty()).collect();
        let runs = (1..=MOST_BRAND_WORDS).flat_map(|length| words.windows(length));
        let named = runs.filter_map(|run| self.lexicon.find(stable_hash(&run.concat())));
        let is_brand = |word: &WordId| self.brand_names.binary_search(word).is_ok();
        named
            .filter(|word| is_brand(word) && self.lexicon.text(*word).chars().nth(2).is_some())
            .collect()
    }

    /// How many products there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no product.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The product with this id.
    pub fn product(&self, id: &ProductId) -> Option<&Product> {
        self.numbered(self.number(id)?)
    }

    pub(crate) fn number(&self, id: &ProductId) -> Option<u32> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.ids.row(middle).cmp(id.as_str().as_bytes()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle as u32),
            }
        }
        None
    }

    /// Every product, in the order of the ids.
    pub fn products(&self) -> impl Iterator<Item = &Product> {
        (0..self.len() as u32).filter_map(|number| self.numbered(number))
    }

    pub(crate) fn numbered(&self, number: u32) -> Option<&Product> {
        self.products
            .get(number as usize)?
            .get_or_init(|| {
                serde_json::from_slice(self.records.row(number as usize))
                    .ok()
                    .map(Box::new)
            })
            .as_deref()
    }

    pub(crate) fn prepared(&self, number: u32) -> Prepared<'_> {
        let place = number as usize;
        let known = |words: &[WordId]| words.get(place).copied().unwrap_or(UNKNOWN);
        Prepared {
            name: std::str::from_utf8(self.names.row(place)).unwrap_or(""),
            name_scale: self.name_scales.get(place).copied().unwrap_or(0.0),
            name_words: self.name_words.row(place),
            rest_words: self.rest_words.row(place),
            head: known(&self.heads),
            brand: Some(known(&self.brands)).filter(|brand| *brand != UNKNOWN),
            price: self.prices.get(place).copied().filter(|price| !price.is_nan()),
            currency: self.currencies.get(place).copied().unwrap_or(0),
            sku: self.skus.get(place).copied().unwrap_or(0),
            gtin: self.gtins.get(place).copied().unwrap_or(0),
        }
    }

    pub(crate) fn with_gtin(&self, gtin: u64) -> &[u32] {
        self.by_gtin.get(gtin)
    }

    /// Products with this normalised name, and perhaps others with its hash.
    pub(crate) fn with_name(&self, normalised: &str) -> &[u32] {
        self.by_name.get(stable_hash(normalised))
    }

    pub(crate) fn with_code(&self, code: u64) -> &[u32] {
        self.by_code.get(code)
    }

    /// Products whose names say the same as this one's besides the variant, itself among them; none for a name that says
    /// nothing besides.
    pub(crate) fn with_stem(&self, number: u32) -> &[u32] {
        match self.stems.get(number as usize) {
            None | Some(0) => &[],
            Some(stem) => self.by_stem.get(*stem),
        }
    }

    /// The index as bytes that [`Self::from_bytes`] reads, in this version's format.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new(self.records.values().len() * 4);
        self.ids.write(&mut writer);
        self.records.write(&mut writer);
        self.lexicon.write(&mut writer);
        self.grams.write(&mut writer);
        self.names.write(&mut writer);
        writer.array(&self.name_scales);
        self.name_words.write(&mut writer);
        self.rest_words.write(&mut writer);
        writer.array(&self.heads);
        writer.array(&self.brands);
        writer.array(&self.prices);
        writer.array(&self.currencies);
        writer.array(&self.skus);
        writer.array(&self.gtins);
        self.by_gtin.write(&mut writer);
        self.by_code.write(&mut writer);
        self.by_name.write(&mut writer);
        writer.array(&self.stems);
        self.by_stem.write(&mut writer);
        writer.finish()
    }

    /// Reads what [`Self::to_bytes`] wrote. Lengths and references are checked, so bytes that were damaged or made to harm
    /// give an error or a useless index, never a panic.
    ///
    /// # Errors
    /// [`SnapshotError`]: not a snapshot, another version, cut off, or contradicting itself.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let mut reader = Reader::new(bytes)?;
        let ids: Rows<u8> = Rows::read(&mut reader)?;
        let count = ids.len();
        let mut index = Self {
            ids,
            records: Rows::read(&mut reader)?,
            lexicon: Lexicon::read(&mut reader)?,
            grams: GramIndex::read(&mut reader, count)?,
            names: Rows::read(&mut reader)?,
            name_scales: reader.array()?,
            name_words: Rows::read(&mut reader)?,
            rest_words: Rows::read(&mut reader)?,
            heads: reader.array()?,
            brands: reader.array()?,
            brand_names: Vec::new(),
            prices: reader.array()?,
            currencies: reader.array()?,
            skus: reader.array()?,
            gtins: reader.array()?,
            by_gtin: Keys::read(&mut reader, count)?,
            by_code: Keys::read(&mut reader, count)?,
            by_name: Keys::read(&mut reader, count)?,
            stems: reader.array()?,
            by_stem: Keys::read(&mut reader, count)?,
            products: Vec::new(),
        };
        reader.finish()?;
        let lengths = [
            index.records.len(),
            index.names.len(),
            index.name_scales.len(),
            index.name_words.len(),
            index.rest_words.len(),
            index.heads.len(),
            index.brands.len(),
            index.prices.len(),
            index.currencies.len(),
            index.skus.len(),
            index.gtins.len(),
            index.stems.len(),
        ];
        if lengths.iter().any(|length| *length != count) {
            return Err(SnapshotError::Corrupt { part: "product count" });
        }
        index.brand_names = each_once(&index.brands);
        index.products.resize_with(count, OnceLock::new);
        Ok(index)
    }
}

/// A product's texts, cut and counted, before the lexicon is complete.
struct ProductText {
    grams: String,
    name: String,
    name_hash: u64,
    stem: u64,
    name_words: Vec<u64>,
    rest_words: Vec<u64>,
    head: Option<u64>,
    brand: Option<u64>,
    codes: Vec<u64>,
    sku: u64,
    gtin: u64,
}

impl ProductText {
    fn of(product: &Product, lexicon: &mut LexiconBuilder) -> Self {
        let name = normalise(&product.name);
        let description = normalise(product.description.as_deref().unwrap_or_default());
        let brand = normalise(product.brand.as_deref().unwrap_or_default());
        let rest = format!("{brand} {description}");
        let name_list = words(&name);
        let mut codes: Vec<u64> = Vec::new();
        let head = name_list.first().map(|word| stable_hash(&word.text));
        let mut count_all = |list: &[Word], seen: &mut Vec<u64>| {
            let mut hashes = Vec::new();
            for word in list {
                let hash = stable_hash(&word.text);
                if word.kind == Kind::Code {
                    codes.push(hash);
                }
                if !seen.contains(&hash) {
                    seen.push(hash);
                    hashes.push(lexicon.count(word));
                }
            }
            hashes
        };
        let mut seen = Vec::new();
        let name_words = count_all(&name_list, &mut seen);
        let category = normalise(product.category.as_deref().unwrap_or_default());
        let rest_words = count_all(&words(&format!("{brand} ; {category} ; {description}")), &mut seen);
        let brand_code = compact(&brand);
        let brand = (!brand_code.is_empty()).then(|| {
            lexicon.name(&Word {
                text: brand_code,
                kind: Kind::Word,
            })
        });
        let sku = product.sku.as_deref().map_or(0, code_hash);
        codes.extend(
            [sku, code_hash(product.product_id.as_str())]
                .into_iter()
                .filter(|code| *code != 0),
        );
        Self {
            grams: gram_text(&name, &rest),
            name: gram_text(&name, ""),
            name_hash: stable_hash(&name),
            stem: stem(&name_list),
            name_words,
            rest_words,
            head,
            brand,
            codes,
            sku,
            gtin: product.barcode.as_deref().and_then(gtin).unwrap_or(0),
        }
    }
}

/// Brands of more words are not looked for in names.
const MOST_BRAND_WORDS: usize = 3;

fn each_once(brands: &[WordId]) -> Vec<WordId> {
    let mut names: Vec<WordId> = brands.iter().copied().filter(|brand| *brand != UNKNOWN).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The hash of a code whatever its punctuation and case; 0 for a code without letters and digits.
pub(crate) fn code_hash(code: &str) -> u64 {
    let code: String = normalise(code)
        .chars()
        .filter(|c| c.is_alphanumeric())
        .map(latin_lookalike)
        .collect();
    if code.is_empty() { 0 } else { stable_hash(&code) }
}

pub(crate) fn price_of(price: Option<domain::Price>) -> Option<f32> {
    price
        .and_then(|price| price.amount().to_f32())
        .filter(|price| price.is_finite() && *price > 0.0)
}

pub(crate) fn currency_code(currency: Option<domain::Currency>) -> u32 {
    currency.map_or(0, |currency| {
        currency
            .code()
            .bytes()
            .fold(0, |code, letter| code << 8 | u32::from(letter))
    })
}
