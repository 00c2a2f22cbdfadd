//! Items as a file, CSV or workbook: made from the published snapshots row by row, stored in the bucket and handed out by
//! a short-lived address, so that neither memory nor the 6 MB of a function's answer set its limits.

mod cell;
mod columns;
mod csv_file;
mod workbook;

use std::{collections::HashMap, fs::File, io, sync::Arc, time::Duration};

use axum::{Json, extract::State};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use domain::{Supplier, SupplierId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use store::{Export, Movement, PublishedItem, SearchText, SnapshotReader, StoreError};
use thiserror::Error;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{
    cell::Cell,
    columns::{COLUMNS, cells},
    csv_file::CsvFile,
    workbook::WorkbookFile,
};
use crate::{
    Deps, Problem,
    body::Parameters,
    items::Filter,
    problem_answers::{NotFound, Unprocessable},
    suppliers::existing,
};

/// How long the address of an export is good: to be followed at once, not to be kept.
const LIFETIME: Duration = Duration::from_secs(300);

/// Items in a file: what is made within the function's 30 s (200,000 took 16 s in a development build, see *Measured* in
/// `ARCHITECTURE.md`), and what has room in its 512 MB of `/tmp` while a workbook is written, a kilobyte for each.
const MOST: usize = 300_000;

/// Why a file cannot be made.
#[derive(Debug, Error)]
enum ExportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the CSV file cannot be written: {0}")]
    Csv(#[from] csv::Error),
    #[error("the workbook cannot be written: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    #[error("the temporary file: {0}")]
    Temporary(#[from] io::Error),
    #[error("more than {0} items are asked for")]
    TooMany(usize),
}

impl From<ExportError> for Problem {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Store(error) => error.into(),
            ExportError::TooMany(most) => Problem::unprocessable(
                "export_too_large",
                format!("up to {most} items fit into one file; choose a supplier, or narrow the filter"),
            ),
            error => {
                tracing::error!(%error, "an export failed");
                Problem::internal()
            }
        }
    }
}

/// Kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ExportFormat)]
pub(crate) enum Format {
    Csv,
    Xlsx,
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    fn begin(self) -> Result<Box<dyn ItemFile>, ExportError> {
        Ok(match self {
            Self::Csv => Box::new(CsvFile::begin()?),
            Self::Xlsx => Box::new(WorkbookFile::begin()?),
        })
    }
}

/// What is asked for beside the filter of the items.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// What kind of file.
    format: Format,
    /// Only this supplier's items; none: those of all.
    #[serde(default)]
    supplier: Option<SupplierId>,
}

/// A file that is ready.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Exported {
    /// Where the file is to be had, without a token.
    url: String,
    /// Until when.
    expires_at: Timestamp,
    file_name: String,
    items: usize,
    /// Bytes.
    size: u64,
}

pub(crate) fn routes() -> OpenApiRouter<Arc<Deps>> {
    OpenApiRouter::new().routes(routes!(export))
}

/// Makes a file of the items that the filter lets through.
///
/// CSV has up to 600,000 items, a workbook 300,000.
#[utoipa::path(
    get, path = "/admin/items/export", tag = "Items", operation_id = "export_items",
    params(Filter, Asked),
    responses((status = OK, description = "Where the file is to be had, for five minutes.", body = Exported), NotFound, Unprocessable),
)]
pub(crate) async fn export(
    State(deps): State<Arc<Deps>>,
    Parameters(filter): Parameters<Filter>,
    Parameters(Asked { format, supplier }): Parameters<Asked>,
) -> Result<Json<Exported>, Problem> {
    let (what, suppliers) = match supplier {
        Some(id) => (id.to_string(), vec![existing(&deps, &id).await?]),
        None => ("items".to_owned(), deps.suppliers.all().await?),
    };
    let mut file = format.begin()?;
    for supplier in suppliers {
        let Some(list) = PublishedList::load(&deps, &supplier).await? else {
            continue;
        };
        let filter = filter.clone();
        file = computed(move || {
            list.write(&mut *file, &filter, MOST)?;
            Ok(file)
        })
        .await?;
    }
    let (items, content) = computed(move || file.finish()).await?;
    let now = deps.clock.now();
    let export = Export {
        id: unguessable()?,
        file_name: format!("{what}-{}.{}", now.strftime("%Y%m%d-%H%M%S"), format.extension()),
        content_type: format.content_type(),
    };
    let size = deps.files.put_export(&export, content).await?;
    let url = deps.files.presign_export(&export, LIFETIME, now).await?;
    let lifetime = SignedDuration::try_from(LIFETIME).unwrap_or_default();
    Ok(Json(Exported {
        url,
        expires_at: now.checked_add(lifetime).unwrap_or(now),
        file_name: export.file_name,
        items,
        size,
    }))
}

