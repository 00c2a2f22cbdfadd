//! AWS as the function sees it: a job's and a supplier's record, a bucket, queues and secrets, in memory. Everything that
//! is written is kept, to be looked through.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_sdk_dynamodb::{
    operation::{
        get_item::GetItemOutput, put_item::PutItemOutput, update_item::UpdateItemInput, update_item::UpdateItemOutput,
    },
    types::AttributeValue,
};
use aws_sdk_s3::operation::{
    abort_multipart_upload::AbortMultipartUploadOutput, complete_multipart_upload::CompleteMultipartUploadOutput,
    create_multipart_upload::CreateMultipartUploadOutput, put_object::PutObjectOutput, upload_part::UploadPartOutput,
};
use aws_sdk_secretsmanager::{
    operation::get_secret_value::{GetSecretValueError, GetSecretValueOutput},
    types::error::ResourceNotFoundException,
};
use aws_sdk_sqs::operation::send_message::SendMessageOutput;
use domain::{FixedClock, HeldResult, HeldState, Job, JobId, Source, SupplierId, SupplierSettings, Trigger};
use download::{Credentials, Deps, Fetching, fetch};
use jiff::Timestamp;
use mocked_aws::{MockResponse, Rule, RuleMode::MatchAny, mock};
use sources::{AddressGuard, Backoff, FetchPolicy, GoogleEndpoints, GoogleSheets, HttpFetcher, Jitter};
use store::{DownloadMessage, Files, Jobs, Queues, Secrets, Suppliers, Swapped};

type Record = HashMap<String, AttributeValue>;

/// What is stored.
#[derive(Default)]
struct State {
    records: HashMap<(String, String), Record>,
    secrets: HashMap<String, Secret>,
    objects: HashMap<String, Vec<u8>>,
    /// Everything that was ever written, as text.
    written: String,
    secrets_read: usize,
}

/// A secret of the store.
#[derive(Clone)]
pub(crate) enum Secret {
    Text(String),
    Denied,
}

/// The stand-in, and the function's dependencies on it.
pub(crate) struct Aws {
    pub(crate) deps: Deps,
    state: Arc<Mutex<State>>,
}

pub(crate) const NOW: &str = "2026-01-01T00:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn acme() -> SupplierId {
    "acme".parse().unwrap()
}

impl Aws {
    /// With a supplier `acme` of this source; `google` is the base address of Google's stand-in.
    pub(crate) async fn with(source: Source, google: Option<&str>) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let fetcher = HttpFetcher::new(policy()).unwrap();
        let rules = dynamodb(&state);
        let dynamodb = mocked_aws::dynamodb(MatchAny, &rules.iter().collect::<Vec<_>>());
        let rules = s3(&state);
        let s3 = mocked_aws::s3(MatchAny, &rules.iter().collect::<Vec<_>>());
        let sent = mock!(aws_sdk_sqs::Client::send_message).then_output(|| SendMessageOutput::builder().build());
        let secrets = mocked_aws::secrets_manager(MatchAny, &[&secret_values(&state)]);
        let deps = Deps {
            clock: Arc::new(FixedClock(now())),
            jobs: Jobs::new(dynamodb.clone(), "jobs"),
            suppliers: Suppliers::new(dynamodb, "suppliers"),
            files: Files::new(s3.clone(), s3, "bucket"),
            queues: Queues::new(mocked_aws::sqs(MatchAny, &[&sent]), "download-queue", "analyze-queue"),
            sheets: GoogleSheets::new(fetcher.clone(), GoogleEndpoints::new(google, google).unwrap()),
            credentials: Credentials::new(Secrets::new(secrets, "pricecourier/")),
            fetcher,
        };
        let settings = SupplierSettings {
            source,
            ..serde_json::from_str(r#"{"name":"Acme","source":{"kind":"upload"}}"#).unwrap()
        };
        let created = deps.suppliers.create(&acme(), settings, now()).await.unwrap();
        assert_eq!(created, Swapped::Applied);
        Self { deps, state }
    }

    pub(crate) fn put_secret(&self, name: &str, secret: Secret) {
        self.state.lock().unwrap().secrets.insert(name.to_owned(), secret);
    }

