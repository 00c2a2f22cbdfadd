//! The pages as they are rendered, with mocked stores.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests; what surrounds them counts as production code to the lints"
)]

mod support;

use aws_sdk_dynamodb::operation::{get_item::GetItemOutput, query::QueryOutput};
use aws_sdk_s3::{
    operation::{
        get_object::{GetObjectError, GetObjectOutput},
        head_object::HeadObjectError,
    },
    primitives::ByteStream,
    types::error::{NoSuchKey, NotFound},
};
use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{FileFacts, Job, JobError};
use jiff::Timestamp;
use mocked_aws::{Rule, mock};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::{
    NOW, VIEWER_TOKEN, ask, assert_problem, bearer, bodiless, deps, deps_with_files, no_jobs, session, session_of, text,
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A job whose file was received, and could not be read.
fn failed_job() -> Job {
    let file = FileFacts {
        name: "Preise <b>.xlsx".parse().unwrap(),
        size: 12_345,
        md5: [7; 16].into(),
    };
    let expires = at("2026-01-01T08:30:00Z");
    let job = Job::to_receive("acme".parse().unwrap(), file, expires, at("2026-01-01T07:00:00Z"));
    let reading = job.start_analysis(0, expires, at("2026-01-01T07:00:04Z")).unwrap();
    let error = JobError::in_file("damaged", "The workbook is damaged: <script>alert(1)</script>");
    reading.fail(error, at("2026-01-01T07:00:06Z")).unwrap()
}

fn supplier() -> Value {
    json!({
        "supplier_id": "acme",
        "name": "Acme & Söhne",
        "source": {"kind": "http", "url": "https://lists.acme.example/a.xlsx"},
        "schedule": {"every_minutes": 180},
        "created_at": "2025-12-01T08:00:00Z",
        "updated_at": "2025-12-01T08:00:00Z",
        "next_due_at": "2026-01-01T09:30:00Z",
    })
}

fn suppliers(supplier: Value) -> Rule {
    mock!(aws_sdk_dynamodb::Client::query)
        .match_requests(|input| input.index_name() == Some("listed"))
        .then_output(move || {
            QueryOutput::builder()
                .items(serde_dynamo::aws_sdk_dynamodb_1::to_item(&supplier).unwrap())
                .build()
        })
}

fn jobs_of_supplier(job: Job) -> Rule {
    mock!(aws_sdk_dynamodb::Client::query)
        .match_requests(|input| input.table_name() == Some("jobs"))
        .then_output(move || {
            QueryOutput::builder()
                .items(serde_dynamo::aws_sdk_dynamodb_1::to_item(&job).unwrap())
                .build()
        })
}

/// Every record that is asked for: the job in the jobs table, the supplier in its own.
fn records(job: Job, supplier: Value) -> [Rule; 2] {
    let of = |table: &'static str| {
        move |input: &aws_sdk_dynamodb::operation::get_item::GetItemInput| input.table_name() == Some(table)
    };
    [
        mock!(aws_sdk_dynamodb::Client::get_item)
            .match_requests(of("jobs"))
            .then_output(move || {
                let item = serde_dynamo::aws_sdk_dynamodb_1::to_item(&job).unwrap();
                GetItemOutput::builder().set_item(Some(item)).build()
            }),
        mock!(aws_sdk_dynamodb::Client::get_item)
            .match_requests(of("suppliers"))
            .then_output(move || {
                let item = serde_dynamo::aws_sdk_dynamodb_1::to_item(&supplier).unwrap();
                GetItemOutput::builder().set_item(Some(item)).build()
            }),
    ]
}

