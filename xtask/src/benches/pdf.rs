//! `bench pdf`: accuracy and pages per second of the PDF reader, beside the tools that people use today.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::process::{run_logged, run_shown};
use crate::python::{self, Requirements, Venv};
use crate::terminal::timed;
use crate::workspace::{Workspace, cargo};

const PEERS: [&str; 3] = ["pdfplumber", "camelot-stream", "camelot-lattice"];

const ENVIRONMENT: Requirements = Requirements {
    name: "bench-pdf",
    title: "the PDF tools to compare with",
    python: (3, 10),
    package: None,
};

/// The seeds of the generated lists: two of each layout.
const SEEDS: &str = "1,2";

/// A figure that is shown: its name in the scorer's answer, its title, and what is to be reached and aimed at.
struct Figure {
    set: &'static str,
    key: &'static str,
    title: &'static str,
    reach: f64,
    aim: f64,
}

const FIGURES: [Figure; 5] = [
    Figure {
        set: "price",
        key: "row_recall",
        title: "rows of real lists read whole, mean over files",
        reach: 0.90,
        aim: 0.98,
    },
    Figure {
        set: "price",
        key: "item_recall",
        title: "items right on real lists, mean over files",
        reach: 0.85,
        aim: 0.97,
    },
    Figure {
        set: "tables",
        key: "cell_f1",
        title: "cell F1, tables of the ICDAR 2013 competition",
        reach: 0.75,
        aim: 0.90,
    },
    Figure {
        set: "generated",
        key: "cell_f1",
        title: "cell F1, generated layouts",
        reach: 0.97,
        aim: 0.995,
    },
    Figure {
        set: "generated",
        key: "item_recall",
        title: "items right, generated layouts, mean over files",
        reach: 0.97,
        aim: 0.995,
    },
];

/// What one tool needed for one set.
#[derive(Deserialize)]
struct Timing {
    set: String,
    pages: u32,
    seconds: f64,
}

/// What one tool reached.
struct Outcome {
    tool: &'static str,
    /// In the order of [`FIGURES`].
    figures: Vec<f64>,
    timings: Vec<Timing>,
}

/// Runs our reader and its peers over the data in `data` (its `pdf/`), and prints the figures side by side.
pub(crate) fn run(workspace: &Workspace, data: &Path) -> Result<()> {
    let data = data.join("pdf");
    if !data.join("score.py").exists() {
        bail!(
            "there is no PDF test data at {}; name its directory: `cargo xtask bench pdf --data DIR`",
            data.display()
        );
    }
    let venv = python::environment(workspace, &ENVIRONMENT)?;
    let work = workspace.local().join("bench-pdf");
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work)?;
    let generated = work.join("generated");
    run_logged(
        Command::new(venv.program("python3"))
            .arg(data.join("generate.py"))
            .args(["--seeds", SEEDS, "--out"])
            .arg(&generated),
        &workspace.local().join("logs/bench-pdf.log"),
    )?;
    let sets = [data.join("price"), data.join("tables"), generated];
    run_shown(
        cargo()
            .args(["build", "--release", "--package", "pricelist", "--example", "read_pdfs"])
            .current_dir(&workspace.root),
    )?;
    let ours = Command::new(workspace.target.join("release/examples/read_pdfs"));
    let mut outcomes = vec![outcome("pricecourier", ours, &work, &sets, &venv, &data)?];
    for peer in PEERS {
        let mut command = Command::new(venv.program("python3"));
        command.arg(workspace.path("xtask/benches/pdf_peers.py")).arg(peer);
        outcomes.push(outcome(peer, command, &work, &sets, &venv, &data)?);
    }
    print(&outcomes);
    Ok(())
}

fn outcome(
    tool: &'static str,
    mut command: Command,
    work: &Path,
    sets: &[PathBuf],
    venv: &Venv,
    data: &Path,
) -> Result<Outcome> {
    timed(&format!("Reading with {tool}"), |_| {
        let out = work.join(tool);
        let output = command.arg(&out).args(sets).output()?;
        if !output.status.success() {
            bail!("{tool} failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        let text = String::from_utf8(output.stdout)?;
        let last = text.lines().last().context("the tool printed nothing")?;
        let timings = serde_json::from_str(last).with_context(|| format!("{tool} printed {last:?}"))?;
        let mut scores = Vec::with_capacity(sets.len());
        for set in sets {
            let name = set.file_name().unwrap_or_default();
            scores.push((
                name.to_string_lossy().into_owned(),
                score(venv, data, set, &out.join(name))?,
            ));
        }
        let figures = FIGURES
            .iter()
            .map(|figure| {
                let (_, files) = scores.iter().find(|(name, _)| name == figure.set)?;
                mean(files, figure.key)
            })
            .map(|figure| figure.context("the scorer left a figure out"))
            .collect::<Result<_>>()?;
        Ok(Outcome { tool, figures, timings })
    })
}

/// The scorer's answer for each file.
fn score(venv: &Venv, data: &Path, truth: &Path, predicted: &Path) -> Result<serde_json::Value> {
    let answer = predicted.with_extension("score.json");
    let output = Command::new(venv.program("python3"))
        .arg(data.join("score.py"))
        .arg("--truth")
        .arg(truth)
        .arg("--pred")
        .arg(predicted)
        .arg("--json")
        .arg(&answer)
        .output()?;
    if !output.status.success() {
        bail!("the scorer failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let answer: serde_json::Value = serde_json::from_slice(&fs::read(&answer)?)?;
    Ok(answer["files"].clone())
}

/// The mean of a figure over the files that have it: each list counts the same, however long it is.
fn mean(files: &serde_json::Value, key: &str) -> Option<f64> {
    let of_file = |file: &serde_json::Value| -> Option<f64> {
        let share = |part: &str| Some(file[part].as_f64()? / file["truth"].as_f64()?);
        match key {
            "row_recall" => share("rows"),
            "item_recall" => share("matched"),
            _ => file[key].as_f64(),
        }
    };
    let figures: Vec<f64> = files.as_object()?.values().filter_map(of_file).collect();
    (!figures.is_empty()).then(|| figures.iter().sum::<f64>() / figures.len() as f64)
}

fn print(outcomes: &[Outcome]) {
    print!("\n{:<52}", "");
    for outcome in outcomes {
        print!("{:>16}", outcome.tool);
    }
    println!("{:>8}{:>8}", "reach", "aim");
    for (at, figure) in FIGURES.iter().enumerate() {
        print!("{:<52}", figure.title);
        for outcome in outcomes {
            // The peers make tables, not items.
            match figure.key == "item_recall" && outcome.figures[at] == 0.0 {
                true => print!("{:>16}", "–"),
                false => print!("{:>16.3}", outcome.figures[at]),
            }
        }
        println!("{:>8}{:>8}", figure.reach, figure.aim);
    }
    for set in outcomes.first().map_or(&[][..], |first| &first.timings) {
        let title = format!("pages per second of processor time, {} ({} pages)", set.set, set.pages);
        print!("{title:<52}");
        for outcome in outcomes {
            let timing = outcome.timings.iter().find(|timing| timing.set == set.set);
            match timing {
                Some(timing) => print!("{:>16.1}", f64::from(timing.pages) / timing.seconds),
                None => print!("{:>16}", "–"),
            }
        }
        println!("{:>8}{:>8}", 100, 400);
    }
    println!(
        "\nOurs: words to items; the peers: words to tables. The development files' truth is known to us: unseen ones decide."
    );
}
