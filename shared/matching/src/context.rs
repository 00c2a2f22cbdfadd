//! What the rest of the list and of the catalogue say of a pair: who else is like the item, who else is like the product.

use std::collections::HashMap;

use crate::features::PairFeatures;

/// A product that an item may be, while it is being judged.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ScoredPair {
    pub(crate) product: u32,
    pub(crate) features: PairFeatures,
    /// Log-odds from the pair alone.
    pub(crate) pair_log_odds: f32,
}

/// The features of a pair with those of its surroundings.
pub(crate) struct ContextFeatures;

const CONTEXT_NAMES: [&str; 16] = [
    "pair_log_odds",
    "rank",
    "rival_product_log_odds",
    "margin_to_rival_product",
    "rival_item_log_odds",
    "margin_to_rival_item",
    "name_rank",
    "name_margin",
    "likely_products",
    "likely_items",
    "item_words_margin",
    "product_words_margin",
    "word_cosine_margin",
    "code_margin",
    "number_margin",
    "price_margin",
];

/// Log-odds that stand for "no rival".
const NO_RIVAL: f32 = -12.0;

impl ContextFeatures {
    /// The pair's names, then the surroundings'.
    pub(crate) fn names() -> Vec<&'static str> {
        PairFeatures::NAMES.iter().copied().chain(CONTEXT_NAMES).collect()
    }
}

/// How well each product is wanted by the list's items.
pub(crate) struct Demand {
    products: HashMap<u32, Wanted>,
}

struct Wanted {
    best: f32,
    best_item: usize,
    second: f32,
    likely: u32,
}

impl Demand {
    /// Counts the pairs of the list; of each, `wants(item, product)` says whether the item may go to the product at all.
    pub(crate) fn of<'p>(list: impl IntoIterator<Item = &'p [ScoredPair]>, wants: impl Fn(usize, u32) -> bool) -> Self {
        let mut products: HashMap<u32, Wanted> = HashMap::new();
        for (item, pairs) in list.into_iter().enumerate() {
            for pair in pairs.iter().filter(|pair| wants(item, pair.product)) {
                let wanted = products.entry(pair.product).or_insert(Wanted {
                    best: f32::MIN,
                    best_item: usize::MAX,
                    second: NO_RIVAL,
                    likely: 0,
                });
                wanted.likely += u32::from(pair.pair_log_odds > 0.0);
                if pair.pair_log_odds > wanted.best {
                    if wanted.best_item != usize::MAX {
                        wanted.second = wanted.best;
                    }
                    (wanted.best, wanted.best_item) = (pair.pair_log_odds, item);
                } else {
                    wanted.second = wanted.second.max(pair.pair_log_odds);
                }
            }
        }
        Self { products }
    }

    fn rival(&self, product: u32, item: usize) -> (f32, u32) {
        match self.products.get(&product) {
            Some(wanted) if wanted.best_item == item => (wanted.second, wanted.likely),
            Some(wanted) => (wanted.best, wanted.likely),
            None => (NO_RIVAL, 0),
        }
    }
}

/// Values of which the lead over the best other product of the same item counts.
const MARGINS: [fn(&ScoredPair) -> f32; 6] = [
    |pair| pair.features.item_words_found,
    |pair| pair.features.product_words_found,
    |pair| pair.features.word_cosine,
    |pair| pair.features.code_agreed,
    |pair| -(pair.features.item_numbers_missing + pair.features.product_numbers_missing),
    |pair| {
        if pair.features.price_difference < 0.0 {
            -1.0
        } else {
            -pair.features.price_difference
        }
    },
];

/// The context features of each of an item's pairs, in the pairs' order.
pub(crate) fn features(item: usize, pairs: &[ScoredPair], demand: &Demand) -> Vec<Vec<f32>> {
    let best_two = |value: &dyn Fn(&ScoredPair) -> f32| {
        pairs
            .iter()
            .map(value)
            .fold((f32::MIN, f32::MIN), |(first, second), value| {
                if value > first {
                    (value, first)
                } else {
                    (first, second.max(value))
                }
            })
    };
    let (first, second) = best_two(&|pair| pair.pair_log_odds);
    let (first_cosine, second_cosine) = best_two(&|pair| pair.features.name_cosine);
    let margins = MARGINS.map(|value| best_two(&value));
    let likely_products = pairs.iter().filter(|pair| pair.pair_log_odds > 0.0).count() as f32;
    pairs
        .iter()
        .map(|pair| {
            let rank = pairs
                .iter()
                .filter(|other| other.pair_log_odds > pair.pair_log_odds)
                .count() as f32;
            let name_rank = pairs
                .iter()
                .filter(|other| other.features.name_cosine > pair.features.name_cosine)
                .count() as f32;
            let rival = if pair.pair_log_odds == first {
                second.max(NO_RIVAL)
            } else {
                first
            };
            let cosine_rival = if pair.features.name_cosine == first_cosine {
                second_cosine.max(0.0)
            } else {
                first_cosine
            };
            let (item_rival, likely_items) = demand.rival(pair.product, item);
            let mut values = pair.features.values().to_vec();
            values.extend([
                pair.pair_log_odds,
                rank,
                rival,
                pair.pair_log_odds - rival,
                item_rival,
                pair.pair_log_odds - item_rival,
                name_rank,
                pair.features.name_cosine - cosine_rival,
                likely_products,
                likely_items as f32,
            ]);
            values.extend(MARGINS.iter().zip(&margins).map(|(value, (first, second))| {
                let own = value(pair);
                let rival = if own == *first { *second } else { *first };
                if rival == f32::MIN { 0.0 } else { own - rival }
            }));
            values
        })
        .collect()
}