/// A bucket with a report, and without the raw file.
fn report(json: Value) -> [Rule; 3] {
    [
        mock!(aws_sdk_s3::Client::head_object).then_error(|| HeadObjectError::NotFound(NotFound::builder().build())),
        mock!(aws_sdk_s3::Client::get_object)
            .match_requests(|input| input.key().is_some_and(|key| !key.ends_with(".report.json")))
            .then_error(|| GetObjectError::NoSuchKey(NoSuchKey::builder().build())),
        mock!(aws_sdk_s3::Client::get_object)
            .match_requests(|input| input.key().is_some_and(|key| key.ends_with(".report.json")))
            .then_output(move || {
                let bytes = json.to_string().into_bytes();
                GetObjectOutput::builder()
                    .content_length(i64::try_from(bytes.len()).unwrap())
                    .body(ByteStream::from(bytes))
                    .build()
            }),
    ]
}

fn reading() -> Value {
    let list = "Article;Product;Unit;Price EUR\nB-1;Hexagon bolt M6;pcs;0.25\nB-2;Hexagon bolt M8;pcs;nobody knows\n";
    let reading = pricelist::read(list.as_bytes(), &pricelist::ReadOptions::default()).unwrap();
    let error = json!({"position": {"row": 3}, "cell": "D3", "text": "=nobody", "message": "this is no price"});
    json!({"schema": 1, "report": reading.report, "errors": [error]})
}

async fn page_of(path: &str, cookie: &str, dynamodb: &[&Rule], s3: &[&Rule]) -> String {
    let request = Request::get(path)
        .header(header::COOKIE, cookie)
        .header(header::ACCEPT, "text/html");
    let response = ask(deps_with_files(NOW, dynamodb, s3), bodiless(request)).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    text(response).await
}