/// Runs what computes over a whole list on a thread of its own.
async fn computed<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ExportError> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|panic| {
        tracing::error!(%panic, "an export panicked");
        Problem::internal()
    })?;
    Ok(done?)
}

/// 128 random bits, as text.
fn unguessable() -> Result<String, Problem> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "no random number");
        Problem::internal()
    })?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// A supplier's published list, and what people have decided since it was made.
struct PublishedList {
    supplier: Supplier,
    snapshot: Bytes,
    text: Arc<SearchText>,
    /// Items as they are in the table now, where a person decided on them.
    decided: HashMap<String, PublishedItem>,
}

impl PublishedList {
    /// None where nothing is published.
    async fn load(deps: &Deps, supplier: &Supplier) -> Result<Option<Self>, Problem> {
        let supplier_id = &supplier.supplier_id;
        let (Some(job_id), Some(text)) = (supplier.published_job, deps.searches.text(deps, supplier).await?) else {
            return Ok(None);
        };
        let missing = || StoreError::Missing {
            what: format!("the snapshot of {supplier_id}'s job {job_id}"),
        };
        let snapshot = deps.files.snapshot(supplier_id, job_id).await?.ok_or_else(missing)?;
        let changed = deps.decisions.changed_since(supplier_id, job_id.made_at()).await?;
        let keys: Vec<(SupplierId, String)> = changed
            .into_iter()
            .map(|decision| (decision.supplier_id, decision.item_key))
            .collect();
        let decided = deps.items.of_keys(&keys).await?;
        Ok(Some(Self {
            supplier: supplier.clone(),
            snapshot,
            text,
            decided: decided.into_iter().map(|item| (item.item_key.clone(), item)).collect(),
        }))
    }

    /// Adds the items that `filter` lets through to `file`.
    fn write(&self, file: &mut dyn ItemFile, filter: &Filter, most: usize) -> Result<(), ExportError> {
        let query = filter.query(&self.supplier);
        let movements: HashMap<&str, Movement> = self.text.movements().collect();
        for entry in SnapshotReader::<PublishedItem, IgnoredAny>::new(&self.snapshot)? {
            let entry = entry?;
            let item = self.decided.get(&entry.key).unwrap_or(&entry.published);
            let movement = movements.get(entry.key.as_str()).copied();
            let is_found = query.is_open() || movement.is_some_and(|movement| query.finds(item, movement));
            if !is_found || !filter.has_decision(item) {
                continue;
            }
            if file.items() >= most {
                return Err(ExportError::TooMany(most));
            }
            file.add(&cells(item, movement))?;
        }
        Ok(())
    }
}

