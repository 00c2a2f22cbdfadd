//! The fields of an item from the texts of its cells, prices apart.

use std::{borrow::Cow, collections::HashMap};

use domain::{Currency, Field, ListItem, Text, Unit};

use crate::{
    availability,
    columns::Columns,
    currency,
    dictionary::{self, Role},
    unit,
};

/// Words that many rows repeat, understood once.
#[derive(Default)]
pub(super) struct Known {
    units: Understood<Unit>,
    currencies: Understood<Currency>,
}

/// The words of a column with what they mean.
struct Understood<T> {
    /// The first few, which are all of most lists: found without hashing.
    first: Vec<(Text, Option<T>)>,
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
        if let Some((_, value)) = self.first.iter().find(|(known, _)| known == text) {
            return value.clone();
        }
        if let Some(value) = self.others.get(text) {
            return value.clone();
        }
        let value = read(text);
        if self.first.len() < Self::FIRST {
            self.first.push((text.into(), value.clone()));
        } else if self.others.len() < Self::MOST {
            self.others.insert(text.into(), value.clone());
        }
        value
    }
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

/// Puts a text where its role says; whether it was taken.
pub(super) fn set(known: &mut Known, item: &mut ListItem, role: Role, text: Cow<'_, str>) -> bool {
    match role {
        Role::Sku => {
            let squeezed = squeezed(text);
            let code = dictionary::labelled(&squeezed).map(|(_, code)| code.into());
            item.sku = Some(code.unwrap_or(squeezed));
        }
        Role::Barcode => item.barcode = Some(without_blanks(text)),
        Role::Name => item.name = Some(squeezed(text)),
        Role::Brand => item.brand = Some(squeezed(text)),
        Role::Currency => item.currency = known.currencies.meaning(&text, currency::exactly).or(item.currency),
        Role::Unit => item.unit = known.units.meaning(&squeeze(&text), unit::read),
        Role::PackSize => item.pack_size = first_number(&text),
        Role::MinimumOrder => item.minimum_order = first_number(&text),
        Role::Availability => item.availability = availability::read(&text),
        Role::Category => item.category = Some(squeezed(text)),
        Role::Description => item.description = Some(text.into()),
        _ => return false,
    }
    true
}

pub(crate) fn first_number(text: &str) -> Option<rust_decimal::Decimal> {
    if let Some(number) = availability::digits(text) {
        return Some(rust_decimal::Decimal::from(number));
    }
    let digits: String = text
        .chars()
        .skip_while(|char| !char.is_ascii_digit())
        .take_while(|char| char.is_ascii_digit() || matches!(char, '.' | ','))
        .map(|char| if char == ',' { '.' } else { char })
        .collect();
    digits.trim_end_matches('.').parse().ok()
}

fn without_blanks(text: Cow<'_, str>) -> Text {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        text.into()
    } else {
        text.split_whitespace().collect()
    }
}

/// The text in one line, with single blanks between its words.
pub(super) fn squeeze(text: &str) -> Cow<'_, str> {
    if is_squeezed(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// The same of a text that may be the caller's own already.
fn squeezed(text: Cow<'_, str>) -> Text {
    if is_squeezed(&text) {
        text.into()
    } else {
        squeeze(&text).into()
    }
}

fn is_squeezed(text: &str) -> bool {
    // Without a way out before the end, so that many bytes are looked at together.
    let bytes = text.as_bytes();
    let printed = bytes.iter().fold(true, |all, byte| all & (b' '..0x7F).contains(byte));
    let pairs = bytes.iter().zip(bytes.iter().skip(1));
    let doubled = pairs.fold(false, |any, (left, right)| any | (*left == b' ' && *right == b' '));
    !doubled && (printed || !text.contains(|char: char| char.is_whitespace() && char != ' '))
}
