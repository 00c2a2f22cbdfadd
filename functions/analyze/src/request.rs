//! What a message asks for.

use domain::{JobId, RawKey};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;
use store::{AnalyzeMessage, MatchMessage, PublishMessage, ReadFileMessage};
use thiserror::Error;

/// "Read this raw file."
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which file.
    pub key: RawKey,
    /// The attempt that asks; an S3 notification does not tell, the object's own metadata does.
    pub attempt: Option<u32>,
}

/// A message of a shape that is not ours. It goes back to the queue and ends in the dead-letter queue.
#[derive(Debug, Error)]
pub enum UnreadableMessage {
    /// No JSON, or another shape.
    #[error("the message is neither an S3 notification nor one of ours: {0}")]
    Shape(#[from] serde_json::Error),
    /// One of ours with a key that is not.
    #[error(transparent)]
    Key(#[from] domain::InvalidRawKey),
}

/// The job whose approved result a message asks to be published; none for any other message.
///
/// # Errors
/// The message is not of a known shape.
pub fn publish_request(body: &str) -> Result<Option<JobId>, UnreadableMessage> {
    let message: Value = serde_json::from_str(body)?;
    if message.get("publish_job").is_none() {
        return Ok(None);
    }
    let PublishMessage { publish_job } = serde_json::from_value(message)?;
    Ok(Some(publish_job))
}

/// The job that matches published items again, and its attempt, as a message asks for it; none for any other message.
///
/// # Errors
/// The message is not of a known shape.
pub fn match_request(body: &str) -> Result<Option<(JobId, u32)>, UnreadableMessage> {
    let message: Value = serde_json::from_str(body)?;
    if message.get("match_job").is_none() {
        return Ok(None);
    }
    let MatchMessage { match_job, attempt } = serde_json::from_value(message)?;
    Ok(Some((match_job, attempt)))
}

/// The file of somebody else that a message asks to be read; none for any other message.
///
/// # Errors
/// The message is not of a known shape.
pub fn read_request(body: &str) -> Result<Option<ReadFileMessage>, UnreadableMessage> {
    let message: Value = serde_json::from_str(body)?;
    if message.get("read_file").is_none() {
        return Ok(None);
    }
    Ok(Some(serde_json::from_value(message)?))
}

/// The files that a message asks for. `s3:TestEvent`, which S3 sends when a notification is set up, asks for none;
/// records of other events than creation, and keys outside the contract, are passed over.
///
/// # Errors
/// The message is not of a known shape.
pub fn requests(body: &str) -> Result<Vec<Request>, UnreadableMessage> {
    let message: Value = serde_json::from_str(body)?;
    if message.get("Event").and_then(Value::as_str) == Some("s3:TestEvent") {
        return Ok(Vec::new());
    }
    if message.get("raw_key").is_some() {
        let AnalyzeMessage { raw_key, attempt } = serde_json::from_value(message)?;
        return Ok(vec![Request {
            key: raw_key.parse()?,
            attempt: Some(attempt),
        }]);
    }
    let notification: Notification = serde_json::from_value(message)?;
    Ok(notification.records.iter().filter_map(requested).collect())
}

/// What is read of a notification. The rest is S3's own, and S3-compatible stores leave parts of it out.
#[derive(Debug, Deserialize)]
struct Notification {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    event_name: Option<String>,
    s3: Entity,
}

#[derive(Debug, Deserialize)]
struct Entity {
    object: Object,
}

#[derive(Debug, Deserialize)]
struct Object {
    key: Option<String>,
}

fn requested(record: &Record) -> Option<Request> {
    let is_creation = record
        .event_name
        .as_deref()
        .is_none_or(|name| name.contains("ObjectCreated:"));
    let escaped = record.s3.object.key.as_deref().filter(|_| is_creation)?;
    let key = unescaped(escaped);
    match key.parse() {
        Ok(key) => Some(Request { key, attempt: None }),
        Err(error) => {
            tracing::warn!(%error, "notification passed over");
            None
        }
    }
}

/// Keys in notifications are form-encoded: `+` for a space, `%xx` for bytes of UTF-8 (S3 user guide, "Event message
/// structure").
fn unescaped(key: &str) -> String {
    percent_decode_str(&key.replace('+', " "))
        .decode_utf8_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOB: &str = "0190b5a8-0000-7000-8000-000000000001";

    fn notification(records: &[(&str, &str)]) -> String {
        let record = |(name, key): &(&str, &str)| {
            serde_json::json!({"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": name,
                "s3": {"s3SchemaVersion": "1.0", "bucket": {"name": "b"}, "object": {"key": key, "size": 1}}})
        };
        serde_json::json!({"Records": records.iter().map(record).collect::<Vec<_>>()}).to_string()
    }

    #[test]
    fn keys_are_unescaped() {
        let body = notification(&[(
            "ObjectCreated:Put",
            &format!("raw/acme/{JOB}/%D0%9F%D1%80%D0%B0%D0%B9%D1%81+1%2B2.xlsx"),
        )]);
        let asked = requests(&body).unwrap();
        assert_eq!(asked[0].key.file_name.as_str(), "Прайс 1+2.xlsx");
        assert_eq!(asked[0].attempt, None);
    }

    #[test]
    fn several_records_and_strangers_among_them() {
        let (a, b) = (format!("raw/acme/{JOB}/a.csv"), format!("raw/acme/{JOB}/b.csv"));
        let body = notification(&[
            ("ObjectCreated:CompleteMultipartUpload", &a),
            ("ObjectRemoved:Delete", &b),
            ("ObjectCreated:Put", "raw/stray"),
            ("ObjectCreated:Copy", &b),
        ]);
        let keys: Vec<_> = requests(&body)
            .unwrap()
            .iter()
            .map(|request| request.key.to_string())
            .collect();
        assert_eq!(keys, [a, b]);
    }

    #[test]
    fn the_test_event_asks_for_nothing() {
        let body = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-01-01T00:00:00.000Z","Bucket":"b"}"#;
        assert_eq!(requests(body).unwrap(), []);
    }

    #[test]
    fn our_own_message_names_its_attempt() {
        let body = format!(r#"{{"raw_key":"raw/acme/{JOB}/a.csv","attempt":2}}"#);
        assert_eq!(requests(&body).unwrap()[0].attempt, Some(2));
    }

    #[test]
    fn an_approval_names_its_job() {
        let asked = |body: &str| publish_request(body).ok().flatten().map(|job| job.to_string());
        assert_eq!(asked(&format!(r#"{{"publish_job":"{JOB}"}}"#)).as_deref(), Some(JOB));
        assert_eq!(
            asked(&format!(r#"{{"raw_key":"raw/acme/{JOB}/a.csv","attempt":2}}"#)),
            None
        );
        assert!(publish_request(r#"{"publish_job":"x"}"#).is_err());
    }

    #[test]
    fn matching_again_names_its_job_and_attempt() {
        let body = format!(r#"{{"match_job":"{JOB}","attempt":1}}"#);
        let asked = match_request(&body)
            .unwrap()
            .map(|(job, attempt)| (job.to_string(), attempt));
        assert_eq!(asked, Some((JOB.to_owned(), 1)));
        assert_eq!(match_request(&format!(r#"{{"publish_job":"{JOB}"}}"#)).unwrap(), None);
        assert!(match_request(&format!(r#"{{"match_job":"{JOB}"}}"#)).is_err());
    }

    #[test]
    fn anything_else_is_refused() {
        for body in ["", "hello", "[]", "{}", r#"{"raw_key":"raw/x","attempt":0}"#] {
            assert!(requests(body).is_err(), "{body}");
        }
    }
}