    /// Makes a job, lets the function fetch, and answers how it went with the job as stored after it.
    pub(crate) async fn fetch_with(&self, change: impl FnOnce(&mut Job)) -> (Fetching, Job) {
        let mut job = Job::to_fetch(acme(), Trigger::Manual, now());
        change(&mut job);
        self.deps.jobs.create(&job).await.unwrap();
        let message = DownloadMessage {
            job_id: job.job_id,
            attempt: 0,
        };
        let lease = now() + Duration::from_secs(60);
        let fetching = fetch(&self.deps, &message, lease).await.unwrap();
        (fetching, self.deps.jobs.get(job.job_id, now()).await.unwrap().unwrap())
    }

    pub(crate) async fn fetch(&self) -> (Fetching, Job) {
        self.fetch_with(|_| ()).await
    }

    /// As analysis does at the end of a list.
    pub(crate) fn publish(&self, job: JobId) {
        let mut state = self.state.lock().unwrap();
        let supplier = state.records.get_mut(&("suppliers".into(), "acme".into())).unwrap();
        supplier.insert("published_job".into(), AttributeValue::S(job.to_string()));
    }

    /// As the api does when a person rejects a held result.
    pub(crate) async fn reject(&self, job: &Job) {
        let held = HeldResult {
            reasons: Vec::new(),
            state: HeldState::Rejected,
            decided_at: Some(now()),
            decided_by: Some("Admin token".to_owned()),
            published_at: None,
        };
        let rejected = Job {
            held: Some(held),
            ..job.clone()
        };
        self.deps.jobs.create(&rejected).await.unwrap();
        let mut state = self.state.lock().unwrap();
        let supplier = state.records.get_mut(&("suppliers".into(), "acme".into())).unwrap();
        supplier.insert("rejected_job".into(), AttributeValue::S(job.job_id.to_string()));
    }

    /// As analysis does with a catalogue.
    pub(crate) fn publish_catalogue(&self, job: JobId) {
        let record = Record::from([
            ("supplier_id".into(), AttributeValue::S("catalogue".into())),
            ("published_job".into(), AttributeValue::S(job.to_string())),
        ]);
        let key = ("suppliers".into(), "catalogue".into());
        self.state.lock().unwrap().records.insert(key, record);
    }

    pub(crate) async fn change_source(&self, source: Source) {
        let supplier = self.deps.suppliers.get(&acme()).await.unwrap().unwrap();
        let mut state = self.state.lock().unwrap();
        let record = state.records.get_mut(&("suppliers".into(), "acme".into())).unwrap();
        let changed = serde_json::to_value(source).unwrap();
        let fields = changed.as_object().unwrap().iter();
        let text = |value: &serde_json::Value| AttributeValue::S(value.as_str().unwrap().to_owned());
        record.insert(
            "source".into(),
            AttributeValue::M(fields.map(|(k, v)| (k.clone(), text(v))).collect()),
        );
        let later = supplier.updated_at + Duration::from_secs(1);
        record.insert("updated_at".into(), AttributeValue::S(later.to_string()));
    }

    /// The raw file of a job.
    pub(crate) fn raw(&self, job: &Job) -> Option<Vec<u8>> {
        let key = job.raw_key()?.to_string();
        self.state.lock().unwrap().objects.get(&key).cloned()
    }

    /// Everything that was written to tables, bucket and queues.
    pub(crate) fn written(&self) -> String {
        self.state.lock().unwrap().written.clone()
    }

    pub(crate) fn secrets_read(&self) -> usize {
        self.state.lock().unwrap().secrets_read
    }
}

fn policy() -> FetchPolicy {
    FetchPolicy {
        backoff: Backoff {
            first: Duration::from_millis(5),
            longest: Duration::from_millis(20),
            jitter: Jitter::Off,
        },
        attempts: 2,
        max_resumes: 2,
        guard: "127.0.0.0/8".parse::<AddressGuard>().unwrap(),
        ..FetchPolicy::default()
    }
}

fn key_of(table: Option<&str>, key: &Record) -> (String, String) {
    let id = key.get("job_id").or_else(|| key.get("supplier_id")).unwrap();
    (table.unwrap().to_owned(), id.as_s().unwrap().clone())
}

