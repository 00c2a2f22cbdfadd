//! `coverage`: the lines of `shared/` that its own tests run.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::process::run_shown;
use crate::python::{Requirements, environment};
use crate::rust_tools::path_with;
use crate::workspace::{Workspace, cargo};

/// The crates with the business logic.
const CRATES: [&str; 7] = ["domain", "matching", "pdf", "pricelist", "runtime", "sources", "store"];

/// How to report.
#[derive(Clone, Debug, clap::Args)]
#[group(id = "coverage")]
pub(crate) struct Options {
    /// Fail when fewer lines are covered, in percent.
    #[arg(long, value_name = "PERCENT")]
    at_least: Option<u8>,
    /// Write an HTML report to target/llvm-cov/html.
    #[arg(long)]
    html: bool,
}

/// Runs the task.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let requirements = Requirements {
        name: "coverage",
        title: "cargo-llvm-cov and LLVM's tools",
        python: (3, 10),
        package: None,
    };
    let venv = environment(workspace, &requirements).context(
        "without the wheels, `rustup component add llvm-tools` and `cargo install cargo-llvm-cov cargo-nextest`, then: \
         cargo llvm-cov nextest -p domain -p matching -p pdf -p pricelist -p runtime -p sources -p store",
    )?;
    let llvm = llvm_tools(&venv.program("python"))?;
    let mut command = cargo();
    command
        .args(["llvm-cov", "nextest", "--no-fail-fast", "--status-level", "fail"])
        .current_dir(&workspace.root)
        .env("PATH", path_with(&venv.bin())?)
        .env("LLVM_COV", llvm.join("llvm-cov"))
        .env("LLVM_PROFDATA", llvm.join("llvm-profdata"))
        // The wheel's tools were built without zlib, with which the compiler packs names by default.
        .env("RUSTFLAGS", "-C llvm-args=-enable-name-compression=false");
    for name in CRATES {
        command.args(["--package", name]);
    }
    match (options.html, options.at_least) {
        (true, _) => command.arg("--html"),
        (false, _) => command.arg("--summary-only"),
    };
    if let Some(percent) = options.at_least {
        command.args(["--fail-under-lines", &percent.to_string()]);
    }
    run_shown(&mut command)
}

fn llvm_tools(python: &std::path::Path) -> Result<PathBuf> {
    let question = "import llvm, os; print(os.path.join(os.path.dirname(llvm.__file__), 'bin'))";
    let output = std::process::Command::new(python).args(["-c", question]).output()?;
    let directory = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if !directory.join("llvm-profdata").exists() {
        bail!(
            "the environment has no llvm-profdata: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(directory)
}
