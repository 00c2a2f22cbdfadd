//! An ml-analyze service's calls, against a stand-in for it that also misbehaves.

use std::time::Duration;

use domain::{AnalysisFileType, AnalysisRequest, AnalysisState};
use serde_json::{Value, json};
use sources::{Auth, FetchPolicy, HttpFetcher, MlAnalyze, MlAnalyzeError};

use crate::{
    policy,
    server::{Act, Request, Server, reply},
};

const TIME: Duration = Duration::from_secs(5);
const JSON: &[(&str, &str)] = &[("Content-Type", "application/json")];

fn service(server: &Server) -> MlAnalyze {
    MlAnalyze::new(HttpFetcher::new(policy()).unwrap(), &server.url("/ml/")).unwrap()
}

fn request() -> AnalysisRequest {
    AnalysisRequest {
        file_url: "https://files.example/list.pdf?signature=s3cret".to_owned(),
        supplier_id: "acme".parse().unwrap(),
        file_type: AnalysisFileType::Pdf,
    }
}

fn token() -> Auth {
    serde_json::from_str(r#"{"kind": "bearer", "token": "t0ken"}"#).unwrap()
}

fn says(status: &Value) -> Vec<Act> {
    reply("200 OK", JSON, status.to_string().as_bytes())
}

/// A service that answers everything with `answer`.
async fn answering(answer: Vec<Act>) -> Server {
    Server::start(move |_, _: &Request| answer.clone()).await
}

async fn status_of(answer: Vec<Act>) -> MlAnalyzeError {
    let server = answering(answer).await;
    let error = service(&server).status("a-1", None, TIME).await.unwrap_err();
    assert!(
        error.to_string().len() < 500 && !error.to_string().contains("s3cret"),
        "{error}"
    );
    error
}

async fn items_of(answer: Vec<Act>) -> Result<usize, String> {
    let server = answering(answer).await;
    let items = service(&server)
        .items(&server.url("/items?signature=s3cret"), TIME)
        .await;
    items.map(|items| items.len()).map_err(|error| {
        assert!(
            error.to_string().len() < 500 && !error.to_string().contains("s3cret"),
            "{error}"
        );
        error.code().to_owned()
    })
}

#[tokio::test]
async fn a_file_is_asked_for_followed_and_its_items_come() {
    let server = Server::start(|number, _| match number {
        0 => reply("200 OK", &[], b"ok"),
        1 => reply(
            "202 Accepted",
            JSON,
            json!({"job_id": "a-1", "status": "pending"}).to_string().as_bytes(),
        ),
        2 => says(&json!({"job_id": "a-1", "status": "completed", "items_url": "x", "items_total": 2})),
        _ => reply(
            "200 OK",
            &[],
            b"{\"position\": {\"row\": 2}, \"sku\": \"A\"}\n\n{\"position\": {\"row\": 3}, \"price\": \"9.50\"}",
        ),
    })
    .await;
    let service = service(&server);
    service.check_health(TIME).await.unwrap();
    let started = service.start(&request(), Some(&token()), TIME).await.unwrap();
    assert_eq!(
        (started.job_id.as_str(), started.status),
        ("a-1", AnalysisState::Pending)
    );
    let status = service.status("a-1", Some(&token()), TIME).await.unwrap();
    assert_eq!(
        (status.status, status.items_url.as_deref()),
        (AnalysisState::Completed, Some("x"))
    );
    let items = service.items(&server.url("/items"), TIME).await.unwrap();
    assert_eq!(
        (items.len(), items[0].sku.as_deref(), items[1].position.row),
        (2, Some("A"), 3)
    );
    let requests = server.requests();
    let asked: Vec<_> = requests
        .iter()
        .map(|request| (request.target.as_str(), request.header("authorization")))
        .collect();
    let bearer = Some("Bearer t0ken");
    assert_eq!(
        asked,
        [
            ("/ml/health", None),
            ("/ml/analyze/file", bearer),
            ("/ml/analyze/status/a-1", bearer),
            ("/items", None)
        ]
    );
    let sent: Value = serde_json::from_slice(&requests[1].body).unwrap();
    let expected = json!({"file_url": request().file_url, "supplier_id": "acme", "file_type": "pdf"});
    assert_eq!(
        (sent, requests[1].header("content-type")),
        (expected, Some("application/json"))
    );
}

#[tokio::test]
async fn a_service_that_is_down_is_tried_three_times() {
    let server = answering(reply("503 Service Unavailable", &[], b"")).await;
    let error = service(&server).check_health(TIME).await.unwrap_err();
    assert_eq!(
        (error.code(), error.is_transient(), server.connections()),
        ("remote_unavailable", true, 3)
    );
    assert!(error.to_string().ends_with("it fails (HTTP 503)"), "{error}");
    let address = server.url("");
    drop(server);
    let gone = MlAnalyze::new(HttpFetcher::new(policy()).unwrap(), &address).unwrap();
    let error = gone.check_health(TIME).await.unwrap_err();
    assert!(
        error.is_transient() && error.to_string().ends_with("nobody answers there"),
        "{error}"
    );
}

#[tokio::test]
async fn a_service_at_an_address_that_is_not_listed_is_not_asked() {
    let fetcher = HttpFetcher::new(FetchPolicy::default()).unwrap();
    for address in [
        "http://127.0.0.1:9/",
        "http://169.254.169.254/latest",
        "http://localhost:9",
    ] {
        let error = MlAnalyze::new(fetcher.clone(), address)
            .unwrap()
            .check_health(TIME)
            .await
            .unwrap_err();
        assert!(
            !error.is_transient() && error.to_string().contains("AllowedSourceCidrs"),
            "{error}"
        );
    }
    let server = answering(reply("302 Found", &[("Location", "http://10.0.0.1/items")], b"")).await;
    let error = service(&server).items(&server.url("/items"), TIME).await.unwrap_err();
    assert!(error.to_string().contains("refused address"), "{error}");
}

#[tokio::test]
async fn hostile_answers_are_bounded_and_have_their_class() {
    let answers = [
        (reply("200 OK", JSON, &vec![b' '; 1 << 20]), "remote_unreadable"),
        (reply("200 OK", &[], b"<html>s3cret</html>"), "remote_unreadable"),
        (says(&json!({"job_id": "a-1", "status": "done"})), "remote_unreadable"),
        (
            says(&json!({"job_id": "../../admin", "status": "pending"})),
            "remote_unreadable",
        ),
        (
            says(&json!({"job_id": "x".repeat(129), "status": "pending"})),
            "remote_unreadable",
        ),
        (
            says(&json!({"job_id": "a", "status": "pending", "items_total": -1})),
            "remote_unreadable",
        ),
        (reply("302 Found", &[("Location", "/s3cret")], b""), "remote_refused"),
        (reply("401 Unauthorized", &[], b"s3cret"), "remote_refused"),
        (reply("404 Not Found", &[], b""), "remote_forgotten"),
        (reply("500 Internal Server Error", &[], b""), "remote_unavailable"),
        (vec![Act::Pause(Duration::from_secs(2))], "remote_unavailable"),
        (vec![Act::Reset], "remote_unavailable"),
    ];
    for (answer, code) in answers {
        let error = status_of(answer).await;
        assert_eq!(error.code(), code, "{error}");
    }
    let server = answering(reply("200 OK", &[], b"")).await;
    let error = service(&server).status("a/../b", None, TIME).await.unwrap_err();
    assert_eq!((error.code(), server.connections()), ("remote_unreadable", 0));
}

#[tokio::test]
async fn hostile_items_are_bounded_and_have_their_class() {
    let line = |text: &str| reply("200 OK", &[], text.as_bytes());
    let item = "{\"position\": {\"row\": 2}}";
    assert_eq!(items_of(line("")).await, Ok(0));
    assert_eq!(items_of(line(&format!("{item}\n{item}\n"))).await, Ok(2));
    let long = format!("{{\"position\": {{\"row\": 2}}, \"name\": \"{}\"}}", "n".repeat(70_000));
    for unreadable in [
        long.as_str(),
        "[]",
        "{\"position\": 2}",
        "<html>",
        "{\"position\": {\"row\": 2}, \"price\": \"x\"}",
    ] {
        assert_eq!(items_of(line(unreadable)).await, Err("remote_unreadable".to_owned()));
    }
    // Over the fetcher's limit of a mebibyte.
    assert_eq!(
        items_of(line(&format!("{item}\n").repeat(50_000))).await,
        Err("remote_unavailable".to_owned())
    );
    assert_eq!(
        items_of(reply("403 Forbidden", &[], b"")).await,
        Err("remote_unavailable".to_owned())
    );
    let server = answering(line("")).await;
    let error = service(&server).items("file:///etc/passwd", TIME).await.unwrap_err();
    assert_eq!((error.code(), server.connections()), ("remote_unavailable", 0));
}
