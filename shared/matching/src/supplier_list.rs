//! What is matched at once: a supplier's items, with what else is known of each.

use domain::{ListItem, Ruling};

use crate::Vectors;

/// The items of one list, with what a person decided of them before and with their vectors. `&items` alone is a list of
/// which nothing else is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct SupplierList<'a> {
    pub(crate) items: &'a [ListItem],
    pub(crate) rulings: &'a [Option<Ruling>],
    pub(crate) vectors: Option<&'a Vectors>,
}

impl<'a> SupplierList<'a> {
    /// A list of which nothing is known but its items.
    pub fn new(items: &'a [ListItem]) -> Self {
        Self {
            items,
            ..Self::default()
        }
    }

    /// With what a person decided of each item, in the items' order; an item beyond their end has no ruling.
    ///
    /// A ruled item is matched with its product with probability 1, or new, and keeps its product: no other item of the
    /// list is accepted for it without a person. Rows that say the same as a ruled one are ruled with it. A product that
    /// is no longer in the catalogue is passed over, and the item's reasons say so.
    #[must_use]
    pub fn ruled(self, rulings: &'a [Option<Ruling>]) -> Self {
        Self { rulings, ..self }
    }

    /// With the items' vectors, in their order, of the model that made those of the products
    /// ([`Matcher::with_vectors`](crate::Matcher::with_vectors)).
    #[must_use]
    pub fn embedded(self, vectors: &'a Vectors) -> Self {
        let vectors = Some(vectors);
        Self { vectors, ..self }
    }
}

impl<'a> From<&'a [ListItem]> for SupplierList<'a> {
    fn from(items: &'a [ListItem]) -> Self {
        Self::new(items)
    }
}

impl<'a> From<&'a Vec<ListItem>> for SupplierList<'a> {
    fn from(items: &'a Vec<ListItem>) -> Self {
        Self::new(items)
    }
}

impl<'a, const N: usize> From<&'a [ListItem; N]> for SupplierList<'a> {
    fn from(items: &'a [ListItem; N]) -> Self {
        Self::new(items)
    }
}
