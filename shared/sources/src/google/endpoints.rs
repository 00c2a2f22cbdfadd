//! Where Google is: its own addresses, or a stand-in's.

use domain::{SheetId, SheetTab};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use thiserror::Error;

use crate::source_url::{InvalidUrl, SourceUrl};

/// The base addresses of Google's services.
#[derive(Debug, Clone)]
pub struct GoogleEndpoints {
    docs: SourceUrl,
    api: SourceUrl,
    token: SourceUrl,
}

/// A base address that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{name} is not valid: {cause}")]
pub struct InvalidEndpoint {
    /// Which one.
    name: &'static str,
    /// What is wrong with it.
    cause: InvalidUrl,
}

const DOCS: &str = "https://docs.google.com";
const API: &str = "https://www.googleapis.com";
/// `token_uri` of every service account's key file. It is not read from there: a key file must not say where its
/// signature goes.
const TOKEN: &str = "https://oauth2.googleapis.com/token";

impl GoogleEndpoints {
    /// Google's own; or what stands in for `docs.google.com` and for its APIs (Drive under `/drive/v3`, tokens at
    /// `/token`).
    ///
    /// # Errors
    /// One of them is no web address.
    pub fn new(docs: Option<&str>, api: Option<&str>) -> Result<Self, InvalidEndpoint> {
        let parse = |name, text: &str| {
            text.parse::<SourceUrl>()
                .map_err(|cause| InvalidEndpoint { name, cause })
        };
        let token = match api {
            None => TOKEN.to_owned(),
            Some(api) => format!("{}/token", api.trim_end_matches('/')),
        };
        Ok(Self {
            docs: parse("GOOGLE_DOCS_URL", docs.unwrap_or(DOCS))?,
            api: parse("GOOGLE_API_URL", api.unwrap_or(API))?,
            token: parse("GOOGLE_API_URL", &token)?,
        })
    }

    pub(super) fn token(&self) -> &SourceUrl {
        &self.token
    }

    /// The export that the sheet's own menu offers: all tabs as a workbook, or one as CSV.
    pub(super) fn export_by_link(&self, sheet: &SheetId, tab: Option<SheetTab>) -> Result<SourceUrl, InvalidUrl> {
        let what = match tab {
            None => "format=xlsx".to_owned(),
            Some(tab) => format!("format=csv&gid={tab}"),
        };
        self.docs.join(&format!("/spreadsheets/d/{sheet}/export?{what}"))
    }

    /// `files.get` with the fields that are read.
    pub(super) fn metadata(&self, sheet: &SheetId) -> Result<SourceUrl, InvalidUrl> {
        self.file(
            sheet,
            "?fields=name,mimeType,version,modifiedTime,exportLinks&supportsAllDrives=true",
        )
    }

    /// `files.export`.
    pub(super) fn export(&self, sheet: &SheetId, mime_type: &str) -> Result<SourceUrl, InvalidUrl> {
        let mime_type = utf8_percent_encode(mime_type, NON_ALPHANUMERIC);
        self.file(sheet, &format!("/export?mimeType={mime_type}"))
    }

    /// `files.get` of the file's own bytes.
    pub(super) fn content(&self, sheet: &SheetId) -> Result<SourceUrl, InvalidUrl> {
        self.file(sheet, "?alt=media&supportsAllDrives=true")
    }

    fn file(&self, sheet: &SheetId, rest: &str) -> Result<SourceUrl, InvalidUrl> {
        self.api.join(&format!("/drive/v3/files/{sheet}{rest}"))
    }

    /// An address that Google gave, if the token may be sent there.
    pub(super) fn trusted(&self, link: &str) -> Option<SourceUrl> {
        let link: SourceUrl = link.parse().ok()?;
        (link.same_origin(&self.docs) || link.same_origin(&self.api)).then_some(link)
    }
}
