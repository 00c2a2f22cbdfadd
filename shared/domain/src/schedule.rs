//! When a supplier's list is fetched.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{CronExpression, SupplierId};

/// When a list is fetched: `{"every_minutes": 60}`, or `{"cron": "0 6 * * 1-5", "time_zone": "Europe/Berlin"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ScheduleForm", into = "ScheduleForm")]
pub enum Schedule {
    /// At a steady interval from the time at which the schedule was set.
    Every {
        /// Minutes from one planned run to the next, 1 to [`Schedule::MAX_MINUTES`].
        minutes: u32,
    },
    /// At times on the clock.
    Cron {
        /// Which times.
        expression: CronExpression,
        /// Whose clock.
        time_zone: ZoneName,
    },
}

/// Why a schedule is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidSchedule {
    /// Neither or both of the two kinds.
    #[error(
        "schedule: either {{\"every_minutes\": 60}}, or {{\"cron\": \"0 6 * * 1-5\", \"time_zone\": \"Europe/Berlin\"}}"
    )]
    Shape,
    /// Outside the allowed range.
    #[error("schedule.every_minutes: between 1 and {} (31 days)", Schedule::MAX_MINUTES)]
    Interval,
    /// A day that no year has.
    #[error("schedule.cron: {0:?} names no time that ever comes")]
    Never(String),
}

impl Schedule {
    /// The longest interval: 31 days.
    pub const MAX_MINUTES: u32 = 31 * 24 * 60;

    /// The first run after `now` of a schedule that was set at `since`. The plan does not move when a run is late, and
    /// runs that were missed run once: the next one is always in the future. None when there is none.
    ///
    /// Each supplier runs `jitter` later than planned, so that suppliers of one plan do not all start in one second.
    pub fn next_after(&self, since: Timestamp, now: Timestamp, jitter: Jitter) -> Option<Timestamp> {
        match self {
            Self::Every { minutes } => {
                let step = i64::from((*minutes).max(1)) * 60;
                let delay = jitter.within(step);
                let passed = now.as_second() - since.as_second() - delay;
                let steps = (passed.div_euclid(step) + 1).max(1);
                since
                    .checked_add(SignedDuration::from_secs(steps.checked_mul(step)? + delay))
                    .ok()
            }
            Self::Cron { expression, time_zone } => {
                let zone = time_zone.time_zone();
                // The run planned last may still be ahead, by its delay.
                let earliest = SignedDuration::from_secs(Jitter::MAX_SECONDS);
                let mut planned = expression.next_after(now.checked_sub(earliest).ok()?, zone)?;
                loop {
                    let following = expression.next_after(planned, zone);
                    let gap = following.map_or(i64::MAX, |next| next.as_second() - planned.as_second());
                    let delay = SignedDuration::from_secs(jitter.within(gap));
                    let run = planned.checked_add(delay).ok()?;
                    if run > now {
                        return Some(run);
                    }
                    planned = following?;
                }
            }
        }
    }
}

/// How much later than planned a supplier runs: a fixed share of a tenth of the time to the run after, at most
/// [`Jitter::MAX_SECONDS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jitter {
    /// 0 to 999.
    thousandths: i64,
}

impl Jitter {
    /// The longest delay, in seconds.
    pub const MAX_SECONDS: i64 = 300;

    /// The share of this supplier: always the same, and spread evenly over suppliers.
    pub fn of(supplier_id: &SupplierId) -> Self {
        // FNV-1a, 64 bits: stable over releases, unlike the standard library's hash.
        let hash = supplier_id
            .as_str()
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        // The low bits of short texts' hashes are the least mixed ones.
        let thousandths = i64::try_from((hash >> 32) % 1_000).unwrap_or(0);
        Self { thousandths }
    }

    /// The delay in seconds where the next run but one comes `gap` seconds after the next.
    fn within(self, gap: i64) -> i64 {
        (gap / 10).clamp(0, Self::MAX_SECONDS) * self.thousandths / 1_000
    }
}

