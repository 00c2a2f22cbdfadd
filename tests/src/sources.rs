//! Sources with credentials, and lists that did not change.

use reqwest::Method;
use serde_json::json;

use crate::price_list::PriceList;
use crate::supplier_site::Page;
use crate::world::World;

#[tokio::test]
async fn a_list_behind_a_password_comes_by_the_secret_that_its_supplier_names() {
    let Some(world) = World::open().await else { return };
    let site = world.site();
    let page = Page::list(&PriceList::of_tools("tools.csv", 5));
    // "buyer:open sesame" (RFC 7617).
    let url = site.serve(
        "/tools.csv",
        page.behind("Authorization", "Basic YnV5ZXI6b3BlbiBzZXNhbWU="),
    );
    let supplier = world.supplier("behind");
    let secret = format!("pricecourier/{supplier}");
    let source = json!({"kind": "http", "url": url, "credential": secret});
    world.api.add_supplier(&supplier, source).await;

    let job = world.api.ended(&world.api.sync(&supplier).await).await;
    assert_eq!(
        (job.phase.as_str(), job.code()),
        ("failed", "credential_missing"),
        "{job:#?}"
    );
    assert!(
        job.error.as_deref().is_some_and(|error| error.contains(&secret)),
        "{job:#?}"
    );
    assert_eq!(site.hits("/tools.csv"), 0, "nobody is asked without credentials");

    let text = r#"{"kind":"basic","username":"buyer","password":"open sesame"}"#;
    world.secrets.create(&secret, text).await;
    let job = world.api.ended(&world.api.sync(&supplier).await).await;
    assert_eq!(job.phase, "complete", "{job:#?}");
    assert_eq!(job.summary().items, 3);

    let answers = [
        world.api.get(&format!("/admin/suppliers/{supplier}")).await,
        world.bucket.sidecar(&job.raw_key()).await,
        world.api.get(&format!("/admin/jobs?supplier_id={supplier}")).await,
    ];
    for answer in answers {
        assert!(!answer.to_string().contains("sesame"), "{answer:#}");
    }
}

#[tokio::test]
async fn an_unchanged_list_is_not_read_again_unless_it_is_asked_for() {
    let Some(world) = World::open().await else { return };
    let site = world.site();
    let url = site.serve("/tools.csv", Page::list(&PriceList::of_tools("tools.csv", 5)));
    let supplier = world.supplier("unchanged");
    world.api.add_fetched_supplier(&supplier, &url, None).await;
    let first = world.api.ended(&world.api.sync(&supplier).await).await;
    assert_eq!(
        (first.phase.as_str(), first.summary().unchanged),
        ("complete", false),
        "{first:#?}"
    );

    let second = world.api.ended(&world.api.sync(&supplier).await).await;
    assert_eq!(
        (second.phase.as_str(), second.summary().unchanged),
        ("complete", true),
        "{second:#?}"
    );
    assert_eq!((second.summary().items, second.summary().changed), (3, 0));
    assert!(second.file.is_none(), "nothing was stored: {second:#?}");
    let supplier_now = world.api.get(&format!("/admin/suppliers/{supplier}")).await;
    assert_eq!(supplier_now["published_job"], json!(first.job_id));

    let path = format!("/admin/suppliers/{supplier}/sync?force=true");
    let forced = world.api.call(Method::POST, &path, None).await;
    let forced = forced.body["job_id"].as_str().unwrap_or_default().to_owned();
    let forced = world.api.ended(&forced).await;
    assert_eq!(
        (forced.phase.as_str(), forced.summary().unchanged),
        ("complete", false),
        "{forced:#?}"
    );

    site.serve("/tools.csv", Page::list(&PriceList::of_tools("tools.csv", 6)));
    let changed = world.api.ended(&world.api.sync(&supplier).await).await;
    assert_eq!(
        (changed.summary().items, changed.summary().unchanged),
        (3, false),
        "{changed:#?}"
    );
}
