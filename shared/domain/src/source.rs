//! Where a supplier's list comes from.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where a supplier's list comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Source {
    /// Fetched from an address.
    Http {
        /// `http` or `https`, without user name and password.
        url: String,
        /// The secret with what the server asks for; it is sent to the address's own origin only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        credential: Option<SecretRef>,
    },
    /// A Google sheet, or a workbook kept in Google Drive.
    GoogleSheet {
        /// Share link, spreadsheet id or Drive id; kept as the id.
        sheet: SheetId,
        /// One tab only, fetched as CSV; none: all tabs, as a workbook.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tab: Option<SheetTab>,
        /// The secret with the key of a Google service account that the sheet is shared with; none for a sheet that
        /// everyone with the link may read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        credential: Option<SecretRef>,
    },
    /// Only uploaded by hand or by a script.
    Upload,
}

/// Why a source cannot be used. No address is repeated: it may hold a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidSource {
    /// No address, or a scheme that is not fetched.
    #[error("source.url: an http:// or https:// address of at most {MAX_URL} characters is needed")]
    Url,
    /// `https://user:password@host/`: what is stored here is no place for a password.
    #[error(
        "source.url: an address with a user name or password in it is not stored; put them into a secret and name it \
         as source.credential"
    )]
    UrlCredentials,
}

/// Longest address stored, in bytes.
const MAX_URL: usize = 2_000;

impl Source {
    /// Checks what the shape alone cannot say.
    ///
    /// # Errors
    /// The field that cannot be used, with what is allowed.
    pub fn check(&self) -> Result<(), InvalidSource> {
        let Self::Http { url, .. } = self else { return Ok(()) };
        let Some((scheme, rest)) = url.split_once("://") else {
            return Err(InvalidSource::Url);
        };
        let scheme = scheme.to_ascii_lowercase();
        if url.len() > MAX_URL || !matches!(scheme.as_str(), "http" | "https") {
            return Err(InvalidSource::Url);
        }
        let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
        match authority.contains('@') {
            true => Err(InvalidSource::UrlCredentials),
            false => Ok(()),
        }
    }

    /// Whether lists can be fetched from it, and not only be sent.
    pub fn is_fetched(&self) -> bool {
        !matches!(self, Self::Upload)
    }

    /// The secret with its credentials, if it has one.
    pub fn credential(&self) -> Option<&SecretRef> {
        match self {
            Self::Http { credential, .. } | Self::GoogleSheet { credential, .. } => credential.as_ref(),
            Self::Upload => None,
        }
    }
}

/// The name or ARN of a secret in AWS Secrets Manager. It names the secret and holds nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SecretRef(String);

/// Longest ARN of a secret, in bytes ("Quotas", Secrets Manager user guide: names have up to 512).
const MAX_SECRET_REF: usize = 2_048;

/// Why a text names no secret. The text is not repeated: somebody may have pasted the secret itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "a credential is the name or ARN of a secret in Secrets Manager (letters, digits and /_+=.@-, as in \
     pricecourier/acme), never the secret itself"
)]
pub struct InvalidSecretRef;

impl SecretRef {
    /// The name or ARN.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The secret's name: of an ARN the part after `:secret:`, with the six random characters that AWS adds.
    pub fn name(&self) -> &str {
        match self.0.starts_with("arn:") {
            true => self.0.split_once(":secret:").map_or("", |(_, name)| name),
            false => &self.0,
        }
    }
}

impl FromStr for SecretRef {
    type Err = InvalidSecretRef;

    fn from_str(text: &str) -> Result<Self, InvalidSecretRef> {
        let reference = Self(text.to_owned());
        let name = reference.name();
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"/_+=.@-".contains(&byte));
        let is_arn = text.starts_with("arn:") && text.split(':').nth(2) == Some("secretsmanager");
        let is_known = is_arn || (!text.contains(':') && text.len() <= 512);
        match is_name && is_known && text.len() <= MAX_SECRET_REF {
            true => Ok(reference),
            false => Err(InvalidSecretRef),
        }
    }
}

impl TryFrom<String> for SecretRef {
    type Error = InvalidSecretRef;

    fn try_from(text: String) -> Result<Self, InvalidSecretRef> {
        text.parse()
    }
}

impl From<SecretRef> for String {
    fn from(reference: SecretRef) -> Self {
        reference.0
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of a file in Google Drive; a spreadsheet's is the part after `/d/` in its address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SheetId(String);

/// Why a text is no id of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidSheet {
    /// Neither an id nor an address with one.
    #[error(
        "source.sheet: the share link of a Google sheet (https://docs.google.com/spreadsheets/d/…), its spreadsheet id \
         or its Drive id is needed"
    )]
    Unknown,
    /// `…/d/e/2PACX-…/pubhtml` has an id of its own, which the exports do not know.
    #[error(
        "source.sheet: this is a \"publish to the web\" link. Use the share link, or an http source with \
         /pub?output=xlsx at its end"
    )]
    PublishedToWeb,
}

impl SheetId {
    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of_link(host: &str, rest: &str) -> Result<Self, InvalidSheet> {
        if !matches!(host, "docs.google.com" | "drive.google.com" | "spreadsheets.google.com") {
            return Err(InvalidSheet::Unknown);
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut segments = path.split('/').skip_while(|segment| *segment != "d").skip(1);
        let id = match segments.next() {
            Some("e") => return Err(InvalidSheet::PublishedToWeb),
            Some(id) => Some(id),
            None => query
                .split('&')
                .find_map(|pair| pair.strip_prefix("id=").or_else(|| pair.strip_prefix("key="))),
        };
        Self::of_id(id.ok_or(InvalidSheet::Unknown)?)
    }

    fn of_id(id: &str) -> Result<Self, InvalidSheet> {
        // Drive's ids have 28, 33 or 44 characters so far; Google promises no length.
        let is_id = (15..=128).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        is_id.then(|| Self(id.to_owned())).ok_or(InvalidSheet::Unknown)
    }
}

impl FromStr for SheetId {
    type Err = InvalidSheet;

