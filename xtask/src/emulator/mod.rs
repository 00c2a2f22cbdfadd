//! The emulators that the stack runs under, and what differs between them.

mod docker;
mod localstack;
mod ministack;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::process::{is_running, stop_group, tail};
use crate::terminal::Step;
use crate::workspace::Workspace;

/// Which emulator.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// MiniStack: small, starts at once; Python 3.10 or newer.
    Ministack,
    /// LocalStack 4.14 without Docker; Python 3.12 or newer.
    Localstack,
    /// LocalStack 4.14 in Docker.
    Docker,
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Ministack => "MiniStack",
            Self::Localstack => "LocalStack",
            Self::Docker => "LocalStack in Docker",
        })
    }
}

/// How to start one.
struct Launch {
    command: Command,
    /// Part of the command line by which its process is known again.
    marker: &'static str,
}

impl Kind {
    /// Part of the command line by which the emulator's process is known again.
    pub(crate) fn marker(self) -> &'static str {
        match self {
            Self::Ministack => ministack::MARKER,
            Self::Localstack => localstack::MARKER,
            Self::Docker => docker::MARKER,
        }
    }

    /// Makes sure that what the emulator needs is installed.
    pub(crate) fn install(self, workspace: &Workspace) -> Result<()> {
        match self {
            Self::Ministack => ministack::venv(workspace).map(drop),
            Self::Localstack => localstack::venv(workspace).map(drop),
            Self::Docker => docker::check(),
        }
    }

    /// Starts the emulator on `port` of this machine and waits until it answers. Answers its process id.
    pub(crate) fn start(self, workspace: &Workspace, instance: &Path, port: u16, step: &Step) -> Result<u32> {
        let log = self.log(instance);
        if self == Self::Docker {
            docker::start(workspace, port, &log)?;
            wait_until_ready(port, None, &log, step)?;
            return Ok(0);
        }
        let launch = match self {
            Self::Ministack => ministack::launch(workspace, instance, port)?,
            Self::Localstack | Self::Docker => localstack::launch(workspace, instance, port)?,
        };
        let Launch { mut command, marker } = launch;
        let pid = crate::process::start_detached(&mut command, &log)?;
        wait_until_ready(port, Some((pid, marker)), &log, step)
            .inspect_err(|_| stop_group(pid, marker, Duration::from_secs(2)))?;
        Ok(pid)
    }

    /// Stops the emulator.
    pub(crate) fn stop(self, workspace: &Workspace, pid: u32) -> Result<()> {
        match self {
            Self::Docker => docker::stop(workspace),
            Self::Ministack | Self::Localstack => {
                // It keeps nothing, so there is nothing to wait for.
                stop_group(pid, self.marker(), Duration::from_secs(2));
                Ok(())
            }
        }
    }

    /// The log of the emulator itself.
    pub(crate) fn log(self, instance: &Path) -> PathBuf {
        instance.join("logs").join(match self {
            Self::Ministack => "ministack.log",
            Self::Localstack => "localstack.log",
            Self::Docker => "docker.log",
        })
    }
}

/// Whether an emulator answers on `port`.
pub(crate) fn answers(port: u16) -> bool {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(2)))
        .build()
        .into();
    agent
        .get(format!("http://127.0.0.1:{port}/_localstack/health"))
        .call()
        .is_ok()
}

fn wait_until_ready(port: u16, process: Option<(u32, &str)>, log: &Path, step: &Step) -> Result<()> {
    let began = Instant::now();
    let patience = Duration::from_secs(120);
    while !answers(port) {
        if let Some((pid, marker)) = process
            && began.elapsed() > Duration::from_secs(1)
            && !is_running(pid, marker)
        {
            bail!(
                "the emulator ended at once. The end of {}:\n{}",
                log.display(),
                tail(log, 25)
            );
        }
        if began.elapsed() > patience {
            bail!(
                "the emulator does not answer on port {port}. The end of {}:\n{}",
                log.display(),
                tail(log, 25)
            );
        }
        step.note("waiting until it answers");
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// A command with a clean environment: an emulator, and the functions it starts, must not see the caller's AWS settings.
fn clean_command(program: &Path, instance: &Path) -> Result<Command> {
    let temporary = instance.join("emulator/tmp");
    std::fs::create_dir_all(&temporary).with_context(|| format!("{} cannot be made", temporary.display()))?;
    let mut command = Command::new(program);
    command
        .env_clear()
        .current_dir(instance.join("emulator"))
        .env("TMPDIR", &temporary);
    for name in ["PATH", "HOME", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    Ok(command)
}
