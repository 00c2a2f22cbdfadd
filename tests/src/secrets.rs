//! The secret store, as an operator fills it.

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;

/// Secrets Manager.
#[derive(Debug, Clone)]
pub(crate) struct Secrets {
    client: Client,
}

impl Secrets {
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self {
            client: Client::new(config),
        }
    }

    /// Stores a new secret.
    pub(crate) async fn create(&self, name: &str, text: &str) {
        let created = self.client.create_secret().name(name).secret_string(text).send().await;
        created.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    }
}
