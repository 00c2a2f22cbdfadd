//! The credentials of sources, read from the secret store and kept for a short while.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use domain::{JobError, SecretRef};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use sources::{Auth, Credential, InvalidCredential, ServiceAccount};
use store::{SecretError, Secrets, StoreError};
use thiserror::Error;

/// Reads sources' credentials. They are kept in memory only.
#[derive(Debug)]
pub struct Credentials {
    secrets: Secrets,
    kept: Mutex<HashMap<SecretRef, Kept>>,
}

#[derive(Debug)]
struct Kept {
    credential: Credential,
    read_at: Timestamp,
}

/// How long a credential is kept: a schedule's minute starts many fetches, and a changed secret should be used soon. One
/// that a source refuses is forgotten at once.
const KEPT_FOR: SignedDuration = SignedDuration::from_mins(5);

/// Why a source has no credential to be sent.
#[derive(Debug, Error)]
pub enum CredentialError {
    /// The secret cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// It holds something else.
    #[error("the secret {secret} cannot be used: {cause}")]
    Garbled {
        /// Which one.
        secret: SecretRef,
        /// What is wrong with its text.
        cause: InvalidCredential,
    },
    /// A service account for a web address.
    #[error("the secret {secret} holds the key of a Google service account, which only Google sheets take")]
    OnlyForGoogle {
        /// Which one.
        secret: SecretRef,
    },
    /// Something else for a Google sheet.
    #[error("the secret {secret} does not hold the key of a Google service account, which Google sheets need")]
    NotForGoogle {
        /// Which one.
        secret: SecretRef,
    },
}

impl Credentials {
    /// Reads from `secrets`.
    pub fn new(secrets: Secrets) -> Self {
        Self {
            secrets,
            kept: Mutex::default(),
        }
    }

    /// What to send to a web address.
    ///
    /// # Errors
    /// See [`CredentialError`].
    pub async fn auth(&self, secret: &SecretRef, now: Timestamp) -> Result<Auth, CredentialError> {
        match self.read(secret, now).await? {
            Credential::Auth(auth) => Ok(auth),
            Credential::ServiceAccount(_) => Err(CredentialError::OnlyForGoogle { secret: secret.clone() }),
        }
    }

    /// Who asks Google for a sheet.
    ///
    /// # Errors
    /// See [`CredentialError`].
    pub async fn account(&self, secret: &SecretRef, now: Timestamp) -> Result<ServiceAccount, CredentialError> {
        match self.read(secret, now).await? {
            Credential::ServiceAccount(account) => Ok(account),
            Credential::Auth(_) => Err(CredentialError::NotForGoogle { secret: secret.clone() }),
        }
    }

    /// Forgets a credential that was refused: the next fetch reads it again.
    pub fn forget(&self, secret: &SecretRef) {
        self.kept().remove(secret);
    }

    async fn read(&self, secret: &SecretRef, now: Timestamp) -> Result<Credential, CredentialError> {
        let fresh = |kept: &&Kept| now.duration_since(kept.read_at) < KEPT_FOR;
        if let Some(kept) = self.kept().get(secret).filter(fresh) {
            return Ok(kept.credential.clone());
        }
        let text = self.secrets.text(secret).await?;
        let credential = Credential::from_secret(text.expose_secret()).map_err(|cause| CredentialError::Garbled {
            secret: secret.clone(),
            cause,
        })?;
        let kept = Kept {
            credential: credential.clone(),
            read_at: now,
        };
        self.kept().insert(secret.clone(), kept);
        Ok(credential)
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<SecretRef, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CredentialError {
    /// How the job fails that needs the credential; or the failure of our own store, after which a redelivered message
    /// may succeed.
    ///
    /// # Errors
    /// The secret store could not be asked.
    pub(crate) fn into_job_error(self) -> Result<JobError, StoreError> {
        let (code, advice) = match &self {
            Self::Secret(SecretError::Store(_)) => ("credential_unreadable", ""),
            Self::Secret(SecretError::NotAllowed { .. }) => (
                "credential_not_allowed",
                "Rename the secret, or ask the operator to change the deployment's SourceSecretPrefix.",
            ),
            Self::Secret(SecretError::Missing { .. }) => (
                "credential_missing",
                "Create it in the deployment's region, or correct the supplier's source.credential.",
            ),
            Self::Secret(SecretError::Denied { .. }) => (
                "credential_denied",
                "Ask the operator to let the function's role read and decrypt it.",
            ),
            Self::Secret(SecretError::NoText { .. }) | Self::Garbled { .. } => {
                ("credential_garbled", "Store it again as that JSON.")
            }
            Self::OnlyForGoogle { .. } | Self::NotForGoogle { .. } => (
                "credential_garbled",
                "Name another secret as the supplier's source.credential.",
            ),
        };
        let message = format!("{self}. {advice}");
        match self {
            Self::Secret(SecretError::Store(error)) if error.is_transient() => Err(error),
            Self::Secret(SecretError::Store(error)) => Ok(JobError::new(
                "credential_unreadable",
                format!("The source's secret could not be read ({error}). Tell the operator."),
            )),
            _ => Ok(JobError::sentence(code, &message)),
        }
    }
}
