//! The ways through analysis: inferred, and by fixed columns; and one in the shadow of the other.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::admin_api::Announced;
use crate::price_list::PriceList;
use crate::world::World;

/// Columns of [`PriceList::of_tools`].
fn mapping() -> Value {
    json!({"columns": {"sku": {"header": "article"}, "name": {"letter": "B"}, "unit": {"letter": "C"},
        "price": {"header": "Price EUR"}}})
}

async fn supplier_with(world: &World, what: &str, settings: Value) -> String {
    let supplier = world.supplier(what);
    let mut body = json!({"supplier_id": supplier, "name": what, "source": {"kind": "upload"}});
    for (name, value) in settings.as_object().expect("settings") {
        body[name] = value.clone();
    }
    world.api.post("/admin/suppliers", Some(body)).await;
    supplier
}

#[tokio::test]
async fn fixed_columns_give_the_items_and_the_inferred_way_is_compared() {
    let Some(world) = World::open().await else { return };
    let settings = json!({"process_via_ml": false, "shadow": true, "legacy": mapping()});
    let supplier = supplier_with(&world, "legacy", settings).await;
    let list = PriceList::of_tools("tools.csv", 15);
    let job = world.api.upload(&supplier, &list).await;
    let job = world.api.ended(&job).await;
    assert_eq!(
        (job.phase.as_str(), job.path.as_str()),
        ("complete", "legacy"),
        "{job:#?}"
    );
    assert_eq!((job.summary().items, job.summary().errors), (3, 0), "{job:#?}");
    let json = world.api.get(&format!("/admin/jobs/{}", job.job_id)).await;
    let shadow = &json["shadow"];
    assert_eq!(
        (&shadow["path"], &shadow["items"]),
        (&json!("ml"), &json!(3)),
        "{shadow:#}"
    );
    assert_eq!(
        (&shadow["other_price"], &shadow["only_shadow"]),
        (&json!(0), &json!(0)),
        "{shadow:#}"
    );
    let report = world
        .api
        .get(&format!("/admin/jobs/{}/shadow-report", job.job_id))
        .await;
    assert_eq!(report["summary"], *shadow);
}

#[tokio::test]
async fn columns_that_the_list_does_not_have_fail_the_job_with_their_names() {
    let Some(world) = World::open().await else { return };
    let legacy = json!({"columns": {"sku": {"header": "Code"}, "price": {"header": "Price EUR"}}});
    let settings = json!({"process_via_ml": false, "legacy": legacy});
    let supplier = supplier_with(&world, "misfit", settings).await;
    let job = world.api.upload(&supplier, &PriceList::of_tools("tools.csv", 15)).await;
    let job = world.api.ended(&job).await;
    assert_eq!(
        (job.phase.as_str(), job.code()),
        ("failed", "mapping_does_not_fit"),
        "{job:#?}"
    );
    assert!(
        job.error.as_deref().is_some_and(|error| error.contains("“Code”")),
        "{job:#?}"
    );
}

#[tokio::test]
async fn an_upload_says_for_itself_how_it_is_read() {
    let Some(world) = World::open().await else { return };
    let announce = async |supplier: &str, list: &PriceList| {
        let about = json!({"supplier_id": supplier, "file_name": "tools.csv", "size": list.bytes.len(),
            "md5": list.md5(), "process_via_ml": false});
        world.api.call(Method::POST, "/admin/uploads", Some(about)).await
    };
    let list = PriceList::of_tools("tools.csv", 15);
    let bare = supplier_with(&world, "bare", json!({})).await;
    let refused = announce(&bare, &list).await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("no_mapping"))
    );
    let supplier = supplier_with(&world, "once", json!({"legacy": mapping()})).await;
    let announced: Announced = serde_json::from_value(announce(&supplier, &list).await.body).expect("an upload");
    let status = world.api.send_file(&announced.upload, list.bytes.clone()).await;
    assert!(status.is_success(), "{status}");
    let job = world.api.ended(&announced.job_id).await;
    assert_eq!(
        (job.phase.as_str(), job.path.as_str()),
        ("complete", "legacy"),
        "{job:#?}"
    );
    let job = world.api.upload(&supplier, &list).await;
    assert_eq!(world.api.ended(&job).await.path, "ml");
}

#[tokio::test]
async fn a_supplier_is_removed_only_while_nothing_of_it_is_published() {
    let Some(world) = World::open().await else { return };
    let supplier = supplier_with(&world, "removed", json!({})).await;
    let path = format!("/admin/suppliers/{supplier}");
    let removed = world.api.call(Method::DELETE, &path, None).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT, "{}", removed.body);
    let again = world.api.call(Method::DELETE, &path, None).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND, "{}", again.body);
    let supplier = supplier_with(&world, "published", json!({})).await;
    let job = world.api.upload(&supplier, &PriceList::of_tools("tools.csv", 15)).await;
    assert_eq!(world.api.ended(&job).await.phase, "complete");
    let refused = world
        .api
        .call(Method::DELETE, &format!("/admin/suppliers/{supplier}"), None)
        .await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (StatusCode::CONFLICT, &json!("supplier_published"))
    );
}
