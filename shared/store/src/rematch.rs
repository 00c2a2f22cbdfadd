//! Giving a published item another match.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, TransactWriteItem, Update},
};
use domain::{Decision, Match};

use crate::{
    Items, PublishedItem, StoreError, Suppliers, Swapped,
    items::key_of,
    record::{number, text, to_attribute},
};

/// The writes that give a published item another match, for one transaction with whatever else belongs to the decision:
/// the item, if its match is still that of `before`, and its supplier's counts.
///
/// Only what follows from the match is written: a publication that brings another price in this moment keeps it.
///
/// # Errors
/// A record cannot be made.
pub(crate) fn rematch(
    items: &Items,
    suppliers: &Suppliers,
    before: &PublishedItem,
    found: Match,
) -> Result<[TransactWriteItem; 2], StoreError> {
    let counts = move_counts(suppliers, before, found.decision)?;
    let (old, new) = (
        before.record()?,
        PublishedItem {
            found,
            ..before.clone()
        }
        .record()?,
    );
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let (mut set, mut remove) = (Vec::new(), Vec::new());
    let mut item = Update::builder()
        .table_name(&items.table)
        .set_key(Some(key_of(&before.supplier_id, &before.item_key)))
        .condition_expression("#match = :before")
        .expression_attribute_names("#match", "match")
        .expression_attribute_values(":before", to_attribute(&before.found)?);
    let changed = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
    for (at, name) in changed.enumerate() {
        item = item.expression_attribute_names(format!("#a{at}"), name);
        match new.get(name) {
            Some(value) => {
                set.push(format!("#a{at} = :a{at}"));
                item = item.expression_attribute_values(format!(":a{at}"), value.clone());
            }
            None => remove.push(format!("#a{at}")),
        }
    }
    let mut expression = String::new();
    if !set.is_empty() {
        expression.push_str(&format!("SET {}", set.join(", ")));
    }
    if !remove.is_empty() {
        expression.push_str(&format!(" REMOVE {}", remove.join(", ")));
    }
    if expression.is_empty() {
        // The same match anew: an update needs an expression.
        expression.push_str("SET #match = :before");
    }
    let item = item.update_expression(expression).build().map_err(broken)?;
    Ok([TransactWriteItem::builder().update(item).build(), counts])
}

/// A supplier's counts after one of its items changed its decision. A publication that is under way writes its own counts over
/// them, so what items have come to is also kept apart (`Supplier::moved_to`).
fn move_counts(
    suppliers: &Suppliers,
    before: &PublishedItem,
    decision: Decision,
) -> Result<TransactWriteItem, StoreError> {
    let was = before.found.decision;
    let update = Update::builder()
        .table_name(suppliers.table())
        .key("supplier_id", text(&before.supplier_id))
        .condition_expression("attribute_exists(counts)")
        .expression_attribute_names("#was", name(was));
    let update = match was == decision {
        true => update.update_expression("SET counts.#was = counts.#was"),
        false => update
            .update_expression("SET counts.#was = counts.#was - :one, counts.#is = counts.#is + :one ADD moved_to :to")
            .expression_attribute_names("#is", name(decision))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":to", AttributeValue::Ss(vec![name(decision).to_owned()])),
    };
    let update = update.build().map_err(broken)?;
    Ok(TransactWriteItem::builder().update(update).build())
}

/// Makes all of `writes`, or none of them where one of their conditions does not hold.
///
/// # Errors
/// The call failed.
pub(crate) async fn transact(
    items: &Items,
    operation: &'static str,
    writes: impl IntoIterator<Item = TransactWriteItem>,
) -> Result<Swapped, StoreError> {
    let writes = writes.into_iter().collect();
    let result = items
        .client
        .transact_write_items()
        .set_transact_items(Some(writes))
        .send()
        .await;
    match result {
        Ok(_) => Ok(Swapped::Applied),
        Err(error) if is_conflict(&error) => Ok(Swapped::Conflict),
        Err(error) => Err(StoreError::call(operation)(error)),
    }
}

/// Whether somebody else's write was the only obstacle.
fn is_conflict(error: &SdkError<TransactWriteItemsError>) -> bool {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
        return false;
    };
    let codes = cancelled
        .cancellation_reasons()
        .iter()
        .filter_map(|reason| reason.code());
    codes
        .filter(|code| *code != "None")
        .all(|code| matches!(code, "ConditionalCheckFailed" | "TransactionConflict"))
}

fn name(decision: Decision) -> &'static str {
    match decision {
        Decision::Matched => "matched",
        Decision::Review => "review",
        Decision::New => "new",
    }
}

pub(crate) fn broken(error: impl ToString) -> StoreError {
    StoreError::corrupt("a transaction", error)
}
