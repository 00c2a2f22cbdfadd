//! Certificates, and redirects that leave TLS.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use sources::{FetchError, FetchPolicy, Fetched, HttpFetcher};

use crate::{
    fetch, policy, read,
    server::{Server, cut, pattern, reply},
    source,
};

/// A root certificate, and the configuration of a server that has one signed by it for `name`, valid until `year`.
pub(crate) fn authority(name: &str, year: i32) -> (CertificateDer<'static>, ServerConfig) {
    let root_key = KeyPair::generate().unwrap();
    let mut root = CertificateParams::new(vec![]).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_certificate = root.self_signed(&root_key).unwrap();
    let issuer = Issuer::new(root, root_key);

    let key = KeyPair::generate().unwrap();
    let mut leaf = CertificateParams::new(vec![name.to_owned()]).unwrap();
    leaf.not_after = date_time_ymd(year, 1, 1);
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    (root_certificate.der().clone(), config)
}

pub(crate) async fn fetch_trusting(
    policy: FetchPolicy,
    root: CertificateDer<'static>,
    url: &str,
) -> Result<Vec<u8>, FetchError> {
    let fetcher = HttpFetcher::builder(policy).trust(root)?.build()?;
    match fetcher.open(&source(url)).await? {
        Fetched::Body(body) => read(body).await,
        Fetched::Unchanged => panic!("unchanged"),
    }
}

#[tokio::test]
async fn a_trusted_server_is_read_and_its_cuts_are_mended() {
    let (root, tls) = authority("localhost", 2100);
    let body = pattern(50_000, 16);
    let served = body.clone();
    let server = Server::start_tls(tls, move |number, _| match number {
        0 => cut(&[], &served, 20_000),
        _ => reply("200 OK", &[], &served),
    })
    .await;
    let url = format!("https://localhost:{}/p.csv", server.port());
    assert_eq!(fetch_trusting(policy(), root, &url).await.unwrap(), body);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn certificates_that_do_not_hold_are_permanent_failures() {
    let (_, stranger) = authority("localhost", 2100);
    let (other_name_root, other_name) = authority("supplier.example", 2100);
    let (expired_root, expired) = authority("localhost", 2001);
    let (unrelated_root, _) = authority("localhost", 2100);
    for (tls, root, text) in [
        (stranger, unrelated_root, "invalid peer certificate"),
        (other_name, other_name_root, "not valid for name"),
        (expired, expired_root, "expired"),
    ] {
        let server = Server::start_tls(tls, |_, _| reply("200 OK", &[], b"list")).await;
        let url = format!("https://localhost:{}/p.csv?t=s3cret", server.port());
        let error = fetch_trusting(policy(), root, &url).await.unwrap_err();
        assert_eq!((error.code(), error.is_transient()), ("tls", false), "{error}");
        assert!(error.to_string().contains(text), "{error}");
        assert!(!format!("{error:?}").contains("s3cret"));
        assert_eq!(server.connections(), 1, "not tried again");
        assert!(server.requests().is_empty(), "nothing was asked");
    }
}

#[tokio::test]
async fn plain_http_where_tls_was_meant_is_told() {
    let server = Server::start(|_, _| reply("200 OK", &[], b"list")).await;
    let url = format!("https://127.0.0.1:{}/p.csv", server.port());
    // The server waits for the end of a request line that never comes; it answers nothing that TLS could read.
    let error = fetch(policy(), &url).await.unwrap_err();
    assert_eq!(error.code(), "timed_out", "{error}");
}

#[tokio::test]
async fn a_redirect_out_of_tls_is_refused_unless_allowed() {
    let plain = Server::start(|_, _| reply("200 OK", &[], b"list")).await;
    let target = plain.url("/p.csv?t=s3cret");
    let (root, tls) = authority("localhost", 2100);
    let server = Server::start_tls(tls, move |_, _| reply("302 Found", &[("Location", &target)], b"")).await;
    let url = format!("https://localhost:{}/", server.port());
    let error = fetch_trusting(policy(), root.clone(), &url).await.unwrap_err();
    assert_eq!((error.code(), error.is_transient()), ("insecure_redirect", false));
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    assert_eq!(plain.connections(), 0);

    let lenient = FetchPolicy {
        allow_downgrade: true,
        ..policy()
    };
    assert_eq!(fetch_trusting(lenient, root, &url).await.unwrap(), b"list");
}
