//! The credential of a source that is tried. It is read for this one request and kept nowhere.

use domain::SecretRef;
use secrecy::ExposeSecret;
use sources::{Auth, Credential, ServiceAccount};
use store::{SecretError, Secrets};

use crate::Problem;

/// What to send to a web address.
pub(super) async fn auth(secrets: &Secrets, secret: &SecretRef) -> Result<Auth, Problem> {
    match read(secrets, secret).await? {
        Credential::Auth(auth) => Ok(auth),
        Credential::ServiceAccount(_) => Err(unusable(format!(
            "the secret {secret} holds the key of a Google service account, which only Google sheets take"
        ))),
    }
}

/// Who asks Google for a sheet.
pub(super) async fn account(secrets: &Secrets, secret: &SecretRef) -> Result<ServiceAccount, Problem> {
    match read(secrets, secret).await? {
        Credential::ServiceAccount(account) => Ok(account),
        Credential::Auth(_) => Err(unusable(format!(
            "the secret {secret} does not hold the key of a Google service account, which Google sheets need"
        ))),
    }
}

async fn read(secrets: &Secrets, secret: &SecretRef) -> Result<Credential, Problem> {
    let text = secrets.text(secret).await.map_err(|error| match error {
        SecretError::Store(error) => error.into(),
        refused => unusable(refused.to_string()),
    })?;
    Credential::from_secret(text.expose_secret())
        .map_err(|cause| unusable(format!("the secret {secret} cannot be used: {cause}")))
}

/// Of the secret itself nothing is repeated.
fn unusable(detail: String) -> Problem {
    Problem::unprocessable("credential_unusable", detail)
}
