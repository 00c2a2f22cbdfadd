//! Downloads from a server that misbehaves at random, from a seed: what comes, and how the rest ends.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Mutex,
    time::Duration,
};

use source_server::{Act, Request, Server, answer, cut, partial, pattern, reply};
use sources::{AddressGuard, Backoff, Checksum, FetchError, FetchPolicy, Fetched, HttpFetcher, HttpSource, Jitter};

/// What came of many downloads.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Those of files that can be had.
    pub(crate) possible: usize,
    /// Those of them that came.
    pub(crate) done: usize,
    /// Requests that they took.
    pub(crate) requests: usize,
    /// Those that did not come though they could have, by code; each is a transient failure.
    pub(crate) unlucky: BTreeMap<&'static str, usize>,
    /// Those that cannot be had, by what is wrong with their file and the code with which they ended.
    pub(crate) refused: BTreeMap<(&'static str, &'static str), usize>,
    /// Everything that must not be: other bytes than served, another class than the fault's, no sentence to act on.
    pub(crate) faults: Vec<String>,
}

impl Report {
    /// Downloads that came, of those that could, in per cent.
    pub(crate) fn success(&self) -> f64 {
        100.0 * self.done as f64 / self.possible.max(1) as f64
    }

    fn count(&mut self, plan: Plan, outcome: Result<Vec<u8>, FetchError>) {
        match (plan.nature.fate(), outcome) {
            (None, outcome) => {
                self.possible += 1;
                match outcome {
                    Ok(bytes) if plan.states().contains(&bytes) => self.done += 1,
                    Ok(bytes) => self.fault(plan, format!("{} bytes that are no state of the file", bytes.len())),
                    Err(failure) if failure.is_transient() => *self.unlucky.entry(failure.code()).or_default() += 1,
                    Err(failure) => self.fault(plan, format!("given up for good: {failure}")),
                }
            }
            (Some(fate), Ok(bytes)) => self.fault(plan, format!("{} bytes instead of {fate}", bytes.len())),
            (Some(fate), Err(failure)) => {
                if failure.code() != fate || failure.to_string().len() <= 40 {
                    self.fault(plan, format!("{} instead of {fate}: {failure}", failure.code()));
                }
                *self.refused.entry((plan.nature.name(), failure.code())).or_default() += 1;
            }
        }
    }

    fn fault(&mut self, plan: Plan, what: String) {
        self.faults
            .push(format!("file {} ({:?}): {what}", plan.file, plan.nature));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { possible, done, .. } = self;
        writeln!(
            f,
            "{done} of {possible} downloads that can succeed did ({:.1} %), in {} requests for all files",
            self.success(),
            self.requests
        )?;
        writeln!(
            f,
            "every delivered file is byte for byte one that was served: {}",
            if self.faults.is_empty() { "yes" } else { "NO" }
        )?;
        for (code, times) in &self.unlucky {
            writeln!(f, "  {times:4}  gave up after the last try: {code} (transient)")?;
        }
        for ((name, code), times) in &self.refused {
            writeln!(f, "  {times:4}  {name}: {code}")?;
        }
        for fault in &self.faults {
            writeln!(f, "  FAULT {fault}")?;
        }
        Ok(())
    }
}

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
    SignInRedirect,
    SignInPage,
    Liar,
    TooLarge,
    Dead,
    Busy,
}

impl Nature {
    fn of(random: &mut fastrand::Rng) -> Self {
        match random.u8(0..100) {
            0..66 => Self::Fickle {
                etag: random.bool(),
                chunked: random.bool(),
            },
            66..75 => Self::Changing,
            75..78 => Self::Gone,
            78..81 => Self::Private,
            81..84 => Self::Looping,
            84..86 => Self::SignInRedirect,
            86..88 => Self::SignInPage,
            88..91 => Self::Liar,
            91..94 => Self::TooLarge,
            94..97 => Self::Dead,
            _ => Self::Busy,
        }
    }

