//! The second way: read the list the other way too, and say how it differs from what was published.

use std::collections::BTreeMap;

use domain::{
    Job, Match, ProductId, RawKey, ShadowDifference, ShadowReport, ShadowSummary, SupplierSettings, item_keys,
};
use pricelist::Reading;
use serde::de::IgnoredAny;
use store::{HeldJob, PublishedItem, RawFile, SnapshotReader, StoreError};

use crate::{
    Deps,
    ending::Ending,
    list::matches_of,
    reading::{interpreted, read_options},
    replay::Replay,
    way::Way,
};

/// Reads `raw` by `way` and reports the difference from the published list, in the bucket and in the job. Nothing of it
/// is published, and whatever goes wrong in it fails no job.
///
/// # Errors
/// The job is no longer this worker's, or the note could not be written.
pub(crate) async fn compare(
    deps: &Deps,
    held: &mut HeldJob,
    settings: &SupplierSettings,
    (key, raw): (&RawKey, RawFile),
    way: Way,
) -> Result<(), Ending> {
    let path = way.path();
    let summary = match differences(deps, held.job(), settings, (key, raw), way).await {
        Ok(report) => report.summary,
        Err(error) => ShadowSummary {
            path,
            error: Some(error),
            ..ShadowSummary::default()
        },
    };
    Ok(held.note_shadow(summary, deps.clock.now()).await?)
}

/// Items named of each kind of difference.
const NAMED: usize = 200;

/// What counts of an item.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    price: Option<String>,
    product: Option<ProductId>,
}

async fn differences(
    deps: &Deps,
    job: &Job,
    settings: &SupplierSettings,
    (key, raw): (&RawKey, RawFile),
    way: Way,
) -> Result<ShadowReport, String> {
    let path = way.path();
    let reading = interpreted(raw, read_options(key, settings.default_currency), way).await;
    let reading: Reading = reading.map_err(sentence)?;
    let (items, errors) = (reading.items, reading.errors.len() as u64);
    let keys = item_keys(&items);
    let replay = Replay::load(deps, &job.supplier_id)
        .await
        .map_err(|error| error.to_string())?;
    let matches = matches_of(deps, &items, replay.rulings(&keys), path)
        .await
        .map_err(sentence)?;
    let published = published(deps, job).await.map_err(|error| error.to_string())?;
    let shadow = keys
        .into_iter()
        .zip(items.iter().zip(&matches))
        .map(|(key, (item, found))| {
            let price = item.price.map(|price| price.to_string());
            (key, said(price, found))
        });
    let mut report = compared(&published, &shadow.collect());
    report.summary.path = path;
    report.summary.errors = errors;
    let json = serde_json::to_vec(&report).map_err(|error| error.to_string())?;
    let stored = deps.files.put_shadow_report(&job.supplier_id, job.job_id, json).await;
    stored.map_err(|error| error.to_string()).map(|()| report)
}

fn sentence(ending: Ending) -> String {
    match ending {
        Ending::Job(error) => error.message,
        Ending::Store(error) => error.to_string(),
        Ending::Lost | Ending::Busy | Ending::Later => "the job was taken over".to_owned(),
    }
}

fn said(price: Option<String>, found: &Match) -> Said {
    Said {
        price,
        product: found.product_id.clone(),
    }
}

async fn published(deps: &Deps, job: &Job) -> Result<BTreeMap<String, Said>, StoreError> {
    let Some(snapshot) = deps.files.snapshot(&job.supplier_id, job.job_id).await? else {
        return Ok(BTreeMap::new());
    };
    SnapshotReader::<PublishedItem, IgnoredAny>::new(&snapshot)?
        .map(|entry| {
            let entry = entry?;
            let price = entry.published.price.map(|price| price.to_string());
            Ok((entry.key, said(price, &entry.published.found)))
        })
        .collect()
}

fn compared(published: &BTreeMap<String, Said>, shadow: &BTreeMap<String, Said>) -> ShadowReport {
    let mut report = ShadowReport {
        schema: ShadowReport::SCHEMA,
        summary: ShadowSummary {
            items: shadow.len() as u64,
            matched: shadow.values().filter(|said| said.product.is_some()).count() as u64,
            ..ShadowSummary::default()
        },
        only_published: Vec::new(),
        only_shadow: Vec::new(),
        other_price: Vec::new(),
        other_product: Vec::new(),
    };
    let summary = &mut report.summary;
    for (key, first) in published {
        let Some(second) = shadow.get(key) else {
            summary.only_published += 1;
            name(&mut report.only_published, key.clone());
            continue;
        };
        if first.price != second.price {
            summary.other_price += 1;
            let (published, shadow) = (first.price.clone(), second.price.clone());
            name(
                &mut report.other_price,
                ShadowDifference {
                    item_key: key.clone(),
                    published,
                    shadow,
                },
            );
        }
        if first.product != second.product {
            summary.other_product += 1;
            let product = |said: &Said| said.product.as_ref().map(ToString::to_string);
            let (published, shadow) = (product(first), product(second));
            name(
                &mut report.other_product,
                ShadowDifference {
                    item_key: key.clone(),
                    published,
                    shadow,
                },
            );
        }
    }
    for key in shadow.keys().filter(|key| !published.contains_key(*key)) {
        summary.only_shadow += 1;
        name(&mut report.only_shadow, key.clone());
    }
    report
}

fn name<T>(named: &mut Vec<T>, item: T) {
    if named.len() < NAMED {
        named.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_counted_and_named() {
        let list = |items: &[(&str, &str, Option<&str>)]| -> BTreeMap<String, Said> {
            let said = |(key, price, product): &(&str, &str, Option<&str>)| {
                let product = product.map(|product| product.parse().unwrap());
                (
                    (*key).to_owned(),
                    Said {
                        price: Some((*price).to_owned()),
                        product,
                    },
                )
            };
            items.iter().map(said).collect()
        };
        let published = list(&[("a", "1", Some("P-1")), ("b", "2", None), ("c", "3", Some("P-3"))]);
        let shadow = list(&[
            ("a", "1", Some("P-1")),
            ("b", "2.5", Some("P-2")),
            ("d", "4", None),
            ("e", "5", None),
        ]);
        let report = compared(&published, &shadow);
        let summary = &report.summary;
        assert_eq!(
            (
                summary.items,
                summary.matched,
                summary.only_published,
                summary.only_shadow
            ),
            (4, 2, 1, 2)
        );
        assert_eq!((summary.other_price, summary.other_product), (1, 1));
        assert_eq!(report.only_shadow, ["d", "e"]);
        assert_eq!(report.other_product[0].shadow.as_deref(), Some("P-2"));
    }
}
