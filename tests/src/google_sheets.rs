//! Google sheets through the whole stack, whose functions ask a stand-in for Google on this machine.

use serde_json::{Value, json};

use crate::admin_api::Job;
use crate::price_list::PriceList;
use crate::supplier_site::{Page, SupplierSite};
use crate::world::World;

const EMAIL: &str = "reader@pricecourier-test.iam.gserviceaccount.com";

/// A sheet's id of Google's length.
fn sheet(last: char) -> String {
    format!("1aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789-_abcd{last}")
}

fn export_by_link(sheet: &str) -> String {
    format!("/spreadsheets/d/{sheet}/export?format=xlsx")
}

/// A key file of a service account, made for tests: it opens nothing.
fn key_file() -> String {
    let key = include_str!("../../shared/sources/tests/data/rsa-2048-for-tests.b64");
    let pem = format!("-----BEGIN {0}-----\n{key}-----END {0}-----\n", "PRIVATE KEY");
    json!({"type": "service_account", "client_email": EMAIL, "private_key_id": "k1", "private_key": pem}).to_string()
}

async fn synced(world: &World, supplier: &str, source: Value) -> Job {
    world.api.add_supplier(supplier, source).await;
    world.api.ended(&world.api.sync(supplier).await).await
}

/// The stand-in has one port, so nothing else may listen there.
#[tokio::test]
async fn alone_sheets_come_by_link_and_by_account_and_say_whom_to_share_them_with() {
    let Some(world) = World::open().await else { return };
    let Some(google) = world.stack.google_url.as_deref() else {
        eprintln!("not run: the stack asks Google itself (`cargo xtask up --google-port PORT` has it ask a stand-in)");
        return;
    };
    let port = google.rsplit(':').next().and_then(|port| port.parse().ok());
    let google = SupplierSite::open_on(&world.stack, port.expect("a port"));
    let list = PriceList::of_tools("tools.csv", 12);

    // Everyone with the link may read it; Google is busy at first.
    let public = sheet('a');
    google.serve(&export_by_link(&public), Page::list(&list).after_first(Page::busy()));
    let supplier = world.supplier("sheet");
    let address = format!("https://docs.google.com/spreadsheets/d/{public}/edit#gid=0");
    let job = synced(&world, &supplier, json!({"kind": "google_sheet", "sheet": address})).await;
    assert_eq!(
        (job.phase.as_str(), google.hits(&export_by_link(&public))),
        ("complete", 2),
        "{job:#?}"
    );
    assert_eq!(world.bucket.md5(&job.raw_key()).await, Some(list.md5()));

    // Nobody but its owner may: a sign-in page with status 200.
    let closed = sheet('b');
    google.serve(&export_by_link(&closed), Page::sign_in());
    let supplier = world.supplier("closed-sheet");
    let job = synced(&world, &supplier, json!({"kind": "google_sheet", "sheet": closed})).await;
    assert_eq!(
        (job.phase.as_str(), job.code()),
        ("failed", "auth_required"),
        "{job:#?}"
    );

    // An account reads it, once it is shared with it.
    let private = sheet('c');
    let metadata = "?fields=name,mimeType,version,modifiedTime,exportLinks&supportsAllDrives=true";
    let metadata = format!("/drive/v3/files/{private}{metadata}");
    google.serve(
        "/token",
        Page::json(&json!({"access_token": "t0ken", "expires_in": 3599})),
    );
    let supplier = world.supplier("private-sheet");
    let secret = format!("pricecourier/{supplier}");
    world.secrets.create(&secret, &key_file()).await;
    let source = json!({"kind": "google_sheet", "sheet": private, "credential": secret});
    let job = synced(&world, &supplier, source).await;
    assert_eq!(
        (job.phase.as_str(), job.code()),
        ("failed", "auth_required"),
        "{job:#?}"
    );
    let error = job.error.clone().unwrap_or_default();
    assert!(error.contains(&format!("add {EMAIL} as a viewer")), "{error}");

    let about = json!({"name": "Tools", "mimeType": "application/vnd.google-apps.spreadsheet", "version": "7"});
    google.serve(&metadata, Page::json(&about).behind("Authorization", "Bearer t0ken"));
    let workbook = "application%2Fvnd%2Eopenxmlformats%2Dofficedocument%2Espreadsheetml%2Esheet";
    google.serve(
        &format!("/drive/v3/files/{private}/export?mimeType={workbook}"),
        Page::list(&list).behind("Authorization", "Bearer t0ken"),
    );
    world.api.retry(&job.job_id).await;
    let job = world.api.ended(&job.job_id).await;
    assert_eq!((job.phase.as_str(), job.retry_count), ("complete", 1), "{job:#?}");
    let unchanged = world.api.ended(&world.api.sync(&supplier).await).await;
    assert!(
        unchanged.summary().unchanged,
        "Drive says that it is in the same version: {unchanged:#?}"
    );
}
