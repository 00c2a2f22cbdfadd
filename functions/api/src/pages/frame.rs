//! What surrounds every page: where one is, where one can go, who one is.

use crate::caller::Caller;

/// The frame of a page; templates that extend `frame.html` have it as `frame`.
pub(crate) struct Frame {
    pub(crate) caller: Caller,
    section: Section,
}

impl Frame {
    pub(crate) fn new(section: Section, caller: Caller) -> Self {
        Self { caller, section }
    }

    /// Whether controls that change something are shown.
    pub(crate) fn may_change(&self) -> bool {
        self.caller.may_change()
    }

    pub(super) fn sections(&self) -> impl Iterator<Item = (Section, bool)> {
        Section::ALL
            .into_iter()
            .map(|section| (section, section == self.section))
    }
}

/// The places of the navigation, in its order. A section is named here once its page is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Jobs,
    Review,
    Items,
    Suppliers,
    Catalogue,
    Matching,
    Reference,
}

impl Section {
    const ALL: [Self; 7] = [
        Self::Jobs,
        Self::Review,
        Self::Items,
        Self::Suppliers,
        Self::Catalogue,
        Self::Matching,
        Self::Reference,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Jobs => "Jobs",
            Self::Review => "Review",
            Self::Items => "Items",
            Self::Suppliers => "Suppliers",
            Self::Catalogue => "Catalogue",
            Self::Matching => "Matching",
            Self::Reference => "API",
        }
    }

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Jobs => "/",
            Self::Review => "/review",
            Self::Items => "/items",
            Self::Suppliers => "/suppliers",
            Self::Catalogue => "/catalogue",
            Self::Matching => "/matching",
            Self::Reference => "/reference",
        }
    }

    /// The icon's outline: an SVG path in a box of 16 by 16.
    pub(super) fn icon(self) -> &'static str {
        match self {
            Self::Jobs => "M2.5 4h11M2.5 8h11M2.5 12h6.5",
            Self::Review => "M2 8.5l3.5 3.5L14 3.5",
            Self::Items => "M2.5 2.5h5l6 6-5 5-6-6zM5.5 5.5h.01",
            Self::Suppliers => {
                "M1.5 4.5h8v7h-8zM9.5 7h3l2 2.2v2.3h-5M4 11.5a1.25 1.25 0 1 0 .01 0M11.5 11.5a1.25 1.25 0 1 0 .01 0"
            }
            Self::Catalogue => {
                "M3 2.5h8.5a1.5 1.5 0 0 1 1.5 1.5v9.5H4.5A1.5 1.5 0 0 1 3 12zM3 12a1.5 1.5 0 0 1 1.5-1.5H13"
            }
            Self::Matching => "M2.5 13.5v-11M2.5 13.5h11M5 11l3-3.5 2 1.5 3.5-5",
            Self::Reference => "M5 4L1.5 8 5 12M11 4l3.5 4L11 12M9 2.5L7 13.5",
        }
    }
}
