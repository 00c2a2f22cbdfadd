//! What is published and what waits for a person: guards, change reports, price histories, best offers, searches.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::admin_api::{JOB_PATIENCE, Job};
use crate::catalogue;
use crate::price_list::PriceList;
use crate::waiting::until;
use crate::world::World;

/// Ten tools at ten euros each, but for those that `change` gives another price, or none to leave them out.
fn tools(change: impl Fn(usize) -> Option<&'static str>) -> PriceList {
    let mut text = String::from("Article;Product;Unit;Price EUR\n");
    for number in 0..10 {
        if let Some(price) = change(number) {
            text.push_str(&format!("T-{number:03};Chisel number {number};pcs;{price}\n"));
        }
    }
    PriceList::new("tools.csv", text)
}

/// A supplier whose ten tools are published.
async fn published(world: &World, name: &str) -> String {
    let supplier = world.supplier(name);
    world.api.add_uploading_supplier(&supplier).await;
    let job = complete(world, &supplier, &tools(|_| Some("10.00"))).await;
    assert_eq!(job.summary().added, 10, "{job:#?}");
    supplier
}

async fn complete(world: &World, supplier: &str, list: &PriceList) -> Job {
    let job = world.api.upload(supplier, list).await;
    let job = world.api.ended(&job).await;
    assert_eq!(job.phase, "complete", "{job:#?}");
    job
}

async fn held_job(world: &World, supplier: &str) -> Value {
    world.api.get(&format!("/admin/suppliers/{supplier}")).await["held_job"].take()
}

async fn decide(world: &World, job: &str, what: &str) -> (StatusCode, Value) {
    let answer = world
        .api
        .call(Method::POST, &format!("/admin/jobs/{job}/{what}"), None)
        .await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn a_list_that_shrank_is_published_once_a_person_approves() {
    let Some(world) = World::open().await else { return };
    let supplier = published(&world, "approved").await;
    let half = tools(|number| (number < 5).then_some("10.00"));
    let job = complete(&world, &supplier, &half).await;
    let held = world.api.get(&format!("/admin/jobs/{}", job.job_id)).await["held"].take();
    assert_eq!(
        (&held["state"], &held["reasons"][0]["kind"]),
        (&json!("waiting"), &json!("shrunk")),
        "{held:#}"
    );
    let message = held["reasons"][0]["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("5 of the 10 published items (50 %)"), "{message}");
    assert_eq!(held["reasons"][0]["examples"].as_array().map(Vec::len), Some(5));
    assert_eq!(held_job(&world, &supplier).await, json!(job.job_id));
    assert_eq!(
        world.tables.items_of(&supplier).await.len(),
        10,
        "the published items stay"
    );
    for _ in 0..2 {
        assert_eq!(decide(&world, &job.job_id, "approve").await.0, StatusCode::ACCEPTED);
    }
    until(
        "the approved list's publication",
        JOB_PATIENCE,
        async || world.tables.items_of(&supplier).await.len(),
        |items| *items == 5,
    )
    .await;
    let path = format!("/admin/jobs/{}", job.job_id);
    let held = until(
        "the note of it in the job",
        JOB_PATIENCE,
        async || world.api.get(&path).await["held"].take(),
        |held| held["published_at"].is_string(),
    )
    .await;
    assert_eq!(held["state"], "approved");
    assert_eq!(held_job(&world, &supplier).await, Value::Null);
    let (status, problem) = decide(&world, &job.job_id, "reject").await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("already_approved"))
    );
}

#[tokio::test]
async fn a_rejected_list_changes_nothing_and_an_older_one_gives_way_to_a_newer() {
    let Some(world) = World::open().await else { return };
    let supplier = published(&world, "rejected").await;
    let dear = complete(&world, &supplier, &tools(|_| Some("1000"))).await;
    let half = complete(&world, &supplier, &tools(|number| (number < 5).then_some("10.00"))).await;
    let (status, problem) = decide(&world, &dear.job_id, "approve").await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("outdated")),
        "{problem:#}"
    );
    for _ in 0..2 {
        let (status, job) = decide(&world, &half.job_id, "reject").await;
        assert_eq!((status, &job["held"]["state"]), (StatusCode::OK, &json!("rejected")));
    }
    assert_eq!(held_job(&world, &supplier).await, Value::Null);
    assert_eq!(world.tables.items_of(&supplier).await.len(), 10);
    let (status, problem) = decide(&world, &half.job_id, "approve").await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("already_rejected"))
    );
}

