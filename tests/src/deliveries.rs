//! Events come at least once, in any order.

use aws_sdk_sqs::types::QueueAttributeName;
use futures::future::join_all;
use serde_json::json;

use crate::notifications::{created, test_event};
use crate::price_list::PriceList;
use crate::tables::{number, text};
use crate::world::World;

#[tokio::test]
async fn the_same_event_delivered_five_times_publishes_once() {
    let Some(world) = World::open().await else { return };
    let supplier = world.supplier("five-times");
    world.api.add_uploading_supplier(&supplier).await;
    let announced = world
        .api
        .announce(&supplier, &PriceList::of_tools("Tools 1+1 (50%).csv", 15))
        .await;
    let list = PriceList::of_tools("Tools 1+1 (50%).csv", 15);
    let key = world.api.job(&announced.job_id).await.raw_key();
    let status = world.api.send_file(&announced.upload, list.bytes.clone()).await;
    assert!(status.is_success(), "{status}");
    // S3's own notification makes five.
    let event = created(&world.bucket.name, &[&key]);
    join_all((0..4).map(|_| world.queues.send("analyze", &event))).await;
    let job = world.api.ended(&announced.job_id).await;
    assert_eq!(job.phase, "complete", "{job:#?}");
    let items = world.tables.items_of(&supplier).await;
    assert_eq!(items.len(), 3);
    // After the end they mean no more.
    join_all((0..2).map(|_| world.queues.send("analyze", &event))).await;
    world.queues.drained("analyze").await;
    let record = world.tables.job(&job.job_id).await;
    assert_eq!(number(&record, "fence"), 1, "one analysis was to be begun: {record:#?}");
    assert_eq!(world.api.job(&job.job_id).await.updated_at, job.updated_at);
    assert_eq!(world.tables.items_of(&supplier).await, items);
}

#[tokio::test]
async fn an_older_list_that_arrives_late_overwrites_nothing() {
    let Some(world) = World::open().await else { return };
    let supplier = world.supplier("late");
    world.api.add_uploading_supplier(&supplier).await;
    let (older, newer) = (
        PriceList::of_tools("older.csv", 15),
        PriceList::of_tools("newer.csv", 25),
    );
    let first = world.api.announce(&supplier, &older).await;
    let second = world.api.announce(&supplier, &newer).await;
    assert!(
        world
            .api
            .send_file(&second.upload, newer.bytes.clone())
            .await
            .is_success()
    );
    let job = world.api.ended(&second.job_id).await;
    assert_eq!((job.phase.as_str(), job.summary().added), ("complete", 3), "{job:#?}");
    let items = world.tables.items_of(&supplier).await;

    assert!(
        world
            .api
            .send_file(&first.upload, older.bytes.clone())
            .await
            .is_success()
    );
    let late = world.api.ended(&first.job_id).await;
    assert_eq!(late.phase, "complete", "{late:#?}");
    assert!(late.summary().superseded, "{late:#?}");

    // Both events again, the newer first, in one message.
    let keys = [job.raw_key(), late.raw_key()];
    let event = created(&world.bucket.name, &[&keys[0], &keys[1]]);
    world.queues.send("analyze", &event).await;
    world.queues.drained("analyze").await;
    let now = world.tables.items_of(&supplier).await;
    assert_eq!(now, items);
    let prices: Vec<&str> = now.values().map(|item| text(item, "price")).collect();
    assert_eq!(prices, ["25", "25.01", "25.02"]);
    let published = world.api.get(&format!("/admin/suppliers/{supplier}")).await["published_job"].clone();
    assert_eq!(published, json!(second.job_id));
}

#[tokio::test]
async fn one_message_may_bring_several_lists() {
    let Some(world) = World::open().await else { return };
    let mut keys = Vec::new();
    let mut jobs = Vec::new();
    for what in ["several-a", "several-b"] {
        let supplier = world.supplier(what);
        world.api.add_uploading_supplier(&supplier).await;
        let list = PriceList::of_tools("tools.csv", 15);
        let job = world.api.upload(&supplier, &list).await;
        keys.push(world.api.job(&job).await.raw_key());
        jobs.push(job);
    }
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    world.queues.send("analyze", &created(&world.bucket.name, &keys)).await;
    for job in jobs {
        let job = world.api.ended(&job).await;
        assert_eq!(job.phase, "complete", "{job:#?}");
    }
}

#[tokio::test]
async fn messages_that_ask_for_nothing_leave_the_queue_and_do_no_harm() {
    let Some(world) = World::open().await else { return };
    let dead = QueueAttributeName::ApproximateNumberOfMessages;
    let before = world.queues.attribute("analyze_dlq", dead.clone()).await;
    let bucket = &world.bucket.name;
    let gone = "raw/acme/0190b5a8-0000-7000-8000-000000000001/gone+%D0%B0.csv";
    for body in [
        test_event(bucket),
        created(bucket, &["raw/stray.csv"]),
        created(bucket, &[gone]),
    ] {
        world.queues.send("analyze", &body).await;
    }
    world.queues.drained("analyze").await;
    assert_eq!(world.queues.attribute("analyze_dlq", dead).await, before);
}
