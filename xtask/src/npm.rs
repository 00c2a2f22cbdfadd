//! Node packages that a task needs, pinned by the lock file beside their `package.json`.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process::run_logged;
use crate::workspace::Workspace;

/// Installs what `directory`'s lock file says, unless `package` is there already.
pub(crate) fn install(workspace: &Workspace, directory: &Path, package: &str) -> Result<()> {
    if directory.join("node_modules").join(package).exists() {
        return Ok(());
    }
    let name = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut install = Command::new("npm");
    install.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    let log = workspace.local().join("logs").join(format!("{name}-install.log"));
    run_logged(install.current_dir(directory), &log)
}
