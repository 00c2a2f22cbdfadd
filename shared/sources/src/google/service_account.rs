//! The key of a Google service account, and what it signs.

use std::{fmt, sync::Arc};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use ring::{rand::SystemRandom, rsa::KeyPair, signature::RSA_PKCS1_SHA256};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use thiserror::Error;

/// A Google service account: its e-mail address, with which sheets are shared, and its key. Shows without the key.
#[derive(Clone)]
pub struct ServiceAccount {
    email: String,
    key_id: Option<String>,
    key: Arc<KeyPair>,
}

/// Why a key file cannot be used. None of it is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidKey {
    /// Fields are missing.
    #[error("the service account's key file has no client_email or no private_key")]
    Fields,
    /// No RSA key in PEM (PKCS #8).
    #[error(
        "the private_key of the service account's key file is not an RSA key in PEM; store the file as it was downloaded"
    )]
    Key,
}

/// Reading files is all that is asked for.
const SCOPE: &str = "https://www.googleapis.com/auth/drive.readonly";

/// The longest that Google takes.
const LIFETIME_SECONDS: i64 = 3600;

impl ServiceAccount {
    /// Reads the JSON key file that Google gives.
    pub(crate) fn from_key_file(json: &str) -> Result<Self, InvalidKey> {
        #[derive(Deserialize)]
        struct KeyFile {
            client_email: String,
            private_key_id: Option<String>,
            private_key: SecretString,
        }
        let file: KeyFile = serde_json::from_str(json).map_err(|_| InvalidKey::Fields)?;
        let der = PrivatePkcs8KeyDer::from_pem_slice(file.private_key.expose_secret().as_bytes())
            .map_err(|_| InvalidKey::Key)?;
        let key = KeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|_| InvalidKey::Key)?;
        if file.client_email.trim().is_empty() || file.client_email.chars().any(char::is_control) {
            return Err(InvalidKey::Fields);
        }
        Ok(Self {
            email: file.client_email,
            key_id: file.private_key_id,
            key: Arc::new(key),
        })
    }

    /// The address that sheets are shared with.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// The signed claim that `audience` gives a token for (RFC 7523; JWT under RS256, RFC 7515 and 7518).
    pub(super) fn assertion(&self, audience: &str, now: Timestamp) -> Result<SecretString, InvalidKey> {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.key_id});
        let issued = now.as_second();
        let claims = json!({
            "iss": self.email,
            "scope": SCOPE,
            "aud": audience,
            "iat": issued,
            "exp": issued.saturating_add(LIFETIME_SECONDS),
        });
        let encode = |json: &serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|_| InvalidKey::Key)?;
        Ok(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)).into())
    }
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccount")
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}
