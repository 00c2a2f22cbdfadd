//! Suppliers: list, add, show, change, sync.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::{IngestionJob, Job, Source, Supplier, SupplierId, SupplierSettings, Trigger};
use serde::{Deserialize, Serialize};
use store::Swapped;

use crate::{
    Deps, Problem,
    body::{Body, Paging, Parameters, Segment},
    starting::{refuse_if_busy, start},
};

#[derive(Debug, Serialize)]
pub(crate) struct SupplierList {
    /// By id.
    pub(crate) suppliers: Vec<Supplier>,
    pub(crate) next_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct NewSupplier {
    supplier_id: SupplierId,
    #[serde(flatten)]
    settings: SupplierSettings,
}

pub(crate) fn routes() -> Router<Arc<Deps>> {
    Router::new()
        .route("/admin/suppliers", get(list).post(add))
        .route("/admin/suppliers/{supplier_id}", get(show).put(change).delete(remove))
        .route("/admin/suppliers/{supplier_id}/sync", post(sync))
}

pub(crate) async fn list(
    State(deps): State<Arc<Deps>>,
    Parameters(paging): Parameters<Paging>,
) -> Result<Json<SupplierList>, Problem> {
    Ok(Json(
        page_of_suppliers(&deps, paging.limit()?, paging.cursor.as_deref()).await?,
    ))
}

pub(crate) async fn page_of_suppliers(deps: &Deps, limit: i32, cursor: Option<&str>) -> Result<SupplierList, Problem> {
    let invalid = |_| Problem::invalid("cursor: not one that was given out");
    let after: Option<SupplierId> = cursor.map(str::parse).transpose().map_err(invalid)?;
    let page = deps.suppliers.page(limit, after.as_ref()).await?;
    Ok(SupplierList {
        suppliers: page.suppliers,
        next_cursor: page.next.map(|last| last.to_string()),
    })
}

pub(crate) async fn add(
    State(deps): State<Arc<Deps>>,
    Body(new): Body<NewSupplier>,
) -> Result<(StatusCode, Json<Supplier>), Problem> {
    let NewSupplier { supplier_id, settings } = new;
    if supplier_id.is_catalogue() {
        return Err(Problem::invalid(
            "supplier_id: \"catalogue\" is the buyer's own; choose another",
        ));
    }
    let settings = settings.checked().map_err(Problem::invalid)?;
    match deps.suppliers.create(&supplier_id, settings, deps.clock.now()).await? {
        Swapped::Applied => Ok((StatusCode::CREATED, Json(existing(&deps, &supplier_id).await?))),
        Swapped::Conflict => Err(Problem::conflict(
            "supplier_exists",
            format!("there is a supplier {supplier_id} already"),
        )),
    }
}

pub(crate) async fn show(
    State(deps): State<Arc<Deps>>,
    Segment(supplier_id): Segment<SupplierId>,
) -> Result<Response, Problem> {
    Ok(tagged(existing(&deps, &supplier_id).await?))
}

/// With `If-Match` only the settings that the client saw are changed.
pub(crate) async fn change(
    State(deps): State<Arc<Deps>>,
    Segment(supplier_id): Segment<SupplierId>,
    headers: HeaderMap,
    Body(settings): Body<SupplierSettings>,
) -> Result<Response, Problem> {
    let settings = settings.checked().map_err(Problem::invalid)?;
    let supplier = existing(&deps, &supplier_id).await?;
    if let Some(wanted) = headers.get(header::IF_MATCH)
        && wanted != "*"
        && wanted != entity_tag(&supplier).as_str()
    {
        return Err(changed_meanwhile());
    }
    match deps
        .suppliers
        .update_settings(&supplier, settings, deps.clock.now())
        .await?
    {
        Swapped::Applied => Ok(tagged(existing(&deps, &supplier_id).await?)),
        Swapped::Conflict => Err(changed_meanwhile()),
    }
}

/// Tells one state of the settings from another; what jobs note in the record does not change it.
pub(crate) fn entity_tag(supplier: &Supplier) -> String {
    format!("\"{}\"", supplier.updated_at)
}

fn tagged(supplier: Supplier) -> Response {
    ([(header::ETAG, entity_tag(&supplier))], Json(supplier)).into_response()
}

fn changed_meanwhile() -> Problem {
    Problem::precondition_failed("somebody else changed this supplier meanwhile; load it anew and change that")
}

/// Removes a supplier none of whose lists was published. Items of a published list would be left without their supplier.
pub(crate) async fn remove(
    State(deps): State<Arc<Deps>>,
    Segment(supplier_id): Segment<SupplierId>,
) -> Result<StatusCode, Problem> {
    let supplier = existing(&deps, &supplier_id).await?;
    if supplier.published_job.is_some() || supplier.held_job.is_some() {
        return Err(Problem::conflict(
            "supplier_published",
            "items of this supplier are published, or wait to be; pause it instead",
        ));
    }
    refuse_if_busy(&deps, &supplier, deps.clock.now()).await?;
    match deps.suppliers.remove(&supplier).await? {
        Swapped::Applied => Ok(StatusCode::NO_CONTENT),
        Swapped::Conflict => Err(Problem::conflict(
            "changed_meanwhile",
            "a job of this supplier was started in this moment; wait for its end",
        )),
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct SyncOptions {
    /// Fetches and reads the list even if it is the published one.
    #[serde(default)]
    force: bool,
}

pub(crate) async fn sync(
    State(deps): State<Arc<Deps>>,
    Segment(supplier_id): Segment<SupplierId>,
    Parameters(options): Parameters<SyncOptions>,
) -> Result<(StatusCode, Json<IngestionJob>), Problem> {
    let supplier = existing(&deps, &supplier_id).await?;
    if supplier.settings.source == Source::Upload {
        return Err(Problem::conflict(
            "nothing_to_fetch",
            "this supplier's lists are uploaded; upload one",
        ));
    }
    let now = deps.clock.now();
    let job = Job {
        force: options.force,
        ..Job::to_fetch(supplier_id, Trigger::Manual, now)
    };
    start(&deps, &supplier, &job, None, now).await?;
    Ok((StatusCode::ACCEPTED, Json(job.into())))
}

pub(crate) async fn existing(deps: &Deps, supplier_id: &SupplierId) -> Result<Supplier, Problem> {
    deps.suppliers
        .get(supplier_id)
        .await?
        .ok_or_else(|| unknown(supplier_id))
}

fn unknown(supplier_id: &SupplierId) -> Problem {
    Problem::not_found(format!("there is no supplier {supplier_id}"))
}
