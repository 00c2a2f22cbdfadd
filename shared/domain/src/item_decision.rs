//! What a person decided of an item, and how it is taken back.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Candidate, Decision, Match, ProductId, Ruling, SupplierId, Unit};

/// A person's answer to the question what an item is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// This product of the catalogue.
    ProductId(ProductId),
    /// None of the catalogue's products.
    New,
    /// They cannot tell: the item stays open, after those that nobody has looked at.
    NotSure,
}

impl Answer {
    /// What matching is bound to; nothing where the item stays open.
    pub fn ruling(&self) -> Option<Ruling> {
        match self {
            Self::ProductId(product) => Some(Ruling::Product(product.clone())),
            Self::New => Some(Ruling::New),
            Self::NotSure => None,
        }
    }

    /// Whether `found` says the same.
    pub fn agrees_with(&self, found: &Match) -> bool {
        match self {
            Self::ProductId(product) => {
                found.decision == Decision::Matched && found.product_id.as_ref() == Some(product)
            }
            Self::New => found.decision == Decision::New,
            Self::NotSure => found.decision == Decision::Review && found.accept_score <= 0.0,
        }
    }
}

/// Who answered, what and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Answered {
    /// What.
    pub ruling: Answer,
    /// Who: an e-mail address, or which token it was.
    pub decided_by: String,
    /// When.
    pub decided_at: Timestamp,
}

/// What a person looked at when they decided: the next list may say something else under the same key.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[allow(missing_docs, reason = "the fields are those of `ListItem`")]
pub struct ItemText {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack_size: Option<Decimal>,
}

/// The decisions on one item, the last of which counts.
///
/// A decision that was taken back leaves its record: whoever replays decisions must see that it is gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ItemDecision {
    /// Whose item.
    pub supplier_id: SupplierId,
    /// Which ([`crate::item_keys`]).
    pub item_key: String,
    /// What counts; none after it was taken back: the item is as matching found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Answered>,
    /// What counted before, oldest first; the last is what taking back returns to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Answered>,
    /// What was taken back last, so that it can be told from what matching finds by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_back: Option<Answer>,
    /// The item's text as decided on.
    #[serde(default)]
    pub item: ItemText,
    /// The match that the first of the decisions replaced: its candidates come back when all are taken back.
    pub replaced: Match,
    /// When the record was last changed.
    pub changed_at: Timestamp,
    /// Grows with every change, over decisions taken back and made anew; no two states of an item have the same.
    pub version: u64,
}

/// Earlier answers that are kept; nobody takes back more.
const MOST_EARLIER: usize = 10;

impl ItemDecision {
    /// `answered` as the first decision on an item that matching found `replaced` for.
    pub fn first(
        supplier_id: SupplierId,
        item_key: String,
        item: ItemText,
        replaced: Match,
        answered: Answered,
    ) -> Self {
        Self {
            supplier_id,
            item_key,
            earlier: Vec::new(),
            taken_back: None,
            item,
            replaced,
            changed_at: answered.decided_at,
            version: version_at(answered.decided_at, 0),
            current: Some(answered),
        }
    }

    /// The same item decided anew. `found` is its published match: what matching found, where no decision counts.
    pub fn answer(&self, item: ItemText, found: Match, answered: Answered) -> Self {
        let mut earlier = self.earlier.clone();
        earlier.extend(self.current.clone());
        earlier.drain(..earlier.len().saturating_sub(MOST_EARLIER));
        Self {
            earlier,
            taken_back: None,
            item,
            replaced: match self.current {
                Some(_) => self.replaced.clone(),
                None => found,
            },
            changed_at: answered.decided_at,
            version: version_at(answered.decided_at, self.version),
            current: Some(answered),
            ..self.clone()
        }
    }

    /// The last decision taken back at `now`; none where no decision counts.
    pub fn take_back(&self, now: Timestamp) -> Option<Self> {
        let taken_back = self.current.as_ref()?.ruling.clone();
        let mut earlier = self.earlier.clone();
        Some(Self {
            current: earlier.pop(),
            earlier,
            taken_back: Some(taken_back),
            changed_at: now,
            version: version_at(now, self.version),
            ..self.clone()
        })
    }

    /// The item's match under what counts.
    pub fn found(&self) -> Match {
        match &self.current {
            Some(answered) => decided(&self.replaced, answered),
            None => self.replaced.clone(),
        }
    }

    /// Whether a published match already says what counts. Where nothing counts, every match does but the one that was
    /// taken back.
    pub fn agrees_with(&self, found: &Match) -> bool {
        match (&self.current, &self.taken_back) {
            (Some(answered), _) => answered.ruling.agrees_with(found),
            (None, Some(taken_back)) => !taken_back.agrees_with(found),
            (None, None) => true,
        }
    }
}

/// Microseconds since 1970, or one more than `before` where the clock is behind it.
fn version_at(now: Timestamp, before: u64) -> u64 {
    u64::try_from(now.as_microsecond()).unwrap_or(0).max(before + 1)
}

