//! What speaks for and against an item being a product, in numbers.

use crate::{
    catalogue::{CatalogueIndex, Prepared},
    lexicon::{Lexicon, WordId},
    quantity::{Dimension, Quantity},
    query::Query,
    text::{push_compact, stands_in, stands_whole_in, whole_in},
    words::Kind,
};

macro_rules! features {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What is known of one item and one product, the pair alone. Names and order are part of the model's file.
        #[derive(Debug, Clone, Copy, PartialEq, Default)]
        pub(crate) struct PairFeatures { $($(#[$doc])* pub(crate) $name: f32,)* }

        impl PairFeatures {
            /// The names, in the order of the values.
            pub(crate) const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// The values, in the order of the names.
            pub(crate) fn values(&self) -> [f32; Self::NAMES.len()] {
                [$(self.$name),*]
            }
        }
    };
}

features! {
    /// Cosine of all words, weighted by rarity.
    text_cosine,
    /// Cosine of the names' character grams.
    name_cosine,
    /// Cosine of the names' words, weighted by rarity.
    word_cosine,
    /// Share of the item's name, by rarity, that the product has anywhere.
    item_words_found,
    /// Share of the product's name, by rarity, that the item has anywhere.
    product_words_found,
    /// Rarity of the rarest word of the item's name that the product lacks, 1 for a word no product has.
    rarest_item_word_missing,
    /// Rarity of the rarest word of the product's name that the item lacks.
    rarest_product_word_missing,
    /// Rarity of the rarest word in both names.
    rarest_word_shared,
    /// Rarity of all words in both, in sum.
    shared_rarity,
    /// Share of the item's words beyond the name that the product has anywhere.
    rest_words_found,
    /// Rarity of the rarest code in both.
    code_agreed,
    /// Codes of the item's name that the product lacks.
    item_codes_missing,
    /// Codes of the product's name that the item lacks.
    product_codes_missing,
    /// Likeness of the most alike codes that are not equal, 0 to 1.
    code_likeness,
    /// Length of the common beginning of the most alike codes over the shorter one's length.
    code_prefix,
    /// Numbers in both names.
    numbers_agreed,
    /// Numbers of the item's name that the product lacks anywhere.
    item_numbers_missing,
    /// Numbers of the product's name that the item lacks anywhere.
    product_numbers_missing,
    /// Dimensions in which both names give the same quantity.
    quantities_agreed,
    /// Dimensions in which both names give different quantities.
    quantities_in_conflict,
    /// Dimensions in which only one name gives a quantity.
    quantities_one_sided,
    /// 1: a colour in common; -1: different colours; 0: not both have one.
    colour,
    /// Only one has a colour.
    colour_one_sided,
    /// Variant words of the item's name that the product lacks anywhere.
    item_variants_missing,
    /// Variant words of the product's name that the item lacks anywhere.
    product_variants_missing,
    /// Variant words in both names.
    variants_shared,
    /// 1: brands agree, or the one brand stands in the other's text; -1: they do not; 0: no brand.
    brand,
    /// The names begin with the same word.
    same_first_word,
    /// Absolute logarithm of the price ratio, -1 without both prices in one currency.
    price_difference,
    /// How many words the item's name has.
    item_words,
    /// How many words the product's name has.
    product_words,
    /// One name without spaces contains the other.
    name_contained,
    /// Common beginning of the names over the shorter one's length.
    common_beginning,
    /// Common ending of the names over the shorter one's length.
    common_ending,
}

/// The words of both, sorted out. Kept by the caller and filled again for each pair.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    pub(crate) shared: Vec<WordId>,
    pub(crate) item_missing: Vec<WordId>,
    pub(crate) product_missing: Vec<WordId>,
    pub(crate) codes_agreed: Vec<WordId>,
    pub(crate) item_codes_missing: Vec<WordId>,
    pub(crate) product_codes_missing: Vec<WordId>,
    /// The item's codes that stand in the product only as a part of a longer code, with that.
    pub(crate) item_codes_cut: Vec<(WordId, WordId)>,
    /// The product's codes that stand in the item only as a part of a longer code, with that.
    pub(crate) product_codes_cut: Vec<(WordId, WordId)>,
    /// Item's quantity, product's quantity.
    pub(crate) quantity_conflicts: Vec<(Quantity, Quantity)>,
    /// Words of one side that stand together as one code on the other, numbers among them.
    joined_in_item: Vec<WordId>,
    joined_in_product: Vec<WordId>,
    product_name: String,
    seen_grams: Vec<u64>,
    item_quantities: Vec<Quantity>,
    product_quantities: Vec<Quantity>,
}

impl Comparison {
    /// Compares an item with a product.
    pub(crate) fn compare(&mut self, query: &Query, product: &Prepared<'_>, index: &CatalogueIndex) -> PairFeatures {
        let lexicon = &index.lexicon;
        let full = lexicon.unknown_rarity();
        self.sort_out(query, product, lexicon);

        let mut features = PairFeatures {
            name_cosine: name_cosine(query, product, &mut self.seen_grams),
            item_words: query.name_words.len() as f32,
            product_words: product.name_words.len() as f32,
            same_first_word: f32::from(query.head == product.head && query.head != crate::lexicon::UNKNOWN),
            price_difference: price_difference(query, product),
            brand: brand(query, product, lexicon, &self.product_name),
            ..PairFeatures::default()
        };
        self.join_codes(query, product, lexicon);
        self.cut_codes(query, product, lexicon);
        self.words(query, product, lexicon, full, &mut features);
        self.codes(query, lexicon, full, &mut features);
        self.numbers(query, product, lexicon, &mut features);
        self.quantities(query, product, lexicon, &mut features);
        self.lists(query, product, lexicon, &mut features);
        self.beginnings(query, &mut features);
        features
    }

    /// Which name words are in both, exactly or inside the other's letters.
    fn sort_out(&mut self, query: &Query, product: &Prepared<'_>, lexicon: &Lexicon) {
        self.shared.clear();
        self.item_missing.clear();
        self.product_missing.clear();
        self.codes_agreed.clear();
        self.item_codes_missing.clear();
        self.product_codes_missing.clear();
        self.product_name.clear();
        push_compact(product.name, &mut self.product_name);
        for word in &query.name_words {
            let kind = query.kind(*word, lexicon);
            let equal = product.name_words.binary_search(word).is_ok();
            let found = equal
                || product.rest_words.binary_search(word).is_ok()
                || is_inside(query.text(*word, lexicon), kind, &self.product_name);
            if equal {
                self.shared.push(*word);
            } else if !found {
                self.item_missing.push(*word);
            }
            if kind == Kind::Code {
                if found {
                    &mut self.codes_agreed
                } else {
                    &mut self.item_codes_missing
                }
                .push(*word);
            }
        }
        for word in product.name_words {
            let kind = lexicon.kind(*word);
            if query.name_words.binary_search(word).is_ok() {
                continue;
            }
            let found = query.rest_words.binary_search(word).is_ok()
                || is_inside(lexicon.text(*word), kind, &query.compact_text);
            if !found {
                self.product_missing.push(*word);
            }
            if kind == Kind::Code {
                if found {
                    &mut self.codes_agreed
                } else {
                    &mut self.product_codes_missing
                }
                .push(*word);
            }
        }
    }

    /// A code in one word here and in several there (`8K0.407.159G`, `8K0 407 159 G`) is one code: neither side lacks it.
    fn join_codes(&mut self, query: &Query, product: &Prepared<'_>, lexicon: &Lexicon) {
        self.joined_in_item.clear();
        self.joined_in_product.clear();
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let long = |text: &str| text.len() >= LEAST_JOINED;
        for code in &self.item_codes_missing {
            let text = query.text(*code, lexicon);
            if let Some(run) = whole_in(text, product.name).filter(|_| long(text)) {
                self.joined_in_item.push(*code);
                let parts = product.name_words.iter().copied();
                self.joined_in_product
                    .extend(parts.filter(|part| has_part(run, lexicon.text(*part), is_number)));
            }
        }
        for code in &self.product_codes_missing {
            let text = lexicon.text(*code);
            if let Some(run) = whole_in(text, &query.name).filter(|_| long(text)) {
                self.joined_in_product.push(*code);
                let parts = query.name_words.iter().copied();
                self.joined_in_item
                    .extend(parts.filter(|part| has_part(run, query.text(*part, lexicon), is_number)));
            }
        }
        if self.joined_in_item.is_empty() && self.joined_in_product.is_empty() {
            return;
        }
        let (item, product) = (&self.joined_in_item, &self.joined_in_product);
        let codes = self.item_codes_missing.iter().filter(|code| item.contains(code));
        let codes = codes.chain(self.product_codes_missing.iter().filter(|code| product.contains(code)));
        self.codes_agreed.extend(codes);
        self.item_missing.retain(|word| !item.contains(word));
        self.item_codes_missing.retain(|word| !item.contains(word));
        self.product_missing.retain(|word| !product.contains(word));
        self.product_codes_missing.retain(|word| !product.contains(word));
    }

    /// Of the codes in both, those that stand on the other side only as a part of a code which that side alone has.
    fn cut_codes(&mut self, query: &Query, product: &Prepared<'_>, lexicon: &Lexicon) {
        self.item_codes_cut.clear();
        self.product_codes_cut.clear();
        for code in &self.codes_agreed {
            let (in_item, in_product) = (
                has(&query.name_words, &query.rest_words, *code),
                has(product.name_words, product.rest_words, *code),
            );
            let text = query.text(*code, lexicon);
            if !in_product && stands_whole_in(text, product.name) || !in_item && stands_whole_in(text, &query.search) {
                continue;
            }
            if !in_product {
                let longer = self
                    .product_codes_missing
                    .iter()
                    .find(|other| lexicon.text(**other).contains(text));
                self.item_codes_cut.extend(longer.map(|longer| (*code, *longer)));
            } else if !in_item {
                let longer = self
                    .item_codes_missing
                    .iter()
                    .find(|other| query.text(**other, lexicon).contains(text));
                self.product_codes_cut.extend(longer.map(|longer| (*code, *longer)));
            }
        }
    }

    fn words(&self, query: &Query, product: &Prepared<'_>, lexicon: &Lexicon, full: f32, features: &mut PairFeatures) {
        let rarities = |words: &[WordId]| words.iter().map(|word| lexicon.rarity(*word)).sum::<f32>();
        let squares = |words: &[WordId]| words.iter().map(|word| lexicon.rarity(*word).powi(2)).sum::<f32>();
        let rarest = |words: &[WordId]| words.iter().map(|word| lexicon.rarity(*word)).fold(0.0, f32::max) / full;
        let share = |missing: f32, all: f32| if all > 0.0 { 1.0 - missing / all } else { 0.0 };
        let lengths = (squares(&query.name_words) * squares(product.name_words)).sqrt();
        features.word_cosine = if lengths > 0.0 {
            squares(&self.shared) / lengths
        } else {
            0.0
        };
        let all_lengths = ((squares(&query.name_words) + squares(&query.rest_words))
            * (squares(product.name_words) + squares(product.rest_words)))
        .sqrt();
        let all_shared: f32 = query
            .name_words
            .iter()
            .chain(&query.rest_words)
            .filter(|word| has(product.name_words, product.rest_words, **word))
            .map(|word| lexicon.rarity(*word).powi(2))
            .sum();
        features.text_cosine = if all_lengths > 0.0 {
            all_shared / all_lengths
        } else {
            0.0
        };
        features.item_words_found = share(rarities(&self.item_missing), rarities(&query.name_words));
        features.product_words_found = share(rarities(&self.product_missing), rarities(product.name_words));
        features.rarest_item_word_missing = rarest(&self.item_missing);
        features.rarest_product_word_missing = rarest(&self.product_missing);
        features.rarest_word_shared = rarest(&self.shared);
        features.shared_rarity = rarities(&self.shared);
        let rest_missing: f32 = query
            .rest_words
            .iter()
            .filter(|word| {
                product.name_words.binary_search(word).is_err() && product.rest_words.binary_search(word).is_err()
            })
            .map(|word| lexicon.rarity(*word))
            .sum();
        let rest = rarities(&query.rest_words);
        features.rest_words_found = if rest > 0.0 { 1.0 - rest_missing / rest } else { -1.0 };
    }

    fn codes(&self, query: &Query, lexicon: &Lexicon, full: f32, features: &mut PairFeatures) {
        features.code_agreed = self
            .codes_agreed
            .iter()
            .map(|code| lexicon.rarity(*code))
            .fold(0.0, f32::max)
            / full;
        features.item_codes_missing = self.item_codes_missing.len() as f32;
        features.product_codes_missing = self.product_codes_missing.len() as f32;
        for item_code in self.item_codes_missing.iter().take(4) {
            for product_code in self.product_codes_missing.iter().take(4) {
                let (a, b) = (query.text(*item_code, lexicon), lexicon.text(*product_code));
                let likeness = code_likeness(a, b);
                if likeness > features.code_likeness {
                    features.code_likeness = likeness;
                    features.code_prefix = common_prefix(a, b) as f32 / a.len().min(b.len()).max(1) as f32;
                }
            }
        }
    }

    fn numbers(&self, query: &Query, product: &Prepared<'_>, lexicon: &Lexicon, features: &mut PairFeatures) {
        let is_number = |kind: Kind| kind == Kind::Number;
        features.numbers_agreed = self
            .shared
            .iter()
            .filter(|word| is_number(lexicon.kind(**word)))
            .count() as f32;
        features.item_numbers_missing = query
            .name_words
            .iter()
            .filter(|word| {
                is_number(query.kind(**word, lexicon))
                    && !has(product.name_words, product.rest_words, **word)
                    && !self.joined_in_item.contains(word)
            })
            .count() as f32;
        features.product_numbers_missing = product
            .name_words
            .iter()
            .filter(|word| {
                is_number(lexicon.kind(**word))
                    && !has(&query.name_words, &query.rest_words, **word)
                    && !self.joined_in_product.contains(word)
            })
            .count() as f32;
    }

    fn quantities(&mut self, query: &Query, product: &Prepared<'_>, lexicon: &Lexicon, features: &mut PairFeatures) {
        let quantity = |kind: Kind| {
            if let Kind::Quantity(quantity) = kind {
                Some(quantity)
            } else {
                None
            }
        };
        self.item_quantities.clear();
        self.item_quantities.extend(
            query
                .name_words
                .iter()
                .filter_map(|word| quantity(query.kind(*word, lexicon))),
        );
        self.product_quantities.clear();
        self.product_quantities.extend(
            product
                .name_words
                .iter()
                .filter_map(|word| quantity(lexicon.kind(*word))),
        );
        self.quantity_conflicts.clear();
        for dimension in Dimension::ALL {
            let of = |quantities: &[Quantity]| quantities.iter().copied().find(|other| other.dimension == dimension);
            match (of(&self.item_quantities), of(&self.product_quantities)) {
                (Some(item), Some(product)) => {
                    let agreed = self.item_quantities.iter().any(|a| {
                        a.dimension == dimension
                            && self
                                .product_quantities
                                .iter()
                                .any(|b| b.dimension == dimension && a.same_amount(*b))
                    });
                    if agreed {
                        features.quantities_agreed += 1.0;
                    } else {
                        features.quantities_in_conflict += 1.0;
                        self.quantity_conflicts.push((item, product));
                    }
                }
                (None, None) => {}
                _ => features.quantities_one_sided += 1.0,
            }
        }
    }

    fn lists(&self, query: &Query, product: &Prepared<'_>, lexicon: &Lexicon, features: &mut PairFeatures) {
        let (mut item_colours, mut product_colours, mut item_variants, mut product_variants) = (0_u64, 0, 0, 0);
        for word in &query.name_words {
            mark(query.kind(*word, lexicon), &mut item_colours, &mut item_variants);
        }
        for word in product.name_words {
            mark(lexicon.kind(*word), &mut product_colours, &mut product_variants);
        }
        let (mut item_rest, mut product_rest, mut unused) = (0, 0, 0);
        for word in &query.rest_words {
            mark(query.kind(*word, lexicon), &mut unused, &mut item_rest);
        }
        for word in product.rest_words {
            mark(lexicon.kind(*word), &mut unused, &mut product_rest);
        }
        features.colour = match (item_colours, product_colours) {
            (0, _) | (_, 0) => 0.0,
            (a, b) if a & b != 0 => 1.0,
            _ => -1.0,
        };
        features.colour_one_sided = f32::from((item_colours == 0) != (product_colours == 0));
        features.variants_shared = (item_variants & product_variants).count_ones() as f32;
        features.item_variants_missing = (item_variants & !(product_variants | product_rest)).count_ones() as f32;
        features.product_variants_missing = (product_variants & !(item_variants | item_rest)).count_ones() as f32;
    }

    fn beginnings(&self, query: &Query, features: &mut PairFeatures) {
        let (item, product) = (query.compact_name.as_str(), self.product_name.as_str());
        let (shorter, longer) = if item.len() <= product.len() {
            (item, product)
        } else {
            (product, item)
        };
        if !shorter.is_empty() {
            features.name_contained = f32::from(longer.contains(shorter));
            features.common_beginning = common_prefix(item, product) as f32 / shorter.len() as f32;
            let ending = item
                .bytes()
                .rev()
                .zip(product.bytes().rev())
                .take_while(|(a, b)| a == b)
                .count();
            features.common_ending = ending as f32 / shorter.len() as f32;
        }
    }
}

/// Shorter codes stand in other words' letters by chance.
const LEAST_JOINED: usize = 6;

/// Whether a word is one of a run's words, or two neighbours that were read as a quantity (`159 G`); numbers are kept without
/// zeros before them.
fn has_part(run: &str, word: &str, is_number: impl Fn(&str) -> bool) -> bool {
    let parts = || run.split(' ');
    parts().any(|part| part == word || is_number(part) && part.trim_start_matches('0') == word)
        || parts()
            .zip(parts().skip(1))
            .any(|(first, second)| word.strip_prefix(first) == Some(second))
}

fn has(name: &[WordId], rest: &[WordId], word: WordId) -> bool {
    name.binary_search(&word).is_ok() || rest.binary_search(&word).is_ok()
}

fn mark(kind: Kind, colours: &mut u64, variants: &mut u64) {
    match kind {
        Kind::Colour(colour) if colour < 64 => *colours |= 1 << colour,
        Kind::Variant(variant) if variant < 64 => *variants |= 1 << variant,
        _ => {}
    }
}

/// A word stands inside the other's letters: compounds, plurals, codes cut by spaces. Short words stand in anything.
fn is_inside(word: &str, kind: Kind, text: &str) -> bool {
    match kind {
        Kind::Word | Kind::Code => word.len() >= 4 && stands_in(word, text),
        _ => false,
    }
}

fn name_cosine(query: &Query, product: &Prepared<'_>, seen: &mut Vec<u64>) -> f32 {
    query.name_grams.shared(product.name, seen) * query.name_scale * product.name_scale
}

fn price_difference(query: &Query, product: &Prepared<'_>) -> f32 {
    let comparable = query.currency == 0 || product.currency == 0 || query.currency == product.currency;
    match (query.price, product.price) {
        (Some(item), Some(product)) if comparable => (item / product).ln().abs(),
        _ => -1.0,
    }
}

fn brand(query: &Query, product: &Prepared<'_>, lexicon: &Lexicon, product_name: &str) -> f32 {
    let product_brand = product.brand.map(|brand| lexicon.text(brand));
    match (query.brand.as_deref(), product_brand) {
        (Some(a), Some(b)) if a.contains(b) || b.contains(a) => 1.0,
        (Some(a), Some(b)) if product_name.contains(a) || query.compact_text.contains(b) => 0.5,
        (Some(_), Some(_)) => -1.0,
        (Some(a), None) if product_name.contains(a) => 1.0,
        (None, Some(b)) if query.compact_text.contains(b) => 1.0,
        (Some(_), None) | (None, Some(_)) => -0.5,
        (None, None) => 0.0,
    }
}

fn common_prefix(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

/// One less the edit distance over the longer length (Levenshtein), over bytes; codes are short.
pub(crate) fn code_likeness(a: &str, b: &str) -> f32 {
    let (a, b) = (&a.as_bytes()[..a.len().min(24)], &b.as_bytes()[..b.len().min(24)]);
    let longest = a.len().max(b.len());
    if longest == 0 {
        return 0.0;
    }
    let mut row: [u8; 25] = std::array::from_fn(|place| place as u8);
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i as u8 + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if x == y {
                diagonal
            } else {
                1 + diagonal.min(above).min(row[j])
            };
            diagonal = above;
        }
    }
    1.0 - f32::from(row[b.len()]) / longest as f32
}
