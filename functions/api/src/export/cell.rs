//! A cell of an export.

use std::borrow::Cow;

use rust_decimal::Decimal;

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    Empty,
    Text(Cow<'a, str>),
    Number(Decimal),
}

impl<'a> Cell<'a> {
    pub(super) fn text(value: Option<impl Into<Cow<'a, str>>>) -> Self {
        value.map_or(Self::Empty, |value| Self::Text(value.into()))
    }

    pub(super) fn number(value: Option<impl Into<Decimal>>) -> Self {
        value.map_or(Self::Empty, |value| Self::Number(value.into().normalize()))
    }
}

/// Text as a spreadsheet may be given it: what begins like a formula is marked as text, so that opening a supplier's list
/// never runs what stands in it (OWASP, "CSV injection"). In a workbook, too, whose cells say that they are text: it may be
/// saved as CSV.
pub(super) fn harmless(text: &str) -> Cow<'_, str> {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_begins_like_a_formula_is_marked_as_text() {
        for begin in ["=", "+", "-", "@", "\t", "\r"] {
            assert_eq!(harmless(&format!("{begin}1")), format!("'{begin}1"));
        }
        assert_eq!((harmless("a=1"), harmless("")), ("a=1".into(), "".into()));
    }

    proptest! {
        #[test]
        fn no_text_begins_like_a_formula(text in "[=+@\t\r a-]{0,4}") {
            prop_assert!(!harmless(&text).starts_with(['=', '+', '-', '@', '\t', '\r']));
            prop_assert!(harmless(&text).ends_with(&text));
        }
    }
}
