//! Google sheets, against a stand-in for Google's documents, Drive API and token service.

use std::{sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{FileState, SheetTab};
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};
use sources::{
    Credential, FetchError, Fetched, GoogleEndpoints, GoogleSheet, GoogleSheets, HttpFetcher, ServiceAccount,
};

use crate::{
    policy, read,
    server::{Act, Request, Server, answer, pattern, reply},
};

const SHEET: &str = "1aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789-_abcde";
const EMAIL: &str = "reader@pricecourier-test.iam.gserviceaccount.com";
const JSON: &[(&str, &str)] = &[("Content-Type", "application/json; charset=UTF-8")];
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const SPREADSHEET: &str = "application/vnd.google-apps.spreadsheet";

/// Made for these tests; it opens nothing.
fn key() -> String {
    include_str!("../data/rsa-2048-for-tests.b64").to_owned()
}

fn account() -> ServiceAccount {
    let pem = format!("-----BEGIN {0}-----\n{1}-----END {0}-----\n", "PRIVATE KEY", key());
    let file = json!({"type": "service_account", "client_email": EMAIL, "private_key_id": "k1", "private_key": pem,
        "token_uri": "https://elsewhere.example/token"});
    match Credential::from_secret(&file.to_string()).unwrap() {
        Credential::ServiceAccount(account) => account,
        other => panic!("{other:?}"),
    }
}

fn sheet(account: Option<ServiceAccount>) -> GoogleSheet {
    GoogleSheet {
        sheet: SHEET.parse().unwrap(),
        tab: None,
        account,
        known_state: None,
    }
}

fn sheets(server: &Server) -> GoogleSheets {
    let endpoints = GoogleEndpoints::new(Some(&server.url("")), Some(&server.url(""))).unwrap();
    GoogleSheets::new(HttpFetcher::new(policy()).unwrap(), endpoints)
}

async fn open_at(sheets: &GoogleSheets, sheet: &GoogleSheet, now: &str) -> Result<Fetched, FetchError> {
    sheets
        .open_within(sheet, Duration::from_secs(10), now.parse().unwrap())
        .await
}

async fn open(sheets: &GoogleSheets, sheet: &GoogleSheet) -> Result<Fetched, FetchError> {
    open_at(sheets, sheet, "2026-01-01T00:00:00Z").await
}

async fn bytes(fetched: Result<Fetched, FetchError>) -> Vec<u8> {
    match fetched.unwrap() {
        Fetched::Body(body) => read(body).await.unwrap(),
        Fetched::Unchanged => panic!("unchanged"),
    }
}

fn granted() -> Vec<Act> {
    let token = json!({"access_token": "t0ken", "expires_in": 3599, "token_type": "Bearer"});
    reply("200 OK", JSON, token.to_string().as_bytes())
}

fn metadata(mime_type: &str) -> Value {
    json!({"name": "Acme prices", "mimeType": mime_type, "version": "7", "modifiedTime": "2025-12-31T10:00:00.000Z"})
}

fn refused(status: &str, reason: &str) -> Vec<Act> {
    let body = json!({"error": {"code": 403, "message": "m", "errors": [{"domain": "global", "reason": reason, "message": "m"}]}});
    reply(status, JSON, body.to_string().as_bytes())
}

/// A private sheet whose `export` is answered by `script`.
async fn private(export: impl Fn(&Request) -> Vec<Act> + Send + Sync + 'static) -> Server {
    Server::start(move |_, request| {
        if request.target == "/token" {
            return granted();
        }
        if request.header("authorization") != Some("Bearer t0ken") {
            return refused("401 Unauthorized", "authError");
        }
        match request.target.contains("fields=") {
            true => reply("200 OK", JSON, metadata(SPREADSHEET).to_string().as_bytes()),
            false => export(request),
        }
    })
    .await
}

