//! Writing a raw file while it arrives.

use aws_sdk_s3::{primitives::ByteStream, types::CompletedPart};
use bytes::BytesMut;
use domain::{RawKey, Sidecar};

use crate::{
    Files, StoreError,
    files::{ATTEMPT, base64},
};

/// Size of a part, and so the memory that a download of any size takes. S3 wants at least 5 MiB and takes at most 10,000
/// parts ("Multipart upload limits", S3 user guide): 80 GiB in all.
const PART: usize = 8 << 20;

/// A raw file being written. Nothing is visible under its key until [`RawWriter::finish`]; a writer that is dropped
/// leaves an unfinished upload, which the bucket's lifecycle removes, unless [`RawWriter::abort`] is called.
#[derive(Debug)]
pub struct RawWriter<'a> {
    files: &'a Files,
    key: RawKey,
    attempt: u32,
    pending: BytesMut,
    upload: Option<Upload>,
}

#[derive(Debug)]
struct Upload {
    id: String,
    parts: Vec<CompletedPart>,
}

impl Files {
    /// Starts writing the raw file of `key`, brought by `attempt`.
    pub fn raw_writer(&self, key: RawKey, attempt: u32) -> RawWriter<'_> {
        RawWriter {
            files: self,
            key,
            attempt,
            pending: BytesMut::new(),
            upload: None,
        }
    }
}

impl RawWriter<'_> {
    /// Adds bytes; sends a part whenever one is full.
    ///
    /// # Errors
    /// A call failed.
    pub async fn write(&mut self, chunk: &[u8]) -> Result<(), StoreError> {
        self.pending.extend_from_slice(chunk);
        while self.pending.len() >= PART {
            let part = self.pending.split_to(PART);
            self.send_part(part).await?;
        }
        Ok(())
    }

    /// Writes the sidecar, then makes the file visible: whoever sees the file finds its sidecar.
    ///
    /// # Errors
    /// A call failed; the file is not visible then.
    pub async fn finish(mut self, sidecar: &Sidecar) -> Result<(), StoreError> {
        if self.upload.is_some() && !self.pending.is_empty() {
            let rest = self.pending.split();
            self.send_part(rest).await?;
        }
        self.files.put_sidecar(&self.key, sidecar).await?;
        let Some(upload) = self.upload.take() else {
            return self.put_whole(sidecar).await;
        };
        self.files.complete_parts(&self.key, &upload.id, upload.parts).await
    }

    /// Gives the file up and frees what was sent.
    ///
    /// # Errors
    /// The call failed; the bucket's lifecycle removes the parts later.
    pub async fn abort(self) -> Result<(), StoreError> {
        let Some(upload) = self.upload else { return Ok(()) };
        self.files.abort_parts(&self.key, &upload.id).await
    }

    async fn put_whole(self, sidecar: &Sidecar) -> Result<(), StoreError> {
        self.files
            .client()
            .put_object()
            .bucket(self.files.bucket())
            .key(self.key.to_string())
            .metadata(ATTEMPT, self.attempt.to_string())
            .content_md5(base64(&sidecar.file.md5.bytes()))
            .body(ByteStream::from(self.pending.freeze()))
            .send()
            .await
            .map_err(StoreError::call("writing a raw file"))?;
        Ok(())
    }

    async fn send_part(&mut self, part: BytesMut) -> Result<(), StoreError> {
        if self.upload.is_none() {
            let id = self.files.begin_parts(&self.key, self.attempt).await?;
            self.upload = Some(Upload { id, parts: Vec::new() });
        }
        let Some(upload) = &mut self.upload else { return Ok(()) };
        let number = i32::try_from(upload.parts.len() + 1).unwrap_or(i32::MAX);
        let sent = self
            .files
            .client()
            .upload_part()
            .bucket(self.files.bucket())
            .key(self.key.to_string())
            .upload_id(&upload.id)
            .part_number(number)
            .body(ByteStream::from(part.freeze()))
            .send()
            .await
            .map_err(StoreError::call("sending a part of a raw file"))?;
        upload.parts.push(
            CompletedPart::builder()
                .part_number(number)
                .set_e_tag(sent.e_tag)
                .build(),
        );
        Ok(())
    }
}
