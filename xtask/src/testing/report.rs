//! The steps of a test run: each runs whatever the others did, and the end shows them all.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::counts::Counts;
use crate::process::shown;
use crate::terminal::seconds;

/// The run so far.
#[derive(Default)]
pub(crate) struct Report {
    steps: Vec<Step>,
    counts: Counts,
}

struct Step {
    name: String,
    outcome: Outcome,
    took: Duration,
}

enum Outcome {
    Passed,
    Failed,
    Skipped(String),
}

impl Report {
    /// Runs a step. Its error is shown where it happens; the run goes on.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce(&mut Counts) -> Result<()>) {
        eprintln!("\n── {name} ──");
        let began = Instant::now();
        let outcome = match work(&mut self.counts) {
            Ok(()) => Outcome::Passed,
            Err(error) => {
                eprintln!("✗ {name}: {error:#}");
                Outcome::Failed
            }
        };
        self.steps.push(Step {
            name: name.to_owned(),
            outcome,
            took: began.elapsed(),
        });
    }

    /// Notes a step that cannot run here. Under CI it counts as failed: everything has to run there.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        let outcome = if is_ci() {
            Outcome::Failed
        } else {
            Outcome::Skipped(why.to_owned())
        };
        eprintln!("\n── {name} ──\nnot run: {why}");
        self.steps.push(Step {
            name: name.to_owned(),
            outcome,
            took: Duration::ZERO,
        });
    }

    /// Shows all steps and the count of tests; fails if any step did.
    pub(crate) fn close(self) -> Result<()> {
        println!();
        for step in &self.steps {
            let (mark, note) = match &step.outcome {
                Outcome::Passed => ("✓", ""),
                Outcome::Failed => ("✗", " FAILED"),
                Outcome::Skipped(why) => ("-", why.as_str()),
            };
            println!("{mark} {:<40} {:>12} {note}", step.name, seconds(step.took));
        }
        println!("\n{}", self.counts);
        let failed = self
            .steps
            .iter()
            .filter(|step| matches!(step.outcome, Outcome::Failed))
            .count();
        if failed > 0 {
            bail!("{failed} of {} steps failed", self.steps.len());
        }
        Ok(())
    }
}

/// Whether this is a CI run.
pub(crate) fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true" || value == "1")
}

/// Runs a command with its output shown as it comes, and counts the tests that it reports.
pub(crate) fn run_counted(command: &mut Command, counts: &mut Counts) -> Result<()> {
    let name = shown(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{name} could not be run"))?;
    let seen = Arc::new(Mutex::new(Counts::default()));
    let readers = [
        child.stdout.take().map(|output| forward(output, Arc::clone(&seen))),
        child.stderr.take().map(|output| forward(output, Arc::clone(&seen))),
    ];
    for reader in readers.into_iter().flatten() {
        // A reader only ends early if our own output is gone.
        let _ = reader.join();
    }
    let status = child.wait()?;
    if let Ok(seen) = seen.lock() {
        *counts += *seen;
    }
    if !status.success() {
        bail!("{name} failed ({status})");
    }
    Ok(())
}

fn forward(output: impl Read + Send + 'static, seen: Arc<Mutex<Counts>>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut lines = BufReader::new(output);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            if std::io::stdout().lock().write_all(&line).is_err() {
                return;
            }
            if let (Some(counts), Ok(mut seen)) = (Counts::of_line(&String::from_utf8_lossy(&line)), seen.lock()) {
                *seen += counts;
            }
            line.clear();
        }
    })
}
