//! The learned threshold and its page, with mocked stores.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests; what surrounds them counts as production code to the lints"
)]

mod support;

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_s3::{
    error::ErrorMetadata,
    operation::{
        delete_object::DeleteObjectOutput,
        get_object::{GetObjectError, GetObjectOutput},
        put_object::{PutObjectError, PutObjectOutput},
    },
    primitives::ByteStream,
    types::error::NoSuchKey,
};
use axum::http::{Request, StatusCode, header};
use domain::{Answer, Answered, Candidate, Decision, ItemDecision, ItemText, Match};
use matching::{Calibration, Evidence, MatchOptions, Outcome};
use mocked_aws::{Rule, mock};
use serde_json::{Value, json};
use support::{NOW, VIEWER_TOKEN, ask, assert_problem, bearer, bodiless, deps_with_files, session, session_of, text};

/// Decisions on items that matching had asked about with a score of 0.7, so many of them wrong.
fn decisions(count: usize, wrong: usize) -> Rule {
    let decision = |number: usize| {
        let candidate = Candidate {
            product_id: "P-1".parse().unwrap(),
            probability: 0.75,
        };
        let found = Match {
            decision: Decision::Review,
            product_id: None,
            probability: 0.75,
            accept_score: 0.7,
            barred: false,
            candidates: vec![candidate],
            reasons: Vec::new(),
        };
        let ruling = match number < wrong {
            true => Answer::New,
            false => Answer::ProductId("P-1".parse().unwrap()),
        };
        let answered = Answered {
            ruling,
            decided_by: "Admin token".into(),
            decided_at: NOW.parse().unwrap(),
        };
        let key = format!("sku:{number}");
        ItemDecision::first("acme".parse().unwrap(), key, ItemText::default(), found, answered)
    };
    let records: Vec<_> = (0..count)
        .map(|number| serde_dynamo::aws_sdk_dynamodb_1::to_item(decision(number)).unwrap())
        .collect();
    // One partition has them all.
    mock!(aws_sdk_dynamodb::Client::query)
        .match_requests(|input| input.index_name() != Some("listed"))
        .then_compute_output(move |input| {
            let values = input.expression_attribute_values().unwrap();
            let is_first = values[":shard"].as_s().unwrap().ends_with("#00");
            let items = if is_first { records.clone() } else { Vec::new() };
            QueryOutput::builder().set_items(Some(items)).build()
        })
}

fn one_supplier() -> Rule {
    mock!(aws_sdk_dynamodb::Client::query)
        .match_requests(|input| input.index_name() == Some("listed"))
        .then_output(|| {
            let supplier = json!({
                "supplier_id": "acme",
                "name": "Acme",
                "source": {"kind": "upload"},
                "created_at": "2025-12-01T08:00:00Z",
                "updated_at": "2025-12-01T08:00:00Z",
            });
            QueryOutput::builder()
                .items(serde_dynamo::aws_sdk_dynamodb_1::to_item(&supplier).unwrap())
                .build()
        })
}

const ETAG: &str = "\"5d41402abc4b2a76b9719d911017c592\"";

/// A bucket with this history, or none.
fn history(json: Option<Value>) -> Rule {
    match json {
        None => {
            mock!(aws_sdk_s3::Client::get_object).then_error(|| GetObjectError::NoSuchKey(NoSuchKey::builder().build()))
        }
        Some(json) => mock!(aws_sdk_s3::Client::get_object).then_output(move || {
            let bytes = json.to_string().into_bytes();
            GetObjectOutput::builder()
                .content_length(i64::try_from(bytes.len()).unwrap())
                .e_tag(ETAG)
                .body(ByteStream::from(bytes))
                .build()
        }),
    }
}

/// The keys and texts that are written and removed.
type Written = Arc<Mutex<Vec<(String, Value)>>>;

fn writes(written: &Written) -> [Rule; 2] {
    let (put, removed) = (Arc::clone(written), Arc::clone(written));
    [
        mock!(aws_sdk_s3::Client::put_object).then_compute_output(move |input| {
            let json = serde_json::from_slice(input.body().bytes().unwrap()).unwrap();
            put.lock().unwrap().push((input.key().unwrap().to_owned(), json));
            PutObjectOutput::builder().build()
        }),
        mock!(aws_sdk_s3::Client::delete_object).then_compute_output(move |input| {
            let entry = (input.key().unwrap().to_owned(), Value::Null);
            removed.lock().unwrap().push(entry);
            DeleteObjectOutput::builder().build()
        }),
    ]
}

