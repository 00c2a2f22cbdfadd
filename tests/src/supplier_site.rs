//! A supplier's web site, on this machine.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tiny_http::{Header, Response, Server, StatusCode};

use crate::price_list::PriceList;
use crate::stack::Stack;

/// What is served at a path.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    delay: Duration,
    /// Only a request with this header gets it; others get 401.
    wanted: Option<(&'static str, &'static str)>,
    /// What the first request gets instead.
    first: Option<Box<Page>>,
}

impl Page {
    /// A price list.
    pub(crate) fn list(file: &PriceList) -> Self {
        Self {
            status: 200,
            headers: vec![
                ("Content-Type", "text/csv; charset=utf-8".into()),
                ("ETag", "\"v1\"".into()),
            ],
            body: file.bytes.clone(),
            delay: Duration::ZERO,
            wanted: None,
            first: None,
        }
    }

    /// JSON.
    pub(crate) fn json(value: &serde_json::Value) -> Self {
        Self {
            headers: vec![("Content-Type", "application/json".into())],
            body: value.to_string().into(),
            ..Self::broken().with_status(200)
        }
    }

    /// A server that wants to be asked a second later.
    pub(crate) fn busy() -> Self {
        Self {
            headers: vec![("Retry-After", "1".into())],
            ..Self::broken().with_status(429)
        }
    }

    fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// What many sites answer, with status 200, when they want to know who asks.
    pub(crate) fn sign_in() -> Self {
        let html = "<!doctype html><html><head><title>Sign in</title></head><body><form action=\"/session\">\
                    <input name=user><input name=password type=password><button>Sign in</button></form></body></html>";
        Self {
            status: 200,
            headers: vec![("Content-Type", "text/html".into())],
            body: html.into(),
            delay: Duration::ZERO,
            wanted: None,
            first: None,
        }
    }

    /// A server that fails.
    pub(crate) fn broken() -> Self {
        Self {
            status: 500,
            headers: Vec::new(),
            body: b"Internal Server Error".to_vec(),
            delay: Duration::ZERO,
            wanted: None,
            first: None,
        }
    }

    /// The same, but the first request gets another answer.
    pub(crate) fn after_first(self, first: Self) -> Self {
        Self {
            first: Some(Box::new(first)),
            ..self
        }
    }

    /// The same, but only for who sends this header.
    pub(crate) fn behind(self, name: &'static str, value: &'static str) -> Self {
        Self {
            wanted: Some((name, value)),
            ..self
        }
    }

    /// The same, but later.
    pub(crate) fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

#[derive(Debug, Default)]
struct Served {
    pages: HashMap<String, Page>,
    hits: HashMap<String, u32>,
}

/// The site; it is there as long as this value.
pub(crate) struct SupplierSite {
    server: Arc<Server>,
    served: Arc<Mutex<Served>>,
    base: String,
}

impl SupplierSite {
    /// Opens on a free port that functions can reach.
    pub(crate) fn open(stack: &Stack) -> Self {
        Self::open_on(stack, 0)
    }

    /// Opens on this port.
    pub(crate) fn open_on(stack: &Stack, port: u16) -> Self {
        let (listen, host) = match stack.emulator.as_str() {
            // Functions run in containers, which see this machine under a name.
            "docker" => ("0.0.0.0", "host.docker.internal"),
            _ => ("127.0.0.1", "127.0.0.1"),
        };
        let server = Arc::new(Server::http((listen, port)).expect("a free port"));
        let port = server.server_addr().to_ip().expect("an address").port();
        let served = Arc::new(Mutex::new(Served::default()));
        std::thread::spawn({
            let (server, served) = (Arc::clone(&server), Arc::clone(&served));
            move || {
                while let Ok(request) = server.recv() {
                    let page = next_page(&served, request.url());
                    // A slow page holds up no other.
                    std::thread::spawn(move || answer(request, page));
                }
            }
        });
        Self {
            server,
            served,
            base: format!("http://{host}:{port}"),
        }
    }

    /// Serves `page` at `path` from now on; answers its address.
    pub(crate) fn serve(&self, path: &str, page: Page) -> String {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        served.pages.insert(path.to_owned(), page);
        format!("{}{path}", self.base)
    }

    /// How often `path` was asked for.
    pub(crate) fn hits(&self, path: &str) -> u32 {
        let served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        served.hits.get(path).copied().unwrap_or(0)
    }
}

impl Drop for SupplierSite {
    fn drop(&mut self) {
        self.server.unblock();
    }
}

fn next_page(served: &Mutex<Served>, path: &str) -> Option<Page> {
    let mut served = served.lock().unwrap_or_else(PoisonError::into_inner);
    *served.hits.entry(path.to_owned()).or_default() += 1;
    let page = served.pages.get_mut(path)?;
    let first = page.first.take();
    Some(first.map_or_else(|| page.clone(), |first| *first))
}

fn answer(request: tiny_http::Request, page: Option<Page>) {
    let Some(page) = page else {
        let _ = request.respond(Response::from_data("not here").with_status_code(StatusCode(404)));
        return;
    };
    if let Some((name, value)) = page.wanted {
        let sent = request.headers().iter().find(|header| header.field.equiv(name));
        if sent.is_none_or(|header| header.value.as_str() != value) {
            let _ = request.respond(Response::from_data("who asks?").with_status_code(StatusCode(401)));
            return;
        }
    }
    std::thread::sleep(page.delay);
    let mut response = Response::from_data(page.body).with_status_code(StatusCode(page.status));
    for (name, value) in &page.headers {
        response.add_header(Header::from_bytes(*name, value.as_bytes()).expect("a header"));
    }
    // A client that has gone away needs no answer.
    let _ = request.respond(response);
}
