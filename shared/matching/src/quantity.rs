//! Numbers with units, brought to one unit per dimension so that `0.5 l` and `500 ml` are equal and `16 GB` and `32 GB`
//! are in conflict.

use crate::chunks::Chunk;

/// What a quantity measures; its base unit in brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Dimension {
    /// Pieces in a pack (pc).
    Count = 0,
    /// Length (mm).
    Length = 1,
    /// Mass (g).
    Mass = 2,
    /// Volume (ml).
    Volume = 3,
    /// Data (GB).
    Storage = 4,
    /// Power (W).
    Power = 5,
    /// Voltage (V).
    Voltage = 6,
    /// Frequency (MHz).
    Frequency = 7,
    /// Image resolution (megapixels).
    Pixels = 8,
    /// Battery charge (mAh).
    Charge = 9,
    /// Area density of paper (g/m²).
    Grammage = 10,
    /// Licensed users or seats.
    Users = 11,
    /// Duration (months).
    Duration = 12,
    /// Rotation (rpm).
    Rotation = 13,
    /// What one pack holds: bags of tea, tablets, sheets (portions).
    Portions = 14,
}

impl Dimension {
    /// Every dimension, in the order of its number.
    pub(crate) const ALL: [Self; 15] = [
        Self::Count,
        Self::Length,
        Self::Mass,
        Self::Volume,
        Self::Storage,
        Self::Power,
        Self::Voltage,
        Self::Frequency,
        Self::Pixels,
        Self::Charge,
        Self::Grammage,
        Self::Users,
        Self::Duration,
        Self::Rotation,
        Self::Portions,
    ];

    /// The sign of the base unit.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Count => "pc",
            Self::Length => "mm",
            Self::Mass => "g",
            Self::Volume => "ml",
            Self::Storage => "gb",
            Self::Power => "w",
            Self::Voltage => "v",
            Self::Frequency => "mhz",
            Self::Pixels => "mp",
            Self::Charge => "mah",
            Self::Grammage => "gsm",
            Self::Users => "users",
            Self::Duration => "months",
            Self::Rotation => "rpm",
            Self::Portions => "portions",
        }
    }
}

/// An amount of a dimension's base unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quantity {
    pub(crate) dimension: Dimension,
    pub(crate) amount: f64,
}

impl Quantity {
    /// The one spelling of this quantity: `500ml`.
    pub(crate) fn canonical(self) -> String {
        format!("{}{}", decimal_text(self.amount), self.dimension.unit())
    }

    /// As a person would say it: `1.5 kg`, `pack of 6`.
    pub(crate) fn spoken(self) -> String {
        let unit = self.dimension.unit();
        match self.dimension {
            Dimension::Count => format!("pack of {}", decimal_text(self.amount)),
            Dimension::Length if self.amount >= 1000.0 => format!("{} m", decimal_text(self.amount / 1000.0)),
            Dimension::Mass if self.amount >= 1000.0 => format!("{} kg", decimal_text(self.amount / 1000.0)),
            Dimension::Volume if self.amount >= 1000.0 => format!("{} l", decimal_text(self.amount / 1000.0)),
            Dimension::Storage => format!("{} GB", decimal_text(self.amount)),
            Dimension::Power => format!("{} W", decimal_text(self.amount)),
            Dimension::Voltage => format!("{} V", decimal_text(self.amount)),
            Dimension::Frequency => format!("{} MHz", decimal_text(self.amount)),
            Dimension::Pixels => format!("{} megapixels", decimal_text(self.amount)),
            Dimension::Charge => format!("{} mAh", decimal_text(self.amount)),
            Dimension::Grammage => format!("{} g/m²", decimal_text(self.amount)),
            Dimension::Portions => format!("{} in a pack", decimal_text(self.amount)),
            _ => format!("{} {unit}", decimal_text(self.amount)),
        }
    }

    /// Equal but for rounding: 1 % (inches printed as millimetres, ounces as grams), nothing for pieces and users.
    pub(crate) fn same_amount(self, other: Self) -> bool {
        let tolerance = match self.dimension {
            Dimension::Count | Dimension::Users | Dimension::Duration | Dimension::Portions => 0.0,
            _ => 0.01,
        };
        (self.amount - other.amount).abs() <= tolerance * self.amount.max(other.amount)
    }
}

