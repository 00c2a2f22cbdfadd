//! Publishing a list: exclusive per supplier, ordered by job, and finished by the next when it is cut off.

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::{
    operation::update_item::builders::UpdateItemFluentBuilder,
    types::{AttributeValue, ReturnValue},
};
use domain::{ItemCounts, JobId, SupplierId};
use jiff::Timestamp;

use crate::{
    StoreError, Suppliers, Swapped,
    error::{applied, swapped},
    record::{Record, text, time_key, to_attribute},
};

/// Whether a job may publish now.
#[derive(Debug)]
pub enum Turn {
    /// It may, until the lease it asked for ends.
    Granted(PublicationTurn),
    /// This job's items are published already: its worker was cut off before it could say so in the job's record.
    Published {
        /// The job whose items were published before.
        previous: Option<JobId>,
    },
    /// A newer job's items are published: this one's must not be.
    Superseded,
    /// Another job is publishing; it holds the turn until then.
    Busy {
        /// End of its lease.
        until: Timestamp,
    },
}

/// What there is to know before writing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublicationTurn {
    /// The job whose items are published; none for a first list.
    pub published: Option<JobId>,
    /// Jobs whose publishing was cut off: some of their items may stand in the table.
    pub unfinished: Vec<JobId>,
    /// This job has begun to write already, and was cut off: there is no way back.
    pub resumed: bool,
    /// The job whose result waits for a person.
    pub held: Option<JobId>,
}

/// The publication state of suppliers (and of the catalogue), kept in the suppliers table.
#[derive(Debug, Clone)]
pub struct Publication<'a> {
    suppliers: &'a Suppliers,
}

impl Suppliers {
    /// The publication state.
    pub fn publication(&self) -> Publication<'_> {
        Publication { suppliers: self }
    }
}

