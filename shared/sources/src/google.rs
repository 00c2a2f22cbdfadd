//! Google sheets: exported whole as a workbook or tab by tab as CSV, openly by their link or privately by a service account.
//!
//! Google has no way to ask for one tab of a workbook as a workbook: `format=xlsx` always brings all tabs, and
//! `files.export` too. A tab is therefore exported as CSV, by its `gid`.

mod drive;
mod endpoints;
mod service_account;
mod token;

use std::time::Duration;

use domain::{FileName, FileState, SheetId, SheetTab};
pub(crate) use drive::Refused;
pub use endpoints::{GoogleEndpoints, InvalidEndpoint};
use jiff::Timestamp;
pub use service_account::{InvalidKey, ServiceAccount};
use tokio::time::Instant;

use self::{
    drive::{DriveFile, SPREADSHEET, XLSX},
    token::{AccessToken, Tokens},
};
use crate::{
    auth::Auth,
    body::FetchedBody,
    error::FetchError,
    fetcher::{Fetched, HttpFetcher, HttpSource},
    source_url::SourceUrl,
};

/// A Google sheet, or a workbook kept in Google Drive.
#[derive(Debug, Clone)]
pub struct GoogleSheet {
    /// Its id.
    pub sheet: SheetId,
    /// One tab as CSV; none: all tabs as a workbook.
    pub tab: Option<SheetTab>,
    /// The account that the sheet is shared with; none for a sheet that everyone with the link may read.
    pub account: Option<ServiceAccount>,
    /// Of the file fetched last; the answer is [`Fetched::Unchanged`] if Drive says that it is still in it.
    pub known_state: Option<FileState>,
}

/// Fetches Google sheets. One is made at start and shared: it keeps the accounts' tokens until they expire.
#[derive(Debug)]
pub struct GoogleSheets {
    fetcher: HttpFetcher,
    endpoints: GoogleEndpoints,
    tokens: Tokens,
}

impl GoogleSheets {
    /// Fetches with `fetcher`, under its guard and limits.
    pub fn new(fetcher: HttpFetcher, endpoints: GoogleEndpoints) -> Self {
        Self {
            fetcher,
            endpoints,
            tokens: Tokens::default(),
        }
    }

    /// Asks for the sheet's export, in at most `time`; `now` dates the request for a token.
    ///
    /// # Errors
    /// Why there is no file, after the last try.
    pub async fn open_within(
        &self,
        sheet: &GoogleSheet,
        time: Duration,
        now: Timestamp,
    ) -> Result<Fetched, FetchError> {
        let until = Instant::now() + time;
        let Some(account) = &sheet.account else {
            return self.open_by_link(sheet, time).await;
        };
        let token = self
            .tokens
            .take(&self.fetcher, &self.endpoints, account, time, now)
            .await?;
        match self.open_as(sheet, account, &token, until).await {
            // A token may be withdrawn before it expires: a new one tells whether the account itself was.
            Err(FetchError::AuthRequired { .. }) if token.was_cached => {
                self.tokens.forget(account);
                let token = self
                    .tokens
                    .take(&self.fetcher, &self.endpoints, account, left(until), now)
                    .await?;
                self.open_as(sheet, account, &token, until).await
            }
            answer => answer,
        }
        .map_err(|error| for_account(error, &sheet.sheet, account))
    }

    async fn open_by_link(&self, sheet: &GoogleSheet, time: Duration) -> Result<Fetched, FetchError> {
        let source = HttpSource {
            url: self.endpoints.export_by_link(&sheet.sheet, sheet.tab)?,
            auth: None,
            known_state: sheet.known_state.clone(),
        };
        let fetched = self.fetcher.open_within(&source, time).await;
        let not_shared = || FetchError::SheetNotShared {
            sheet: sheet.sheet.to_string(),
            account: None,
        };
        match fetched {
            Err(FetchError::AuthRequired { .. } | FetchError::Forbidden { .. }) => Err(not_shared()),
            Ok(Fetched::Body(body)) if is_page(&body) => Err(not_shared()),
            answer => answer,
        }
    }

