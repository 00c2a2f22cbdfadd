//! What is deployed to AWS: release zips made by cargo-lambda.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::functions::{self, NAMES, Package};
use crate::process::{run_logged, run_shown};
use crate::python::{Requirements, environment};
use crate::rust_tools::path_before;
use crate::terminal::timed;
use crate::workspace::Workspace;

/// The architectures that Lambda has.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Architecture {
    /// AWS Graviton.
    Arm64,
    /// Intel and AMD.
    #[value(name = "x86-64")]
    X86_64,
}

/// Builds release binaries for Lambda's Linux into `target/lambda/<function>/bootstrap`.
pub(crate) fn build(workspace: &Workspace, architecture: Architecture) -> Result<()> {
    let venv = environment(
        workspace,
        &Requirements {
            name: "package",
            title: "cargo-lambda and Zig",
            python: (3, 10),
            package: None,
        },
    )?;
    require_target(workspace, architecture)?;
    let mut command = Command::new(venv.program("cargo-lambda"));
    command
        .args(["lambda", "build", "--release"])
        .current_dir(&workspace.root)
        .env("PATH", path_before(&venv.bin())?);
    command.arg(match architecture {
        Architecture::Arm64 => "--arm64",
        Architecture::X86_64 => "--x86-64",
    });
    for name in NAMES {
        command.args(["--package", name, "--bin", name]);
    }
    run_shown(&mut command)
}

/// The functions for a container of Amazon Linux 2023, whose libc is older than most machines': built by cargo-lambda.
pub(crate) fn for_containers(workspace: &Workspace) -> Result<Vec<Package>> {
    let architecture = if cfg!(target_arch = "aarch64") {
        Architecture::Arm64
    } else {
        Architecture::X86_64
    };
    build(workspace, architecture)?;
    NAMES
        .iter()
        .map(|name| functions::pack(name, &binary(workspace, name), &workspace.local()))
        .collect()
}

/// Where cargo-lambda leaves a function's binary.
pub(crate) fn binary(workspace: &Workspace, function: &str) -> std::path::PathBuf {
    workspace.target.join("lambda").join(function).join("bootstrap")
}

/// cargo-lambda cross-compiles with Zig, but the standard library for the target has to be there.
fn require_target(workspace: &Workspace, architecture: Architecture) -> Result<()> {
    let triple = match architecture {
        Architecture::Arm64 => "aarch64-unknown-linux-gnu",
        Architecture::X86_64 => "x86_64-unknown-linux-gnu",
    };
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", triple])
        .current_dir(&workspace.root)
        .output()
        .context("rustc could not be run")?;
    if Path::new(String::from_utf8_lossy(&output.stdout).trim()).exists() {
        return Ok(());
    }
    timed(&format!("Installing Rust's standard library for {triple}"), |_| {
        run_logged(
            Command::new("rustup")
                .args(["target", "add", triple])
                .current_dir(&workspace.root),
            &workspace.local().join("logs/rustup-target.log"),
        )
        .with_context(|| format!("the target {triple} is missing, and rustup could not add it"))
    })
}

/// How large the zip is that `sam deploy` uploads.
pub(crate) fn zip_size(binary: &Path) -> Result<u64> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("bootstrap", zip::write::SimpleFileOptions::default())?;
    std::io::copy(&mut std::fs::File::open(binary)?, &mut archive)?;
    Ok(archive.finish()?.into_inner().len() as u64)
}
