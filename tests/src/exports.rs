//! Items as files: made on request, and had by an address that needs no token.

use reqwest::header;
use serde_json::json;

use crate::price_list::PriceList;
use crate::world::World;

/// Asks for an export and fetches it from where it is said to be.
async fn export(world: &World, query: &str) -> (serde_json::Value, reqwest::Response) {
    let told = world.api.get(&format!("/admin/items/export?{query}")).await;
    let url = told["url"].as_str().expect("an address");
    let answer = reqwest::get(url).await.expect("an answer");
    assert!(answer.status().is_success(), "{told:#}: {}", answer.status());
    (told, answer)
}

#[tokio::test]
async fn items_are_exported_as_they_are_now() {
    let Some(world) = World::open().await else { return };
    let supplier = world.supplier("export");
    world.api.add_uploading_supplier(&supplier).await;
    let rows = "Article;Product;Unit;Price EUR\nE-1;=SUM(A1) bolts M6;pcs;0.10\nE-2;Bolts M8, zinc plated;pcs;1234.5\n";
    let list = PriceList::new("bolts.csv", rows);
    let job = world.api.upload(&supplier, &list).await;
    assert_eq!(world.api.ended(&job).await.phase, "complete");
    let decision = format!("/admin/suppliers/{supplier}/items/sku:e-2/decision");
    let ruling = json!({"ruling": {"product_id": "HM-450"}});
    crate::catalogue::load(&world).await;
    let decided = world
        .api
        .call_if_match(reqwest::Method::POST, &decision, "*", Some(ruling))
        .await;
    assert!(decided.status.is_success(), "{}", decided.body);

    let (told, answer) = export(&world, &format!("format=csv&supplier={supplier}")).await;
    assert_eq!(told["items"], 2, "{told:#}");
    let disposition = answer.headers()[header::CONTENT_DISPOSITION]
        .to_str()
        .expect("text")
        .to_owned();
    assert!(
        disposition.starts_with("attachment;") && disposition.contains(".csv"),
        "{disposition}"
    );
    let text = answer.text().await.expect("text");
    assert!(text.contains(",E-1,,'=SUM(A1) bolts M6,,,,0.1,EUR,pcs,"), "{text}");
    assert!(
        text.contains(",E-2,,\"Bolts M8, zinc plated\",,,,1234.5,EUR,pcs,"),
        "{text}"
    );
    let second = text
        .lines()
        .find(|line| line.contains(",E-2,"))
        .expect("the second item");
    assert!(second.contains(",matched,HM-450,"), "{second}");

    let (told, answer) = export(&world, &format!("format=xlsx&supplier={supplier}&decision=matched")).await;
    assert_eq!(told["items"], 1, "{told:#}");
    let bytes = answer.bytes().await.expect("bytes");
    assert!(
        bytes.starts_with(b"PK\x03\x04") && told["size"] == bytes.len(),
        "{told:#}"
    );
}
