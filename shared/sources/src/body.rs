//! The body of a fetched file: counted, timed, and taken up again where it broke off.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use domain::{FileName, FileState};
use http::{HeaderMap, StatusCode, Version, header};
use reqwest::Response;

use crate::{
    checksum::Checksum,
    content_disposition::file_name,
    deadline::Deadline,
    error::{FetchError, Waiting},
    exchange::{Answer, Ask, exchange},
    fetcher::{HttpSource, Shared},
    host_turns::Turn,
    sign_in::PageHead,
    source_url::SourceUrl,
    tries::Tries,
    validators::{strong_etag, validators_of},
};

/// The head of a fetched file, and its bytes as they come.
///
/// A body that breaks off is taken up again without the reader's doing: by `Range` and `If-Range` where the server gave
/// a strong entity tag, else by fetching the file once more and comparing its beginning, by MD5, with what was
/// delivered. If the beginning is another the fetch ends with [`FetchError::Changed`]: never are two states of a file
/// mixed.
pub struct FetchedBody {
    /// What the server calls the file, else what its address ends in.
    pub file_name: FileName,
    /// `Content-Type`, as served; often wrong.
    pub content_type: Option<String>,
    /// Bytes announced.
    pub content_length: Option<u64>,
    /// `Content-Encoding`, where the server encodes although it was asked not to. The bytes are delivered so encoded.
    pub content_encoding: Option<String>,
    /// To ask next time whether the file changed.
    pub file_state: FileState,
    /// After redirects.
    pub final_url: SourceUrl,
    /// Whether the server marks the end of the body (by length, chunks or frames). If not, the body ends when the
    /// connection does, and one that was cut off cannot be told from a whole one.
    pub end_is_marked: bool,

    shared: Arc<Shared>,
    source: HttpSource,
    deadline: Deadline,
    tries: Tries,
    state: State,
    /// What was read beyond the part that had been delivered already.
    pending: Option<Bytes>,
    /// Size of the whole file, where the answer being read tells it.
    expected: Option<u64>,
    delivered: Checksum,
    head: PageHead,
    /// Whether the server's ranges can be relied on.
    ranges: bool,
    _turn: Option<Turn>,
}

enum State {
    Reading(Response),
    /// The connection is gone; why, unless that was waited for already.
    Broken(Option<FetchError>),
    Ended,
}

impl FetchedBody {
    pub(crate) fn new(
        shared: Arc<Shared>,
        source: &HttpSource,
        answer: Answer,
        tries: Tries,
        deadline: Deadline,
        turn: Option<Turn>,
    ) -> Result<Self, FetchError> {
        let Answer { response, url } = answer;
        let headers = response.headers();
        let content_length = response.content_length();
        let body = Self {
            file_name: file_name(headers, &url, &source.url),
            content_type: text(headers, header::CONTENT_TYPE),
            content_length,
            content_encoding: text(headers, header::CONTENT_ENCODING)
                .filter(|encoding| !encoding.eq_ignore_ascii_case("identity")),
            file_state: validators_of(headers),
            end_is_marked: end_is_marked(&response),
            final_url: url,
            shared,
            source: source.clone(),
            deadline,
            tries,
            expected: content_length,
            state: State::Reading(response),
            pending: None,
            delivered: Checksum::new(),
            head: PageHead::default(),
            ranges: true,
            _turn: turn,
        };
        body.check_size(content_length.unwrap_or_default())?;
        Ok(body)
    }

