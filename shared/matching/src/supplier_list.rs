//! What is matched at once: a supplier's items, with what else is known of each.

use domain::{ListItem, Ruling};

/// The items of one list, and what a person decided of them before. `&items` alone is a list of which nothing was decided.
#[derive(Debug, Clone, Copy, Default)]
pub struct SupplierList<'a> {
    pub(crate) items: &'a [ListItem],
    pub(crate) rulings: &'a [Option<Ruling>],
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
