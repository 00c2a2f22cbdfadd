//! Why a fetch failed, in classes that a program can act on and sentences that a person can.

use std::{error::Error as StdError, time::Duration};

use domain::Md5;
use http::StatusCode;
use thiserror::Error;

use crate::{auth::InvalidAuth, guard::Refusal, source_url::InvalidUrl};

/// Why a fetch failed.
///
/// Addresses in it are as [`crate::SourceUrl`] shows them: without the query's values.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The source's address is none.
    #[error("the source's address cannot be used: {0}")]
    InvalidUrl(#[from] InvalidUrl),
    /// The credentials cannot be sent.
    #[error("the source's credentials cannot be sent: {0}")]
    InvalidAuth(#[from] InvalidAuth),
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up: {0}")]
    Setup(#[source] BoxedCause),
    /// The host is, or resolves to, an address that sources may not reach.
    #[error(
        "the address {url} is refused: {refusal}. Sources may only be on the public internet; \
         a private network has to be allowed in the deployment's configuration"
    )]
    AddressRefused {
        /// Of the source, or of the redirect that led there.
        url: String,
        /// What is wrong with the host.
        refusal: Refusal,
    },
    /// No address for the host's name.
    #[error("the host of {url} could not be found ({cause}); check the spelling of the address")]
    NameNotResolved {
        /// The address asked.
        url: String,
        /// What the resolver said.
        cause: String,
    },
    /// No connection, or it broke before the answer came.
    #[error("no answer from {url}: {}; the supplier's server may be down", root_cause(cause))]
    ConnectionFailed {
        /// The address asked.
        url: String,
        /// Of the connection; tells no address.
        #[source]
        cause: reqwest::Error,
    },
    /// The server's certificate or TLS version is not acceptable.
    #[error(
        "no secure connection to {url}: {cause}; the supplier has to repair the server's certificate or TLS set-up"
    )]
    Tls {
        /// The address asked.
        url: String,
        /// What TLS found wrong.
        cause: rustls::Error,
    },
    /// Silence for too long.
    #[error("the download of {url} was given up after {} s: {waiting}", after.as_secs_f64())]
    TimedOut {
        /// The address asked.
        url: String,
        /// What for.
        waiting: Waiting,
        /// The limit.
        after: Duration,
    },
    /// More redirects than are followed.
    #[error(
        "the address {url} redirects more than {limit} times; \
         check whether it opens in a browser without signing in"
    )]
    TooManyRedirects {
        /// The source's address.
        url: String,
        /// The limit.
        limit: u32,
    },
    /// A redirect to what is no web address.
    #[error("the address {url} redirects to one that cannot be followed: {cause}")]
    BadRedirect {
        /// The address that redirects.
        url: String,
        /// What is wrong with its target.
        cause: InvalidUrl,
    },
    /// A redirect from `https` to `http`.
    #[error(
        "the address {url} redirects from https to {target}, which anyone on the way could change; \
         ask the supplier for an https address"
    )]
    InsecureRedirect {
        /// The address that redirects.
        url: String,
        /// Where to.
        target: String,
    },
    /// Credentials are needed, or those given are not accepted.
    #[error("{}", auth_required_sentence(url, *status, sign_in_host.as_deref(), *sent))]
    AuthRequired {
        /// The address asked.
        url: String,
        /// 401, 403, 407, that of the redirect, or 200 of a page that asks for a password.
        status: StatusCode,
        /// The host of the sign-in page to which the source redirects.
        sign_in_host: Option<String>,
        /// Whether credentials were sent.
        sent: bool,
    },
    /// The credentials are known and not enough.
    #[error(
        "the server refuses these credentials for {url} (HTTP 403): ask the supplier to let them read the file, \
         or to let automated downloads through"
    )]
    Forbidden {
        /// The address asked.
        url: String,
    },
    /// No file there.
    #[error("there is no file at {url} (HTTP {}): ask the supplier for the new address", status.as_u16())]
    NotFound {
        /// The address asked.
        url: String,
        /// 404 or 410.
        status: StatusCode,
    },
    /// Asked too often.
    #[error("the server is asked too often for {url} (HTTP 429){}; fetch it less often", retry_sentence(*retry_after))]
    RateLimited {
        /// The address asked.
        url: String,
        /// When the server wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// The server failed.
    #[error(
        "the supplier's server failed at {url} (HTTP {}){}; if it goes on, ask the supplier",
        status.as_u16(),
        retry_sentence(*retry_after)
    )]
    ServerError {
        /// The address asked.
        url: String,
        /// 5xx, 408 or 425.
        status: StatusCode,
        /// When the server wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// An answer that is neither a file nor any of the others.
    #[error(
        "the server does not answer with a file at {url} (HTTP {}); check whether the address opens in a browser",
        status.as_u16()
    )]
    UnexpectedStatus {
        /// The address asked.
        url: String,
        /// What it was.
        status: StatusCode,
    },
    /// Over the limit.
    #[error(
        "the file at {url} is larger than {limit} bytes{}; ask the supplier for a smaller file or raise the limit",
        declared_sentence(*declared)
    )]
    TooLarge {
        /// The address asked.
        url: String,
        /// The limit in bytes.
        limit: u64,
        /// `Content-Length`, where it tells so.
        declared: Option<u64>,
    },
    /// The body broke off.
    #[error(
        "the download of {url} was cut off after {received} bytes{}; the supplier's server may be overloaded",
        of_sentence(*expected)
    )]
    CutOff {
        /// The address asked.
        url: String,
        /// Bytes that came.
        received: u64,
        /// Bytes announced.
        expected: Option<u64>,
        /// What ended the body, where the connection told.
        #[source]
        cause: Option<reqwest::Error>,
    },
    /// An answer that is read by the program is not in the form that it should be.
    #[error("the answer of {url} cannot be read; if it goes on, the service has changed: tell the developers")]
    UnreadableAnswer {
        /// The address asked.
        url: String,
    },
    /// A Google sheet that may not be read.
    #[error("{}", not_shared_sentence(sheet, account.as_deref()))]
    SheetNotShared {
        /// Its id.
        sheet: String,
        /// The service account that asked, if one did.
        account: Option<String>,
    },
    /// Google gives no token for a service account's key.
    #[error(
        "Google does not accept the key of the service account {account} ({reason}): make a new key in the Google \
         Cloud console and store its file in the source's secret"
    )]
    TokenRefused {
        /// The account's e-mail address.
        account: String,
        /// OAuth's error code or the status.
        reason: String,
    },
    /// The service account's project may not ask.
    #[error(
        "Google refuses {url} since the Drive API is not enabled in the service account's project: enable it in the \
         Google Cloud console"
    )]
    ApiDisabled {
        /// The address asked.
        url: String,
    },
    /// A file in Google Drive that has no export.
    #[error(
        "the Google Drive file {sheet} is no {}: it is {mime_type}. Give the source the link of the sheet itself",
        if *tab { "Google sheet with tabs" } else { "sheet or workbook" }
    )]
    NotASheet {
        /// Its id.
        sheet: String,
        /// What Drive says that it is.
        mime_type: String,
        /// Whether a tab was asked for.
        tab: bool,
    },
    /// Over the size that Google exports, and without another way.
    #[error(
        "the sheet is larger than Google exports (10 MB) at {url}, and Google offers no link for it; choose one tab, \
         or ask the supplier to split the sheet"
    )]
    ExportTooLarge {
        /// The address asked.
        url: String,
    },
    /// The file is another one than the one whose beginning was delivered: the fetch has to start again from nothing.
    #[error(
        "the file at {url} changed while it was being downloaded, after {received} bytes (MD5 {md5}); \
         it has to be fetched anew"
    )]
    Changed {
        /// The address asked.
        url: String,
        /// Bytes delivered of the first.
        received: u64,
        /// Their MD5.
        md5: Md5,
    },
}

