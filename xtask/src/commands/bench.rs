//! `bench`: the benchmarks of the inner crates, in release.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::benches;
use crate::process::run_shown;
use crate::workspace::{Workspace, cargo};

/// Which one.
#[derive(Clone, Debug, clap::Args)]
#[group(id = "bench")]
pub(crate) struct Options {
    /// What to measure.
    #[arg(value_enum)]
    subject: Subject,
    /// The test data with its scorers; the PDF benchmark needs it.
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// Passed on to the benchmark.
    #[arg(last = true)]
    arguments: Vec<String>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Subject {
    /// Lists against a catalogue.
    Matching,
    /// CSV and workbooks into items.
    Lists,
    /// PDF into items, beside other tools.
    Pdf,
}

impl Subject {
    fn package(self) -> &'static str {
        match self {
            Self::Matching => "matching",
            Self::Lists => "pricelist",
            Self::Pdf => "pdf",
        }
    }
}

/// Runs the task.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if let Subject::Pdf = options.subject {
        return benches::pdf::run(workspace, &workspace.path(&options.data));
    }
    let package = options.subject.package();
    let example = workspace.path("shared").join(package).join("examples/bench.rs");
    if !example.exists() {
        bail!("{package} has no benchmark: {} is missing", example.display());
    }
    let mut command = cargo();
    command
        .args(["run", "--release", "--package", package, "--example", "bench", "--"])
        .args(&options.arguments)
        .current_dir(&workspace.root);
    run_shown(&mut command)
}