#[tokio::test]
async fn a_sheet_open_to_everyone_is_exported_as_a_workbook_or_one_tab_as_csv() {
    let workbook = pattern(30_000, 1);
    let served = workbook.clone();
    let server = Server::start(move |_, request| match request.target.split_once("export?") {
        Some((_, "format=xlsx")) => reply("307 Temporary Redirect", &[("Location", "/content/x")], b""),
        Some((_, "format=csv&gid=7")) => reply("200 OK", &[("Content-Type", "text/csv")], b"a,b\n1,2\n"),
        _ => reply(
            "200 OK",
            &[
                ("Content-Type", XLSX),
                ("Content-Disposition", "attachment; filename=\"Acme.xlsx\""),
            ],
            &served,
        ),
    })
    .await;
    let sheets = sheets(&server);
    let Fetched::Body(body) = open(&sheets, &sheet(None)).await.unwrap() else {
        panic!("unchanged")
    };
    assert_eq!(body.file_name.as_str(), "Acme.xlsx");
    assert_eq!(read(body).await.unwrap(), workbook);
    let tab = GoogleSheet {
        tab: Some(SheetTab(7)),
        ..sheet(None)
    };
    assert_eq!(bytes(open(&sheets, &tab).await).await, b"a,b\n1,2\n");
    assert_eq!(
        server.requests()[0].target,
        format!("/spreadsheets/d/{SHEET}/export?format=xlsx")
    );
}

#[tokio::test]
async fn a_sheet_that_is_not_open_says_so_however_google_puts_it() {
    let page = b"<!DOCTYPE html><html><title>Sign in</title></html>";
    let answers: [Vec<Act>; 4] = [
        reply("200 OK", &[("Content-Type", "Text/HTML; charset=utf-8")], page),
        reply("302 Found", &[("Location", "/ServiceLogin?continue=x")], b""),
        reply("401 Unauthorized", &[("Content-Type", "text/html")], page),
        reply("403 Forbidden", &[("Content-Type", "text/html")], page),
    ];
    let server = Server::start(move |number, _| answers[number].clone()).await;
    let sheets = sheets(&server);
    for _ in 0..4 {
        let error = open(&sheets, &sheet(None)).await.unwrap_err();
        assert_eq!(
            (error.code(), error.is_transient()),
            ("auth_required", false),
            "{error}"
        );
        assert!(error.to_string().contains("Anyone with the link"), "{error}");
    }
    assert_eq!(server.requests().len(), 4, "no answer is asked for twice");
}

#[tokio::test]
async fn a_private_sheet_is_exported_by_a_signed_claim() {
    let workbook = pattern(20_000, 2);
    let served = workbook.clone();
    let server = private(move |_| reply("200 OK", &[("Content-Type", XLSX)], &served)).await;
    let sheets = sheets(&server);
    let Fetched::Body(body) = open(&sheets, &sheet(Some(account()))).await.unwrap() else {
        panic!("unchanged")
    };
    assert_eq!(body.file_name.as_str(), "Acme prices.xlsx");
    assert_eq!(body.file_state.drive_version.as_deref(), Some("7"));
    assert_eq!(read(body).await.unwrap(), workbook);

    let requests = server.requests();
    let form = String::from_utf8(requests[0].body.clone()).unwrap();
    let (grant, assertion) = form.split_once("&assertion=").unwrap();
    assert_eq!(
        grant,
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant%2Dtype%3Ajwt%2Dbearer"
    );
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    let part = |n: usize| {
        let json = BASE64_URL_SAFE_NO_PAD
            .decode(signed.split('.').nth(n).unwrap())
            .unwrap();
        serde_json::from_slice::<Value>(&json).unwrap()
    };
    assert_eq!(part(0), json!({"alg": "RS256", "typ": "JWT", "kid": "k1"}));
    let now = 1_767_225_600;
    assert_eq!(
        part(1),
        json!({"iss": EMAIL, "scope": "https://www.googleapis.com/auth/drive.readonly",
            "aud": server.url("/token"), "iat": now, "exp": now + 3600})
    );
    let der: String = key().split_whitespace().collect();
    let der = base64::prelude::BASE64_STANDARD.decode(der).unwrap();
    let pair = ring::rsa::KeyPair::from_pkcs8(&der).unwrap();
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key())
        .verify(signed.as_bytes(), &BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap())
        .unwrap();
    let export = &requests[2].target;
    assert!(
        export.starts_with(&format!("/drive/v3/files/{SHEET}/export?mimeType=")),
        "{export}"
    );
}

