//! What must hold for every catalogue and every list.
#![allow(clippy::unwrap_used, reason = "a test may")]

use domain::{Decision, ListItem, Match, Position, Product};
use matching::{CatalogueIndex, MatchOptions, Matcher};
use proptest::prelude::*;

fn product(id: usize, name: &str, sku: Option<String>, price: Option<u32>) -> Product {
    Product {
        product_id: format!("id {id}").parse().unwrap(),
        sku,
        barcode: None,
        name: name.to_owned(),
        brand: None,
        category: None,
        description: None,
        price: price.map(|price| rust_decimal::Decimal::from(price).try_into().unwrap()),
        currency: None,
        unit: None,
    }
}

fn item(row: usize, name: &str) -> ListItem {
    ListItem {
        position: Position {
            row: row as u32,
            ..Position::default()
        },
        name: Some(name.into()),
        ..ListItem::default()
    }
}

fn copy_of(product: &Product, row: usize) -> ListItem {
    ListItem {
        sku: product.sku.as_deref().map(domain::Text::from),
        barcode: product.barcode.as_deref().map(domain::Text::from),
        brand: product.brand.as_deref().map(domain::Text::from),
        category: product.category.as_deref().map(domain::Text::from),
        description: product.description.as_deref().map(domain::Text::from),
        price: product.price,
        ..item(row, &product.name)
    }
}

fn matched(products: Vec<Product>, items: &[ListItem]) -> Vec<Match> {
    let index = CatalogueIndex::build(products);
    Matcher::new(&index, MatchOptions::default()).match_list(items, |_, _| {})
}

/// Names as catalogues have them: few words, much in common, codes, sizes, other scripts, and now and then anything at all.
fn name() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "Bosch",
        "Sony",
        "drill",
        "kettle",
        "чайник",
        "фильтр",
        "ケーブル",
        "black",
        "white",
        "Pro",
        "mini",
        "1.5 l",
        "500 ml",
        "16GB",
        "32 GB",
        "KDL-32M4000",
        "KDL-40M4000",
        "RK 61620",
        "pack of 6",
        "12",
        "2007",
        "Größe",
        "№5",
    ]);
    prop_oneof![
        9 => prop::collection::vec(word, 1..6).prop_map(|words| words.join(" ")),
        1 => r"[^\s\pC]{1,12}",
    ]
}

/// Two variants of a product: sizes, colours, packs, capacities, model codes, editions.
fn variants() -> impl Strategy<Value = (&'static str, &'static str)> {
    let kinds = vec![
        vec!["60 cm", "120 cm", "1.8 m", "24\" "],
        vec!["black", "white", "red", "silver"],
        vec!["pack of 4", "pack of 6", "24 pcs"],
        vec!["500 ml", "1,5 l", "5 l"],
        vec!["16 GB", "64GB", "1 TB"],
        vec!["KDL-32M4000", "KDL-40M4000", "RK 61620"],
        vec!["mini", "pro", "XL"],
        vec!["A4", "A3", "2007", "C", "D"],
        vec!["vanilla", "strawberry"],
        vec!["", "120 cm", "black"],
    ];
    prop::sample::select(kinds)
        .prop_flat_map(|kind| prop::sample::subsequence(kind, 2).prop_shuffle())
        .prop_map(|pair| (pair[0], pair[1]))
}

