//! What is asked of DynamoDB, and what is made of its answers.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests; what surrounds them counts as production code to the lints"
)]

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    error::ErrorMetadata,
    operation::{
        batch_write_item::BatchWriteItemOutput,
        get_item::GetItemOutput,
        put_item::PutItemError,
        query::{QueryError, QueryOutput},
        transact_write_items::TransactWriteItemsError,
        update_item::UpdateItemError,
    },
    types::{
        AttributeValue, WriteRequest,
        error::{ConditionalCheckFailedException, TransactionCanceledException},
    },
};
use domain::{
    Decision, ItemCounts, Job, JobId, ListItem, Match, Source, Supplier, SupplierSettings, Trigger, item_keys,
};
use jiff::Timestamp;
use mocked_aws::{RuleMode, dynamodb as client, mock};
use store::{
    Decisions, Difference, Items, JobStart, Jobs, PriceNow, Prices, PublishedItem, StoreError, Suppliers, Swapped, Turn,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn job() -> Job {
    Job::to_fetch("acme".parse().unwrap(), Trigger::Schedule, at(0))
}

fn jobs(client: Client) -> Jobs {
    Jobs::new(client, "jobs")
}

fn suppliers(client: &Client) -> Suppliers {
    Suppliers::new(client.clone(), "suppliers")
}

/// A supplier with so many new items, by its counts.
fn with_new(id: &str, new: i64) -> Supplier {
    let mut supplier = Supplier::new(id.parse().unwrap(), SupplierSettings::new(id, Source::Upload), at(0));
    supplier.counts = Some(ItemCounts {
        items: 10,
        matched: 10 - new,
        review: 0,
        new,
    });
    supplier
}

#[tokio::test]
async fn suppliers_that_certainly_have_no_such_item_are_not_asked() {
    let of = |supplier: &'static str| {
        mock!(Client::query)
            .match_requests(move |request| {
                let values = request.expression_attribute_values().unwrap();
                values[":value"].as_s().unwrap().starts_with(supplier)
            })
            .then_output(|| QueryOutput::builder().build())
    };
    let rules = [of("none#"), of("some#"), of("moved#"), of("unknown#")];
    let client = client(RuleMode::MatchAny, &rules.each_ref());
    let (mut moved, mut unknown) = (with_new("moved", 0), with_new("unknown", 0));
    moved.moved_to.push(Decision::New);
    unknown.counts = None;
    let suppliers = [with_new("none", 0), with_new("some", 3), moved, unknown];
    let items = Items::new(client, "items");
    let page = items.decided(&suppliers, Decision::New, 50, None).await.unwrap();
    assert!(page.items.is_empty() && page.next_cursor.is_none());
    assert_eq!(rules.each_ref().map(mocked_aws::Rule::num_calls), [0, 16, 16, 16]);
}

#[tokio::test]
async fn what_dynamodb_finds_invalid_in_a_list_that_goes_on_is_the_cursor() {
    let rule = mock!(Client::query).then_error(|| {
        let invalid = ErrorMetadata::builder()
            .code("ValidationException")
            .message("The provided starting key is invalid");
        QueryError::generic(invalid.build())
    });
    let client = client(RuleMode::MatchAny, &[&rule]);
    let (acme, product) = ("acme".parse().unwrap(), "P-1".parse().unwrap());
    // Read as a key, but of no list: {"made":"up"}.
    let made_up = Some("7b226d616465223a227570227d");
    let items = Items::new(client.clone(), "items");
    let of_items = r#"{"product_id":"P-1","made":"up"}"#.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let errors = [
        jobs(client.clone()).recent(5, made_up, at(0)).await.err(),
        jobs(client.clone()).of_supplier(&acme, 5, made_up, at(0)).await.err(),
        items.offers(&product, 5, Some(&of_items)).await.err(),
        items.to_review(None, 5, made_up).await.err(),
        Prices::new(client.clone(), "prices")
            .history(&acme, "sku:1", PriceNow::default(), 5, made_up)
            .await
            .err(),
        Decisions::new(client.clone(), "decisions")
            .for_product(&product, 5, made_up)
            .await
            .err(),
    ];
    for error in errors {
        assert!(matches!(error, Some(StoreError::Cursor { .. })), "{error:?}");
    }
    let ours = jobs(client).recent(5, None, at(0)).await;
    assert!(
        matches!(ours, Err(StoreError::Call { transient: false, .. })),
        "{ours:?}"
    );
}

#[tokio::test]
async fn a_swap_names_the_phase_and_fence_that_it_expects() {
    let old = job();
    let new = old.start_download(0, at(60), at(1)).unwrap();
    let rule = mock!(Client::put_item)
        .match_requests(|request| {
            let values = request.expression_attribute_values().unwrap();
            request.condition_expression() == Some("phase = :phase AND fence = :fence")
                && values[":phase"] == AttributeValue::S("downloading".into())
                && values[":fence"] == AttributeValue::N("0".into())
                && request.item().unwrap()["fence"] == AttributeValue::N("1".into())
        })
        .then_output(|| aws_sdk_dynamodb::operation::put_item::PutItemOutput::builder().build());
    let client = client(RuleMode::Sequential, &[&rule]);
    assert_eq!(jobs(client).swap(&old, &new).await.unwrap(), Swapped::Applied);
}

