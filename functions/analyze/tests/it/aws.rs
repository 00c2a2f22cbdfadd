//! AWS as the function sees it: tables, bucket and queue in memory.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use analyze::{Analysis, AnalyzeFailure, Deps, Request, analyze};
use aws_sdk_dynamodb::{
    operation::{get_item::GetItemOutput, put_item::PutItemOutput},
    types::AttributeValue,
};
use aws_sdk_s3::{
    operation::{
        get_object::{GetObjectError, GetObjectOutput},
        put_object::PutObjectOutput,
    },
    primitives::ByteStream,
    types::error::NoSuchKey,
};
use aws_sdk_sqs::operation::send_message::SendMessageOutput;
use domain::{FileFacts, FixedClock, Job, Origin, Sidecar, Source, SupplierId, SupplierSettings};
use jiff::Timestamp;
use mocked_aws::{MockResponse, Rule, RuleMode::MatchAny, mock};
use sources::{AddressGuard, Backoff, FetchPolicy, HttpFetcher, Jitter};
use store::{Catalogue, Decisions, Files, Items, Jobs, Prices, Queues, Suppliers, Swapped};

type Record = HashMap<String, AttributeValue>;

#[derive(Default)]
struct State {
    records: HashMap<(String, String), Record>,
    objects: HashMap<String, Vec<u8>>,
    sent: Vec<String>,
}

/// The stand-in, and the function's dependencies on it.
pub(crate) struct Aws {
    pub(crate) deps: Deps,
    state: Arc<Mutex<State>>,
}

pub(crate) const NOW: &str = "2026-01-01T00:00:00Z";

pub(crate) const LIST: &[u8] = b"sku;name;price EUR\nB-1;Bolt;2.50\nN-1;Nut;0.75\n";

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// Loopback may be reached, and nothing is waited for long.
pub(crate) fn policy() -> FetchPolicy {
    FetchPolicy {
        connect_timeout: Duration::from_secs(1),
        read_timeout: Duration::from_secs(1),
        backoff: Backoff {
            first: Duration::from_millis(2),
            longest: Duration::from_millis(5),
            jitter: Jitter::Off,
        },
        guard: "127.0.0.0/8".parse::<AddressGuard>().unwrap(),
        ..FetchPolicy::default()
    }
}

fn acme() -> SupplierId {
    "acme".parse().unwrap()
}

fn file(bytes: &[u8]) -> FileFacts {
    let mut checksum = sources::Checksum::new();
    checksum.update(bytes);
    FileFacts {
        name: "list.csv".parse().unwrap(),
        size: bytes.len() as u64,
        md5: checksum.finish(),
    }
}

