//! The suppliers table.

use aws_sdk_dynamodb::{
    Client,
    types::{Put, TransactWriteItem, Update},
};
use domain::{Job, JobError, JobId, Supplier, SupplierId, SupplierSettings, Trigger};
use jiff::Timestamp;

use crate::{
    Jobs, StoreError, Swapped,
    error::swapped,
    jobs::job_record,
    record::{Record, from_record, text, time_key, to_record},
};

/// The suppliers table: key `supplier_id`; index `listed` (listing, supplier_id) of all of them; sparse index `due`
/// (schedule_state, next_due_at) of those on a schedule.
#[derive(Debug, Clone)]
pub struct Suppliers {
    client: Client,
    table: String,
}

/// The one partition of the index `due`. Suppliers are few (thousands), and each changes once a run.
const SCHEDULED: &str = "scheduled";

/// The one partition of the index `listed`. The catalogue's publication state, which lies in the table too, is not in it.
const LISTED: &str = "suppliers";

/// Suppliers asked for at once where all of them are wanted: a kilobyte each, and an answer has a megabyte.
const ALL_AT_ONCE: i32 = 500;

/// Some suppliers, by id.
#[derive(Debug, Default)]
pub struct SupplierPage {
    /// The suppliers.
    pub suppliers: Vec<Supplier>,
    /// The last of them, after which the next page begins; none at the end.
    pub next: Option<SupplierId>,
}

