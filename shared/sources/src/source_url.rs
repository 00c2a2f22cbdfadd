//! The address of a price list: `http` or `https`, and never shown with its query's values.

use std::{fmt, str::FromStr};

use thiserror::Error;
use url::{Host, Url};

/// Longest address taken, in bytes. Presigned URLs with session tokens come to some 2,000.
const MAX_LENGTH: usize = 8 * 1024;

/// An `http` or `https` address with a host and without user name, password or fragment.
///
/// It is parsed as browsers do (WHATWG URL), so every spelling of an IP address (`0x7f.1`, `2130706433`, `０１７７.0.0.1`)
/// is an address here, not a name. `Display` and `Debug` replace what follows `=` in the query, and parameters of path
/// segments (`;jsessionid=…`), by `***`: lists are often shared by a token there.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SourceUrl(Url);

/// Why a text is not the address of a price list. The text itself is not repeated: it may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidUrl {
    /// Not an absolute URL.
    #[error("not a web address ({0}): it should look like https://supplier.example/prices.xlsx")]
    Syntax(#[from] url::ParseError),
    /// `ftp`, `file`, `data`…
    #[error("addresses start with http:// or https://, not with {0}:")]
    Scheme(String),
    /// `https://user:password@host/`.
    #[error("an address with a user name or password in it is not taken: give them as the source's credentials")]
    Credentials,
    /// Over the limit.
    #[error("the address is longer than {MAX_LENGTH} bytes")]
    TooLong,
}

impl SourceUrl {
    /// The address that `location`, absolute or relative, means when it is found at this one.
    pub(crate) fn join(&self, location: &str) -> Result<Self, InvalidUrl> {
        if location.len() > MAX_LENGTH {
            return Err(InvalidUrl::TooLong);
        }
        Self::checked(self.0.join(location)?)
    }

    fn checked(mut url: Url) -> Result<Self, InvalidUrl> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(InvalidUrl::Scheme(url.scheme().chars().take(20).collect()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidUrl::Credentials);
        }
        url.set_fragment(None);
        Ok(Self(url))
    }

    /// The whole address, secrets included: for requests, never for logs.
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }

    /// The parsed address.
    pub(crate) fn as_url(&self) -> &Url {
        &self.0
    }

    /// The host's name or address.
    pub fn host(&self) -> Option<Host<&str>> {
        self.0.host()
    }

    /// Host and port, by which requests to one server are counted.
    pub(crate) fn authority(&self) -> String {
        let port = self.0.port_or_known_default().unwrap_or_default();
        format!("{}:{port}", self.0.host_str().unwrap_or_default())
    }

    /// Whether scheme, host and port are the same: credentials go nowhere else.
    pub(crate) fn same_origin(&self, other: &Self) -> bool {
        self.0.origin() == other.0.origin()
    }

    /// Whether the bytes come over TLS.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The last segment of the path that has a text, percent-decoded.
    pub(crate) fn last_segment(&self) -> Option<String> {
        let segment = self.0.path_segments()?.rfind(|segment| !segment.is_empty())?;
        let segment = segment.split(';').next().unwrap_or_default();
        let decoded = percent_encoding::percent_decode_str(segment).decode_utf8_lossy();
        Some(decoded.into_owned()).filter(|name| !name.is_empty())
    }
}

impl FromStr for SourceUrl {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        if text.len() > MAX_LENGTH {
            return Err(InvalidUrl::TooLong);
        }
        Self::checked(Url::parse(text)?)
    }
}

impl fmt::Display for SourceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.0.host_str().unwrap_or_default())?;
        if let Some(port) = self.0.port() {
            write!(f, ":{port}")?;
        }
        for segment in self.0.path_segments().into_iter().flatten() {
            match segment.split_once(';') {
                Some((name, _)) => write!(f, "/{name};***")?,
                None => write!(f, "/{segment}")?,
            }
        }
        for (index, pair) in self
            .0
            .query()
            .into_iter()
            .flat_map(|query| query.split('&'))
            .enumerate()
        {
            let separator = if index == 0 { '?' } else { '&' };
            match pair.split_once('=') {
                Some((key, _)) => write!(f, "{separator}{key}=***")?,
                None if pair.is_empty() => write!(f, "{separator}")?,
                None => write!(f, "{separator}***")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for SourceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SourceUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<SourceUrl, InvalidUrl> {
        text.parse()
    }

    #[test]
    fn only_web_addresses_without_credentials() {
        assert_eq!(
            parse("ftp://a.example/x").unwrap_err(),
            InvalidUrl::Scheme("ftp".into())
        );
        assert_eq!(
            parse("file:///etc/passwd").unwrap_err(),
            InvalidUrl::Scheme("file".into())
        );
        assert_eq!(parse("https://u:p@a.example/x").unwrap_err(), InvalidUrl::Credentials);
        assert_eq!(parse("https://u@a.example/x").unwrap_err(), InvalidUrl::Credentials);
        assert!(matches!(parse("prices.xlsx"), Err(InvalidUrl::Syntax(_))));
        assert!(matches!(parse("https://"), Err(InvalidUrl::Syntax(_))));
        let long = format!("https://a.example/{}", "x".repeat(MAX_LENGTH));
        assert_eq!(parse(&long).unwrap_err(), InvalidUrl::TooLong);
    }

    #[test]
    fn secrets_are_not_shown() {
        let url = parse("https://a.example:8443/l/p.csv;sid=s3cret?token=s3cret&s3cret&a=&x=s=3cret#s3cret").unwrap();
        assert_eq!(
            url.to_string(),
            "https://a.example:8443/l/p.csv;***?token=***&***&a=***&x=***"
        );
        assert_eq!(format!("{url:?}"), format!("SourceUrl({url})"));
        assert_eq!(
            url.expose(),
            "https://a.example:8443/l/p.csv;sid=s3cret?token=s3cret&s3cret&a=&x=s=3cret"
        );
        for text in [
            "https://u:s3cret@a.example/",
            "https://a.example:s3cret/",
            "s3cret",
            "x-s3cret://a",
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(!error.contains("s3cret") || text.starts_with("x-"), "{error}");
        }
    }

    #[test]
    fn the_last_segment_names_the_file() {
        let name = |text: &str| parse(text).unwrap().last_segment();
        assert_eq!(
            name("https://a.example/d/pr%C3%ACces%20a.csv?x=1").as_deref(),
            Some("prìces a.csv")
        );
        assert_eq!(name("https://a.example/d/").as_deref(), Some("d"));
        assert_eq!(name("https://a.example/p.xls;v=1").as_deref(), Some("p.xls"));
        assert_eq!(name("https://a.example"), None);
    }

    #[test]
    fn locations_are_joined_under_the_same_rules() {
        let base = parse("https://a.example/d/p.csv?t=1").unwrap();
        assert_eq!(base.join("q.csv").unwrap().expose(), "https://a.example/d/q.csv");
        assert_eq!(base.join("//b.example/").unwrap().expose(), "https://b.example/");
        assert_eq!(base.join("http://u:p@127.0.0.1/").unwrap_err(), InvalidUrl::Credentials);
        assert!(matches!(base.join("javascript:alert(1)"), Err(InvalidUrl::Scheme(_))));
        assert!(!base.same_origin(&base.join("http://a.example/").unwrap()));
        assert!(!base.same_origin(&base.join("https://a.example:444/").unwrap()));
        assert!(base.same_origin(&base.join("https://a.example:443/z").unwrap()));
    }
}
