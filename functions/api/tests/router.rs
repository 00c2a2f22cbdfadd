//! The router without a network: who comes in, what is refused, and the requests of `events/`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests; what surrounds them counts as production code to the lints"
)]

mod support;

use aws_sdk_dynamodb::{
    error::ErrorMetadata,
    operation::{get_item::GetItemOutput, query::QueryError},
};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use mocked_aws::mock;
use support::{
    JOB, NOW, TOKEN, VIEWER_TOKEN, ask, assert_problem, bearer, bodiless, deps, no_jobs, session, session_of, text,
    tries,
};

#[tokio::test]
async fn without_the_token_nothing_is_answered() {
    let response = ask(deps(NOW, &[]), bodiless(Request::get("/admin/jobs"))).await;
    assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer");
    assert_problem(response, StatusCode::UNAUTHORIZED, "unauthorized").await;
    for wrong in ["Bearer wrong", "Bearer", "Basic bG9jYWw6", &format!("Bearer {TOKEN}x")] {
        let request = bodiless(Request::get("/admin/jobs").header(header::AUTHORIZATION, wrong));
        assert_problem(
            ask(deps(NOW, &[]), request).await,
            StatusCode::UNAUTHORIZED,
            "unauthorized",
        )
        .await;
    }
}

#[tokio::test]
async fn the_token_opens_the_api() {
    let request = bodiless(bearer(Request::get("/admin/jobs")));
    let response = ask(deps(NOW, &[&no_jobs()]), request).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(text(response).await, r#"{"jobs":[],"next_cursor":null}"#);
}

#[tokio::test]
async fn a_browser_without_a_session_is_led_to_sign_in() {
    let request = bodiless(Request::get("/").header(header::ACCEPT, "text/html,*/*"));
    let response = ask(deps(NOW, &[]), request).await;
    assert_eq!(
        (response.status(), &response.headers()[header::LOCATION]),
        (StatusCode::SEE_OTHER, &"/sign-in".parse().unwrap())
    );
}

#[tokio::test]
async fn a_session_opens_the_page_until_it_ends_after_twelve_hours() {
    let cookie = session().await;
    let page = || {
        bodiless(
            Request::get("/")
                .header(header::COOKIE, format!("theme=dark; {cookie}"))
                .header(header::ACCEPT, "text/html"),
        )
    };
    let response = ask(deps("2026-01-01T19:59:59Z", &[&no_jobs()]), page()).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(
        response.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .starts_with("default-src 'none'")
    );
    assert!(text(response).await.contains("No job yet"));
    let response = ask(deps("2026-01-01T20:00:00Z", &[]), page()).await;
    assert_eq!(response.headers()[header::LOCATION], "/sign-in");
}

#[tokio::test]
async fn another_sites_page_can_neither_sign_in_nor_change_anything() {
    let sign_in = |site: Option<&str>| {
        let request = Request::post("/sign-in").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = match site {
            Some(site) => request.header("sec-fetch-site", site),
            None => request,
        };
        request.body(Body::from(format!("token={TOKEN}"))).unwrap()
    };
    let cookie = session().await;
    for site in [None, Some("cross-site"), Some("same-site"), Some("none")] {
        assert_problem(
            ask(deps(NOW, &[]), sign_in(site)).await,
            StatusCode::FORBIDDEN,
            "forbidden",
        )
        .await;
        let mut request = Request::post(format!("/admin/jobs/{JOB}/retry")).header(header::COOKIE, &cookie);
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        assert_problem(
            ask(deps(NOW, &[]), bodiless(request)).await,
            StatusCode::FORBIDDEN,
            "forbidden",
        )
        .await;
    }
    let no_job = mock!(aws_sdk_dynamodb::Client::get_item).then_output(|| GetItemOutput::builder().build());
    let own = Request::post(format!("/admin/jobs/{JOB}/retry"))
        .header(header::COOKIE, &cookie)
        .header("sec-fetch-site", "same-origin");
    assert_problem(
        ask(deps(NOW, &[&no_job]), bodiless(own)).await,
        StatusCode::NOT_FOUND,
        "not_found",
    )
    .await;
    // A script has no session that another site could use.
    let script = bearer(Request::post(format!("/admin/jobs/{JOB}/retry")));
    assert_problem(
        ask(deps(NOW, &[&no_job]), bodiless(script)).await,
        StatusCode::NOT_FOUND,
        "not_found",
    )
    .await;
}

#[tokio::test]
async fn a_wrong_token_is_refused_on_the_page_itself() {
    let request = Request::post("/sign-in")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from("token=%3Cscript%3E"))
        .unwrap();
    let response = ask(deps(NOW, &[&tries(10)]), request).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(response.headers().get(header::SET_COOKIE).is_none());
    let page = text(response).await;
    assert!(
        page.contains("opens nothing here") && !page.contains("<script>"),
        "{page}"
    );
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let request = Request::post("/sign-out")
        .header(header::COOKIE, session().await)
        .header("sec-fetch-site", "same-origin");
    let response = ask(deps(NOW, &[]), bodiless(request)).await;
    assert!(
        response.headers()[header::SET_COOKIE]
            .to_str()
            .unwrap()
            .starts_with("session=; Path=/; Max-Age=0")
    );
}

