//! A tidy export in pounds, uploaded by hand: the maker's numbers are there, barcodes are not.

use super::{DemoFile, decimal};
use crate::demo::products;

pub(super) fn file() -> DemoFile {
    let mut text = String::from("Item code,Product,Pack,Unit price GBP,In stock\n");
    for (index, product) in products::all().iter().enumerate().filter(|(index, _)| index % 2 == 0) {
        let pence = product.cents * 86 / 100 + 1;
        // Some rows carry the supplier's own number instead of the maker's.
        let code = if index % 10 == 4 {
            format!("HB{:05}", index * 31)
        } else {
            product.sku.clone()
        };
        let stock = if index % 14 == 6 { 0 } else { (index * 7) % 90 + 1 };
        text.push_str(&format!(
            "{code},\"{}\",{},{},{stock}\n",
            product.name,
            product.unit.english(),
            decimal(pence)
        ));
    }
    DemoFile {
        name: "harbour-prices.csv",
        content_type: "text/csv",
        bytes: text.into_bytes(),
    }
}
