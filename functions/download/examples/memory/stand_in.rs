//! The function's source and its AWS, as far as a download needs them.

use std::{
    collections::HashMap,
    io::{self, Read},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use anyhow::{Result, anyhow};
use serde_json::{Value, json};
use tiny_http::{Header, Request, Response, Server, StatusCode};

/// Requests answered at once.
const THREADS: usize = 4;

/// AWS, and how much was sent to its bucket.
pub(crate) struct Aws {
    pub(crate) url: String,
    stored: Arc<AtomicU64>,
}

impl Aws {
    pub(crate) fn stored_mib(&self) -> f64 {
        self.stored.load(Ordering::Relaxed) as f64 / (1 << 20) as f64
    }
}

/// Serves a file of `size` bytes.
pub(crate) fn serve_file(size: u64) -> Result<String> {
    serve(move |request| {
        let length = usize::try_from(size).unwrap();
        let body = Rows(0).take(size);
        _ = request.respond(Response::new(StatusCode(200), Vec::new(), body, Some(length), None));
    })
}

/// Serves DynamoDB and S3: records are kept, files are counted.
pub(crate) fn serve_aws() -> Result<Aws> {
    let stored = Arc::new(AtomicU64::new(0));
    let (records, counted) = (Mutex::new(HashMap::new()), Arc::clone(&stored));
    let url = serve(move |mut request| {
        let answer = match header(&request, "x-amz-target") {
            Some(target) => dynamodb(&records, &target, &mut request),
            None => s3(&counted, &mut request),
        };
        _ = request.respond(answer);
    })?;
    Ok(Aws { url, stored })
}

fn serve(answer: impl Fn(Request) + Send + Sync + 'static) -> Result<String> {
    let server = Arc::new(Server::http("127.0.0.1:0").map_err(|error| anyhow!("{error}"))?);
    let url = format!("http://{}", server.server_addr());
    let answer = Arc::new(answer);
    for _ in 0..THREADS {
        let (server, answer) = (Arc::clone(&server), Arc::clone(&answer));
        thread::spawn(move || {
            while let Ok(request) = server.recv() {
                answer(request);
            }
        });
    }
    Ok(url)
}

/// Rows that are not all alike, without end.
struct Rows(u64);

impl Read for Rows {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for byte in &mut *buffer {
            *byte = b' ' + (self.0.wrapping_mul(2_654_435_761) >> 24) as u8 % 90;
            self.0 += 1;
        }
        Ok(buffer.len())
    }
}

type Answer = Response<io::Cursor<Vec<u8>>>;

fn dynamodb(records: &Mutex<HashMap<String, Value>>, target: &str, request: &mut Request) -> Answer {
    let input: Value = serde_json::from_reader(request.as_reader()).unwrap();
    let id = |record: &Value| {
        let id = record.get("job_id").or_else(|| record.get("supplier_id")).unwrap();
        id["S"].as_str().unwrap().to_owned()
    };
    let mut records = records.lock().unwrap();
    let answer = match target.rsplit('.').next().unwrap() {
        "GetItem" => match records.get(&id(&input["Key"])) {
            Some(record) => json!({"Item": record}),
            None => json!({}),
        },
        "PutItem" => {
            records.insert(id(&input["Item"]), input["Item"].clone());
            json!({})
        }
        _ => json!({}),
    };
    Response::from_string(answer.to_string())
        .with_header(Header::from_bytes("Content-Type", "application/x-amz-json-1.0").unwrap())
}

fn s3(stored: &AtomicU64, request: &mut Request) -> Answer {
    let url = request.url().to_owned();
    let size = io::copy(request.as_reader(), &mut io::sink()).unwrap();
    if url.contains("/raw/") && header(request, "content-type").is_none_or(|kind| !kind.contains("xml")) {
        stored.fetch_add(size, Ordering::Relaxed);
    }
    let body = match (
        url.contains("uploads"),
        url.contains("partNumber"),
        url.contains("uploadId"),
    ) {
        (true, ..) => "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>",
        (_, false, true) => "<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>",
        _ => "",
    };
    Response::from_string(body).with_header(Header::from_bytes("ETag", "\"e\"").unwrap())
}

fn header(request: &Request, name: &'static str) -> Option<String> {
    let header = request.headers().iter().find(|header| header.field.equiv(name))?;
    Some(header.value.to_string())
}
