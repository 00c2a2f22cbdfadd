//! What a secret of the secret store may hold.

use serde::Deserialize;
use thiserror::Error;

use crate::{
    auth::{Auth, InvalidAuth},
    google::{InvalidKey, ServiceAccount},
};

/// What a secret holds: what a web server asks for, or the key of a Google service account.
#[derive(Debug, Clone)]
pub enum Credential {
    /// Sent with every request to the source.
    Auth(Auth),
    /// Signs the requests for Google's tokens.
    ServiceAccount(ServiceAccount),
}

/// Why a secret's text is no credential. None of the text is repeated, not even what a JSON parser would say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidCredential {
    /// Neither of the shapes.
    #[error(
        r#"it is none of {{"kind":"basic","username":…,"password":…}}, {{"kind":"bearer","token":…}}, {{"kind":"header","name":…,"value":…}}, or the JSON key file of a Google service account"#
    )]
    Shape,
    /// It cannot be a header.
    #[error(transparent)]
    Auth(#[from] InvalidAuth),
    /// The service account's key.
    #[error(transparent)]
    Key(#[from] InvalidKey),
}

impl Credential {
    /// Reads the text of a secret.
    ///
    /// # Errors
    /// It is not one of the shapes, or holds what cannot be sent.
    pub fn from_secret(text: &str) -> Result<Self, InvalidCredential> {
        #[derive(Deserialize)]
        struct Marks {
            kind: Option<String>,
            r#type: Option<String>,
        }
        let Marks { kind, r#type } = serde_json::from_str(text).map_err(|_| InvalidCredential::Shape)?;
        match (kind, r#type.as_deref()) {
            (Some(_), _) => {
                let auth: Auth = serde_json::from_str(text).map_err(|_| InvalidCredential::Shape)?;
                auth.check()?;
                Ok(Self::Auth(auth))
            }
            (None, Some("service_account")) => Ok(Self::ServiceAccount(ServiceAccount::from_key_file(text)?)),
            _ => Err(InvalidCredential::Shape),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shapes_are_told_apart() {
        for text in [
            r#"{"kind":"basic","username":"buyer","password":"s3cret"}"#,
            r#"{"kind":"bearer","token":"s3cret"}"#,
            r#"{"kind":"header","name":"X-Api-Key","value":"s3cret"}"#,
        ] {
            let credential = Credential::from_secret(text).unwrap();
            assert!(!format!("{credential:?}").contains("s3cret"));
        }
    }

    #[test]
    fn a_garbled_secret_is_not_repeated() {
        for text in [
            "s3cret",
            "\"s3cret\"",
            r#"{"s3cret":1}"#,
            r#"{"kind":"s3cret"}"#,
            r#"{"kind":"basic","username":"buyer","password":5,"s3cret":"s3cret"}"#,
            r#"{"kind":"bearer","token":"s3cret\u0000"}"#,
            r#"{"kind":"header","name":"s3cret s3cret","value":"s3cret"}"#,
            r#"{"type":"service_account","client_email":"a@b.example","private_key":"s3cret"}"#,
            r#"{"type":"authorized_user","refresh_token":"s3cret"}"#,
        ] {
            let error = Credential::from_secret(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
        }
    }
}