    /// The next bytes, or none at the end of the whole file.
    ///
    /// May be dropped and called again: no byte is lost or comes twice. After an error it may be called again too, and
    /// goes on from the last byte delivered if the source lets it.
    ///
    /// # Errors
    /// Why the rest of the file does not come, after the last try. What was delivered is no whole file.
    pub async fn next_chunk(&mut self) -> Result<Option<Bytes>, FetchError> {
        loop {
            if let Some(bytes) = self.pending.take() {
                return self.deliver(bytes).map(Some);
            }
            match &mut self.state {
                State::Ended if self.head.asks_for_password() => return Err(self.sign_in_page()),
                State::Ended => return Ok(None),
                State::Broken(_) => self.take_up_again().await?,
                State::Reading(response) => {
                    let received = self.delivered.size();
                    let reading = Reading {
                        shared: &self.shared,
                        deadline: &self.deadline,
                        url: &self.final_url,
                        received,
                        expected: self.expected,
                    };
                    match reading.chunk(response).await {
                        Ok(Some(bytes)) => return self.deliver(bytes).map(Some),
                        Ok(None) if self.expected.is_none_or(|expected| expected == received) => {
                            self.state = State::Ended;
                        }
                        Ok(None) => self.state = State::Broken(Some(reading.cut_off(None))),
                        Err(failure) => self.state = State::Broken(Some(failure)),
                    }
                }
            }
        }
    }

    /// Size and MD5 of what was delivered: of the whole file once [`FetchedBody::next_chunk`] has returned none.
    pub fn checksum(&self) -> &Checksum {
        &self.delivered
    }

    fn deliver(&mut self, bytes: Bytes) -> Result<Bytes, FetchError> {
        self.check_size(self.delivered.size().saturating_add(bytes.len() as u64))?;
        self.head.take(self.delivered.size(), &bytes);
        self.delivered.update(&bytes);
        self.tries.progressed();
        Ok(bytes)
    }

    fn check_size(&self, bytes: u64) -> Result<(), FetchError> {
        let limit = self.shared.policy.max_bytes;
        if bytes > limit {
            return Err(FetchError::TooLarge {
                url: self.final_url.to_string(),
                limit,
                declared: self.expected.filter(|declared| *declared > limit),
            });
        }
        Ok(())
    }

    /// Makes the source give the rest of the file, in as many tries as the policy grants.
    async fn take_up_again(&mut self) -> Result<(), FetchError> {
        if let State::Broken(Some(failure)) = std::mem::replace(&mut self.state, State::Broken(None)) {
            if !self.tries.may_resume(&self.shared.policy) {
                return Err(failure);
            }
            self.wait_after(failure).await?;
        }
        loop {
            match self.try_again().await {
                Ok(()) => return Ok(()),
                Err(changed @ FetchError::Changed { .. }) => return Err(changed),
                Err(failure) => self.wait_after(failure).await?,
            }
        }
    }

    async fn wait_after(&mut self, failure: FetchError) -> Result<(), FetchError> {
        self.tries
            .wait_after(failure, &self.shared.policy, &self.deadline)
            .await
    }

    /// One try to go on from the last byte delivered.
    async fn try_again(&mut self) -> Result<(), FetchError> {
        let offset = self.delivered.size();
        let etag = strong_etag(&self.file_state).filter(|_| self.ranges && offset > 0);
        let ask = etag.map_or(Ask::Whole, |etag| Ask::Rest { offset, etag });
        let answer = exchange(
            &self.shared.client,
            &self.shared.policy,
            &self.source,
            ask,
            &self.deadline,
        )
        .await?;
        match answer.response.status() {
            StatusCode::PARTIAL_CONTENT => self.go_on_with_range(answer),
            StatusCode::RANGE_NOT_SATISFIABLE => {
                self.ranges = false;
                Err(self.cut_off())
            }
            _ => self.go_on_with_whole(answer).await,
        }
    }

    /// Goes on with a 206, if it is the rest of the same file and its end is known: a server may send less than the
    /// rest. If not, ranges are not asked for again.
    fn go_on_with_range(&mut self, answer: Answer) -> Result<(), FetchError> {
        let range = ContentRange::of(answer.response.headers());
        let etag = validators_of(answer.response.headers()).etag;
        let same_file = etag.is_none() || etag == self.file_state.etag;
        let Some(range) = range.filter(|range| {
            let end_is_known = range.total.or(self.expected).is_some();
            same_file && end_is_known && range.first == self.delivered.size()
        }) else {
            self.ranges = false;
            return Err(self.cut_off());
        };
        if let (Some(before), Some(now)) = (self.expected, range.total)
            && before != now
        {
            return Err(self.changed());
        }
        self.expected = range.total.or(self.expected);
        self.state = State::Reading(answer.response);
        Ok(())
    }

