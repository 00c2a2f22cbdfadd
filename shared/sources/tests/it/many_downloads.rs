//! Three hundred downloads from a server that misbehaves at random, from a seed.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Mutex,
    time::Duration,
};

use sources::{FetchPolicy, Fetched, HttpFetcher};

use crate::{
    policy,
    server::{Act, Request, Server, answer, cut, partial, pattern, reply},
    source,
};

const DOWNLOADS: usize = 300;
const SEED: u64 = 20_260;

/// What a file's server does, whatever is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// Misbehaves on some requests; a whole file can be had.
    Fickle {
        etag: bool,
        chunked: bool,
    },
    /// Fickle, and the file is another one after its first request.
    Changing,
    Gone,
    Private,
    Looping,
    SignIn,
    Liar,
    TooLarge,
    Dead,
}

impl Nature {
    fn of(file: usize) -> Self {
        let mut random = fastrand::Rng::with_seed(SEED ^ (file as u64) << 20);
        match random.u8(0..100) {
            0..70 => Self::Fickle {
                etag: random.bool(),
                chunked: random.bool(),
            },
            70..79 => Self::Changing,
            79..82 => Self::Gone,
            82..85 => Self::Private,
            85..88 => Self::Looping,
            88..91 => Self::SignIn,
            91..94 => Self::Liar,
            94..97 => Self::TooLarge,
            _ => Self::Dead,
        }
    }

    /// The code with which its download has to end, or none if it has to succeed.
    fn fate(self) -> Option<&'static str> {
        match self {
            Self::Fickle { .. } | Self::Changing => None,
            Self::Gone => Some("not_found"),
            Self::Private => Some("address_refused"),
            Self::Looping => Some("too_many_redirects"),
            Self::SignIn => Some("auth_required"),
            Self::Liar => Some("cut_off"),
            Self::TooLarge => Some("too_large"),
            Self::Dead => Some("server_error"),
        }
    }
}

/// The states of a file that the server serves as whole ones.
fn states(file: usize) -> [Vec<u8>; 2] {
    let mut random = fastrand::Rng::with_seed(SEED ^ file as u64);
    [0, 1].map(|state| pattern(random.usize(1..60_000), (file * 2 + state) as u64))
}

/// What the server does with the `number`-th request for `file`: no other file's requests change it.
fn script(file: usize, number: usize, request: &Request) -> Vec<Act> {
    let nature = Nature::of(file);
    match nature {
        Nature::Gone => reply("404 Not Found", &[], b"<html>gone</html>"),
        Nature::Private => reply("302 Found", &[("Location", "http://192.168.0.10/p.csv")], b""),
        Nature::Looping => reply("302 Found", &[("Location", &request.target)], b""),
        Nature::SignIn => reply("302 Found", &[("Location", "https://accounts.google.com/x")], b""),
        Nature::Liar => reply("200 OK", &[("Content-Length", "5000")], &[b'x'; 3000]),
        Nature::TooLarge => reply("200 OK", &[("Content-Length", "99999999")], b"x"),
        Nature::Dead => reply("500 Internal Server Error", &[], b""),
        Nature::Fickle { etag, chunked } => fickle(file, number, request, &states(file)[0], etag, chunked),
        Nature::Changing => {
            let [old, new] = states(file);
            match number {
                0 => cut(&[], &old, old.len() / 2),
                _ => fickle(file, number, request, &new, false, false),
            }
        }
    }
}

