//! How fast the desk's pages answer, of a stack of its own under MiniStack.

use std::process::Command;

use anyhow::Result;

use crate::emulator::Kind;
use crate::functions::Build;
use crate::process::run_shown;
use crate::testing::suite::TestStack;
use crate::workspace::Workspace;

/// Starts a stack, fills its tables and prints the times. `arguments`: items, requests of each page.
pub(crate) fn run(workspace: &Workspace, build: Build, arguments: &[String]) -> Result<()> {
    let stack = TestStack::start(workspace, Kind::Ministack, build)?;
    let mut bench = Command::new(workspace.path("tests/browser/run"));
    bench
        .arg("bench-pages.mjs")
        .args(arguments)
        .env("E2E_STACK", stack.file());
    run_shown(&mut bench)
}
