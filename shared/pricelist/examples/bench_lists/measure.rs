//! What a piece of work costs: processor time and peak memory, told by the process that does it.

use std::{path::Path, process::Command};

use anyhow::{Context, Result, bail};
use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde::{Deserialize, Serialize};

/// One run of a reader. `peers.py` prints the same.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Run {
    /// Of user and system, without the program's start.
    pub(crate) cpu_seconds: f64,
    /// Most resident memory of the whole process.
    pub(crate) peak_kib: i64,
    /// Items or rows read.
    pub(crate) count: u64,
    /// The sum of their prices in hundredths: who reads the same gets the same.
    pub(crate) cents: u64,
}

/// Does the work in this process and prints what it cost.
pub(crate) fn report(work: impl FnOnce() -> Result<(u64, u64)>) -> Result<()> {
    let before = cpu_seconds(&getrusage(UsageWho::RUSAGE_SELF)?);
    let (count, cents) = work()?;
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let run = Run {
        cpu_seconds: cpu_seconds(&usage) - before,
        // Linux counts in KiB, macOS in bytes.
        peak_kib: if cfg!(target_os = "macos") {
            usage.max_rss() / 1024
        } else {
            usage.max_rss()
        },
        count,
        cents,
    };
    println!("{}", serde_json::to_string(&run)?);
    Ok(())
}

fn cpu_seconds(usage: &Usage) -> f64 {
    (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6
}

/// Runs a reader in a process of its own.
pub(crate) fn run(program: &Path, arguments: &[&str]) -> Result<Run> {
    let output = Command::new(program)
        .args(arguments)
        // One core each.
        .env("OMP_NUM_THREADS", "1")
        .env("OPENBLAS_NUM_THREADS", "1")
        .output()
        .with_context(|| format!("{} could not be run", program.display()))?;
    if !output.status.success() {
        bail!(
            "{} {} failed: {}",
            program.display(),
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    serde_json::from_slice(&output.stdout).with_context(|| format!("what {} printed", program.display()))
}
