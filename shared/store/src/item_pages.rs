//! Published items page by page, by index.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use domain::{Decision, ProductId, Supplier, SupplierId};
use futures::future::try_join_all;

use crate::{
    Items, PublishedItem, StoreError,
    items::{bands, decision_shards, key_of, shards, supplier_bands},
    record::{Record, cursor_of, from_record, read_cursor, text},
};

/// Some items, and where to go on. A page may be short, or even empty, before the last.
#[derive(Debug, Default)]
pub struct ItemPage {
    /// The items.
    pub items: Vec<PublishedItem>,
    /// Give it back for the next page; none at the end.
    pub next_cursor: Option<String>,
}

/// Most keys in one BatchGetItem (DynamoDB API reference).
const BATCH: usize = 100;

/// Partitions asked at once, at most. Most pages need one, so the first is asked alone, then twice as many each time.
const AHEAD: usize = 16;

/// The same of the review queue: its first parts are empty, and the first that is not mostly fills a page.
const BANDS_AHEAD: usize = 8;

/// Partitions asked for one page at most. What is left is for the next page.
const PARTITIONS: usize = 512;

/// Tries for the part of a batch that DynamoDB leaves unprocessed.
const TRIES: usize = 5;

/// One order of items: the partitions of an index (or of the table) one after the other.
struct Walk {
    index: Option<&'static str>,
    /// The partition's attribute.
    partition: &'static str,
    /// The attribute that sorts within it.
    sort: &'static str,
    partitions: Vec<Partition>,
    /// Partitions asked at once, at most.
    ahead: usize,
    forward: bool,
}

/// A partition of an order.
struct Partition {
    key: String,
    /// Known to hold nothing: it is passed over, and a page still may begin there.
    is_empty: bool,
}

impl Partition {
    fn new(key: String) -> Self {
        Self { key, is_empty: false }
    }
}

impl Items {
    /// The items of `suppliers`, one supplier after the other, in the order of shards and keys.
    ///
    /// # Errors
    /// A call failed, or the cursor is not one of ours.
    pub async fn of_suppliers(
        &self,
        suppliers: &[SupplierId],
        limit: i32,
        cursor: Option<&str>,
    ) -> Result<ItemPage, StoreError> {
        let walk = Walk {
            index: None,
            partition: "supplier_shard",
            sort: "item_key",
            partitions: suppliers.iter().flat_map(shards).map(Partition::new).collect(),
            ahead: AHEAD,
            forward: true,
        };
        self.page(&walk, limit, cursor).await
    }

    /// The items of `suppliers` that `decision` became of, one supplier after the other. Those that certainly have none are
    /// not asked.
    ///
    /// # Errors
    /// A call failed, or the cursor is not one of ours.
    pub async fn decided(
        &self,
        suppliers: &[Supplier],
        decision: Decision,
        limit: i32,
        cursor: Option<&str>,
    ) -> Result<ItemPage, StoreError> {
        let mut partitions = Vec::new();
        for supplier in suppliers {
            let is_empty = supplier.has_none(decision);
            let keys = decision_shards(&supplier.supplier_id, decision);
            partitions.extend(keys.map(|key| Partition { key, is_empty }));
        }
        let walk = Walk {
            index: Some("by_decision"),
            partition: "decision_shard",
            sort: "item_key",
            partitions,
            ahead: AHEAD,
            forward: true,
        };
        self.page(&walk, limit, cursor).await
    }

