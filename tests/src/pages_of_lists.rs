//! Long lists, read page by page.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::price_list::PriceList;
use crate::world::World;

/// All pages at `path`, each of at most `limit` of `records`.
async fn pages(world: &World, path: &str, records: &str, limit: usize) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let mut page = world.api.get(&format!("{path}limit={limit}{cursor}")).await;
        let records: Vec<Value> = serde_json::from_value(page[records].take()).expect("records");
        assert!(records.len() <= limit, "{records:#?}");
        pages.push(records);
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return pages,
        }
        assert!(pages.len() < 100, "the pages of {path} have no end");
    }
}

#[tokio::test]
async fn a_suppliers_jobs_come_newest_first_page_by_page() {
    let Some(world) = World::open().await else { return };
    let supplier = world.supplier("many-jobs");
    world.api.add_uploading_supplier(&supplier).await;
    let mut announced = Vec::new();
    for _ in 0..5 {
        let job = world
            .api
            .announce(&supplier, &PriceList::of_tools("tools.csv", 15))
            .await;
        announced.push(job.job_id);
    }
    let pages = pages(&world, &format!("/admin/jobs?supplier_id={supplier}&"), "jobs", 2).await;
    let listed: Vec<&str> = pages
        .iter()
        .flatten()
        .filter_map(|job| job["job_id"].as_str())
        .collect();
    announced.reverse();
    assert_eq!(listed, announced);
    let all = world.api.get("/admin/jobs?limit=200").await;
    // As times: their texts are of different lengths, so they do not sort.
    let all: Vec<jiff::Timestamp> = all["jobs"]
        .as_array()
        .expect("jobs")
        .iter()
        .map(|job| job["created_at"].as_str().expect("a time").parse().expect("a time"))
        .collect();
    assert!(all.iter().rev().is_sorted(), "{all:#?}");
}

#[tokio::test]
async fn all_jobs_are_listed_once_whatever_the_page() {
    let Some(world) = World::open().await else { return };
    let supplier = world.supplier("among-all");
    world.api.add_uploading_supplier(&supplier).await;
    let mut announced = BTreeSet::new();
    for _ in 0..4 {
        let job = world
            .api
            .announce(&supplier, &PriceList::of_tools("tools.csv", 15))
            .await;
        announced.insert(job.job_id);
    }
    let pages = pages(&world, "/admin/jobs?", "jobs", 3).await;
    let ours: Vec<&str> = pages
        .iter()
        .flatten()
        .filter(|job| job["supplier_id"] == *supplier)
        .filter_map(|job| job["job_id"].as_str())
        .collect();
    let distinct: BTreeSet<String> = ours.iter().map(|id| (*id).to_owned()).collect();
    assert_eq!((distinct, ours.len()), (announced, 4));
}

#[tokio::test]
async fn a_suppliers_items_are_listed_once_whatever_the_page() {
    let Some(world) = World::open().await else { return };
    let supplier = world.supplier("many-items");
    world.api.add_uploading_supplier(&supplier).await;
    let rows: String = (0..40)
        .map(|n| format!("B-{n:03};Bolt M{n} x 40 mm;pcs;0.{:02}\n", n + 10))
        .collect();
    let list = PriceList::new("bolts.csv", format!("Article;Product;Unit;Price EUR\n{rows}"));
    let job = world.api.upload(&supplier, &list).await;
    let job = world.api.ended(&job).await;
    assert_eq!((job.phase.as_str(), job.summary().items), ("complete", 40), "{job:#?}");
    for limit in [1, 7, 40, 200] {
        let pages = pages(&world, &format!("/admin/suppliers/{supplier}/items?"), "items", limit).await;
        let listed: Vec<&str> = pages.iter().flatten().filter_map(|item| item["sku"].as_str()).collect();
        let distinct: BTreeSet<&str> = listed.iter().copied().collect();
        assert_eq!((listed.len(), distinct.len()), (40, 40), "pages of {limit}: {listed:?}");
    }
}

#[tokio::test]
async fn suppliers_are_listed_once_by_id_page_by_page() {
    let Some(world) = World::open().await else { return };
    let mut added = Vec::new();
    for n in 0..5 {
        let supplier = world.supplier(&format!("listed-{n}"));
        world.api.add_uploading_supplier(&supplier).await;
        added.push(supplier);
    }
    let pages = pages(&world, "/admin/suppliers?", "suppliers", 20).await;
    let listed: Vec<&str> = pages
        .iter()
        .flatten()
        .filter_map(|supplier| supplier["supplier_id"].as_str())
        .collect();
    assert!(listed.is_sorted_by(|a, b| a < b), "{listed:#?}");
    let missing: Vec<_> = added.iter().filter(|id| !listed.contains(&id.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?} of {listed:#?}");
}
