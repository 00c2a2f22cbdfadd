//! Evidence that needs no scorer: an equal barcode, an exact copy, an equal code with a name that agrees.

use domain::{ListItem, Product, Text};

use crate::{
    assignment::Bid,
    catalogue::{CatalogueIndex, code_hash},
    context::ScoredPair,
    features::PairFeatures,
    query::Query,
    text::normalise,
};

/// What makes a product certain, or nearly so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ground {
    /// The same valid GTIN.
    Barcode,
    /// The same name to the letter, nothing else in contradiction.
    Copy,
    /// The name has all of the product's words and no others, nothing else in contradiction.
    SameWords,
    /// The item's code is the product's, and the names agree.
    CodeAndName,
    /// The item's code is the product's; the item has no name, but the code is too particular to be chance.
    ParticularCode,
    /// The item's code is the product's; the item has no name, but so many codes of the list are products' codes that the
    /// list must use the buyer's.
    CommonCodes,
    /// The item's code is the product's; the item has no name, and the code could be chance.
    Code,
}

/// A product that one of the [`Ground`]s speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Certain {
    pub(crate) product: u32,
    pub(crate) ground: Ground,
}

impl Certain {
    /// Whether a person need not be asked.
    pub(crate) fn accepts(&self) -> bool {
        self.ground != Ground::Code
    }

    /// The probability that the ground stands for.
    fn probability(&self) -> f64 {
        match self.ground {
            Ground::Barcode | Ground::Copy => 0.999,
            Ground::SameWords | Ground::CodeAndName | Ground::ParticularCode | Ground::CommonCodes => 0.99,
            Ground::Code => 0.7,
        }
    }

    /// Puts the product first. The others keep no more than what is left over, unless the product is only a copy by name:
    /// a catalogue may hold one product under two names.
    pub(crate) fn raise(&self, bids: &mut Vec<Bid>) {
        let known = bids
            .iter()
            .position(|bid| bid.product == self.product)
            .map(|place| bids.remove(place));
        let probability = self.probability().max(known.map_or(0.0, |bid| bid.probability));
        if !matches!(self.ground, Ground::Copy | Ground::SameWords) {
            for bid in bids.iter_mut() {
                bid.probability = bid.probability.min(1.0 - probability);
            }
        }
        bids.insert(
            0,
            Bid {
                product: self.product,
                probability,
            },
        );
    }
}

/// Prices further apart than this factor say that one name stands for two products.
const MOST_PRICE_RATIO: f32 = 3.0;

/// The product that is certain, if one is.
pub(crate) fn certain(item: &ListItem, query: &Query, pairs: &[ScoredPair], index: &CatalogueIndex) -> Option<Certain> {
    let by_barcode = if query.gtin == 0 {
        &[]
    } else {
        index.with_gtin(query.gtin)
    };
    if let Some(product) = the_one(item, by_barcode, index) {
        return Some(Certain {
            product,
            ground: Ground::Barcode,
        });
    }
    let coded: Vec<u32> = with_equal_code(query, index);
    let particular = item.sku.as_deref().is_some_and(is_particular);
    let copies: Vec<u32> = copies(item, query, index);
    let code_says_other = |product: &u32| particular && !coded.is_empty() && !coded.contains(product);
    if let Some(product) = the_one(item, &copies, index).filter(|product| !code_says_other(product)) {
        return Some(Certain {
            product,
            ground: Ground::Copy,
        });
    }
    if coded.is_empty()
        && let Some(product) = the_one(item, &with_same_words(query, pairs, index), index)
    {
        return Some(Certain {
            product,
            ground: Ground::SameWords,
        });
    }
    let product = the_one(item, &coded, index)?;
    if query.name.trim().is_empty() {
        let ground = if particular {
            Ground::ParticularCode
        } else {
            Ground::Code
        };
        return Some(Certain { product, ground });
    }
    // Lists and catalogues both number their rows: a code that could be chance must also stand at the likeliest product.
    let agrees = pairs
        .iter()
        .take(if particular { usize::MAX } else { 1 })
        .any(|pair| pair.product == product && names_agree(&pair.features));
    agrees.then_some(Certain {
        product,
        ground: Ground::CodeAndName,
    })
}

