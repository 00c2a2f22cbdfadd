//! What is remembered of the list fetched last, so that an unchanged one is not read again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{JobId, Md5, Source, Supplier};

/// What the last job that fetched a supplier's list found. It counts only while that job's items are the published ones, or
/// were rejected: a list that failed, or that nobody has decided on, is never "unchanged".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LastFetch {
    /// Which job fetched it.
    pub job_id: JobId,
    /// When.
    pub fetched_at: Timestamp,
    /// MD5 of the bytes.
    pub md5: Md5,
    /// The version of the settings it was fetched under: their last change.
    pub settings_at: Timestamp,
    /// The catalogue that was published then: another one may find other products for the same items.
    #[serde(default)]
    pub catalogue: Option<JobId>,
    /// What tells that state of the file from another.
    #[serde(default)]
    pub state: FileState,
}

/// What tells one state of a source's file from another without its bytes, as served.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileState {
    /// HTTP `ETag`, with its quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// HTTP `Last-Modified`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// `version` of a file in Google Drive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drive_version: Option<String>,
    /// `modifiedTime` of a file in Google Drive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drive_modified: Option<String>,
}

impl Supplier {
    /// The last fetch, if its list is the published one, or one whose result a person rejected, and would be read the same
    /// way now, with `catalogue` the one that is published.
    pub fn comparable_fetch(&self, catalogue: Option<JobId>) -> Option<&LastFetch> {
        self.last_fetch.as_ref().filter(|last| {
            [self.published_job, self.rejected_job].contains(&Some(last.job_id))
                && last.settings_at == self.updated_at
                && last.catalogue == catalogue
                && self.settings.source != Source::Upload
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SupplierSettings;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn only_a_published_list_read_the_same_way_counts() {
        let (job, catalogue) = (JobId::new(at(0)), JobId::new(at(1)));
        let settings: SupplierSettings =
            serde_json::from_str(r#"{"name":"Acme","source":{"kind":"http","url":"https://acme.example/l.csv"}}"#)
                .unwrap();
        let supplier: Supplier = {
            let mut record = serde_json::to_value(settings).unwrap();
            record["supplier_id"] = "acme".into();
            record["created_at"] = serde_json::to_value(at(0)).unwrap();
            record["updated_at"] = record["created_at"].clone();
            record["published_job"] = serde_json::to_value(job).unwrap();
            record["last_fetch"] = serde_json::json!({"job_id": job, "fetched_at": at(2), "settings_at": at(0),
                "md5": "d41d8cd98f00b204e9800998ecf8427e", "catalogue": catalogue});
            serde_json::from_value(record).unwrap()
        };
        assert!(supplier.comparable_fetch(Some(catalogue)).is_some());
        assert!(supplier.comparable_fetch(None).is_none());
        let with = |change: fn(&mut Supplier)| {
            let mut other = supplier.clone();
            change(&mut other);
            other.comparable_fetch(Some(catalogue)).is_some()
        };
        assert!(!with(|other| other.published_job = None));
        assert!(!with(|other| other.published_job = Some(JobId::new(at(9)))));
        assert!(with(|other| {
            other.published_job = Some(JobId::new(at(9)));
            other.rejected_job = other.last_fetch.as_ref().map(|last| last.job_id);
        }));
        assert!(!with(|other| other.updated_at = at(3)));
        assert!(!with(|other| other.settings.source = Source::Upload));
        assert!(!with(|other| other.last_fetch = None));
    }
}