/// As DynamoDB answers it: with its code.
fn refused() -> ConditionalCheckFailedException {
    let code = ErrorMetadata::builder().code("ConditionalCheckFailedException").build();
    ConditionalCheckFailedException::builder().meta(code).build()
}

#[tokio::test]
async fn a_late_worker_is_refused_not_applied() {
    let rule = mock!(Client::put_item).then_error(|| PutItemError::ConditionalCheckFailedException(refused()));
    let client = client(RuleMode::Sequential, &[&rule]);
    let old = job();
    assert_eq!(
        jobs(client).swap(&old, &old.released(at(1))).await.unwrap(),
        Swapped::Conflict
    );
}

#[tokio::test]
async fn a_job_past_its_time_is_gone_though_its_record_is_still_there() {
    let record = serde_dynamo::aws_sdk_dynamodb_1::to_item(job()).unwrap();
    let rule =
        mock!(Client::get_item).then_output(move || GetItemOutput::builder().set_item(Some(record.clone())).build());
    let client = client(RuleMode::MatchAny, &[&rule]);
    let jobs = jobs(client);
    let week = 7 * 24 * 3600;
    assert!(jobs.get(job().job_id, at(week - 1)).await.unwrap().is_some());
    assert!(jobs.get(job().job_id, at(week)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_second_job_for_a_supplier_is_a_conflict() {
    let rule = mock!(Client::transact_write_items)
        .match_requests(|request| {
            let [put, update] = request.transact_items() else {
                return false;
            };
            put.put().unwrap().condition_expression() == Some("attribute_not_exists(job_id)")
                && update.update().unwrap().condition_expression()
                    == Some("attribute_exists(#name) AND attribute_not_exists(live_job)")
        })
        .then_error(|| {
            TransactWriteItemsError::TransactionCanceledException(TransactionCanceledException::builder().build())
        });
    let client = client(RuleMode::Sequential, &[&rule]);
    let job = job();
    let start = JobStart {
        job: &job,
        stored: None,
        slot: None,
        next_due_at: None,
    };
    assert_eq!(
        suppliers(&client)
            .start_job(&jobs(client.clone()), start)
            .await
            .unwrap(),
        Swapped::Conflict
    );
}

async fn turn(state: &[(&str, String)]) -> Turn {
    let refused = mock!(Client::update_item).then_error(|| UpdateItemError::ConditionalCheckFailedException(refused()));
    let record: HashMap<String, AttributeValue> = state
        .iter()
        .map(|(name, value)| ((*name).to_owned(), AttributeValue::S(value.clone())))
        .collect();
    let read =
        mock!(Client::get_item).then_output(move || GetItemOutput::builder().set_item(Some(record.clone())).build());
    let client = client(RuleMode::MatchAny, &[&refused, &read]);
    let me = JobId::new(at(10));
    suppliers(&client)
        .publication()
        .begin(&"acme".parse().unwrap(), me, at(60), at(11))
        .await
        .unwrap()
}

#[tokio::test]
async fn an_older_list_is_superseded_by_a_newer_one() {
    let newer = JobId::new(at(20)).to_string();
    assert!(matches!(turn(&[("published_job", newer)]).await, Turn::Superseded));
}

#[tokio::test]
async fn a_list_waits_while_another_is_being_published() {
    let state = [
        ("published_job", JobId::new(at(1)).to_string()),
        ("publishing_job", JobId::new(at(5)).to_string()),
        ("publishing_until", at(40).to_string()),
    ];
    let Turn::Busy { until } = turn(&state).await else {
        panic!("not busy")
    };
    assert_eq!(until, at(40));
}

fn published(sku: &str) -> PublishedItem {
    let item = ListItem {
        sku: Some(sku.into()),
        ..ListItem::default()
    };
    let key = item_keys(std::slice::from_ref(&item)).remove(0);
    let found = Match {
        decision: Decision::New,
        product_id: None,
        probability: 0.0,
        accept_score: 0.0,
        barred: false,
        candidates: Vec::new(),
        reasons: Vec::new(),
    };
    PublishedItem::new("acme".parse().unwrap(), key, item, found)
}

fn writes(request: &aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemInput) -> &Vec<WriteRequest> {
    &request.request_items().unwrap()["items"]
}

#[tokio::test]
async fn only_the_difference_is_written_and_what_is_left_unprocessed_is_sent_again() {
    let items: Vec<_> = (0..30).map(|n| published(&format!("{n}"))).collect();
    let mut difference = Difference {
        delete: ["sku:gone".to_owned()].into(),
        ..Difference::default()
    };
    difference.put.insert("sku:7".into());
    let first = mock!(Client::batch_write_item)
        .match_requests(|request| writes(request).len() == 2)
        .then_compute_output(|request| {
            let left = HashMap::from([("items".to_owned(), vec![writes(request)[1].clone()])]);
            BatchWriteItemOutput::builder()
                .set_unprocessed_items(Some(left))
                .build()
        });
    let second = mock!(Client::batch_write_item)
        .match_requests(|request| writes(request).len() == 1 && writes(request)[0].delete_request().is_some())
        .then_output(|| BatchWriteItemOutput::builder().build());
    let client = client(RuleMode::Sequential, &[&first, &second]);
    let acme = "acme".parse().unwrap();
    Items::new(client, "items")
        .apply(&acme, &difference, items.into_iter().map(Ok))
        .await
        .unwrap();
    assert_eq!((first.num_calls(), second.num_calls()), (1, 1));
}