/// `found` under a person's answer.
fn decided(found: &Match, answered: &Answered) -> Match {
    let by = &answered.decided_by;
    match &answered.ruling {
        Answer::ProductId(product) => {
            let chosen = Candidate {
                product_id: product.clone(),
                probability: 1.0,
            };
            let others = found.candidates.iter().filter(|other| other.product_id != *product);
            Match {
                decision: Decision::Matched,
                product_id: Some(product.clone()),
                probability: 1.0,
                accept_score: 1.0,
                barred: false,
                candidates: std::iter::once(chosen).chain(others.cloned()).collect(),
                reasons: vec![format!("{by} decided that this is {product}.")],
            }
        }
        Answer::New => Match {
            decision: Decision::New,
            product_id: None,
            probability: 0.0,
            accept_score: 0.0,
            barred: false,
            candidates: found.candidates.clone(),
            reasons: vec![format!("{by} decided that nothing in the catalogue is this.")],
        },
        Answer::NotSure => left_open(found.clone(), by),
    }
}

/// `found` as it stays open after somebody could not tell: its score of 0 puts it at the end of the queue.
pub fn left_open(found: Match, by: &str) -> Match {
    let mut reasons = vec![format!("{by} was not sure.")];
    reasons.extend(found.reasons);
    Match {
        decision: Decision::Review,
        product_id: None,
        accept_score: 0.0,
        reasons,
        ..found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn answered(ruling: Answer, second: i64) -> Answered {
        Answered {
            ruling,
            decided_by: "Admin token".into(),
            decided_at: at(second),
        }
    }

    fn product(id: &str) -> Answer {
        Answer::ProductId(id.parse().unwrap())
    }

    fn open() -> Match {
        let candidate = |id: &str, probability| Candidate {
            product_id: id.parse().unwrap(),
            probability,
        };
        Match {
            decision: Decision::Review,
            product_id: None,
            probability: 0.6,
            accept_score: 0.4,
            barred: false,
            candidates: vec![candidate("P-1", 0.6), candidate("P-2", 0.3)],
            reasons: vec!["The names agree.".into()],
        }
    }

    fn first(ruling: Answer) -> ItemDecision {
        ItemDecision::first(
            "acme".parse().unwrap(),
            "sku:1".into(),
            ItemText::default(),
            open(),
            answered(ruling, 0),
        )
    }

    #[test]
    fn a_ruling_is_a_word_or_a_product() {
        let json = r#"[{"product_id":"P-1"},"new","not_sure"]"#;
        let answers: Vec<Answer> = serde_json::from_str(json).unwrap();
        assert_eq!(answers, [product("P-1"), Answer::New, Answer::NotSure]);
        assert_eq!(serde_json::to_string(&answers).unwrap(), json);
    }

    #[test]
    fn the_chosen_product_comes_first_and_the_others_stay() {
        let found = first(product("P-2")).found();
        assert_eq!(found.decision, Decision::Matched);
        let ids: Vec<_> = found.candidates.iter().map(|other| other.product_id.as_str()).collect();
        assert_eq!((ids, found.accept_score), (vec!["P-2", "P-1"], 1.0));
        assert!(product("P-2").agrees_with(&found) && !product("P-1").agrees_with(&found));
    }

    #[test]
    fn not_sure_stays_open_at_the_end_of_the_queue() {
        let found = first(Answer::NotSure).found();
        assert_eq!((found.decision, found.accept_score), (Decision::Review, 0.0));
        assert_eq!(found.candidates, open().candidates);
        assert!(Answer::NotSure.agrees_with(&found) && !Answer::NotSure.agrees_with(&open()));
    }

    #[test]
    fn taking_back_returns_step_by_step_to_what_matching_found() {
        let second = first(product("P-2")).answer(ItemText::default(), open(), answered(Answer::New, 1));
        assert_eq!(second.found().decision, Decision::New);
        let back = second.take_back(at(2)).unwrap();
        assert_eq!(back.found().product_id, "P-2".parse().ok());
        let open_again = back.take_back(at(3)).unwrap();
        assert_eq!((open_again.found(), open_again.current.clone()), (open(), None));
        assert!(open_again.take_back(at(4)).is_none());
        assert!(!open_again.agrees_with(&first(product("P-2")).found()) && open_again.agrees_with(&open()));
    }

    #[test]
    fn versions_grow_even_when_the_clock_stands_still() {
        let first = first(Answer::New);
        let again = first.answer(ItemText::default(), open(), answered(Answer::NotSure, -5));
        let back = again.take_back(at(-9)).unwrap();
        assert!(first.version < again.version && again.version < back.version);
    }

    #[test]
    fn what_matching_finds_later_is_what_a_new_decision_replaces() {
        let taken_back = first(Answer::New).take_back(at(1)).unwrap();
        let fresh = Match {
            accept_score: 0.7,
            ..open()
        };
        let again = taken_back.answer(ItemText::default(), fresh.clone(), answered(Answer::New, 2));
        assert_eq!(again.replaced, fresh);
    }

    #[test]
    fn only_so_many_earlier_answers_are_kept() {
        let mut decision = first(Answer::New);
        for second in 1..30 {
            decision = decision.answer(ItemText::default(), open(), answered(Answer::NotSure, second));
        }
        assert_eq!(decision.earlier.len(), MOST_EARLIER);
        assert_eq!(decision.earlier.last().unwrap().decided_at, at(28));
    }
}
