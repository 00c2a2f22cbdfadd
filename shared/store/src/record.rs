//! Between the domain's types and DynamoDB's attributes.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::StoreError;

/// A record as DynamoDB has it.
pub(crate) type Record = HashMap<String, AttributeValue>;

/// Version of the records' shape, written into each as `schema`.
pub(crate) const SCHEMA: u32 = 1;

pub(crate) fn to_record<T: Serialize>(value: &T) -> Result<Record, StoreError> {
    let mut record: Record =
        serde_dynamo::aws_sdk_dynamodb_1::to_item(value).map_err(|error| StoreError::corrupt("a new record", error))?;
    // An absent attribute and NULL mean the same to us, but a key attribute of an index must be absent to stay out of it.
    record.retain(|_, attribute| !attribute.is_null());
    record.insert("schema".into(), AttributeValue::N(SCHEMA.to_string()));
    Ok(record)
}

pub(crate) fn to_attribute<T: Serialize>(value: &T) -> Result<AttributeValue, StoreError> {
    serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(value)
        .map_err(|error| StoreError::corrupt("a new record", error))
}

pub(crate) fn from_record<T: DeserializeOwned>(what: &str, record: Record) -> Result<T, StoreError> {
    serde_dynamo::aws_sdk_dynamodb_1::from_item(record).map_err(|error| StoreError::corrupt(what, error))
}

pub(crate) fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A time as a key: fixed width, so that text order is time order.
pub(crate) fn time_key(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// The cursor of a page: the last key, as JSON. Opaque to clients; a made-up one gives an empty page or an error, never
/// another's data, since the partition key is set by us.
pub(crate) fn cursor_of(last_key: Option<Record>) -> Result<Option<String>, StoreError> {
    let Some(key) = last_key.filter(|key| !key.is_empty()) else {
        return Ok(None);
    };
    let plain: serde_json::Map<String, serde_json::Value> = key
        .into_iter()
        .filter_map(|(name, attribute)| Some((name, serde_json::Value::String(attribute.as_s().ok()?.clone()))))
        .collect();
    let json = serde_json::to_vec(&plain).map_err(|error| StoreError::corrupt("a cursor", error))?;
    Ok(Some(hex::encode(json)))
}

/// Reads what [`cursor_of`] wrote. That it is a key of the list that it is given back to is DynamoDB's to say: see
/// [`StoreError::call_after`].
pub(crate) fn read_cursor(cursor: &str) -> Result<Record, StoreError> {
    let json = hex::decode(cursor).map_err(StoreError::cursor)?;
    let plain: HashMap<String, String> = serde_json::from_slice(&json).map_err(StoreError::cursor)?;
    Ok(plain
        .into_iter()
        .map(|(name, value)| (name, AttributeValue::S(value)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_keys_sort_as_times() {
        let keys = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:01Z"]
            .map(|time| time_key(time.parse().unwrap()));
        assert!(keys.is_sorted());
        assert_eq!(keys[0], "2026-01-01T00:00:00.000Z");
    }

    #[test]
    fn cursors_read_back_and_made_up_ones_are_refused() {
        let key = Record::from([("job_id".to_owned(), text("a")), ("created_at".to_owned(), text("b"))]);
        let cursor = cursor_of(Some(key.clone())).unwrap().unwrap();
        assert_eq!(read_cursor(&cursor).unwrap(), key);
        assert!(read_cursor("zz").is_err() && read_cursor("00").is_err());
    }
}