    async fn open_as(
        &self,
        sheet: &GoogleSheet,
        account: &ServiceAccount,
        token: &AccessToken,
        until: Instant,
    ) -> Result<Fetched, FetchError> {
        let auth = token.auth();
        let metadata = self.source(self.endpoints.metadata(&sheet.sheet)?, &auth);
        let file = DriveFile::read(self.body(&metadata, until).await?).await?;
        if sheet.known_state.as_ref().is_some_and(|known| file.is_in(known)) {
            return Ok(Fetched::Unchanged);
        }
        let mut body = self.export(sheet, &file, &auth, until).await?;
        if is_page(&body) {
            return Err(FetchError::SheetNotShared {
                sheet: sheet.sheet.to_string(),
                account: Some(account.email().to_owned()),
            });
        }
        body.file_state = file.state();
        body.file_name = file_name(&file, sheet.tab);
        Ok(Fetched::Body(body))
    }

    async fn export(
        &self,
        sheet: &GoogleSheet,
        file: &DriveFile,
        auth: &Auth,
        until: Instant,
    ) -> Result<Box<FetchedBody>, FetchError> {
        let id = &sheet.sheet;
        let url = match (file.mime_type.as_str(), sheet.tab) {
            (SPREADSHEET, Some(_)) => self.endpoints.export_by_link(id, sheet.tab)?,
            (SPREADSHEET, None) => self.endpoints.export(id, XLSX)?,
            (mime_type, None) if !mime_type.starts_with("application/vnd.google-apps.") => {
                self.endpoints.content(id)?
            }
            _ => return Err(file.not_a_sheet(id, sheet.tab.is_some())),
        };
        match self.body(&self.source(url, auth), until).await {
            Err(FetchError::ExportTooLarge { url }) => {
                let link = file.export_link(&self.endpoints, XLSX);
                let link = link.ok_or(FetchError::ExportTooLarge { url })?;
                self.body(&self.source(link, auth), until).await
            }
            answer => answer,
        }
    }

    async fn body(&self, source: &HttpSource, until: Instant) -> Result<Box<FetchedBody>, FetchError> {
        match self.fetcher.open_within(source, left(until)).await? {
            Fetched::Body(body) => Ok(body),
            // Nothing was asked conditionally.
            Fetched::Unchanged => Err(FetchError::UnreadableAnswer {
                url: source.url.to_string(),
            }),
        }
    }

    fn source(&self, url: SourceUrl, auth: &Auth) -> HttpSource {
        HttpSource {
            url,
            auth: Some(auth.clone()),
            known_state: None,
        }
    }
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

/// Exports are never HTML: a page with status 200 is a sign-in page, or says that access is denied.
fn is_page(body: &FetchedBody) -> bool {
    let content_type = body.content_type.as_deref().unwrap_or_default();
    content_type
        .get(..9)
        .is_some_and(|start| start.eq_ignore_ascii_case("text/html"))
}

/// Drive answers 404 for what an account may not even see, so both are the same to who has to share it.
fn for_account(error: FetchError, sheet: &SheetId, account: &ServiceAccount) -> FetchError {
    match error {
        FetchError::AuthRequired { .. } | FetchError::Forbidden { .. } | FetchError::NotFound { .. } => {
            FetchError::SheetNotShared {
                sheet: sheet.to_string(),
                account: Some(account.email().to_owned()),
            }
        }
        error => error,
    }
}

fn file_name(file: &DriveFile, tab: Option<SheetTab>) -> FileName {
    let name = &file.name;
    match (file.mime_type.as_str(), tab) {
        (SPREADSHEET, Some(tab)) => FileName::sanitised(&format!("{name} {tab}.csv")),
        (SPREADSHEET, None) => FileName::sanitised(&format!("{name}.xlsx")),
        _ => FileName::sanitised(name),
    }
}
