//! `Retry-After` (RFC 9110 §10.2.3).

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};

/// How long the server asks to wait. A date is taken relative to the answer's own `Date`, so that neither clock need be
/// right; without one it says nothing that can be used.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER).and_then(text)?;
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let now = httpdate::parse_http_date(headers.get(header::DATE).and_then(self::text)?).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}

fn text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(retry: &'static str, date: Option<&'static str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static(retry));
        if let Some(date) = date {
            headers.insert(header::DATE, HeaderValue::from_static(date));
        }
        retry_after(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_and_dates() {
        let date = Some("Fri, 31 Dec 1999 23:59:00 GMT");
        assert_eq!(parse("120", None), Some(120));
        assert_eq!(parse(" 0 ", None), Some(0));
        assert_eq!(parse("Fri, 31 Dec 1999 23:59:59 GMT", date), Some(59));
        assert_eq!(parse("Fri, 31 Dec 1999 23:58:00 GMT", date), Some(0));
        assert_eq!(parse("Fri, 31 Dec 1999 23:59:59 GMT", None), None);
        for nonsense in ["-1", "soon", "", "1.5", "99999999999999999999999"] {
            assert_eq!(parse(nonsense, date), None, "{nonsense}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
