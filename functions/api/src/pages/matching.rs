//! How surely items are matched without a person: the threshold in force, what decisions say of it, and its versions.

use std::sync::Arc;

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};
use jiff::Timestamp;
use matching::{Bin, Calibration};

use super::{Frame, Section, format, page};
use crate::{
    Deps, Problem,
    calibration::{Change, InForce, Learnable, Version, in_force, learnable},
    caller::Caller,
};

/// Width and height of the plot's box.
const PLOT: f64 = 200.0;

#[derive(Template)]
#[template(path = "matching/page.html")]
struct MatchingPage {
    frame: Frame,
    threshold: Threshold,
}

/// The threshold and its versions: a part of its own, since learning changes it.
#[derive(Template)]
#[template(path = "matching/threshold.html")]
struct Threshold {
    accept: String,
    built_in: String,
    review: String,
    current: Option<VersionRow>,
    versions: Vec<VersionRow>,
    changes: Vec<ChangeRow>,
    may_change: bool,
}

/// A version in the words of the page.
#[derive(Clone)]
struct VersionRow {
    number: u32,
    accept: String,
    learned: String,
    by: String,
    outcomes: String,
    corrected: String,
    is_in_force: bool,
}

struct ChangeRow {
    when: String,
    by: String,
    what: String,
}

#[derive(Template)]
#[template(path = "matching/evidence.html")]
struct EvidencePart {
    outcomes: String,
    needed: String,
    learned: Option<Learned>,
    may_change: bool,
}

/// What the decisions of today come to.
struct Learned {
    accepted: String,
    corrected: String,
    accept: String,
    changes_threshold: bool,
    loss_before: String,
    loss_after: String,
    improves: bool,
    bins: Vec<BinRow>,
    dots: Vec<Dot>,
}

struct BinRow {
    range: String,
    said: String,
    observed: Option<String>,
    outcomes: String,
    accepted: String,
    corrected: String,
}

/// A bin in the plot: said from left to right, observed from the bottom up.
struct Dot {
    x: String,
    y: String,
    radius: String,
}

pub(super) fn routes() -> Router<Arc<Deps>> {
    Router::new()
        .route("/matching", get(show))
        .route("/matching/threshold", get(threshold))
        .route("/matching/evidence", get(evidence))
}

async fn show(State(deps): State<Arc<Deps>>, caller: Caller) -> Result<Response, Problem> {
    page(&MatchingPage {
        threshold: Threshold::of(in_force(&deps).await?, &caller, deps.clock.now()),
        frame: Frame::new(Section::Matching, caller),
    })
}

async fn threshold(State(deps): State<Arc<Deps>>, caller: Caller) -> Result<Response, Problem> {
    page(&Threshold::of(in_force(&deps).await?, &caller, deps.clock.now()))
}

/// Reckoned from every decision: the page does not wait for it.
async fn evidence(State(deps): State<Arc<Deps>>, caller: Caller) -> Result<Response, Problem> {
    let accept = in_force(&deps).await?.accept;
    let Learnable {
        outcomes,
        needed,
        calibration,
    } = learnable(&deps).await?;
    page(&EvidencePart {
        outcomes: format::count(outcomes as u64),
        needed: format::count(needed as u64),
        learned: calibration.map(|calibration| Learned::of(&calibration, accept)),
        may_change: caller.may_change(),
    })
}

impl Threshold {
    fn of(holds: InForce, caller: &Caller, now: Timestamp) -> Self {
        let row = |version: &Version| VersionRow {
            number: version.number,
            accept: score(version.calibration.accept),
            learned: format::ago(version.learned_at, now),
            by: version.learned_by.clone(),
            outcomes: format::count(version.calibration.outcomes as u64),
            corrected: format::count(version.calibration.corrected as u64),
            is_in_force: holds.history.in_force == Some(version.number),
        };
        Self {
            accept: score(holds.accept),
            built_in: score(holds.built_in),
            review: share(holds.review),
            current: holds.history.current().map(row),
            versions: holds.history.versions.iter().rev().map(row).collect(),
            changes: holds
                .history
                .changes
                .iter()
                .rev()
                .map(|change| changed(change, now))
                .collect(),
            may_change: caller.may_change(),
        }
    }
}

fn changed(change: &Change, now: Timestamp) -> ChangeRow {
    ChangeRow {
        when: format::ago(change.at, now),
        by: change.by.clone(),
        what: match change.to {
            Some(number) => format!("version {number}"),
            None => "the built-in threshold".to_owned(),
        },
    }
}

impl Learned {
    fn of(calibration: &Calibration, in_force: f64) -> Self {
        let most = calibration.bins.iter().map(|bin| bin.outcomes).max().unwrap_or(0);
        let known = calibration.bins.iter().filter(|bin| bin.outcomes > 0);
        Self {
            accepted: format::count(calibration.accepted),
            corrected: format::count(calibration.corrected as u64),
            accept: score(calibration.accept),
            changes_threshold: calibration.accept != in_force,
            loss_before: format!("{:.3}", calibration.check.before),
            loss_after: format!("{:.3}", calibration.check.after),
            improves: calibration.check.improves(),
            dots: known.map(|bin| dot(bin, most)).collect(),
            bins: calibration.bins.iter().rev().map(bin_row).collect(),
        }
    }
}

fn observed(bin: &Bin) -> Option<f64> {
    (bin.outcomes > 0).then(|| bin.right as f64 / bin.outcomes as f64)
}

fn bin_row(bin: &Bin) -> BinRow {
    BinRow {
        range: format!("{:.1} to {:.1}", bin.from, bin.from + 0.1),
        said: share(bin.before),
        observed: observed(bin).map(share),
        outcomes: format::count(bin.outcomes as u64),
        accepted: format::count(bin.accepted),
        corrected: format::count(bin.corrected as u64),
    }
}

/// The dot's area follows from the number of decisions.
fn dot(bin: &Bin, most: usize) -> Dot {
    let radius = 2.0 + 6.0 * (bin.outcomes as f64 / most.max(1) as f64).sqrt();
    Dot {
        x: format!("{:.1}", bin.before * PLOT),
        y: format!("{:.1}", PLOT - observed(bin).unwrap_or_default() * PLOT),
        radius: format!("{radius:.1}"),
    }
}

/// An accept score as thresholds are told; above 1, nothing reaches it.
fn score(accept: f64) -> String {
    if accept > 1.0 {
        "none".to_owned()
    } else {
        format!("{accept:.2}")
    }
}

fn share(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
