//! What tells one state of a file from another (RFC 9110 §8.8).

use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};

/// `ETag` and `Last-Modified` of an answer, as served; sent back to ask for the file only if it is another by now.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Validators {
    /// With its quotes, and `W/` if it is weak.
    #[serde(default)]
    pub etag: Option<String>,
    /// An HTTP date.
    #[serde(default)]
    pub last_modified: Option<String>,
}

impl Validators {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name| {
            let text = headers.get(name)?.to_str().ok()?.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        Self {
            etag: text(header::ETAG),
            last_modified: text(header::LAST_MODIFIED),
        }
    }

    /// Whether there is nothing to compare with.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }

    /// Asks for the file only if it changed. A stored text that is no header value is left out: at worst the file
    /// comes.
    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        let pairs = [
            (header::IF_NONE_MATCH, &self.etag),
            (header::IF_MODIFIED_SINCE, &self.last_modified),
        ];
        for (name, text) in pairs {
            if let Some(value) = text.as_deref().and_then(|text| HeaderValue::from_str(text).ok()) {
                headers.insert(name, value);
            }
        }
    }

    /// The entity tag, if it promises equality byte by byte: the only kind that `If-Range` may rely on.
    pub(crate) fn strong_etag(&self) -> Option<&str> {
        self.etag
            .as_deref()
            .filter(|tag| tag.len() >= 2 && tag.starts_with('"') && tag.ends_with('"'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_quoted_tags_are_strong() {
        let strong = |tag: &str| {
            let validators = Validators {
                etag: Some(tag.to_owned()),
                last_modified: None,
            };
            validators.strong_etag().is_some()
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
        Validators::of(&answer).apply(&mut request);
        assert_eq!(request[header::IF_NONE_MATCH], "W/\"1\"");
        assert_eq!(request[header::IF_MODIFIED_SINCE], "Tue, 15 Nov 1994 12:45:26 GMT");
        assert!(Validators::of(&HeaderMap::new()).is_empty());
    }

    #[test]
    fn a_stored_text_cannot_add_headers() {
        let mut request = HeaderMap::new();
        let validators = Validators {
            etag: Some("\"a\"\r\nX: y".into()),
            last_modified: None,
        };
        validators.apply(&mut request);
        assert!(request.is_empty());
    }
}
