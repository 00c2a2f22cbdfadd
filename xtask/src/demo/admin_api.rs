//! The admin API as the demo uses it.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use md5::{Digest, Md5};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use ureq::Agent;

use super::lists::{DemoFile, DemoSupplier};

/// A job as the API shows it; only what the demo shows of it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Job {
    pub(crate) phase: String,
    pub(crate) download_progress: Option<DownloadProgress>,
    pub(crate) analysis_progress: Option<AnalysisProgress>,
    pub(crate) error: Option<String>,
    pub(crate) summary: Option<Summary>,
    pub(crate) created_at: Timestamp,
    pub(crate) finished_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct DownloadProgress {
    pub(crate) percentage: f64,
    pub(crate) bytes_downloaded: u64,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct AnalysisProgress {
    pub(crate) items_processed: u64,
    pub(crate) items_total: u64,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Summary {
    pub(crate) items: u64,
    pub(crate) matched: u64,
    pub(crate) review: u64,
    pub(crate) new: u64,
    pub(crate) errors: u64,
}

impl Job {
    /// Whether nothing more will happen to it.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.phase.as_str(), "complete" | "failed")
    }
}

#[derive(Deserialize)]
struct Jobs {
    jobs: Vec<Job>,
}

#[derive(Deserialize)]
struct UploadStarted {
    job_id: String,
    upload: Upload,
}

#[derive(Deserialize)]
struct Upload {
    method: String,
    url: String,
    headers: BTreeMap<String, String>,
}

/// The API, with the admin token.
pub(crate) struct AdminApi {
    agent: Agent,
    base: String,
    token: String,
}

impl AdminApi {
    pub(crate) fn new(base: &str, token: &str) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        Self {
            agent,
            base: base.to_owned(),
            token: token.to_owned(),
        }
    }

    /// Adds a supplier that is fetched from `url` on schedule, or one that only uploads; settings of one that is there
    /// are replaced. Answers whether it is new.
    pub(crate) fn put_supplier(&self, supplier: &DemoSupplier, url: Option<&str>) -> Result<bool> {
        let mut settings = json!({
            "name": supplier.name,
            "source": url.map_or(json!({"kind": "upload"}), |url| json!({"kind": "http", "url": url})),
            "schedule": url.map(|_| json!({"every_minutes": 60})),
            "default_currency": supplier.currency,
        });
        let path = format!("/admin/suppliers/{}", supplier.id);
        if self.call("GET", &path, None)?.0 == 404 {
            settings["supplier_id"] = json!(supplier.id);
            self.ask::<Value>("POST", "/admin/suppliers", Some(&settings))?;
            return Ok(true);
        }
        self.ask::<Value>("PUT", &path, Some(&settings))?;
        Ok(false)
    }

    /// Asks for a sync now, beside the schedule.
    pub(crate) fn sync(&self, supplier: &DemoSupplier) -> Result<()> {
        self.ask::<Value>("POST", &format!("/admin/suppliers/{}/sync", supplier.id), None)
            .map(drop)
    }

    /// Uploads a supplier's price list; answers its job.
    pub(crate) fn upload_list(&self, supplier: &DemoSupplier) -> Result<String> {
        let mut about = about(&supplier.file);
        about["supplier_id"] = json!(supplier.id);
        self.upload("/admin/uploads", &about, &supplier.file)
    }

    /// Uploads the catalogue; answers its job.
    pub(crate) fn upload_catalogue(&self, file: &DemoFile) -> Result<String> {
        self.upload("/admin/catalogue/uploads", &about(file), file)
    }

    /// One job.
    pub(crate) fn job(&self, id: &str) -> Result<Job> {
        self.ask("GET", &format!("/admin/jobs/{id}"), None)
    }

    /// A supplier's newest job, if it has any.
    pub(crate) fn newest_job(&self, supplier: &str) -> Result<Option<Job>> {
        let jobs: Jobs = self.ask("GET", &format!("/admin/jobs?supplier_id={supplier}&limit=1"), None)?;
        Ok(jobs.jobs.into_iter().next())
    }

    /// Starts an upload and sends the bytes straight to storage.
    fn upload(&self, path: &str, about: &Value, file: &DemoFile) -> Result<String> {
        let started: UploadStarted = self.ask("POST", path, Some(about))?;
        let mut request = ureq::http::Request::builder()
            .method(started.upload.method.as_str())
            .uri(&started.upload.url);
        for (name, value) in &started.upload.headers {
            // The client states the length itself.
            if !name.eq_ignore_ascii_case("content-length") && !name.eq_ignore_ascii_case("host") {
                request = request.header(name, value);
            }
        }
        let mut answer = self
            .agent
            .run(request.body(file.bytes.clone())?)
            .context("the upload could not be sent")?;
        if !answer.status().is_success() {
            let body = answer.body_mut().read_to_string().unwrap_or_default();
            bail!(
                "the upload of {} was refused ({}): {}",
                file.name,
                answer.status(),
                body.trim()
            );
        }
        Ok(started.job_id)
    }

    fn ask<T: DeserializeOwned>(&self, method: &str, path: &str, body: Option<&Value>) -> Result<T> {
        let (status, text) = self.call(method, path, body)?;
        if !(200..300).contains(&status) {
            bail!("{method} {path} answered {status}: {}", text.trim());
        }
        let text = if text.is_empty() { "null" } else { &text };
        serde_json::from_str(text).with_context(|| format!("{method} {path} answered something else: {text}"))
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<(u16, String)> {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(body.map(Value::to_string).unwrap_or_default())?;
        let mut answer = self
            .agent
            .run(request)
            .with_context(|| format!("{method} {path} was not answered"))?;
        let text = answer.body_mut().read_to_string()?;
        Ok((answer.status().as_u16(), text))
    }
}

fn about(file: &DemoFile) -> Value {
    json!({"file_name": file.name, "size": file.bytes.len(), "md5": hex::encode(Md5::digest(&file.bytes))})
}
