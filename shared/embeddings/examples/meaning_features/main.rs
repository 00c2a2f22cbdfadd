//! Writes what the score by meaning is trained on: every pair of a set that vectors say something of, with its label and
//! values, as raw little-endian 32-bit floats, one row after another: list, item, label, known, then the values.
//!
//! `meaning_features --data DIR --set SET --model SCORER --url http://127.0.0.1:11434 --embedder NAME --out ROWS`
#![allow(clippy::print_stdout, reason = "a command")]

use std::collections::HashMap;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use embeddings::{Embedder, Endpoint, Limits, VectorCache};
use matching::{CatalogueIndex, Model, SupplierList, Vectors, text_of_item, text_of_product, training};

#[allow(dead_code, reason = "shared with the bench of `matching`")]
#[path = "../../../matching/examples/bench_matching/sets.rs"]
mod sets;

#[derive(Parser)]
struct Args {
    /// Folder of the sets.
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
    /// The scorer by words; best one that has not seen the set.
    #[arg(long)]
    model: PathBuf,
    /// Where the embedding server is.
    #[arg(long)]
    url: url::Url,
    /// `ollama` or `openai`.
    #[arg(long, default_value = "ollama")]
    protocol: String,
    /// What the server calls its model.
    #[arg(long)]
    embedder: String,
    /// Where the rows go.
    #[arg(long)]
    out: PathBuf,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let args = Args::parse();
    let mut set = sets::load(&args.data, &args.set)?;
    if args.without > 0.0 {
        set = set.without(args.without, args.seed);
    }
    let json = std::fs::read_to_string(&args.model).with_context(|| format!("cannot read {}", args.model.display()))?;
    let model = Model::parse(&json)?;
    let endpoint = Endpoint {
        url: args.url,
        protocol: args.protocol.parse()?,
        model: args.embedder,
        key: None,
    };
    let embedder = Embedder::new(endpoint, Limits::default())?;
    let mut cache = embedder.new_cache();
    let index = CatalogueIndex::build(set.products);
    let texts: Vec<String> = index.products().map(text_of_product).collect();
    embedder.fill(&mut cache, &texts).await?;
    let products = vectors(&cache, &texts)?;
    let mut out = BufWriter::new(std::fs::File::create(&args.out)?);
    for (number, list) in set.lists.iter().enumerate() {
        let texts: Vec<String> = list.items.iter().map(text_of_item).collect();
        embedder.fill(&mut cache, &texts).await?;
        let items = vectors(&cache, &texts)?;
        let labels: HashMap<(usize, &str), bool> = list
            .labels
            .iter()
            .map(|label| ((label.item, label.product_id.as_str()), label.same))
            .collect();
        let embedded = SupplierList::new(&list.items).embedded(&items);
        for pair in training::meaning_pairs(&index, &model, &products, &embedded) {
            let id = pair.product_id.as_str();
            let label = labels.get(&(pair.item, id)).copied();
            let same = list.truth[pair.item].contains(id) || label == Some(true);
            let known = list.complete[pair.item] || label.is_some();
            let meta = [number as f32, pair.item as f32, same.into(), known.into()];
            for value in meta.iter().chain(&pair.values) {
                out.write_all(&value.to_le_bytes())?;
            }
        }
    }
    out.flush()?;
    println!("{}", serde_json::json!(training::meaning_names()));
    Ok(())
}

fn vectors(cache: &VectorCache, texts: &[String]) -> Result<Vectors> {
    let mut vectors = Vectors::default();
    for text in texts {
        vectors.push(cache.vector(text).as_deref())?;
    }
    Ok(vectors)
}
