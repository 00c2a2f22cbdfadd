#![doc = include_str!("../README.md")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a server for tests: what goes wrong in it is the test's fault"
)]

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// Path and query.
    pub target: String,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    /// As `Content-Length` says.
    pub body: Vec<u8>,
}

impl Request {
    /// A header's value; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The offset of `Range: bytes=N-`.
    pub fn range_start(&self) -> Option<usize> {
        self.header("range")?
            .strip_prefix("bytes=")?
            .strip_suffix('-')?
            .parse()
            .ok()
    }
}

/// One thing that the server does with a connection after it read the request; then it closes.
#[derive(Debug, Clone)]
pub enum Act {
    /// Sends bytes.
    Send(Vec<u8>),
    /// Waits.
    Pause(Duration),
    /// Closes with RST instead of FIN.
    Reset,
}

/// `HTTP/1.1` head and body, with `Content-Length` unless `headers` has its own framing.
pub fn answer(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n");
    let framed = headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-length") || name.eq_ignore_ascii_case("transfer-encoding"));
    if !framed {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let mut bytes = (head + "\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// The same, as everything that the server does.
pub fn reply(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<Act> {
    vec![Act::Send(answer(status, headers, body))]
}

/// `body` cut off after `sent` bytes, although its whole length was announced.
pub fn cut(headers: &[(&str, &str)], body: &[u8], sent: usize) -> Vec<Act> {
    let mut bytes = answer("200 OK", headers, body);
    bytes.truncate(bytes.len() - body.len() + sent);
    vec![Act::Send(bytes)]
}

/// `206` with the rest of `body` from `start`.
pub fn partial(etag: &str, body: &[u8], start: usize) -> Vec<u8> {
    let range = format!("bytes {start}-{}/{}", body.len() - 1, body.len());
    answer(
        "206 Partial Content",
        &[("ETag", etag), ("Content-Range", &range)],
        &body[start..],
    )
}

/// Bytes that repeat at no short distance, so that misplaced pieces are noticed.
pub fn pattern(length: usize, seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..length).map(|_| random.u8(..)).collect()
}

type Script = dyn Fn(usize, &Request) -> Vec<Act> + Send + Sync;

/// Listens on a loopback address until it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    requests: Arc<Mutex<Vec<Request>>>,
    connections: Arc<Mutex<usize>>,
    listening: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Answers the n-th request, counted from 0, as `script` says.
    pub async fn start(script: impl Fn(usize, &Request) -> Vec<Act> + Send + Sync + 'static) -> Self {
        Self::listen("127.0.0.1:0", None, Arc::new(script)).await
    }

    /// The same over TLS.
    pub async fn start_tls(
        tls: ServerConfig,
        script: impl Fn(usize, &Request) -> Vec<Act> + Send + Sync + 'static,
    ) -> Self {
        let tls = TlsAcceptor::from(Arc::new(tls));
        Self::listen("127.0.0.1:0", Some(tls), Arc::new(script)).await
    }

    /// The same on another of the machine's addresses.
    pub async fn start_at(address: &str, script: impl Fn(usize, &Request) -> Vec<Act> + Send + Sync + 'static) -> Self {
        Self::listen(address, None, Arc::new(script)).await
    }

    async fn listen(address: &str, tls: Option<TlsAcceptor>, script: Arc<Script>) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(Mutex::new(0));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (log, count) = (Arc::clone(&requests), Arc::clone(&connections));
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *count.lock().unwrap() += 1;
                tokio::spawn(serve(stream, tls.clone(), Arc::clone(&script), Arc::clone(&log)));
            }
        });
        Self {
            address,
            scheme,
            requests,
            connections,
            listening,
        }
    }

    /// The address of `target`, which begins with a slash.
    pub fn url(&self, target: &str) -> String {
        format!("{}://{}{target}", self.scheme, self.address)
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What it was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// How many connections it took.
    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn serve(stream: TcpStream, tls: Option<TlsAcceptor>, script: Arc<Script>, log: Arc<Mutex<Vec<Request>>>) {
    match tls {
        None => {
            let mut stream = stream;
            if let Some(true) = converse(&mut stream, script, log).await {
                let _ = stream.set_zero_linger();
            }
        }
        Some(acceptor) => {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                converse(&mut stream, script, log).await;
                let _ = stream.shutdown().await;
            }
        }
    }
}

/// Reads a request and does as the script says; tells whether the connection is to be reset.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    script: Arc<Script>,
    log: Arc<Mutex<Vec<Request>>>,
) -> Option<bool> {
    let request = read_request(stream).await?;
    let number = {
        let mut log = log.lock().unwrap();
        log.push(request.clone());
        log.len() - 1
    };
    for act in script(number, &request) {
        match act {
            Act::Send(bytes) => stream.write_all(&bytes).await.ok()?,
            Act::Pause(wait) => tokio::time::sleep(wait).await,
            Act::Reset => return Some(true),
        }
        stream.flush().await.ok()?;
    }
    Some(false)
}

async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> Option<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.lines();
    let target = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.get("content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request { target, headers, body })
}
