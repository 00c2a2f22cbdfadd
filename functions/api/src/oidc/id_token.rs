//! ID tokens: a signed statement of who signed in (OpenID Connect Core 1.0, section 3.1.3.7; RFC 7515).

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;
use thiserror::Error;

/// How far clocks may differ, in seconds.
const LEEWAY: i64 = 60;

/// Why a token cannot be believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum TokenFault {
    /// Not three parts, or one that cannot be read.
    #[error("it is no signed token")]
    Shape,
    /// Signed by nobody, by a shared secret, or in a way that is not taken.
    #[error("its algorithm is {0:?}")]
    Algorithm(String),
    /// Signed by another key, or changed since.
    #[error("its signature does not hold")]
    Signature,
    /// Of another provider.
    #[error("it was issued by {0:?}")]
    Issuer(String),
    /// For another client.
    #[error("it is for another client")]
    Audience,
    /// Its time is past, or to come.
    #[error("its time is past or to come")]
    Time,
    /// Of another sign-in: it may be a stolen one, used again.
    #[error("it belongs to another sign-in")]
    Nonce,
}

/// A token's first part.
#[derive(Debug, Deserialize)]
pub(crate) struct Header {
    alg: String,
    kid: Option<String>,
}

/// A signing key of a provider. The key tells the algorithm; what a token claims of it must agree.
#[derive(Debug)]
pub(crate) struct Key {
    kid: Option<String>,
    material: Material,
}

#[derive(Debug)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256 { point: Vec<u8> },
}

/// A key as it is published (RFC 7517, 7518).
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Header {
    pub(super) fn of(token: &str) -> Result<Self, TokenFault> {
        let (header, _) = token.split_once('.').ok_or(TokenFault::Shape)?;
        let header: Self = decoded(header)?;
        match header.alg.as_str() {
            "RS256" | "ES256" => Ok(header),
            _ => Err(TokenFault::Algorithm(header.alg.chars().take(20).collect())),
        }
    }
}

impl Key {
    /// A published key, if it is of a kind that is used here.
    pub(super) fn of(json: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(json).ok()?;
        if jwk.purpose.as_deref().is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let bytes = |text: Option<String>| BASE64_URL_SAFE_NO_PAD.decode(text?).ok();
        let material = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => Material::Rsa {
                n: bytes(jwk.n)?,
                e: bytes(jwk.e)?,
            },
            ("EC", Some("P-256")) => Material::P256 {
                // An uncompressed point (SEC 1, 2.3.3).
                point: [vec![4], bytes(jwk.x)?, bytes(jwk.y)?].concat(),
            },
            _ => return None,
        };
        let key = Self { kid: jwk.kid, material };
        match jwk.alg {
            Some(alg) if alg != key.algorithm() => None,
            _ => Some(key),
        }
    }

    /// Whether a token with this header is signed by it: by name, or where either has none by kind.
    pub(super) fn signs(&self, header: &Header) -> bool {
        let by_name = match (&self.kid, &header.kid) {
            (Some(own), Some(named)) => own == named,
            _ => true,
        };
        by_name && self.algorithm() == header.alg
    }

    fn algorithm(&self) -> &'static str {
        match self.material {
            Material::Rsa { .. } => "RS256",
            Material::P256 { .. } => "ES256",
        }
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), TokenFault> {
        let verified = match &self.material {
            Material::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
            Material::P256 { point } => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
        };
        verified.map_err(|_| TokenFault::Signature)
    }
}

/// Whom the token is for.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// What a token says.
#[derive(Debug, Deserialize)]
pub(crate) struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    azp: Option<String>,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    preferred_username: Option<String>,
    /// Everything else.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

impl Claims {
    /// The claims of a token whose signature holds under `key`.
    pub(super) fn verified(token: &str, header: &Header, key: &Key) -> Result<Self, TokenFault> {
        let (message, signature) = token.rsplit_once('.').ok_or(TokenFault::Shape)?;
        let (_, claims) = message.split_once('.').ok_or(TokenFault::Shape)?;
        if claims.contains('.') || !key.signs(header) {
            return Err(TokenFault::Shape);
        }
        let signature = BASE64_URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| TokenFault::Shape)?;
        key.verify(message.as_bytes(), &signature)?;
        decoded(claims)
    }

    /// Checks that it is this sign-in's, for us, from `issuer`, and still good.
    pub(super) fn check(&self, issuer: &str, client_id: &str, nonce: &str, now: Timestamp) -> Result<(), TokenFault> {
        if self.iss != issuer {
            return Err(TokenFault::Issuer(self.iss.chars().take(200).collect()));
        }
        let is_for_us = match &self.aud {
            Audience::One(one) => one == client_id,
            Audience::Many(many) => many.iter().any(|one| one == client_id),
        };
        if !is_for_us || self.azp.as_ref().is_some_and(|azp| azp != client_id) {
            return Err(TokenFault::Audience);
        }
        let now = now.as_second();
        if self.exp.saturating_add(LEEWAY) <= now || self.nbf.is_some_and(|nbf| nbf.saturating_sub(LEEWAY) > now) {
            return Err(TokenFault::Time);
        }
        let told = self.nonce.as_deref().unwrap_or_default();
        match told.as_bytes().ct_eq(nonce.as_bytes()).into() {
            true => Ok(()),
            false => Err(TokenFault::Nonce),
        }
    }

    /// What the person is called on pages.
    pub(super) fn name(&self) -> String {
        let name = self
            .email
            .as_ref()
            .or(self.preferred_username.as_ref())
            .unwrap_or(&self.sub);
        name.chars().filter(|letter| !letter.is_control()).take(120).collect()
    }
}

fn decoded<T: DeserializeOwned>(part: &str) -> Result<T, TokenFault> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenFault::Shape)?;
    serde_json::from_slice(&json).map_err(|_| TokenFault::Shape)
}
