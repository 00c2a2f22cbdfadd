//! CloudWatch Logs: what the functions wrote.

use anyhow::Result;
use serde::Deserialize;
use serde_json::json;

use super::Client;

/// One line of a function's log.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(crate) struct LogEvent {
    /// Milliseconds since 1970.
    pub(crate) timestamp: i64,
    pub(crate) message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    events: Vec<LogEvent>,
    next_token: Option<String>,
}

/// All events of a log group since `since` (milliseconds since 1970), oldest first. A group that is not there has none.
pub(crate) fn log_events(client: &Client, group: &str, since: i64) -> Result<Vec<LogEvent>> {
    let mut events = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let mut request = json!({"logGroupName": group, "startTime": since});
        if let Some(token) = &token {
            request["nextToken"] = json!(token);
        }
        let answer = match client.json("logs", "Logs_20140328.FilterLogEvents", &request) {
            Err(error) if error.to_string().contains("ResourceNotFoundException") => return Ok(events),
            answer => answer?,
        };
        let page: Page = serde_json::from_value(answer)?;
        let empty = page.events.is_empty();
        events.extend(page.events);
        // An emulator may repeat the last token for ever.
        if page.next_token.is_none() || page.next_token == token || empty {
            events.sort_by_key(|event| event.timestamp);
            return Ok(events);
        }
        token = page.next_token;
    }
}
