//! A new list beside the one published before: what is reported, guarded, written as price steps and searched.

use std::collections::{BTreeSet, HashMap};

use bytes::Bytes;
use domain::{Change, ChangeCounts, ChangeKind, GuardReading, ItemState, Job, JobId, PriceStep};
use jiff::Timestamp;
use serde::de::IgnoredAny;
use store::{
    ChangesWriter, ItemPriceStep, Movement, PreviousList, Publishable, SearchText, SearchWriter, SnapshotReader,
    StoreError,
};

use crate::new_list::NewList;

/// An earlier list.
#[derive(Default)]
pub(crate) struct Earlier {
    /// The job that brought it; none before the first list.
    pub(crate) job_id: Option<JobId>,
    /// What is compared of it.
    pub(crate) list: PreviousList,
    /// All of it.
    pub(crate) snapshot: Bytes,
    /// Its search text, which tells when each item changed last.
    pub(crate) search: Option<SearchText>,
}

/// What comes of the comparison.
pub(crate) struct Comparison {
    /// The change report.
    pub(crate) changes: Vec<u8>,
    /// The changes by kind.
    pub(crate) counts: ChangeCounts,
    /// Items of both lists of which a buyer sees something else.
    pub(crate) changed: u64,
    /// What the guards look at.
    pub(crate) guards: GuardReading,
    /// The steps of prices; none for a first list.
    pub(crate) price_steps: Vec<ItemPriceStep>,
    /// The new list's search text.
    pub(crate) search: SearchText,
}

/// Compares the list of `job` with the one published before.
///
/// # Errors
/// A snapshot cannot be read.
pub(crate) fn compare<P: Publishable>(
    job: &Job,
    earlier: &Earlier,
    list: &NewList<'_>,
) -> Result<Comparison, StoreError> {
    let mut report = Report {
        job_id: job.job_id,
        is_first: earlier.job_id.is_none(),
        changes: ChangesWriter::new()?,
        guards: GuardReading::default(),
        price_steps: Vec::new(),
    };
    let changed_before: HashMap<&str, Timestamp> = earlier
        .search
        .iter()
        .flat_map(SearchText::movements)
        .map(|(key, movement)| (key, movement.changed_at))
        .collect();
    let published_at = earlier.job_id.map_or(job.job_id.made_at(), JobId::made_at);
    let mut search = SearchWriter::default();
    let mut changed = 0;
    for entry in SnapshotReader::<P, IgnoredAny>::new(list.snapshot)? {
        let entry = entry?;
        let old = earlier.list.get(&entry.key);
        let is_unchanged = match old {
            Some(old) => {
                list.fingerprints.get(&entry.key) == Some(&old.fingerprint) || old.seen == entry.published.seen()?
            }
            None => false,
        };
        changed += u64::from(old.is_some() && !is_unchanged);
        let movement = match (is_unchanged, old) {
            (true, Some(old)) => {
                report.guards.compare(&old.state, &old.state);
                Movement {
                    changed_at: changed_before.get(entry.key.as_str()).copied().unwrap_or(published_at),
                    price_move: None,
                }
            }
            (_, old) => report.compare(&entry.key, &entry.published, old.map(|old| &old.state))?,
        };
        search.push(&entry.key, &entry.published, movement);
    }
    if earlier.list.keys().any(|key| !list.fingerprints.contains_key(key)) {
        for entry in SnapshotReader::<P, IgnoredAny>::new(&earlier.snapshot)? {
            let entry = entry?;
            if !list.fingerprints.contains_key(&entry.key) {
                report.discontinue(&entry.key, &entry.published)?;
            }
        }
    }
    let (changes, counts) = report.changes.finish()?;
    Ok(Comparison {
        changes,
        counts,
        changed,
        guards: report.guards,
        price_steps: report.price_steps,
        search: search.finish(),
    })
}

struct Report {
    job_id: JobId,
    is_first: bool,
    changes: ChangesWriter,
    guards: GuardReading,
    price_steps: Vec<ItemPriceStep>,
}

impl Report {
    /// An item that is new, or whose data differ.
    fn compare<P: Publishable>(
        &mut self,
        key: &str,
        published: &P,
        old: Option<&ItemState>,
    ) -> Result<Movement, StoreError> {
        let new = published.state();
        if let Some(old) = old {
            self.guards.compare(old, &new);
        }
        self.step(key, old, Some(&new));
        let (sku, name) = (published.sku().map(str::to_owned), published.name().map(str::to_owned));
        let mut changes = Change::between(
            key.to_owned(),
            sku.clone(),
            name.clone(),
            old.cloned(),
            Some(new.clone()),
        );
        if changes.is_empty() {
            changes.push(Change {
                kind: ChangeKind::Details,
                item_key: key.to_owned(),
                sku,
                name,
                old: old.cloned(),
                new: Some(new),
                percent: None,
            });
        }
        for change in &changes {
            self.guards.note(change);
            self.changes.push(change)?;
        }
        Ok(Movement {
            changed_at: self.job_id.made_at(),
            price_move: changes.iter().find_map(|change| change.percent),
        })
    }

