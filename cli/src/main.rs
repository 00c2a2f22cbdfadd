#![doc = include_str!("../README.md")]
// A command-line tool speaks through its standard output.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod drawing;
mod extract;
#[allow(unreachable_pub)]
mod match_list;
mod suppliers;
mod table;

use std::{io, process::ExitCode};

use clap::{Parser, Subcommand};

/// Reads suppliers' price lists and matches them to a catalogue; keeps a deployment's suppliers as a file says.
#[derive(Debug, Parser)]
#[command(name = "pricecourier", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read price lists and show their items.
    Extract(extract::Args),
    /// Show a file's rows as read, before any meaning.
    Table(table::Args),
    /// Match a price list's items to a catalogue.
    Match(match_list::Args),
    /// Keep the suppliers of a deployment as a committed file says.
    Suppliers(suppliers::Args),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Extract(args) => extract::run(args),
        Command::Table(args) => table::run(args),
        Command::Match(args) => match_list::run(args),
        Command::Suppliers(args) => suppliers::run(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pricecourier: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether who reads the output, as `head` does, has read enough and gone.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}
