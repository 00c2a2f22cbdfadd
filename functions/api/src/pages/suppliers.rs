//! Suppliers: a card for each to control its syncs, and the dialog of its settings.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    response::Response,
    routing::{get, post},
};
use domain::{
    Field, HeldResult, HeldState, IngestionJob, JobId, LegacyColumn, LegacyMapping, Schedule, Source, Supplier,
    SupplierId,
};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    Frame, Section, format,
    health::{Health, RUNS},
    page,
    phases::{self, Step},
    reading::{ErrorView, ItemView, ReadingView},
};
use crate::{
    Deps, Problem,
    body::{Parameters, Segment},
    caller::Caller,
    suppliers::{entity_tag, existing, page_of_suppliers},
    trial,
};

/// Cards on a page; each costs a query.
const SHOWN: i32 = 20;

/// Suppliers whose jobs are asked for at once.
const AT_ONCE: usize = 10;

#[derive(Template)]
#[template(path = "suppliers/page.html")]
struct SuppliersPage {
    frame: Frame,
    cards: Cards,
}

#[derive(Template)]
#[template(path = "suppliers/cards.html")]
struct Cards {
    cards: Vec<Card>,
    /// Where this page begins; empty for the first.
    cursor: String,
    /// Where the next does.
    next: Option<String>,
    may_change: bool,
}

/// What a supplier's card shows.
struct Card {
    supplier: Supplier,
    source: String,
    schedule: String,
    next: String,
    last: Option<LastJob>,
    /// The published list's age.
    published: String,
    held: Option<(JobId, HeldResult)>,
    /// What a supplier in failure waits for.
    rest: Option<String>,
    /// Its list was published before the catalogue was.
    is_outdated: bool,
    health: Health,
}

/// The newest job of a supplier.
struct LastJob {
    job: IngestionJob,
    steps: [Step; 4],
    label: String,
    activity: String,
    percentage: Option<u64>,
    age: String,
    /// Only another file helps.
    wants_file: bool,
}

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default)]
    cursor: String,
}

pub(super) fn routes() -> Router<Arc<Deps>> {
    Router::new()
        .route("/suppliers", get(show))
        .route("/suppliers/cards", get(cards))
        .route("/suppliers/new", get(new))
        .route("/suppliers/{supplier_id}/edit", get(edit))
        .route("/sources/test", post(test))
}

async fn show(
    State(deps): State<Arc<Deps>>,
    Parameters(Asked { cursor }): Parameters<Asked>,
    caller: Caller,
) -> Result<Response, Problem> {
    page(&SuppliersPage {
        cards: page_of_cards(&deps, cursor, &caller).await?,
        frame: Frame::new(Section::Suppliers, caller),
    })
}

async fn cards(
    State(deps): State<Arc<Deps>>,
    Parameters(Asked { cursor }): Parameters<Asked>,
    caller: Caller,
) -> Result<Response, Problem> {
    page(&page_of_cards(&deps, cursor, &caller).await?)
}

async fn page_of_cards(deps: &Deps, cursor: String, caller: &Caller) -> Result<Cards, Problem> {
    let now = deps.clock.now();
    let after = Some(cursor.as_str()).filter(|cursor| !cursor.is_empty());
    let list = page_of_suppliers(deps, SHOWN, after).await?;
    let catalogue = deps.suppliers.publication().published(&SupplierId::catalogue()).await?;
    let cards = stream::iter(
        list.suppliers
            .into_iter()
            .map(|supplier| card(deps, supplier, catalogue, now)),
    )
    .buffered(AT_ONCE)
    .try_collect()
    .await?;
    Ok(Cards {
        cards,
        cursor,
        next: list.next_cursor,
        may_change: caller.may_change(),
    })
}

async fn card(deps: &Deps, supplier: Supplier, catalogue: Option<JobId>, now: Timestamp) -> Result<Card, Problem> {
    let runs = i32::try_from(RUNS).unwrap_or(i32::MAX);
    let jobs = deps.jobs.of_supplier(&supplier.supplier_id, runs, None, now).await?;
    let wants_file = jobs.jobs.first().is_some_and(|last| phases::upload_at(last).is_some());
    let jobs: Vec<IngestionJob> = jobs.jobs.into_iter().map(Into::into).collect();
    let held = jobs.iter().find_map(|job| {
        let held = job.held.clone()?;
        (held.state == HeldState::Waiting).then_some((job.job_id, held))
    });
    let published = jobs
        .iter()
        .find(|job| Some(job.job_id) == supplier.published_job)
        .map(|job| job.finished_at.unwrap_or(job.created_at));
    Ok(Card {
        is_outdated: supplier
            .published_job
            .is_some_and(|published| catalogue.is_some_and(|of| of > published)),
        source: source(&supplier.settings.source),
        schedule: schedule(supplier.settings.schedule.as_ref()),
        next: supplier
            .next_due_at
            .map(|due| format::until(due, now))
            .unwrap_or_default(),
        health: Health::of(&jobs),
        published: match (published, supplier.published_job) {
            (Some(time), _) => format!("published list {}", format::ago(time, now)),
            (None, Some(_)) => "published list over a week ago".to_owned(),
            (None, None) => "nothing published yet".to_owned(),
        },
        last: jobs.into_iter().next().map(|job| LastJob {
            steps: phases::steps(&job),
            label: phases::label(&job),
            activity: phases::activity(&job),
            percentage: phases::percentage(&job),
            age: format::ago(job.created_at, now),
            wants_file,
            job,
        }),
        held,
        rest: rest(&supplier, now),
        supplier,
    })
}

