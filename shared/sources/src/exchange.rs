//! One try: a request, the redirects that it meets, and what its answer's status means.

use domain::FileState;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use reqwest::{Client, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    auth::Auth,
    cookies::Jar,
    deadline::Deadline,
    error::{FetchError, Waiting, find_cause},
    fetcher::HttpSource,
    google::Refused,
    policy::FetchPolicy,
    resolver::ResolveError,
    retry_after::retry_after,
    sign_in::sign_in_host,
    source_url::SourceUrl,
    validators::{ask_for_other_state, has_validators},
};

/// What is asked of the source.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ask<'a> {
    /// The file, if it is in another state than this one.
    Changed(&'a FileState),
    /// The whole file.
    Whole,
    /// The bytes from `offset` on, if the file is still the one with this strong entity tag; else the whole file.
    Rest { offset: u64, etag: &'a str },
}

impl Ask<'_> {
    fn apply(self, headers: &mut HeaderMap) {
        match self {
            Self::Changed(state) => ask_for_other_state(state, headers),
            Self::Whole => {}
            Self::Rest { offset, etag } => {
                let range = HeaderValue::from_str(&format!("bytes={offset}-"));
                if let (Ok(range), Ok(etag)) = (range, HeaderValue::from_str(etag)) {
                    headers.insert(header::RANGE, range);
                    headers.insert(header::IF_RANGE, etag);
                }
            }
        }
    }

    fn expects(self, status: StatusCode) -> bool {
        match status {
            // 203: an intermediary's copy; RFC 9110 lets it be used as 200.
            StatusCode::OK | StatusCode::NON_AUTHORITATIVE_INFORMATION => true,
            StatusCode::NOT_MODIFIED => matches!(self, Self::Changed(state) if has_validators(state)),
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => matches!(self, Self::Rest { .. }),
            _ => false,
        }
    }
}

/// An answer that is one of those asked for: 200 or 203; 304 to [`Ask::Changed`]; 206 or 416 to [`Ask::Rest`].
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) response: Response,
    pub(crate) url: SourceUrl,
}

/// Asks once, following redirects hop by hop: each target is checked like the source's own address, and credentials are
/// sent to the source's own origin only.
pub(crate) async fn exchange(
    client: &Client,
    policy: &FetchPolicy,
    source: &HttpSource,
    ask: Ask<'_>,
    deadline: &Deadline,
) -> Result<Answer, FetchError> {
    let mut url = source.url.clone();
    let mut auth = source.auth.as_ref();
    let mut cookies = Jar::default();
    for _ in 0..=policy.max_redirects {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        cookies.apply(&mut headers, &url);
        ask.apply(&mut headers);
        if let Some(auth) = auth {
            auth.apply(&mut headers)?;
        }
        let request = client.get(url.as_url().clone()).headers(headers);
        let response = send(request, policy, &url, deadline).await?;
        let Some(target) = redirect_target(&response, &url)? else {
            if ask.expects(response.status()) {
                return Ok(Answer { response, url });
            }
            return Err(refusal(response, url, auth.is_some(), policy, deadline).await);
        };
        tracing::debug!(from = %url, to = %target, status = response.status().as_u16(), "fetch.redirect");
        if let Some(host) = sign_in_host(&target) {
            return Err(FetchError::AuthRequired {
                url: url.to_string(),
                status: response.status(),
                sign_in_host: Some(host),
                sent: auth.is_some(),
            });
        }
        if url.is_https() && !target.is_https() && !policy.allow_downgrade {
            return Err(FetchError::InsecureRedirect {
                url: url.to_string(),
                target: target.to_string(),
            });
        }
        cookies.take(response.headers(), &url);
        if !url.same_origin(&target) {
            auth = None;
        }
        url = target;
    }
    Err(FetchError::TooManyRedirects {
        url: source.url.to_string(),
        limit: policy.max_redirects,
    })
}

/// A request whose answer is read for what it says, not as a file.
pub(crate) struct Call<'a> {
    pub(crate) url: &'a SourceUrl,
    pub(crate) auth: Option<&'a Auth>,
    pub(crate) sent: Sent,
}

/// What a call sends.
pub(crate) enum Sent {
    /// Nothing: it is a GET.
    Nothing,
    /// A form, posted.
    Form(SecretString),
    /// JSON, posted.
    Json(SecretString),
}

/// Makes `call` once and gives the answer, if it is final: another time would bring the same. Redirects are answers here.
pub(crate) async fn call(
    client: &Client,
    policy: &FetchPolicy,
    call: &Call<'_>,
    deadline: &Deadline,
) -> Result<(StatusCode, Vec<u8>), FetchError> {
    let url = call.url.as_url().clone();
    let posted = |body: &SecretString, content_type: &'static str| {
        let request = client.post(url.clone()).header(header::CONTENT_TYPE, content_type);
        request.body(body.expose_secret().to_owned())
    };
    let request = match &call.sent {
        Sent::Nothing => client.get(url.clone()),
        Sent::Form(body) => posted(body, "application/x-www-form-urlencoded"),
        Sent::Json(body) => posted(body, "application/json"),
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if let Some(auth) = call.auth {
        auth.apply(&mut headers)?;
    }
    let response = send(request.headers(headers), policy, call.url, deadline).await?;
    let status = response.status();
    if let Some(failure) = transient(status, response.headers(), call.url) {
        return Err(failure);
    }
    let body = beginning(response, call.url, policy, deadline).await?;
    Ok((status, body))
}