#[tokio::test]
async fn the_inside_of_a_failure_stays_inside() {
    let failing = |code: &'static str| {
        mock!(aws_sdk_dynamodb::Client::query).then_error(move || {
            QueryError::generic(
                ErrorMetadata::builder()
                    .code(code)
                    .message("table jobs-1234 in account 42")
                    .build(),
            )
        })
    };
    for (code, status, told) in [
        (
            "ProvisionedThroughputExceededException",
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
        ),
        ("AccessDeniedException", StatusCode::INTERNAL_SERVER_ERROR, "internal"),
    ] {
        let response = ask(
            deps(NOW, &[&failing(code)]),
            bodiless(bearer(Request::get("/admin/jobs"))),
        )
        .await;
        assert_eq!(response.status(), status);
        let body = text(response).await;
        assert!(body.contains(told) && !body.contains("jobs-1234"), "{body}");
    }
}

/// A request as Lambda hands it over.
fn event(json: &str) -> Request<Body> {
    let (parts, body) = lambda_http::request::from_str(json).unwrap().into_parts();
    Request::from_parts(parts, Body::from(body.to_vec()))
}

#[tokio::test]
async fn the_events_of_the_function_url_are_answered() {
    let health = event(include_str!("../../../events/api-health.json"));
    assert_eq!(text(ask(deps(NOW, &[]), health).await).await, "ok");
    let jobs = event(include_str!("../../../events/api-jobs.json"));
    assert_eq!(ask(deps(NOW, &[&no_jobs()]), jobs).await.status(), StatusCode::OK);
    let no_supplier = mock!(aws_sdk_dynamodb::Client::get_item).then_output(|| GetItemOutput::builder().build());
    let upload = event(include_str!("../../../events/api-upload.json"));
    assert_problem(
        ask(deps(NOW, &[&no_supplier]), upload).await,
        StatusCode::NOT_FOUND,
        "not_found",
    )
    .await;
}

#[tokio::test]
async fn a_viewer_may_look_and_not_change() {
    let cookie = session_of(VIEWER_TOKEN).await;
    let page = Request::get("/").header(header::COOKIE, &cookie);
    let response = ask(deps(NOW, &[&no_jobs()]), bodiless(page)).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(text(response).await.contains("Viewer: may look, not change"));
    let with_session = Request::post(format!("/admin/jobs/{JOB}/retry"))
        .header(header::COOKIE, &cookie)
        .header("sec-fetch-site", "same-origin");
    let with_token =
        Request::put("/admin/suppliers/acme").header(header::AUTHORIZATION, format!("Bearer {VIEWER_TOKEN}"));
    for change in [with_session, with_token] {
        let response = ask(deps(NOW, &[]), bodiless(change)).await;
        assert_problem(response, StatusCode::FORBIDDEN, "forbidden").await;
    }
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_told_in_the_askers_language() {
    let page = Request::get("/nowhere").header(header::ACCEPT, "text/html");
    let response = ask(deps(NOW, &[]), bodiless(page)).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let page = text(response).await;
    assert!(
        page.starts_with("<!doctype html>") && page.contains("There is nothing at this address."),
        "{page}"
    );
    let script = bodiless(Request::get("/nowhere"));
    assert_problem(ask(deps(NOW, &[]), script).await, StatusCode::NOT_FOUND, "not_found").await;
}

#[tokio::test]
async fn who_tries_too_often_waits_even_with_the_right_token() {
    let request = Request::post("/sign-in")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(format!("token={TOKEN}")))
        .unwrap();
    let response = ask(deps(NOW, &[&tries(11)]), request).await;
    assert!(response.headers().get(header::SET_COOKIE).is_none());
    assert_problem(response, StatusCode::TOO_MANY_REQUESTS, "too_many_requests").await;
}
