//! The items table: what each supplier sells now.

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use domain::{Availability, Currency, Decision, ListItem, Match, NamedPrice, Price, ProductId, SupplierId, Unit};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    StoreError,
    publication::Difference,
    record::{Record, cursor_of, from_record, read_cursor, text, to_record},
    table::{Write, write_all},
};

/// Partitions over which a supplier's items are spread. One partition key takes about 1,000 writes a second (DynamoDB
/// developer guide), so 16 take a 200,000-item list in well under a minute. Changing this number needs a rewrite of the
/// table.
const SHARDS: u32 = 16;

/// An item as published: what its row says without where it stood, and what was found for it. Nothing in it changes with
/// each sync, or every sync would rewrite the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `ListItem` and `Match`")]
pub struct PublishedItem {
    pub supplier_id: SupplierId,
    pub item_key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prices: Vec<NamedPrice>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack_size: Option<Decimal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_order: Option<Decimal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<Availability>,
    #[serde(rename = "match")]
    pub found: Match,
}

impl PublishedItem {
    /// What is published of `item` under `item_key`.
    pub fn new(supplier_id: SupplierId, item_key: String, item: ListItem, found: Match) -> Self {
        Self {
            supplier_id,
            item_key,
            sku: item.sku,
            barcode: item.barcode,
            name: item.name,
            brand: item.brand,
            category: item.category,
            description: item.description,
            price: item.price,
            currency: item.currency,
            prices: item.prices,
            unit: item.unit,
            pack_size: item.pack_size,
            minimum_order: item.minimum_order,
            availability: item.availability,
            found,
        }
    }

    /// The record: the fields, its shard, and the keys of the indexes `review` and `offers` only where it belongs there.
    pub(crate) fn record(&self) -> Result<Record, StoreError> {
        let mut record = to_record(self)?;
        record.insert(
            "supplier_shard".into(),
            text(shard_of(&self.supplier_id, &self.item_key)),
        );
        match (self.found.decision, &self.found.product_id) {
            (Decision::Review, _) => {
                record.insert("review_of".into(), text(&self.supplier_id));
                record.insert(
                    "review_rank".into(),
                    text(review_rank(self.found.accept_score, &self.item_key)),
                );
            }
            (Decision::Matched, Some(product)) => _ = record.insert("product_id".into(), text(product)),
            _ => {}
        }
        Ok(record)
    }
}

/// Some items, and where to go on.
#[derive(Debug, Default)]
pub struct ItemPage {
    /// The items.
    pub items: Vec<PublishedItem>,
    /// Give it back for the next page; none at the end.
    pub next_cursor: Option<String>,
}

/// The items table: key (supplier_shard, item_key); sparse indexes `review` (review_of, review_rank) and `offers`
/// (product_id, supplier_id).
#[derive(Debug, Clone)]
pub struct Items {
    pub(crate) client: Client,
    pub(crate) table: String,
}

impl Items {
    /// The items in `table`.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
        }
    }

    /// Writes what `difference` names: `items` must give every item whose key is in `difference.put`, others are passed
    /// over. Doing it again does no harm.
    ///
    /// # Errors
    /// A call failed; some of the writes may have been made.
    pub async fn apply(
        &self,
        supplier_id: &SupplierId,
        difference: &Difference,
        items: impl Iterator<Item = Result<PublishedItem, StoreError>>,
    ) -> Result<(), StoreError> {
        let puts = items
            .filter(|item| {
                item.as_ref()
                    .map_or(true, |item| difference.put.contains(&item.item_key))
            })
            .map(|item| item?.record().map(Write::Put));
        let deletes = difference.delete.iter().map(|key| {
            let shard = shard_of(supplier_id, key);
            Ok(Write::Delete(Record::from([
                ("supplier_shard".to_owned(), text(shard)),
                ("item_key".to_owned(), text(key)),
            ])))
        });
        write_all(&self.client, &self.table, "writing items", puts.chain(deletes)).await
    }

    /// The item, if it is published.
    ///
    /// # Errors
    /// The call failed, or the record cannot be read.
    pub async fn get(&self, supplier_id: &SupplierId, item_key: &str) -> Result<Option<PublishedItem>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key_of(supplier_id, item_key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(StoreError::call("reading an item"))?;
        answer
            .item
            .map(|record| from_record("an item's record", record))
            .transpose()
    }

    /// A supplier's items, in the order of shards and keys.
    ///
    /// # Errors
    /// A call failed, or the cursor is not one of ours.
    pub async fn of_supplier(
        &self,
        supplier_id: &SupplierId,
        limit: i32,
        cursor: Option<&str>,
    ) -> Result<ItemPage, StoreError> {
        let mut start = cursor.map(read_cursor).transpose()?;
        let first = start
            .as_ref()
            .and_then(|key| shard_number(key.get("supplier_shard")?))
            .unwrap_or(0);
        let mut page = ItemPage::default();
        for shard in first..SHARDS {
            let wanted = limit - i32::try_from(page.items.len()).unwrap_or(i32::MAX);
            let partition = format!("{supplier_id}#{shard:02}");
            let found = self
                .query(None, ("supplier_shard", &partition), wanted, start.take(), true)
                .await?;
            page.items.extend(found.items);
            page.next_cursor = found.next_cursor;
            if page.next_cursor.is_some() {
                break;
            }
            if i32::try_from(page.items.len()).unwrap_or(i32::MAX) >= limit && shard + 1 < SHARDS {
                page.next_cursor = start_of_shard(supplier_id, shard + 1)?;
                break;
            }
        }
        Ok(page)
    }

    /// A supplier's items that wait for a person, the surest first.
    ///
    /// # Errors
    /// A call failed, or the cursor is not one of ours.
    pub async fn to_review(
        &self,
        supplier_id: &SupplierId,
        limit: i32,
        cursor: Option<&str>,
    ) -> Result<ItemPage, StoreError> {
        let start = cursor.map(read_cursor).transpose()?;
        self.query(Some("review"), ("review_of", supplier_id.as_str()), limit, start, false)
            .await
    }

    /// The offers of a product, over all suppliers.
    ///
    /// # Errors
    /// A call failed, or the cursor is not one of ours.
    pub async fn offers(
        &self,
        product_id: &ProductId,
        limit: i32,
        cursor: Option<&str>,
    ) -> Result<ItemPage, StoreError> {
        let start = cursor.map(read_cursor).transpose()?;
        self.query(Some("offers"), ("product_id", product_id.as_str()), limit, start, true)
            .await
    }

    async fn query(
        &self,
        index: Option<&str>,
        (attribute, value): (&str, &str),
        limit: i32,
        start: Option<Record>,
        forward: bool,
    ) -> Result<ItemPage, StoreError> {
        // The partition is ours to say, whatever a cursor claims.
        let start = start.map(|mut key| {
            key.insert(attribute.to_owned(), text(value));
            key.retain(|_, value| !matches!(value, AttributeValue::S(value) if value.is_empty()));
            key
        });
        let start = start.filter(|key| key.len() > 1);
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .set_index_name(index.map(str::to_owned))
            .key_condition_expression("#partition = :value")
            .expression_attribute_names("#partition", attribute)
            .expression_attribute_values(":value", text(value))
            .scan_index_forward(forward)
            .limit(limit.max(1))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(StoreError::call("listing items"))?;
        let items = answer
            .items
            .unwrap_or_default()
            .into_iter()
            .map(|record| from_record("an item's record", record));
        Ok(ItemPage {
            items: items.collect::<Result<_, _>>()?,
            next_cursor: cursor_of(answer.last_evaluated_key)?,
        })
    }
}

