//! An upload in parts, as S3 sees it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests; what surrounds them counts as production code to the lints"
)]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_sdk_s3::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    error::ErrorMetadata,
    operation::{
        complete_multipart_upload::CompleteMultipartUploadOutput,
        list_parts::{ListPartsError, ListPartsOutput},
    },
    types::Part,
};
use domain::RawKey;
use mocked_aws::{Rule, RuleMode::MatchAny, mock};
use store::{Assembled, Files, UPLOAD_PART};

/// Two whole parts and a byte.
const SIZE: u64 = 2 * UPLOAD_PART + 1;

fn key() -> RawKey {
    "raw/acme/0190b5a8-0000-7000-8000-000000000001/list.csv"
        .parse()
        .unwrap()
}

fn files(rules: &[&Rule]) -> Files {
    let client: Client = mocked_aws::s3(MatchAny, rules);
    Files::new(client.clone(), client, "bucket")
}

fn listing(parts: &'static [(i32, u64)]) -> Rule {
    mock!(Client::list_parts).then_output(move || {
        let parts = parts.iter().map(|(number, size)| {
            Part::builder()
                .part_number(*number)
                .size(i64::try_from(*size).unwrap())
                .e_tag(format!("\"{number}\""))
                .build()
        });
        ListPartsOutput::builder().set_parts(Some(parts.collect())).build()
    })
}

#[tokio::test]
async fn each_part_is_bound_to_its_length() {
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    // Signing asks nobody.
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .build();
    let client = Client::from_conf(config);
    let puts = Files::new(client.clone(), client, "bucket")
        .presign_parts(&key(), "u1", SIZE, Duration::from_secs(3600), now)
        .await
        .unwrap();
    let lengths: Vec<_> = puts.iter().map(|put| put.headers["content-length"].clone()).collect();
    assert_eq!(lengths, [UPLOAD_PART.to_string(), UPLOAD_PART.to_string(), "1".into()]);
    for (number, put) in (1..).zip(&puts) {
        for said in [
            format!("partNumber={number}"),
            "uploadId=u1".into(),
            "X-Amz-Expires=3600".into(),
            "X-Amz-SignedHeaders=content-length%3Bhost".into(),
        ] {
            assert!(put.url.contains(&said), "{} lacks {said}", put.url);
        }
    }
}

#[tokio::test]
async fn an_upload_is_assembled_when_every_part_is_there_whole() {
    let completed = Arc::new(Mutex::new(Vec::new()));
    let complete = mock!(Client::complete_multipart_upload).then_compute_output({
        let completed = Arc::clone(&completed);
        move |input| {
            let parts = input.multipart_upload().unwrap().parts();
            let named = parts
                .iter()
                .map(|part| (part.part_number().unwrap(), part.e_tag().unwrap().to_owned()));
            completed.lock().unwrap().extend(named);
            CompleteMultipartUploadOutput::builder().build()
        }
    });
    let whole = listing(&[(1, UPLOAD_PART), (2, UPLOAD_PART), (3, 1)]);
    let assembled = files(&[&whole, &complete]).assemble(&key(), "u1", SIZE).await.unwrap();
    assert_eq!(assembled, Assembled::Whole);
    let named = [
        (1, "\"1\"".to_owned()),
        (2, "\"2\"".to_owned()),
        (3, "\"3\"".to_owned()),
    ];
    assert_eq!(*completed.lock().unwrap(), named);
}

#[tokio::test]
async fn missing_and_short_parts_are_named_and_nothing_is_assembled() {
    for (parts, missing) in [
        (listing(&[]), vec![1, 2, 3]),
        (listing(&[(1, UPLOAD_PART), (3, 1)]), vec![2]),
        (listing(&[(1, UPLOAD_PART), (2, 5), (3, 1)]), vec![2]),
    ] {
        let assembled = files(&[&parts]).assemble(&key(), "u1", SIZE).await.unwrap();
        assert_eq!(assembled, Assembled::Missing(missing));
    }
}

#[tokio::test]
async fn an_upload_that_is_gone_is_told_so() {
    let gone = mock!(Client::list_parts)
        .then_error(|| ListPartsError::generic(ErrorMetadata::builder().code("NoSuchUpload").build()));
    let assembled = files(&[&gone]).assemble(&key(), "u1", SIZE).await.unwrap();
    assert_eq!(assembled, Assembled::Gone);
}
