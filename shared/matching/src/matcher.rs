//! A list against a catalogue: candidates and scores of every item, on all cores.

use std::{
    num::NonZero,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use domain::{ListItem, Match, ProductId};

use crate::{
    catalogue::CatalogueIndex,
    certain::certain,
    context::ScoredPair,
    distinct::Distinct,
    features::{Comparison, PairFeatures},
    grams::Scratch,
    judged::Judged,
    meaning::{ItemMeaning, NEAREST, SCORED},
    model::Model,
    query::Query,
    supplier_list::SupplierList,
    vectors::{Background, Near, Vectors},
};

/// How a list is matched. The default is what the figures in this crate's README were measured with.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchOptions {
    /// From this accept score on, 0 to 1, an item is matched without a person. The default aims at 99 % precision.
    pub accept: f64,
    /// From this probability of the best candidate on, 0 to 1, a person is asked; below it, the item is new.
    pub review: f64,
    /// How many candidates an item's match lists at most.
    pub max_candidates: usize,
    /// How many products the gram search hands to the scorer.
    pub searched: usize,
    /// How many postings the gram search may read per item at most; more finds more, slower. Catalogues of up to three
    /// times as many products get by with a third of their number.
    pub postings_budget: usize,
}

impl Default for MatchOptions {
    fn default() -> Self {
        Self {
            accept: 0.8,
            review: 0.1,
            max_candidates: 10,
            searched: 20,
            postings_budget: 100_000,
        }
    }
}

/// Pairs beyond this many per item are too unlikely to be looked at within the list.
const KEPT: usize = 6;

/// Pairs below these log-odds cannot matter to a decision; the best pair of an item is always kept.
const HOPELESS: f32 = -7.0;

/// In small catalogues reading everything costs nothing.
const LEAST_POSTINGS: usize = 20_000;

/// Items between two reports of progress.
const PROGRESS_STEP: usize = 200;

/// Matches lists against one catalogue.
#[derive(Debug)]
pub struct Matcher<'a> {
    pub(crate) index: &'a CatalogueIndex,
    pub(crate) model: &'a Model,
    pub(crate) options: MatchOptions,
    pub(crate) vectors: Option<&'a Vectors>,
}

/// Buffers that are used for one item after another.
#[derive(Debug, Default)]
pub(crate) struct Worker {
    scratch: Scratch,
    comparison: Comparison,
}

impl<'a> Matcher<'a> {
    /// A matcher with the scorer that ships with this crate.
    pub fn new(index: &'a CatalogueIndex, options: MatchOptions) -> Self {
        Self::with_model(index, Model::shipped(), options)
    }

    /// A matcher with another scorer, such as one trained without the set that is measured.
    pub fn with_model(index: &'a CatalogueIndex, model: &'a Model, options: MatchOptions) -> Self {
        Self {
            index,
            model,
            options,
            vectors: None,
        }
    }

    /// With the products' vectors, in the order of [`CatalogueIndex::products`]: lists that bring vectors of the same model
    /// are searched by them too.
    #[must_use]
    pub fn with_vectors(self, vectors: &'a Vectors) -> Self {
        Self {
            vectors: Some(vectors),
            ..self
        }
    }

