//! What a deployment's own decisions say of the scores: whether the accept threshold keeps its promise here.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::MatchOptions;

/// The version of the file's shape.
const FORMAT: u32 = 1;

/// The precision that accepting without a person aims at.
const PRECISION: f64 = 0.99;

/// How sure a threshold must be: a chance of 1 in 20 at most that the precision above it is less.
const RISK: f64 = 0.05;

/// Fewer decisions change nothing. With this many at or above a score and none of them wrong, a precision of 99 % is 95 %
/// sure (0.99^299 < 0.05); no fewer can ever show it.
pub const LEAST_OUTCOMES: usize = 299;

/// Scores are looked at in steps of a hundredth.
const STEPS: u32 = 100;

/// Bins of the reliability table.
const BINS: usize = 10;

/// The shipped calibration weighs as much as this many decisions in each bin, so that a bin with few moves little.
const PRIOR: f64 = 20.0;

/// What a person decided of an item, and what the matcher had said.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The match's accept score, 0 to 1.
    pub accept_score: f64,
    /// Whether the person chose the matcher's best candidate.
    pub right: bool,
}

/// An accept threshold learned from decisions, with what it was learned from. It is kept as one small file; without the
/// file, the shipped threshold holds again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    format: u32,
    /// From this accept score on, an item is matched without a person; above 1, none is.
    pub accept: f64,
    /// The threshold before.
    pub shipped_accept: f64,
    /// From how many decisions it was learned.
    pub outcomes: usize,
    /// Reliability before and after, by accept score, lowest first.
    pub bins: Vec<Bin>,
}

/// Decisions of similar accept scores.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// The least accept score; the next bin's least ends it.
    pub from: f64,
    /// How many decisions.
    pub outcomes: usize,
    /// In how many of them the best candidate was right.
    pub right: usize,
    /// The mean accept score: the share of right ones that the shipped scores stand for.
    pub before: f64,
    /// The share of right ones that the scores stand for here: never falling from bin to bin, and the nearer to the shipped
    /// one the fewer decisions there are.
    pub after: f64,
}

/// Why a calibration file cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CalibrationError {
    /// Not the JSON that is expected.
    #[error("the calibration is not readable: {0}")]
    Json(#[from] serde_json::Error),
    /// Another format.
    #[error("the calibration has format {0}, this program reads format {FORMAT}")]
    Format(u32),
    /// A threshold that is none.
    #[error("the calibration's accept threshold must be a number from 0 on, not {0}")]
    Threshold(f64),
}

impl Calibration {
    /// Learns from what persons decided. None when there are fewer than [`LEAST_OUTCOMES`] decisions.
    ///
    /// The threshold goes down from the top in steps of a hundredth for as long as the decisions at or above it show a
    /// precision of 99 % with 95 % confidence (fixed-sequence testing by the exact binomial tail: the first step that fails
    /// ends it, so that looking at many thresholds does not wear the confidence down). Where no threshold can show that, the
    /// shipped one stays, unless the decisions refute it with the same confidence: then it rises to the first that they do not
    /// refute, or above 1.
    ///
    /// Decisions must be of items as they come: where persons only ever look at what was *not* accepted, nothing is learned
    /// about what was.
    pub fn learn(outcomes: &[Outcome], shipped: &MatchOptions) -> Option<Self> {
        let mut usable: Vec<Outcome> = outcomes
            .iter()
            .copied()
            .filter(|outcome| (0.0..=1.0).contains(&outcome.accept_score))
            .collect();
        if usable.len() < LEAST_OUTCOMES {
            return None;
        }
        usable.sort_by(|a, b| b.accept_score.total_cmp(&a.accept_score).then(b.right.cmp(&a.right)));
        Some(Self {
            format: FORMAT,
            accept: accept(&usable, shipped.accept),
            shipped_accept: shipped.accept,
            outcomes: usable.len(),
            bins: bins(&usable),
        })
    }

    /// Reads a calibration file.
    ///
    /// # Errors
    /// It is unreadable, of another format, or damaged.
    pub fn parse(json: &str) -> Result<Self, CalibrationError> {
        let calibration: Self = serde_json::from_str(json)?;
        if calibration.format != FORMAT {
            return Err(CalibrationError::Format(calibration.format));
        }
        if !(calibration.accept.is_finite() && calibration.accept >= 0.0) {
            return Err(CalibrationError::Threshold(calibration.accept));
        }
        Ok(calibration)
    }

    /// The file's text.
    ///
    /// # Errors
    /// Never in practice: all of it is numbers.
    pub fn to_json(&self) -> Result<String, CalibrationError> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    /// `options` with the learned threshold.
    #[must_use]
    pub fn apply(&self, options: MatchOptions) -> MatchOptions {
        MatchOptions {
            accept: self.accept,
            ..options
        }
    }

