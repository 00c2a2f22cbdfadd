//! A page of a job's PDF as a picture.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests; what surrounds them counts as production code to the lints"
)]

mod support;

use std::collections::HashMap;

use aws_sdk_dynamodb::{operation::get_item::GetItemOutput, types::AttributeValue};
use aws_sdk_s3::{
    operation::get_object::{GetObjectError, GetObjectOutput},
    primitives::ByteStream,
    types::error::NoSuchKey,
};
use axum::{
    http::{Request, StatusCode, header},
    response::Response,
};
use domain::{FileFacts, Job, Md5};
use mocked_aws::{Rule, mock};
use pdf_fixtures::{Page, pdf};
use support::{JOB, NOW, ask, assert_problem, bearer, bodiless, deps_with_files, text};

/// A job whose file is announced as `name`.
fn job(name: &str) -> Rule {
    let file = FileFacts {
        name: name.parse().unwrap(),
        size: 1,
        md5: Md5::from([0; 16]),
    };
    let (now, later) = (NOW.parse().unwrap(), "2026-01-01T09:00:00Z".parse().unwrap());
    let job = Job::to_receive("acme".parse().unwrap(), file, later, now);
    let record: HashMap<String, AttributeValue> = serde_dynamo::to_item(job).unwrap();
    mock!(aws_sdk_dynamodb::Client::get_item)
        .then_output(move || GetItemOutput::builder().set_item(Some(record.clone())).build())
}

fn stored(bytes: Vec<u8>) -> Rule {
    mock!(aws_sdk_s3::Client::get_object).then_output(move || {
        GetObjectOutput::builder()
            .content_length(bytes.len() as i64)
            .body(ByteStream::from(bytes.clone()))
            .build()
    })
}

/// One page: two products and their prices.
fn price_list() -> Vec<u8> {
    let lines = [
        ["Item", "Name", "Price"],
        ["A-1", "Ball valve", "12.50"],
        ["A-2", "Hex bolt", "0.35"],
    ];
    let mut page = Page::new();
    for (at, cells) in lines.iter().enumerate() {
        for (x, text) in [50.0, 150.0, 350.0].into_iter().zip(cells) {
            page.text(x, 142.0 + 20.0 * at as f32, 10.0, text);
        }
    }
    pdf(&[page])
}

async fn draw(page: u32, job: &Rule, file: &Rule) -> Response {
    let request = bodiless(bearer(Request::get(format!("/admin/jobs/{JOB}/pages/{page}"))));
    ask(deps_with_files(NOW, &[job], &[file]), request).await
}

#[tokio::test]
async fn a_page_is_drawn_with_its_cells_framed() {
    let response = draw(1, &job("list.pdf"), &stored(price_list())).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "image/svg+xml");
    let picture = text(response).await;
    assert!(picture.contains(">valve</text>"), "{picture}");
    // The page, nine cells, and the table around them.
    assert_eq!(picture.matches("<rect").count(), 11, "{picture}");
}

#[tokio::test]
async fn what_cannot_be_drawn_says_why() {
    let pdf = stored(price_list());
    for page in [0, 2, 501] {
        assert_problem(
            draw(page, &job("list.pdf"), &pdf).await,
            StatusCode::NOT_FOUND,
            "not_found",
        )
        .await;
    }
    let text = stored(b"sku;price\n1;2\n".to_vec());
    assert_problem(
        draw(1, &job("list.csv"), &text).await,
        StatusCode::NOT_FOUND,
        "not_found",
    )
    .await;
    let cut_off = stored(price_list()[..60].to_vec());
    assert_problem(
        draw(1, &job("list.pdf"), &cut_off).await,
        StatusCode::NOT_FOUND,
        "not_found",
    )
    .await;
    let gone =
        mock!(aws_sdk_s3::Client::get_object).then_error(|| GetObjectError::NoSuchKey(NoSuchKey::builder().build()));
    assert_problem(
        draw(1, &job("list.pdf"), &gone).await,
        StatusCode::NOT_FOUND,
        "not_found",
    )
    .await;
}
