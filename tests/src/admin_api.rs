//! The admin API, as a client sees it.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{Client, Method, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::price_list::PriceList;
use crate::stack::Stack;
use crate::waiting::until;

/// The longest that a small job may take: an emulator may be starting the function, on a busy machine.
pub(crate) const JOB_PATIENCE: Duration = Duration::from_secs(90);

/// The API with the admin token.
#[derive(Debug, Clone)]
pub(crate) struct AdminApi {
    http: Client,
    base: String,
    token: String,
}

/// An answer of whatever status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: String,
    pub(crate) headers: header::HeaderMap,
    /// The body as JSON; null when it is none.
    pub(crate) body: Value,
}

/// A job as the API shows it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Job {
    pub(crate) job_id: String,
    pub(crate) supplier_id: String,
    pub(crate) phase: String,
    pub(crate) download_progress: Option<DownloadProgress>,
    pub(crate) analysis_progress: Option<AnalysisProgress>,
    pub(crate) error: Option<String>,
    pub(crate) error_code: Option<String>,
    pub(crate) can_retry: bool,
    pub(crate) retry_count: u32,
    pub(crate) trigger: String,
    pub(crate) path: String,
    pub(crate) file: Option<FileFacts>,
    pub(crate) summary: Option<Summary>,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    pub(crate) finished_at: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct DownloadProgress {
    pub(crate) percentage: u8,
    pub(crate) bytes_downloaded: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct AnalysisProgress {
    pub(crate) items_processed: u64,
    pub(crate) items_total: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct FileFacts {
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) md5: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub(crate) struct Summary {
    pub(crate) items: u64,
    pub(crate) matched: u64,
    pub(crate) review: u64,
    pub(crate) new: u64,
    pub(crate) added: u64,
    pub(crate) changed: u64,
    pub(crate) discontinued: u64,
    pub(crate) errors: u64,
    pub(crate) superseded: bool,
    #[serde(default)]
    pub(crate) unchanged: bool,
}

impl Job {
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.phase.as_str(), "complete" | "failed")
    }

    /// The numbers of a complete job.
    pub(crate) fn summary(&self) -> &Summary {
        self.summary.as_ref().unwrap_or_else(|| panic!("no summary: {self:#?}"))
    }

    /// The code of a failed job's reason.
    pub(crate) fn code(&self) -> &str {
        self.error_code.as_deref().unwrap_or_default()
    }

    /// The key of its file, raw.
    pub(crate) fn raw_key(&self) -> String {
        let file = self.file.as_ref().unwrap_or_else(|| panic!("no file: {self:#?}"));
        format!("raw/{}/{}/{}", self.supplier_id, self.job_id, file.name)
    }
}

/// A file that was announced, and how to send it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Announced {
    pub(crate) job_id: String,
    pub(crate) upload: Upload,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Upload {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: BTreeMap<String, String>,
}

impl AdminApi {
    pub(crate) fn new(stack: &Stack, http: Client) -> Self {
        Self {
            http,
            base: stack.api_url.trim_end_matches('/').to_owned(),
            token: format!("Bearer {}", stack.admin_token),
        }
    }

    /// The same API for somebody who sends this `Authorization`, or none.
    pub(crate) fn with_authorization(&self, authorization: &str) -> Self {
        Self {
            token: authorization.to_owned(),
            ..self.clone()
        }
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let content = body.map(|body| (header::HeaderValue::from_static("application/json"), body.to_string()));
        self.send(method, path, content).await
    }

    /// A change of what is still in the state `etag`.
    pub(crate) async fn call_if_match(&self, method: Method, path: &str, etag: &str, body: Option<Value>) -> Answer {
        let content = body.map(|body| (header::HeaderValue::from_static("application/json"), body.to_string()));
        let request = self.http.request(method.clone(), format!("{}{path}", self.base));
        self.answer(request.header(header::IF_MATCH, etag), method, path, content)
            .await
    }