/// Version 1, in force, learned from 400 right decisions.
fn one_version() -> Value {
    let outcome = Outcome {
        accept_score: 0.7,
        right: true,
        accepted: false,
    };
    let evidence = Evidence {
        outcomes: vec![outcome; 400],
        ..Evidence::default()
    };
    let calibration = Calibration::learn(&evidence, &MatchOptions::default()).unwrap();
    json!({
        "in_force": 1,
        "versions": [{"number": 1, "learned_at": "2025-12-30T08:00:00Z", "learned_by": "ada@buyer.example", "calibration": calibration}],
        "changes": [{"at": "2025-12-30T08:00:00Z", "by": "ada@buyer.example", "to": 1}],
    })
}

/// A bucket that holds what was written last, and before that this history, or none.
fn stored(first: Option<Value>, written: &Written) -> [Rule; 2] {
    let is_history = |entry: &&(String, Value)| entry.0 == "catalogue/calibrations.json";
    let (before, after) = (Arc::clone(written), Arc::clone(written));
    let output = |json: &Value| {
        let bytes = json.to_string().into_bytes();
        GetObjectOutput::builder()
            .e_tag(ETAG)
            .body(ByteStream::from(bytes))
            .build()
    };
    let missing = first.is_none();
    [
        mock!(aws_sdk_s3::Client::get_object)
            .match_requests(move |_| missing && before.lock().unwrap().is_empty())
            .then_error(|| GetObjectError::NoSuchKey(NoSuchKey::builder().build())),
        mock!(aws_sdk_s3::Client::get_object).then_compute_output(move |_| {
            let written = after.lock().unwrap();
            let last = written.iter().rev().find(is_history).map(|(_, json)| json);
            output(last.or(first.as_ref()).unwrap())
        }),
    ]
}

async fn post(path: &str, dynamodb: &[&Rule], s3: &[&Rule]) -> (StatusCode, Value) {
    let response = ask(
        deps_with_files(NOW, dynamodb, s3),
        bodiless(bearer(Request::post(path))),
    )
    .await;
    let status = response.status();
    (status, serde_json::from_str(&text(response).await).unwrap())
}

#[tokio::test]
async fn before_anything_was_learned_the_built_in_threshold_holds() {
    let deps = deps_with_files(NOW, &[], &[&history(None)]);
    let response = ask(deps, bodiless(bearer(Request::get("/admin/calibration")))).await;
    let holds: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(
        (
            &holds["accept"],
            &holds["built_in"],
            &holds["in_force"],
            &holds["versions"]
        ),
        (&json!(0.8), &json!(0.8), &Value::Null, &json!([]))
    );
}

#[tokio::test]
async fn what_is_learned_is_kept_with_who_and_when_and_put_in_force() {
    let written = Written::default();
    let [put, removed] = writes(&written);
    let dynamodb = [&one_supplier(), &decisions(400, 0)];
    let [none, last] = stored(None, &written);
    let (status, holds) = post("/admin/calibration", &dynamodb, &[&none, &last, &put, &removed]).await;
    assert_eq!(status, StatusCode::CREATED, "{holds:#}");
    // The lowest threshold that the decisions show: below it nobody decided.
    assert_eq!((&holds["in_force"], &holds["accept"]), (&json!(1), &json!(0.7)));
    let version = &holds["versions"][0];
    assert_eq!(
        (&version["learned_by"], &version["learned_at"]),
        (&json!("Admin token"), &json!(NOW))
    );
    assert_eq!(version["calibration"]["outcomes"], 400);
    assert_eq!(holds["changes"], json!([{"at": NOW, "by": "Admin token", "to": 1}]));

    let written = written.lock().unwrap();
    let keys: Vec<&str> = written.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["catalogue/calibrations.json", "catalogue/calibration.json"]);
    let in_force = Calibration::parse(&written[1].1.to_string()).unwrap();
    assert_eq!(json!(in_force), version["calibration"]);
}

#[tokio::test]
async fn too_few_decisions_and_those_that_show_nothing_else_change_nothing() {
    let files = [&history(None)];
    let (status, problem) = post("/admin/calibration", &[&one_supplier(), &decisions(100, 0)], &files).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("too_few_decisions"))
    );
    let (status, problem) = post("/admin/calibration", &[&one_supplier(), &decisions(400, 90)], &files).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("threshold_stays"))
    );
}

