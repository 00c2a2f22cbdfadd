//! Who gets to see credentials: the source's own origin, and no log.

use std::{
    io,
    sync::{Arc, Mutex},
};

use sources::{Auth, FetchError, Fetched, HttpFetcher, HttpSource};

use crate::{
    policy, read,
    server::{Server, cut, pattern, reply},
    source,
};

fn with_auth(url: &str, auth: &str) -> HttpSource {
    HttpSource {
        auth: Some(serde_json::from_str(auth).unwrap()),
        ..source(url)
    }
}

async fn fetch_with(url: &str, auth: &str) -> Result<Vec<u8>, FetchError> {
    match HttpFetcher::new(policy())?.open(&with_auth(url, auth)).await? {
        Fetched::Body(body) => read(body).await,
        Fetched::Unchanged => panic!("unchanged"),
    }
}

const KINDS: [(&str, &str, &str); 3] = [
    (
        r#"{"kind":"basic","username":"buyer","password":"s3cret"}"#,
        "authorization",
        "Basic YnV5ZXI6czNjcmV0",
    ),
    (
        r#"{"kind":"bearer","token":"s3cret"}"#,
        "authorization",
        "Bearer s3cret",
    ),
    (
        r#"{"kind":"header","name":"X-Api-Key","value":"s3cret"}"#,
        "x-api-key",
        "s3cret",
    ),
];

#[tokio::test]
async fn each_kind_opens_the_file_on_every_try() {
    for (auth, header, value) in KINDS {
        let body = pattern(10_000, 15);
        let served = body.clone();
        let server = Server::start(move |number, request| match (number, request.header(header)) {
            (_, sent) if sent != Some(value) => reply("401 Unauthorized", &[], b""),
            (0, _) => cut(&[], &served, 4000),
            (1, _) => reply("302 Found", &[("Location", "/elsewhere")], b""),
            _ => reply("200 OK", &[], &served),
        })
        .await;
        assert_eq!(fetch_with(&server.url("/"), auth).await.unwrap(), body);
        assert_eq!(server.requests().len(), 3);
    }
}

#[tokio::test]
async fn another_origin_does_not_get_them() {
    for (auth, header, _) in KINDS {
        let other = Server::start(|_, request| match request.target.as_str() {
            "/back" => panic!("unused"),
            _ => reply("200 OK", &[], b"list"),
        })
        .await;
        let target = other.url("/p.csv");
        let server = Server::start(move |_, _| reply("302 Found", &[("Location", &target)], b"")).await;
        assert_eq!(fetch_with(&server.url("/"), auth).await.unwrap(), b"list");
        assert!(server.requests()[0].header(header).is_some());
        assert_eq!(other.requests()[0].header(header), None);
    }
}

#[tokio::test]
async fn an_origin_that_sends_back_does_not_get_them_again() {
    let (auth, header, _) = KINDS[1];
    let server = Server::start(|_, request| match request.target.as_str() {
        "/start" => {
            let away = format!(
                "http://localhost:{}/away",
                request.header("host").unwrap().rsplit(':').next().unwrap()
            );
            reply("302 Found", &[("Location", &away)], b"")
        }
        "/away" => {
            let back = format!(
                "http://127.0.0.1:{}/p.csv",
                request.header("host").unwrap().rsplit(':').next().unwrap()
            );
            reply("302 Found", &[("Location", &back)], b"")
        }
        _ => reply("200 OK", &[], b"list"),
    })
    .await;
    assert_eq!(fetch_with(&server.url("/start"), auth).await.unwrap(), b"list");
    let sent: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.header(header).is_some())
        .collect();
    assert_eq!(sent, [true, false, false]);
}

#[tokio::test]
async fn refused_credentials_are_told_apart_from_missing_ones() {
    let server = Server::start(|_, request| match request.target.as_str() {
        "/401" => reply("401 Unauthorized", &[("WWW-Authenticate", "Basic realm=x")], b""),
        _ => reply("403 Forbidden", &[], b""),
    })
    .await;
    let bearer = KINDS[1].0;
    let error = fetch_with(&server.url("/401"), bearer).await.unwrap_err();
    assert_eq!(error.code(), "auth_required");
    assert!(error.to_string().contains("does not accept"), "{error}");
    let error = fetch_with(&server.url("/403"), bearer).await.unwrap_err();
    assert_eq!((error.code(), error.is_transient()), ("forbidden", false));
    let error = crate::fetch(policy(), &server.url("/401")).await.unwrap_err();
    assert!(error.to_string().contains("asks for a sign-in"), "{error}");
}

#[tokio::test]
async fn credentials_that_cannot_be_sent_are_not() {
    let server = Server::start(|_, _| reply("200 OK", &[], b"list")).await;
    let auth = r#"{"kind":"header","name":"Host","value":"s3cret"}"#;
    let error = fetch_with(&server.url("/"), auth).await.unwrap_err();
    assert_eq!((error.code(), error.is_transient()), ("invalid_credentials", false));
    assert_eq!(server.connections(), 0);
    assert!(serde_json::from_str::<Auth>(auth).unwrap().check().is_err());
}

#[test]
fn nothing_shows_them() {
    for (auth, _, _) in KINDS {
        let source = with_auth("https://a.example/p.csv?key=s3cret", auth);
        assert!(!format!("{source:?} {source:#?}").contains("s3cret"), "{source:?}");
    }
}

/// What a log would get.
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

#[tokio::test]
async fn no_log_gets_them_however_detailed() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer({
            let log = log.clone();
            move || log.clone()
        })
        .finish();
    // For all threads: what other tests log meanwhile may hold no secret either.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    for (auth, _, _) in KINDS {
        let server = Server::start(|number, _| match number {
            0 => reply("503 Service Unavailable", &[("WWW-Authenticate", "s3cret")], b"s3cret"),
            1 => {
                let headers = [("Location", "/next?key=s3cret"), ("Set-Cookie", "share=s3cret; Path=/")];
                reply("302 Found", &headers, b"s3cret")
            }
            2 => cut(&[("ETag", "\"v1\"")], b"s3cret s3cret", 6),
            _ => reply("404 Not Found", &[("X-Reason", "s3cret")], b"s3cret"),
        })
        .await;
        let error = fetch_with(&server.url("/p.csv?token=s3cret&s3cret"), auth)
            .await
            .unwrap_err();
        assert_eq!(error.code(), "not_found");
        assert!(!format!("{error} {error:?} {error:#?}").contains("s3cret"));
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for event in ["fetch.retry", "fetch.redirect", "token=***"] {
        assert!(log.contains(event), "{log}");
    }
    for secret in ["s3cret", "YnV5ZXI6czNjcmV0"] {
        assert!(!log.contains(secret), "{log}");
    }
}
