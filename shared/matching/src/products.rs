//! A buyer's catalogue that comes as a file like any price list.

use std::collections::HashMap;

use domain::{ListItem, Product, ProductId, RowError, Text};

use crate::text::{normalise, stable_hash};

/// Makes products of a catalogue file's items. A product's id is its SKU, else its barcode, else one derived from the name
/// (the same on every reading). Rows without a name, with an unusable id, or whose id stood before are reported and left
/// out; the first of several rows with one id is kept.
pub fn products_from_items(items: &[ListItem]) -> (Vec<Product>, Vec<RowError>) {
    let (mut products, mut errors) = (Vec::with_capacity(items.len()), Vec::new());
    let mut rows: HashMap<ProductId, u32> = HashMap::with_capacity(items.len());
    for item in items {
        match product(item) {
            Ok(product) => {
                if let Some(row) = rows.get(&product.product_id) {
                    let message = format!(
                        "The id {} stood in row {row} already; this row is left out. Give each product its own code.",
                        product.product_id
                    );
                    errors.push(row_error(item, message));
                } else {
                    rows.insert(product.product_id.clone(), item.position.row);
                    products.push(product);
                }
            }
            Err(message) => errors.push(row_error(item, message)),
        }
    }
    (products, errors)
}

fn product(item: &ListItem) -> Result<Product, String> {
    let given = |field: &Option<Text>| {
        field
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let name = given(&item.name).ok_or("The row has no name; a product needs one to be matched.")?;
    let (sku, barcode) = (given(&item.sku), given(&item.barcode));
    let id = sku
        .clone()
        .or_else(|| barcode.clone())
        .unwrap_or_else(|| derived_id(&name));
    let product_id = id
        .parse()
        .map_err(|error: domain::InvalidId| format!("The code cannot be an id: {error}."))?;
    Ok(Product {
        product_id,
        sku,
        barcode,
        name,
        brand: given(&item.brand),
        category: given(&item.category),
        description: given(&item.description),
        price: item.price,
        currency: item.currency,
        unit: item.unit.as_ref().map(|unit| unit.original.to_string()),
    })
}

fn derived_id(name: &str) -> String {
    format!("name-{:016x}", stable_hash(&normalise(name)))
}

fn row_error(item: &ListItem, message: String) -> RowError {
    let text = item
        .name
        .as_deref()
        .or(item.sku.as_deref())
        .or(item.barcode.as_deref())
        .unwrap_or_default();
    RowError {
        position: item.position.clone(),
        cell: None,
        text: text.chars().take(80).collect(),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(row: u32, sku: Option<&str>, barcode: Option<&str>, name: Option<&str>) -> ListItem {
        let owned = |text: Option<&str>| text.map(Text::from);
        ListItem {
            position: domain::Position {
                row,
                ..Default::default()
            },
            sku: owned(sku),
            barcode: owned(barcode),
            name: owned(name),
            ..ListItem::default()
        }
    }

    #[test]
    fn ids_are_the_sku_the_barcode_or_the_name() {
        let items = [
            item(2, Some("A-1"), Some("4006381333931"), Some("Pen")),
            item(3, None, Some("4006381333931"), Some("Pen")),
            item(4, Some(" "), None, Some("Pen")),
        ];
        let (products, errors) = products_from_items(&items);
        assert!(errors.is_empty());
        let ids: Vec<&str> = products.iter().map(|product| product.product_id.as_str()).collect();
        assert_eq!(ids[..2], ["A-1", "4006381333931"]);
        assert_eq!(ids[2], products_from_items(&items[2..]).0[0].product_id.as_str());
    }

    #[test]
    fn rows_that_are_no_product_are_reported() {
        let items = [
            item(2, Some("A"), None, Some("Pen")),
            item(3, Some("A"), None, Some("Ink")),
            item(4, Some("B"), None, None),
        ];
        let (products, errors) = products_from_items(&items);
        assert_eq!(products.len(), 1);
        insta::assert_json_snapshot!(errors);
    }
}
