//! What moves matches besides a new list: the catalogue, and the threshold that decisions taught. These tests change both for
//! the whole stack, so they run alone, and bring them back.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::admin_api::{AdminApi, Job};
use crate::catalogue;
use crate::price_list::PriceList;
use crate::world::World;

async fn publish(api: &AdminApi, supplier: &str, text: &str) {
    let job = api.upload(supplier, &PriceList::new("list.csv", text)).await;
    let job = api.ended(&job).await;
    assert_eq!(job.phase, "complete", "{job:#?}");
}

fn decision(supplier: &str, key: &str) -> String {
    format!("/admin/suppliers/{supplier}/items/{key}/decision")
}

/// What was found for an item.
async fn found(api: &AdminApi, supplier: &str, key: &str) -> Value {
    api.get(&decision(supplier, key)).await["item"]["match"].take()
}

async fn decide(api: &AdminApi, supplier: &str, key: &str, product: &str) {
    let ruling = Some(json!({"ruling": {"product_id": product}}));
    let path = decision(supplier, key);
    let answer = api.call_if_match(Method::POST, &path, "*", ruling).await;
    assert_eq!(answer.status, StatusCode::OK, "{:#}", answer.body);
}

async fn match_again(api: &AdminApi, supplier: &str) -> Job {
    let path = format!("/admin/suppliers/{supplier}/match-again");
    let answer = api.call(Method::POST, &path, None).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{:#}", answer.body);
    assert_eq!(answer.body["trigger"], "match_again");
    let job = api.ended(answer.body["job_id"].as_str().unwrap()).await;
    assert_eq!(job.phase, "complete", "{job:#?}");
    job
}

#[tokio::test]
async fn alone_a_published_list_is_matched_again_with_another_catalogue() {
    let Some(world) = World::open().await else { return };
    let api = &world.api;
    catalogue::load(&world).await;
    let supplier = world.supplier("again");
    api.add_uploading_supplier(&supplier).await;
    let none = api
        .call(Method::POST, &format!("/admin/suppliers/{supplier}/match-again"), None)
        .await;
    assert_eq!(
        (none.status, &none.body["code"]),
        (StatusCode::CONFLICT, &json!("nothing_published"))
    );
    let list = "Article;Product;Unit;Price EUR\n\
                R-1;Claw hammer fibreglass handle Hartmond;pcs;14.10\n\
                G-1;Laser distance meter 40 m Kerva;pcs;39.00\n";
    publish(api, &supplier, list).await;
    decide(api, &supplier, "sku:r-1", "HM-600").await;
    assert_eq!(found(api, &supplier, "sku:g-1").await["decision"], "new");

    catalogue::load_with(&world, "LD-040,,Laser distance meter 40 m,Kerva,Measuring,pcs,38.00\n").await;
    let job = match_again(api, &supplier).await;
    let summary = job.summary();
    assert_eq!(
        (summary.items, summary.added, summary.changed, summary.discontinued),
        (2, 0, 2, 0),
        "the one that found a product, and the one that a person gave another: {job:#?}"
    );
    assert_eq!(job.file, None, "nothing was fetched or read");
    let changes = api.get(&format!("/admin/jobs/{}/changes", job.job_id)).await;
    assert_eq!(changes["changes"][0]["kind"], "rematched", "{changes:#}");
    let gained = found(api, &supplier, "sku:g-1").await;
    assert_eq!(
        (&gained["decision"], &gained["product_id"]),
        (&json!("matched"), &json!("LD-040"))
    );
    let decided = found(api, &supplier, "sku:r-1").await;
    assert_eq!(decided["product_id"], "HM-600", "what a person decided stands");

    // The list that was read stays the one to compare with: the same one again changes nothing.
    publish(api, &supplier, list).await;
    let last = api.jobs_of(&supplier).await.remove(0);
    assert_eq!((last.summary().added, last.summary().changed), (0, 0), "{last:#?}");
    catalogue::load(&world).await;
    let job = match_again(api, &supplier).await;
    assert_eq!(job.summary().changed, 1, "{job:#?}");
    assert_eq!(found(api, &supplier, "sku:g-1").await["decision"], "new");
}

#[tokio::test]
async fn alone_decisions_teach_the_threshold_which_lists_are_matched_by_until_it_is_taken_back() {
    let Some(world) = World::open().await else { return };
    let api = &world.api;
    catalogue::load(&world).await;
    let list = "Article;Product;Unit;Price EUR\nR-1;Adhesive for construction;pcs;4.10\n";
    let (teaching, taught) = (world.supplier("teaching"), world.supplier("taught"));
    api.add_uploading_supplier(&teaching).await;
    publish(api, &teaching, list).await;
    let open = found(api, &teaching, "sku:r-1").await;
    let score = open["accept_score"].as_f64().unwrap();
    let before = api.get("/admin/calibration").await;
    assert_eq!(open["decision"], "review", "{open:#}");
    assert!(score < before["accept"].as_f64().unwrap(), "{before:#}");

    decide(api, &teaching, "sku:r-1", "GL-310").await;
    world.tables.repeat_decision(&teaching, "sku:r-1", 900).await;
    let evidence = api.get("/admin/calibration/evidence").await;
    assert!(evidence["outcomes"].as_u64().unwrap() > 900, "{evidence:#}");
    let learned = api.call(Method::POST, "/admin/calibration", None).await;
    assert_eq!(learned.status, StatusCode::CREATED, "{:#}", learned.body);
    let holds = api.get("/admin/calibration").await;
    assert!(holds["accept"].as_f64().unwrap() <= score, "{holds:#}");
    assert!(holds["in_force"].is_number(), "{holds:#}");

    api.add_uploading_supplier(&taught).await;
    publish(api, &taught, list).await;
    let accepted = found(api, &taught, "sku:r-1").await;
    assert_eq!(
        (&accepted["decision"], &accepted["product_id"]),
        (&json!("matched"), &json!("GL-310")),
        "{accepted:#}"
    );

    let back = api.call(Method::POST, "/admin/calibration/built-in/use", None).await;
    assert_eq!(back.status, StatusCode::OK, "{:#}", back.body);
    assert_eq!(back.body["accept"], before["built_in"]);
    match_again(api, &taught).await;
    assert_eq!(found(api, &taught, "sku:r-1").await["decision"], "review");
    world.tables.forget_decisions(&teaching).await;
}
