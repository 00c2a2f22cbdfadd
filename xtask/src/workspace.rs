//! Where things lie: the workspace, its build output and the tasks' own state in `.local/`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

/// The workspace on disk.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    /// The directory of the root `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Cargo's target directory, `CARGO_TARGET_DIR` respected.
    pub(crate) target: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn locate() -> Result<Self> {
        let output = cargo()
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .context("cargo could not be run")?;
        let metadata: Metadata =
            serde_json::from_slice(&output.stdout).context("cargo metadata answered something else")?;
        Ok(Self {
            root: metadata.workspace_root,
            target: metadata.target_directory,
        })
    }

    /// A path inside the workspace.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// The tasks' state: environments, logs, the running stack. Never committed.
    pub(crate) fn local(&self) -> PathBuf {
        self.path(".local")
    }

    /// The state of the stack that `up`, `demo`, `down` and `logs` speak of.
    pub(crate) fn default_instance(&self) -> PathBuf {
        self.local()
    }
}

/// The cargo that runs this task.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
