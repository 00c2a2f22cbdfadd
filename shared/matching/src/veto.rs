//! What forbids accepting without a person, whatever the probability.

use crate::{
    catalogue::{CatalogueIndex, Prepared},
    features::{Comparison, PairFeatures, code_likeness},
    lexicon::WordId,
    quantity::{Dimension, Quantity},
    query::Query,
    siblings::Sibling,
    text::compact,
    words::Kind,
};

/// A contradiction between an item and a product.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Veto {
    /// Each has a model code that the other lacks.
    Code {
        /// The item's.
        item: String,
        /// The product's.
        product: String,
    },
    /// Each has a number in its name, or a short code such as `s8`, that the other lacks.
    Number {
        /// The item's.
        item: String,
        /// The product's.
        product: String,
    },
    /// Both give a quantity of one dimension, not the same.
    Quantity(Quantity, Quantity),
    /// One is a pack, the other says nothing of one.
    Pack(Quantity),
    /// Both have a colour, not the same.
    Colour,
    /// Both have a brand, and neither stands in the other's text.
    Brand,
    /// The item's name has another brand of the catalogue, and not the product's.
    OtherBrand {
        /// In the item's name.
        item: String,
        /// The product's.
        product: String,
    },
    /// The one's model code is a part of the other's.
    CodePart {
        /// The item's.
        item: String,
        /// The product's.
        product: String,
    },
    /// Each has a word for a variant that the other lacks.
    Variant {
        /// The item's.
        item: String,
        /// The product's.
        product: String,
    },
    /// Another product differs from this one only in what the item does not say.
    Sibling(Sibling),
    /// Other products of this kind have the item's word where this one has its own.
    Word {
        /// The item's.
        item: String,
        /// The product's.
        product: String,
    },
}

/// Codes that are this alike are two models of one series, even beside another code that agrees.
const SAME_SERIES: f32 = 0.6;

/// Every contradiction of a pair that `comparison` has just compared.
pub(crate) fn vetoes(
    features: &PairFeatures,
    comparison: &Comparison,
    query: &Query,
    product: &Prepared<'_>,
    index: &CatalogueIndex,
) -> Vec<Veto> {
    let mut vetoes = Vec::new();
    if let Some((item, product)) = conflicting_codes(comparison, query, index) {
        vetoes.push(Veto::Code { item, product });
    }
    if let Some((item, product)) = partial_code(comparison, query, index) {
        vetoes.push(Veto::CodePart { item, product });
    }
    let variants = conflicting_variants(features, comparison, query, index);
    if let Some((item, product)) = variants.or_else(|| conflicting_letters(comparison, query, index)) {
        vetoes.push(Veto::Variant { item, product });
    }
    if let Some((item, product)) = conflicting_numbers(comparison, query, index) {
        vetoes.push(Veto::Number { item, product });
    }
    vetoes.extend(
        comparison
            .quantity_conflicts
            .iter()
            .map(|(item, product)| Veto::Quantity(*item, *product)),
    );
    vetoes.extend(pack_one_sided(comparison, query, index).map(Veto::Pack));
    if features.colour < 0.0 {
        vetoes.push(Veto::Colour);
    }
    if features.brand <= -1.0 {
        vetoes.push(Veto::Brand);
    }
    if let Some((item, product)) = other_brand(query, product, index) {
        vetoes.push(Veto::OtherBrand { item, product });
    }
    vetoes
}

/// A brand of the catalogue in the name of an item without a brand column, where the product's own stands nowhere in the item.
fn other_brand(query: &Query, product: &Prepared<'_>, index: &CatalogueIndex) -> Option<(String, String)> {
    let own = index.lexicon.text(product.brand.filter(|_| query.brand.is_none())?);
    if own.is_empty() || query.compact_text.contains(own) {
        return None;
    }
    let is_others = |brand: &str| !own.contains(brand) && !compact(product.name).contains(brand);
    let named = index.brands_named(&query.name);
    let other = named
        .into_iter()
        .map(|brand| index.lexicon.text(brand))
        .find(|brand| is_others(brand))?;
    Some((other.to_owned(), own.to_owned()))
}

