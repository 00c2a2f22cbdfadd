//! Exports over the router, with mocked stores.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests; what surrounds them counts as production code to the lints"
)]

mod support;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aws_sdk_dynamodb::operation::{batch_get_item::BatchGetItemOutput, get_item::GetItemOutput, query::QueryOutput};
use aws_sdk_s3::{
    operation::{get_object::GetObjectOutput, put_object::PutObjectOutput},
    primitives::ByteStream,
};
use axum::http::{Request, StatusCode, header};
use domain::{Answer, Answered, Decision, ItemDecision, ItemText, ListItem, Match};
use mocked_aws::{Rule, mock};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Value, json};
use store::{Movement, PublishedItem, SearchWriter, SnapshotEntry, SnapshotWriter};
use support::{NOW, VIEWER_TOKEN, ask, assert_problem, bearer, bodiless, deps, deps_with_files, text};

const JOB: &str = "019b7a80-0000-7000-8000-000000000001";

fn record(value: &impl Serialize) -> HashMap<String, aws_sdk_dynamodb::types::AttributeValue> {
    serde_dynamo::aws_sdk_dynamodb_1::to_item(value).unwrap()
}

fn item(n: u32) -> PublishedItem {
    let listed = ListItem {
        sku: Some(format!("-{n}").into()),
        name: Some(format!("=Kettle {n}").into()),
        price: Some(Decimal::new(1250 + i64::from(n), 2).try_into().unwrap()),
        ..ListItem::default()
    };
    let found = Match {
        decision: Decision::Review,
        product_id: None,
        probability: 0.5,
        accept_score: 0.4,
        barred: false,
        candidates: Vec::new(),
        reasons: Vec::new(),
    };
    PublishedItem::new("acme".parse().unwrap(), format!("sku:-{n}"), listed, found)
}

/// The item that was decided on since its list was published.
fn decided() -> PublishedItem {
    let mut decided = item(2);
    decided.found.decision = Decision::Matched;
    decided.found.product_id = Some("P-2".parse().unwrap());
    decided
}

fn supplier() -> Rule {
    mock!(aws_sdk_dynamodb::Client::get_item).then_output(|| {
        let supplier = json!({
            "supplier_id": "acme",
            "name": "Acme",
            "source": {"kind": "upload"},
            "created_at": "2025-12-01T08:00:00Z",
            "updated_at": "2025-12-01T08:00:00Z",
            "published_job": JOB,
        });
        GetItemOutput::builder().set_item(Some(record(&supplier))).build()
    })
}

/// One decision, in one of the partitions.
fn decisions() -> [Rule; 2] {
    let answered = Answered {
        ruling: Answer::ProductId("P-2".parse().unwrap()),
        decided_by: "Admin token".into(),
        decided_at: NOW.parse().unwrap(),
    };
    let decision = ItemDecision::first(
        "acme".parse().unwrap(),
        "sku:-2".into(),
        ItemText::default(),
        item(2).found,
        answered,
    );
    let once = Arc::new(Mutex::new(Some(record(&decision))));
    [
        mock!(aws_sdk_dynamodb::Client::query).then_output(move || {
            let found = once.lock().unwrap().take();
            QueryOutput::builder()
                .set_items(Some(found.into_iter().collect()))
                .build()
        }),
        mock!(aws_sdk_dynamodb::Client::batch_get_item).then_compute_output(|input| {
            let asked = &input.request_items().unwrap()["items"].keys()[0];
            let mut stored = record(&decided());
            stored.extend(asked.clone());
            BatchGetItemOutput::builder().responses("items", vec![stored]).build()
        }),
    ]
}

