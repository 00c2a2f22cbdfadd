//! What came of a list.

use domain::{HoldReason, Summary};

/// What came of a list.
pub(crate) struct Outcome {
    pub(crate) summary: Summary,
    /// Why its result waits for a person; empty when it does not.
    pub(crate) hold_reasons: Vec<HoldReason>,
}
