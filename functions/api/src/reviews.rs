//! The review queue: what waits for a person, what they decide, and taking it back.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::{Answer, ProductId, Supplier, SupplierId};
use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Deps, Problem,
    body::{Body, ItemKey, Paging, Parameters, Segment},
    caller::Caller,
    problem_answers::{ChangedMeanwhile, Conflict, NotFound, PreconditionRequired},
    review::{Change, Review, change, if_match, review_of, reviews_of},
    suppliers::existing,
};
use store::PublishedItem;

/// Whose items.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Queue {
    /// One supplier's; those of all without it.
    pub(crate) supplier: Option<SupplierId>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewList {
    reviews: Vec<Review>,
    #[schema(required)]
    next_cursor: Option<String>,
    /// How many wait in all.
    open: u64,
}

#[derive(Debug, Deserialize, ToSchema)]
struct Decided {
    ruling: Answer,
}

pub(crate) fn routes() -> OpenApiRouter<Arc<Deps>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(bulk_accept))
        .routes(routes!(show, decide, take_back))
}

/// What waits for a person, the surest first.
///
/// The first is the next one to look at. A page has at most 50 of them.
#[utoipa::path(
    get, path = "/admin/reviews", tag = "Review", operation_id = "list_reviews",
    params(Queue, Paging),
    responses((status = OK, description = "A page of the queue.", body = ReviewList), NotFound),
)]
async fn list(
    State(deps): State<Arc<Deps>>,
    Parameters(queue): Parameters<Queue>,
    Parameters(paging): Parameters<Paging>,
) -> Result<Json<ReviewList>, Problem> {
    let limit = paging.limit()?.min(MOST_REVIEWS);
    let reviews = async {
        let page = deps
            .items
            .to_review(queue.supplier.as_ref(), limit, paging.cursor.as_deref())
            .await?;
        Ok((reviews_of(&deps, page.items).await?, page.next_cursor))
    };
    let ((reviews, next_cursor), open) = tokio::try_join!(reviews, open(&deps, &queue))?;
    Ok(Json(ReviewList {
        reviews,
        next_cursor,
        open,
    }))
}

/// Reviews of one page at most: each brings up to ten products along.
const MOST_REVIEWS: i32 = 50;

/// How many items wait, by the suppliers' own counts.
pub(crate) async fn open(deps: &Deps, queue: &Queue) -> Result<u64, Problem> {
    let suppliers = match &queue.supplier {
        Some(supplier_id) => vec![existing(deps, supplier_id).await?],
        None => deps.suppliers.all().await?,
    };
    Ok(open_of(&suppliers))
}

/// How many items of these suppliers wait.
pub(crate) fn open_of(suppliers: &[Supplier]) -> u64 {
    let counts = suppliers.iter().filter_map(|supplier| supplier.counts);
    counts.map(|counts| u64::try_from(counts.review).unwrap_or(0)).sum()
}

/// An item with its candidates and what was decided of it.
#[utoipa::path(
    get, path = "/admin/suppliers/{supplier_id}/items/{item_key}/decision", tag = "Review", operation_id = "get_review",
    params(("supplier_id" = SupplierId, Path), ("item_key" = ItemKey, Path)),
    responses(
        (status = OK, description = "The item.", body = Review, headers(("ETag" = String, description = "State of item and decisions, for `If-Match`."))),
        NotFound,
    ),
)]
async fn show(
    State(deps): State<Arc<Deps>>,
    Segment((supplier_id, ItemKey(item_key))): Segment<(SupplierId, ItemKey)>,
) -> Result<Response, Problem> {
    Ok(answer(review_of(&deps, &supplier_id, &item_key).await?))
}

/// Decides what an item is.
#[utoipa::path(
    post, path = "/admin/suppliers/{supplier_id}/items/{item_key}/decision", tag = "Review", operation_id = "decide_item",
    params(
        ("supplier_id" = SupplierId, Path),
        ("item_key" = ItemKey, Path),
        ("If-Match" = String, Header, description = "The `ETag` of the item as it was seen, or `*`."),
    ),
    request_body = Decided,
    responses(
        (status = OK, description = "The item as it is now.", body = Review, headers(("ETag" = String, description = "State of item and decisions, for `If-Match`."))),
        NotFound, Conflict, ChangedMeanwhile, PreconditionRequired,
    ),
)]
async fn decide(
    State(deps): State<Arc<Deps>>,
    Segment((supplier_id, ItemKey(item_key))): Segment<(SupplierId, ItemKey)>,
    caller: Caller,
    headers: HeaderMap,
    Body(decided): Body<Decided>,
) -> Result<Response, Problem> {
    let decide = Change::Decide(decided.ruling);
    let seen = if_match(&headers)?;
    let review = change(&deps, (&supplier_id, &item_key), &decide, &caller.name, seen).await?;
    Ok(answer(review))
}

