//! Lists that an external ml-analyze service reads. What it reads is matched and published here, like any other reading.

use std::time::Duration;

use domain::{
    AnalysisFileType, AnalysisRequest, AnalysisState, AnalysisStatus, Container, Currency, JobError, ListItem, RawKey,
    RemoteAnalysis, RemoteFallback, RemoteUse, RowError, SecretRef, SupplierSettings,
};
use jiff::{SignedDuration, Timestamp};
use pricelist::{Reading, ReadingReport};
use serde::Deserialize;
use sources::{Auth, FetchPolicy, MlAnalyze, MlAnalyzeError};
use store::{HeldJob, RawFile, SecretError, Secrets};
use thiserror::Error;
use tokio::time::Instant;

use crate::{Deps, ending::Ending, way::Way};

/// The service, and what is done without it.
pub struct Remote {
    service: MlAnalyze,
    secret: Option<(Secrets, SecretRef)>,
    fallback: RemoteFallback,
    pace: Pace,
}

/// How long the service is waited for, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// Between two looks at the status.
    pub look_every: Duration,
    /// One call with its tries.
    pub call: Duration,
    /// Fetching the items.
    pub items: Duration,
    /// What one invocation spends on waiting; then the next goes on, so that the rest of this one's time never has to be
    /// enough for matching and publishing.
    pub per_invocation: Duration,
    /// From the first question to the items, over all invocations.
    pub patience: SignedDuration,
}

impl Default for Pace {
    /// Progress on the page is at most some seconds old; a service may be busy for half an hour.
    fn default() -> Self {
        Self {
            look_every: Duration::from_secs(2),
            call: Duration::from_secs(40),
            items: Duration::from_secs(60),
            per_invocation: Duration::from_secs(90),
            patience: SignedDuration::from_mins(30),
        }
    }
}

/// Kept of an invocation's time for handing the job over.
const HAND_OVER: Duration = Duration::from_secs(20);

/// How often a service is asked for the same list: it may forget what it was at when it starts anew.
const ASKED_AT_MOST: u32 = 3;

/// How long the service may fetch the file.
const FILE_URL_LIFETIME: Duration = Duration::from_secs(3600);

/// Limits of the calls, and of fetching the items. The guard is the deployment's.
pub(crate) fn policy() -> FetchPolicy {
    FetchPolicy {
        max_bytes: 512 << 20,
        connect_timeout: Duration::from_secs(5),
        read_timeout: Duration::from_secs(10),
        total_timeout: Duration::from_secs(60),
        // S3 redirects to the region of a new bucket.
        max_redirects: 2,
        max_retry_after: Duration::from_secs(10),
        ..FetchPolicy::default()
    }
}

/// What came of asking the service.
pub(crate) enum RemoteReading {
    /// Its items.
    Read(Box<Reading>),
    /// It gave none: the list is to be read this way.
    FellBack(Way),
}

/// Why the service gave no items.
#[derive(Debug, Error)]
enum NoItems {
    #[error(transparent)]
    Service(#[from] MlAnalyzeError),
    #[error("the token of the ml-analyze service cannot be had: {0}")]
    Secret(#[from] SecretError),
    #[error("the ml-analyze service could not read the file{}", said.as_ref().map(|said| format!(": {said}")).unwrap_or_default())]
    Failed { said: Option<String> },
    #[error("the ml-analyze service says that it is done, and not where the items are")]
    Nowhere,
    #[error("the ml-analyze service was not done after {} min", .0.as_mins())]
    TooSlow(SignedDuration),
}

impl NoItems {
    fn into_job_error(self) -> JobError {
        let code = match &self {
            Self::Service(error) => error.code(),
            Self::Secret(_) => "remote_token",
            Self::Failed { .. } => "remote_failed",
            Self::Nowhere => "remote_unreadable",
            Self::TooSlow(_) => "remote_timed_out",
        };
        let about_file = matches!(self, Self::Failed { .. });
        let advice = match about_file {
            true => "Check that the supplier sent a price list, or have the list read here (RemoteFallback)",
            false => "Retry when the service is well, or have lists read here meanwhile (RemoteFallback)",
        };
        JobError {
            about_file,
            ..JobError::sentence(code, &format!("{self}. {advice}"))
        }
    }
}

/// Why no items came.
enum Stopped {
    Service(NoItems),
    Ending(Ending),
}

impl<E: Into<NoItems>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Service(error.into())
    }
}

