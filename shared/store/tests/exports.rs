//! Storing a file for a person to download, as S3 sees it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests; what surrounds them counts as production code to the lints"
)]

use std::{
    fs::File,
    io::{Seek, Write},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aws_sdk_s3::{
    Client,
    error::ErrorMetadata,
    operation::{
        abort_multipart_upload::AbortMultipartUploadOutput,
        complete_multipart_upload::CompleteMultipartUploadOutput,
        create_multipart_upload::CreateMultipartUploadOutput,
        put_object::PutObjectOutput,
        upload_part::{UploadPartError, UploadPartOutput},
    },
};
use mocked_aws::{Rule, RuleMode::MatchAny, mock};
use store::{Export, Files};

const KEY: &str = "exports/random/items.csv";

fn export() -> Export {
    Export {
        id: "random".into(),
        file_name: "items.csv".into(),
        content_type: "text/csv; charset=utf-8",
    }
}

fn files(rules: &[&Rule]) -> Files {
    let client: Client = mocked_aws::s3(MatchAny, rules);
    Files::new(client.clone(), client, "bucket")
}

fn content(size: usize) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&vec![b'x'; size]).unwrap();
    file.rewind().unwrap();
    file
}

fn begun() -> Rule {
    mock!(Client::create_multipart_upload)
        .match_requests(|input| input.key() == Some(KEY) && input.content_type() == Some(export().content_type))
        .then_output(|| CreateMultipartUploadOutput::builder().upload_id("u1").build())
}

#[tokio::test]
async fn a_small_file_is_stored_whole() {
    let put = mock!(Client::put_object)
        .match_requests(|input| input.key() == Some(KEY) && input.content_type() == Some(export().content_type))
        .then_output(|| PutObjectOutput::builder().build());
    let size = files(&[&put]).put_export(&export(), content(1_000)).await.unwrap();
    assert_eq!((size, put.num_calls()), (1_000, 1));
}

#[tokio::test]
async fn a_large_file_is_stored_in_parts() {
    const SIZE: usize = (8 << 20) + 5;
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&sizes);
    let part = mock!(Client::upload_part)
        .match_requests(move |input| {
            seen.lock().unwrap().push(input.body().bytes().unwrap().len());
            true
        })
        .then_output(|| UploadPartOutput::builder().e_tag("\"e\"").build());
    let complete = mock!(Client::complete_multipart_upload)
        .match_requests(|input| {
            let parts = input.multipart_upload().unwrap().parts();
            parts.iter().filter_map(|part| part.part_number()).eq([1, 2])
        })
        .then_output(|| CompleteMultipartUploadOutput::builder().build());
    let size = files(&[&begun(), &part, &complete])
        .put_export(&export(), content(SIZE))
        .await
        .unwrap();
    assert_eq!((size, complete.num_calls()), (SIZE as u64, 1));
    assert_eq!(*sizes.lock().unwrap(), [8 << 20, 5]);
}

#[tokio::test]
async fn parts_of_a_file_that_could_not_be_stored_are_freed() {
    let refused = mock!(Client::upload_part)
        .then_error(|| UploadPartError::generic(ErrorMetadata::builder().code("InternalError").build()));
    let freed = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&freed);
    let abort = mock!(Client::abort_multipart_upload)
        .match_requests(move |input| {
            seen.store(input.upload_id() == Some("u1"), Ordering::Relaxed);
            true
        })
        .then_output(|| AbortMultipartUploadOutput::builder().build());
    let files = files(&[&begun(), &refused, &abort]);
    let error = files.put_export(&export(), content(9 << 20)).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert!(freed.load(Ordering::Relaxed));
}

#[tokio::test]
async fn the_address_is_short_lived_and_saves_under_the_files_name() {
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let signer = mocked_aws::s3_signer();
    let address = Files::new(signer.clone(), signer, "bucket")
        .presign_export(&export(), Duration::from_secs(300), now)
        .await
        .unwrap();
    for part in [KEY, "X-Amz-Expires=300", "attachment", "items.csv", "X-Amz-Signature="] {
        assert!(address.contains(part), "{address} lacks {part}");
    }
}
