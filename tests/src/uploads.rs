//! A list that is uploaded, from its announcement to the published items.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde_json::json;

use crate::admin_api::{AnalysisProgress, Summary};
use crate::catalogue;
use crate::price_list::PriceList;
use crate::tables::{Record, map, number, text};
use crate::world::World;

/// One row by barcode, one by code and name, two that the catalogue has nothing like, one of them without a price.
const LIST: &str = "\
Article;Barcode;Product;Category;Unit;Price EUR
K-0001;2000047110135;Hammer with claw, 450 g;Tools;pcs;13.95
TM-005;;Tape measure 5 m Lindo;Measuring;pcs;4.90
K-0003;;Garden gnome with lantern;Garden;pcs;1249.50
K-0004;;Bird bath, cast iron;Garden;pcs;on request
";

/// What is stored of an item, in plain words.
fn told(item: &Record) -> Vec<(&'static str, String)> {
    let optional = |name| match item.get(name) {
        Some(AttributeValue::S(text)) => text.clone(),
        None => "-".to_owned(),
        Some(other) => panic!("{name} is {other:?}"),
    };
    let found = map(item, "match");
    vec![
        ("sku", optional("sku")),
        ("barcode", optional("barcode")),
        ("name", optional("name")),
        ("category", optional("category")),
        ("unit", text(map(item, "unit"), "original").to_owned()),
        ("price", optional("price")),
        ("currency", optional("currency")),
        ("decision", text(found, "decision").to_owned()),
        (
            "product",
            found
                .get("product_id")
                .map_or("-", |_| text(found, "product_id"))
                .to_owned(),
        ),
        ("offer_of", optional("product_id")),
    ]
}

fn row(values: [&str; 10]) -> Vec<(&'static str, String)> {
    let names = [
        "sku", "barcode", "name", "category", "unit", "price", "currency", "decision", "product", "offer_of",
    ];
    names.into_iter().zip(values.map(str::to_owned)).collect()
}

#[tokio::test]
async fn an_uploaded_list_becomes_published_items_value_by_value() {
    let Some(world) = World::open().await else { return };
    catalogue::load(&world).await;
    let supplier = world.supplier("values");
    world.api.add_uploading_supplier(&supplier).await;
    let job = world.api.upload(&supplier, &PriceList::new("list.csv", LIST)).await;
    let job = world.api.ended(&job).await;
    assert_eq!((job.phase.as_str(), &job.error), ("complete", &None), "{job:#?}");
    let summary = Summary {
        items: 4,
        matched: 2,
        new: 2,
        added: 4,
        ..Summary::default()
    };
    assert_eq!(job.summary(), &summary);
    assert_eq!(
        job.analysis_progress,
        Some(AnalysisProgress {
            items_processed: 4,
            items_total: 4
        })
    );
    let items = world.tables.items_of(&supplier).await;
    let expected = BTreeMap::from([
        (
            "sku:k-0001",
            row([
                "K-0001",
                "2000047110135",
                "Hammer with claw, 450 g",
                "Tools",
                "pcs",
                "13.95",
                "EUR",
                "matched",
                "HM-450",
                "HM-450",
            ]),
        ),
        (
            "sku:tm-005",
            row([
                "TM-005",
                "-",
                "Tape measure 5 m Lindo",
                "Measuring",
                "pcs",
                "4.9",
                "EUR",
                "matched",
                "TM-005",
                "TM-005",
            ]),
        ),
        (
            "sku:k-0003",
            row([
                "K-0003",
                "-",
                "Garden gnome with lantern",
                "Garden",
                "pcs",
                "1249.5",
                "EUR",
                "new",
                "-",
                "-",
            ]),
        ),
        (
            "sku:k-0004",
            row([
                "K-0004",
                "-",
                "Bird bath, cast iron",
                "Garden",
                "pcs",
                "-",
                "-",
                "new",
                "-",
                "-",
            ]),
        ),
    ]);
    let stored: BTreeMap<&str, _> = items.iter().map(|(key, item)| (key.as_str(), told(item))).collect();
    assert_eq!(stored, expected);
    assert!(
        items.values().all(|item| number(item, "schema") == 1),
        "every record carries its version"
    );
    let offers = world.api.get("/admin/products/TM-005/offers").await;
    let groups = offers["groups"].as_array().expect("groups");
    assert!(
        groups
            .iter()
            .flat_map(|group| group["offers"].as_array().expect("offers"))
            .any(|offer| offer["supplier_id"] == *supplier && offer["price"] == "4.9"),
        "{offers:#?}"
    );
}