/// A published list of three items.
fn list() -> [Rule; 2] {
    let mut snapshot = SnapshotWriter::new().unwrap();
    let mut text = SearchWriter::default();
    let movement = Movement {
        changed_at: "2025-12-31T08:00:00Z".parse().unwrap(),
        price_move: None,
    };
    for n in 1..=3 {
        let published = item(n);
        text.push(&published.item_key, &published, movement);
        let entry = SnapshotEntry {
            key: published.item_key.clone(),
            published,
            extra: (),
        };
        snapshot.push(&entry).unwrap();
    }
    let object = |suffix: &'static str, bytes: Vec<u8>| {
        mock!(aws_sdk_s3::Client::get_object)
            .match_requests(move |input| input.key().is_some_and(|key| key.ends_with(suffix)))
            .then_output(move || GetObjectOutput::builder().body(ByteStream::from(bytes.clone())).build())
    };
    [
        object(".jsonl.zst", snapshot.finish().unwrap().0),
        object(".search.zst", text.finish().to_bytes().unwrap()),
    ]
}

/// Asks for an export as a viewer; answers what is said of it, and its bytes.
async fn export(query: &str) -> (Value, Vec<u8>) {
    let stored = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&stored);
    let put = mock!(aws_sdk_s3::Client::put_object)
        .match_requests(move |input| {
            *seen.lock().unwrap() = input.body().bytes().unwrap().to_vec();
            input.key().is_some_and(|key| key.starts_with("exports/"))
        })
        .then_output(|| PutObjectOutput::builder().build());
    let ([query_rule, batch], [snapshot, search]) = (decisions(), list());
    let deps = deps_with_files(NOW, &[&supplier(), &query_rule, &batch], &[&snapshot, &search, &put]);
    let request = Request::get(format!("/admin/items/export?supplier=acme&{query}"))
        .header(header::AUTHORIZATION, format!("Bearer {VIEWER_TOKEN}"));
    let response = ask(deps, bodiless(request)).await;
    assert_eq!(response.status(), StatusCode::OK);
    let bytes = stored.lock().unwrap().clone();
    (serde_json::from_str(&text(response).await).unwrap(), bytes)
}

#[tokio::test]
async fn a_csv_file_is_stored_and_its_address_given() {
    let (told, bytes) = export("format=csv").await;
    assert_eq!(told["items"], 3);
    assert_eq!(told["size"], bytes.len());
    assert_eq!(told["file_name"], "acme-20260101-080000.csv");
    assert_eq!(told["expires_at"], "2026-01-01T08:05:00Z");
    let url = told["url"].as_str().unwrap();
    assert!(url.contains("/exports/") && url.contains("X-Amz-Expires=300"), "{url}");
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.starts_with("\u{feff}supplier_id,item_key,sku,"), "{text}");
    let rows: Vec<csv::StringRecord> = csv::Reader::from_reader(text.as_bytes())
        .records()
        .map(Result::unwrap)
        .collect();
    let cells = |n: usize| [2, 4, 8, 16, 17, 20].map(|column| rows[n].get(column).unwrap());
    assert_eq!(
        cells(0),
        ["'-1", "'=Kettle 1", "12.51", "review", "", "2025-12-31T08:00:00Z"]
    );
    assert_eq!(
        cells(1),
        ["'-2", "'=Kettle 2", "12.52", "matched", "P-2", "2025-12-31T08:00:00Z"]
    );
}

#[tokio::test]
async fn a_workbook_has_what_the_filter_lets_through() {
    let (told, bytes) = export("format=xlsx&decision=review&q=kettle").await;
    assert_eq!(told["items"], 2);
    assert_eq!(told["file_name"], "acme-20260101-080000.xlsx");
    let read = pricelist::read(&bytes, &pricelist::ReadOptions::default()).unwrap();
    let names: Vec<_> = read.items.iter().filter_map(|item| item.name.as_deref()).collect();
    assert_eq!(names, ["'=Kettle 1", "'=Kettle 3"]);
    assert_eq!(read.items[1].price.unwrap().amount(), Decimal::new(1253, 2));
}

#[tokio::test]
async fn a_kind_that_is_not_made_is_refused() {
    for query in [
        "",
        "?format=pdf",
        "?format=csv&supplier=NO",
        "?format=csv&decision=maybe",
    ] {
        let request = bodiless(bearer(Request::get(format!("/admin/items/export{query}"))));
        assert_problem(ask(deps(NOW, &[]), request).await, StatusCode::BAD_REQUEST, "invalid").await;
    }
}
