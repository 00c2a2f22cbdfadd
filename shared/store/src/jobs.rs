//! The jobs table.

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use domain::{Job, JobId, Phase, SupplierId};
use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};

use crate::{
    StoreError, Swapped,
    error::swapped,
    record::{Record, cursor_of, from_record, number, read_cursor, text, time_key, to_record},
};

/// The jobs table: key `job_id`; indexes `by_supplier` (supplier_id, created_at) and `by_day` (created_day, created_at).
#[derive(Debug, Clone)]
pub struct Jobs {
    client: Client,
    table: String,
}

/// Some jobs, newest first, and where to go on.
#[derive(Debug, Default)]
pub struct JobPage {
    /// The jobs.
    pub jobs: Vec<Job>,
    /// Give it back for the next page; none at the end.
    pub next_cursor: Option<String>,
}

impl Jobs {
    /// The jobs in `table`.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
        }
    }

    pub(crate) fn table(&self) -> &str {
        &self.table
    }

    /// The job, unless there is none or its time is past.
    ///
    /// # Errors
    /// The call failed, or the record cannot be read.
    pub async fn get(&self, job_id: JobId, now: Timestamp) -> Result<Option<Job>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("job_id", text(job_id))
            .consistent_read(true)
            .send()
            .await
            .map_err(StoreError::call("reading a job"))?;
        let job: Option<Job> = answer
            .item
            .map(|record| from_record("a job's record", record))
            .transpose()?;
        Ok(job.filter(|job| !job.is_expired(now)))
    }

    /// Stores a new job.
    ///
    /// # Errors
    /// The call failed; a job of this id is there already.
    pub async fn create(&self, job: &Job) -> Result<(), StoreError> {
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(job_record(job)?))
            .condition_expression("attribute_not_exists(job_id)")
            .send()
            .await
            .map_err(StoreError::call("storing a new job"))?;
        Ok(())
    }

    /// Replaces `old` by `new` if the stored job still has the phase and fence of `old`. This is the only way a job changes.
    ///
    /// # Errors
    /// The call failed. That somebody was faster is no error: see [`Swapped`].
    pub async fn swap(&self, old: &Job, new: &Job) -> Result<Swapped, StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(job_record(new)?))
            .condition_expression("phase = :phase AND fence = :fence")
            .expression_attribute_values(":phase", text(old.phase))
            .expression_attribute_values(":fence", number(old.fence.count()));
        swapped(put.send().await, "changing a job")
    }

    /// A supplier's jobs, newest first.
    ///
    /// # Errors
    /// The call failed, or the cursor is not one of ours.
    pub async fn of_supplier(
        &self,
        supplier_id: &SupplierId,
        limit: i32,
        cursor: Option<&str>,
        now: Timestamp,
    ) -> Result<JobPage, StoreError> {
        self.page(
            Index::Supplier(supplier_id),
            limit,
            cursor.map(read_cursor).transpose()?,
            now,
        )
        .await
    }

    /// All jobs, newest first, from today back through the days that records are kept.
    ///
    /// # Errors
    /// The call failed, or the cursor is not one of ours.
    pub async fn recent(&self, limit: i32, cursor: Option<&str>, now: Timestamp) -> Result<JobPage, StoreError> {
        let mut start = cursor.map(read_cursor).transpose()?;
        let from_day = start
            .as_ref()
            .and_then(|key| key.get("created_day")?.as_s().ok().cloned());
        let days = days_back(now)
            .into_iter()
            .skip_while(|day| from_day.as_ref().is_some_and(|from| day != from));
        let days: Vec<String> = days.collect();
        let wanted = usize::try_from(limit).unwrap_or(1);
        let mut page = JobPage::default();
        // Most pages need today alone; where the days are quiet, all the others are asked at once.
        let (today, before) = days.split_at(days.len().min(1));
        for together in [today, before] {
            if page.jobs.len() >= wanted {
                // Go on at the end of the day before: after its oldest job there is nothing, so the next page skips on.
                return Ok(page);
            }
            let asked = together
                .iter()
                .map(|day| self.page(Index::Day(day), limit, start.take(), now));
            for found in try_join_all(asked.collect::<Vec<_>>()).await? {
                let is_cut = page.jobs.len() + found.jobs.len() > wanted;
                page.jobs.extend(found.jobs);
                page.jobs.truncate(wanted);
                let last_shown = page.jobs.last().map(last_key_of).transpose()?;
                if found.next_cursor.is_some() && !is_cut {
                    page.next_cursor = found.next_cursor;
                    return Ok(page);
                }
                page.next_cursor = last_shown;
                if is_cut || page.jobs.len() >= wanted {
                    return Ok(page);
                }
            }
        }
        page.next_cursor = None;
        Ok(page)
    }

    /// Every job made since `since` that is still on its way, oldest day first.
    ///
    /// # Errors
    /// The call failed.
    pub async fn live_since_days(&self, now: Timestamp) -> Result<Vec<Job>, StoreError> {
        let mut live = Vec::new();
        for day in days_back(now).into_iter().rev() {
            let mut start = None;
            loop {
                let page = self.page(Index::Day(&day), 200, start, now).await?;
                live.extend(page.jobs.into_iter().filter(|job| job.phase.is_live()));
                match page.next_cursor {
                    Some(cursor) => start = Some(read_cursor(&cursor)?),
                    None => break,
                }
            }
        }
        Ok(live)
    }

    async fn page(
        &self,
        index: Index<'_>,
        limit: i32,
        start: Option<Record>,
        now: Timestamp,
    ) -> Result<JobPage, StoreError> {
        let (name, attribute, value) = match index {
            Index::Supplier(id) => ("by_supplier", "supplier_id", id.as_str()),
            Index::Day(day) => ("by_day", "created_day", day),
        };
        // The partition is ours to say, whatever a cursor claims.
        let start = start.map(|mut key| {
            key.insert(attribute.to_owned(), text(value));
            key
        });
        let has_cursor = start.is_some();
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(name)
            .key_condition_expression("#partition = :value")
            .expression_attribute_names("#partition", attribute)
            .expression_attribute_values(":value", text(value))
            .scan_index_forward(false)
            .limit(limit)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(StoreError::call_after("listing jobs", has_cursor))?;
        let jobs = answer
            .items
            .unwrap_or_default()
            .into_iter()
            .map(|record| from_record::<Job>("a job's record", record))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(JobPage {
            jobs: jobs.into_iter().filter(|job| !job.is_expired(now)).collect(),
            next_cursor: cursor_of(answer.last_evaluated_key)?,
        })
    }
}

