//! Lists that an ml-analyze service is asked to read: from one invocation to the next, and every way in which none comes.

use std::time::Duration;

use analyze::{Analysis, Pace, Remote};
use domain::{Job, Phase, RemoteFallback, RemoteUse};
use jiff::SignedDuration;
use serde_json::{Value, json};
use source_server::{Act, Server, reply};
use sources::{HttpFetcher, MlAnalyze};

use crate::aws::{Aws, LIST, now, policy};

fn pace() -> Pace {
    Pace {
        look_every: Duration::from_millis(10),
        call: Duration::from_secs(2),
        items: Duration::from_secs(2),
        per_invocation: Duration::from_millis(60),
        patience: SignedDuration::from_mins(30),
    }
}

async fn aws_with(service: &str, fallback: RemoteFallback) -> Aws {
    let mut aws = Aws::new().await;
    let service = MlAnalyze::new(HttpFetcher::new(policy()).unwrap(), service).unwrap();
    aws.deps.remote = Some(Remote::new(service, None, fallback, pace()));
    aws
}

fn says(status: &Value) -> Vec<Act> {
    reply("200 OK", &[], status.to_string().as_bytes())
}

/// A service that takes a file on as `a-1` and then says `status` of it.
async fn service_that_says(status: Value) -> Server {
    Server::start(move |_, request| match request.target.as_str() {
        "/health" => reply("200 OK", &[], b""),
        "/analyze/file" => says(&json!({"job_id": "a-1", "status": "pending"})),
        "/analyze/status/a-1" => says(&status),
        _ => reply("404 Not Found", &[], b""),
    })
    .await
}

fn asked(server: &Server, target: &str) -> usize {
    server
        .requests()
        .iter()
        .filter(|request| request.target == target)
        .count()
}

/// The job after its list was asked for with nothing to fall back to.
async fn failed(server: &Server) -> Job {
    let aws = aws_with(&server.url(""), RemoteFallback::Off).await;
    let job = aws.upload(LIST, LIST).await;
    let (analysis, job) = aws.analyze(&job).await;
    assert_eq!((analysis.unwrap(), job.phase), (Analysis::Failed, Phase::Failed));
    job
}

fn told(job: &Job) -> (&str, &str) {
    let error = job.error.as_ref().unwrap();
    assert!(job.can_retry());
    (&error.code, &error.message)
}

#[tokio::test]
async fn a_service_that_needs_longer_than_an_invocation_is_followed_by_the_next_and_asked_once() {
    let server =
        service_that_says(json!({"job_id": "a-1", "status": "processing", "items_processed": 3, "items_total": 12}))
            .await;
    let aws = aws_with(&server.url(""), RemoteFallback::Off).await;
    let mut job = aws.upload(LIST, LIST).await;
    for invocation in 1..=3 {
        let (analysis, after) = aws.analyze(&job).await;
        assert_eq!(analysis.unwrap(), Analysis::Waiting);
        job = after;
        let remote = job.remote.as_ref().unwrap();
        assert_eq!(
            (remote.state, remote.remote_job_id.as_deref(), remote.asked),
            (RemoteUse::Asked, Some("a-1"), 1)
        );
        assert_eq!(
            (job.phase, job.lease_until, job.path.to_string().as_str()),
            (Phase::Analyzing, None, "remote")
        );
        let message: Value = serde_json::from_str(aws.sent().last().unwrap()).unwrap();
        assert_eq!(
            message,
            json!({"raw_key": job.raw_key().unwrap().to_string(), "attempt": 0})
        );
        assert_eq!((aws.sent().len(), asked(&server, "/analyze/file")), (invocation, 1));
    }
    assert!(asked(&server, "/analyze/status/a-1") >= 3);
    let requests = server.requests();
    let posted = requests
        .iter()
        .find(|request| request.target == "/analyze/file")
        .unwrap();
    let posted: Value = serde_json::from_slice(&posted.body).unwrap();
    assert_eq!(
        (&posted["supplier_id"], &posted["file_type"]),
        (&json!("acme"), &json!("csv"))
    );
    let url = posted["file_url"].as_str().unwrap();
    assert!(url.contains("/raw/acme/") && url.contains("X-Amz-Signature="), "{url}");
}

#[tokio::test]
async fn a_service_that_forgets_is_asked_three_times_at_most() {
    let server = Server::start(|_, request| match request.target.as_str() {
        "/health" => reply("200 OK", &[], b""),
        "/analyze/file" => says(&json!({"job_id": "a-1", "status": "pending"})),
        _ => reply("404 Not Found", &[], b""),
    })
    .await;
    let job = failed(&server).await;
    assert_eq!(told(&job).0, "remote_forgotten");
    assert_eq!(asked(&server, "/analyze/file"), 3);
}

#[tokio::test]
async fn without_a_fallback_the_job_fails_with_what_the_service_lacks() {
    let server = Server::start(|_, _| reply("503 Service Unavailable", &[], b"")).await;
    let job = failed(&server).await;
    let (code, message) = told(&job);
    assert_eq!(code, "remote_unavailable");
    assert!(
        message.starts_with("The ml-analyze service http://127.0.0.1") && message.contains("HTTP 503"),
        "{message}"
    );
    assert_eq!(server.connections(), 3, "three tries");

    let server = service_that_says(json!({"job_id": "a-1", "status": "failed", "errors": ["no table\nfound"]})).await;
    let job = failed(&server).await;
    let (code, message) = told(&job);
    assert!(
        code == "remote_failed" && message.contains("could not read the file: no table found"),
        "{message}"
    );
    assert!(job.error.unwrap().about_file, "a retry fetches the file anew");

    let lying = service_that_says(json!({"job_id": "a-1", "status": "completed", "items_total": 12})).await;
    assert_eq!(told(&failed(&lying).await).0, "remote_unreadable");
    let items_url = lying.url("/nowhere");
    let gone = service_that_says(json!({"job_id": "a-1", "status": "completed", "items_url": items_url})).await;
    assert_eq!(told(&failed(&gone).await).0, "remote_unavailable");
    let private = json!({"job_id": "a-1", "status": "completed", "items_url": "http://10.0.0.1/items"});
    let message = told(&failed(&service_that_says(private).await).await).1.to_owned();
    assert!(message.contains("refused address"), "{message}");
}

#[tokio::test]
async fn a_supplier_without_fixed_columns_has_no_legacy_way_to_fall_back_to() {
    let server = Server::start(|_, _| vec![Act::Reset]).await;
    let aws = aws_with(&server.url(""), RemoteFallback::Legacy).await;
    let job = aws.upload(LIST, LIST).await;
    let (_, job) = aws.analyze(&job).await;
    assert_eq!(told(&job).0, "remote_unavailable");
}

#[tokio::test]
async fn a_service_that_is_never_done_is_given_up() {
    let server = service_that_says(json!({"job_id": "a-1", "status": "processing"})).await;
    let aws = aws_with(&server.url(""), RemoteFallback::Off).await;
    let job = aws.upload(LIST, LIST).await;
    let (_, mut job) = aws.analyze(&job).await;
    let mut remote = job.remote.clone().unwrap();
    remote.asked_at = now() - Duration::from_secs(31 * 60);
    job.remote = Some(remote);
    aws.deps.jobs.create(&job).await.unwrap();
    let (analysis, job) = aws.analyze(&job).await;
    assert_eq!(analysis.unwrap(), Analysis::Failed);
    let (code, message) = told(&job);
    assert!(code == "remote_timed_out" && message.contains("30 min"), "{message}");
    let again = job.retry(now()).unwrap();
    assert_eq!(again.remote, None, "a retry asks anew");
}
