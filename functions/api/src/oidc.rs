//! Signing in with the company's own accounts: OpenID Connect, authorization code with PKCE.

mod id_token;
mod provider;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use runtime::{Config, ConfigError};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;
use tokio::sync::Mutex;
use url::Url;

use self::{
    id_token::{Claims, TokenFault},
    provider::{Provider, ProviderFault},
};
use crate::caller::{Caller, Role};

/// How long a person may take at the provider.
pub(crate) const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// What the deployer says of the provider.
#[derive(Debug, Clone)]
pub struct OidcSettings {
    /// As its tokens name it; its discovery document lies below.
    pub issuer: String,
    /// Under which the pages are registered there.
    pub client_id: String,
    /// None for a public client: PKCE guards the code either way.
    pub client_secret: Option<SecretString>,
    /// The pages' own address; the provider sends back to `/sign-in/oidc/back` below it.
    pub public_url: Url,
    /// The claim that holds what a person may do: a text, or a list of texts.
    pub role_claim: String,
    /// The claim's value of admins.
    pub admin_value: String,
    /// The claim's value of viewers.
    pub viewer_value: String,
}

/// Why the settings cannot be used.
#[derive(Debug, Error)]
pub enum InvalidOidc {
    /// A variable is missing.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No address, or not an encrypted one.
    #[error("the environment variable {0} is not valid: an https address is needed (http on this machine only)")]
    Address(&'static str),
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made: {0}")]
    Client(#[from] reqwest::Error),
    /// Its TLS configuration could not be made.
    #[error("the TLS configuration could not be made: {0}")]
    Tls(#[from] rustls::Error),
}

impl OidcSettings {
    /// Reads them; none where no issuer is set.
    ///
    /// # Errors
    /// A variable is missing or wrong.
    pub fn from_config(config: &Config) -> Result<Option<Self>, InvalidOidc> {
        let Some(issuer) = config.optional("OIDC_ISSUER") else {
            return Ok(None);
        };
        let or = |name, default: &str| config.optional(name).unwrap_or(default).to_owned();
        encrypted(issuer, "OIDC_ISSUER")?;
        Ok(Some(Self {
            issuer: issuer.to_owned(),
            client_id: config.required("OIDC_CLIENT_ID")?.to_owned(),
            client_secret: config.optional("OIDC_CLIENT_SECRET").map(SecretString::from),
            public_url: encrypted(config.required("PUBLIC_URL")?, "PUBLIC_URL")?,
            role_claim: or("OIDC_ROLE_CLAIM", "groups"),
            admin_value: or("OIDC_ADMIN_VALUE", "pricecourier-admin"),
            viewer_value: or("OIDC_VIEWER_VALUE", "pricecourier-viewer"),
        }))
    }
}

/// An https address; http is taken where nobody can listen.
fn encrypted(text: &str, name: &'static str) -> Result<Url, InvalidOidc> {
    let url: Url = text.parse().map_err(|_| InvalidOidc::Address(name))?;
    let is_loopback = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback => Ok(url),
        _ => Err(InvalidOidc::Address(name)),
    }
}

/// The provider, as it is known so far.
pub struct Oidc {
    settings: OidcSettings,
    client: reqwest::Client,
    provider: Mutex<Option<Provider>>,
}

/// What the browser keeps while its person is at the provider; sealed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Journey {
    state: String,
    nonce: String,
    verifier: String,
}

/// What the provider sends the browser back with.
#[derive(Debug, Deserialize)]
pub(crate) struct Return {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

/// Why somebody was not let in.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
    /// No journey, or another one: begun in another browser, too long ago, or never.
    #[error("this sign-in was begun elsewhere or too long ago; begin again")]
    OtherJourney,
    /// The provider said so.
    #[error("the sign-in was refused at the provider ({0})")]
    AtProvider(String),
    /// They are who they are, and have no business here.
    #[error("{0} has no role here; ask whoever runs Pricecourier for one")]
    NoRole(String),
    /// The provider cannot be used.
    #[error("the sign-in provider does not answer as it should; try again, or sign in with a token")]
    Provider(#[from] ProviderFault),
    /// Its token cannot be believed.
    #[error("the sign-in provider's answer could not be trusted; try again, or sign in with a token")]
    Token(#[from] TokenFault),
    /// The system has no random numbers.
    #[error("no random numbers are to be had")]
    Random(#[from] getrandom::Error),
}

impl Oidc {
    /// A provider of which nothing is known yet.
    ///
    /// # Errors
    /// The HTTP client could not be made.
    pub fn new(settings: OidcSettings) -> Result<Self, InvalidOidc> {
        Ok(Self {
            settings,
            client: provider::client()?,
            provider: Mutex::new(None),
        })
    }

    /// Where to send the browser, and what it keeps meanwhile.
    pub(crate) async fn begin(&self, now: Timestamp) -> Result<(Url, Journey), Refusal> {
        let journey = Journey {
            state: random()?,
            nonce: random()?,
            verifier: random()?,
        };
        let mut provider = self.provider.lock().await;
        let provider = Provider::known(&mut provider, &self.client, &self.settings.issuer, now).await?;
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&journey.verifier));
        let mut url = provider.authorization_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.redirect_uri())
            .append_pair("scope", "openid profile email")
            .append_pair("state", &journey.state)
            .append_pair("nonce", &journey.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        Ok((url, journey))
    }

    /// Who came back.
    pub(crate) async fn finish(&self, back: Return, journey: &Journey, now: Timestamp) -> Result<Caller, Refusal> {
        let same = back
            .state
            .as_deref()
            .is_some_and(|state| state.as_bytes().ct_eq(journey.state.as_bytes()).into());
        if !same {
            return Err(Refusal::OtherJourney);
        }
        if let Some(error) = back.error {
            return Err(Refusal::AtProvider(error.chars().take(80).collect()));
        }
        let code = back.code.ok_or(Refusal::OtherJourney)?;
        let mut provider = self.provider.lock().await;
        let provider = Provider::known(&mut provider, &self.client, &self.settings.issuer, now).await?;
        let token = provider
            .exchange(
                &self.client,
                &self.settings,
                &code,
                &self.redirect_uri(),
                &journey.verifier,
            )
            .await?;
        let header = id_token::Header::of(&token)?;
        let key = provider.key(&self.client, &header, now).await?;
        let claims = Claims::verified(&token, &header, key)?;
        claims.check(&self.settings.issuer, &self.settings.client_id, &journey.nonce, now)?;
        let name = claims.name();
        let role = self.role(&claims).ok_or_else(|| Refusal::NoRole(name.clone()))?;
        Ok(Caller { role, name })
    }

    fn role(&self, claims: &Claims) -> Option<Role> {
        let has = |wanted: &str| match claims.other.get(&self.settings.role_claim) {
            Some(Value::String(value)) => value == wanted,
            Some(Value::Array(values)) => values.iter().any(|value| value == wanted),
            _ => false,
        };
        if has(&self.settings.admin_value) {
            return Some(Role::Admin);
        }
        has(&self.settings.viewer_value).then_some(Role::Viewer)
    }

    fn redirect_uri(&self) -> String {
        format!(
            "{}/sign-in/oidc/back",
            self.settings.public_url.as_str().trim_end_matches('/')
        )
    }
}

/// 256 random bits, as text.
fn random() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}
