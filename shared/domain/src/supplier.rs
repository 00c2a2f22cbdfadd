//! Suppliers: where their lists come from and when.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    Currency, Decision, Guards, InvalidGuards, InvalidMapping, InvalidSource, Jitter, JobError, JobId, LastFetch,
    LegacyMapping, Schedule, Source, Summary, SupplierId, backoff,
};

/// What the admin says of a supplier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SupplierSettings {
    /// For people.
    pub name: String,
    /// Where the list comes from.
    pub source: Source,
    /// When it is fetched; none: only on request or by upload.
    #[serde(default)]
    pub schedule: Option<Schedule>,
    /// Not fetched on schedule for the time being. "Sync now" and uploads go on.
    #[serde(default)]
    pub paused: bool,
    /// The currency of prices whose list does not name one.
    #[serde(default)]
    pub default_currency: Option<Currency>,
    /// What holds a result back until a person has looked at it.
    #[serde(default)]
    pub guards: Guards,
    /// Whether its lists are read by inference, or by the fixed columns of `legacy`; none: as the deployment does.
    #[serde(default)]
    pub process_via_ml: Option<bool>,
    /// Its lists' fixed columns, for the legacy way.
    #[serde(default)]
    pub legacy: Option<LegacyMapping>,
    /// Whether its lists are read the other way too, to compare. Only the first way's result is published.
    #[serde(default)]
    pub shadow: bool,
}

/// Why settings are refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidSettings {
    /// Name empty or over-long.
    #[error("name: 1 to 200 characters are needed")]
    Name,
    /// A schedule on a source that cannot be fetched.
    #[error("schedule: a supplier whose lists are uploaded cannot be fetched on a schedule")]
    ScheduleWithoutSource,
    /// The legacy way without its columns.
    #[error("legacy: a mapping is needed for {0}")]
    NoMapping(&'static str),
    /// The source.
    #[error(transparent)]
    Source(#[from] InvalidSource),
    /// The guards.
    #[error(transparent)]
    Guards(#[from] InvalidGuards),
    /// The legacy mapping.
    #[error(transparent)]
    Mapping(#[from] InvalidMapping),
}

impl SupplierSettings {
    /// The names of all settings, as stored.
    pub const FIELDS: [&str; 9] = [
        "name",
        "source",
        "schedule",
        "paused",
        "default_currency",
        "guards",
        "process_via_ml",
        "legacy",
        "shadow",
    ];

    /// Settings of which nothing but the name and the source is said.
    pub fn new(name: impl Into<String>, source: Source) -> Self {
        Self {
            name: name.into(),
            source,
            schedule: None,
            paused: false,
            default_currency: None,
            guards: Guards::default(),
            process_via_ml: None,
            legacy: None,
            shadow: false,
        }
    }

    /// Checks what the shape alone cannot say.
    ///
    /// # Errors
    /// The first field that cannot be used, with what is allowed.
    pub fn checked(self) -> Result<Self, InvalidSettings> {
        if self.name.trim().is_empty() || self.name.chars().count() > 200 {
            return Err(InvalidSettings::Name);
        }
        self.source.check()?;
        self.guards.check()?;
        if self.schedule.is_some() && self.source == Source::Upload {
            return Err(InvalidSettings::ScheduleWithoutSource);
        }
        match (&self.legacy, self.legacy_use()) {
            (Some(mapping), _) => mapping.check()?,
            (None, Some(purpose)) => return Err(InvalidSettings::NoMapping(purpose)),
            (None, None) => {}
        }
        Ok(self)
    }

    /// The setting that cannot do without fixed columns, if one is made.
    fn legacy_use(&self) -> Option<&'static str> {
        if self.process_via_ml == Some(false) {
            return Some("process_via_ml = false");
        }
        self.shadow.then_some("shadow = true")
    }
}

/// A supplier as stored: settings, and what the pipeline keeps beside them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Supplier {
    /// Which one.
    pub supplier_id: SupplierId,
    /// What the admin said.
    #[serde(flatten)]
    pub settings: SupplierSettings,
    /// When it was added.
    pub created_at: Timestamp,
    /// When the settings were last changed.
    pub updated_at: Timestamp,
    /// When the schedule was set, from which intervals count; none in older records: when the supplier was added.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub scheduled_since: Option<Timestamp>,
    /// When the next planned run is due; none when there is no schedule, or it is paused.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub next_due_at: Option<Timestamp>,
    /// Fetches that failed in a row. The more, the rarer are planned runs.
    #[serde(default)]
    pub consecutive_failures: u32,
    /// Since when they fail.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub failing_since: Option<Timestamp>,
    /// Why the latest one failed.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub last_error: Option<JobError>,
    /// The job that fetches for this supplier now. It may have ended: then the slot is free.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub live_job: Option<JobId>,
    /// The job whose items are published.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub published_job: Option<JobId>,
    /// The job whose result waits for a person's yes.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub held_job: Option<JobId>,
    /// The job whose result was rejected last.
    #[serde(default)]
    pub rejected_job: Option<JobId>,
    /// When the list that was published first was made.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub first_published_at: Option<Timestamp>,
    /// How many items are published now, by decision.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub counts: Option<ItemCounts>,
    /// What people have made of items, ever: a decision made while a list is being published may be missing in `counts`.
    #[serde(default, skip_serializing)]
    #[cfg_attr(feature = "openapi", schema(ignore))]
    pub moved_to: Vec<Decision>,
    /// What the last fetch of its list found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_fetch: Option<LastFetch>,
}

/// A supplier's published items by decision. Set by each publication, moved by each decision of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ItemCounts {
    /// All of them.
    pub items: i64,
    /// With an accepted product.
    pub matched: i64,
    /// That a person must look at.
    pub review: i64,
    /// That are like nothing in the catalogue.
    pub new: i64,
}

