//! What is removed and ended when nobody else does. `cleanup` judges every job of the stack, and these tests call it with
//! tomorrow's time: each runs alone (see `.config/nextest.toml`).

use jiff::{SignedDuration, Timestamp};

use crate::price_list::PriceList;
use crate::world::World;

/// So many hours after a job was made.
fn later(created_at: &str, hours: i64) -> Timestamp {
    let created: Timestamp = created_at.parse().expect("a time");
    created + SignedDuration::from_hours(hours)
}

#[tokio::test]
async fn alone_a_day_later_the_raw_file_of_an_ended_job_is_gone_and_its_result_stays() {
    let Some(world) = World::open().await else { return };
    let supplier = world.supplier("day-old");
    world.api.add_uploading_supplier(&supplier).await;
    let job = world.api.upload(&supplier, &PriceList::of_tools("tools.csv", 15)).await;
    let job = world.api.ended(&job).await;
    assert_eq!(job.phase, "complete", "{job:#?}");

    world.functions.clean_up(later(&job.created_at, 23)).await;
    assert!(
        world.bucket.bytes(&job.raw_key()).await.is_some(),
        "a file is kept for 24 hours"
    );

    // The second run finds nothing to do for it, and does no harm.
    for _ in 0..2 {
        world.functions.clean_up(later(&job.created_at, 25)).await;
        assert_eq!(world.bucket.bytes(&job.raw_key()).await, None);
        assert_eq!(world.api.job(&job.job_id).await.updated_at, job.updated_at);
    }
    assert_eq!(world.tables.items_of(&supplier).await.len(), 3);
    let snapshot = format!("results/{supplier}/{}.jsonl.zst", job.job_id);
    assert!(world.bucket.bytes(&snapshot).await.is_some(), "there is no {snapshot}");
}

#[tokio::test]
async fn alone_a_live_job_keeps_its_raw_file_until_its_worker_is_lost() {
    let Some(world) = World::open().await else { return };
    let supplier = world.supplier("in-hand");
    world.api.add_uploading_supplier(&supplier).await;
    let job = world.api.upload(&supplier, &PriceList::of_tools("tools.csv", 15)).await;
    let job = world.api.ended(&job).await;
    assert_eq!(job.phase, "complete", "{job:#?}");
    let lease = later(&job.created_at, 26);
    world.tables.put_in_hand(&job.job_id, &lease.to_string()).await;

    for _ in 0..2 {
        world.functions.clean_up(later(&job.created_at, 25)).await;
        let held = world.api.job(&job.job_id).await;
        assert_eq!(held.phase, "matching", "{held:#?}");
        assert!(
            world.bucket.bytes(&job.raw_key()).await.is_some(),
            "its worker may need the file"
        );
    }

    world.functions.clean_up(later(&job.created_at, 27)).await;
    let lost = world.api.job(&job.job_id).await;
    assert_eq!(
        (lost.phase.as_str(), lost.code()),
        ("failed", "worker_lost"),
        "{lost:#?}"
    );
    assert!(
        lost.error.as_deref().is_some_and(|error| error.contains("Retry")),
        "{lost:#?}"
    );
    assert_eq!(world.bucket.bytes(&job.raw_key()).await, None);
}

#[tokio::test]
async fn alone_an_upload_that_never_arrived_is_ended_with_a_reason() {
    let Some(world) = World::open().await else { return };
    let supplier = world.supplier("abandoned");
    world.api.add_uploading_supplier(&supplier).await;
    let announced = world
        .api
        .announce(&supplier, &PriceList::of_tools("tools.csv", 15))
        .await;
    let waiting = world.api.job(&announced.job_id).await;
    world.functions.clean_up(later(&waiting.created_at, 1)).await;
    assert_eq!(
        world.api.job(&announced.job_id).await.phase,
        "downloading",
        "it may still come"
    );

    world.functions.clean_up(later(&waiting.created_at, 25)).await;
    let ended = world.api.job(&announced.job_id).await;
    assert_eq!(
        (ended.phase.as_str(), ended.code()),
        ("failed", "upload_never_arrived"),
        "{ended:#?}"
    );
    assert!(
        ended
            .error
            .as_deref()
            .is_some_and(|error| error.contains("Upload it again")),
        "{ended:#?}"
    );

    world.functions.clean_up(later(&waiting.created_at, 25)).await;
    assert_eq!(world.api.job(&announced.job_id).await.updated_at, ended.updated_at);

    // What comes after all changes nothing.
    let status = world
        .api
        .send_file(&announced.upload, PriceList::of_tools("tools.csv", 15).bytes)
        .await;
    assert!(status.is_success(), "{status}");
    world.queues.drained("analyze").await;
    assert_eq!(world.api.job(&announced.job_id).await.phase, "failed");
    assert!(world.tables.items_of(&supplier).await.is_empty());
}