    /// The items that wait for a person, the surest first: a supplier's, or all.
    ///
    /// # Errors
    /// A call failed, or the cursor is not one of ours.
    pub async fn to_review(
        &self,
        supplier_id: Option<&SupplierId>,
        limit: i32,
        cursor: Option<&str>,
    ) -> Result<ItemPage, StoreError> {
        let (index, partition, partitions) = match supplier_id {
            Some(supplier_id) => (
                "review",
                "review_of",
                supplier_bands(supplier_id).map(Partition::new).collect(),
            ),
            None => ("review_queue", "review_band", bands().map(Partition::new).collect()),
        };
        let walk = Walk {
            index: Some(index),
            partition,
            sort: "review_rank",
            partitions,
            ahead: BANDS_AHEAD,
            forward: false,
        };
        self.page(&walk, limit, cursor).await
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
        let walk = Walk {
            index: Some("offers"),
            partition: "product_id",
            sort: "supplier_id",
            partitions: vec![Partition::new(product_id.to_string())],
            ahead: 1,
            forward: true,
        };
        self.page(&walk, limit, cursor).await
    }

    /// The items of these keys as they are now, in this order; what is gone is left out.
    ///
    /// # Errors
    /// A call failed, or a record cannot be read.
    pub async fn of_keys(&self, keys: &[(SupplierId, String)]) -> Result<Vec<PublishedItem>, StoreError> {
        let keys: Vec<Record> = keys.iter().map(|(supplier, key)| key_of(supplier, key)).collect();
        self.read(&keys).await
    }

    async fn page(&self, walk: &Walk, limit: i32, cursor: Option<&str>) -> Result<ItemPage, StoreError> {
        let (records, next_cursor) = self.walk(walk, limit, cursor).await?;
        let items = match walk.index {
            None => records.into_iter().map(item_of).collect::<Result<_, _>>()?,
            Some(_) => self.read(&records).await?,
        };
        Ok(ItemPage { items, next_cursor })
    }

    async fn walk(
        &self,
        walk: &Walk,
        limit: i32,
        cursor: Option<&str>,
    ) -> Result<(Vec<Record>, Option<String>), StoreError> {
        let (first, start) = walk.start(cursor)?;
        let wanted = usize::try_from(limit.max(1)).unwrap_or(1);
        let mut asked =
            (first..walk.partitions.len()).filter(|at| walk.partitions.get(*at).is_some_and(|it| !it.is_empty));
        let asked_now: Vec<usize> = asked.by_ref().take(PARTITIONS).collect();
        let mut records = Vec::new();
        let (mut rest, mut ahead) = (asked_now.as_slice(), 1);
        while !rest.is_empty() {
            let (now, later) = rest.split_at(ahead.min(rest.len()));
            let queries = now
                .iter()
                .map(|&at| self.query(walk, at, limit, start.clone().filter(|_| at == first)));
            for (found, &at) in try_join_all(queries).await?.into_iter().zip(now) {
                if let Some(next) = found.extend(&mut records, walk, at, wanted) {
                    return Ok((records, cursor_of(next)?));
                }
            }
            (rest, ahead) = (later, walk.ahead.min(ahead * 2));
        }
        let next = asked.next().and_then(|at| walk.beginning_of(at));
        Ok((records, cursor_of(next)?))
    }

    async fn query(&self, walk: &Walk, at: usize, limit: i32, start: Option<Record>) -> Result<Found, StoreError> {
        let partition = walk.partitions.get(at).map(|it| it.key.as_str()).unwrap_or_default();
        let has_cursor = start.is_some();
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .set_index_name(walk.index.map(str::to_owned))
            .key_condition_expression("#partition = :value")
            .expression_attribute_names("#partition", walk.partition)
            .expression_attribute_values(":value", text(partition))
            .scan_index_forward(walk.forward)
            .limit(limit.max(1))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(StoreError::call_after("listing items", has_cursor))?;
        Ok(Found {
            records: answer.items.unwrap_or_default(),
            last_key: answer.last_evaluated_key.filter(|key| !key.is_empty()),
        })
    }

