//! What is asked for, what the head of the answer says, and what each status means.

use std::time::Duration;

use domain::FileState;
use sources::{FetchError, Fetched, HttpFetcher, HttpSource};

use crate::{
    fetch, open, policy, read,
    server::{Server, answer, pattern, reply},
    source,
};

#[tokio::test]
async fn a_file_comes_with_its_head() {
    let body = pattern(100_000, 1);
    let served = body.clone();
    let server = Server::start(move |_, _| {
        let headers = [
            ("Content-Type", "text/csv; charset=utf-8"),
            ("Content-Disposition", "attachment; filename*=UTF-8''%D0%BF.csv"),
            ("ETag", "\"v1\""),
            ("Last-Modified", "Tue, 15 Nov 1994 12:45:26 GMT"),
        ];
        reply("200 OK", &headers, &served)
    })
    .await;
    let fetched = open(policy(), &server.url("/lists/x?token=s3cret")).await.unwrap();
    assert_eq!(fetched.file_name.as_str(), "п.csv");
    assert_eq!(fetched.content_type.as_deref(), Some("text/csv; charset=utf-8"));
    assert_eq!(fetched.content_length, Some(100_000));
    assert_eq!(fetched.content_encoding, None);
    assert_eq!(fetched.file_state.etag.as_deref(), Some("\"v1\""));
    assert_eq!(
        fetched.file_state.last_modified.as_deref(),
        Some("Tue, 15 Nov 1994 12:45:26 GMT")
    );
    assert!(fetched.end_is_marked);
    assert!(!format!("{fetched:?}").contains("s3cret"));
    assert_eq!(read(fetched).await.unwrap(), body);

    let request = &server.requests()[0];
    assert_eq!(request.target, "/lists/x?token=s3cret");
    assert_eq!(request.header("accept-encoding"), Some("identity"));
    assert_eq!(
        request.header("user-agent"),
        Some(concat!("Pricecourier/", env!("CARGO_PKG_VERSION")))
    );
    for absent in [
        "if-none-match",
        "if-modified-since",
        "range",
        "authorization",
        "referer",
        "cookie",
    ] {
        assert_eq!(request.header(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn an_unchanged_file_is_not_sent_again() {
    let server = Server::start(|_, request| match request.header("if-none-match") {
        Some("\"v1\"") => reply("304 Not Modified", &[("Content-Length", "0")], b""),
        _ => reply("200 OK", &[("ETag", "\"v2\"")], b"new"),
    })
    .await;
    let fetcher = HttpFetcher::new(policy()).unwrap();
    let with = |etag: &str| HttpSource {
        known_state: Some(FileState {
            etag: Some(etag.to_owned()),
            last_modified: Some("Tue, 15 Nov 1994 12:45:26 GMT".to_owned()),
            ..FileState::default()
        }),
        ..source(&server.url("/p.csv"))
    };
    assert!(matches!(
        fetcher.open(&with("\"v1\"")).await.unwrap(),
        Fetched::Unchanged
    ));
    let Fetched::Body(body) = fetcher.open(&with("\"v0\"")).await.unwrap() else {
        panic!("another file is a file");
    };
    assert_eq!(read(body).await.unwrap(), b"new");
    assert_eq!(
        server.requests()[0].header("if-modified-since"),
        Some("Tue, 15 Nov 1994 12:45:26 GMT")
    );
}

#[tokio::test]
async fn not_modified_without_a_question_is_no_answer() {
    let server = Server::start(|_, _| reply("304 Not Modified", &[], b"")).await;
    let error = fetch(policy(), &server.url("/")).await.unwrap_err();
    assert_eq!((error.code(), error.is_transient()), ("unexpected_status", false));
}

#[tokio::test]
async fn an_encoding_that_was_not_asked_for_is_kept_and_told() {
    let gzip = [&b"\x1f\x8b\x08\x00"[..], &pattern(500, 2)].concat();
    let served = gzip.clone();
    let server = Server::start(move |number, _| {
        let encoding = ["gzip", "br", "identity"][number];
        reply("200 OK", &[("Content-Encoding", encoding)], &served)
    })
    .await;
    for expected in [Some("gzip"), Some("br"), None] {
        let body = open(policy(), &server.url("/p.csv")).await.unwrap();
        assert_eq!(body.content_encoding.as_deref(), expected);
        assert_eq!(read(body).await.unwrap(), gzip, "as served, not decoded");
    }
}

#[tokio::test]
async fn chunks_and_bodies_without_an_end_are_read_whole() {
    let server = Server::start(|_, request| match request.target.as_str() {
        "/chunked" => reply(
            "200 OK",
            &[("Transfer-Encoding", "chunked")],
            b"4;x=y\r\nwiki\r\n5\r\npedia\r\n0\r\nTrailer: t\r\n\r\n",
        ),
        "/close" => vec![crate::server::Act::Send(
            b"HTTP/1.0 200 OK\r\n\r\nuntil the close".to_vec(),
        )],
        _ => reply("200 OK", &[], b""),
    })
    .await;
    let chunked = open(policy(), &server.url("/chunked")).await.unwrap();
    assert_eq!((chunked.content_length, chunked.end_is_marked), (None, true));
    assert_eq!(read(chunked).await.unwrap(), b"wikipedia");
    let close = open(policy(), &server.url("/close")).await.unwrap();
    assert_eq!((close.content_length, close.end_is_marked), (None, false));
    assert_eq!(read(close).await.unwrap(), b"until the close");
    assert_eq!(fetch(policy(), &server.url("/empty")).await.unwrap(), b"");
}

#[tokio::test]
async fn a_page_instead_of_a_file_is_left_to_who_looks_inside() {
    let page = b"<!DOCTYPE html><title>Sign in</title>";
    let server = Server::start(|_, _| reply("200 OK", &[("Content-Type", "text/html")], page)).await;
    let body = open(policy(), &server.url("/p.xlsx")).await.unwrap();
    assert_eq!(body.content_type.as_deref(), Some("text/html"));
    assert_eq!(read(body).await.unwrap(), page);
}

#[tokio::test]
async fn permanent_answers_are_asked_for_once() {
    for (status, code) in [
        ("204 No Content", "unexpected_status"),
        ("206 Partial Content", "unexpected_status"),
        ("300 Multiple Choices", "unexpected_status"),
        ("400 Bad Request", "unexpected_status"),
        ("401 Unauthorized", "auth_required"),
        ("403 Forbidden", "auth_required"),
        ("404 Not Found", "not_found"),
        ("405 Method Not Allowed", "unexpected_status"),
        ("407 Proxy Authentication Required", "auth_required"),
        ("410 Gone", "not_found"),
        ("416 Range Not Satisfiable", "unexpected_status"),
        ("418 I'm a teapot", "unexpected_status"),
        ("451 Unavailable For Legal Reasons", "unexpected_status"),
        ("501 Not Implemented", "server_error"),
        ("505 HTTP Version Not Supported", "server_error"),
    ] {
        let server = Server::start(move |_, _| vec![crate::server::Act::Send(answer(status, &[], b""))]).await;
        let error = fetch(policy(), &server.url("/p.csv?t=s3cret")).await.unwrap_err();
        assert_eq!((error.code(), error.is_transient()), (code, false), "{status}");
        assert_eq!(server.requests().len(), 1, "{status}");
        let sentence = error.to_string();
        assert!(
            sentence.contains(&status[..3]) && sentence.contains("/p.csv?t=***"),
            "{sentence}"
        );
        assert!(!format!("{error:?}").contains("s3cret"));
    }
}

#[tokio::test]
async fn redirects_are_followed_relative_and_absolute() {
    let server = Server::start(|_, request| match request.target.as_str() {
        "/a/start" => reply("302 Found", &[("Location", "../b/next?t=1")], b"moved"),
        "/b/next?t=1" => reply("307 Temporary Redirect", &[("Location", "/c/%D0%BF.csv#part")], b""),
        "/c/%D0%BF.csv" => reply("200 OK", &[], b"found"),
        other => panic!("{other}"),
    })
    .await;
    let body = open(policy(), &server.url("/a/start")).await.unwrap();
    assert_eq!(body.final_url.expose(), server.url("/c/%D0%BF.csv"));
    assert_eq!(body.file_name.as_str(), "п.csv");
    assert_eq!(read(body).await.unwrap(), b"found");
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.header("referer").is_none())
    );
}

#[tokio::test]
async fn a_share_link_that_sets_a_cookie_is_followed() {
    let server = Server::start(
        |number, request| match (request.target.as_str(), request.header("cookie")) {
            ("/s/1", None) => {
                let headers = [("Location", "/s/1"), ("Set-Cookie", "share=s3cret; Path=/; HttpOnly")];
                reply("302 Found", &headers, b"")
            }
            ("/s/1", Some("share=s3cret")) if number < 3 => crate::server::cut(&[], b"list", 2),
            ("/s/1", Some("share=s3cret")) => reply("200 OK", &[("Set-Cookie", "other=1")], b"list"),
            other => panic!("{other:?}"),
        },
    )
    .await;
    assert_eq!(fetch(policy(), &server.url("/s/1")).await.unwrap(), b"list");
    let cookies: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.header("cookie").is_some())
        .collect();
    assert_eq!(cookies, [false, true, false, true], "each try begins without");
}

#[tokio::test]
async fn loops_and_long_chains_end() {
    let server = Server::start(|number, request| match request.target.as_str() {
        "/loop" => reply("301 Moved Permanently", &[("Location", "/loop")], b""),
        _ => reply("302 Found", &[("Location", &format!("/{number}"))], b""),
    })
    .await;
    for start in ["/loop", "/chain"] {
        let before = server.requests().len();
        let error = fetch(policy(), &server.url(start)).await.unwrap_err();
        assert!(
            matches!(error, FetchError::TooManyRedirects { limit: 5, .. }),
            "{error}"
        );
        assert_eq!(server.requests().len() - before, 6, "the first and five more");
    }
}

#[tokio::test]
async fn redirects_to_nowhere_are_told() {
    for (location, code) in [
        ("ftp://files.example/p.csv", "bad_redirect"),
        ("file:///etc/passwd", "bad_redirect"),
        ("http://", "bad_redirect"),
        ("http://user:s3cret@127.0.0.1/", "bad_redirect"),
        ("http://10.0.0.1/", "address_refused"),
        ("http://169.254.169.254/latest/meta-data/", "address_refused"),
        ("//[::ffff:127.0.0.1]/", "address_refused"),
        ("http://0x7f000001.example./", "address_refused"),
        (
            "https://accounts.google.com/ServiceLogin?continue=s3cret",
            "auth_required",
        ),
        ("/account/login?next=/p.csv", "auth_required"),
    ] {
        let server = Server::start(move |_, _| reply("302 Found", &[("Location", location)], b"")).await;
        let error = fetch(policy(), &server.url("/p.csv")).await.unwrap_err();
        assert_eq!(
            (error.code(), error.is_transient()),
            (code, false),
            "{location}: {error}"
        );
        assert_eq!(server.requests().len(), 1);
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
    let server = Server::start(|_, _| reply("302 Found", &[], b"")).await;
    let error = fetch(policy(), &server.url("/")).await.unwrap_err();
    assert_eq!(error.code(), "unexpected_status");
}

#[tokio::test]
async fn a_host_s_files_come_one_after_the_other() {
    let server = Server::start(|number, _| {
        let whole = answer("200 OK", &[], number.to_string().as_bytes());
        vec![
            crate::server::Act::Pause(Duration::from_millis(30)),
            crate::server::Act::Send(whole),
        ]
    })
    .await;
    let fetcher = HttpFetcher::new(policy()).unwrap();
    let first = fetcher.open(&source(&server.url("/1"))).await.unwrap();
    let second = tokio::spawn({
        let (fetcher, source) = (fetcher.clone(), source(&server.url("/2")));
        async move { fetcher.open(&source).await.map(drop) }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.connections(), 1, "the second waits until the first is dropped");
    drop(first);
    second.await.unwrap().unwrap();
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_turn_that_does_not_come_is_given_up() {
    let server = Server::start(|_, _| reply("200 OK", &[], b"x")).await;
    let fetcher = HttpFetcher::new(sources::FetchPolicy {
        total_timeout: Duration::from_millis(500),
        ..policy()
    })
    .unwrap();
    let _held = fetcher.open(&source(&server.url("/1"))).await.unwrap();
    let error = fetcher.open(&source(&server.url("/2"))).await.unwrap_err();
    assert_eq!((error.code(), error.is_transient()), ("timed_out", true));
    let start = tokio::time::Instant::now();
    let error = fetcher
        .open_within(&source(&server.url("/2")), Duration::from_millis(10))
        .await;
    assert_eq!(error.unwrap_err().code(), "timed_out");
    assert!(
        start.elapsed() < Duration::from_millis(400),
        "the caller has less time than the policy gives"
    );
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn proxies_of_the_environment_are_not_used() {
    let proxy = Server::start(|_, _| reply("502 Bad Gateway", &[], b"")).await;
    let url = format!("http://127.0.0.1:{}", proxy.port());
    let child = tokio::task::spawn_blocking(move || {
        std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "requests::a_file_comes_with_its_head"])
            .envs(["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"].map(|name| (name, &url)))
            .env_remove("no_proxy")
            .env_remove("NO_PROXY")
            .output()
            .unwrap()
    });
    let output = child.await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    assert_eq!(proxy.connections(), 0);
}
