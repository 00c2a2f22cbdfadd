//! What a price is for, as its cell, its header or a note says: a kilogram, an hour, a hundred pieces.

use domain::{Text, Unit};

use super::{by_word, count, multiple};
use crate::currency;

/// Prices for several of a unit: per 100 pieces, per 1000 m.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Basis {
    /// More than one.
    pub(crate) count: u32,
    /// Of what, where it is said.
    pub(crate) unit: Option<Unit>,
}

impl Basis {
    /// The basis that a count in a cell names; none for one.
    pub(crate) fn of_count(text: &str) -> Option<Self> {
        let count = count(text).filter(|count| (2..=1_000_000).contains(count))?;
        Some(Self { count, unit: None })
    }

    /// `100 Stk` as a unit; `unit` is the row's own, for where the header does not say of what.
    pub(crate) fn applied(&self, unit: Option<&Unit>) -> Unit {
        let unit = self.unit.as_ref().or(unit);
        let code = match unit {
            Some(unit) => unit.code.as_deref().and_then(|code| multiple(self.count, code)),
            None => multiple(self.count, "H87"),
        };
        let original = match unit {
            Some(unit) => compact_str::format_compact!("{} {}", self.count, unit.original),
            None => compact_str::format_compact!("{}", self.count),
        };
        Unit {
            original,
            code: code.map(Text::const_new),
        }
    }
}

/// What a price's header says it is for, if that is several: `Preis je 100 Stk`, `Цена за 1000 шт`, `EUR/100 m`.
pub(crate) fn basis(header: &str) -> Option<Basis> {
    let spaced = header.replace(['/', '\\'], " / ");
    let mut words = spaced
        .split(|char: char| char.is_whitespace() || matches!(char, '(' | ')' | ',' | ':' | '[' | ']' | '\u{a0}'))
        .filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        let is_per = word == "/" || PER.contains(&word.to_lowercase().trim_end_matches('.'));
        let mut rest = words.clone();
        let Some(next) = rest.next().filter(|_| is_per) else {
            continue;
        };
        let digits = next
            .find(|char: char| !char.is_ascii_digit() && char != '.')
            .unwrap_or(next.len());
        let (number, glued) = (next.get(..digits)?, next.get(digits..)?.trim_end_matches('.'));
        let is_thousand = number.is_empty() && count(&glued.to_lowercase()) == Some(1000);
        let mut number = if is_thousand {
            "1000".to_owned()
        } else {
            number.to_owned()
        };
        let mut word = if is_thousand { "" } else { glued };
        if word.is_empty() {
            word = rest.next().unwrap_or_default().trim_end_matches('.');
            if word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_digit()) {
                number.push_str(word);
                word = rest.next().unwrap_or_default().trim_end_matches('.');
            }
        }
        let is_several = |count: &u32| matches!(count, 10 | 100 | 1000 | 10_000);
        if let Some(count) = count(&number).filter(is_several) {
            let unit = by_word(&word.to_lowercase()).map(|code| Unit {
                original: word.into(),
                code: Some(Text::const_new(code)),
            });
            return Some(Basis { count, unit });
        }
    }
    None
}

/// The unit of a price per unit: `руб./ тн`, `20 000 ₽ / м³`, `$150/hr`, `Cena netto w listwie/mb (PLN)`.
pub(crate) fn after_slash(text: &str) -> Option<Unit> {
    let (before, after) = text.rsplit_once(['/', '\\'])?;
    first_word(after).or_else(|| unknown_unit(before, after))
}

/// A word after a currency and a slash is a unit, though none that is known: `25,-- €/rm`.
fn unknown_unit(before: &str, after: &str) -> Option<Unit> {
    const LONGEST: usize = 12;
    let word = after.trim();
    let currency = before.trim_end().trim_end_matches('.');
    let currency = currency
        .rsplit(|char: char| char.is_whitespace() || char.is_ascii_digit() || char == '-')
        .next()?;
    let is_word = (1..=LONGEST).contains(&word.chars().count()) && word.chars().all(char::is_alphabetic);
    (is_word && currency::exactly(currency).is_some()).then(|| Unit {
        original: word.into(),
        code: None,
    })
}

