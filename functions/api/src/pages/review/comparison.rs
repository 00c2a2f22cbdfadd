//! An item and a product side by side.

use domain::{ItemState, Price, Product};
use store::PublishedItem;

use crate::{
    pages::{
        differences::{Piece, differences, only_in},
        format,
    },
    review::CandidateProduct,
};

/// A candidate as compared with the item.
pub(crate) struct CandidateView {
    /// From 1: the key that chooses it.
    pub(crate) number: usize,
    pub(crate) product_id: String,
    /// 0 to 100.
    pub(crate) percent: u32,
    pub(crate) name: Vec<Piece>,
    pub(crate) only_in_list: String,
    pub(crate) only_in_catalogue: String,
    pub(crate) facts: Vec<Fact>,
    pub(crate) price: Option<String>,
    /// How the item's price compares with the product's.
    pub(crate) price_difference: Option<Move>,
    pub(crate) is_gone: bool,
}

/// A field of the product.
pub(crate) struct Fact {
    pub(crate) label: &'static str,
    pub(crate) pieces: Vec<Piece>,
    /// Whether the item says the same; none where it says nothing.
    pub(crate) agrees: Option<bool>,
}

/// By how much a price is above or below another.
pub(crate) struct Move {
    pub(crate) text: String,
    pub(crate) is_up: bool,
    /// Far enough to make one doubt that it is the same thing.
    pub(crate) is_large: bool,
}

/// Per cent from which a difference of prices is marked: suppliers of one thing differ by less.
const LARGE: u32 = 50;

impl CandidateView {
    pub(crate) fn new(number: usize, item: &PublishedItem, candidate: CandidateProduct) -> Self {
        let percent = nearest_percent(candidate.candidate.probability);
        let product_id = candidate.candidate.product_id.to_string();
        let Some(product) = candidate.product else {
            return Self {
                number,
                product_id,
                percent,
                name: Vec::new(),
                only_in_list: String::new(),
                only_in_catalogue: String::new(),
                facts: Vec::new(),
                price: None,
                price_difference: None,
                is_gone: true,
            };
        };
        let listed = item.name.as_deref().unwrap_or_default();
        Self {
            number,
            product_id,
            percent,
            name: differences(&product.name, &words_of(item)),
            only_in_list: only_in(listed, &words_of_product(&product)),
            only_in_catalogue: only_in(&product.name, &words_of(item)),
            facts: facts(item, &product),
            price: product.price.map(|price| format::money(price, product.currency)),
            price_difference: against_catalogue(item, &product),
            is_gone: false,
        }
    }
}

/// All that the item says in words: what stands in another column than the name is no difference.
fn words_of(item: &PublishedItem) -> String {
    let unit = item.unit.as_ref().map(|unit| unit.original.as_str());
    let texts = [
        item.name.as_deref(),
        item.brand.as_deref(),
        item.sku.as_deref(),
        item.description.as_deref(),
        unit,
    ];
    texts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn words_of_product(product: &Product) -> String {
    let texts = [
        Some(product.name.as_str()),
        product.brand.as_deref(),
        product.sku.as_deref(),
        product.description.as_deref(),
        product.unit.as_deref(),
    ];
    texts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

const CODE: &str = "Code";

fn facts(item: &PublishedItem, product: &Product) -> Vec<Fact> {
    let unit = item.unit.as_ref().map(|unit| unit.original.to_string());
    [
        (CODE, item.sku.as_ref(), product.sku.as_ref()),
        ("Barcode", item.barcode.as_ref(), product.barcode.as_ref()),
        ("Brand", item.brand.as_ref(), product.brand.as_ref()),
        ("Unit", unit.as_ref(), product.unit.as_ref()),
    ]
    .into_iter()
    .filter_map(|(label, ours, theirs)| fact(label, ours, theirs?))
    .collect()
}

fn fact(label: &'static str, ours: Option<&String>, theirs: &str) -> Option<Fact> {
    let agrees = ours.map(|ours| differences(theirs, ours).iter().all(|piece| !piece.differs));
    // A supplier's code seldom is the buyer's: that they differ says nothing.
    let pieces = match ours.filter(|_| label != CODE) {
        Some(ours) => differences(theirs, ours),
        None => differences(theirs, theirs),
    };
    Some(Fact {
        label,
        agrees: agrees.filter(|agrees| *agrees || label != CODE),
        pieces,
    })
}

fn against_catalogue(item: &PublishedItem, product: &Product) -> Option<Move> {
    let (ours, theirs) = (item.price?, product.price?);
    let same_currency = item.currency == product.currency || product.currency.is_none() || item.currency.is_none();
    same_currency.then(|| price_move(theirs, ours)).flatten()
}

/// From one price to another, in per cent.
pub(crate) fn price_move(from: Price, to: Price) -> Option<Move> {
    let state = |price| ItemState {
        price: Some(price),
        ..ItemState::default()
    };
    let percent = state(from).price_move(&state(to))?.round_dp(1).normalize();
    let sign = if percent.is_sign_negative() { "−" } else { "+" };
    Some(Move {
        text: match percent.is_zero() {
            true => "the same".to_owned(),
            false => format!("{sign}{} %", percent.abs()),
        },
        is_up: percent.is_sign_positive() && !percent.is_zero(),
        is_large: percent.abs() >= LARGE.into(),
    })
}

/// 0 to 100 to the nearest, as reasons say it with a decimal; never 100 unless it is certain.
fn nearest_percent(probability: f64) -> u32 {
    match probability < 1.0 {
        true => percent(probability + 0.005).min(99),
        false => 100,
    }
}

/// 0 to 100; never 100 unless it is certain, and a score below a threshold never looks as if it reached it.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..=100"
)]
pub(crate) fn percent(probability: f64) -> u32 {
    (probability.clamp(0.0, 1.0) * 100.0).floor() as u32
}
