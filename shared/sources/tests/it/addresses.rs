//! Where sources may not lead, in every spelling, and resolvers that change their mind.

use std::{
    io,
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::future::{BoxFuture, FutureExt};
use proptest::prelude::*;
use sources::{AddressGuard, FetchError, FetchPolicy, Fetched, HttpFetcher, NameResolver, Refusal, SourceUrl};

use crate::{
    policy, read,
    server::{Server, cut, partial, pattern, reply},
    source,
};

/// Hosts that may not be asked, as they could stand in a source or a redirect; `PORT` is where a server listens.
const HOSTILE_HOSTS: &[&str] = &[
    // Loopback, and every way to write it.
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "0x7f.0.0.1",
    "0x7F000001",
    "0x7f.1",
    "0177.0.0.1",
    "0177.0.0.01",
    "00000177.1",
    "017700000001",
    "2130706433",
    "127.0.0.0x1",
    "0x7f.0x0.0x0.0x1",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "１２７.０.０.１",
    "127。0。0。1",
    "127．0．0．1",
    "①②⑦.⓪.⓪.①",
    "127.0.0.1.",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000::0001]",
    // "This" network and unspecified.
    "0",
    "0.0.0.0",
    "0x0",
    "00",
    "0.1.2.3",
    "[::]",
    // Names of the machine.
    "localhost",
    "LOCALHOST",
    "LocalHost.",
    "localhost..",
    "a.b.localhost",
    "localhost.localdomain",
    "localhost6",
    "localhost4.localdomain4",
    "localhost6.localdomain6",
    "ip6-localhost",
    "ip6-loopback",
    "ⓛocalhost",
    "ｌｏｃａｌｈｏｓｔ",
    "local%68ost",
    "loc\u{ad}alhost",
    "supplier.example.",
    // Private, shared, link-local, metadata.
    "10.0.0.1",
    "10.255.255.255",
    "167772161",
    "012.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "0xac.0x10.1",
    "192.168.1.1",
    "192.168.257",
    "3232235777",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "169.254.43518",
    "0xA9FEA9FE",
    "2852039166",
    "0251.0376.0251.0376",
    "168.63.129.16",
    "192.0.0.192",
    "metadata.google.internal",
    "metadata",
    "instance-data",
    "[fd00:ec2::254]",
    "[fe80::a9fe:a9fe]",
    "[fe80::1]",
    "[fec0::1]",
    "[fc00::1]",
    "[fdff:ffff::1]",
    // IPv4 inside IPv6.
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:8.8.8.8]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::10.0.0.1]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::1]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "[2606:4700::5efe:10.0.0.1]",
    "[2606:4700::200:5efe:127.0.0.1]",
    // Neither public nor anyone's.
    "192.0.2.1",
    "198.51.100.1",
    "203.0.113.1",
    "198.18.0.1",
    "192.88.99.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "4294967295",
    "[ff02::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[100::1]",
    "[5f00::1]",
    "[4000::1]",
];

/// Texts that look like a host behind another, and what the URL standard takes for their host.
const HOSTILE_URLS: &[&str] = &[
    "http://supplier.example@127.0.0.1:PORT/",
    "http://supplier.example:80@127.0.0.1:PORT/",
    "http://supplier.example%2f@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT\\@supplier.example/",
    "http://127.0.0.1:PORT#@supplier.example/",
    "http://127.0.0.1:PORT?@supplier.example/",
    "http:127.0.0.1:PORT/",
    "http:/127.0.0.1:PORT/",
    "http:\\\\127.0.0.1:PORT\\",
    "http:////127.0.0.1:PORT/",
    "ht\ntp://127.0.\t0.1:PORT/",
    "  http://127.0.0.1:PORT/",
    "http://[::1%25lo]:PORT/",
    "http://[::1%lo]:PORT/",
    "http://127.0.0.1\u{0}.supplier.example:PORT/",
    "http://256.256.256.256:PORT/",
    "http://0x100000000:PORT/",
    "http://127.0.0.1.1:PORT/",
    "http://0x7g.0.0.1:PORT/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:PORT/_GET",
    "unix:/var/run/docker.sock",
    "jar:http://127.0.0.1:PORT!/",
];

/// Would resolve any name to loopback, and counts how often it is asked.
#[derive(Default)]
struct Trap(AtomicUsize);

impl NameResolver for Trap {
    fn lookup<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        async { Ok(vec![IpAddr::from([127, 0, 0, 1])]) }.boxed()
    }
}

