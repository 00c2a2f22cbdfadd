//! Who is signed in: a signed cookie, since functions keep nothing between requests.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::{Problem, caller::Caller, tokens::Tokens};

/// How long a session lasts: a working day.
pub(crate) const SESSION: SignedDuration = SignedDuration::from_hours(12);

/// Seals what a browser keeps for us. Whoever does not know the tokens' digests cannot make a seal; another token ends all
/// sessions.
#[derive(Clone)]
pub struct Sessions {
    key: [u8; 32],
}

#[derive(Serialize, Deserialize)]
struct Sealed<T> {
    /// Unix seconds.
    ends: i64,
    what: T,
}

impl Sessions {
    /// Sessions under these tokens.
    pub fn new(tokens: &Tokens) -> Self {
        let mut hash = Sha256::new_with_prefix(b"pricecourier session v2").chain_update(tokens.admin.digest());
        if let Some(viewer) = &tokens.viewer {
            hash.update(viewer.digest());
        }
        Self {
            key: hash.finalize().into(),
        }
    }

    pub(crate) fn start(&self, caller: &Caller, now: Timestamp) -> Result<String, Problem> {
        self.seal("session", caller, now, SESSION)
    }

    pub(crate) fn caller(&self, session: &str, now: Timestamp) -> Option<Caller> {
        self.open("session", session, now)
    }

    /// `{base64url of JSON}.{hex HMAC-SHA256 of purpose and that}`; a seal made for one purpose opens for no other.
    pub(crate) fn seal<T: Serialize>(
        &self,
        purpose: &str,
        what: &T,
        now: Timestamp,
        lasts: SignedDuration,
    ) -> Result<String, Problem> {
        let ends = now.checked_add(lasts).unwrap_or(now).as_second();
        let json = serde_json::to_vec(&Sealed { ends, what }).map_err(|error| {
            tracing::error!(%error, purpose, "could not be sealed");
            Problem::internal()
        })?;
        let text = BASE64_URL_SAFE_NO_PAD.encode(json);
        let mac = hex::encode(self.mac(purpose, &text).finalize().into_bytes());
        Ok(format!("{text}.{mac}"))
    }

    /// What was sealed for `purpose`, unless its time is past.
    pub(crate) fn open<T: DeserializeOwned>(&self, purpose: &str, sealed: &str, now: Timestamp) -> Option<T> {
        let (text, mac) = sealed.split_once('.')?;
        self.mac(purpose, text).verify_slice(&hex::decode(mac).ok()?).ok()?;
        let json = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let sealed: Sealed<T> = serde_json::from_slice(&json).ok()?;
        (sealed.ends > now.as_second()).then_some(sealed.what)
    }

    fn mac(&self, purpose: &str, text: &str) -> Hmac<Sha256> {
        // HMAC pads a key with zeros to the hash's block (RFC 2104); a block is what the constructor takes.
        let mut block = [0; 64];
        block[..self.key.len()].copy_from_slice(&self.key);
        let mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
        mac.chain_update(purpose).chain_update(b".").chain_update(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caller::Role;

    fn sessions(token: &str) -> Sessions {
        let admin = hex::encode(Sha256::digest(token)).parse().unwrap();
        Sessions::new(&Tokens {
            admin,
            viewer: None,
            analysis: None,
        })
    }

    #[test]
    fn a_session_ends_and_cannot_be_made_up() {
        let now: Timestamp = "2026-01-01T08:00:00Z".parse().unwrap();
        let ours = sessions("secret");
        let viewer = Caller::by_token(Role::Viewer);
        let session = ours.start(&viewer, now).unwrap();
        assert_eq!(ours.caller(&session, now), Some(viewer));
        assert_eq!(ours.caller(&session, now + SESSION), None);
        assert_eq!(sessions("other").caller(&session, now), None);
        let (text, mac) = session.split_once('.').unwrap();
        let admin = BASE64_URL_SAFE_NO_PAD.encode(r#"{"ends":9999999999,"what":{"role":"admin","name":"me"}}"#);
        for made_up in ["", ".", text, &format!("{text}."), &format!("{admin}.{mac}"), "x.y"] {
            assert_eq!(ours.caller(made_up, now), None, "{made_up}");
        }
    }

    #[test]
    fn a_seal_opens_for_its_purpose_only() {
        let now: Timestamp = "2026-01-01T08:00:00Z".parse().unwrap();
        let sessions = sessions("secret");
        let admin = Caller::by_token(Role::Admin);
        let sealed = sessions.seal("sign-in", &admin, now, SESSION).unwrap();
        assert_eq!(sessions.open("sign-in", &sealed, now), Some(admin));
        assert_eq!(sessions.caller(&sealed, now), None);
    }
}