#[tokio::test]
async fn a_job_is_shown_in_full_and_what_came_from_outside_as_text() {
    let job = failed_job();
    let path = format!("/jobs/{}", job.job_id);
    let (records, files) = (records(job, supplier()), report(reading()));
    let dynamodb: Vec<&Rule> = records.iter().collect();
    let s3: Vec<&Rule> = files.iter().collect();
    let page = page_of(&path, &session().await, &dynamodb, &s3).await;
    for told in [
        "Acme &#38; Söhne",
        "Failed while analyzing",
        "The workbook is damaged: &#60;script&#62;",
        "header in row 1",
        "its heading",
        "D3",
        "this is no price",
        "0 of 3 used",
        "12.3 kB (12,345 bytes)",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(
        !page.contains("<script>alert") && !page.contains("Preise <b>"),
        "{page}"
    );
    assert!(
        page.contains("/retry\"") && !page.contains("Download the file"),
        "{page}"
    );
    assert!(!page.contains("data-poll"), "what has ended is not asked for again");
    let viewers = page_of(&path, &session_of(VIEWER_TOKEN).await, &dynamodb, &s3).await;
    assert!(!viewers.contains("/retry\""), "{viewers}");
}

#[tokio::test]
async fn a_job_tells_what_is_read_otherwise_than_in_the_list_before() {
    let read = |list: &str, options: &pricelist::ReadOptions| pricelist::read(list.as_bytes(), options).unwrap();
    let before = read(
        "Article;Product;Price;Stock\nB-1;Hexagon bolt;0.25;120\nB-2;Washer <M8>;0.30;80\nB-3;Nut;0.10;12\n",
        &pricelist::ReadOptions::default(),
    );
    let options = pricelist::ReadOptions {
        remembered: Some(before.remembered),
        ..pricelist::ReadOptions::default()
    };
    let now = read(
        "Article;Product;Stock;Price\nB-1;Hexagon bolt;120;0.25\nB-2;Washer;80;0.30\nB-3;Nut;12;0.10\n",
        &options,
    );
    let renamed = read(
        "Article;Product;Price <b>net</b>;Stock\nB-1;Hexagon bolt;0.25;120\nB-2;Washer;0.30;80\nB-3;Nut;0.10;12\n",
        &options,
    );
    let page = async |report: &pricelist::ReadingReport| {
        let job = failed_job();
        let path = format!("/jobs/{}", job.job_id);
        let (records, files) = (
            records(job, supplier()),
            self::report(json!({"schema": 1, "report": report})),
        );
        let dynamodb: Vec<&Rule> = records.iter().collect();
        let s3: Vec<&Rule> = files.iter().collect();
        page_of(&path, &session().await, &dynamodb, &s3).await
    };
    assert_eq!(
        now.report.drift,
        [],
        "columns that moved with their headers hold what they held"
    );
    assert!(!page(&now.report).await.contains("data-drift"));
    let told = page(&renamed.report).await;
    assert!(
        told.contains("data-drift") && told.contains("Read otherwise than"),
        "{told}"
    );
    assert!(
        told.contains("Price &#60;b&#62;net") && !told.contains("Price <b>"),
        "{told}"
    );
}

#[tokio::test]
async fn row_errors_are_downloaded_with_their_cells() {
    let job = failed_job();
    let path = format!("/admin/jobs/{}/errors.csv", job.job_id);
    let (records, files) = (records(job, supplier()), report(reading()));
    let deps = deps_with_files(NOW, &[&records[0], &records[1]], &[&files[0], &files[1], &files[2]]);
    let response = ask(deps, bodiless(bearer(Request::get(path)))).await;
    assert_eq!(
        response.headers()[header::CONTENT_DISPOSITION],
        "attachment; filename=\"acme-2026-01-01-errors.csv\""
    );
    assert_eq!(
        text(response).await,
        "sheet,page,row,cell,text,error\n,,3,D3,'=nobody,this is no price\n"
    );
}

#[tokio::test]
async fn suppliers_have_a_card_each_with_controls_for_admins_only() {
    let mut listed = supplier();
    listed["published_job"] = json!("019470a0-0000-7000-8000-000000000001");
    let (suppliers, jobs) = (suppliers(listed), jobs_of_supplier(failed_job()));
    let [_, catalogue] = records(
        failed_job(),
        json!({"supplier_id": "catalogue", "published_job": "019470a0-0000-7000-8000-000000000002"}),
    );
    let cards = [&suppliers, &jobs, &catalogue];
    let page = page_of("/suppliers", &session().await, &cards, &[]).await;
    for told in [
        "/admin/suppliers/acme/match-again",
        "Acme &#38; Söhne",
        "lists.acme.example",
        "every 3 h",
        "next in 1 h",
        "Failed while analyzing",
        "Last 1 run: 0 complete, 1 failed",
        "/admin/suppliers/acme/sync",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let viewers = page_of("/suppliers", &session_of(VIEWER_TOKEN).await, &cards, &[]).await;
    assert!(viewers.contains("every 3 h") && !viewers.contains("/sync") && !viewers.contains("Add a supplier"));
    assert!(!viewers.contains("/match-again"));
}

#[tokio::test]
async fn settings_are_edited_as_they_were_seen() {
    let records = records(failed_job(), supplier());
    let dialog = page_of("/suppliers/acme/edit", &session().await, &[&records[1]], &[]).await;
    for told in [
        "data-etag=\"&#34;2025-12-01T08:00:00Z&#34;\"",
        "every 3 h",
        "https://lists.acme.example/a.xlsx",
    ] {
        assert!(dialog.contains(told), "{told}: {dialog}");
    }
    let settings = json!({"name": "Mine", "source": {"kind": "upload"}}).to_string();
    let request = bearer(Request::put("/admin/suppliers/acme"))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::IF_MATCH, "\"2025-11-30T00:00:00Z\"")
        .body(Body::from(settings))
        .unwrap();
    let response = ask(deps(NOW, &[&records[1]]), request).await;
    assert_problem(response, StatusCode::PRECONDITION_FAILED, "changed_meanwhile").await;
}

#[tokio::test]
async fn a_sample_is_read_and_nothing_saved() {
    let list = "Article;Product;Unit;Price EUR\nB-1;Hexagon bolt M6;pcs;0.25\nB-2;Hexagon bolt M8;pcs;0.30\n";
    let request = bearer(Request::post("/admin/sources/test?file_name=bolts.csv"))
        .header(header::CONTENT_TYPE, "text/csv")
        .body(Body::from(list))
        .unwrap();
    let response = ask(deps(NOW, &[]), request).await;
    assert_eq!(response.status(), StatusCode::OK);
    let trial: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(
        (&trial["file_name"], &trial["items_total"], &trial["items"][1]["price"]),
        (&json!("bolts.csv"), &json!(2), &json!("0.3"))
    );
}

#[tokio::test]
async fn a_sample_is_read_by_fixed_columns_where_they_are_given() {
    let legacy = r#"{"columns":{"sku":{"letter":"B"},"price":{"letter":"A"}}}"#;
    let sample = |legacy: &str| {
        let query = format!("file_name=list.csv&legacy={}", legacy.replace('"', "%22"));
        bearer(Request::post(format!("/admin/sources/test?{query}")))
            .header(header::CONTENT_TYPE, "text/csv")
            .body(Body::from("17;19\n5;B-2\n"))
            .unwrap()
    };
    let response = ask(deps(NOW, &[]), sample(legacy)).await;
    assert_eq!(response.status(), StatusCode::OK);
    let trial: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(
        (
            &trial["items_total"],
            &trial["items"][0]["sku"],
            &trial["items"][0]["price"]
        ),
        (&json!(2), &json!("19"), &json!("17"))
    );
    let response = ask(deps(NOW, &[]), sample(r#"{"columns":{}}"#)).await;
    assert_problem(response, StatusCode::BAD_REQUEST, "invalid").await;
}

#[tokio::test]
async fn a_source_is_tested_under_the_address_guard() {
    for (source, code) in [
        (
            json!({"kind": "http", "url": "http://127.0.0.1/list.csv"}),
            "not_fetched",
        ),
        (
            json!({"kind": "http", "url": "http://169.254.169.254/latest"}),
            "not_fetched",
        ),
        (json!({"kind": "upload"}), "not_testable"),
        (
            json!({"kind": "http", "url": "https://acme.example/a", "credential": "somebody-elses/acme"}),
            "credential_unusable",
        ),
    ] {
        let request = bearer(Request::post("/admin/sources/test"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(json!({ "source": source }).to_string()))
            .unwrap();
        let response = ask(deps(NOW, &[]), request).await;
        assert_problem(response, StatusCode::UNPROCESSABLE_ENTITY, code).await;
    }
}

#[tokio::test]
async fn what_pages_are_made_of_is_kept_by_browsers_until_it_changes() {
    let page = page_of("/", &session().await, &[&no_jobs()], &[]).await;
    let address = page
        .split('"')
        .find(|part| part.starts_with("/assets/") && part.ends_with(".js"))
        .unwrap();
    let response = ask(deps(NOW, &[]), bodiless(Request::get(address))).await;
    assert_eq!(
        response.headers()[header::CACHE_CONTROL],
        "public, max-age=31536000, immutable"
    );
    assert!(!response.headers().contains_key(header::CONTENT_ENCODING));
    let plain = text(response).await;
    let of_another_version = Request::get("/assets/000000000000/pages.js");
    let response = ask(deps(NOW, &[]), bodiless(of_another_version)).await;
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    let packed = Request::get(address).header(header::ACCEPT_ENCODING, "gzip, deflate, br");
    let response = ask(deps(NOW, &[]), bodiless(packed)).await;
    assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
    assert_eq!(response.headers()[header::VARY], "accept-encoding");
    let packed = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    assert!(packed.len() * 2 < plain.len(), "{} of {}", packed.len(), plain.len());
}

/// One style sheet stands in each page, and the policy lets that one in, whatever else a page might be made to hold.
#[tokio::test]
async fn a_page_waits_for_no_style_and_the_policy_knows_the_one_it_has() {
    let response = ask(deps(NOW, &[]), bodiless(Request::get("/sign-in"))).await;
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap()
        .to_owned();
    let page = text(response).await;
    assert!(!page.contains("stylesheet"), "{page}");
    let (_, rest) = page.split_once("<style>").unwrap();
    let (style, _) = rest.split_once("</style>").unwrap();
    let hash = BASE64_STANDARD.encode(Sha256::digest(style));
    assert!(policy.contains(&format!("style-src 'sha256-{hash}';")), "{policy}");
}
