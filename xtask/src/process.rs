//! Other programs: run to their end with their output kept, or started to outlive the task.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// Runs a program with its output in `log`; a failure shows the log's end.
pub(crate) fn run_logged(command: &mut Command, log: &Path) -> Result<()> {
    let output = log_file(log)?;
    let errors = output.try_clone()?;
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .status()
        .with_context(|| format!("{name} could not be run"))?;
    if !status.success() {
        bail!(
            "{name} failed ({status}). The end of {}:\n{}",
            log.display(),
            tail(log, 25)
        );
    }
    Ok(())
}

/// Runs a program whose output is the user's to see.
pub(crate) fn run_shown(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("{name} could not be run"))?;
    if !status.success() {
        bail!("{} failed ({status})", shown(command));
    }
    Ok(())
}

/// A command line for people.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(|part| part.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Starts a program in a process group of its own, so that it outlives this task and Ctrl-C does not reach it. Answers
/// its process id, which names the group too.
pub(crate) fn start_detached(command: &mut Command, log: &Path) -> Result<u32> {
    use std::os::unix::process::CommandExt;
    let output = log_file(log)?;
    let errors = output.try_clone()?;
    let name = command.get_program().to_string_lossy().into_owned();
    let child = command
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .process_group(0)
        .spawn()
        .with_context(|| format!("{name} could not be started"))?;
    Ok(child.id())
}

/// Ends a process group that [`start_detached`] started: asks first, insists after `patience`. `marker` is a part of the
/// leader's command line; a process without it has only inherited the number and is left alone.
pub(crate) fn stop_group(pid: u32, marker: &str, patience: Duration) {
    if !is_running(pid, marker) {
        return;
    }
    let Ok(raw) = i32::try_from(pid) else { return };
    let group = Pid::from_raw(raw);
    // An error means that the group is gone, which is what is wanted.
    let _ = killpg(group, Signal::SIGTERM);
    let asked = Instant::now();
    while is_running(pid, marker) && asked.elapsed() < patience {
        reap(group);
        std::thread::sleep(Duration::from_millis(50));
    }
    let _ = killpg(group, Signal::SIGKILL);
    reap(group);
}

/// Whether `pid` is a live process whose command line contains `marker`.
pub(crate) fn is_running(pid: u32, marker: &str) -> bool {
    command_line(pid).is_some_and(|line| line.contains(marker))
}

/// A child that has ended stays in the process table until its parent asks; ours may be the parent.
fn reap(group: Pid) {
    let _ = nix::sys::wait::waitpid(group, Some(nix::sys::wait::WaitPidFlag::WNOHANG));
}

fn command_line(pid: u32) -> Option<String> {
    if Path::new("/proc/self/cmdline").exists() {
        let raw = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        return Some(String::from_utf8_lossy(&raw).replace('\0', " "));
    }
    let output = Command::new("ps")
        .args(["-o", "args=", "-p", &pid.to_string()])
        .output()
        .ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The last `lines` lines of a file, or nothing.
pub(crate) fn tail(path: &Path, lines: usize) -> String {
    let text = fs::read(path)
        .map(|raw| String::from_utf8_lossy(&raw).into_owned())
        .unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

fn log_file(path: &Path) -> Result<File> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    File::create(path).with_context(|| format!("{} cannot be written", path.display()))
}