    /// The code with which its download has to end, or none if it has to succeed.
    fn fate(self) -> Option<&'static str> {
        match self {
            Self::Fickle { .. } | Self::Changing => None,
            Self::Gone => Some("not_found"),
            Self::Private => Some("address_refused"),
            Self::Looping => Some("too_many_redirects"),
            Self::SignInRedirect | Self::SignInPage => Some("auth_required"),
            Self::Liar => Some("cut_off"),
            Self::TooLarge => Some("too_large"),
            Self::Dead => Some("server_error"),
            Self::Busy => Some("rate_limited"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Fickle { .. } => "misbehaves now and then",
            Self::Changing => "changes between two requests",
            Self::Gone => "is not there",
            Self::Private => "redirects to a private address",
            Self::Looping => "redirects to itself",
            Self::SignInRedirect => "redirects to a sign-in page",
            Self::SignInPage => "is a sign-in page with status 200",
            Self::Liar => "is shorter than announced",
            Self::TooLarge => "is over the limit",
            Self::Dead => "answers 500",
            Self::Busy => "answers 429 and wants an hour",
        }
    }
}

/// One file of a run: everything about it follows from seed and number.
#[derive(Debug, Clone, Copy)]
struct Plan {
    seed: u64,
    file: usize,
    nature: Nature,
}

impl Plan {
    fn of(seed: u64, file: usize) -> Self {
        let mut random = fastrand::Rng::with_seed(seed ^ (file as u64) << 20);
        Self {
            seed,
            file,
            nature: Nature::of(&mut random),
        }
    }

    /// The states of the file that the server serves as whole ones.
    fn states(self) -> [Vec<u8>; 2] {
        let mut random = fastrand::Rng::with_seed(self.seed ^ self.file as u64);
        [0, 1].map(|state| pattern(random.usize(1..60_000), self.seed ^ (self.file * 2 + state) as u64))
    }

    /// What the server does with the `number`-th request for the file: no other file's requests change it.
    fn script(self, number: usize, request: &Request) -> Vec<Act> {
        let sign_in = b"<!DOCTYPE html><form action=/login><input name=user><input type=\"password\"></form>";
        match self.nature {
            Nature::Gone => reply("404 Not Found", &[], b"<html>gone</html>"),
            Nature::Private => reply("302 Found", &[("Location", "http://192.168.0.10/p.csv")], b""),
            Nature::Looping => reply("302 Found", &[("Location", &request.target)], b""),
            Nature::SignInRedirect => reply("302 Found", &[("Location", "https://accounts.google.com/x")], b""),
            Nature::SignInPage => reply("200 OK", &[("Content-Type", "text/html")], sign_in),
            Nature::Liar => reply("200 OK", &[("Content-Length", "5000")], &[b'x'; 3000]),
            Nature::TooLarge => reply("200 OK", &[("Content-Length", "99999999")], b"x"),
            Nature::Dead => reply("500 Internal Server Error", &[], b""),
            Nature::Busy => reply("429 Too Many Requests", &[("Retry-After", "3600")], b""),
            Nature::Fickle { etag, chunked } => self.fickle(number, request, &self.states()[0], etag, chunked),
            Nature::Changing => {
                let [old, new] = self.states();
                match number {
                    0 => cut(&[], &old, old.len() / 2),
                    _ => self.fickle(number, request, &new, false, false),
                }
            }
        }
    }

    /// Three of five requests meet some mischief, nearly all of it fatal to the request.
    fn fickle(self, number: usize, request: &Request, body: &[u8], etag: bool, chunked: bool) -> Vec<Act> {
        let seed = self.seed ^ (self.file as u64) << 32 ^ (number as u64) << 16;
        let mut random = fastrand::Rng::with_seed(seed);
        let tag = "\"v1\"";
        let headers: &[(&str, &str)] = if etag { &[("ETag", tag)] } else { &[] };
        let whole = match request.range_start() {
            Some(start) if etag && start < body.len() && random.bool() => partial(tag, body, start),
            _ if chunked => {
                let mut framed = format!("{:x}\r\n", body.len()).into_bytes();
                framed.extend_from_slice(body);
                framed.extend_from_slice(b"\r\n0\r\n\r\n");
                let headers = [headers, &[("Transfer-Encoding", "chunked")]].concat();
                answer("200 OK", &headers, &framed)
            }
            _ => answer("200 OK", headers, body),
        };
        match random.u8(0..16) {
            0 => reply("503 Service Unavailable", &[], b""),
            1 => reply("503 Service Unavailable", &[("Retry-After", "0")], b""),
            2 => reply("429 Too Many Requests", &[("Retry-After", "0")], b""),
            3 => reply("429 Too Many Requests", &[], b""),
            4 => reply("500 Internal Server Error", &[], b"oops"),
            5 => vec![Act::Reset],
            6 | 7 => {
                let end = random.usize(0..whole.len());
                vec![Act::Send(whole[..end].to_vec())]
            }
            8 => {
                let end = random.usize(0..whole.len());
                let pause = Act::Pause(Duration::from_millis(5));
                vec![Act::Send(whole[..end].to_vec()), pause, Act::Reset]
            }
            9 => {
                let end = random.usize(0..whole.len());
                vec![Act::Send(whole[..end].to_vec()), Act::Pause(Duration::from_secs(30))]
            }
            10 => {
                let (head, tail) = whole.split_at(random.usize(0..whole.len()));
                let pause = Act::Pause(Duration::from_millis(random.u64(5..40)));
                vec![Act::Send(head.to_vec()), pause, Act::Send(tail.to_vec())]
            }
            _ => vec![Act::Send(whole)],
        }
    }
}

