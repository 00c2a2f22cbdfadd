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
    /// The test data with its scorers; the PDF benchmark needs it, that of lists measures no quality without it.
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// Passed on to the benchmark.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Subject {
    /// Lists against a catalogue.
    Matching,
    /// CSV and workbooks into items, beside other readers.
    Lists,
    /// PDF into items, beside other tools.
    Pdf,
    /// Downloads from a hostile server.
    Downloads,
}

impl Subject {
    /// Whether its figures are times. Of downloads it is counted what comes; an optimised build shows nothing more.
    fn is_timed(self) -> bool {
        !matches!(self, Self::Downloads)
    }

    fn package(self) -> &'static str {
        match self {
            Self::Matching => "matching",
            Self::Lists => "pricelist",
            Self::Pdf => "pdf",
            Self::Downloads => "sources",
        }
    }
}

/// Runs the task.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if let Subject::Pdf = options.subject {
        return benches::pdf::run(workspace, &workspace.path(&options.data));
    }
    let package = options.subject.package();
    let examples = workspace.path("shared").join(package).join("examples");
    if !examples.join("bench.rs").exists() && !examples.join("bench/main.rs").exists() {
        bail!("{package} has no benchmark under {}", examples.display());
    }
    let mut arguments = Vec::new();
    if let Subject::Lists = options.subject {
        arguments.extend(benches::lists::arguments(workspace, &options.data)?);
    }
    let mut command = cargo();
    command.arg("run");
    if options.subject.is_timed() {
        command.arg("--release");
    }
    command
        .args(["--package", package, "--example", "bench", "--"])
        .args(arguments)
        .args(&options.arguments)
        .current_dir(&workspace.root);
    run_shown(&mut command)
}
