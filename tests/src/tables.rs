//! The tables, as anyone with access sees them.

use std::collections::{BTreeMap, HashMap};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, DeleteRequest, PutRequest, WriteRequest},
};

use crate::stack::Stack;

/// A record as it is stored.
pub(crate) type Record = HashMap<String, AttributeValue>;

/// The tables by what they hold.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    client: Client,
    names: BTreeMap<String, String>,
}

impl Tables {
    pub(crate) fn new(stack: &Stack, config: &SdkConfig) -> Self {
        Self {
            client: Client::new(config),
            names: stack.tables.clone(),
        }
    }

    /// The published items of a supplier, by item key.
    pub(crate) async fn items_of(&self, supplier: &str) -> BTreeMap<String, Record> {
        let mut records = self
            .client
            .scan()
            .table_name(&self.names["items"])
            .filter_expression("supplier_id = :supplier")
            .expression_attribute_values(":supplier", AttributeValue::S(supplier.to_owned()))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut items = BTreeMap::new();
        while let Some(record) = records.next().await {
            let record = record.unwrap_or_else(|error| panic!("items of {supplier}: {error:?}"));
            items.insert(text(&record, "item_key").to_owned(), record);
        }
        items
    }

    /// A job's record.
    pub(crate) async fn job(&self, job_id: &str) -> Record {
        let answer = self
            .client
            .get_item()
            .table_name(&self.names["jobs"])
            .key("job_id", AttributeValue::S(job_id.to_owned()))
            .consistent_read(true)
            .send()
            .await
            .unwrap_or_else(|error| panic!("job {job_id}: {error:?}"));
        answer.item.unwrap_or_else(|| panic!("there is no job {job_id}"))
    }

    /// Writes a job's record as it would stand had its worker vanished: unended, held until `lease_until`.
    pub(crate) async fn put_in_hand(&self, job_id: &str, lease_until: &str) {
        let mut record = self.job(job_id).await;
        record.remove("summary");
        record.remove("finished_at");
        record.insert("phase".into(), AttributeValue::S("matching".into()));
        record.insert("lease_until".into(), AttributeValue::S(lease_until.to_owned()));
        self.put_job(record).await;
    }

    /// Writes a job's record as `cleanup` leaves that of a job whose worker vanished.
    pub(crate) async fn put_failed(&self, job_id: &str) {
        let mut record = self.job(job_id).await;
        let error = HashMap::from([
            ("code".to_owned(), AttributeValue::S("worker_lost".into())),
            (
                "message".to_owned(),
                AttributeValue::S("The worker stopped. Retry.".into()),
            ),
            ("about_file".to_owned(), AttributeValue::Bool(false)),
        ]);
        record.remove("summary");
        record.insert("phase".into(), AttributeValue::S("failed".into()));
        record.insert("error".into(), AttributeValue::M(error));
        self.put_job(record).await;
    }

    /// Writes the decision on an item `times` more, as if as many items had been decided the same way.
    pub(crate) async fn repeat_decision(&self, supplier: &str, key: &str, times: usize) {
        let decisions = self.decisions_of(supplier).await;
        let decision = decisions.iter().find(|record| text(record, "item_key") == key);
        let decision = decision.unwrap_or_else(|| panic!("no decision on {key} of {supplier}"));
        let copies = (0..times).map(|number| {
            let mut copy = decision.clone();
            copy.insert("item_key".into(), AttributeValue::S(format!("{key}-{number}")));
            let put = PutRequest::builder().set_item(Some(copy)).build().unwrap();
            WriteRequest::builder().put_request(put).build()
        });
        self.write_decisions(copies.collect()).await;
    }

    /// Removes all decisions on a supplier's items.
    pub(crate) async fn forget_decisions(&self, supplier: &str) {
        let decisions = self.decisions_of(supplier).await;
        let deletes = decisions.into_iter().map(|mut record| {
            record.retain(|name, _| matches!(name.as_str(), "supplier_shard" | "item_key"));
            let delete = DeleteRequest::builder().set_key(Some(record)).build().unwrap();
            WriteRequest::builder().delete_request(delete).build()
        });
        self.write_decisions(deletes.collect()).await;
    }

    async fn decisions_of(&self, supplier: &str) -> Vec<Record> {
        let scan = self
            .client
            .scan()
            .table_name(&self.names["decisions"])
            .filter_expression("supplier_id = :supplier")
            .expression_attribute_values(":supplier", AttributeValue::S(supplier.to_owned()))
            .consistent_read(true);
        let records: Result<Vec<_>, _> = scan.into_paginator().items().send().collect().await;
        records.unwrap_or_else(|error| panic!("decisions on items of {supplier}: {error:?}"))
    }

    async fn write_decisions(&self, writes: Vec<WriteRequest>) {
        // As many as one call takes.
        for batch in writes.chunks(25) {
            let written = self
                .client
                .batch_write_item()
                .request_items(&self.names["decisions"], batch.to_vec())
                .send()
                .await
                .unwrap_or_else(|error| panic!("writing decisions: {error:?}"));
            let done = written.unprocessed_items().is_none_or(HashMap::is_empty);
            assert!(done, "a small batch is written whole");
        }
    }

    async fn put_job(&self, record: Record) {
        let put = self
            .client
            .put_item()
            .table_name(&self.names["jobs"])
            .set_item(Some(record))
            .send()
            .await;
        put.unwrap_or_else(|error| panic!("a job's record: {error:?}"));
    }
}

/// A text attribute that must be there.
pub(crate) fn text<'record>(record: &'record Record, name: &str) -> &'record str {
    match record.get(name) {
        Some(AttributeValue::S(text)) => text,
        other => panic!("{name} is {other:?} in {record:#?}"),
    }
}

/// A number attribute that must be there.
pub(crate) fn number(record: &Record, name: &str) -> u64 {
    match record.get(name) {
        Some(AttributeValue::N(number)) => number
            .parse()
            .unwrap_or_else(|error| panic!("{name} is {number}: {error}")),
        other => panic!("{name} is {other:?} in {record:#?}"),
    }
}

/// A map attribute that must be there.
pub(crate) fn map<'record>(record: &'record Record, name: &str) -> &'record Record {
    match record.get(name) {
        Some(AttributeValue::M(map)) => map,
        other => panic!("{name} is {other:?} in {record:#?}"),
    }
}
