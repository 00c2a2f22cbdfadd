//! The functions: built by plain cargo for this machine, and zipped as Lambda wants them.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;

use crate::process::run_shown;
use crate::terminal::timed;
use crate::workspace::{Workspace, cargo};

/// The functions: packages, binaries and `CodeUri` directories have the same names.
pub(crate) const NAMES: [&str; 4] = ["download", "analyze", "cleanup", "api"];

/// A zip that is ready to be deployed.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) function: &'static str,
    pub(crate) zip: PathBuf,
    /// SHA-256 of the binary inside, in hex: the same binary is the same code, whenever it was zipped.
    pub(crate) digest: String,
}

/// How the functions are built.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Build {
    /// Alone, for a quick start.
    Dev,
    /// Alone, optimised.
    Release,
    /// Together with the workspace's tests: the tests' dependencies ask more of shared crates, so that functions built
    /// alone would compile the SDK a second time.
    WithTests,
}

/// Builds all functions and zips those that changed.
pub(crate) fn build(workspace: &Workspace, how: Build) -> Result<Vec<Package>> {
    compile(workspace, how)?;
    let profile = if how == Build::Release { "release" } else { "debug" };
    timed("Packing the functions", |_| {
        NAMES
            .iter()
            .map(|name| pack(name, &workspace.target.join(profile).join(name), &workspace.local()))
            .collect()
    })
}

fn compile(workspace: &Workspace, how: Build) -> Result<()> {
    let mut command = cargo();
    command.current_dir(&workspace.root);
    if how == Build::WithTests {
        command.args(["test", "--workspace", "--no-run", "--quiet"]);
    } else {
        command.arg("build");
        for name in NAMES {
            command.args(["--package", name, "--bin", name]);
        }
    }
    if how == Build::Release {
        command.arg("--release");
    }
    // Cargo shows its own progress, and is quiet when there is nothing to do.
    let optimised = if how == Build::Release { " (release)" } else { "" };
    eprintln!("  … Building the functions{optimised}");
    let began = std::time::Instant::now();
    run_shown(&mut command)?;
    eprintln!(
        "  ✓ Building the functions ({})",
        crate::terminal::seconds(began.elapsed())
    );
    Ok(())
}

/// Zips one binary as `bootstrap`. The zip of a binary that has not changed is kept.
pub(crate) fn pack(function: &'static str, binary: &Path, local: &Path) -> Result<Package> {
    let directory = local.join("zips");
    fs::create_dir_all(&directory)?;
    let zip = directory.join(format!("{function}.zip"));
    let stamp_file = directory.join(format!("{function}.stamp"));
    let about = fs::metadata(binary).with_context(|| format!("{} was not built", binary.display()))?;
    let modified = about
        .modified()?
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_nanos();
    let stamp = format!("{} {} {modified}", binary.display(), about.len());
    let kept = fs::read_to_string(&stamp_file).unwrap_or_default();
    if let Some((digest, kept)) = kept.split_once(' ')
        && kept == stamp
        && zip.exists()
    {
        return Ok(Package {
            function,
            zip,
            digest: digest.to_owned(),
        });
    }
    let mut code = Vec::new();
    File::open(binary)?.read_to_end(&mut code)?;
    let digest = hex::encode(Sha256::digest(&code));
    write_zip(&zip, &code)?;
    fs::write(&stamp_file, format!("{digest} {stamp}"))?;
    Ok(Package { function, zip, digest })
}

/// Lightly compressed: the zip goes no farther than to the emulator beside us.
fn write_zip(path: &Path, code: &[u8]) -> Result<()> {
    let options = SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .compression_level(Some(1))
        .unix_permissions(0o755);
    let mut archive = zip::ZipWriter::new(File::create(path)?);
    archive.start_file("bootstrap", options)?;
    archive.write_all(code)?;
    archive.finish()?;
    Ok(())
}
