//! Messages that nobody can read.

use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};

use crate::functions::batch;
use crate::world::World;

const UNREADABLE: &str = "not json";

#[tokio::test]
async fn download_reports_the_message_that_it_cannot_read_and_takes_the_others() {
    let Some(world) = World::open().await else { return };
    // A job that is not there any more is no failure: its message is done with.
    let of_gone_job = json!({"job_id": "0190b5a8-0000-7000-8000-000000000001", "attempt": 0}).to_string();
    let event = batch(
        "download",
        &[("good", &of_gone_job), ("poison", UNREADABLE), ("empty", "{}")],
    );
    let answer = world.functions.invoke("download", &event).await;
    assert_eq!(failed(&answer), ["poison", "empty"], "{answer}");
}

#[tokio::test]
async fn analyze_reports_the_message_that_it_cannot_read_and_takes_the_others() {
    let Some(world) = World::open().await else { return };
    let test_event = crate::notifications::test_event(&world.bucket.name);
    let foreign_key = json!({"raw_key": "raw/elsewhere", "attempt": 0}).to_string();
    let messages = [
        ("good", test_event.as_str()),
        ("poison", UNREADABLE),
        ("foreign", &foreign_key),
    ];
    let answer = world.functions.invoke("analyze", &batch("analyze", &messages)).await;
    assert_eq!(failed(&answer), ["poison", "foreign"], "{answer}");
    let answer = world.functions.invoke("analyze", &batch("analyze", &[])).await;
    assert!(failed(&answer).is_empty(), "{answer}");
}

#[tokio::test]
async fn an_event_of_an_unknown_kind_is_an_error_of_the_function() {
    let Some(world) = World::open().await else { return };
    let (error, answer) = world.functions.try_invoke("download", &json!({"hello": 1})).await;
    assert!(error.is_some(), "{answer}");
    assert_eq!(answer["errorType"], "UnknownEvent", "{answer}");
}

/// Waiting for five deliveries would take hours: the visibility time-out is six times the function's own.
#[tokio::test]
async fn what_is_given_up_after_five_deliveries_lands_in_the_dead_letter_queue() {
    let Some(world) = World::open().await else { return };
    for queue in ["download", "analyze"] {
        let dead_letters = format!("{queue}_dlq");
        let target = world
            .queues
            .attribute(&dead_letters, QueueAttributeName::QueueArn)
            .await;
        let policy = world.queues.attribute(queue, QueueAttributeName::RedrivePolicy).await;
        let policy: Value = serde_json::from_str(&policy).unwrap_or_else(|error| panic!("{error} in {policy:?}"));
        assert_eq!(policy["deadLetterTargetArn"], target, "{policy}");
        // As a number or as text: both are in use.
        assert_eq!(policy["maxReceiveCount"].to_string().trim_matches('"'), "5", "{policy}");
        let visibility = world
            .queues
            .attribute(queue, QueueAttributeName::VisibilityTimeout)
            .await;
        assert_eq!(visibility, "1800", "six times the function's time-out");
    }
}

/// The operator's one command after the cause is mended (`aws sqs start-message-move-task`).
#[tokio::test]
async fn given_up_messages_are_sent_back_to_their_queue() {
    let Some(world) = World::open().await else { return };
    if world.stack.emulator == "ministack" {
        eprintln!("not run: MiniStack has no StartMessageMoveTask");
        return;
    }
    let of_gone_job = json!({"job_id": "0190b5a8-0000-7000-8000-000000000001", "attempt": 0}).to_string();
    world.queues.send("download_dlq", &of_gone_job).await;
    world.queues.redrive("download_dlq", "download").await;
    world.queues.drained("download_dlq").await;
    world.queues.drained("download").await;
}

fn failed(answer: &Value) -> Vec<&str> {
    let failures = answer["batchItemFailures"].as_array().expect("a list of failures");
    failures
        .iter()
        .filter_map(|failure| failure["itemIdentifier"].as_str())
        .collect()
}
