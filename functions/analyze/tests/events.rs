//! Each event of `events/` that `analyze` gets, handled without a network.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests; what surrounds them counts as production code to the lints"
)]

use std::sync::{Arc, Mutex};

use analyze::{Deps, handle, requests};
use aws_lambda_events::sqs::SqsEvent;
use aws_sdk_dynamodb::operation::get_item::GetItemOutput;
use aws_sdk_s3::{
    error::ErrorMetadata,
    operation::{get_object::GetObjectError, head_object::HeadObjectError},
    types::error::{NoSuchKey, NotFound},
};
use domain::FixedClock;
use lambda_runtime::{Context, LambdaEvent};
use mocked_aws::{Rule, RuleMode::MatchAny, mock};
use sources::{FetchPolicy, HttpFetcher};
use store::{Catalogue, Decisions, Files, Items, Jobs, Prices, Queues, Suppliers};

macro_rules! event {
    ($name:literal) => {
        serde_json::from_str::<SqsEvent>(include_str!(concat!("../../../events/", $name, ".json"))).unwrap()
    };
}

fn deps(dynamodb_rules: &[&Rule], s3_rules: &[&Rule]) -> Deps {
    let (dynamodb, s3) = (
        mocked_aws::dynamodb(MatchAny, dynamodb_rules),
        mocked_aws::s3(MatchAny, s3_rules),
    );
    Deps {
        clock: Arc::new(FixedClock("2026-01-01T00:00:00Z".parse().unwrap())),
        jobs: Jobs::new(dynamodb.clone(), "jobs"),
        suppliers: Suppliers::new(dynamodb.clone(), "suppliers"),
        items: Items::new(dynamodb.clone(), "items"),
        prices: Prices::new(dynamodb.clone(), "prices"),
        catalogue: Catalogue::new(dynamodb.clone(), "catalogue"),
        decisions: Decisions::new(dynamodb, "decisions"),
        files: Files::new(s3.clone(), s3, "bucket"),
        max_read_bytes: 1 << 20,
        use_ml: true,
        loaded_index: Mutex::new(None),
        embedding: None,
        queues: Queues::new(mocked_aws::sqs(MatchAny, &[]), "download-queue", "analyze-queue"),
        remote: None,
        fetcher: HttpFetcher::new(FetchPolicy::default()).unwrap(),
    }
}

/// The messages that go back to the queue.
async fn failed(deps: &Deps, event: SqsEvent) -> Vec<String> {
    let response = handle(deps, LambdaEvent::new(event, Context::default())).await.unwrap();
    response
        .batch_item_failures
        .into_iter()
        .map(|failure| failure.item_identifier)
        .collect()
}

#[test]
fn every_event_asks_for_the_files_that_it_names() {
    let asked = |event: SqsEvent| -> Vec<String> {
        let bodies = event.records.into_iter().filter_map(|message| message.body);
        let requests = bodies.flat_map(|body| requests(&body).unwrap());
        requests
            .map(|request| format!("{} {:?}", request.key, request.attempt))
            .collect()
    };
    let (one, two) = (
        "0190b5a8-0000-7000-8000-000000000001",
        "0190b5a8-0000-7000-8000-000000000002",
    );
    assert_eq!(
        asked(event!("analyze-upload")),
        [format!("raw/acme/{one}/list.csv None")]
    );
    assert_eq!(
        asked(event!("analyze-retry")),
        [format!("raw/acme/{one}/list.csv Some(1)")]
    );
    assert_eq!(
        asked(event!("analyze-two-records")),
        [
            format!("raw/acme/{one}/list.csv None"),
            format!("raw/harbour/{two}/prices.xlsx None")
        ]
    );
    assert_eq!(
        asked(event!("analyze-escaped-key")),
        [format!("raw/acme/{one}/Прайс 1+2 (лето).xlsx None")]
    );
    assert!(asked(event!("analyze-test-event")).is_empty() && asked(event!("analyze-empty-batch")).is_empty());
}

#[tokio::test]
async fn events_that_ask_for_nothing_call_nobody() {
    let deps = deps(&[], &[]);
    assert!(failed(&deps, event!("analyze-test-event")).await.is_empty());
    assert!(failed(&deps, event!("analyze-empty-batch")).await.is_empty());
}

#[tokio::test]
async fn only_the_message_that_cannot_be_read_goes_back() {
    let failed = failed(&deps(&[], &[]), event!("analyze-unparsable")).await;
    assert_eq!(failed, ["059f36b4-87a3-44ab-83d2-661970000001"]);
}

#[tokio::test]
async fn a_file_that_is_gone_is_done_with() {
    let gone =
        mock!(aws_sdk_s3::Client::head_object).then_error(|| HeadObjectError::NotFound(NotFound::builder().build()));
    let deps = deps(&[], &[&gone]);
    assert!(failed(&deps, event!("analyze-upload")).await.is_empty());
    assert!(failed(&deps, event!("analyze-two-records")).await.is_empty());
    assert_eq!(gone.num_calls(), 3);
}

#[tokio::test]
async fn a_job_that_is_gone_is_done_with() {
    let none = mock!(aws_sdk_dynamodb::Client::get_item).then_output(|| GetItemOutput::builder().build());
    assert!(failed(&deps(&[&none], &[]), event!("analyze-retry")).await.is_empty());
    assert_eq!(none.num_calls(), 1);
}

#[tokio::test]
async fn an_approval_or_a_match_of_a_job_that_is_gone_is_done_with() {
    let none = mock!(aws_sdk_dynamodb::Client::get_item).then_output(|| GetItemOutput::builder().build());
    assert!(failed(&deps(&[&none], &[]), event!("analyze-publish")).await.is_empty());
    assert!(
        failed(&deps(&[&none], &[]), event!("analyze-match-again"))
            .await
            .is_empty()
    );
    assert_eq!(none.num_calls(), 2);
}

#[tokio::test]
async fn a_callers_analysis_that_is_gone_is_done_with() {
    let gone =
        mock!(aws_sdk_s3::Client::get_object).then_error(|| GetObjectError::NoSuchKey(NoSuchKey::builder().build()));
    assert!(
        failed(&deps(&[], &[&gone]), event!("analyze-read-file"))
            .await
            .is_empty()
    );
    assert_eq!(gone.num_calls(), 1);
}

#[tokio::test]
async fn a_store_that_does_not_answer_sends_the_message_back() {
    let slow_down = mock!(aws_sdk_s3::Client::head_object)
        .then_error(|| HeadObjectError::generic(ErrorMetadata::builder().code("SlowDown").build()));
    let failed = failed(&deps(&[], &[&slow_down]), event!("analyze-escaped-key")).await;
    assert_eq!(failed, ["059f36b4-87a3-44ab-83d2-661970000001"]);
}