/// Takes the last decision on an item back.
///
/// Returns to the decision before it, and at last to the match and candidates that the first one replaced.
#[utoipa::path(
    delete, path = "/admin/suppliers/{supplier_id}/items/{item_key}/decision", tag = "Review", operation_id = "take_back_decision",
    params(
        ("supplier_id" = SupplierId, Path),
        ("item_key" = ItemKey, Path),
        ("If-Match" = String, Header, description = "The `ETag` of the item as it was seen, or `*`."),
    ),
    responses(
        (status = OK, description = "The item as it is now.", body = Review, headers(("ETag" = String, description = "State of item and decisions, for `If-Match`."))),
        NotFound, Conflict, ChangedMeanwhile, PreconditionRequired,
    ),
)]
async fn take_back(
    State(deps): State<Arc<Deps>>,
    Segment((supplier_id, ItemKey(item_key))): Segment<(SupplierId, ItemKey)>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let seen = if_match(&headers)?;
    let item = (&supplier_id, item_key.as_str());
    Ok(answer(
        change(&deps, item, &Change::TakeBack, &caller.name, seen).await?,
    ))
}

fn answer(review: Review) -> Response {
    let etag = HeaderValue::from_str(&review.etag);
    let mut response = Json(review).into_response();
    if let Ok(etag) = etag {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

/// Items that are accepted at once: one function call has the time for so many.
pub(crate) const MOST_ACCEPTED: usize = 200;

/// Items decided at the same time.
const PARALLEL: usize = 16;

/// Asks first what would be accepted (`dry_run`), then accepts exactly that.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct BulkAccept {
    /// Say what would be accepted, and accept nothing. Without it, `items` are accepted.
    #[serde(default)]
    dry_run: bool,
    /// For a dry run: one supplier's items; those of all without it.
    supplier: Option<SupplierId>,
    /// For a dry run: the least accept score, 0 to 1.
    threshold: Option<f64>,
    /// What a dry run told.
    #[serde(default)]
    items: Vec<ToAccept>,
}

/// An item and the product that is accepted for it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ToAccept {
    pub(crate) supplier_id: SupplierId,
    pub(crate) item_key: String,
    pub(crate) product_id: ProductId,
    /// The item's state; one that has changed since is left alone.
    pub(crate) etag: String,
}

/// To a dry run the one, else the other.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum BulkAnswer {
    Preview(Preview),
    Accepted(Accepted),
}

/// What would be accepted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Preview {
    pub(crate) items: Vec<Acceptable>,
    /// More items reach the threshold than are accepted at once.
    pub(crate) has_more: bool,
}

/// An item with its best candidate.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Acceptable {
    #[serde(flatten)]
    pub(crate) accept: ToAccept,
    #[schema(required)]
    pub(crate) name: Option<String>,
    pub(crate) product_name: String,
    pub(crate) accept_score: f64,
    /// What speaks for it, and what against.
    pub(crate) reasons: Vec<String>,
}

/// What was accepted.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Accepted {
    pub(crate) accepted: usize,
    /// Items that were left alone.
    pub(crate) refused: Vec<RefusedItem>,
}

/// An item that was left alone, and why.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusedItem {
    pub(crate) supplier_id: SupplierId,
    pub(crate) item_key: String,
    #[serde(flatten)]
    pub(crate) problem: Problem,
}

