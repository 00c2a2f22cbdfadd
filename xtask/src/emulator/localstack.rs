//! LocalStack 4.14 on the host, with the plug-ins of `localstack/host_mode`.

use std::path::Path;

use anyhow::Result;

use super::{Launch, clean_command};
use crate::python::{Requirements, Venv, environment};
use crate::workspace::Workspace;

pub(super) const MARKER: &str = "localstack.runtime.main";

pub(super) fn venv(workspace: &Workspace) -> Result<Venv> {
    environment(
        workspace,
        &Requirements {
            name: "localstack",
            title: "LocalStack (500 MB)",
            python: (3, 12),
            package: Some("localstack/host_mode"),
        },
    )
}

pub(super) fn launch(workspace: &Workspace, instance: &Path, port: u16) -> Result<Launch> {
    let mut command = clean_command(&venv(workspace)?.program("python"), instance)?;
    command
        .args(["-m", MARKER])
        .env("GATEWAY_LISTEN", format!("127.0.0.1:{port}"))
        .env("GATEWAY_SERVER", "loopback")
        // Names such as *.localhost.localstack.cloud need a DNS server; this one never leaves the machine.
        .env("LOCALSTACK_HOST", format!("localhost:{port}"))
        .env("SQS_ENDPOINT_STRATEGY", "path")
        .env("LAMBDA_RUNTIME_EXECUTOR", "process")
        .env("PROVIDER_OVERRIDE_DYNAMODB", "moto")
        .env("LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC", "1")
        .env("FILESYSTEM_ROOT", instance.join("emulator/root"))
        // It refuses forms of pages that it does not know, and knows only its own; the function checks where they come from.
        .env("DISABLE_CORS_CHECKS", "1")
        .env("SKIP_SSL_CERT_DOWNLOAD", "1")
        .env("DISABLE_EVENTS", "1")
        .env("DNS_ADDRESS", "0");
    Ok(Launch {
        command,
        marker: MARKER,
    })
}
