//! Writes what the scorer is trained on: every candidate pair of a set with its label and features, as raw little-endian
//! 32-bit floats, one row after another: list, item, label, known, kept, then the features.
#![allow(clippy::print_stdout, reason = "a command")]

use std::collections::HashMap;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use matching::{CatalogueIndex, Model, training};

#[allow(dead_code, reason = "shared with the bench")]
#[path = "../bench_matching/sets.rs"]
mod sets;

#[derive(Parser)]
struct Args {
    /// Folder of the public sets.
    #[arg(long)]
    data: PathBuf,
    /// Which set.
    #[arg(long)]
    set: String,
    /// Share of matched products to take out of the catalogue.
    #[arg(long, default_value_t = 0.0)]
    without: f64,
    /// Which products: another seed takes others.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Share of the set's lists to write.
    #[arg(long, default_value_t = 1.0)]
    share: f64,
    /// Drop the items' and products' prices, descriptions and brands, as many lists have none.
    #[arg(long)]
    names_only: bool,
    /// Models that score the pairs alone, item `i` by the model `i % count`. Without one, only pair features are of use.
    #[arg(long)]
    model: Vec<PathBuf>,
    /// Where the rows go.
    #[arg(long)]
    out: PathBuf,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let mut set = sets::load(&args.data, &args.set)?;
    if args.without > 0.0 {
        set = set.without(args.without, args.seed);
    }
    if args.names_only {
        for product in &mut set.products {
            (product.price, product.description, product.brand) = (None, None, None);
        }
        for item in set.lists.iter_mut().flat_map(|list| &mut list.items) {
            (item.price, item.description, item.brand) = (None, None, None);
        }
    }
    let mut models = Vec::new();
    for path in &args.model {
        let json = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        models.push(Model::parse(&json).with_context(|| format!("{}", path.display()))?);
    }
    let references: Vec<&Model> = if models.is_empty() {
        vec![Model::shipped()]
    } else {
        models.iter().collect()
    };
    let index = CatalogueIndex::build(set.products);
    let mut out = BufWriter::new(std::fs::File::create(&args.out)?);
    let width = training::context_names().len() - training::pair_names().len();
    for (number, list) in set.lists.iter().enumerate() {
        if list.items.is_empty() || sets::unit(&number.to_string(), 3) > args.share {
            continue;
        }
        let labels: HashMap<(usize, &str), bool> = list
            .labels
            .iter()
            .map(|label| ((label.item, label.product_id.as_str()), label.same))
            .collect();
        for pair in training::pairs(&index, &list.items, &references) {
            let id = pair.product_id.as_str();
            let label = labels.get(&(pair.item, id)).copied();
            let same = list.truth[pair.item].contains(id) || label == Some(true);
            let known = list.complete[pair.item] || label.is_some();
            let kept = !pair.context.is_empty();
            let meta = [number as f32, pair.item as f32, same.into(), known.into(), kept.into()];
            let context = pair.context.get(pair.pair.len()..).unwrap_or(&[]).to_vec();
            let padding = vec![0.0; width - context.len()];
            for value in meta.iter().chain(&pair.pair).chain(&context).chain(&padding) {
                out.write_all(&value.to_le_bytes())?;
            }
        }
    }
    out.flush()?;
    println!(
        "{}",
        serde_json::json!({ "pair": training::pair_names(), "context": training::context_names() })
    );
    Ok(())
}