    /// Goes on with a whole file: reads what was delivered already, and compares.
    async fn go_on_with_whole(&mut self, answer: Answer) -> Result<(), FetchError> {
        let Answer { mut response, url } = answer;
        let expected = response.content_length();
        if expected.is_some_and(|expected| expected < self.delivered.size()) {
            return Err(self.changed());
        }
        let mut seen = Checksum::new();
        let mut rest = None;
        while seen.size() < self.delivered.size() {
            let reading = Reading {
                shared: &self.shared,
                deadline: &self.deadline,
                url: &url,
                received: seen.size(),
                expected,
            };
            let Some(mut chunk) = reading.chunk(&mut response).await? else {
                // A whole file that is shorter, or one whose end the server does not mark, cut off.
                return Err(if end_is_marked(&response) {
                    self.changed()
                } else {
                    reading.cut_off(None)
                });
            };
            let missing = usize::try_from(self.delivered.size() - seen.size()).unwrap_or(usize::MAX);
            if chunk.len() > missing {
                rest = Some(chunk.split_off(missing));
            }
            seen.update(&chunk);
        }
        if seen.finish() != self.delivered.clone().finish() {
            return Err(self.changed());
        }
        self.pending = rest;
        self.expected = expected;
        self.state = State::Reading(response);
        Ok(())
    }

    fn sign_in_page(&self) -> FetchError {
        FetchError::AuthRequired {
            url: self.final_url.to_string(),
            status: StatusCode::OK,
            sign_in_host: None,
            sent: self.source.auth.is_some(),
        }
    }

    fn cut_off(&self) -> FetchError {
        FetchError::CutOff {
            url: self.final_url.to_string(),
            received: self.delivered.size(),
            expected: self.expected,
            cause: None,
        }
    }

    fn changed(&self) -> FetchError {
        FetchError::Changed {
            url: self.final_url.to_string(),
            received: self.delivered.size(),
            md5: self.delivered.clone().finish(),
        }
    }
}

impl fmt::Debug for FetchedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchedBody")
            .field("file_name", &self.file_name)
            .field("final_url", &self.final_url)
            .field("content_length", &self.content_length)
            .field("delivered", &self.delivered.size())
            .finish_non_exhaustive()
    }
}

/// Reading one answer's body.
struct Reading<'a> {
    shared: &'a Shared,
    deadline: &'a Deadline,
    url: &'a SourceUrl,
    received: u64,
    expected: Option<u64>,
}

impl Reading<'_> {
    /// The next piece that is not empty, or none at the body's end.
    async fn chunk(&self, response: &mut Response) -> Result<Option<Bytes>, FetchError> {
        let limit = self.shared.policy.read_timeout;
        let shown = self.url.to_string();
        let next = async {
            loop {
                match response.chunk().await {
                    Ok(Some(bytes)) if bytes.is_empty() => {}
                    next => return next,
                }
            }
        };
        self.deadline
            .within(&shown, Waiting::Body, limit, next)
            .await?
            .map_err(|cause| self.cut_off(Some(cause.without_url())))
    }

    fn cut_off(&self, cause: Option<reqwest::Error>) -> FetchError {
        FetchError::CutOff {
            url: self.url.to_string(),
            received: self.received,
            expected: self.expected,
            cause,
        }
    }
}

/// `Content-Range: bytes first-last/total`.
struct ContentRange {
    first: u64,
    total: Option<u64>,
}

impl ContentRange {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
        let (unit, range) = text.trim().split_once(' ')?;
        let (positions, total) = range.trim().split_once('/')?;
        let (first, last) = positions.split_once('-')?;
        let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        let total = match total.trim() {
            "*" => None,
            total => Some(total.parse::<u64>().ok()?),
        };
        let valid = unit.eq_ignore_ascii_case("bytes") && first <= last && total.is_none_or(|total| last < total);
        valid.then_some(Self { first, total })
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    let text = String::from_utf8_lossy(headers.get(name)?.as_bytes()).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

fn end_is_marked(response: &Response) -> bool {
    response.version() >= Version::HTTP_2
        || response.content_length().is_some()
        || response.headers().contains_key(header::TRANSFER_ENCODING)
}