impl ItemCounts {
    /// Those that `decision` became of.
    pub fn of(&self, decision: Decision) -> i64 {
        match decision {
            Decision::Matched => self.matched,
            Decision::Review => self.review,
            Decision::New => self.new,
        }
    }
}

impl From<&Summary> for ItemCounts {
    fn from(summary: &Summary) -> Self {
        let count = |n| i64::try_from(n).unwrap_or(i64::MAX);
        Self {
            items: count(summary.items),
            matched: count(summary.matched),
            review: count(summary.review),
            new: count(summary.new),
        }
    }
}

impl Supplier {
    /// A supplier that has just been added. With a schedule its first run is due at once.
    pub fn new(supplier_id: SupplierId, settings: SupplierSettings, now: Timestamp) -> Self {
        let next_due_at = settings.runs_on_schedule().then_some(now);
        Self {
            supplier_id,
            scheduled_since: settings.schedule.as_ref().map(|_| now),
            next_due_at,
            settings,
            created_at: now,
            updated_at: now,
            consecutive_failures: 0,
            failing_since: None,
            last_error: None,
            live_job: None,
            published_job: None,
            held_job: None,
            rejected_job: None,
            first_published_at: None,
            counts: None,
            moved_to: Vec::new(),
            last_fetch: None,
        }
    }

    /// Whether certainly none of its published items has come to `decision`.
    pub fn has_none(&self, decision: Decision) -> bool {
        let counted = self.counts.is_some_and(|counts| counts.of(decision) == 0);
        counted && !self.moved_to.contains(&decision)
    }

    /// The supplier under other settings. A new schedule, and one that is no longer paused, is due at once; an unchanged
    /// one keeps its time.
    pub fn with_settings(&self, settings: SupplierSettings, now: Timestamp) -> Self {
        let same_plan = self.settings.schedule == settings.schedule;
        let keeps_time = same_plan && self.settings.paused == settings.paused;
        let next_due_at = settings
            .runs_on_schedule()
            .then(|| self.next_due_at.filter(|_| keeps_time).unwrap_or(now));
        Self {
            scheduled_since: match (&settings.schedule, same_plan) {
                (None, _) => None,
                (Some(_), true) => Some(self.schedule_start()),
                (Some(_), false) => Some(now),
            },
            next_due_at,
            settings,
            updated_at: now,
            ..self.clone()
        }
    }

    /// The first planned run after `now`; none without a schedule, or while it is paused.
    pub fn next_due_after(&self, now: Timestamp) -> Option<Timestamp> {
        let schedule = self.settings.schedule.as_ref().filter(|_| !self.settings.paused)?;
        schedule.next_after(self.schedule_start(), now, Jitter::of(&self.supplier_id))
    }

    /// The supplier after a fetch that ended at `now`, well or with `failure`. A failure makes planned runs rarer (see
    /// [`backoff`]); a success ends that.
    pub fn after_fetch(&self, failure: Option<&JobError>, now: Timestamp) -> Self {
        let Some(error) = failure else {
            return Self {
                consecutive_failures: 0,
                failing_since: None,
                last_error: None,
                ..self.clone()
            };
        };
        let consecutive_failures = self.consecutive_failures.saturating_add(1);
        let rest = backoff(consecutive_failures).unwrap_or_default();
        let rested = now.checked_add(rest).unwrap_or(now);
        let next_due_at = match self.next_due_at {
            Some(due) if due < rested => self.next_due_after(rested),
            due => due,
        };
        Self {
            consecutive_failures,
            failing_since: self.failing_since.or(Some(now)),
            last_error: Some(error.clone()),
            next_due_at,
            ..self.clone()
        }
    }

    fn schedule_start(&self) -> Timestamp {
        self.scheduled_since.unwrap_or(self.created_at)
    }
}

impl SupplierSettings {
    fn runs_on_schedule(&self) -> bool {
        self.schedule.is_some() && !self.paused
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LONGEST_BACKOFF, ZoneName};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn settings(schedule: Option<Schedule>) -> SupplierSettings {
        let source = Source::Http {
            url: "https://acme.example/list.csv".into(),
            credential: None,
        };
        SupplierSettings {
            schedule,
            ..SupplierSettings::new("Acme", source)
        }
    }

    fn hourly() -> Option<Schedule> {
        Some(Schedule::Every { minutes: 60 })
    }