/// An error of another crate, kept as the cause.
pub(crate) type BoxedCause = Box<dyn StdError + Send + Sync>;

/// What a fetch was waiting for when its time was up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Waiting {
    /// Another fetch from the same host to end.
    #[error("another download from the same host did not end")]
    Turn,
    /// The connection.
    #[error("the server could not be reached in time")]
    Connect,
    /// The answer's head.
    #[error("the server did not answer in time")]
    Head,
    /// The next piece of the body.
    #[error("the server stopped sending")]
    Body,
    /// Everything.
    #[error("the download as a whole took too long")]
    Whole,
}

impl FetchError {
    /// Whether the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NameNotResolved { .. }
            | Self::ConnectionFailed { .. }
            | Self::TimedOut { .. }
            | Self::RateLimited { .. }
            | Self::CutOff { .. }
            | Self::UnreadableAnswer { .. }
            | Self::Changed { .. } => true,
            // Not implemented, HTTP version not supported: the server says that it never will.
            Self::ServerError { status, .. } => !matches!(status.as_u16(), 501 | 505),
            Self::InvalidUrl(_)
            | Self::InvalidAuth(_)
            | Self::Setup(_)
            | Self::AddressRefused { .. }
            | Self::Tls { .. }
            | Self::TooManyRedirects { .. }
            | Self::BadRedirect { .. }
            | Self::InsecureRedirect { .. }
            | Self::AuthRequired { .. }
            | Self::Forbidden { .. }
            | Self::NotFound { .. }
            | Self::UnexpectedStatus { .. }
            | Self::TooLarge { .. }
            | Self::SheetNotShared { .. }
            | Self::TokenRefused { .. }
            | Self::ApiDisabled { .. }
            | Self::NotASheet { .. }
            | Self::ExportTooLarge { .. } => false,
        }
    }

    /// A stable name for the class, for job records, metrics and alarms.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidUrl(_) => "invalid_url",
            Self::InvalidAuth(_) => "invalid_credentials",
            Self::Setup(_) => "client_setup",
            Self::AddressRefused { .. } => "address_refused",
            Self::NameNotResolved { .. } => "name_not_resolved",
            Self::ConnectionFailed { .. } => "connection_failed",
            Self::Tls { .. } => "tls",
            Self::TimedOut { .. } => "timed_out",
            Self::TooManyRedirects { .. } => "too_many_redirects",
            Self::BadRedirect { .. } => "bad_redirect",
            Self::InsecureRedirect { .. } => "insecure_redirect",
            Self::AuthRequired { .. } => "auth_required",
            Self::Forbidden { .. } => "forbidden",
            Self::NotFound { .. } => "not_found",
            Self::RateLimited { .. } => "rate_limited",
            Self::ServerError { .. } => "server_error",
            Self::UnexpectedStatus { .. } => "unexpected_status",
            Self::TooLarge { .. } => "too_large",
            Self::CutOff { .. } => "cut_off",
            Self::Changed { .. } => "changed",
            Self::UnreadableAnswer { .. } => "unreadable_answer",
            Self::SheetNotShared { .. } => "auth_required",
            Self::TokenRefused { .. } => "credential_refused",
            Self::ApiDisabled { .. } => "google_api_disabled",
            Self::NotASheet { .. } => "not_a_sheet",
            Self::ExportTooLarge { .. } => "too_large",
        }
    }

    /// When the server wants to be asked again, if it said so: not before this time from now.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::ServerError { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

