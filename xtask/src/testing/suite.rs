//! The end-to-end suite under one emulator, on ports of its own, beside whatever else runs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::contract;
use super::counts::Counts;
use super::report::run_counted;
use crate::aws::{Client, log_events};
use crate::commands::{down, up};
use crate::emulator::Kind;
use crate::functions::Build;
use crate::process::tail;
use crate::rust_tools::RustTools;
use crate::stack::{self, Stack};
use crate::workspace::Workspace;
use crate::{ports, terminal};

/// A stack for tests; it is stopped when this value goes.
pub(crate) struct TestStack<'workspace> {
    workspace: &'workspace Workspace,
    instance: PathBuf,
    stack: Stack,
}

impl<'workspace> TestStack<'workspace> {
    /// Starts the emulator and deploys functions that are built so. What an earlier run may have left is stopped first.
    pub(crate) fn start(workspace: &'workspace Workspace, emulator: Kind, build: Build) -> Result<Self> {
        let instance = workspace
            .local()
            .join("test")
            .join(format!("{emulator:?}").to_lowercase());
        down::down(workspace, &instance)?;
        let options = up::Options {
            emulator,
            port: ports::any_free()?,
            page_port: ports::any_free()?,
            google_port: Some(ports::any_free()?),
            release: build == Build::Release,
            with_tests: build == Build::WithTests,
        };
        match up::up(workspace, &instance, &options) {
            Ok(stack) => Ok(Self {
                workspace,
                instance,
                stack,
            }),
            Err(error) => {
                // The first error is the one to tell.
                let _ = down::down(workspace, &instance);
                Err(error)
            }
        }
    }

    /// Runs the end-to-end crate against the stack.
    pub(crate) fn end_to_end(&self, tools: &RustTools, counts: &mut Counts) -> Result<()> {
        let mut command = tools.cargo();
        command
            .args([
                "nextest",
                "run",
                "--workspace",
                "--filterset",
                "package(e2e)",
                "--no-fail-fast",
            ])
            .current_dir(&self.workspace.root);
        self.run(&mut command, counts)
    }

    /// Runs the browser's tests against the stack.
    pub(crate) fn browser(&self, program: &Path, counts: &mut Counts) -> Result<()> {
        self.run(Command::new(program).current_dir(&self.workspace.root), counts)
    }

    /// Holds the stack's API to its OpenAPI document.
    pub(crate) fn contract(&self, schemathesis: &Path, counts: &mut Counts) -> Result<()> {
        let (api_url, token) = (&self.stack.api_url, &self.stack.admin_token);
        self.run(
            &mut contract::command(self.workspace, schemathesis, api_url, token),
            counts,
        )
    }

    /// Where the stack is described.
    pub(crate) fn file(&self) -> PathBuf {
        stack::file(&self.instance)
    }

    fn run(&self, command: &mut Command, counts: &mut Counts) -> Result<()> {
        let outcome = run_counted(command.env("E2E_STACK", stack::file(&self.instance)), counts);
        self.keep_logs();
        if outcome.is_err() {
            self.show_logs();
        }
        outcome
    }

    /// Writes what the functions logged beside the emulator's own log, which outlives the stack.
    fn keep_logs(&self) {
        let client = Client::new(&self.stack.endpoint);
        for (function, group) in &self.stack.log_groups {
            let events = log_events(&client, group, 0).unwrap_or_default();
            let text: String = events
                .iter()
                .map(|event| format!("{}\n", event.message.trim_end()))
                .collect();
            // A log that cannot be kept must not hide the outcome of the tests.
            let _ = std::fs::write(self.function_log(function), text);
        }
    }

    fn show_logs(&self) {
        for function in self.stack.log_groups.keys() {
            let path = self.function_log(function);
            eprintln!("\nThe end of {}:\n{}", path.display(), tail(&path, 30));
        }
        let emulator = self.stack.emulator.log(&self.instance);
        eprintln!("\nThe end of {}:\n{}", emulator.display(), tail(&emulator, 30));
    }

    fn function_log(&self, function: &str) -> PathBuf {
        self.instance.join("logs").join(format!("function-{function}.log"))
    }
}

impl Drop for TestStack<'_> {
    fn drop(&mut self) {
        let stopped = terminal::timed("Stopping the stack", |_| down::down(self.workspace, &self.instance));
        if let Err(error) = stopped {
            eprintln!("the test stack could not be stopped: {error:#}");
        }
    }
}
