//! The prices table: the steps of each item's price.

use aws_sdk_dynamodb::Client;
use domain::{PricePeriod, PriceStep, PriceTerms, SupplierId, price_periods};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    StoreError,
    record::{Record, cursor_of, from_record, read_cursor, text, time_key, to_record},
    table::{Write, write_all},
};

/// The prices table: key (item: `{supplier_id}#{item_key}`, valid_from).
///
/// Only what later lists change is written; the first list's prices are the `previous` of the first step, or the
/// published item's own. A first list of 100,000 items costs no write here; at on-demand list prices a write more per item
/// would double what its publication costs.
#[derive(Debug, Clone)]
pub struct Prices {
    client: Client,
    table: String,
}

/// What a publication writes for one item.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemPriceStep {
    /// Which item.
    pub item_key: String,
    /// The step.
    pub step: PriceStep,
}

/// Some of an item's price periods, newest first, and where to go on.
#[derive(Debug, Default)]
pub struct PricePage {
    /// The periods.
    pub periods: Vec<PricePeriod>,
    /// Give it back for the next page; none at the end.
    pub next_cursor: Option<String>,
}

/// What the newest page needs to know beside the steps.
#[derive(Debug, Clone, Default)]
pub struct PriceNow {
    /// The published item's price; none when it is not offered.
    pub terms: Option<PriceTerms>,
    /// When the supplier's first list was published.
    pub first_list: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct StepRecord {
    item: String,
    #[serde(flatten)]
    step: PriceStep,
}

impl Prices {
    /// The prices in `table`.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
        }
    }

    /// Writes steps, and removes those that cut-off publications left: key and time of each. Doing it again does no harm.
    ///
    /// # Errors
    /// A call failed; some of the writes may have been made.
    pub async fn apply(
        &self,
        supplier_id: &SupplierId,
        steps: impl Iterator<Item = ItemPriceStep>,
        leftovers: impl Iterator<Item = (String, Timestamp)>,
    ) -> Result<(), StoreError> {
        let puts = steps.map(|ItemPriceStep { item_key, step }| {
            let valid_from = text(time_key(step.valid_from));
            let item = partition(supplier_id, &item_key);
            let mut record = to_record(&StepRecord { item, step })?;
            record.insert("valid_from".into(), valid_from);
            Ok(Write::Put(record))
        });
        let deletes = leftovers.map(|(item_key, valid_from)| {
            Ok(Write::Delete(Record::from([
                ("item".to_owned(), text(partition(supplier_id, &item_key))),
                ("valid_from".to_owned(), text(time_key(valid_from))),
            ])))
        });
        write_all(&self.client, &self.table, "writing prices", puts.chain(deletes)).await
    }

    /// An item's price periods, newest first.
    ///
    /// # Errors
    /// The call failed, or the cursor is not one of ours.
    pub async fn history(
        &self,
        supplier_id: &SupplierId,
        item_key: &str,
        now: PriceNow,
        limit: i32,
        cursor: Option<&str>,
    ) -> Result<PricePage, StoreError> {
        let item = text(partition(supplier_id, item_key));
        let start = cursor.map(read_cursor).transpose()?.map(|mut key| {
            // The partition is ours to say, whatever a cursor claims.
            key.insert("item".into(), item.clone());
            key
        });
        let until = start
            .as_ref()
            .and_then(|key| key.get("valid_from")?.as_s().ok()?.parse().ok());
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#item = :item")
            .expression_attribute_names("#item", "item")
            .expression_attribute_values(":item", item)
            .scan_index_forward(false)
            .limit(limit.max(1))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(StoreError::call_after("reading a price history", cursor.is_some()))?;
        let steps = answer
            .items
            .unwrap_or_default()
            .into_iter()
            .map(|record| Ok(from_record::<StepRecord>("a price's record", record)?.step))
            .collect::<Result<Vec<_>, StoreError>>()?;
        let next_cursor = cursor_of(answer.last_evaluated_key)?;
        let mut periods = price_periods(&steps, until, next_cursor.is_none(), now.first_list);
        if let (true, None, Some(terms)) = (steps.is_empty(), cursor, now.terms) {
            // Never changed since the supplier's first list.
            periods.push(PricePeriod {
                valid_from: now.first_list,
                valid_until: None,
                job_id: None,
                terms,
            });
        }
        Ok(PricePage { periods, next_cursor })
    }
}

fn partition(supplier_id: &SupplierId, item_key: &str) -> String {
    format!("{supplier_id}#{item_key}")
}