fn auth_required_sentence(url: &str, status: StatusCode, sign_in_host: Option<&str>, sent: bool) -> String {
    match (sign_in_host, sent) {
        (Some(host), false) => format!(
            "the address {url} redirects to a sign-in page on {host}: share the file with everyone who has the link, \
             or give the source its credentials"
        ),
        (Some(host), true) => {
            format!(
                "the address {url} redirects to a sign-in page on {host} although credentials were sent: \
             check and renew them"
            )
        }
        (None, _) if status == StatusCode::OK => format!(
            "the address {url} serves a sign-in page instead of a file: {}",
            match sent {
                true => "check and renew the source's credentials",
                false =>
                    "give the source the supplier's credentials, or ask the supplier for an address that needs none",
            }
        ),
        (None, false) if status == StatusCode::FORBIDDEN => format!(
            "the server does not give {url} to everyone (HTTP 403): give the source the supplier's credentials, \
             or ask the supplier to let automated downloads through"
        ),
        (None, false) => format!(
            "the server asks for a sign-in at {url} (HTTP {}): give the source the supplier's credentials",
            status.as_u16()
        ),
        (None, true) => format!(
            "the server does not accept the source's credentials for {url} (HTTP {}): check and renew them",
            status.as_u16()
        ),
    }
}

