//! What is tried again, how often, and when.

use std::time::Duration;

use sources::{FetchError, FetchPolicy, Waiting};
use tokio::time::Instant;

use crate::{
    fetch, policy,
    server::{Act, Server, reply},
};

const STATUSES: [&str; 8] = [
    "408 Request Timeout",
    "425 Too Early",
    "429 Too Many Requests",
    "500 Internal Server Error",
    "502 Bad Gateway",
    "503 Service Unavailable",
    "504 Gateway Timeout",
    "522 Connection Timed Out",
];

#[tokio::test]
async fn transient_statuses_are_tried_again() {
    for status in STATUSES {
        let server = Server::start(move |number, _| match number {
            0 | 1 => reply(status, &[], b"sorry"),
            _ => reply("200 OK", &[], b"list"),
        })
        .await;
        assert_eq!(fetch(policy(), &server.url("/")).await.unwrap(), b"list", "{status}");
        assert_eq!(server.requests().len(), 3);
    }
}

#[tokio::test]
async fn three_failures_are_enough_and_keep_their_class() {
    for status in STATUSES {
        let server = Server::start(move |_, _| reply(status, &[], b"sorry")).await;
        let error = fetch(policy(), &server.url("/")).await.unwrap_err();
        let code = if status.starts_with("429") {
            "rate_limited"
        } else {
            "server_error"
        };
        assert_eq!((error.code(), error.is_transient()), (code, true), "{status}");
        assert_eq!(server.requests().len(), 3);
    }
}

#[tokio::test]
async fn a_server_that_says_when_is_asked_then() {
    let server = Server::start(|number, _| match number {
        0 => reply("503 Service Unavailable", &[("Retry-After", "1")], b""),
        1 => {
            let dates = [
                ("Date", "Fri, 31 Dec 1999 23:59:58 GMT"),
                ("Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT"),
            ];
            reply("429 Too Many Requests", &dates, b"")
        }
        _ => reply("200 OK", &[], b"list"),
    })
    .await;
    let start = Instant::now();
    assert_eq!(fetch(policy(), &server.url("/")).await.unwrap(), b"list");
    let took = start.elapsed();
    assert!(
        (Duration::from_secs(2)..Duration::from_secs(4)).contains(&took),
        "{took:?}"
    );
}

#[tokio::test]
async fn a_long_retry_after_is_left_to_the_caller() {
    let server = Server::start(|_, _| reply("429 Too Many Requests", &[("Retry-After", "3600")], b"")).await;
    let error = fetch(policy(), &server.url("/")).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert!(error.to_string().contains("3600 s"), "{error}");
    assert_eq!(server.requests().len(), 1, "it was not asked again before its time");
}

#[tokio::test]
async fn no_wait_goes_past_the_whole_fetch_s_time() {
    let server = Server::start(|_, _| reply("503 Service Unavailable", &[("Retry-After", "2")], b"")).await;
    let policy = FetchPolicy {
        total_timeout: Duration::from_secs(1),
        ..policy()
    };
    let start = Instant::now();
    let error = fetch(policy, &server.url("/")).await.unwrap_err();
    assert_eq!(error.code(), "server_error");
    assert!(start.elapsed() < Duration::from_millis(500));
}

#[tokio::test]
async fn connections_that_break_before_the_answer_are_tried_again() {
    for acts in [
        vec![Act::Reset],
        vec![],
        vec![Act::Send(b"HTTP/1.1 200 OK\r\nContent-Le".to_vec())],
        vec![Act::Send(b"\x16\x03\x01 not http\r\n\r\n".to_vec())],
    ] {
        let broken = acts.clone();
        let server = Server::start(move |number, _| match number {
            0 | 1 => broken.clone(),
            _ => reply("200 OK", &[], b"list"),
        })
        .await;
        assert_eq!(fetch(policy(), &server.url("/")).await.unwrap(), b"list", "{acts:?}");

        let server = Server::start(move |_, _| acts.clone()).await;
        let error = fetch(policy(), &server.url("/?t=s3cret")).await.unwrap_err();
        assert_eq!((error.code(), error.is_transient()), ("connection_failed", true));
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
        assert_eq!(server.requests().len(), 3);
    }
}

#[tokio::test]
async fn nobody_listening_is_a_failed_connection() {
    let url = Server::start(|_, _| vec![]).await.url("/");
    let error = fetch(policy(), &url).await.unwrap_err();
    assert_eq!((error.code(), error.is_transient()), ("connection_failed", true));
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn silence_before_the_answer_ends() {
    let server = Server::start(|number, _| match number {
        0 => vec![Act::Pause(Duration::from_secs(60))],
        _ => reply("200 OK", &[], b"list"),
    })
    .await;
    let policy = FetchPolicy {
        connect_timeout: Duration::from_millis(100),
        read_timeout: Duration::from_millis(100),
        ..policy()
    };
    assert_eq!(fetch(policy.clone(), &server.url("/")).await.unwrap(), b"list");

    let server = Server::start(|_, _| vec![Act::Pause(Duration::from_secs(60))]).await;
    let error = fetch(policy, &server.url("/")).await.unwrap_err();
    let head = matches!(
        error,
        FetchError::TimedOut {
            waiting: Waiting::Head,
            ..
        }
    );
    assert!(head && error.is_transient(), "{error:?}");
}
