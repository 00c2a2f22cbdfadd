//! `types`: the API's OpenAPI document, as the code describes it, and the TypeScript types of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::npm;
use crate::process::{run_logged, run_shown};
use crate::workspace::{Workspace, cargo};

/// What to do with them.
#[derive(Clone, Debug, clap::Args)]
#[group(id = "types")]
pub(crate) struct Options {
    /// Change nothing; fail if the committed types are not those of the committed document. (That the document is the
    /// code's, a unit test of `api` checks.)
    #[arg(long)]
    check: bool,
}

/// Runs the task.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.check {
        return check(workspace);
    }
    write_document(workspace)?;
    make(workspace, &types(workspace))?;
    compile(workspace)
}

/// Fails unless the committed types are fresh, and clients' use of them compiles.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let made = workspace.local().join("api.d.ts");
    std::fs::create_dir_all(workspace.local())?;
    make(workspace, &made)?;
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()));
    if read(&made)? != read(&types(workspace))? {
        bail!("infra/api.d.ts is not what infra/openapi.json makes: run `cargo xtask types` and commit both");
    }
    compile(workspace)
}

fn document(workspace: &Workspace) -> PathBuf {
    workspace.path("infra/openapi.json")
}

fn types(workspace: &Workspace) -> PathBuf {
    workspace.path("infra/api.d.ts")
}

fn write_document(workspace: &Workspace) -> Result<()> {
    let mut print = cargo();
    print.args(["run", "--quiet", "--package", "api", "--example", "openapi"]);
    let output = print.current_dir(&workspace.root).output()?;
    if !output.status.success() {
        bail!(
            "the document could not be made:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(std::fs::write(document(workspace), output.stdout)?)
}

fn make(workspace: &Workspace, output: &Path) -> Result<()> {
    let directory = workspace.path("infra/types");
    npm::install(workspace, &directory, "openapi-typescript")?;
    let mut generate = Command::new(directory.join("node_modules/.bin/openapi-typescript"));
    generate.arg(document(workspace)).arg("--output").arg(output).args([
        "--root-types",
        "--root-types-no-schema-prefix",
        "--root-types-keep-casing",
        "--default-non-nullable=false",
    ]);
    let log = workspace.local().join("logs/types.log");
    run_logged(generate.current_dir(&directory), &log)
}

fn compile(workspace: &Workspace) -> Result<()> {
    let directory = workspace.path("infra/types");
    run_shown(Command::new(directory.join("node_modules/.bin/tsc")).current_dir(&directory))
}
