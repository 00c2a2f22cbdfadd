//! How long a worker may hold a job.

use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Context;

/// Until when the invocation of `context` may hold a job: its deadline, after which Lambda has frozen or ended it. A
/// context without a deadline (a test, a tool) gets one minute.
pub fn lease_until(context: &Context, now: Timestamp) -> Timestamp {
    let deadline = i64::try_from(context.deadline)
        .ok()
        .and_then(|millis| Timestamp::from_millisecond(millis).ok());
    match deadline {
        Some(deadline) if deadline > now => deadline,
        _ => now.checked_add(SignedDuration::from_secs(60)).unwrap_or(now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lease_ends_at_the_deadline() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let mut context = Context::default();
        assert_eq!(lease_until(&context, now), "2026-01-01T00:01:00Z".parse().unwrap());
        context.deadline = u64::try_from(now.as_millisecond()).unwrap() + 5_000;
        assert_eq!(lease_until(&context, now), "2026-01-01T00:00:05Z".parse().unwrap());
    }
}
