//! The event of `events/` that `cleanup` gets, handled without a network.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests; what surrounds them counts as production code to the lints"
)]

use std::sync::{Arc, Mutex};

use aws_lambda_events::eventbridge::EventBridgeEvent;
use aws_sdk_dynamodb::{
    operation::{get_item::GetItemOutput, query::QueryOutput, scan::ScanOutput, update_item::UpdateItemOutput},
    types::AttributeValue,
};
use aws_sdk_s3::{
    operation::{delete_object::DeleteObjectOutput, list_objects_v2::ListObjectsV2Output},
    primitives::DateTime,
    types::Object,
};
use cleanup::{Cleaned, Deps, handle};
use domain::FixedClock;
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Context, LambdaEvent};
use mocked_aws::{RuleMode::MatchAny, mock};
use store::{Files, Jobs, Suppliers};

/// When the event happened.
const EVENT_TIME: &str = "2026-01-02T01:00:00Z";

fn event() -> EventBridgeEvent {
    serde_json::from_str(include_str!("../../../events/cleanup-schedule.json")).unwrap()
}

/// Two raw files of jobs that are not there any more: one stored 24 hours before the event, one a second later.
fn two_files() -> ListObjectsV2Output {
    let event: Timestamp = EVENT_TIME.parse().unwrap();
    let stored = |name: &str, at: Timestamp| {
        let key = format!("raw/acme/0190b5a8-0000-7000-8000-000000000001/{name}");
        Object::builder()
            .key(key)
            .last_modified(DateTime::from_secs(at.as_second()))
            .build()
    };
    let day_ago = event - SignedDuration::from_hours(24);
    ListObjectsV2Output::builder()
        .contents(stored("old.csv", day_ago))
        .contents(stored("new.csv", day_ago + SignedDuration::from_secs(1)))
        .build()
}

/// A run at `clock`; answers what it did, which keys it removed, and which days' jobs it asked for.
async fn run(event: EventBridgeEvent, clock: &str) -> (Cleaned, Vec<String>, Vec<String>) {
    let (removed, days) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
    let no_jobs = mock!(aws_sdk_dynamodb::Client::query)
        .match_requests({
            let days = Arc::clone(&days);
            move |request| {
                let day = request
                    .expression_attribute_values()
                    .and_then(|values| values[":value"].as_s().ok());
                days.lock().unwrap().extend(day.cloned());
                true
            }
        })
        .then_output(|| QueryOutput::builder().build());
    let no_job = mock!(aws_sdk_dynamodb::Client::get_item).then_output(|| GetItemOutput::builder().build());
    let unlisted = mock!(aws_sdk_dynamodb::Client::scan).then_output(|| {
        let id = AttributeValue::S("from-before".into());
        let record = [("supplier_id".to_owned(), id)].into();
        ScanOutput::builder().items(record).build()
    });
    let put_into_the_index = mock!(aws_sdk_dynamodb::Client::update_item)
        .match_requests(|request| request.update_expression() == Some("SET listing = :listed"))
        .then_output(|| UpdateItemOutput::builder().build());
    let listed = mock!(aws_sdk_s3::Client::list_objects_v2).then_output(two_files);
    let deleted = mock!(aws_sdk_s3::Client::delete_object)
        .match_requests({
            let removed = Arc::clone(&removed);
            move |request| {
                removed.lock().unwrap().extend(request.key().map(str::to_owned));
                true
            }
        })
        .then_output(|| DeleteObjectOutput::builder().build());
    let (dynamodb, s3) = (
        mocked_aws::dynamodb(MatchAny, &[&no_jobs, &no_job, &unlisted, &put_into_the_index]),
        mocked_aws::s3(MatchAny, &[&listed, &deleted]),
    );
    let deps = Deps {
        clock: Arc::new(FixedClock(clock.parse().unwrap())),
        jobs: Jobs::new(dynamodb.clone(), "jobs"),
        suppliers: Suppliers::new(dynamodb, "suppliers"),
        files: Files::new(s3.clone(), s3, "bucket"),
        retention: SignedDuration::from_hours(24),
    };
    let cleaned = handle(&deps, LambdaEvent::new(event, Context::default()))
        .await
        .unwrap();
    let (removed, days) = (removed.lock().unwrap().clone(), days.lock().unwrap().clone());
    (cleaned, removed, days)
}

#[tokio::test]
async fn the_events_own_time_is_the_time_that_counts() {
    let (cleaned, removed, days) = run(event(), "2030-06-01T00:00:00Z").await;
    let one_file = Cleaned {
        raw_removed: 1,
        suppliers_listed: 1,
        ..Cleaned::default()
    };
    assert_eq!(cleaned, one_file);
    assert_eq!(removed, ["raw/acme/0190b5a8-0000-7000-8000-000000000001/old.csv"]);
    assert_eq!(days.last().map(String::as_str), Some("2026-01-02"));
}

#[tokio::test]
async fn an_event_that_tells_no_time_happens_now() {
    let mut event = event();
    event.time = None;
    let (cleaned, removed, _) = run(event, "2026-01-02T02:00:00Z").await;
    assert_eq!((cleaned.raw_removed, removed.len()), (2, 2));
}
