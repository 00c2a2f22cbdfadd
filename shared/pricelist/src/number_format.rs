//! How a workbook shows its numbers: dates, leading zeros and the currency that only the format tells.

use domain::Currency;
use rust_decimal::Decimal;

use crate::currency;

/// What of a number format matters to a reader of price lists.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct NumberFormat {
    date: DateForm,
    /// `dd.mm`, `d-mmm`: how a date of day, month and year alone is shown; all zero where that is left to the place.
    date_pattern: [u8; LONGEST_PATTERN],
    /// `00000` shows 42 as `00042`.
    zero_pad: u8,
    percent: bool,
    /// From `[$€-407]`, `"руб."`, `$`.
    pub(crate) currency: Option<Currency>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
enum DateForm {
    #[default]
    None,
    Since1900,
    Since1904,
}

impl NumberFormat {
    /// As typed.
    pub(crate) const GENERAL: NumberFormat = NumberFormat {
        date: DateForm::None,
        date_pattern: [0; LONGEST_PATTERN],
        zero_pad: 0,
        percent: false,
        currency: None,
    };

    /// Numbers of an amount in this currency.
    pub(crate) fn of_currency(currency: Option<Currency>) -> Self {
        Self {
            currency,
            ..Self::GENERAL
        }
    }

    /// Reads a format code such as `#,##0.00 [$€-407]` or `dd.mm.yyyy`.
    pub(crate) fn from_code(code: &str, date1904: bool) -> Self {
        let first = code.split(';').next().unwrap_or_default();
        let mut bare = String::new();
        let mut pattern = String::new();
        let mut literal = String::new();
        let mut chars = first.chars();
        while let Some(char) = chars.next() {
            match char {
                '"' => literal.extend(chars.by_ref().take_while(|char| *char != '"')),
                '\\' => {
                    let escaped = chars.next();
                    literal.extend(escaped);
                    pattern.extend(escaped);
                }
                '_' | '*' => {
                    chars.next();
                }
                '[' => {
                    let inner: String = chars.by_ref().take_while(|char| *char != ']').collect();
                    if let Some(symbol) = inner.strip_prefix('$') {
                        literal.push_str(symbol.split('-').next().unwrap_or_default());
                    } else if matches!(inner.as_str(), "h" | "hh" | "m" | "mm" | "s" | "ss") {
                        bare.push('h');
                    }
                }
                _ => {
                    bare.push(char);
                    pattern.push(char.to_ascii_lowercase());
                }
            }
        }
        let lower = bare.to_lowercase();
        let is_general = lower.contains("general");
        let date = !is_general && lower.chars().any(|char| matches!(char, 'd' | 'y' | 'h' | 's' | 'm'));
        let zeros = bare.trim();
        let zero_pad = if zeros.len() > 1 && zeros.chars().all(|char| char == '0') {
            zeros.len().min(30) as u8
        } else {
            0
        };
        let symbols: String = literal
            .chars()
            .chain(
                bare.chars()
                    .filter(|char| matches!(char, '$' | '€' | '£' | '¥' | '₽' | '₴')),
            )
            .collect();
        Self {
            date: match (date, date1904) {
                (false, _) => DateForm::None,
                (true, false) => DateForm::Since1900,
                (true, true) => DateForm::Since1904,
            },
            date_pattern: Some(pattern.trim())
                .filter(|pattern| date && is_day_pattern(pattern))
                .map_or([0; LONGEST_PATTERN], kept),
            zero_pad,
            percent: bare.contains('%'),
            currency: currency::in_text(&symbols),
        }
    }

    /// A built-in format by its number (ECMA-376 part 1, 18.8.30).
    pub(crate) fn built_in(id: u32, date1904: bool) -> Self {
        match id {
            9 | 10 => Self {
                percent: true,
                ..Self::GENERAL
            },
            // A code such as 2-11 that was taken for a date is shown as one of these.
            16 => Self::from_code("d-mmm", date1904),
            17 => Self::from_code("mmm-yy", date1904),
            14..=22 | 27..=36 | 45..=47 | 50..=58 => Self::from_code("yyyy-mm-dd", date1904),
            _ => Self::GENERAL,
        }
    }

    pub(crate) fn is_date(&self) -> bool {
        self.date != DateForm::None
    }

    fn date_pattern(&self) -> &str {
        std::str::from_utf8(&self.date_pattern)
            .unwrap_or_default()
            .trim_end_matches('\0')
    }

    pub(crate) fn is_percent(&self) -> bool {
        self.percent
    }

    /// The number as a person sees it, without grouping or rounding to the format's places.
    pub(crate) fn show(&self, number: f64) -> String {
        match self.date {
            DateForm::Since1900 => return show_date(number, 25_569, self.date_pattern()),
            DateForm::Since1904 => return show_date(number, 24_107, self.date_pattern()),
            DateForm::None => {}
        }
        if self.percent {
            return format!("{}%", plain(number * 100.0));
        }
        let text = plain(number);
        let width = usize::from(self.zero_pad);
        if width > text.len() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            format!("{text:0>width$}")
        } else {
            text
        }
    }
}