#[tokio::test]
async fn a_token_is_kept_until_it_expires_and_renewed_when_it_is_withdrawn() {
    let server = private(|_| reply("200 OK", &[("Content-Type", XLSX)], b"PK")).await;
    let (sheets, private_sheet) = (sheets(&server), sheet(Some(account())));
    let tokens = |server: &Server| server.requests().iter().filter(|r| r.target == "/token").count();
    for (now, asked) in [
        ("2026-01-01T00:00:00Z", 1),
        ("2026-01-01T00:58:00Z", 1),
        ("2026-01-01T00:59:30Z", 2),
    ] {
        bytes(open_at(&sheets, &private_sheet, now).await).await;
        assert_eq!(tokens(&server), asked, "{now}");
    }

    let withdrawn = Server::start(|number, request| match (number, request.target.as_str()) {
        (_, "/token") => granted(),
        // The third fetch's first request meets a token that is no longer good.
        (3, _) => refused("401 Unauthorized", "authError"),
        (_, target) if target.contains("fields=") => {
            reply("200 OK", JSON, metadata(SPREADSHEET).to_string().as_bytes())
        }
        _ => reply("200 OK", &[("Content-Type", XLSX)], b"PK"),
    })
    .await;
    let sheets = self::sheets(&withdrawn);
    for _ in 0..2 {
        assert_eq!(bytes(open(&sheets, &private_sheet).await).await, b"PK");
    }
    assert_eq!(tokens(&withdrawn), 2);
}

#[tokio::test]
async fn a_sheet_over_the_export_limit_comes_by_its_export_link() {
    let workbook = pattern(50_000, 3);
    let served = workbook.clone();
    let server = Server::start(move |_, request| match request.target.as_str() {
        "/token" => granted(),
        target if target.contains("fields=") => {
            let mut file = metadata(SPREADSHEET);
            let host = request.header("host").unwrap();
            file["exportLinks"] = json!({XLSX: format!("http://{host}/spreadsheets/export?id=x&exportFormat=xlsx")});
            reply("200 OK", JSON, file.to_string().as_bytes())
        }
        target if target.contains("/export?mimeType=") => refused("403 Forbidden", "exportSizeLimitExceeded"),
        _ if request.header("authorization") == Some("Bearer t0ken") => {
            reply("200 OK", &[("Content-Type", XLSX)], &served)
        }
        _ => reply("401 Unauthorized", &[], b""),
    })
    .await;
    assert_eq!(
        bytes(open(&sheets(&server), &sheet(Some(account()))).await).await,
        workbook
    );
}

