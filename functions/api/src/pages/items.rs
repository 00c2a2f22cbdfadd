//! What suppliers sell now: found, filtered, and each with its history.

mod price_plot;

use std::sync::Arc;

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};
use domain::{Decision, PricePeriod, SupplierId};
use serde::Deserialize;
use store::{PriceNow, Publishable, PublishedItem};

use self::price_plot::PricePlot;
use super::{Frame, Section, format, page};
use crate::{
    Deps, Problem,
    body::{Paging, Parameters, Segment},
    caller::Caller,
    items::{Changed, Direction, Filter, of_all, of_supplier},
    review::{Review, review_of},
    suppliers::existing,
};

/// Periods of a price that are shown.
const PERIODS: i32 = 100;

/// What the form says; what is not chosen is empty.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    supplier: String,
    q: String,
    decision: String,
    changed: String,
    price_move: String,
    cursor: Option<String>,
}

#[derive(Template)]
#[template(path = "items/page.html")]
struct ItemsPage {
    frame: Frame,
    suppliers: Vec<(SupplierId, String)>,
    asked: Asked,
    rows: ItemRows,
}

#[derive(Template)]
#[template(path = "items/rows.html")]
struct ItemRows {
    items: Vec<ItemRow>,
    /// Whether items were asked for that others are not.
    is_filtered: bool,
    /// The address of the rows that follow.
    next: Option<String>,
}

struct ItemRow {
    item: PublishedItem,
    price: Option<String>,
    address: String,
}

#[derive(Template)]
#[template(path = "items/item.html")]
struct ItemPage {
    frame: Frame,
    supplier_name: String,
    review: Review,
    product_name: Option<String>,
    price: Option<String>,
    prices: Vec<(String, String)>,
    history: Vec<PeriodRow>,
    plot: Option<PricePlot>,
}

struct PeriodRow {
    from: String,
    until: String,
    price: String,
}

#[derive(Debug, Deserialize)]
struct Key {
    key: String,
}

pub(super) fn routes() -> Router<Arc<Deps>> {
    Router::new()
        .route("/items", get(show))
        .route("/items/rows", get(rows))
        .route("/items/{supplier_id}", get(item))
}

impl Asked {
    fn filter(&self) -> Result<Filter, Problem> {
        let decision = match self.decision.as_str() {
            "" => None,
            "matched" => Some(Decision::Matched),
            "review" => Some(Decision::Review),
            "new" => Some(Decision::New),
            _ => return Err(Problem::invalid("decision: matched, review or new")),
        };
        let price_move = match self.price_move.as_str() {
            "" => None,
            "up" => Some(Direction::Up),
            "down" => Some(Direction::Down),
            _ => return Err(Problem::invalid("price_move: up or down")),
        };
        Ok(Filter {
            decision,
            q: Some(self.q.clone()).filter(|words| !words.trim().is_empty()),
            changed: (self.changed == "last_list").then_some(Changed::LastList),
            price_move,
            ..Filter::default()
        })
    }

    /// Without the cursor.
    fn query(&self) -> String {
        let fields = [
            ("supplier", &self.supplier),
            ("q", &self.q),
            ("decision", &self.decision),
            ("changed", &self.changed),
            ("price_move", &self.price_move),
        ];
        let asked = fields.into_iter().filter(|(_, value)| !value.is_empty());
        asked
            .map(|(name, value)| format!("{name}={}", format::component(value)))
            .collect::<Vec<_>>()
            .join("&")
    }
}

async fn show(
    State(deps): State<Arc<Deps>>,
    caller: Caller,
    Parameters(asked): Parameters<Asked>,
) -> Result<Response, Problem> {
    let suppliers = async { deps.suppliers.all().await.map_err(Problem::from) };
    let (rows, suppliers) = tokio::try_join!(found(&deps, &asked), suppliers)?;
    page(&ItemsPage {
        frame: Frame::new(Section::Items, caller),
        suppliers: suppliers
            .into_iter()
            .map(|supplier| (supplier.supplier_id, supplier.settings.name))
            .collect(),
        asked,
        rows,
    })
}

async fn rows(State(deps): State<Arc<Deps>>, Parameters(asked): Parameters<Asked>) -> Result<Response, Problem> {
    page(&found(&deps, &asked).await?)
}

async fn found(deps: &Arc<Deps>, asked: &Asked) -> Result<ItemRows, Problem> {
    let filter = Parameters(asked.filter()?);
    let paging = Parameters(Paging::after(asked.cursor.clone()));
    let state = State(Arc::clone(deps));
    let list = match asked.supplier.as_str() {
        "" => of_all(state, filter, paging).await?,
        id => of_supplier(state, Segment(id.parse().map_err(Problem::invalid)?), filter, paging).await?,
    };
    let list = list.0;
    let query = asked.query();
    Ok(ItemRows {
        is_filtered: !query.is_empty(),
        items: list.items.into_iter().map(row).collect(),
        next: list
            .next_cursor
            .map(|cursor| format!("/items/rows?{query}&cursor={}", format::component(&cursor))),
    })
}

fn row(item: PublishedItem) -> ItemRow {
    ItemRow {
        price: item.price.map(|price| format::money(price, item.currency)),
        address: address(&item),
        item,
    }
}

/// The page of an item.
pub(super) fn address(item: &PublishedItem) -> String {
    format!("/items/{}?key={}", item.supplier_id, format::component(&item.item_key))
}

async fn item(
    State(deps): State<Arc<Deps>>,
    caller: Caller,
    Segment(supplier_id): Segment<SupplierId>,
    Parameters(Key { key }): Parameters<Key>,
) -> Result<Response, Problem> {
    let (supplier, review) = tokio::try_join!(existing(&deps, &supplier_id), review_of(&deps, &supplier_id, &key))?;
    let item = &review.item;
    let now = PriceNow {
        terms: Some(item.state().terms()).filter(|terms| terms.price.is_some()),
        first_list: supplier.first_published_at,
    };
    let product_name = async {
        match &item.found.product_id {
            Some(product) => Ok(deps.catalogue.get(product).await?.map(|product| product.name)),
            None => Ok(None),
        }
    };
    let history = deps.prices.history(&supplier_id, &key, now, PERIODS, None);
    let (history, product_name) = tokio::try_join!(history, product_name)?;
    let named = |named: &domain::NamedPrice| (named.name.to_string(), format::money(named.price, named.currency));
    page(&ItemPage {
        frame: Frame::new(Section::Items, caller),
        supplier_name: supplier.settings.name,
        product_name,
        price: item.price.map(|price| format::money(price, item.currency)),
        prices: item.prices.iter().map(named).collect(),
        plot: PricePlot::of(&history.periods, deps.clock.now()),
        history: history.periods.iter().map(period).collect(),
        review,
    })
}

fn period(period: &PricePeriod) -> PeriodRow {
    let day = |time: jiff::Timestamp| time.strftime("%Y-%m-%d %H:%M").to_string();
    PeriodRow {
        from: period.valid_from.map(day).unwrap_or_else(|| "the first list".into()),
        until: period.valid_until.map(day).unwrap_or_else(|| "now".into()),
        price: match period.terms.price {
            Some(price) => format::money(price, period.terms.currency),
            None => "none".into(),
        },
    }
}