    /// Matches a whole list. The result has one match per item, in the list's order; rows that say exactly the same get
    /// the same match. `progress(done, total)` is called with items every few hundred items, and at the end.
    pub fn match_list<'l>(
        &self,
        list: impl Into<SupplierList<'l>>,
        mut progress: impl FnMut(usize, usize),
    ) -> Vec<Match> {
        let list = list.into();
        let items = list.items;
        let distinct = Distinct::of(&list);
        // Judging is nearly all of the work: the decisions after it count as the last step.
        let judged = self.judge_all(&list, &distinct, &mut progress);
        let decided = self.decide(&list, &distinct, judged);
        progress(items.len(), items.len());
        distinct.place.iter().map(|place| decided[*place].clone()).collect()
    }

    /// Judges the distinct items step by step on all cores. The result is in the list's order, in whatever order the steps
    /// end, so it does not depend on how many cores there are.
    pub(crate) fn judge_all(
        &self,
        list: &SupplierList<'_>,
        distinct: &Distinct<'_>,
        progress: &mut impl FnMut(usize, usize),
    ) -> Vec<Judged> {
        let total = distinct.first.len().max(1);
        let steps: Vec<_> = distinct.first.chunks(PROGRESS_STEP).collect();
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(steps.len());
        let next = AtomicUsize::new(0);
        let (ended, ends) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..threads {
                let (ended, next, steps) = (ended.clone(), &next, &steps);
                scope.spawn(move || {
                    let mut worker = Worker::default();
                    while let Some((at, step)) = take(steps, next) {
                        let judged: Vec<_> = step.iter().map(|item| self.judge(list, *item, &mut worker)).collect();
                        if ended.send((at, judged)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(ended);
            let mut by_step: Vec<Vec<Judged>> = Vec::new();
            by_step.resize_with(steps.len(), Vec::new);
            let mut done = 0;
            for (at, judged) in ends {
                done += judged.len();
                by_step[at] = judged;
                progress(done * list.items.len() / total, list.items.len());
            }
            by_step.into_iter().flatten().collect()
        })
    }

    /// The values on which an item and a product are scored as a pair, by name; none when there is no such product.
    pub fn evidence(&self, item: &ListItem, id: &ProductId) -> Option<Vec<(&'static str, f32)>> {
        let number = self.index.number(id)?;
        let query = Query::of(item, self.index);
        let features = Comparison::default().compare(&query, &self.index.prepared(number), self.index);
        Some(PairFeatures::NAMES.iter().copied().zip(features.values()).collect())
    }

    /// Candidates with their scores from the pair alone, best first.
    pub(crate) fn score(&self, item: &ListItem, worker: &mut Worker) -> Vec<ScoredPair> {
        let query = Query::of(item, self.index);
        let candidates = self.candidates(&query, worker);
        self.score_candidates(&query, candidates, worker)
    }

    /// Products found by grams, codes, barcode and name, by number.
    pub(crate) fn candidates(&self, query: &Query, worker: &mut Worker) -> Vec<u32> {
        let MatchOptions {
            searched,
            postings_budget,
            ..
        } = self.options;
        // Measured: a third loses 0.3 points of recall among the first ten at most, against reading all.
        let budget = (self.index.len() / 3).max(LEAST_POSTINGS).min(postings_budget);
        let hits = self
            .index
            .grams
            .search(&query.search, searched, budget, &mut worker.scratch);
        let mut candidates: Vec<u32> = hits.into_iter().map(|hit| hit.product).collect();
        candidates.extend(looked_up(query, self.index));
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }

    pub(crate) fn score_candidates(&self, query: &Query, candidates: Vec<u32>, worker: &mut Worker) -> Vec<ScoredPair> {
        let mut pairs: Vec<ScoredPair> = candidates
            .into_iter()
            .map(|product| {
                let features = worker
                    .comparison
                    .compare(query, &self.index.prepared(product), self.index);
                let pair_log_odds = self.model.pair.log_odds(&features.values());
                ScoredPair {
                    product,
                    features,
                    pair_log_odds,
                }
            })
            .collect();
        pairs.sort_unstable_by(|a, b| {
            b.pair_log_odds
                .total_cmp(&a.pair_log_odds)
                .then(a.product.cmp(&b.product))
        });
        pairs
    }

    /// How many of an item's pairs are looked at within the list.
    pub(crate) fn kept(&self, pairs: &[ScoredPair]) -> usize {
        let hopeful = pairs
            .iter()
            .take(KEPT)
            .filter(|pair| pair.pair_log_odds > HOPELESS)
            .count();
        hopeful.max(1).min(pairs.len())
    }

    fn judge(&self, list: &SupplierList<'_>, place: usize, worker: &mut Worker) -> Judged {
        let item = &list.items[place];
        let query = Query::of(item, self.index);
        let (near, background) = self.near(list, place);
        let mut candidates = self.candidates(&query, worker);
        candidates.extend(near.iter().map(|near| near.product));
        candidates.sort_unstable();
        candidates.dedup();
        let mut pairs = self.score_candidates(&query, candidates, worker);
        let certain = certain(item, &query, &pairs, self.index);
        let others = pairs.split_off(self.kept(&pairs));
        pairs.shrink_to_fit();
        let is_near = |pair: &ScoredPair| near.iter().take(SCORED).any(|near| near.product == pair.product);
        let (nearest, rest): (Vec<_>, Vec<_>) = others.into_iter().partition(is_near);
        let rest = rest
            .iter()
            .map(|pair| (pair.product, pair.pair_log_odds))
            .take(self.options.max_candidates)
            .collect();
        let meaning = self.vectors.zip(list.vectors).and_then(|(products, items)| {
            let known = (&query, &self.index.lexicon);
            ItemMeaning::of((products, items, place), known, background, &pairs, nearest)
        });
        Judged {
            pairs,
            rest,
            certain,
            meaning,
        }
    }

    /// The products nearest to an item by meaning, and how its cosines with all products are spread.
    fn near(&self, list: &SupplierList<'_>, place: usize) -> (Vec<Near>, Background) {
        let row = list.vectors.and_then(|items| items.row(place));
        let Some((products, row)) = self.vectors.zip(row) else {
            return Default::default();
        };
        let (mut near, background) = products.nearest(row, NEAREST);
        near.retain(|near| (near.product as usize) < self.index.len());
        (near, background)
    }
}

/// Products that share a barcode or a code with the item.
fn looked_up(query: &Query, index: &CatalogueIndex) -> Vec<u32> {
    /// A code that more products share names a series, not a product.
    const MOST_PER_CODE: usize = 12;
    let mut products = Vec::new();
    if query.gtin != 0 {
        products.extend(index.with_gtin(query.gtin).iter().take(MOST_PER_CODE));
    }
    products.extend(index.with_name(query.raw_name()).iter().take(MOST_PER_CODE));
    for code in &query.codes {
        let found = index.with_code(*code);
        if found.len() <= MOST_PER_CODE {
            products.extend(found);
        }
    }
    products.sort_unstable();
    products.dedup();
    products
}

/// The next step that no worker has taken, with its number.
fn take<'s>(steps: &[&'s [usize]], next: &AtomicUsize) -> Option<(usize, &'s [usize])> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    steps.get(at).map(|step| (at, *step))
}
