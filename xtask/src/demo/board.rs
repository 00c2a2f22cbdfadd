//! The jobs on the terminal: live while they run, and as a table when they are over.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use super::admin_api::Job;
use crate::terminal::seconds;

/// A supplier's line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) supplier: String,
    pub(crate) job: Option<Job>,
}

/// Redraws the lines on a terminal; elsewhere writes a line when a job's phase has changed.
#[derive(Debug, Default)]
pub(crate) struct Board {
    drawn: usize,
    last: Vec<String>,
}

impl Board {
    /// Shows the jobs as they stand.
    pub(crate) fn show(&mut self, lines: &[Line], waited: Duration) {
        if !std::io::stderr().is_terminal() {
            let now: Vec<String> = lines
                .iter()
                .map(|line| line.job.as_ref().map_or("", |job| &job.phase).into())
                .collect();
            for (index, line) in lines.iter().enumerate() {
                if !now[index].is_empty() && self.last.get(index) != Some(&now[index]) {
                    eprintln!("    {:<24} {}", line.supplier, state(line.job.as_ref()));
                }
            }
            self.last = now;
            return;
        }
        if self.drawn > 0 {
            eprint!("\x1b[{}A", self.drawn);
        }
        for line in lines {
            eprintln!("\r\x1b[K    {:<24} {}", line.supplier, state(line.job.as_ref()));
        }
        eprintln!("\r\x1b[K    {}", seconds(waited));
        self.drawn = lines.len() + 1;
        // Nothing to be done for a terminal that is gone.
        let _ = std::io::stderr().flush();
    }
}

fn state(job: Option<&Job>) -> String {
    let Some(job) = job else {
        return "waits for the schedule".to_owned();
    };
    match (
        job.phase.as_str(),
        &job.download_progress,
        &job.analysis_progress,
        &job.error,
        &job.summary,
    ) {
        ("downloading", Some(progress), ..) => {
            format!(
                "downloading  {:>3.0} %  {} bytes",
                progress.percentage, progress.bytes_downloaded
            )
        }
        (phase @ ("analyzing" | "matching"), _, Some(progress), ..) => {
            format!(
                "{phase:<11}  {} of {} items",
                progress.items_processed, progress.items_total
            )
        }
        ("complete", _, _, _, Some(summary)) => format!("complete     {} items", summary.items),
        ("failed", _, _, Some(error), _) => format!("failed       {error}"),
        (phase, ..) => phase.to_owned(),
    }
}

/// The table of what came out.
pub(crate) fn summary(lines: &[Line]) -> String {
    let mut rows = vec![["supplier", "items", "matched", "review", "new", "errors", "seconds", ""].map(str::to_owned)];
    rows.extend(lines.iter().map(row));
    let mut widths = [0; 8];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut table = String::new();
    for row in rows {
        let cells = row
            .iter()
            .zip(widths)
            .enumerate()
            .map(|(column, (cell, width))| match column {
                0 | 7 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
        let line = cells.collect::<Vec<_>>().join("  ");
        table.push_str(line.trim_end());
        table.push('\n');
    }
    table
}

fn row(line: &Line) -> [String; 8] {
    let mut row = <[String; 8]>::default();
    row[0].clone_from(&line.supplier);
    let Some(job) = &line.job else {
        row[7] = "no job was made".to_owned();
        return row;
    };
    if let Some(summary) = &job.summary {
        let counts = [
            summary.items,
            summary.matched,
            summary.review,
            summary.new,
            summary.errors,
        ];
        for (cell, count) in row[1..].iter_mut().zip(counts) {
            *cell = count.to_string();
        }
    }
    if let Some(finished) = job.finished_at {
        row[6] = format!("{:.1}", finished.duration_since(job.created_at).as_secs_f64());
    }
    row[7] = match &job.error {
        Some(error) => format!("{}: {error}", job.phase),
        None => job.phase.clone(),
    };
    row
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job(extra: serde_json::Value) -> Job {
        let mut job = json!({
            "phase": "complete", "download_progress": null,
            "analysis_progress": null, "error": null, "summary": null,
            "created_at": "2026-11-01T10:00:00Z", "finished_at": "2026-11-01T10:00:02.540Z",
        });
        job.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        serde_json::from_value(job).unwrap()
    }

    #[test]
    fn the_table_has_a_row_for_every_supplier() {
        let counts = json!({"items": 90, "matched": 80, "review": 6, "new": 4, "errors": 1});
        let lines = [
            Line {
                supplier: "ЭлектроСклад Восток".to_owned(),
                job: Some(job(json!({"summary": counts}))),
            },
            Line {
                supplier: "Iberlux".to_owned(),
                job: Some(job(
                    json!({"phase": "failed", "error": "answers 404", "finished_at": null}),
                )),
            },
            Line {
                supplier: "Nordlys".to_owned(),
                job: None,
            },
        ];
        assert_eq!(
            summary(&lines),
            "supplier             items  matched  review  new  errors  seconds\n\
             ЭлектроСклад Восток     90       80       6    4       1      2.5  complete\n\
             Iberlux                                                            failed: answers 404\n\
             Nordlys                                                            no job was made\n"
        );
    }
}
