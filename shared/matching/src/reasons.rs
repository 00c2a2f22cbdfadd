//! Why an item was decided as it was: sentences for a person, down to the words and numbers.

use domain::{Decision, ListItem, ProductId};

use crate::{
    assignment::Bid,
    catalogue::CatalogueIndex,
    certain::{Certain, Ground},
    features::{Comparison, PairFeatures},
    lexicon::WordId,
    matcher::MatchOptions,
    meaning::Nearness,
    quantity::{Quantity, decimal_text},
    query::Query,
    siblings::Sibling,
    veto::Veto,
    words::Kind,
};

/// At most this many words are named in one sentence, rarest first.
const MOST_WORDS: usize = 6;

/// Another item of the list that gets the product.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Loss<'a> {
    pub(crate) to: &'a ListItem,
    /// A person gave it the product.
    pub(crate) ruled: bool,
}

/// All that a decision rested on.
pub(crate) struct Evidence<'a> {
    pub(crate) item: &'a ListItem,
    pub(crate) query: &'a Query,
    pub(crate) features: &'a PairFeatures,
    pub(crate) comparison: &'a Comparison,
    pub(crate) certain: Option<&'a Certain>,
    pub(crate) vetoes: &'a [Veto],
    pub(crate) loss: Option<Loss<'a>>,
    /// How near the best candidate is by meaning; none without vectors.
    pub(crate) near: Option<Nearness>,
    /// A person decided that the item is this product.
    pub(crate) ruled: Option<&'a ProductId>,
    pub(crate) best: Bid,
    pub(crate) runner_up: Option<Bid>,
    pub(crate) accept_score: f64,
    pub(crate) decision: Decision,
    pub(crate) options: &'a MatchOptions,
}

/// The reason when there is nothing to compare with.
pub(crate) fn without_candidates(index: &CatalogueIndex) -> Vec<String> {
    vec![if index.is_empty() {
        "The catalogue is empty.".to_owned()
    } else {
        "No product of the catalogue shares a code, a barcode or any part of a name with this item.".to_owned()
    }]
}

/// The reason when a person decided that the item is none of the products.
pub(crate) fn ruled_new() -> Vec<String> {
    vec!["Decided by a person: this is none of the catalogue's products.".to_owned()]
}

/// What is said when a person's decision cannot stand.
pub(crate) fn ruled_product_gone(id: &ProductId) -> String {
    format!(
        "Decided by a person: this is product {id}, but the catalogue no longer has it, so the item is judged as if \
         nothing had been decided."
    )
}