    /// Sends a body of whatever content type.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        content: Option<(header::HeaderValue, String)>,
    ) -> Answer {
        let request = self.http.request(method.clone(), format!("{}{path}", self.base));
        self.answer(request, method, path, content).await
    }

    async fn answer(
        &self,
        mut request: reqwest::RequestBuilder,
        method: Method,
        path: &str,
        content: Option<(header::HeaderValue, String)>,
    ) -> Answer {
        if !self.token.is_empty() {
            request = request.header(header::AUTHORIZATION, &self.token);
        }
        if let Some((content_type, body)) = content {
            request = request.header(header::CONTENT_TYPE, content_type).body(body);
        }
        let answer = request
            .send()
            .await
            .unwrap_or_else(|error| panic!("{method} {path} was not answered: {error:?}"));
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer
            .text()
            .await
            .unwrap_or_else(|error| panic!("{method} {path} was cut off: {error:?}"));
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        Answer {
            status,
            content_type: content_type.unwrap_or_default().to_owned(),
            headers,
            body: serde_json::from_str(&text).unwrap_or_default(),
        }
    }

    /// The body of a GET that must succeed.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.call(Method::GET, path, None).await;
        assert_eq!(answer.status, StatusCode::OK, "GET {path}: {}", answer.body);
        answer.body
    }

    /// The body of a POST that must succeed.
    pub(crate) async fn post(&self, path: &str, body: Option<Value>) -> Value {
        let answer = self.call(Method::POST, path, body).await;
        assert!(
            answer.status.is_success(),
            "POST {path}: {} {}",
            answer.status,
            answer.body
        );
        answer.body
    }

    /// Adds a supplier whose lists are uploaded.
    pub(crate) async fn add_uploading_supplier(&self, id: &str) {
        self.post("/admin/suppliers", Some(settings(id, json!({"kind": "upload"}), None)))
            .await;
    }

    /// Adds a supplier of this source, whose lists are fetched on request.
    pub(crate) async fn add_supplier(&self, id: &str, source: Value) {
        self.post("/admin/suppliers", Some(settings(id, source, None))).await;
    }

    /// Adds a supplier whose list is fetched: every so many minutes, or only on request.
    pub(crate) async fn add_fetched_supplier(&self, id: &str, url: &str, every_minutes: Option<u32>) {
        let source = json!({"kind": "http", "url": url});
        self.post("/admin/suppliers", Some(settings(id, source, every_minutes)))
            .await;
    }

    /// Announces a file; answers how to send it.
    pub(crate) async fn announce(&self, supplier: &str, file: &PriceList) -> Announced {
        let mut about = about(file);
        about["supplier_id"] = json!(supplier);
        from(self.post("/admin/uploads", Some(about)).await)
    }

    /// Sends bytes to where an announcement said, with the headers that it gave; a length among them is the bytes' own.
    pub(crate) async fn send_file(&self, upload: &Upload, bytes: Vec<u8>) -> StatusCode {
        let method = Method::from_bytes(upload.method.as_bytes()).expect("a method");
        let mut request = self.http.request(method, &upload.url);
        for (name, value) in &upload.headers {
            if !name.eq_ignore_ascii_case("content-length") {
                request = request.header(name, value);
            }
        }
        let answer = request
            .body(bytes)
            .send()
            .await
            .unwrap_or_else(|error| panic!("{} was not answered: {error:?}", upload.url));
        answer.status()
    }

    /// Announces and sends a file; answers the job's id.
    pub(crate) async fn upload(&self, supplier: &str, file: &PriceList) -> String {
        let announced = self.announce(supplier, file).await;
        let status = self.send_file(&announced.upload, file.bytes.clone()).await;
        assert!(status.is_success(), "{}: {status}", announced.upload.url);
        announced.job_id
    }

    pub(crate) async fn upload_catalogue(&self, file: &PriceList) -> String {
        let announced: Announced = from(self.post("/admin/catalogue/uploads", Some(about(file))).await);
        let status = self.send_file(&announced.upload, file.bytes.clone()).await;
        assert!(status.is_success(), "{}: {status}", announced.upload.url);
        announced.job_id
    }

    pub(crate) async fn job(&self, id: &str) -> Job {
        from(self.get(&format!("/admin/jobs/{id}")).await)
    }

    /// The job, once it has ended.
    pub(crate) async fn ended(&self, id: &str) -> Job {
        until(
            &format!("the end of job {id}"),
            JOB_PATIENCE,
            async || self.job(id).await,
            Job::is_over,
        )
        .await
    }

    /// A supplier's jobs, newest first.
    pub(crate) async fn jobs_of(&self, supplier: &str) -> Vec<Job> {
        from(self.get(&format!("/admin/jobs?supplier_id={supplier}")).await["jobs"].take())
    }

    /// Asks for a supplier's list to be fetched now; answers the job's id.
    pub(crate) async fn sync(&self, supplier: &str) -> String {
        let job = self.post(&format!("/admin/suppliers/{supplier}/sync"), None).await;
        from::<Job>(job).job_id
    }

    pub(crate) async fn retry(&self, job: &str) -> Answer {
        self.call(Method::POST, &format!("/admin/jobs/{job}/retry"), None).await
    }
}

fn settings(id: &str, source: Value, every_minutes: Option<u32>) -> Value {
    json!({
        "supplier_id": id,
        "name": format!("Supplier {id}"),
        "source": source,
        "schedule": every_minutes.map(|minutes| json!({"every_minutes": minutes})),
    })
}

fn about(file: &PriceList) -> Value {
    json!({"file_name": file.name, "size": file.bytes.len(), "md5": file.md5(), "content_type": "text/csv"})
}

fn from<T: serde::de::DeserializeOwned>(body: Value) -> T {
    serde_json::from_value(body.clone()).unwrap_or_else(|error| panic!("{error} in {body:#}"))
}
