//! Lists and catalogues in two languages, with vectors of a stand-in for a language model: a dictionary. Every concept has a
//! random direction that both languages share, every word some noise of its own; a name is the sum of its words.
#![allow(clippy::unwrap_used, reason = "a test may")]

use domain::{Decision, ListItem, Match, Product};
use matching::{CatalogueIndex, MatchOptions, Matcher, SupplierList, Vectors, text_of_item, text_of_product};

const KINDS: [(&str, &str); 12] = [
    ("cordless drill", "аккумуляторная дрель"),
    ("electric kettle", "электрический чайник"),
    ("garden hose", "садовый шланг"),
    ("washing machine", "стиральная машина"),
    ("desk lamp", "настольная лампа"),
    ("winter tyre", "зимняя шина"),
    ("frying pan", "сковорода"),
    ("bath towel", "банное полотенце"),
    ("wall paint", "краска для стен"),
    ("office chair", "офисное кресло"),
    ("coffee grinder", "кофемолка"),
    ("bicycle pump", "велосипедный насос"),
];

const SORTS: [(&str, &str); 8] = [
    ("small", "малый"),
    ("large", "большой"),
    ("professional", "профессиональный"),
    ("folding", "складной"),
    ("wooden", "деревянный"),
    ("steel", "стальной"),
    ("children's", "детский"),
    ("travel", "дорожный"),
];

const DIMENSION: u64 = 64;

/// A number between -1 and 1 that follows from `text` and `place`.
fn noise(text: &str, place: u64) -> f32 {
    let mut state = place.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xcbf2_9ce4_8422_2325;
    for byte in text.bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        state ^= state >> 29;
    }
    (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
}

/// The sum of the directions of the concepts in `text`, with noise of a third of their length from the wording.
fn embedded(text: &str) -> Vec<f32> {
    let concepts: Vec<&str> = KINDS
        .iter()
        .chain(&SORTS)
        .filter(|(english, russian)| text.contains(english) || text.contains(russian))
        .map(|(english, _)| *english)
        .collect();
    (0..DIMENSION)
        .map(|place| concepts.iter().map(|concept| noise(concept, place)).sum::<f32>() + 0.33 * noise(text, place))
        .collect()
}

fn product(number: usize, name: &str) -> Product {
    Product {
        product_id: format!("{number:03}").parse().unwrap(),
        sku: None,
        barcode: None,
        name: name.to_owned(),
        brand: None,
        category: None,
        description: None,
        price: None,
        currency: None,
        unit: None,
    }
}

fn item(name: String) -> ListItem {
    ListItem {
        name: Some(name.into()),
        ..ListItem::default()
    }
}

/// Half of the kinds in every sort, in English; and a Russian item for every kind in every sort.
fn two_languages() -> (Vec<Product>, Vec<(Option<String>, ListItem)>) {
    let (mut products, mut items) = (Vec::new(), Vec::new());
    for (place, kind) in KINDS.iter().enumerate() {
        for sort in &SORTS {
            let in_catalogue = place % 2 == 0;
            let name = item(format!("{} {}", sort.1, kind.1));
            if in_catalogue {
                let product = product(products.len(), &format!("{} {}", sort.0, kind.0));
                items.push((Some(product.product_id.to_string()), name));
                products.push(product);
            } else {
                items.push((None, name));
            }
        }
    }
    (products, items)
}

fn vectors(texts: impl Iterator<Item = String>) -> Vectors {
    let mut vectors = Vectors::default();
    texts.for_each(|text| vectors.push(Some(&embedded(&text))).unwrap());
    vectors
}

/// Matches the two languages with the vectors that `embed` gives.
fn matched_by(embed: impl Fn(&str) -> Vec<f32>) -> Vec<(Option<String>, Match)> {
    let (products, items) = two_languages();
    let index = CatalogueIndex::build(products);
    let (expected, items): (Vec<_>, Vec<ListItem>) = items.into_iter().unzip();
    let embedded = |texts: &mut dyn Iterator<Item = String>| {
        let mut vectors = Vectors::default();
        texts.for_each(|text| vectors.push(Some(&embed(&text))).unwrap());
        vectors
    };
    let of_products = embedded(&mut index.products().map(text_of_product));
    let of_items = embedded(&mut items.iter().map(text_of_item));
    let matcher = Matcher::new(&index, MatchOptions::default()).with_vectors(&of_products);
    let found = matcher.match_list(SupplierList::new(&items).embedded(&of_items), |_, _| {});
    expected.into_iter().zip(found).collect()
}

/// How many known items have their product first and are asked about, and how many unknown ones are asked about in vain.
fn counted(found: &[(Option<String>, Match)]) -> (usize, usize) {
    let asked = || found.iter().filter(|(_, found)| found.decision == Decision::Review);
    let right = asked().filter(|(expected, found)| expected.is_some() && first(found) == expected.as_deref());
    (
        right.count(),
        asked().filter(|(expected, _)| expected.is_none()).count(),
    )
}

