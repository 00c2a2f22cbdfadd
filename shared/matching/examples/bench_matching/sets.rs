//! The three public sets as lists and catalogues. See the README of the data folder for columns and known faults.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use anyhow::{Context, Result};
use domain::{ListItem, Position, Product, Text};

/// A catalogue and the lists to match against it.
pub(crate) struct Set {
    pub(crate) name: String,
    pub(crate) products: Vec<Product>,
    pub(crate) lists: Vec<List>,
}

/// One supplier's list with what is known of it.
pub(crate) struct List {
    pub(crate) items: Vec<ListItem>,
    /// Per item, the ids of its products.
    pub(crate) truth: Vec<BTreeSet<String>>,
    /// Per item, whether `truth` names every product (else only `labels` is known).
    pub(crate) complete: Vec<bool>,
    /// Labelled pairs: item, product id, same, split.
    pub(crate) labels: Vec<Label>,
}

/// A labelled pair.
pub(crate) struct Label {
    pub(crate) item: usize,
    pub(crate) product_id: String,
    pub(crate) same: bool,
    pub(crate) split: Split,
}

/// Which of the published files a pair is from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Split {
    Train,
    Valid,
    Test,
}

type Row = HashMap<String, String>;

/// Loads a set by its folder's name.
pub(crate) fn load(data: &Path, name: &str) -> Result<Set> {
    match name {
        "abt-buy" => pairs_set(data, "abt-buy", "name", Some("description"), None),
        "amazon-google" => pairs_set(data, "amazon-google", "title", None, Some("manufacturer")),
        "pricerunner" => pricerunner(data),
        other if other.starts_with("names-") => pairs_set(data, other, "name", None, None),
        other => anyhow::bail!("no such set: {other}"),
    }
}

fn rows(path: &Path) -> Result<Vec<Row>> {
    let mut reader = csv::Reader::from_path(path).with_context(|| format!("cannot read {}", path.display()))?;
    reader
        .deserialize()
        .map(|row| row.with_context(|| format!("bad row in {}", path.display())))
        .collect()
}

fn field(row: &Row, name: &str) -> Option<String> {
    row.get(name)
        .map(|text| text.trim())
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn pairs_set(data: &Path, name: &str, title: &str, description: Option<&str>, brand: Option<&str>) -> Result<Set> {
    let folder = data.join(name);
    let price = |row: &Row| {
        field(row, "price")
            .and_then(|text| text.parse::<rust_decimal::Decimal>().ok())
            .and_then(|price| price.try_into().ok())
    };
    let items: Vec<ListItem> = rows(&folder.join("tableA.csv"))?
        .iter()
        .enumerate()
        .map(|(place, row)| ListItem {
            position: Position {
                row: place as u32 + 1,
                ..Position::default()
            },
            name: field(row, title).map(Text::from),
            description: description.and_then(|column| field(row, column)).map(Text::from),
            brand: brand.and_then(|column| field(row, column)).map(Text::from),
            price: price(row),
            ..ListItem::default()
        })
        .collect();
    let products: Vec<Product> = rows(&folder.join("tableB.csv"))?
        .iter()
        .map(|row| {
            Ok(Product {
                product_id: field(row, "id").context("no id")?.parse()?,
                sku: None,
                barcode: None,
                name: field(row, title).unwrap_or_default(),
                brand: brand.and_then(|column| field(row, column)),
                category: None,
                description: description.and_then(|column| field(row, column)),
                price: price(row),
                currency: None,
                unit: None,
            })
        })
        .collect::<Result<_>>()?;
    let mut truth = vec![BTreeSet::new(); items.len()];
    for row in rows(&folder.join("matches.csv"))? {
        let item: usize = field(&row, "ltable_id").context("no ltable_id")?.parse()?;
        truth[item].insert(field(&row, "rtable_id").context("no rtable_id")?);
    }
    let mut labels = Vec::new();
    for (file, split) in [("train", Split::Train), ("valid", Split::Valid), ("test", Split::Test)] {
        let path = folder.join(format!("{file}.csv"));
        // Made-up sets have no labelled pairs besides their matches.
        for row in if path.exists() { rows(&path)? } else { Vec::new() } {
            labels.push(Label {
                item: field(&row, "ltable_id").context("no ltable_id")?.parse()?,
                product_id: field(&row, "rtable_id").context("no rtable_id")?,
                same: field(&row, "label").as_deref() == Some("1"),
                split,
            });
        }
    }
    let complete = truth.iter().map(|products| !products.is_empty()).collect();
    Ok(Set {
        name: name.to_owned(),
        products,
        lists: vec![List {
            items,
            truth,
            complete,
            labels,
        }],
    })
}

/// Every vendor is a supplier with its own list; the catalogue is the distinct cluster labels.
fn pricerunner(data: &Path) -> Result<Set> {
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    let mut vendors: BTreeMap<String, List> = BTreeMap::new();
    for row in rows(&data.join("pricerunner/pricerunner_aggregate.csv"))? {
        let label = field(&row, "cluster_label").context("no cluster_label")?;
        let cluster = field(&row, "cluster_id").context("no cluster_id")?;
        let id = ids.entry(label).or_insert(cluster).clone();
        let list = vendors
            .entry(field(&row, "vendor_id").context("no vendor_id")?)
            .or_insert_with(|| List {
                items: Vec::new(),
                truth: Vec::new(),
                complete: Vec::new(),
                labels: Vec::new(),
            });
        list.items.push(ListItem {
            position: Position {
                row: list.items.len() as u32 + 1,
                ..Position::default()
            },
            name: field(&row, "product_title").map(Text::from),
            ..ListItem::default()
        });
        list.truth.push(BTreeSet::from([id]));
        list.complete.push(true);
    }
    let products = ids
        .into_iter()
        .map(|(name, id)| {
            Ok(Product {
                product_id: id.parse()?,
                sku: None,
                barcode: None,
                name,
                brand: None,
                category: None,
                description: None,
                price: None,
                currency: None,
                unit: None,
            })
        })
        .collect::<Result<_>>()?;
    Ok(Set {
        name: "pricerunner".to_owned(),
        products,
        lists: vendors.into_values().collect(),
    })
}

impl Set {
    /// The set without `share` of the products that are some item's, chosen by a hash of their ids and `seed`.
    pub(crate) fn without(mut self, share: f64, seed: u64) -> Self {
        let matched: BTreeSet<&String> = self.lists.iter().flat_map(|list| list.truth.iter().flatten()).collect();
        let removed: BTreeSet<String> = matched
            .into_iter()
            .filter(|id| unit(id, seed) < share)
            .cloned()
            .collect();
        self.products
            .retain(|product| !removed.contains(product.product_id.as_str()));
        for list in &mut self.lists {
            for truth in &mut list.truth {
                truth.retain(|id| !removed.contains(id));
            }
            for label in &mut list.labels {
                label.same &= !removed.contains(&label.product_id);
            }
        }
        self
    }
}

/// A number from 0 to 1 that an id and a seed always give.
pub(crate) fn unit(id: &str, seed: u64) -> f64 {
    let mut hash = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xcbf2_9ce4_8422_2325;
    for byte in id.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash as f64 / u64::MAX as f64
}
