//! Files made for a person to download: in the bucket for a day, handed out by a short-lived address.

use std::{
    fs::File,
    io::{self, Read},
    time::Duration,
};

use aws_sdk_s3::{
    primitives::ByteStream,
    types::{CompletedMultipartUpload, CompletedPart},
};
use jiff::Timestamp;

use crate::{
    Files, StoreError,
    files::{attachment, presigning},
};

/// Size of a part, and so the memory that storing a file of any size takes. S3 wants at least 5 MiB ("Multipart upload
/// limits", S3 user guide).
const PART: u64 = 8 << 20;

/// A file to be handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Tells it from every other; not to be guessed.
    pub id: String,
    /// The name under which it is saved.
    pub file_name: String,
    /// Its media type.
    pub content_type: &'static str,
}

impl Export {
    fn key(&self) -> String {
        format!("exports/{}/{}", self.id, self.file_name)
    }
}

impl Files {
    /// Stores `content` from where it stands to its end, part by part, and gives the number of bytes.
    ///
    /// # Errors
    /// A call failed, or `content` cannot be read; nothing is visible then.
    pub async fn put_export(&self, export: &Export, content: File) -> Result<u64, StoreError> {
        let (content, first) = next_part(content).await?;
        let size = first.len() as u64;
        if size < PART {
            self.put(&export.key(), first, export.content_type, "storing an export")
                .await?;
            return Ok(size);
        }
        let created = self
            .client()
            .create_multipart_upload()
            .bucket(self.bucket())
            .key(export.key())
            .content_type(export.content_type)
            .send()
            .await
            .map_err(StoreError::call("storing an export"))?;
        let upload_id = created
            .upload_id
            .ok_or_else(|| StoreError::corrupt("a new upload", "it has no id"))?;
        let stored = self.put_parts(export, &upload_id, first, content).await;
        if stored.is_err() {
            self.abort_export(export, &upload_id).await;
        }
        stored
    }

    async fn put_parts(
        &self,
        export: &Export,
        upload_id: &str,
        first: Vec<u8>,
        content: File,
    ) -> Result<u64, StoreError> {
        let (mut part, mut content) = (first, content);
        let (mut size, mut parts) = (0, Vec::new());
        while !part.is_empty() {
            size += part.len() as u64;
            let number = i32::try_from(parts.len() + 1).unwrap_or(i32::MAX);
            let sent = self
                .client()
                .upload_part()
                .bucket(self.bucket())
                .key(export.key())
                .upload_id(upload_id)
                .part_number(number)
                .body(ByteStream::from(part))
                .send()
                .await
                .map_err(StoreError::call("storing a part of an export"))?;
            let completed = CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag);
            parts.push(completed.build());
            (content, part) = next_part(content).await?;
        }
        self.client()
            .complete_multipart_upload()
            .bucket(self.bucket())
            .key(export.key())
            .upload_id(upload_id)
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build())
            .send()
            .await
            .map_err(StoreError::call("completing an export"))?;
        Ok(size)
    }

    /// Frees the parts that were sent; where that fails, the bucket's lifecycle does.
    async fn abort_export(&self, export: &Export, upload_id: &str) {
        let aborted = self
            .client()
            .abort_multipart_upload()
            .bucket(self.bucket())
            .key(export.key())
            .upload_id(upload_id)
            .send()
            .await;
        if let Err(error) = aborted {
            tracing::warn!(%error, upload_id, "the parts of an export are left to the bucket's lifecycle");
        }
    }

    /// A GET of a stored export that a browser can make, good for `lifetime`; it is saved under the export's own name.
    ///
    /// # Errors
    /// Signing failed (no credentials).
    pub async fn presign_export(
        &self,
        export: &Export,
        lifetime: Duration,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        let signed = self
            .signer()
            .get_object()
            .bucket(self.bucket())
            .key(export.key())
            .response_content_disposition(attachment(&export.file_name))
            .presigned(presigning(lifetime, now)?)
            .await
            .map_err(StoreError::call("signing a download"))?;
        Ok(signed.uri().to_owned())
    }
}

/// Up to [`PART`] bytes of `content`; fewer at its end only.
async fn next_part(content: File) -> Result<(File, Vec<u8>), StoreError> {
    let read = tokio::task::spawn_blocking(move || -> io::Result<_> {
        let mut part = Vec::new();
        (&content).take(PART).read_to_end(&mut part)?;
        Ok((content, part))
    });
    let broken = |error: &dyn std::fmt::Display| StoreError::corrupt("a new export", error.to_string());
    read.await
        .map_err(|error| broken(&error))?
        .map_err(|error| broken(&error))
}
