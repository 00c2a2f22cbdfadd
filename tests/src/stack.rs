//! Which stack is tested.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

/// What `cargo xtask up` says of the running stack; only what the suites use of it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Stack {
    /// Where the file lies; its directory is the suite's for locks between processes.
    #[serde(skip)]
    pub(crate) file: PathBuf,
    /// `ministack`, `localstack`, `docker`.
    pub(crate) emulator: String,
    /// Where every AWS API answers.
    pub(crate) endpoint: String,
    pub(crate) region: String,
    /// The admin API.
    pub(crate) api_url: String,
    pub(crate) admin_token: String,
    /// Where functions look for Google, when that is a stand-in of this machine.
    #[serde(default)]
    pub(crate) google_url: Option<String>,
    pub(crate) bucket: String,
    /// By `jobs`, `suppliers`, `items`, `catalogue`.
    pub(crate) tables: BTreeMap<String, String>,
    /// URLs by `download`, `download_dlq`, `analyze`, `analyze_dlq`.
    pub(crate) queues: BTreeMap<String, String>,
    /// Names by `download`, `analyze`, `cleanup`, `api`.
    pub(crate) functions: BTreeMap<String, String>,
}

impl Stack {
    /// The stack that the variable `E2E_STACK` names; none when it is not set.
    pub(crate) fn under_test() -> Option<Self> {
        let file = PathBuf::from(runtime::Config::from_env().optional("E2E_STACK")?);
        let text = std::fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("E2E_STACK names {}, which cannot be read: {error}", file.display()));
        let stack: Self = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{} does not describe a stack: {error}", file.display()));
        Some(Self { file, ..stack })
    }

    /// A header in the form of a signature, version 4: emulators read the service's name from it and check no more.
    pub(crate) fn authorization(&self, service: &str) -> String {
        let scope = format!("test/20260101/{}/{service}/aws4_request", self.region);
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
    }
}
