//! The fields of an item from the texts of its cells, prices apart.

use std::{borrow::Cow, collections::HashMap};

use domain::{Currency, Field, ListItem, Text, Unit};
use memchr::memchr;

use crate::{
    amount::DecimalMark,
    availability,
    columns::Columns,
    currency,
    dictionary::{self, Role},
    grid::without_formula,
    unit,
};

/// Words that many rows repeat, understood once.
#[derive(Default)]
pub(super) struct Known {
    /// The decimal mark of the list's prices.
    mark: Option<DecimalMark>,
    units: Understood<Unit>,
    currencies: Understood<Currency>,
}

impl Known {
    pub(super) fn of_prices(columns: &Columns) -> Self {
        let mut prices = columns.prices.iter();
        Self {
            mark: prices.find_map(|column| columns.profile(*column)?.mark),
            ..Self::default()
        }
    }
}

/// The words of a column with what they mean.
struct Understood<T> {
    /// The first few short ones, which are all of most lists: found as numbers, without hashing.
    first: Vec<((u64, usize), Option<T>)>,
    others: HashMap<Text, Option<T>>,
}

impl<T> Default for Understood<T> {
    fn default() -> Self {
        Self {
            first: Vec::new(),
            others: HashMap::new(),
        }
    }
}

impl<T: Clone> Understood<T> {
    const FIRST: usize = 6;
    /// More words than these are no unit's or currency's, and are not kept.
    const MOST: usize = 1_000;

    fn meaning(&mut self, text: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let numbers = as_numbers(text);
        if let Some((_, value)) = self.first.iter().find(|(known, _)| Some(*known) == numbers) {
            return value.clone();
        }
        if let Some(value) = self.others.get(text) {
            return value.clone();
        }
        let value = read(text);
        if let Some(numbers) = numbers.filter(|_| self.first.len() < Self::FIRST) {
            self.first.push((numbers, value.clone()));
        } else if self.others.len() < Self::MOST {
            self.others.insert(text.into(), value.clone());
        }
        value
    }
}

/// A text of at most seven bytes as two numbers that no other text has: its bytes, some of them twice, and their count.
#[inline]
fn as_numbers(text: &str) -> Option<(u64, usize)> {
    let bytes = text.as_bytes();
    let bits = match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        _ if bytes.len() > 7 => return None,
        (Some(first), Some(last)) => u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last)),
        _ => {
            let byte = |at: usize| bytes.get(at).map_or(0, |byte| u64::from(*byte));
            byte(0) << 16 | byte(1) << 8 | byte(2)
        }
    };
    Some((bits, bytes.len()))
}

/// The columns that fill a field, in the order in which an item keeps the cells of its fields; prices apart.
pub(super) fn fields(columns: &Columns) -> Vec<(u32, Role, Field)> {
    let mut fields: Vec<_> = columns
        .readings
        .iter()
        .filter_map(|reading| Some((reading.column, reading.role, reading.role.field()?)))
        .filter(|(_, _, field)| *field != Field::Price)
        .collect();
    fields.sort_by_key(|(_, _, field)| *field);
    fields
}

/// Puts a text where its role says. A tidy text is printed ASCII without two blanks beside each other.
#[inline]
pub(super) fn set(known: &mut Known, item: &mut ListItem, role: Role, text: &str, is_tidy: bool) {
    // A grid's cells are without it already, records read where they lie are not.
    let text = without_formula(text);
    let squeeze = || if is_tidy { Cow::Borrowed(text) } else { squeeze(text) };
    match role {
        Role::Sku => {
            let text = squeeze();
            let code = dictionary::labelled(&text).map_or(text.as_ref(), |(_, code)| code);
            item.sku = Some(Text::new(code));
        }
        Role::Barcode if is_tidy && memchr(b' ', text.as_bytes()).is_none() => item.barcode = Some(Text::new(text)),
        Role::Barcode => item.barcode = barcode(text),
        Role::Name => item.name = Some(Text::new(squeeze())),
        Role::Brand => item.brand = Some(Text::new(squeeze())),
        Role::Currency => item.currency = known.currencies.meaning(text, currency::exactly).or(item.currency),
        Role::Unit => item.unit = known.units.meaning(&squeeze(), unit::read),
        Role::PackSize => item.pack_size = first_number(text, known.mark),
        Role::MinimumOrder => item.minimum_order = first_number(text, known.mark),
        Role::Availability => item.availability = availability::read(text),
        Role::Category => {
            let text = squeeze();
            match &mut item.category {
                // Its columns come from the outermost level inwards.
                Some(path) if path.as_str() != text => {
                    path.push_str(" > ");
                    path.push_str(&text);
                }
                category => *category = Some(Text::new(text)),
            }
        }
        Role::Description => item.description = Some(Text::new(text)),
        // Roles that fill no field are not among the columns of `fields`.
        _ => {}
    }
}

