//! The OpenAPI document and the router say the same, and the committed copy is the document.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests; what surrounds them counts as production code to the lints"
)]

mod support;

use std::{collections::HashSet, fs, path::Path};

use axum::http::{Method, Request, StatusCode, request::Builder};
use serde_json::Value;
use support::{NOW, ask, assert_problem, bearer, bodiless, deps, text};

const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH];

fn document() -> Value {
    serde_json::to_value(api::openapi()).unwrap()
}

/// Path, method and description of each operation.
fn operations(document: &Value) -> Vec<(&str, Method, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let mut operations = Vec::new();
    for (path, item) in paths {
        for method in METHODS {
            if let Some(operation) = item.get(method.as_str().to_lowercase()) {
                operations.push((path.as_str(), method, operation));
            }
        }
    }
    operations
}

/// A path of the kind.
fn example(path: &str) -> String {
    path.replace("{job_id}", support::JOB)
        .replace("{supplier_id}", "acme")
        .replace("{product_id}", "P-1")
        .replace("{item_key}", "sku:a")
        .replace("{page}", "1")
}

#[tokio::test]
async fn every_described_operation_is_served_and_no_other_method() {
    let document = document();
    let described: HashSet<_> = operations(&document)
        .into_iter()
        .map(|(path, method, _)| (path, method))
        .collect();
    assert!(described.len() > 30);
    for path in document["paths"].as_object().unwrap().keys() {
        for method in METHODS {
            let request = |request: Builder| bodiless(request.method(method.clone()).uri(example(path)));
            let is_described = described.contains(&(path.as_str(), method.clone()));
            if is_described {
                // Whoever has no token hears nothing of what is behind.
                let response = ask(deps(NOW, &[]), request(Request::builder())).await;
                assert_problem(response, StatusCode::UNAUTHORIZED, "unauthorized").await;
            } else {
                let response = ask(deps(NOW, &[]), request(bearer(Request::builder()))).await;
                assert!(response.headers().contains_key("allow"), "{method} {path}");
                assert_problem(response, StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed").await;
            }
        }
    }
}

/// `OpenApiRouter::route` would serve a path that nobody described.
#[test]
fn no_path_of_the_api_is_routed_without_a_description() {
    let mut directories = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
                continue;
            }
            let source: String = fs::read_to_string(&path).unwrap().split_whitespace().collect();
            assert!(
                !source.contains(".route(\"/admin"),
                "{}: use routes!(…)",
                path.display()
            );
        }
    }
}

#[test]
fn operations_say_what_they_are() {
    let document = document();
    let mut names = HashSet::new();
    for (path, method, operation) in operations(&document) {
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name), "{name} is there twice");
        assert!(operation["summary"].is_string(), "{name} has no summary");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{name}: {parameter}");
        }
        let answers = operation["responses"].as_object().unwrap();
        for status in ["401", "429", "500", "503"] {
            assert!(answers.contains_key(status), "{name} lacks {status}");
        }
        assert_eq!(answers.contains_key("403"), method != Method::GET, "{name}");
        let segments = path.matches('{').count();
        let declared = operation["parameters"].as_array().into_iter().flatten();
        assert_eq!(declared.filter(|it| it["in"] == "path").count(), segments, "{name}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn check(document: &Value, value: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(reference)) = fields.get("$ref") {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{reference}");
                }
                fields.values().for_each(|value| check(document, value));
            }
            Value::Array(values) => values.iter().for_each(|value| check(document, value)),
            _ => {}
        }
    }
    let document = document();
    check(&document, &document);
}

#[test]
fn the_committed_document_is_fresh() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/openapi.json");
    let made = api::openapi().to_pretty_json().unwrap();
    assert!(
        fs::read_to_string(committed).unwrap().trim_end() == made,
        "infra/openapi.json is not what the code describes: run `cargo xtask types` and commit what it makes"
    );
}

#[tokio::test]
async fn the_document_is_served() {
    let response = ask(deps(NOW, &[]), bodiless(bearer(Request::get("/admin/openapi.json")))).await;
    assert_eq!(response.headers()["content-type"], "application/json");
    let served: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(served["openapi"], "3.1.0");
    assert_eq!(served, document());
}