async fn send(
    request: RequestBuilder,
    policy: &FetchPolicy,
    url: &SourceUrl,
    deadline: &Deadline,
) -> Result<Response, FetchError> {
    // The client's resolver checks names' addresses; a host that is an address never reaches it.
    policy
        .guard
        .check_host(url.host())
        .map_err(|refusal| FetchError::AddressRefused {
            url: url.to_string(),
            refusal,
        })?;
    let limit = policy.connect_timeout.saturating_add(policy.read_timeout);
    deadline
        .within(&url.to_string(), Waiting::Head, limit, request.send())
        .await?
        .map_err(|error| failure(error, url, policy))
}

/// Bytes of an answer that is read for what it says, not as a file.
const MAX_MESSAGE: usize = 64 << 10;

/// The beginning of an answer's body.
async fn beginning(
    mut response: Response,
    url: &SourceUrl,
    policy: &FetchPolicy,
    deadline: &Deadline,
) -> Result<Vec<u8>, FetchError> {
    let shown = url.to_string();
    let read = async {
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() >= MAX_MESSAGE {
                bytes.truncate(MAX_MESSAGE);
                break;
            }
        }
        Ok(bytes)
    };
    deadline
        .within(&shown, Waiting::Body, policy.read_timeout, read)
        .await?
        .map_err(|error: reqwest::Error| failure(error, url, policy))
}

/// The class of an error that came instead of an answer.
fn failure(error: reqwest::Error, url: &SourceUrl, policy: &FetchPolicy) -> FetchError {
    let url = url.to_string();
    match find_cause::<ResolveError>(&error) {
        Some(ResolveError::Refused(refusal)) => {
            return FetchError::AddressRefused {
                url,
                refusal: refusal.clone(),
            };
        }
        Some(unknown @ (ResolveError::Lookup { .. } | ResolveError::Empty { .. })) => {
            return FetchError::NameNotResolved {
                url,
                cause: unknown.to_string(),
            };
        }
        None => {}
    }
    if let Some(cause) = find_cause::<rustls::Error>(&error) {
        return FetchError::Tls {
            url,
            cause: cause.clone(),
        };
    }
    if error.is_timeout() {
        return FetchError::TimedOut {
            url,
            waiting: Waiting::Connect,
            after: policy.connect_timeout,
        };
    }
    FetchError::ConnectionFailed {
        url,
        cause: error.without_url(),
    }
}

/// Where a redirect leads, or none if the answer is no redirect.
fn redirect_target(response: &Response, url: &SourceUrl) -> Result<Option<SourceUrl>, FetchError> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = response.headers().get(header::LOCATION) else {
        return Ok(None);
    };
    url.join(&String::from_utf8_lossy(location.as_bytes()))
        .map(Some)
        .map_err(|cause| FetchError::BadRedirect {
            url: url.to_string(),
            cause,
        })
}

/// Why an answer of another status than was asked for brings no file.
async fn refusal(
    response: Response,
    url: SourceUrl,
    sent: bool,
    policy: &FetchPolicy,
    deadline: &Deadline,
) -> FetchError {
    let status = response.status();
    if let Some(failure) = transient(status, response.headers(), &url) {
        return failure;
    }
    let retry_after = retry_after(response.headers());
    let shown = url.to_string();
    match status.as_u16() {
        401 | 407 => FetchError::AuthRequired {
            url: shown,
            status,
            sign_in_host: None,
            sent,
        },
        403 => {
            // Google's APIs say in the body which of many 403 it is.
            let says = match is_json(response.headers()) {
                true => beginning(response, &url, policy, deadline).await.unwrap_or_default(),
                false => Vec::new(),
            };
            match Refused::of_body(&says) {
                Some(Refused::Quota) => FetchError::RateLimited {
                    url: shown,
                    retry_after,
                },
                Some(Refused::ExportTooLarge) => FetchError::ExportTooLarge { url: shown },
                Some(Refused::ApiDisabled) => FetchError::ApiDisabled { url: shown },
                None if sent => FetchError::Forbidden { url: shown },
                None => FetchError::AuthRequired {
                    url: shown,
                    status,
                    sign_in_host: None,
                    sent,
                },
            }
        }
        404 | 410 => FetchError::NotFound { url: shown, status },
        _ => FetchError::UnexpectedStatus { url: shown, status },
    }
}

/// The failure of a status that may be another one next time.
fn transient(status: StatusCode, headers: &HeaderMap, url: &SourceUrl) -> Option<FetchError> {
    let (url, retry_after) = (url.to_string(), retry_after(headers));
    match status.as_u16() {
        429 => Some(FetchError::RateLimited { url, retry_after }),
        408 | 425 | 500..=599 => Some(FetchError::ServerError {
            url,
            status,
            retry_after,
        }),
        _ => None,
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    content_type.is_some_and(|text| text.to_ascii_lowercase().starts_with(b"application/json"))
}
