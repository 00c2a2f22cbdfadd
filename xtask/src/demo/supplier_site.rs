//! The suppliers' web site: serves the demo's price lists to whoever asks.

use std::net::IpAddr;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tiny_http::{Header, Request, Response, Server, StatusCode};

use super::lists::{DemoFile, DemoSupplier};

const IN_PATH: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// A server that lives as long as this value.
pub(crate) struct SupplierSite {
    server: Arc<Server>,
    base: String,
}

impl SupplierSite {
    /// Serves each supplier's file on a free port of `listen`; `host` is how the functions reach that address.
    pub(crate) fn start(suppliers: &[DemoSupplier], listen: IpAddr, host: &str) -> Result<Self> {
        let server = Server::http((listen, 0)).map_err(|error| anyhow!("the price lists cannot be served: {error}"))?;
        let port = server
            .server_addr()
            .to_ip()
            .map(|address| address.port())
            .unwrap_or_default();
        let server = Arc::new(server);
        let files: Vec<(String, DemoFile)> = suppliers
            .iter()
            .map(|supplier| (path(supplier), supplier.file.clone()))
            .collect();
        std::thread::spawn({
            let server = Arc::clone(&server);
            move || {
                while let Ok(request) = server.recv() {
                    answer(request, &files);
                }
            }
        });
        Ok(Self {
            server,
            base: format!("http://{host}:{port}"),
        })
    }

    /// Where a supplier's price list is.
    pub(crate) fn url(&self, supplier: &DemoSupplier) -> String {
        format!("{}{}", self.base, path(supplier))
    }
}

impl Drop for SupplierSite {
    fn drop(&mut self) {
        self.server.unblock();
    }
}

fn path(supplier: &DemoSupplier) -> String {
    format!("/{}/{}", supplier.id, utf8_percent_encode(supplier.file.name, &IN_PATH))
}

fn answer(request: Request, files: &[(String, DemoFile)]) {
    let found = files.iter().find(|(path, _)| request.url() == path);
    let response = match found {
        Some((_, file)) => {
            let response = Response::from_data(file.bytes.clone());
            match Header::from_bytes("Content-Type", file.content_type) {
                Ok(header) => response.with_header(header),
                Err(()) => response,
            }
        }
        None => Response::from_data("There is no such price list.\n").with_status_code(StatusCode(404)),
    };
    // A client that has gone away needs no answer.
    let _ = request.respond(response);
}
