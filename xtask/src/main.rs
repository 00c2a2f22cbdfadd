#![doc = include_str!("../README.md")]
// This is a program for people: it prints, reads its environment and looks at the clock.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::disallowed_methods)]

mod aws;
mod benches;
mod commands;
mod demo;
mod emulator;
mod functions;
mod npm;
mod package;
mod ports;
mod process;
mod proxy;
mod python;
mod rust_tools;
mod stack;
mod terminal;
mod testing;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// The project's own tasks.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Show the whole path on made-up suppliers: build, start, deploy, sync, upload, match.
    Demo(commands::demo::Options),
    /// Build the functions, start an emulator, deploy the stack; run again to deploy what changed.
    Up(commands::up::Options),
    /// Stop what `up` started.
    Down,
    /// Show what the functions wrote.
    Logs(commands::logs::Options),
    /// Check everything: format, lints, tests, template, and the end-to-end suite under MiniStack and LocalStack.
    Test(commands::test::Options),
    /// Take a picture of every page at 1280 and 390 px, light and dark, with the demo's lists in it.
    Screenshots(commands::screenshots::Options),
    /// Make the pages' style sheet anew, or check that it is fresh.
    Style(commands::style::Options),
    /// Write the API's OpenAPI document and its TypeScript types anew, or check that they are fresh.
    Types(commands::types::Options),
    /// Report which lines of `shared/` its tests run.
    Coverage(commands::coverage::Options),
    /// Build the functions for AWS.
    Package(commands::package::Options),
    /// Measure an inner crate.
    Bench(commands::bench::Options),
    /// Pass requests on to the api's function URL (started by `up`).
    #[command(hide = true)]
    Proxy {
        #[arg(long)]
        port: u16,
        #[arg(long)]
        endpoint: String,
        #[arg(long)]
        host: String,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    let workspace = Workspace::locate()?;
    match task {
        Task::Demo(options) => commands::demo::run(&workspace, &options),
        Task::Up(options) => commands::up::run(&workspace, &options),
        Task::Down => commands::down::run(&workspace),
        Task::Logs(options) => commands::logs::run(&workspace, &options),
        Task::Test(options) => commands::test::run(&workspace, &options),
        Task::Screenshots(options) => commands::screenshots::run(&workspace, &options),
        Task::Style(options) => commands::style::run(&workspace, &options),
        Task::Types(options) => commands::types::run(&workspace, &options),
        Task::Coverage(options) => commands::coverage::run(&workspace, &options),
        Task::Package(options) => commands::package::run(&workspace, &options),
        Task::Bench(options) => commands::bench::run(&workspace, &options),
        Task::Proxy { port, endpoint, host } => proxy::serve(port, proxy::Upstream { endpoint, host }),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Arguments::command().debug_assert();
    }
}
