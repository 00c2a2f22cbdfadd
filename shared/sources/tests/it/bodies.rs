//! Bodies that break off, stall, lie, grow or change.

use std::time::Duration;

use sources::{FetchError, FetchPolicy, Waiting};
use tokio::time::Instant;

use crate::{
    fetch, open, policy, read,
    server::{Act, Server, answer, cut, partial, pattern, reply},
};

const SIZE: usize = 200_000;

#[tokio::test]
async fn a_cut_body_goes_on_by_range() {
    let body = pattern(SIZE, 3);
    let served = body.clone();
    let server = Server::start(move |number, request| match (number, request.range_start()) {
        (0, None) => cut(&[("ETag", "\"v1\"")], &served, 70_000),
        (1, Some(start)) => {
            let mut part = partial("\"v1\"", &served, start);
            part.truncate(part.len() - 1000);
            vec![Act::Send(part)]
        }
        (_, Some(start)) => vec![Act::Send(partial("\"v1\"", &served, start))],
        other => panic!("{other:?}"),
    })
    .await;
    assert_eq!(fetch(policy(), &server.url("/")).await.unwrap(), body);
    let requests = server.requests();
    assert_eq!(requests[1].header("range"), Some("bytes=70000-"));
    assert_eq!(requests[1].header("if-range"), Some("\"v1\""));
    assert_eq!(requests[2].range_start(), Some(SIZE - 1000));
    assert_eq!(requests.len(), 3);
}

#[tokio::test]
async fn every_cut_is_mended_as_long_as_bytes_come() {
    let body = pattern(SIZE, 4);
    let served = body.clone();
    let server = Server::start(move |_, request| match request.range_start() {
        None => cut(&[("ETag", "\"v1\"")], &served, 1),
        Some(start) => {
            let mut part = partial("\"v1\"", &served, start);
            let missing = served.len() - start;
            part.truncate(part.len() - missing + (missing / 2).max(20_000).min(missing));
            vec![Act::Send(part)]
        }
    })
    .await;
    assert_eq!(fetch(policy(), &server.url("/")).await.unwrap(), body);
    assert!(server.requests().len() > 4, "more breaks than tries without progress");
}

#[tokio::test]
async fn without_a_strong_tag_the_beginning_is_compared() {
    for headers in [vec![], vec![("ETag", "W/\"v1\"")], vec![("Accept-Ranges", "none")]] {
        let body = pattern(SIZE, 5);
        let served = body.clone();
        let server = Server::start(move |number, request| {
            assert_eq!(request.range_start(), None);
            match number {
                0 => cut(&headers, &served, 123_456),
                1 => cut(&headers, &served, 999),
                _ => reply("200 OK", &headers, &served),
            }
        })
        .await;
        assert_eq!(fetch(policy(), &server.url("/")).await.unwrap(), body);
        assert_eq!(server.requests().len(), 3);
    }
}

#[tokio::test]
async fn a_server_that_sends_everything_again_is_followed() {
    let body = pattern(SIZE, 6);
    let served = body.clone();
    let server = Server::start(move |number, _| match number {
        0 => cut(&[("ETag", "\"v1\"")], &served, 150_000),
        _ => reply("200 OK", &[("ETag", "\"v1\"")], &served),
    })
    .await;
    assert_eq!(fetch(policy(), &server.url("/")).await.unwrap(), body);
    assert_eq!(server.requests()[1].range_start(), Some(150_000));
}

