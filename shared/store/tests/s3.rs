//! What is asked of S3, and in which order.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests; what surrounds them counts as production code to the lints"
)]

use std::sync::{Arc, Mutex};

use aws_sdk_s3::{
    Client,
    operation::{
        complete_multipart_upload::CompleteMultipartUploadOutput,
        create_multipart_upload::CreateMultipartUploadOutput,
        get_object::{GetObjectError, GetObjectOutput},
        put_object::PutObjectOutput,
        upload_part::UploadPartOutput,
    },
    primitives::ByteStream,
    types::error::NoSuchKey,
};
use domain::{Container, FileFacts, Md5, Origin, RawKey, Sidecar};
use mocked_aws::{RuleMode, mock, s3 as client};
use store::{Files, StoreError};

fn key() -> RawKey {
    "raw/acme/0190b5a8-0000-7000-8000-000000000001/list.csv"
        .parse()
        .unwrap()
}

fn sidecar(size: u64) -> Sidecar {
    let key = key();
    Sidecar {
        schema: Sidecar::SCHEMA,
        supplier_id: key.supplier_id,
        job_id: key.job_id,
        attempt: 1,
        origin: Origin::Http {
            url: "https://acme.example/list.csv".into(),
        },
        recorded_at: "2026-01-01T00:00:00Z".parse().unwrap(),
        file: FileFacts {
            name: key.file_name,
            size,
            md5: Md5::from([7; 16]),
        },
        content_type: Some("text/csv".into()),
        content_encoding: None,
        declared_kind: Some("csv".into()),
        sniffed_kind: Some(Container::Text),
        etag: None,
        last_modified: None,
    }
}

fn files(client: &Client) -> Files {
    Files::new(client.clone(), client.clone(), "bucket")
}

type Calls = Arc<Mutex<Vec<String>>>;

fn note(calls: &Calls, call: impl Into<String>) {
    calls.lock().unwrap().push(call.into());
}

#[tokio::test]
async fn the_sidecar_of_a_small_file_is_written_before_the_file() {
    let calls = Calls::default();
    let seen = Arc::clone(&calls);
    let put = mock!(Client::put_object).then_compute_output(move |request| {
        let attempt = request
            .metadata()
            .and_then(|metadata| metadata.get("attempt").cloned())
            .unwrap_or_default();
        note(
            &seen,
            format!(
                "{} attempt={attempt} md5={:?}",
                request.key().unwrap(),
                request.content_md5()
            ),
        );
        PutObjectOutput::builder().build()
    });
    let client = client(RuleMode::MatchAny, &[&put]);
    let files = files(&client);
    let mut writer = files.raw_writer(key(), 1);
    writer.write(b"sku;price\n").await.unwrap();
    writer.finish(&sidecar(10)).await.unwrap();
    assert_eq!(
        *calls.lock().unwrap(),
        [
            "meta/acme/0190b5a8-0000-7000-8000-000000000001/list.csv.json attempt= md5=None",
            "raw/acme/0190b5a8-0000-7000-8000-000000000001/list.csv attempt=1 md5=Some(\"BwcHBwcHBwcHBwcHBwcHBw==\")",
        ]
    );
}

#[tokio::test]
async fn a_large_file_goes_in_parts_and_becomes_visible_last() {
    let calls = Calls::default();
    let seen = [(); 4].map(|()| Arc::clone(&calls));
    let [created, sent, put, completed] = seen;
    let create = mock!(Client::create_multipart_upload).then_compute_output(move |request| {
        note(
            &created,
            format!("create attempt={}", request.metadata().unwrap()["attempt"]),
        );
        CreateMultipartUploadOutput::builder().upload_id("u").build()
    });
    let part = mock!(Client::upload_part).then_compute_output(move |request| {
        let size = request.body().bytes().unwrap().len();
        note(&sent, format!("part {} of {size}", request.part_number().unwrap()));
        UploadPartOutput::builder()
            .e_tag(format!("e{}", request.part_number().unwrap()))
            .build()
    });
    let put = mock!(Client::put_object).then_compute_output(move |request| {
        note(
            &put,
            format!("put {}", request.key().unwrap().split('/').next().unwrap()),
        );
        PutObjectOutput::builder().build()
    });
    let complete = mock!(Client::complete_multipart_upload).then_compute_output(move |request| {
        let parts = request.multipart_upload().unwrap().parts().len();
        note(&completed, format!("complete {parts}"));
        CompleteMultipartUploadOutput::builder().build()
    });
    let client = client(RuleMode::MatchAny, &[&create, &part, &put, &complete]);
    let files = files(&client);
    let mut writer = files.raw_writer(key(), 0);
    for _ in 0..9 {
        writer.write(&vec![b'x'; 2 << 20]).await.unwrap();
    }
    writer.finish(&sidecar(18 << 20)).await.unwrap();
    assert_eq!(
        *calls.lock().unwrap(),
        [
            "create attempt=0",
            "part 1 of 8388608",
            "part 2 of 8388608",
            "part 3 of 2097152",
            "put meta",
            "complete 3"
        ]
    );
}

#[tokio::test]
async fn a_file_is_read_with_its_md5_and_attempt_up_to_the_limit() {
    let get = mock!(Client::get_object).then_output(|| {
        GetObjectOutput::builder()
            .metadata("attempt", "2")
            .body(ByteStream::from_static(b"hello"))
            .build()
    });
    let client = client(RuleMode::MatchAny, &[&get]);
    let raw = files(&client).raw(&key(), 5).await.unwrap();
    assert_eq!((raw.bytes.as_ref(), raw.attempt), (b"hello".as_slice(), 2));
    // RFC 1321's algorithm over "hello", by md5sum.
    assert_eq!(raw.md5.to_string(), "5d41402abc4b2a76b9719d911017c592");
    let error = files(&client).raw(&key(), 4).await.unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { limit: 4, .. }) && !error.is_transient());
}

#[tokio::test]
async fn a_file_that_is_gone_is_missing_not_a_failed_call() {
    let get = mock!(Client::get_object).then_error(|| GetObjectError::NoSuchKey(NoSuchKey::builder().build()));
    let client = client(RuleMode::MatchAny, &[&get]);
    assert!(matches!(
        files(&client).raw(&key(), 5).await,
        Err(StoreError::Missing { .. })
    ));
    assert_eq!(files(&client).raw_md5(&key(), 5).await.unwrap(), None);
}
