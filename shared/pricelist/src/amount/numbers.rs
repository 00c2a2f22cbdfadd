//! The numbers of a text and what they are.

use rust_decimal::Decimal;

use super::DecimalMark;

/// Whether the one mark before three last digits groups them: it does unless the column proves it to be the decimals'.
pub(super) fn groups_thousands(whole: &str, is_comma: bool, mark: Option<DecimalMark>) -> bool {
    !whole.starts_with('0')
        && (1..=3).contains(&whole.len())
        && match mark {
            Some(DecimalMark::Comma) => !is_comma,
            Some(DecimalMark::Point) => is_comma,
            None => true,
        }
}

/// A number's text within a cell.
pub(super) struct Number<'t> {
    pub(super) text: &'t str,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Digits of every script as ASCII, blanks of every width as spaces, apostrophes of every shape as `'`.
pub(super) fn normalise(text: &str) -> String {
    if text.is_ascii() {
        return text.replace('`', "'");
    }
    text.chars()
        .filter_map(|char| {
            Some(match char {
                '٠'..='٩' => shift(char, '٠'),
                '۰'..='۹' => shift(char, '۰'),
                '०'..='९' => shift(char, '०'),
                '０'..='９' => shift(char, '０'),
                '٫' => '.',
                '٬' => '\'',
                '．' => '.',
                '，' => ',',
                '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{2007}' | '\u{2002}' | '\u{2003}' | '\u{3000}' | '\t'
                | '\n' | '\r' => ' ',
                '’' | '‘' | '´' | '`' | 'ʼ' => '\'',
                '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}' | '\u{ad}' => return None,
                char => char,
            })
        })
        .collect()
}

fn shift(char: char, zero: char) -> char {
    char::from_digit(char as u32 - zero as u32, 10).unwrap_or(char)
}

/// The numbers of a text, each with its grouping.
pub(super) fn numbers(text: &str) -> Vec<Number<'_>> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = 0;
    while at < bytes.len() && found.len() < 8 {
        // The 2 of `m2` and the 3 of `cm3` are no numbers.
        let is_power = at > 0
            && bytes.get(at - 1) == Some(&b'm')
            && matches!(bytes.get(at), Some(b'2' | b'3'))
            && !bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric);
        if !digit(at) || is_power {
            at += 1;
            continue;
        }
        // `.50` is a number; `руб.50` is not.
        let start = if at > 0 && bytes.get(at - 1) == Some(&b'.') && (at == 1 || bytes.get(at - 2) == Some(&b' ')) {
            at - 1
        } else {
            at
        };
        let mut end = at;
        loop {
            while digit(end) {
                end += 1;
            }
            let groups = match bytes.get(end) {
                Some(b'.' | b',' | b'\'') => digit(end + 1),
                // A blank groups only thousands.
                Some(b' ') => {
                    digit(end + 1)
                        && digit(end + 2)
                        && digit(end + 3)
                        && !digit(end + 4)
                        && end - start < 12
                        && end > start
                        && leading_group(bytes, start, end)
                }
                _ => false,
            };
            if !groups {
                break;
            }
            end += 1;
        }
        if let Some(number) = text.get(start..end) {
            found.push(Number {
                text: number,
                start,
                end,
            });
        }
        at = end;
    }
    found
}

/// Whether what stands before a grouping blank is one to three digits or already grouped.
fn leading_group(bytes: &[u8], start: usize, end: usize) -> bool {
    let group = bytes.get(start..end).unwrap_or_default();
    let last = group.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    last <= 3 && !group.contains(&b'.') && !group.contains(&b',')
}

/// The value of one number with its grouping and decimals.
pub(super) fn parse(number: &str, mark: Option<DecimalMark>) -> Option<Decimal> {
    let blanks = number.contains([' ', '\'']);
    let (points, commas) = (number.matches('.').count(), number.matches(',').count());
    let decimal_at = match (points, commas) {
        (0, 0) => None,
        (1.., 1..) => {
            let at = number.rfind(['.', ','])?;
            // The decimal mark stands once.
            let mark = number.get(at..=at)?;
            if number.matches(mark).count() > 1 {
                return None;
            }
            Some(at)
        }
        (2.., 0) | (0, 2..) => None,
        _ => {
            let at = number.find(['.', ','])?;
            let (whole, decimals) = (number.get(..at)?, number.get(at + 1..)?);
            let is_comma = number.get(at..=at) == Some(",");
            let thousands = decimals.len() == 3 && !blanks && groups_thousands(whole, is_comma, mark);
            if thousands { None } else { Some(at) }
        }
    };
    let (whole, decimals) = match decimal_at {
        Some(at) => (number.get(..at)?, number.get(at + 1..)?),
        None => (number, ""),
    };
    let groups: Vec<&str> = whole.split([' ', '\'', '.', ',']).collect();
    let grouped_well = groups.len() < 2
        || (groups.first().is_some_and(|first| (1..=3).contains(&first.len()))
            && groups.last().is_some_and(|last| last.len() == 3)
            // Lakhs and crores group by two.
            && groups.iter().skip(1).rev().skip(1).all(|group| matches!(group.len(), 2 | 3)));
    if !grouped_well {
        return None;
    }
    let whole: String = groups.concat();
    let text = if decimals.is_empty() {
        whole
    } else {
        format!("{whole}.{decimals}")
    };
    if text.len() > 40 {
        return None;
    }
    let text = if text.starts_with('.') {
        format!("0{text}")
    } else {
        text
    };
    let value: Decimal = text.parse().ok()?;
    // Float noise: 19.989999999999998 is 19.99.
    Some(if decimals.len() >= 12 {
        value.round_dp(10).normalize()
    } else {
        value
    })
}

/// `1.5E+3`, as programs write it.
pub(super) fn scientific(text: &str) -> Option<Decimal> {
    let (mantissa, exponent) = text.split_once(['e', 'E'])?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (digits(mantissa) && digits(exponent.trim_start_matches(['+', '-'])))
        .then(|| Decimal::from_scientific(text).ok())
        .flatten()
}
