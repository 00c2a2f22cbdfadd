//! How near an item and a product are by meaning, told alike for every embedding model, and what that does to their score.
//!
//! A cosine means something else in each model. What it is above the cosines of the same item with all products, in
//! standard deviations, and above those of the same product with the list's items, means nearly the same in each:
//! symmetric score normalisation, as speaker verification does it (Kenny 2010, "Bayesian Speaker Verification with
//! Heavy-Tailed Priors", section 6; "s-norm").
//!
//! It counts where words cannot tell: for lists, or single items, of whose words the catalogue has less than half. Measured on
//! lists in the catalogue's own language it moves wrong pairs up as often as right ones (this crate's README), so there
//! vectors bring candidates and the words' score stands.

use std::{collections::HashMap, sync::LazyLock};

use crate::{
    assignment::Bid,
    context::ScoredPair,
    distinct::Distinct,
    features::PairFeatures,
    judged::Judged,
    lexicon::{Lexicon, UNKNOWN},
    model::{Ensemble, probability},
    query::Query,
    supplier_list::SupplierList,
    vectors::{Background, Near, Vectors},
    words::Kind,
};

/// How many products near by meaning are candidates of an item.
pub(crate) const NEAREST: usize = 10;

/// How many of them are scored by meaning, whatever their words say.
pub(crate) const SCORED: usize = 6;

/// Items of the list by which a product's cosines are measured.
const COHORT: usize = 256;

/// The ensemble that ships with this crate.
const SHIPPED: &str = include_str!("../model/meaning.json");

/// (Tests read the file. Were it damaged all the same, vectors would bring candidates and nothing else.)
static SHIPPED_ENSEMBLE: LazyLock<Option<Ensemble>> = LazyLock::new(|| Ensemble::parse(SHIPPED, "meaning", NAMES).ok());

/// What the score of a pair by meaning follows from.
pub(crate) const NAMES: &[&str] = &[
    "log_odds",
    "meaning",
    "meaning_margin",
    "meaning_margin_to_rival_item",
    "words_known",
    "item_words_found",
    "quantities_agreed",
    "quantities_in_conflict",
    "colour",
    "item_numbers_missing",
    "product_numbers_missing",
];

/// Below this share of known words a list, or an item, speaks another language. Lists of the public sets have 0.94 of their
/// words in their catalogues, translated ones 0.06 to 0.22.
const FOREIGN: f32 = 0.5;

/// A margin where there is no rival.
const NO_RIVAL: f32 = 10.0;

/// What vectors say of one item.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ItemMeaning {
    /// Products near by meaning that words did not bring among the pairs.
    pub(crate) pairs: Vec<ScoredPair>,
    /// The spread of the item's cosines with all products.
    background: Background,
    /// The cosine with each candidate that has a vector.
    cosines: Vec<Near>,
    /// The share of its words that the catalogue has anywhere; 1 where it has no words.
    words_known: f32,
}

impl ItemMeaning {
    /// Of the item with vector `row`, whose `pairs` are those that words kept and `nearest` those of its other candidates
    /// that are near by meaning.
    pub(crate) fn of(
        (products, items, place): (&Vectors, &Vectors, usize),
        (query, lexicon): (&Query, &Lexicon),
        background: Background,
        pairs: &[ScoredPair],
        nearest: Vec<ScoredPair>,
    ) -> Option<Self> {
        let row = items.row(place)?;
        let candidates = pairs.iter().chain(&nearest).map(|pair| pair.product);
        let cosines = candidates.filter_map(|product| {
            let cosine = products.cosine(row, product as usize)?;
            Some(Near { product, cosine })
        });
        Some(Self {
            background,
            cosines: cosines.collect(),
            words_known: words_known(query, lexicon),
            pairs: nearest,
        })
    }
}

fn words_known(query: &Query, lexicon: &Lexicon) -> f32 {
    let words = query
        .name_words
        .iter()
        .filter(|word| query.kind(**word, lexicon) == Kind::Word);
    let (known, all) = words.fold((0.0_f32, 0.0_f32), |(known, all), word| {
        (known + f32::from(*word < UNKNOWN), all + 1.0)
    });
    if all > 0.0 { known / all } else { 1.0 }
}

/// How near a product is to an item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Nearness {
    pub(crate) product: u32,
    pub(crate) cosine: f32,
    /// Standard deviations above the backgrounds of both, in the mean.
    pub(crate) meaning: f32,
}

/// What vectors say of a whole list.
pub(crate) struct ListMeaning {
    /// Per item, how near its candidates are.
    items: Vec<Vec<Nearness>>,
    /// Per product, the two nearest items: the nearest with its place, and the second.
    suitors: HashMap<u32, (usize, f32, f32)>,
    /// Whether the list speaks another language than the catalogue.
    foreign: bool,
}

