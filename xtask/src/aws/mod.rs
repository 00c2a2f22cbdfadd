//! The few AWS calls that the tasks make, over plain HTTP: an emulator wants no signature, only a header that names the
//! service.

mod cloudformation;
mod logs;
mod s3;

use std::time::Duration;

use anyhow::{Context, Result, bail};
use ureq::Agent;

pub(crate) use cloudformation::deploy;
pub(crate) use logs::log_events;
pub(crate) use s3::{create_bucket, put_object};

/// The region that everything local is deployed to.
pub(crate) const REGION: &str = "us-east-1";

/// An emulator's endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    agent: Agent,
    endpoint: String,
}

impl Client {
    pub(crate) fn new(endpoint: &str) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(120)))
            .build()
            .into();
        Self {
            agent,
            endpoint: endpoint.trim_end_matches('/').to_owned(),
        }
    }

    /// Calls an operation of a service that speaks the query protocol; answers its XML.
    fn query(&self, service: &str, version: &str, operation: &str, parameters: &[(String, String)]) -> Result<String> {
        let form = [("Action", operation), ("Version", version)]
            .into_iter()
            .chain(parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let response = self
            .agent
            .post(&self.endpoint)
            .header("authorization", authorization(service))
            .send_form(form)
            .with_context(|| format!("{operation} could not be sent to {}", self.endpoint))?;
        read(response, operation)
    }

    /// Calls an operation of a service that speaks JSON.
    fn json(&self, service: &str, target: &str, body: &serde_json::Value) -> Result<serde_json::Value> {
        let response = self
            .agent
            .post(&self.endpoint)
            .header("authorization", authorization(service))
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", target)
            .send(serde_json::to_vec(body)?)
            .with_context(|| format!("{target} could not be sent to {}", self.endpoint))?;
        serde_json::from_str(&read(response, target)?).with_context(|| format!("{target} answered no JSON"))
    }
}

/// A header in the form of a signature, version 4: emulators read the service's name from it and check no more.
fn authorization(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

fn read(mut response: ureq::http::Response<ureq::Body>, operation: &str) -> Result<String> {
    let status = response.status();
    let body = response
        .body_mut()
        .read_to_string()
        .with_context(|| format!("{operation} was cut off"))?;
    if !status.is_success() {
        bail!("{operation} answered {status}: {}", body.trim());
    }
    Ok(body)
}
