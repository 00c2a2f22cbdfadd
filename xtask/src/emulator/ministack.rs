//! MiniStack: one Python process, functions as its children.

use std::path::Path;

use anyhow::Result;

use super::{Launch, clean_command};
use crate::python::{Requirements, Venv, environment};
use crate::workspace::Workspace;

pub(super) const MARKER: &str = "bin/ministack";

pub(super) fn venv(workspace: &Workspace) -> Result<Venv> {
    environment(
        workspace,
        &Requirements {
            name: "ministack",
            title: "MiniStack",
            python: (3, 10),
            package: None,
        },
    )
}

pub(super) fn launch(workspace: &Workspace, instance: &Path, port: u16) -> Result<Launch> {
    let mut command = clean_command(&venv(workspace)?.program("ministack"), instance)?;
    command
        .env("GATEWAY_PORT", port.to_string())
        .env("BIND_HOST", "127.0.0.1")
        // Functions inherit the process's environment: this is how they find the emulator, and log as on AWS.
        .env("AWS_ENDPOINT_URL", format!("http://localhost:{port}"))
        .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
        // Two servers on fixed ports of every interface that nothing here needs.
        .env("IOT_MTLS_ENABLED", "0")
        .env("SFTP_ENABLED", "0");
    Ok(Launch {
        command,
        marker: MARKER,
    })
}
