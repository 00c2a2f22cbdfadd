//! How often the right product is found, proposed and accepted.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use domain::{Decision, Match};
use matching::{CatalogueIndex, MatchOptions, Matcher, Model};

use crate::sets::{self, Set, Split};

/// F1 on the published test pairs, in per cent: who, with which labels, Abt-Buy, Amazon-Google.
const PEERS: [(&str, &str, f64, f64); 6] = [
    ("GPT-4o", "none", 94.5, 78.1),
    ("Ditto", "the set's own", 89.3, 75.6),
    ("GPT-4o-mini", "none", 84.7, 72.3),
    ("best lexical threshold", "the set's own", 68.2, 57.3),
    ("Llama3-8B", "none", 66.2, 47.0),
    ("Magellan", "the set's own", 44.0, 49.0),
];

/// One item's best candidate: whether it is right, and what acceptance rests on.
struct Row {
    right: bool,
    exists: bool,
    score: f64,
    accepted: bool,
}

/// Prints the figures of one set, with a model that has not seen it.
pub(crate) fn measure(data: &Path, name: &str, model: &Model, options: &MatchOptions, errors: bool) -> Result<()> {
    let set = sets::load(data, name)?;
    println!(
        "{name}: {} items, {} products; model trained without this set",
        items(&set),
        set.products.len()
    );
    let matches = run(&set, model, options);
    if name != "pricerunner" {
        pairs(&set, &matches);
    }
    candidates(&set, &matches);
    coverage("whole catalogue", &rows(&set, &matches));
    if errors {
        list_errors(&set, &matches);
    }
    let reduced = set.without(0.3, 42);
    let matches = run(&reduced, model, options);
    let reduced_rows = rows(&reduced, &matches);
    if errors {
        println!("--- with products removed");
        list_errors(&reduced, &matches);
    }
    coverage("30 % of matched products removed", &reduced_rows);
    let absent: Vec<&Row> = reduced_rows.iter().filter(|row| !row.exists).collect();
    let accepted = absent.iter().filter(|row| row.accepted).count();
    println!(
        "  items whose product was removed: {} of {} accepted wrongly",
        accepted,
        absent.len()
    );
    println!();
    Ok(())
}

fn items(set: &Set) -> usize {
    set.lists.iter().map(|list| list.items.len()).sum()
}

fn run(set: &Set, model: &Model, options: &MatchOptions) -> Vec<Vec<Match>> {
    let index = CatalogueIndex::build(set.products.clone());
    let matcher = Matcher::with_model(&index, model, options.clone());
    set.lists
        .iter()
        .map(|list| matcher.match_list(&list.items, |_, _| {}))
        .collect()
}

/// F1 on the test pairs. A pair counts as same when its probability is at least one half, a threshold fixed beforehand.
fn pairs(set: &Set, matches: &[Vec<Match>]) {
    let (mut right, mut wrong, mut missed) = (0.0, 0.0, 0.0);
    let mut scored: Vec<(f64, bool)> = Vec::new();
    for (list, matches) in set.lists.iter().zip(matches) {
        for label in list.labels.iter().filter(|label| label.split == Split::Test) {
            let probability = matches[label.item]
                .candidates
                .iter()
                .find(|candidate| candidate.product_id.as_str() == label.product_id)
                .map_or(0.0, |candidate| candidate.probability);
            scored.push((probability, label.same));
            match (probability >= 0.5, label.same) {
                (true, true) => right += 1.0,
                (true, false) => wrong += 1.0,
                (false, true) => missed += 1.0,
                (false, false) => {}
            }
        }
    }
    let f1 = 200.0 * right / (2.0 * right + wrong + missed);
    let precision = 100.0 * right / f64::max(right + wrong, 1.0);
    let recall = 100.0 * right / f64::max(right + missed, 1.0);
    println!("  test pairs at 0.5: F1 {f1:.1}, precision {precision:.1}, recall {recall:.1}; labels of this set: none");
    println!(
        "    (best threshold chosen on the test pairs themselves, for comparison only: F1 {:.1})",
        best_f1(scored)
    );
    for (who, labels, abt, amazon) in PEERS {
        let theirs = if set.name == "abt-buy" { abt } else { amazon };
        println!("    {who}: F1 {theirs:.1} (labels: {labels})");
    }
}

fn best_f1(mut scored: Vec<(f64, bool)>) -> f64 {
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let positives = scored.iter().filter(|(_, same)| *same).count() as f64;
    let (mut right, mut best) = (0.0, 0.0_f64);
    for (place, (_, same)) in scored.iter().enumerate() {
        right += f64::from(u8::from(*same));
        best = best.max(200.0 * right / (place as f64 + 1.0 + positives));
    }
    best
}