    fn acme(schedule: Option<Schedule>) -> Supplier {
        Supplier::new("acme".parse().unwrap(), settings(schedule), at("2026-01-01T10:00:00Z"))
    }

    #[test]
    fn settings_say_what_is_wrong() {
        let good = settings(hourly());
        assert_eq!(good.clone().checked(), Ok(good.clone()));
        let with = |change: fn(&mut SupplierSettings)| {
            let mut settings = good.clone();
            change(&mut settings);
            settings.checked().unwrap_err()
        };
        assert_eq!(with(|s| s.name = " ".into()), InvalidSettings::Name);
        assert_eq!(
            with(|s| s.source = Source::Upload),
            InvalidSettings::ScheduleWithoutSource
        );
        assert_eq!(
            with(|s| s.source = Source::Http {
                url: "file:///etc/passwd".into(),
                credential: None,
            }),
            InvalidSettings::Source(InvalidSource::Url)
        );
        assert!(matches!(with(|s| s.shadow = true), InvalidSettings::NoMapping(_)));
        assert!(matches!(
            with(|s| s.process_via_ml = Some(false)),
            InvalidSettings::NoMapping(_)
        ));
    }

    #[test]
    fn all_settings_are_named() {
        let json = serde_json::to_value(settings(None)).unwrap();
        let mut names: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        let mut fields = SupplierSettings::FIELDS.to_vec();
        names.sort_unstable();
        fields.sort_unstable();
        assert_eq!(names, fields);
    }

    #[test]
    fn an_older_record_is_read() {
        let json = r#"{"supplier_id":"acme","name":"Acme","source":{"kind":"upload"},
            "created_at":"2026-01-01T10:00:00Z","updated_at":"2026-01-01T10:00:00Z"}"#;
        let supplier: Supplier = serde_json::from_str(json).unwrap();
        assert_eq!(supplier.settings, SupplierSettings::new("Acme", Source::Upload));
    }

    #[test]
    fn a_pause_keeps_the_plan_and_its_end_runs_once() {
        let now = at("2026-01-01T12:00:00Z");
        let running = acme(hourly());
        let mut paused = running.settings.clone();
        paused.paused = true;
        let paused = running.with_settings(paused, now);
        assert_eq!((paused.next_due_at, paused.next_due_after(now)), (None, None));
        let later = at("2026-01-03T12:00:00Z");
        let again = paused.with_settings(running.settings.clone(), later);
        assert_eq!(
            (again.next_due_at, again.scheduled_since),
            (Some(later), running.scheduled_since)
        );
    }

    #[test]
    fn other_settings_leave_the_time_of_the_next_run() {
        let now = at("2026-01-01T12:00:00Z");
        let due = Some(at("2026-01-01T12:34:00Z"));
        let supplier = Supplier {
            next_due_at: due,
            ..acme(hourly())
        };
        let mut renamed = supplier.settings.clone();
        renamed.name = "Acme Ltd".into();
        assert_eq!(supplier.with_settings(renamed, now).next_due_at, due);
        let daily = settings(Some(Schedule::Cron {
            expression: "0 6 * * *".parse().unwrap(),
            time_zone: ZoneName::utc(),
        }));
        assert_eq!(supplier.with_settings(daily, now).next_due_at, Some(now));
        assert_eq!(supplier.with_settings(settings(None), now).next_due_at, None);
    }

    #[test]
    fn failures_make_runs_rarer_and_a_success_ends_that() {
        let error = JobError::new("not_found", "There is no such file.");
        let mut supplier = acme(Some(Schedule::Every { minutes: 1 }));
        let mut now = at("2026-01-01T10:00:00Z");
        let mut waits = Vec::new();
        for _ in 0..12 {
            supplier.next_due_at = supplier.next_due_after(now);
            supplier = supplier.after_fetch(Some(&error), now);
            let due = supplier.next_due_at.unwrap();
            waits.push(due.duration_since(now).as_mins());
            now = due;
        }
        // Planned runs are a minute apart.
        let doubled = waits.iter().zip([5, 10, 20, 40, 80]);
        assert!(
            doubled.clone().all(|(wait, pause)| (pause..=pause + 1).contains(wait)),
            "{waits:?}"
        );
        assert!(
            waits.iter().all(|wait| *wait <= LONGEST_BACKOFF.as_mins() + 1),
            "{waits:?}"
        );
        assert_eq!(supplier.failing_since, Some(at("2026-01-01T10:00:00Z")));
        let well = supplier.after_fetch(None, now);
        assert_eq!(
            (well.consecutive_failures, well.failing_since, well.last_error),
            (0, None, None)
        );
        assert_eq!(well.next_due_at, supplier.next_due_at);
    }

    #[test]
    fn a_slow_schedule_and_none_are_left_alone() {
        let (now, error) = (at("2026-01-01T10:00:00Z"), JobError::new("x", "x"));
        let due = Some(at("2026-01-20T10:00:00Z"));
        let slow = Supplier {
            next_due_at: due,
            ..acme(hourly())
        };
        assert_eq!(slow.after_fetch(Some(&error), now).next_due_at, due);
        assert_eq!(acme(None).after_fetch(Some(&error), now).next_due_at, None);
    }
}
