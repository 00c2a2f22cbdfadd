//! What the function works with.

use std::sync::Arc;

use domain::{Clock, SystemClock};
use runtime::{Clients, Config, ConfigError};
use sources::{
    AddressGuard, FetchError, FetchPolicy, GoogleEndpoints, GoogleSheets, HttpFetcher, InvalidAllowList,
    InvalidEndpoint,
};
use store::{Catalogue, Counters, Decisions, Files, Items, Jobs, Prices, Queues, Secrets, Suppliers};
use thiserror::Error;

use crate::{
    coverage::Offered,
    oidc::{InvalidOidc, Oidc, OidcSettings},
    rates::Rates,
    searches::Searches,
    session::Sessions,
    tokens::{InvalidTokenHash, TokenHash, Tokens},
    trial,
};

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
    /// The search texts of published lists.
    pub searches: Searches,
    /// What published lists offer of the catalogue.
    pub offered: Offered,
    /// The catalogue table.
    pub catalogue: Catalogue,
    /// The decisions table.
    pub decisions: Decisions,
    /// The bucket.
    pub files: Files,
    /// The queues.
    pub queues: Queues,
    /// Knows the tokens when it sees them.
    pub tokens: Tokens,
    /// Knows who is signed in.
    pub sessions: Sessions,
    /// Where people sign in with the company's accounts, if they may.
    pub oidc: Option<Oidc>,
    /// Counts tries to sign in.
    pub counters: Counters,
    /// How often each caller has asked.
    pub rates: Rates,
    /// Where signed uploads go, for the pages' content security policy; empty where it is not known.
    pub upload_origin: String,
    /// The secrets of sources, for lists that are only tried.
    pub secrets: Secrets,
    /// Fetches lists that are only tried, under the address guard and small limits.
    pub trial_fetcher: HttpFetcher,
    /// The same for Google sheets.
    pub trial_sheets: GoogleSheets,
    /// Largest price list in bytes.
    pub max_file_bytes: u64,
}

/// A fetcher for trying sources.
///
/// # Errors
/// The HTTP client could not be made.
pub fn trial_fetcher(guard: AddressGuard) -> Result<HttpFetcher, FetchError> {
    HttpFetcher::new(trial::policy(FetchPolicy {
        guard,
        ..FetchPolicy::default()
    }))
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
    /// `GOOGLE_DOCS_URL` or `GOOGLE_API_URL` is no address.
    #[error("the environment variable {0}")]
    Google(#[from] InvalidEndpoint),
    /// The HTTP client could not be made.
    #[error(transparent)]
    Fetcher(#[from] FetchError),
    /// The variables of the sign-in provider.
    #[error(transparent)]
    Oidc(#[from] InvalidOidc),
    /// `ADMIN_TOKEN_SHA256`, `VIEWER_TOKEN_SHA256` or `ANALYSIS_TOKEN_SHA256` is no digest.
    #[error("the environment variable {name} is not valid: {source}")]
    Token {
        /// Which one.
        name: &'static str,
        /// What is wrong with it.
        source: InvalidTokenHash,
    },
}

impl Deps {
    /// Makes them from the environment.
    ///
    /// # Errors
    /// A variable is missing or wrong.
    pub async fn new(config: &Config) -> Result<Self, StartError> {
        let clients = Clients::new(config).await?;
        let tokens = tokens(config)?;
        let trial_fetcher = trial_fetcher(config.optional("ALLOWED_SOURCE_CIDRS").unwrap_or_default().parse()?)?;
        let endpoints = GoogleEndpoints::new(config.optional("GOOGLE_DOCS_URL"), config.optional("GOOGLE_API_URL"))?;
        let files = Files::new(clients.s3(), clients.s3_signer(), config.required("BUCKET")?);
        let upload_origin = files.public_origin().await.unwrap_or_else(|error| {
            tracing::error!(%error, "pages cannot upload");
            String::new()
        });
        Ok(Self {
            clock: Arc::new(SystemClock),
            jobs: Jobs::new(clients.dynamodb(), config.required("JOBS_TABLE")?),
            suppliers: Suppliers::new(clients.dynamodb(), config.required("SUPPLIERS_TABLE")?),
            items: Items::new(clients.dynamodb(), config.required("ITEMS_TABLE")?),
            prices: Prices::new(clients.dynamodb(), config.required("PRICES_TABLE")?),
            searches: Searches::default(),
            offered: Offered::default(),
            catalogue: Catalogue::new(clients.dynamodb(), config.required("CATALOGUE_TABLE")?),
            decisions: Decisions::new(clients.dynamodb(), config.required("DECISIONS_TABLE")?),
            files,
            queues: Queues::new(
                clients.sqs(),
                config.required("DOWNLOAD_QUEUE_URL")?,
                config.required("ANALYZE_QUEUE_URL")?,
            ),
            secrets: Secrets::new(clients.secrets_manager(), config.required("SOURCE_SECRET_PREFIX")?),
            trial_sheets: GoogleSheets::new(trial_fetcher.clone(), endpoints),
            trial_fetcher,
            oidc: OidcSettings::from_config(config)?.map(Oidc::new).transpose()?,
            counters: Counters::new(clients.dynamodb(), config.required("COUNTERS_TABLE")?),
            sessions: Sessions::new(&tokens),
            rates: Rates::default(),
            tokens,
            upload_origin,
            max_file_bytes: config.max_file_bytes()?,
        })
    }
}

fn tokens(config: &Config) -> Result<Tokens, StartError> {
    let hash = |name, text: &str| -> Result<TokenHash, StartError> {
        text.parse().map_err(|source| StartError::Token { name, source })
    };
    let optional = |name| config.optional(name).map(|text| hash(name, text)).transpose();
    Ok(Tokens {
        admin: hash("ADMIN_TOKEN_SHA256", config.required("ADMIN_TOKEN_SHA256")?)?,
        viewer: optional("VIEWER_TOKEN_SHA256")?,
        analysis: optional("ANALYSIS_TOKEN_SHA256")?,
    })
}
