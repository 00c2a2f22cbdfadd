//! Secrets appear in no log, job record, sidecar or error text, however a download ends.

use std::{
    io,
    sync::{Arc, Mutex},
};

use domain::Source;
use download::Fetching;
use source_server::{Act, Request, Server, cut, reply};

use crate::aws::{Aws, Secret};

/// Everything written at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Made for tests; it opens nothing.
const KEY: &str = include_str!("../../../../shared/sources/tests/data/rsa-2048-for-tests.b64");

/// What must not be found: the secrets, what is made of them, and what servers say of them.
const SECRETS: [&str; 9] = [
    "passw0rd-s3cret",
    // "buyer:passw0rd-s3cret" in base64.
    "YnV5ZXI6cGFzc3cwcmQtczNjcmV0",
    "token-s3cret",
    "header-s3cret",
    "query-s3cret",
    "google-s3cret",
    "echo-s3cret",
    // The head of a JWT of RS256, and of the key.
    "eyJhbGciOiJSUzI1NiIs",
    "MIIEv",
];

/// One way in which a server ends a download.
type Ending = fn(&Request) -> Vec<Act>;

const ENDINGS: [(&str, Ending); 9] = [
    ("refused", |_| {
        reply(
            "401 Unauthorized",
            &[("WWW-Authenticate", "Basic realm=\"echo-s3cret\"")],
            b"echo-s3cret",
        )
    }),
    ("forbidden", |_| {
        reply("403 Forbidden", &[("X-Reason", "echo-s3cret")], b"echo-s3cret")
    }),
    ("gone", |_| reply("404 Not Found", &[], b"echo-s3cret")),
    ("failing", |_| reply("500 Internal Server Error", &[], b"echo-s3cret")),
    ("busy", |_| {
        reply("429 Too Many Requests", &[("Retry-After", "3600")], b"echo-s3cret")
    }),
    ("cut off", |_| cut(&[("ETag", "\"v1\"")], b"sku,price\n1,2\n", 5)),
    ("leading away", |_| {
        reply("302 Found", &[("Location", "http://10.0.0.1/x?key=query-s3cret")], b"")
    }),
    ("signing in", |_| {
        reply(
            "302 Found",
            &[("Location", "/login?token=query-s3cret;echo-s3cret=1")],
            b"",
        )
    }),
    ("fine", |request| match request.target.starts_with("/moved") {
        true => reply("200 OK", &[("ETag", "\"v1\"")], b"sku,price\n1,2\n"),
        false => reply("302 Found", &[("Location", "/moved/l.csv?key=query-s3cret")], b""),
    }),
];

fn service_account() -> String {
    let pem = format!("-----BEGIN {0}-----\n{KEY}-----END {0}-----\n", "PRIVATE KEY");
    serde_json::json!({"type": "service_account", "client_email": "reader@test.example", "private_key": pem})
        .to_string()
}

fn http(url: String) -> Source {
    Source::Http {
        url,
        credential: Some("pricecourier/acme".parse().unwrap()),
    }
}

fn sheet() -> Source {
    Source::GoogleSheet {
        sheet: "1aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789-_abcde".parse().unwrap(),
        tab: None,
        credential: Some("pricecourier/acme".parse().unwrap()),
    }
}

/// Google's stand-in: `ending` is what comes of the token, or of the export.
fn google(request: &Request, at_token: bool, ending: Ending) -> Vec<Act> {
    let json = [("Content-Type", "application/json")];
    match request.target.as_str() {
        "/token" if at_token => ending(request),
        "/token" => reply(
            "200 OK",
            &json,
            br#"{"access_token":"google-s3cret","expires_in":3600}"#,
        ),
        target if target.contains("fields=") => reply(
            "200 OK",
            &json,
            br#"{"name":"Prices","mimeType":"application/vnd.google-apps.spreadsheet","version":"1"}"#,
        ),
        _ => ending(request),
    }
}

fn assert_secret_free(what: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{what} has {secret}: {text}");
    }
}

#[tokio::test]
async fn no_secret_is_written_anywhere_however_a_download_ends() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer({
            let log = log.clone();
            move || log.clone()
        })
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let secrets = [
        r#"{"kind":"basic","username":"buyer","password":"passw0rd-s3cret"}"#,
        r#"{"kind":"bearer","token":"token-s3cret"}"#,
        r#"{"kind":"header","name":"X-Api-Key","value":"header-s3cret"}"#,
        r#"{"kind":"header","name":"X Api Key","value":"header-s3cret"}"#,
        r#"{"kind":"bearer","tokn":"token-s3cret"}"#,
    ];
    let (mut ended, mut stored) = (0, 0);
    for (name, ending) in ENDINGS {
        let site = Server::start(move |_, request| ending(request)).await;
        for secret in secrets {
            let url = site.url("/l.csv;sid=query-s3cret?token=query-s3cret&query-s3cret");
            let aws = Aws::with(Source::Upload, None).await;
            let aws_source = http(url);
            aws.change_source(aws_source).await;
            aws.put_secret("pricecourier/acme", Secret::Text(secret.into()));
            let (fetching, job) = aws.fetch().await;
            stored += usize::from(fetching == Fetching::Stored);
            let error = format!("{:?}", job.error);
            assert_secret_free(name, &error);
            assert_secret_free(name, &aws.written());
            ended += 1;
        }
        for at_token in [true, false] {
            let site = Server::start(move |_, request| google(request, at_token, ending)).await;
            let aws = Aws::with(sheet(), Some(&site.url(""))).await;
            aws.put_secret("pricecourier/acme", Secret::Text(service_account()));
            let (fetching, job) = aws.fetch().await;
            stored += usize::from(fetching == Fetching::Stored);
            assert_secret_free(name, &format!("{:?}", job.error));
            assert_secret_free(name, &aws.written());
            ended += 1;
        }
    }
    assert_eq!((ended, stored), (63, 4));
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for event in ["download failed", "fetch.retry", "fetch.redirect", "token=***"] {
        assert!(log.contains(event), "the log has no {event}");
    }
    assert_secret_free("the log", &log);
}
