//! Guards of publication: what holds a result back until a person has looked at it.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Change, ItemState};

/// A supplier's limits. A result beyond one of them is held; the items published before stay meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Guards {
    /// Per cent of the published items that a list may lack. 100 lets a list shrink as it will; an empty one is held all
    /// the same.
    pub max_shrink_percent: u32,
    /// Per cent by which the median price may move, up or down, over the items that both lists price in the same currency
    /// and unit.
    pub max_median_price_move_percent: u32,
}

impl Guards {
    /// The largest limit on price moves: a hundredfold price.
    pub const MAX_PRICE_MOVE: u32 = 10_000;

    /// Checks what the shape alone cannot say.
    ///
    /// # Errors
    /// The first limit that cannot be used, with what is allowed.
    pub fn check(&self) -> Result<(), InvalidGuards> {
        if self.max_shrink_percent > 100 {
            return Err(InvalidGuards::Shrink);
        }
        if !(1..=Self::MAX_PRICE_MOVE).contains(&self.max_median_price_move_percent) {
            return Err(InvalidGuards::PriceMove);
        }
        Ok(())
    }
}

impl Default for Guards {
    /// 30 per cent each: a list seldom loses a third of its items or moves all its prices so far, and a list that was cut
    /// off or read from the wrong column does.
    fn default() -> Self {
        Self {
            max_shrink_percent: 30,
            max_median_price_move_percent: 30,
        }
    }
}

/// Why guards are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidGuards {
    /// Over 100.
    #[error("guards.max_shrink_percent: between 0 and 100")]
    Shrink,
    /// Outside the allowed range.
    #[error("guards.max_median_price_move_percent: between 1 and {}", Guards::MAX_PRICE_MOVE)]
    PriceMove,
}

/// What a result was held for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HoldKind {
    /// The list has no item.
    NoItems,
    /// The list lacks too many of the published items.
    Shrunk,
    /// The prices moved too far.
    PricesMoved,
}

/// One reason for which a result is held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HoldReason {
    /// Which guard.
    pub kind: HoldKind,
    /// What is unusual, in numbers, for a person.
    pub message: String,
    /// Some of the changes that led to it, the largest first where they have a size.
    #[serde(default)]
    pub examples: Vec<Change>,
}

/// Examples shown with a reason.
const EXAMPLES: usize = 5;

/// Gathers, change by change, what the guards look at.
#[derive(Debug, Clone, Default)]
pub struct GuardReading {
    moves: Vec<Decimal>,
    largest: Vec<Change>,
    discontinued: Vec<Change>,
    discontinued_count: u64,
}

impl GuardReading {
    /// Takes an item that both lists have into account.
    pub fn compare(&mut self, old: &ItemState, new: &ItemState) {
        if let Some(percent) = old.price_move(new) {
            self.moves.push(percent.abs());
        }
    }

    /// Takes a reported change into account.
    pub fn note(&mut self, change: &Change) {
        if change.is_discontinued() {
            self.discontinued_count += 1;
            if self.discontinued.len() < EXAMPLES {
                self.discontinued.push(change.clone());
            }
        }
        if let Some(percent) = change.percent {
            let size = |change: &Change| change.percent.unwrap_or_default().abs();
            let at = self.largest.partition_point(|other| size(other) >= percent.abs());
            if at < EXAMPLES {
                self.largest.insert(at, change.clone());
                self.largest.truncate(EXAMPLES);
            }
        }
    }

    /// What holds the result back: a list of `items` items where `published` were published before. A first list is never
    /// held: there is nothing to protect.
    pub fn reasons(mut self, guards: &Guards, published: u64, items: u64) -> Vec<HoldReason> {
        let mut reasons = Vec::new();
        if published == 0 {
            return reasons;
        }
        let shrink = percent_of(self.discontinued_count, published);
        if items == 0 {
            let message = format!("The list has no item; {published} are published.");
            reasons.push(self.shrunk(HoldKind::NoItems, message));
        } else if shrink > Decimal::from(guards.max_shrink_percent) {
            let message = format!(
                "{} of the {published} published items ({shrink} %) are missing from the list of {items}; up to {} % may be.",
                self.discontinued_count, guards.max_shrink_percent
            );
            reasons.push(self.shrunk(HoldKind::Shrunk, message));
        }
        if let Some(median) = median(&mut self.moves)
            && median > Decimal::from(guards.max_median_price_move_percent)
        {
            let message = format!(
                "The median price moved by {} % over the {} items that both lists price; up to {} % may be.",
                median.round_dp(1).normalize(),
                self.moves.len(),
                guards.max_median_price_move_percent
            );
            reasons.push(HoldReason {
                kind: HoldKind::PricesMoved,
                message,
                examples: std::mem::take(&mut self.largest),
            });
        }
        reasons
    }