/// Accepts the best candidates of many items.
///
/// `{"dry_run": true, "threshold": 0.7}` says what would be accepted, the surest first; its `items`, sent back, are accepted.
/// Items that something speaks against (`barred`: another code, another size, a sibling that fits as well) are not among them.
#[utoipa::path(
    post, path = "/admin/reviews/bulk-accept", tag = "Review", operation_id = "bulk_accept",
    request_body = BulkAccept,
    responses((status = OK, description = "What would be accepted, or what was.", body = BulkAnswer), NotFound),
)]
async fn bulk_accept(
    State(deps): State<Arc<Deps>>,
    caller: Caller,
    Body(bulk): Body<BulkAccept>,
) -> Result<Json<BulkAnswer>, Problem> {
    if bulk.dry_run {
        let threshold = bulk
            .threshold
            .ok_or_else(|| Problem::invalid("threshold: between 0 and 1"))?;
        let queue = Queue {
            supplier: bulk.supplier,
        };
        return Ok(Json(BulkAnswer::Preview(preview(&deps, &queue, threshold).await?)));
    }
    let accepted = accept_all(&deps, &bulk.items, &caller.name).await?;
    Ok(Json(BulkAnswer::Accepted(accepted)))
}

/// The items of the queue whose score reaches `threshold` and against which nothing speaks ([`domain::Match::barred`]), the surest
/// first.
pub(crate) async fn preview(deps: &Deps, queue: &Queue, threshold: f64) -> Result<Preview, Problem> {
    if !(0.0..=1.0).contains(&threshold) {
        return Err(Problem::invalid("threshold: between 0 and 1"));
    }
    let mut preview = Preview {
        items: Vec::new(),
        has_more: false,
    };
    let mut cursor: Option<String> = None;
    loop {
        let page = deps
            .items
            .to_review(queue.supplier.as_ref(), 100, cursor.as_deref())
            .await?;
        let below = page.items.iter().any(|item| item.found.accept_score < threshold);
        // What something speaks against is for a person to look at, one by one, whatever its score.
        let is_offered = |item: &PublishedItem| item.found.accept_score >= threshold && !item.found.barred;
        let items: Vec<_> = page.items.into_iter().filter(is_offered).collect();
        for review in reviews_of(deps, items).await? {
            if preview.items.len() == MOST_ACCEPTED {
                preview.has_more = true;
                return Ok(preview);
            }
            preview.items.extend(acceptable(review));
        }
        cursor = page.next_cursor;
        if below || cursor.is_none() {
            return Ok(preview);
        }
    }
}

/// Nothing where the best candidate is no longer in the catalogue, or where a person has left the item open.
fn acceptable(review: Review) -> Option<Acceptable> {
    let is_open = review
        .decision
        .as_ref()
        .is_none_or(|decision| decision.current.is_none());
    let best = review.candidates.into_iter().next()?;
    let product = best.product.filter(|_| is_open)?;
    Some(Acceptable {
        accept: ToAccept {
            supplier_id: review.item.supplier_id,
            item_key: review.item.item_key,
            product_id: product.product_id,
            etag: review.etag,
        },
        name: review.item.name,
        product_name: product.name,
        accept_score: review.item.found.accept_score,
        reasons: review.item.found.reasons,
    })
}

/// Accepts each item that is still as it was told.
pub(crate) async fn accept_all(deps: &Deps, items: &[ToAccept], by: &str) -> Result<Accepted, Problem> {
    if items.is_empty() || items.len() > MOST_ACCEPTED {
        return Err(Problem::invalid(format!(
            "items: between 1 and {MOST_ACCEPTED}, as a dry run told them"
        )));
    }
    if let Some(at) = items.iter().position(|item| !ItemKey::is_valid(&item.item_key)) {
        return Err(Problem::invalid(format!(
            "items[{at}].item_key: not the key of an item"
        )));
    }
    let decisions: Vec<_> = items.iter().map(|item| accept(deps, item, by)).collect();
    let mut outcomes = stream::iter(decisions).buffer_unordered(PARALLEL);
    let mut accepted = Accepted::default();
    while let Some((item, outcome)) = outcomes.next().await {
        match outcome {
            Ok(()) => accepted.accepted += 1,
            Err(problem) => accepted.refused.push(RefusedItem {
                supplier_id: item.supplier_id.clone(),
                item_key: item.item_key.clone(),
                problem,
            }),
        }
    }
    Ok(accepted)
}

async fn accept<'i>(deps: &Deps, item: &'i ToAccept, by: &str) -> (&'i ToAccept, Result<(), Problem>) {
    let decide = Change::Decide(Answer::ProductId(item.product_id.clone()));
    let key = (&item.supplier_id, item.item_key.as_str());
    (item, change(deps, key, &decide, by, &item.etag).await.map(drop))
}
