//! `package`: the functions as they are deployed to AWS.

use anyhow::Result;

use crate::functions::NAMES;
use crate::package::{self, Architecture};
use crate::workspace::Workspace;

/// What to build for.
#[derive(Clone, Debug, clap::Args)]
#[group(id = "package")]
pub(crate) struct Options {
    /// Lambda's architecture.
    #[arg(long, value_enum, default_value_t = Architecture::Arm64)]
    architecture: Architecture,
}

/// Runs the task.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    package::build(workspace, options.architecture)?;
    println!("\n{:<10} {:>10} {:>10}", "function", "binary", "zip");
    for name in NAMES {
        let binary = package::binary(workspace, name);
        let size = std::fs::metadata(&binary)?.len();
        println!(
            "{name:<10} {:>10} {:>10}",
            megabytes(size),
            megabytes(package::zip_size(&binary)?)
        );
    }
    println!("\nDeploy them with `sam deploy` in infra/ (see infra/README.md).");
    Ok(())
}

fn megabytes(bytes: u64) -> String {
    format!("{:.2} MB", bytes as f64 / 1_000_000.0)
}
