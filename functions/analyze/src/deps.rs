//! What the function works with.

use std::sync::{Arc, Mutex};

use domain::{Clock, JobId, SecretRef, SystemClock};
use embeddings::{Endpoint, Limits, Protocol};
use matching::CatalogueIndex;
use runtime::{Clients, Config, ConfigError};
use store::{Catalogue, Decisions, Files, Items, Jobs, Prices, Secrets, Suppliers};
use url::Url;

use crate::Embedding;

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
}

impl Deps {
    /// Makes them from the environment.
    ///
    /// # Errors
    /// A variable is missing or wrong.
    pub async fn new(config: &Config) -> Result<Self, ConfigError> {
        let clients = Clients::new(config).await?;
        Ok(Self {
            clock: Arc::new(SystemClock),
            jobs: Jobs::new(clients.dynamodb(), config.required("JOBS_TABLE")?),
            suppliers: Suppliers::new(clients.dynamodb(), config.required("SUPPLIERS_TABLE")?),
            items: Items::new(clients.dynamodb(), config.required("ITEMS_TABLE")?),
            prices: Prices::new(clients.dynamodb(), config.required("PRICES_TABLE")?),
            catalogue: Catalogue::new(clients.dynamodb(), config.required("CATALOGUE_TABLE")?),
            decisions: Decisions::new(clients.dynamodb(), config.required("DECISIONS_TABLE")?),
            files: Files::new(clients.s3(), clients.s3_signer(), config.required("BUCKET")?),
            max_read_bytes: config.max_read_bytes()?,
            use_ml: config.parsed("USE_ML_PROCESSING", true)?,
            loaded_index: Mutex::new(None),
            embedding: embedding(config, &clients)?,
        })
    }
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
    let secret = config
        .optional("EMBEDDER_SECRET")
        .map(|name| name.parse::<SecretRef>())
        .transpose()
        .map_err(|error| invalid("EMBEDDER_SECRET", error.to_string()))?
        .map(|secret| (Secrets::new(clients.secrets_manager(), secret.name()), secret));
    Ok(Some(Embedding::new(endpoint, Limits::default(), secret)))
}
