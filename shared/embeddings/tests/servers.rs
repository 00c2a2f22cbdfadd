//! The embedder against servers that are well, down, slow, wrong, or broken. The stand-in speaks the protocols over
//! loopback.
#![allow(clippy::unwrap_used, reason = "a test may")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use embeddings::{EmbedError, Embedder, Endpoint, Limits, Protocol, VectorCache};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// What the stand-in saw of a request.
#[derive(Debug, Clone)]
struct Asked {
    path: String,
    authorization: Option<String>,
    body: Value,
}

impl Asked {
    fn texts(&self) -> Vec<String> {
        serde_json::from_value(self.body["input"].clone()).unwrap()
    }
}

/// Answers the `n`-th request, counted from 0, with a status and a body; `None` never answers.
type Answer = fn(usize, &Asked) -> Option<(u16, String)>;

/// Whether a failure is the expected one.
type Expected = fn(&EmbedError) -> bool;

struct StandIn {
    url: String,
    requests: Arc<AtomicUsize>,
}

impl StandIn {
    async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answer, Arc::clone(&counter)));
            }
        });
        Self { url, requests }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

async fn serve(stream: TcpStream, answer: Answer, requests: Arc<AtomicUsize>) {
    let mut stream = BufReader::new(stream);
    while let Some(asked) = read_request(&mut stream).await {
        let number = requests.fetch_add(1, Ordering::SeqCst);
        let Some((status, body)) = answer(number, &asked) else {
            tokio::time::sleep(Duration::from_secs(60)).await;
            return;
        };
        let head = format!("HTTP/1.1 {status} Said\r\ncontent-length: {}\r\n\r\n", body.len());
        if stream.write_all((head + &body).as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read_request(stream: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let header = |name: &str| {
        lines
            .iter()
            .filter_map(|line| line.split_once(": "))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
    };
    let mut body = vec![0; header("content-length")?.parse().ok()?];
    stream.read_exact(&mut body).await.ok()?;
    Some(Asked {
        path: lines.first()?.split(' ').nth(1)?.to_owned(),
        authorization: header("authorization"),
        body: serde_json::from_slice(&body).ok()?,
    })
}

/// A vector that follows from the text.
fn vector(text: &str) -> Vec<f32> {
    vec![text.len() as f32, 1.0, -0.5]
}

fn vectors(asked: &Asked) -> Vec<Vec<f32>> {
    asked.texts().iter().map(|text| vector(text)).collect()
}

fn ollama(_: usize, asked: &Asked) -> Option<(u16, String)> {
    Some((200, json!({"model": "m", "embeddings": vectors(asked)}).to_string()))
}

fn limits() -> Limits {
    Limits {
        batch: 2,
        timeout: Duration::from_millis(300),
        first_wait: Duration::from_millis(5),
        ..Limits::default()
    }
}

fn embedder(url: &str, protocol: Protocol) -> Embedder {
    let endpoint = Endpoint {
        url: url.parse().unwrap(),
        protocol,
        model: "m".to_owned(),
        key: (protocol == Protocol::OpenAi).then(|| "not-a-real-key".to_owned().into()),
    };
    Embedder::new(endpoint, limits()).unwrap()
}

async fn filled(url: &str, protocol: Protocol, texts: &[&str]) -> (VectorCache, Result<(), EmbedError>) {
    let embedder = embedder(url, protocol);
    let mut cache = embedder.new_cache();
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    let ended = embedder.fill(&mut cache, &texts).await;
    (cache, ended)
}

fn assert_has(cache: &VectorCache, text: &str) {
    let (kept, sent) = (cache.vector(text).unwrap(), vector(text));
    let length = sent.iter().map(|c| c * c).sum::<f32>().sqrt();
    assert!(
        kept.iter()
            .zip(&sent)
            .all(|(kept, sent)| (kept - sent / length).abs() < 0.01)
    );
}

#[tokio::test]
async fn a_healthy_ollama_gives_every_text_its_vector_in_batches() {
    let server = StandIn::start(ollama).await;
    let texts = ["drill", "ink", "drill", "", "  ", "garden hose"];
    let (cache, ended) = filled(&server.url, Protocol::Ollama, &texts).await;
    ended.unwrap();
    assert_eq!((cache.len(), cache.dimension(), server.requests()), (3, 3, 2));
    for text in ["drill", "ink", "garden hose"] {
        assert_has(&cache, text);
    }
}

#[tokio::test]
async fn what_is_in_the_cache_is_not_asked_again() {
    let server = StandIn::start(ollama).await;
    let embedder = embedder(&server.url, Protocol::Ollama);
    let mut cache = embedder.new_cache();
    embedder.fill(&mut cache, &["a".to_owned()]).await.unwrap();
    let mut stored = VectorCache::from_bytes(&cache.to_bytes()).unwrap();
    embedder
        .fill(&mut stored, &["a".to_owned(), "bb".to_owned()])
        .await
        .unwrap();
    embedder.fill(&mut stored, &["bb".to_owned()]).await.unwrap();
    assert_eq!((stored.len(), server.requests()), (2, 2));
}

#[tokio::test]
async fn openai_is_asked_with_its_key_and_may_answer_in_any_order() {
    let server = StandIn::start(|_, asked| {
        if asked.path != "/v1/embeddings" || asked.authorization.as_deref() != Some("Bearer not-a-real-key") {
            return Some((401, "who are you?".to_owned()));
        }
        let mut data: Vec<Value> = vectors(asked)
            .into_iter()
            .enumerate()
            .map(|(index, vector)| json!({"object": "embedding", "index": index, "embedding": vector}))
            .collect();
        data.reverse();
        Some((200, json!({"object": "list", "data": data}).to_string()))
    })
    .await;
    let (cache, ended) = filled(&server.url, Protocol::OpenAi, &["drill", "ink"]).await;
    ended.unwrap();
    assert_has(&cache, "drill");
    assert_has(&cache, "ink");
}

#[tokio::test]
async fn a_server_that_recovers_is_tried_again() {
    let server = StandIn::start(|number, asked| match number {
        0 => Some((500, "loading the model".to_owned())),
        1 => Some((503, String::new())),
        _ => ollama(number, asked),
    })
    .await;
    let (cache, ended) = filled(&server.url, Protocol::Ollama, &["drill"]).await;
    ended.unwrap();
    assert_eq!((cache.len(), server.requests()), (1, 3));
}

#[tokio::test]
async fn a_broken_server_is_given_up_after_three_tries() {
    let server = StandIn::start(|_, _| Some((500, "out of\nmemory".to_owned()))).await;
    let error = filled(&server.url, Protocol::Ollama, &["drill"]).await.1.unwrap_err();
    assert!(error.is_transient());
    assert_eq!(error.to_string(), "the embedding server answered 500: out of memory");
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn a_server_that_is_down_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = filled(&url, Protocol::Ollama, &["drill"]).await.1.unwrap_err();
    assert!(
        matches!(error, EmbedError::Unreachable(_)) && error.is_transient(),
        "{error}"
    );
}

#[tokio::test]
async fn a_slow_server_is_not_waited_for() {
    let server = StandIn::start(|_, _| None).await;
    let error = filled(&server.url, Protocol::Ollama, &["drill"]).await.1.unwrap_err();
    assert!(
        matches!(error, EmbedError::TimedOut(_)) && error.is_transient(),
        "{error}"
    );
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn vectors_of_another_size_are_refused_and_what_came_before_is_kept() {
    let server = StandIn::start(|number, asked| match number {
        0 => ollama(number, asked),
        _ => Some((
            200,
            json!({"embeddings": vec![[1.0, 2.0]; asked.texts().len()]}).to_string(),
        )),
    })
    .await;
    let (cache, ended) = filled(&server.url, Protocol::Ollama, &["a", "b", "c"]).await;
    let error = ended.unwrap_err();
    assert!(
        matches!(error, EmbedError::WrongSize { expected: 3, found: 2 }) && !error.is_transient(),
        "{error}"
    );
    assert_eq!((cache.len(), server.requests()), (2, 2));
}

#[tokio::test]
async fn answers_that_are_no_vectors_are_refused_at_once() {
    let answers: [(Answer, Expected); 5] = [
        (
            |_, _| Some((200, "<html>sign in</html>".to_owned())),
            |error| matches!(error, EmbedError::Unreadable(_)),
        ),
        (
            |_, _| Some((200, r#"{"embeddings":[[1,"#.to_owned())),
            |error| matches!(error, EmbedError::Unreadable(_)),
        ),
        (
            |_, _| Some((200, r#"{"embeddings":[]}"#.to_owned())),
            |error| matches!(error, EmbedError::WrongCount { expected: 1, found: 0 }),
        ),
        (
            |_, _| Some((200, r#"{"embeddings":[[0,0,0]]}"#.to_owned())),
            |error| matches!(error, EmbedError::NoDirection),
        ),
        (
            |_, _| Some((404, r#"{"error":"model \"m\" not found"}"#.to_owned())),
            |error| matches!(error, EmbedError::Status { status: 404, .. }),
        ),
    ];
    for (answer, expected) in answers {
        let server = StandIn::start(answer).await;
        let error = filled(&server.url, Protocol::Ollama, &["drill"]).await.1.unwrap_err();
        assert!(expected(&error) && !error.is_transient(), "{error}");
        assert_eq!(server.requests(), 1);
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let server = StandIn::start(|_, _| Some((200, " ".repeat(1 << 20)))).await;
    let endpoint = Endpoint {
        url: server.url.parse().unwrap(),
        protocol: Protocol::Ollama,
        model: "m".to_owned(),
        key: None,
    };
    let limits = Limits {
        max_answer: 1_000,
        ..limits()
    };
    let embedder = Embedder::new(endpoint, limits).unwrap();
    let ended = embedder.fill(&mut embedder.new_cache(), &["drill".to_owned()]).await;
    assert!(matches!(ended, Err(EmbedError::TooLarge(1_000))));
}
