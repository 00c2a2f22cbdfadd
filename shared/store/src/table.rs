//! Writing many records to one table.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    types::{DeleteRequest, PutRequest, WriteRequest},
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
