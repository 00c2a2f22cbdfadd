//! The review queue: one item at a time, or a table of them.

mod bulk;
mod card;
pub(in crate::pages) mod comparison;
mod table;

use std::sync::Arc;

use askama::Template;
use axum::{
    Form, Router,
    extract::State,
    response::Response,
    routing::{get, post},
};
use domain::{Answer, Decision, Supplier, SupplierId};
use serde::{Deserialize, Serialize};
use store::{PriceNow, Publishable, PublishedItem};

use self::{
    card::Card,
    table::{ReviewRow, ReviewRows},
};
use super::{Frame, Section, format, page};
use crate::{
    Deps, Problem,
    body::Parameters,
    caller::Caller,
    review::{Change, Review, change, review_of, reviews_of},
    reviews::{Queue, open},
};

/// Items of the table.
const ROWS: i32 = 25;

/// Decisions that can be undone one after another.
const MOST_UNDONE: usize = 20;

#[derive(Template)]
#[template(path = "review/page.html")]
struct ReviewPage {
    frame: Frame,
    suppliers: Vec<SupplierChoice>,
    supplier: String,
    is_table: bool,
    card: Option<Card>,
    rows: Option<ReviewRows>,
}

struct SupplierChoice {
    id: SupplierId,
    name: String,
    open: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum View {
    #[default]
    One,
    Table,
}

#[derive(Debug, Deserialize)]
struct Asked {
    /// Empty for all: it comes from a form.
    #[serde(default)]
    supplier: String,
    #[serde(default)]
    view: View,
    /// One item to begin with, of `supplier`.
    item: Option<String>,
    cursor: Option<String>,
}

pub(super) fn routes() -> Router<Arc<Deps>> {
    Router::new()
        .route("/review", get(show))
        .route("/review/answer", post(answer))
        .route("/review/rows", get(more_rows))
        .route("/review/row", post(answer_row))
        .route("/review/bulk", get(bulk::preview).post(bulk::accept))
}

fn queue_of(supplier: &str) -> Result<Queue, Problem> {
    let supplier = match supplier {
        "" => None,
        id => Some(id.parse().map_err(Problem::invalid)?),
    };
    Ok(Queue { supplier })
}

async fn show(
    State(deps): State<Arc<Deps>>,
    caller: Caller,
    Parameters(asked): Parameters<Asked>,
) -> Result<Response, Problem> {
    let suppliers = async { deps.suppliers.all().await.map_err(Problem::from) };
    let (suppliers, (card, rows)) = tokio::try_join!(suppliers, shown(&deps, &caller, &asked))?;
    page(&ReviewPage {
        frame: Frame::new(Section::Review, caller),
        suppliers: suppliers.iter().filter_map(choice).collect(),
        supplier: asked.supplier,
        is_table: asked.view == View::Table,
        card,
        rows,
    })
}

/// The card or the table, as asked.
async fn shown(deps: &Deps, caller: &Caller, asked: &Asked) -> Result<(Option<Card>, Option<ReviewRows>), Problem> {
    if asked.view == View::Table {
        return Ok((None, Some(rows_of(deps, caller, asked).await?)));
    }
    let place = Place {
        supplier: asked.supplier.clone(),
        from: asked.cursor.clone(),
        ..Place::default()
    };
    let card = match (queue_of(&asked.supplier)?.supplier, &asked.item) {
        (Some(supplier_id), Some(key)) => {
            let review = review_of(deps, &supplier_id, key).await?;
            Card::of(deps, caller, place, Some(review), None).await?
        }
        _ => next_card(deps, caller, place, None).await?,
    };
    Ok((Some(card), None))
}

/// Suppliers that have open items.
fn choice(supplier: &Supplier) -> Option<SupplierChoice> {
    let open = u64::try_from(supplier.counts?.review).unwrap_or(0);
    (open > 0).then(|| SupplierChoice {
        id: supplier.supplier_id.clone(),
        name: supplier.settings.name.clone(),
        open,
    })
}

/// Where somebody is in the queue; it goes with the card from answer to answer.
#[derive(Debug, Clone, Default)]
struct Place {
    /// Whose queue; empty for all.
    supplier: String,
    /// Where the shown item was looked for.
    from: Option<String>,
    /// Where to look for the next.
    after: Option<String>,
    /// Items decided in this sitting.
    done: u64,
    /// The last of them, for undoing.
    trail: Vec<Step>,
}

/// A decision that can be undone while the item is in the state that it left.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Step {
    supplier_id: SupplierId,
    item_key: String,
    etag: String,
}