#[tokio::test]
async fn the_built_in_threshold_and_an_earlier_version_come_back() {
    let written = Written::default();
    let [put, removed] = writes(&written);
    let [none, last] = stored(Some(one_version()), &written);
    let files = [&none, &last, &put, &removed];
    let (status, holds) = post("/admin/calibration/built-in/use", &[], &files).await;
    assert_eq!(
        (status, &holds["in_force"], &holds["accept"]),
        (StatusCode::OK, &Value::Null, &json!(0.8))
    );
    assert_eq!(holds["changes"][1], json!({"at": NOW, "by": "Admin token", "to": null}));
    let last = written.lock().unwrap().last().cloned().unwrap();
    assert_eq!(
        last,
        ("catalogue/calibration.json".to_owned(), Value::Null),
        "it is removed"
    );

    let (status, holds) = post("/admin/calibration/versions/1/use", &[], &files).await;
    assert_eq!((status, &holds["in_force"]), (StatusCode::OK, &json!(1)));
    let (status, problem) = post("/admin/calibration/versions/7/use", &[], &files).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("not_found")));
}

/// What a write of the history is bound to: the version that was read (`If-Match`), or that there is none (`If-None-Match`).
type Condition = (Option<String>, Option<String>);

#[tokio::test]
async fn of_two_admins_at_once_the_second_is_told() {
    let conditions: Arc<Mutex<Vec<Condition>>> = Arc::default();
    let seen = Arc::clone(&conditions);
    let refused = mock!(aws_sdk_s3::Client::put_object)
        .match_requests(move |input| {
            let text = |value: Option<&str>| value.map(str::to_owned);
            seen.lock()
                .unwrap()
                .push((text(input.if_match()), text(input.if_none_match())));
            true
        })
        .then_error(|| {
            let meta = ErrorMetadata::builder().code("PreconditionFailed").build();
            PutObjectError::generic(meta)
        });
    let (status, problem) = post(
        "/admin/calibration/built-in/use",
        &[],
        &[&history(Some(one_version())), &refused],
    )
    .await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("changed_meanwhile"))
    );
    let (status, problem) = post(
        "/admin/calibration",
        &[&one_supplier(), &decisions(400, 0)],
        &[&history(None), &refused],
    )
    .await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("changed_meanwhile"))
    );
    let conditions = conditions.lock().unwrap();
    assert!(conditions.contains(&(Some(ETAG.to_owned()), None)), "{conditions:?}");
    assert!(conditions.contains(&(None, Some("*".to_owned()))), "{conditions:?}");
}

#[tokio::test]
async fn viewers_look_and_do_not_learn() {
    let request = Request::post("/admin/calibration").header(header::AUTHORIZATION, format!("Bearer {VIEWER_TOKEN}"));
    let response = ask(deps_with_files(NOW, &[], &[]), bodiless(request)).await;
    assert_problem(response, StatusCode::FORBIDDEN, "forbidden").await;
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
async fn the_page_shows_what_holds_and_how_to_take_it_back() {
    let files = [&history(Some(one_version()))];
    let page = page_of("/matching", &session().await, &[], &files).await;
    for told in [
        "Version 1",
        "ada@buyer.example",
        "from 400 decisions",
        "/admin/calibration/built-in/use",
        "In force",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let viewers = page_of("/matching", &session_of(VIEWER_TOKEN).await, &[], &files).await;
    assert!(!viewers.contains("hx-post"), "{viewers}");
}

#[tokio::test]
async fn the_page_shows_what_decisions_say() {
    let files = [&history(None)];
    let dynamodb = [&one_supplier(), &decisions(400, 90)];
    let part = page_of("/matching/evidence", &session().await, &dynamodb, &files).await;
    // Said 70 %, right 310 of 400.
    for told in ["70.0 %", "77.5 %", "cy=\"45.0\"", "leave the threshold as it is"] {
        assert!(part.contains(told), "{told}: {part}");
    }
    let few = page_of(
        "/matching/evidence",
        &session().await,
        &[&one_supplier(), &decisions(3, 0)],
        &files,
    )
    .await;
    assert!(few.contains("3 decisions count so far") && few.contains("299"), "{few}");
}
