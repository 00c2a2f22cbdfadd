//! Lists that are fetched: on the schedule and on request.

use std::time::Duration;

use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::admin_api::{DownloadProgress, JOB_PATIENCE, Job};
use crate::price_list::PriceList;
use crate::supplier_site::Page;
use crate::waiting::until;
use crate::world::World;

/// Rules fire once a minute; an emulator's first firing may be late.
const RULE_PATIENCE: Duration = Duration::from_secs(180);

/// The supplier's one job, once it has ended.
async fn only_job_ended(world: &World, supplier: &str) -> Job {
    let jobs = until(
        &format!("a job of {supplier} to end"),
        JOB_PATIENCE,
        async || world.api.jobs_of(supplier).await,
        |jobs| jobs.first().is_some_and(Job::is_over),
    )
    .await;
    assert_eq!(jobs.len(), 1, "{jobs:#?}");
    jobs[0].clone()
}

#[tokio::test]
async fn of_three_suppliers_two_fail_with_their_reasons_and_the_third_completes() {
    let Some(world) = World::open().await else { return };
    let site = world.site();
    let list = PriceList::of_tools("tools.csv", 15);
    let pages = [
        ("broken", Page::broken()),
        ("sign-in", Page::sign_in()),
        ("good", Page::list(&list)),
    ];
    let mut suppliers = Vec::new();
    for (what, page) in pages {
        let supplier = world.supplier(what);
        let url = site.serve(&format!("/{what}/tools.csv"), page);
        world.api.add_fetched_supplier(&supplier, &url, Some(60)).await;
        suppliers.push(supplier);
    }
    world.functions.plan().await;
    let [broken, sign_in, good] = suppliers.as_slice() else {
        panic!("three suppliers")
    };
    let job = only_job_ended(&world, good).await;
    assert_eq!(job.phase, "complete", "{job:#?}");
    assert_eq!((job.trigger.as_str(), job.retry_count), ("schedule", 0));
    let size = list.bytes.len() as u64;
    let progress = DownloadProgress {
        percentage: 100,
        bytes_downloaded: size,
    };
    assert_eq!(job.download_progress, Some(progress));
    assert_eq!(job.summary().items, 3);
    assert_eq!(world.bucket.md5(&job.raw_key()).await, Some(list.md5()));
    let sidecar = world.bucket.sidecar(&job.raw_key()).await;
    assert_eq!(
        sidecar["file"],
        json!({"name": "tools.csv", "size": size, "md5": list.md5()})
    );
    let told = ["content_type", "etag", "sniffed_kind", "declared_kind"].map(|name| sidecar[name].clone());
    assert_eq!(told, ["text/csv; charset=utf-8", "\"v1\"", "text", "csv"]);
    let url = sidecar["origin"]["url"].as_str().unwrap_or_default();
    assert!(
        sidecar["origin"]["kind"] == "http" && url.ends_with("/good/tools.csv"),
        "{sidecar:#}"
    );

    let job = only_job_ended(&world, broken).await;
    assert_eq!((job.phase.as_str(), job.code()), ("failed", "server_error"), "{job:#?}");
    assert!(
        job.error.as_deref().is_some_and(|error| error.contains("HTTP 500")),
        "{job:#?}"
    );
    assert!(job.can_retry && job.finished_at.is_some());
    assert!(site.hits("/broken/tools.csv") >= 3, "a server's failure is tried again");

    let job = only_job_ended(&world, sign_in).await;
    assert_eq!(
        (job.phase.as_str(), job.code()),
        ("failed", "auth_required"),
        "{job:#?}"
    );
    assert!(
        job.error.as_deref().is_some_and(|error| error.contains("sign-in page")),
        "{job:#?}"
    );
    assert_eq!(
        site.hits("/sign-in/tools.csv"),
        1,
        "asking again would bring the same page"
    );
    assert!(world.tables.items_of(sign_in).await.is_empty());
}

