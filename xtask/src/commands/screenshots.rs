//! `screenshots`: every page as it looks, at two widths, light and dark.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::json;

use crate::demo::lists;
use crate::emulator::Kind;
use crate::functions::Build;
use crate::process::run_shown;
use crate::stack::{self, Stack};
use crate::testing::suite::TestStack;
use crate::workspace::Workspace;

/// Where the pictures go.
#[derive(Clone, Debug, clap::Args)]
#[group(id = "screenshots")]
pub(crate) struct Options {
    /// The directory of the pictures.
    #[arg(long, value_name = "DIRECTORY", default_value = ".local/screenshots")]
    out: PathBuf,
}

/// Runs the task.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let files = workspace.local().join("demo-files");
    write_lists(&files)?;
    let instance = workspace.default_instance();
    let running = Stack::load(&instance)?;
    // What is started here is stopped when this value goes.
    let (_own, stack) = match running {
        Some(_) => (None, stack::file(&instance)),
        None => {
            let own = TestStack::start(workspace, Kind::Ministack, Build::Dev)?;
            let file = own.file();
            (Some(own), file)
        }
    };
    fs::create_dir_all(&options.out).with_context(|| format!("{} cannot be made", options.out.display()))?;
    let mut pictures = Command::new(workspace.path("tests/browser/run"));
    pictures
        .arg("screenshots.mjs")
        .env("E2E_STACK", stack)
        .env("DEMO_FILES", &files)
        .env("SCREENSHOTS", &options.out);
    run_shown(&mut pictures)?;
    println!("{}", options.out.display());
    Ok(())
}

/// The demo's files, and `lists.json`, which says whose they are.
fn write_lists(directory: &Path) -> Result<()> {
    fs::create_dir_all(directory).with_context(|| format!("{} cannot be made", directory.display()))?;
    let mut suppliers = lists::fetched()?;
    suppliers.push(lists::uploaded());
    let catalogue = lists::catalogue()?;
    for file in suppliers.iter().map(|supplier| &supplier.file).chain([&catalogue]) {
        fs::write(directory.join(file.name), &file.bytes)?;
    }
    let index = json!({
        "catalogue": catalogue.name,
        "suppliers": suppliers
            .iter()
            .map(|supplier| json!({
                "supplier_id": supplier.id,
                "name": supplier.name,
                "file_name": supplier.file.name,
            }))
            .collect::<Vec<_>>(),
    });
    fs::write(directory.join("lists.json"), index.to_string())?;
    Ok(())
}
