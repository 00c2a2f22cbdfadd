//! Announcing files.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use domain::{FileFacts, FileName, Job, JobId, Md5, Origin, Sidecar, SupplierId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Deps, Problem, body::Body, suppliers::existing};

/// How long an announced file may take to arrive.
const LIFETIME: Duration = Duration::from_secs(3600);

#[derive(Debug, Deserialize)]
pub(crate) struct AnnouncedList {
    supplier_id: SupplierId,
    #[serde(flatten)]
    file: AnnouncedFile,
}

#[derive(Debug, Deserialize)]
pub(crate) struct AnnouncedFile {
    file_name: String,
    size: u64,
    md5: Md5,
    content_type: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Announced {
    job_id: JobId,
    upload: Upload,
}

#[derive(Debug, Serialize)]
struct Upload {
    method: &'static str,
    url: String,
    headers: BTreeMap<String, String>,
    expires_at: Timestamp,
}

pub(crate) fn routes() -> Router<Arc<Deps>> {
    Router::new()
        .route("/admin/uploads", post(announce_list))
        .route("/admin/catalogue/uploads", post(announce_catalogue))
}

pub(crate) async fn announce_list(
    State(deps): State<Arc<Deps>>,
    Body(list): Body<AnnouncedList>,
) -> Result<(StatusCode, Json<Announced>), Problem> {
    existing(&deps, &list.supplier_id).await?;
    announce(&deps, list.supplier_id, list.file).await
}

pub(crate) async fn announce_catalogue(
    State(deps): State<Arc<Deps>>,
    Body(file): Body<AnnouncedFile>,
) -> Result<(StatusCode, Json<Announced>), Problem> {
    announce(&deps, SupplierId::catalogue(), file).await
}

async fn announce(
    deps: &Deps,
    supplier_id: SupplierId,
    announced: AnnouncedFile,
) -> Result<(StatusCode, Json<Announced>), Problem> {
    let AnnouncedFile {
        file_name,
        size,
        md5,
        content_type,
    } = announced;
    if size == 0 {
        return Err(Problem::invalid("size: an empty file is no price list"));
    }
    if size > deps.max_file_bytes {
        let limit = deps.max_file_bytes;
        return Err(Problem::too_large(format!(
            "size: files of up to {limit} bytes are taken, this one has {size}"
        )));
    }
    let now = deps.clock.now();
    let expires_at = now
        .checked_add(SignedDuration::try_from(LIFETIME).unwrap_or_default())
        .unwrap_or(now);
    let file = FileFacts {
        name: FileName::sanitised(&file_name),
        size,
        md5,
    };
    let job = Job::to_receive(supplier_id, file.clone(), expires_at, now);
    let key = job.raw_key().ok_or_else(Problem::internal)?;
    deps.jobs.create(&job).await?;
    let sidecar = Sidecar {
        schema: Sidecar::SCHEMA,
        supplier_id: job.supplier_id.clone(),
        job_id: job.job_id,
        attempt: job.retry_count,
        origin: Origin::Upload,
        recorded_at: now,
        declared_kind: file.name.declared_kind(),
        file: file.clone(),
        content_type,
        content_encoding: None,
        sniffed_kind: None,
        etag: None,
        last_modified: None,
    };
    deps.files.put_sidecar(&key, &sidecar).await?;
    let put = deps
        .files
        .presign_upload(&key, &file, job.retry_count, LIFETIME, now)
        .await?;
    let upload = Upload {
        method: "PUT",
        url: put.url,
        headers: put.headers,
        expires_at,
    };
    Ok((
        StatusCode::CREATED,
        Json(Announced {
            job_id: job.job_id,
            upload,
        }),
    ))
}
