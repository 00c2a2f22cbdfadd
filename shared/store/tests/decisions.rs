//! A decision and the match that follows from it: one transaction, and again after a publication.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests; what surrounds them counts as production code to the lints"
)]

use aws_sdk_dynamodb::{
    Client,
    operation::{
        get_item::GetItemOutput,
        query::QueryOutput,
        transact_write_items::{TransactWriteItemsError, TransactWriteItemsOutput},
    },
    types::{AttributeValue, CancellationReason, error::TransactionCanceledException},
};
use domain::{Answer, Answered, Decision, ItemDecision, ItemText, ListItem, Match};
use jiff::Timestamp;
use mocked_aws::{RuleMode::MatchAny, dynamodb, mock};
use store::{Decisions, Items, PublishedItem, Suppliers, Swapped};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn open() -> Match {
    Match {
        decision: Decision::Review,
        product_id: None,
        probability: 0.6,
        accept_score: 0.4,
        barred: false,
        candidates: Vec::new(),
        reasons: Vec::new(),
    }
}

fn item(found: Match) -> PublishedItem {
    let listed = ListItem {
        sku: Some("1".into()),
        ..ListItem::default()
    };
    PublishedItem::new("acme".parse().unwrap(), "sku:1".into(), listed, found)
}

fn accepted() -> ItemDecision {
    let answered = Answered {
        ruling: Answer::ProductId("P-1".parse().unwrap()),
        decided_by: "Admin token".into(),
        decided_at: at(0),
    };
    let text = ItemText::from(&item(open()));
    ItemDecision::first("acme".parse().unwrap(), "sku:1".into(), text, open(), answered)
}

/// The three tables under one client.
fn tables(client: &Client) -> (Decisions, Items, Suppliers) {
    (
        Decisions::new(client.clone(), "decisions"),
        Items::new(client.clone(), "items"),
        Suppliers::new(client.clone(), "suppliers"),
    )
}

#[tokio::test]
async fn decision_item_and_counts_are_written_together_or_not_at_all() {
    let rule = mock!(Client::transact_write_items)
        .match_requests(|request| {
            let [decision, item, counts] = request.transact_items() else {
                return false;
            };
            let (put, update) = (decision.put().unwrap(), item.update().unwrap());
            let expression = update.update_expression();
            let removed = expression.split_once(" REMOVE ").unwrap().1;
            let removed: Vec<_> = removed
                .split(", ")
                .map(|name| update.expression_attribute_names().unwrap()[name].as_str())
                .collect();
            let counts = counts.update().unwrap();
            let moved = counts.expression_attribute_names().unwrap();
            let moved_to = &counts.expression_attribute_values().unwrap()[":to"];
            put.condition_expression() == Some("attribute_not_exists(item_key)")
                && put.item()["product_id"] == AttributeValue::S("P-1".into())
                && update.condition_expression() == Some("#match = :before")
                && removed.contains(&"review_of")
                && !update
                    .expression_attribute_names()
                    .unwrap()
                    .values()
                    .any(|name| name == "sku")
                && (moved["#was"].as_str(), moved["#is"].as_str()) == ("review", "matched")
                && counts.update_expression().ends_with(" ADD moved_to :to")
                && *moved_to == AttributeValue::Ss(vec!["matched".into()])
        })
        .then_output(|| TransactWriteItemsOutput::builder().build());
    let (decisions, items, suppliers) = tables(&dynamodb(MatchAny, &[&rule]));
    let (before, decision) = (item(open()), accepted());
    let decided = decisions.decide((&items, &suppliers), &before, None, &decision).await;
    assert_eq!(decided.unwrap(), Swapped::Applied);
}

fn cancelled(code: &'static str) -> mocked_aws::Rule {
    mock!(Client::transact_write_items).then_error(move || {
        let reason = |code| CancellationReason::builder().code(code).build();
        TransactWriteItemsError::TransactionCanceledException(
            TransactionCanceledException::builder()
                .cancellation_reasons(reason("None"))
                .cancellation_reasons(reason(code))
                .build(),
        )
    })
}

#[tokio::test]
async fn only_anothers_write_is_a_conflict() {
    for (code, is_conflict) in [
        ("ConditionalCheckFailed", true),
        ("TransactionConflict", true),
        ("ValidationError", false),
    ] {
        let (decisions, items, suppliers) = tables(&dynamodb(MatchAny, &[&cancelled(code)]));
        let decided = decisions
            .decide((&items, &suppliers), &item(open()), Some(7), &accepted())
            .await;
        assert_eq!(
            decided.is_ok_and(|swapped| swapped == Swapped::Conflict),
            is_conflict,
            "{code}"
        );
    }
}

/// DynamoDB with one decision, in whose first shard it stands, and the item as published.
async fn reapplied(decision: &ItemDecision, published: &PublishedItem, writes: &mocked_aws::Rule) -> usize {
    let decision: std::collections::HashMap<_, _> = serde_dynamo::aws_sdk_dynamodb_1::to_item(decision).unwrap();
    let record: std::collections::HashMap<_, _> = serde_dynamo::aws_sdk_dynamodb_1::to_item(published).unwrap();
    let query = mock!(Client::query)
        .match_requests(|request| {
            let values = request.expression_attribute_values().unwrap();
            values[":since"] == AttributeValue::S("2027-01-15T07:59:00.000Z".into())
                && values[":shard"] == AttributeValue::S("acme#03".into())
        })
        .then_output(move || QueryOutput::builder().items(decision.clone()).build());
    let none = mock!(Client::query).then_output(|| QueryOutput::builder().build());
    let get =
        mock!(Client::get_item).then_output(move || GetItemOutput::builder().set_item(Some(record.clone())).build());
    let (decisions, items, suppliers) = tables(&dynamodb(MatchAny, &[&query, &none, &get, writes]));
    decisions
        .reapply((&items, &suppliers), &"acme".parse().unwrap(), at(-60))
        .await
        .unwrap()
}

#[tokio::test]
async fn what_a_publication_wrote_over_is_mended_and_the_rest_left_alone() {
    let writes = || mock!(Client::transact_write_items).then_output(|| TransactWriteItemsOutput::builder().build());
    let (none, one) = (writes(), writes());
    assert_eq!(reapplied(&accepted(), &item(accepted().found()), &none).await, 0);
    assert_eq!(none.num_calls(), 0);
    assert_eq!(reapplied(&accepted(), &item(open()), &one).await, 1);
    assert_eq!(one.num_calls(), 1);
    // Taken back while the publication replayed it: the item is open again.
    let taken_back = accepted().take_back(at(5)).unwrap();
    let (open_again, untouched) = (writes(), writes());
    assert_eq!(reapplied(&taken_back, &item(accepted().found()), &open_again).await, 1);
    assert_eq!(reapplied(&taken_back, &item(open()), &untouched).await, 0);
}
