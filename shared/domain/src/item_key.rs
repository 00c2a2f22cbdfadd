//! What makes an item of one list the same as an item of the next.

use std::collections::{HashMap, HashSet};

use crate::ListItem;

/// Longest part of a key that is taken as it is, in bytes; DynamoDB's sort keys hold 1,024.
const MAX_PLAIN: usize = 200;

/// A key for each item, in the list's order, unique within the list and stable from one list to the next: the SKU, else
/// the barcode, else the name. Items that share it are told apart by name, unit and pack size, and at last by their order.
pub fn item_keys(items: &[ListItem]) -> Vec<String> {
    let plain: Vec<String> = items.iter().map(plain_key).collect();
    let told_apart: Vec<String> = {
        let counts = counts(&plain);
        let distinct = |(key, item): (&String, &ListItem)| match counts.get(key.as_str()) {
            Some(1) | None => key.clone(),
            Some(_) => format!("{key}~{:08x}", variant_hash(item)),
        };
        plain.iter().zip(items).map(distinct).collect()
    };
    let mut used: HashSet<String> = HashSet::with_capacity(items.len());
    let mut repeats: HashMap<&str, u32> = HashMap::new();
    let mut keys = Vec::with_capacity(items.len());
    for base in &told_apart {
        let mut key = base.clone();
        while !used.insert(key.clone()) {
            let nth = repeats.entry(base).or_insert(1);
            *nth += 1;
            key = format!("{base}#{nth}");
        }
        keys.push(key);
    }
    keys
}

fn counts(keys: &[String]) -> HashMap<&str, u32> {
    let mut counts = HashMap::new();
    keys.iter()
        .for_each(|key| *counts.entry(key.as_str()).or_default() += 1);
    counts
}

fn plain_key(item: &ListItem) -> String {
    let (kind, text) = match (&item.sku, &item.barcode, &item.name) {
        (Some(sku), _, _) => ("sku", sku),
        (None, Some(barcode), _) => ("barcode", barcode),
        (None, None, Some(name)) => ("name", name),
        (None, None, None) => return "row".into(),
    };
    let folded = folded(text);
    if folded.len() <= MAX_PLAIN {
        format!("{kind}:{folded}")
    } else {
        format!("{kind}:{:016x}", fnv(&[&folded]))
    }
}

/// Case and spacing differ from one list to the next without meaning anything.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn variant_hash(item: &ListItem) -> u64 {
    let name = folded(item.name.as_deref().unwrap_or_default());
    let unit = folded(item.unit.as_ref().map_or("", |unit| &unit.original));
    let pack = item
        .pack_size
        .map(|size| size.normalize().to_string())
        .unwrap_or_default();
    fnv(&[&name, &unit, &pack]) & 0xffff_ffff
}

/// FNV-1a, 64 bits: stable between versions, unlike a `Hasher`'s.
fn fnv(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0x1f]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(sku: Option<&str>, name: &str) -> ListItem {
        ListItem {
            sku: sku.map(Into::into),
            name: Some(name.into()),
            ..ListItem::default()
        }
    }

    #[test]
    fn the_sku_is_the_key_whatever_the_row_order() {
        let (a, b) = (item(Some("A-1"), "Tea"), item(Some("0102.1"), "Coffee"));
        assert_eq!(item_keys(&[a.clone(), b.clone()]), ["sku:a-1", "sku:0102.1"]);
        assert_eq!(item_keys(&[b, a]), ["sku:0102.1", "sku:a-1"]);
    }

    #[test]
    fn one_sku_for_several_packs_is_told_apart_by_the_pack() {
        let keys = item_keys(&[item(Some("A"), "Tea 100 g"), item(Some("A"), "Tea 200 g")]);
        let turned = item_keys(&[item(Some("A"), "Tea 200 g"), item(Some("A"), "Tea 100 g")]);
        assert_ne!(keys[0], keys[1]);
        assert_eq!((&keys[0], &keys[1]), (&turned[1], &turned[0]));
    }

    #[test]
    fn without_codes_the_name_is_the_key() {
        assert_eq!(item_keys(&[item(None, "  Чай  Зелёный ")]), ["name:чай зелёный"]);
        assert!(item_keys(&[item(None, &"x".repeat(5000))])[0].len() < 30);
    }

    proptest! {
        #[test]
        fn keys_are_unique_and_fit(rows in prop::collection::vec((prop::option::of("[ab]"), "[ab#~]{0,2}"), 0..20)) {
            let items: Vec<_> = rows.iter().map(|(sku, name)| item(sku.as_deref(), name)).collect();
            let keys = item_keys(&items);
            let distinct: std::collections::HashSet<_> = keys.iter().collect();
            prop_assert_eq!(distinct.len(), items.len());
            prop_assert!(keys.iter().all(|key| !key.is_empty() && key.len() <= 1024));
        }
    }
}
