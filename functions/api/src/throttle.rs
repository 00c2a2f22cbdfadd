//! How often somebody may try to sign in.

use std::net::IpAddr;

use axum::{extract::FromRequestParts, http::request::Parts};
use jiff::{SignedDuration, Timestamp};
use lambda_http::request::RequestContext;

use crate::{Deps, Problem};

/// Tries are counted over so many seconds.
const WINDOW: i64 = 15 * 60;

/// Failed tries from one address within a window.
const PER_ADDRESS: i64 = 10;

/// Failed tries from everywhere within a window: many addresses together guess no faster.
const IN_ALL: i64 = 300;

/// The address that a request comes from, as Lambda tells it; none under another server. Headers that say so are not
/// believed: whoever guesses would write a new one into each try.
pub(crate) struct Address(Option<IpAddr>);

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let told = match parts.extensions.get::<RequestContext>() {
            Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.as_deref(),
            _ => None,
        };
        Ok(Self(told.and_then(|address| address.parse().ok())))
    }
}

/// A try that was counted. It counts as failed until it is taken back.
pub(crate) struct Try {
    counters: [String; 2],
    expires_at: Timestamp,
}

/// Counts a try to sign in.
///
/// # Errors
/// There were too many.
pub(crate) async fn count(deps: &Deps, Address(address): Address, now: Timestamp) -> Result<Try, Problem> {
    let window = now.as_second() / WINDOW;
    let from = address.map_or_else(|| "unknown".to_owned(), network);
    let counted = Try {
        counters: [format!("sign-in#{window}#{from}"), format!("sign-in#{window}#all")],
        expires_at: now.checked_add(SignedDuration::from_secs(2 * WINDOW)).unwrap_or(now),
    };
    for (counter, limit) in counted.counters.iter().zip([PER_ADDRESS, IN_ALL]) {
        let tries = deps.counters.add(counter, 1, counted.expires_at).await?;
        if tries > limit {
            tracing::warn!(counter, tries, "too many tries to sign in");
            let minutes = (WINDOW - now.as_second() % WINDOW) / 60 + 1;
            let detail = format!("too many tries to sign in failed; wait {minutes} minutes and try again");
            return Err(Problem::too_many_requests(detail));
        }
    }
    Ok(counted)
}

impl Try {
    /// The try was a good one; it does not count.
    pub(crate) async fn take_back(self, deps: &Deps) -> Result<(), Problem> {
        for counter in &self.counters {
            deps.counters.add(counter, -1, self.expires_at).await?;
        }
        Ok(())
    }
}

/// Who is given an IPv6 address is given at least its /64 (RFC 6177), so that is what counts as one.
fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("203.0.113.9"), "203.0.113.9");
        assert_eq!(of("2001:db8:1:2::5"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::5"), of("2001:db8:1:3::5"));
    }
}