/// The name of a time zone in the IANA database: `Europe/Berlin`, `UTC`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ZoneName {
    name: String,
    time_zone: TimeZone,
}

/// Not the name of a time zone.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("schedule.time_zone: {0:?} is no name of the IANA time zone database, as in \"Europe/Berlin\"")]
pub struct UnknownZone(String);

impl ZoneName {
    /// Universal time.
    pub fn utc() -> Self {
        Self {
            name: "UTC".to_owned(),
            time_zone: TimeZone::UTC,
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Its clocks.
    pub fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }
}

impl FromStr for ZoneName {
    type Err = UnknownZone;

    fn from_str(text: &str) -> Result<Self, UnknownZone> {
        let unknown = || UnknownZone(text.chars().take(80).collect());
        let time_zone = TimeZone::get(text).map_err(|_| unknown())?;
        let name = time_zone.iana_name().ok_or_else(unknown)?.to_owned();
        Ok(Self { name, time_zone })
    }
}

impl TryFrom<String> for ZoneName {
    type Error = UnknownZone;
    fn try_from(text: String) -> Result<Self, UnknownZone> {
        text.parse()
    }
}

impl From<ZoneName> for String {
    fn from(zone: ZoneName) -> Self {
        zone.name
    }
}

impl PartialEq for ZoneName {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for ZoneName {}

impl fmt::Display for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A schedule as written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScheduleForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    every_minutes: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cron: Option<CronExpression>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time_zone: Option<ZoneName>,
}

impl TryFrom<ScheduleForm> for Schedule {
    type Error = InvalidSchedule;