/// A list uses the buyer's codes when this many, and this share, of its items without a name have a product's code.
const COMMON_CODES: (usize, f64) = (5, 0.5);

/// Shorter codes are row numbers as likely as not.
const LEAST_COMMON_CODE: usize = 5;

/// Takes a code alone for certain where the whole list speaks for it. `list` is each item with what is certain of it.
pub(crate) fn trust_common_codes<'a>(list: impl Iterator<Item = (&'a ListItem, &'a mut Option<Certain>)>) {
    let nameless: Vec<(&ListItem, &mut Option<Certain>)> = list
        .filter(|(item, _)| item.name.as_deref().is_none_or(|name| normalise(name).is_empty()))
        .filter(|(item, _)| {
            item.sku
                .as_deref()
                .is_some_and(|code| code.trim().chars().count() >= LEAST_COMMON_CODE)
        })
        .collect();
    let known = nameless.iter().filter(|(_, certain)| certain.is_some()).count();
    if known >= COMMON_CODES.0 && known as f64 >= COMMON_CODES.1 * nameless.len() as f64 {
        for certain in nameless.into_iter().filter_map(|(_, certain)| certain.as_mut()) {
            if certain.ground == Ground::Code {
                certain.ground = Ground::CommonCodes;
            }
        }
    }
}

/// Products with the same name to the letter and nothing that contradicts.
fn copies(item: &ListItem, query: &Query, index: &CatalogueIndex) -> Vec<u32> {
    let Some(name) = item.name.as_deref().map(normalise).filter(|name| !name.is_empty()) else {
        return Vec::new();
    };
    index
        .with_name(&name)
        .iter()
        .copied()
        .filter(|product| agrees_besides(query, *product, index))
        .filter(|product| {
            index
                .numbered(*product)
                .is_some_and(|product| normalise(&product.name) == name)
        })
        .collect()
}

/// Whether nothing besides the name contradicts: barcode, brand, and a price of another kind.
fn agrees_besides(query: &Query, product: u32, index: &CatalogueIndex) -> bool {
    let prepared = index.prepared(product);
    let same_barcode = query.gtin == 0 || prepared.gtin == 0 || query.gtin == prepared.gtin;
    let same_money = query.currency == 0 || prepared.currency == 0 || query.currency == prepared.currency;
    let price = match (query.price, prepared.price) {
        (Some(item), Some(product)) if same_money => (item / product).max(product / item),
        _ => 1.0,
    };
    let brand = match (
        query.brand.as_deref(),
        prepared.brand.map(|brand| index.lexicon.text(brand)),
    ) {
        (Some(item), Some(product)) => item.contains(product) || product.contains(item),
        _ => true,
    };
    same_barcode && price <= MOST_PRICE_RATIO && brand
}

/// Words that say which of two things is for the other: with them, another order is another thing (`USB to HDMI`).
const RELATIONS: [&str; 16] = [
    "to", "for", "from", "with", "without", "auf", "fur", "zu", "von", "mit", "ohne", "vers", "para", "на", "для", "с",
];

/// Signs that no word keeps and that name another product all the same (`S8+`).
const SIGNS: [char; 3] = ['+', '#', '*'];

/// Fewer words are a kind of thing, not a product.
const LEAST_WORDS: usize = 3;

/// Products whose names have the item's words, all and no others, in whatever order and spelling.
fn with_same_words(query: &Query, pairs: &[ScoredPair], index: &CatalogueIndex) -> Vec<u32> {
    let signs = |name: &str| SIGNS.map(|sign| name.matches(sign).count());
    let relates = query.raw_name().split(' ').any(|word| RELATIONS.contains(&word));
    if query.name_words.len() < LEAST_WORDS || relates {
        return Vec::new();
    }
    pairs
        .iter()
        .map(|pair| pair.product)
        .filter(|product| index.prepared(*product).name_words == query.name_words)
        .filter(|product| agrees_besides(query, *product, index))
        .filter(|product| {
            let name = index.numbered(*product).map(|product| normalise(&product.name));
            name.is_some_and(|name| signs(&name) == signs(query.raw_name()))
        })
        .collect()
}

