//! Quality, speed and memory of matching on the public sets, beside the figures of others.
#![allow(clippy::print_stdout, reason = "a command")]

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use matching::{MatchOptions, Model};

mod quality;
mod sets;
mod speed;

#[derive(Parser)]
struct Args {
    /// Folder of the public sets.
    #[arg(long)]
    data: PathBuf,
    /// Folder of the models trained without one set each.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/model/held-out"))]
    models: PathBuf,
    /// Measure quality only.
    #[arg(long)]
    no_speed: bool,
    /// Measure speed only.
    #[arg(long)]
    no_quality: bool,
    /// Products in the large catalogue.
    #[arg(long, default_value_t = 1_000_000)]
    large: usize,
    /// Postings that the candidate search may read per item, to see what a smaller budget loses.
    #[arg(long, default_value_t = MatchOptions::default().postings_budget)]
    budget: usize,
    /// List the wrongly accepted items.
    #[arg(long)]
    errors: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let options = MatchOptions {
        postings_budget: args.budget,
        ..MatchOptions::default()
    };
    if !args.no_quality {
        for name in ["abt-buy", "amazon-google", "pricerunner"] {
            let path = args.models.join(format!("{name}.json"));
            let json = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let model = Model::parse(&json).with_context(|| format!("{}", path.display()))?;
            quality::measure(&args.data, name, &model, &options, args.errors)?;
        }
    }
    if !args.no_speed {
        speed::measure(&args.data, args.large)?;
    }
    Ok(())
}
