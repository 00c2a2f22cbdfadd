//! Decisions and their reasons on a small catalogue, as a person reads them.
#![allow(clippy::unwrap_used, reason = "a test may")]

use domain::{Decision, ListItem, Match, Position, Product, Ruling};
use matching::{CatalogueIndex, MatchOptions, Matcher, SupplierList};

fn product(id: &str, name: &str, price: Option<&str>) -> Product {
    Product {
        product_id: id.parse().unwrap(),
        sku: None,
        barcode: None,
        name: name.to_owned(),
        brand: None,
        category: None,
        description: None,
        price: price.map(|price| price.parse::<rust_decimal::Decimal>().unwrap().try_into().unwrap()),
        currency: None,
        unit: None,
    }
}

fn item(row: u32, name: &str) -> ListItem {
    ListItem {
        position: Position {
            row,
            ..Position::default()
        },
        name: Some(name.into()),
        ..ListItem::default()
    }
}

fn catalogue() -> Vec<Product> {
    let mut products = vec![
        product("1", "Sony Bravia KDL-32M4000 32\" LCD TV", Some("499")),
        product("2", "Sony Bravia KDL-40M4000 40\" LCD TV", Some("799")),
        product("3", "Bosch cordless drill GSR 12V-15", Some("129.90")),
        product("4", "Mineral water sparkling 0.5 l", Some("0.79")),
        product("5", "Mineral water sparkling 1.5 l", Some("1.19")),
        product("6", "Чайник электрический Tefal KO 2601 1,7 л", Some("3990")),
        product("7", "AA battery alkaline, pack of 4", Some("3.99")),
        product("8", "Whirlpool washing machine FWG81496W", None),
    ];
    products[2].sku = Some("0601868109".to_owned());
    products[7].barcode = Some("4006381333931".to_owned());
    products
}

fn matched(items: &[ListItem]) -> Vec<Match> {
    let index = CatalogueIndex::build(catalogue());
    Matcher::new(&index, MatchOptions::default()).match_list(items, |_, _| {})
}

