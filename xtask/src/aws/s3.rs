//! S3: where deployed zips are put.

use anyhow::{Context, Result, bail};

use super::{Client, authorization};

/// Makes a bucket; one that is there already is fine.
pub(crate) fn create_bucket(client: &Client, bucket: &str) -> Result<()> {
    put(client, bucket, &[], &[409])
}

/// Puts an object.
pub(crate) fn put_object(client: &Client, bucket: &str, key: &str, body: &[u8]) -> Result<()> {
    put(client, &format!("{bucket}/{key}"), body, &[])
}

fn put(client: &Client, path: &str, body: &[u8], tolerated: &[u16]) -> Result<()> {
    let url = format!("{}/{path}", client.endpoint);
    let mut response = client
        .agent
        .put(&url)
        .header("authorization", authorization("s3"))
        .header("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
        .send(body)
        .with_context(|| format!("PUT {url} could not be sent"))?;
    let status = response.status();
    if !status.is_success() && !tolerated.contains(&status.as_u16()) {
        bail!(
            "PUT {url} answered {status}: {}",
            response.body_mut().read_to_string().unwrap_or_default().trim()
        );
    }
    Ok(())
}
