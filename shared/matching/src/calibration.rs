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

/// A threshold goes down through a tenth of the scores only where so many of it were decided on.
const LEAST_OF_A_TENTH: u64 = 20;

/// Scores are looked at in steps of a hundredth.
const STEPS: u32 = 100;

/// Bins of the reliability table.
const BINS: usize = 10;

/// The shipped calibration weighs as much as this many decisions in each bin, so that a bin with few moves little.
const PRIOR: f64 = 20.0;

/// From this accept score on, nearly all is accepted by certain evidence (a barcode, a code, an exact copy), which no threshold
/// moves.
const CERTAIN: f64 = 0.99;

/// What a person decided of an item that nothing barred ([`domain::Match::barred`]), and what the matcher had said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// The match's accept score, 0 to 1.
    pub accept_score: f64,
    /// Whether the person chose the matcher's best candidate.
    pub right: bool,
    /// Whether the matcher had accepted it without asking: the person came to confirm it or, more likely, to correct it.
    pub accepted: bool,
}

/// How many items are accepted without a person, by hundredths of their accept score.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AcceptedScores(Vec<u64>);

impl AcceptedScores {
    /// Counts an accepted item.
    pub fn count(&mut self, accept_score: f64) {
        let place = (accept_score.clamp(0.0, 1.0) * f64::from(STEPS)) as usize;
        if self.0.len() <= place {
            self.0.resize(place + 1, 0);
        }
        self.0[place] += 1;
    }

    /// Adds those of another list.
    pub fn add(&mut self, other: &Self) {
        // What was read from a file may be longer than scores are; the rest counts for nothing.
        let counted = &other.0[..other.0.len().min(STEPS as usize + 1)];
        self.0.resize(self.0.len().max(counted.len()), 0);
        for (sum, count) in self.0.iter_mut().zip(counted) {
            *sum = sum.saturating_add(*count);
        }
    }

    /// How many have a score from `from` on, below `to`. Both are taken as hundredths.
    pub fn between(&self, from: f64, to: f64) -> u64 {
        let place = |score: f64| (score.max(0.0) * f64::from(STEPS)).round() as usize;
        let (from, to) = (place(from).min(self.0.len()), place(to).min(self.0.len()));
        self.0.get(from..to).map_or(0, |counts| counts.iter().sum())
    }
}

/// What a deployment knows of how right its matches are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// What persons decided.
    pub outcomes: Vec<Outcome>,
    /// What stands accepted in the published lists, without a person.
    pub accepted: AcceptedScores,
}

/// An accept threshold learned from decisions, with what it was learned from. It is kept as one small file; without the
/// file, the shipped threshold holds again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Calibration {
    format: u32,
    /// From this accept score on, an item is matched without a person; above 1, none is.
    pub accept: f64,
    /// The threshold before.
    pub shipped_accept: f64,
    /// From how many decisions on items that the matcher had asked about it was learned.
    pub outcomes: usize,
    /// How many items stood accepted without a person, those by certain evidence left out.
    #[serde(default)]
    pub accepted: u64,
    /// How many such items persons corrected.
    #[serde(default)]
    pub corrected: usize,
    /// How the reliability does on decisions that it was not learned from.
    #[serde(default)]
    pub check: Check,
    /// Reliability before and after, by accept score, lowest first.
    pub bins: Vec<Bin>,
}

/// Decisions of similar accept scores.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bin {
    /// The least accept score; the next bin's least ends it.
    pub from: f64,
    /// How many decisions on items that the matcher had asked about.
    pub outcomes: usize,
    /// In how many of them the best candidate was right.
    pub right: usize,
    /// The mean accept score: the share of right ones that the shipped scores stand for.
    pub before: f64,
    /// The share of right ones that the scores stand for here: never falling from bin to bin, and the nearer to the shipped
    /// one the fewer decisions there are.
    pub after: f64,
    /// How many items stood accepted without a person.
    #[serde(default)]
    pub accepted: u64,
    /// How many items accepted without a person were corrected.
    #[serde(default)]
    pub corrected: usize,
}

/// Logarithmic loss (mean of the negative logarithm of the probability given to what came true; less is better) on decisions that
/// were held out: each half is told by the reliability that the other half shows.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Check {
    /// Of the accept scores as they are.
    pub before: f64,
    /// Of the reliability learned.
    pub after: f64,
}