/// Runs alone (see `.config/nextest.toml`): no other test may call the planner meanwhile.
#[tokio::test]
async fn alone_the_rule_fires_by_itself_and_starts_a_supplier_that_is_due() {
    let Some(world) = World::open().await else { return };
    let site = world.site();
    let supplier = world.supplier("by-rule");
    let url = site.serve("/tools.csv", Page::list(&PriceList::of_tools("tools.csv", 15)));
    world.api.add_fetched_supplier(&supplier, &url, Some(60)).await;
    let jobs = until(
        "the rule to start a job",
        RULE_PATIENCE,
        async || world.api.jobs_of(&supplier).await,
        |jobs| !jobs.is_empty(),
    )
    .await;
    assert_eq!(jobs[0].trigger, "schedule", "{jobs:#?}");
    let job = only_job_ended(&world, &supplier).await;
    assert_eq!(job.phase, "complete", "{job:#?}");
    let due = world.api.get(&format!("/admin/suppliers/{supplier}")).await["next_due_at"].clone();
    assert!(
        due.as_str().is_some_and(|due| due > job.created_at.as_str()),
        "{due} after {}",
        job.created_at
    );
}

#[tokio::test]
async fn five_planners_at_once_start_one_job() {
    let Some(world) = World::open().await else { return };
    let site = world.site();
    let supplier = world.supplier("planned");
    let url = site.serve("/tools.csv", Page::list(&PriceList::of_tools("tools.csv", 15)));
    world.api.add_fetched_supplier(&supplier, &url, Some(60)).await;
    join_all((0..5).map(|_| world.functions.plan())).await;
    let job = only_job_ended(&world, &supplier).await;
    assert_eq!(job.phase, "complete", "{job:#?}");
    assert_eq!(site.hits("/tools.csv"), 1);
}

#[tokio::test]
async fn a_supplier_with_a_live_job_gets_no_second_one() {
    let Some(world) = World::open().await else { return };
    let site = world.site();
    let supplier = world.supplier("busy");
    let page = Page::list(&PriceList::of_tools("tools.csv", 15)).after(Duration::from_secs(15));
    let url = site.serve("/tools.csv", page);
    world.api.add_fetched_supplier(&supplier, &url, None).await;
    let job = world.api.sync(&supplier).await;
    // A new schedule is due at once.
    let settings = json!({"name": "Busy", "source": {"kind": "http", "url": url}, "schedule": {"every_minutes": 5}});
    let path = format!("/admin/suppliers/{supplier}");
    let answer = world.api.call(Method::PUT, &path, Some(settings)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    join_all((0..5).map(|_| world.functions.plan())).await;
    let answer = world.api.call(Method::POST, &format!("{path}/sync"), None).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (StatusCode::CONFLICT, &json!("supplier_busy")),
        "{}",
        answer.body
    );
    let jobs = world.api.jobs_of(&supplier).await;
    assert_eq!(jobs.len(), 1, "{jobs:#?}");
    assert!(!jobs[0].is_over(), "the job ended too soon to show anything: {jobs:#?}");
    let job = world.api.ended(&job).await;
    assert_eq!(
        (job.phase.as_str(), job.trigger.as_str()),
        ("complete", "manual"),
        "{job:#?}"
    );
    // Its slot is free again.
    world.functions.plan().await;
    let jobs = until(
        "the planned job",
        JOB_PATIENCE,
        async || world.api.jobs_of(&supplier).await,
        |jobs| jobs.len() == 2 && jobs.iter().all(Job::is_over),
    )
    .await;
    assert_eq!(jobs[0].trigger, "schedule", "{jobs:#?}");
}

#[tokio::test]
async fn an_address_inside_the_deployment_is_refused() {
    let Some(world) = World::open().await else { return };
    let supplier = world.supplier("inside");
    let url = "http://169.254.169.254/latest/meta-data/iam/security-credentials/";
    world.api.add_fetched_supplier(&supplier, url, None).await;
    let job = world.api.sync(&supplier).await;
    let job = world.api.ended(&job).await;
    assert_eq!(
        (job.phase.as_str(), job.code()),
        ("failed", "address_refused"),
        "{job:#?}"
    );
}
