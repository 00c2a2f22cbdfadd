//! Prices as people write them, in any locale: `1.234,56`, `1,234.56`, `1 234,56`, `1'234.50`, `12.–`, `от 1200 руб./кг`.

mod numbers;
mod words;

use domain::{Currency, Unit};
use rust_decimal::Decimal;

use self::{
    numbers::{Number, groups_thousands, normalise, numbers, parse, scientific},
    words::{BESIDE, LOWER_BOUND, MAGNITUDES, is_on_request},
};
use crate::{currency, number_format::shortest, unit};

/// Which mark a column uses before the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DecimalMark {
    Point,
    Comma,
}

/// A price cell, understood.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reading {
    /// An amount.
    Amount(Amount),
    /// "On request", "call", "by agreement".
    OnRequest,
    /// Nothing, or a dash.
    Blank,
    /// Below zero.
    Negative,
    /// Something that is no price.
    Unreadable,
}

/// An amount with what stands around it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Amount {
    pub(crate) value: Decimal,
    pub(crate) currency: Option<Currency>,
    /// Of a price per unit, as few are.
    pub(crate) unit: Option<Box<Unit>>,
    /// The amount is the least of several: "from 1200", "1200-1500".
    pub(crate) is_lower_bound: bool,
}

/// Above this a number in a price column is a code or a mistake.
const LARGEST_PRICE: i64 = 1_000_000_000_000_000;

/// Reads a price cell. `mark` is what the column is known to use; it decides what `1.234` is.
pub(crate) fn read(text: &str, mark: Option<DecimalMark>) -> Reading {
    let bare = text.trim();
    if let Some(value) = plain(bare, mark) {
        return Reading::Amount(Amount {
            value,
            currency: None,
            unit: None,
            is_lower_bound: false,
        });
    }
    if !bare.is_empty()
        && bare.len() <= 15
        && bare
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
    {
        let starts_well = bare.as_bytes().first().is_some_and(u8::is_ascii_digit);
        let ends_well = bare.as_bytes().last().is_some_and(u8::is_ascii_digit);
        if starts_well && ends_well {
            return match parse(bare, mark) {
                Some(value) => bounded(value, None, None, false),
                None => Reading::Unreadable,
            };
        }
    }
    let text = normalise(text);
    let text = without_remark(text.trim());
    if text.is_empty()
        || text
            .chars()
            .all(|char| matches!(char, '-' | '–' | '—' | '.' | '_' | '/' | '*' | '−' | ' '))
    {
        return Reading::Blank;
    }
    if text.chars().count() > 80 {
        return Reading::Unreadable;
    }
    let lower = text.to_lowercase();
    let numbers = numbers(text);
    let priced = priced_second(text, &numbers);
    let Some(first) = priced.or(numbers.first()) else {
        if matches!(
            lower.as_str(),
            "n/a" | "na" | "#n/a" | "x" | "х" | "?" | "none" | "null"
        ) {
            return if lower.starts_with('#') {
                Reading::Unreadable
            } else {
                Reading::Blank
            };
        }
        return if is_on_request(&lower) {
            Reading::OnRequest
        } else {
            Reading::Unreadable
        };
    };
    if let Some(value) = scientific(text) {
        return bounded(value, None, None, false);
    }
    let Some(value) = parse(first.text, mark) else {
        return Reading::Unreadable;
    };
    let before = text.get(..first.start).unwrap_or_default().trim_end();
    let after = text.get(first.end..).unwrap_or_default().trim_start();
    if before.ends_with(['-', '−'])
        && before
            .trim_end_matches(['-', '−'])
            .trim()
            .chars()
            .all(|char| !char.is_alphanumeric())
        || (before.ends_with('(') && after.starts_with(')') && before.len() == 1)
    {
        return Reading::Negative;
    }
    let stands_alone = before.is_empty() || currency::exactly(before).is_some();
    let is_attached = text.get(first.end..).is_some_and(|rest| !rest.starts_with(' '));
    let factor = magnitude(after, is_attached).filter(|_| stands_alone);
    let lower_before = before.to_lowercase();
    let mut is_lower_bound = LOWER_BOUND
        .iter()
        .any(|word| lower_before.trim() == *word || lower.starts_with(word) && !word.is_ascii());
    match numbers.get(1).filter(|_| priced.is_none()) {
        None => {}
        // `1200-1500`: the lower end. Three numbers, or two joined otherwise, are a size or a date.
        Some(second) if numbers.len() == 2 => {
            let between = text.get(first.end..second.start).unwrap_or_default().trim();
            let bare = between
                .trim_matches(|char: char| !char.is_ascii() && !matches!(char, '–' | '—' | '…') || char == '$')
                .trim();
            let between = if bare.is_empty() || bare.chars().any(char::is_alphabetic) {
                between
            } else {
                bare
            };
            // "£75 / £95": of two prices the lower.
            let is_choice = is_two_prices(text, first, second);
            let range = is_choice || matches!(between, "-" | "–" | "—" | "..." | "…" | "до" | "to" | "bis" | "do");
            let pack = currency::in_text(between).is_some() || between.contains(['/', '\\']) && !text.contains("//");
            match (range, parse(second.text, mark)) {
                (true, Some(upper)) if upper >= value => is_lower_bound = upper > value,
                (true, Some(lower)) if is_choice => {
                    return bounded(lower, currency::in_text(text), None, true);
                }
                _ if pack && between.chars().any(char::is_alphabetic) => {}
                _ => return Reading::Unreadable,
            }
        }
        Some(_) => return Reading::Unreadable,
    }
    let words = words_beside(text, &numbers);
    let known = |word: &str| {
        BESIDE.contains(&word)
            || factor.is_some() && MAGNITUDES.iter().any(|(known, _)| *known == word)
            || currency::exactly(word).is_some()
            || unit::is_unit_word(word)
            || word.chars().all(|char| !char.is_alphanumeric())
    };
    if after.starts_with('%') || before.ends_with('%') {
        return Reading::Unreadable;
    }
    if !words.iter().all(|word| known(word)) && currency::in_text(text).is_none() {
        return Reading::Unreadable;
    }
    let value = match factor {
        Some(factor) => value.checked_mul(Decimal::from(factor)).unwrap_or(Decimal::MAX),
        None => value,
    };
    bounded(
        value,
        currency::in_text(text),
        unit::price_basis::after_slash(text),
        is_lower_bound,
    )
}

