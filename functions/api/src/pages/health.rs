//! A supplier's last runs as a small plot: a bar for each, as high as its list is long.

use domain::{IngestionJob, Phase};

use super::format;

/// Runs that are shown.
pub(super) const RUNS: usize = 20;

/// Height of the plot.
const HEIGHT: u64 = 28;

/// Width that a bar takes, its gap included.
const STEP: u64 = 7;

pub(super) struct Health {
    /// Oldest first.
    pub(super) bars: Vec<Bar>,
    /// Where there are no runs yet, left of the bars.
    pub(super) gaps: Vec<u64>,
    /// What the plot says, for who cannot see it.
    pub(super) words: String,
    pub(super) width: u64,
    pub(super) height: u64,
}

pub(super) struct Bar {
    pub(super) x: u64,
    pub(super) y: u64,
    pub(super) height: u64,
    /// `good`, `bad`, `warn` for one that waits for a decision, `now` for a live one.
    pub(super) state: &'static str,
    pub(super) title: String,
}

impl Health {
    /// Of jobs, newest first.
    pub(super) fn of(jobs: &[IngestionJob]) -> Self {
        let runs: Vec<&IngestionJob> = jobs.iter().take(RUNS).collect();
        let items = |job: &IngestionJob| job.summary.map_or(0, |summary| summary.items);
        let most = runs.iter().map(|job| items(job)).max().unwrap_or(0).max(1);
        let missing = RUNS - runs.len();
        let bars = runs.iter().rev().enumerate().map(|(at, job)| {
            let height = match job.phase {
                Phase::Failed => HEIGHT,
                _ => 4 + items(job) * (HEIGHT - 4) / most,
            };
            Bar {
                x: (missing + at) as u64 * STEP,
                y: HEIGHT - height,
                height,
                state: state(job),
                title: title(job),
            }
        });
        let count = |phase: Phase| runs.iter().filter(|job| job.phase == phase).count() as u64;
        Self {
            bars: bars.collect(),
            gaps: (0..missing as u64).map(|at| at * STEP).collect(),
            words: format!(
                "Last {}: {} complete, {} failed",
                format::counted(runs.len() as u64, "run", "runs"),
                count(Phase::Complete),
                count(Phase::Failed)
            ),
            width: RUNS as u64 * STEP - 2,
            height: HEIGHT,
        }
    }
}

fn state(job: &IngestionJob) -> &'static str {
    match job.phase {
        Phase::Failed => "bad",
        Phase::Complete
            if job
                .held
                .as_ref()
                .is_some_and(|held| held.state == domain::HeldState::Waiting) =>
        {
            "warn"
        }
        Phase::Complete => "good",
        _ => "now",
    }
}

fn title(job: &IngestionJob) -> String {
    let when = format::second(job.created_at);
    match (&job.error, &job.summary) {
        (Some(error), _) => format!("{when}: {error}"),
        (None, Some(summary)) => format!("{when}: {}", format::counted(summary.items, "item", "items")),
        (None, None) => format!("{when}: {}", job.phase),
    }
}

#[cfg(test)]
mod tests {
    use domain::{Job, Summary, Trigger};
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn the_newest_run_stands_on_the_right_and_the_longest_list_is_the_highest() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let run = |phase, items: Option<u64>| {
            let mut job = IngestionJob::from(Job::to_fetch("acme".parse().unwrap(), Trigger::Manual, now));
            job.phase = phase;
            job.summary = items.map(|items| Summary {
                items,
                ..Summary::default()
            });
            job
        };
        let health = Health::of(&[
            run(Phase::Downloading, None),
            run(Phase::Complete, Some(1000)),
            run(Phase::Failed, None),
            run(Phase::Complete, Some(500)),
        ]);
        assert_eq!(health.words, "Last 4 runs: 2 complete, 1 failed");
        let bars: Vec<_> = health.bars.iter().map(|bar| (bar.x, bar.height, bar.state)).collect();
        assert_eq!(
            bars,
            [(112, 16, "good"), (119, 28, "bad"), (126, 28, "good"), (133, 4, "now")]
        );
    }
}
