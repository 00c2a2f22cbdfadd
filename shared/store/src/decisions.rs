//! The decisions table: what people said of items, replayed on every later list.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    types::{Put, TransactWriteItem},
};
use domain::{Answer, Answered, ItemDecision, ItemText, ProductId, SupplierId};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    Items, PublishedItem, StoreError, Suppliers, Swapped,
    items::{key_of, shards},
    record::{Record, cursor_of, from_record, number, read_cursor, text, time_key, to_record},
    rematch::{broken, rematch, transact},
    table::read_all,
};

/// Partitions or items that are asked for at once.
const PARALLEL: usize = 8;

/// Tries to bring an item in line with its decision while others write to it.
const TRIES: usize = 5;

/// The decisions table: key (supplier_shard, item_key), as the items table has; sparse index `by_product` (product_id,
/// supplier_shard).
#[derive(Debug, Clone)]
pub struct Decisions {
    client: Client,
    table: String,
}

/// Some decisions, and where to go on.
#[derive(Debug, Default)]
pub struct DecisionPage {
    /// The decisions.
    pub decisions: Vec<ItemDecision>,
    /// Give it back for the next page; none at the end.
    pub next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Current {
    item_key: String,
    #[serde(default)]
    current: Option<Answered>,
}

impl From<&PublishedItem> for ItemText {
    fn from(item: &PublishedItem) -> Self {
        Self {
            sku: item.sku.clone(),
            barcode: item.barcode.clone(),
            name: item.name.clone(),
            brand: item.brand.clone(),
            unit: item.unit.clone(),
            pack_size: item.pack_size,
        }
    }
}

impl Decisions {
    /// The decisions in `table`.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
        }
    }

    /// The decisions on an item, if there are any, taken back ones among them.
    ///
    /// # Errors
    /// The call failed, or the record cannot be read.
    pub async fn get(&self, supplier_id: &SupplierId, item_key: &str) -> Result<Option<ItemDecision>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key_of(supplier_id, item_key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(StoreError::call("reading a decision"))?;
        answer.item.map(decision_of).transpose()
    }

    /// The decisions on these items, all different, in no order; those on which there are none are left out.
    ///
    /// # Errors
    /// A call failed, or a record cannot be read.
    pub async fn of_keys(&self, items: &[(SupplierId, String)]) -> Result<Vec<ItemDecision>, StoreError> {
        let keys: Vec<Record> = items.iter().map(|(supplier, key)| key_of(supplier, key)).collect();
        let records = read_all(&self.client, &self.table, "reading decisions", &keys).await?;
        records.into_iter().map(decision_of).collect()
    }

    /// What counts for a supplier's items now, by item key. As many as people have decided, a few hundred bytes each.
    ///
    /// # Errors
    /// A call failed, or a record cannot be read.
    pub async fn current(&self, supplier_id: &SupplierId) -> Result<HashMap<String, Answered>, StoreError> {
        let records = self
            .of_supplier(supplier_id, |query| {
                query
                    .filter_expression("attribute_exists(#current)")
                    .projection_expression("item_key, #current")
                    .expression_attribute_names("#current", "current")
            })
            .await?;
        let current = records.into_iter().map(|record| {
            let Current { item_key, current } = from_record("a decision", record)?;
            Ok(current.map(|answered| (item_key, answered)))
        });
        current.filter_map(Result::transpose).collect()
    }

    /// Every record of decisions on a supplier's items of which one counts now, with the match that the first replaced.
    ///
    /// # Errors
    /// A call failed, or a record cannot be read.
    pub async fn counting(&self, supplier_id: &SupplierId) -> Result<Vec<ItemDecision>, StoreError> {
        let records = self
            .of_supplier(supplier_id, |query| {
                query
                    .filter_expression("attribute_exists(#current)")
                    .expression_attribute_names("#current", "current")
            })
            .await?;
        records.into_iter().map(decision_of).collect()
    }

    /// Decisions made for a product, over all suppliers.
    ///
    /// # Errors
    /// The call failed, or the cursor is not one of ours.
    pub async fn for_product(
        &self,
        product_id: &ProductId,
        limit: i32,
        cursor: Option<&str>,
    ) -> Result<DecisionPage, StoreError> {
        let start = cursor.map(read_cursor).transpose()?.map(|mut key| {
            key.insert("product_id".into(), text(product_id));
            key
        });
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("by_product")
            .key_condition_expression("product_id = :product")
            .expression_attribute_values(":product", text(product_id))
            .limit(limit.max(1))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(StoreError::call_after("listing decisions", cursor.is_some()))?;
        Ok(DecisionPage {
            decisions: answer
                .items
                .unwrap_or_default()
                .into_iter()
                .map(decision_of)
                .collect::<Result<_, _>>()?,
            next_cursor: cursor_of(answer.last_evaluated_key)?,
        })
    }

    /// Stores `decision` and gives the item the match that follows from it, both or neither: only if the decisions are
    /// still at version `seen` (none: there were none) and the item's match is that of `before`.
    ///
    /// # Errors
    /// The call failed. [`Swapped::Conflict`]: somebody else wrote first; nothing was written.
    pub async fn decide(
        &self,
        (items, suppliers): (&Items, &Suppliers),
        before: &PublishedItem,
        seen: Option<u64>,
        decision: &ItemDecision,
    ) -> Result<Swapped, StoreError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(record_of(decision)?));
        let put = match seen {
            None => put.condition_expression("attribute_not_exists(item_key)"),
            Some(version) => put
                .condition_expression("#version = :seen")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":seen", number(version)),
        };
        let decided = TransactWriteItem::builder().put(put.build().map_err(broken)?).build();
        let rematched = rematch(items, suppliers, before, decision.found())?;
        transact(items, "deciding on an item", [decided].into_iter().chain(rematched)).await
    }

    /// Brings the published items in line with the decisions that were changed since `since`, and returns how many needed
    /// it.
    ///
    /// A publication replays the decisions that it read before it matched. Those made while it ran stand in the items
    /// table, where it may have written over them: so it calls this when it is through, with the time its job was made.
    ///
    /// # Errors
    /// A call failed. Doing it again does no harm.
    pub async fn reapply(
        &self,
        (items, suppliers): (&Items, &Suppliers),
        supplier_id: &SupplierId,
        since: Timestamp,
    ) -> Result<usize, StoreError> {
        let changed = self.changed_since(supplier_id, since).await?;
        stream::iter(changed)
            .map(|decision| self.realign((items, suppliers), decision))
            .buffer_unordered(PARALLEL)
            .try_fold(0, |count, needed| async move { Ok(count + usize::from(needed)) })
            .await
    }

    /// The decisions on a supplier's items that were made or taken back at `since` or later, in no order.
    ///
    /// # Errors
    /// A call failed, or a record cannot be read.
    pub async fn changed_since(
        &self,
        supplier_id: &SupplierId,
        since: Timestamp,
    ) -> Result<Vec<ItemDecision>, StoreError> {
        let records = self
            .of_supplier(supplier_id, |query| {
                query
                    .filter_expression("changed_at_key >= :since")
                    .expression_attribute_values(":since", text(time_key(since)))
            })
            .await?;
        records.into_iter().map(decision_of).collect()
    }

    /// Whether the item needed it.
    async fn realign(
        &self,
        (items, suppliers): (&Items, &Suppliers),
        mut decision: ItemDecision,
    ) -> Result<bool, StoreError> {
        for _ in 0..TRIES {
            let Some(item) = items.get(&decision.supplier_id, &decision.item_key).await? else {
                return Ok(false);
            };
            if decision.agrees_with(&item.found) {
                return Ok(false);
            }
            let rematched = rematch(items, suppliers, &item, decision.found())?;
            if transact(items, "bringing an item in line with its decision", rematched).await? == Swapped::Applied {
                return Ok(true);
            }
            match self.get(&decision.supplier_id, &decision.item_key).await? {
                Some(newer) => decision = newer,
                None => return Ok(false),
            }
        }
        tracing::error!(
            supplier_id = %decision.supplier_id,
            item_key = decision.item_key,
            "the item does not follow its decision; its next list will mend it"
        );
        Ok(false)
    }

    /// The records of all partitions of a supplier, with `narrow` made to each query.
    async fn of_supplier<N>(&self, supplier_id: &SupplierId, narrow: N) -> Result<Vec<Record>, StoreError>
    where
        N: Fn(Query) -> Query,
    {
        stream::iter(shards(supplier_id))
            .map(|shard| {
                let query = self
                    .client
                    .query()
                    .table_name(&self.table)
                    .key_condition_expression("supplier_shard = :shard")
                    .expression_attribute_values(":shard", text(shard))
                    .consistent_read(true);
                narrow(query)
                    .into_paginator()
                    .items()
                    .send()
                    .collect::<Result<Vec<Record>, _>>()
            })
            .buffer_unordered(PARALLEL)
            .map(|records| records.map_err(StoreError::call("reading a supplier's decisions")))
            .try_concat()
            .await
    }
}

