//! What a person decides of an item: at once, for one of two at a time, taken back, and again on the next list.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::admin_api::AdminApi;
use crate::catalogue;
use crate::price_list::PriceList;
use crate::waiting::until;
use crate::world::World;

/// Two rows that could be one of two products each (their price is between the two), and one that the catalogue has nothing
/// like.
fn list(price: u32) -> PriceList {
    let text = format!(
        "Article;Product;Unit;Price EUR\n\
         R-1;Claw hammer fibreglass handle Hartmond;pcs;{price}.10\n\
         R-2;Spirit level aluminium Kerva;pcs;24.20\n\
         R-3;Garden gnome with lantern;pcs;{price}.30\n"
    );
    PriceList::new("list.csv", text)
}

async fn publish(world: &World, supplier: &str, list: &PriceList) {
    let job = world.api.upload(supplier, list).await;
    let job = world.api.ended(&job).await;
    assert_eq!(job.phase, "complete", "{job:#?}");
}

/// A supplier with its first list published.
async fn published(world: &World, what: &str, first: &PriceList) -> String {
    catalogue::load(world).await;
    let supplier = world.supplier(what);
    world.api.add_uploading_supplier(&supplier).await;
    publish(world, &supplier, first).await;
    supplier
}

fn path(supplier: &str, key: &str) -> String {
    format!("/admin/suppliers/{supplier}/items/{key}/decision")
}

async fn decide(api: &AdminApi, path: &str, etag: &str, ruling: Value) -> (StatusCode, Value) {
    let body = Some(json!({ "ruling": ruling }));
    let answer = api.call_if_match(Method::POST, path, etag, body).await;
    (answer.status, answer.body)
}

fn etag(review: &Value) -> &str {
    review["etag"].as_str().unwrap_or_else(|| panic!("no etag: {review:#}"))
}

/// The keys of a supplier's queue, in its order.
async fn queue(api: &AdminApi, supplier: &str) -> Vec<String> {
    let page = api.get(&format!("/admin/reviews?supplier={supplier}")).await;
    let keys = page["reviews"].as_array().unwrap().iter();
    keys.map(|review| review["item"]["item_key"].as_str().unwrap().to_owned())
        .collect()
}

/// The index of the queue follows the items within a moment.
async fn queue_is(api: &AdminApi, supplier: &str, expected: &[&str]) {
    let sorted = async || {
        let mut keys = queue(api, supplier).await;
        keys.sort();
        keys
    };
    let patience = Duration::from_secs(10);
    until("the queue to follow", patience, sorted, |keys| *keys == expected).await;
}

#[tokio::test]
async fn a_decision_counts_at_once_is_taken_back_and_counts_again_on_the_next_list() {
    let Some(world) = World::open().await else { return };
    let supplier = published(&world, "decides", &list(14)).await;
    let api = &world.api;
    queue_is(api, &supplier, &["sku:r-1", "sku:r-2"]).await;
    let item = path(&supplier, "sku:r-1");
    let open = api.get(&item).await;
    assert_eq!(open["decision"], Value::Null);
    assert!(open["candidates"].as_array().unwrap().len() >= 2, "{open:#}");

    let (status, decided) = decide(api, &item, etag(&open), json!({"product_id": "HM-600"})).await;
    assert_eq!(status, StatusCode::OK, "{decided:#}");
    assert_eq!(decided["item"]["match"]["decision"], "matched");
    assert_eq!(decided["item"]["match"]["product_id"], "HM-600");
    queue_is(api, &supplier, &["sku:r-2"]).await;

    // Somebody who still sees the item open does not write over that.
    let (status, problem) = decide(api, &item, etag(&open), json!("new")).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::PRECONDITION_FAILED, &json!("changed_meanwhile"))
    );
    let told = problem["detail"].as_str().unwrap();
    assert!(told.contains("HM-600") && told.contains("Admin token"), "{told}");

    let undone = api.call_if_match(Method::DELETE, &item, etag(&decided), None).await;
    assert_eq!(undone.status, StatusCode::OK, "{:#}", undone.body);
    assert_eq!(
        undone.body["item"]["match"], open["item"]["match"],
        "the candidates are back"
    );
    queue_is(api, &supplier, &["sku:r-1", "sku:r-2"]).await;

    let (status, _) = decide(api, &item, etag(&undone.body), json!({"product_id": "HM-450"})).await;
    assert_eq!(status, StatusCode::OK);
    let (status, _) = decide(api, &path(&supplier, "sku:r-2"), "*", json!("not_sure")).await;
    assert_eq!(status, StatusCode::OK);
    publish(&world, &supplier, &list(15)).await;
    let next = api.get(&item).await;
    assert_eq!(next["item"]["match"]["product_id"], "HM-450", "{next:#}");
    assert_eq!(next["item"]["price"], "15.1");
    let unsure = api.get(&path(&supplier, "sku:r-2")).await;
    assert_eq!(unsure["item"]["match"]["decision"], "review", "{unsure:#}");
    assert_eq!(unsure["item"]["match"]["accept_score"], 0.0);
    let shown = api.get(&format!("/admin/suppliers/{supplier}")).await;
    let counts = json!({"items": 3, "matched": 1, "review": 1, "new": 1});
    assert_eq!(shown["counts"], counts, "{shown:#}");
}

