//! Who asks, and what they may do.

use axum::{extract::FromRequestParts, http::request::Parts};
use serde::{Deserialize, Serialize};

use crate::Problem;

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Look at everything, change nothing.
    Viewer,
    /// Everything.
    Admin,
}

/// Who asks. Handlers behind [`crate::access::authenticate`] take it as an argument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// What they may do.
    pub role: Role,
    /// What they are called, on pages and beside decisions: an e-mail address, or which token it was.
    pub name: String,
}

impl Caller {
    /// Whoever has a token.
    pub(crate) fn by_token(role: Role) -> Self {
        let name = match role {
            Role::Admin => "Admin token",
            Role::Viewer => "Viewer token",
        };
        Self {
            role,
            name: name.to_owned(),
        }
    }

    /// Another program that has files read.
    pub(crate) fn service() -> Self {
        Self {
            role: Role::Viewer,
            name: "Analysis token".to_owned(),
        }
    }

    /// Whether they may change anything.
    pub fn may_change(&self) -> bool {
        self.role == Role::Admin
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::internal)
    }
}