fn not_shared_sentence(sheet: &str, account: Option<&str>) -> String {
    match account {
        Some(account) => format!(
            "the Google sheet {sheet} is not shared with the source's service account: open the sheet, choose Share, and \
             add {account} as a viewer"
        ),
        None => format!(
            "the Google sheet {sheet} may not be read by everyone who has the link: open the sheet, choose Share and \
             \"Anyone with the link\", or give the source a service account and share the sheet with its e-mail address"
        ),
    }
}

fn retry_sentence(retry_after: Option<Duration>) -> String {
    match retry_after {
        Some(wait) => format!(" and asks to wait for {} s", wait.as_secs()),
        None => String::new(),
    }
}

fn declared_sentence(declared: Option<u64>) -> String {
    match declared {
        Some(bytes) => format!(" (it says {bytes})"),
        None => String::new(),
    }
}

fn of_sentence(expected: Option<u64>) -> String {
    match expected {
        Some(bytes) => format!(" of {bytes}"),
        None => String::new(),
    }
}

/// What the chain of causes ends in: "connection refused", not "error sending request".
fn root_cause(error: &dyn StdError) -> String {
    let mut root = error;
    while let Some(source) = root.source() {
        root = source;
    }
    root.to_string()
}

/// The first error of type `T` in the chain of causes, also where an [`std::io::Error`] wraps it (its `source` skips
/// what it wraps).
pub(crate) fn find_cause<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    const URL: &str = "https://a.example/p.csv?key=***";

    fn answers() -> Vec<FetchError> {
        let url = || URL.to_owned();
        let auth = |status, host: Option<&str>, sent| FetchError::AuthRequired {
            url: url(),
            status,
            sign_in_host: host.map(str::to_owned),
            sent,
        };
        let wait = Some(Duration::from_secs(90));
        vec![
            auth(StatusCode::UNAUTHORIZED, None, false),
            auth(StatusCode::UNAUTHORIZED, None, true),
            auth(StatusCode::FORBIDDEN, None, false),
            auth(StatusCode::FOUND, Some("accounts.google.com"), false),
            auth(StatusCode::FOUND, Some("accounts.google.com"), true),
            auth(StatusCode::OK, None, false),
            auth(StatusCode::OK, None, true),
            FetchError::Forbidden { url: url() },
            FetchError::NotFound {
                url: url(),
                status: StatusCode::GONE,
            },
            FetchError::RateLimited {
                url: url(),
                retry_after: wait,
            },
            FetchError::RateLimited {
                url: url(),
                retry_after: None,
            },
            FetchError::ServerError {
                url: url(),
                status: StatusCode::BAD_GATEWAY,
                retry_after: None,
            },
            FetchError::ServerError {
                url: url(),
                status: StatusCode::NOT_IMPLEMENTED,
                retry_after: None,
            },
            FetchError::UnexpectedStatus {
                url: url(),
                status: StatusCode::NO_CONTENT,
            },
            FetchError::TooManyRedirects { url: url(), limit: 10 },
            FetchError::BadRedirect {
                url: url(),
                cause: InvalidUrl::Scheme("ftp".to_owned()),
            },
            FetchError::InsecureRedirect {
                url: url(),
                target: "http://a.example/p.csv".to_owned(),
            },
        ]
    }

    fn others() -> Vec<FetchError> {
        let url = || URL.to_owned();
        let timed_out = |waiting| FetchError::TimedOut {
            url: url(),
            waiting,
            after: Duration::from_millis(2500),
        };
        vec![
            FetchError::InvalidUrl(url::ParseError::RelativeUrlWithoutBase.into()),
            FetchError::InvalidUrl(InvalidUrl::Credentials),
            FetchError::InvalidAuth(InvalidAuth::HeaderReserved),
            FetchError::Setup(Box::new(io::Error::other("no entropy"))),
            FetchError::AddressRefused {
                url: url(),
                refusal: Refusal::Address {
                    address: [10, 0, 0, 1].into(),
                    range: "private (RFC 1918)",
                },
            },
            FetchError::NameNotResolved {
                url: url(),
                cause: "\"a.example\" has no address".to_owned(),
            },
            FetchError::Tls {
                url: url(),
                cause: rustls::Error::NoCertificatesPresented,
            },
            timed_out(Waiting::Turn),
            timed_out(Waiting::Connect),
            timed_out(Waiting::Head),
            timed_out(Waiting::Body),
            timed_out(Waiting::Whole),
            FetchError::TooLarge {
                url: url(),
                limit: 1000,
                declared: Some(1001),
            },
            FetchError::TooLarge {
                url: url(),
                limit: 1000,
                declared: None,
            },
            FetchError::CutOff {
                url: url(),
                received: 10,
                expected: Some(20),
                cause: None,
            },
            FetchError::CutOff {
                url: url(),
                received: 10,
                expected: None,
                cause: None,
            },
            FetchError::Changed {
                url: url(),
                received: 10,
                md5: Md5::from([0; 16]),
            },
            FetchError::UnreadableAnswer { url: url() },
        ]
    }

    fn googles() -> Vec<FetchError> {
        let (sheet, account) = ("1aBcDeF".to_owned(), "reader@acme.example".to_owned());
        let not_a_sheet = |tab| FetchError::NotASheet {
            sheet: sheet.clone(),
            mime_type: "application/vnd.google-apps.document".to_owned(),
            tab,
        };
        vec![
            FetchError::SheetNotShared {
                sheet: sheet.clone(),
                account: None,
            },
            FetchError::SheetNotShared {
                sheet: sheet.clone(),
                account: Some(account.clone()),
            },
            FetchError::TokenRefused {
                account,
                reason: "invalid_grant".to_owned(),
            },
            FetchError::ApiDisabled { url: URL.to_owned() },
            not_a_sheet(false),
            not_a_sheet(true),
            FetchError::ExportTooLarge { url: URL.to_owned() },
        ]
    }

    #[test]
    fn codes_and_sentences() {
        let lines = |errors: Vec<FetchError>| {
            let line = |error: FetchError| {
                let kind = if error.is_transient() { "transient" } else { "permanent" };
                format!("{} ({kind}): {error}", error.code())
            };
            errors.into_iter().map(line).collect::<Vec<_>>().join("\n")
        };
        insta::assert_snapshot!("answers", lines(answers()));
        insta::assert_snapshot!("others", lines(others()));
        insta::assert_snapshot!("googles", lines(googles()));
    }

    #[test]
    fn causes_are_found_behind_io_errors() {
        let refusal = Refusal::NoHost;
        let wrapped = io::Error::other(io::Error::other(refusal.clone()));
        assert_eq!(find_cause::<Refusal>(&wrapped), Some(&refusal));
        assert_eq!(find_cause::<InvalidUrl>(&wrapped), None);
    }
}
