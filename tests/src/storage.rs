//! The bucket, as anyone with access sees it.

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use serde_json::Value;

use crate::price_list::md5_of;
use crate::stack::Stack;

/// The bucket.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    client: Client,
    pub(crate) name: String,
}

impl Bucket {
    pub(crate) fn new(stack: &Stack, config: &SdkConfig) -> Self {
        let config = aws_sdk_s3::config::Builder::from(config).force_path_style(true).build();
        Self {
            client: Client::from_conf(config),
            name: stack.bucket.clone(),
        }
    }

    /// An object's bytes; none when there is no such object.
    pub(crate) async fn bytes(&self, key: &str) -> Option<Vec<u8>> {
        let answer = self.client.get_object().bucket(&self.name).key(key).send().await;
        match answer {
            Ok(object) => Some(object.body.collect().await.expect("the object's bytes").to_vec()),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_key()) => None,
            Err(error) => panic!("{key}: {error:?}"),
        }
    }

    /// MD5 of an object's bytes, in hex; none when there is no such object.
    pub(crate) async fn md5(&self, key: &str) -> Option<String> {
        self.bytes(key).await.map(|bytes| md5_of(&bytes))
    }

    /// The sidecar of a raw file.
    pub(crate) async fn sidecar(&self, raw_key: &str) -> Value {
        let key = format!("{}.json", raw_key.replacen("raw/", "meta/", 1));
        let bytes = self.bytes(&key).await.unwrap_or_else(|| panic!("there is no {key}"));
        serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{key}: {error}"))
    }

    /// Puts bytes where the first attempt of a job would, whatever was announced.
    pub(crate) async fn put_raw(&self, key: &str, bytes: Vec<u8>) {
        let put = self
            .client
            .put_object()
            .bucket(&self.name)
            .key(key)
            .metadata("attempt", "0")
            .body(bytes.into())
            .send()
            .await;
        put.unwrap_or_else(|error| panic!("{key}: {error:?}"));
    }

    pub(crate) async fn delete(&self, key: &str) {
        let deleted = self.client.delete_object().bucket(&self.name).key(key).send().await;
        deleted.unwrap_or_else(|error| panic!("{key}: {error:?}"));
    }
}