/// The most alike two codes of one sort (with letters, or digits alone) that the other side lacks; with another code in
/// common, only if they are of one series.
fn conflicting_codes(comparison: &Comparison, query: &Query, index: &CatalogueIndex) -> Option<(String, String)> {
    let has_letters = |code: &str| code.contains(char::is_alphabetic);
    let least = if comparison.codes_agreed.is_empty() {
        0.0
    } else {
        SAME_SERIES
    };
    comparison
        .item_codes_missing
        .iter()
        .map(|code| query.text(*code, &index.lexicon))
        .flat_map(|item| {
            comparison
                .product_codes_missing
                .iter()
                .map(move |code| (item, index.lexicon.text(*code)))
        })
        .filter(|(item, product)| has_letters(item) == has_letters(product))
        .map(|(item, product)| (code_likeness(item, product), item, product))
        .filter(|(likeness, ..)| *likeness >= least)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| (b.1, b.2).cmp(&(a.1, a.2))))
        .map(|(_, item, product)| (item.to_owned(), product.to_owned()))
}

/// A code of the one that is a part of a code of the other, which itself has no such code: `gs1` and `gs1b` are two models,
/// or one with the letters of a country after it.
fn partial_code(comparison: &Comparison, query: &Query, index: &CatalogueIndex) -> Option<(String, String)> {
    let item = |code: &WordId| query.text(*code, &index.lexicon).to_owned();
    let product = |code: &WordId| index.lexicon.text(*code).to_owned();
    comparison
        .item_codes_cut
        .first()
        .map(|(own, longer)| (item(own), product(longer)))
        .or_else(|| {
            let (own, longer) = comparison.product_codes_cut.first()?;
            Some((item(longer), product(own)))
        })
}

/// The first number of each that the other has nowhere, unless a code is in common, which says more.
fn conflicting_numbers(comparison: &Comparison, query: &Query, index: &CatalogueIndex) -> Option<(String, String)> {
    if !comparison.codes_agreed.is_empty() {
        return None;
    }
    let is_number = |kind: Kind| kind == Kind::Number;
    let item = comparison
        .item_missing
        .iter()
        .find(|word| is_number(query.kind(**word, &index.lexicon)))?;
    let product = comparison
        .product_missing
        .iter()
        .find(|word| is_number(index.lexicon.kind(**word)))?;
    Some((
        query.text(*item, &index.lexicon).to_owned(),
        index.lexicon.text(*product).to_owned(),
    ))
}

/// The first variant word of each that the other has nowhere in any language.
fn conflicting_variants(
    features: &PairFeatures,
    comparison: &Comparison,
    query: &Query,
    index: &CatalogueIndex,
) -> Option<(String, String)> {
    if features.item_variants_missing < 1.0 || features.product_variants_missing < 1.0 {
        return None;
    }
    let is_variant = |kind: Kind| matches!(kind, Kind::Variant(_));
    let item = comparison
        .item_missing
        .iter()
        .find(|word| is_variant(query.kind(**word, &index.lexicon)))?;
    let product = comparison
        .product_missing
        .iter()
        .find(|word| is_variant(index.lexicon.kind(**word)))?;
    Some((
        query.text(*item, &index.lexicon).to_owned(),
        index.lexicon.text(*product).to_owned(),
    ))
}

/// The first single letter of each that the other lacks: a size, or the end of a code that is written apart (`5K0 132 565 C`).
fn conflicting_letters(comparison: &Comparison, query: &Query, index: &CatalogueIndex) -> Option<(String, String)> {
    let is_letter = |text: &&str| {
        let mut letters = text.chars();
        letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none()
            || matches!(*text, "xl" | "xxl" | "xs")
    };
    let mut item = comparison
        .item_missing
        .iter()
        .map(|word| query.text(*word, &index.lexicon));
    let mut product = comparison.product_missing.iter().map(|word| index.lexicon.text(*word));
    Some((item.find(is_letter)?.to_owned(), product.find(is_letter)?.to_owned()))
}

fn pack_one_sided(comparison: &Comparison, query: &Query, index: &CatalogueIndex) -> Option<Quantity> {
    let pack = |kind: Kind| match kind {
        Kind::Quantity(quantity) if quantity.dimension == Dimension::Count && quantity.amount > 1.0 => Some(quantity),
        _ => None,
    };
    let in_conflict = comparison
        .quantity_conflicts
        .iter()
        .any(|(item, _)| item.dimension == Dimension::Count);
    if in_conflict {
        return None;
    }
    let item = comparison
        .item_missing
        .iter()
        .find_map(|word| pack(query.kind(*word, &index.lexicon)));
    item.or_else(|| {
        comparison
            .product_missing
            .iter()
            .find_map(|word| pack(index.lexicon.kind(*word)))
    })
}
