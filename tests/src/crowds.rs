//! Many suppliers at once, some of them broken.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::admin_api::Job;
use crate::price_list::PriceList;
use crate::supplier_site::{Page, SupplierSite};
use crate::waiting::until;
use crate::world::World;

const SUPPLIERS: usize = 50;

/// Every fifth is broken.
const BROKEN_EVERY: usize = 5;

/// The whole crowd: an emulator may run one function at a time, on a busy machine.
const CROWD_PATIENCE: Duration = Duration::from_secs(300);

/// How the broken ones are broken, in turn, and the code that says so.
fn broken(number: usize) -> (Page, &'static str) {
    match number / BROKEN_EVERY % 4 {
        0 => (Page::sign_in(), "auth_required"),
        1 => (Page::list(&PriceList::new("empty.csv", "")), "empty_file"),
        2 => (
            Page::list(&PriceList::new(
                "picture.csv",
                b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(),
            )),
            "unsupported_format",
        ),
        _ => (Page::broken(), "server_error"),
    }
}

struct Member {
    supplier: String,
    expected: Option<&'static str>,
}

async fn join(world: &World, site: &SupplierSite, number: usize) -> Member {
    let supplier = world.supplier(&format!("crowd-{number}"));
    let (page, expected) = match number.is_multiple_of(BROKEN_EVERY) {
        true => {
            let (page, code) = broken(number);
            (page, Some(code))
        }
        false => (Page::list(&PriceList::of_tools("tools.csv", 10 + number as u32)), None),
    };
    let url = site.serve(&format!("/{number}/tools.csv"), page);
    world.api.add_fetched_supplier(&supplier, &url, Some(24 * 60)).await;
    Member { supplier, expected }
}

async fn ended(world: &World, member: &Member) -> Job {
    let jobs = until(
        &format!("a job of {} to end", member.supplier),
        CROWD_PATIENCE,
        async || world.api.jobs_of(&member.supplier).await,
        |jobs| jobs.first().is_some_and(Job::is_over),
    )
    .await;
    assert_eq!(jobs.len(), 1, "{jobs:#?}");
    jobs[0].clone()
}

#[tokio::test]
async fn alone_of_fifty_suppliers_ten_fail_and_the_others_complete_as_if_alone() {
    let Some(world) = World::open().await else { return };
    let site = world.site();
    // One after the other: the crowd is to meet the pipeline, not an emulator's front door.
    let mut crowd = Vec::with_capacity(SUPPLIERS);
    for number in 0..SUPPLIERS {
        crowd.push(join(&world, &site, number).await);
    }
    let start = Instant::now();
    world.functions.plan().await;
    let mut jobs = Vec::with_capacity(crowd.len());
    for member in &crowd {
        jobs.push(ended(&world, member).await);
    }
    eprintln!(
        "{SUPPLIERS} suppliers: all jobs ended after {:.1} s",
        start.elapsed().as_secs_f64()
    );
    for (member, job) in crowd.iter().zip(&jobs) {
        let supplier = world.api.get(&format!("/admin/suppliers/{}", member.supplier)).await;
        match member.expected {
            None => {
                assert_eq!((job.phase.as_str(), job.retry_count), ("complete", 0), "{job:#?}");
                let summary = job.summary();
                assert_eq!((summary.items, summary.added, summary.errors), (3, 3, 0), "{job:#?}");
                assert!(
                    supplier["consecutive_failures"] == 0 && supplier["failing_since"].is_null(),
                    "{supplier:#}"
                );
            }
            Some(code) => {
                assert_eq!(job.phase, "failed", "{job:#?}");
                assert_eq!(job.code(), code, "{job:#?}");
                assert!(
                    job.can_retry && job.error.as_ref().is_some_and(|error| !error.is_empty()),
                    "{job:#?}"
                );
                assert_rests(&supplier, job);
            }
        }
    }
    let failed = jobs.iter().filter(|job| job.phase == "failed").count();
    assert_eq!((failed, jobs.len() - failed), (10, 40));
}

/// A supplier in failure says why and since when.
fn assert_rests(supplier: &Value, job: &Job) {
    assert_eq!(supplier["consecutive_failures"], 1, "{supplier:#}");
    assert_eq!(supplier["last_error"]["code"], job.code(), "{supplier:#}");
    assert!(supplier["failing_since"].is_string(), "{supplier:#}");
}
