//! The items table: what each supplier sells now.

use aws_sdk_dynamodb::Client;
use domain::{Availability, Currency, Decision, ListItem, Match, NamedPrice, Price, SupplierId, Text, Unit};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    StoreError,
    publication::Difference,
    record::{Record, from_record, text, to_record},
    table::{Write, write_all},
};

/// Partitions over which a supplier's items are spread. One partition key takes about 1,000 writes a second (DynamoDB
/// developer guide), so 16 take a 200,000-item list in well under a minute. Changing this number needs a rewrite of the
/// table.
const SHARDS: u32 = 16;

/// An item as published: what its row says without where it stood, and what was found for it. Nothing in it changes with
/// each sync, or every sync would rewrite the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
        let owned = |text: Option<Text>| text.map(String::from);
        Self {
            supplier_id,
            item_key,
            sku: owned(item.sku),
            barcode: owned(item.barcode),
            name: owned(item.name),
            brand: owned(item.brand),
            category: owned(item.category),
            description: owned(item.description),
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

    /// The item as its row said it, without where it stood.
    pub fn item(&self) -> ListItem {
        let text = |text: &Option<String>| text.as_deref().map(Text::from);
        ListItem {
            sku: text(&self.sku),
            barcode: text(&self.barcode),
            name: text(&self.name),
            brand: text(&self.brand),
            category: text(&self.category),
            description: text(&self.description),
            price: self.price,
            currency: self.currency,
            prices: self.prices.clone(),
            unit: self.unit.clone(),
            pack_size: self.pack_size,
            minimum_order: self.minimum_order,
            availability: self.availability.clone(),
            ..ListItem::default()
        }
    }

    /// The record: the fields, its shard, and the keys of the sparse indexes only where it belongs there.
    pub(crate) fn record(&self) -> Result<Record, StoreError> {
        let mut record = to_record(self)?;
        let shard = shard_number(&self.item_key);
        record.insert("supplier_shard".into(), text(shard_of(&self.supplier_id, shard)));
        record.insert(
            "decision_shard".into(),
            text(decision_shard(&self.supplier_id, self.found.decision, shard)),
        );
        match (self.found.decision, &self.found.product_id) {
            (Decision::Review, _) => {
                let score = self.found.accept_score;
                record.insert("review_of".into(), text(supplier_band(&self.supplier_id, score)));
                record.insert("review_band".into(), text(band(score)));
                record.insert("review_rank".into(), text(review_rank(score, &self.item_key)));
            }
            (Decision::Matched, Some(product)) => _ = record.insert("product_id".into(), text(product)),
            _ => {}
        }
        Ok(record)
    }
}

/// The items table: key (supplier_shard, item_key). Indexes, all of keys only, so that a write costs the least; their
/// items are read from the table, and so are as true as it is: `by_decision` (decision_shard, item_key); `review`
/// (review_of, review_rank) and `review_queue` (review_band, review_rank), sparse; `offers` (product_id, supplier_id),
/// sparse.
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
        let deletes = difference
            .delete
            .iter()
            .map(|key| Ok(Write::Delete(key_of(supplier_id, key))));
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
}

pub(crate) fn key_of(supplier_id: &SupplierId, item_key: &str) -> Record {
    let shard = shard_of(supplier_id, shard_number(item_key));
    Record::from([
        ("supplier_shard".to_owned(), text(shard)),
        ("item_key".to_owned(), text(item_key)),
    ])
}

/// The partitions of a supplier's items, in order.
pub(crate) fn shards(supplier_id: &SupplierId) -> impl Iterator<Item = String> {
    (0..SHARDS).map(move |shard| shard_of(supplier_id, shard))
}

/// The partitions of a supplier's items of one decision, in order.
pub(crate) fn decision_shards(supplier_id: &SupplierId, decision: Decision) -> impl Iterator<Item = String> {
    (0..SHARDS).map(move |shard| decision_shard(supplier_id, decision, shard))
}

