//! The download and analyze queues.

use aws_sdk_sqs::Client;
use domain::{AnalysisRequest, Job, JobId, RawKey};
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// "Fetch this job's file."
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DownloadMessage {
    /// Which job.
    pub job_id: JobId,
    /// The job's `retry_count` when the message was made.
    pub attempt: u32,
}

/// "Read this job's file": what a retry sends when the file is there already, so that no S3 event comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnalyzeMessage {
    /// The raw object's key.
    pub raw_key: String,
    /// The job's `retry_count` when the message was made.
    pub attempt: u32,
}

/// "Match the supplier's published items again": what a job that reads no file is started by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchMessage {
    /// The job.
    pub match_job: JobId,
    /// The job's `retry_count` when the message was made.
    pub attempt: u32,
}

/// "Publish this job's held result": what an approval sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishMessage {
    /// The job whose result is published.
    pub publish_job: JobId,
}

/// "Read the file of this analysis": what a caller of the ml-analyze calls asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadFileMessage {
    /// The analysis.
    pub read_file: JobId,
    /// What it is asked for.
    pub request: AnalysisRequest,
}

/// Sends messages.
#[derive(Debug, Clone)]
pub struct Queues {
    client: Client,
    download_url: String,
    analyze_url: String,
}

impl Queues {
    /// The two queues, by URL.
    pub fn new(client: Client, download_url: impl Into<String>, analyze_url: impl Into<String>) -> Self {
        Self {
            client,
            download_url: download_url.into(),
            analyze_url: analyze_url.into(),
        }
    }

    /// Asks for the job's file to be fetched.
    ///
    /// # Errors
    /// The call failed.
    pub async fn send_download(&self, job: &Job) -> Result<(), StoreError> {
        let message = DownloadMessage {
            job_id: job.job_id,
            attempt: job.retry_count,
        };
        self.send(&self.download_url, &message, "asking for a download").await
    }

    /// Asks for the job's file to be read.
    ///
    /// # Errors
    /// The call failed.
    pub async fn send_analyze(&self, raw_key: &RawKey, attempt: u32) -> Result<(), StoreError> {
        let message = AnalyzeMessage {
            raw_key: raw_key.to_string(),
            attempt,
        };
        self.send(&self.analyze_url, &message, "asking for an analysis").await
    }

    /// Asks for the published items of the job's supplier to be matched again.
    ///
    /// # Errors
    /// The call failed.
    pub async fn send_match(&self, job: &Job) -> Result<(), StoreError> {
        let message = MatchMessage {
            match_job: job.job_id,
            attempt: job.retry_count,
        };
        self.send(&self.analyze_url, &message, "asking for a list to be matched again")
            .await
    }

    /// Asks for an approved result to be published.
    ///
    /// # Errors
    /// The call failed.
    pub async fn send_publish(&self, publish_job: JobId) -> Result<(), StoreError> {
        let message = PublishMessage { publish_job };
        self.send(&self.analyze_url, &message, "asking for a publication").await
    }

    /// Asks for the file of an analysis to be read.
    ///
    /// # Errors
    /// The call failed.
    pub async fn send_read_file(&self, read_file: JobId, request: AnalysisRequest) -> Result<(), StoreError> {
        let message = ReadFileMessage { read_file, request };
        self.send(&self.analyze_url, &message, "asking for a reading").await
    }

    async fn send<T: Serialize>(&self, url: &str, message: &T, operation: &'static str) -> Result<(), StoreError> {
        let body = serde_json::to_string(message).map_err(|error| StoreError::corrupt("a new message", error))?;
        self.client
            .send_message()
            .queue_url(url)
            .message_body(body)
            .send()
            .await
            .map_err(StoreError::call(operation))?;
        Ok(())
    }
}