/// Bytes of a date's pattern that are kept; longer ones are left to the place.
const LONGEST_PATTERN: usize = 12;

fn kept(pattern: &str) -> [u8; LONGEST_PATTERN] {
    let mut kept = [0; LONGEST_PATTERN];
    for (slot, byte) in kept.iter_mut().zip(pattern.bytes()) {
        *slot = byte;
    }
    kept
}

/// Whether a pattern is short and shows days, months and years and nothing else that varies.
fn is_day_pattern(pattern: &str) -> bool {
    pattern.len() <= LONGEST_PATTERN
        && pattern
            .chars()
            .all(|char| matches!(char, 'd' | 'm' | 'y' | '.' | '-' | '/' | ',' | ' '))
}

/// English, as the format is kept; the reader's own language shows it in Excel.
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A day as a pattern such as `dd.mm.yy` shows it; none where the pattern names days or months in full.
fn by_pattern(pattern: &str, (year, month, day): (i64, i64, i64)) -> Option<String> {
    let mut shown = String::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let run = rest.chars().take_while(|char| *char == first).count();
        match (first, run) {
            ('d', 1) => shown.push_str(&day.to_string()),
            ('d', 2) => shown.push_str(&format!("{day:02}")),
            ('m', 1) => shown.push_str(&month.to_string()),
            ('m', 2) => shown.push_str(&format!("{month:02}")),
            ('m', 3) => shown.push_str(MONTHS.get(usize::try_from(month).ok()?.checked_sub(1)?)?),
            ('y', 2) => shown.push_str(&format!("{:02}", year.rem_euclid(100))),
            ('y', 4) => shown.push_str(&format!("{year:04}")),
            ('d' | 'm' | 'y', _) => return None,
            (mark, times) => shown.extend(std::iter::repeat_n(mark, times)),
        }
        rest = rest.get(first.len_utf8() * run..)?;
    }
    Some(shown)
}

/// A day as its format's pattern shows it, else `2024-05-31`, from days since the workbook's epoch; `unix_day` is the serial
/// number of 1970-01-01.
fn show_date(number: f64, unix_day: i64, pattern: &str) -> String {
    if !number.is_finite() || !(-1.0e6..1.0e7).contains(&number) {
        return plain(number);
    }
    let days = number.floor() as i64 - unix_day;
    let (year, month, day) = civil(days);
    let seconds = ((number - number.floor()) * 86_400.0).round() as u32;
    match (number < 1.0, seconds) {
        (true, seconds) => format!("{:02}:{:02}", seconds / 3600, seconds / 60 % 60),
        (false, 0) => Some(pattern)
            .filter(|pattern| !pattern.is_empty())
            .and_then(|pattern| by_pattern(pattern, (year, month, day)))
            .unwrap_or_else(|| format!("{year:04}-{month:02}-{day:02}")),
        (false, seconds) => {
            format!(
                "{year:04}-{month:02}-{day:02} {:02}:{:02}",
                seconds / 3600,
                seconds / 60 % 60
            )
        }
    }
}

/// Year, month and day of days since 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant, "chrono-Compatible
/// Low-Level Date Algorithms", `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The number in at most 15 significant digits, as spreadsheets show it: 19.989999999999998 is 19.99.
pub(crate) fn plain(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1.0e15 {
        return format!("{}", number as i64);
    }
    decimal(number).map_or_else(|| format!("{number}"), |value| value.to_string())
}

/// The decimal `digits`/10^`scale` without zeros at its end.
pub(crate) fn shortest(mut digits: i64, mut scale: u32) -> Decimal {
    while scale > 0 && digits % 10 == 0 {
        digits /= 10;
        scale -= 1;
    }
    Decimal::new(digits, scale)
}

/// `Decimal` holds 28 digits.
const LARGEST: f64 = 7.9e27;

/// The number as a decimal of at most 15 significant digits; none when it is infinite, not a number or beyond decimals.
pub(crate) fn decimal(number: f64) -> Option<Decimal> {
    if !number.is_finite() || number.abs() > LARGEST {
        return None;
    }
    if number.fract() == 0.0 && number.abs() < 1.0e15 {
        return Some(Decimal::from(number as i64));
    }
    // Most prices have at most four decimals: exact by scaling, if the scaled number is that one float.
    let scaled = (number * 10_000.0).round();
    if scaled.abs() < 1.0e13 && scaled / 10_000.0 == number {
        return Some(shortest(scaled as i64, 4));
    }
    Decimal::from_scientific(&format!("{number:.14e}"))
        .ok()
        .map(|value| value.normalize())
}