impl Check {
    /// Whether what was learned holds beyond what it was learned from.
    pub fn improves(self) -> bool {
        self.after < self.before
    }
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
    /// Learns from what persons decided. None when there are fewer than [`LEAST_OUTCOMES`] decisions on items that the matcher
    /// had asked about, and fewer than as many accepted items.
    ///
    /// The threshold goes down from the shipped one in steps of a hundredth for as long as the decisions between the two show a
    /// precision of 99 % with 95 % confidence (fixed-sequence testing by the exact binomial tail: the first step that fails
    /// ends it, so that looking at many thresholds does not wear the confidence down), never below what was decided on, and only
    /// where [`Check::improves`].
    /// Items that were accepted tell nothing here: nobody looked at most of them.
    ///
    /// It goes up where corrections refute it: when more of the accepted items at or above it were corrected than a precision of
    /// 99 % allows, with the same confidence, it rises to the first that they do not refute, or above 1. An item that nobody
    /// corrected counts as right there, so the true precision may be less, never more.
    pub fn learn(evidence: &Evidence, shipped: &MatchOptions) -> Option<Self> {
        let usable = evidence
            .outcomes
            .iter()
            .filter(|outcome| (0.0..=1.0).contains(&outcome.accept_score));
        let (accepted, mut asked): (Vec<Outcome>, Vec<Outcome>) = usable.partition(|outcome| outcome.accepted);
        let mut corrected: Vec<Outcome> = accepted
            .into_iter()
            .filter(|outcome| !outcome.right && outcome.accept_score < CERTAIN)
            .collect();
        let standing = evidence.accepted.between(0.0, CERTAIN);
        if asked.len() < LEAST_OUTCOMES && standing < LEAST_OUTCOMES as u64 {
            return None;
        }
        sort(&mut asked);
        sort(&mut corrected);
        let check = check(&asked);
        let lowered = lowered(&asked, shipped.accept).filter(|_| check.improves());
        let least = lowered.unwrap_or(shipped.accept);
        let mut bins = bins(&asked);
        for bin in &mut bins {
            let to = (bin.from + 1.0 / BINS as f64).min(CERTAIN);
            bin.accepted = evidence.accepted.between(bin.from, to);
            let within = |outcome: &&Outcome| (bin.from..to).contains(&outcome.accept_score);
            bin.corrected = corrected.iter().filter(within).count();
        }
        Some(Self {
            format: FORMAT,
            accept: unrefuted(&corrected, &evidence.accepted, least),
            shipped_accept: shipped.accept,
            outcomes: asked.len(),
            accepted: standing,
            corrected: corrected.len(),
            check,
            bins,
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
        reliability(&self.bins, accept_score)
    }
}

/// The highest score first, whatever the order in which they came.
fn sort(outcomes: &mut [Outcome]) {
    outcomes.sort_by(|a, b| b.accept_score.total_cmp(&a.accept_score).then(b.right.cmp(&a.right)));
}

/// Every hundredth, from the highest.
fn thresholds() -> impl Iterator<Item = f64> {
    (0..=STEPS).rev().map(|step| f64::from(step) / f64::from(STEPS))
}

/// The lowest threshold below `shipped` down to which what the matcher asked about was right, by `asked`, which is sorted; none
/// where that is not shown. Where nobody decided, nothing is shown: it stops above a stretch with hardly any decisions, and stands
/// at a score that somebody decided on.
fn lowered(asked: &[Outcome], shipped: f64) -> Option<f64> {
    let below = &asked[asked.partition_point(|outcome| outcome.accept_score >= shipped)..];
    let within = |threshold: f64, width: u32| {
        let above = threshold + f64::from(width) / f64::from(STEPS) - 1e-9;
        Tally::above(below, threshold).count - Tally::above(below, above).count
    };
    thresholds()
        .filter(|threshold| *threshold < shipped)
        .map(|threshold| (threshold, Tally::above(below, threshold)))
        .skip_while(|(_, tally)| tally.count < LEAST_OUTCOMES as u64)
        .take_while(|(threshold, tally)| {
            tally.at_most_as_wrong_by_chance() <= RISK && within(*threshold, STEPS / 10) >= LEAST_OF_A_TENTH
        })
        .filter(|(threshold, _)| within(*threshold, 1) > 0)
        .last()
        .map(|(threshold, _)| threshold)
}

/// `least`, or the first threshold above it that `corrected`, which is sorted, does not refute.
fn unrefuted(corrected: &[Outcome], accepted: &AcceptedScores, least: f64) -> f64 {
    let refuted = |threshold: f64| {
        let wrong = Tally::above(corrected, threshold).wrong;
        let count = accepted.between(threshold, CERTAIN) + wrong;
        count >= LEAST_OUTCOMES as u64 && Tally { count, wrong }.at_least_as_wrong_by_chance() <= RISK
    };
    if !refuted(least) {
        return least;
    }
    // The fewer items are left above a threshold, the less can be told of it: what was refuted below is not trusted there.
    let too_few = |threshold: f64| accepted.between(threshold, CERTAIN) < LEAST_OUTCOMES as u64;
    let above = thresholds().filter(|threshold| *threshold > least && *threshold < CERTAIN);
    above
        .take_while(|threshold| too_few(*threshold) || !refuted(*threshold))
        .filter(|threshold| !too_few(*threshold))
        .last()
        .unwrap_or(NOTHING)
}

/// How the reliability of one half of `asked`, which is sorted, does on the other.
fn check(asked: &[Outcome]) -> Check {
    let halves = [0, 1].map(|half| asked.iter().skip(half).step_by(2).copied().collect::<Vec<_>>());
    let loss = |probability: f64, right: bool| {
        let probability = probability.clamp(1e-6, 1.0 - 1e-6);
        -if right { probability } else { 1.0 - probability }.ln()
    };
    let mut sums = Check::default();
    for (learned, told) in [(&halves[0], &halves[1]), (&halves[1], &halves[0])] {
        let bins = bins(learned);
        for outcome in told {
            sums.before += loss(outcome.accept_score, outcome.right);
            sums.after += loss(reliability(&bins, outcome.accept_score), outcome.right);
        }
    }
    let count = asked.len().max(1) as f64;
    Check {
        before: sums.before / count,
        after: sums.after / count,
    }
}

/// What the bins say of a score.
fn reliability(bins: &[Bin], accept_score: f64) -> f64 {
    let bin = bins.iter().rev().find(|bin| bin.from <= accept_score).or(bins.first());
    bin.map_or(accept_score, |bin| bin.after)
}

/// A threshold that no accept score reaches.
const NOTHING: f64 = 1.01;

/// Decisions at or above a score.
#[derive(Debug, Clone, Copy)]
struct Tally {
    count: u64,
    wrong: u64,
}

impl Tally {
    fn above(outcomes: &[Outcome], threshold: f64) -> Self {
        let count = outcomes.partition_point(|outcome| outcome.accept_score >= threshold);
        let wrong = outcomes[..count].iter().filter(|outcome| !outcome.right).count();
        Self {
            count: count as u64,
            wrong: wrong as u64,
        }
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
    fn chance(self, wrong: u64) -> f64 {
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
            accepted: 0,
            corrected: 0,
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
        let outcome = |n: usize| Outcome {
            accept_score,
            right: n >= wrong,
            accepted: false,
        };
        (0..count).map(outcome).collect()
    }

    fn corrections(count: usize, accept_score: f64) -> Vec<Outcome> {
        let corrected = |outcome: Outcome| Outcome {
            accepted: true,
            ..outcome
        };
        outcomes(count, accept_score, count)
            .into_iter()
            .map(corrected)
            .collect()
    }

    fn accepted(counts: &[(usize, f64)]) -> AcceptedScores {
        let mut scores = AcceptedScores::default();
        for (count, accept_score) in counts {
            (0..*count).for_each(|_| scores.count(*accept_score));
        }
        scores
    }

    fn learn(outcomes: Vec<Outcome>, accepted: AcceptedScores) -> Option<Calibration> {
        Calibration::learn(&Evidence { outcomes, accepted }, &MatchOptions::default())
    }

    fn learned(outcomes: Vec<Outcome>) -> Calibration {
        learn(outcomes, AcceptedScores::default()).unwrap()
    }

    #[test]
    fn few_decisions_change_nothing() {
        let few = outcomes(LEAST_OUTCOMES - 1, 0.7, 0);
        assert_eq!(learn(few, accepted(&[(LEAST_OUTCOMES - 1, 0.9)])), None);
    }

    #[test]
    fn a_threshold_goes_down_as_far_as_decisions_show() {
        let mut list = outcomes(400, 0.755, 0);
        list.extend(outcomes(400, 0.655, 0));
        list.extend(outcomes(50, 0.5, 25));
        let calibration = learned(list);
        assert_eq!(
            calibration.accept, 0.65,
            "nobody decided below it, but where half was wrong"
        );
        assert_eq!(calibration.apply(MatchOptions::default()).accept, 0.65);
        assert!(calibration.check.improves(), "{calibration:?}");
        // Two wrong ones in 400 might be chance.
        let mut list = outcomes(400, 0.755, 2);
        list.extend(outcomes(400, 0.655, 0));
        assert_eq!(
            learned(list).accept,
            MatchOptions::default().accept,
            "the sequence ends at its first failure"
        );
    }

    #[test]
    fn a_threshold_stays_where_decisions_end() {
        let mut list = outcomes(400, 0.755, 0);
        assert_eq!(learned(list.clone()).accept, 0.75);
        list.extend(outcomes(1, 0.35, 0));
        assert_eq!(learned(list.clone()).accept, 0.75, "one lucky guess shows nothing");
        list.extend(outcomes(30, 0.655, 0));
        assert_eq!(learned(list).accept, 0.65);
    }

    #[test]
    fn what_was_accepted_lowers_nothing() {
        let calibration = learn(outcomes(300, 0.7, 10), accepted(&[(100_000, 0.9)])).unwrap();
        assert_eq!(calibration.accept, MatchOptions::default().accept);
    }

    #[test]
    fn corrections_raise_a_threshold_that_they_refute() {
        let standing = accepted(&[(1_000, 0.955), (1_000, 0.855)]);
        let raised = learn(corrections(40, 0.855), standing.clone()).unwrap();
        assert_eq!((raised.accept, raised.corrected, raised.accepted), (0.86, 40, 2_000));
        let few = learn(corrections(10, 0.855), standing.clone()).unwrap();
        assert_eq!(few.accept, MatchOptions::default().accept);
        assert_eq!(learn(corrections(100, 0.955), standing).unwrap().accept, NOTHING);
    }

    #[test]
    fn certain_evidence_is_not_what_a_threshold_moves() {
        let calibration = learn(corrections(400, 0.999), accepted(&[(1_000, 0.9)])).unwrap();
        assert_eq!((calibration.accept, calibration.corrected), (0.8, 0));
    }

    #[test]
    fn decisions_that_show_neither_leave_the_shipped_threshold() {
        let mut list = outcomes(100, 0.75, 1);
        list.extend(outcomes(300, 0.3, 200));
        let calibration = learned(list);
        assert_eq!(calibration.accept, MatchOptions::default().accept);
        assert_eq!((calibration.bins[3].outcomes, calibration.bins[3].right), (300, 100));
    }

    #[test]
    fn reliability_that_does_not_hold_beyond_its_half_is_seen() {
        let mut list = outcomes(400, 0.7, 120);
        list.extend(outcomes(200, 0.3, 140));
        assert!(!learned(list).check.improves(), "the scores are as good as can be");
    }

    #[test]
    fn accepted_scores_add_up_and_read_back() {
        let mut all = accepted(&[(2, 0.855), (1, 1.0)]);
        all.add(&accepted(&[(3, 0.9), (1, 0.2)]));
        assert_eq!(
            (all.between(0.8, 0.9), all.between(0.9, 1.01), all.between(0.0, 0.8)),
            (2, 4, 1)
        );
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<AcceptedScores>(&text).unwrap(), all);
        let mut foreign: AcceptedScores = serde_json::from_str(&format!("{:?}", vec![1_u64; 5_000])).unwrap();
        foreign.add(&all);
        assert_eq!(all.between(-1.0, f64::INFINITY), 7);
    }

    #[test]
    fn the_file_reads_back_and_foreign_ones_are_refused() {
        let calibration = learned(outcomes(400, 0.7, 5));
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
        assert_eq!(learned(list).outcomes, 300);
    }

    proptest! {
        #[test]
        fn reliability_never_falls(
            list in prop::collection::vec((0.0_f64..=1.0, any::<bool>()), LEAST_OUTCOMES..600),
            (low, high) in (0.0_f64..=1.0, 0.0_f64..=1.0).prop_map(|(a, b)| if a <= b { (a, b) } else { (b, a) }),
        ) {
            let asked = |(accept_score, right)| Outcome { accept_score, right, accepted: false };
            let list: Vec<Outcome> = list.into_iter().map(asked).collect();
            let calibration = learned(list.clone());
            prop_assert!(calibration.reliability(low) <= calibration.reliability(high));
            prop_assert!(calibration.bins.iter().all(|bin| (0.0..=1.0).contains(&bin.after)));
            let mut shuffled = list.clone();
            shuffled.reverse();
            prop_assert_eq!(learned(shuffled), calibration);
        }

        #[test]
        fn what_is_learned_holds_the_precision_it_was_learned_from(
            list in prop::collection::vec((0.0_f64..=1.0, 0.0_f64..=1.0), LEAST_OUTCOMES..1200),
        ) {
            let list: Vec<Outcome> = list
                .into_iter()
                .map(|(accept_score, luck)| Outcome { accept_score, right: luck < accept_score.powf(0.02), accepted: false })
                .collect();
            let calibration = learned(list.clone());
            let band = calibration.accept..calibration.shipped_accept;
            let kept: Vec<&Outcome> = list.iter().filter(|outcome| band.contains(&outcome.accept_score)).collect();
            let right = kept.iter().filter(|outcome| outcome.right).count();
            if calibration.accept < calibration.shipped_accept {
                prop_assert!(right as f64 >= PRECISION * kept.len() as f64);
            }
        }
    }
}
