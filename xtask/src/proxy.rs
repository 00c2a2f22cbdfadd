//! `http://localhost:8080` → the api's function URL. An emulator knows the function by the request's host name, which a
//! browser cannot be told to send; the proxy sends it.

use std::io::Read;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use tiny_http::{Header, Request, Response, Server, StatusCode};
use ureq::Agent;

/// More than Lambda takes (6 MB), so that the api's own answer to a body that is too large is seen.
const MAX_BODY: u64 = 8 * 1024 * 1024;

const WORKERS: usize = 8;

/// Headers that belong to one connection and are not passed on.
const HOP_BY_HOP: [&str; 8] = [
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Where requests go.
#[derive(Debug)]
pub(crate) struct Upstream {
    /// The emulator.
    pub(crate) endpoint: String,
    /// The host name that means the function.
    pub(crate) host: String,
}

/// Serves until the process ends.
pub(crate) fn serve(port: u16, upstream: Upstream) -> Result<()> {
    let server = Server::http((Ipv4Addr::LOCALHOST, port)).map_err(|error| anyhow!("port {port}: {error}"))?;
    let server = Arc::new(server);
    let upstream = Arc::new(upstream);
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_secs(60)))
        .build()
        .into();
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| {
            let (server, upstream, agent) = (Arc::clone(&server), Arc::clone(&upstream), agent.clone());
            std::thread::spawn(move || {
                while let Ok(request) = server.recv() {
                    answer(request, &upstream, &agent);
                }
            })
        })
        .collect();
    for worker in workers {
        worker.join().map_err(|_| anyhow!("a worker of the proxy panicked"))?;
    }
    Ok(())
}

/// Methods of HTTP/1.1 that are passed on (RFC 9110, section 9, and RFC 5789); the client that passes them on knows no others.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

fn answer(mut request: Request, upstream: &Upstream, agent: &Agent) {
    if !METHODS.contains(&request.method().as_str()) {
        let refusal = Response::from_string("This method is not passed on.\n").with_status_code(StatusCode(405));
        let allow = Header::from_bytes("allow", METHODS.join(", "));
        // A client that has gone away needs no answer.
        let _ = request.respond(allow.into_iter().fold(refusal, Response::with_header));
        return;
    }
    let response = forward(&mut request, upstream, agent).unwrap_or_else(|error| {
        let text = format!("The stack did not answer: {error:#}. See `cargo xtask logs api`.\n");
        Response::from_data(text).with_status_code(StatusCode(502))
    });
    // A client that has gone away needs no answer.
    let _ = request.respond(response);
}

fn forward(request: &mut Request, upstream: &Upstream, agent: &Agent) -> Result<Response<std::io::Cursor<Vec<u8>>>> {
    let mut body = Vec::new();
    request.as_reader().take(MAX_BODY).read_to_end(&mut body)?;
    let mut onward = ureq::http::Request::builder()
        .method(request.method().as_str())
        .uri(format!("{}{}", upstream.endpoint, request.url()))
        .header("host", &upstream.host)
        .header("x-forwarded-proto", "http");
    for header in request.headers() {
        let name = header.field.as_str().as_str().to_ascii_lowercase();
        if name == "host" {
            onward = onward.header("x-forwarded-host", header.value.as_str());
        } else if !HOP_BY_HOP.contains(&name.as_str()) {
            onward = onward.header(name, header.value.as_str());
        }
    }
    let mut answer = agent.run(onward.body(body)?).context("no answer")?;
    let status = answer.status().as_u16();
    let headers: Vec<Header> = answer
        .headers()
        .iter()
        .filter(|(name, _)| !HOP_BY_HOP.contains(&name.as_str()))
        .filter_map(|(name, value)| Header::from_bytes(name.as_str(), value.as_bytes()).ok())
        .collect();
    let data = answer.body_mut().with_config().limit(64 * 1024 * 1024).read_to_vec()?;
    let length = data.len();
    Ok(Response::new(
        StatusCode(status),
        headers,
        std::io::Cursor::new(data),
        Some(length),
        None,
    ))
}