    fn discontinue<P: Publishable>(&mut self, key: &str, published: &P) -> Result<(), StoreError> {
        let old = published.state();
        self.step(key, Some(&old), None);
        let (sku, name) = (published.sku().map(str::to_owned), published.name().map(str::to_owned));
        for change in Change::between(key.to_owned(), sku, name, Some(old), None) {
            self.guards.note(&change);
            self.changes.push(&change)?;
        }
        Ok(())
    }

    /// Notes a step of the item's price. A first list makes none: its prices are what the first step has as its previous.
    fn step(&mut self, key: &str, old: Option<&ItemState>, new: Option<&ItemState>) {
        if self.is_first || !is_step(old, new) {
            return;
        }
        self.price_steps.push(ItemPriceStep {
            item_key: key.to_owned(),
            step: PriceStep {
                valid_from: self.job_id.made_at(),
                job_id: self.job_id,
                terms: new.map(ItemState::terms),
                previous: old.map(ItemState::terms),
            },
        });
    }
}

/// Whether the price changed, or came or went with its item.
fn is_step(old: Option<&ItemState>, new: Option<&ItemState>) -> bool {
    match (old, new) {
        (Some(old), Some(new)) => !old.terms().is_same(&new.terms()),
        (Some(only), None) | (None, Some(only)) => only.price.is_some(),
        (None, None) => false,
    }
}

/// The price steps that publications which were cut off may have written, none of them of `job_id`'s own time.
pub(crate) fn leftover_steps(earlier: &Earlier, cut_off: &[Earlier], job_id: JobId) -> BTreeSet<(String, Timestamp)> {
    let mut leftovers = BTreeSet::new();
    if earlier.job_id.is_none() {
        return leftovers;
    }
    for other in cut_off {
        let Some(at) = other.job_id.map(JobId::made_at).filter(|at| *at != job_id.made_at()) else {
            continue;
        };
        let state = |list: &PreviousList, key: &str| list.get(key).map(|previous| previous.state.clone());
        let gone = earlier.list.keys().filter(|key| !other.list.contains_key(*key));
        let stepped = other.list.keys().chain(gone).filter(|key| {
            let (old, new) = (state(&earlier.list, key), state(&other.list, key));
            is_step(old.as_ref(), new.as_ref())
        });
        leftovers.extend(stepped.map(|key| (key.clone(), at)));
    }
    leftovers
}

#[cfg(test)]
mod tests {
    use domain::{Decision, Guards, HoldKind, ItemCounts, ListItem, Match, Trigger};
    use rust_decimal::Decimal;
    use store::{Changes, PublishedItem, SearchQuery, SnapshotEntry, SnapshotWriter, previous_list};

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn job(seconds: i64) -> Job {
        Job::to_fetch("acme".parse().unwrap(), Trigger::Schedule, at(seconds))
    }

    fn item(sku: &str, price: &str) -> PublishedItem {
        let listed = ListItem {
            sku: Some(sku.into()),
            name: Some(format!("Tool {sku}").into()),
            price: Some(price.parse::<Decimal>().unwrap().try_into().unwrap()),
            currency: Some("EUR".parse().unwrap()),
            ..ListItem::default()
        };
        let found = Match {
            decision: Decision::New,
            product_id: None,
            probability: 0.0,
            accept_score: 0.0,
            barred: false,
            candidates: Vec::new(),
            reasons: Vec::new(),
        };
        PublishedItem::new("acme".parse().unwrap(), format!("sku:{sku}"), listed, found)
    }

    fn snapshot(items: &[PublishedItem]) -> (Vec<u8>, store::Fingerprints) {
        let mut writer = SnapshotWriter::new().unwrap();
        for item in items {
            let (key, published) = (item.item_key.clone(), item.clone());
            writer
                .push(&SnapshotEntry {
                    key,
                    published,
                    extra: (),
                })
                .unwrap();
        }
        writer.finish().unwrap()
    }

    fn compared(earlier: &Earlier, job: &Job, items: &[PublishedItem]) -> Comparison {
        let (snapshot, fingerprints) = snapshot(items);
        let list = NewList {
            snapshot: &snapshot,
            fingerprints: &fingerprints,
            counts: ItemCounts::default(),
            guards: None,
        };
        compare::<PublishedItem>(job, earlier, &list).unwrap()
    }

