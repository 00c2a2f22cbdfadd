//! The admin API, as far as suppliers go.

use std::time::Duration;

use anyhow::{Context, bail};
use domain::{Supplier, SupplierId, SupplierSettings};
use serde::Deserialize;
use serde_json::{Value, json};
use ureq::{Agent, Body, http::Response};

/// The API with the admin token.
pub(super) struct AdminApi {
    agent: Agent,
    base: String,
    token: String,
}

#[derive(Deserialize)]
struct SupplierList {
    suppliers: Vec<Supplier>,
    next_cursor: Option<String>,
}

impl AdminApi {
    pub(super) fn new(base: &str, token: String) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        Self {
            agent,
            base: base.trim_end_matches('/').to_owned(),
            token,
        }
    }

    /// All suppliers.
    pub(super) fn suppliers(&self) -> anyhow::Result<Vec<Supplier>> {
        let mut suppliers = Vec::new();
        let mut cursor = None;
        loop {
            let page = self.page(cursor.as_deref())?;
            suppliers.extend(page.suppliers);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(suppliers);
            }
        }
    }

    fn page(&self, cursor: Option<&str>) -> anyhow::Result<SupplierList> {
        let request = self.agent.get(format!("{}/admin/suppliers", self.base));
        let request = request.query("limit", "200");
        let request = match cursor {
            Some(cursor) => request.query("cursor", cursor),
            None => request,
        };
        let answer = request.header("Authorization", format!("Bearer {}", self.token)).call();
        let mut answer = accepted("listing suppliers", answer)?;
        let page = answer.body_mut().read_json();
        page.context("the list of suppliers cannot be read")
    }

    /// Adds a supplier.
    pub(super) fn add(&self, id: &SupplierId, settings: &SupplierSettings) -> anyhow::Result<()> {
        let mut body = serde_json::to_value(settings)?;
        if let Value::Object(fields) = &mut body {
            fields.insert("supplier_id".to_owned(), json!(id));
        }
        let request = self.agent.post(format!("{}/admin/suppliers", self.base));
        let answer = request
            .header("Authorization", format!("Bearer {}", self.token))
            .send_json(body);
        accepted(&format!("adding {id}"), answer).map(drop)
    }

    /// Replaces a supplier's settings.
    pub(super) fn change(&self, id: &SupplierId, settings: &SupplierSettings) -> anyhow::Result<()> {
        let request = self.agent.put(format!("{}/admin/suppliers/{id}", self.base));
        let answer = request
            .header("Authorization", format!("Bearer {}", self.token))
            .send_json(settings);
        accepted(&format!("changing {id}"), answer).map(drop)
    }
}

fn accepted(what: &str, answer: Result<Response<Body>, ureq::Error>) -> anyhow::Result<Response<Body>> {
    let mut answer = answer.with_context(|| format!("{what}: the API cannot be reached"))?;
    if answer.status().is_success() {
        return Ok(answer);
    }
    let problem: Value = answer.body_mut().read_json().unwrap_or_default();
    match problem.get("detail").and_then(Value::as_str) {
        Some(detail) => bail!("{what}: {detail}"),
        None => bail!("{what}: the API answered {}", answer.status()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use domain::Source;
    use tiny_http::{Response, Server};

    use super::*;

    /// Answers one request with `status` and `body`; gives what it was asked.
    fn answering(status: u16, body: &'static str) -> (AdminApi, mpsc::Receiver<String>) {
        let server = Server::http("127.0.0.1:0").unwrap();
        let base = format!("http://{}/", server.server_addr().to_ip().unwrap());
        let (asked, asks) = mpsc::channel();
        std::thread::spawn(move || {
            let mut request = server.recv().unwrap();
            let mut sent = String::new();
            std::io::Read::read_to_string(request.as_reader(), &mut sent).unwrap();
            let authorization = request
                .headers()
                .iter()
                .find(|header| header.field.equiv("Authorization"));
            let authorization = authorization.map(|header| header.value.to_string()).unwrap_or_default();
            asked
                .send(format!("{} {} {authorization} {sent}", request.method(), request.url()))
                .unwrap();
            request
                .respond(Response::from_string(body).with_status_code(status))
                .unwrap();
        });
        (AdminApi::new(&base, "t0ken".to_owned()), asks)
    }

    #[test]
    fn a_supplier_is_added_with_its_id() {
        let (api, asks) = answering(201, "{}");
        let settings = SupplierSettings::new("Acme", Source::Upload);
        api.add(&"acme".parse().unwrap(), &settings).unwrap();
        let asked = asks.recv().unwrap();
        let body = asked.strip_prefix("POST /admin/suppliers Bearer t0ken ").unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!((&body["supplier_id"], &body["name"]), (&json!("acme"), &json!("Acme")));
    }

    #[test]
    fn what_the_api_says_is_said() {
        let (api, _asks) = answering(400, r#"{"detail": "name: 1 to 200 characters are needed"}"#);
        let settings = SupplierSettings::new("", Source::Upload);
        let error = api.change(&"acme".parse().unwrap(), &settings).unwrap_err();
        assert_eq!(error.to_string(), "changing acme: name: 1 to 200 characters are needed");
    }

    #[test]
    fn suppliers_are_listed() {
        let (api, asks) = answering(
            200,
            r#"{"suppliers": [{"supplier_id": "acme", "name": "Acme", "source": {"kind": "upload"},
                "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "something_newer": 1}]}"#,
        );
        assert_eq!(api.suppliers().unwrap()[0].settings.name, "Acme");
        assert!(
            asks.recv()
                .unwrap()
                .starts_with("GET /admin/suppliers?limit=200 Bearer")
        );
    }
}