impl Publication<'_> {
    /// The job whose items are published.
    ///
    /// # Errors
    /// The call failed.
    pub async fn published(&self, supplier_id: &SupplierId) -> Result<Option<JobId>, StoreError> {
        let record = self.record(supplier_id).await?;
        job_attribute(&record, "published_job")
    }

    /// Asks for the turn to publish `job_id`'s items, held until `until`. Asking again (a redelivery) is granted again.
    ///
    /// # Errors
    /// The call failed.
    pub async fn begin(
        &self,
        supplier_id: &SupplierId,
        job_id: JobId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Turn, StoreError> {
        let update = self
            .suppliers
            .client()
            .update_item()
            .table_name(self.suppliers.table())
            .key("supplier_id", text(supplier_id))
            .update_expression("SET publishing_job = :job, publishing_until = :until")
            .condition_expression(
                "(attribute_not_exists(published_job) OR published_job < :job) AND \
                 (attribute_not_exists(publishing_job) OR publishing_job = :job OR publishing_until <= :now)",
            )
            .expression_attribute_values(":job", text(job_id))
            .expression_attribute_values(":until", text(time_key(until)))
            .expression_attribute_values(":now", text(time_key(now)))
            .return_values(ReturnValue::AllNew);
        match applied(update.send().await, "asking for the turn to publish")? {
            Some(answer) => turn_of(&answer.attributes.unwrap_or_default(), job_id).map(Turn::Granted),
            None => self.refusal(supplier_id, job_id, until).await,
        }
    }

    /// Says that `job_id` begins to write: if it is cut off from now on, the next publication mends what it left.
    ///
    /// # Errors
    /// The call failed; the turn was lost in between (its lease ran out and another took it).
    pub async fn start_writing(&self, supplier_id: &SupplierId, job_id: JobId) -> Result<(), StoreError> {
        self.update(supplier_id, job_id)
            .update_expression("ADD unfinished :jobs")
            .expression_attribute_values(":jobs", AttributeValue::Ss(vec![job_id.to_string()]))
            .send()
            .await
            .map_err(StoreError::call("beginning a publication"))?;
        Ok(())
    }

    /// Says that `job_id`'s items are all written, and gives the turn up. A result that was held before it is none any
    /// more.
    ///
    /// # Errors
    /// The call failed; the turn was lost in between (its lease ran out and another took it).
    pub async fn finish(
        &self,
        supplier_id: &SupplierId,
        job_id: JobId,
        turn: &PublicationTurn,
        counts: ItemCounts,
    ) -> Result<(), StoreError> {
        let mut set = "SET published_job = :job, counts = :counts, first_published_at = \
                       if_not_exists(first_published_at, :made)"
            .to_owned();
        let mut remove = " REMOVE publishing_job, publishing_until, unfinished".to_owned();
        let mut update = self.update(supplier_id, job_id);
        match turn.published {
            Some(previous) => {
                set.push_str(", previous_job = :previous");
                update = update.expression_attribute_values(":previous", text(previous));
            }
            None => remove.push_str(", previous_job"),
        }
        if turn.held.is_some_and(|held| held <= job_id) {
            remove.push_str(", held_job");
        }
        update
            .update_expression(set + &remove)
            .expression_attribute_values(":counts", to_attribute(&counts)?)
            .expression_attribute_values(":made", text(time_key(job_id.made_at())))
            .send()
            .await
            .map_err(StoreError::call("ending a publication"))?;
        Ok(())
    }

    /// Gives the turn up without having written, and names `job_id` as the one whose result waits for a person.
    ///
    /// # Errors
    /// The call failed; the turn was lost in between.
    pub async fn hold(&self, supplier_id: &SupplierId, job_id: JobId) -> Result<(), StoreError> {
        self.update(supplier_id, job_id)
            .update_expression("SET held_job = :job REMOVE publishing_job, publishing_until")
            .send()
            .await
            .map_err(StoreError::call("holding a result"))?;
        Ok(())
    }

    /// Gives the turn up without having written.
    ///
    /// # Errors
    /// The call failed; the turn was lost in between.
    pub async fn give_up(&self, supplier_id: &SupplierId, job_id: JobId) -> Result<(), StoreError> {
        self.update(supplier_id, job_id)
            .update_expression("REMOVE publishing_job, publishing_until")
            .send()
            .await
            .map_err(StoreError::call("giving up the turn to publish"))?;
        Ok(())
    }

    /// Says that `job_id`'s result was rejected, and waits no more: the same list, fetched again, is known by it.
    /// [`Swapped::Conflict`]: it did not wait.
    ///
    /// # Errors
    /// The call failed.
    pub async fn reject_held(&self, supplier_id: &SupplierId, job_id: JobId) -> Result<Swapped, StoreError> {
        let update = self
            .suppliers
            .client()
            .update_item()
            .table_name(self.suppliers.table())
            .key("supplier_id", text(supplier_id))
            .update_expression("SET rejected_job = :job REMOVE held_job")
            .condition_expression("held_job = :job")
            .expression_attribute_values(":job", text(job_id));
        swapped(update.send().await, "releasing a held result")
    }

    /// An update of the state that is made only while `job_id` has the turn.
    fn update(&self, supplier_id: &SupplierId, job_id: JobId) -> UpdateItemFluentBuilder {
        self.suppliers
            .client()
            .update_item()
            .table_name(self.suppliers.table())
            .key("supplier_id", text(supplier_id))
            .condition_expression("publishing_job = :job")
            .expression_attribute_values(":job", text(job_id))
    }

    async fn refusal(&self, supplier_id: &SupplierId, job_id: JobId, until: Timestamp) -> Result<Turn, StoreError> {
        let record = self.record(supplier_id).await?;
        match job_attribute(&record, "published_job")? {
            Some(published) if published == job_id => Ok(Turn::Published {
                previous: job_attribute(&record, "previous_job")?,
            }),
            Some(published) if published > job_id => Ok(Turn::Superseded),
            _ => {
                let held = record
                    .get("publishing_until")
                    .and_then(|time| time.as_s().ok()?.parse().ok());
                Ok(Turn::Busy {
                    until: held.unwrap_or(until),
                })
            }
        }
    }

    async fn record(&self, supplier_id: &SupplierId) -> Result<Record, StoreError> {
        let answer = self
            .suppliers
            .client()
            .get_item()
            .table_name(self.suppliers.table())
            .key("supplier_id", text(supplier_id))
            .consistent_read(true)
            .send()
            .await
            .map_err(StoreError::call("reading the publication state"))?;
        Ok(answer.item.unwrap_or_default())
    }
}

fn turn_of(record: &Record, me: JobId) -> Result<PublicationTurn, StoreError> {
    let unfinished = match record.get("unfinished") {
        Some(AttributeValue::Ss(ids)) => ids.iter().map(|id| parse_job(id)).collect::<Result<Vec<_>, _>>()?,
        _ => Vec::new(),
    };
    Ok(PublicationTurn {
        published: job_attribute(record, "published_job")?,
        resumed: unfinished.contains(&me),
        unfinished: unfinished.into_iter().filter(|job| *job != me).collect(),
        held: job_attribute(record, "held_job")?,
    })
}