/// The limits of deployment, with times that fit a run.
fn policy(seed: u64) -> FetchPolicy {
    FetchPolicy {
        max_bytes: 1 << 20,
        connect_timeout: Duration::from_secs(1),
        read_timeout: Duration::from_millis(250),
        total_timeout: Duration::from_secs(10),
        max_redirects: 5,
        backoff: Backoff {
            first: Duration::from_millis(5),
            longest: Duration::from_millis(20),
            jitter: Jitter::Seeded(seed),
        },
        max_retry_after: Duration::from_secs(2),
        per_host: 24,
        guard: "127.0.0.0/8,::1".parse::<AddressGuard>().unwrap(),
        ..FetchPolicy::default()
    }
}

/// Makes `downloads` downloads, 24 at once.
pub(crate) async fn run(seed: u64, downloads: usize) -> Report {
    let asked = Mutex::new(HashMap::<usize, usize>::new());
    let server = Server::start(move |_, request| {
        let file = request.target[1..].parse().unwrap();
        let number = {
            let mut asked = asked.lock().unwrap();
            let times = asked.entry(file).or_default();
            *times += 1;
            *times - 1
        };
        Plan::of(seed, file).script(number, request)
    })
    .await;
    let fetcher = HttpFetcher::new(policy(seed)).unwrap();
    let started: Vec<_> = (0..downloads)
        .map(|file| {
            let (fetcher, url) = (fetcher.clone(), server.url(&format!("/{file}")));
            tokio::spawn(async move { (file, download(&fetcher, &url).await) })
        })
        .collect();
    let mut report = Report::default();
    for download in started {
        let (file, outcome) = download.await.unwrap();
        report.count(Plan::of(seed, file), outcome);
    }
    report.requests = server.requests().len();
    report
}

/// As `download` does: the whole fetch again, at most three times, while failures are transient and may be waited for.
async fn download(fetcher: &HttpFetcher, url: &str) -> Result<Vec<u8>, FetchError> {
    let source = HttpSource {
        url: url.parse()?,
        auth: None,
        known_state: None,
    };
    let mut fetches = 0;
    loop {
        fetches += 1;
        let failure = match whole(fetcher, &source).await {
            Ok(bytes) => return Ok(bytes),
            Err(failure) => failure,
        };
        let patience = fetcher.policy().max_retry_after;
        if fetches == 3 || !failure.is_transient() || failure.retry_after().is_some_and(|wait| wait > patience) {
            return Err(failure);
        }
    }
}

async fn whole(fetcher: &HttpFetcher, source: &HttpSource) -> Result<Vec<u8>, FetchError> {
    let Fetched::Body(mut body) = fetcher.open(source).await? else {
        panic!("unchanged without a question");
    };
    let (mut bytes, mut checksum) = (Vec::new(), Checksum::new());
    while let Some(chunk) = body.next_chunk().await? {
        checksum.update(&chunk);
        bytes.extend_from_slice(&chunk);
    }
    assert_eq!(
        body.checksum().clone().finish(),
        checksum.finish(),
        "the MD5 is that of the bytes"
    );
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nearly_all_that_can_be_had_come_and_every_byte_is_right() {
        let report = super::run(20_260, 400).await;
        assert!(report.faults.is_empty(), "{report}");
        assert!((250..390).contains(&report.possible), "{report}");
        assert!(report.success() >= 95.0, "{report}");
        let natures: std::collections::BTreeSet<_> = report.refused.keys().map(|(name, _)| name).collect();
        assert_eq!(natures.len(), 9, "each kind of source occurs: {report}");
    }
}