/// Why planned runs have become rare.
fn rest(supplier: &Supplier, now: Timestamp) -> Option<String> {
    let failures = u64::from(supplier.consecutive_failures);
    let since = supplier.failing_since.filter(|_| failures > 0)?;
    let failed = format::counted(failures, "fetch", "fetches");
    let next = supplier
        .next_due_at
        .map(|due| format!("; the next try is {}", format::until(due, now)));
    Some(format!(
        "{failed} in a row failed, the first {}{}.",
        format::ago(since, now),
        next.unwrap_or_default()
    ))
}

/// Where lists come from, short.
fn source(source: &Source) -> String {
    match source {
        Source::Http { url, .. } => {
            let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
            rest.split(['/', '?', '#']).next().unwrap_or(rest).to_owned()
        }
        Source::GoogleSheet { .. } => "Google sheet".to_owned(),
        Source::Upload => "Uploads".to_owned(),
    }
}

fn schedule(schedule: Option<&Schedule>) -> String {
    let Some(schedule) = schedule else {
        return "on request".to_owned();
    };
    match schedule {
        Schedule::Every { minutes } => interval(*minutes),
        Schedule::Cron { expression, time_zone } => format!("{expression} in {time_zone}"),
    }
}

fn interval(minutes: u32) -> String {
    match minutes {
        1 => "every minute".to_owned(),
        60 => "hourly".to_owned(),
        1440 => "daily".to_owned(),
        10_080 => "weekly".to_owned(),
        minutes if minutes % 1440 == 0 => format!("every {} days", minutes / 1440),
        minutes if minutes % 60 == 0 => format!("every {} h", minutes / 60),
        minutes => format!("every {minutes} min"),
    }
}

#[derive(Template)]
#[template(path = "suppliers/settings.html")]
struct SettingsDialog {
    /// The settings as they are, in JSON: what the dialog does not show is kept.
    base: String,
    /// None for a new one.
    supplier: Option<Supplier>,
    entity_tag: String,
    kind: &'static str,
    url: String,
    sheet: String,
    tab: String,
    credential: String,
    every: Vec<(u32, String, bool)>,
    cron: String,
    time_zone: String,
    paused: bool,
    /// Set, or as the deployment does.
    via_ml: Option<bool>,
    /// The fixed columns, filled in where they are given.
    columns: Vec<ColumnRow>,
    legacy_sheet: String,
    legacy_first_row: String,
    currency: String,
    shrink: u32,
    price_move: u32,
}

/// Where a field stands in lists that are read by fixed columns.
struct ColumnRow {
    field: &'static str,
    words: &'static str,
    /// `header` or `letter`.
    kind: &'static str,
    text: String,
}

/// The fields of fixed columns, as the dialog names them.
const COLUMNS: [(Field, &str); 12] = [
    (Field::Price, "Price"),
    (Field::Sku, "Code"),
    (Field::Barcode, "Barcode"),
    (Field::Name, "Item's name"),
    (Field::Brand, "Brand"),
    (Field::Currency, "Currency"),
    (Field::Unit, "Unit"),
    (Field::PackSize, "Pack size"),
    (Field::MinimumOrder, "Minimum order"),
    (Field::Availability, "Stock"),
    (Field::Category, "Category"),
    (Field::Description, "Description"),
];

impl ColumnRow {
    fn all(mapping: Option<&LegacyMapping>) -> Vec<Self> {
        let row = |(field, words): (Field, &'static str)| {
            let (kind, text) = match mapping.and_then(|mapping| mapping.columns.get(&field)) {
                Some(LegacyColumn::Header(text)) => ("header", text.clone()),
                Some(LegacyColumn::Letter(letter)) => ("letter", letter.to_string()),
                None => ("header", String::new()),
            };
            Self {
                field: field.as_str(),
                words,
                kind,
                text,
            }
        };
        COLUMNS.into_iter().map(row).collect()
    }
}

