//! The bucket: raw files, sidecars, snapshots.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_s3::{
    Client,
    error::ProvideErrorMetadata,
    presigning::{PresignedRequest, PresigningConfig},
    primitives::ByteStream,
};
use bytes::{Bytes, BytesMut};
use domain::{FileFacts, JobId, Md5, RAW_PREFIX, RawKey, Sidecar, SupplierId};
use jiff::Timestamp;

use crate::{StoreError, Swapped};

/// The user metadata under which a raw object carries its attempt.
pub(crate) const ATTEMPT: &str = "attempt";

/// The bucket.
#[derive(Debug, Clone)]
pub struct Files {
    client: Client,
    signer: Client,
    bucket: String,
}

/// A raw file with its bytes.
#[derive(Debug, Clone)]
pub struct RawFile {
    /// The bytes as received.
    pub bytes: Bytes,
    /// Their MD5, computed while reading.
    pub md5: Md5,
    /// The attempt that brought it.
    pub attempt: u32,
}

/// An object of our own, as it was when it was read.
#[derive(Debug, Clone)]
pub struct Versioned {
    /// What it holds.
    pub bytes: Bytes,
    /// By what it may be replaced, as long as nobody else has.
    pub etag: ETag,
}

/// What the bucket calls one version of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag(String);

/// A raw object in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawObject {
    /// The whole key; it need not be one of a job's.
    pub key: String,
    /// When it was stored.
    pub stored_at: Timestamp,
}

/// A request that a browser or script can make without credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresignedPut {
    /// Where to PUT.
    pub url: String,
    /// Headers that must be sent exactly so.
    pub headers: BTreeMap<String, String>,
}

impl From<&PresignedRequest> for PresignedPut {
    fn from(signed: &PresignedRequest) -> Self {
        let headers = signed
            .headers()
            .filter(|(name, _)| !name.eq_ignore_ascii_case("host"))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Self {
            url: signed.uri().to_owned(),
            headers,
        }
    }
}

/// A signature made at `now` that is good for `lifetime`.
pub(crate) fn presigning(lifetime: Duration, now: Timestamp) -> Result<PresigningConfig, StoreError> {
    let start = std::time::SystemTime::try_from(now).map_err(|error| StoreError::corrupt("the time", error))?;
    PresigningConfig::builder()
        .start_time(start)
        .expires_in(lifetime)
        .build()
        .map_err(|error| StoreError::corrupt("the lifetime of a signed address", error))
}