#[tokio::test]
async fn an_export_link_to_elsewhere_gets_no_token() {
    let elsewhere = Arc::new(Server::start(|_, _| reply("200 OK", &[], b"PK")).await);
    let link = elsewhere.url("/x");
    let server = Server::start(move |_, request| match request.target.as_str() {
        "/token" => granted(),
        target if target.contains("fields=") => {
            let mut file = metadata(SPREADSHEET);
            file["exportLinks"] = json!({XLSX: link});
            reply("200 OK", JSON, file.to_string().as_bytes())
        }
        _ => refused("403 Forbidden", "exportSizeLimitExceeded"),
    })
    .await;
    let error = open(&sheets(&server), &sheet(Some(account()))).await.unwrap_err();
    assert_eq!((error.code(), error.is_transient()), ("too_large", false));
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_chosen_tab_of_a_private_sheet_is_exported_as_csv() {
    let server = private(|request| match request.target.ends_with("/export?format=csv&gid=7") {
        true => reply("200 OK", &[("Content-Type", "text/csv")], b"a,b\n"),
        false => reply("404 Not Found", &[], b""),
    })
    .await;
    let tab = GoogleSheet {
        tab: Some(SheetTab(7)),
        ..sheet(Some(account()))
    };
    let Fetched::Body(body) = open(&sheets(&server), &tab).await.unwrap() else {
        panic!("unchanged")
    };
    assert_eq!(body.file_name.as_str(), "Acme prices 7.csv");
    assert_eq!(read(body).await.unwrap(), b"a,b\n");
}

#[tokio::test]
async fn drive_tells_that_nothing_changed() {
    let server = private(|_| reply("200 OK", &[("Content-Type", XLSX)], b"PK")).await;
    let known = |version: &str, modified: &str| GoogleSheet {
        known_state: Some(FileState {
            drive_version: Some(version.into()),
            drive_modified: Some(modified.into()),
            ..FileState::default()
        }),
        ..sheet(Some(account()))
    };
    let sheets = sheets(&server);
    for same in [
        known("7", "2025-12-31T10:00:00.000Z"),
        known("6", "2025-12-31T10:00:00.000Z"),
    ] {
        assert!(matches!(open(&sheets, &same).await.unwrap(), Fetched::Unchanged));
    }
    let other = known("6", "2025-12-30T10:00:00.000Z");
    assert_eq!(bytes(open(&sheets, &other).await).await, b"PK");
}

#[tokio::test]
async fn a_used_up_quota_passes() {
    let server = Server::start(|number, request| match (number, request.target.as_str()) {
        (_, "/token") if number == 0 => reply("429 Too Many Requests", &[], b""),
        (_, "/token") => granted(),
        (2, _) => refused("403 Forbidden", "userRateLimitExceeded"),
        (3, _) => reply("429 Too Many Requests", &[("Retry-After", "0")], b""),
        (_, target) if target.contains("fields=") => {
            reply("200 OK", JSON, metadata(SPREADSHEET).to_string().as_bytes())
        }
        (5, _) => refused("403 Forbidden", "rateLimitExceeded"),
        _ => reply("200 OK", &[("Content-Type", XLSX)], b"PK"),
    })
    .await;
    assert_eq!(
        bytes(open(&sheets(&server), &sheet(Some(account()))).await).await,
        b"PK"
    );
    let always = Server::start(|_, request| match request.target.as_str() {
        "/token" => granted(),
        _ => refused("403 Forbidden", "userRateLimitExceeded"),
    })
    .await;
    let error = open(&sheets(&always), &sheet(Some(account()))).await.unwrap_err();
    assert_eq!((error.code(), error.is_transient()), ("rate_limited", true));
}

#[tokio::test]
async fn each_refusal_says_what_to_do() {
    let cases: [(&str, &str, Vec<Act>, &str, &str); 5] = [
        (
            "the token",
            "/token",
            reply(
                "400 Bad Request",
                JSON,
                br#"{"error":"invalid_grant","error_description":"assertion eyJ.x.y"}"#,
            ),
            "credential_refused",
            "invalid_grant",
        ),
        (
            "a sheet of others",
            "fields=",
            refused("404 Not Found", "notFound"),
            "auth_required",
            EMAIL,
        ),
        (
            "a sheet that may not be copied",
            "mimeType=",
            refused("403 Forbidden", "insufficientFilePermissions"),
            "auth_required",
            EMAIL,
        ),
        (
            "a project without the API",
            "fields=",
            refused("403 Forbidden", "accessNotConfigured"),
            "google_api_disabled",
            "Drive API",
        ),
        (
            "a document",
            "fields=",
            reply(
                "200 OK",
                JSON,
                metadata("application/vnd.google-apps.document").to_string().as_bytes(),
            ),
            "not_a_sheet",
            "google-apps.document",
        ),
    ];
    for (what, at, refusal, code, says) in cases {
        let server = Server::start(move |_, request| match request.target.as_str() {
            target if target.contains(at) => refusal.clone(),
            "/token" => granted(),
            target if target.contains("fields=") => reply("200 OK", JSON, metadata(SPREADSHEET).to_string().as_bytes()),
            _ => reply("200 OK", &[("Content-Type", XLSX)], b"PK"),
        })
        .await;
        let error = open(&sheets(&server), &sheet(Some(account()))).await.unwrap_err();
        assert_eq!((error.code(), error.is_transient()), (code, false), "{what}: {error}");
        assert!(
            error.to_string().contains(says) && !error.to_string().contains("eyJ"),
            "{what}: {error}"
        );
    }
}

#[tokio::test]
async fn a_workbook_kept_in_drive_comes_as_it_is() {
    let server = Server::start(|_, request| match request.target.as_str() {
        "/token" => granted(),
        target if target.contains("fields=") => {
            let mut file = metadata(XLSX);
            file["name"] = "list.xlsx".into();
            reply("200 OK", JSON, file.to_string().as_bytes())
        }
        target if target.contains("alt=media") => vec![Act::Send(answer("200 OK", &[("Content-Type", XLSX)], b"PK1"))],
        _ => reply("404 Not Found", &[], b""),
    })
    .await;
    let Fetched::Body(body) = open(&sheets(&server), &sheet(Some(account()))).await.unwrap() else {
        panic!("unchanged")
    };
    assert_eq!(body.file_name.as_str(), "list.xlsx");
    assert_eq!(read(body).await.unwrap(), b"PK1");
}