/// Intervals offered, in minutes; another one that was set by the API is kept.
const INTERVALS: [u32; 8] = [15, 30, 60, 180, 360, 720, 1440, 10_080];

async fn new() -> Result<Response, Problem> {
    page(&SettingsDialog::of(None))
}

async fn edit(State(deps): State<Arc<Deps>>, Segment(supplier_id): Segment<SupplierId>) -> Result<Response, Problem> {
    page(&SettingsDialog::of(Some(existing(&deps, &supplier_id).await?)))
}

impl SettingsDialog {
    fn of(supplier: Option<Supplier>) -> Self {
        let settings = supplier.as_ref().map(|supplier| &supplier.settings);
        let guards = settings.map(|settings| settings.guards).unwrap_or_default();
        let (set, cron, time_zone) = match settings.and_then(|settings| settings.schedule.as_ref()) {
            Some(Schedule::Every { minutes }) => (Some(*minutes), String::new(), String::new()),
            Some(Schedule::Cron { expression, time_zone }) => (None, expression.to_string(), time_zone.to_string()),
            None => (None, String::new(), String::new()),
        };
        let mut intervals: Vec<u32> = INTERVALS.into_iter().chain(set).collect();
        intervals.sort_unstable();
        intervals.dedup();
        let (kind, url, sheet, tab) = match settings.map(|settings| &settings.source) {
            None => ("http", String::new(), String::new(), String::new()),
            Some(Source::Http { url, .. }) => ("http", url.clone(), String::new(), String::new()),
            Some(Source::GoogleSheet { sheet, tab, .. }) => (
                "google_sheet",
                String::new(),
                sheet.as_str().to_owned(),
                tab.map(|tab| tab.to_string()).unwrap_or_default(),
            ),
            Some(Source::Upload) => ("upload", String::new(), String::new(), String::new()),
        };
        let credential = settings.and_then(|settings| settings.source.credential());
        let legacy = settings.and_then(|settings| settings.legacy.as_ref());
        Self {
            columns: ColumnRow::all(legacy),
            legacy_sheet: legacy.and_then(|legacy| legacy.sheet.clone()).unwrap_or_default(),
            legacy_first_row: legacy
                .and_then(|legacy| legacy.first_row)
                .map(|row| row.to_string())
                .unwrap_or_default(),
            base: settings
                .and_then(|settings| serde_json::to_string(settings).ok())
                .unwrap_or_else(|| "{}".to_owned()),
            entity_tag: supplier.as_ref().map(entity_tag).unwrap_or_default(),
            kind,
            url,
            sheet,
            tab,
            credential: credential.map(ToString::to_string).unwrap_or_default(),
            every: intervals
                .into_iter()
                .map(|minutes| {
                    let words = interval(minutes);
                    (minutes, words, Some(minutes) == set)
                })
                .collect(),
            currency: settings
                .and_then(|settings| settings.default_currency)
                .map(|currency| currency.to_string())
                .unwrap_or_default(),
            cron,
            time_zone,
            paused: settings.is_some_and(|settings| settings.paused),
            via_ml: settings.and_then(|settings| settings.process_via_ml),
            shrink: guards.max_shrink_percent,
            price_move: guards.max_median_price_move_percent,
            supplier,
        }
    }
}

#[derive(Template)]
#[template(path = "suppliers/trial.html")]
struct TrialView {
    about: String,
    reading: ReadingView,
    items: Vec<ItemView>,
    items_total: u64,
    errors: Vec<ErrorView>,
    errors_total: u64,
}

/// What the API's test answers, to be looked at.
async fn test(State(deps): State<Arc<Deps>>, request: Request) -> Result<Response, Problem> {
    let trial = trial::run(&deps, request).await?;
    page(&TrialView {
        about: format!("{}, {}", trial.file_name, format::bytes(trial.size)),
        reading: ReadingView::of(&trial.report),
        items: trial.items.iter().map(ItemView::of).collect(),
        items_total: trial.items_total as u64,
        errors: trial.errors.iter().map(ErrorView::of).collect(),
        errors_total: trial.errors_total as u64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_told_in_the_largest_unit() {
        assert_eq!(
            [1, 15, 60, 180, 1440, 4320, 10_080, 90].map(interval),
            [
                "every minute",
                "every 15 min",
                "hourly",
                "every 3 h",
                "daily",
                "every 3 days",
                "weekly",
                "every 90 min"
            ]
        );
        assert_eq!(schedule(None), "on request");
    }

    #[test]
    fn an_address_is_shortened_to_its_host() {
        let http = |url: &str| Source::Http {
            url: url.into(),
            credential: None,
        };
        assert_eq!(
            source(&http("https://lists.acme.example/a/b.csv?key=x")),
            "lists.acme.example"
        );
        assert_eq!(source(&http("https://acme.example?x")), "acme.example");
    }
}