impl Remote {
    /// A service that is asked with the token that `secret` names, if it wants one. Nothing is asked yet.
    pub fn new(service: MlAnalyze, secret: Option<(Secrets, SecretRef)>, fallback: RemoteFallback, pace: Pace) -> Self {
        Self {
            service,
            secret,
            fallback,
            pace,
        }
    }

    /// Has the service read the file: asks, or goes on where an earlier invocation stopped, and waits.
    ///
    /// # Errors
    /// [`Ending::Later`] when the service needs longer than this invocation can wait; the job's, when it gave no items and
    /// nothing stands in for it.
    pub(crate) async fn read(
        &self,
        deps: &Deps,
        held: &mut HeldJob,
        (key, raw): (&RawKey, &RawFile),
        settings: &SupplierSettings,
        lease_until: Timestamp,
    ) -> Result<RemoteReading, Ending> {
        let so_far = held.job().remote.clone();
        let fell_back = so_far
            .as_ref()
            .is_some_and(|remote| remote.state == RemoteUse::FellBack);
        // A worker that was lost while it read the list here is followed by one that reads it here.
        if let Some(way) = self.stand_in(settings).filter(|_| fell_back) {
            return Ok(RemoteReading::FellBack(way));
        }
        let mut remote = so_far.unwrap_or(RemoteAnalysis {
            state: RemoteUse::Asked,
            remote_job_id: None,
            asked_at: deps.clock.now(),
            asked: 0,
            error: None,
        });
        let brought = self
            .bring(
                deps,
                held,
                &mut remote,
                (key, raw),
                settings.default_currency,
                lease_until,
            )
            .await;
        match brought {
            Ok(reading) => {
                remote.state = RemoteUse::Used;
                held.note_remote(remote, deps.clock.now()).await?;
                Ok(RemoteReading::Read(Box::new(reading)))
            }
            Err(Stopped::Ending(ending)) => Err(ending),
            Err(Stopped::Service(failure)) => {
                let error = failure.into_job_error();
                tracing::error!(job_id = %key.job_id, code = error.code, error = error.message, "no items of the service");
                let Some(way) = self.stand_in(settings) else {
                    return Err(error.into());
                };
                remote.state = RemoteUse::FellBack;
                remote.error = Some(error.message);
                held.note_remote(remote, deps.clock.now()).await?;
                Ok(RemoteReading::FellBack(way))
            }
        }
    }

    /// The way that stands in for the service; none where there is none.
    fn stand_in(&self, settings: &SupplierSettings) -> Option<Way> {
        match self.fallback {
            RemoteFallback::Builtin => Some(Way::Inferred),
            RemoteFallback::Legacy => settings.legacy.clone().map(Way::Mapped),
            RemoteFallback::Off => None,
        }
    }

    async fn bring(
        &self,
        deps: &Deps,
        held: &mut HeldJob,
        remote: &mut RemoteAnalysis,
        (key, raw): (&RawKey, &RawFile),
        currency: Option<Currency>,
        lease_until: Timestamp,
    ) -> Result<Reading, Stopped> {
        let left = lease_until.duration_since(deps.clock.now()).unsigned_abs();
        let hand_over = Instant::now() + self.pace.per_invocation.min(left.saturating_sub(HAND_OVER));
        let auth = self.auth().await?;
        loop {
            let status = match self.look(deps, held, remote, (key, raw), auth.as_ref()).await? {
                Some(status) => status,
                None => continue,
            };
            match status.status {
                AnalysisState::Completed => return self.fetch(raw, status, currency).await,
                AnalysisState::Failed => {
                    let said = status.first_error();
                    return Err(NoItems::Failed { said }.into());
                }
                AnalysisState::Pending | AnalysisState::Processing => {}
            }
            let now = deps.clock.now();
            if let Some(progress) = status.progress() {
                held.note_reading(progress, now)
                    .await
                    .map_err(|error| Stopped::Ending(error.into()))?;
            }
            if now.duration_since(remote.asked_at) > self.pace.patience {
                return Err(NoItems::TooSlow(self.pace.patience).into());
            }
            if Instant::now() + self.pace.look_every > hand_over {
                return Err(Stopped::Ending(Ending::Later));
            }
            tokio::time::sleep(self.pace.look_every).await;
        }
    }

