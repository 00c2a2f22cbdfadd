//! Products that differ in nothing but what tells variants apart: size, colour, pack, capacity, model code, edition. An item
//! that says of neither which it is may be either, however well its price fits the one.

use crate::{
    catalogue::{CatalogueIndex, Prepared},
    features::Comparison,
    lexicon::WordId,
    quantity::Quantity,
    query::Query,
    stem::tells_variants_apart,
    text::stands_in,
    words::Kind,
};

/// At most this many products of one stem are looked at; the nearest by grams are looked at besides.
const MOST_OF_A_STEM: usize = 2_000;

/// Shorter numbers and codes stand in other letters by chance.
const LEAST_INSIDE: usize = 3;

/// A product that the item may be as well as its best candidate.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sibling {
    pub(crate) product: u32,
    /// What the best candidate has and the sibling lacks.
    pub(crate) here: Vec<String>,
    /// What the sibling has and the best candidate lacks.
    pub(crate) there: Vec<String>,
}

/// The first product, by number, that the item may be as well as `best`, of which `comparison` holds what the item says.
/// `nearest` are the item's other candidates.
pub(crate) fn untold_sibling(
    best: u32,
    nearest: impl Iterator<Item = u32>,
    comparison: &Comparison,
    query: &Query,
    index: &CatalogueIndex,
) -> Option<Sibling> {
    let product = index.prepared(best);
    let mut others: Vec<u32> = index.with_stem(best).iter().copied().take(MOST_OF_A_STEM).collect();
    others.extend(nearest);
    others.retain(|other| *other != best);
    others.sort_unstable();
    others.dedup();
    others.into_iter().find_map(|other| {
        let pair = Pair {
            best: &product,
            other: &index.prepared(other),
            index,
        };
        pair.untold(query, comparison).map(|(here, there)| Sibling {
            product: other,
            here,
            there,
        })
    })
}

/// A word of `best` and the one that the item says instead of it, if one of `nearest` is a variant of `best` that has the item's
/// word in that place. That the item's word is another name for `best`'s cannot be: the catalogue uses both.
pub(crate) fn contradicting_word(
    best: u32,
    nearest: impl Iterator<Item = u32>,
    comparison: &Comparison,
    query: &Query,
    index: &CatalogueIndex,
) -> Option<(String, String)> {
    let product = index.prepared(best);
    let mut others: Vec<u32> = nearest.filter(|other| *other != best).collect();
    others.sort_unstable();
    others.into_iter().find_map(|other| {
        let pair = Pair {
            best: &product,
            other: &index.prepared(other),
            index,
        };
        pair.contradicted(query, comparison)
    })
}

/// Two products of one catalogue.
struct Pair<'a> {
    best: &'a Prepared<'a>,
    other: &'a Prepared<'a>,
    index: &'a CatalogueIndex,
}

impl Pair<'_> {
    /// In what the two differ, best's and other's, if they are variants and the item says of neither which it is.
    fn untold(&self, query: &Query, comparison: &Comparison) -> Option<(Vec<String>, Vec<String>)> {
        let here = self.only(self.best, self.other);
        let there = self.only(self.other, self.best);
        if !self.are_variants(&here, &there) || here.iter().any(|word| self.is_told(*word, query, comparison)) {
            return None;
        }
        let is_same_name = here.is_empty() && there.is_empty();
        let told_beyond_the_name = self.best.rest_words.iter().any(|word| {
            (is_same_name || self.is_evidence(*word))
                && !self.has(self.other, *word)
                && (query.name_words.binary_search(word).is_ok() || query.rest_words.binary_search(word).is_ok())
        });
        (!told_beyond_the_name).then(|| (self.texts(&here), self.texts(&there)))
    }

    /// The item's word and best's, where the two are variants but for one word each, and the item says the other's. More words, or
    /// numbers in their place, are as often another description as another product (measured: 4 points of coverage on
    /// Abt-Buy for no precision).
    fn contradicted(&self, query: &Query, comparison: &Comparison) -> Option<(String, String)> {
        let (here, there) = (self.only(self.best, self.other), self.only(self.other, self.best));
        let plain = |words: &[WordId]| {
            let mut plain = words.iter().copied().filter(|word| !self.is_evidence(*word));
            plain.next().filter(|_| plain.next().is_none())
        };
        let (own, others) = (plain(&here)?, plain(&there)?);
        let says = |word: WordId| query.name_words.binary_search(&word).is_ok();
        let found = says(others) && !self.has(self.best, others) && !self.is_told(own, query, comparison);
        found.then(|| {
            let text = |word| self.index.lexicon.text(word).to_owned();
            (text(others), text(own))
        })
    }

    /// Words of a name that the other product has nowhere.
    fn only(&self, one: &Prepared<'_>, other: &Prepared<'_>) -> Vec<WordId> {
        let lacks = |word: &&WordId| !self.has(other, **word);
        one.name_words.iter().filter(lacks).copied().collect()
    }

    fn has(&self, product: &Prepared<'_>, word: WordId) -> bool {
        let words = || product.name_words.iter().chain(product.rest_words);
        product.name_words.binary_search(&word).is_ok()
            || product.rest_words.binary_search(&word).is_ok()
            || match self.index.lexicon.kind(word) {
                Kind::Quantity(amount) => words().any(|other| is_amount(self.index.lexicon.kind(*other), amount)),
                kind @ (Kind::Colour(_) | Kind::Variant(_)) => {
                    words().any(|other| self.index.lexicon.kind(*other) == kind)
                }
                Kind::Word | Kind::Code | Kind::Number => false,
            }
    }

    /// Nothing but variant words, and at most one other word in the place of another (a flavour, a material).
    fn are_variants(&self, here: &[WordId], there: &[WordId]) -> bool {
        let others = |words: &[WordId]| words.iter().filter(|word| !self.is_evidence(**word)).count();
        matches!((others(here), others(there)), (0, 0) | (1, 1))
    }

    fn is_evidence(&self, word: WordId) -> bool {
        tells_variants_apart(self.index.lexicon.text(word), self.index.lexicon.kind(word))
    }

    /// Whether the item says this word of the best candidate's name, in whatever spelling.
    fn is_told(&self, word: WordId, query: &Query, comparison: &Comparison) -> bool {
        let lexicon = &self.index.lexicon;
        let mut kinds = query
            .name_words
            .iter()
            .chain(&query.rest_words)
            .map(|word| query.kind(*word, lexicon));
        let text = lexicon.text(word);
        comparison.product_missing.binary_search(&word).is_err()
            || match lexicon.kind(word) {
                Kind::Quantity(amount) => kinds.any(|kind| is_amount(kind, amount)),
                kind @ (Kind::Colour(_) | Kind::Variant(_)) => kinds.any(|other| other == kind),
                Kind::Word | Kind::Code | Kind::Number => {
                    text.len() >= LEAST_INSIDE && stands_in(text, &query.compact_text)
                }
            }
    }

    fn texts(&self, words: &[WordId]) -> Vec<String> {
        words
            .iter()
            .map(|word| match self.index.lexicon.kind(*word) {
                Kind::Quantity(quantity) => quantity.spoken(),
                _ => self.index.lexicon.text(*word).to_owned(),
            })
            .collect()
    }
}

fn is_amount(kind: Kind, amount: Quantity) -> bool {
    matches!(kind, Kind::Quantity(other) if other.dimension == amount.dimension && other.same_amount(amount))
}