#[tokio::test]
async fn ranges_that_do_not_fit_are_not_used() {
    type Wrong = fn(&[u8], usize) -> Vec<u8>;
    let wrong: [(&str, Wrong); 6] = [
        ("another start", |body, start| partial("\"v1\"", body, start - 1)),
        ("another file", |body, start| partial("\"v2\"", body, start)),
        ("no range", |body, start| {
            answer("206 Partial Content", &[("ETag", "\"v1\"")], &body[start..])
        }),
        ("nonsense", |body, start| {
            answer(
                "206 Partial Content",
                &[("Content-Range", "bytes x-y/z")],
                &body[start..],
            )
        }),
        ("beyond its own total", |body, start| {
            let range = format!("bytes {start}-{}/{}", body.len(), body.len());
            answer("206 Partial Content", &[("Content-Range", &range)], &body[start..])
        }),
        ("none satisfiable", |_, _| {
            answer("416 Range Not Satisfiable", &[("Content-Range", "bytes */5")], b"")
        }),
    ];
    for (name, wrong) in wrong {
        let body = pattern(SIZE, 7);
        let served = body.clone();
        let server = Server::start(move |number, request| match (number, request.range_start()) {
            (0, _) => cut(&[("ETag", "\"v1\"")], &served, 100_000),
            (_, Some(start)) => vec![Act::Send(wrong(&served, start))],
            _ => reply("200 OK", &[("ETag", "\"v1\"")], &served),
        })
        .await;
        assert_eq!(fetch(policy(), &server.url("/")).await.unwrap(), body, "{name}");
        assert_eq!(server.requests().len(), 3, "{name}");
    }
}

