//! Each event of `events/` that `download` gets, handled without a network.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::{
    operation::{get_item::GetItemOutput, query::QueryOutput, transact_write_items::TransactWriteItemsOutput},
    types::AttributeValue,
};
use aws_sdk_sqs::operation::send_message::SendMessageOutput;
use domain::FixedClock;
use download::{Credentials, Deps, DownloadError, handle};
use lambda_runtime::{Context, LambdaEvent};
use mocked_aws::{Rule, RuleMode::MatchAny, mock};
use serde_json::{Value, json};
use sources::{FetchPolicy, GoogleEndpoints, GoogleSheets, HttpFetcher};
use store::{Files, Jobs, Queues, Secrets, Suppliers};

macro_rules! event {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("../../../../events/", $name, ".json"))).unwrap()
    };
}

fn deps(dynamodb_rules: &[&Rule], sqs_rules: &[&Rule]) -> Deps {
    let fetcher = HttpFetcher::new(FetchPolicy::default()).unwrap();
    let secrets = Secrets::new(mocked_aws::secrets_manager(MatchAny, &[]), "pricecourier/");
    let (dynamodb, s3) = (
        mocked_aws::dynamodb(MatchAny, dynamodb_rules),
        mocked_aws::s3(MatchAny, &[]),
    );
    Deps {
        clock: Arc::new(FixedClock("2026-01-01T00:00:00Z".parse().unwrap())),
        jobs: Jobs::new(dynamodb.clone(), "jobs"),
        suppliers: Suppliers::new(dynamodb, "suppliers"),
        files: Files::new(s3.clone(), s3, "bucket"),
        queues: Queues::new(mocked_aws::sqs(MatchAny, sqs_rules), "download-queue", "analyze-queue"),
        sheets: GoogleSheets::new(fetcher.clone(), GoogleEndpoints::new(None, None).unwrap()),
        credentials: Credentials::new(secrets),
        fetcher,
    }
}

async fn answer(deps: &Deps, event: Value) -> Result<Value, DownloadError> {
    handle(deps, LambdaEvent::new(event, Context::default())).await
}

fn supplier() -> HashMap<String, AttributeValue> {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let source = HashMap::from([
        ("kind".to_owned(), text("http")),
        ("url".to_owned(), text("https://acme.example/list.csv")),
    ]);
    let schedule = HashMap::from([("every_minutes".to_owned(), AttributeValue::N("60".into()))]);
    HashMap::from([
        ("supplier_id".to_owned(), text("acme")),
        ("name".to_owned(), text("Acme")),
        ("source".to_owned(), AttributeValue::M(source)),
        ("schedule".to_owned(), AttributeValue::M(schedule)),
        ("created_at".to_owned(), text("2025-12-31T00:00:00Z")),
        ("updated_at".to_owned(), text("2025-12-31T00:00:00Z")),
        ("next_due_at".to_owned(), text("2025-12-31T23:59:30.000Z")),
    ])
}

#[tokio::test]
async fn the_schedule_starts_one_job_and_sends_one_message_for_a_supplier_that_is_due() {
    let due = mock!(aws_sdk_dynamodb::Client::query).then_output(|| QueryOutput::builder().items(supplier()).build());
    let found = mock!(aws_sdk_dynamodb::Client::get_item)
        .then_output(|| GetItemOutput::builder().set_item(Some(supplier())).build());
    let stored = Arc::new(Mutex::new(None));
    let started = mock!(aws_sdk_dynamodb::Client::transact_write_items)
        .match_requests({
            let stored = Arc::clone(&stored);
            move |request| {
                let put = request.transact_items().iter().find_map(|item| item.put());
                *stored.lock().unwrap() = put.map(|put| put.item().clone());
                true
            }
        })
        .then_output(|| TransactWriteItemsOutput::builder().build());
    let sent = Arc::new(Mutex::new(None));
    let message = mock!(aws_sdk_sqs::Client::send_message)
        .match_requests({
            let sent = Arc::clone(&sent);
            move |request| {
                *sent.lock().unwrap() = request.message_body().map(str::to_owned);
                request.queue_url() == Some("download-queue")
            }
        })
        .then_output(|| SendMessageOutput::builder().build());
    let deps = deps(&[&due, &found, &started], &[&message]);
    let plan = answer(&deps, event!("download-schedule")).await.unwrap();
    assert_eq!(plan, json!({"due": 1, "started": 1, "busy": 0, "reminded": 0}));
    assert_eq!((started.num_calls(), message.num_calls()), (1, 1));
    let stored = stored.lock().unwrap().take().unwrap();
    let sent: Value = serde_json::from_str(&sent.lock().unwrap().take().unwrap()).unwrap();
    assert_eq!(sent, json!({"job_id": stored["job_id"].as_s().unwrap(), "attempt": 0}));
    assert_eq!(stored["phase"].as_s().unwrap(), "downloading");
    assert_eq!(stored["trigger"].as_s().unwrap(), "schedule");
}

#[tokio::test]
async fn nobody_due_is_nothing_to_do() {
    let none = mock!(aws_sdk_dynamodb::Client::query).then_output(|| QueryOutput::builder().build());
    let plan = answer(&deps(&[&none], &[]), event!("download-schedule")).await.unwrap();
    assert_eq!(plan, json!({"due": 0, "started": 0, "busy": 0, "reminded": 0}));
}

#[tokio::test]
async fn a_message_of_a_job_that_is_gone_is_done_with() {
    let none = mock!(aws_sdk_dynamodb::Client::get_item).then_output(|| GetItemOutput::builder().build());
    let answer = answer(&deps(&[&none], &[]), event!("download-message")).await.unwrap();
    assert_eq!(answer, json!({"batchItemFailures": []}));
    assert_eq!(none.num_calls(), 1);
}

#[tokio::test]
async fn only_messages_that_cannot_be_read_go_back() {
    let none = mock!(aws_sdk_dynamodb::Client::get_item).then_output(|| GetItemOutput::builder().build());
    let answer = answer(&deps(&[&none], &[]), event!("download-unparsable"))
        .await
        .unwrap();
    let failures = [
        "059f36b4-87a3-44ab-83d2-661970000002",
        "059f36b4-87a3-44ab-83d2-661970000003",
    ]
    .map(|id| json!({"itemIdentifier": id}));
    assert_eq!(answer["batchItemFailures"], json!(failures));
}

#[tokio::test]
async fn an_event_of_another_kind_is_an_error() {
    let error = answer(&deps(&[], &[]), json!({"hello": 1})).await.unwrap_err();
    assert!(matches!(error, DownloadError::UnknownEvent), "{error}");
}