    /// The status of the analysis, which is begun if there is none; none when the service has forgotten it, and may be asked
    /// once more.
    async fn look(
        &self,
        deps: &Deps,
        held: &mut HeldJob,
        remote: &mut RemoteAnalysis,
        (key, raw): (&RawKey, &RawFile),
        auth: Option<&Auth>,
    ) -> Result<Option<AnalysisStatus>, Stopped> {
        if let Some(job_id) = &remote.remote_job_id {
            return match self.service.status(job_id, auth, self.pace.call).await {
                Err(MlAnalyzeError::Forgotten { .. }) if remote.asked < ASKED_AT_MOST => {
                    remote.remote_job_id = None;
                    Ok(None)
                }
                status => Ok(Some(status?)),
            };
        }
        self.service.check_health(self.pace.call).await?;
        let ending = |error| Stopped::Ending(Ending::Store(error));
        let file_url = deps
            .files
            .presign_raw(key, FILE_URL_LIFETIME, deps.clock.now())
            .await
            .map_err(ending)?;
        let request = AnalysisRequest {
            file_url,
            supplier_id: key.supplier_id.clone(),
            file_type: AnalysisFileType::from(Container::sniff(&raw.bytes)),
        };
        let status = self.service.start(&request, auth, self.pace.call).await?;
        remote.remote_job_id = Some(status.job_id.clone());
        remote.asked += 1;
        held.note_remote(remote.clone(), deps.clock.now())
            .await
            .map_err(|error| Stopped::Ending(error.into()))?;
        tracing::info!(job_id = %key.job_id, remote_job_id = status.job_id, "the ml-analyze service reads the list");
        Ok(Some(status))
    }

    async fn auth(&self) -> Result<Option<Auth>, SecretError> {
        Ok(match &self.secret {
            Some((secrets, secret)) => Some(Auth::Bearer {
                token: secrets.text(secret).await?,
            }),
            None => None,
        })
    }

    /// Fetches what a finished analysis gives.
    async fn fetch(
        &self,
        raw: &RawFile,
        status: AnalysisStatus,
        currency: Option<Currency>,
    ) -> Result<Reading, Stopped> {
        let items_url = status.items_url.ok_or(NoItems::Nowhere)?;
        let items = self.service.items(&items_url, self.pace.items).await?;
        let told = match &status.report_url {
            Some(report_url) => self.report(report_url).await,
            None => None,
        };
        let note = || "The external ml-analyze service read this list, and gives no report of how.".to_owned();
        let items = items.into_iter().map(|item| in_currency(item, currency)).collect();
        Ok(Reading::brought(&raw.bytes, items, told, note))
    }

    /// How the service says that it read the list. Nothing depends on it.
    async fn report(&self, report_url: &str) -> Option<(ReadingReport, Vec<RowError>)> {
        #[derive(Deserialize)]
        struct Told {
            report: ReadingReport,
            #[serde(default)]
            errors: Vec<RowError>,
        }
        let json = match self.service.report(report_url, self.pace.items).await {
            Ok(json) => json,
            Err(error) => {
                tracing::warn!(%error, "the service's reading report is passed over");
                return None;
            }
        };
        match serde_json::from_slice::<Told>(&json) {
            Ok(told) => Some((told.report, told.errors)),
            Err(error) => {
                tracing::warn!(%error, "the service's reading report is none of ours; it is passed over");
                None
            }
        }
    }
}

/// The service does not know the supplier's currency, which lists that state none are in.
fn in_currency(item: ListItem, currency: Option<Currency>) -> ListItem {
    ListItem {
        currency: item.currency.or(currency.filter(|_| item.price.is_some())),
        ..item
    }
}