/// The text without a remark in brackets after its amount, where that has no number of its own: `56.17 (Bangkok)`.
fn without_remark(text: &str) -> &str {
    let remark = text.strip_suffix(')').and_then(|text| text.rsplit_once('('));
    match remark {
        Some((amount, remark))
            if amount.contains(|char: char| char.is_ascii_digit())
                && !remark.contains(|char: char| char.is_ascii_digit())
                && remark.contains(char::is_alphabetic) =>
        {
            amount.trim_end()
        }
        _ => text,
    }
}

/// Whether a cell is two prices with a slash between them, each with its currency.
fn is_two_prices(text: &str, first: &Number<'_>, second: &Number<'_>) -> bool {
    let parts = text.get(first.start..second.end).and_then(|both| both.split_once('/'));
    let Some((one, _)) = parts else { return false };
    let (before, after) = text.split_at(first.start + one.len());
    let is_price = |part: &str| currency::in_text(part).is_some();
    is_price(before) && is_price(after) && before.trim_end().len() + 2 >= before.len()
}

/// The second of two numbers where it alone has a currency and the first is a measure of what it pays: `10 min 100 Kč`.
fn priced_second<'n, 't>(text: &'t str, numbers: &'n [Number<'t>]) -> Option<&'n Number<'t>> {
    let [first, second] = numbers else {
        return None;
    };
    let between = text.get(first.end..second.start)?.trim().trim_end_matches('.');
    let after = text.get(second.end..)?.split_whitespace().next()?;
    let before = text.get(..first.start)?;
    let is_bare = currency::in_text(between).is_none() && currency::in_text(before).is_none();
    (is_bare && unit::is_unit_word(between) && currency::exactly(after).is_some()).then_some(second)
}

/// What the word after an amount multiplies it by: `5K`, `150rb`, `1,2 тыс. руб.`. A lone letter stands at its number.
fn magnitude(after: &str, is_attached: bool) -> Option<u32> {
    let word: String = after.chars().take_while(|char| char.is_alphabetic()).collect();
    let word = word.to_lowercase();
    let known = MAGNITUDES.iter().find(|(known, _)| *known == word)?;
    (word.chars().count() > 1 || is_attached).then_some(known.1)
}

/// Most cells, told without more ado: digits with at most one mark among them. None for whatever else there is. Some write
/// a semicolon before two decimals.
fn plain(text: &str, mark: Option<DecimalMark>) -> Option<Decimal> {
    let bytes = text.as_bytes();
    if !(1..=15).contains(&bytes.len()) {
        return None;
    }
    let (mut digits, mut at) = (0i64, None);
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b'0'..=b'9' => digits = digits * 10 + i64::from(byte - b'0'),
            b'.' | b',' if at.is_none() && index > 0 => at = Some((index, *byte == b',')),
            b';' if at.is_none() && index > 0 && index + 3 == bytes.len() => at = Some((index, true)),
            _ => return None,
        }
    }
    let Some((at, is_comma)) = at else {
        return Some(Decimal::from(digits));
    };
    match bytes.len() - at - 1 {
        0 | 12.. => None,
        3 if groups_thousands(text.get(..at)?, is_comma, mark) => Some(Decimal::from(digits)),
        decimals => Some(shortest(digits, decimals as u32)),
    }
}

