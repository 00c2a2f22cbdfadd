//! From the scores of a whole list to decisions: what surrounds each pair, what a person said, one item to one product.

use std::collections::HashMap;

use domain::{Candidate, Decision, ListItem, Match, ProductId, Ruling};

use crate::{
    assignment::{Bid, assign},
    certain::{Certain, trust_common_codes},
    context::{self, Demand, ScoredPair},
    distinct::Distinct,
    features::Comparison,
    judged::Judged,
    matcher::Matcher,
    meaning::{ListMeaning, Nearness},
    model::probability,
    query::Query,
    reasons::{self, Loss},
    siblings::{contradicting_word, untold_sibling},
    supplier_list::SupplierList,
    veto::{Veto, vetoes},
};

/// Below this probability an item does not compete for a product.
const LEAST_BID: f64 = 0.05;

/// What a person's ruling comes to with this catalogue.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Ruled<'a> {
    /// This product, by its number.
    Product(u32),
    New,
    /// A product that the catalogue no longer has: no ruling.
    Gone(&'a ProductId),
}

impl Ruled<'_> {
    fn decides(self) -> bool {
        !matches!(self, Self::Gone(_))
    }
}

/// Who gets a product.
#[derive(Debug, Clone, Copy)]
struct Winner {
    place: usize,
    /// By a person's ruling, which nothing can move.
    ruled: bool,
}

/// An item's pairs with their probabilities, best first.
pub(crate) struct Scored {
    /// By words, and by meaning where there are vectors.
    bids: Vec<Bid>,
    /// By words alone, where there are vectors: what they bring is asked about and never accepted for their sake.
    by_words: Option<Vec<Bid>>,
}

