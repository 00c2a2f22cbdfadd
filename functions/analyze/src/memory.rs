//! What is remembered of how a supplier's last published list was read. It helps and is never needed: a list is read
//! without it when it is missing, unreadable or cannot be fetched, and published though it cannot be kept.

use domain::{JobId, SupplierId};
use pricelist::Remembered;
use serde::Deserialize;
use store::Files;

/// What is remembered of the supplier's last list.
pub(crate) async fn recall(files: &Files, supplier_id: &SupplierId) -> Option<Remembered> {
    let json = match files.reading(supplier_id).await {
        Ok(json) => json?,
        Err(error) => {
            tracing::warn!(%supplier_id, %error, "the remembered reading could not be fetched; read without it");
            return None;
        }
    };
    serde_json::from_slice(&json)
        .inspect_err(
            |error| tracing::warn!(%supplier_id, %error, "the remembered reading is unreadable; read without it"),
        )
        .ok()
}

/// Keeps what a held result, published now, was read by: it stands in its reading report.
pub(crate) async fn keep_of_held(files: &Files, supplier_id: &SupplierId, job_id: JobId) {
    #[derive(Deserialize)]
    struct Report {
        remembered: Option<Remembered>,
    }
    let json = match files.report(supplier_id, job_id).await {
        Ok(json) => json.unwrap_or_default(),
        Err(error) => {
            tracing::warn!(%supplier_id, %error, "the report of an approved list could not be fetched; it teaches nothing");
            return;
        }
    };
    match serde_json::from_slice::<Report>(&json) {
        Ok(Report {
            remembered: Some(remembered),
        }) => keep(files, supplier_id, &remembered).await,
        Ok(Report { remembered: None }) => {}
        Err(error) => {
            tracing::warn!(%supplier_id, %error, "the report of an approved list is unreadable; it teaches nothing");
        }
    }
}

/// Keeps what the next list is to be read by.
pub(crate) async fn keep(files: &Files, supplier_id: &SupplierId, remembered: &Remembered) {
    let Ok(json) = serde_json::to_vec(remembered) else {
        return;
    };
    if let Err(error) = files.put_reading(supplier_id, json).await {
        tracing::warn!(%supplier_id, %error, "how the list was read could not be kept");
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::{
        Client,
        error::ErrorMetadata,
        operation::{
            get_object::{GetObjectError, GetObjectOutput},
            put_object::{PutObjectError, PutObjectOutput},
        },
        primitives::ByteStream,
        types::error::NoSuchKey,
    };
    use mocked_aws::{RuleMode::MatchAny, mock};
    use pricelist::{ReadOptions, read};

    use super::*;

    const KEY: &str = "results/acme/reading.json";

    fn files(client: Client) -> Files {
        Files::new(client.clone(), client, "bucket")
    }

    fn acme() -> SupplierId {
        "acme".parse().unwrap()
    }

    fn remembered() -> Remembered {
        let list = b"SKU;Name;Price EUR\nA-1;Tea;2,50\nA-2;Milk;0,99\n";
        read(list, &ReadOptions::default()).unwrap().remembered
    }

    async fn recalled(json: &str) -> Option<Remembered> {
        let json = json.to_owned();
        let get = mock!(Client::get_object)
            .match_requests(|request| request.key() == Some(KEY))
            .then_output(move || {
                GetObjectOutput::builder()
                    .content_length(json.len() as i64)
                    .body(ByteStream::from(json.clone().into_bytes()))
                    .build()
            });
        recall(&files(mocked_aws::s3(MatchAny, &[&get])), &acme()).await
    }

    #[tokio::test]
    async fn what_is_kept_is_recalled() {
        let put = mock!(Client::put_object)
            .match_requests(|request| request.key() == Some(KEY))
            .then_output(|| PutObjectOutput::builder().build());
        keep(&files(mocked_aws::s3(MatchAny, &[&put])), &acme(), &remembered()).await;
        assert_eq!(put.num_calls(), 1);
        let json = serde_json::to_string(&remembered()).unwrap();
        assert_eq!(recalled(&json).await, Some(remembered()));
    }

    #[tokio::test]
    async fn a_held_result_that_is_approved_teaches_as_others_do() {
        let job_id: JobId = "01900000-0000-7000-8000-000000000001".parse().unwrap();
        let approved = async |report: serde_json::Value| {
            let get = mock!(Client::get_object)
                .match_requests(move |request| request.key() == Some(&format!("results/acme/{job_id}.report.json")))
                .then_output(move || {
                    let json = report.to_string().into_bytes();
                    GetObjectOutput::builder()
                        .content_length(json.len() as i64)
                        .body(ByteStream::from(json))
                        .build()
                });
            let put = mock!(Client::put_object)
                .match_requests(|request| request.key() == Some(KEY))
                .then_output(|| PutObjectOutput::builder().build());
            keep_of_held(&files(mocked_aws::s3(MatchAny, &[&get, &put])), &acme(), job_id).await;
            put.num_calls()
        };
        assert_eq!(approved(serde_json::json!({ "remembered": remembered() })).await, 1);
        // A list read by fixed columns, and a report of an earlier version.
        assert_eq!(approved(serde_json::json!({ "remembered": null })).await, 0);
        assert_eq!(approved(serde_json::json!({ "schema": 1 })).await, 0);
        assert_eq!(approved(serde_json::json!([])).await, 0);
    }

    #[tokio::test]
    async fn nothing_depends_on_it() {
        let missing = mock!(Client::get_object).then_error(|| GetObjectError::NoSuchKey(NoSuchKey::builder().build()));
        assert_eq!(
            recall(&files(mocked_aws::s3(MatchAny, &[&missing])), &acme()).await,
            None
        );
        assert_eq!(recalled("no JSON").await, None);
        let denied = mock!(Client::put_object)
            .then_error(|| PutObjectError::generic(ErrorMetadata::builder().code("AccessDenied").build()));
        keep(&files(mocked_aws::s3(MatchAny, &[&denied])), &acme(), &remembered()).await;
        assert_eq!(denied.num_calls(), 1);
    }
}
