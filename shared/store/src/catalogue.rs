//! The catalogue table: the buyer's products.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::Client;
use domain::{Product, ProductId};

use crate::{
    StoreError,
    publication::Difference,
    record::{Record, from_record, text, to_record},
    table::{Write, read_all, write_all},
};

/// The catalogue table: key `product_id`; sparse indexes `by_sku` and `by_barcode`.
#[derive(Debug, Clone)]
pub struct Catalogue {
    client: Client,
    table: String,
}

impl Catalogue {
    /// The products in `table`.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
        }
    }

    /// Writes what `difference` names: `products` must give every product whose id is in `difference.put`.
    ///
    /// # Errors
    /// A call failed; some of the writes may have been made. Doing it again does no harm.
    pub async fn apply(
        &self,
        difference: &Difference,
        products: impl Iterator<Item = Result<Product, StoreError>>,
    ) -> Result<(), StoreError> {
        let puts = products
            .filter(|product| {
                product
                    .as_ref()
                    .map_or(true, |p| difference.put.contains(p.product_id.as_str()))
            })
            .map(|product| to_record(&product?).map(Write::Put));
        let deletes = difference
            .delete
            .iter()
            .map(|id| Ok(Write::Delete(Record::from([("product_id".to_owned(), text(id))]))));
        write_all(&self.client, &self.table, "writing products", puts.chain(deletes)).await
    }

    /// All products. For the repair of a catalogue whose snapshot is gone: it reads the whole table.
    ///
    /// # Errors
    /// A call failed, or a record cannot be read.
    pub async fn all(&self) -> Result<Vec<Product>, StoreError> {
        let mut products = Vec::new();
        let mut pages = self
            .client
            .scan()
            .table_name(&self.table)
            .into_paginator()
            .items()
            .send();
        while let Some(record) = pages.next().await {
            let record = record.map_err(StoreError::call("reading all products"))?;
            products.push(from_record("a product's record", record)?);
        }
        Ok(products)
    }

    /// The product, if there is one.
    ///
    /// # Errors
    /// The call failed, or the record cannot be read.
    pub async fn get(&self, product_id: &ProductId) -> Result<Option<Product>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("product_id", text(product_id))
            .send()
            .await
            .map_err(StoreError::call("reading a product"))?;
        answer
            .item
            .map(|record| from_record("a product's record", record))
            .transpose()
    }

    /// The products with these ids; those that are not there are left out.
    ///
    /// # Errors
    /// A call failed, or a record cannot be read.
    pub async fn of_ids(&self, ids: &[ProductId]) -> Result<HashMap<ProductId, Product>, StoreError> {
        let distinct: BTreeSet<&ProductId> = ids.iter().collect();
        let keys: Vec<_> = distinct
            .into_iter()
            .map(|id| Record::from([("product_id".to_owned(), text(id))]))
            .collect();
        let records = read_all(&self.client, &self.table, "reading products", &keys).await?;
        let product = |record| from_record::<Product>("a product's record", record);
        let products = records.into_iter().map(product);
        products
            .map(|product| product.map(|product| (product.product_id.clone(), product)))
            .collect()
    }
}
