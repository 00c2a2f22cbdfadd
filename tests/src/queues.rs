//! The queues, as anyone with access sees them.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_sqs::{Client, types::QueueAttributeName};

use crate::stack::Stack;
use crate::waiting::until;

/// The queues by what they are for.
#[derive(Debug, Clone)]
pub(crate) struct Queues {
    client: Client,
    urls: BTreeMap<String, String>,
}

impl Queues {
    pub(crate) fn new(stack: &Stack, config: &SdkConfig) -> Self {
        Self {
            client: Client::new(config),
            urls: stack.queues.clone(),
        }
    }

    pub(crate) async fn send(&self, queue: &str, body: &str) {
        let url = &self.urls[queue];
        let sent = self
            .client
            .send_message()
            .queue_url(url)
            .message_body(body)
            .send()
            .await;
        sent.unwrap_or_else(|error| panic!("{url}: {error:?}"));
    }

    pub(crate) async fn attribute(&self, queue: &str, name: QueueAttributeName) -> String {
        let url = &self.urls[queue];
        let answer = self
            .client
            .get_queue_attributes()
            .queue_url(url)
            .attribute_names(name.clone())
            .send()
            .await
            .unwrap_or_else(|error| panic!("{url}: {error:?}"));
        let attributes = answer.attributes.unwrap_or_default();
        attributes.get(&name).cloned().unwrap_or_default()
    }

    /// Sends the messages of a dead-letter queue back.
    pub(crate) async fn redrive(&self, dead_letters: &str, queue: &str) {
        let task = self
            .client
            .start_message_move_task()
            .source_arn(self.attribute(dead_letters, QueueAttributeName::QueueArn).await)
            .destination_arn(self.attribute(queue, QueueAttributeName::QueueArn).await);
        let started = task.send().await;
        started.unwrap_or_else(|error| panic!("{dead_letters}: {error:?}"));
    }

    /// Waits until a queue has no message left, neither waiting nor in a function's hands.
    pub(crate) async fn drained(&self, queue: &str) {
        until(
            &format!("the {queue} queue to be empty"),
            Duration::from_secs(90),
            async || {
                let waiting = self
                    .attribute(queue, QueueAttributeName::ApproximateNumberOfMessages)
                    .await;
                let in_hand = self
                    .attribute(queue, QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
                    .await;
                (waiting, in_hand)
            },
            |(waiting, in_hand)| waiting == "0" && in_hand == "0",
        )
        .await;
    }
}
