//! `demo`: the whole path, from price lists on a web site to matched items, shown as it happens.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;

use super::{down, up};
use crate::demo::admin_api::{AdminApi, Job};
use crate::demo::board::{Board, Line, summary};
use crate::demo::lists::{self, DemoSupplier};
use crate::demo::supplier_site::SupplierSite;
use crate::emulator::Kind;
use crate::stack::Stack;
use crate::terminal::timed;
use crate::workspace::Workspace;

/// The rule fires every minute; an emulator's first firing may be late.
const PATIENCE: Duration = Duration::from_secs(240);

/// How to run the demo.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    up: up::Options,
    /// Stop everything after the summary, and fail unless every job is complete.
    #[arg(long)]
    exit: bool,
    /// Write the demo's files to a directory, and do nothing else.
    #[arg(long, value_name = "DIRECTORY")]
    write_files: Option<PathBuf>,
}

/// Runs the task.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if let Some(directory) = &options.write_files {
        return write_files(directory);
    }
    let settled = Arc::new(AtomicBool::new(false));
    let interrupted = on_interrupt(workspace, Arc::clone(&settled))?;
    let instance = workspace.default_instance();
    let stack = up::up(workspace, &instance, &options.up)?;
    let outcome = show(&stack);
    if options.exit {
        down::down(workspace, &instance)?;
        return outcome;
    }
    match outcome {
        Ok(()) => settled.store(true, Ordering::Relaxed),
        Err(error) => eprintln!("\n{error:#}"),
    }
    println!(
        "\nOpen {} and sign in with the admin token {}",
        stack.api_url, stack.admin_token
    );
    println!(
        "AWS_ENDPOINT_URL={} reaches the tables, queues and files. Ctrl-C stops everything.",
        stack.endpoint
    );
    // The handler ends the process; the channel only keeps this thread from doing so first.
    interrupted.recv().context("the wait for Ctrl-C was cut short")
}

/// On Ctrl-C, at whatever point, the emulator is stopped and the process ends: well, if the demo had `settled`.
fn on_interrupt(workspace: &Workspace, settled: Arc<AtomicBool>) -> Result<Receiver<()>> {
    let (keep_open, interrupted) = mpsc::channel();
    let workspace = workspace.clone();
    ctrlc::set_handler(move || {
        let _ = &keep_open;
        eprintln!();
        let stopped = down::down(&workspace, &workspace.default_instance());
        if let Err(error) = &stopped {
            eprintln!("error: {error:#}");
        }
        let well = stopped.is_ok() && settled.load(Ordering::Relaxed);
        std::process::exit(if well { 0 } else { 130 });
    })?;
    Ok(interrupted)
}

/// Loads the catalogue and the suppliers, and follows their jobs to the end.
fn show(stack: &Stack) -> Result<()> {
    let api = AdminApi::new(&stack.api_url, &stack.admin_token);
    let fetched = lists::fetched()?;
    let uploaded = lists::uploaded();
    let site = supplier_site(stack.emulator, &fetched)?;
    load_catalogue(&api)?;
    let since = Timestamp::now();
    let title = format!("Adding {} suppliers, uploading one list", fetched.len() + 1);
    let upload_job = timed(&title, |_| {
        for supplier in &fetched {
            if !api.put_supplier(supplier, Some(&site.url(supplier)))? {
                // It was due an hour after the last demo's.
                api.sync(supplier)?;
            }
        }
        api.put_supplier(&uploaded, None)?;
        api.upload_list(&uploaded)
    })?;
    eprintln!("  … Waiting for the schedule (every minute) and the jobs");
    let lines = follow(&api, &fetched, &uploaded, &upload_job, since)?;
    println!("\n{}", summary(&lines));
    let open = lines
        .iter()
        .filter(|line| line.job.as_ref().is_none_or(|job| job.phase != "complete"))
        .count();
    if open > 0 {
        bail!(
            "{open} of {} jobs are not complete. `cargo xtask logs` shows what the functions wrote.",
            lines.len()
        );
    }
    Ok(())
}

fn supplier_site(emulator: Kind, suppliers: &[DemoSupplier]) -> Result<SupplierSite> {
    match emulator {
        Kind::Ministack | Kind::Localstack => {
            SupplierSite::start(suppliers, IpAddr::V4(Ipv4Addr::LOCALHOST), "127.0.0.1")
        }
        // Functions run in containers, which see this machine under a name.
        Kind::Docker => SupplierSite::start(suppliers, IpAddr::V4(Ipv4Addr::UNSPECIFIED), "host.docker.internal"),
    }
}

fn load_catalogue(api: &AdminApi) -> Result<()> {
    timed("Loading the catalogue", |step| {
        let id = api.upload_catalogue(&lists::catalogue()?)?;
        let began = Instant::now();
        loop {
            let job = api.job(&id)?;
            match job.phase.as_str() {
                "complete" => return Ok(()),
                "failed" => bail!("the catalogue was refused: {}", job.error.unwrap_or_default()),
                phase => step.note(phase),
            }
            if began.elapsed() > PATIENCE {
                bail!(
                    "the catalogue's job is still {} after {} s",
                    job.phase,
                    PATIENCE.as_secs()
                );
            }
            std::thread::sleep(Duration::from_millis(300));
        }
    })
}

/// Shows the jobs until all are over, or patience is.
fn follow(
    api: &AdminApi,
    fetched: &[DemoSupplier],
    uploaded: &DemoSupplier,
    upload_job: &str,
    since: Timestamp,
) -> Result<Vec<Line>> {
    let mut board = Board::default();
    let began = Instant::now();
    loop {
        let mut lines = Vec::new();
        for supplier in fetched {
            let job = api.newest_job(supplier.id)?.filter(|job| job.created_at >= since);
            lines.push(Line {
                supplier: supplier.name.to_owned(),
                job,
            });
        }
        lines.push(Line {
            supplier: uploaded.name.to_owned(),
            job: Some(api.job(upload_job)?),
        });
        board.show(&lines, began.elapsed());
        let over = lines.iter().all(|line| line.job.as_ref().is_some_and(Job::is_over));
        if over || began.elapsed() > PATIENCE {
            return Ok(lines);
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

fn write_files(directory: &std::path::Path) -> Result<()> {
    std::fs::create_dir_all(directory)?;
    let lists = lists::fetched()?
        .into_iter()
        .chain([lists::uploaded()])
        .map(|supplier| supplier.file);
    for file in lists.chain([lists::catalogue()?]) {
        let path = directory.join(file.name);
        std::fs::write(&path, &file.bytes)?;
        println!("{}", path.display());
    }
    Ok(())
}