#[tokio::test]
async fn of_two_admins_at_once_one_decides() {
    let Some(world) = World::open().await else { return };
    let supplier = published(&world, "two", &list(14)).await;
    let item = path(&supplier, "sku:r-1");
    let open = world.api.get(&item).await;
    let rulings = [
        json!({"product_id": "HM-450"}),
        json!({"product_id": "HM-600"}),
        json!("new"),
    ];
    let decisions = rulings
        .iter()
        .map(|ruling| decide(&world.api, &item, etag(&open), ruling.clone()));
    let answers = futures::future::join_all(decisions).await;
    let accepted: Vec<_> = answers.iter().filter(|(status, _)| *status == StatusCode::OK).collect();
    assert_eq!(accepted.len(), 1, "{answers:#?}");
    let stands = world.api.get(&item).await;
    assert_eq!(stands["item"]["match"], accepted[0].1["item"]["match"]);
    assert_eq!(stands["decision"]["earlier"], Value::Null, "nothing was written over");
}

#[tokio::test]
async fn many_are_accepted_as_they_were_shown() {
    let Some(world) = World::open().await else { return };
    // Nothing speaks against the first two; the third may be one of two products, so it is for a person to look at.
    let text = "Article;Product;Unit;Price EUR\n\
                R-1;Adhesive for construction;pcs;4.10\n\
                R-2;Zinc screws 5 x 50 box of 200;box;7.10\n\
                R-3;Claw hammer fibreglass handle Hartmond;pcs;14.10\n";
    let supplier = published(&world, "many", &PriceList::new("list.csv", text)).await;
    let api = &world.api;
    queue_is(api, &supplier, &["sku:r-1", "sku:r-2", "sku:r-3"]).await;
    let preview = json!({"dry_run": true, "supplier": supplier, "threshold": 0.0});
    let preview = api.post("/admin/reviews/bulk-accept", Some(preview)).await;
    let items = preview["items"].as_array().unwrap();
    assert_eq!((items.len(), &preview["has_more"]), (2, &json!(false)), "{preview:#}");
    assert_eq!(
        api.get(&path(&supplier, "sku:r-1")).await["decision"],
        Value::Null,
        "nothing was accepted yet"
    );

    // One of them is decided in between: it is left alone.
    let (status, _) = decide(api, &path(&supplier, "sku:r-1"), "*", json!("new")).await;
    assert_eq!(status, StatusCode::OK);
    let accepted = api
        .post("/admin/reviews/bulk-accept", Some(json!({"items": items})))
        .await;
    assert_eq!(accepted["accepted"], 1, "{accepted:#}");
    assert_eq!(accepted["refused"][0]["code"], "changed_meanwhile");
    assert_eq!(
        api.get(&path(&supplier, "sku:r-1")).await["item"]["match"]["decision"],
        "new"
    );
    assert_eq!(
        api.get(&path(&supplier, "sku:r-2")).await["item"]["match"]["decision"],
        "matched"
    );
}

#[tokio::test]
async fn refused_decisions_say_why() {
    let Some(world) = World::open().await else { return };
    let supplier = published(&world, "refused", &list(14)).await;
    let item = path(&supplier, "sku:r-1");
    let (status, problem) = decide(&world.api, &item, "*", json!({"product_id": "NO-SUCH"})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::BAD_REQUEST, &json!("invalid")));
    let (status, _) = decide(&world.api, &path(&supplier, "sku:none"), "*", json!("new")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let blind = world
        .api
        .call(Method::POST, &item, Some(json!({"ruling": "new"})))
        .await;
    assert_eq!(blind.status, StatusCode::PRECONDITION_REQUIRED);
    let nothing = world.api.call_if_match(Method::DELETE, &item, "*", None).await;
    assert_eq!(
        (nothing.status, &nothing.body["code"]),
        (StatusCode::CONFLICT, &json!("nothing_to_undo"))
    );
}