#[tokio::test]
async fn a_range_whose_end_nobody_knows_is_not_the_rest() {
    let body = pattern(SIZE, 19);
    let served = body.clone();
    let headers = [("ETag", "\"v1\""), ("Transfer-Encoding", "chunked")];
    let server = Server::start(move |number, request| match (number, request.range_start()) {
        (0, _) => {
            let mut chunk = format!("{:x}\r\n", served.len()).into_bytes();
            chunk.extend(&served[..1000]);
            reply("200 OK", &headers, &chunk)
        }
        (_, Some(1000)) => {
            let range = [("ETag", "\"v1\""), ("Content-Range", "bytes 1000-1999/*")];
            reply("206 Partial Content", &range, &served[1000..2000])
        }
        _ => reply("200 OK", &[("ETag", "\"v1\"")], &served),
    })
    .await;
    assert_eq!(fetch(policy(), &server.url("/")).await.unwrap(), body);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn two_states_of_a_file_are_never_mixed() {
    let (first, second) = (pattern(SIZE, 8), pattern(SIZE, 9));
    let mut longer = first.clone();
    longer.push(1);
    type Later = Box<dyn Fn(Option<usize>) -> Vec<Act> + Send + Sync>;
    let shorter = first[..50_000].to_vec();
    let unmarked = first[..50_000].to_vec();
    let changes: Vec<(&str, Later)> = vec![
        (
            "other bytes",
            Box::new(move |_| reply("200 OK", &[("ETag", "\"v2\"")], &second)),
        ),
        ("shorter", Box::new(move |_| reply("200 OK", &[], &shorter))),
        (
            "another total under the same tag",
            Box::new(move |start| vec![Act::Send(partial("\"v1\"", &longer, start.unwrap()))]),
        ),
        (
            "shorter, in chunks",
            Box::new(move |_| {
                let mut chunk = format!("{:x}\r\n", unmarked.len()).into_bytes();
                chunk.extend(&unmarked);
                chunk.extend(b"\r\n0\r\n\r\n");
                reply("200 OK", &[("Transfer-Encoding", "chunked")], &chunk)
            }),
        ),
    ];
    for (name, later) in changes {
        let served = first.clone();
        let server = Server::start(move |number, request| match number {
            0 => cut(&[("ETag", "\"v1\"")], &served, 100_000),
            _ => later(request.range_start()),
        })
        .await;
        let error = fetch(policy(), &server.url("/")).await.unwrap_err();
        assert!(
            matches!(error, FetchError::Changed { received: 100_000, .. }),
            "{name}: {error}"
        );
        assert!(error.is_transient(), "a new fetch may bring one state whole");
        assert_eq!(server.requests().len(), 2, "{name}");
    }
}

#[tokio::test]
async fn a_longer_file_with_the_same_beginning_is_another_whole_file() {
    let body = pattern(SIZE, 10);
    let (old, new) = (body[..150_000].to_vec(), body.clone());
    let server = Server::start(move |number, _| match number {
        0 => cut(&[], &old, 100_000),
        _ => reply("200 OK", &[], &new),
    })
    .await;
    assert_eq!(fetch(policy(), &server.url("/")).await.unwrap(), body);
}

#[tokio::test]
async fn a_length_that_is_never_reached_is_a_cut() {
    let body = pattern(1000, 11);
    for headers in [
        vec![("Content-Length", "1500")],
        vec![("Content-Length", "1500"), ("ETag", "\"v1\"")],
    ] {
        let served = body.clone();
        let server = Server::start(move |_, request| match request.range_start() {
            Some(1000) => reply("416 Range Not Satisfiable", &[], b""),
            _ => reply("200 OK", &headers, &served),
        })
        .await;
        let error = fetch(policy(), &server.url("/")).await.unwrap_err();
        let cut = matches!(
            error,
            FetchError::CutOff {
                received: 1000,
                expected: Some(1500),
                ..
            }
        );
        assert!(cut && error.is_transient(), "{error:?}");
        assert!(error.to_string().contains("1000 bytes of 1500"), "{error}");
    }
}

#[tokio::test]
async fn chunks_without_the_last_are_a_cut() {
    let server = Server::start(|number, _| match number {
        0 => reply("200 OK", &[("Transfer-Encoding", "chunked")], b"4\r\nwiki\r\n5\r\nped"),
        1 => reply("200 OK", &[("Transfer-Encoding", "chunked")], b"4\r\nwiki\r\nzz\r\n"),
        _ => reply("200 OK", &[], b"wikipedia"),
    })
    .await;
    assert_eq!(fetch(policy(), &server.url("/")).await.unwrap(), b"wikipedia");
}

#[tokio::test]
async fn more_than_was_announced_is_not_the_file() {
    let server = Server::start(|_, _| reply("200 OK", &[("Content-Length", "4")], b"listANDMORE")).await;
    assert_eq!(fetch(policy(), &server.url("/")).await.unwrap(), b"list");
}

#[tokio::test]
async fn contradictory_lengths_are_no_answer() {
    let headers = [("Content-Length", "4"), ("Content-Length", "5")];
    let server = Server::start(move |_, _| reply("200 OK", &headers, b"lists")).await;
    let error = fetch(policy(), &server.url("/")).await.unwrap_err();
    assert_eq!(error.code(), "connection_failed");
}

#[tokio::test]
async fn a_reset_in_the_body_is_mended() {
    let body = pattern(SIZE, 12);
    let served = body.clone();
    let server = Server::start(move |number, _| match number {
        0 => {
            let mut acts = cut(&[], &served, 60_000);
            acts.extend([Act::Pause(Duration::from_millis(20)), Act::Reset]);
            acts
        }
        _ => reply("200 OK", &[], &served),
    })
    .await;
    assert_eq!(fetch(policy(), &server.url("/")).await.unwrap(), body);
}

#[tokio::test]
async fn silence_in_the_body_ends_and_is_mended() {
    let body = pattern(SIZE, 13);
    let served = body.clone();
    let server = Server::start(move |number, request| match (number, request.range_start()) {
        (0, _) => {
            let mut acts = cut(&[("ETag", "\"v1\"")], &served, 60_000);
            acts.push(Act::Pause(Duration::from_secs(60)));
            acts
        }
        (_, Some(start)) => vec![Act::Send(partial("\"v1\"", &served, start))],
        other => panic!("{other:?}"),
    })
    .await;
    assert_eq!(fetch(policy(), &server.url("/")).await.unwrap(), body);
}

#[tokio::test]
async fn a_slow_drip_ends_with_the_whole_fetch_s_time() {
    let server = Server::start(|_, _| {
        let mut acts = cut(&[], &[b'x'; 1000], 0);
        for _ in 0..1000 {
            acts.extend([Act::Pause(Duration::from_millis(20)), Act::Send(b"x".to_vec())]);
        }
        acts
    })
    .await;
    let policy = FetchPolicy {
        total_timeout: Duration::from_millis(400),
        ..policy()
    };
    let start = Instant::now();
    let error = fetch(policy, &server.url("/")).await.unwrap_err();
    let whole = matches!(
        error,
        FetchError::TimedOut {
            waiting: Waiting::Whole,
            ..
        }
    );
    assert!(whole && error.is_transient(), "{error:?}");
    assert!(start.elapsed() < Duration::from_millis(900), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_file_over_the_limit_is_refused_announced_or_not() {
    let limited = || FetchPolicy {
        max_bytes: 10_000,
        ..policy()
    };
    let server = Server::start(|_, request| match request.target.as_str() {
        "/announced" => reply("200 OK", &[], &[b'x'; 10_001]),
        "/huge" => reply("200 OK", &[("Content-Length", "9223372036854775807")], b"x"),
        "/exact" => reply("200 OK", &[], &[b'x'; 10_000]),
        _ => {
            let mut acts = vec![Act::Send(b"HTTP/1.0 200 OK\r\n\r\n".to_vec())];
            acts.extend(vec![Act::Send(vec![b'x'; 4096]); 1000]);
            acts
        }
    })
    .await;
    for (path, declared) in [("/announced", Some(10_001)), ("/huge", Some(i64::MAX as u64))] {
        let error = open(limited(), &server.url(path)).await.unwrap_err();
        let FetchError::TooLarge {
            limit, declared: said, ..
        } = error
        else {
            panic!("{error}");
        };
        assert_eq!((limit, said), (10_000, declared));
    }
    assert_eq!(fetch(limited(), &server.url("/exact")).await.unwrap().len(), 10_000);

    let mut body = open(limited(), &server.url("/unannounced")).await.unwrap();
    let mut delivered = 0;
    let error = loop {
        match body.next_chunk().await {
            Ok(chunk) => delivered += chunk.expect("over the limit").len(),
            Err(error) => break error,
        }
    };
    assert!(delivered <= 10_000, "{delivered}");
    assert_eq!((error.code(), error.is_transient()), ("too_large", false));
    assert_eq!(server.requests().len(), 4, "none of them was tried again");
}

#[tokio::test]
async fn a_read_that_is_dropped_loses_nothing() {
    let body = pattern(30_000, 14);
    let served = body.clone();
    let server = Server::start(move |number, request| match (number, request.range_start()) {
        (0, _) => {
            let mut acts = cut(&[("ETag", "\"v1\"")], &served, 0);
            for piece in served[..20_000].chunks(2000) {
                acts.extend([Act::Send(piece.to_vec()), Act::Pause(Duration::from_millis(15))]);
            }
            acts
        }
        (_, Some(start)) => vec![
            Act::Pause(Duration::from_millis(30)),
            Act::Send(partial("\"v1\"", &served, start)),
        ],
        other => panic!("{other:?}"),
    })
    .await;
    let mut fetched = open(policy(), &server.url("/")).await.unwrap();
    let mut bytes = Vec::new();
    let mut dropped = 0;
    loop {
        match tokio::time::timeout(Duration::from_millis(10), fetched.next_chunk()).await {
            Err(_) => dropped += 1,
            Ok(Ok(Some(chunk))) => bytes.extend_from_slice(&chunk),
            Ok(Ok(None)) => break,
            Ok(Err(error)) => panic!("{error}"),
        }
        if dropped > 30 {
            // From here on nothing is dropped, or the answer that takes 30 ms never came.
            bytes.extend(read_rest(&mut fetched).await);
            break;
        }
    }
    assert!(dropped > 3, "{dropped}");
    assert_eq!(bytes, body);
    assert_eq!(fetched.checksum().size(), 30_000);
}

async fn read_rest(fetched: &mut sources::FetchedBody) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(chunk) = fetched.next_chunk().await.unwrap() {
        bytes.extend_from_slice(&chunk);
    }
    bytes
}

#[tokio::test]
async fn a_failed_body_never_reads_as_a_whole_one() {
    let server = Server::start(|number, _| match number {
        0 => cut(&[], &[b'x'; 1000], 500),
        _ => reply("404 Not Found", &[], b""),
    })
    .await;
    let mut body = open(policy(), &server.url("/")).await.unwrap();
    assert_eq!(read_to_error(&mut body).await.code(), "not_found");
    for _ in 0..3 {
        assert_eq!(body.next_chunk().await.unwrap_err().code(), "not_found");
    }
    assert_eq!(body.checksum().size(), 500);
    drop(body);
    let whole = Server::start(|_, _| reply("200 OK", &[], b"x")).await;
    assert_eq!(
        read(open(policy(), &whole.url("/")).await.unwrap()).await.unwrap(),
        b"x"
    );
}

async fn read_to_error(body: &mut sources::FetchedBody) -> FetchError {
    loop {
        match body.next_chunk().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("ended as if whole"),
            Err(error) => return error,
        }
    }
}
