//! How many requests a caller may make: a bucket for each, in this environment's memory.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;

use crate::{Deps, Problem, caller::Caller};

/// Requests a second that are answered for long: a page asks once in two seconds, a script that reads everything by
/// cursor some dozens of times a second.
const PER_SECOND: f64 = 100.0;

/// Requests that may come at once.
const BURST: f64 = 500.0;

/// Callers that are remembered. More than that are made up, or all have rested.
const MOST_CALLERS: usize = 10_000;

/// Counts requests. Each environment of the function counts by itself: this keeps a runaway script from the tables, it is
/// no quota.
#[derive(Debug, Default)]
pub struct Rates {
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Timestamp,
}

impl Rates {
    /// Takes a request of `caller` at `now`; the seconds to wait where there is none left.
    fn take(&self, caller: &str, now: Timestamp) -> Result<(), u64> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > MOST_CALLERS {
            buckets.clear();
        }
        let full = Bucket { left: BURST, at: now };
        let bucket = buckets.entry(caller.to_owned()).or_insert(full);
        let passed = now.duration_since(bucket.at).as_secs_f64().max(0.0);
        bucket.left = (bucket.left + passed * PER_SECOND).min(BURST);
        bucket.at = now;
        if bucket.left < 1.0 {
            return Err(1);
        }
        bucket.left -= 1.0;
        Ok(())
    }
}

/// Refuses callers who ask too often.
pub(crate) async fn limit(State(deps): State<Arc<Deps>>, caller: Caller, request: Request, next: Next) -> Response {
    match deps.rates.take(&caller.name, deps.clock.now()) {
        Ok(()) => next.run(request).await,
        Err(seconds) => Problem::too_often(
            format!("more than {PER_SECOND} requests a second; wait {seconds} s and ask less often"),
            seconds,
        )
        .into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_fills_and_is_each_callers_own() {
        let rates = Rates::default();
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let taken = (0..1_000)
            .take_while(|_| rates.take("Admin token", now).is_ok())
            .count();
        assert_eq!(taken, 500);
        assert_eq!(rates.take("Admin token", now), Err(1));
        assert_eq!(rates.take("Viewer token", now), Ok(()));
        let later: Timestamp = "2026-03-01T12:00:00.1Z".parse().unwrap();
        let taken = (0..1_000)
            .take_while(|_| rates.take("Admin token", later).is_ok())
            .count();
        assert!((9..=10).contains(&taken), "{taken}");
    }
}
