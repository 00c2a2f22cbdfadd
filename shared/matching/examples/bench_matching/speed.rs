//! How fast, and in how much memory.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use domain::{ListItem, Product};
use matching::{CatalogueIndex, MatchOptions, Matcher, training};
use nix::time::{ClockId, clock_gettime};

use crate::sets::{self, unit};

/// Prints the speed figures for 100,000 products and for `large`.
pub(crate) fn measure(data: &Path, large: usize) -> Result<()> {
    let seeds: Vec<String> = sets::load(data, "pricerunner")?
        .products
        .into_iter()
        .map(|product| product.name)
        .collect();
    end_to_end(&seeds, 100_000)?;
    if large > 0 {
        candidates(&seeds, large)?;
    }
    Ok(())
}

fn end_to_end(seeds: &[String], count: usize) -> Result<()> {
    let products = catalogue(seeds, count)?;
    let items = list(&products, 6_000);
    let start = Instant::now();
    let index = CatalogueIndex::build(products);
    println!("{count} products: built in {:.2} s", start.elapsed().as_secs_f64());
    let bytes = index.to_bytes();
    let before = resident();
    let start = Stopwatch::start();
    let loaded = CatalogueIndex::from_bytes(&bytes)?;
    println!(
        "  snapshot of {:.1} MB loaded in {:.1} ms, {:.0} MB resident",
        bytes.len() as f64 / 1e6,
        start.seconds() * 1e3,
        resident() - before
    );
    drop(index);
    let matcher = Matcher::new(&loaded, MatchOptions::default());
    let start = Stopwatch::start();
    let matches = matcher.match_list(&items, |_, _| {});
    let seconds = start.seconds();
    println!(
        "  end to end: {:.0} items per second on one core ({} items, {} of them matched)",
        items.len() as f64 / seconds,
        items.len(),
        matches.iter().filter(|matched| matched.product_id.is_some()).count()
    );
    let scoring = training::Scoring::prepare(&loaded, &items[..2_000]);
    let start = Stopwatch::start();
    let pairs = scoring.run();
    println!(
        "  scoring one item against its {:.1} candidates: {:.3} ms",
        pairs as f64 / 2_000.0,
        start.seconds() * 1e3 / 2_000.0
    );
    Ok(())
}

fn candidates(seeds: &[String], count: usize) -> Result<()> {
    let products = catalogue(seeds, count)?;
    let items = list(&products, 2_000);
    let before = resident();
    let start = Instant::now();
    let index = CatalogueIndex::build(products);
    println!("{count} products: built in {:.1} s", start.elapsed().as_secs_f64());
    let bytes = index.to_bytes();
    println!(
        "  snapshot {:.0} MB, of which the candidate index {:.0} MB",
        bytes.len() as f64 / 1e6,
        training::search_index_bytes(&index) as f64 / 1e6
    );
    drop(index);
    let start = Instant::now();
    let index = CatalogueIndex::from_bytes(&bytes)?;
    println!("  loaded in {:.0} ms", start.elapsed().as_secs_f64() * 1e3);
    drop(bytes);
    println!("  resident {:.0} MB more than before", resident() - before);
    let start = Instant::now();
    search_times("by the clock, the least of three", &index, &items, 3, || {
        start.elapsed()
    });
    search_times("of processor time", &index, &items, 1, processor_time);
    println!("    reach: p99 under 6 ms; aim: under 2 ms");
    println!("    rapidfuzz: 2,200 ms; sparse_dot_topn: 57 ms; unpruned postings: 12.8 ms");
    Ok(())
}

fn search_times(what: &str, index: &CatalogueIndex, items: &[ListItem], rounds: usize, clock: impl Fn() -> Duration) {
    let runs: Vec<Vec<Duration>> = (0..rounds)
        .map(|_| training::search_times(index, items, &clock))
        .collect();
    let mut times: Vec<f64> = (0..items.len())
        .filter_map(|item| runs.iter().map(|run| run[item]).min())
        .map(|time| time.as_secs_f64() * 1e3)
        .collect();
    times.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "  candidates, ms {what}: mean {:.2}, median {:.2}, p99 {:.2}, worst {:.2}",
        times.iter().sum::<f64>() / times.len() as f64,
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

/// What this thread has used of a processor, whatever else the machine did meanwhile.
fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}

/// Products made of the given names with another model code and size each: as many as wanted, no two alike.
fn catalogue(seeds: &[String], count: usize) -> Result<Vec<Product>> {
    (0..count)
        .map(|number| {
            let seed = &seeds[number % seeds.len()];
            let round = number / seeds.len();
            let code = (unit(seed, round as u64) * 1e9) as u64;
            let other = &seeds[(number * 7919 + round * 31) % seeds.len()];
            let word = other.split(' ').nth(1).unwrap_or("x");
            let name = if round == 0 {
                seed.clone()
            } else {
                format!("{seed} {word} {}{code:07}", &word[..word.floor_char_boundary(2)])
            };
            Ok(Product {
                product_id: format!("p{number}").parse()?,
                sku: None,
                barcode: None,
                name,
                brand: None,
                category: None,
                description: None,
                price: None,
                currency: None,
                unit: None,
            })
        })
        .collect()
}

/// Items that name products with words left out and swapped.
fn list(products: &[Product], count: usize) -> Vec<ListItem> {
    (0..count)
        .map(|number| {
            let product = &products[(number * 104_729) % products.len()];
            let mut words: Vec<&str> = product.name.split(' ').collect();
            if words.len() > 3 {
                words.remove((number * 31) % words.len());
                let last = words.len() - 1;
                words.swap(0, last);
            }
            ListItem {
                name: Some(words.join(" ").into()),
                ..ListItem::default()
            }
        })
        .collect()
}

/// Processor time of all threads: others may use the machine, and lists are matched on all cores.
struct Stopwatch {
    start: Duration,
}

impl Stopwatch {
    fn start() -> Self {
        Self { start: Self::used() }
    }

    fn seconds(&self) -> f64 {
        Self::used().saturating_sub(self.start).as_secs_f64()
    }

    fn used() -> Duration {
        clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
    }
}

/// Resident memory in MB, where the system tells.
fn resident() -> f64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok()));
    pages.map_or(f64::NAN, |pages| pages * 4096.0 / 1e6)
}