impl ListMeaning {
    /// Of the items as they were judged; `wants(item, product)` says whether an item may go to a product at all.
    pub(crate) fn of(
        products: &Vectors,
        list: &SupplierList<'_>,
        distinct: &Distinct<'_>,
        judged: &[Judged],
        wants: impl Fn(usize, u32) -> bool,
    ) -> Option<Self> {
        let cohort = cohort(list.vectors?, distinct);
        let mut backgrounds: HashMap<u32, Background> = HashMap::new();
        let mut standardised = |item: &ItemMeaning, near: &Near| {
            let of_product = backgrounds.entry(near.product).or_insert_with(|| {
                let row = products.row(near.product as usize);
                row.map_or_else(Background::default, |row| {
                    list.vectors
                        .map_or_else(Background::default, |items| items.background(row, &cohort))
                })
            });
            let by_item = item.background.standardised(near.cosine)?;
            let meaning = match of_product.standardised(near.cosine) {
                Some(by_product) => (by_item + by_product) / 2.0,
                None => by_item,
            };
            Some(Nearness {
                product: near.product,
                cosine: near.cosine,
                meaning,
            })
        };
        let items: Vec<Vec<Nearness>> = judged
            .iter()
            .map(|judged| {
                let near = |item: &ItemMeaning| {
                    item.cosines
                        .iter()
                        .filter_map(|near| standardised(item, near))
                        .collect()
                };
                judged.meaning.as_ref().map_or_else(Vec::new, near)
            })
            .collect();
        let mut suitors: HashMap<u32, (usize, f32, f32)> = HashMap::new();
        for (item, near) in items.iter().enumerate() {
            for near in near.iter().filter(|near| wants(item, near.product)) {
                let best = suitors.entry(near.product).or_insert((item, f32::MIN, f32::MIN));
                if near.meaning > best.1 {
                    *best = (item, near.meaning, best.1);
                } else {
                    best.2 = best.2.max(near.meaning);
                }
            }
        }
        let known: Vec<f32> = judged
            .iter()
            .filter_map(|judged| Some(judged.meaning.as_ref()?.words_known))
            .collect();
        let foreign = known.iter().sum::<f32>() < FOREIGN * known.len() as f32;
        Some(Self {
            items,
            suitors,
            foreign,
        })
    }

    /// How near a product is to the item at `place`.
    pub(crate) fn nearness(&self, place: usize, product: u32) -> Option<Nearness> {
        let near = self.items.get(place)?.iter();
        near.copied().find(|near| near.product == product)
    }

    /// The values on which the pair of the item at `place` is scored by meaning, in the order of [`NAMES`]; none where the
    /// item or the product has no vector, and where words can tell.
    pub(crate) fn features(
        &self,
        place: usize,
        judged: &Judged,
        (product, pair): (u32, &PairFeatures),
        log_odds: f32,
    ) -> Option<Vec<f32>> {
        let near = self.nearness(place, product)?;
        let item = judged.meaning.as_ref()?;
        if !self.foreign && item.words_known >= FOREIGN {
            return None;
        }
        let other = |best: f32| {
            if best == f32::MIN {
                NO_RIVAL
            } else {
                near.meaning - best
            }
        };
        let rival_product = self.items[place]
            .iter()
            .filter(|other| other.product != product)
            .fold(f32::MIN, |best, other| best.max(other.meaning));
        let rival_item = match self.suitors.get(&product) {
            Some((first, _, second)) if *first == place => *second,
            Some((_, best, _)) => *best,
            None => f32::MIN,
        };
        Some(vec![
            log_odds,
            near.meaning,
            other(rival_product).clamp(-NO_RIVAL, NO_RIVAL),
            other(rival_item).clamp(-NO_RIVAL, NO_RIVAL),
            item.words_known,
            pair.item_words_found,
            pair.quantities_agreed,
            pair.quantities_in_conflict,
            pair.colour,
            pair.item_numbers_missing,
            pair.product_numbers_missing,
        ])
    }

    /// The item's pairs with their probability by words and meaning: those of `by_words`, given with their
    /// log-odds, and those that meaning brought. A pair without a vector, and one of which words can tell, keeps what words
    /// gave it.
    pub(crate) fn bids(&self, place: usize, judged: &Judged, by_words: &[(&ScoredPair, f32)]) -> Vec<Bid> {
        self.scored(place, judged, by_words)
            .into_iter()
            .map(|(product, log_odds, features)| {
                let scored = SHIPPED_ENSEMBLE
                    .as_ref()
                    .zip(features)
                    .map(|(ensemble, features)| ensemble.log_odds(&features));
                let probability = probability(scored.unwrap_or(log_odds));
                Bid { product, probability }
            })
            .collect()
    }

    /// Product, log-odds by words and the values of [`Self::features`] of each of the item's pairs.
    pub(crate) fn scored(
        &self,
        place: usize,
        judged: &Judged,
        by_words: &[(&ScoredPair, f32)],
    ) -> Vec<(u32, f32, Option<Vec<f32>>)> {
        let least = by_words
            .iter()
            .fold(f32::MAX, |least, (_, log_odds)| least.min(*log_odds));
        let brought = judged.meaning.iter().flat_map(|meaning| &meaning.pairs);
        // What words did not keep is no likelier by words than what they kept.
        let brought = brought.map(|pair| (pair, pair.pair_log_odds.min(least)));
        let all = by_words.iter().copied().chain(brought);
        all.map(|(pair, log_odds)| {
            let features = self.features(place, judged, (pair.product, &pair.features), log_odds);
            (pair.product, log_odds, features)
        })
        .collect()
    }
}

/// Items spread over the whole list, in an order that does not depend on where they stand.
fn cohort(items: &Vectors, distinct: &Distinct<'_>) -> Vec<usize> {
    let embedded: Vec<usize> = distinct
        .canonical
        .iter()
        .map(|place| distinct.first[*place])
        .filter(|item| items.row(*item).is_some())
        .collect();
    let step = embedded.len().div_ceil(COHORT).max(1);
    embedded.into_iter().step_by(step).collect()
}
