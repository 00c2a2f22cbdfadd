//! Suppliers: where their lists come from and when.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Currency, Guards, InvalidGuards, InvalidSource, JobId, LastFetch, Source, Summary, SupplierId};

/// What the admin says of a supplier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupplierSettings {
    /// For people.
    pub name: String,
    /// Where the list comes from.
    pub source: Source,
    /// How often it is fetched; none: only on request or by upload.
    #[serde(default)]
    pub schedule: Option<Schedule>,
    /// The currency of prices whose list does not name one.
    #[serde(default)]
    pub default_currency: Option<Currency>,
    /// What holds a result back until a person has looked at it.
    #[serde(default)]
    pub guards: Guards,
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
    /// Outside the allowed range.
    #[error("schedule.every_minutes: between 1 and {} (31 days)", Schedule::MAX_MINUTES)]
    Interval,
    /// The source.
    #[error(transparent)]
    Source(#[from] InvalidSource),
    /// The guards.
    #[error(transparent)]
    Guards(#[from] InvalidGuards),
}

impl SupplierSettings {
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
        match (&self.schedule, &self.source) {
            (Some(_), Source::Upload) => Err(InvalidSettings::ScheduleWithoutSource),
            (Some(schedule), _) if !(1..=Schedule::MAX_MINUTES).contains(&schedule.every_minutes) => {
                Err(InvalidSettings::Interval)
            }
            _ => Ok(self),
        }
    }
}

/// How often a list is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Minutes from one planned run to the next, 1 to [`Schedule::MAX_MINUTES`].
    pub every_minutes: u32,
}

impl Schedule {
    /// The longest interval: 31 days.
    pub const MAX_MINUTES: u32 = 31 * 24 * 60;

    /// The run after one that was due at `due` and starts at `now`: on the schedule's own grid, so that a late start does
    /// not push all later ones back, and missed runs run once.
    pub fn next_after(&self, due: Timestamp, now: Timestamp) -> Timestamp {
        let step = i64::from(self.every_minutes.max(1)) * 60;
        let late = (now.as_second() - due.as_second()).max(0);
        let steps = late / step + 1;
        due.checked_add(SignedDuration::from_secs(steps.saturating_mul(step)))
            .unwrap_or(Timestamp::MAX)
    }
}

/// A supplier as stored: settings, and what the pipeline keeps beside them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// When the next planned run is due; none when there is no schedule.
    #[serde(default)]
    pub next_due_at: Option<Timestamp>,
    /// The job that fetches for this supplier now. It may have ended: then the slot is free.
    #[serde(default)]
    pub live_job: Option<JobId>,
    /// The job whose items are published.
    #[serde(default)]
    pub published_job: Option<JobId>,
    /// The job whose result waits for a person's yes.
    #[serde(default)]
    pub held_job: Option<JobId>,
    /// When the list that was published first was made.
    #[serde(default)]
    pub first_published_at: Option<Timestamp>,
    /// How many items are published now, by decision.
    #[serde(default)]
    pub counts: Option<ItemCounts>,
    /// What the last fetch of its list found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_fetch: Option<LastFetch>,
}

/// A supplier's published items by decision. Set by each publication, moved by each decision of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn missed_runs_run_once_and_the_grid_stays() {
        let hourly = Schedule { every_minutes: 60 };
        assert_eq!(
            hourly.next_after(at("2026-01-01T10:00:00Z"), at("2026-01-01T10:00:20Z")),
            at("2026-01-01T11:00:00Z")
        );
        assert_eq!(
            hourly.next_after(at("2026-01-01T10:00:00Z"), at("2026-01-01T15:30:00Z")),
            at("2026-01-01T16:00:00Z")
        );
    }

    #[test]
    fn settings_say_what_is_wrong() {
        let good = SupplierSettings {
            name: "Acme".into(),
            source: Source::Http {
                url: "https://acme.example/list.csv".into(),
                credential: None,
            },
            schedule: Some(Schedule { every_minutes: 60 }),
            default_currency: None,
            guards: Guards::default(),
        };
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
        assert_eq!(
            with(|s| s.schedule = Some(Schedule { every_minutes: 0 })),
            InvalidSettings::Interval
        );
    }
}
