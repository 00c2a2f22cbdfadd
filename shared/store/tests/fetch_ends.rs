//! How the end of a fetch is noted on its supplier.

#![allow(
    clippy::unwrap_used,
    reason = "tests; what surrounds them counts as production code to the lints"
)]

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    error::ErrorMetadata,
    operation::{
        get_item::GetItemOutput,
        update_item::{UpdateItemError, UpdateItemInput, UpdateItemOutput},
    },
    types::{AttributeValue, error::ConditionalCheckFailedException},
};
use domain::{Job, JobError, Schedule, Source, Supplier, SupplierSettings, Trigger};
use jiff::Timestamp;
use mocked_aws::{Rule, RuleMode, dynamodb, mock};
use store::Suppliers;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

/// A supplier that is fetched every minute, with `job` in its slot.
fn record(job: &Job) -> HashMap<String, AttributeValue> {
    let source = Source::Http {
        url: "https://acme.example/list.csv".into(),
        credential: None,
    };
    let settings = SupplierSettings {
        schedule: Some(Schedule::Every { minutes: 1 }),
        ..SupplierSettings::new("Acme", source)
    };
    let supplier = Supplier {
        live_job: Some(job.job_id),
        ..Supplier::new("acme".parse().unwrap(), settings, at(0))
    };
    serde_dynamo::aws_sdk_dynamodb_1::to_item(supplier).unwrap()
}

fn reading(record: HashMap<String, AttributeValue>) -> Rule {
    mock!(Client::get_item).then_output(move || GetItemOutput::builder().set_item(Some(record.clone())).build())
}

fn failed_job() -> Job {
    let job = Job::to_fetch("acme".parse().unwrap(), Trigger::Schedule, at(0));
    job.fail(JobError::new("not_found", "There is no such file."), at(30))
        .unwrap()
}

fn refused() -> ConditionalCheckFailedException {
    let code = ErrorMetadata::builder().code("ConditionalCheckFailedException").build();
    ConditionalCheckFailedException::builder().meta(code).build()
}

fn notes_the_first_failure(request: &UpdateItemInput) -> bool {
    let values = request.expression_attribute_values().unwrap();
    let due: Timestamp = values[":next_due_at"].as_s().unwrap().parse().unwrap();
    request.update_expression().unwrap().ends_with("REMOVE live_job")
        && request.condition_expression() == Some("live_job = :job AND next_due_at = :seen")
        && values[":consecutive_failures"] == AttributeValue::N("1".into())
        && values[":failing_since"] == AttributeValue::S(at(30).to_string())
        && (300..=366).contains(&due.duration_since(at(30)).as_secs())
}

#[tokio::test]
async fn a_failure_is_noted_and_noted_anew_where_the_settings_changed_in_between() {
    let job = failed_job();
    let (first, second) = (reading(record(&job)), reading(record(&job)));
    let refused = mock!(Client::update_item)
        .match_requests(notes_the_first_failure)
        .then_error(|| UpdateItemError::ConditionalCheckFailedException(refused()));
    let applied = mock!(Client::update_item)
        .match_requests(notes_the_first_failure)
        .then_output(|| UpdateItemOutput::builder().build());
    let client = dynamodb(RuleMode::Sequential, &[&first, &refused, &second, &applied]);
    Suppliers::new(client, "suppliers").end_fetch(&job).await.unwrap();
    assert_eq!((second.num_calls(), applied.num_calls()), (1, 1));
}

#[tokio::test]
async fn a_success_ends_a_failure() {
    let job = Job {
        error: None,
        ..failed_job()
    };
    let applied = mock!(Client::update_item)
        .match_requests(|request| {
            request.condition_expression() == Some("live_job = :job")
                && request.update_expression()
                    == Some("REMOVE live_job, consecutive_failures, failing_since, last_error")
        })
        .then_output(|| UpdateItemOutput::builder().build());
    let client = dynamodb(RuleMode::Sequential, &[&applied]);
    Suppliers::new(client, "suppliers").end_fetch(&job).await.unwrap();
    assert_eq!(applied.num_calls(), 1);
}

#[tokio::test]
async fn the_end_of_an_upload_and_of_a_job_without_the_slot_say_nothing_of_the_source() {
    let job = failed_job();
    let upload = Job {
        trigger: Trigger::Upload,
        ..job.clone()
    };
    let mut other = record(&job);
    other.insert(
        "live_job".into(),
        AttributeValue::S("0190b5a8-0000-7000-8000-000000000001".into()),
    );
    let read = reading(other);
    let suppliers = Suppliers::new(dynamodb(RuleMode::Sequential, &[&read]), "suppliers");
    suppliers.end_fetch(&upload).await.unwrap();
    suppliers.end_fetch(&job).await.unwrap();
    assert_eq!(read.num_calls(), 1);
}
