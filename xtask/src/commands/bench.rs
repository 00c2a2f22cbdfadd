//! `bench`: the benchmarks of the inner crates, in release.

use std::path::PathBuf;

use anyhow::Result;

use crate::benches;
use crate::functions::Build;
use crate::process::run_shown;
use crate::workspace::{Workspace, cargo};

/// Which one.
#[derive(Clone, Debug, clap::Args)]
#[group(id = "bench")]
pub(crate) struct Options {
    /// What to measure.
    #[arg(value_enum)]
    subject: Subject,
    /// The test data with its scorers; those of matching and PDF need it, that of lists measures no quality without it.
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// Pages: build the functions with optimisations, as they are deployed.
    #[arg(long)]
    release: bool,
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
    /// The desk's pages with 200,000 items in the tables, of a stack of its own.
    Pages,
}

impl Subject {
    /// Whether its figures are times. Of downloads it is counted what comes; an optimised build shows nothing more.
    fn is_timed(self) -> bool {
        matches!(self, Self::Matching | Self::Lists)
    }

    /// The package and its example that measures it, where one does. Examples of one name would overwrite each other.
    fn example(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Matching => Some(("matching", "bench_matching")),
            Self::Lists => Some(("pricelist", "bench_lists")),
            Self::Downloads => Some(("sources", "bench_downloads")),
            Self::Pdf | Self::Pages => None,
        }
    }
}

/// Runs the task.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let Some((package, example)) = options.subject.example() else {
        return match options.subject {
            Subject::Pages => {
                let build = if options.release { Build::Release } else { Build::Dev };
                benches::pages::run(workspace, build, &options.arguments)
            }
            _ => benches::pdf::run(workspace, &workspace.path(&options.data)),
        };
    };
    let mut arguments = Vec::new();
    match options.subject {
        Subject::Lists => arguments.extend(benches::lists::arguments(workspace, &options.data)?),
        Subject::Matching => {
            arguments.push("--data".into());
            arguments.push(workspace.path(&options.data).join("matching").into_os_string());
        }
        _ => {}
    }
    let mut command = cargo();
    command.arg("run");
    if options.subject.is_timed() {
        command.arg("--release");
    }
    command
        .args(["--package", package, "--example", example, "--"])
        .args(arguments)
        .args(&options.arguments)
        .current_dir(&workspace.root);
    run_shown(&mut command)
}
