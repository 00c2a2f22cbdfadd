//! Which products of the catalogue a published list offers, in one small object: what coverage is reckoned from.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
};

use bytes::Bytes;
use domain::{JobId, ProductId, SupplierId};
use zstd::stream::{read::Decoder, write::Encoder};

use crate::{Files, StoreError};

/// zstd's own default.
const LEVEL: i32 = 3;

/// Inflated bytes that are read: ids of a million products.
const MAX_INFLATED: u64 = 64 << 20;

impl Files {
    /// Writes the ids of the products that the items of a job's list were matched with:
    /// `results/{supplier_id}/{job_id}.products.zst`, one a line.
    ///
    /// # Errors
    /// The call failed.
    pub async fn put_offered(
        &self,
        supplier: &SupplierId,
        job: JobId,
        products: &BTreeSet<&ProductId>,
    ) -> Result<(), StoreError> {
        self.put(
            &key(supplier, job),
            packed(products)?,
            "application/zstd",
            "writing the offered products",
        )
        .await
    }

    /// The ids of the products that a job's list offers; none for a job of a time when they were not written.
    ///
    /// # Errors
    /// The call failed, or the object cannot be read.
    pub async fn offered(&self, supplier: &SupplierId, job: JobId) -> Result<Option<Vec<String>>, StoreError> {
        let bytes: Option<Bytes> = self
            .get_optional(&key(supplier, job), "reading the offered products")
            .await?;
        bytes.map(|bytes| unpacked(&bytes)).transpose()
    }
}

fn key(supplier: &SupplierId, job: JobId) -> String {
    format!("results/{supplier}/{job}.products.zst")
}

fn packed(products: &BTreeSet<&ProductId>) -> Result<Vec<u8>, StoreError> {
    let mut encoder = Encoder::new(Vec::new(), LEVEL).map_err(broken)?;
    for product in products {
        writeln!(encoder, "{product}").map_err(broken)?;
    }
    encoder.finish().map_err(broken)
}

/// Ids have no control characters, so a line is an id.
fn unpacked(bytes: &[u8]) -> Result<Vec<String>, StoreError> {
    let mut text = String::new();
    Decoder::new(bytes)
        .map_err(broken)?
        .take(MAX_INFLATED)
        .read_to_string(&mut text)
        .map_err(broken)?;
    Ok(text.lines().map(str::to_owned).collect())
}

fn broken(error: impl ToString) -> StoreError {
    StoreError::corrupt("the offered products", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offered_products_read_back() {
        let ids: Vec<ProductId> = ["P-1", "Ä 2", "3"].map(|id| id.parse().unwrap()).into();
        let packed = packed(&ids.iter().collect()).unwrap();
        assert_eq!(unpacked(&packed).unwrap(), ["3", "P-1", "Ä 2"]);
        assert!(unpacked(b"no zstd").is_err());
    }
}