    /// The items of records that hold at least their keys, in their order.
    async fn read(&self, records: &[Record]) -> Result<Vec<PublishedItem>, StoreError> {
        let mut found: HashMap<(String, String), PublishedItem> = HashMap::with_capacity(records.len());
        for batch in records.chunks(BATCH) {
            let mut keys: Vec<Record> = batch.iter().map(table_key).collect();
            for attempt in 0..TRIES {
                let request = KeysAndAttributes::builder()
                    .set_keys(Some(std::mem::take(&mut keys)))
                    .consistent_read(true)
                    .build()
                    .map_err(|error| StoreError::corrupt("a batch", error))?;
                let answer = self
                    .client
                    .batch_get_item()
                    .request_items(&self.table, request)
                    .send()
                    .await
                    .map_err(StoreError::call("reading items"))?;
                let records = answer.responses.and_then(|mut tables| tables.remove(&self.table));
                for record in records.unwrap_or_default() {
                    found.insert(key_texts(&record), item_of(record)?);
                }
                let left = answer
                    .unprocessed_keys
                    .and_then(|mut tables| tables.remove(&self.table));
                keys = left.map(|left| left.keys).unwrap_or_default();
                if keys.is_empty() {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50 << attempt)).await;
            }
            if !keys.is_empty() {
                return Err(StoreError::Throttled {
                    operation: "reading items",
                    left: keys.len(),
                    tries: u32::try_from(TRIES).unwrap_or(u32::MAX),
                });
            }
        }
        Ok(records
            .iter()
            .filter_map(|record| found.remove(&key_texts(record)))
            .collect())
    }
}

/// What a partition gave.
struct Found {
    records: Vec<Record>,
    last_key: Option<Record>,
}

impl Found {
    /// Adds to the page what partition `at` gave, up to `wanted` records. Once the page ends: the key after which the next
    /// begins, none at the very end.
    fn extend(self, page: &mut Vec<Record>, walk: &Walk, at: usize, wanted: usize) -> Option<Option<Record>> {
        let is_cut = page.len() + self.records.len() > wanted;
        page.extend(self.records);
        page.truncate(wanted);
        match self.last_key {
            _ if is_cut => Some(page.last().map(|record| walk.key_of(record))),
            Some(last_key) => Some(Some(last_key)),
            None if page.len() >= wanted => Some(walk.beginning_of(at + 1)),
            None => None,
        }
    }
}

impl Walk {
    /// The partition where a page begins, and the key after which it does.
    fn start(&self, cursor: Option<&str>) -> Result<(usize, Option<Record>), StoreError> {
        let Some(key) = cursor.map(read_cursor).transpose()? else {
            return Ok((0, None));
        };
        let named = key.get(self.partition).and_then(|value| value.as_s().ok());
        let at = named.and_then(|named| self.partitions.iter().position(|partition| partition.key == *named));
        let at = at.ok_or_else(|| StoreError::cursor("it is of another list"))?;
        // With the partition alone it is the partition's beginning.
        Ok((at, (key.len() > 1).then_some(key)))
    }

    /// The key of a record in this order.
    fn key_of(&self, record: &Record) -> Record {
        let names = ["supplier_shard", "item_key", self.partition, self.sort];
        let value = |name: &str| Some((name.to_owned(), record.get(name)?.clone()));
        names.into_iter().filter_map(value).collect()
    }

    fn beginning_of(&self, at: usize) -> Option<Record> {
        let partition = self.partitions.get(at)?;
        Some(Record::from([(self.partition.to_owned(), text(&partition.key))]))
    }
}

fn item_of(record: Record) -> Result<PublishedItem, StoreError> {
    from_record("an item's record", record)
}

fn table_key(record: &Record) -> Record {
    let value = |name: &str| Some((name.to_owned(), record.get(name)?.clone()));
    ["supplier_shard", "item_key"].into_iter().filter_map(value).collect()
}

fn key_texts(record: &Record) -> (String, String) {
    let value = |name| match record.get(name) {
        Some(AttributeValue::S(text)) => text.clone(),
        _ => String::new(),
    };
    (value("supplier_shard"), value("item_key"))
}