fn catalogue() -> impl Strategy<Value = Vec<Product>> {
    prop::collection::vec(
        (
            name(),
            prop::option::of("[A-Z]{2}[0-9]{4}"),
            prop::option::of(1_u32..500),
        ),
        0..12,
    )
    .prop_map(|rows| {
        rows.into_iter()
            .enumerate()
            .map(|(id, (name, sku, price))| product(id, &name, sku, price))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_order_of_the_catalogue_does_not_matter(
        (products, shuffled) in catalogue().prop_flat_map(|products| (Just(products.clone()), Just(products).prop_shuffle())),
        names in prop::collection::vec(name(), 0..8),
    ) {
        let items: Vec<ListItem> = names.iter().enumerate().map(|(row, name)| item(row, name)).collect();
        prop_assert_eq!(matched(products, &items), matched(shuffled, &items));
    }

    #[test]
    fn the_order_of_the_list_does_not_matter(
        products in catalogue(),
        (items, shuffled) in prop::collection::vec(name(), 0..8).prop_flat_map(|names| {
            let items: Vec<(usize, ListItem)> = names.iter().enumerate().map(|(row, name)| (row, item(row, name))).collect();
            (Just(items.clone()), Just(items).prop_shuffle())
        }),
    ) {
        let straight: Vec<ListItem> = items.iter().map(|(_, item)| item.clone()).collect();
        let mixed: Vec<ListItem> = shuffled.iter().map(|(_, item)| item.clone()).collect();
        let expected = matched(products.clone(), &straight);
        for ((place, _), found) in shuffled.iter().zip(matched(products, &mixed)) {
            prop_assert_eq!(&found, &expected[*place]);
        }
    }

    #[test]
    fn an_exact_copy_of_a_product_is_matched_to_it(products in catalogue()) {
        let items: Vec<ListItem> = products.iter().enumerate().map(|(row, product)| copy_of(product, row)).collect();
        for (product, found) in products.iter().zip(matched(products.clone(), &items)) {
            prop_assert_eq!(found.decision, Decision::Matched, "{:?}", found);
            let id = found.product_id.unwrap();
            // Of products that say the same, any one will do.
            let chosen = products.iter().find(|other| other.product_id == id).unwrap();
            let same = Product { product_id: product.product_id.clone(), ..chosen.clone() };
            prop_assert_eq!(&same, product);
        }
    }

    #[test]
    fn a_conflicting_model_code_is_never_accepted(
        words in prop::collection::vec(prop::sample::select(vec!["Sony", "Bravia", "LCD", "television", "drill", "cordless"]), 1..5),
        (own, other) in ("[A-Z]{2,4}-?[0-9]{2,5}[A-Z]{0,2}", "[A-Z]{2,4}-?[0-9]{2,5}[A-Z]{0,2}"),
        price in prop::option::of(1_u32..500),
    ) {
        let plain = |code: &str| code.replace('-', "").to_lowercase();
        prop_assume!(plain(&own) != plain(&other));
        let name = words.join(" ");
        let products = vec![product(1, &format!("{name} {other}"), None, price)];
        let mut asked = item(1, &format!("{name} {own}"));
        asked.price = products[0].price;
        let found = matched(products, &[asked]);
        prop_assert!(found[0].decision != Decision::Matched, "{:?}", found);
    }

    #[test]
    fn a_part_of_a_model_code_is_never_accepted_for_the_whole(
        words in prop::collection::vec(prop::sample::select(vec!["Bosch", "Serie", "fridge", "freezer", "white"]), 1..4),
        code in "[A-Z]{2,4}[0-9]{2,4}",
        more in "[A-Z]{1,2}[0-9]?",
        is_longer in any::<bool>(),
    ) {
        let (name, longer) = (words.join(" "), format!("{code}{more}"));
        let (own, other) = if is_longer { (&longer, &code) } else { (&code, &longer) };
        let products = vec![product(1, &format!("{name} {other}"), None, Some(100))];
        let mut asked = item(1, &format!("{name} {own}"));
        asked.price = products[0].price;
        let found = matched(products, &[asked]);
        prop_assert!(found[0].decision != Decision::Matched, "{:?}", found);
    }

    #[test]
    fn what_may_be_either_of_two_variants_is_never_accepted(
        words in prop::sample::subsequence(vec!["Spirit", "level", "aluminium", "yellow", "Stabila", "magnetic"], 2..6).prop_shuffle(),
        (first, second) in variants(),
        others in prop::collection::vec(name(), 0..30),
        (price, other_price) in (prop::option::of(1_u32..500), prop::option::of(1_u32..500)),
        has_first_price in any::<bool>(),
        (at, turned) in (any::<prop::sample::Index>(), any::<bool>()),
    ) {
        let with = |variant: &str| {
            let mut words: Vec<&str> = words.clone();
            words.insert(at.index(words.len() + 1), variant);
            words.retain(|word| !word.is_empty());
            words.join(" ")
        };
        let mut products = vec![product(1, &with(first), None, price), product(2, &with(second), None, other_price)];
        products.extend(others.iter().enumerate().map(|(id, name)| product(id + 3, name, None, None)));
        let mut asked_words = words.clone();
        if turned {
            asked_words.reverse();
        }
        let mut asked = item(1, &asked_words.join(" "));
        asked.price = products[usize::from(!has_first_price)].price;
        // What has all the words of a product says all that it says, in whatever order.
        let sorted = |name: &str| {
            let mut words: Vec<String> = name.split_whitespace().map(str::to_owned).collect();
            words.sort_unstable();
            words
        };
        let name = asked.name.as_deref().map(sorted).unwrap_or_default();
        prop_assume!(products.iter().all(|product| sorted(&product.name) != name));
        let found = matched(products, &[asked]);
        let is_variant = |found: &Match| found.product_id.as_ref().is_some_and(|id| matches!(id.as_str(), "id 1" | "id 2"));
        prop_assert!(!is_variant(&found[0]), "{:?}", found);
    }

    #[test]
    fn a_snapshot_matches_as_its_index_does(products in catalogue(), names in prop::collection::vec(name(), 0..8)) {
        let items: Vec<ListItem> = names.iter().enumerate().map(|(row, name)| item(row, name)).collect();
        let index = CatalogueIndex::build(products);
        let loaded = CatalogueIndex::from_bytes(&index.to_bytes()).unwrap();
        prop_assert_eq!(index.len(), loaded.len());
        prop_assert_eq!(index.to_bytes(), loaded.to_bytes());
        prop_assert!(index.products().eq(loaded.products()));
        let run = |index| Matcher::new(index, MatchOptions::default()).match_list(&items, |_, _| {});
        prop_assert_eq!(run(&index), run(&loaded));
    }

    #[test]
    fn damaged_snapshots_never_panic(
        products in catalogue(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = CatalogueIndex::build(products).to_bytes();
        let length = cut.index(bytes.len() + 1);
        prop_assert!(length == bytes.len() || CatalogueIndex::from_bytes(&bytes[..length]).is_err());
        for (place, value) in damage {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if let Ok(index) = CatalogueIndex::from_bytes(&bytes) {
            let items = [item(1, "Sony KDL-32M4000 black 16GB pack of 6"), item(2, "чайник 1.5 l")];
            let found = Matcher::new(&index, MatchOptions::default()).match_list(&items, |_, _| {});
            prop_assert_eq!(found.len(), 2);
            prop_assert!(index.products().count() <= index.len());
        }
    }
}

#[test]
fn any_bytes_are_refused_without_panic() {
    for bytes in [
        &b""[..],
        b"PCMATCH\0",
        b"PCMATCH\0\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
        b"not a snapshot at all",
    ] {
        assert!(CatalogueIndex::from_bytes(bytes).is_err());
    }
}