fn first(found: &Match) -> Option<&str> {
    found.candidates.first().map(|candidate| candidate.product_id.as_str())
}

#[test]
fn items_in_another_language_are_asked_about_with_their_product_first() {
    let found = matched_by(embedded);
    let known: Vec<_> = found.iter().filter(|(expected, _)| expected.is_some()).collect();
    let (right, asked_in_vain) = counted(&found);
    // 48 of each. Without vectors: none, and none.
    assert!(right >= 46, "{right} of {} found", known.len());
    assert!(asked_in_vain <= 12, "{asked_in_vain} asked in vain");
    assert!(
        found.iter().all(|(_, found)| found.decision != Decision::Matched),
        "meaning accepts nothing"
    );
    let reasons = &known[0].1.reasons;
    let told =
        |reason: &String| reason.starts_with("By meaning it is ") && reason.contains("standard deviations nearer");
    assert!(reasons.iter().any(told), "{reasons:#?}");
}

#[test]
fn without_vectors_another_language_is_all_new() {
    let (products, items) = two_languages();
    let index = CatalogueIndex::build(products);
    let items: Vec<ListItem> = items.into_iter().map(|(_, item)| item).collect();
    let found = Matcher::new(&index, MatchOptions::default()).match_list(&items, |_, _| {});
    assert!(found.iter().all(|found| found.decision == Decision::New));
}

#[test]
fn vectors_of_one_side_or_of_two_models_change_nothing() {
    let (products, items) = two_languages();
    let index = CatalogueIndex::build(products);
    let items: Vec<ListItem> = items.into_iter().map(|(_, item)| item).collect();
    let of_products = vectors(index.products().map(text_of_product));
    let mut others = Vectors::default();
    items.iter().for_each(|_| others.push(Some(&[1.0, 0.5])).unwrap());
    let plain = Matcher::new(&index, MatchOptions::default()).match_list(&items, |_, _| {});
    let matcher = Matcher::new(&index, MatchOptions::default()).with_vectors(&of_products);
    assert_eq!(matcher.match_list(&items, |_, _| {}), plain);
    assert_eq!(
        matcher.match_list(SupplierList::new(&items).embedded(&others), |_, _| {}),
        plain
    );
}

#[test]
fn cosines_count_by_how_they_stand_out_whatever_the_model_makes_of_them() {
    // A model for which all texts are much alike: most cosines are above 0.8.
    let crowded = |text: &str| {
        let common = (0..DIMENSION).map(|place| 4.0 * noise("what all texts share", place));
        embedded(text)
            .iter()
            .zip(common)
            .map(|(own, common)| own + common)
            .collect()
    };
    let (right, asked_in_vain) = counted(&matched_by(crowded));
    assert!(right >= 46, "{right} found");
    assert!(asked_in_vain <= 12, "{asked_in_vain} asked in vain");
}

#[test]
fn where_words_can_tell_vectors_decide_nothing() {
    // Vectors without sense, in a list that says what the products say.
    let (products, _) = two_languages();
    let items: Vec<ListItem> = products
        .iter()
        .step_by(2)
        .map(|product| item(product.name.clone()))
        .collect();
    let index = CatalogueIndex::build(products);
    let senseless = |texts: &mut dyn Iterator<Item = String>| {
        let mut vectors = Vectors::default();
        texts.enumerate().for_each(|(number, text)| {
            let vector: Vec<f32> = (0..DIMENSION)
                .map(|place| noise(&format!("{number}{text}"), place))
                .collect();
            vectors.push(Some(&vector)).unwrap();
        });
        vectors
    };
    let of_products = senseless(&mut index.products().map(text_of_product));
    let of_items = senseless(&mut items.iter().map(text_of_item));
    let plain = Matcher::new(&index, MatchOptions::default()).match_list(&items, |_, _| {});
    let matcher = Matcher::new(&index, MatchOptions::default()).with_vectors(&of_products);
    let found = matcher.match_list(SupplierList::new(&items).embedded(&of_items), |_, _| {});
    for (plain, found) in plain.iter().zip(&found) {
        assert_eq!((plain.decision, &plain.product_id), (found.decision, &found.product_id));
        assert_eq!(plain.decision, Decision::Matched);
    }
}

#[test]
fn the_order_of_a_list_with_vectors_does_not_matter() {
    let (products, items) = two_languages();
    let index = CatalogueIndex::build(products);
    let of_products = vectors(index.products().map(text_of_product));
    let matched = |items: &[ListItem]| {
        let of_items = vectors(items.iter().map(text_of_item));
        let matcher = Matcher::new(&index, MatchOptions::default()).with_vectors(&of_products);
        matcher.match_list(SupplierList::new(items).embedded(&of_items), |_, _| {})
    };
    let mut items: Vec<ListItem> = items.into_iter().map(|(_, item)| item).collect();
    let found = matched(&items);
    items.reverse();
    let mut reversed = matched(&items);
    reversed.reverse();
    assert_eq!(found, reversed);
}
