//! How a supplier in failure is left in peace.

use jiff::SignedDuration;

/// The shortest pause, after the first failure.
const FIRST: SignedDuration = SignedDuration::from_mins(5);

/// The longest pause: a day. A supplier in failure is still tried daily, unless its schedule is slower.
pub const LONGEST_BACKOFF: SignedDuration = SignedDuration::from_hours(24);

/// How long after its latest failure a supplier is not fetched on schedule, after `failures` in a row: 5 minutes, doubled
/// with each, at most [`LONGEST_BACKOFF`]. None without a failure.
pub fn backoff(failures: u32) -> Option<SignedDuration> {
    let doublings = failures.checked_sub(1)?;
    let pause = 2_i32
        .checked_pow(doublings)
        .and_then(|factor| FIRST.checked_mul(factor));
    Some(pause.map_or(LONGEST_BACKOFF, |pause| pause.min(LONGEST_BACKOFF)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_day() {
        assert_eq!(backoff(0), None);
        let minutes = |failures| backoff(failures).unwrap().as_mins();
        assert_eq!(
            [1, 2, 3, 8, 9, 10, u32::MAX].map(minutes),
            [5, 10, 20, 640, 1280, 1440, 1440]
        );
    }
}