#[tokio::test]
async fn a_price_that_moves_stands_in_the_report_the_history_and_the_search() {
    let Some(world) = World::open().await else { return };
    let supplier = published(&world, "moved").await;
    let job = complete(
        &world,
        &supplier,
        &tools(|number| match number {
            0 => Some("12.50"),
            1 => None,
            _ => Some("10.00"),
        }),
    )
    .await;
    let report = world.api.get(&format!("/admin/jobs/{}/changes", job.job_id)).await;
    assert_eq!(
        (&report["counts"]["price_up"], &report["counts"]["discontinued"]),
        (&json!(1), &json!(1)),
        "{report:#}"
    );
    let ups = world
        .api
        .get(&format!("/admin/jobs/{}/changes?kind=price_up", job.job_id))
        .await;
    let up = &ups["changes"][0];
    assert_eq!(
        (
            &up["item_key"],
            &up["old"]["price"],
            &up["new"]["price"],
            &up["percent"]
        ),
        (&json!("sku:t-000"), &json!("10"), &json!("12.5"), &json!("25")),
        "{ups:#}"
    );
    let history = |key: &str| format!("/admin/suppliers/{supplier}/items/{key}/prices");
    let moved = world.api.get(&history("sku:t-000")).await;
    let prices: Vec<_> = moved["periods"]
        .as_array()
        .expect("periods")
        .iter()
        .map(|period| (period["price"].as_str(), period["valid_until"].is_null()))
        .collect();
    assert_eq!(prices, [(Some("12.5"), true), (Some("10"), false)], "{moved:#}");
    let gone = world.api.get(&history("sku:t-001")).await;
    assert!(gone["periods"][0]["valid_until"].is_string(), "{gone:#}");
    let same = world.api.get(&history("sku:t-002")).await;
    assert!(
        same["periods"][0]["valid_from"].is_string() && same["periods"][1].is_null(),
        "{same:#}"
    );
    let found = |query: &'static str| {
        let path = format!("/admin/suppliers/{supplier}/items?{query}");
        let world = &world;
        async move {
            let items = world.api.get(&path).await["items"].take();
            let keys = items
                .as_array()
                .expect("items")
                .iter()
                .map(|item| item["item_key"].to_string());
            keys.collect::<Vec<_>>()
        }
    };
    assert_eq!(found("price_move=up&changed=last_list").await, ["\"sku:t-000\""]);
    assert_eq!(found("q=chisel%20T-003&decision=new").await, ["\"sku:t-003\""]);
    assert_eq!(found("decision=new&limit=200").await.len(), 9);
    assert_eq!(found("decision=matched").await.len(), 0);
}

#[tokio::test]
async fn the_best_offer_is_the_lowest_price_of_one_currency() {
    let Some(world) = World::open().await else { return };
    catalogue::load(&world).await;
    let mut suppliers = Vec::new();
    for (name, currency, price) in [
        ("dear", "CHF", "4.90"),
        ("cheap", "CHF", "3.90"),
        ("krona", "SEK", "1.00"),
    ] {
        let supplier = world.supplier(name);
        world.api.add_uploading_supplier(&supplier).await;
        let text = format!("Article;Product;Unit;Price {currency}\nTM-005;Tape measure 5 m Lindo;pcs;{price}\n");
        complete(&world, &supplier, &PriceList::new("list.csv", text)).await;
        suppliers.push(supplier);
    }
    let offers = world.api.get("/admin/products/TM-005/offers").await;
    let groups = offers["groups"].as_array().expect("groups");
    let of = |currency: &str| {
        let mut groups = groups.iter().filter(|group| group["currency"] == *currency);
        groups.next().unwrap_or_else(|| panic!("no {currency} in {offers:#}"))
    };
    let francs = of("CHF");
    assert_eq!(
        (&francs["best"]["price"], &of("SEK")["best"]["price"]),
        (&json!("3.9"), &json!("1"))
    );
    let order: Vec<_> = francs["offers"]
        .as_array()
        .expect("offers")
        .iter()
        .map(|offer| &offer["supplier_id"])
        .collect();
    let place = |supplier: &String| order.iter().position(|id| **id == **supplier).expect("an offer");
    assert!(place(&suppliers[1]) < place(&suppliers[0]), "{francs:#}");
}
