//! One try: a request, the redirects that it meets, and what its answer's status means.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use reqwest::{Client, Response};

use crate::{
    cookies::Jar,
    deadline::Deadline,
    error::{FetchError, Waiting, find_cause},
    fetcher::HttpSource,
    policy::FetchPolicy,
    resolver::ResolveError,
    retry_after::retry_after,
    sign_in::sign_in_host,
    source_url::SourceUrl,
    validators::Validators,
};

/// What is asked of the source.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ask<'a> {
    /// The file, if it is another than the one with these validators.
    Changed(&'a Validators),
    /// The whole file.
    Whole,
    /// The bytes from `offset` on, if the file is still the one with this strong entity tag; else the whole file.
    Rest { offset: u64, etag: &'a str },
}

impl Ask<'_> {
    fn apply(self, headers: &mut HeaderMap) {
        match self {
            Self::Changed(validators) => validators.apply(headers),
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
            StatusCode::NOT_MODIFIED => matches!(self, Self::Changed(validators) if !validators.is_empty()),
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
        let response = send(client, policy, &url, headers, deadline).await?;
        let Some(target) = redirect_target(&response, &url)? else {
            return judge(response, url, ask, auth.is_some());
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

async fn send(
    client: &Client,
    policy: &FetchPolicy,
    url: &SourceUrl,
    headers: HeaderMap,
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
    let request = client.get(url.as_url().clone()).headers(headers).send();
    let limit = policy.connect_timeout.saturating_add(policy.read_timeout);
    deadline
        .within(&url.to_string(), Waiting::Head, limit, request)
        .await?
        .map_err(|error| failure(error, url, policy))
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

fn judge(response: Response, url: SourceUrl, ask: Ask<'_>, sent: bool) -> Result<Answer, FetchError> {
    let status = response.status();
    if ask.expects(status) {
        return Ok(Answer { response, url });
    }
    let retry_after = retry_after(response.headers());
    let url = url.to_string();
    Err(match status.as_u16() {
        401 | 407 => FetchError::AuthRequired {
            url,
            status,
            sign_in_host: None,
            sent,
        },
        403 if sent => FetchError::Forbidden { url },
        403 => FetchError::AuthRequired {
            url,
            status,
            sign_in_host: None,
            sent,
        },
        404 | 410 => FetchError::NotFound { url, status },
        429 => FetchError::RateLimited { url, retry_after },
        408 | 425 | 500..=599 => FetchError::ServerError {
            url,
            status,
            retry_after,
        },
        _ => FetchError::UnexpectedStatus { url, status },
    })
}
