//! What the function works with.

use std::sync::{Arc, Mutex};

use domain::{Clock, JobId, RemoteFallback, SecretRef, SystemClock};
use embeddings::{Endpoint, Limits, Protocol};
use matching::CatalogueIndex;
use runtime::{Clients, Config, ConfigError};
use sources::{AddressGuard, FetchError, FetchPolicy, HttpFetcher, InvalidAllowList, InvalidUrl, MlAnalyze};
use store::{Catalogue, Decisions, Files, Items, Jobs, Prices, Queues, Secrets, Suppliers};
use thiserror::Error;
use url::Url;

use crate::{Embedding, Pace, Remote, remote, serving};

/// The function's dependencies, made once per environment.
pub struct Deps {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The jobs table.
    pub jobs: Jobs,
    /// The suppliers table.
    pub suppliers: Suppliers,
    /// The items table.
    pub items: Items,
    /// The prices table.
    pub prices: Prices,
    /// The catalogue table.
    pub catalogue: Catalogue,
    /// The decisions table.
    pub decisions: Decisions,
    /// The bucket.
    pub files: Files,
    /// Largest price list that is read, in bytes.
    pub max_read_bytes: u64,
    /// Whether lists are read by inference, where a supplier's settings do not say.
    pub use_ml: bool,
    /// The catalogue index that this environment loaded last, and its version.
    pub loaded_index: Mutex<Option<(JobId, Arc<CatalogueIndex>)>>,
    /// The embedding server, where one is named.
    pub embedding: Option<Embedding>,
    /// The queues.
    pub queues: Queues,
    /// The external ml-analyze service, where one is named.
    pub remote: Option<Remote>,
    /// Fetches the files that others ask to be read, under the address guard.
    pub fetcher: HttpFetcher,
}

/// Why the function cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// A variable is missing or wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// `ALLOWED_SOURCE_CIDRS` is no list of networks.
    #[error("the environment variable ALLOWED_SOURCE_CIDRS is not valid: {0}")]
    Allowed(#[from] InvalidAllowList),
    /// `ML_ANALYZE_URL` is no address.
    #[error("the environment variable ML_ANALYZE_URL is not valid: {0}")]
    Remote(#[from] InvalidUrl),
    /// The HTTP client could not be made.
    #[error(transparent)]
    Fetcher(#[from] FetchError),
}

impl Deps {
    /// Makes them from the environment.
    ///
    /// # Errors
    /// A variable is missing or wrong.
    pub async fn new(config: &Config) -> Result<Self, StartError> {
        let clients = Clients::new(config).await?;
        let guard: AddressGuard = config.optional("ALLOWED_SOURCE_CIDRS").unwrap_or_default().parse()?;
        let max_read_bytes = config.max_read_bytes()?;
        Ok(Self {
            clock: Arc::new(SystemClock),
            jobs: Jobs::new(clients.dynamodb(), config.required("JOBS_TABLE")?),
            suppliers: Suppliers::new(clients.dynamodb(), config.required("SUPPLIERS_TABLE")?),
            items: Items::new(clients.dynamodb(), config.required("ITEMS_TABLE")?),
            prices: Prices::new(clients.dynamodb(), config.required("PRICES_TABLE")?),
            catalogue: Catalogue::new(clients.dynamodb(), config.required("CATALOGUE_TABLE")?),
            decisions: Decisions::new(clients.dynamodb(), config.required("DECISIONS_TABLE")?),
            files: Files::new(clients.s3(), clients.s3_signer(), config.required("BUCKET")?),
            max_read_bytes,
            use_ml: config.parsed("USE_ML_PROCESSING", true)?,
            loaded_index: Mutex::new(None),
            embedding: embedding(config, &clients)?,
            queues: Queues::new(
                clients.sqs(),
                config.required("DOWNLOAD_QUEUE_URL")?,
                config.required("ANALYZE_QUEUE_URL")?,
            ),
            remote: remote_service(config, &clients, guard.clone())?,
            fetcher: HttpFetcher::new(FetchPolicy {
                max_bytes: max_read_bytes,
                guard,
                ..serving::policy()
            })?,
        })
    }
}

/// `ML_ANALYZE_URL`, `ML_ANALYZE_SECRET`, the name of the secret that holds the service's token, and `REMOTE_FALLBACK`
/// (`builtin`, `legacy` or `off`). Without the first, there is no service.
fn remote_service(config: &Config, clients: &Clients, guard: AddressGuard) -> Result<Option<Remote>, StartError> {
    let Some(url) = config.optional("ML_ANALYZE_URL") else {
        return Ok(None);
    };
    let fetcher = HttpFetcher::new(FetchPolicy {
        guard,
        ..remote::policy()
    })?;
    let fallback: RemoteFallback = config.parsed("REMOTE_FALLBACK", RemoteFallback::default())?;
    let secret = secret(config, clients, "ML_ANALYZE_SECRET")?;
    let service = MlAnalyze::new(fetcher, url)?;
    Ok(Some(Remote::new(service, secret, fallback, Pace::default())))
}

/// The secret that a variable names, and the client that reads it and no other.
fn secret(config: &Config, clients: &Clients, name: &'static str) -> Result<Option<(Secrets, SecretRef)>, ConfigError> {
    let secret = config
        .optional(name)
        .map(|name| name.parse::<SecretRef>())
        .transpose()
        .map_err(|error| ConfigError::Invalid {
            name,
            detail: error.to_string(),
        })?;
    Ok(secret.map(|secret| (Secrets::new(clients.secrets_manager(), secret.name()), secret)))
}

/// `EMBEDDER_URL`, `EMBEDDER_KIND` (`ollama` or `openai`), `EMBEDDER_MODEL`, and `EMBEDDER_SECRET`, the name of the secret that
/// holds the server's key. Without the first, there is no server.
fn embedding(config: &Config, clients: &Clients) -> Result<Option<Embedding>, ConfigError> {
    let Some(url) = config.optional("EMBEDDER_URL") else {
        return Ok(None);
    };
    let invalid = |name: &'static str, detail: String| ConfigError::Invalid { name, detail };
    let endpoint = Endpoint {
        url: url
            .parse::<Url>()
            .map_err(|error| invalid("EMBEDDER_URL", error.to_string()))?,
        protocol: config.parsed("EMBEDDER_KIND", Protocol::Ollama)?,
        model: config.required("EMBEDDER_MODEL")?.to_owned(),
        key: None,
    };
    let secret = secret(config, clients, "EMBEDDER_SECRET")?;
    Ok(Some(Embedding::new(endpoint, Limits::default(), secret)))
}
