//! Announcing files.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{Json, extract::State, http::StatusCode};
use domain::{FileFacts, FileName, IngestionJob, Job, JobId, Md5, Origin, Phase, RawKey, Sidecar, SupplierId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Assembled, PresignedPut, UPLOAD_PART};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Deps, Problem,
    body::{Body, Segment},
    pages::format,
    problem_answers::{Conflict, NotFound, TooLarge, Unprocessable},
    suppliers::existing,
};

/// How long an announced file may take to arrive.
const LIFETIME: Duration = Duration::from_secs(3600);

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct AnnouncedList {
    supplier_id: SupplierId,
    /// Whether the list is read by inference, or by the supplier's fixed columns; none: as the supplier's settings say.
    #[serde(default)]
    process_via_ml: Option<bool>,
    #[serde(flatten)]
    file: AnnouncedFile,
}

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct AnnouncedFile {
    /// The file's name; what is no part of a name in it is left out.
    file_name: String,
    /// Bytes.
    #[schema(minimum = 1)]
    size: u64,
    /// Of all of its bytes.
    md5: Md5,
    /// As the sender knows it; only noted.
    content_type: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Announced {
    job_id: JobId,
    upload: Upload,
}

#[derive(Debug, Serialize, ToSchema)]
struct Upload {
    /// `PUT`.
    method: &'static str,
    #[serde(flatten)]
    target: Target,
    /// Until when the file may arrive.
    expires_at: Timestamp,
}

/// Where the file's bytes go.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = UploadTarget)]
enum Target {
    /// In one request.
    Whole(Put),
    /// In one request for each part, and a POST to `complete` (a path of this API) at the end.
    Parts {
        part_size: u64,
        parts: Vec<Put>,
        complete: String,
    },
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UploadPut)]
struct Put {
    url: String,
    headers: BTreeMap<String, String>,
}

impl From<PresignedPut> for Put {
    fn from(put: PresignedPut) -> Self {
        Self {
            url: put.url,
            headers: put.headers,
        }
    }
}

/// A larger file is sent in parts, so that a broken connection costs one of them. S3 takes a file of up to 5 GB whole.
const WHOLE_UP_TO: u64 = 100_000_000;

pub(crate) fn routes() -> OpenApiRouter<Arc<Deps>> {
    OpenApiRouter::new()
        .routes(routes!(announce_list))
        .routes(routes!(complete))
        .routes(routes!(announce_catalogue))
}

/// Announces a supplier's list.
///
/// The answer says where its bytes go: in one PUT, or, for a file of more than 100 MB, in one PUT for each part. A PUT is
/// bound to the announced size and MD5 and is good for an hour. When the file has arrived, its job goes on by itself.
#[utoipa::path(
    post, path = "/admin/uploads", tag = "Uploads", operation_id = "announce_list",
    request_body = AnnouncedList,
    responses((status = CREATED, description = "The job, and where the bytes go.", body = Announced), NotFound, TooLarge, Unprocessable),
)]
pub(crate) async fn announce_list(
    State(deps): State<Arc<Deps>>,
    Body(list): Body<AnnouncedList>,
) -> Result<(StatusCode, Json<Announced>), Problem> {
    let supplier = existing(&deps, &list.supplier_id).await?;
    if list.process_via_ml == Some(false) && supplier.settings.legacy.is_none() {
        return Err(Problem::unprocessable(
            "no_mapping",
            "process_via_ml: this supplier has no fixed columns to read the list by; give them in its settings, or process \
             the list via ML",
        ));
    }
    announce(&deps, list.supplier_id, list.process_via_ml, list.file).await
}

/// Announces the buyer's catalogue.
///
/// As a supplier's list; published, it takes the place of the catalogue before.
#[utoipa::path(
    post, path = "/admin/catalogue/uploads", tag = "Uploads", operation_id = "announce_catalogue",
    request_body = AnnouncedFile,
    responses((status = CREATED, description = "The job, and where the bytes go.", body = Announced), TooLarge),
)]
pub(crate) async fn announce_catalogue(
    State(deps): State<Arc<Deps>>,
    Body(file): Body<AnnouncedFile>,
) -> Result<(StatusCode, Json<Announced>), Problem> {
    announce(&deps, SupplierId::catalogue(), None, file).await
}

async fn announce(
    deps: &Deps,
    supplier_id: SupplierId,
    process_via_ml: Option<bool>,
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
            "size: files of up to {} are taken, this one has {}",
            format::bytes(limit),
            format::bytes(size)
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
    let mut job = Job {
        process_via_ml,
        ..Job::to_receive(supplier_id, file.clone(), expires_at, now)
    };
    let key = job.raw_key().ok_or_else(Problem::internal)?;
    if size > WHOLE_UP_TO {
        job.upload_id = Some(deps.files.begin_parts(&key, job.retry_count).await?);
    }
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
    let upload = Upload {
        method: "PUT",
        target: target(deps, &job, &key, &file, now).await?,
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

async fn target(deps: &Deps, job: &Job, key: &RawKey, file: &FileFacts, now: Timestamp) -> Result<Target, Problem> {
    let Some(upload_id) = &job.upload_id else {
        let put = deps
            .files
            .presign_upload(key, file, job.retry_count, LIFETIME, now)
            .await?;
        return Ok(Target::Whole(put.into()));
    };
    let parts = deps
        .files
        .presign_parts(key, upload_id, file.size, LIFETIME, now)
        .await?;
    Ok(Target::Parts {
        part_size: UPLOAD_PART,
        parts: parts.into_iter().map(Put::from).collect(),
        complete: format!("/admin/uploads/{}/complete", job.job_id),
    })
}

/// Ends an upload in parts.
///
/// Puts the parts together, which starts the analysis. A second time it does nothing more.
#[utoipa::path(
    post, path = "/admin/uploads/{job_id}/complete", tag = "Uploads", operation_id = "complete_upload",
    params(("job_id" = JobId, Path)),
    responses((status = ACCEPTED, description = "The job.", body = IngestionJob), NotFound, Conflict),
)]
pub(crate) async fn complete(
    State(deps): State<Arc<Deps>>,
    Segment(job_id): Segment<JobId>,
) -> Result<(StatusCode, Json<IngestionJob>), Problem> {
    let job = deps.jobs.get(job_id, deps.clock.now()).await?;
    let job = job.ok_or_else(|| Problem::not_found(format!("there is no job {job_id}")))?;
    let (Some(upload_id), Some(key), Some(file)) = (&job.upload_id, job.raw_key(), &job.file) else {
        return Err(Problem::conflict(
            "not_in_parts",
            "this job's file does not come in parts; nothing is to be completed",
        ));
    };
    if job.phase == Phase::Failed {
        return Err(Problem::conflict(
            "upload_ended",
            "this upload has failed already; announce the file again",
        ));
    }
    match deps.files.assemble(&key, upload_id, file.size).await? {
        Assembled::Whole => {}
        Assembled::Missing(numbers) => {
            let shown: Vec<_> = numbers.iter().take(20).map(u64::to_string).collect();
            let detail = format!(
                "{} of the parts are not there or not of their length (number {}); send them and complete again",
                numbers.len(),
                shown.join(", ")
            );
            return Err(Problem::conflict("parts_missing", detail));
        }
        Assembled::Gone if deps.files.has_raw(&key, file).await? => {}
        Assembled::Gone if job.phase != Phase::Downloading => {}
        Assembled::Gone => {
            return Err(Problem::conflict(
                "upload_ended",
                "this upload was given up; announce the file again",
            ));
        }
    }
    Ok((StatusCode::ACCEPTED, Json(job.into())))
}
