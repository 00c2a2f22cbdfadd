//! Secrets of sources, in AWS Secrets Manager.

use std::error::Error as StdError;

use aws_sdk_secretsmanager::Client;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use domain::SecretRef;
use secrecy::SecretString;
use thiserror::Error;

use crate::StoreError;

/// The secrets whose names begin with a prefix: the only ones that a source may name, whatever else the function's role
/// could read.
#[derive(Debug, Clone)]
pub struct Secrets {
    client: Client,
    prefix: String,
}

/// Why a secret cannot be read. Nothing of it is repeated.
#[derive(Debug, Error)]
pub enum SecretError {
    /// Its name does not begin with the prefix.
    #[error("sources may only use secrets whose names begin with {prefix}; this one is {secret}")]
    NotAllowed {
        /// Which one.
        secret: SecretRef,
        /// How it would have to begin.
        prefix: String,
    },
    /// There is none of this name, or it is marked for deletion.
    #[error("there is no secret {secret} in Secrets Manager")]
    Missing {
        /// Which one.
        secret: SecretRef,
    },
    /// The function's role may not read or decrypt it.
    #[error("the secret {secret} may not be read by the download function")]
    Denied {
        /// Which one.
        secret: SecretRef,
    },
    /// It is binary.
    #[error("the secret {secret} holds no text")]
    NoText {
        /// Which one.
        secret: SecretRef,
    },
    /// Secrets Manager could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Secrets {
    /// The secrets whose names begin with `prefix`.
    pub fn new(client: Client, prefix: impl Into<String>) -> Self {
        Self {
            client,
            prefix: prefix.into(),
        }
    }

    /// The current text of a secret.
    ///
    /// # Errors
    /// See [`SecretError`].
    pub async fn text(&self, secret: &SecretRef) -> Result<SecretString, SecretError> {
        if !secret.name().starts_with(&self.prefix) {
            return Err(SecretError::NotAllowed {
                secret: secret.clone(),
                prefix: self.prefix.clone(),
            });
        }
        let answer = self.client.get_secret_value().secret_id(secret.as_str()).send().await;
        match answer {
            Ok(value) => value
                .secret_string
                .map(SecretString::from)
                .ok_or_else(|| SecretError::NoText { secret: secret.clone() }),
            Err(error) => Err(refusal(secret, error)),
        }
    }
}

/// The class of a refusal, by its code ("Errors" of `GetSecretValue`, Secrets Manager API reference).
fn refusal<E>(secret: &SecretRef, error: E) -> SecretError
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let secret = secret.clone();
    match error.code() {
        // `InvalidRequestException`: marked for deletion.
        Some("ResourceNotFoundException" | "InvalidRequestException") => SecretError::Missing { secret },
        Some("AccessDeniedException" | "AccessDenied" | "DecryptionFailure") => SecretError::Denied { secret },
        _ => StoreError::call("reading a secret")(error).into(),
    }
}
