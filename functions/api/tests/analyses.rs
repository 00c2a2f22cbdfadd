//! The ml-analyze calls that are served, and the end of uploads in parts: the router without a network.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests; what surrounds them counts as production code to the lints"
)]

mod support;

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::operation::get_item::GetItemOutput;
use aws_sdk_s3::{
    operation::{
        complete_multipart_upload::CompleteMultipartUploadOutput,
        get_object::{GetObjectError, GetObjectOutput},
        head_object::HeadObjectError,
        list_parts::{ListPartsError, ListPartsOutput},
        put_object::PutObjectOutput,
    },
    primitives::ByteStream,
    types::{
        Part,
        error::{NoSuchKey, NotFound},
    },
};
use aws_sdk_sqs::operation::send_message::SendMessageOutput;
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use domain::{FileFacts, Job, JobError, Md5};
use jiff::Timestamp;
use mocked_aws::{Rule, RuleMode::MatchAny, mock};
use serde_json::{Value, json};
use store::Queues;
use support::{
    ANALYSIS_TOKEN, JOB, NOW, TOKEN, VIEWER_TOKEN, ask, assert_problem, bearer, bodiless, deps, deps_with_files, text,
};

fn with(token: &str, request: axum::http::request::Builder) -> axum::http::request::Builder {
    request.header(header::AUTHORIZATION, format!("Bearer {token}"))
}

