//! What the provider says of itself, its keys, and the exchange of a code for a token.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use reqwest::Client;
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use secrecy::ExposeSecret;
use serde::{Deserialize, de::DeserializeOwned};
use thiserror::Error;
use url::Url;

use super::{
    InvalidOidc, OidcSettings,
    id_token::{Header, Key},
};

/// Time for one answer.
const PATIENCE: Duration = Duration::from_secs(8);

/// Longest answer taken, in bytes: keys and tokens have a few thousand.
const MAX_ANSWER: usize = 256 << 10;

/// What was learnt is asked for again after so long.
const KEPT: SignedDuration = SignedDuration::from_hours(6);

/// Unknown keys make the keys be asked for again, at most so often.
const KEYS_AT_MOST_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// Why a provider cannot be used.
#[derive(Debug, Error)]
pub(crate) enum ProviderFault {
    /// Not reached, or too slow.
    #[error("{url} could not be asked: {source}")]
    Unreachable {
        /// What was asked.
        url: String,
        /// Why.
        source: reqwest::Error,
    },
    /// Another status than 200.
    #[error("{url} answered {status}")]
    Status {
        /// What was asked.
        url: String,
        /// The status.
        status: u16,
    },
    /// Not what the specification asks for.
    #[error("{url} answered something else: {detail}")]
    Answer {
        /// What was asked.
        url: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The token names a key that the provider does not publish.
    #[error("the token's key is not one of the provider's")]
    UnknownKey,
}

/// The parts of the discovery document that are used (OpenID Connect Discovery 1.0, section 3).
#[derive(Debug, Deserialize)]
struct Discovered {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

/// A provider.
pub(crate) struct Provider {
    pub(crate) authorization_endpoint: Url,
    token_endpoint: Url,
    keys_address: Url,
    keys: Vec<Key>,
    keys_at: Timestamp,
    learnt_at: Timestamp,
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

/// A client that follows no redirects and asks nobody for a proxy. The provider's address is the deployer's, so no address
/// guard stands before it.
#[allow(
    clippy::disallowed_methods,
    reason = "the provider is named by the deployer; limits are set here"
)]
pub(super) fn client() -> Result<Client, InvalidOidc> {
    let roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(0)
        .timeout(PATIENCE)
        .tls_backend_preconfigured(tls)
        .build()?)
}

impl Provider {
    /// The provider, asked anew where what is known is old.
    pub(super) async fn known<'p>(
        known: &'p mut Option<Self>,
        client: &Client,
        issuer: &str,
        now: Timestamp,
    ) -> Result<&'p mut Self, ProviderFault> {
        let fresh = known.take().filter(|it| now.duration_since(it.learnt_at) < KEPT);
        let provider = match fresh {
            Some(provider) => provider,
            None => Self::discover(client, issuer, now).await?,
        };
        Ok(known.insert(provider))
    }

    async fn discover(client: &Client, issuer: &str, now: Timestamp) -> Result<Self, ProviderFault> {
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let found: Discovered = answer(&url, client.get(&url)).await?;
        // A document of another issuer may be an attacker's (OpenID Connect Discovery 1.0, section 4.3).
        if found.issuer != issuer {
            let detail = format!("it names the issuer {:?}", found.issuer);
            return Err(ProviderFault::Answer { url, detail });
        }
        let address = |text: &str| -> Result<Url, ProviderFault> {
            text.parse().map_err(|error| ProviderFault::Answer {
                url: url.clone(),
                detail: format!("{text:?} is no address: {error}"),
            })
        };
        let keys_address = address(&found.jwks_uri)?;
        Ok(Self {
            authorization_endpoint: address(&found.authorization_endpoint)?,
            token_endpoint: address(&found.token_endpoint)?,
            keys: keys(client, &keys_address).await?,
            keys_address,
            keys_at: now,
            learnt_at: now,
        })
    }

    /// The key of a token. Providers change keys: one that is not known is looked for among new ones.
    pub(super) async fn key(
        &mut self,
        client: &Client,
        header: &Header,
        now: Timestamp,
    ) -> Result<&Key, ProviderFault> {
        let is_known = self.keys.iter().any(|key| key.signs(header));
        if !is_known && now.duration_since(self.keys_at) >= KEYS_AT_MOST_EVERY {
            self.keys = keys(client, &self.keys_address).await?;
            self.keys_at = now;
        }
        let key = self.keys.iter().find(|key| key.signs(header));
        key.ok_or(ProviderFault::UnknownKey)
    }

    /// The ID token for a code.
    pub(super) async fn exchange(
        &self,
        client: &Client,
        settings: &OidcSettings,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
    ) -> Result<String, ProviderFault> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("client_id", &settings.client_id),
            ("code_verifier", verifier),
        ];
        if let Some(secret) = &settings.client_secret {
            form.push(("client_secret", secret.expose_secret()));
        }
        let body: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = client
            .post(self.token_endpoint.clone())
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .body(body);
        let tokens: Tokens = answer(self.token_endpoint.as_str(), request).await?;
        Ok(tokens.id_token)
    }
}

async fn keys(client: &Client, address: &Url) -> Result<Vec<Key>, ProviderFault> {
    let found: Keys = answer(address.as_str(), client.get(address.clone())).await?;
    // Keys of kinds that are not used here stand beside those that are.
    Ok(found.keys.into_iter().filter_map(Key::of).collect())
}

async fn answer<T: DeserializeOwned>(url: &str, request: reqwest::RequestBuilder) -> Result<T, ProviderFault> {
    let unreachable = |source: reqwest::Error| ProviderFault::Unreachable {
        url: url.to_owned(),
        source: source.without_url(),
    };
    let mut response = request.send().await.map_err(unreachable)?;
    let status = response.status().as_u16();
    if status != 200 {
        return Err(ProviderFault::Status {
            url: url.to_owned(),
            status,
        });
    }
    let invalid = |detail: String| ProviderFault::Answer {
        url: url.to_owned(),
        detail,
    };
    let mut json = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        json.extend_from_slice(&chunk);
        if json.len() > MAX_ANSWER {
            return Err(invalid(format!("more than {MAX_ANSWER} bytes")));
        }
    }
    serde_json::from_slice(&json).map_err(|error| invalid(error.to_string()))
}
