//! Files that are sent in parts: large uploads, and downloads while they arrive.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, Part};
use domain::RawKey;
use jiff::Timestamp;

use crate::{
    Files, PresignedPut, StoreError,
    files::{ATTEMPT, presigning},
};

/// Bytes of each part but the last that an uploader sends: 16 parts to a GiB. S3 wants at least 5 MiB and takes at most
/// 10,000 parts ("Multipart upload limits", S3 user guide).
pub const UPLOAD_PART: u64 = 64 << 20;

/// What came of assembling an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assembled {
    /// The file is visible under its key.
    Whole,
    /// Parts of these numbers are not there, or not of their size.
    Missing(Vec<u64>),
    /// There is no such upload (any more): it was assembled or given up.
    Gone,
}

/// How many parts a file of `size` bytes is sent in.
fn parts_of(size: u64) -> u64 {
    size.div_ceil(UPLOAD_PART).max(1)
}

/// Bytes of part `number`, counted from 1.
fn part_size(size: u64, number: u64) -> u64 {
    size.saturating_sub((number - 1) * UPLOAD_PART).min(UPLOAD_PART)
}

impl Files {
    /// Begins an upload in parts; gives its id.
    ///
    /// # Errors
    /// The call failed.
    pub async fn begin_parts(&self, key: &RawKey, attempt: u32) -> Result<String, StoreError> {
        let created = self
            .client()
            .create_multipart_upload()
            .bucket(self.bucket())
            .key(key.to_string())
            .metadata(ATTEMPT, attempt.to_string())
            .send()
            .await
            .map_err(StoreError::call("starting a raw file"))?;
        created
            .upload_id
            .ok_or_else(|| StoreError::corrupt("a new upload", "it has no id"))
    }

    /// PUTs of the parts of a file of `size` bytes, in order, each of exactly its length, good for `lifetime`.
    ///
    /// # Errors
    /// Signing failed (no credentials).
    pub async fn presign_parts(
        &self,
        key: &RawKey,
        upload_id: &str,
        size: u64,
        lifetime: Duration,
        now: Timestamp,
    ) -> Result<Vec<PresignedPut>, StoreError> {
        let mut puts = Vec::new();
        for number in 1..=parts_of(size) {
            let length = i64::try_from(part_size(size, number)).unwrap_or(i64::MAX);
            let signed = self
                .signer()
                .upload_part()
                .bucket(self.bucket())
                .key(key.to_string())
                .upload_id(upload_id)
                .part_number(i32::try_from(number).unwrap_or(i32::MAX))
                .content_length(length)
                .presigned(presigning(lifetime, now)?)
                .await
                .map_err(StoreError::call("signing a part of an upload"))?;
            puts.push(PresignedPut::from(&signed));
        }
        Ok(puts)
    }

    /// Assembles an upload of `size` bytes, if all its parts are there.
    ///
    /// # Errors
    /// A call failed.
    pub async fn assemble(&self, key: &RawKey, upload_id: &str, size: u64) -> Result<Assembled, StoreError> {
        let Some(parts) = self.parts(key, upload_id).await? else {
            return Ok(Assembled::Gone);
        };
        let missing: Vec<u64> = (1..=parts_of(size))
            .filter(|number| parts.get(number).and_then(length_of) != Some(part_size(size, *number)))
            .collect();
        if !missing.is_empty() {
            return Ok(Assembled::Missing(missing));
        }
        let completed = parts.into_values().map(|part| {
            CompletedPart::builder()
                .set_part_number(part.part_number)
                .set_e_tag(part.e_tag)
                .build()
        });
        self.complete_parts(key, upload_id, completed.collect()).await?;
        Ok(Assembled::Whole)
    }

    /// The parts that are there, by number; none if there is no such upload.
    async fn parts(&self, key: &RawKey, upload_id: &str) -> Result<Option<BTreeMap<u64, Part>>, StoreError> {
        let mut pages = self
            .client()
            .list_parts()
            .bucket(self.bucket())
            .key(key.to_string())
            .upload_id(upload_id)
            .into_paginator()
            .send();
        let mut parts = BTreeMap::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => parts.extend(
                    page.parts
                        .unwrap_or_default()
                        .into_iter()
                        .filter_map(|part| Some((u64::try_from(part.part_number?).ok()?, part))),
                ),
                Err(error) if is_no_such_upload(&error) => return Ok(None),
                Err(error) => return Err(StoreError::call("listing the parts of an upload")(error)),
            }
        }
        Ok(Some(parts))
    }

    pub(crate) async fn complete_parts(
        &self,
        key: &RawKey,
        upload_id: &str,
        parts: Vec<CompletedPart>,
    ) -> Result<(), StoreError> {
        self.client()
            .complete_multipart_upload()
            .bucket(self.bucket())
            .key(key.to_string())
            .upload_id(upload_id)
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build())
            .send()
            .await
            .map_err(StoreError::call("completing a raw file"))?;
        Ok(())
    }

    /// Gives an upload in parts up and frees what was sent. Giving up what is gone is no error.
    ///
    /// # Errors
    /// The call failed; the bucket's lifecycle removes the parts later.
    pub async fn abort_parts(&self, key: &RawKey, upload_id: &str) -> Result<(), StoreError> {
        let result = self
            .client()
            .abort_multipart_upload()
            .bucket(self.bucket())
            .key(key.to_string())
            .upload_id(upload_id)
            .send()
            .await;
        match result {
            Ok(_) => Ok(()),
            Err(error) if is_no_such_upload(&error) => Ok(()),
            Err(error) => Err(StoreError::call("giving up a raw file")(error)),
        }
    }
}

fn length_of(part: &Part) -> Option<u64> {
    part.size.and_then(|size| u64::try_from(size).ok())
}

fn is_no_such_upload(error: &impl aws_smithy_types::error::metadata::ProvideErrorMetadata) -> bool {
    error.code() == Some("NoSuchUpload")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_up_the_file() {
        for size in [
            1,
            UPLOAD_PART - 1,
            UPLOAD_PART,
            UPLOAD_PART + 1,
            3 * UPLOAD_PART,
            1 << 30,
        ] {
            let parts: Vec<_> = (1..=parts_of(size)).map(|number| part_size(size, number)).collect();
            assert_eq!(parts.iter().sum::<u64>(), size);
            assert!(
                parts.iter().all(|part| (1..=UPLOAD_PART).contains(part)),
                "{size}: {parts:?}"
            );
        }
    }
}
