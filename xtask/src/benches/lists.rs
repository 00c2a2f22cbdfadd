//! `bench lists`: what the benchmark of `shared/pricelist` is told: where the lists are, and a Python with its peers.

use std::ffi::OsString;
use std::path::Path;

use anyhow::Result;

use crate::python::{self, Requirements};
use crate::workspace::Workspace;

const ENVIRONMENT: Requirements = Requirements {
    name: "bench-lists",
    title: "the readers to compare with",
    python: (3, 11),
    package: None,
};

/// The benchmark's arguments.
pub(crate) fn arguments(workspace: &Workspace, data: &Path) -> Result<Vec<OsString>> {
    let venv = python::environment(workspace, &ENVIRONMENT)?;
    Ok(vec![
        "--data".into(),
        workspace.path(data).into(),
        "--python".into(),
        venv.program("python3").into(),
    ])
}
