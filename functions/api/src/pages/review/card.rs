//! One item with its candidates.

use askama::Template;

use super::{
    Place,
    comparison::{CandidateView, Move, percent, price_move},
    last_price, queue_of,
};
use crate::{Deps, Problem, caller::Caller, pages::format, review::Review, reviews::open};

/// Candidates that are shown: those that a key can choose.
const SHOWN: usize = 9;

/// Candidates less likely than this are shown only where there is no other: nobody chooses them.
const LEAST: f64 = 0.01;

#[derive(Template)]
#[template(path = "review/card.html")]
pub(super) struct Card {
    may_change: bool,
    place: Place,
    /// The decisions that can be undone, as JSON.
    trail: String,
    /// Items still open.
    open: u64,
    /// What became of the last answer.
    said: Option<String>,
    item: Option<ItemView>,
}

/// The item in the words of the page.
pub(super) struct ItemView {
    pub(super) supplier_id: String,
    pub(super) item_key: String,
    pub(super) etag: String,
    pub(super) name: String,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) price: Option<String>,
    /// The price before, and how far the price of now is from it.
    pub(super) last_price: Option<(String, Option<Move>)>,
    pub(super) reasons: Vec<String>,
    /// 0 to 100.
    pub(super) score: u32,
    pub(super) candidates: Vec<CandidateView>,
    /// Who decided what, where somebody has.
    pub(super) decided: Option<String>,
}

impl Card {
    pub(super) async fn of(
        deps: &Deps,
        caller: &Caller,
        place: Place,
        review: Option<Review>,
        said: Option<String>,
    ) -> Result<Self, Problem> {
        let queue = queue_of(&place.supplier)?;
        let view = async {
            match review {
                Some(review) => ItemView::of(deps, review).await.map(Some),
                None => Ok(None),
            }
        };
        let (item, open) = tokio::try_join!(view, open(deps, &queue))?;
        Ok(Self {
            may_change: caller.may_change(),
            trail: serde_json::to_string(&place.trail).unwrap_or_default(),
            open,
            place,
            said,
            item,
        })
    }

    /// Decided in this sitting, and what is still open.
    fn total(&self) -> u64 {
        self.place.done + self.open
    }

    fn done_percent(&self) -> u64 {
        (self.place.done * 100).checked_div(self.total()).unwrap_or(100)
    }
}

impl ItemView {
    pub(super) async fn of(deps: &Deps, review: Review) -> Result<Self, Problem> {
        let last = last_price(deps, &review.item).await?;
        let last_price = last.and_then(|period| {
            let before = period.terms.price?;
            let moved = review.item.price.and_then(|now| price_move(before, now));
            Some((format::money(before, period.terms.currency), moved))
        });
        let decided = review.decision.as_ref().and_then(|decision| {
            let answered = decision.current.as_ref()?;
            let time = format::second(answered.decided_at);
            Some(format!("{} answered at {time} UTC", answered.decided_by))
        });
        let item = review.item;
        let facts = [
            ("Code", item.sku.clone()),
            ("Barcode", item.barcode.clone()),
            ("Brand", item.brand.clone()),
            ("Unit", item.unit.as_ref().map(|unit| unit.original.to_string())),
            ("Pack", item.pack_size.map(|size| size.normalize().to_string())),
            ("Category", item.category.clone()),
            ("Description", item.description.clone()),
        ];
        let facts = facts.into_iter().filter_map(|(label, text)| Some((label, text?)));
        Ok(Self {
            supplier_id: item.supplier_id.to_string(),
            item_key: item.item_key.clone(),
            etag: review.etag,
            name: item.name.clone().unwrap_or_else(|| item.item_key.clone()),
            facts: facts.collect(),
            price: item.price.map(|price| format::money(price, item.currency)),
            last_price,
            reasons: item.found.reasons.clone(),
            score: percent(item.found.accept_score),
            candidates: review
                .candidates
                .into_iter()
                .enumerate()
                .take_while(|(at, it)| *at == 0 || it.candidate.probability >= LEAST)
                .map(|(_, candidate)| candidate)
                .take(SHOWN)
                .enumerate()
                .map(|(at, candidate)| CandidateView::new(at + 1, &item, candidate))
                .collect(),
            decided,
        })
    }
}
