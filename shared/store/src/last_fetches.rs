//! What the last fetch of a supplier's list found, kept in the suppliers table.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{LastFetch, SupplierId};

use crate::{
    StoreError, Suppliers,
    error::applied,
    record::{text, to_record},
};

impl Suppliers {
    /// Notes what a job fetched. It counts once that job's items are published (`domain::Supplier::comparable_fetch`).
    ///
    /// # Errors
    /// The call failed. A supplier that was removed meanwhile is no error: nothing is written then.
    pub async fn note_fetch(&self, supplier_id: &SupplierId, fetch: &LastFetch) -> Result<(), StoreError> {
        let update = self
            .client()
            .update_item()
            .table_name(self.table())
            .key("supplier_id", text(supplier_id))
            .update_expression("SET last_fetch = :fetch")
            .condition_expression("attribute_exists(supplier_id)")
            .expression_attribute_values(":fetch", AttributeValue::M(to_record(fetch)?));
        applied(update.send().await, "noting a fetch").map(drop)
    }
}