fn bounded(value: Decimal, currency: Option<Currency>, unit: Option<Unit>, is_lower_bound: bool) -> Reading {
    if value.is_sign_negative() && !value.is_zero() {
        return Reading::Negative;
    }
    if value > Decimal::from(LARGEST_PRICE) {
        return Reading::Unreadable;
    }
    Reading::Amount(Amount {
        value: value.normalize(),
        currency,
        unit: unit.map(Box::new),
        is_lower_bound,
    })
}

/// The value of a number cell as a price.
pub(crate) fn from_number(value: Decimal, currency: Option<Currency>) -> Reading {
    bounded(value, currency, None, false)
}

/// What a written amount proves of its column's decimal mark; none where it could be either.
pub(crate) fn proves_mark(text: &str) -> Option<DecimalMark> {
    let text = normalise(text);
    let numbers = numbers(&text);
    let number = numbers.first().filter(|_| numbers.len() == 1)?.text;
    let (points, commas) = (number.matches('.').count(), number.matches(',').count());
    let last = number.rfind(['.', ','])?;
    let (whole, decimals) = (number.get(..last)?, number.get(last + 1..)?);
    let mark = if number.get(last..=last) == Some(",") {
        DecimalMark::Comma
    } else {
        DecimalMark::Point
    };
    let other = if mark == DecimalMark::Comma {
        DecimalMark::Point
    } else {
        DecimalMark::Comma
    };
    match (points, commas) {
        (1.., 1..) => Some(mark),
        (2.., 0) | (0, 2..) => Some(other),
        _ if decimals.len() != 3 => Some(mark),
        _ if whole.starts_with('0') || whole.len() > 3 => Some(mark),
        _ => None,
    }
}

/// The words of a cell outside its numbers, in lower case.
fn words_beside(text: &str, numbers: &[Number<'_>]) -> Vec<String> {
    let mut bare = String::new();
    let mut at = 0;
    for number in numbers {
        bare.push_str(text.get(at..number.start).unwrap_or_default());
        bare.push(' ');
        at = number.end;
    }
    bare.push_str(text.get(at..).unwrap_or_default());
    bare.to_lowercase()
        .split(|char: char| {
            char.is_whitespace()
                || matches!(
                    char,
                    '/' | '\\' | '(' | ')' | ',' | ';' | ':' | '*' | '-' | '–' | '—' | '=' | '<' | '>' | '|'
                )
        })
        .map(|word| word.trim_matches('.').to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str, mark: Option<DecimalMark>) -> Option<String> {
        match read(text, mark) {
            Reading::Amount(amount) => Some(amount.value.to_string()),
            _ => None,
        }
    }

    #[test]
    fn amounts_of_every_locale_are_read() {
        for (text, expected) in [
            ("1.234,56", "1234.56"),
            ("1,234.56", "1234.56"),
            ("1 234,56", "1234.56"),
            ("1\u{a0}250,50", "1250.5"),
            ("1'234.50 CHF", "1234.5"),
            ("21'600.00 руб.", "21600"),
            ("12.–", "12"),
            ("12,-", "12"),
            ("14 227", "14227"),
            ("20 000 ₽ / м³", "20000"),
            ("$150/hr", "150"),
            ("550.0 грн\\кг", "550"),
            ("от 1200", "1200"),
            ("₹1,23,456.00", "123456"),
            ("١٢٫٥", "12.5"),
            ("0.874", "0.874"),
            ("19.989999999999998", "19.99"),
            ("1.250", "1250"),
            ("1,250", "1250"),
            (".50", "0.5"),
            ("32;50", "32.5"),
            ("EUR 12,5", "12.5"),
            ("1200-1500", "1200"),
            ("1.5E+3", "1500"),
            ("￥1,200", "1200"),
        ] {
            assert_eq!(amount(text, None).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(amount("1.250", Some(DecimalMark::Point)).as_deref(), Some("1.25"));
        assert_eq!(amount("1,250", Some(DecimalMark::Comma)).as_deref(), Some("1.25"));
    }

    #[test]
    fn what_is_no_price_is_not_read_as_one() {
        for text in [
            "Труба 15х15",
            "01.12.18",
            "4,2/3,5",
            "10%",
            "1;2",
            "NaN",
            "inf",
            "1e400",
            "#N/A",
            "abc",
            "+7 495 123-45-67",
        ] {
            assert!(
                matches!(read(text, None), Reading::Unreadable),
                "{text}: {:?}",
                read(text, None)
            );
        }
        assert_eq!(read("-5.00", None), Reading::Negative);
        assert_eq!(read("по запросу", None), Reading::OnRequest);
        assert_eq!(read("—", None), Reading::Blank);
    }

    #[test]
    fn a_column_proves_its_decimal_mark() {
        assert_eq!(proves_mark("12,50"), Some(DecimalMark::Comma));
        assert_eq!(proves_mark("1.234.567"), Some(DecimalMark::Comma));
        assert_eq!(proves_mark("0.874"), Some(DecimalMark::Point));
        assert_eq!(proves_mark("1.250"), None);
    }
}