impl Files {
    /// The files in `bucket`. `signer` is a client whose endpoint the outside can reach; it only signs.
    pub fn new(client: Client, signer: Client, bucket: impl Into<String>) -> Self {
        Self {
            client,
            signer,
            bucket: bucket.into(),
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn signer(&self) -> &Client {
        &self.signer
    }

    pub(crate) fn bucket(&self) -> &str {
        &self.bucket
    }

    /// A PUT of exactly `file` to `key`, good for `lifetime`: S3 refuses other lengths and other bytes.
    ///
    /// # Errors
    /// Signing failed (no credentials).
    pub async fn presign_upload(
        &self,
        key: &RawKey,
        file: &FileFacts,
        attempt: u32,
        lifetime: Duration,
        now: Timestamp,
    ) -> Result<PresignedPut, StoreError> {
        let size = i64::try_from(file.size).map_err(|error| StoreError::corrupt("the file's size", error))?;
        let signed = self
            .signer
            .put_object()
            .bucket(&self.bucket)
            .key(key.to_string())
            .content_length(size)
            .content_md5(base64(&file.md5.bytes()))
            .metadata(ATTEMPT, attempt.to_string())
            .presigned(presigning(lifetime, now)?)
            .await
            .map_err(StoreError::call("signing an upload"))?;
        Ok(PresignedPut::from(&signed))
    }

    /// A GET of the raw file that a browser can make, good for `lifetime`; it is saved under the file's own name.
    ///
    /// # Errors
    /// Signing failed (no credentials).
    pub async fn presign_raw(&self, key: &RawKey, lifetime: Duration, now: Timestamp) -> Result<String, StoreError> {
        let signed = self
            .signer
            .get_object()
            .bucket(&self.bucket)
            .key(key.to_string())
            // Whatever the supplier sent, the bucket's origin shows none of it.
            .response_content_type("application/octet-stream")
            .response_content_disposition(attachment(key.file_name.as_str()))
            .presigned(presigning(lifetime, now)?)
            .await
            .map_err(StoreError::call("signing a download"))?;
        Ok(signed.uri().to_owned())
    }

    /// Scheme, host and port that signed requests go to: what a page must be allowed to connect to.
    ///
    /// # Errors
    /// Signing failed (no credentials).
    pub async fn public_origin(&self) -> Result<String, StoreError> {
        let config = PresigningConfig::expires_in(Duration::from_secs(60))
            .map_err(|error| StoreError::corrupt("a signature's lifetime", error))?;
        let signed = self
            .signer
            .get_object()
            .bucket(&self.bucket)
            .key("origin")
            .presigned(config)
            .await
            .map_err(StoreError::call("signing a request"))?;
        let origin: String = signed.uri().splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        Ok(origin)
    }

    /// Writes the sidecar of `key`.
    ///
    /// # Errors
    /// The call failed.
    pub async fn put_sidecar(&self, key: &RawKey, sidecar: &Sidecar) -> Result<(), StoreError> {
        let json = serde_json::to_vec_pretty(sidecar).map_err(|error| StoreError::corrupt("a new sidecar", error))?;
        self.put(&key.sidecar_key(), json, "application/json", "writing a sidecar")
            .await
    }

    /// The sidecar of `key`.
    ///
    /// # Errors
    /// There is none, it cannot be read, or the call failed.
    pub async fn sidecar(&self, key: &RawKey) -> Result<Sidecar, StoreError> {
        let json = self
            .get(&key.sidecar_key(), MAX_SIDECAR, "reading a sidecar")
            .await?
            .bytes;
        serde_json::from_slice(&json).map_err(|error| StoreError::corrupt(key.sidecar_key(), error))
    }

    /// The raw file, at most `limit` bytes of it.
    ///
    /// # Errors
    /// There is none ([`StoreError::Missing`]), it is larger, or the call failed.
    pub async fn raw(&self, key: &RawKey, limit: u64) -> Result<RawFile, StoreError> {
        self.get(&key.to_string(), limit, "reading a raw file").await
    }

    /// Whether the raw file is there with the size of `file`. Its MD5 is checked when it is read.
    ///
    /// # Errors
    /// The call failed.
    pub async fn has_raw(&self, key: &RawKey, file: &FileFacts) -> Result<bool, StoreError> {
        let answer = self
            .client
            .head_object()
            .bucket(&self.bucket)
            .key(key.to_string())
            .send()
            .await;
        match answer {
            Ok(head) => Ok(head.content_length.and_then(|size| u64::try_from(size).ok()) == Some(file.size)),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_not_found()) => Ok(false),
            Err(error) => Err(StoreError::call("looking for a raw file")(error)),
        }
    }

    /// The attempt that brought the raw file; none when the file is gone.
    ///
    /// # Errors
    /// The call failed.
    pub async fn raw_attempt(&self, key: &RawKey) -> Result<Option<u32>, StoreError> {
        let answer = self
            .client
            .head_object()
            .bucket(&self.bucket)
            .key(key.to_string())
            .send()
            .await;
        match answer {
            Ok(head) => Ok(Some(
                head.metadata()
                    .and_then(|metadata| metadata.get(ATTEMPT)?.parse().ok())
                    .unwrap_or(0),
            )),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_not_found()) => Ok(None),
            Err(error) => Err(StoreError::call("looking for a raw file")(error)),
        }
    }

    /// The MD5 of the raw file as it is now, read in a stream; none when it is gone.
    ///
    /// # Errors
    /// The call failed.
    pub async fn raw_md5(&self, key: &RawKey, limit: u64) -> Result<Option<Md5>, StoreError> {
        match self
            .stream(&key.to_string(), limit, "checking a raw file", |_| ())
            .await
        {
            Ok((md5, _)) => Ok(Some(md5)),
            Err(StoreError::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All raw objects, oldest keys first.
    ///
    /// # Errors
    /// A call failed.
    pub async fn list_raw(&self) -> Result<Vec<RawObject>, StoreError> {
        let mut found = Vec::new();
        let mut pages = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(RAW_PREFIX)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(StoreError::call("listing raw files"))?;
            found.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| {
                let stored_at = Timestamp::from_second(object.last_modified?.secs()).ok()?;
                Some(RawObject {
                    key: object.key?,
                    stored_at,
                })
            }));
        }
        Ok(found)
    }

