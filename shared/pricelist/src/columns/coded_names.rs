//! Codes that stand in one cell with the name: `[FURN_0096] Desk`, `AB-1001 - Socket`, `Socket` over `AB-1001`.

use std::collections::HashSet;

use super::Columns;
use crate::{dictionary::Role, grid::Grid, structure::Table};

/// How a cell says a code beside the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodedName {
    /// `[code] name`.
    Bracketed,
    /// `code - name`.
    Dashed,
    /// The name, and the code in a line below.
    Below,
}

impl CodedName {
    /// How the names of a table that has no codes of their own say them: nearly all of them, each its own.
    pub(super) fn of(grid: &Grid, table: &Table, columns: &Columns) -> Option<Self> {
        const SAMPLE: usize = 200;
        const LEAST: usize = 3;
        let name = columns.of(Role::Name).filter(|_| columns.of(Role::Sku).is_none())?;
        let price = columns.prices.first()?;
        let texts: Vec<String> = table
            .rows()
            .filter(|row| grid.cell(*row, *price).is_some_and(|cell| !grid.is_blank(cell)))
            .map(|row| grid.text_at(row, name).trim().to_owned())
            .filter(|text| !text.is_empty())
            .take(SAMPLE)
            .collect();
        [Self::Bracketed, Self::Dashed, Self::Below].into_iter().find(|way| {
            let codes: Vec<&str> = texts
                .iter()
                .filter(|text| *way != Self::Below || text.contains('\n'))
                .filter_map(|text| way.split(text))
                .map(|(code, _)| code)
                .collect();
            let distinct = codes.iter().collect::<HashSet<_>>().len();
            // A code in a line of its own says itself what it is.
            let share = if *way == Self::Below { 3 } else { 8 };
            codes.len() >= LEAST && codes.len() * 10 >= texts.len() * share && distinct * 10 >= codes.len() * 9
        })
    }

    /// The code and the name of a cell.
    pub(crate) fn split(self, text: &str) -> Option<(&str, &str)> {
        let (code, name) = match self {
            Self::Bracketed => text.strip_prefix('[')?.split_once(']')?,
            Self::Dashed => [" - ", " – ", " — ", " | ", ": "]
                .iter()
                .filter_map(|mark| text.split_once(mark))
                .min_by_key(|(code, _)| code.len())?,
            // An item's name is in one line already.
            Self::Below => text.rsplit_once(['\n', ' ']).map(|(name, code)| (code, name))?,
        };
        let (code, name) = (code.trim(), name.trim());
        let has_digit = code.chars().any(|char| char.is_ascii_digit());
        let is_lettered = code
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '.' | '/' | '_'));
        if self == Self::Below && !(is_lettered && code.len() >= 5) {
            return None;
        }
        let is_code = (3..=25).contains(&code.chars().count())
            && !code.contains(char::is_whitespace)
            && (has_digit || self == Self::Bracketed);
        (is_code && name.chars().any(char::is_alphabetic)).then_some((code, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_told_from_the_name_beside_it() {
        assert_eq!(
            CodedName::Bracketed.split("[E-COM07] Cabinet"),
            Some(("E-COM07", "Cabinet"))
        );
        assert_eq!(
            CodedName::Dashed.split("AB-10 - Socket - white"),
            Some(("AB-10", "Socket - white"))
        );
        assert_eq!(
            CodedName::Below.split("Board 4 mm\nTFSD0401"),
            Some(("TFSD0401", "Board 4 mm"))
        );
        assert_eq!(CodedName::Below.split("Board 4 mm\n12 pieces"), None);
        for text in ["Tea - black", "Cable 3x1,5 - black", "1 - Tea", "AB-10 - 12", "AB-10"] {
            assert_eq!(CodedName::Dashed.split(text), None, "{text}");
        }
    }
}