impl Aws {
    /// With a supplier `acme` that uploads its lists.
    pub(crate) async fn new() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let rules = dynamodb(&state);
        let dynamodb = mocked_aws::dynamodb(MatchAny, &rules.iter().collect::<Vec<_>>());
        let rules = s3(&state);
        let s3 = mocked_aws::s3(MatchAny, &rules.iter().collect::<Vec<_>>());
        let queues = Queues::new(
            mocked_aws::sqs(MatchAny, &[&sqs(&state)]),
            "download-queue",
            "analyze-queue",
        );
        let deps = Deps {
            clock: Arc::new(FixedClock(now())),
            jobs: Jobs::new(dynamodb.clone(), "jobs"),
            suppliers: Suppliers::new(dynamodb.clone(), "suppliers"),
            items: Items::new(dynamodb.clone(), "items"),
            prices: Prices::new(dynamodb.clone(), "prices"),
            catalogue: Catalogue::new(dynamodb.clone(), "catalogue"),
            decisions: Decisions::new(dynamodb, "decisions"),
            files: Files::new(s3.clone(), s3, "bucket"),
            max_read_bytes: 1 << 10,
            use_ml: true,
            loaded_index: Mutex::new(None),
            embedding: None,
            queues,
            remote: None,
            fetcher: HttpFetcher::new(policy()).unwrap(),
        };
        let settings = SupplierSettings::new("Acme", Source::Upload);
        let created = deps.suppliers.create(&acme(), settings, now()).await.unwrap();
        assert_eq!(created, Swapped::Applied);
        Self { deps, state }
    }

    /// A job whose file was announced as `announced` and has arrived as `arrived`.
    pub(crate) async fn upload(&self, announced: &[u8], arrived: &[u8]) -> Job {
        let job = Job::to_receive(acme(), file(announced), now() + Duration::from_secs(60), now());
        self.deps.jobs.create(&job).await.unwrap();
        let key = job.raw_key().unwrap();
        let sidecar = Sidecar {
            schema: Sidecar::SCHEMA,
            supplier_id: acme(),
            job_id: job.job_id,
            attempt: 0,
            origin: Origin::Upload,
            recorded_at: now(),
            file: file(announced),
            content_type: None,
            content_encoding: None,
            declared_kind: None,
            sniffed_kind: None,
            etag: None,
            last_modified: None,
        };
        self.deps.files.put_sidecar(&key, &sidecar).await.unwrap();
        self.state
            .lock()
            .unwrap()
            .objects
            .insert(key.to_string(), arrived.to_vec());
        job
    }

    /// Lets the function work on the job's file, and answers how it went with the job as stored after it.
    pub(crate) async fn analyze(&self, job: &Job) -> (Result<Analysis, AnalyzeFailure>, Job) {
        let request = Request {
            key: job.raw_key().unwrap(),
            attempt: Some(job.retry_count),
        };
        let analysis = analyze(&self.deps, &request, now() + Duration::from_secs(60)).await;
        (analysis, self.job(job).await)
    }

    pub(crate) async fn job(&self, job: &Job) -> Job {
        self.deps.jobs.get(job.job_id, now()).await.unwrap().unwrap()
    }

    /// The messages that the function sent, oldest first.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.state.lock().unwrap().sent.clone()
    }

    /// An object of the bucket, as text.
    pub(crate) fn object(&self, key: &str) -> Option<String> {
        let object = self.state.lock().unwrap().objects.get(key).cloned();
        object.map(|bytes| String::from_utf8(bytes).unwrap())
    }
}

fn key_of(table: Option<&str>, key: &Record) -> (String, String) {
    let id = key.get("job_id").or_else(|| key.get("supplier_id")).unwrap();
    (table.unwrap().to_owned(), id.as_s().unwrap().clone())
}

fn dynamodb(state: &Arc<Mutex<State>>) -> [Rule; 2] {
    let (read, written) = (Arc::clone(state), Arc::clone(state));
    [
        mock!(aws_sdk_dynamodb::Client::get_item).then_compute_output(move |input| {
            let key = key_of(input.table_name(), input.key().unwrap());
            let record = read.lock().unwrap().records.get(&key).cloned();
            GetItemOutput::builder().set_item(record).build()
        }),
        mock!(aws_sdk_dynamodb::Client::put_item).then_compute_output(move |input| {
            let record = input.item().unwrap().clone();
            let key = key_of(input.table_name(), &record);
            written.lock().unwrap().records.insert(key, record);
            PutItemOutput::builder().build()
        }),
    ]
}

fn s3(state: &Arc<Mutex<State>>) -> [Rule; 2] {
    let (read, written) = (Arc::clone(state), Arc::clone(state));
    [
        mock!(aws_sdk_s3::Client::get_object).then_compute_response(move |input| {
            match read.lock().unwrap().objects.get(input.key().unwrap()).cloned() {
                Some(bytes) => MockResponse::Output(
                    GetObjectOutput::builder()
                        .content_length(i64::try_from(bytes.len()).unwrap())
                        .body(ByteStream::from(bytes))
                        .build(),
                ),
                None => MockResponse::Error(GetObjectError::NoSuchKey(NoSuchKey::builder().build())),
            }
        }),
        mock!(aws_sdk_s3::Client::put_object).then_compute_output(move |input| {
            let bytes = input.body().bytes().unwrap().to_vec();
            let key = input.key().unwrap().to_owned();
            written.lock().unwrap().objects.insert(key, bytes);
            PutObjectOutput::builder().build()
        }),
    ]
}

fn sqs(state: &Arc<Mutex<State>>) -> Rule {
    let state = Arc::clone(state);
    mock!(aws_sdk_sqs::Client::send_message).then_compute_output(move |input| {
        assert_eq!(input.queue_url(), Some("analyze-queue"));
        let body = input.message_body().unwrap().to_owned();
        state.lock().unwrap().sent.push(body);
        SendMessageOutput::builder().build()
    })
}
