//! What tells one state of a file from another (RFC 9110 §8.8).

use domain::FileState;
use http::{HeaderMap, HeaderValue, header};

/// `ETag` and `Last-Modified` of an answer, as served.
pub(crate) fn validators_of(headers: &HeaderMap) -> FileState {
    let text = |name| {
        let text = headers.get(name)?.to_str().ok()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    FileState {
        etag: text(header::ETAG),
        last_modified: text(header::LAST_MODIFIED),
        ..FileState::default()
    }
}

/// Whether there is something that a server can compare with.
pub(crate) fn has_validators(state: &FileState) -> bool {
    state.etag.is_some() || state.last_modified.is_some()
}

/// Asks for the file only if it is in another state. A stored text that is no header value is left out: at worst the
/// file comes.
pub(crate) fn ask_for_other_state(state: &FileState, headers: &mut HeaderMap) {
    let pairs = [
        (header::IF_NONE_MATCH, &state.etag),
        (header::IF_MODIFIED_SINCE, &state.last_modified),
    ];
    for (name, text) in pairs {
        if let Some(value) = text.as_deref().and_then(|text| HeaderValue::from_str(text).ok()) {
            headers.insert(name, value);
        }
    }
}

/// The entity tag, if it promises equality byte by byte: the only kind that `If-Range` may rely on.
pub(crate) fn strong_etag(state: &FileState) -> Option<&str> {
    state
        .etag
        .as_deref()
        .filter(|tag| tag.len() >= 2 && tag.starts_with('"') && tag.ends_with('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_quoted_tags_are_strong() {
        let strong = |tag: &str| {
            let state = FileState {
                etag: Some(tag.to_owned()),
                ..FileState::default()
            };
            strong_etag(&state).is_some()
        };
        assert!(strong("\"a\"") && strong("\"\""));
        assert!(!strong("W/\"a\"") && !strong("a") && !strong("\"") && !strong("w/\"a\""));
    }

    #[test]
    fn what_came_is_sent_back() {
        let mut answer = HeaderMap::new();
        answer.insert(header::ETAG, HeaderValue::from_static(" W/\"1\""));
        answer.insert(
            header::LAST_MODIFIED,
            HeaderValue::from_static("Tue, 15 Nov 1994 12:45:26 GMT"),
        );
        let mut request = HeaderMap::new();
        ask_for_other_state(&validators_of(&answer), &mut request);
        assert_eq!(request[header::IF_NONE_MATCH], "W/\"1\"");
        assert_eq!(request[header::IF_MODIFIED_SINCE], "Tue, 15 Nov 1994 12:45:26 GMT");
        assert!(has_validators(&validators_of(&answer)) && !has_validators(&validators_of(&HeaderMap::new())));
    }

    #[test]
    fn a_stored_text_cannot_add_headers() {
        let mut request = HeaderMap::new();
        let state = FileState {
            etag: Some("\"a\"\r\nX: y".into()),
            ..FileState::default()
        };
        ask_for_other_state(&state, &mut request);
        assert!(request.is_empty());
    }
}