/// The first number of a text. Where the list's prices tell their decimal mark, the other one groups thousands.
pub(crate) fn first_number(text: &str, mark: Option<DecimalMark>) -> Option<rust_decimal::Decimal> {
    if let Some(number) = availability::digits(text) {
        return Some(rust_decimal::Decimal::from(number));
    }
    let start = text.find(|char: char| char.is_ascii_digit())?;
    let rest = text.get(start..)?;
    let end = rest
        .find(|char: char| !char.is_ascii_digit() && !matches!(char, '.' | ','))
        .unwrap_or(rest.len());
    let digits = rest.get(..end)?.trim_end_matches(['.', ',']);
    let group = mark.map(|mark| match mark {
        DecimalMark::Point => ',',
        DecimalMark::Comma => '.',
    });
    match group.filter(|group| is_grouped(digits, *group)) {
        Some(group) => digits.replace(group, "").replace(',', ".").parse().ok(),
        None => digits.replace(',', ".").parse().ok(),
    }
}

/// `1,000` and `12,500`, but not `0,500`.
fn is_grouped(digits: &str, group: char) -> bool {
    let whole = digits.split(['.', ',']).next().unwrap_or_default();
    let mut groups = digits.split(group).skip(1).peekable();
    let is_group = |part: &str| part.len() >= 3 && part.bytes().take(3).all(|byte| byte.is_ascii_digit());
    whole.len() <= 3 && !whole.starts_with('0') && groups.peek().is_some() && groups.all(is_group)
}

/// The text in one line, with single blanks between its words.
pub(super) fn squeeze(text: &str) -> Cow<'_, str> {
    if is_squeezed(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

fn is_squeezed(text: &str) -> bool {
    match is_squeezed_ascii(text.as_bytes()) {
        Some(squeezed) => squeezed,
        None => is_squeezed_text(text),
    }
}

/// The same of printable ASCII, eight bytes at a time; none where there is anything else, or too little.
#[inline]
fn is_squeezed_ascii(bytes: &[u8]) -> Option<bool> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = EACH << 7;
    let (words, rest) = bytes.as_chunks::<8>();
    let last = bytes.last_chunk::<8>()?;
    let (mut odd, mut doubled) = (0, 0);
    let mut look = |word: &[u8; 8], carried: u64| {
        let word = u64::from_le_bytes(*word);
        let low = word & !HIGH;
        // The highest bit of a byte is set in each sum where the byte is from 0x20 on, and where it is 0x7F.
        odd |= word | !(low + EACH * 0x60) | (low + EACH);
        let blanks = !((low ^ (EACH * 0x20)) + EACH * 0x7F) & HIGH;
        doubled |= blanks & (blanks << 8 | carried);
        blanks >> 56
    };
    let mut carried = 0;
    for word in words {
        carried = look(word, carried);
    }
    // The last eight bytes once more, where the length is no multiple of eight: nothing comes before what was looked at.
    if !rest.is_empty() {
        look(last, 0);
    }
    (odd & HIGH == 0).then_some(doubled == 0)
}

fn is_squeezed_text(text: &str) -> bool {
    let bytes = text.as_bytes();
    let printed = bytes.iter().fold(true, |all, byte| all & (b' '..0x7F).contains(byte));
    let pairs = bytes.iter().zip(bytes.iter().skip(1));
    let doubled = pairs.fold(false, |any, (left, right)| any | (*left == b' ' && *right == b' '));
    !doubled && (printed || !text.contains(|char: char| char.is_whitespace() && char != ' '))
}

/// The barcode that a cell says, without blanks; of several (of the piece, the pack and the case) the first. Zeros are none.
fn barcode(text: &str) -> Option<Text> {
    let whole: Text = text.split_whitespace().collect();
    if whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return whole.bytes().any(|byte| byte != b'0').then_some(whole);
    }
    let mut runs = text.split(|char: char| !char.is_ascii_digit());
    let first = runs.find(|run| crate::columns::is_gtin(run));
    Some(first.map_or(whole, Text::from))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_understood_once_and_told_apart() {
        let mut known = Understood::<usize>::default();
        let words = [
            "aaaa",
            "aaaaa",
            "kg",
            "\0kg",
            "",
            "\0",
            "kilogram",
            "m",
            "pcs",
            "шт",
            "set",
            "box",
            "piece",
            "kilograms",
            "aaaaaa",
            "kgkg",
            "kgkgkg",
        ];
        for (at, word) in words.iter().enumerate() {
            assert_eq!(known.meaning(word, |_| Some(at)), Some(at), "{word:?}");
        }
        for (at, word) in words.iter().enumerate() {
            assert_eq!(known.meaning(word, |_| None), Some(at), "{word:?}");
        }
    }

    proptest! {
        #[test]
        fn blanks_are_told_eight_bytes_at_a_time_as_one_by_one(text in "[a-c \u{7f}\u{1f}~é\t]{0,40}|[a-z ]{0,40}") {
            if let Some(squeezed) = is_squeezed_ascii(text.as_bytes()) {
                prop_assert_eq!(squeezed, is_squeezed_text(&text), "{:?}", text);
            }
        }
    }
}