impl Suppliers {
    /// The suppliers in `table`.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn table(&self) -> &str {
        &self.table
    }

    /// The supplier, if there is one.
    ///
    /// # Errors
    /// The call failed, or the record cannot be read.
    pub async fn get(&self, supplier_id: &SupplierId) -> Result<Option<Supplier>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("supplier_id", text(supplier_id))
            .consistent_read(true)
            .send()
            .await
            .map_err(StoreError::call("reading a supplier"))?;
        // The catalogue's publication state stands here too, without settings: it is no supplier.
        match answer.item {
            Some(record) if record.contains_key("name") => from_record("a supplier's record", record).map(Some),
            _ => Ok(None),
        }
    }

    /// All suppliers, by id.
    ///
    /// # Errors
    /// A call failed, or a record cannot be read.
    pub async fn all(&self) -> Result<Vec<Supplier>, StoreError> {
        let mut page = self.page(ALL_AT_ONCE, None).await?;
        let mut suppliers = page.suppliers;
        while let Some(last) = page.next {
            page = self.page(ALL_AT_ONCE, Some(&last)).await?;
            suppliers.append(&mut page.suppliers);
        }
        Ok(suppliers)
    }

    /// At most `limit` suppliers, by id, from the first after `after` on.
    ///
    /// # Errors
    /// The call failed, or a record cannot be read.
    pub async fn page(&self, limit: i32, after: Option<&SupplierId>) -> Result<SupplierPage, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("listed")
            .expression_attribute_values(":listed", text(LISTED))
            .limit(limit.max(1));
        let query = match after {
            Some(after) => query
                .key_condition_expression("listing = :listed AND supplier_id > :after")
                .expression_attribute_values(":after", text(after)),
            None => query.key_condition_expression("listing = :listed"),
        };
        let answer = query.send().await.map_err(StoreError::call("listing suppliers"))?;
        let is_cut = answer.last_evaluated_key.is_some_and(|key| !key.is_empty());
        let suppliers: Vec<Supplier> = answer
            .items
            .unwrap_or_default()
            .into_iter()
            .map(|record| from_record("a supplier's record", record))
            .collect::<Result<_, _>>()?;
        Ok(SupplierPage {
            next: suppliers
                .last()
                .filter(|_| is_cut)
                .map(|supplier| supplier.supplier_id.clone()),
            suppliers,
        })
    }

    /// Puts suppliers into the index `listed` that were stored before it was there; tells how many. They cannot be found by
    /// it, so the table is scanned: a kilobyte for each supplier.
    ///
    /// # Errors
    /// A call failed; some may have been put there.
    pub async fn list_unlisted(&self) -> Result<usize, StoreError> {
        let mut listed = 0;
        let mut pages = self
            .client
            .scan()
            .table_name(&self.table)
            .projection_expression("supplier_id")
            .filter_expression("attribute_exists(#name) AND attribute_not_exists(listing)")
            .expression_attribute_names("#name", "name")
            .into_paginator()
            .items()
            .send();
        while let Some(record) = pages.next().await {
            let mut record = record.map_err(StoreError::call("looking for unlisted suppliers"))?;
            let Some(id) = record.remove("supplier_id") else {
                continue;
            };
            let update = self
                .client
                .update_item()
                .table_name(&self.table)
                .key("supplier_id", id)
                .update_expression("SET listing = :listed")
                // It may have been removed in between.
                .condition_expression("attribute_exists(#name)")
                .expression_attribute_names("#name", "name")
                .expression_attribute_values(":listed", text(LISTED));
            if swapped(update.send().await, "listing a supplier")? == Swapped::Applied {
                listed += 1;
            }
        }
        Ok(listed)
    }

    /// Stores a new supplier. With a schedule its first run is due at once.
    ///
    /// # Errors
    /// The call failed. [`Swapped::Conflict`]: there is one of this id.
    pub async fn create(
        &self,
        supplier_id: &SupplierId,
        settings: SupplierSettings,
        now: Timestamp,
    ) -> Result<Swapped, StoreError> {
        let supplier = Supplier::new(supplier_id.clone(), settings, now);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(supplier_record(&supplier)?))
            .condition_expression("attribute_not_exists(supplier_id)");
        swapped(put.send().await, "storing a new supplier")
    }

    /// Changes what the admin said, nothing else. A new schedule is due at once; an unchanged one keeps its time.
    ///
    /// # Errors
    /// The call failed. [`Swapped::Conflict`]: the settings are no longer those of `supplier`, or it is gone.
    pub async fn update_settings(
        &self,
        supplier: &Supplier,
        settings: SupplierSettings,
        now: Timestamp,
    ) -> Result<Swapped, StoreError> {
        let changed = supplier.with_settings(settings, now);
        let mut record = supplier_record(&changed)?;
        let mut set = vec!["updated_at = :updated_at".to_owned()];
        let mut remove = Vec::new();
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("supplier_id", text(&supplier.supplier_id))
            .condition_expression("updated_at = :seen")
            .expression_attribute_values(":seen", text(supplier.updated_at))
            .expression_attribute_values(":updated_at", text(now));
        let planned = ["scheduled_since", "schedule_state", "next_due_at", "listing"];
        for attribute in SupplierSettings::FIELDS.into_iter().chain(planned) {
            update = update.expression_attribute_names(format!("#{attribute}"), attribute);
            match record.remove(attribute) {
                Some(value) => {
                    set.push(format!("#{attribute} = :{attribute}"));
                    update = update.expression_attribute_values(format!(":{attribute}"), value);
                }
                None => remove.push(format!("#{attribute}")),
            }
        }
        let mut expression = format!("SET {}", set.join(", "));
        if !remove.is_empty() {
            expression.push_str(&format!(" REMOVE {}", remove.join(", ")));
        }
        swapped(update.update_expression(expression).send().await, "changing a supplier")
    }

    /// The ids of the suppliers that are due at `now`, the longest due first.
    ///
    /// # Errors
    /// The call failed.
    pub async fn due(&self, now: Timestamp) -> Result<Vec<SupplierId>, StoreError> {
        let mut due = Vec::new();
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("due")
            .key_condition_expression("schedule_state = :scheduled AND next_due_at <= :now")
            .expression_attribute_values(":scheduled", text(SCHEDULED))
            .expression_attribute_values(":now", text(time_key(now)))
            .into_paginator()
            .items()
            .send();
        while let Some(record) = pages.next().await {
            let record = record.map_err(StoreError::call("choosing due suppliers"))?;
            let id = record
                .get("supplier_id")
                .and_then(|id| id.as_s().ok())
                .and_then(|id| id.parse().ok());
            due.push(id.ok_or_else(|| StoreError::corrupt("a supplier's record", "supplier_id"))?);
        }
        Ok(due)
    }

    /// Makes `job` the supplier's live job in one transaction with the job's record, if the slot still holds `slot` (a job
    /// that has ended, or none). `stored` is the job as stored now, when it is not new (a retry).
    ///
    /// # Errors
    /// The call failed. [`Swapped::Conflict`]: somebody else started one first, or the supplier is gone.
    pub async fn start_job(&self, jobs: &Jobs, start: JobStart<'_>) -> Result<Swapped, StoreError> {
        let JobStart {
            job,
            stored,
            slot,
            next_due_at,
        } = start;
        let mut put = Put::builder().table_name(jobs.table()).set_item(Some(job_record(job)?));
        put = match stored {
            None => put.condition_expression("attribute_not_exists(job_id)"),
            Some(stored) => put
                .condition_expression("phase = :phase AND fence = :fence")
                .expression_attribute_values(":phase", text(stored.phase))
                .expression_attribute_values(":fence", crate::record::number(stored.fence.count())),
        };
        let mut update = Update::builder()
            .table_name(&self.table)
            .key("supplier_id", text(&job.supplier_id))
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":job", text(job.job_id));
        update = match slot {
            Some(ended) => update
                .condition_expression("attribute_exists(#name) AND live_job = :ended")
                .expression_attribute_values(":ended", text(ended)),
            None => update.condition_expression("attribute_exists(#name) AND attribute_not_exists(live_job)"),
        };
        update = match next_due_at {
            Some(due) => update
                .update_expression("SET live_job = :job, next_due_at = :due")
                .expression_attribute_values(":due", text(time_key(due))),
            None => update.update_expression("SET live_job = :job"),
        };
        let build = |error| StoreError::corrupt("a transaction", error);
        let result = self
            .client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(put.build().map_err(build)?).build())
            .transact_items(
                TransactWriteItem::builder()
                    .update(update.build().map_err(build)?)
                    .build(),
            )
            .send()
            .await;
        match result {
            Ok(_) => Ok(Swapped::Applied),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_transaction_canceled_exception()) =>
            {
                Ok(Swapped::Conflict)
            }
            Err(error) => Err(StoreError::call("starting a job")(error)),
        }
    }

    /// Frees the supplier's slot if `job` holds it, and notes how the fetch ended: a failure makes planned runs rarer, a
    /// success ends that. The end of an upload says nothing of the source, and holds no slot.
    ///
    /// # Errors
    /// The call failed. A slot that is left held is no harm: whoever starts the next job looks whether its holder has ended.
    pub async fn end_fetch(&self, job: &Job) -> Result<(), StoreError> {
        if job.trigger == Trigger::Upload || job.supplier_id.is_catalogue() {
            return Ok(());
        }
        // Matching again says nothing of the source either, but holds the slot.
        if job.trigger == Trigger::MatchAgain {
            return self.free_slot(job, "REMOVE live_job").await;
        }
        let Some(error) = &job.error else {
            let rested = "REMOVE live_job, consecutive_failures, failing_since, last_error";
            return self.free_slot(job, rested).await;
        };
        // The time of the next run follows from the settings, which may be changed in between.
        for _ in 0..END_TRIES {
            let Some(supplier) = self.get(&job.supplier_id).await? else {
                return Ok(());
            };
            if supplier.live_job != Some(job.job_id)
                || self.end_failed(job, error, &supplier).await? == Swapped::Applied
            {
                return Ok(());
            }
        }
        tracing::warn!(supplier_id = %job.supplier_id, "a failure could not be noted; the supplier kept changing");
        Ok(())
    }

    async fn free_slot(&self, job: &Job, expression: &str) -> Result<(), StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("supplier_id", text(&job.supplier_id))
            .update_expression(expression)
            .condition_expression("live_job = :job")
            .expression_attribute_values(":job", text(job.job_id));
        let _ended = swapped(update.send().await, "freeing a supplier's slot")?;
        Ok(())
    }

    async fn end_failed(&self, job: &Job, error: &JobError, supplier: &Supplier) -> Result<Swapped, StoreError> {
        let failing = supplier.after_fetch(Some(error), job.updated_at);
        let mut record = supplier_record(&failing)?;
        let mut set = Vec::new();
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("supplier_id", text(&job.supplier_id))
            .expression_attribute_values(":job", text(job.job_id));
        for attribute in ["consecutive_failures", "failing_since", "last_error", "next_due_at"] {
            if let Some(value) = record.remove(attribute) {
                set.push(format!("{attribute} = :{attribute}"));
                update = update.expression_attribute_values(format!(":{attribute}"), value);
            }
        }
        update = match supplier.next_due_at {
            Some(due) => update
                .condition_expression("live_job = :job AND next_due_at = :seen")
                .expression_attribute_values(":seen", text(time_key(due))),
            None => update.condition_expression("live_job = :job AND attribute_not_exists(next_due_at)"),
        };
        let update = update.update_expression(format!("SET {} REMOVE live_job", set.join(", ")));
        swapped(update.send().await, "noting a supplier's failure")
    }

    /// Removes the supplier, unless a list of it is published or a job of it holds the slot. Its jobs' records end by
    /// themselves.
    ///
    /// # Errors
    /// The call failed. [`Swapped::Conflict`]: it is not to be removed now, or there is no such supplier.
    pub async fn remove(&self, supplier: &Supplier) -> Result<Swapped, StoreError> {
        let delete = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("supplier_id", text(&supplier.supplier_id))
            .expression_attribute_names("#name", "name");
        const UNPUBLISHED: &str = "attribute_exists(#name) AND attribute_not_exists(published_job) AND \
                                   attribute_not_exists(publishing_job)";
        let delete = match supplier.live_job {
            Some(ended) => delete
                .condition_expression(format!("{UNPUBLISHED} AND live_job = :ended"))
                .expression_attribute_values(":ended", text(ended)),
            None => delete.condition_expression(format!("{UNPUBLISHED} AND attribute_not_exists(live_job)")),
        };
        swapped(delete.send().await, "removing a supplier")
    }
}