/// Products whose SKU or id is the item's code.
fn with_equal_code(query: &Query, index: &CatalogueIndex) -> Vec<u32> {
    if query.sku == 0 {
        return Vec::new();
    }
    let is_own = |product: &u32| {
        index.prepared(*product).sku == query.sku
            || index
                .numbered(*product)
                .is_some_and(|product| code_hash(product.product_id.as_str()) == query.sku)
    };
    index.with_code(query.sku).iter().copied().filter(is_own).collect()
}

/// Of several products the one with which the item agrees in most fields; none when two are equally good, unless those
/// two say exactly the same, when the first by id stands for both.
fn the_one(item: &ListItem, products: &[u32], index: &CatalogueIndex) -> Option<u32> {
    if let [product] = products {
        return Some(*product);
    }
    let mut ranked: Vec<(usize, u32)> = products
        .iter()
        .filter_map(|number| {
            index
                .numbered(*number)
                .map(|product| (fields_agreed(item, product), *number))
        })
        .collect();
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let ((agreed, first), rest) = ranked.split_first()?;
    let tied = rest
        .iter()
        .take_while(|(other, _)| other == agreed)
        .map(|(_, product)| *product);
    let same = |a: u32, b: u32| match (index.numbered(a), index.numbered(b)) {
        (Some(a), Some(b)) => {
            Product {
                product_id: a.product_id.clone(),
                ..b.clone()
            } == *a
        }
        _ => false,
    };
    tied.into_iter().all(|other| same(*first, other)).then_some(*first)
}

fn fields_agreed(item: &ListItem, product: &Product) -> usize {
    // A field that both leave out counts too: an exact copy agrees in all.
    let same = |a: &Option<Text>, b: &Option<String>| a.as_deref().map(normalise) == b.as_deref().map(normalise);
    let code = item.sku.as_deref().map_or(0, code_hash);
    let same_code = code != 0
        && (product.sku.as_deref().map_or(0, code_hash) == code || code_hash(product.product_id.as_str()) == code);
    [
        // The code tells more than all descriptive fields together.
        8 * usize::from(same_code),
        2 * usize::from(
            item.name
                .as_deref()
                .is_some_and(|name| normalise(name) == normalise(&product.name)),
        ),
        usize::from(same(&item.barcode, &product.barcode)),
        usize::from(same(&item.brand, &product.brand)),
        usize::from(same(&item.category, &product.category)),
        usize::from(same(&item.description, &product.description)),
        usize::from(item.price == product.price),
        usize::from(item.currency == product.currency),
        usize::from(same(&item.sku, &product.sku)),
        usize::from(item.unit.as_ref().map(|unit| normalise(&unit.original)) == product.unit.as_deref().map(normalise)),
    ]
    .iter()
    .sum()
}

/// Letters and digits, five and more, or eight digits: two firms will not have it by chance.
fn is_particular(code: &str) -> bool {
    let digits = code.chars().filter(char::is_ascii_digit).count();
    let letters = code.chars().filter(|c| c.is_alphabetic()).count();
    digits >= 8 || (digits >= 2 && letters >= 1 && digits + letters >= 5)
}

/// More than chance: a third of the names in common, and nothing against it.
fn names_agree(features: &PairFeatures) -> bool {
    let alike = features.name_cosine >= 0.35 || features.item_words_found >= 0.5 || features.product_words_found >= 0.5;
    let against = features.quantities_in_conflict > 0.0
        || features.colour < 0.0
        || (features.item_codes_missing > 0.0 && features.product_codes_missing > 0.0);
    alike && !against
}
