//! What surrounds every page: where one is, where one can go, who one is.

use crate::session::Caller;

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
    Suppliers,
}

impl Section {
    const ALL: [Self; 2] = [Self::Jobs, Self::Suppliers];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Jobs => "Jobs",
            Self::Suppliers => "Suppliers",
        }
    }

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Jobs => "/",
            Self::Suppliers => "/suppliers",
        }
    }

    /// The icon's outline: an SVG path in a box of 16 by 16.
    pub(super) fn icon(self) -> &'static str {
        match self {
            Self::Jobs => "M2.5 4h11M2.5 8h11M2.5 12h6.5",
            Self::Suppliers => {
                "M1.5 4.5h8v7h-8zM9.5 7h3l2 2.2v2.3h-5M4 11.5a1.25 1.25 0 1 0 .01 0M11.5 11.5a1.25 1.25 0 1 0 .01 0"
            }
        }
    }
}
