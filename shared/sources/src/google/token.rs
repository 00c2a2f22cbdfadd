//! Tokens of service accounts, kept until they expire.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{GoogleEndpoints, ServiceAccount};
use crate::{
    auth::Auth,
    error::FetchError,
    exchange::{Call, Sent},
    fetcher::HttpFetcher,
};

/// A token to be sent with requests.
#[derive(Debug, Clone)]
pub(super) struct AccessToken {
    token: SecretString,
    expires_at: Timestamp,
    /// It was not asked for just now.
    pub(super) was_cached: bool,
}

impl AccessToken {
    pub(super) fn auth(&self) -> Auth {
        Auth::Bearer {
            token: self.token.clone(),
        }
    }
}

/// The tokens by the e-mail address of their account.
#[derive(Debug, Default)]
pub(super) struct Tokens(Mutex<HashMap<String, AccessToken>>);

/// A token is not used in its last minute: the fetch that it opens must not outlive it at once.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

impl Tokens {
    /// The account's token: the one that is kept, or a new one.
    ///
    /// # Errors
    /// Google does not accept the account's key, or could not be asked.
    pub(super) async fn take(
        &self,
        fetcher: &HttpFetcher,
        endpoints: &GoogleEndpoints,
        account: &ServiceAccount,
        time: Duration,
        now: Timestamp,
    ) -> Result<AccessToken, FetchError> {
        let usable = |token: &&AccessToken| now.checked_add(MARGIN).is_ok_and(|soon| soon < token.expires_at);
        if let Some(token) = self.kept().get(account.email()).filter(usable) {
            return Ok(AccessToken {
                was_cached: true,
                ..token.clone()
            });
        }
        let token = request(fetcher, endpoints, account, time, now).await?;
        self.kept().insert(account.email().to_owned(), token.clone());
        Ok(token)
    }

    pub(super) fn forget(&self, account: &ServiceAccount) {
        self.kept().remove(account.email());
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<String, AccessToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn request(
    fetcher: &HttpFetcher,
    endpoints: &GoogleEndpoints,
    account: &ServiceAccount,
    time: Duration,
    now: Timestamp,
) -> Result<AccessToken, FetchError> {
    #[derive(Deserialize)]
    struct Granted {
        access_token: SecretString,
        expires_in: i64,
    }
    let url = endpoints.token();
    let refused = |reason: &str| FetchError::TokenRefused {
        account: account.email().to_owned(),
        reason: reason.to_owned(),
    };
    let assertion = account
        .assertion(url.expose(), now)
        .map_err(|_| refused("the key cannot sign"))?;
    let form = format!(
        "grant_type={}&assertion={}",
        utf8_percent_encode(GRANT, NON_ALPHANUMERIC),
        assertion.expose_secret()
    );
    let call = Call {
        url,
        auth: None,
        sent: Sent::Form(form.into()),
    };
    let (status, json) = fetcher.call(&call, time).await?;
    if status != StatusCode::OK {
        return Err(refused(&refusal(status, &json)));
    }
    let granted: Granted =
        serde_json::from_slice(&json).map_err(|_| FetchError::UnreadableAnswer { url: url.to_string() })?;
    let lifetime = SignedDuration::from_secs(granted.expires_in.clamp(0, 24 * 3600));
    Ok(AccessToken {
        token: granted.access_token,
        expires_at: now.checked_add(lifetime).unwrap_or(now),
        was_cached: false,
    })
}

/// OAuth's error code (RFC 6749 §5.2), never the text beside it, which may repeat what was sent.
fn refusal(status: StatusCode, json: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    let code = serde_json::from_slice::<Refusal>(json).map(|refusal| refusal.error);
    match code {
        Ok(code) if code.len() <= 40 && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') => code,
        _ => format!("HTTP {}", status.as_u16()),
    }
}