fn start_of_shard(supplier_id: &SupplierId, shard: u32) -> Result<Option<String>, StoreError> {
    cursor_of(Some(Record::from([
        ("supplier_shard".to_owned(), text(format!("{supplier_id}#{shard:02}"))),
        ("item_key".to_owned(), text("")),
    ])))
}

pub(crate) fn key_of(supplier_id: &SupplierId, item_key: &str) -> Record {
    Record::from([
        ("supplier_shard".to_owned(), text(shard_of(supplier_id, item_key))),
        ("item_key".to_owned(), text(item_key)),
    ])
}

/// The partitions of a supplier's items, in order.
pub(crate) fn shards(supplier_id: &SupplierId) -> impl Iterator<Item = String> {
    (0..SHARDS).map(move |shard| format!("{supplier_id}#{shard:02}"))
}

fn shard_number(shard: &AttributeValue) -> Option<u32> {
    shard.as_s().ok()?.rsplit_once('#')?.1.parse().ok()
}

/// FNV-1a: small, stable, and even enough over keys.
fn shard_of(supplier_id: &SupplierId, item_key: &str) -> String {
    let hash = item_key.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    format!("{supplier_id}#{:02}", hash % SHARDS)
}

/// Sorts by score first, then by key, so that the order is total.
fn review_rank(accept_score: f64, item_key: &str) -> String {
    format!("{:.6}#{item_key}", accept_score.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use domain::Candidate;

    use super::*;

    fn item(decision: Decision) -> PublishedItem {
        let product: ProductId = "P-1".parse().unwrap();
        let found = Match {
            decision,
            product_id: (decision == Decision::Matched).then(|| product.clone()),
            probability: 0.87,
            accept_score: 0.8,
            candidates: vec![Candidate {
                product_id: product,
                probability: 0.87,
            }],
            reasons: vec!["the same model code".into()],
        };
        let listed = ListItem {
            sku: Some("0102.1".into()),
            name: Some("Чайник".into()),
            price: Some("12.50".parse::<Decimal>().unwrap().try_into().unwrap()),
            ..ListItem::default()
        };
        PublishedItem::new("acme".parse().unwrap(), "sku:0102.1".into(), listed, found)
    }

    #[test]
    fn an_item_reads_back_from_its_record() {
        let item = item(Decision::Review);
        assert_eq!(
            from_record::<PublishedItem>("an item", item.record().unwrap()).unwrap(),
            item
        );
    }

    #[test]
    fn only_items_to_review_stand_in_the_review_index_and_only_matched_ones_are_offers() {
        let keys = |decision| {
            let record = item(decision).record().unwrap();
            (record.contains_key("review_of"), record.contains_key("product_id"))
        };
        assert_eq!(keys(Decision::Review), (true, false));
        assert_eq!(keys(Decision::Matched), (false, true));
        assert_eq!(keys(Decision::New), (false, false));
    }

    #[test]
    fn keys_spread_evenly_over_the_shards() {
        let acme = "acme".parse().unwrap();
        let mut counts = std::collections::HashMap::<String, u32>::new();
        (0..16_000).for_each(|n| *counts.entry(shard_of(&acme, &format!("sku:{n:06}"))).or_default() += 1);
        assert_eq!(counts.len(), 16);
        assert!(counts.values().all(|count| (500..2_000).contains(count)), "{counts:?}");
    }
}
