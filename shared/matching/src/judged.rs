//! What is known of one item before its list is decided.

use crate::{certain::Certain, context::ScoredPair, meaning::ItemMeaning};

/// What is known of one item before the list is decided.
pub(crate) struct Judged {
    pub(crate) pairs: Vec<ScoredPair>,
    /// Candidates that were not kept as pairs: product and log-odds from the pair alone.
    pub(crate) rest: Vec<(u32, f32)>,
    pub(crate) certain: Option<Certain>,
    /// What vectors say of it; none without.
    pub(crate) meaning: Option<ItemMeaning>,
}