    fn shrunk(&mut self, kind: HoldKind, message: String) -> HoldReason {
        HoldReason {
            kind,
            message,
            examples: std::mem::take(&mut self.discontinued),
        }
    }
}

fn percent_of(part: u64, whole: u64) -> Decimal {
    (Decimal::from(part) * Decimal::ONE_HUNDRED / Decimal::from(whole.max(1)))
        .round_dp(1)
        .normalize()
}

/// The middle value; of two, their mean.
fn median(values: &mut [Decimal]) -> Option<Decimal> {
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let is_even = values.len().is_multiple_of(2);
    let (below, upper, _) = values.select_nth_unstable(middle);
    let upper = *upper;
    match below.iter().max().filter(|_| is_even) {
        Some(lower) => Some((*lower + upper) / Decimal::TWO),
        None => Some(upper),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ChangeKind, Decision};

    fn state(price: &str) -> ItemState {
        ItemState {
            price: Some(price.parse::<Decimal>().unwrap().try_into().unwrap()),
            currency: Some("EUR".parse().unwrap()),
            decision: Some(Decision::New),
            ..ItemState::default()
        }
    }

    /// What the guards say of lists given as pairs of old and new price; `-` for an item that is missing.
    fn reasons(pairs: &[(&str, &str)], guards: Guards) -> Vec<HoldReason> {
        let mut reading = GuardReading::default();
        let item = |n: usize| (format!("sku:{n}"), None, None);
        let (mut published, mut items) = (0, 0);
        for (n, (old, new)) in pairs.iter().enumerate() {
            let (old, new) = ((*old != "-").then(|| state(old)), (*new != "-").then(|| state(new)));
            published += u64::from(old.is_some());
            items += u64::from(new.is_some());
            if let (Some(old), Some(new)) = (&old, &new) {
                reading.compare(old, new);
            }
            let (key, sku, name) = item(n);
            Change::between(key, sku, name, old, new)
                .iter()
                .for_each(|change| reading.note(change));
        }
        reading.reasons(&guards, published, items)
    }

    fn kinds(pairs: &[(&str, &str)]) -> Vec<HoldKind> {
        reasons(pairs, Guards::default())
            .iter()
            .map(|reason| reason.kind)
            .collect()
    }

    #[test]
    fn a_first_list_is_not_held() {
        assert_eq!(kinds(&[("-", "1"), ("-", "2")]), []);
    }

    #[test]
    fn an_empty_list_is_held_whatever_the_limit() {
        let open = Guards {
            max_shrink_percent: 100,
            ..Guards::default()
        };
        let held = reasons(&[("1", "-"), ("2", "-")], open);
        assert_eq!(held[0].kind, HoldKind::NoItems);
        assert_eq!(held[0].examples.len(), 2);
    }

    #[test]
    fn a_list_may_lose_thirty_per_cent_and_no_more() {
        let list =
            |lost: usize| -> Vec<(&str, &str)> { (0..10).map(|n| ("1", if n < lost { "-" } else { "1" })).collect() };
        assert_eq!(kinds(&list(3)), []);
        assert_eq!(kinds(&list(4)), [HoldKind::Shrunk]);
        // New items do not make up for missing ones.
        let mut exchanged = list(4);
        exchanged.extend([("-", "1"); 4]);
        assert_eq!(kinds(&exchanged), [HoldKind::Shrunk]);
    }

    #[test]
    fn the_median_decides_not_the_farthest_price() {
        assert_eq!(kinds(&[("10", "10"), ("10", "13"), ("10", "90")]), []);
        let held = reasons(&[("10", "10"), ("10", "13.1"), ("10", "5")], Guards::default());
        assert_eq!(held[0].kind, HoldKind::PricesMoved);
        assert_eq!(
            held[0].message,
            "The median price moved by 31 % over the 3 items that both lists price; up to 30 % may be."
        );
        let examples: Vec<_> = held[0].examples.iter().map(|change| change.kind).collect();
        assert_eq!(examples, [ChangeKind::PriceDown, ChangeKind::PriceUp]);
    }

    #[test]
    fn limits_are_checked() {
        let guards = |text| serde_json::from_str::<Guards>(text).unwrap().check();
        assert_eq!(guards("{}"), Ok(()));
        assert_eq!(guards(r#"{"max_shrink_percent":101}"#), Err(InvalidGuards::Shrink));
        assert_eq!(
            guards(r#"{"max_median_price_move_percent":0}"#),
            Err(InvalidGuards::PriceMove)
        );
    }
}
