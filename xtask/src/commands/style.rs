//! `style`: the pages' style sheet, made by Tailwind of `style/app.css` and the classes that the templates name.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::npm;
use crate::process::run_shown;
use crate::workspace::Workspace;

/// What to do with it.
#[derive(Clone, Debug, clap::Args)]
#[group(id = "style")]
pub(crate) struct Options {
    /// Change nothing; fail if the committed sheet is not what would be made.
    #[arg(long)]
    check: bool,
}

/// Runs the task.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.check {
        check(workspace)
    } else {
        make(workspace, &sheet(workspace))
    }
}

/// Fails unless the committed sheet is fresh.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let made = workspace.local().join("app.css");
    std::fs::create_dir_all(workspace.local())?;
    make(workspace, &made)?;
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()));
    if read(&made)? != read(&sheet(workspace))? {
        bail!("functions/api/assets/app.css is not what its sources make: run `cargo xtask style` and commit it");
    }
    Ok(())
}

fn sheet(workspace: &Workspace) -> PathBuf {
    workspace.path("functions/api/assets/app.css")
}

fn make(workspace: &Workspace, output: &Path) -> Result<()> {
    let source = workspace.path("functions/api/style");
    npm::install(workspace, &source, "@tailwindcss/cli")?;
    let mut build = Command::new(source.join("node_modules/.bin/tailwindcss"));
    build.args(["--input", "app.css", "--minify", "--output"]).arg(output);
    run_shown(build.current_dir(&source))
}