#[derive(Debug, Deserialize)]
struct AnswerForm {
    /// `accept:PRODUCT`, `new`, `not_sure`, `skip`, `undo`.
    action: String,
    #[serde(default)]
    supplier_id: String,
    #[serde(default)]
    item_key: String,
    #[serde(default)]
    etag: String,
    #[serde(default)]
    supplier: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    after: String,
    #[serde(default)]
    done: u64,
    /// JSON.
    #[serde(default)]
    trail: String,
}

impl AnswerForm {
    fn place(&self) -> Place {
        let cursor = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Place {
            supplier: self.supplier.clone(),
            from: cursor(&self.from),
            after: cursor(&self.after),
            done: self.done,
            trail: serde_json::from_str(&self.trail).unwrap_or_default(),
        }
    }

    /// The answer that the button stands for; none for `skip` and `undo`.
    fn ruling(&self) -> Result<Option<Answer>, Problem> {
        match self.action.as_str() {
            "new" => Ok(Some(Answer::New)),
            "not_sure" => Ok(Some(Answer::NotSure)),
            "skip" | "undo" => Ok(None),
            other => match other.strip_prefix("accept:") {
                Some(id) => Ok(Some(Answer::ProductId(id.parse().map_err(Problem::invalid)?))),
                None => Err(Problem::invalid("action: not one of the page's")),
            },
        }
    }
}

/// Takes the answer to the shown item and shows the next.
async fn answer(
    State(deps): State<Arc<Deps>>,
    caller: Caller,
    Form(form): Form<AnswerForm>,
) -> Result<Response, Problem> {
    let mut place = form.place();
    let card = match form.ruling()? {
        Some(ruling) => {
            let supplier_id: SupplierId = form.supplier_id.parse().map_err(Problem::invalid)?;
            let item = (&supplier_id, form.item_key.as_str());
            match change(&deps, item, &Change::Decide(ruling), &caller.name, &form.etag).await {
                Ok(decided) => {
                    let said = said_of(&decided);
                    place.done += 1;
                    place.trail.push(Step {
                        supplier_id: supplier_id.clone(),
                        item_key: form.item_key.clone(),
                        etag: decided.etag,
                    });
                    let forgotten = place.trail.len().saturating_sub(MOST_UNDONE);
                    place.trail.drain(..forgotten);
                    place.from = place.after.take();
                    next_card(&deps, &caller, place, Some(said)).await?
                }
                Err(problem) if problem.is_precondition_failed() => {
                    let review = review_of(&deps, &supplier_id, &form.item_key).await?;
                    Card::of(
                        &deps,
                        &caller,
                        place,
                        Some(review),
                        Some(format::sentence(&problem.detail)),
                    )
                    .await?
                }
                Err(problem) => return Err(problem),
            }
        }
        None if form.action == "undo" => undo(&deps, &caller, place).await?,
        None => {
            place.from = place.after.take();
            next_card(&deps, &caller, place, Some("Skipped; it stays open.".into())).await?
        }
    };
    page(&card)
}

/// Shows the item that was decided last, open again.
async fn undo(deps: &Deps, caller: &Caller, mut place: Place) -> Result<Card, Problem> {
    let Some(step) = place.trail.pop() else {
        return Err(Problem::conflict("nothing_to_undo", "nothing was decided here yet"));
    };
    let item = (&step.supplier_id, step.item_key.as_str());
    let undone = change(deps, item, &Change::TakeBack, &caller.name, &step.etag).await?;
    place.done = place.done.saturating_sub(1);
    // The item that was shown comes again after the undone one.
    place.after = place.from.clone();
    Card::of(deps, caller, place, Some(undone), Some("Undone.".into())).await
}

