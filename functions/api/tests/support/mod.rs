//! What the tests of the router share: its dependencies with mocked AWS clients, and requests.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

use std::sync::Arc;

use api::{Deps, Offered, Oidc, Rates, Searches, Sessions, TokenHash, Tokens, router, trial_fetcher};
use aws_sdk_dynamodb::{
    operation::{query::QueryOutput, update_item::UpdateItemOutput},
    types::AttributeValue,
};
use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header, request::Builder},
    response::Response,
};
use domain::FixedClock;
use mocked_aws::{Rule, RuleMode::MatchAny, mock};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sources::{AddressGuard, GoogleEndpoints, GoogleSheets};
use store::{Catalogue, Counters, Decisions, Files, Items, Jobs, Prices, Queues, Secrets, Suppliers};
use tower::ServiceExt;

/// The token that `events/` has.
pub const TOKEN: &str = "local-admin-token";
/// A token that may look.
pub const VIEWER_TOKEN: &str = "local-viewer-token";
/// A token that may have files read.
pub const ANALYSIS_TOKEN: &str = "local-analysis-token";
pub const NOW: &str = "2026-01-01T08:00:00Z";
pub const JOB: &str = "0190b5a8-0000-7000-8000-000000000001";

pub fn hash(token: &str) -> TokenHash {
    hex::encode(Sha256::digest(token)).parse().unwrap()
}

pub fn deps(now: &str, dynamodb_rules: &[&Rule]) -> Arc<Deps> {
    deps_with(now, dynamodb_rules, &[], None)
}

pub fn deps_with_files(now: &str, dynamodb_rules: &[&Rule], s3_rules: &[&Rule]) -> Arc<Deps> {
    deps_with(now, dynamodb_rules, s3_rules, None)
}

pub fn deps_with(now: &str, dynamodb_rules: &[&Rule], s3_rules: &[&Rule], oidc: Option<Oidc>) -> Arc<Deps> {
    let (dynamodb, s3) = (
        mocked_aws::dynamodb(MatchAny, dynamodb_rules),
        mocked_aws::s3(MatchAny, s3_rules),
    );
    let fetcher = trial_fetcher(AddressGuard::public_only()).unwrap();
    let tokens = Tokens {
        admin: hash(TOKEN),
        viewer: Some(hash(VIEWER_TOKEN)),
        analysis: Some(hash(ANALYSIS_TOKEN)),
    };
    Arc::new(Deps {
        clock: Arc::new(FixedClock(now.parse().unwrap())),
        jobs: Jobs::new(dynamodb.clone(), "jobs"),
        suppliers: Suppliers::new(dynamodb.clone(), "suppliers"),
        items: Items::new(dynamodb.clone(), "items"),
        prices: Prices::new(dynamodb.clone(), "prices"),
        searches: Searches::default(),
        offered: Offered::default(),
        catalogue: Catalogue::new(dynamodb.clone(), "catalogue"),
        decisions: Decisions::new(dynamodb.clone(), "decisions"),
        files: Files::new(s3, mocked_aws::s3_signer(), "bucket"),
        queues: Queues::new(mocked_aws::sqs(MatchAny, &[]), "download-queue", "analyze-queue"),
        secrets: Secrets::new(mocked_aws::secrets_manager(MatchAny, &[]), "pricecourier/"),
        trial_sheets: GoogleSheets::new(fetcher.clone(), GoogleEndpoints::new(None, None).unwrap()),
        trial_fetcher: fetcher,
        oidc,
        counters: Counters::new(dynamodb.clone(), "counters"),
        sessions: Sessions::new(&tokens),
        rates: Rates::default(),
        tokens,
        upload_origin: "https://bucket.s3.example".into(),
        max_file_bytes: 1 << 20,
    })
}

pub async fn ask(deps: Arc<Deps>, request: Request<Body>) -> Response {
    router(deps).oneshot(request).await.unwrap()
}

pub async fn text(response: Response) -> String {
    String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
}

pub async fn assert_problem(response: Response, status: StatusCode, code: &str) {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    let problem: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(
        (&problem["code"], &problem["status"]),
        (&json!(code), &json!(status.as_u16())),
        "{problem}"
    );
}

pub fn bearer(request: Builder) -> Builder {
    request.header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
}

pub fn bodiless(request: Builder) -> Request<Body> {
    request.body(Body::empty()).unwrap()
}

pub fn no_jobs() -> Rule {
    mock!(aws_sdk_dynamodb::Client::query).then_output(|| QueryOutput::builder().build())
}

/// DynamoDB that has counted so many tries to sign in.
pub fn tries(count: u32) -> Rule {
    mock!(aws_sdk_dynamodb::Client::update_item).then_output(move || {
        UpdateItemOutput::builder()
            .attributes("count", AttributeValue::N(count.to_string()))
            .build()
    })
}

/// Signs in as a browser does; answers the session cookie's pair.
pub async fn session_of(token: &str) -> String {
    let request = Request::post("/sign-in")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(format!("token={token}")))
        .unwrap();
    let response = ask(deps(NOW, &[&tries(1)]), request).await;
    assert_eq!(
        (response.status(), &response.headers()[header::LOCATION]),
        (StatusCode::SEE_OTHER, &"/".parse().unwrap())
    );
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    for attribute in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=43200"] {
        assert!(
            cookie.split("; ").any(|part| part == attribute),
            "{cookie} lacks {attribute}"
        );
    }
    cookie.split(';').next().unwrap().to_owned()
}

/// The admin's session.
pub async fn session() -> String {
    session_of(TOKEN).await
}