impl Matcher<'_> {
    /// The match of each distinct item.
    pub(crate) fn decide(
        &self,
        list: &SupplierList<'_>,
        distinct: &Distinct<'_>,
        mut judged: Vec<Judged>,
    ) -> Vec<Match> {
        let items = list.items;
        let first = distinct.first.iter().map(|item| &items[*item]);
        trust_common_codes(first.zip(judged.iter_mut().map(|judged| &mut judged.certain)));
        let ruled: Vec<Option<Ruled<'_>>> = distinct
            .rulings
            .iter()
            .map(|ruling| ruling.map(|ruling| self.ruled(ruling)))
            .collect();
        let meaning = self.list_meaning(list, distinct, &judged, |item, product| wants(&ruled, item, product));
        let scored = self.score_list(&judged, meaning.as_ref(), &ruled);
        let winners = winners(distinct, &scored, &judged, &ruled);
        let mut comparison = Comparison::default();
        judged
            .iter()
            .zip(&scored)
            .enumerate()
            .map(|(place, (judged, scored))| {
                let item = &items[distinct.first[place]];
                let bids = &scored.bids;
                if let Some(found) = ruled[place].and_then(|ruled| self.by_ruling(ruled, item, bids, &mut comparison)) {
                    return found;
                }
                let loss = bids
                    .first()
                    .and_then(|best| winners.get(&best.product))
                    .filter(|winner| winner.place != place && (winner.ruled || judged.certain.is_none()))
                    .map(|winner| Loss {
                        to: &items[distinct.first[winner.place]],
                        ruled: winner.ruled,
                    });
                let near = |bid: &Bid| meaning.as_ref()?.nearness(place, bid.product);
                let near = bids.first().and_then(near);
                let mut found = self.decide_one(item, judged, scored, (loss, near), &mut comparison);
                if let Some(Ruled::Gone(id)) = ruled[place] {
                    found.reasons.insert(0, reasons::ruled_product_gone(id));
                }
                found
            })
            .collect()
    }

    /// What vectors say of the list, where there are some.
    pub(crate) fn list_meaning(
        &self,
        list: &SupplierList<'_>,
        distinct: &Distinct<'_>,
        judged: &[Judged],
        wants: impl Fn(usize, u32) -> bool,
    ) -> Option<ListMeaning> {
        ListMeaning::of(self.vectors?, list, distinct, judged, wants)
    }

    fn ruled<'r>(&self, ruling: &'r Ruling) -> Ruled<'r> {
        match ruling {
            Ruling::New => Ruled::New,
            Ruling::Product(id) => self.index.number(id).map_or(Ruled::Gone(id), Ruled::Product),
        }
    }

    /// The probability of each pair as the whole list and catalogue show it.
    fn score_list(&self, judged: &[Judged], meaning: Option<&ListMeaning>, ruled: &[Option<Ruled<'_>>]) -> Vec<Scored> {
        let context = self.context_log_odds(judged, |item, product| wants(ruled, item, product));
        let scored = judged
            .iter()
            .zip(context)
            .enumerate()
            .map(|(place, (judged, context))| {
                let raised = |mut bids: Vec<Bid>| {
                    if let Some(certain) = &judged.certain {
                        certain.raise(&mut bids);
                    }
                    bids
                };
                let by_words = raised(sorted(context.iter().map(|(pair, log_odds)| Bid {
                    product: pair.product,
                    probability: probability(*log_odds),
                })));
                match meaning.filter(|_| judged.meaning.is_some()) {
                    Some(meaning) => Scored {
                        bids: raised(sorted(meaning.bids(place, judged, &context).into_iter())),
                        by_words: Some(by_words),
                    },
                    None => Scored {
                        bids: by_words,
                        by_words: None,
                    },
                }
            });
        scored.collect()
    }

    /// The log-odds of each of an item's pairs within its list and catalogue, by words.
    pub(crate) fn context_log_odds<'j>(
        &self,
        judged: &'j [Judged],
        wants: impl Fn(usize, u32) -> bool,
    ) -> Vec<Vec<(&'j ScoredPair, f32)>> {
        let demand = Demand::of(judged.iter().map(|judged| judged.pairs.as_slice()), wants);
        let of_item = |(item, judged): (usize, &'j Judged)| {
            let features = context::features(item, &judged.pairs, &demand);
            let log_odds = features.iter().map(|features| self.model.context.log_odds(features));
            judged.pairs.iter().zip(log_odds).collect()
        };
        judged.iter().enumerate().map(of_item).collect()
    }

    /// What a person decided stands. The other candidates are kept as they were scored, should the person think again.
    fn by_ruling(&self, ruled: Ruled<'_>, item: &ListItem, bids: &[Bid], comparison: &mut Comparison) -> Option<Match> {
        match ruled {
            Ruled::Gone(_) => None,
            Ruled::New => Some(Match {
                decision: Decision::New,
                product_id: None,
                probability: 0.0,
                accept_score: 0.0,
                barred: false,
                candidates: self.listed(bids.iter().copied()),
                reasons: reasons::ruled_new(),
            }),
            Ruled::Product(product) => {
                let id = &self.index.numbered(product)?.product_id;
                let best = Bid {
                    product,
                    probability: 1.0,
                };
                let query = Query::of(item, self.index);
                let features = comparison.compare(&query, &self.index.prepared(product), self.index);
                let vetoes = vetoes(&features, comparison, &query, &self.index.prepared(product), self.index);
                let reasons = reasons::Evidence {
                    item,
                    query: &query,
                    features: &features,
                    comparison,
                    certain: None,
                    vetoes: &vetoes,
                    loss: None,
                    near: None,
                    ruled: Some(id),
                    best,
                    runner_up: None,
                    accept_score: 1.0,
                    decision: Decision::Matched,
                    options: &self.options,
                }
                .sentences(self.index);
                let others = bids.iter().copied().filter(|bid| bid.product != product);
                Some(Match {
                    decision: Decision::Matched,
                    product_id: Some(id.clone()),
                    probability: 1.0,
                    accept_score: 1.0,
                    barred: false,
                    candidates: self.listed(std::iter::once(best).chain(others)),
                    reasons,
                })
            }
        }
    }

    fn decide_one(
        &self,
        item: &ListItem,
        judged: &Judged,
        scored: &Scored,
        (loss, near): (Option<Loss<'_>>, Option<Nearness>),
        comparison: &mut Comparison,
    ) -> Match {
        let bids = &scored.bids;
        let Some(best) = bids.first() else {
            return Match {
                decision: Decision::New,
                product_id: None,
                probability: 0.0,
                accept_score: 0.0,
                barred: false,
                candidates: Vec::new(),
                reasons: reasons::without_candidates(self.index),
            };
        };
        let is_certain = judged.certain.as_ref().is_some_and(Certain::accepts);
        let accept_score = if is_certain {
            best.probability
        } else {
            scored.accept_score()
        };
        let query = Query::of(item, self.index);
        let prepared = self.index.prepared(best.product);
        let features = comparison.compare(&query, &prepared, self.index);
        let mut vetoes = if judged.certain.is_some() {
            Vec::new()
        } else {
            vetoes(&features, comparison, &query, &prepared, self.index)
        };
        if judged.certain.is_none() && vetoes.is_empty() {
            let rest = judged.rest.iter().map(|(product, _)| *product);
            let nearest = bids.iter().map(|bid| bid.product).chain(rest);
            let word = contradicting_word(best.product, nearest.clone(), comparison, &query, self.index);
            vetoes.extend(word.map(|(item, product)| Veto::Word { item, product }));
            vetoes.extend(untold_sibling(best.product, nearest, comparison, &query, self.index).map(Veto::Sibling));
        }
        let accepted = is_certain || (accept_score >= self.options.accept && vetoes.is_empty());
        let decision = if accepted && loss.is_none() {
            Decision::Matched
        } else if best.probability >= self.options.review {
            Decision::Review
        } else {
            Decision::New
        };
        let reasons = reasons::Evidence {
            item,
            query: &query,
            features: &features,
            comparison,
            certain: judged.certain.as_ref(),
            vetoes: &vetoes,
            loss,
            near,
            ruled: None,
            best: *best,
            runner_up: bids.get(1).copied(),
            accept_score,
            decision,
            options: &self.options,
        }
        .sentences(self.index);
        let rest = judged.rest.iter().map(|(product, log_odds)| Bid {
            product: *product,
            probability: probability(*log_odds).min(bids.last().map_or(1.0, |bid| bid.probability)),
        });
        let candidates = self.listed(bids.iter().copied().chain(rest));
        let product_id = candidates
            .first()
            .filter(|_| decision == Decision::Matched)
            .map(|best| best.product_id.clone());
        Match {
            decision,
            product_id,
            probability: best.probability,
            accept_score,
            barred: !vetoes.is_empty() || loss.is_some(),
            candidates,
            reasons,
        }
    }

    fn listed(&self, bids: impl Iterator<Item = Bid>) -> Vec<Candidate> {
        bids.take(self.options.max_candidates)
            .filter_map(|bid| {
                let product = self.index.numbered(bid.product)?;
                Some(Candidate {
                    product_id: product.product_id.clone(),
                    probability: bid.probability,
                })
            })
            .collect()
    }
}

