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
use domain::{FixedClock, Job, JobId, SupplierId, Trigger};
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Context, LambdaEvent};
use mocked_aws::{RuleMode::MatchAny, mock};
use store::{Files, Jobs, Queues, Suppliers};

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
        queues: Queues::new(mocked_aws::sqs(MatchAny, &[]), "download", "analyze"),
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

/// A run at the event's time, of an uploading job whose file was stored `minutes` before it; answers what it did and what it
/// asked to be read.
async fn run_with_a_stored_file(minutes: i64, change: impl Fn(&mut Job)) -> (Cleaned, Vec<String>) {
    let now: Timestamp = EVENT_TIME.parse().unwrap();
    let stored_at = now - SignedDuration::from_mins(minutes);
    let supplier: SupplierId = "acme".parse().unwrap();
    let mut job = Job::to_fetch(supplier, Trigger::Upload, stored_at - SignedDuration::from_mins(1));
    change(&mut job);
    let key = format!("raw/acme/{}/list.csv", job.job_id);
    let record: std::collections::HashMap<String, AttributeValue> =
        serde_dynamo::aws_sdk_dynamodb_1::to_item(&job).unwrap();
    let today = mock!(aws_sdk_dynamodb::Client::query)
        .match_requests(|request| {
            let day = request
                .expression_attribute_values()
                .map(|values| values[":value"].clone());
            day == Some(AttributeValue::S("2026-01-02".into()))
        })
        .then_output({
            let record = record.clone();
            move || QueryOutput::builder().items(record.clone()).build()
        });
    let other_days = mock!(aws_sdk_dynamodb::Client::query).then_output(|| QueryOutput::builder().build());
    let the_job = mock!(aws_sdk_dynamodb::Client::get_item)
        .then_output(move || GetItemOutput::builder().set_item(Some(record.clone())).build());
    let listed_suppliers = mock!(aws_sdk_dynamodb::Client::scan).then_output(|| ScanOutput::builder().build());
    let listed = mock!(aws_sdk_s3::Client::list_objects_v2).then_output(move || {
        let object = Object::builder()
            .key(&key)
            .last_modified(DateTime::from_secs(stored_at.as_second()))
            .build();
        ListObjectsV2Output::builder().contents(object).build()
    });
    let sent = Arc::new(Mutex::new(Vec::new()));
    let message = mock!(aws_sdk_sqs::Client::send_message)
        .match_requests({
            let sent = Arc::clone(&sent);
            move |request| {
                sent.lock().unwrap().extend(request.message_body().map(str::to_owned));
                request.queue_url() == Some("analyze")
            }
        })
        .then_output(|| aws_sdk_sqs::operation::send_message::SendMessageOutput::builder().build());
    let dynamodb = mocked_aws::dynamodb(MatchAny, &[&today, &other_days, &the_job, &listed_suppliers]);
    let s3 = mocked_aws::s3(MatchAny, &[&listed]);
    let deps = Deps {
        clock: Arc::new(FixedClock(now)),
        jobs: Jobs::new(dynamodb.clone(), "jobs"),
        suppliers: Suppliers::new(dynamodb, "suppliers"),
        files: Files::new(s3.clone(), s3, "bucket"),
        queues: Queues::new(mocked_aws::sqs(MatchAny, &[&message]), "download", "analyze"),
        retention: SignedDuration::from_hours(24),
    };
    let cleaned = handle(&deps, LambdaEvent::new(event(), Context::default()))
        .await
        .unwrap();
    let sent = sent.lock().unwrap().clone();
    (cleaned, sent)
}

#[tokio::test]
async fn a_stored_file_whose_event_was_lost_is_asked_to_be_read() {
    let job_id = Arc::new(Mutex::new(None::<JobId>));
    let seen = Arc::clone(&job_id);
    let (cleaned, sent) = run_with_a_stored_file(11, |job| {
        job.retry_count = 1;
        *seen.lock().unwrap() = Some(job.job_id);
    })
    .await;
    let told = Cleaned {
        files_told_of: 1,
        ..Cleaned::default()
    };
    assert_eq!(cleaned, told);
    let job_id = job_id.lock().unwrap().unwrap();
    assert_eq!(
        sent,
        [format!(r#"{{"raw_key":"raw/acme/{job_id}/list.csv","attempt":1}}"#)]
    );
}

#[tokio::test]
async fn a_stored_file_that_may_still_be_heard_of_or_is_read_is_left_alone() {
    let nothing = (Cleaned::default(), Vec::new());
    assert_eq!(run_with_a_stored_file(9, |_| ()).await, nothing, "its event may come");
    let now: Timestamp = EVENT_TIME.parse().unwrap();
    let in_hand = |job: &mut Job| job.lease_until = Some(now + SignedDuration::from_mins(1));
    assert_eq!(run_with_a_stored_file(30, in_hand).await, nothing, "its worker has it");
    let tried_again = |job: &mut Job| job.updated_at = now - SignedDuration::from_mins(5);
    assert_eq!(
        run_with_a_stored_file(30, tried_again).await,
        nothing,
        "it is of the try before"
    );
}
