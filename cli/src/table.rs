//! `pricecourier table`: a file's rows as read, and the dialect found, before any meaning.

use std::{fs, path::PathBuf};

use anyhow::{Context, bail};
use pricelist::ReadOptions;

use crate::extract::file_name;

/// What to read and where to put it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files: CSV, Excel, ODS.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Write one `<file name>.json` per file into this directory.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// When a file cannot be opened or written, or when no file could be read.
pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    fs::create_dir_all(&args.out).with_context(|| format!("cannot make the directory {}", args.out.display()))?;
    let mut failed = 0;
    for file in &args.files {
        let bytes = fs::read(file).with_context(|| format!("cannot open {}", file.display()))?;
        let name = file_name(file);
        let options = ReadOptions {
            file_name: Some(name.clone()),
            ..ReadOptions::default()
        };
        let table = match pricelist::table(&bytes, &options) {
            Ok(table) => table,
            Err(error) => {
                failed += 1;
                eprintln!("{name}: {error}");
                continue;
            }
        };
        let path = args.out.join(format!("{name}.json"));
        fs::write(&path, serde_json::to_string(&table)?).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if failed == args.files.len() {
        bail!("no file could be read");
    }
    Ok(())
}
