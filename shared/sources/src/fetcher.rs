//! The door: a source goes in, the head of its file comes out, with the body to be read.

use std::{fmt, sync::Arc, time::Duration};

use domain::FileState;
use http::StatusCode;
use reqwest::Client;
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer};

use crate::{
    auth::Auth,
    body::FetchedBody,
    deadline::Deadline,
    error::{FetchError, Waiting},
    exchange::{Ask, Call, call, exchange},
    host_turns::HostTurns,
    policy::FetchPolicy,
    resolver::{GuardedResolver, NameResolver, SystemResolver},
    source_url::SourceUrl,
    tries::Tries,
};

/// A price list on a web server.
#[derive(Debug, Clone)]
pub struct HttpSource {
    /// Where it is.
    pub url: SourceUrl,
    /// What the server asks for.
    pub auth: Option<Auth>,
    /// Of the file fetched last; the answer is [`Fetched::Unchanged`] if it is still in it.
    pub known_state: Option<FileState>,
}

/// What a fetch found.
#[derive(Debug)]
pub enum Fetched {
    /// The file is in the state that is known.
    Unchanged,
    /// A file.
    Body(Box<FetchedBody>),
}

/// Fetches price lists. One is made at start and shared: clones share their hosts' turns.
#[derive(Clone)]
pub struct HttpFetcher {
    shared: Arc<Shared>,
}

/// What all fetches of a fetcher use.
pub(crate) struct Shared {
    pub(crate) client: Client,
    pub(crate) policy: FetchPolicy,
    turns: HostTurns,
}

/// Sets a fetcher up.
pub struct HttpFetcherBuilder {
    policy: FetchPolicy,
    names: Arc<dyn NameResolver>,
    roots: RootCertStore,
}

impl HttpFetcher {
    /// A fetcher that asks the system's resolver and trusts Mozilla's root certificates.
    ///
    /// # Errors
    /// [`FetchError::Setup`].
    pub fn new(policy: FetchPolicy) -> Result<Self, FetchError> {
        Self::builder(policy).build()
    }

    /// A fetcher with another resolver or more root certificates.
    pub fn builder(policy: FetchPolicy) -> HttpFetcherBuilder {
        HttpFetcherBuilder {
            policy,
            names: Arc::new(SystemResolver),
            roots: RootCertStore {
                roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
            },
        }
    }

    /// The limits under which it fetches.
    pub fn policy(&self) -> &FetchPolicy {
        &self.shared.policy
    }

    /// Asks for the source's file: waits for its host's turn, follows redirects under the guard, and tries again after
    /// transient failures. Returns when the head of the answer is there; the body is read from what is returned, which
    /// holds the host's turn until it is dropped.
    ///
    /// # Errors
    /// Why there is no file, after the last try.
    pub async fn open(&self, source: &HttpSource) -> Result<Fetched, FetchError> {
        self.open_within(source, self.shared.policy.total_timeout).await
    }

    /// [`HttpFetcher::open`] for a caller who has only `time` left for the whole fetch; the policy's limit still holds.
    ///
    /// # Errors
    /// Why there is no file, after the last try.
    pub async fn open_within(&self, source: &HttpSource, time: Duration) -> Result<Fetched, FetchError> {
        let Shared { client, policy, turns } = self.shared.as_ref();
        let time = time.min(policy.total_timeout);
        let deadline = Deadline::starting_now(time);
        let turn = turns.take(source.url.authority());
        let turn = deadline
            .within(&source.url.to_string(), Waiting::Turn, time, turn)
            .await?;
        let ask = source.known_state.as_ref().map_or(Ask::Whole, Ask::Changed);
        let mut tries = Tries::new(policy);
        loop {
            match exchange(client, policy, source, ask, &deadline).await {
                Ok(answer) if answer.response.status() == StatusCode::NOT_MODIFIED => return Ok(Fetched::Unchanged),
                Ok(answer) => {
                    let body = FetchedBody::new(Arc::clone(&self.shared), source, answer, tries, deadline, turn)?;
                    return Ok(Fetched::Body(Box::new(body)));
                }
                Err(failure) => tries.wait_after(failure, policy, &deadline).await?,
            }
        }
    }

    /// Makes a call in at most `time`, trying again after transient failures; gives status and beginning of the answer.
    pub(crate) async fn call(&self, asked: &Call<'_>, time: Duration) -> Result<(StatusCode, Vec<u8>), FetchError> {
        let Shared { client, policy, .. } = self.shared.as_ref();
        let deadline = Deadline::starting_now(time.min(policy.total_timeout));
        let mut tries = Tries::new(policy);
        loop {
            match call(client, policy, asked, &deadline).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => tries.wait_after(failure, policy, &deadline).await?,
            }
        }
    }
}

impl fmt::Debug for HttpFetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpFetcher")
            .field("policy", &self.shared.policy)
            .finish_non_exhaustive()
    }
}

impl HttpFetcherBuilder {
    /// Looks names up with `names`. What it returns is still checked by the policy's guard.
    #[must_use]
    pub fn resolver(mut self, names: Arc<dyn NameResolver>) -> Self {
        self.names = names;
        self
    }

    /// Also trusts certificates that `root` signed: for suppliers inside a company's own network.
    ///
    /// # Errors
    /// [`FetchError::Setup`] if `root` is no certificate.
    pub fn trust(mut self, root: CertificateDer<'_>) -> Result<Self, FetchError> {
        self.roots
            .add(root.into_owned())
            .map_err(|cause| FetchError::Setup(Box::new(cause)))?;
        Ok(self)
    }

    /// The fetcher.
    ///
    /// # Errors
    /// [`FetchError::Setup`].
    pub fn build(self) -> Result<HttpFetcher, FetchError> {
        let tls = tls_config(self.roots).map_err(|cause| FetchError::Setup(Box::new(cause)))?;
        let resolver = GuardedResolver::new(self.names, self.policy.guard.clone());
        let client = client(&self.policy, tls, resolver).map_err(|cause| FetchError::Setup(Box::new(cause)))?;
        let turns = HostTurns::new(self.policy.per_host);
        Ok(HttpFetcher {
            shared: Arc::new(Shared {
                client,
                policy: self.policy,
                turns,
            }),
        })
    }
}

fn tls_config(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// A client that does nothing by itself: no redirects, no retries, no proxies from the environment, no decoding, and no
/// connection kept for later (Lambda freezes them, and the next look-up must be checked like the first).
#[allow(
    clippy::disallowed_methods,
    reason = "the one client with limits and guard that the rule points to"
)]
fn client(policy: &FetchPolicy, tls: ClientConfig, resolver: GuardedResolver) -> reqwest::Result<Client> {
    Client::builder()
        .user_agent(concat!("Pricecourier/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .pool_max_idle_per_host(0)
        .connect_timeout(policy.connect_timeout)
        .dns_resolver(Arc::new(resolver))
        .tls_backend_preconfigured(tls)
        .build()
}
