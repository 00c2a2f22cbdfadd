//! The moment by which a whole fetch must be over.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, timeout_at};

use crate::error::{FetchError, Waiting};

/// When the fetch must be over, and how long it was given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    at: Instant,
    given: Duration,
}

/// Stands for "no limit" where a sum of durations would overflow the clock: thirty years.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

fn after(start: Instant, wait: Duration) -> Instant {
    start + wait.min(FAR)
}

impl Deadline {
    /// `given` from now.
    pub(crate) fn starting_now(given: Duration) -> Self {
        Self {
            at: after(Instant::now(), given),
            given,
        }
    }

    /// Whether there is time to wait for `wait` and to do something after it.
    pub(crate) fn allows(&self, wait: Duration) -> bool {
        after(Instant::now(), wait) < self.at
    }

    /// Runs `work` for at most `limit`, and not past the deadline.
    ///
    /// # Errors
    /// [`FetchError::TimedOut`], which says which of the two it was.
    pub(crate) async fn within<T>(
        &self,
        url: &str,
        waiting: Waiting,
        limit: Duration,
        work: impl Future<Output = T>,
    ) -> Result<T, FetchError> {
        let own = after(Instant::now(), limit);
        let (until, waiting, after) = if own < self.at {
            (own, waiting, limit)
        } else {
            (self.at, Waiting::Whole, self.given)
        };
        timeout_at(until, work).await.map_err(|_| FetchError::TimedOut {
            url: url.to_owned(),
            waiting,
            after,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;

    #[tokio::test(start_paused = true)]
    async fn the_nearer_of_the_two_limits_ends_the_wait_and_is_named() {
        let deadline = Deadline::starting_now(Duration::from_secs(10));
        let wait = |seconds| deadline.within("u", Waiting::Body, Duration::from_secs(seconds), pending::<()>());
        let named = |error| match error {
            Err(FetchError::TimedOut { waiting, after, .. }) => (waiting, after.as_secs()),
            other => panic!("{other:?}"),
        };
        assert!(deadline.allows(Duration::from_secs(9)) && !deadline.allows(Duration::MAX));
        assert_eq!(named(wait(6).await), (Waiting::Body, 6));
        assert_eq!(named(wait(6).await), (Waiting::Whole, 10));
        assert!(!deadline.allows(Duration::ZERO));
    }
}
