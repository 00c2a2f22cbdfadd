//! What an item cost, from when to when.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{JobId, PriceTerms};

/// One step of an item's price, written when a later list than the supplier's first changes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceStep {
    /// When the list that brought it was made: its job's own time.
    pub valid_from: Timestamp,
    /// The job that published it.
    pub job_id: JobId,
    /// From then on; none when the item was discontinued.
    #[serde(default)]
    pub terms: Option<PriceTerms>,
    /// Until then; none when the item was not offered.
    #[serde(default)]
    pub previous: Option<PriceTerms>,
}

/// A stretch of time over which an item's price stayed the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PricePeriod {
    /// Its beginning; null where the supplier was published before that was recorded.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub valid_from: Option<Timestamp>,
    /// Its end; null for the price of now.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub valid_until: Option<Timestamp>,
    /// The job that brought the price; null for one of the supplier's first list.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub job_id: Option<JobId>,
    /// The price with its currency and unit.
    #[serde(flatten)]
    pub terms: PriceTerms,
}

/// The periods that `steps`, newest first, make. `until` is where the newest of them ends: none unless a newer step is
/// known. The step before the oldest, where `is_oldest_known`, is the supplier's first list, published at `first_list`.
/// Times in which the item was not offered are left out.
pub fn price_periods(
    steps: &[PriceStep],
    until: Option<Timestamp>,
    is_oldest_known: bool,
    first_list: Option<Timestamp>,
) -> Vec<PricePeriod> {
    let mut periods = Vec::with_capacity(steps.len() + 1);
    let mut valid_until = until;
    for step in steps {
        if let Some(terms) = &step.terms {
            periods.push(PricePeriod {
                valid_from: Some(step.valid_from),
                valid_until,
                job_id: Some(step.job_id),
                terms: terms.clone(),
            });
        }
        valid_until = Some(step.valid_from);
    }
    let before_all = steps.last().and_then(|oldest| oldest.previous.as_ref());
    if let Some(terms) = before_all.filter(|_| is_oldest_known) {
        periods.push(PricePeriod {
            valid_from: first_list,
            valid_until,
            job_id: None,
            terms: terms.clone(),
        });
    }
    periods
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn terms(price: i64) -> Option<PriceTerms> {
        Some(PriceTerms {
            price: Decimal::from(price).try_into().ok(),
            ..PriceTerms::default()
        })
    }

    fn step(seconds: i64, previous: Option<PriceTerms>, terms: Option<PriceTerms>) -> PriceStep {
        PriceStep {
            valid_from: at(seconds),
            job_id: JobId::new(at(seconds)),
            terms,
            previous,
        }
    }

    fn told(periods: &[PricePeriod]) -> Vec<(Option<Timestamp>, Option<Timestamp>, String)> {
        let price = |period: &PricePeriod| period.terms.price.unwrap().to_string();
        periods
            .iter()
            .map(|period| (period.valid_from, period.valid_until, price(period)))
            .collect()
    }

    #[test]
    fn a_history_has_the_first_lists_price_and_leaves_out_the_time_away() {
        let steps = [
            step(40, None, terms(12)),
            step(30, terms(11), None),
            step(20, terms(10), terms(11)),
        ];
        assert_eq!(
            told(&price_periods(&steps, None, true, Some(at(0)))),
            [
                (Some(at(40)), None, "12".into()),
                (Some(at(20)), Some(at(30)), "11".into()),
                (Some(at(0)), Some(at(20)), "10".into()),
            ]
        );
    }

    #[test]
    fn pages_join_without_a_gap() {
        let steps = [step(30, terms(11), terms(12)), step(20, terms(10), terms(11))];
        let mut pages = price_periods(&steps[..1], None, false, Some(at(0)));
        pages.extend(price_periods(&steps[1..], Some(steps[0].valid_from), true, Some(at(0))));
        assert_eq!(pages, price_periods(&steps, None, true, Some(at(0))));
    }
}
