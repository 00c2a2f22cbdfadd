//! The tokens that open the API.

use std::str::FromStr;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;

use crate::caller::Role;

/// Knows a token by its SHA-256. Tokens are random and long (the deployer makes them so), so a plain hash is enough: there
/// is nothing to guess.
#[derive(Clone)]
pub struct TokenHash {
    sha256: [u8; 32],
}

/// Not the SHA-256 of a token.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("64 hex digits are needed: the SHA-256 of the token")]
pub struct InvalidTokenHash;

impl FromStr for TokenHash {
    type Err = InvalidTokenHash;

    fn from_str(text: &str) -> Result<Self, InvalidTokenHash> {
        let sha256 = hex::decode(text)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(InvalidTokenHash)?;
        Ok(Self { sha256 })
    }
}

impl TokenHash {
    /// Whether `token` is the one. Takes the same time whatever is wrong with it.
    pub fn is(&self, token: &str) -> bool {
        Sha256::digest(token.as_bytes()).ct_eq(&self.sha256).into()
    }

    pub(crate) fn digest(&self) -> &[u8] {
        &self.sha256
    }
}

/// The admin's token, and the others' where there are any.
#[derive(Clone)]
pub struct Tokens {
    /// May do everything.
    pub admin: TokenHash,
    /// May look.
    pub viewer: Option<TokenHash>,
    /// May have files read by the ml-analyze calls, and nothing else.
    pub analysis: Option<TokenHash>,
}

impl Tokens {
    /// What the bearer of `token` may do; none for a stranger.
    pub fn role_of(&self, token: &str) -> Option<Role> {
        if self.admin.is(token) {
            return Some(Role::Admin);
        }
        self.viewer.as_ref()?.is(token).then_some(Role::Viewer)
    }

    /// Whether the bearer of `token` may have files read.
    pub fn opens_analyses(&self, token: &str) -> bool {
        self.admin.is(token) || self.analysis.as_ref().is_some_and(|analysis| analysis.is(token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(text: &str) -> TokenHash {
        hex::encode(Sha256::digest(text)).parse().unwrap()
    }

    #[test]
    fn each_token_has_its_role_and_no_other_text_has_one() {
        let tokens = Tokens {
            admin: hash("secret"),
            viewer: Some(hash("glance")),
            analysis: Some(hash("read")),
        };
        let opens = ["secret", "glance", "read", ""].map(|token| tokens.opens_analyses(token));
        assert_eq!(opens, [true, false, true, false]);
        assert_eq!(tokens.role_of("secret"), Some(Role::Admin));
        assert_eq!(tokens.role_of("glance"), Some(Role::Viewer));
        for stranger in ["", "Secret", "secret ", "read"] {
            assert_eq!(tokens.role_of(stranger), None, "{stranger:?}");
        }
        assert!("secret".parse::<TokenHash>().is_err());
    }
}