    /// The share of right ones among items of this accept score, by the decisions. Never falls as the score rises.
    pub fn reliability(&self, accept_score: f64) -> f64 {
        let Some(first) = self.bins.first() else {
            return accept_score;
        };
        self.bins
            .iter()
            .rev()
            .find(|bin| bin.from <= accept_score)
            .unwrap_or(first)
            .after
    }
}

/// The threshold for `outcomes`, which are sorted from the highest score down.
fn accept(outcomes: &[Outcome], shipped: f64) -> f64 {
    let thresholds = || (0..=STEPS).rev().map(|step| f64::from(step) / f64::from(STEPS));
    let shown = thresholds()
        .map(|threshold| (threshold, Tally::above(outcomes, threshold)))
        .skip_while(|(_, tally)| tally.count < LEAST_OUTCOMES)
        .take_while(|(_, tally)| tally.at_most_as_wrong_by_chance() <= RISK)
        .last();
    if let Some((threshold, _)) = shown {
        return threshold;
    }
    let refuted = |threshold: f64| Tally::above(outcomes, threshold).at_least_as_wrong_by_chance() <= RISK;
    if !refuted(shipped) {
        return shipped;
    }
    thresholds()
        .filter(|threshold| *threshold > shipped)
        .take_while(|threshold| !refuted(*threshold))
        .last()
        .unwrap_or(NOTHING)
}

/// A threshold that no accept score reaches.
const NOTHING: f64 = 1.01;

/// Decisions at or above a score.
#[derive(Debug, Clone, Copy)]
struct Tally {
    count: usize,
    wrong: usize,
}

impl Tally {
    fn above(outcomes: &[Outcome], threshold: f64) -> Self {
        let count = outcomes.partition_point(|outcome| outcome.accept_score >= threshold);
        let wrong = outcomes[..count].iter().filter(|outcome| !outcome.right).count();
        Self { count, wrong }
    }

    /// The chance of so few wrong ones, or fewer, were one in a hundred wrong.
    fn at_most_as_wrong_by_chance(self) -> f64 {
        (0..=self.wrong).map(|wrong| self.chance(wrong)).sum()
    }

    /// The chance of so many wrong ones, or more.
    fn at_least_as_wrong_by_chance(self) -> f64 {
        1.0 - (0..self.wrong).map(|wrong| self.chance(wrong)).sum::<f64>()
    }

    /// The binomial probability of exactly `wrong` wrong ones.
    fn chance(self, wrong: usize) -> f64 {
        let ways: f64 = (0..wrong)
            .map(|taken| ((self.count - taken) as f64 / (taken + 1) as f64).ln())
            .sum();
        let right = (self.count - wrong) as f64;
        (ways + wrong as f64 * (1.0 - PRECISION).ln() + right * PRECISION.ln()).exp()
    }
}