fn candidates(set: &Set, matches: &[Vec<Match>]) {
    let (mut known, mut found, mut first, mut rows) = (0, 0, 0, 0);
    for (list, matches) in set.lists.iter().zip(matches) {
        for (truth, matched) in list.truth.iter().zip(matches).filter(|(truth, _)| !truth.is_empty()) {
            let ids: Vec<&str> = matched
                .candidates
                .iter()
                .map(|candidate| candidate.product_id.as_str())
                .collect();
            rows += 1;
            known += truth.len();
            found += truth
                .iter()
                .filter(|id| ids.iter().take(10).any(|other| other == id))
                .count();
            first += usize::from(ids.first().is_some_and(|id| truth.contains(*id)));
        }
    }
    println!(
        "  true product among the first 10: {:.2} %",
        100.0 * found as f64 / known as f64
    );
    println!("  first candidate right: {:.1} %", 100.0 * first as f64 / rows as f64);
}

fn rows(set: &Set, matches: &[Vec<Match>]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (list, matches) in set.lists.iter().zip(matches) {
        for ((truth, complete), matched) in list.truth.iter().zip(&list.complete).zip(matches) {
            if !complete {
                continue;
            }
            let best = matched.candidates.first();
            rows.push(Row {
                right: best.is_some_and(|best| truth.contains(best.product_id.as_str())),
                exists: !truth.is_empty(),
                // What is vetoed or lost to another item is never accepted, whatever the threshold.
                score: if matched.barred { 0.0 } else { matched.accept_score },
                accepted: matched.decision == Decision::Matched,
            });
        }
    }
    rows
}

fn coverage(what: &str, rows: &[Row]) {
    let existing = rows.iter().filter(|row| row.exists).count() as f64;
    let mut sorted: Vec<&Row> = rows.iter().collect();
    sorted.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut at: BTreeMap<&str, f64> = BTreeMap::from([("0.95", 0.0), ("0.98", 0.0), ("0.99", 0.0)]);
    let mut right = 0.0;
    for (place, row) in sorted.iter().enumerate() {
        right += f64::from(u8::from(row.right));
        // Rows of one score are accepted together.
        if sorted.get(place + 1).is_some_and(|next| next.score == row.score) || row.score <= 0.0 {
            continue;
        }
        for (precision, coverage) in &mut at {
            if right / (place as f64 + 1.0) >= precision.parse().unwrap_or(1.0) {
                *coverage = right / existing;
            }
        }
    }
    let at_threshold = |threshold: f64| {
        let accepted = rows.iter().filter(|row| row.score >= threshold);
        let (count, right) = accepted.fold((0.0, 0.0), |(count, right), row| {
            (count + 1.0, right + f64::from(u8::from(row.right)))
        });
        format!(
            "{threshold}: {:.1} % with precision {:.2} %",
            100.0 * right / existing,
            100.0 * right / f64::max(count, 1.0)
        )
    };
    println!(
        "    accepted at {}",
        [0.5, 0.7, 0.8, 0.85, 0.9, 0.95].map(at_threshold).join("; ")
    );
    let accepted: Vec<&&Row> = sorted.iter().filter(|row| row.accepted).collect();
    let correct = accepted.iter().filter(|row| row.right).count() as f64;
    println!(
        "  {what}: of the true matches accepted at precision 0.99: {:.1} %, 0.98: {:.1} %, 0.95: {:.1} %",
        at["0.99"] * 100.0,
        at["0.98"] * 100.0,
        at["0.95"] * 100.0
    );
    println!(
        "    at the shipped thresholds: {:.1} % accepted with precision {:.2} %",
        100.0 * correct / existing,
        100.0 * correct / f64::max(accepted.len() as f64, 1.0)
    );
}

/// The wrong best candidates, most trusted first, with what is right where there is something right.
fn list_errors(set: &Set, matches: &[Vec<Match>]) {
    let mut wrong = Vec::new();
    for (list, matches) in set.lists.iter().zip(matches) {
        for (place, matched) in matches.iter().enumerate().filter(|(place, _)| list.complete[*place]) {
            let Some(best) = matched.candidates.first() else {
                continue;
            };
            if !list.truth[place].contains(best.product_id.as_str()) && !matched.barred {
                wrong.push((matched, &list.items[place], &list.truth[place]));
            }
        }
    }
    wrong.sort_by(|a, b| b.0.accept_score.total_cmp(&a.0.accept_score));
    for (matched, item, truth) in wrong.into_iter().take(60) {
        println!(
            "{:.3} | {}",
            matched.accept_score,
            item.name.as_deref().unwrap_or_default()
        );
        for product in &set.products {
            let id = product.product_id.as_str();
            let is_best = matched
                .candidates
                .first()
                .is_some_and(|best| best.product_id.as_str() == id);
            if is_best || truth.contains(id) {
                println!("   {} {}", if is_best { "chosen" } else { "right " }, product.name);
            }
        }
    }
}