    fn try_from(form: ScheduleForm) -> Result<Self, InvalidSchedule> {
        match form {
            ScheduleForm {
                every_minutes: Some(minutes),
                cron: None,
                time_zone: None,
            } => match (1..=Self::MAX_MINUTES).contains(&minutes) {
                true => Ok(Self::Every { minutes }),
                false => Err(InvalidSchedule::Interval),
            },
            ScheduleForm {
                every_minutes: None,
                cron: Some(expression),
                time_zone,
            } => {
                let time_zone = time_zone.unwrap_or_else(ZoneName::utc);
                match expression.next_after(Timestamp::UNIX_EPOCH, time_zone.time_zone()) {
                    Some(_) => Ok(Self::Cron { expression, time_zone }),
                    None => Err(InvalidSchedule::Never(expression.into())),
                }
            }
            _ => Err(InvalidSchedule::Shape),
        }
    }
}

impl From<Schedule> for ScheduleForm {
    fn from(schedule: Schedule) -> Self {
        match schedule {
            Schedule::Every { minutes } => Self {
                every_minutes: Some(minutes),
                cron: None,
                time_zone: None,
            },
            Schedule::Cron { expression, time_zone } => Self {
                every_minutes: None,
                cron: Some(expression),
                time_zone: Some(time_zone),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn none() -> Jitter {
        Jitter { thousandths: 0 }
    }

    fn schedule(json: &str) -> Result<Schedule, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn missed_runs_run_once_and_the_plan_stays() {
        let hourly = Schedule::Every { minutes: 60 };
        let since = at("2026-01-01T10:00:00Z");
        for (now, next) in [
            ("2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z"),
            ("2026-01-01T10:00:20Z", "2026-01-01T11:00:00Z"),
            ("2026-01-01T15:30:00Z", "2026-01-01T16:00:00Z"),
            ("2025-12-24T00:00:00Z", "2026-01-01T11:00:00Z"),
        ] {
            assert_eq!(hourly.next_after(since, at(now), none()), Some(at(next)), "{now}");
        }
    }

    #[test]
    fn suppliers_of_one_plan_are_spread() {
        let delays: Vec<_> = (0..50)
            .map(|n| Jitter::of(&format!("supplier-{n}").parse().unwrap()).within(3_600))
            .collect();
        let distinct: std::collections::HashSet<_> = delays.iter().collect();
        assert!(
            distinct.len() > 35 && delays.iter().all(|delay| (0..300).contains(delay)),
            "{delays:?}"
        );
        assert!(delays.iter().any(|delay| *delay < 60) && delays.iter().any(|delay| *delay > 240));
        assert_eq!(Jitter { thousandths: 999 }.within(60), 5);
    }

    #[test]
    fn both_kinds_are_written_as_they_are_read() {
        for json in [
            r#"{"every_minutes":60}"#,
            r#"{"cron":"0 6 * * 1-5","time_zone":"Europe/Berlin"}"#,
        ] {
            assert_eq!(serde_json::to_string(&schedule(json).unwrap()).unwrap(), json);
        }
        assert_eq!(
            schedule(r#"{"cron":"@hourly"}"#).unwrap(),
            schedule(r#"{"cron":"@hourly","time_zone":"UTC"}"#).unwrap()
        );
    }

    #[test]
    fn other_shapes_say_what_is_wrong() {
        for (json, part) in [
            ("{}", "either"),
            (r#"{"every_minutes":60,"cron":"0 6 * * *"}"#, "either"),
            (r#"{"every_minutes":0}"#, "between 1 and 44640"),
            (r#"{"every_minutes":44641}"#, "between 1 and 44640"),
            (r#"{"cron":"0 25 * * *"}"#, "schedule.cron"),
            (r#"{"cron":"0 0 30 2 *"}"#, "ever comes"),
            (r#"{"cron":"0 6 * * *","time_zone":"Berlin"}"#, "Europe/Berlin"),
            (r#"{"every_hours":1}"#, "unknown field"),
        ] {
            let error = schedule(json).unwrap_err();
            assert!(error.contains(part), "{json}: {error}");
        }
    }

    #[test]
    fn a_cron_run_whose_delay_is_not_over_is_still_ahead() {
        let daily = schedule(r#"{"cron":"0 6 * * *","time_zone":"UTC"}"#).unwrap();
        let late = Jitter { thousandths: 500 };
        let next = |now| daily.next_after(Timestamp::UNIX_EPOCH, at(now), late);
        assert_eq!(next("2026-01-01T06:01:00Z"), Some(at("2026-01-01T06:02:30Z")));
        assert_eq!(next("2026-01-01T06:02:30Z"), Some(at("2026-01-02T06:02:30Z")));
    }

    fn any_schedule() -> impl Strategy<Value = Schedule> {
        let zone = prop::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]);
        let cron = (0..60_u32, 0..24_u32, zone).prop_map(|(minute, hour, zone)| Schedule::Cron {
            expression: format!("{minute} {hour},*/5 * * *").parse().unwrap(),
            time_zone: zone.parse().unwrap(),
        });
        prop_oneof![
            (1..=Schedule::MAX_MINUTES).prop_map(|minutes| Schedule::Every { minutes }),
            cron
        ]
    }

    proptest! {
        /// From any hour of two years: the next run is in the future; no run lies between; and asking again at any time
        /// before it gives the same one.
        #[test]
        fn the_next_run_is_the_first_one_ahead(
            schedule in any_schedule(), hours in 0..17_520_i64, share in 0.0..1.0_f64, thousandths in 0..1_000_i64
        ) {
            let (since, jitter) = (at("2026-01-01T00:10:20Z"), Jitter { thousandths });
            let now = since.checked_add(SignedDuration::from_hours(hours)).unwrap();
            let next = schedule.next_after(since, now, jitter).unwrap();
            prop_assert!(next > now);
            let ahead = next.duration_since(now).as_secs();
            #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
            let later = now.checked_add(SignedDuration::from_secs((share * ahead as f64) as i64)).unwrap();
            if later < next {
                prop_assert_eq!(schedule.next_after(since, later, jitter), Some(next));
            }
            let after = schedule.next_after(since, next, jitter).unwrap();
            prop_assert!(after > next);
        }
    }
}