    fn earlier(job: &Job, items: &[PublishedItem]) -> Earlier {
        let (snapshot, _) = snapshot(items);
        Earlier {
            job_id: Some(job.job_id),
            list: previous_list::<PublishedItem>(&snapshot).unwrap(),
            snapshot: snapshot.into(),
            search: Some(compared(&Earlier::default(), job, items).search),
        }
    }

    #[test]
    fn a_list_is_told_from_the_one_before() {
        let (first, second) = (job(0), job(100));
        let before = earlier(
            &first,
            &[item("a", "10"), item("b", "10"), item("c", "10"), item("d", "10")],
        );
        let mut renamed = item("b", "10");
        renamed.name = Some("Tool B".into());
        let now = compared(
            &before,
            &second,
            &[item("a", "12"), renamed, item("c", "10"), item("e", "5")],
        );
        let report = Changes::new(&now.changes)
            .unwrap()
            .page(None, 10, None)
            .unwrap()
            .changes;
        let told: Vec<_> = report
            .iter()
            .map(|change| {
                (
                    change.kind,
                    change.item_key.as_str(),
                    change.percent.map(|p| p.to_string()),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (ChangeKind::Added, "sku:e", None),
                (ChangeKind::Discontinued, "sku:d", None),
                (ChangeKind::PriceUp, "sku:a", Some("20".into())),
                (ChangeKind::Details, "sku:b", None),
            ]
        );
        let steps: Vec<_> = now
            .price_steps
            .iter()
            .map(|step| {
                (
                    step.item_key.as_str(),
                    step.step.previous.is_some(),
                    step.step.terms.is_some(),
                )
            })
            .collect();
        assert_eq!(
            steps,
            [("sku:a", true, true), ("sku:e", false, true), ("sku:d", true, false)]
        );
        assert!(now.price_steps.iter().all(|step| step.step.valid_from == at(100)));
        let mut since = SearchQuery::default();
        since.changed_since = Some(at(50));
        assert_eq!(now.search.find(&since, 0, 10).0, ["sku:a", "sku:b", "sku:e"]);
        assert_eq!(now.guards.reasons(&Guards::default(), 4, 4), []);
    }

    #[test]
    fn a_score_that_moves_is_no_change_and_another_product_is_one() {
        let scored = |probability: f64, product: Option<&str>| {
            let mut item = item("a", "10");
            item.found.probability = probability;
            item.found.accept_score = probability;
            item.found.reasons = vec![format!(
                "New: the most alike product has probability {probability} only."
            )];
            item.found.product_id = product.map(|product| product.parse().unwrap());
            item
        };
        let before = earlier(&job(0), &[scored(0.05, None), item("b", "10")]);
        let noise = compared(&before, &job(100), &[scored(0.06, None), item("b", "10")]);
        assert_eq!((noise.changed, noise.counts), (0, ChangeCounts::default()));
        let mut since = SearchQuery::default();
        since.changed_since = Some(at(50));
        assert_eq!(noise.search.find(&since, 0, 10).0, Vec::<&str>::new());
        let product = compared(&before, &job(100), &[scored(0.05, Some("P-1")), item("b", "10")]);
        assert_eq!((product.changed, product.counts.rematched), (1, 1));
    }

    #[test]
    fn a_first_list_makes_no_price_steps_and_trips_no_guard() {
        let now = compared(&Earlier::default(), &job(0), &[item("a", "10")]);
        assert_eq!((now.counts.added, now.price_steps.len()), (1, 0));
        assert_eq!(now.guards.reasons(&Guards::default(), 0, 1), []);
    }

    #[test]
    fn unchanged_items_weigh_in_the_median() {
        let before = earlier(&job(0), &[item("a", "10"), item("b", "10"), item("c", "10")]);
        let reasons = |items: &[PublishedItem]| {
            let kinds = compared(&before, &job(100), items)
                .guards
                .reasons(&Guards::default(), 3, 3);
            kinds.iter().map(|reason| reason.kind).collect::<Vec<_>>()
        };
        assert_eq!(reasons(&[item("a", "90"), item("b", "10"), item("c", "10")]), []);
        assert_eq!(
            reasons(&[item("a", "90"), item("b", "90"), item("c", "10")]),
            [HoldKind::PricesMoved]
        );
    }

    #[test]
    fn what_a_cut_off_publication_left_in_the_history_is_known() {
        let before = earlier(&job(0), &[item("a", "10"), item("b", "10")]);
        let cut_off = earlier(&job(50), &[item("a", "11"), item("c", "7")]);
        let leftovers = leftover_steps(&before, std::slice::from_ref(&cut_off), job(100).job_id);
        let expected = ["sku:a", "sku:b", "sku:c"].map(|key| (key.to_owned(), at(50)));
        assert_eq!(leftovers, expected.into());
        assert!(leftover_steps(&Earlier::default(), &[cut_off], job(100).job_id).is_empty());
    }
}
