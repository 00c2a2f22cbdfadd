//! How much memory a download takes: `cargo run -p download --example memory [-- --mib 1024]`.
//!
//! The function runs in a process of its own, with its real clients. Its source and AWS are played by this process, on
//! loopback; what is written is counted and thrown away.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a tool for developers"
)]

mod stand_in;

use std::{process::Command, time::Duration};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use domain::{Job, Source, SupplierSettings, Trigger};
use download::{Deps, handle};
use lambda_runtime::{Context, LambdaEvent};
use runtime::Config;
use serde_json::json;

/// What the function may take.
const LIMIT_MIB: f64 = 128.0;

/// Downloads a file of random size through the function, and says what memory it took at most.
#[derive(Parser)]
struct Options {
    /// The file's size in MiB.
    #[arg(long, default_value_t = 1024)]
    mib: u64,
    /// Be the function, and fetch this address.
    #[arg(long, hide = true)]
    fetch: Option<String>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    match options.fetch {
        Some(url) => fetch(url),
        None => measure(options.mib),
    }
}

fn measure(mib: u64) -> Result<()> {
    let source = stand_in::serve_file(mib << 20)?;
    let aws = stand_in::serve_aws()?;
    let began = std::time::Instant::now();
    let output = Command::new(std::env::current_exe()?)
        .args(["--fetch", &format!("{source}/list.csv")])
        .env_clear()
        .envs([
            ("AWS_ENDPOINT_URL", aws.url.as_str()),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("ALLOWED_SOURCE_CIDRS", "127.0.0.0/8"),
            ("SOURCE_SECRET_PREFIX", "pricecourier/"),
            ("S3_PATH_STYLE", "true"),
            ("JOBS_TABLE", "jobs"),
            ("SUPPLIERS_TABLE", "suppliers"),
            ("BUCKET", "bucket"),
            ("DOWNLOAD_QUEUE_URL", "http://127.0.0.1/download"),
            ("ANALYZE_QUEUE_URL", "http://127.0.0.1/analyze"),
            ("MAX_FILE_BYTES", "2147483648"),
        ])
        .output()?;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(
        output.status.success(),
        "{told}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let peak: f64 = told.trim().parse().with_context(|| told.clone())?;
    let stored = aws.stored_mib();
    println!(
        "{mib} MiB downloaded, {stored:.0} MiB stored, in {:.0} s; peak resident memory {peak:.1} MiB",
        began.elapsed().as_secs_f64()
    );
    ensure!(stored >= mib as f64, "not all of it was stored");
    ensure!(peak < LIMIT_MIB, "more than {LIMIT_MIB} MiB");
    Ok(())
}

/// Is the function for one message, and prints its peak memory in MiB.
fn fetch(url: String) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let deps = Deps::new(&Config::from_env()).await?;
        let now = deps.clock.now();
        let supplier_id: domain::SupplierId = "acme".parse()?;
        let settings = SupplierSettings {
            source: Source::Http { url, credential: None },
            ..serde_json::from_value(json!({"name": "Acme", "source": {"kind": "upload"}}))?
        };
        let _created = deps.suppliers.create(&supplier_id, settings, now).await?;
        let job = Job::to_fetch(supplier_id, Trigger::Manual, now);
        deps.jobs.create(&job).await?;
        let body = json!({"job_id": job.job_id, "attempt": 0}).to_string();
        let event = json!({"Records": [{"messageId": "1", "body": body}]});
        let mut context = Context::default();
        context.deadline = u64::try_from((now + Duration::from_secs(290)).as_millisecond())?;
        let answer = handle(&deps, LambdaEvent::new(event, context)).await?;
        ensure!(answer == json!({"batchItemFailures": []}), "{answer}");
        let job = deps.jobs.get(job.job_id, now).await?.context("the job is gone")?;
        ensure!(job.error.is_none() && job.file.is_some(), "{job:?}");
        anyhow::Ok(())
    })?;
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status
        .lines()
        .find_map(|line| {
            line.strip_prefix("VmHWM:")?
                .trim()
                .strip_suffix(" kB")?
                .trim()
                .parse::<f64>()
                .ok()
        })
        .context("no VmHWM in /proc/self/status")?;
    println!("{:.1}", peak / 1024.0);
    Ok(())
}
