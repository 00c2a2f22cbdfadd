//! Fetches over real sockets on loopback, against a server that misbehaves on request.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests; what surrounds them counts as production code to the lints"
)]

mod addresses;
mod bodies;
mod credentials;
mod google;
#[path = "../../examples/bench_downloads/hostile.rs"]
mod hostile;
mod http2;
mod ml_analyze;
mod requests;
mod retries;
mod tls;

use source_server as server;

use std::time::Duration;

use domain::Md5;
use sources::{AddressGuard, Backoff, FetchError, FetchPolicy, Fetched, FetchedBody, HttpFetcher, HttpSource, Jitter};

/// Loopback may be reached, and nothing takes longer than a test can wait.
pub(crate) fn policy() -> FetchPolicy {
    FetchPolicy {
        max_bytes: 1 << 20,
        connect_timeout: Duration::from_millis(1000),
        read_timeout: Duration::from_millis(250),
        total_timeout: Duration::from_secs(10),
        max_redirects: 5,
        attempts: 3,
        max_resumes: 20,
        backoff: Backoff {
            first: Duration::from_millis(5),
            longest: Duration::from_millis(20),
            jitter: Jitter::Seeded(1),
        },
        max_retry_after: Duration::from_secs(2),
        per_host: 1,
        allow_downgrade: false,
        guard: "127.0.0.0/8,::1".parse::<AddressGuard>().unwrap(),
    }
}

pub(crate) fn source(url: &str) -> HttpSource {
    HttpSource {
        url: url.parse().unwrap(),
        auth: None,
        known_state: None,
    }
}

/// Opens `url` and expects a file.
pub(crate) async fn open(policy: FetchPolicy, url: &str) -> Result<Box<FetchedBody>, FetchError> {
    match HttpFetcher::new(policy)?.open(&source(url)).await? {
        Fetched::Body(body) => Ok(body),
        Fetched::Unchanged => panic!("{url}: unchanged without validators"),
    }
}

/// Everything that `body` delivers; its MD5 is checked on the way.
pub(crate) async fn read(mut body: Box<FetchedBody>) -> Result<Vec<u8>, FetchError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next_chunk().await? {
        assert!(!chunk.is_empty());
        bytes.extend_from_slice(&chunk);
    }
    assert!(body.next_chunk().await?.is_none(), "the end is the end");
    assert_eq!(body.checksum().size(), bytes.len() as u64);
    assert_eq!(body.checksum().clone().finish(), md5_of(&bytes));
    Ok(bytes)
}

/// The whole file at `url`.
pub(crate) async fn fetch(policy: FetchPolicy, url: &str) -> Result<Vec<u8>, FetchError> {
    read(open(policy, url).await?).await
}

pub(crate) fn md5_of(bytes: &[u8]) -> Md5 {
    let mut checksum = sources::Checksum::new();
    checksum.update(bytes);
    checksum.finish()
}
