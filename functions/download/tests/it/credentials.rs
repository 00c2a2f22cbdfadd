//! Credentials come from the secret store, are kept for a while, and say what is wrong with them.

use domain::{Phase, Source};
use download::Fetching;
use source_server::{Server, reply};

use crate::aws::{Aws, Secret};

fn source(url: String, secret: &str) -> Source {
    Source::Http {
        url,
        credential: Some(secret.parse().unwrap()),
    }
}

async fn site() -> Server {
    Server::start(|_, request| match request.header("authorization") {
        Some("Basic YnV5ZXI6b3BlbiBzZXNhbWU=" | "Bearer t0ken") => reply("200 OK", &[], b"sku,price\n1,2\n"),
        _ => reply("401 Unauthorized", &[], b""),
    })
    .await
}

#[tokio::test]
async fn a_source_opens_with_what_its_secret_holds() {
    let site = site().await;
    let aws = Aws::with(source(site.url("/l.csv"), "pricecourier/acme"), None).await;
    let basic = r#"{"kind":"basic","username":"buyer","password":"open sesame"}"#;
    aws.put_secret("pricecourier/acme", Secret::Text(basic.into()));
    for _ in 0..3 {
        assert_eq!(aws.fetch().await.0, Fetching::Stored);
    }
    assert_eq!(aws.secrets_read(), 1, "kept while warm");
}

#[tokio::test]
async fn a_refused_credential_is_read_anew_by_the_next_fetch() {
    let site = site().await;
    let aws = Aws::with(source(site.url("/l.csv"), "pricecourier/acme"), None).await;
    aws.put_secret(
        "pricecourier/acme",
        Secret::Text(r#"{"kind":"bearer","token":"old"}"#.into()),
    );
    let (fetching, job) = aws.fetch().await;
    assert_eq!(
        (fetching, job.error.unwrap().code.as_str()),
        (Fetching::Failed, "auth_required")
    );
    aws.put_secret(
        "pricecourier/acme",
        Secret::Text(r#"{"kind":"bearer","token":"t0ken"}"#.into()),
    );
    assert_eq!(aws.fetch().await.0, Fetching::Stored);
}

#[tokio::test]
async fn what_is_wrong_with_a_secret_is_said_with_its_name() {
    let site = site().await;
    let account = r#"{"type":"service_account","client_email":"a@b.example","private_key":"nonsense"}"#;
    for (name, secret, code) in [
        ("pricecourier/none", None, "credential_missing"),
        ("pricecourier/denied", Some(Secret::Denied), "credential_denied"),
        (
            "pricecourier/text",
            Some(Secret::Text("hunter2".into())),
            "credential_garbled",
        ),
        (
            "pricecourier/key",
            Some(Secret::Text(account.into())),
            "credential_garbled",
        ),
        ("others/acme", Some(Secret::Text("{}".into())), "credential_not_allowed"),
    ] {
        let aws = Aws::with(source(site.url("/l.csv"), name), None).await;
        if let Some(secret) = secret {
            aws.put_secret(name, secret);
        }
        let (fetching, job) = aws.fetch().await;
        let error = job.error.unwrap();
        assert_eq!(
            (fetching, job.phase, error.code.as_str()),
            (Fetching::Failed, Phase::Failed, code)
        );
        assert!(
            error.message.contains(name) && error.message.ends_with('.'),
            "{}",
            error.message
        );
        assert!(!error.message.contains("hunter2"), "{}", error.message);
    }
    assert!(site.requests().is_empty(), "nobody is asked without credentials");
}

#[tokio::test]
async fn a_sheet_wants_a_service_account() {
    let sheet = Source::GoogleSheet {
        sheet: "1aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789-_abcde".parse().unwrap(),
        tab: None,
        credential: Some("pricecourier/acme".parse().unwrap()),
    };
    let aws = Aws::with(sheet, Some("http://127.0.0.1:9")).await;
    aws.put_secret(
        "pricecourier/acme",
        Secret::Text(r#"{"kind":"bearer","token":"t0ken"}"#.into()),
    );
    let (_, job) = aws.fetch().await;
    let error = job.error.unwrap();
    assert_eq!(error.code, "credential_garbled");
    assert!(error.message.contains("service account"), "{}", error.message);
}
