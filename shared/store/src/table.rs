//! Writing and reading many records of one table.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    types::{DeleteRequest, KeysAndAttributes, PutRequest, WriteRequest},
};
use futures::{StreamExt, TryStreamExt, stream};

use crate::{StoreError, record::Record};

/// Most records in one BatchWriteItem (DynamoDB API reference).
const BATCH: usize = 25;

/// Batches under way at once: 16 x 25 records keeps a 200,000-item first publication within minutes on on-demand tables
/// without starving the rest.
const PARALLEL: usize = 16;

/// Tries for the part of a batch that DynamoDB leaves unprocessed, with doubling waits from 50 ms.
const TRIES: u32 = 8;

/// One record to be written or removed.
pub(crate) enum Write {
    Put(Record),
    Delete(Record),
}

/// Writes all of them, in any order, calling `written` with the count of each finished batch.
pub(crate) async fn write_all(
    client: &Client,
    table: &str,
    operation: &'static str,
    writes: impl Iterator<Item = Result<Write, StoreError>>,
) -> Result<(), StoreError> {
    stream::iter(Batches(writes))
        .map(|batch| async { write_batch(client, table, operation, batch?).await })
        .buffer_unordered(PARALLEL)
        .try_collect::<()>()
        .await
}

/// Most keys in one BatchGetItem (DynamoDB API reference).
const READ_BATCH: usize = 100;

/// The records with these keys, all different, in no order; those that are not there are left out.
pub(crate) async fn read_all(
    client: &Client,
    table: &str,
    operation: &'static str,
    keys: &[Record],
) -> Result<Vec<Record>, StoreError> {
    let read = |batch: &[Record]| read_batch(client, table, operation, batch.to_vec());
    let reads: Vec<_> = keys.chunks(READ_BATCH).map(read).collect();
    stream::iter(reads).buffer_unordered(PARALLEL).try_concat().await
}

async fn read_batch(
    client: &Client,
    table: &str,
    operation: &'static str,
    mut keys: Vec<Record>,
) -> Result<Vec<Record>, StoreError> {
    let mut records = Vec::with_capacity(keys.len());
    for attempt in 0..TRIES {
        let request = KeysAndAttributes::builder()
            .set_keys(Some(std::mem::take(&mut keys)))
            .consistent_read(true)
            .build()
            .map_err(|error| StoreError::corrupt("a batch", error))?;
        let answer = client
            .batch_get_item()
            .request_items(table, request)
            .send()
            .await
            .map_err(StoreError::call(operation))?;
        records.extend(
            answer
                .responses
                .and_then(|mut tables| tables.remove(table))
                .unwrap_or_default(),
        );
        let left = answer.unprocessed_keys.and_then(|mut tables| tables.remove(table));
        keys = left.map(|left| left.keys).unwrap_or_default();
        if keys.is_empty() {
            return Ok(records);
        }
        tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
    }
    Err(StoreError::Throttled {
        operation,
        left: keys.len(),
        tries: TRIES,
    })
}

async fn write_batch(
    client: &Client,
    table: &str,
    operation: &'static str,
    mut batch: Vec<WriteRequest>,
) -> Result<(), StoreError> {
    for attempt in 0..TRIES {
        let requests = HashMap::from([(table.to_owned(), std::mem::take(&mut batch))]);
        let answer = client
            .batch_write_item()
            .set_request_items(Some(requests))
            .send()
            .await
            .map_err(StoreError::call(operation))?;
        batch = answer
            .unprocessed_items
            .and_then(|mut left| left.remove(table))
            .unwrap_or_default();
        if batch.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
    }
    Err(StoreError::Throttled {
        operation,
        left: batch.len(),
        tries: TRIES,
    })
}

struct Batches<I>(I);

impl<I: Iterator<Item = Result<Write, StoreError>>> Iterator for Batches<I> {
    type Item = Result<Vec<WriteRequest>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch: Result<Vec<_>, _> = self
            .0
            .by_ref()
            .take(BATCH)
            .map(|write| write.and_then(request_of))
            .collect();
        match batch {
            Ok(batch) if batch.is_empty() => None,
            other => Some(other),
        }
    }
}

fn request_of(write: Write) -> Result<WriteRequest, StoreError> {
    let build = |error| StoreError::corrupt("a batch", error);
    let request = WriteRequest::builder();
    Ok(match write {
        Write::Put(record) => request
            .put_request(PutRequest::builder().set_item(Some(record)).build().map_err(build)?)
            .build(),
        Write::Delete(key) => request
            .delete_request(DeleteRequest::builder().set_key(Some(key)).build().map_err(build)?)
            .build(),
    })
}