/// Three of five requests meet some mischief, nearly all of it fatal to the request.
fn fickle(file: usize, number: usize, request: &Request, body: &[u8], etag: bool, chunked: bool) -> Vec<Act> {
    let mut random = fastrand::Rng::with_seed(SEED ^ (file as u64) << 32 ^ (number as u64) << 16);
    let tag = "\"v1\"";
    let headers: &[(&str, &str)] = if etag { &[("ETag", tag)] } else { &[] };
    let whole = match request.range_start() {
        Some(start) if etag && start < body.len() && random.bool() => partial(tag, body, start),
        _ if chunked => {
            let mut framed = format!("{:x}\r\n", body.len()).into_bytes();
            framed.extend_from_slice(body);
            framed.extend_from_slice(b"\r\n0\r\n\r\n");
            answer(
                "200 OK",
                &[headers, &[("Transfer-Encoding", "chunked")]].concat(),
                &framed,
            )
        }
        _ => answer("200 OK", headers, body),
    };
    match random.u8(0..15) {
        0 => reply("503 Service Unavailable", &[], b""),
        1 => reply("503 Service Unavailable", &[("Retry-After", "0")], b""),
        2 => reply("429 Too Many Requests", &[("Retry-After", "0")], b""),
        3 => reply("500 Internal Server Error", &[], b"oops"),
        4 => vec![Act::Reset],
        5 | 6 => {
            let end = random.usize(0..whole.len());
            vec![Act::Send(whole[..end].to_vec())]
        }
        7 => {
            let end = random.usize(0..whole.len());
            let pause = Act::Pause(Duration::from_millis(5));
            vec![Act::Send(whole[..end].to_vec()), pause, Act::Reset]
        }
        8 => {
            let end = random.usize(0..whole.len());
            vec![Act::Send(whole[..end].to_vec()), Act::Pause(Duration::from_secs(30))]
        }
        9 => {
            let (head, tail) = whole.split_at(random.usize(0..whole.len()));
            let pause = Act::Pause(Duration::from_millis(random.u64(5..40)));
            vec![Act::Send(head.to_vec()), pause, Act::Send(tail.to_vec())]
        }
        _ => vec![Act::Send(whole)],
    }
}

/// As a queue redelivers: the whole fetch again, at most three times, while failures are transient.
async fn download(fetcher: &HttpFetcher, url: &str) -> Result<Vec<u8>, sources::FetchError> {
    let mut fetches = 0;
    loop {
        fetches += 1;
        let failure = match fetcher.open(&source(url)).await {
            Ok(Fetched::Unchanged) => panic!("unchanged"),
            Ok(Fetched::Body(body)) => match crate::read(body).await {
                Ok(bytes) => return Ok(bytes),
                Err(failure) => failure,
            },
            Err(failure) => failure,
        };
        if fetches == 3 || !failure.is_transient() {
            return Err(failure);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nearly_all_that_can_be_had_come_and_every_byte_is_right() {
    let asked = Mutex::new(HashMap::<usize, usize>::new());
    let server = Server::start(move |_, request| {
        let file = request.target[1..].parse().unwrap();
        let number = {
            let mut asked = asked.lock().unwrap();
            let times = asked.entry(file).or_default();
            *times += 1;
            *times - 1
        };
        script(file, number, request)
    })
    .await;
    let fetcher = HttpFetcher::new(FetchPolicy {
        per_host: 24,
        max_bytes: 1 << 20,
        ..policy()
    })
    .unwrap();
    let downloads = (0..DOWNLOADS).map(|file| {
        let (fetcher, url) = (fetcher.clone(), server.url(&format!("/{file}")));
        tokio::spawn(async move { (file, download(&fetcher, &url).await) })
    });
    let (mut possible, mut done) = (0, 0);
    let mut fates = BTreeMap::new();
    for (file, outcome) in futures::future::join_all(downloads)
        .await
        .into_iter()
        .map(Result::unwrap)
    {
        let nature = Nature::of(file);
        match (nature.fate(), outcome) {
            (None, outcome) => {
                possible += 1;
                match outcome {
                    Ok(bytes) => {
                        done += 1;
                        assert!(
                            states(file).contains(&bytes),
                            "{file} {nature:?}: not a state of the file"
                        );
                    }
                    Err(failure) => {
                        assert!(failure.is_transient(), "{file} {nature:?}: {failure}");
                        *fates.entry(failure.code()).or_insert(0) += 1;
                    }
                }
            }
            (Some(fate), Err(failure)) => {
                assert_eq!(failure.code(), fate, "{file} {nature:?}: {failure}");
                assert!(failure.to_string().len() > 40, "a sentence: {failure}");
            }
            (Some(fate), Ok(bytes)) => panic!("{file} {nature:?}: {} bytes instead of {fate}", bytes.len()),
        }
    }
    assert!((200..290).contains(&possible), "{possible}");
    assert!(
        done * 100 >= possible * 95,
        "{done} of {possible}; the others: {fates:?}"
    );
    println!(
        "{done} of {possible} that could be had, in {} requests; {fates:?}",
        server.requests().len()
    );
}
