//! Cron expressions in a time zone, by way of `croner`.

use std::{cmp::Ordering, fmt, str::FromStr};

use croner::{
    Cron,
    errors::CronError,
    parser::{CronParser, Seconds, Year},
    time::{CivilDate, CivilDateTime, CivilTime, CronDateTime, Resolution, Weekday},
};
use jiff::{
    SignedDuration, Timestamp, ZonedDateTime,
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A cron expression of five fields (minute, hour, day of month, month, day of week), or a nickname as `@daily`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CronExpression {
    text: String,
    /// Boxed: it is some hundred bytes, and a schedule is mostly none.
    cron: Box<Cron>,
}

/// Why a text is no cron expression.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("schedule.cron: {text:?} is no cron expression of five fields, as in \"0 6 * * 1-5\": {detail}")]
pub struct InvalidCron {
    /// The text, shortened.
    pub text: String,
    /// What is wrong with it.
    pub detail: String,
}

/// Longest expression taken, in characters.
const MAX_LENGTH: usize = 200;

impl CronExpression {
    /// The expression as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first time after `now` that the expression names, by the clocks of `time_zone`; none when there is none in the
    /// next years (30 February).
    ///
    /// Where clocks go forward, a time of day that is skipped is the first one after the gap; where they go back, a time
    /// of day that comes twice counts once, the first time. Expressions of intervals (`*/15`) run through both.
    pub fn next_after(&self, now: Timestamp, time_zone: &TimeZone) -> Option<Timestamp> {
        let now = WallClock(now.to_zoned_datetime(time_zone.clone()));
        let next = self.cron.find_next_occurrence(&now, false).ok()?;
        Some(next.0.timestamp())
    }
}

impl FromStr for CronExpression {
    type Err = InvalidCron;

    fn from_str(text: &str) -> Result<Self, InvalidCron> {
        let invalid = |detail: String| InvalidCron {
            text: text.chars().take(80).collect(),
            detail,
        };
        if text.chars().count() > MAX_LENGTH {
            return Err(invalid(format!("it has more than {MAX_LENGTH} characters")));
        }
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let cron = parser.parse(text).map_err(|error| invalid(error.to_string()))?;
        Ok(Self {
            text: text.trim().to_owned(),
            cron: Box::new(cron),
        })
    }
}

impl TryFrom<String> for CronExpression {
    type Error = InvalidCron;
    fn try_from(text: String) -> Result<Self, InvalidCron> {
        text.parse()
    }
}

impl From<CronExpression> for String {
    fn from(expression: CronExpression) -> Self {
        expression.text
    }
}

impl PartialEq for CronExpression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for CronExpression {}

impl fmt::Display for CronExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A time on a zone's clocks, in croner's words. Its own adapter for jiff is bound to another version of jiff.
#[derive(Debug, Clone)]
struct WallClock(ZonedDateTime);

impl CronDateTime for WallClock {
    fn to_civil(&self) -> CivilDateTime {
        let now = self.0.datetime();
        let part = |value: i8| u32::from(value.unsigned_abs());
        CivilDateTime::new(
            CivilDate::from_parts_unchecked(i32::from(now.year()), part(now.month()), part(now.day())),
            CivilTime::from_parts_unchecked(part(now.hour()), part(now.minute()), part(now.second())),
        )
    }

    fn civil_weekday(&self) -> Weekday {
        let from_sunday = self.0.weekday().to_sunday_zero_offset();
        Weekday::from_days_from_sunday(u32::from(from_sunday.unsigned_abs()))
    }

    fn resolve_civil(&self, civil: CivilDateTime) -> Result<Resolution<Self>, CronError> {
        let resolved = self.0.time_zone().to_ambiguous_zoned_datetime(datetime_of(civil)?);
        let time = |zoned: Result<ZonedDateTime, jiff::Error>| zoned.map(Self).map_err(|_| CronError::InvalidTime);
        Ok(match resolved.offset() {
            AmbiguousOffset::Unambiguous { .. } => Resolution::Single(time(resolved.unambiguous())?),
            AmbiguousOffset::Fold { .. } => {
                Resolution::Ambiguous(time(resolved.clone().earlier())?, time(resolved.later())?)
            }
            AmbiguousOffset::Gap { .. } => Resolution::Gap,
        })
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        self.0.checked_add(SignedDuration::from_secs(seconds)).ok().map(Self)
    }

    fn cmp_instant(&self, other: &Self) -> Ordering {
        self.0.timestamp().cmp(&other.0.timestamp())
    }
}

fn datetime_of(civil: CivilDateTime) -> Result<DateTime, CronError> {
    let year = i16::try_from(civil.year()).map_err(|_| CronError::InvalidDate)?;
    let part = |value: u32| i8::try_from(value).map_err(|_| CronError::InvalidDate);
    DateTime::new(
        year,
        part(civil.month())?,
        part(civil.day())?,
        part(civil.hour())?,
        part(civil.minute())?,
        part(civil.second())?,
        0,
    )
    .map_err(|_| CronError::InvalidDate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(expression: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
        let expression: CronExpression = expression.parse().unwrap();
        let zone = TimeZone::get(zone).unwrap();
        let mut now: Timestamp = after.parse().unwrap();
        let mut runs = Vec::new();
        for _ in 0..count {
            now = expression.next_after(now, &zone).unwrap();
            runs.push(
                now.to_zoned_datetime(zone.clone())
                    .strftime("%a %d %H:%M%:z")
                    .to_string(),
            );
        }
        runs
    }

    #[test]
    fn weekdays_at_six() {
        assert_eq!(
            runs("0 6 * * 1-5", "Europe/Berlin", "2026-01-02T04:59:00Z", 3),
            ["Fri 02 06:00+01:00", "Mon 05 06:00+01:00", "Tue 06 06:00+01:00"]
        );
        assert_eq!(
            runs("@daily", "Asia/Kolkata", "2026-01-02T00:00:00Z", 1),
            ["Sat 03 00:00+05:30"]
        );
    }

    /// Berlin, 29 March 2026: 02:00 to 03:00 is skipped.
    #[test]
    fn clocks_go_forward() {
        assert_eq!(
            runs("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 3),
            ["Sat 28 02:30+01:00", "Sun 29 03:00+02:00", "Mon 30 02:30+02:00"]
        );
        assert_eq!(
            runs("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", 3),
            ["Sun 29 01:30+01:00", "Sun 29 03:00+02:00", "Sun 29 03:30+02:00"]
        );
        assert_eq!(
            runs("0 6 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 2),
            ["Sat 28 06:00+01:00", "Sun 29 06:00+02:00"]
        );
    }

    /// Berlin, 25 October 2026: 02:00 to 03:00 comes twice.
    #[test]
    fn clocks_go_back() {
        assert_eq!(
            runs("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2),
            ["Sun 25 02:30+02:00", "Mon 26 02:30+01:00"]
        );
        assert_eq!(
            runs("*/30 * * * *", "Europe/Berlin", "2026-10-24T23:59:00Z", 6),
            [
                "Sun 25 02:00+02:00",
                "Sun 25 02:30+02:00",
                "Sun 25 02:00+01:00",
                "Sun 25 02:30+01:00",
                "Sun 25 03:00+01:00",
                "Sun 25 03:30+01:00"
            ]
        );
    }

    #[test]
    fn what_never_comes_is_said_at_once() {
        let never: CronExpression = "0 0 30 2 *".parse().unwrap();
        assert_eq!(never.next_after(Timestamp::UNIX_EPOCH, &TimeZone::UTC), None);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "6",
            "0 0 6 * * 1-5",
            "61 * * * *",
            "* * * * * UTC",
            "0 6 * * MON-XYZ",
            &"*".repeat(300),
        ] {
            assert!(text.parse::<CronExpression>().is_err(), "{text}");
        }
    }
}