    fn from_str(text: &str) -> Result<Self, InvalidSheet> {
        let text = text.trim();
        match text.split_once("://") {
            Some(("http" | "https", rest)) => {
                let (host, rest) = rest.split_once('/').ok_or(InvalidSheet::Unknown)?;
                Self::of_link(&host.to_ascii_lowercase(), rest)
            }
            Some(_) => Err(InvalidSheet::Unknown),
            None => Self::of_id(text),
        }
    }
}

impl TryFrom<String> for SheetId {
    type Error = InvalidSheet;

    fn try_from(text: String) -> Result<Self, InvalidSheet> {
        text.parse()
    }
}

impl From<SheetId> for String {
    fn from(sheet: SheetId) -> Self {
        sheet.0
    }
}

impl fmt::Display for SheetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A tab of a Google sheet: the number after `gid=` in the browser's address while the tab is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct SheetTab(pub u32);

impl fmt::Display for SheetTab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789-_abcde";

    #[test]
    fn a_sheet_is_known_by_any_of_its_links() {
        for link in [
            ID.to_owned(),
            format!("  {ID}\n"),
            format!("https://docs.google.com/spreadsheets/d/{ID}/edit?gid=0#gid=0"),
            format!("https://docs.google.com/spreadsheets/d/{ID}"),
            format!("https://docs.google.com/spreadsheets/u/1/d/{ID}/edit?usp=sharing"),
            format!("https://docs.google.com/a/acme.example/spreadsheets/d/{ID}/edit"),
            format!("HTTPS://Docs.Google.com/spreadsheets/d/{ID}/edit").replace("HTTPS", "https"),
            format!("https://drive.google.com/file/d/{ID}/view?usp=drive_link"),
            format!("https://drive.google.com/open?usp=x&id={ID}"),
            format!("https://spreadsheets.google.com/ccc?key={ID}&hl=en"),
        ] {
            assert_eq!(link.parse::<SheetId>().map(String::from).as_deref(), Ok(ID), "{link}");
        }
    }

    #[test]
    fn anything_else_is_no_sheet() {
        for text in [
            "",
            "prices",
            "https://supplier.example/spreadsheets/d/1aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789/edit",
            "https://docs.google.com/document/",
            "https://docs.google.com.evil.example/spreadsheets/d/1aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789",
            "https://docs.google.com@evil.example/spreadsheets/d/1aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789",
            "file:///d/1aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789",
            "https://docs.google.com/spreadsheets/d/..%2F..%2Fsecrets-of-others/edit",
        ] {
            assert_eq!(text.parse::<SheetId>(), Err(InvalidSheet::Unknown), "{text}");
        }
        let published = "https://docs.google.com/spreadsheets/d/e/2PACX-1vQabcdefghijkl/pubhtml";
        assert_eq!(published.parse::<SheetId>(), Err(InvalidSheet::PublishedToWeb));
    }

    #[test]
    fn a_secret_is_named_and_never_given() {
        for name in [
            "pricecourier/acme",
            "arn:aws:secretsmanager:eu-central-1:123456789012:secret:pricecourier/acme-a1B2c3",
        ] {
            let secret: SecretRef = name.parse().unwrap();
            assert!(secret.name().starts_with("pricecourier/acme"), "{name}");
        }
        for text in [
            "",
            r#"{"kind":"bearer","token":"s3cret"}"#,
            "user:password",
            "with space",
            "arn:aws:s3:::bucket:secret:x",
            "arn:aws:secretsmanager:eu-central-1:123456789012:secret:",
            &"a".repeat(513),
        ] {
            let error = text.parse::<SecretRef>().unwrap_err().to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn sources_read_back_and_older_records_are_read() {
        for json in [
            r#"{"kind":"http","url":"https://acme.example/list.csv"}"#.to_owned(),
            r#"{"kind":"http","url":"https://acme.example/list.csv","credential":"pricecourier/acme"}"#.to_owned(),
            format!(r#"{{"kind":"google_sheet","sheet":"{ID}","tab":7,"credential":"pricecourier/google"}}"#),
            r#"{"kind":"upload"}"#.to_owned(),
        ] {
            let source: Source = serde_json::from_str(&json).unwrap();
            assert_eq!(serde_json::to_string(&source).unwrap(), json);
            assert_eq!(source.check(), Ok(()));
        }
    }

    #[test]
    fn an_address_with_a_password_is_not_stored() {
        let check = |url: &str| {
            let source = Source::Http {
                url: url.to_owned(),
                credential: None,
            };
            source.check()
        };
        assert_eq!(check("https://a.example/x?to=b@c.example"), Ok(()));
        for url in [
            "https://user:s3cret@a.example/",
            "https://s3cret@a.example",
            "HTTP://a:b@c\\d",
        ] {
            assert_eq!(check(url), Err(InvalidSource::UrlCredentials), "{url}");
        }
        for url in ["file:///etc/passwd", "acme.example/list.csv", "ftp://a.example/x"] {
            assert_eq!(check(url), Err(InvalidSource::Url), "{url}");
        }
    }
}