/// The reliability table: shares drawn towards the shipped scores, then made never to fall (pool adjacent violators).
fn bins(outcomes: &[Outcome]) -> Vec<Bin> {
    let mut bins: Vec<Bin> = (0..BINS)
        .map(|bin| Bin {
            from: bin as f64 / BINS as f64,
            outcomes: 0,
            right: 0,
            before: (bin as f64 + 0.5) / BINS as f64,
            after: 0.0,
        })
        .collect();
    let place = |score: f64| ((score * BINS as f64) as usize).min(BINS - 1);
    let mut sums = [0.0; BINS];
    for outcome in outcomes {
        let place = place(outcome.accept_score);
        bins[place].outcomes += 1;
        bins[place].right += usize::from(outcome.right);
        sums[place] += outcome.accept_score;
    }
    // Weight and weighted sum of each pool, and how many bins are in it.
    let mut pools: Vec<(f64, f64, usize)> = Vec::with_capacity(BINS);
    for (bin, sum) in bins.iter_mut().zip(sums) {
        if bin.outcomes > 0 {
            bin.before = sum / bin.outcomes as f64;
        }
        let mut pool = (PRIOR + bin.outcomes as f64, PRIOR * bin.before + bin.right as f64, 1);
        while let Some(last) = pools.pop_if(|last| last.1 / last.0 >= pool.1 / pool.0) {
            pool = (pool.0 + last.0, pool.1 + last.1, pool.2 + last.2);
        }
        pools.push(pool);
    }
    let after = pools
        .iter()
        .flat_map(|(weight, sum, count)| std::iter::repeat_n(sum / weight, *count));
    for (bin, after) in bins.iter_mut().zip(after) {
        bin.after = after;
    }
    bins
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn outcomes(count: usize, accept_score: f64, wrong: usize) -> Vec<Outcome> {
        (0..count)
            .map(|n| Outcome {
                accept_score,
                right: n >= wrong,
            })
            .collect()
    }

    fn learned(outcomes: &[Outcome]) -> Calibration {
        Calibration::learn(outcomes, &MatchOptions::default()).unwrap()
    }

    #[test]
    fn few_decisions_change_nothing() {
        let few = outcomes(LEAST_OUTCOMES - 1, 0.9, 100);
        assert_eq!(Calibration::learn(&few, &MatchOptions::default()), None);
    }

    #[test]
    fn a_threshold_goes_down_as_far_as_decisions_show() {
        let mut list = outcomes(400, 0.95, 0);
        list.extend(outcomes(400, 0.655, 0));
        list.extend(outcomes(50, 0.5, 25));
        let calibration = learned(&list);
        assert_eq!(calibration.accept, 0.51);
        assert_eq!(calibration.apply(MatchOptions::default()).accept, 0.51);
        // Two wrong ones in 400 might be chance; in 800 they are not one in a hundred.
        let mut list = outcomes(400, 0.95, 2);
        list.extend(outcomes(400, 0.655, 0));
        assert_eq!(
            learned(&list).accept,
            MatchOptions::default().accept,
            "the sequence ends at its first failure"
        );
    }

    #[test]
    fn a_threshold_that_is_refuted_rises() {
        let mut list = outcomes(200, 0.995, 0);
        list.extend(outcomes(200, 0.85, 30));
        assert_eq!(learned(&list).accept, 0.86);
        assert_eq!(learned(&outcomes(400, 1.0, 100)).accept, NOTHING);
    }

    #[test]
    fn decisions_that_show_neither_leave_the_shipped_threshold() {
        let mut list = outcomes(100, 0.9, 1);
        list.extend(outcomes(300, 0.3, 200));
        assert_eq!(learned(&list).accept, MatchOptions::default().accept);
    }

    #[test]
    fn the_file_reads_back_and_foreign_ones_are_refused() {
        let calibration = learned(&outcomes(400, 0.9, 5));
        assert_eq!(
            Calibration::parse(&calibration.to_json().unwrap()).unwrap(),
            calibration
        );
        for bad in [
            "",
            "{}",
            r#"{"format":2,"accept":0.5,"shipped_accept":0.8,"outcomes":1,"bins":[]}"#,
            r#"{"format":1,"accept":-1,"shipped_accept":0.8,"outcomes":1,"bins":[]}"#,
        ] {
            assert!(Calibration::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn scores_that_are_none_are_passed_over() {
        let mut list = outcomes(300, 0.9, 0);
        list.extend(outcomes(5, f64::NAN, 5));
        list.extend(outcomes(5, 7.0, 5));
        assert_eq!(learned(&list).outcomes, 300);
    }

    proptest! {
        #[test]
        fn reliability_never_falls(
            list in prop::collection::vec((0.0_f64..=1.0, any::<bool>()), LEAST_OUTCOMES..600),
            (low, high) in (0.0_f64..=1.0, 0.0_f64..=1.0).prop_map(|(a, b)| if a <= b { (a, b) } else { (b, a) }),
        ) {
            let list: Vec<Outcome> = list.into_iter().map(|(accept_score, right)| Outcome { accept_score, right }).collect();
            let calibration = learned(&list);
            prop_assert!(calibration.reliability(low) <= calibration.reliability(high));
            prop_assert!(calibration.bins.iter().all(|bin| (0.0..=1.0).contains(&bin.after)));
            let mut shuffled = list.clone();
            shuffled.reverse();
            prop_assert_eq!(learned(&shuffled).accept, calibration.accept);
        }

        #[test]
        fn what_is_learned_holds_the_precision_it_was_learned_from(
            list in prop::collection::vec((0.0_f64..=1.0, 0.0_f64..=1.0), LEAST_OUTCOMES..1200),
        ) {
            let list: Vec<Outcome> = list
                .into_iter()
                .map(|(accept_score, luck)| Outcome { accept_score, right: luck < accept_score.powf(0.02) })
                .collect();
            let calibration = learned(&list);
            let kept: Vec<&Outcome> = list.iter().filter(|outcome| outcome.accept_score >= calibration.accept).collect();
            let right = kept.iter().filter(|outcome| outcome.right).count();
            if calibration.accept < calibration.shipped_accept {
                prop_assert!(right as f64 >= PRECISION * kept.len() as f64);
            }
        }
    }
}
