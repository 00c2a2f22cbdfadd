//! One item before a person: what is known of it, and what they say.

use std::collections::HashMap;

use axum::http::{HeaderMap, header};
use domain::{Answer, Answered, Candidate, ItemDecision, ItemText, Match, Product, ProductId, SupplierId};
use serde::Serialize;
use sha2::{Digest, Sha256};
use store::{PublishedItem, Swapped};
use utoipa::ToSchema;

use crate::{Deps, Problem};

/// An item with its candidates and what was decided of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Review {
    /// State of item and decision, for If-Match.
    pub(crate) etag: String,
    pub(crate) item: PublishedItem,
    /// The item's candidates, best first, with what the catalogue says of them.
    pub(crate) candidates: Vec<CandidateProduct>,
    /// What people decided; null where nobody has.
    #[schema(required)]
    pub(crate) decision: Option<ItemDecision>,
}

/// A candidate with its product.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CandidateProduct {
    #[serde(flatten)]
    pub(crate) candidate: Candidate,
    /// Null when it is no longer in the catalogue.
    #[schema(required)]
    pub(crate) product: Option<Product>,
}

/// What an item is decided by: another text, other candidates or another decision make it another state.
#[derive(Serialize)]
struct State<'a> {
    text: ItemText,
    found: &'a Match,
    version: Option<u64>,
}

impl Review {
    fn new(item: PublishedItem, decision: Option<ItemDecision>, products: &HashMap<ProductId, Product>) -> Self {
        let candidates = item.found.candidates.iter().map(|candidate| CandidateProduct {
            candidate: candidate.clone(),
            product: products.get(&candidate.product_id).cloned(),
        });
        Self {
            etag: etag_of(&item, decision.as_ref()),
            candidates: candidates.collect(),
            item,
            decision,
        }
    }
}

/// `"…"`, 16 hex digits.
fn etag_of(item: &PublishedItem, decision: Option<&ItemDecision>) -> String {
    let state = State {
        text: ItemText::from(item),
        found: &item.found,
        version: decision.map(|decision| decision.version),
    };
    let json = serde_json::to_vec(&state).unwrap_or_default();
    format!("\"{}\"", hex::encode(&Sha256::digest(&json)[..8]))
}

/// The state that a change is meant for.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<&str, Problem> {
    let value = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok());
    value.ok_or_else(|| {
        Problem::precondition_required(
            "send If-Match with the ETag of what you looked at; another may have decided since",
        )
    })
}

/// The items with their candidates' products and their decisions.
pub(crate) async fn reviews_of(deps: &Deps, items: Vec<PublishedItem>) -> Result<Vec<Review>, Problem> {
    let keys: Vec<_> = items
        .iter()
        .map(|item| (item.supplier_id.clone(), item.item_key.clone()))
        .collect();
    let ids = items.iter().flat_map(|item| &item.found.candidates);
    let ids: Vec<ProductId> = ids.map(|candidate| candidate.product_id.clone()).collect();
    let (decisions, products) = tokio::try_join!(deps.decisions.of_keys(&keys), deps.catalogue.of_ids(&ids))?;
    let mut decisions: HashMap<_, _> = decisions
        .into_iter()
        .map(|decision| ((decision.supplier_id.clone(), decision.item_key.clone()), decision))
        .collect();
    let review = |(item, key)| Review::new(item, decisions.remove(&key), &products);
    Ok(items.into_iter().zip(keys).map(review).collect())
}

/// The item as it is now.
pub(crate) async fn review_of(deps: &Deps, supplier_id: &SupplierId, item_key: &str) -> Result<Review, Problem> {
    let item = deps.items.get(supplier_id, item_key).await?;
    let item = item.ok_or_else(|| Problem::not_found(format!("{supplier_id} has no item {item_key}")))?;
    let mut reviews = reviews_of(deps, vec![item]).await?;
    reviews.pop().ok_or_else(Problem::internal)
}

/// What is to be done with the decisions on an item.
pub(crate) enum Change {
    Decide(Answer),
    TakeBack,
}

/// Tries while others write to the item.
const TRIES: usize = 3;

/// Decides, or takes the last decision back, if the item is still in the state `seen` (an ETag, or `*` for whatever state).
pub(crate) async fn change(
    deps: &Deps,
    (supplier_id, item_key): (&SupplierId, &str),
    change: &Change,
    by: &str,
    seen: &str,
) -> Result<Review, Problem> {
    if let Change::Decide(Answer::ProductId(product)) = change
        && deps.catalogue.get(product).await?.is_none()
    {
        return Err(Problem::invalid(format!("product_id: there is no product {product}")));
    }
    for _ in 0..TRIES {
        let review = review_of(deps, supplier_id, item_key).await?;
        if seen != "*" && seen != review.etag {
            return Err(changed_meanwhile(&review));
        }
        let decision = next(deps, &review, change, by)?;
        let version = review.decision.as_ref().map(|decision| decision.version);
        let stores = (&deps.items, &deps.suppliers);
        match deps.decisions.decide(stores, &review.item, version, &decision).await? {
            Swapped::Applied => return after(deps, review.item, decision).await,
            Swapped::Conflict => {}
        }
    }
    Err(Problem::conflict(
        "item_busy",
        "a list of this supplier is being published in this moment; try again",
    ))
}

/// The decisions on the item after the change.
fn next(deps: &Deps, review: &Review, change: &Change, by: &str) -> Result<ItemDecision, Problem> {
    let (item, now) = (&review.item, deps.clock.now());
    match change {
        Change::Decide(ruling) => {
            let answered = Answered {
                ruling: ruling.clone(),
                decided_by: by.to_owned(),
                decided_at: now,
            };
            let (text, found) = (ItemText::from(item), item.found.clone());
            Ok(match &review.decision {
                Some(decision) => decision.answer(text, found, answered),
                None => ItemDecision::first(item.supplier_id.clone(), item.item_key.clone(), text, found, answered),
            })
        }
        Change::TakeBack => review
            .decision
            .as_ref()
            .and_then(|decision| decision.take_back(now))
            .ok_or_else(|| Problem::conflict("nothing_to_undo", "no decision on this item counts now")),
    }
}

/// The item as it is after `decision`.
async fn after(deps: &Deps, item: PublishedItem, decision: ItemDecision) -> Result<Review, Problem> {
    let item = PublishedItem {
        found: decision.found(),
        ..item
    };
    let ids: Vec<_> = item.found.candidates.iter().map(|it| it.product_id.clone()).collect();
    let products = deps.catalogue.of_ids(&ids).await?;
    Ok(Review::new(item, Some(decision), &products))
}

/// Says who was first.
fn changed_meanwhile(review: &Review) -> Problem {
    let detail = match review.decision.as_ref() {
        Some(ItemDecision {
            current: Some(answered),
            ..
        }) => {
            let ruling = match &answered.ruling {
                Answer::ProductId(product) => format!("that this is {product}"),
                Answer::New => "that this is new".to_owned(),
                Answer::NotSure => "to leave this open".to_owned(),
            };
            let time = answered.decided_at.strftime("%Y-%m-%d %H:%M:%S");
            format!(
                "{} decided {ruling} at {time} UTC; look at it again",
                answered.decided_by
            )
        }
        Some(_) => "the last decision on this item was taken back meanwhile; look at it again".to_owned(),
        None => "a new list has changed this item meanwhile; look at it again".to_owned(),
    };
    Problem::precondition_failed(detail)
}
