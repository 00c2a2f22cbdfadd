//! From a supplier's settings to the file that its source serves.

use std::time::Duration;

use domain::{FileState, JobError, Origin, SecretRef, Source};
use jiff::Timestamp;
use sources::{FetchError, Fetched, FetchedBody, GoogleSheet, HttpSource, SourceUrl};

use crate::{Deps, ending::Ending};

/// A source with its credentials, ready to be asked.
pub(crate) enum Opener {
    Http(HttpSource),
    Sheet(GoogleSheet),
}

impl Opener {
    /// Reads what the source needs. `known` is the state of the file that need not come again.
    pub(crate) async fn of(
        deps: &Deps,
        source: &Source,
        known_state: Option<FileState>,
        now: Timestamp,
    ) -> Result<Self, Ending> {
        match source {
            Source::Http { url, credential } => {
                let url: SourceUrl = url.parse().map_err(FetchError::from)?;
                let auth = match credential {
                    Some(secret) => Some(deps.credentials.auth(secret, now).await?),
                    None => None,
                };
                Ok(Self::Http(HttpSource { url, auth, known_state }))
            }
            Source::GoogleSheet { sheet, tab, credential } => {
                let account = match credential {
                    Some(secret) => Some(deps.credentials.account(secret, now).await?),
                    None => None,
                };
                Ok(Self::Sheet(GoogleSheet {
                    sheet: sheet.clone(),
                    tab: *tab,
                    account,
                    known_state,
                }))
            }
            Source::Upload => Err(Ending::Job(JobError::new(
                "nothing_to_fetch",
                "This supplier's lists are uploaded. Upload a file, or give the supplier an address.",
            ))),
        }
    }

    /// Asks for the file, in at most `time`.
    pub(crate) async fn open(&self, deps: &Deps, time: Duration) -> Result<Fetched, FetchError> {
        match self {
            Self::Http(source) => deps.fetcher.open_within(source, time).await,
            Self::Sheet(sheet) => deps.sheets.open_within(sheet, time, deps.clock.now()).await,
        }
    }

    /// Where the bytes of `body` come from, as the sidecar says it: without anything secret.
    pub(crate) fn origin(&self, body: &FetchedBody) -> Origin {
        match self {
            Self::Http(_) => Origin::Http {
                url: body.final_url.to_string(),
            },
            Self::Sheet(sheet) => Origin::GoogleSheet {
                sheet: sheet.sheet.clone(),
                tab: sheet.tab,
            },
        }
    }
}

/// Forgets a credential that the source refused, so that a corrected one is used by the next fetch.
pub(crate) fn forget_refused(deps: &Deps, secret: Option<&SecretRef>, ending: &Ending) {
    let Ending::Job(error) = ending else { return };
    let refused = matches!(
        error.code.as_str(),
        "auth_required" | "forbidden" | "credential_refused"
    );
    if let Some(secret) = secret.filter(|_| refused) {
        deps.credentials.forget(secret);
    }
}
