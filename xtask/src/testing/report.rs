//! The steps of a test run: each runs whatever the others did, and the end shows them all.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::counts::Counts;
use crate::process::shown;
use crate::terminal::seconds;

/// Lines of a failed command that the end of the run shows again: runners name their failures last.
const LAST_LINES: usize = 60;

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
    /// With what its command said last.
    Failed(Vec<String>),
    Skipped(String),
}

/// A command that ended with a failure.
#[derive(Debug, thiserror::Error)]
#[error("{command} failed ({status})")]
struct Failure {
    command: String,
    status: ExitStatus,
    said_last: Vec<String>,
}

/// What a command said so far, as far as it is kept.
#[derive(Default)]
struct Said {
    counts: Counts,
    last: VecDeque<String>,
}

impl Said {
    fn line(&mut self, line: &str) {
        if let Some(counts) = Counts::of_line(line) {
            self.counts += counts;
        }
        if self.last.len() == LAST_LINES {
            self.last.pop_front();
        }
        self.last.push_back(line.trim_end().to_owned());
    }
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
                let failure = error.downcast::<Failure>();
                Outcome::Failed(failure.map_or_else(|error| vec![format!("{error:#}")], |it| it.said_last))
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
            Outcome::Failed(vec![why.to_owned()])
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

    /// Shows what failed steps said last, all steps, and the count of tests; fails if any step did.
    pub(crate) fn close(self) -> Result<()> {
        for step in &self.steps {
            if let Outcome::Failed(said_last) = &step.outcome {
                println!("\n── the end of {} ──\n{}", step.name, said_last.join("\n"));
            }
        }
        println!();
        for step in &self.steps {
            let (mark, note) = match &step.outcome {
                Outcome::Passed => ("✓", ""),
                Outcome::Failed(_) => ("✗", " FAILED"),
                Outcome::Skipped(why) => ("-", why.as_str()),
            };
            println!("{mark} {:<40} {:>12} {note}", step.name, seconds(step.took));
        }
        println!("\n{}", self.counts);
        let failed = self
            .steps
            .iter()
            .filter(|step| matches!(step.outcome, Outcome::Failed(_)))
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
    let said = Arc::new(Mutex::new(Said::default()));
    let readers = [
        child.stdout.take().map(|output| forward(output, Arc::clone(&said))),
        child.stderr.take().map(|output| forward(output, Arc::clone(&said))),
    ];
    for reader in readers.into_iter().flatten() {
        // A reader only ends early if our own output is gone.
        let _ = reader.join();
    }
    let status = child.wait()?;
    let said = said
        .lock()
        .map(|mut said| std::mem::take(&mut *said))
        .unwrap_or_default();
    *counts += said.counts;
    if !status.success() {
        bail!(Failure {
            command: name,
            status,
            said_last: said.last.into(),
        });
    }
    Ok(())
}

fn forward(output: impl Read + Send + 'static, said: Arc<Mutex<Said>>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut lines = BufReader::new(output);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            if std::io::stdout().lock().write_all(&line).is_err() {
                return;
            }
            if let Ok(mut said) = said.lock() {
                said.line(&String::from_utf8_lossy(&line));
            }
            line.clear();
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_command_tells_its_last_lines() {
        let mut shell = Command::new("sh");
        shell.args(["-c", "seq 100; echo '7 passed, 2 failed'; exit 3"]);
        let mut counts = Counts::default();
        let error = run_counted(&mut shell, &mut counts).unwrap_err();
        let failure = error.downcast::<Failure>().unwrap();
        assert_eq!((counts.passed, counts.failed), (7, 2));
        assert_eq!(failure.status.code(), Some(3));
        assert_eq!(failure.said_last.len(), LAST_LINES);
        assert_eq!(failure.said_last.last().map(String::as_str), Some("7 passed, 2 failed"));
    }
}
