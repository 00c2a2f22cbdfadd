//! Signing in with an account, against an issuer on a socket of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests; what surrounds them counts as production code to the lints"
)]

mod support;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use api::{Deps, Oidc, OidcSettings};
use axum::{
    Form, Json, Router,
    body::Body,
    extract::State,
    http::{Request, StatusCode, header},
    response::Response,
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use mocked_aws::Rule;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::{NOW, ask, bodiless, deps_with, text, tries};
use url::Url;

const CLIENT: &str = "pricecourier";

/// An issuer: discovery, keys, and a token for whoever has the code and the verifier.
struct Issuer {
    address: String,
    key: EcdsaKeyPair,
    /// The next token's claims, beside issuer and nonce.
    claims: Mutex<Value>,
    /// What came to the authorization endpoint.
    asked: Mutex<HashMap<String, String>>,
    /// The signature is broken on purpose.
    forges: Mutex<bool>,
}

impl Issuer {
    async fn start() -> Arc<Self> {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = Arc::new(Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            key: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap(),
            claims: Mutex::new(json!({})),
            asked: Mutex::default(),
            forges: Mutex::new(false),
        });
        let doors = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(Arc::clone(&issuer));
        tokio::spawn(async move { axum::serve(listener, doors).await });
        issuer
    }

    fn token(&self) -> String {
        let asked = self.asked.lock().unwrap();
        let mut claims = json!({
            "iss": self.address,
            "sub": "u-1",
            "aud": CLIENT,
            "exp": seconds(NOW) + 300,
            "nonce": asked["nonce"],
            "email": "buyer@example.com",
        });
        for (name, value) in self.claims.lock().unwrap().as_object().unwrap() {
            claims[name] = value.clone();
        }
        let part = |json: &Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
        let message = format!("{}.{}", part(&json!({"alg": "ES256", "kid": "k1"})), part(&claims));
        let mut signature = self
            .key
            .sign(&SystemRandom::new(), message.as_bytes())
            .unwrap()
            .as_ref()
            .to_vec();
        if *self.forges.lock().unwrap() {
            signature[0] ^= 1;
        }
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

fn seconds(time: &str) -> i64 {
    time.parse::<jiff::Timestamp>().unwrap().as_second()
}

async fn discovery(State(issuer): State<Arc<Issuer>>) -> Json<Value> {
    let at = |path: &str| format!("{}/{path}", issuer.address);
    Json(json!({
        "issuer": issuer.address,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "jwks_uri": at("keys"),
    }))
}

async fn keys(State(issuer): State<Arc<Issuer>>) -> Json<Value> {
    let point = &issuer.key.public_key().as_ref()[1..];
    let part = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let (x, y) = point.split_at(32);
    Json(json!({"keys": [
        {"kty": "oct", "kid": "k0", "k": "c2VjcmV0"},
        {"kty": "EC", "crv": "P-256", "use": "sig", "kid": "k1", "x": part(x), "y": part(y)},
    ]}))
}

async fn token(
    State(issuer): State<Arc<Issuer>>,
    Form(form): Form<HashMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
    let is_right = {
        let asked = issuer.asked.lock().unwrap();
        challenge == asked["code_challenge"]
            && form["redirect_uri"] == asked["redirect_uri"]
            && form["grant_type"] == "authorization_code"
            && form["client_id"] == CLIENT
            && form["code"] == "c-1"
    };
    match is_right {
        true => (
            StatusCode::OK,
            Json(json!({"id_token": issuer.token(), "token_type": "Bearer"})),
        ),
        false => (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))),
    }
}

fn deps_at(issuer: &Issuer, rules: &[&Rule]) -> Arc<Deps> {
    let settings = OidcSettings {
        issuer: issuer.address.clone(),
        client_id: CLIENT.into(),
        client_secret: None,
        public_url: "https://prices.example.com/".parse().unwrap(),
        role_claim: "groups".into(),
        admin_value: "price-admins".into(),
        viewer_value: "price-viewers".into(),
    };
    deps_with(NOW, rules, &[], Some(Oidc::new(settings).unwrap()))
}

/// Goes to the provider as a browser does; answers the journey's cookie and the state.
async fn depart(issuer: &Issuer, deps: &Arc<Deps>) -> (String, String) {
    let response = ask(Arc::clone(deps), bodiless(Request::get("/sign-in/oidc"))).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let address: Url = response.headers()[header::LOCATION].to_str().unwrap().parse().unwrap();
    assert!(address.as_str().starts_with(&format!("{}/authorize?", issuer.address)));
    let asked: HashMap<String, String> = address.query_pairs().into_owned().collect();
    assert_eq!(
        (
            asked["response_type"].as_str(),
            asked["scope"].as_str(),
            asked["code_challenge_method"].as_str()
        ),
        ("code", "openid profile email", "S256")
    );
    assert_eq!(asked["redirect_uri"], "https://prices.example.com/sign-in/oidc/back");
    let state = asked["state"].clone();
    *issuer.asked.lock().unwrap() = asked;
    (cookie_of(&response, "sign-in").unwrap(), state)
}

async fn come_back(deps: &Arc<Deps>, cookie: &str, query: &str) -> Response {
    let back = Request::get(format!("/sign-in/oidc/back?{query}")).header(header::COOKIE, cookie);
    ask(Arc::clone(deps), bodiless(back)).await
}