    /// Removes an object. Removing what is gone is no error.
    ///
    /// # Errors
    /// The call failed.
    pub async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.client
            .delete_object()
            .bucket(&self.bucket)
            .key(key)
            .send()
            .await
            .map_err(StoreError::call("removing a file"))?;
        Ok(())
    }

    /// Writes the snapshot of a job's result: `results/{supplier_id}/{job_id}.jsonl.zst`.
    ///
    /// # Errors
    /// The call failed.
    pub async fn put_snapshot(&self, supplier: &SupplierId, job: JobId, bytes: Vec<u8>) -> Result<(), StoreError> {
        self.put(
            &snapshot_key(supplier, job),
            bytes,
            "application/zstd",
            "writing a snapshot",
        )
        .await
    }

    /// The snapshot of a job's result; none when it was never written.
    ///
    /// # Errors
    /// The call failed.
    pub async fn snapshot(&self, supplier: &SupplierId, job: JobId) -> Result<Option<Bytes>, StoreError> {
        optional(
            self.get(&snapshot_key(supplier, job), MAX_SNAPSHOT, "reading a snapshot")
                .await,
        )
    }

    /// Writes the change report of a publication: `results/{supplier_id}/{job_id}.changes`.
    ///
    /// # Errors
    /// The call failed.
    pub async fn put_changes(&self, supplier: &SupplierId, job: JobId, bytes: Vec<u8>) -> Result<(), StoreError> {
        let key = changes_key(supplier, job);
        self.put(&key, bytes, "application/octet-stream", "writing a change report")
            .await
    }

    /// The change report of a publication; none when there was none.
    ///
    /// # Errors
    /// The call failed.
    pub async fn changes(&self, supplier: &SupplierId, job: JobId) -> Result<Option<Bytes>, StoreError> {
        let key = changes_key(supplier, job);
        optional(self.get(&key, MAX_SNAPSHOT, "reading a change report").await)
    }

    /// Writes the search text of a published list: `results/{supplier_id}/{job_id}.search.zst`.
    ///
    /// # Errors
    /// The call failed.
    pub async fn put_search(&self, supplier: &SupplierId, job: JobId, bytes: Vec<u8>) -> Result<(), StoreError> {
        let key = search_key(supplier, job);
        self.put(&key, bytes, "application/zstd", "writing a search text").await
    }

    /// The search text of a published list; none when it was never written.
    ///
    /// # Errors
    /// The call failed.
    pub async fn search(&self, supplier: &SupplierId, job: JobId) -> Result<Option<Bytes>, StoreError> {
        let key = search_key(supplier, job);
        optional(self.get(&key, MAX_SNAPSHOT, "reading a search text").await)
    }

    /// Writes the matching index of a catalogue version: `catalogue/{job_id}.index`.
    ///
    /// # Errors
    /// The call failed.
    pub async fn put_index(&self, version: JobId, bytes: Vec<u8>) -> Result<(), StoreError> {
        self.put(
            &index_key(version),
            bytes,
            "application/octet-stream",
            "writing the catalogue index",
        )
        .await
    }

    /// The matching index of a catalogue version; none when it was never written.
    ///
    /// # Errors
    /// The call failed.
    pub async fn index(&self, version: JobId) -> Result<Option<Bytes>, StoreError> {
        optional(
            self.get(&index_key(version), MAX_SNAPSHOT, "reading the catalogue index")
                .await,
        )
    }

    /// Writes the vectors of a catalogue version's products: `catalogue/{job_id}.vectors`.
    ///
    /// # Errors
    /// The call failed.
    pub async fn put_vectors(&self, version: JobId, bytes: Vec<u8>) -> Result<(), StoreError> {
        self.put(
            &vectors_key(version),
            bytes,
            "application/octet-stream",
            "writing the catalogue's vectors",
        )
        .await
    }

    /// The vectors of a catalogue version's products; none when they were never written.
    ///
    /// # Errors
    /// The call failed.
    pub async fn vectors(&self, version: JobId) -> Result<Option<Bytes>, StoreError> {
        optional(
            self.get(&vectors_key(version), MAX_SNAPSHOT, "reading the catalogue's vectors")
                .await,
        )
    }

    /// Stores how a second way would have read the list.
    ///
    /// # Errors
    /// The call failed.
    pub async fn put_shadow_report(&self, supplier: &SupplierId, job: JobId, json: Vec<u8>) -> Result<(), StoreError> {
        let key = shadow_key(supplier, job);
        self.put(&key, json, "application/json", "writing a shadow report")
            .await
    }

    /// How a second way would have read the list, if it was tried.
    ///
    /// # Errors
    /// The call failed.
    pub async fn shadow_report(&self, supplier: &SupplierId, job: JobId) -> Result<Option<Bytes>, StoreError> {
        let key = shadow_key(supplier, job);
        optional(self.get(&key, MAX_SNAPSHOT, "reading a shadow report").await)
    }

    /// Writes how a job's file was read: `results/{supplier_id}/{job_id}.report.json`.
    ///
    /// # Errors
    /// The call failed.
    pub async fn put_report(&self, supplier: &SupplierId, job: JobId, json: Vec<u8>) -> Result<(), StoreError> {
        self.put(
            &report_key(supplier, job),
            json,
            "application/json",
            "writing a reading report",
        )
        .await
    }

    /// How a job's file was read, as JSON; none when it never was.
    ///
    /// # Errors
    /// The call failed.
    pub async fn report(&self, supplier: &SupplierId, job: JobId) -> Result<Option<Bytes>, StoreError> {
        optional(
            self.get(&report_key(supplier, job), MAX_SNAPSHOT, "reading a reading report")
                .await,
        )
    }

    /// The bytes of an object of our own; none when it was never written.
    pub(crate) async fn get_optional(&self, key: &str, operation: &'static str) -> Result<Option<Bytes>, StoreError> {
        optional(self.get(key, MAX_SNAPSHOT, operation).await)
    }

    /// Writes what to remember of how a supplier's list was read: `results/{supplier_id}/reading.json`.
    ///
    /// # Errors
    /// The call failed.
    pub async fn put_reading(&self, supplier: &SupplierId, json: Vec<u8>) -> Result<(), StoreError> {
        self.put(
            &reading_key(supplier),
            json,
            "application/json",
            "writing a remembered reading",
        )
        .await
    }

    /// What is remembered of how a supplier's list was read, as JSON; none when nothing is.
    ///
    /// # Errors
    /// The call failed.
    pub async fn reading(&self, supplier: &SupplierId) -> Result<Option<Bytes>, StoreError> {
        optional(
            self.get(&reading_key(supplier), MAX_READING, "reading a remembered reading")
                .await,
        )
    }

    pub(crate) async fn put(
        &self,
        key: &str,
        bytes: Vec<u8>,
        content_type: &str,
        operation: &'static str,
    ) -> Result<(), StoreError> {
        self.client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type(content_type)
            .body(ByteStream::from(bytes))
            .send()
            .await
            .map_err(StoreError::call(operation))?;
        Ok(())
    }

    /// An object of our own with what it may be replaced by; none when it was never written.
    pub(crate) async fn get_versioned(
        &self,
        key: &str,
        operation: &'static str,
    ) -> Result<Option<Versioned>, StoreError> {
        let answer = match self.client.get_object().bucket(&self.bucket).key(key).send().await {
            Ok(answer) => answer,
            Err(error) if error.as_service_error().is_some_and(|e| e.is_no_such_key()) => return Ok(None),
            Err(error) => return Err(StoreError::call(operation)(error)),
        };
        let etag = ETag(answer.e_tag().unwrap_or_default().to_owned());
        let bytes = answer.body.collect().await.map_err(|error| StoreError::Call {
            operation,
            detail: error.to_string(),
            transient: true,
            source: Box::new(error),
        })?;
        Ok(Some(Versioned {
            bytes: bytes.into_bytes(),
            etag,
        }))
    }

    /// Replaces an object that is still as it was read, or writes one that is not there (`before` is none).
    pub(crate) async fn replace(
        &self,
        key: &str,
        before: Option<&ETag>,
        bytes: Vec<u8>,
        content_type: &str,
        operation: &'static str,
    ) -> Result<Swapped, StoreError> {
        let put = self.client.put_object().bucket(&self.bucket).key(key);
        let put = match before {
            Some(etag) => put.if_match(&etag.0),
            None => put.if_none_match("*"),
        };
        let answer = put
            .content_type(content_type)
            .body(ByteStream::from(bytes))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(Swapped::Applied),
            Err(error)
                if matches!(
                    error.code(),
                    Some("PreconditionFailed" | "ConditionalRequestConflict" | "NoSuchKey")
                ) =>
            {
                Ok(Swapped::Conflict)
            }
            Err(error) => Err(StoreError::call(operation)(error)),
        }
    }

    async fn get(&self, key: &str, limit: u64, operation: &'static str) -> Result<RawFile, StoreError> {
        let mut bytes = BytesMut::new();
        let (md5, attempt) = self
            .stream(key, limit, operation, |chunk| bytes.extend_from_slice(chunk))
            .await?;
        Ok(RawFile {
            bytes: bytes.freeze(),
            md5,
            attempt,
        })
    }

    /// Reads an object chunk by chunk and gives its MD5 and attempt.
    async fn stream(
        &self,
        key: &str,
        limit: u64,
        operation: &'static str,
        mut take: impl FnMut(&[u8]),
    ) -> Result<(Md5, u32), StoreError> {
        let answer = match self.client.get_object().bucket(&self.bucket).key(key).send().await {
            Ok(answer) => answer,
            Err(error) if error.as_service_error().is_some_and(|e| e.is_no_such_key()) => {
                return Err(StoreError::Missing { what: key.to_owned() });
            }
            Err(error) => return Err(StoreError::call(operation)(error)),
        };
        let attempt = answer
            .metadata()
            .and_then(|metadata| metadata.get(ATTEMPT)?.parse().ok())
            .unwrap_or(0);
        let too_large = |size| StoreError::TooLarge {
            what: key.to_owned(),
            size,
            limit,
        };
        let announced = answer
            .content_length
            .and_then(|size| u64::try_from(size).ok())
            .unwrap_or(0);
        if announced > limit {
            return Err(too_large(announced));
        }
        let mut md5 = <md5::Md5 as md5::Digest>::new();
        let mut size = 0;
        let mut body = answer.body;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| StoreError::Call {
                operation,
                detail: error.to_string(),
                transient: true,
                source: Box::new(error),
            })?;
            size += chunk.len() as u64;
            if size > limit {
                return Err(too_large(size));
            }
            md5::Digest::update(&mut md5, &chunk);
            take(&chunk);
        }
        Ok((Md5::from(<[u8; 16]>::from(md5::Digest::finalize(md5))), attempt))
    }
}