impl Scored {
    /// The best probability, lessened by the runner-up's. With vectors the smaller of what they and what words alone give:
    /// a product that words do not put first is not accepted.
    fn accept_score(&self) -> f64 {
        let of = |bids: &[Bid]| {
            let runner_up = bids.get(1).map_or(0.0, |bid| bid.probability);
            bids.first().map_or(0.0, |best| best.probability * (1.0 - runner_up))
        };
        let score = of(&self.bids);
        let Some(by_words) = &self.by_words else {
            return score;
        };
        let first = |bids: &[Bid]| bids.first().map(|bid| bid.product);
        if first(by_words) == first(&self.bids) {
            score.min(of(by_words))
        } else {
            0.0
        }
    }
}

fn sorted(bids: impl Iterator<Item = Bid>) -> Vec<Bid> {
    let mut bids: Vec<Bid> = bids.collect();
    bids.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.product.cmp(&b.product)));
    bids
}

/// Whether an item may go to a product. One of which a person said what it is wants nothing else.
fn wants(ruled: &[Option<Ruled<'_>>], item: usize, product: u32) -> bool {
    match ruled[item] {
        Some(Ruled::Product(decided)) => decided == product,
        Some(Ruled::New) => false,
        Some(Ruled::Gone(_)) | None => true,
    }
}

/// Which item each wanted product goes to. What a person gave to an item is no longer to be had.
fn winners(
    distinct: &Distinct<'_>,
    scored: &[Scored],
    judged: &[Judged],
    ruled: &[Option<Ruled<'_>>],
) -> HashMap<u32, Winner> {
    let mut winners = HashMap::new();
    for place in distinct.canonical.iter().copied() {
        if let Some(Ruled::Product(product)) = ruled[place] {
            winners.entry(product).or_insert(Winner { place, ruled: true });
        }
    }
    let bidders: Vec<usize> = distinct
        .canonical
        .iter()
        .copied()
        .filter(|place| !ruled[*place].is_some_and(Ruled::decides))
        .collect();
    let bids: Vec<Vec<Bid>> = bidders
        .iter()
        .map(|place| {
            let sure = judged[*place].certain.is_some();
            scored[*place]
                .bids
                .iter()
                .take(if sure { 1 } else { usize::MAX })
                .filter(|bid| bid.probability >= LEAST_BID && !winners.contains_key(&bid.product))
                .copied()
                .collect()
        })
        .collect();
    for (product, place) in assign(&bids).into_iter().zip(bidders) {
        if let Some(product) = product {
            winners.insert(product, Winner { place, ruled: false });
        }
    }
    winners
}
