//! Suppliers: list, add, show, change, sync, match again.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{IngestionJob, Job, Source, Supplier, SupplierId, SupplierSettings, Trigger};
use serde::{Deserialize, Serialize};
use store::Swapped;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Deps, Problem,
    body::{Body, Paging, Parameters, Segment, unknown_cursor},
    problem_answers::{ChangedMeanwhile, Conflict, NotFound},
    starting::{refuse_if_busy, start},
};

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SupplierList {
    /// By id.
    pub(crate) suppliers: Vec<Supplier>,
    #[schema(required)]
    pub(crate) next_cursor: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewSupplier {
    supplier_id: SupplierId,
    #[serde(flatten)]
    settings: SupplierSettings,
}

pub(crate) fn routes() -> OpenApiRouter<Arc<Deps>> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(show, change, remove))
        .routes(routes!(sync))
        .routes(routes!(match_again))
}

/// Suppliers, by id.
#[utoipa::path(
    get, path = "/admin/suppliers", tag = "Suppliers", operation_id = "list_suppliers",
    params(Paging),
    responses((status = OK, description = "A page of suppliers.", body = SupplierList)),
)]
pub(crate) async fn list(
    State(deps): State<Arc<Deps>>,
    Parameters(paging): Parameters<Paging>,
) -> Result<Json<SupplierList>, Problem> {
    Ok(Json(
        page_of_suppliers(&deps, paging.limit()?, paging.cursor.as_deref()).await?,
    ))
}

pub(crate) async fn page_of_suppliers(deps: &Deps, limit: i32, cursor: Option<&str>) -> Result<SupplierList, Problem> {
    let after: Option<SupplierId> = cursor.map(str::parse).transpose().map_err(unknown_cursor)?;
    let page = deps.suppliers.page(limit, after.as_ref()).await?;
    Ok(SupplierList {
        suppliers: page.suppliers,
        next_cursor: page.next.map(|last| last.to_string()),
    })
}

/// Adds a supplier.
#[utoipa::path(
    post, path = "/admin/suppliers", tag = "Suppliers", operation_id = "add_supplier",
    request_body = NewSupplier,
    responses((status = CREATED, description = "The supplier.", body = Supplier), Conflict),
)]
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

/// One supplier.
#[utoipa::path(
    get, path = "/admin/suppliers/{supplier_id}", tag = "Suppliers", operation_id = "get_supplier",
    params(("supplier_id" = SupplierId, Path)),
    responses(
        (status = OK, description = "The supplier.", body = Supplier, headers(("ETag" = String, description = "State of the settings, for `If-Match`."))),
        NotFound,
    ),
)]
pub(crate) async fn show(
    State(deps): State<Arc<Deps>>,
    Segment(supplier_id): Segment<SupplierId>,
) -> Result<Response, Problem> {
    Ok(tagged(existing(&deps, &supplier_id).await?))
}

/// Changes a supplier's settings, all of them.
///
/// With `If-Match` only the settings that the client saw are changed.
#[utoipa::path(
    put, path = "/admin/suppliers/{supplier_id}", tag = "Suppliers", operation_id = "change_supplier",
    params(
        ("supplier_id" = SupplierId, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the supplier as it was seen, or `*`."),
    ),
    request_body = SupplierSettings,
    responses(
        (status = OK, description = "The supplier.", body = Supplier, headers(("ETag" = String, description = "State of the settings, for `If-Match`."))),
        NotFound, ChangedMeanwhile,
    ),
)]
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

/// Removes a supplier none of whose lists was published.
///
/// Items of a published list would be left without their supplier: pause such a supplier instead.
#[utoipa::path(
    delete, path = "/admin/suppliers/{supplier_id}", tag = "Suppliers", operation_id = "remove_supplier",
    params(("supplier_id" = SupplierId, Path)),
    responses((status = NO_CONTENT, description = "It is removed."), NotFound, Conflict),
)]
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

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SyncOptions {
    /// Fetches and reads the list even if it is the published one.
    #[serde(default)]
    force: bool,
}

/// Fetches the supplier's list now.
#[utoipa::path(
    post, path = "/admin/suppliers/{supplier_id}/sync", tag = "Suppliers", operation_id = "sync_supplier",
    params(("supplier_id" = SupplierId, Path), SyncOptions),
    responses((status = ACCEPTED, description = "The job that fetches it.", body = IngestionJob), NotFound, Conflict),
)]
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

/// Matches the supplier's published items again, with today's catalogue, threshold and decisions; nothing is fetched or read.
#[utoipa::path(
    post, path = "/admin/suppliers/{supplier_id}/match-again", tag = "Suppliers", operation_id = "match_supplier_again",
    params(("supplier_id" = SupplierId, Path)),
    responses((status = ACCEPTED, description = "The job that matches them.", body = IngestionJob), NotFound, Conflict),
)]
pub(crate) async fn match_again(
    State(deps): State<Arc<Deps>>,
    Segment(supplier_id): Segment<SupplierId>,
) -> Result<(StatusCode, Json<IngestionJob>), Problem> {
    let supplier = existing(&deps, &supplier_id).await?;
    if supplier.published_job.is_none() {
        let detail = "no list of this supplier is published yet; sync it, or upload one";
        return Err(Problem::conflict("nothing_published", detail));
    }
    if let Some(held) = supplier.held_job {
        let detail =
            format!("the result of job {held} waits for a decision, and is the newer list; approve or reject it first");
        return Err(Problem::conflict("result_held", detail));
    }
    let now = deps.clock.now();
    let job = Job::to_match_again(supplier_id, now);
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