/// The unit that a note states beside the currency of all prices: `Glass, prices (€/m²)`, `ceny w zł/kg`. A sum before the
/// currency is a price of its own, as of delivery.
pub(crate) fn in_note(note: &str) -> Option<Unit> {
    note.match_indices('/').find_map(|(at, slash)| {
        let before = note.get(..at)?.trim_end().trim_end_matches('.');
        let (rest, currency) = match before.rfind(|char: char| char.is_whitespace() || matches!(char, '(' | '[' | ','))
        {
            Some(gap) => before.split_at(gap + before.get(gap..)?.chars().next()?.len_utf8()),
            None => ("", before),
        };
        currency::exactly(currency)?;
        let is_sum = rest.trim_end().ends_with(|char: char| char.is_ascii_digit());
        let after = note.get(at + slash.len()..)?;
        first_word(after).filter(|_| !is_sum)
    })
}

/// The unit at the beginning of a text.
fn first_word(text: &str) -> Option<Unit> {
    let word: String = text
        .trim_start()
        .chars()
        .take_while(|char| !char.is_whitespace() && !matches!(char, '(' | ')' | ']' | ',' | ';'))
        .collect();
    let word = word.trim_end_matches('.');
    by_word(&word.to_lowercase()).map(|code| Unit {
        original: word.into(),
        code: Some(Text::const_new(code)),
    })
}

/// Words that come between a price and the unit it is for, in a header.
const PER: &[&str] = &[
    "per", "pro", "je", "por", "par", "za", "за", "på", "pr", "à", "ανά", "pour", "x",
];

/// The unit that a price's header names: `Price / kg`, `USD per tonne`, `Preis je Stück`. Prices of several units, as per
/// 100 g, are for none.
pub(crate) fn of_price(header: &str) -> Option<Unit> {
    after_slash(header).or_else(|| {
        let mut words = header
            .split(|char: char| char.is_whitespace() || matches!(char, '(' | ')' | ',' | ':' | '[' | ']' | '_'))
            .filter(|word| !word.is_empty());
        words.find(|word| PER.contains(&word.to_lowercase().trim_end_matches('.')))?;
        let word = words.find(|word| *word != "1")?.trim_end_matches('.');
        by_word(&word.to_lowercase()).map(|code| Unit {
            original: word.into(),
            code: Some(Text::const_new(code)),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_say_what_a_price_is_for() {
        assert_eq!(
            after_slash("20 000 ₽ / м³").and_then(|unit| unit.code).as_deref(),
            Some("MTQ")
        );
    }

    #[test]
    fn headers_say_what_a_price_is_for() {
        for (header, expected) in [
            ("Preis je 100 Stk. EUR", Some(("100 Stk", Some("CEN")))),
            ("Цена за 1 000 шт, руб.", Some(("1000 шт", Some("MIL")))),
            ("Preis EUR/100 m", Some(("100 m", Some("HMT")))),
            ("Price per 100 g", Some(("100 g", Some("HGM")))),
            ("Pris/1000 ark (SEK)", Some(("1000 ark", None))),
            ("Price per 100", Some(("100", Some("CEN")))),
            ("Price per kg", None),
            ("Preis pro 1 Stk", None),
            ("Price 2024", None),
        ] {
            let unit = basis(header).map(|basis| basis.applied(None));
            let said = unit.as_ref().map(|unit| (unit.original.as_str(), unit.code.as_deref()));
            assert_eq!(said, expected, "{header}");
        }
        for (header, expected) in [
            ("Price, USD per tonne", Some("TNE")),
            ("Preis je Stück (EUR)", Some("H87")),
            ("Цена за 1 кг", Some("KGM")),
            ("price_per_kg", Some("KGM")),
            ("Price per 100 g", None),
            ("Price per customer", None),
            ("Price", None),
        ] {
            assert_eq!(
                of_price(header).and_then(|unit| unit.code).as_deref(),
                expected,
                "{header}"
            );
        }
    }
}
