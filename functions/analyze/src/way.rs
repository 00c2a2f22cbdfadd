//! Which way a list goes through analysis.

use domain::{AnalysisPath, JobError, LegacyMapping, SupplierSettings};

/// How a file is read.
#[derive(Debug, Clone)]
pub(crate) enum Way {
    /// Its structure is inferred.
    Inferred,
    /// By the supplier's fixed columns.
    Mapped(LegacyMapping),
    /// By the external ml-analyze service.
    Remote,
}

impl Way {
    /// The way of a list: as its uploader asked, else as its supplier's settings say, else as `use_ml` does. Where a service is
    /// named (`has_remote`), it reads what would be inferred.
    ///
    /// # Errors
    /// The legacy way without a mapping.
    pub(crate) fn meant(
        settings: &SupplierSettings,
        asked: Option<bool>,
        use_ml: bool,
        has_remote: bool,
    ) -> Result<Self, JobError> {
        match asked.or(settings.process_via_ml).unwrap_or(use_ml) {
            true if has_remote => Ok(Self::Remote),
            true => Ok(Self::Inferred),
            false => settings.legacy.clone().map(Self::Mapped).ok_or_else(no_mapping),
        }
    }

    /// The other way, to compare with; none where there is no mapping.
    pub(crate) fn other(&self, settings: &SupplierSettings) -> Option<Self> {
        match self {
            Self::Inferred | Self::Remote => settings.legacy.clone().map(Self::Mapped),
            Self::Mapped(_) => Some(Self::Inferred),
        }
    }

    /// Its name in the job.
    pub(crate) fn path(&self) -> AnalysisPath {
        match self {
            Self::Inferred => AnalysisPath::Ml,
            Self::Mapped(_) => AnalysisPath::Legacy,
            Self::Remote => AnalysisPath::Remote,
        }
    }
}

fn no_mapping() -> JobError {
    JobError::new(
        "no_mapping",
        "This list was to be read by fixed columns (the upload or this deployment's USE_ML_PROCESSING says so), and the \
         supplier has none. Give it a legacy mapping, or process the list via ML.",
    )
}

#[cfg(test)]
mod tests {
    use domain::Source;

    use super::*;

    #[test]
    fn the_uploaders_word_counts_before_the_suppliers_and_that_before_the_deployments() {
        let mut settings = SupplierSettings::new("Acme", Source::Upload);
        let path = |settings: &SupplierSettings, use_ml| {
            Way::meant(settings, None, use_ml, false)
                .map(|way| way.path())
                .map_err(|error| error.code)
        };
        assert_eq!(path(&settings, true), Ok(AnalysisPath::Ml));
        assert_eq!(path(&settings, false), Err("no_mapping".to_owned()));
        let mapping = r#"{"columns":{"sku":{"letter":"A"},"price":{"letter":"B"}}}"#;
        settings.legacy = Some(serde_json::from_str(mapping).unwrap());
        assert_eq!(path(&settings, false), Ok(AnalysisPath::Legacy));
        settings.process_via_ml = Some(true);
        assert_eq!(path(&settings, false), Ok(AnalysisPath::Ml));
        let asked = Way::meant(&settings, Some(false), true, true).map(|way| way.path());
        assert_eq!(asked, Ok(AnalysisPath::Legacy));
        let remote = Way::meant(&settings, None, false, true).map(|way| way.path());
        assert_eq!(remote, Ok(AnalysisPath::Remote));
        let other = Way::Inferred.other(&settings).map(|way| way.path());
        assert_eq!(other, Some(AnalysisPath::Legacy));
    }
}
