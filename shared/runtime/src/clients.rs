//! AWS clients, made once per environment.

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

use crate::{Config, ConfigError};

/// Makes AWS clients that share one HTTP connection pool, with rustls on ring.
#[derive(Debug, Clone)]
pub struct Clients {
    shared: SdkConfig,
    path_style: bool,
    public_s3_endpoint: Option<String>,
}

impl Clients {
    /// Reads region, credentials and endpoint as the SDK does.
    ///
    /// # Errors
    /// `S3_PATH_STYLE` is neither `true` nor `false`.
    pub async fn new(config: &Config) -> Result<Self, ConfigError> {
        let http = Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let shared = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .load()
            .await;
        Ok(Self {
            shared,
            path_style: config.parsed("S3_PATH_STYLE", false)?,
            public_s3_endpoint: config.optional("PUBLIC_S3_ENDPOINT").map(str::to_owned),
        })
    }

    /// DynamoDB.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.shared)
    }

    /// SQS.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.shared)
    }

    /// Secrets Manager.
    pub fn secrets_manager(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(&self.shared)
    }

    /// S3, for the function itself.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        aws_sdk_s3::Client::from_conf(self.s3_config().build())
    }

    /// S3, for signing requests that others make: its endpoint is one that they can reach, and it adds no checksum
    /// headers of its own to what they must send.
    pub fn s3_signer(&self) -> aws_sdk_s3::Client {
        let mut config = self.s3_config();
        if let Some(endpoint) = &self.public_s3_endpoint {
            config = config.endpoint_url(endpoint);
        }
        aws_sdk_s3::Client::from_conf(config.build())
    }

    fn s3_config(&self) -> aws_sdk_s3::config::Builder {
        aws_sdk_s3::config::Builder::from(&self.shared)
            .force_path_style(self.path_style)
            .request_checksum_calculation(aws_sdk_s3::config::RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(aws_sdk_s3::config::ResponseChecksumValidation::WhenRequired)
    }
}
