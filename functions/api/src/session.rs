//! The admin token, and the session that it buys.

use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;

/// How long a session lasts: a working day.
pub(crate) const SESSION: SignedDuration = SignedDuration::from_hours(12);

/// Knows the admin token by its SHA-256. The token is random and long (the deployer makes it so), so a plain hash is
/// enough: there is nothing to guess.
#[derive(Clone)]
pub struct AdminToken {
    sha256: [u8; 32],
}

/// Not the SHA-256 of a token.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("64 lower-case hex digits are needed: the SHA-256 of the admin token")]
pub struct InvalidTokenHash;

impl FromStr for AdminToken {
    type Err = InvalidTokenHash;

    fn from_str(text: &str) -> Result<Self, InvalidTokenHash> {
        let sha256 = hex::decode(text)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(InvalidTokenHash)?;
        Ok(Self { sha256 })
    }
}

impl AdminToken {
    /// Whether `token` is the admin token. Takes the same time whatever is wrong with it.
    pub fn is(&self, token: &str) -> bool {
        Sha256::digest(token.as_bytes()).ct_eq(&self.sha256).into()
    }

    /// A session that ends at `now` + 12 hours: `{end in unix seconds}.{HMAC-SHA256 of it}`.
    pub(crate) fn open_session(&self, now: Timestamp) -> String {
        let ends = now.checked_add(SESSION).unwrap_or(now).as_second();
        format!("{ends}.{}", hex::encode(self.mac(ends).finalize().into_bytes()))
    }

    /// Whether `session` was opened by this token and has not ended. Another token ends all sessions.
    pub(crate) fn is_open(&self, session: &str, now: Timestamp) -> bool {
        let Some((ends, mac)) = session.split_once('.') else {
            return false;
        };
        let (Ok(ends), Ok(mac)) = (ends.parse::<i64>(), hex::decode(mac)) else {
            return false;
        };
        self.mac(ends).verify_slice(&mac).is_ok() && ends > now.as_second()
    }

    fn mac(&self, ends: i64) -> Hmac<Sha256> {
        let key = Sha256::new()
            .chain_update(b"pricecourier session v1")
            .chain_update(self.sha256)
            .finalize();
        // HMAC pads a key with zeros to the hash's block (RFC 2104); a block is what the constructor takes.
        let mut block = [0; 64];
        block[..key.len()].copy_from_slice(&key);
        let mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
        mac.chain_update(ends.to_be_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> AdminToken {
        hex::encode(Sha256::digest(text)).parse().unwrap()
    }

    #[test]
    fn only_the_token_opens() {
        assert!(token("secret").is("secret"));
        assert!(!token("secret").is("Secret") && !token("secret").is(""));
        assert!("secret".parse::<AdminToken>().is_err());
    }

    #[test]
    fn a_session_ends_and_cannot_be_made_up() {
        let now: Timestamp = "2026-01-01T08:00:00Z".parse().unwrap();
        let admin = token("secret");
        let session = admin.open_session(now);
        assert!(admin.is_open(&session, now));
        assert!(!admin.is_open(&session, now + SESSION));
        assert!(!token("other").is_open(&session, now));
        let (_, mac) = session.split_once('.').unwrap();
        for made_up in ["", ".", "9999999999.", &format!("9999999999.{mac}"), "x.y"] {
            assert!(!admin.is_open(made_up, now), "{made_up}");
        }
    }
}