impl Evidence<'_> {
    /// The verdict, then what speaks for the best candidate, then what speaks against it.
    pub(crate) fn sentences(&self, index: &CatalogueIndex) -> Vec<String> {
        let mut sentences = vec![self.verdict()];
        self.in_favour(index, &mut sentences);
        self.against(index, &mut sentences);
        sentences
    }

    fn verdict(&self) -> String {
        if let Some(id) = self.ruled {
            return format!("Decided by a person: this is product {id}.");
        }
        let probability = percent(self.best.probability);
        let score = decimal_text(self.accept_score);
        let accept = decimal_text(self.options.accept);
        match self.decision {
            Decision::Matched => match self.certain.map(|certain| certain.ground) {
                Some(Ground::Barcode) => "Matched: the barcode is the product's.".to_owned(),
                Some(Ground::Copy) => "Matched: the name is the product's to the letter.".to_owned(),
                Some(Ground::SameWords) => "Matched: the name has all of the product's words and no others.".to_owned(),
                Some(Ground::CodeAndName) => "Matched: the code is the product's and the names agree.".to_owned(),
                Some(Ground::CommonCodes) => {
                    "Matched: the code is the product's, as are most codes of this list.".to_owned()
                }
                Some(Ground::ParticularCode | Ground::Code) => "Matched: the code is the product's.".to_owned(),
                None => format!("Matched: probability {probability}, accept score {score} of {accept} needed."),
            },
            Decision::Review if !self.vetoes.is_empty() => {
                format!(
                    "For review: probability {probability}, but what speaks against it must be looked at by a person."
                )
            }
            Decision::Review if self.loss.is_some_and(|loss| loss.ruled) => {
                format!(
                    "For review: probability {probability}, but a person gave the product to another item of the list."
                )
            }
            Decision::Review if self.loss.is_some() => {
                format!("For review: probability {probability}, but another item of the list is the better match.")
            }
            Decision::Review => {
                format!("For review: probability {probability}, accept score {score} of {accept} needed.")
            }
            Decision::New => format!("New: the most alike product has probability {probability} only."),
        }
    }

    fn in_favour(&self, index: &CatalogueIndex, sentences: &mut Vec<String>) {
        let prepared = index.prepared(self.best.product);
        if self.query.gtin != 0 && self.query.gtin == prepared.gtin {
            sentences.push(format!("Same barcode: {}.", self.query.gtin));
        }
        if let Some(code) = self.item.sku.as_deref().filter(|_| {
            self.certain.is_some_and(|certain| {
                matches!(
                    certain.ground,
                    Ground::CodeAndName | Ground::ParticularCode | Ground::CommonCodes | Ground::Code
                )
            })
        }) {
            sentences.push(format!("Same code: {}.", shortened(code)));
        }
        if !self.comparison.codes_agreed.is_empty() {
            sentences.push(format!(
                "Model code in both: {}.",
                self.named(&self.comparison.codes_agreed, index)
            ));
        }
        if !self.comparison.shared.is_empty() {
            sentences.push(format!(
                "Words in both: {} ({} of the item's name and {} of the product's, by rarity).",
                self.named(&self.comparison.shared, index),
                percent(self.features.item_words_found.into()),
                percent(self.features.product_words_found.into()),
            ));
        }
        sentences.push(format!(
            "The names are {} alike by characters.",
            percent(self.features.name_cosine.into())
        ));
        if let Some(near) = self.near {
            sentences.push(format!(
                "By meaning it is {:.1} standard deviations nearer than products at random (cosine {:.2}).",
                near.meaning, near.cosine
            ));
        }
        if self.features.brand >= 0.5 {
            sentences.push("The brand agrees.".to_owned());
        }
        if self.features.quantities_agreed > 0.0 {
            sentences.push(format!("Quantities agree: {}.", self.agreed_quantities(index)));
        }
        if let (Some(item), Some(product)) = (self.query.price, prepared.price)
            && self.features.price_difference >= 0.0
        {
            let apart = (f64::from(item.max(product)) / f64::from(item.min(product)) - 1.0).min(99.0);
            sentences.push(format!(
                "Price {} against {}: {} apart.",
                decimal_text(item.into()),
                decimal_text(product.into()),
                percent(apart)
            ));
        }
    }

    fn against(&self, index: &CatalogueIndex, sentences: &mut Vec<String>) {
        for veto in self.vetoes {
            sentences.push(match veto {
                Veto::Code { item, product } => {
                    format!("Model codes differ: {item} in the item, {product} in the product.")
                }
                Veto::Number { item, product } => {
                    format!("Numbers differ: {item} in the item, {product} in the product.")
                }
                Veto::Quantity(item, product) => format!(
                    "Quantities differ: {} in the item, {} in the product.",
                    item.spoken(),
                    product.spoken()
                ),
                Veto::Pack(pack) => format!("Only one of them is a pack of {}.", decimal_text(pack.amount)),
                Veto::Colour => "The colours differ.".to_owned(),
                Veto::Brand => "The brands differ.".to_owned(),
                Veto::OtherBrand { item, product } => {
                    format!("Brands differ: the item names {item}, the product is by {product}.")
                }
                Veto::Word { item, product } => {
                    format!("The item says {item}, this product {product}; the catalogue has both.")
                }
                Veto::CodePart { item, product } => {
                    format!("Model codes agree in part only: {item} in the item, {product} in the product.")
                }
                Veto::Variant { item, product } => {
                    format!("Variants differ: {item} in the item, {product} in the product.")
                }
                Veto::Sibling(sibling) => untold(sibling, index),
            });
        }
        if !self.comparison.item_missing.is_empty() {
            sentences.push(format!(
                "Only in the item: {}.",
                self.named(&self.comparison.item_missing, index)
            ));
        }
        if !self.comparison.product_missing.is_empty() {
            sentences.push(format!(
                "Only in the product: {}.",
                self.named(&self.comparison.product_missing, index)
            ));
        }
        if let Some(Loss { to, ruled }) = self.loss {
            let name = to.name.as_deref().or(to.sku.as_deref()).unwrap_or_default();
            let why = if ruled {
                "is this product, as a person decided"
            } else {
                "fits this product better"
            };
            sentences.push(format!(
                "The item in row {} {why}: {}.",
                to.position.row,
                shortened(name)
            ));
        }
        if let Some(rival) = self.runner_up.filter(|rival| rival.probability >= 0.005)
            && let Some(product) = index.numbered(rival.product)
        {
            sentences.push(format!(
                "Runner-up with probability {}: {}.",
                percent(rival.probability),
                shortened(&product.name)
            ));
        }
    }

    /// The quantities that both names give.
    fn agreed_quantities(&self, index: &CatalogueIndex) -> String {
        let prepared = index.prepared(self.best.product);
        let products: Vec<_> = prepared
            .name_words
            .iter()
            .filter_map(|word| quantity(index.lexicon.kind(*word)))
            .collect();
        let items = self.query.name_words.iter();
        let agreed = items
            .filter_map(|word| quantity(self.query.kind(*word, &index.lexicon)))
            .filter(|item| {
                let same = |product: &&Quantity| product.dimension == item.dimension && product.same_amount(*item);
                products.iter().any(|product| same(&product))
            });
        let mut agreed: Vec<String> = agreed.map(Quantity::spoken).collect();
        agreed.sort_unstable();
        agreed.join(", ")
    }

    /// A word as a person would write it.
    fn spoken(&self, word: WordId, index: &CatalogueIndex) -> String {
        match quantity(self.query.kind(word, &index.lexicon)) {
            Some(quantity) => quantity.spoken(),
            None => self.query.text(word, &index.lexicon).to_owned(),
        }
    }

    /// Words, rarest first.
    fn named(&self, words: &[WordId], index: &CatalogueIndex) -> String {
        let mut words: Vec<(f32, String)> = words
            .iter()
            .map(|word| (index.lexicon.rarity(*word), self.spoken(*word, index)))
            .collect();
        words.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        words.dedup();
        let more = words.len().saturating_sub(MOST_WORDS);
        let mut named = words
            .iter()
            .take(MOST_WORDS)
            .map(|(_, text)| text.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        if more > 0 {
            named.push_str(&format!(" and {more} more"));
        }
        named
    }
}

/// Two products, and nothing in the item that says which.
fn untold(sibling: &Sibling, index: &CatalogueIndex) -> String {
    let name = index
        .numbered(sibling.product)
        .map_or("", |product| product.name.as_str());
    let words = |words: &[String]| words.iter().take(MOST_WORDS).cloned().collect::<Vec<_>>().join(", ");
    let other = match sibling.there.is_empty() {
        true => shortened(name),
        false => format!("{} ({})", shortened(name), words(&sibling.there)),
    };
    if sibling.here.is_empty() {
        format!("The item does not say whether it is this one or {other}.")
    } else {
        let here = words(&sibling.here);
        format!("The item does not say which of two variants it is: this one ({here}) or {other}.")
    }
}

fn quantity(kind: Kind) -> Option<Quantity> {
    match kind {
        Kind::Quantity(quantity) => Some(quantity),
        _ => None,
    }
}

fn percent(share: f64) -> String {
    format!("{} %", decimal_text((share * 1000.0).round() / 10.0))
}

/// Names can be as long as a cell; a sentence holds the first 80 characters.
fn shortened(text: &str) -> String {
    let mut shortened: String = text.chars().take(80).collect();
    if shortened.len() < text.len() {
        shortened.push('…');
    }
    shortened
}