/// The `name=value` of a cookie that is set.
fn cookie_of(response: &Response, name: &str) -> Option<String> {
    let set = response.headers().get_all(header::SET_COOKIE).iter();
    let mut pairs = set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
    pairs.find(|pair| pair.starts_with(&format!("{name}=")) && !pair.ends_with('='))
}

async fn sign_in(claims: Value) -> (Response, Arc<Deps>) {
    let issuer = Issuer::start().await;
    let deps = deps_at(&issuer, &[&tries(1)]);
    let (cookie, state) = depart(&issuer, &deps).await;
    *issuer.claims.lock().unwrap() = claims;
    let response = come_back(&deps, &cookie, &format!("code=c-1&state={state}")).await;
    (response, deps)
}

#[tokio::test]
async fn an_account_signs_in_with_the_role_of_its_group() {
    for (groups, may_change) in [
        (json!(["staff", "price-admins"]), true),
        (json!("price-viewers"), false),
    ] {
        let (response, deps) = sign_in(json!({ "groups": groups })).await;
        assert_eq!(
            (response.status(), &response.headers()[header::LOCATION]),
            (StatusCode::SEE_OTHER, &"/".parse().unwrap())
        );
        let session = cookie_of(&response, "session").unwrap();
        assert!(cookie_of(&response, "sign-in").is_none(), "the journey is over");
        // What the session says shows on a page that needs no store.
        let page = Request::get("/suppliers/new").header(header::COOKIE, &session);
        assert_eq!(ask(Arc::clone(&deps), bodiless(page)).await.status(), StatusCode::OK);
        let change = Request::post("/admin/sources/test")
            .header(header::COOKIE, &session)
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(""))
            .unwrap();
        let expected = if may_change {
            StatusCode::BAD_REQUEST
        } else {
            StatusCode::FORBIDDEN
        };
        assert_eq!(ask(deps, change).await.status(), expected);
    }
}

#[tokio::test]
async fn a_token_that_is_not_for_this_sign_in_opens_nothing() {
    let admin = json!(["price-admins"]);
    for (claims, told) in [
        (json!({"groups": []}), "buyer@example.com has no role here"),
        (json!({"groups": admin, "aud": "another"}), "could not be trusted"),
        (
            json!({"groups": admin, "aud": [CLIENT, "x"], "azp": "x"}),
            "could not be trusted",
        ),
        (
            json!({"groups": admin, "iss": "https://elsewhere.example"}),
            "could not be trusted",
        ),
        (
            json!({"groups": admin, "exp": seconds(NOW) - 61}),
            "could not be trusted",
        ),
        (
            json!({"groups": admin, "nbf": seconds(NOW) + 61}),
            "could not be trusted",
        ),
        (
            json!({"groups": admin, "nonce": "of another sign-in"}),
            "could not be trusted",
        ),
    ] {
        let (response, _) = sign_in(claims.clone()).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{claims}");
        assert!(cookie_of(&response, "session").is_none(), "{claims}");
        let page = text(response).await.to_lowercase();
        assert!(page.contains(told), "{claims}: {page}");
    }
}

#[tokio::test]
async fn a_forged_signature_opens_nothing() {
    let issuer = Issuer::start().await;
    let deps = deps_at(&issuer, &[&tries(1)]);
    let (cookie, state) = depart(&issuer, &deps).await;
    *issuer.claims.lock().unwrap() = json!({"groups": ["price-admins"]});
    *issuer.forges.lock().unwrap() = true;
    let response = come_back(&deps, &cookie, &format!("code=c-1&state={state}")).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(cookie_of(&response, "session").is_none());
}

#[tokio::test]
async fn a_journey_that_was_not_begun_here_ends_at_the_door() {
    let issuer = Issuer::start().await;
    let deps = deps_at(&issuer, &[&tries(1)]);
    let (cookie, state) = depart(&issuer, &deps).await;
    *issuer.claims.lock().unwrap() = json!({"groups": ["price-admins"]});
    let another_browser = format!("code=c-1&state={state}");
    for (cookie, query, told) in [
        ("", another_browser.as_str(), "begun elsewhere"),
        (cookie.as_str(), "code=c-1&state=made-up", "begun elsewhere"),
        (cookie.as_str(), "code=c-1", "begun elsewhere"),
        (
            cookie.as_str(),
            &format!("error=access_denied&state={state}"),
            "access_denied",
        ),
        (
            cookie.as_str(),
            &format!("code=stolen&state={state}"),
            "does not answer as it should",
        ),
    ] {
        let response = come_back(&deps, cookie, query).await;
        assert!(
            !response.status().is_success() && !response.status().is_redirection(),
            "{query}"
        );
        assert!(cookie_of(&response, "session").is_none(), "{query}");
        let page = text(response).await;
        assert!(page.contains(told), "{query}: {page}");
    }
}

#[tokio::test]
async fn without_a_provider_there_is_no_such_way_in() {
    let deps = deps_with(NOW, &[], &[], None);
    let page = text(ask(Arc::clone(&deps), bodiless(Request::get("/sign-in"))).await).await;
    assert!(!page.contains("/sign-in/oidc"), "{page}");
    let response = ask(deps, bodiless(Request::get("/sign-in/oidc"))).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}