fn public_only() -> FetchPolicy {
    FetchPolicy {
        guard: AddressGuard::public_only(),
        ..policy()
    }
}

/// Why `url` cannot be fetched, if it is a URL.
async fn refused(fetcher: &HttpFetcher, url: &str) -> String {
    let url: SourceUrl = match url.parse() {
        Ok(url) => url,
        Err(_) => return "invalid_url".to_owned(),
    };
    let source = sources::HttpSource {
        url,
        auth: None,
        known_state: None,
    };
    match fetcher.open(&source).await {
        Ok(fetched) => panic!("{}: {fetched:?}", source.url.expose()),
        Err(error) => {
            assert!(!error.is_transient(), "{error:?}");
            error.code().to_owned()
        }
    }
}

#[tokio::test]
async fn hostile_spellings_reach_nothing() {
    assert!(HOSTILE_HOSTS.len() + HOSTILE_URLS.len() >= 60);
    let canary = Server::start(|_, _| reply("200 OK", &[], b"secret")).await;
    let trap = Arc::new(Trap::default());
    let fetcher = HttpFetcher::builder(public_only())
        .resolver(Arc::clone(&trap) as Arc<dyn NameResolver>)
        .build()
        .unwrap();
    for host in HOSTILE_HOSTS {
        for scheme in ["http", "https"] {
            let code = refused(&fetcher, &format!("{scheme}://{host}:{}/", canary.port())).await;
            assert_eq!(code, "address_refused", "{host}");
        }
    }
    for url in HOSTILE_URLS {
        let url = url.replace("PORT", &canary.port().to_string());
        let code = refused(&fetcher, &url).await;
        assert!(
            matches!(code.as_str(), "address_refused" | "invalid_url"),
            "{url}: {code}"
        );
    }
    assert_eq!(
        trap.0.load(Ordering::SeqCst),
        0,
        "refused before any name was asked for"
    );
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn hostile_redirects_reach_nothing() {
    let canary = Server::start_at("127.0.0.2:0", |_, _| reply("200 OK", &[], b"secret")).await;
    let port = canary.port();
    // The source's own server is on the one address that is allowed; the canary is not.
    let policy = FetchPolicy {
        guard: "127.0.0.1/32".parse().unwrap(),
        ..policy()
    };
    let fetcher = HttpFetcher::new(policy).unwrap();
    for host in [
        "127.0.0.2",
        "127.2",
        "0x7f000002",
        "0177.0.0.2",
        "2130706434",
        "[::ffff:127.0.0.2]",
    ] {
        let target = format!("http://{host}:{port}/");
        let server = Server::start(move |_, _| reply("302 Found", &[("Location", &target)], b"")).await;
        let code = refused(&fetcher, &server.url("/")).await;
        assert_eq!(code, "address_refused", "{host}");
        assert_eq!(server.requests().len(), 1);
    }
    assert_eq!(canary.connections(), 0);
}

/// Answers with each list once, then with the last for ever.
struct Rebinding {
    answers: Mutex<Vec<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Rebinding {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |list: &&[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        Arc::new(Self {
            answers: Mutex::new(answers.iter().rev().map(parse).collect()),
            asked: AtomicUsize::new(0),
        })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl NameResolver for Rebinding {
    fn lookup<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        let answer = match answers.len() {
            1 => answers[0].clone(),
            _ => answers.pop().unwrap(),
        };
        async move { Ok(answer) }.boxed()
    }
}

/// 127.0.0.2 stands for a public address; 127.0.0.1 is private.
fn fetcher(names: &Arc<Rebinding>) -> HttpFetcher {
    let policy = FetchPolicy {
        guard: "127.0.0.2/32".parse().unwrap(),
        ..policy()
    };
    HttpFetcher::builder(policy)
        .resolver(Arc::clone(names) as Arc<dyn NameResolver>)
        .build()
        .unwrap()
}

async fn fetch_from(fetcher: &HttpFetcher, url: &str) -> Result<Vec<u8>, FetchError> {
    match fetcher.open(&source(url)).await? {
        Fetched::Body(body) => read(body).await,
        Fetched::Unchanged => panic!("unchanged"),
    }
}

#[tokio::test]
async fn what_was_checked_is_what_is_connected_to() {
    let body = pattern(50_000, 17);
    let served = body.clone();
    let server = Server::start_at("127.0.0.2:0", move |_, _| reply("200 OK", &[], &served)).await;
    let canary = Server::start_at(&format!("127.0.0.1:{}", server.port()), |_, _| {
        reply("200 OK", &[], b"no")
    })
    .await;
    let url = format!("http://rebinding.example:{}/p.csv", server.port());

    let names = Rebinding::new(&[&["127.0.0.2"], &["127.0.0.1"]]);
    let fetcher = fetcher(&names);
    assert_eq!(fetch_from(&fetcher, &url).await.unwrap(), body);
    assert_eq!(names.asked(), 1, "one look-up, checked and used");
    let error = fetch_from(&fetcher, &url).await.unwrap_err();
    assert_eq!((error.code(), error.is_transient()), ("address_refused", false));
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn a_name_that_turns_private_in_the_middle_is_left() {
    let body = pattern(50_000, 18);
    let served = body.clone();
    let server = Server::start_at("127.0.0.2:0", move |_, request| match request.range_start() {
        Some(start) => vec![crate::server::Act::Send(partial("\"v1\"", &served, start))],
        None if request.target == "/redirect" => reply("302 Found", &[("Location", "/p.csv")], b""),
        None => cut(&[("ETag", "\"v1\"")], &served, 20_000),
    })
    .await;
    let canary = Server::start_at(&format!("127.0.0.1:{}", server.port()), |_, _| {
        reply("200 OK", &[], b"no")
    })
    .await;
    for path in ["/p.csv", "/redirect"] {
        let names = Rebinding::new(&[&["127.0.0.2"], &["127.0.0.1"]]);
        let url = format!("http://rebinding.example:{}{path}", server.port());
        let error = fetch_from(&fetcher(&names), &url).await.unwrap_err();
        assert_eq!(error.code(), "address_refused", "{path}");
        assert_eq!(names.asked(), 2);
    }
    assert_eq!(canary.connections(), 0);

    let names = Rebinding::new(&[&["127.0.0.2"]]);
    let url = format!("http://steady.example:{}/redirect", server.port());
    assert_eq!(fetch_from(&fetcher(&names), &url).await.unwrap(), body);
    assert_eq!(names.asked(), 3, "each connection looks up and checks anew");
}

#[tokio::test]
async fn one_private_address_among_public_ones_refuses_the_name() {
    let server = Server::start_at("127.0.0.2:0", |_, _| reply("200 OK", &[], b"list")).await;
    let url = format!("http://mixed.example:{}/", server.port());
    for private in [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:127.0.0.2",
        "fd00::1",
        "64:ff9b::a00:1",
    ] {
        for addresses in [["127.0.0.2", private], [private, "127.0.0.2"]] {
            let error = fetch_from(&fetcher(&Rebinding::new(&[&addresses])), &url)
                .await
                .unwrap_err();
            let FetchError::AddressRefused {
                refusal: Refusal::Address { address, .. },
                ..
            } = &error
            else {
                panic!("{error:?}");
            };
            assert_eq!(address.to_string(), private);
            assert!(error.to_string().contains("mixed.example"), "{error}");
        }
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_name_without_an_address_is_told_as_such() {
    struct Unknown;
    impl NameResolver for Unknown {
        fn lookup<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
            async move {
                match name {
                    "empty.example" => Ok(vec![]),
                    _ => Err(io::Error::other("no such name")),
                }
            }
            .boxed()
        }
    }
    let fetcher = HttpFetcher::builder(policy())
        .resolver(Arc::new(Unknown))
        .build()
        .unwrap();
    for name in ["empty.example", "unknown.example"] {
        let error = fetch_from(&fetcher, &format!("http://{name}/?t=s3cret"))
            .await
            .unwrap_err();
        assert_eq!(
            (error.code(), error.is_transient()),
            ("name_not_resolved", true),
            "{error:?}"
        );
        assert!(
            error.to_string().contains(name) && !format!("{error:?}").contains("s3cret"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn localhost_is_loopback_where_that_is_allowed() {
    let server = Server::start(|_, _| reply("200 OK", &[], b"list")).await;
    let trap = Arc::new(Trap::default());
    let policy = FetchPolicy {
        guard: "127.0.0.0/8".parse().unwrap(),
        ..policy()
    };
    let fetcher = HttpFetcher::builder(policy)
        .resolver(Arc::clone(&trap) as Arc<dyn NameResolver>)
        .build()
        .unwrap();
    for name in ["localhost", "demo.localhost"] {
        let url = format!("http://{name}:{}/", server.port());
        assert_eq!(fetch_from(&fetcher, &url).await.unwrap(), b"list");
    }
    assert_eq!(
        trap.0.load(Ordering::SeqCst),
        0,
        "no name server is asked for localhost"
    );
    let error = fetch_from(&fetcher, &format!("http://localhost.:{}/", server.port())).await;
    assert_eq!(error.unwrap_err().code(), "address_refused");
}

#[test]
fn a_deployment_lists_networks_on_purpose() {
    let guard: AddressGuard = " 10.20.0.0/16, fd00:1::/64 ,127.0.0.1,, 64:ff9b::/96,::ffff:0:0/96"
        .parse()
        .unwrap();
    let check = |text: &str| guard.check(text.parse().unwrap()).is_ok();
    for allowed in ["8.8.8.8", "10.20.30.40", "fd00:1::5", "127.0.0.1", "2606:4700::1111"] {
        assert!(check(allowed), "{allowed}");
    }
    for refused in ["10.21.0.1", "fd00:2::5", "127.0.0.2", "::1", "169.254.169.254"] {
        assert!(!check(refused), "{refused}");
    }
    // Carried addresses pass if the carrier is listed and what is carried passes by itself.
    assert!(check("64:ff9b::8.8.8.8") && check("64:ff9b::10.20.0.1") && check("::ffff:127.0.0.1"));
    assert!(!check("64:ff9b::10.0.0.1") && !check("::ffff:169.254.169.254"));
    assert_eq!(guard.to_string().parse::<AddressGuard>().unwrap(), guard);
    assert_eq!("".parse::<AddressGuard>().unwrap(), AddressGuard::public_only());
    for wrong in ["10.0.0.0/33", "localhost", "10.0.0.0-10.0.0.9", "10.0.0"] {
        let error = wrong.parse::<AddressGuard>().unwrap_err();
        assert!(error.to_string().contains(wrong), "{error}");
    }
}

/// The spellings of an IPv4 address that the URL standard takes, each part in its own base.
fn spelled(address: u32, parts: usize, bases: [u8; 4]) -> String {
    let [a, b, c, d] = address.to_be_bytes().map(u32::from);
    let numbers = match parts {
        1 => vec![address],
        2 => vec![a, address & 0x00ff_ffff],
        3 => vec![a, b, address & 0xffff],
        _ => vec![a, b, c, d],
    };
    let part = |(number, base): (u32, u8)| match base {
        0 => number.to_string(),
        1 => format!("0{number:o}"),
        2 => format!("0x{number:x}"),
        3 => format!("0X{number:08X}"),
        _ => format!("%{:02x}{}", number.to_string().as_bytes()[0], &number.to_string()[1..]),
    };
    numbers.into_iter().zip(bases).map(part).collect::<Vec<_>>().join(".")
}

proptest! {
    #[test]
    fn a_spelling_changes_nothing(address: u32, parts in 1usize..=4, bases in prop::array::uniform4(0u8..5)) {
        let guard = AddressGuard::public_only();
        let url: SourceUrl = format!("http://{}/", spelled(address, parts, bases)).parse().unwrap();
        prop_assert_eq!(guard.check_host(url.host()), guard.check(IpAddr::from(address.to_be_bytes())));
    }

    #[test]
    fn no_ipv4_address_gets_through_inside_an_ipv6_one(address: u32) {
        let guard = AddressGuard::public_only();
        let (high, low) = (address >> 16, address & 0xffff);
        for carrier in [
            format!("::{high:x}:{low:x}"),
            format!("::ffff:{high:x}:{low:x}"),
            format!("::ffff:0:{high:x}:{low:x}"),
            format!("64:ff9b::{high:x}:{low:x}"),
            format!("64:ff9b:1::{high:x}:{low:x}"),
            format!("2002:{high:x}:{low:x}::1"),
            format!("2001:0:1234::{high:x}:{low:x}"),
            format!("2a00:1450::5efe:{high:x}:{low:x}"),
        ] {
            prop_assert!(guard.check(carrier.parse().unwrap()).is_err(), "{}", carrier);
        }
    }

    #[test]
    fn any_text_is_parsed_or_refused_and_shown_without_its_query(text in "\\PC{0,60}", secret in "[a-z0-9]{12}") {
        for text in [text.clone(), format!("https://{text}"), format!("https://a.example/{text}?k={secret}")] {
            if let Ok(url) = text.parse::<SourceUrl>() {
                prop_assert!(matches!(url.host(), Some(host) if !host.to_string().is_empty()));
                prop_assert!(!url.to_string().contains(&secret), "{}", url);
                let _ = AddressGuard::public_only().check_host(url.host());
            }
        }
    }
}
