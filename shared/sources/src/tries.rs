//! Counts the tries of one fetch and waits between them.

use crate::{
    deadline::Deadline,
    error::FetchError,
    policy::{FetchPolicy, Waits},
};

/// The failures of one fetch so far.
#[derive(Debug)]
pub(crate) struct Tries {
    waits: Waits,
    /// In a row, without a byte between them.
    failures: u32,
    /// Of the body, in all.
    breaks: u32,
}

impl Tries {
    pub(crate) fn new(policy: &FetchPolicy) -> Self {
        Self {
            waits: policy.backoff.waits(),
            failures: 0,
            breaks: 0,
        }
    }

    /// Bytes came: the row of failures ends.
    pub(crate) fn progressed(&mut self) {
        self.failures = 0;
    }

    /// The body broke off; whether it may be taken up again.
    pub(crate) fn may_resume(&mut self, policy: &FetchPolicy) -> bool {
        self.breaks = self.breaks.saturating_add(1);
        self.breaks <= policy.max_resumes
    }

    /// Waits as long as the failure asks for before the next try.
    ///
    /// # Errors
    /// The failure itself when there is to be no next try: it is permanent, or tries, patience or time are used up.
    pub(crate) async fn wait_after(
        &mut self,
        failure: FetchError,
        policy: &FetchPolicy,
        deadline: &Deadline,
    ) -> Result<(), FetchError> {
        self.failures = self.failures.saturating_add(1);
        let asked = failure.retry_after().unwrap_or_default();
        if !failure.is_transient() || self.failures >= policy.attempts || asked > policy.max_retry_after {
            return Err(failure);
        }
        let wait = self.waits.after(self.failures).max(asked);
        if !deadline.allows(wait) {
            return Err(failure);
        }
        tracing::info!(
            code = failure.code(),
            failures = self.failures,
            wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
            error = %failure,
            "fetch.retry"
        );
        tokio::time::sleep(wait).await;
        Ok(())
    }
}
