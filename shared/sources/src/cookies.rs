//! Cookies that a chain of redirects sets on its way.
//!
//! Share links of several file services answer with a redirect that sets a cookie, and give the file only to who brings
//! it along; without, the chain ends in a sign-in page or turns in a circle. The jar lives as long as one try, so no
//! supplier ever gets a cookie of another, nor of yesterday.

use cookie_store::CookieStore;
use http::{HeaderMap, HeaderValue, header};

use crate::source_url::SourceUrl;

/// Cookies taken in one try, and the longest `Cookie` header sent, in bytes: more is no file service but an attack.
const MAX_COOKIES: usize = 50;
const MAX_HEADER: usize = 8 * 1024;

/// The cookies of one try.
#[derive(Debug, Default)]
pub(crate) struct Jar {
    store: CookieStore,
    taken: usize,
}

impl Jar {
    /// Takes what the answer of `url` sets, as far as its rules (RFC 6265: domain, path, `Secure`, expiry) allow.
    pub(crate) fn take(&mut self, headers: &HeaderMap, url: &SourceUrl) {
        for value in headers.get_all(header::SET_COOKIE) {
            if self.taken == MAX_COOKIES {
                return;
            }
            self.taken += 1;
            if let Ok(text) = value.to_str()
                && self.store.parse(text, url.as_url()).is_err()
            {
                tracing::debug!(%url, "fetch.cookie_refused");
            }
        }
    }

    /// Adds the cookies that are meant for `url`.
    pub(crate) fn apply(&self, headers: &mut HeaderMap, url: &SourceUrl) {
        let pairs: Vec<String> = self
            .store
            .get_request_values(url.as_url())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let text = pairs.join("; ");
        if (1..=MAX_HEADER).contains(&text.len())
            && let Ok(mut value) = HeaderValue::from_str(&text)
        {
            value.set_sensitive(true);
            headers.insert(header::COOKIE, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(set: &[&str], by: &str, to: &str) -> Option<String> {
        let mut answer = HeaderMap::new();
        for cookie in set {
            answer.append(header::SET_COOKIE, HeaderValue::from_str(cookie).unwrap());
        }
        let mut jar = Jar::default();
        jar.take(&answer, &by.parse().unwrap());
        let mut request = HeaderMap::new();
        jar.apply(&mut request, &to.parse().unwrap());
        request
            .get(header::COOKIE)
            .map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_cookie_goes_where_its_rules_say() {
        let own = "https://files.example/s/1";
        assert_eq!(
            sent(&["a=1; Path=/; HttpOnly"], own, "https://files.example/d").as_deref(),
            Some("a=1")
        );
        assert_eq!(sent(&["a=1; Path=/s"], own, "https://files.example/d"), None);
        assert_eq!(sent(&["a=1; Path=/"], own, "https://other.example/"), None);
        assert_eq!(
            sent(&["a=1; Path=/; Domain=other.example"], own, "https://other.example/"),
            None
        );
        assert_eq!(sent(&["a=1; Path=/; Secure"], own, "http://files.example/"), None);
        assert_eq!(sent(&["a=1; Path=/; Max-Age=0"], own, own), None);
        assert_eq!(sent(&["", "=", ";;;"], own, own), None);
    }

    #[test]
    fn there_is_an_end_to_them() {
        let own = "https://files.example/";
        let many: Vec<String> = (0..200).map(|n| format!("c{n}=x")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(sent(&many, own, own).unwrap().split("; ").count(), MAX_COOKIES);
        let long = format!("a={}", "x".repeat(MAX_HEADER));
        assert_eq!(sent(&[&long], own, own), None);
    }
}