type Query = aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

/// The record: the decision, its shard, the product for the index where it is one, and a time that compares as text.
fn record_of(decision: &ItemDecision) -> Result<Record, StoreError> {
    let mut record = to_record(decision)?;
    record.extend(key_of(&decision.supplier_id, &decision.item_key));
    record.insert("changed_at_key".into(), text(time_key(decision.changed_at)));
    if let Some(Answer::ProductId(product)) = decision.current.as_ref().map(|answered| &answered.ruling) {
        record.insert("product_id".into(), text(product));
    }
    Ok(record)
}

fn decision_of(record: Record) -> Result<ItemDecision, StoreError> {
    from_record("a decision", record)
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;
    use domain::{Decision, Match};

    use super::*;

    fn decision(ruling: Answer) -> ItemDecision {
        let found = Match {
            decision: Decision::Review,
            product_id: None,
            probability: 0.5,
            accept_score: 0.4,
            barred: false,
            candidates: Vec::new(),
            reasons: Vec::new(),
        };
        let answered = Answered {
            ruling,
            decided_by: "Admin token".into(),
            decided_at: "2026-03-01T12:00:00Z".parse().unwrap(),
        };
        let text = ItemText {
            name: Some("Чайник".into()),
            ..ItemText::default()
        };
        ItemDecision::first("acme".parse().unwrap(), "sku:0102.1".into(), text, found, answered)
    }

    #[test]
    fn a_decision_reads_back_from_its_record() {
        let made = decision(Answer::ProductId("P-1".parse().unwrap()));
        let record = record_of(&made).unwrap();
        assert_eq!(record["product_id"], AttributeValue::S("P-1".into()));
        assert_eq!(decision_of(record).unwrap(), made);
    }

    #[test]
    fn only_a_product_that_counts_stands_in_the_index_of_products() {
        let taken_back = decision(Answer::ProductId("P-1".parse().unwrap()))
            .take_back("2026-03-01T12:01:00Z".parse().unwrap())
            .unwrap();
        for other in [taken_back, decision(Answer::New)] {
            assert!(!record_of(&other).unwrap().contains_key("product_id"));
        }
    }
}
