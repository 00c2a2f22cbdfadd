//! Asks an embedding server, in batches, patiently.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, StatusCode, header};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{EmbedError, Protocol, VectorCache};

/// Which server, and which of its models.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The server's address, with or without the path of the call.
    pub url: Url,
    /// How it is asked.
    pub protocol: Protocol,
    /// The model's name at the server.
    pub model: String,
    /// Sent as a bearer token, where the server wants one.
    pub key: Option<SecretString>,
}

/// How patient the embedder is.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Texts per request, at least 1.
    pub batch: usize,
    /// From the start of a connection to its end of handshake.
    pub connect_timeout: Duration,
    /// A whole request.
    pub timeout: Duration,
    /// Tries of each request, at least 1.
    pub tries: u32,
    /// The longest wait before the second try; each further one is twice as long. A random half of it is left out, so that
    /// workers that failed together do not come back together.
    pub first_wait: Duration,
    /// Bytes of an answer.
    pub max_answer: usize,
}

impl Default for Limits {
    /// 64 texts; half a minute per request, since a server may have to load its model first; three tries.
    fn default() -> Self {
        Self {
            batch: 64,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            tries: 3,
            first_wait: Duration::from_secs(1),
            max_answer: 32 << 20,
        }
    }
}

/// A server that turns texts into vectors.
#[derive(Debug, Clone)]
pub struct Embedder {
    client: Client,
    endpoint: Endpoint,
    limits: Limits,
}

impl Embedder {
    /// A client for `endpoint`. Nothing is asked yet.
    ///
    /// # Errors
    /// The TLS configuration or the client cannot be made.
    pub fn new(endpoint: Endpoint, limits: Limits) -> Result<Self, EmbedError> {
        Ok(Self {
            client: client(&limits)?,
            endpoint,
            limits,
        })
    }

    /// An empty cache for this model's vectors. Models of two servers that share a name count as one.
    pub fn new_cache(&self) -> VectorCache {
        VectorCache::new(self.endpoint.model.clone())
    }

    /// Asks for the vectors that `cache` lacks of `texts`, batch by batch. What came before a failure, or before the future
    /// is dropped, stays in the cache. Empty texts get no vector.
    ///
    /// # Errors
    /// The server could not be reached in as many tries as the limits allow, or gave something else than vectors.
    pub async fn fill(&self, cache: &mut VectorCache, texts: &[String]) -> Result<(), EmbedError> {
        let mut missing: Vec<&str> = texts
            .iter()
            .map(String::as_str)
            .filter(|text| !text.trim().is_empty() && !cache.contains(text))
            .collect();
        missing.sort_unstable();
        missing.dedup();
        for batch in missing.chunks(self.limits.batch.max(1)) {
            let vectors = self.ask_patiently(batch).await?;
            for (text, vector) in batch.iter().zip(vectors) {
                cache.insert(text, &vector)?;
            }
        }
        Ok(())
    }

    async fn ask_patiently(&self, batch: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut wait = self.limits.first_wait;
        let mut tried = 1;
        loop {
            match self.ask(batch).await {
                Err(error) if error.is_transient() && tried < self.limits.tries => {
                    tracing::warn!(%error, tried, "the embedding server failed; trying again");
                    tokio::time::sleep(wait.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
                    wait = wait.saturating_mul(2);
                    tried += 1;
                }
                ended => return ended,
            }
        }
    }

    async fn ask(&self, batch: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let Endpoint {
            url,
            protocol,
            model,
            key,
        } = &self.endpoint;
        let mut request = self
            .client
            .post(protocol.url(url))
            .header(header::CONTENT_TYPE, "application/json")
            .body(protocol.request(model, batch)?);
        if let Some(key) = key {
            request = request.bearer_auth(key.expose_secret());
        }
        let mut answer = request.send().await.map_err(|error| self.failure(&error))?;
        let status = answer.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.failure(&error))? {
            if bytes.len() + chunk.len() > self.limits.max_answer {
                return Err(EmbedError::TooLarge(self.limits.max_answer));
            }
            bytes.extend_from_slice(&chunk);
        }
        if status != StatusCode::OK {
            return Err(EmbedError::Status {
                status: status.as_u16(),
                said: beginning(&bytes),
            });
        }
        protocol.vectors(&bytes, batch.len())
    }

    fn failure(&self, error: &reqwest::Error) -> EmbedError {
        if error.is_timeout() {
            return EmbedError::TimedOut(self.limits.timeout);
        }
        let mut causes = vec![error.to_string()];
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            causes.push(cause.to_string());
            source = cause.source();
        }
        EmbedError::Unreachable(causes.join(": "))
    }
}

/// What a server says of its fault, shortened and on one line.
fn beginning(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(800)])
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(200)
        .collect()
}

/// No redirects (they would carry the key elsewhere), no proxies from the environment, no retries of its own.
#[allow(
    clippy::disallowed_methods,
    reason = "the server is named by the operator, not by a user: it may well be in the private network"
)]
fn client(limits: &Limits) -> Result<Client, EmbedError> {
    let failed = |error: &dyn std::fmt::Display| EmbedError::Client(error.to_string());
    let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Client::builder()
        .user_agent(concat!("Pricecourier/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .connect_timeout(limits.connect_timeout)
        .timeout(limits.timeout)
        .tls_backend_preconfigured(tls)
        .build()
        .map_err(|error| failed(&error))
}