#[derive(Clone, Copy)]
enum Index<'a> {
    Supplier(&'a SupplierId),
    Day(&'a str),
}

/// The record of a job: its fields, the keys of its indexes, and when DynamoDB may remove it.
pub(crate) fn job_record(job: &Job) -> Result<Record, StoreError> {
    let mut record = to_record(job)?;
    record.insert("created_at".into(), text(time_key(job.created_at)));
    record.insert("created_day".into(), text(day_of(job.created_at)));
    record.insert("expires_at".into(), number(job.expires_at().as_second()));
    debug_assert!(matches!(record.get("phase"), Some(AttributeValue::S(phase)) if *phase == Phase::as_str(job.phase)));
    Ok(record)
}

fn last_key_of(job: &Job) -> Result<String, StoreError> {
    let key = Record::from([
        ("job_id".to_owned(), text(job.job_id)),
        ("created_day".to_owned(), text(day_of(job.created_at))),
        ("created_at".to_owned(), text(time_key(job.created_at))),
    ]);
    Ok(cursor_of(Some(key))?.unwrap_or_default())
}

fn day_of(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

/// Today and every day of which a record can still be there. A record lives seven days after its *last* change, and a job
/// can be retried three times, so a job may be older than its retention; twice the retention covers all but a job that is
/// retried on its last day again and again.
fn days_back(now: Timestamp) -> Vec<String> {
    let days = domain::JOB_RETENTION.as_hours() / 24 * 2;
    (0..=days)
        .filter_map(|back| now.checked_sub(SignedDuration::from_hours(24 * back)).ok())
        .map(day_of)
        .collect()
}

#[cfg(test)]
mod tests {
    use domain::Trigger;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_job_reads_back_from_its_record() {
        let now = at("2026-03-01T12:00:00.123Z");
        let job = Job::to_fetch("acme".parse().unwrap(), Trigger::Schedule, now)
            .start_download(0, now, now)
            .unwrap();
        let record = job_record(&job).unwrap();
        assert_eq!(record["created_day"], text("2026-03-01"));
        assert_eq!(record["expires_at"], number(at("2026-03-08T12:00:00Z").as_second()));
        assert!(!record.contains_key("error"));
        assert_eq!(from_record::<Job>("a job", record).unwrap(), job);
    }

    #[test]
    fn listing_starts_today_and_goes_back_two_weeks() {
        let days = days_back(at("2026-03-01T00:30:00Z"));
        assert_eq!(
            (days.len(), days[0].as_str(), days[14].as_str()),
            (15, "2026-03-01", "2026-02-15")
        );
    }
}
