//! The buyer's catalogue: most of the products, under the buyer's own numbers.

use anyhow::Result;

use super::{DemoFile, decimal};
use crate::demo::products::{self, Product};

/// One product in so many is not in the catalogue: what suppliers offer of it is new to the buyer.
const NOT_STOCKED: usize = 9;

pub(super) fn file() -> Result<DemoFile> {
    let mut text = String::from("product_id,sku,name,brand,barcode,category,unit,last_price_eur\r\n");
    for (index, product) in products::all()
        .iter()
        .enumerate()
        .filter(|(index, _)| index % NOT_STOCKED != 5)
    {
        text.push_str(&row(index, product));
    }
    Ok(DemoFile {
        name: "catalogue.csv",
        content_type: "text/csv",
        bytes: text.into_bytes(),
    })
}

fn row(index: usize, product: &Product) -> String {
    let Product {
        sku,
        name,
        brand,
        barcode,
        family,
        unit,
        cents,
        ..
    } = product;
    let (category, unit, price) = (family.english(), unit.english(), decimal(*cents));
    format!(
        "P{:05},{sku},\"{name}\",{brand},{barcode},{category},{unit},{price}\r\n",
        10_000 + index * 7
    )
}
