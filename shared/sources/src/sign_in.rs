//! Redirects that lead to a sign-in page instead of a file.

use url::Host;

use crate::source_url::SourceUrl;

/// Hosts that only sign people in; also everything under those that begin with a dot.
const SIGN_IN_HOSTS: [&str; 12] = [
    "accounts.google.com",
    "accounts.zoho.com",
    "auth.services.adobe.com",
    "id.atlassian.com",
    "login.live.com",
    "login.microsoftonline.com",
    "login.salesforce.com",
    "login.windows.net",
    "login.yahoo.com",
    "passport.yandex.ru",
    ".auth0.com",
    ".okta.com",
];

/// Last segments of a path, without extension, at which sites sign people in.
const SIGN_IN_PAGES: [&str; 9] = [
    "log-in",
    "login",
    "logon",
    "servicelogin",
    "sign-in",
    "sign_in",
    "signin",
    "user-login",
    "wp-login",
];

/// The host, if `target` of a redirect is a sign-in page.
pub(crate) fn sign_in_host(target: &SourceUrl) -> Option<String> {
    let Some(Host::Domain(host)) = target.host() else {
        return sign_in_page(target).then(|| target.host().map(|host| host.to_string()))?;
    };
    let known = SIGN_IN_HOSTS.iter().any(|known| match known.strip_prefix('.') {
        Some(parent) => host == parent || host.ends_with(known),
        None => host == *known,
    });
    (known || sign_in_page(target)).then(|| host.to_owned())
}

fn sign_in_page(target: &SourceUrl) -> bool {
    let Some(segment) = target.last_segment() else {
        return false;
    };
    let page = segment.to_lowercase();
    let stem = ["php", "asp", "aspx", "html", "htm", "jsp", "do"]
        .iter()
        .find_map(|extension| page.strip_suffix(extension)?.strip_suffix('.'))
        .unwrap_or(&page);
    SIGN_IN_PAGES.contains(&stem)
}

/// The beginning of a body, kept while it may be a page.
#[derive(Debug, Default)]
pub(crate) struct PageHead(Vec<u8>);

/// Pages that sign people in are smaller.
const MAX_HEAD: usize = 64 << 10;

impl PageHead {
    /// Takes the next bytes of the body, as far as they can matter.
    pub(crate) fn take(&mut self, received: u64, bytes: &[u8]) {
        if received == 0 && !begins_markup(bytes) || received != self.0.len() as u64 {
            return;
        }
        self.0
            .extend_from_slice(&bytes[..bytes.len().min(MAX_HEAD - self.0.len())]);
    }

    /// Whether it asks for a password and has no table: a price list on a page with a sign-in box in its corner is a
    /// price list.
    pub(crate) fn asks_for_password(&self) -> bool {
        let head = self.0.to_ascii_lowercase();
        let has = |text: &[u8]| head.windows(text.len()).any(|window| window == text);
        let password = [&b"type=\"password\""[..], b"type='password'", b"type=password"];
        password.into_iter().any(has) && has(b"<input") && !has(b"<table")
    }
}

fn begins_markup(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    text.trim_ascii_start().starts_with(b"<")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(url: &str) -> Option<String> {
        sign_in_host(&url.parse().unwrap())
    }

    #[test]
    fn sign_in_pages_are_known_by_host_or_by_page() {
        for url in [
            "https://accounts.google.com/v3/signin/identifier?continue=x",
            "https://login.microsoftonline.com/common/oauth2/authorize",
            "https://acme.okta.com/app/x",
            "https://supplier.example/Account/Login?ReturnUrl=%2Fprices.xlsx",
            "https://supplier.example/wp-login.php?redirect_to=x",
            "http://127.0.0.1:8080/login/",
        ] {
            assert!(host(url).is_some(), "{url}");
        }
        assert_eq!(host("http://127.0.0.1:8080/login/").as_deref(), Some("127.0.0.1"));
    }

    #[test]
    fn files_are_not() {
        for url in [
            "https://supplier.example/login/prices.xlsx",
            "https://notokta.com/prices.csv",
            "https://docs.google.com/spreadsheets/d/1/export?format=xlsx",
            "https://supplier.example/blogin",
            "https://supplier.example/",
        ] {
            assert_eq!(host(url), None, "{url}");
        }
    }

    #[test]
    fn a_page_that_only_asks_for_a_password_is_no_list() {
        let asks = |chunks: &[&str]| {
            let (mut head, mut received) = (PageHead::default(), 0);
            for chunk in chunks {
                head.take(received, chunk.as_bytes());
                received += chunk.len() as u64;
            }
            head.asks_for_password()
        };
        let form = "<form><input name=u><input TYPE='password'></form>";
        assert!(asks(&["\u{feff} <!doctype html>", form]));
        assert!(asks(&["<html><input type=pass", "word>"]));
        assert!(!asks(&["<html>", form, "<TABLE><tr><td>Price</td></tr></table>"]));
        assert!(!asks(&["name,price\n", form]));
        assert!(!asks(&["<html><p>password</p>"]) && !asks(&[]));
        let long = " ".repeat(MAX_HEAD);
        assert!(!asks(&["<html>", &long, form]));
    }
}
