//! What the training script and the bench see of the inside: pairs with their features. Not for products that match lists.

use std::time::Duration;

use domain::{ListItem, ProductId};

use crate::{
    CatalogueIndex, SupplierList, Vectors,
    context::{self, ContextFeatures, Demand},
    distinct::Distinct,
    features::PairFeatures,
    matcher::{MatchOptions, Matcher, Worker},
    meaning,
    model::Model,
    query::Query,
};

/// The names of the pair's features, in the order of [`Pair::pair`].
pub fn pair_names() -> Vec<&'static str> {
    PairFeatures::NAMES.to_vec()
}

/// The names of the context's features, in the order of [`Pair::context`].
pub fn context_names() -> Vec<&'static str> {
    ContextFeatures::names()
}

/// One item with one of its candidates.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The item's place in the list.
    pub item: usize,
    /// The candidate.
    pub product_id: ProductId,
    /// The pair alone.
    pub pair: Vec<f32>,
    /// The pair within its list and catalogue, by the first ensemble of the model given; empty for pairs that the first
    /// ensemble has put aside.
    pub context: Vec<f32>,
}

/// Every candidate of every item, with the features on which the two ensembles of `models` decide. Item `i` is scored by
/// `models[i % models.len()]`, so that none need be scored by a model that has seen it.
pub fn pairs(index: &CatalogueIndex, items: &[ListItem], models: &[&Model]) -> Vec<Pair> {
    let matchers: Vec<Matcher<'_>> = models
        .iter()
        .map(|model| Matcher::with_model(index, model, MatchOptions::default()))
        .collect();
    let mut worker = Worker::default();
    let mut all = Vec::new();
    let mut list = Vec::with_capacity(items.len());
    for (place, item) in items.iter().enumerate() {
        let Some(matcher) = matchers.get(place % models.len().max(1)) else {
            return Vec::new();
        };
        let pairs = matcher.score(item, &mut worker);
        list.push(pairs.iter().take(matcher.kept(&pairs)).cloned().collect::<Vec<_>>());
        all.push(pairs);
    }
    let demand = Demand::of(list.iter().map(Vec::as_slice), |_, _| true);
    let mut result = Vec::new();
    for (item, (kept, pairs)) in list.iter().zip(all).enumerate() {
        let mut contexts = context::features(item, kept, &demand).into_iter();
        for pair in pairs {
            let Some(product) = index.numbered(pair.product) else {
                continue;
            };
            result.push(Pair {
                item,
                product_id: product.product_id.clone(),
                pair: pair.features.values().to_vec(),
                context: contexts.next().unwrap_or_default(),
            });
        }
    }
    result
}

/// The names of the values by which vectors change a score, in the order of [`MeaningPair::values`].
pub fn meaning_names() -> &'static [&'static str] {
    meaning::NAMES
}

/// One item with one of its candidates, and what vectors say of them.
#[derive(Debug, Clone, PartialEq)]
pub struct MeaningPair {
    /// The item's place in the list.
    pub item: usize,
    /// The candidate.
    pub product_id: ProductId,
    /// The log-odds by words and the values of the vectors.
    pub values: Vec<f32>,
}

/// The pairs of a list with vectors that are scored by meaning, as `model` scores them by words. Of items that say the same
/// there are those of one.
pub fn meaning_pairs(
    index: &CatalogueIndex,
    model: &Model,
    products: &Vectors,
    list: &SupplierList<'_>,
) -> Vec<MeaningPair> {
    let matcher = Matcher::with_model(index, model, MatchOptions::default()).with_vectors(products);
    let distinct = Distinct::of(list);
    let judged = matcher.judge_all(list, &distinct, &mut |_, _| {});
    let Some(meaning) = matcher.list_meaning(list, &distinct, &judged, |_, _| true) else {
        return Vec::new();
    };
    let context = matcher.context_log_odds(&judged, |_, _| true);
    let mut result = Vec::new();
    for (place, (judged, by_words)) in judged.iter().zip(&context).enumerate() {
        for (product, _, values) in meaning.scored(place, judged, by_words) {
            let Some((product, values)) = index.numbered(product).zip(values) else {
                continue;
            };
            result.push(MeaningPair {
                item: distinct.first[place],
                product_id: product.product_id.clone(),
                values,
            });
        }
    }
    result
}

/// How long each item's candidate search takes by `clock`, which is read before and after.
pub fn search_times(index: &CatalogueIndex, items: &[ListItem], clock: impl Fn() -> Duration) -> Vec<Duration> {
    let matcher = Matcher::new(index, MatchOptions::default());
    let mut worker = Worker::default();
    let queries: Vec<Query> = items.iter().map(|item| Query::of(item, index)).collect();
    let time = |query: &Query| {
        let start = clock();
        std::hint::black_box(matcher.candidates(query, &mut worker));
        clock().saturating_sub(start)
    };
    queries.iter().map(time).collect()
}

/// Items with their candidates, ready to be compared and scored as pairs and nothing else.
#[derive(Debug)]
pub struct Scoring<'a> {
    matcher: Matcher<'a>,
    queries: Vec<(Query, Vec<u32>)>,
}

impl<'a> Scoring<'a> {
    /// Searches the candidates of `items`.
    pub fn prepare(index: &'a CatalogueIndex, items: &[ListItem]) -> Self {
        let matcher = Matcher::new(index, MatchOptions::default());
        let mut worker = Worker::default();
        let queries = items.iter().map(|item| {
            let query = Query::of(item, index);
            let candidates = matcher.candidates(&query, &mut worker);
            (query, candidates)
        });
        let queries = queries.collect();
        Self { matcher, queries }
    }

    /// Scores every item against its candidates; returns how many pairs there were.
    pub fn run(&self) -> usize {
        let mut worker = Worker::default();
        let score = |(query, candidates): &(Query, Vec<u32>)| {
            std::hint::black_box(self.matcher.score_candidates(query, candidates.clone(), &mut worker)).len()
        };
        self.queries.iter().map(score).sum()
    }
}

/// How many bytes of the index the candidate search reads: grams, postings and vector lengths.
pub fn search_index_bytes(index: &CatalogueIndex) -> usize {
    index.grams.bytes()
}
