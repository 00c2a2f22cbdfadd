//! The buyer's products: found by word, and each with its offers.

use std::sync::Arc;

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};
use domain::{ItemDecision, Product, ProductId};
use serde::Deserialize;

use super::{Frame, Section, format, items::address, page};
use crate::{
    Deps, Problem,
    body::{Parameters, Segment},
    caller::Caller,
    offers::{Offer, OfferGroup, offers},
    products::find,
};

/// Products that a search shows.
const FOUND: usize = 8;

/// Decisions that are shown with a product.
const DECISIONS: i32 = 20;

#[derive(Debug, Deserialize)]
struct Words {
    #[serde(default)]
    q: String,
}

#[derive(Debug, Deserialize)]
struct Id {
    id: ProductId,
}

#[derive(Template)]
#[template(path = "products/found.html")]
struct Found {
    /// What was looked for: the page chooses the first of what was asked for, not of what was asked before.
    words: String,
    has_words: bool,
    products: Vec<(Product, Option<String>)>,
}

#[derive(Template)]
#[template(path = "products/page.html")]
struct ProductPage {
    frame: Frame,
    product: Product,
    price: Option<String>,
    groups: Vec<OfferGroup>,
    decisions: Vec<ItemDecision>,
}

pub(super) fn routes() -> Router<Arc<Deps>> {
    Router::new()
        .route("/products", get(show))
        .route("/products/found", get(found))
}

/// Products to choose from, for the review.
async fn found(State(deps): State<Arc<Deps>>, Parameters(words): Parameters<Words>) -> Result<Response, Problem> {
    let has_words = !words.q.trim().is_empty();
    let products = match has_words {
        true => find(&deps, &words.q, 0, FOUND).await?.0,
        false => Vec::new(),
    };
    let priced = |product: Product| {
        let price = product.price.map(|price| format::money(price, product.currency));
        (product, price)
    };
    page(&Found {
        words: words.q,
        has_words,
        products: products.into_iter().map(priced).collect(),
    })
}

async fn show(
    State(deps): State<Arc<Deps>>,
    caller: Caller,
    Parameters(Id { id }): Parameters<Id>,
) -> Result<Response, Problem> {
    let product = deps.catalogue.get(&id).await?;
    let product = product.ok_or_else(|| Problem::not_found(format!("there is no product {id}")))?;
    let offered = offers(State(Arc::clone(&deps)), Segment(id.clone())).await?.0;
    let decisions = deps.decisions.for_product(&id, DECISIONS, None).await?;
    page(&ProductPage {
        frame: Frame::new(Section::Catalogue, caller),
        price: product.price.map(|price| format::money(price, product.currency)),
        product,
        groups: offered.groups,
        decisions: decisions.decisions,
    })
}

impl OfferGroup {
    /// What its offers have in common.
    fn title(&self) -> String {
        let mut words = vec![
            self.currency
                .map_or("no currency".to_owned(), |currency| currency.to_string()),
        ];
        words.extend(self.unit.as_ref().map(|unit| format!("per {}", unit.original)));
        words.extend(self.pack_size.map(|size| format!("packs of {size}")));
        words.join(", ")
    }

    fn is_best(&self, at: &usize) -> bool {
        *at == 0 && self.best.is_some()
    }
}

impl Offer {
    fn price(&self) -> Option<String> {
        self.item.price.map(|price| format::money(price, self.item.currency))
    }

    fn address(&self) -> String {
        address(&self.item)
    }
}
