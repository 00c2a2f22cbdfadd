//! What is running: written by `up`, read by everything that talks to the stack, the end-to-end suite included.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::emulator::Kind;

/// `stack.json`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Stack {
    /// Which emulator runs.
    pub(crate) emulator: Kind,
    /// Every AWS API answers here (`AWS_ENDPOINT_URL`); any credentials do.
    pub(crate) endpoint: String,
    /// The region that the stack is deployed to.
    pub(crate) region: String,
    /// The admin API and its pages.
    pub(crate) api_url: String,
    /// The bearer token of the admin API.
    pub(crate) admin_token: String,
    /// The bearer token of those who may look and not change.
    #[serde(default)]
    pub(crate) viewer_token: String,
    /// Where functions look for Google, when that is a stand-in of this machine.
    #[serde(default)]
    pub(crate) google_url: Option<String>,
    /// The bucket of raw files, sidecars, results and catalogue snapshots.
    pub(crate) bucket: String,
    /// Table names: jobs, suppliers, items, catalogue.
    pub(crate) tables: BTreeMap<String, String>,
    /// Queue URLs: download, download_dlq, analyze, analyze_dlq.
    pub(crate) queues: BTreeMap<String, String>,
    /// Function names: download, analyze, cleanup, api.
    pub(crate) functions: BTreeMap<String, String>,
    /// Log groups in CloudWatch Logs, by function.
    pub(crate) log_groups: BTreeMap<String, String>,
    /// Log files of the emulator and the proxy.
    pub(crate) logs: BTreeMap<String, PathBuf>,
    /// Process ids of the emulator (0 under Docker) and the proxy.
    pub(crate) pids: BTreeMap<String, u32>,
}

impl Stack {
    /// Reads the stack of an instance; `None` when none was started.
    pub(crate) fn load(instance: &Path) -> Result<Option<Self>> {
        let path = file(instance);
        if !path.exists() {
            return Ok(None);
        }
        let text = fs::read_to_string(&path)?;
        let stack =
            serde_json::from_str(&text).with_context(|| format!("{} is not a stack's; remove it", path.display()))?;
        Ok(Some(stack))
    }

    /// Writes the stack, readable by its owner only: it holds the tokens.
    pub(crate) fn save(&self, instance: &Path) -> Result<()> {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        let text = serde_json::to_string_pretty(self)?;
        let mut open = fs::OpenOptions::new();
        let mut file = open
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(file(instance))?;
        writeln!(file, "{text}")?;
        Ok(())
    }

    /// Forgets the stack.
    pub(crate) fn remove(instance: &Path) -> Result<()> {
        match fs::remove_file(file(instance)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// Where an instance's stack is written.
pub(crate) fn file(instance: &Path) -> PathBuf {
    instance.join("stack.json")
}