#[tokio::test]
async fn the_raw_bytes_stay_untouched_and_the_sidecar_tells_where_they_came_from() {
    let Some(world) = World::open().await else { return };
    let supplier = world.supplier("sidecar");
    world.api.add_uploading_supplier(&supplier).await;
    let list = PriceList::of_tools("tools.txt", 15);
    let job = world.api.upload(&supplier, &list).await;
    let job = world.api.ended(&job).await;
    assert_eq!(job.phase, "complete", "{job:#?}");
    assert_eq!((job.trigger.as_str(), job.path.as_str()), ("upload", "ml"));
    assert_eq!(world.bucket.md5(&job.raw_key()).await, Some(list.md5()));
    let mut sidecar = world.bucket.sidecar(&job.raw_key()).await;
    let recorded_at: Timestamp = serde_json::from_value(sidecar["recorded_at"].take()).expect("a time");
    let created_at: Timestamp = job.created_at.parse().expect("a time");
    // Records hold milliseconds.
    let apart = recorded_at.duration_since(created_at);
    assert!(
        apart.as_millis() == 0,
        "the sidecar is written when the upload is announced, not {apart} later"
    );
    let expected = json!({
        "schema": 1,
        "supplier_id": supplier,
        "job_id": job.job_id,
        "attempt": 0,
        "origin": {"kind": "upload"},
        "recorded_at": null,
        "file": {"name": "tools.txt", "size": list.bytes.len(), "md5": list.md5()},
        "content_type": "text/csv",
        "content_encoding": null,
        "declared_kind": "txt",
        "sniffed_kind": "text",
        "etag": null,
        "last_modified": null,
    });
    assert_eq!(sidecar, expected);
    let snapshot = format!("results/{supplier}/{}.jsonl.zst", job.job_id);
    assert!(world.bucket.bytes(&snapshot).await.is_some(), "there is no {snapshot}");
    let report = world.api.get(&format!("/admin/jobs/{}/report", job.job_id)).await;
    assert_eq!(report["errors"], json!([]), "{report:#}");
}

#[tokio::test]
async fn the_next_list_tells_what_it_added_changed_and_discontinued() {
    let Some(world) = World::open().await else { return };
    // Loaded between the two lists, it would change what its products are in both.
    catalogue::load(&world).await;
    let supplier = world.supplier("next");
    world.api.add_uploading_supplier(&supplier).await;
    // Five items: with one of three gone, the supplier's guard would hold the list.
    let mut text = String::from_utf8(PriceList::of_tools("tools.csv", 15).bytes).expect("text");
    text.push_str("T-003;Garden gnome with lantern;pcs;5.20\nT-004;Garden lantern with stand;pcs;11.40\n");
    let job = world
        .api
        .upload(&supplier, &PriceList::new("tools.csv", text.clone()))
        .await;
    assert_eq!(world.api.ended(&job).await.phase, "complete");
    let text = text
        .replace("T-000;Claw hammer 450 g;pcs;15.00", "T-000;Claw hammer 450 g;pcs;16.25")
        .replace("T-002;Spirit level 60 cm;pcs;15.02", "T-009;Chalk line 30 m;pcs;9.99");
    let job = world.api.upload(&supplier, &PriceList::new("tools.csv", text)).await;
    let job = world.api.ended(&job).await;
    assert_eq!(job.phase, "complete", "{job:#?}");
    let summary = job.summary();
    assert_eq!(
        (summary.items, summary.added, summary.changed, summary.discontinued),
        (5, 1, 1, 1),
        "{job:#?}"
    );
    let items = world.tables.items_of(&supplier).await;
    let prices: Vec<(&str, &str)> = items
        .iter()
        .map(|(key, item)| (key.as_str(), text_of_price(item)))
        .collect();
    assert_eq!(
        prices,
        [
            ("sku:t-000", "16.25"),
            ("sku:t-001", "15.01"),
            ("sku:t-003", "5.2"),
            ("sku:t-004", "11.4"),
            ("sku:t-009", "9.99")
        ]
    );
}

fn text_of_price(item: &Record) -> &str {
    text(item, "price")
}

#[tokio::test]
async fn a_file_name_with_spaces_signs_and_another_script_goes_all_the_way() {
    let Some(world) = World::open().await else { return };
    let supplier = world.supplier("names");
    world.api.add_uploading_supplier(&supplier).await;
    let list = PriceList::of_tools("Прайс 1+2 (100% лето) & co.csv", 15);
    let job = world.api.upload(&supplier, &list).await;
    let job = world.api.ended(&job).await;
    assert_eq!(job.phase, "complete", "{job:#?}");
    assert!(
        job.raw_key().ends_with("/Прайс 1+2 (100% лето) & co.csv"),
        "{}",
        job.raw_key()
    );
    assert_eq!(world.bucket.md5(&job.raw_key()).await, Some(list.md5()));
    assert_eq!(world.tables.items_of(&supplier).await.len(), 3);
}

#[tokio::test]
async fn what_is_no_price_list_fails_with_a_reason_and_leaves_the_published_items() {
    let Some(world) = World::open().await else { return };
    let supplier = world.supplier("picture");
    world.api.add_uploading_supplier(&supplier).await;
    let job = world.api.upload(&supplier, &PriceList::of_tools("tools.csv", 15)).await;
    assert_eq!(world.api.ended(&job).await.phase, "complete");
    let picture = PriceList::new("list.csv", &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01"[..]);
    let job = world.api.upload(&supplier, &picture).await;
    let job = world.api.ended(&job).await;
    assert_eq!(
        (job.phase.as_str(), job.code()),
        ("failed", "unsupported_format"),
        "{job:#?}"
    );
    assert!(
        job.error
            .as_deref()
            .is_some_and(|error| error.contains("picture") || error.contains("image")),
        "{job:#?}"
    );
    assert!(job.can_retry && job.summary.is_none());
    assert_eq!(world.tables.items_of(&supplier).await.len(), 3);
}
