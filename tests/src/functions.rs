//! The Lambda API: functions called by hand, with the events that AWS would send.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{Client, header};
use serde_json::{Value, json};

use crate::stack::Stack;
use crate::waiting::until;

/// The functions by what they do.
#[derive(Debug, Clone)]
pub(crate) struct Functions {
    http: Client,
    endpoint: String,
    authorization: String,
    names: BTreeMap<String, String>,
}

impl Functions {
    pub(crate) fn new(stack: &Stack, http: Client) -> Self {
        Self {
            http,
            endpoint: stack.endpoint.clone(),
            authorization: stack.authorization("lambda"),
            names: stack.functions.clone(),
        }
    }

    /// Calls a function and waits for its answer.
    ///
    /// # Panics
    /// The function failed.
    pub(crate) async fn invoke(&self, function: &str, event: &Value) -> Value {
        let (error, answer) = self.try_invoke(function, event).await;
        assert!(error.is_none(), "{function} failed on {event}: {answer}");
        answer
    }

    /// Calls a function: the kind of its error, if it failed, and its answer.
    pub(crate) async fn try_invoke(&self, function: &str, event: &Value) -> (Option<String>, Value) {
        let name = &self.names[function];
        let url = format!("{}/2015-03-31/functions/{name}/invocations", self.endpoint);
        let answer = self
            .http
            .post(&url)
            .header(header::AUTHORIZATION, &self.authorization)
            .header("x-amz-invocation-type", "RequestResponse")
            .body(event.to_string())
            .send()
            .await
            .unwrap_or_else(|error| panic!("{url} was not answered: {error:?}"));
        let status = answer.status();
        let error = answer.headers().get("x-amz-function-error").cloned();
        let text = answer
            .text()
            .await
            .unwrap_or_else(|error| panic!("{url} was cut off: {error:?}"));
        assert!(status.is_success(), "{url}: {status} {text}");
        let answer = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text:?}"));
        (error.map(|kind| format!("{kind:?}")), answer)
    }

    /// The variables of a function.
    pub(crate) async fn environment(&self, function: &str) -> BTreeMap<String, String> {
        let mut configuration = self.configuration(function).await;
        serde_json::from_value(configuration["Environment"]["Variables"].take()).expect("variables")
    }

    /// Gives a function other variables, and waits until it has them.
    pub(crate) async fn set_environment(&self, function: &str, variables: &BTreeMap<String, String>) {
        let url = self.configuration_url(function);
        let answer = self
            .http
            .put(&url)
            .header(header::AUTHORIZATION, &self.authorization)
            .body(json!({"Environment": {"Variables": variables}}).to_string())
            .send()
            .await
            .unwrap_or_else(|error| panic!("{url} was not answered: {error:?}"));
        assert!(answer.status().is_success(), "{url}: {}", answer.status());
        until(
            &format!("{function} with other variables"),
            Duration::from_secs(60),
            async || self.configuration(function).await,
            |configuration| configuration["LastUpdateStatus"] == "Successful" && configuration["State"] == "Active",
        )
        .await;
    }

    async fn configuration(&self, function: &str) -> Value {
        let url = self.configuration_url(function);
        let request = self.http.get(&url).header(header::AUTHORIZATION, &self.authorization);
        let answer = request.send().await;
        let answer = answer.unwrap_or_else(|error| panic!("{url} was not answered: {error:?}"));
        let text = answer.text().await.unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{url}: {error} in {text:?}"))
    }

    fn configuration_url(&self, function: &str) -> String {
        let name = &self.names[function];
        format!("{}/2015-03-31/functions/{name}/configuration", self.endpoint)
    }

    /// Has `download` look for suppliers that are due, as its schedule does.
    pub(crate) async fn plan(&self) -> Value {
        self.invoke("download", &scheduled(jiff::Timestamp::UNIX_EPOCH)).await
    }

    /// Has `cleanup` run as if it were `time`.
    pub(crate) async fn clean_up(&self, time: jiff::Timestamp) -> Value {
        self.invoke("cleanup", &scheduled(time)).await
    }
}

/// What a schedule's rule sends.
fn scheduled(time: jiff::Timestamp) -> Value {
    json!({
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:123456789012:rule/by-hand"],
        "detail": {},
    })
}

/// A batch of queue messages as Lambda hands them over: message ids and bodies.
pub(crate) fn batch(queue: &str, messages: &[(&str, &str)]) -> Value {
    let records: Vec<Value> = messages
        .iter()
        .map(|(id, body)| {
            json!({
                "messageId": id,
                "receiptHandle": "by-hand",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1767225600000",
                    "SenderId": "AIDAIENQZJOLO23YVJ4VO", "ApproximateFirstReceiveTimestamp": "1767225600001"},
                "messageAttributes": {},
                "md5OfBody": crate::price_list::md5_of(body.as_bytes()),
                "eventSource": "aws:sqs",
                "eventSourceARN": format!("arn:aws:sqs:us-east-1:123456789012:{queue}"),
                "awsRegion": "us-east-1",
            })
        })
        .collect();
    json!({"Records": records})
}
