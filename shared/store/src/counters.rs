//! Counters that functions share, since none of them remembers anything: each counts within its time and then goes.

use aws_sdk_dynamodb::{Client, types::ReturnValue};
use jiff::Timestamp;

use crate::{
    StoreError,
    record::{number, text},
};

/// The counters table: key `counter`; records go at `expires_at`.
#[derive(Debug, Clone)]
pub struct Counters {
    client: Client,
    table: String,
}

impl Counters {
    /// The counters in `table`.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
        }
    }

    /// Adds `amount`, which may be below zero, and tells the count. A name should hold the time it counts for: DynamoDB
    /// removes records late.
    ///
    /// # Errors
    /// The call failed.
    pub async fn add(&self, name: &str, amount: i64, expires_at: Timestamp) -> Result<i64, StoreError> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("counter", text(name))
            .update_expression("ADD #count :amount SET expires_at = :expires_at")
            .expression_attribute_names("#count", "count")
            .expression_attribute_values(":amount", number(amount))
            .expression_attribute_values(":expires_at", number(expires_at.as_second()))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await
            .map_err(StoreError::call("counting"))?;
        let count = answer
            .attributes()
            .and_then(|record| record.get("count")?.as_n().ok()?.parse().ok());
        count.ok_or_else(|| StoreError::corrupt("a counter", "it has no count"))
    }
}