/// A number rounded to three significant places after the point, without trailing zeros; from 100 on, none.
pub(crate) fn decimal_text(value: f64) -> String {
    if value >= 100.0 || value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        let text = format!("{value:.3}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// A number of a list: `1.5`, `1,5`, `1,000`, `12`. None for `1.2.3`, for anything with letters, and beyond 12 digits.
pub(crate) fn number(text: &str) -> Option<f64> {
    if text.is_empty()
        || text.len() > 13
        || !text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
    {
        return None;
    }
    let separators = text.bytes().filter(|byte| !byte.is_ascii_digit()).count();
    match text.find(['.', ',']) {
        None => text.parse().ok(),
        Some(at) if separators == 1 => {
            let (whole, decimals) = (&text[..at], &text[at + 1..]);
            if text.as_bytes()[at] == b',' && decimals.len() == 3 && !whole.starts_with('0') {
                format!("{whole}{decimals}").parse().ok()
            } else {
                format!("{whole}.{decimals}").parse().ok()
            }
        }
        Some(_) => None,
    }
}

/// The quantity with which `chunks` begin, and how many of them it takes.
pub(crate) fn read(chunks: &[Chunk<'_>]) -> Option<(Quantity, usize)> {
    let first = chunks.first()?;
    if let Some(found) = pack_in_words(chunks) {
        return Some(found);
    }
    let digits_end = first
        .text
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))
        .unwrap_or(first.text.len());
    if digits_end == 0 {
        return multiplied(chunks).or_else(|| pack_of(chunks));
    }
    let (digits, tail) = first.text.split_at(digits_end);
    let value = number(digits.trim_end_matches(['.', ',']))?;
    if value > 1e9 {
        return None;
    }
    if !tail.is_empty() {
        let tail = tail.trim_start_matches(['-', '.']);
        if tail == "x" && chunks.get(1).is_some_and(|next| starts_with_digit(next.text)) {
            return counted(value).map(|quantity| (quantity, 1));
        }
        return unit(tail, true)
            .and_then(|unit| unit.of(value))
            .map(|quantity| (quantity, 1));
    }
    if matches!(first.mark, Some('"')) || (first.mark == Some('\'') && value >= 3.0) {
        return INCH.of(value).map(|quantity| (quantity, 1));
    }
    let next = chunks.get(1).filter(|_| first.joined)?;
    if next.text == "x" && chunks.get(2).is_some_and(|third| starts_with_digit(third.text)) {
        return counted(value).map(|quantity| (quantity, 2));
    }
    let (name, used) = match (next.text, chunks.get(2).map(|third| third.text)) {
        ("cu" | "cubic", Some("ft" | "feet")) => ("cuft", 3),
        ("cu.ft", _) => ("cuft", 2),
        ("fl", Some("oz")) => ("floz", 3),
        (name, _) => (name, 2),
    };
    unit(name, false)
        .and_then(|unit| unit.of(value))
        .map(|quantity| (quantity, used))
}

/// `pack of 6`, `set of 4`, `box of 12`.
fn pack_in_words(chunks: &[Chunk<'_>]) -> Option<(Quantity, usize)> {
    let [pack, of, count, ..] = chunks else { return None };
    (matches!(pack.text, "pack" | "set" | "box" | "case" | "lot") && of.text == "of")
        .then(|| multiplier(count.text))
        .flatten()
        .map(|quantity| (quantity, 3))
}

/// `x6`, `x 6`: so many, unless a unit follows that makes it a measure.
fn multiplied(chunks: &[Chunk<'_>]) -> Option<(Quantity, usize)> {
    let (count, used) = match chunks.first()?.text.strip_prefix('x')? {
        "" => (chunks.get(1)?.text, 2),
        count => (count, 1),
    };
    let measured = chunks[used - 1].joined && chunks.get(used).is_some_and(|next| unit(next.text, false).is_some());
    let quantity = multiplier(count).filter(|_| !measured)?;
    Some((quantity, used))
}

/// `box 500`, `VPE 500`, `уп. 6`: a pack and how many are in it, unless a unit follows the number.
fn pack_of(chunks: &[Chunk<'_>]) -> Option<(Quantity, usize)> {
    const PACKS: [&str; 12] = [
        "pack", "box", "pkg", "pkt", "ctn", "carton", "karton", "vpe", "ve", "caja", "уп", "упак",
    ];
    let [pack, count, rest @ ..] = chunks else { return None };
    let measured = count.joined && rest.first().is_some_and(|next| unit(next.text, false).is_some());
    let named = PACKS.contains(&pack.text) && pack.joined && count.mark != Some('"') && !measured;
    let quantity = named.then(|| multiplier(count.text)).flatten()?;
    (quantity.amount > 1.0).then_some((quantity, 2))
}

/// Measures joined by `x`, and how many chunks they take: `M10x30`, `50 x 100 cm`, `6x1kg`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Product {
    /// `m` of a metric thread, or nothing.
    pub(crate) thread: &'static str,
    pub(crate) factors: Vec<f64>,
    /// What the unit makes of the last factor, if it is no length.
    pub(crate) measure: Option<Quantity>,
    pub(crate) used: usize,
}

/// At most this many measures make up one size.
const MOST_FACTORS: usize = 4;

/// The product with which `chunks` begin.
pub(crate) fn product(chunks: &[Chunk<'_>]) -> Option<Product> {
    let first = chunks.first()?.text;
    let (thread, mut text) = match first.strip_prefix('m').filter(|rest| starts_with_digit(rest)) {
        Some(rest) => ("m", rest),
        None => ("", first),
    };
    let (mut factors, mut used) = (Vec::new(), 0);
    loop {
        let (value, tail) = leading_number(text)?;
        factors.push(value);
        if factors.len() > MOST_FACTORS {
            return None;
        }
        let next = chunks
            .get(used + 1)
            .filter(|_| chunks[used].joined)
            .map(|next| next.text);
        match (tail, next) {
            (_, Some(next)) if tail == "x" && starts_with_digit(next) => {
                (text, used) = (next, used + 1);
            }
            ("", Some("x")) if chunks.get(used + 2).is_some_and(|third| starts_with_digit(third.text)) => {
                (text, used) = (chunks[used + 2].text, used + 2);
            }
            ("", Some(next)) if next.strip_prefix('x').is_some_and(starts_with_digit) => {
                (text, used) = (&next[1..], used + 1);
            }
            (_, _) if tail.strip_prefix('x').is_some_and(starts_with_digit) => text = &tail[1..],
            ("", next) => {
                let unit = next.and_then(|next| unit(next, false));
                return finished(thread, factors, unit.is_some(), unit, used + 1);
            }
            (tail, _) => {
                let unit = unit(tail, true)?;
                return finished(thread, factors, false, Some(unit), used + 1);
            }
        }
    }
}

fn finished(
    thread: &'static str,
    factors: Vec<f64>,
    unit_stands_alone: bool,
    unit: Option<Unit>,
    used: usize,
) -> Option<Product> {
    if factors.len() < 2 {
        return None;
    }
    let is_length = unit.as_ref().is_none_or(|unit| unit.dimension == Dimension::Length);
    let measure = match unit.filter(|_| !is_length) {
        Some(unit) => Some(unit.of(*factors.last()?)?),
        None => None,
    };
    Some(Product {
        thread,
        factors,
        measure,
        used: used + usize::from(unit_stands_alone),
    })
}

/// The number with which a text begins, and what follows it.
fn leading_number(text: &str) -> Option<(f64, &str)> {
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))
        .unwrap_or(text.len());
    let value = number(&text[..end])?;
    Some((value, &text[end..]))
}

/// How many packs of a measure (`6x1kg`).
pub(crate) fn counted(value: f64) -> Option<Quantity> {
    (value.fract() == 0.0 && (1.0..=10_000.0).contains(&value)).then_some(Quantity {
        dimension: Dimension::Count,
        amount: value,
    })
}

fn multiplier(text: &str) -> Option<Quantity> {
    (text.len() <= 4).then(|| number(text)).flatten().and_then(counted)
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

struct Unit {
    dimension: Dimension,
    factor: f64,
}

impl Unit {
    fn of(&self, value: f64) -> Option<Quantity> {
        let amount = value * self.factor;
        match self.dimension {
            Dimension::Count => counted(amount),
            Dimension::Portions => (amount.fract() == 0.0 && amount > 0.0).then_some(Quantity {
                dimension: Dimension::Portions,
                amount,
            }),
            dimension => (amount > 0.0).then_some(Quantity { dimension, amount }),
        }
    }
}

const INCH: Unit = Unit {
    dimension: Dimension::Length,
    factor: 25.4,
};

/// A unit by its name. Single letters that are also words or marks of their own (`v`, `w`, `a`) count only when they
/// stand right at the number. Factors: BIPM SI brochure; international pound and inch; US fluid ounce and cubic foot.
fn unit(name: &str, attached: bool) -> Option<Unit> {
    use Dimension::*;
    let (dimension, factor) = match name {
        "pc" | "pcs" | "pk" | "pack" | "packs" | "ct" | "count" | "pieces" | "piece" | "stk" | "stuck" | "шт"
        | "уп" | "pz" | "uds" | "个" => (Count, 1.0),
        "er" if attached => (Count, 1.0),
        "st" if !attached => (Count, 1.0),
        "mm" | "мм" => (Length, 1.0),
        "cm" | "см" => (Length, 10.0),
        "m" | "м" | "meter" | "metre" | "meters" | "metres" | "mtr" => (Length, 1000.0),
        "in" if attached => (Length, 25.4),
        "inch" | "inches" | "zoll" | "дюйм" | "дюимов" | "pulgadas" | "pouces" => (Length, 25.4),
        "ft" | "feet" | "foot" => (Length, 304.8),
        "mg" | "мг" => (Mass, 0.001),
        "g" | "gr" | "gm" | "grams" | "г" | "гр" => (Mass, 1.0),
        "kg" | "kgs" | "кг" => (Mass, 1000.0),
        "oz" => (Mass, 28.349_5),
        "lb" | "lbs" => (Mass, 453.592),
        "ml" | "мл" => (Volume, 1.0),
        "cl" => (Volume, 10.0),
        "dl" => (Volume, 100.0),
        "l" | "lt" | "ltr" | "litre" | "litres" | "liter" | "liters" | "л" => (Volume, 1000.0),
        "floz" => (Volume, 29.573_5),
        "gal" | "gallon" => (Volume, 3785.41),
        "cuft" => (Volume, 28_316.8),
        "kb" => (Storage, 1e-6),
        "mb" | "мб" => (Storage, 1e-3),
        "gb" | "гб" => (Storage, 1.0),
        "tb" | "to" | "тб" if attached || name != "to" => (Storage, 1000.0),
        "w" | "вт" if attached || name == "вт" => (Power, 1.0),
        "watt" | "watts" => (Power, 1.0),
        "kw" | "квт" => (Power, 1000.0),
        "hp" if attached => (Power, 745.7),
        "v" | "в" if attached => (Voltage, 1.0),
        "volt" | "volts" | "вольт" => (Voltage, 1.0),
        "hz" | "гц" => (Frequency, 1e-6),
        "khz" => (Frequency, 1e-3),
        "mhz" | "мгц" => (Frequency, 1.0),
        "ghz" | "ггц" => (Frequency, 1000.0),
        "mp" | "mpix" | "megapixel" | "megapixels" | "мп" => (Pixels, 1.0),
        "mah" | "мач" => (Charge, 1.0),
        "ah" if attached => (Charge, 1000.0),
        "gsm" => (Grammage, 1.0),
        "user" | "users" | "seat" | "seats" | "u" if attached || name != "u" => (Users, 1.0),
        "yr" | "yrs" | "year" | "years" => (Duration, 12.0),
        "month" | "months" => (Duration, 1.0),
        "rpm" => (Rotation, 1.0),
        "bags" | "teabags" | "sachets" | "beutel" | "teebeutel" | "пак" | "пакетиков" | "tablets" | "tabs"
        | "tabletten" | "таблеток" | "capsules" | "caps" | "kapseln" | "капсул" | "sheets" | "blatt" | "листов"
        | "rolls" | "rollen" | "рулонов" | "wipes" | "tucher" => (Portions, 1.0),
        _ => return None,
    };
    Some(Unit { dimension, factor })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_lists_write_them() {
        assert_eq!(number("1,5"), Some(1.5));
        assert_eq!(number("1,000"), Some(1000.0));
        assert_eq!(number("0,500"), Some(0.5));
        assert_eq!(number("1.2.3"), None);
        assert_eq!(number("99999999999999"), None);
    }

    #[test]
    fn amounts_are_equal_but_for_rounding() {
        let length = |amount| Quantity {
            dimension: Dimension::Length,
            amount,
        };
        assert!(length(812.8).same_amount(length(813.0)));
        assert!(!length(812.8).same_amount(length(1016.0)));
        let count = |amount| Quantity {
            dimension: Dimension::Count,
            amount,
        };
        assert!(!count(100.0).same_amount(count(101.0)));
    }
}