fn report(items: &[ListItem]) -> String {
    let lines = items.iter().zip(matched(items)).map(|(item, found)| {
        let name = item.name.as_deref().or(item.sku.as_deref()).unwrap_or_default();
        let product = found
            .product_id
            .map_or("nothing".to_owned(), |id| format!("product {id}"));
        format!(
            "{name}\n  {:?}: {product}\n  {}\n",
            found.decision,
            found.reasons.join("\n  ")
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_decision_says_why() {
    let coded = ListItem {
        sku: Some("0 601 868 109".into()),
        ..item(2, "GSR 12V-15 Bosch drill")
    };
    let scanned = ListItem {
        barcode: Some("4006381333931".into()),
        ..item(3, "Waschmaschine 8 kg")
    };
    insta::assert_snapshot!(report(&[
        item(1, "sony bravia kdl-32m4000 32\" lcd tv"),
        coded,
        scanned,
        item(4, "Sony KDL32M4000 Bravia LCD television"),
        item(5, "Sony Bravia KDL-52M4000 52\" LCD TV"),
        item(6, "Sparkling mineral water 500 ml"),
        item(7, "Sparkling mineral water 2 l"),
        item(8, "Tefal KO2601 чайник электр. 1.7л"),
        item(9, "AA battery alkaline"),
        item(10, "Garden hose 25 m"),
    ]));
}

/// A level in two lengths, one of which has the price that the supplier asks.
fn levels() -> Vec<Product> {
    vec![
        product("60", "Spirit level aluminium 60 cm", Some("19.90")),
        product("120", "Spirit level aluminium 120 cm", Some("34.90")),
        product("hose", "Garden hose 25 m", Some("29")),
    ]
}

#[test]
fn a_price_does_not_choose_between_two_sizes() {
    let index = CatalogueIndex::build(levels());
    let matcher = Matcher::new(&index, MatchOptions::default());
    let asked = ListItem {
        price: levels()[0].price,
        ..item(1, "Spirit level, aluminium")
    };
    let found = &matcher.match_list(std::slice::from_ref(&asked), |_, _| {})[0];
    assert_eq!((found.decision, found.barred), (Decision::Review, true), "{found:?}");
    insta::assert_snapshot!(found.reasons.join("\n"));

    let told = ListItem {
        name: Some("Aluminium spirit level 600 mm".into()),
        ..asked.clone()
    };
    assert!(!matcher.match_list(&[told], |_, _| {})[0].barred);
    let ruling = [is_product("60")];
    let ruled = matcher.match_list(SupplierList::new(&[asked]).ruled(&ruling), |_, _| {});
    assert_eq!(ruled[0].decision, Decision::Matched);
}

#[test]
fn an_empty_catalogue_makes_everything_new() {
    let index = CatalogueIndex::build(Vec::new());
    let matcher = Matcher::new(&index, MatchOptions::default());
    let found = matcher.match_list(&[item(1, "Sony TV"), ListItem::default()], |_, _| {});
    assert!(
        found
            .iter()
            .all(|found| found.decision == Decision::New && found.candidates.is_empty())
    );
    assert_eq!(found[0].reasons, ["The catalogue is empty."]);
}

#[test]
fn a_list_of_codes_alone_is_matched_by_them() {
    let code = |code: &str| ListItem {
        sku: Some(code.into()),
        ..ListItem::default()
    };
    let found = matched(&[code("0601868109"), code("0601868110"), code("3")]);
    assert_eq!(found[0].decision, Decision::Matched);
    assert_eq!(found[0].product_id, Some("3".parse().unwrap()));
    assert_eq!(found[1].decision, Decision::New);
    assert_eq!(found[2].decision, Decision::Review, "a short number may be chance");
}

#[test]
fn a_list_that_uses_the_buyers_codes_is_matched_by_them() {
    let products: Vec<Product> = (0..20)
        .map(|n| product(&format!("{}", 10_200 + n), &format!("Thing no {n}"), None))
        .collect();
    let index = CatalogueIndex::build(products);
    let code = |code: u32| ListItem {
        sku: Some(code.to_string().into()),
        ..ListItem::default()
    };
    let matcher = Matcher::new(&index, MatchOptions::default());
    let found = matcher.match_list(&[10_200, 10_203, 10_205, 10_206, 10_207, 10_999].map(code), |_, _| {});
    assert!(
        found[..5].iter().all(|found| found.decision == Decision::Matched),
        "{found:?}"
    );
    assert_eq!(found[5].decision, Decision::New);
    let alone = matcher.match_list(&[code(10_200), code(10_999), code(10_998)], |_, _| {});
    assert_eq!(alone[0].decision, Decision::Review);
}

#[test]
fn row_numbers_that_look_like_codes_decide_nothing() {
    let numbered = |row: u32, name: &str| ListItem {
        sku: Some(row.to_string().into()),
        ..item(row, name)
    };
    let found = matched(&[
        numbered(2, "Sony Bravia KDL32M4000 LCD TV"),
        numbered(1, "Sony Bravia KDL-40M4000 40\" LCD TV"),
        numbered(5, "Mineral water sparkling 0.5 l"),
    ]);
    let ids: Vec<Option<&str>> = found
        .iter()
        .map(|found| found.candidates.first().map(|best| best.product_id.as_str()))
        .collect();
    assert_eq!(ids, [Some("1"), Some("2"), Some("4")]);
    assert_eq!(found[1].decision, Decision::Matched);
    assert_eq!(found[2].decision, Decision::Matched);
}

#[test]
fn two_items_do_not_get_one_product() {
    let items = [
        item(1, "Sony KDL32M4000 Bravia LCD television"),
        item(2, "Sony Bravia KDL 32M4000 TV 32\" LCD black"),
    ];
    let found = matched(&items);
    assert!(
        found.iter().filter(|found| found.decision == Decision::Matched).count() <= 1,
        "{found:?}"
    );
}

#[test]
fn rows_that_say_the_same_get_the_same_match() {
    let found = matched(&[
        item(1, "Mineral water sparkling 0.5 l"),
        item(2, "Mineral water sparkling 0.5 l"),
    ]);
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0].decision, Decision::Matched);
}

#[test]
fn progress_ends_with_the_whole_list() {
    let items: Vec<ListItem> = (0..950).map(|row| item(row, &format!("item {row}"))).collect();
    let index = CatalogueIndex::build(catalogue());
    let mut reports = Vec::new();
    Matcher::new(&index, MatchOptions::default()).match_list(&items, |done, total| reports.push((done, total)));
    assert_eq!(reports.last(), Some(&(950, 950)));
    assert!(reports.len() >= 4 && reports.is_sorted());
}

fn matched_as_ruled(items: &[ListItem], rulings: &[Option<Ruling>]) -> Vec<Match> {
    let index = CatalogueIndex::build(catalogue());
    Matcher::new(&index, MatchOptions::default()).match_list(SupplierList::new(items).ruled(rulings), |_, _| {})
}

fn is_product(id: &str) -> Option<Ruling> {
    Some(Ruling::Product(id.parse().unwrap()))
}

#[test]
fn what_a_person_decided_stands() {
    let items = [
        item(1, "sony bravia kdl-32m4000 32\" lcd tv"),
        item(2, "Sparkling mineral water 500 ml"),
        item(3, "Garden hose 25 m"),
    ];
    let found = matched_as_ruled(&items, &[is_product("2"), Some(Ruling::New), is_product("3")]);
    let summary: Vec<_> = found
        .iter()
        .map(|found| {
            (
                found.decision,
                found.product_id.as_ref().map(|id| id.as_str()),
                found.probability,
            )
        })
        .collect();
    let expected = [
        (Decision::Matched, Some("2"), 1.0),
        (Decision::New, None, 0.0),
        (Decision::Matched, Some("3"), 1.0),
    ];
    assert_eq!(summary, expected);
    let candidates: Vec<&str> = found[0]
        .candidates
        .iter()
        .map(|candidate| candidate.product_id.as_str())
        .collect();
    assert_eq!(candidates[..2], ["2", "1"], "the others are kept for a second thought");
    let reasons: Vec<String> = found.into_iter().map(|found| found.reasons.join("\n")).collect();
    insta::assert_snapshot!(reasons.join("\n\n"));
}

#[test]
fn a_product_that_a_person_gave_away_is_not_given_again() {
    let items = [
        item(1, "Television set"),
        item(2, "sony bravia kdl-32m4000 32\" lcd tv"),
    ];
    assert_eq!(matched(&items)[1].decision, Decision::Matched);
    let found = matched_as_ruled(&items, &[is_product("1")]);
    assert_eq!(found[0].product_id, Some("1".parse().unwrap()));
    assert_eq!(found[1].decision, Decision::Review);
    assert_eq!(found[1].candidates[0].product_id, "1".parse().unwrap());
    let said = "The item in row 1 is this product, as a person decided: Television set.";
    assert!(
        found[1].reasons.iter().any(|reason| reason == said),
        "{:?}",
        found[1].reasons
    );
}

#[test]
fn a_person_may_give_one_product_to_two_items() {
    let items = [item(1, "Water, small bottle"), item(2, "Water, small bottle, crate")];
    let found = matched_as_ruled(&items, &[is_product("4"), is_product("4")]);
    assert!(found.iter().all(|found| found.product_id == Some("4".parse().unwrap())));
}

#[test]
fn an_item_that_a_person_called_new_leaves_its_product_to_others() {
    let items = [
        item(1, "Sony Bravia KDL-32M4000 LCD television 32\""),
        item(2, "Sony Bravia KDL-32M4000 LCD TV set 32\""),
    ];
    let free = matched(&items);
    assert_eq!(free[0].decision, Decision::Review, "{:?}", free[0].reasons);
    let found = matched_as_ruled(&items, &[None, Some(Ruling::New)]);
    assert_eq!(
        (found[0].decision, found[1].decision),
        (Decision::Matched, Decision::New)
    );
}

#[test]
fn a_decision_for_a_product_that_is_gone_is_passed_over() {
    let items = [item(1, "sony bravia kdl-32m4000 32\" lcd tv")];
    let mut found = matched_as_ruled(&items, &[is_product("99")]);
    let said = found[0].reasons.remove(0);
    assert!(
        said.contains("product 99, but the catalogue no longer has it"),
        "{said}"
    );
    assert_eq!(found, matched(&items));
}

/// What is decided of one item, against products given as id, brand and name.
fn decided(products: &[(&str, &str, &str)], name: &str) -> Match {
    let branded = |(id, brand, name): &(&str, &str, &str)| Product {
        brand: (!brand.is_empty()).then(|| (*brand).to_owned()),
        ..product(id, name, None)
    };
    let index = CatalogueIndex::build(products.iter().map(branded).collect());
    let found = Matcher::new(&index, MatchOptions::default()).match_list(&[item(1, name)], |_, _| {});
    found.into_iter().next().unwrap()
}

fn says(found: &Match, sentence: &str) -> bool {
    found.reasons.iter().any(|reason| reason == sentence)
}

#[test]
fn another_brand_in_the_name_is_never_accepted() {
    let products = [
        ("1", "Nordfang", "Nordfang green tea 100 bags"),
        ("2", "Kornhof", "Kornhof basmati rice 1 kg"),
        ("3", "Delmar Fine Foods", "Delmar Fine Foods olive oil 1 l"),
    ];
    let found = decided(&products, "Kornhof green tea 100 bags");
    assert_ne!(found.decision, Decision::Matched, "{found:?}");
    let sentence = "Brands differ: the item names kornhof, the product is by nordfang.";
    assert!(says(&found, sentence), "{found:?}");
    let found = decided(&products, "Delmar Fine Foods green tea 100 bags");
    assert!(
        found
            .reasons
            .iter()
            .any(|reason| reason.starts_with("Brands differ: the item names delmar"))
    );
    assert!(!says(&decided(&products, "green tea 100 bags"), sentence));
}

#[test]
fn a_word_that_the_catalogue_tells_from_another_is_never_taken_for_it() {
    let products = [
        ("1", "Moorland", "Moorland work trousers cotton black 50"),
        ("2", "Moorland", "Moorland work trousers jersey navy 52"),
        ("3", "Moorland", "Moorland hand towel linen white"),
    ];
    let found = decided(&products, "Moorland work trousers jersey black 50");
    assert_ne!(found.decision, Decision::Matched, "{found:?}");
    let first = found.candidates[0].product_id.as_str();
    let sentence = "The item says jersey, this product cotton; the catalogue has both.";
    assert!(first == "2" || says(&found, sentence), "{found:?}");
}

#[test]
fn the_same_words_in_another_order_and_spelling_are_the_product() {
    let products = [
        ("1", "", "Hex bolt ISO 4017 M8x35 mm zinc plated, pack of 100"),
        ("2", "", "Hex bolt ISO 4017 M8x40 mm zinc plated, pack of 100"),
        ("3", "", "Adapter USB to HDMI 2 m"),
        ("4", "", "Wheat flour type 550 1 kg x 6"),
    ];
    let matched = |name: &str| decided(&products, name).product_id.map(|id| id.to_string());
    assert_eq!(
        matched("M8 X 35 hex bolt zinc plated ISO 4017 100 pcs").as_deref(),
        Some("1")
    );
    assert_eq!(matched("6x1kg flour, wheat type 550").as_deref(), Some("4"));
    // Another direction is another thing.
    let found = decided(&products, "Adapter HDMI to USB 2 m");
    assert!(!found.reasons[0].contains("all of the product's words"), "{found:?}");
}

#[test]
fn a_code_is_one_code_however_it_is_cut() {
    let products = [
        ("1", "Valtec", "Valtec brake disc 8K0 407 159 G"),
        ("2", "Valtec", "Valtec brake disc 8K0 407 159 H"),
        ("3", "Valtec", "Valtec oil filter B340D84"),
    ];
    for name in [
        "Valtec brake disc 8K0.407.159.G",
        "brake disc Valtec 8K0407159G",
        "Valtec brake disc 8k0-407-159-g",
    ] {
        let found = decided(&products, name);
        assert_eq!(
            found.product_id.as_ref().map(|id| id.as_str()),
            Some("1"),
            "{name}: {found:?}"
        );
    }
    let found = decided(&products, "Valtec brake disc 8K0.407.159.K");
    assert_ne!(found.decision, Decision::Matched, "{found:?}");
}
