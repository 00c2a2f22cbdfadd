//! The API against its own OpenAPI document: schemathesis makes requests of it, good and bad, and looks at the answers.

use std::path::Path;
use std::process::Command;

use crate::python::Requirements;
use crate::workspace::Workspace;

/// What makes the requests.
pub(crate) const SCHEMATHESIS: Requirements = Requirements {
    name: "schemathesis",
    title: "schemathesis",
    python: (3, 10),
    package: None,
};

/// Asks the API at `api_url`, which `token` opens.
pub(crate) fn command(workspace: &Workspace, program: &Path, api_url: &str, token: &str) -> Command {
    let directory = workspace.path("tests/contract");
    let mut command = Command::new(program);
    command
        .arg("--config-file")
        .arg(directory.join("schemathesis.toml"))
        .args(["run", "--no-color"])
        .arg(format!("{api_url}/admin/openapi.json"))
        .env("API_URL", api_url)
        .env("API_TOKEN", token)
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .env("PYTHONPATH", &directory)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // What it keeps between runs.
        .current_dir(workspace.local());
    command
}
