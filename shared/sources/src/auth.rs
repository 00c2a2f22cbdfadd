//! Credentials of a source.

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use thiserror::Error;

/// What a source asks for. Secrets show as `[REDACTED]` and cannot be serialised; reading them from a secret store is:
///
/// ```
/// let auth: sources::Auth = serde_json::from_str(r#"{"kind": "bearer", "token": "s3cret"}"#).unwrap();
/// assert!(!format!("{auth:?}").contains("s3cret"));
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    /// `Authorization: Basic` (RFC 7617).
    Basic {
        /// The user's name, without a colon.
        username: String,
        /// May be empty.
        password: SecretString,
    },
    /// `Authorization: Bearer` (RFC 6750).
    Bearer {
        /// The token.
        token: SecretString,
    },
    /// A header of the supplier's own, such as `X-Api-Key`.
    Header {
        /// The header's name.
        name: String,
        /// Its value.
        value: SecretString,
    },
}

/// Why credentials cannot be sent. Neither user nor secret is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidAuth {
    /// RFC 7617 has no way to send it.
    #[error("a user name for basic authentication has no colon or control character in it")]
    User,
    /// Line breaks, control characters or empty.
    #[error("the password, token or header value is empty or has a line break or control character in it")]
    Secret,
    /// Not a header name.
    #[error("the header's name is not one: letters, digits and hyphens are")]
    HeaderName,
    /// Would change the request itself.
    #[error("this header is set by the fetcher or by the connection and cannot carry credentials")]
    HeaderReserved,
}

/// Headers that say what is asked and how, not who asks.
const RESERVED: [HeaderName; 17] = [
    header::ACCEPT_ENCODING,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::HOST,
    header::IF_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_NONE_MATCH,
    header::IF_RANGE,
    header::IF_UNMODIFIED_SINCE,
    header::RANGE,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::USER_AGENT,
    header::PROXY_AUTHORIZATION,
];

impl Auth {
    /// Adds the credentials to a request's headers, marked as sensitive.
    ///
    /// # Errors
    /// If they cannot be a header.
    pub(crate) fn apply(&self, headers: &mut HeaderMap) -> Result<(), InvalidAuth> {
        let (name, value) = self.header()?;
        headers.insert(name, value);
        Ok(())
    }

    /// Whether the credentials can be sent at all; to be told when they are stored, not at night.
    ///
    /// # Errors
    /// If they cannot be a header.
    pub fn check(&self) -> Result<(), InvalidAuth> {
        self.header().map(drop)
    }

    fn header(&self) -> Result<(HeaderName, HeaderValue), InvalidAuth> {
        match self {
            Self::Basic { username, password } => {
                let password = password.expose_secret();
                if username.contains(':') || username.chars().any(char::is_control) {
                    return Err(InvalidAuth::User);
                }
                if password.chars().any(char::is_control) {
                    return Err(InvalidAuth::Secret);
                }
                let pair = BASE64_STANDARD.encode(format!("{username}:{password}"));
                Ok((header::AUTHORIZATION, sensitive(&format!("Basic {pair}"))?))
            }
            Self::Bearer { token } => {
                let token = nonempty(token)?;
                Ok((header::AUTHORIZATION, sensitive(&format!("Bearer {token}"))?))
            }
            Self::Header { name, value } => {
                let name = HeaderName::try_from(name.as_str()).map_err(|_| InvalidAuth::HeaderName)?;
                if RESERVED.contains(&name) {
                    return Err(InvalidAuth::HeaderReserved);
                }
                Ok((name, sensitive(nonempty(value)?)?))
            }
        }
    }
}

fn nonempty(secret: &SecretString) -> Result<&str, InvalidAuth> {
    Some(secret.expose_secret().trim())
        .filter(|text| !text.is_empty())
        .ok_or(InvalidAuth::Secret)
}

fn sensitive(text: &str) -> Result<HeaderValue, InvalidAuth> {
    let mut value = HeaderValue::from_str(text).map_err(|_| InvalidAuth::Secret)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(auth: &str) -> Result<(String, String), InvalidAuth> {
        let auth: Auth = serde_json::from_str(auth).unwrap();
        assert!(!format!("{auth:?}").contains("s3cret"));
        let mut headers = HeaderMap::new();
        auth.apply(&mut headers)?;
        let (name, value) = headers.iter().next().unwrap();
        assert!(value.is_sensitive() && !format!("{value:?}").contains("s3cret"));
        Ok((name.to_string(), value.to_str().unwrap().to_owned()))
    }

    #[test]
    fn each_kind_is_sent_as_its_standard_says() {
        let (name, value) = sent(r#"{"kind":"basic","username":"Aladdin","password":"open sesame"}"#).unwrap();
        assert_eq!(
            (name.as_str(), value.as_str()),
            ("authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
        );
        let (name, value) = sent(r#"{"kind":"bearer","token":" s3cret\n"}"#).unwrap();
        assert_eq!((name.as_str(), value.as_str()), ("authorization", "Bearer s3cret"));
        let (name, value) = sent(r#"{"kind":"header","name":"X-Api-Key","value":"s3cret"}"#).unwrap();
        assert_eq!((name.as_str(), value.as_str()), ("x-api-key", "s3cret"));
    }

    #[test]
    fn credentials_cannot_change_the_request() {
        for (auth, reason) in [
            (
                r#"{"kind":"basic","username":"a:b","password":"s3cret"}"#,
                InvalidAuth::User,
            ),
            (
                r#"{"kind":"basic","username":"a","password":"s3\ncret"}"#,
                InvalidAuth::Secret,
            ),
            (r#"{"kind":"bearer","token":"s3\r\nHost: x"}"#, InvalidAuth::Secret),
            (r#"{"kind":"bearer","token":""}"#, InvalidAuth::Secret),
            (
                r#"{"kind":"header","name":"a b","value":"s3cret"}"#,
                InvalidAuth::HeaderName,
            ),
            (
                r#"{"kind":"header","name":"Host","value":"s3cret"}"#,
                InvalidAuth::HeaderReserved,
            ),
            (
                r#"{"kind":"header","name":"rAnGe","value":"s3cret"}"#,
                InvalidAuth::HeaderReserved,
            ),
        ] {
            assert_eq!(sent(auth).unwrap_err(), reason, "{auth}");
        }
    }
}
