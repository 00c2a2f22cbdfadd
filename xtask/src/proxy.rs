//! `http://localhost:8080` → the api's function URL. An emulator knows the function by the request's host name, which a
//! browser cannot be told to send; the proxy sends it.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, HOST, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use ureq::Agent;

/// More than Lambda takes (6 MB), so that the api's own answer to a body that is too large is seen.
const MAX_BODY: usize = 8 * 1024 * 1024;

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

/// Serves until the process ends. Each connection has a task of its own, so that those that browsers keep open hold up no other.
pub(crate) fn serve(port: u16, upstream: Upstream) -> Result<()> {
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_secs(60)))
        .build()
        .into();
    let upstream = Arc::new((upstream, agent));
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .with_context(|| format!("port {port}"))?;
        loop {
            let (stream, _) = listener.accept().await?;
            let upstream = Arc::clone(&upstream);
            let service = service_fn(move |request| {
                let upstream = Arc::clone(&upstream);
                async move { Ok::<_, Infallible>(answer(request, &upstream).await) }
            });
            // A client that has gone away needs no answer.
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    })
}

/// Methods of HTTP/1.1 that are passed on (RFC 9110, section 9, and RFC 5789); the client that passes them on knows no others.
const METHODS: [Method; 7] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
];

type Answer = Response<Full<Bytes>>;

async fn answer(request: Request<Incoming>, upstream: &Arc<(Upstream, Agent)>) -> Answer {
    if !METHODS.contains(request.method()) {
        let mut refusal = said(
            StatusCode::METHOD_NOT_ALLOWED,
            "This method is not passed on.\n".to_owned(),
        );
        let allowed = METHODS.map(|method| method.to_string()).join(", ");
        if let Ok(allowed) = HeaderValue::from_str(&allowed) {
            refusal.headers_mut().insert(ALLOW, allowed);
        }
        return refusal;
    }
    forwarded(request, upstream).await.unwrap_or_else(|error| {
        let text = format!("The stack did not answer: {error:#}. See `cargo xtask logs api`.\n");
        said(StatusCode::BAD_GATEWAY, text)
    })
}

fn said(status: StatusCode, text: String) -> Answer {
    let mut answer = Response::new(Full::from(text));
    *answer.status_mut() = status;
    answer
}

async fn forwarded(request: Request<Incoming>, upstream: &Arc<(Upstream, Agent)>) -> Result<Answer> {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Ok(said(
                StatusCode::PAYLOAD_TOO_LARGE,
                "Lambda takes no body that large.\n".to_owned(),
            ));
        }
        Err(error) => return Err(anyhow!("the request broke off: {error}")),
    };
    let upstream = Arc::clone(upstream);
    // The client waits in a thread of its own.
    tokio::task::spawn_blocking(move || forward(&head, &body, &upstream.0, &upstream.1)).await?
}

fn forward(head: &hyper::http::request::Parts, body: &[u8], upstream: &Upstream, agent: &Agent) -> Result<Answer> {
    let mut onward = ureq::http::Request::builder()
        .method(head.method.clone())
        .uri(format!("{}{}", upstream.endpoint, head.uri))
        .header(HOST, &upstream.host)
        .header("x-forwarded-proto", "http");
    for (name, value) in &head.headers {
        if name == HOST {
            onward = onward.header("x-forwarded-host", value);
        } else if !HOP_BY_HOP.contains(&name.as_str()) {
            onward = onward.header(name, value);
        }
    }
    let mut answer = agent.run(onward.body(body)?).context("no answer")?;
    let data = answer.body_mut().with_config().limit(64 * 1024 * 1024).read_to_vec()?;
    let mut passed = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if !HOP_BY_HOP.contains(&name.as_str()) {
            passed = passed.header(name, value);
        }
    }
    Ok(passed.body(Full::from(data))?)
}
