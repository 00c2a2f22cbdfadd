//! `logs`: what the functions wrote to CloudWatch Logs.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::aws::{Client, log_events};
use crate::stack::Stack;
use crate::workspace::Workspace;

/// Which logs.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// download, analyze, cleanup or api; all of them when left out.
    function: Option<String>,
    /// Keep showing new lines until Ctrl-C.
    #[arg(long, short)]
    follow: bool,
}

/// Runs the task.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let stack = Stack::load(&workspace.default_instance())?.context("nothing is running: cargo xtask up")?;
    let groups: Vec<(&String, &String)> = match &options.function {
        Some(name) => {
            let known = || stack.log_groups.keys().cloned().collect::<Vec<_>>().join(", ");
            let group = stack.log_groups.get_key_value(name);
            vec![group.with_context(|| format!("there is no function {name}; there are {}", known()))?]
        }
        None => stack.log_groups.iter().collect(),
    };
    let client = Client::new(&stack.endpoint);
    let mut shown = HashSet::new();
    loop {
        let mut lines = Vec::new();
        for (name, group) in &groups {
            for (index, event) in log_events(&client, group, 0)?.into_iter().enumerate() {
                if shown.insert(((*name).clone(), index)) {
                    lines.push((event.timestamp, format!("{name:<8} {}", event.message.trim_end())));
                }
            }
        }
        lines.sort_by_key(|(timestamp, _)| *timestamp);
        for (_, line) in lines {
            println!("{line}");
        }
        if !options.follow {
            return Ok(());
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}