fn dynamodb(state: &Arc<Mutex<State>>) -> [Rule; 3] {
    let (read, written, updated) = (Arc::clone(state), Arc::clone(state), Arc::clone(state));
    [
        mock!(aws_sdk_dynamodb::Client::get_item).then_compute_output(move |input| {
            let key = key_of(input.table_name(), input.key().unwrap());
            let record = read.lock().unwrap().records.get(&key).cloned();
            GetItemOutput::builder().set_item(record).build()
        }),
        mock!(aws_sdk_dynamodb::Client::put_item).then_compute_output(move |input| {
            let record = input.item().unwrap().clone();
            let mut state = written.lock().unwrap();
            state.written += &format!("{input:?}\n");
            state.records.insert(key_of(input.table_name(), &record), record);
            PutItemOutput::builder().build()
        }),
        mock!(aws_sdk_dynamodb::Client::update_item).then_compute_output(move |input| {
            let mut state = updated.lock().unwrap();
            state.written += &format!("{input:?}\n");
            update(&mut state, input);
            UpdateItemOutput::builder().build()
        }),
    ]
}

/// The updates that the function makes: noting a fetch, and freeing the slot.
fn update(state: &mut State, input: &UpdateItemInput) {
    let key = key_of(input.table_name(), input.key().unwrap());
    let record = state.records.get_mut(&key).unwrap();
    match input.update_expression().unwrap() {
        "SET last_fetch = :fetch" => {
            let fetch = input.expression_attribute_values().unwrap()[":fetch"].clone();
            record.insert("last_fetch".into(), fetch);
        }
        "REMOVE live_job, consecutive_failures, failing_since, last_error" => {
            for attribute in ["live_job", "consecutive_failures", "failing_since", "last_error"] {
                record.remove(attribute);
            }
        }
        other => panic!("{other}"),
    }
}

fn s3(state: &Arc<Mutex<State>>) -> [Rule; 5] {
    let state = Arc::clone(state);
    [
        mock!(aws_sdk_s3::Client::put_object).then_compute_output(move |input| {
            let bytes = input.body().bytes().unwrap().to_vec();
            let mut state = state.lock().unwrap();
            state.written += &format!("{input:?}\n{}\n", String::from_utf8_lossy(&bytes));
            state.objects.insert(input.key().unwrap().to_owned(), bytes);
            PutObjectOutput::builder().build()
        }),
        mock!(aws_sdk_s3::Client::create_multipart_upload)
            .then_output(|| CreateMultipartUploadOutput::builder().upload_id("u").build()),
        mock!(aws_sdk_s3::Client::upload_part).then_output(|| UploadPartOutput::builder().e_tag("e").build()),
        mock!(aws_sdk_s3::Client::complete_multipart_upload)
            .then_output(|| CompleteMultipartUploadOutput::builder().build()),
        mock!(aws_sdk_s3::Client::abort_multipart_upload).then_output(|| AbortMultipartUploadOutput::builder().build()),
    ]
}

fn secret_values(state: &Arc<Mutex<State>>) -> Rule {
    let state = Arc::clone(state);
    mock!(aws_sdk_secretsmanager::Client::get_secret_value).then_compute_response(move |input| {
        let mut state = state.lock().unwrap();
        state.secrets_read += 1;
        match state.secrets.get(input.secret_id().unwrap()).cloned() {
            Some(Secret::Text(text)) => {
                MockResponse::Output(GetSecretValueOutput::builder().secret_string(text).build())
            }
            Some(Secret::Denied) => MockResponse::Error(GetSecretValueError::generic(
                aws_sdk_secretsmanager::error::ErrorMetadata::builder()
                    .code("AccessDeniedException")
                    .message("not authorized")
                    .build(),
            )),
            None => MockResponse::Error(GetSecretValueError::ResourceNotFoundException(
                ResourceNotFoundException::builder()
                    .meta(
                        aws_sdk_secretsmanager::error::ErrorMetadata::builder()
                            .code("ResourceNotFoundException")
                            .build(),
                    )
                    .build(),
            )),
        }
    })
}
