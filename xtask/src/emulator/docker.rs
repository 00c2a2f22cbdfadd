//! LocalStack's own image, started by `localstack/compose.yaml`; functions run in containers of their own.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::run_logged;
use crate::workspace::Workspace;

pub(super) const MARKER: &str = "docker";

/// Fails with what to do when Docker cannot be used.
pub(super) fn check() -> Result<()> {
    let answer = Command::new("docker")
        .args(["info", "--format", "{{.ServerVersion}}"])
        .output();
    let answer = answer.context("`--emulator docker` needs Docker, and there is no `docker` on this machine")?;
    if !answer.status.success() {
        bail!(
            "Docker does not answer: {}",
            String::from_utf8_lossy(&answer.stderr).trim()
        );
    }
    Ok(())
}

pub(super) fn start(workspace: &Workspace, port: u16, log: &Path) -> Result<()> {
    run_logged(
        compose(workspace)
            .args(["up", "--detach", "--wait"])
            .env("LOCALSTACK_PORT", port.to_string()),
        log,
    )
}

pub(super) fn stop(workspace: &Workspace) -> Result<()> {
    run_logged(
        compose(workspace).args(["down", "--volumes", "--remove-orphans"]),
        &workspace.local().join("logs/docker-down.log"),
    )
}

fn compose(workspace: &Workspace) -> Command {
    let mut command = Command::new("docker");
    command
        .arg("compose")
        .arg("--file")
        .arg(workspace.path("localstack/compose.yaml"));
    command
}
