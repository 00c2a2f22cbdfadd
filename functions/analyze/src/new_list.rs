//! A list that is to be published.

use domain::{Guards, ItemCounts};
use store::Fingerprints;

/// A list that is to be published.
pub(crate) struct NewList<'a> {
    /// Its snapshot.
    pub(crate) snapshot: &'a [u8],
    /// The fingerprint of each of its entries.
    pub(crate) fingerprints: &'a Fingerprints,
    /// Its items by decision.
    pub(crate) counts: ItemCounts,
    /// What holds it back; none publishes it whatever it is.
    pub(crate) guards: Option<Guards>,
}