/// How often a failure is noted anew when the supplier was changed in between.
const END_TRIES: u32 = 3;

/// What [`Suppliers::start_job`] writes.
#[derive(Debug, Clone, Copy)]
pub struct JobStart<'a> {
    /// The job to be stored.
    pub job: &'a Job,
    /// The job as it is stored now; none for a new one.
    pub stored: Option<&'a Job>,
    /// What the supplier's slot holds now: a job that has ended, or nothing.
    pub slot: Option<JobId>,
    /// When the supplier is due next; none leaves it as it is.
    pub next_due_at: Option<Timestamp>,
}

fn supplier_record(supplier: &Supplier) -> Result<Record, StoreError> {
    let mut record = to_record(supplier)?;
    record.insert("listing".into(), text(LISTED));
    if let Some(due) = supplier.next_due_at {
        record.insert("schedule_state".into(), text(SCHEDULED));
        record.insert("next_due_at".into(), text(time_key(due)));
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;
    use domain::{Decision, Schedule, Source};

    use super::*;

    fn supplier(schedule: Option<Schedule>) -> Supplier {
        let now: Timestamp = "2026-03-01T12:00:00.123Z".parse().unwrap();
        let source = Source::Http {
            url: "https://acme.example/list".into(),
            credential: None,
        };
        let settings = SupplierSettings {
            schedule,
            default_currency: Some("EUR".parse().unwrap()),
            ..SupplierSettings::new("Acme", source)
        };
        Supplier {
            live_job: Some(JobId::new(now)),
            ..Supplier::new("acme".parse().unwrap(), settings, now)
        }
    }

    #[test]
    fn a_supplier_reads_back_from_its_record() {
        let stored = supplier(Some(Schedule::Every { minutes: 60 }));
        let record = supplier_record(&stored).unwrap();
        assert_eq!(record["next_due_at"], text("2026-03-01T12:00:00.123Z"));
        assert_eq!(from_record::<Supplier>("a supplier", record).unwrap(), stored);
    }

    #[test]
    fn what_people_made_of_items_reads_back_and_stays_inside() {
        let mut record = supplier_record(&supplier(None)).unwrap();
        record.insert(
            "moved_to".into(),
            AttributeValue::Ss(vec!["new".into(), "matched".into()]),
        );
        let read: Supplier = from_record("a supplier", record).unwrap();
        assert_eq!(read.moved_to, [Decision::New, Decision::Matched]);
        assert!(!serde_json::to_string(&read).unwrap().contains("moved_to"));
    }

    #[test]
    fn a_supplier_without_schedule_stays_out_of_the_due_index() {
        let record = supplier_record(&supplier(None)).unwrap();
        assert!(!record.contains_key("schedule_state") && !record.contains_key("next_due_at"));
    }
}