fn said_of(review: &Review) -> String {
    let name = review.item.name.as_deref().unwrap_or(&review.item.item_key);
    match (&review.item.found.decision, &review.item.found.product_id) {
        (Decision::Matched, Some(product)) => format!("{name} is {product}."),
        (Decision::New, _) => format!("{name} is new."),
        _ => format!("{name} stays open."),
    }
}

/// Pages of the queue that are looked through for an item that is still open.
const LOOKED_THROUGH: usize = 5;

/// The card of the next open item from `place.from` on.
async fn next_card(deps: &Deps, caller: &Caller, mut place: Place, said: Option<String>) -> Result<Card, Problem> {
    let queue = queue_of(&place.supplier)?;
    let mut cursor = place.from.clone();
    for _ in 0..LOOKED_THROUGH {
        let page = deps
            .items
            .to_review(queue.supplier.as_ref(), 1, cursor.as_deref())
            .await?;
        let item = page
            .items
            .into_iter()
            .next()
            .filter(|item| item.found.decision == Decision::Review);
        if let Some(item) = item {
            place.from = cursor;
            place.after = page.next_cursor;
            let review = reviews_of(deps, vec![item]).await?.pop();
            return Card::of(deps, caller, place, review, said).await;
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    place.from = cursor;
    place.after = None;
    Card::of(deps, caller, place, None, said).await
}

async fn rows_of(deps: &Deps, caller: &Caller, asked: &Asked) -> Result<ReviewRows, Problem> {
    let queue = queue_of(&asked.supplier)?;
    let page = async {
        let page = deps
            .items
            .to_review(queue.supplier.as_ref(), ROWS, asked.cursor.as_deref())
            .await?;
        Ok((reviews_of(deps, page.items).await?, page.next_cursor))
    };
    let ((reviews, next_cursor), open) = tokio::try_join!(page, open(deps, &queue))?;
    let rows = reviews.into_iter().map(|review| ReviewRow::new(review, caller));
    Ok(ReviewRows {
        rows: rows.collect(),
        supplier: asked.supplier.clone(),
        next_cursor,
        open,
    })
}

async fn more_rows(
    State(deps): State<Arc<Deps>>,
    caller: Caller,
    Parameters(asked): Parameters<Asked>,
) -> Result<Response, Problem> {
    page(&rows_of(&deps, &caller, &asked).await?)
}

/// Takes the answer to one row of the table, or takes it back, and shows the row as it is then; where another was faster,
/// as they left it.
async fn answer_row(
    State(deps): State<Arc<Deps>>,
    caller: Caller,
    Form(form): Form<AnswerForm>,
) -> Result<Response, Problem> {
    let supplier_id: SupplierId = form.supplier_id.parse().map_err(Problem::invalid)?;
    let what = match form.ruling()? {
        Some(ruling) => Change::Decide(ruling),
        None => Change::TakeBack,
    };
    let item = (&supplier_id, form.item_key.as_str());
    let row = match change(&deps, item, &what, &caller.name, &form.etag).await {
        Ok(review) => ReviewRow::new(review, &caller),
        Err(problem) if problem.is_precondition_failed() => {
            let review = review_of(&deps, &supplier_id, &form.item_key).await?;
            ReviewRow::new(review, &caller).saying(format::sentence(&problem.detail))
        }
        Err(problem) => return Err(problem),
    };
    page(&row)
}

/// The item's price before the one of now, where it had another.
async fn last_price(deps: &Deps, item: &PublishedItem) -> Result<Option<domain::PricePeriod>, Problem> {
    let now = PriceNow {
        terms: Some(item.state().terms()).filter(|terms| terms.price.is_some()),
        first_list: None,
    };
    let page = deps
        .prices
        .history(&item.supplier_id, &item.item_key, now, 2, None)
        .await?;
    Ok(page.periods.into_iter().nth(1))
}
