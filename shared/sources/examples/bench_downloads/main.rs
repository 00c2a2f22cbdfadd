//! Downloads from a hostile server: `cargo xtask bench downloads -- [--seed N] [--downloads N]`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a tool for developers"
)]

mod hostile;

use anyhow::{Result, ensure};
use clap::Parser;

/// Downloads from a server that misbehaves at random, and says what came.
#[derive(Parser)]
struct Options {
    /// Another seed is another run; the same one misbehaves in the same way.
    #[arg(long, default_value_t = 20_260)]
    seed: u64,
    /// How many.
    #[arg(long, default_value_t = 400)]
    downloads: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    let Options { seed, downloads } = Options::parse();
    let report = hostile::run(seed, downloads).await;
    println!("{downloads} downloads, seed {seed}\n{report}");
    ensure!(report.faults.is_empty(), "{} faults", report.faults.len());
    ensure!(report.success() >= 95.0, "under 95 % of those that can succeed");
    Ok(())
}
