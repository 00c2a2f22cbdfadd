//! A price over time as a line of steps.

use domain::PricePeriod;
use jiff::Timestamp;
use rust_decimal::{Decimal, prelude::ToPrimitive};

use crate::pages::format;

/// Width and height of the plot's box.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 120.0;

/// What the SVG needs.
pub(super) struct PricePlot {
    /// An SVG path in a box of 600 by 120.
    pub(super) path: String,
    pub(super) highest: String,
    pub(super) lowest: String,
    pub(super) begins: String,
    /// The plot in words.
    pub(super) label: String,
}

impl PricePlot {
    /// Of the periods, newest first, in the currency of the newest; none where there is nothing but one price.
    pub(super) fn of(periods: &[PricePeriod], now: Timestamp) -> Option<Self> {
        let newest = periods.first()?;
        let currency = newest.terms.currency;
        let points: Vec<(Timestamp, Timestamp, Decimal)> = periods
            .iter()
            .rev()
            .filter(|period| period.terms.currency == currency)
            .filter_map(|period| {
                let price = period.terms.price?.amount();
                Some((period.valid_from?, period.valid_until.unwrap_or(now), price))
            })
            .collect();
        let lowest = points.iter().map(|(.., price)| *price).min()?;
        let highest = points.iter().map(|(.., price)| *price).max()?;
        if lowest == highest {
            return None;
        }
        let begin = points.first()?.0;
        let x = scale(seconds(begin), seconds(now), WIDTH);
        let y = scale(highest.to_f64()?, lowest.to_f64()?, HEIGHT);
        let mut path = String::new();
        let mut ended = None;
        for (from, until, price) in &points {
            // A time in which the item was not offered is a gap.
            let command = if ended == Some(*from) { 'L' } else { 'M' };
            let height = y(price.to_f64()?);
            path.push_str(&format!(
                "{command}{:.1} {height:.1}H{:.1}",
                x(seconds(*from)),
                x(seconds(*until))
            ));
            ended = Some(*until);
        }
        let told = |amount: Decimal| amount.try_into().ok().map(|price| format::money(price, currency));
        let (lowest, highest) = (told(lowest)?, told(highest)?);
        let begins = begin.strftime("%Y-%m-%d").to_string();
        Some(Self {
            label: format!(
                "Price since {begins}: {}, between {lowest} and {highest}",
                format::counted_len(points.len(), "price", "prices")
            ),
            path,
            highest,
            lowest,
            begins,
        })
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "seconds of this millennium are exact in a float"
)]
fn seconds(time: Timestamp) -> f64 {
    time.as_second() as f64
}

/// From `low..=high` to `0..=size`.
fn scale(low: f64, high: f64, size: f64) -> impl Fn(f64) -> f64 {
    let span = if (high - low).abs() < f64::EPSILON {
        1.0
    } else {
        high - low
    };
    // Adding zero makes a plain zero of a negative one, which would be written with its sign.
    move |value| ((value - low) / span * size).clamp(0.0, size) + 0.0
}

#[cfg(test)]
mod tests {
    use domain::PriceTerms;

    use super::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + day * 86_400).unwrap()
    }

    fn period(from: i64, until: Option<i64>, price: i64) -> PricePeriod {
        PricePeriod {
            valid_from: Some(at(from)),
            valid_until: until.map(at),
            job_id: None,
            terms: PriceTerms {
                price: Decimal::from(price).try_into().ok(),
                ..PriceTerms::default()
            },
        }
    }

    #[test]
    fn a_price_is_a_line_of_steps_with_gaps_where_it_was_not_offered() {
        let periods = [period(6, None, 10), period(2, Some(4), 20), period(0, Some(2), 15)];
        let plot = PricePlot::of(&periods, at(8)).unwrap();
        assert_eq!(plot.path, "M0.0 60.0H150.0L150.0 0.0H300.0M450.0 120.0H600.0");
        assert_eq!((plot.lowest.as_str(), plot.highest.as_str()), ("10.00", "20.00"));
    }

    #[test]
    fn one_price_is_no_plot() {
        assert!(PricePlot::of(&[period(0, None, 10)], at(8)).is_none());
        assert!(PricePlot::of(&[], at(8)).is_none());
    }
}
