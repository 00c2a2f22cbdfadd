//! Failed jobs, started again.

use reqwest::StatusCode;
use serde_json::json;

use crate::admin_api::Job;
use crate::price_list::PriceList;
use crate::supplier_site::Page;
use crate::world::World;

async fn assert_refused(world: &World, job: &str, code: &str) {
    let answer = world.api.retry(job).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (StatusCode::CONFLICT, &json!(code)),
        "{}",
        answer.body
    );
}

/// Starts the job again and waits for its end.
async fn retried(world: &World, job: &str) -> Job {
    let answer = world.api.retry(job).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    assert_eq!(answer.body["phase"], "downloading", "{}", answer.body);
    world.api.ended(job).await
}

/// A job whose file came in other bytes than those announced; and the list as announced.
async fn spoiled_upload(world: &World, what: &str) -> (String, Job, PriceList) {
    let supplier = world.supplier(what);
    world.api.add_uploading_supplier(&supplier).await;
    let list = PriceList::of_tools("tools.csv", 15);
    let announced = world.api.announce(&supplier, &list).await;
    let key = world.api.job(&announced.job_id).await.raw_key();
    world.bucket.put_raw(&key, list.spoiled().bytes).await;
    let job = world.api.ended(&announced.job_id).await;
    assert_eq!(
        (job.phase.as_str(), job.code()),
        ("failed", "checksum_mismatch"),
        "{job:#?}"
    );
    let error = job.error.as_deref().unwrap_or_default();
    assert!(
        error.contains(&list.md5()) && error.contains(&list.spoiled().md5()),
        "{error}"
    );
    assert!(world.tables.items_of(&supplier).await.is_empty());
    (supplier, job, list)
}

#[tokio::test]
async fn a_spoiled_upload_fails_and_completes_after_a_retry_with_the_right_bytes() {
    let Some(world) = World::open().await else { return };
    let (supplier, job, list) = spoiled_upload(&world, "spoiled").await;
    world.bucket.put_raw(&job.raw_key(), list.bytes.clone()).await;
    let job = retried(&world, &job.job_id).await;
    assert_eq!(
        (job.phase.as_str(), job.retry_count, &job.error, job.can_retry),
        ("complete", 1, &None, false),
        "{job:#?}"
    );
    assert_eq!(world.bucket.md5(&job.raw_key()).await, Some(list.md5()));
    assert_eq!(world.tables.items_of(&supplier).await.len(), 3);
    assert_refused(&world, &job.job_id, "not_failed").await;
}

#[tokio::test]
async fn the_fourth_retry_is_refused() {
    let Some(world) = World::open().await else { return };
    let site = world.site();
    let supplier = world.supplier("hopeless");
    let url = site.serve("/tools.csv", Page::sign_in());
    world.api.add_fetched_supplier(&supplier, &url, None).await;
    let job = world.api.sync(&supplier).await;
    let mut job = world.api.ended(&job).await;
    for retry in 1..=3 {
        assert!(job.phase == "failed" && job.can_retry, "{job:#?}");
        job = retried(&world, &job.job_id).await;
        assert_eq!((job.phase.as_str(), job.retry_count), ("failed", retry), "{job:#?}");
    }
    assert!(!job.can_retry, "{job:#?}");
    assert_refused(&world, &job.job_id, "retries_used_up").await;
    assert_eq!(site.hits("/tools.csv"), 4, "each attempt asked the site once");
}

#[tokio::test]
async fn an_upload_whose_file_is_gone_has_to_be_sent_again_and_costs_no_retry() {
    let Some(world) = World::open().await else { return };
    let (_, job, _) = spoiled_upload(&world, "gone").await;
    world.bucket.delete(&job.raw_key()).await;
    assert_refused(&world, &job.job_id, "upload_gone").await;
    let job = world.api.job(&job.job_id).await;
    assert_eq!(
        (job.phase.as_str(), job.retry_count, job.can_retry),
        ("failed", 0, true),
        "{job:#?}"
    );
}

/// The worker vanishes after the items are published, before the job is said to be complete.
#[tokio::test]
async fn a_fetched_list_that_is_stored_already_is_not_fetched_again() {
    let Some(world) = World::open().await else { return };
    let site = world.site();
    let supplier = world.supplier("reused");
    let list = PriceList::of_tools("tools.csv", 15);
    let url = site.serve("/tools.csv", Page::list(&list));
    world.api.add_fetched_supplier(&supplier, &url, None).await;
    let job = world.api.sync(&supplier).await;
    let job = world.api.ended(&job).await;
    assert_eq!(job.phase, "complete", "{job:#?}");
    let items = world.tables.items_of(&supplier).await;
    world.tables.put_failed(&job.job_id).await;
    let again = retried(&world, &job.job_id).await;
    assert_eq!((again.phase.as_str(), again.retry_count), ("complete", 1), "{again:#?}");
    assert_eq!(site.hits("/tools.csv"), 1, "the stored file was to be used");
    assert_eq!(again.summary(), job.summary());
    assert_eq!(world.tables.items_of(&supplier).await, items);
    assert_eq!(world.bucket.sidecar(&again.raw_key()).await["attempt"], 0);
}

#[tokio::test]
async fn a_list_that_could_not_be_read_is_fetched_anew() {
    let Some(world) = World::open().await else { return };
    let site = world.site();
    let supplier = world.supplier("anew");
    let url = site.serve("/tools.csv", Page::sign_in());
    world.api.add_fetched_supplier(&supplier, &url, None).await;
    let job = world.api.sync(&supplier).await;
    let job = world.api.ended(&job).await;
    assert_eq!(
        (job.phase.as_str(), job.code()),
        ("failed", "auth_required"),
        "{job:#?}"
    );
    let list = PriceList::of_tools("tools.csv", 15);
    site.serve("/tools.csv", Page::list(&list));
    let job = retried(&world, &job.job_id).await;
    assert_eq!((job.phase.as_str(), job.retry_count), ("complete", 1), "{job:#?}");
    assert_eq!(site.hits("/tools.csv"), 2);
    assert_eq!(world.bucket.md5(&job.raw_key()).await, Some(list.md5()));
    let sidecar = world.bucket.sidecar(&job.raw_key()).await;
    assert_eq!(
        (&sidecar["attempt"], &sidecar["file"]["md5"]),
        (&json!(1), &json!(list.md5()))
    );
}