/// A file of items in the making.
trait ItemFile: Send {
    fn add(&mut self, cells: &[Cell<'_>; COLUMNS.len()]) -> Result<(), ExportError>;
    /// Items added so far.
    fn items(&self) -> usize;
    /// How many items it has, and the file, to be read from its beginning.
    fn finish(self: Box<Self>) -> Result<(usize, File), ExportError>;
}

#[cfg(test)]
mod tests {
    use domain::{Availability, AvailabilityStatus, Decision, ListItem, Match, NamedPrice};
    use rust_decimal::Decimal;
    use store::{SearchWriter, SnapshotEntry, SnapshotWriter};

    use super::*;

    pub(super) fn item() -> PublishedItem {
        let price = |amount: &str| amount.parse::<Decimal>().unwrap().try_into().unwrap();
        let listed = ListItem {
            sku: Some("-0102".into()),
            name: Some("=HYPERLINK(\"https://evil.example\"), Чайник".into()),
            price: Some(price("12.50")),
            currency: Some("EUR".parse().unwrap()),
            prices: vec![
                NamedPrice {
                    name: "Price".into(),
                    price: price("12.50"),
                    currency: Some("EUR".parse().unwrap()),
                },
                NamedPrice {
                    name: "from 10 pcs".into(),
                    price: price("11"),
                    currency: None,
                },
            ],
            availability: Some(Availability {
                original: ">100".into(),
                status: AvailabilityStatus::InStock,
                quantity: Some(Decimal::ONE_HUNDRED),
            }),
            ..ListItem::default()
        };
        let found = Match {
            decision: Decision::New,
            product_id: None,
            probability: 0.25,
            accept_score: 0.2,
            barred: false,
            candidates: Vec::new(),
            reasons: Vec::new(),
        };
        PublishedItem::new("acme".parse().unwrap(), "sku:-0102".into(), listed, found)
    }

    /// Three items of which the second was decided on since, and the third went up.
    fn list() -> PublishedList {
        let movement = |percent: Option<i64>| Movement {
            changed_at: "2026-03-01T12:00:00Z".parse().unwrap(),
            price_move: percent.map(Decimal::from),
        };
        let mut snapshot = SnapshotWriter::new().unwrap();
        let mut text = SearchWriter::default();
        for (key, percent) in [("sku:a", None), ("sku:b", None), ("sku:c", Some(5))] {
            let published = PublishedItem {
                item_key: key.into(),
                sku: Some(key.trim_start_matches("sku:").to_uppercase()),
                ..item()
            };
            text.push(key, &published, movement(percent));
            let entry = SnapshotEntry {
                key: key.into(),
                published,
                extra: (),
            };
            snapshot.push(&entry).unwrap();
        }
        let mut decided = PublishedItem {
            item_key: "sku:b".into(),
            ..item()
        };
        decided.found.decision = Decision::Matched;
        decided.found.product_id = Some("P-1".parse().unwrap());
        let settings = domain::SupplierSettings::new("Acme", domain::Source::Upload);
        PublishedList {
            supplier: Supplier::new("acme".parse().unwrap(), settings, Timestamp::UNIX_EPOCH),
            snapshot: snapshot.finish().unwrap().0.into(),
            text: Arc::new(text.finish()),
            decided: HashMap::from([("sku:b".into(), decided)]),
        }
    }

    fn exported(filter: &Filter, most: usize) -> Result<Vec<String>, ExportError> {
        let mut file: Box<dyn ItemFile> = Box::new(CsvFile::begin()?);
        list().write(&mut *file, filter, most)?;
        let (items, content) = file.finish()?;
        let keys: Vec<String> = csv::Reader::from_reader(content)
            .records()
            .map(|row| row.unwrap()[1].to_owned())
            .collect();
        assert_eq!(keys.len(), items);
        Ok(keys)
    }

    #[test]
    fn what_the_filter_lets_through_is_written_decisions_of_today_included() {
        let of = |filter: Filter| exported(&filter, 10).unwrap();
        assert_eq!(of(Filter::default()), ["sku:a", "sku:b", "sku:c"]);
        let decided = |decision| Filter {
            decision: Some(decision),
            ..Filter::default()
        };
        assert_eq!(of(decided(Decision::Matched)), ["sku:b"]);
        assert_eq!(of(decided(Decision::New)), ["sku:a", "sku:c"]);
        let words = Filter {
            q: Some("чайник".into()),
            price_move: Some(crate::items::Direction::Up),
            ..Filter::default()
        };
        assert_eq!(of(words), ["sku:c"]);
    }

    #[test]
    fn a_file_that_would_be_too_long_is_refused() {
        let error = exported(&Filter::default(), 2).unwrap_err();
        assert!(matches!(error, ExportError::TooMany(2)), "{error}");
    }
}