/// A sidecar is under 4 KB; more is not ours.
const MAX_SIDECAR: u64 = 64 << 10;

/// A remembered reading is some hundred columns; more is not ours.
const MAX_READING: u64 = 8 << 20;

/// Compressed bytes of a snapshot or an index that are read into memory: a million products' index is about 240 MB.
const MAX_SNAPSHOT: u64 = 512 << 20;

fn snapshot_key(supplier: &SupplierId, job: JobId) -> String {
    format!("results/{supplier}/{job}.jsonl.zst")
}

fn shadow_key(supplier: &SupplierId, job: JobId) -> String {
    format!("results/{supplier}/{job}.shadow.json")
}

fn report_key(supplier: &SupplierId, job: JobId) -> String {
    format!("results/{supplier}/{job}.report.json")
}

fn changes_key(supplier: &SupplierId, job: JobId) -> String {
    format!("results/{supplier}/{job}.changes")
}

fn search_key(supplier: &SupplierId, job: JobId) -> String {
    format!("results/{supplier}/{job}.search.zst")
}

fn vectors_key(version: JobId) -> String {
    format!("catalogue/{version}.vectors")
}

fn reading_key(supplier: &SupplierId) -> String {
    format!("results/{supplier}/reading.json")
}

fn index_key(version: JobId) -> String {
    format!("catalogue/{version}.index")
}

/// `Content-Disposition` of a download under `name` (RFC 6266; the name as in RFC 8187).
pub(crate) fn attachment(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("attachment; filename*=UTF-8''{encoded}")
}

fn optional(result: Result<RawFile, StoreError>) -> Result<Option<Bytes>, StoreError> {
    match result {
        Ok(file) => Ok(Some(file.bytes)),
        Err(StoreError::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// RFC 4648 base64, which `Content-MD5` (RFC 1864) wants.
pub(crate) fn base64(bytes: &[u8]) -> String {
    aws_smithy_types::base64::encode(bytes)
}
