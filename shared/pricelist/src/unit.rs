//! Units of measure: the list's word and its code in UN/CEFACT Recommendation 20.

mod names;
pub(crate) mod price_basis;

use std::{collections::HashMap, sync::LazyLock};

use domain::{Text, Unit};

use self::names::UNITS;

/// The unit that a whole cell states: `шт.`, `kg`, `1 box (10)`, `a vaschetta`.
pub(crate) fn read(text: &str) -> Option<Unit> {
    let original = text.trim();
    if original.is_empty() || original.chars().count() > 60 {
        return None;
    }
    Some(Unit {
        original: original.into(),
        code: code(original).map(Text::const_new),
    })
}

/// The UN/CEFACT code of a unit word, perhaps after a number.
pub(crate) fn code(text: &str) -> Option<&'static str> {
    let lower = text.trim().to_lowercase();
    let lower = lower.trim_end_matches('.');
    by_word(lower).or_else(|| hundreds(lower)).or_else(|| {
        let words: Vec<&str> = lower
            .split(|char: char| char.is_whitespace() || matches!(char, '/' | '(' | ')' | ',' | ';' | '\\'))
            .map(|word| word.trim_matches('.'))
            .filter(|word| !word.is_empty())
            .collect();
        if words.len() > 4 {
            return None;
        }
        words
            .iter()
            .find_map(|word| by_word(word.trim_start_matches(|char: char| char.is_ascii_digit())))
    })
}

/// The code of `100 stk`, `1000 шт`, `тыс. шт`.
fn hundreds(lower: &str) -> Option<&'static str> {
    let at = lower.rfind(|char: char| char.is_whitespace() || char == '.' || char.is_ascii_digit())?;
    let next = lower.get(at..)?.chars().next()?.len_utf8();
    let (count, word) = (lower.get(..at + next)?, lower.get(at + next..)?);
    multiple(self::count(count)?, by_word(word)?)
}

/// 100 of `100`, 1000 of `1 000` and `тыс.`.
fn count(text: &str) -> Option<u32> {
    let text = text.trim().trim_end_matches('.');
    if matches!(text, "тыс" | "1 тыс" | "тис" | "tis" | "tys" | "tsd" | "mille") {
        return Some(1000);
    }
    let digits: String = text
        .chars()
        .filter(|char| !matches!(char, ' ' | '.' | '\'' | '\u{a0}'))
        .collect();
    digits.parse().ok()
}

/// The code of a hundred or a thousand of a unit.
fn multiple(count: u32, code: &str) -> Option<&'static str> {
    Some(match (code, count) {
        ("H87", 100) => "CEN",
        ("H87", 1000) => "MIL",
        ("GRM", 100) => "HGM",
        ("GRM", 1000) => "KGM",
        ("KGM", 100) => "DTN",
        ("KGM", 1000) => "TNE",
        ("LTR", 100) => "HLT",
        ("LTR", 1000) => "MTQ",
        ("MLT", 1000) => "LTR",
        ("MTR", 100) => "HMT",
        ("MTR", 1000) => "KMT",
        _ => return None,
    })
}

fn by_word(word: &str) -> Option<&'static str> {
    static BY_WORD: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
        let mut codes = HashMap::new();
        for (code, words) in UNITS {
            for word in *words {
                codes.entry(*word).or_insert(*code);
            }
        }
        codes
    });
    BY_WORD.get(word).copied()
}

/// Whether a cell is nothing but a unit word.
pub(crate) fn is_unit_word(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    by_word(lower.trim_end_matches('.')).is_some()
}

/// Whether the unit is one of weight, volume, length or area.
pub(crate) fn is_measure(unit: &Unit) -> bool {
    const MEASURES: [&str; 9] = ["KGM", "GRM", "TNE", "LTR", "MLT", "MTR", "CMT", "MTK", "MTQ"];
    unit.code.as_ref().is_some_and(|code| MEASURES.contains(&code.as_str()))
}

/// Whether the unit is a package: its code is one of Recommendation 21, which Recommendation 20 prefixes with `X`.
pub(crate) fn is_package(unit: &Unit) -> bool {
    unit.code
        .as_ref()
        .is_some_and(|code| code.len() == 3 && code.starts_with('X'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_known_by_word_and_keep_it() {
        for (text, expected) in [
            ("шт.", "H87"),
            ("Kg.", "KGM"),
            ("1 box (10)", "XBX"),
            ("a vaschetta", "XTR"),
            ("Conf. ", "XPK"),
            ("м²", "MTK"),
        ] {
            assert_eq!(code(text), Some(expected), "{text}");
        }
        assert_eq!(code("Stainless steel bolt with a long name"), None);
        for (text, expected) in [
            ("100 Stk", "CEN"),
            ("1000 шт.", "MIL"),
            ("тыс. шт", "MIL"),
            ("100 m", "HMT"),
            ("Millar", "MIL"),
            ("25 kg", "KGM"),
        ] {
            assert_eq!(code(text), Some(expected), "{text}");
        }
    }
}