fn job_attribute(record: &Record, name: &str) -> Result<Option<JobId>, StoreError> {
    record
        .get(name)
        .and_then(|job| job.as_s().ok())
        .map(|job| parse_job(job))
        .transpose()
}

fn parse_job(text: &str) -> Result<JobId, StoreError> {
    text.parse()
        .map_err(|error| StoreError::corrupt("a supplier's publication state", error))
}

/// What must be written to get from what stands in the table to a new list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Keys that the list published before did not have.
    pub added: HashSet<String>,
    /// Keys whose data differ from the list published before.
    pub changed: HashSet<String>,
    /// Keys of the list published before that are gone.
    pub discontinued: HashSet<String>,
    /// Keys to be written: added, changed, and those that a cut-off publication may have left in another state.
    pub put: HashSet<String>,
    /// Keys to be removed: discontinued, and leftovers of a cut-off publication.
    pub delete: HashSet<String>,
}

/// What a list says of each key, as a hash of the data that is published.
pub type Fingerprints = HashMap<String, u128>;

/// What has a fingerprint: the hash of the data that is published under a key.
pub trait Fingerprinted {
    /// The hash.
    fn fingerprint(&self) -> u128;
}

impl Fingerprinted for u128 {
    fn fingerprint(&self) -> u128 {
        *self
    }
}

impl Difference {
    /// Compares `new` with the list `published` before and with the lists of cut-off publications.
    pub fn between<T: Fingerprinted>(
        published: &HashMap<String, T>,
        unfinished: &[HashMap<String, T>],
        new: &Fingerprints,
    ) -> Self {
        let mut difference = Self::default();
        for (key, fingerprint) in new {
            match published.get(key).map(Fingerprinted::fingerprint) {
                None => _ = difference.added.insert(key.clone()),
                Some(before) if before != *fingerprint => _ = difference.changed.insert(key.clone()),
                Some(_) => {}
            }
        }
        difference.discontinued = published
            .keys()
            .filter(|key| !new.contains_key(*key))
            .cloned()
            .collect();
        difference.put = difference.added.union(&difference.changed).cloned().collect();
        difference.delete = difference.discontinued.clone();
        for cut_off in unfinished {
            // It may have written its own data over a key, or removed a key that it did not have.
            let overwritten = cut_off
                .iter()
                .filter(|(key, data)| new.get(*key).is_some_and(|now| *now != data.fingerprint()));
            let removed = published
                .keys()
                .filter(|key| !cut_off.contains_key(*key) && new.contains_key(*key));
            difference
                .put
                .extend(overwritten.map(|(key, _)| key.clone()).chain(removed.cloned()));
            difference
                .delete
                .extend(cut_off.keys().filter(|key| !new.contains_key(*key)).cloned());
        }
        difference
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list() -> impl Strategy<Value = Fingerprints> {
        prop::collection::hash_map("[a-e]", 0..3_u128, 0..5)
    }

    fn apply(table: &mut Fingerprints, difference: &Difference, new: &Fingerprints, only: usize) {
        let mut puts: Vec<_> = difference.put.iter().collect();
        let mut deletes: Vec<_> = difference.delete.iter().collect();
        puts.sort();
        deletes.sort();
        for (done, key) in puts.into_iter().chain(deletes).enumerate() {
            if done >= only {
                return;
            }
            match new.get(key) {
                Some(data) => _ = table.insert(key.clone(), *data),
                None => _ = table.remove(key),
            }
        }
    }

    proptest! {
        #[test]
        fn applying_the_difference_gives_the_new_list(published in list(), new in list()) {
            let mut table = published.clone();
            let difference = Difference::between(&published, &[], &new);
            apply(&mut table, &difference, &new, usize::MAX);
            prop_assert_eq!(&table, &new);
            prop_assert_eq!(difference.put.len() + difference.delete.len(),
                difference.added.len() + difference.changed.len() + difference.discontinued.len());
        }

        /// Publications cut off anywhere, one after another, leave nothing behind once one goes through.
        #[test]
        fn what_cut_off_publications_left_is_mended(
            published in list(), attempts in prop::collection::vec((list(), 0..8_usize), 0..3), new in list()
        ) {
            let mut table = published.clone();
            let mut unfinished = Vec::new();
            for (attempt, only) in attempts {
                let difference = Difference::between(&published, &unfinished, &attempt);
                apply(&mut table, &difference, &attempt, only);
                unfinished.push(attempt);
            }
            let difference = Difference::between(&published, &unfinished, &new);
            apply(&mut table, &difference, &new, usize::MAX);
            prop_assert_eq!(table, new);
        }
    }
}