/// The partitions of a supplier's items to review, the surest first.
pub(crate) fn supplier_bands(supplier_id: &SupplierId) -> impl Iterator<Item = String> {
    (0..10).rev().map(move |tenth| format!("{supplier_id}#{tenth}"))
}

/// The partitions of all items to review, the surest first.
pub(crate) fn bands() -> impl Iterator<Item = String> {
    (0..100).rev().map(|hundredth| format!("{hundredth:02}"))
}

/// A decision as records and filters name it.
pub(crate) fn decision_name(decision: Decision) -> &'static str {
    match decision {
        Decision::Matched => "matched",
        Decision::Review => "review",
        Decision::New => "new",
    }
}

fn decision_shard(supplier_id: &SupplierId, decision: Decision, shard: u32) -> String {
    format!("{supplier_id}#{}#{shard:02}", decision_name(decision))
}

fn shard_of(supplier_id: &SupplierId, shard: u32) -> String {
    format!("{supplier_id}#{shard:02}")
}

/// FNV-1a: small, stable, and even enough over keys.
fn shard_number(item_key: &str) -> u32 {
    let hash = item_key.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    hash % SHARDS
}

/// The queue of all suppliers is parted by hundredths of the score: one key would take all its writes, and the bands in
/// their order are the queue's own.
fn band(accept_score: f64) -> String {
    format!("{:02}", part_of(accept_score, 100))
}

/// A supplier's own queue is parted by tenths.
fn supplier_band(supplier_id: &SupplierId, accept_score: f64) -> String {
    format!("{supplier_id}#{}", part_of(accept_score, 10))
}

/// In which of `parts` equal parts of 0 to 1 the score lies, told by its rank, so that parts and ranks sort alike.
fn part_of(accept_score: f64, parts: usize) -> usize {
    let digits = parts.ilog10() as usize;
    let rank = review_rank(accept_score, "");
    match rank
        .strip_prefix("0.")
        .and_then(|fraction| fraction.get(..digits)?.parse().ok())
    {
        Some(part) => part,
        None => parts - 1,
    }
}

/// Sorts by score first, then by key, so that the order is total.
fn review_rank(accept_score: f64, item_key: &str) -> String {
    format!("{:.6}#{item_key}", accept_score.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use domain::{Candidate, ProductId};

    use super::*;

    fn item(decision: Decision) -> PublishedItem {
        let product: ProductId = "P-1".parse().unwrap();
        let found = Match {
            decision,
            product_id: (decision == Decision::Matched).then(|| product.clone()),
            probability: 0.87,
            accept_score: 0.8,
            barred: false,
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
        let mut counts = std::collections::HashMap::<u32, u32>::new();
        (0..16_000).for_each(|n| *counts.entry(shard_number(&format!("sku:{n:06}"))).or_default() += 1);
        assert_eq!(counts.len(), 16);
        assert!(counts.values().all(|count| (500..2_000).contains(count)), "{counts:?}");
    }

    #[test]
    fn bands_sort_as_scores_do() {
        let acme: SupplierId = "acme".parse().unwrap();
        let all: Vec<_> = bands().collect();
        let of_acme: Vec<_> = supplier_bands(&acme).collect();
        for (score, hundredth, tenth) in [
            (1.0, "99", "acme#9"),
            (0.999_999_9, "99", "acme#9"),
            (0.87, "87", "acme#8"),
            (0.869_999_9, "87", "acme#8"),
            (0.0, "00", "acme#0"),
            (f64::NAN, "99", "acme#9"),
        ] {
            assert_eq!(
                (band(score).as_str(), supplier_band(&acme, score).as_str()),
                (hundredth, tenth)
            );
            assert!(all.contains(&band(score)) && of_acme.contains(&supplier_band(&acme, score)));
        }
        assert!(all.is_sorted_by(|a, b| a > b) && of_acme.is_sorted_by(|a, b| a > b));
    }
}
