//! Files that other programs have read here.

use analyze::handle;
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use domain::{AnalysisState, AnalysisStatus, JobId, ListItem};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::json;
use source_server::{Server, reply};

use crate::aws::{Aws, LIST, now};

/// Has the file at `file_url` read; answers the status and how many messages went back to the queue.
async fn read(aws: &Aws, job_id: JobId, file_url: &str) -> (AnalysisStatus, usize) {
    let body =
        json!({"read_file": job_id, "request": {"file_url": file_url, "supplier_id": "theirs", "file_type": "csv"}});
    let mut message = SqsMessage::default();
    message.message_id = Some("m-1".to_owned());
    message.body = Some(body.to_string());
    let mut event = SqsEvent::default();
    event.records = vec![message];
    let response = handle(&aws.deps, LambdaEvent::new(event, Context::default()))
        .await
        .unwrap();
    let status = aws.deps.files.analyses().status(job_id).await.unwrap().unwrap();
    (status, response.batch_item_failures.len())
}

async fn taken_on(aws: &Aws) -> JobId {
    let job_id = JobId::new(now());
    let pending = AnalysisStatus::pending(job_id.to_string());
    aws.deps.files.analyses().put_status(job_id, &pending).await.unwrap();
    job_id
}

#[tokio::test]
async fn a_callers_file_is_read_into_lines_of_items_and_a_report() {
    let site = Server::start(|_, _| reply("200 OK", &[], LIST)).await;
    let aws = Aws::new().await;
    let job_id = taken_on(&aws).await;
    let (status, failures) = read(&aws, job_id, &site.url("/list.csv?signature=s3cret")).await;
    assert_eq!(
        (status.status, status.items_total, failures),
        (AnalysisState::Completed, 2, 0)
    );
    assert_eq!(
        status.items_url, None,
        "the api signs addresses when they are asked for"
    );
    let lines = aws.object(&format!("analyses/{job_id}/items.jsonl")).unwrap();
    let items: Vec<ListItem> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((items.len(), items[1].sku.as_deref()), (2, Some("N-1")));
    let report = aws.object(&format!("analyses/{job_id}/report.json")).unwrap();
    assert!(report.contains("\"sheets\"") && !report.contains("s3cret"), "{report}");
    // Delivered again, it is done with.
    read(&aws, job_id, &site.url("/list.csv")).await;
    assert_eq!(site.connections(), 1);
}

#[tokio::test]
async fn what_cannot_be_fetched_or_read_fails_with_a_sentence() {
    let site = Server::start(|_, request| match request.target.as_str() {
        "/page" => reply("200 OK", &[], b"<html><body>Nothing here</body></html>"),
        _ => reply("404 Not Found", &[], b""),
    })
    .await;
    let aws = Aws::new().await;
    for (file_url, told) in [
        (site.url("/gone?signature=s3cret"), "there is no file at"),
        (site.url("/page"), "web page without a table"),
        ("http://10.0.0.1/list.csv".to_owned(), "is refused"),
        ("nonsense".to_owned(), "not a web address"),
    ] {
        let job_id = taken_on(&aws).await;
        let (status, failures) = read(&aws, job_id, &file_url).await;
        assert_eq!((status.status, failures), (AnalysisState::Failed, 0), "{file_url}");
        let said = status.first_error().unwrap().to_lowercase();
        assert!(said.contains(told) && !said.contains("s3cret"), "{said}");
    }
}
