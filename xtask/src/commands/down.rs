//! `down`: stops what `up` started. The emulators keep nothing, so the data goes too.

use std::path::Path;

use anyhow::Result;

use super::up;
use crate::stack::Stack;
use crate::terminal::timed;
use crate::workspace::Workspace;

/// Runs the task.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    if !down(workspace, &workspace.default_instance())? {
        println!("Nothing is running.");
    }
    Ok(())
}

/// Stops an instance; false when there was none.
pub(crate) fn down(workspace: &Workspace, instance: &Path) -> Result<bool> {
    let Some(stack) = Stack::load(instance)? else {
        return Ok(false);
    };
    timed(&format!("Stopping {}", stack.emulator), |_| up::stop(workspace, &stack))?;
    let leftovers = instance.join("emulator");
    if leftovers.exists() {
        std::fs::remove_dir_all(leftovers)?;
    }
    Stack::remove(instance)?;
    Ok(true)
}