fn start(token: &str, file_url: &str) -> Request<Body> {
    let body = json!({"file_url": file_url, "supplier_id": "theirs", "file_type": "pdf"});
    with(token, Request::post("/analyze/file"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

#[tokio::test]
async fn a_file_is_taken_on_for_whoever_has_the_analysis_token_or_the_admins() {
    for token in [ANALYSIS_TOKEN, TOKEN] {
        let put = mock!(aws_sdk_s3::Client::put_object).then_output(|| PutObjectOutput::builder().build());
        let sent = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&sent);
        let send = mock!(aws_sdk_sqs::Client::send_message).then_compute_output(move |input| {
            log.lock().unwrap().push(input.message_body().unwrap().to_owned());
            SendMessageOutput::builder().build()
        });
        let mut deps = deps_with_files(NOW, &[], &[&put]);
        let queues = Queues::new(mocked_aws::sqs(MatchAny, &[&send]), "download-queue", "analyze-queue");
        Arc::get_mut(&mut deps).unwrap().queues = queues;
        let response = ask(deps, start(token, "https://files.example/list.pdf?signature=s3cret")).await;
        assert_eq!(response.status(), StatusCode::ACCEPTED);
        let answer: Value = serde_json::from_str(&text(response).await).unwrap();
        assert_eq!(
            (&answer["status"], &answer["items_total"]),
            (&json!("pending"), &json!(0))
        );
        let message: Value = serde_json::from_str(&sent.lock().unwrap()[0]).unwrap();
        assert_eq!((&message["read_file"], put.num_calls()), (&answer["job_id"], 1));
        assert_eq!(
            message["request"]["file_url"],
            "https://files.example/list.pdf?signature=s3cret"
        );
    }
}

#[tokio::test]
async fn the_analysis_token_opens_nothing_else_and_no_other_token_opens_the_calls() {
    let request = bodiless(with(ANALYSIS_TOKEN, Request::get("/admin/jobs")));
    assert_problem(
        ask(deps(NOW, &[]), request).await,
        StatusCode::UNAUTHORIZED,
        "unauthorized",
    )
    .await;
    for token in [VIEWER_TOKEN, "wrong"] {
        let response = ask(deps(NOW, &[]), start(token, "https://files.example/l.pdf")).await;
        assert_problem(response, StatusCode::UNAUTHORIZED, "unauthorized").await;
    }
    let status = bodiless(Request::get(format!("/analyze/status/{JOB}")));
    assert_problem(
        ask(deps(NOW, &[]), status).await,
        StatusCode::UNAUTHORIZED,
        "unauthorized",
    )
    .await;
    let health = ask(deps(NOW, &[]), bodiless(Request::get("/health"))).await;
    assert_eq!(health.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_is_no_web_address_is_not_taken_on() {
    for file_url in [
        "file:///etc/passwd",
        "list.pdf",
        "https://user:s3cret@files.example/l.pdf",
    ] {
        let response = ask(deps(NOW, &[]), start(ANALYSIS_TOKEN, file_url)).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        let problem = text(response).await;
        assert!(problem.contains("file_url") && !problem.contains("s3cret"), "{problem}");
    }
}

async fn status_answered(stored: &'static str) -> Value {
    let object = mock!(aws_sdk_s3::Client::get_object).then_output(move || {
        let body = ByteStream::from_static(stored.as_bytes());
        GetObjectOutput::builder().body(body).build()
    });
    let request = bodiless(with(ANALYSIS_TOKEN, Request::get(format!("/analyze/status/{JOB}"))));
    // The id was made in 2024: whatever has not ended is lost.
    let response = ask(deps_with_files(NOW, &[], &[&object]), request).await;
    assert_eq!(response.status(), StatusCode::OK);
    serde_json::from_str(&text(response).await).unwrap()
}

#[tokio::test]
async fn a_finished_analysis_says_where_its_items_are_for_an_hour() {
    let status = status_answered(r#"{"job_id": "a", "status": "completed", "items_total": 2}"#).await;
    for (field, file) in [("items_url", "items.jsonl"), ("report_url", "report.json")] {
        let url = status[field].as_str().unwrap();
        assert!(url.contains(&format!("/analyses/{JOB}/{file}")), "{url}");
        assert!(
            url.contains("X-Amz-Expires=3600") && url.contains("X-Amz-Signature="),
            "{url}"
        );
    }
    let lost = status_answered(r#"{"job_id": "a", "status": "processing"}"#).await;
    assert_eq!((&lost["status"], lost.get("items_url")), (&json!("failed"), None));
    let none =
        mock!(aws_sdk_s3::Client::get_object).then_error(|| GetObjectError::NoSuchKey(NoSuchKey::builder().build()));
    let request = bodiless(with(TOKEN, Request::get(format!("/analyze/status/{JOB}"))));
    let response = ask(deps_with_files(NOW, &[], &[&none]), request).await;
    assert_problem(response, StatusCode::NOT_FOUND, "not_found").await;
}

const PART: u64 = 64 << 20;

/// An upload of three parts, the last of one byte; its record as stored.
fn upload(change: impl FnOnce(Job) -> Job) -> Rule {
    let now: Timestamp = NOW.parse().unwrap();
    let file = FileFacts {
        name: "list.csv".parse().unwrap(),
        size: 2 * PART + 1,
        md5: Md5::from([0; 16]),
    };
    let job = Job {
        upload_id: Some("u-1".to_owned()),
        ..Job::to_receive("acme".parse().unwrap(), file, now, now)
    };
    let record = serde_dynamo::aws_sdk_dynamodb_1::to_item(change(job)).unwrap();
    let record: std::collections::HashMap<_, _> = record;
    mock!(aws_sdk_dynamodb::Client::get_item)
        .then_output(move || GetItemOutput::builder().set_item(Some(record.clone())).build())
}

fn parts(sizes: &'static [u64]) -> Rule {
    mock!(aws_sdk_s3::Client::list_parts).then_output(move || {
        let part = |(number, size): (i32, &u64)| {
            let size = i64::try_from(*size).unwrap();
            Part::builder().part_number(number).size(size).e_tag("e").build()
        };
        ListPartsOutput::builder()
            .set_parts(Some((1..).zip(sizes).map(part).collect()))
            .build()
    })
}

async fn completed(job: &Rule, s3: &[&Rule]) -> axum::response::Response {
    let request = bodiless(bearer(Request::post(format!("/admin/uploads/{JOB}/complete"))));
    ask(deps_with_files(NOW, &[job], s3), request).await
}

#[tokio::test]
async fn an_upload_whose_parts_are_all_there_is_put_together() {
    let assembled = mock!(aws_sdk_s3::Client::complete_multipart_upload)
        .then_output(|| CompleteMultipartUploadOutput::builder().build());
    let response = completed(&upload(|job| job), &[&parts(&[PART, PART, 1]), &assembled]).await;
    assert_eq!((response.status(), assembled.num_calls()), (StatusCode::ACCEPTED, 1));
}

#[tokio::test]
async fn parts_that_lack_or_have_another_length_are_named() {
    for (sizes, named) in [
        (&[PART, PART][..], "number 3"),
        (&[PART, 5, 1], "number 2"),
        (&[], "number 1, 2, 3"),
    ] {
        let response = completed(&upload(|job| job), &[&parts(sizes)]).await;
        assert_eq!(response.status(), StatusCode::CONFLICT);
        let problem = text(response).await;
        assert!(
            problem.contains("parts_missing") && problem.contains(named),
            "{problem}"
        );
    }
}

#[tokio::test]
async fn an_upload_that_ended_or_comes_whole_is_not_completed() {
    let failed = upload(|job| {
        let error = JobError::new("upload_never_arrived", "The announced file did not arrive in time.");
        job.fail(error, NOW.parse().unwrap()).unwrap()
    });
    assert_problem(completed(&failed, &[]).await, StatusCode::CONFLICT, "upload_ended").await;
    let whole = upload(|job| Job { upload_id: None, ..job });
    assert_problem(completed(&whole, &[]).await, StatusCode::CONFLICT, "not_in_parts").await;
    let none = mock!(aws_sdk_dynamodb::Client::get_item).then_output(|| GetItemOutput::builder().build());
    assert_problem(completed(&none, &[]).await, StatusCode::NOT_FOUND, "not_found").await;
    // Given up meanwhile: neither parts nor file are there.
    let no_parts = mock!(aws_sdk_s3::Client::list_parts).then_error(|| {
        let code = aws_sdk_s3::error::ErrorMetadata::builder().code("NoSuchUpload").build();
        ListPartsError::generic(code)
    });
    let no_file =
        mock!(aws_sdk_s3::Client::head_object).then_error(|| HeadObjectError::NotFound(NotFound::builder().build()));
    let response = completed(&upload(|job| job), &[&no_parts, &no_file]).await;
    assert_problem(response, StatusCode::CONFLICT, "upload_ended").await;
}
