//! Identifiers. Each can only be made from valid text.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// A job's id: UUIDv7, so that ids sort by the time at which the job was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JobId(Uuid);

impl JobId {
    /// A new id for a job made at `now`.
    pub fn new(now: Timestamp) -> Self {
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
        Self(Uuid::new_v7(uuid::Timestamp::from_unix(
            uuid::NoContext,
            seconds,
            nanos,
        )))
    }

    /// When the job was made, to the millisecond: ids and times sort alike.
    pub fn made_at(self) -> Timestamp {
        let (seconds, nanos) = self.0.get_timestamp().map_or((0, 0), |time| time.to_unix());
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        let nanos = i32::try_from(nanos).unwrap_or(0);
        Timestamp::new(seconds, nanos).unwrap_or(Timestamp::MAX)
    }
}

/// A supplier's id: 1 to 64 of `a-z 0-9 -`, starting with a letter or digit; it becomes part of S3 keys and of record keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SupplierId(String);

impl SupplierId {
    /// The id under which the buyer's own catalogue goes through the same pipeline as a supplier's list.
    pub const CATALOGUE: &'static str = "catalogue";

    /// The buyer's own catalogue.
    pub fn catalogue() -> Self {
        Self(Self::CATALOGUE.to_owned())
    }

    /// Whether this is the buyer's own catalogue, not a supplier.
    pub fn is_catalogue(&self) -> bool {
        self.0 == Self::CATALOGUE
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A product's id in the buyer's catalogue: 1 to 255 characters without control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProductId(String);

impl ProductId {
    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidId {
    /// Not a UUID of version 7.
    #[error("a job id is a UUID of version 7: {0:?}")]
    Job(String),
    /// Characters or length.
    #[error("a supplier id is 1 to 64 lower-case letters, digits and hyphens, starting with a letter or digit: {0:?}")]
    Supplier(String),
    /// Empty, too long, or with control characters.
    #[error("a product id is 1 to 255 characters without control characters: {0:?}")]
    Product(String),
}

impl FromStr for JobId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Uuid::try_parse(text)
            .ok()
            .filter(|id| id.get_version_num() == 7)
            .map(Self)
            .ok_or_else(|| InvalidId::Job(text.to_owned()))
    }
}

impl FromStr for SupplierId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) && !text.starts_with('-') {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId::Supplier(text.to_owned()))
        }
    }
}

impl FromStr for ProductId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let length = text.chars().count();
        if (1..=255).contains(&length) && text.len() <= 1024 && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId::Product(text.chars().take(80).collect()))
        }
    }
}

macro_rules! text_form {
    ($($id:ident),*) => {$(
        impl TryFrom<String> for $id {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }
        impl From<$id> for String {
            fn from(id: $id) -> Self {
                id.to_string()
            }
        }
        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}
text_form!(JobId, SupplierId, ProductId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn job_ids_sort_by_the_time_they_were_made() {
        let earlier = JobId::new("2026-01-01T00:00:00Z".parse().unwrap());
        let later = JobId::new("2026-01-01T00:00:01Z".parse().unwrap());
        assert!(earlier < later && earlier.to_string() < later.to_string());
        assert_eq!(earlier.to_string().parse::<JobId>().unwrap(), earlier);
    }

    #[test]
    fn a_job_id_tells_when_it_was_made() {
        let now: Timestamp = "2026-03-01T12:00:00.123456Z".parse().unwrap();
        assert_eq!(JobId::new(now).made_at(), "2026-03-01T12:00:00.123Z".parse().unwrap());
    }

    #[test]
    fn a_supplier_id_cannot_leave_its_folder() {
        for bad in ["", "-a", "A", "a/b", "..", "a#1", "é", &"x".repeat(65)] {
            assert!(bad.parse::<SupplierId>().is_err(), "{bad:?}");
        }
        assert_eq!("acme-2".parse::<SupplierId>().unwrap().as_str(), "acme-2");
    }

    #[test]
    fn other_uuid_versions_are_no_job_ids() {
        assert!("6f2f5c1e-2f0e-4d65-a2a9-0b7c6c5f7e11".parse::<JobId>().is_err());
    }
}
