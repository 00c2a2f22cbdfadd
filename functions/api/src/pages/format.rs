//! Numbers and times in the words of the pages.

use domain::{Currency, Price};
use jiff::Timestamp;

/// `12,345`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 item`, `2 items`.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// [`counted`] of a list's length.
pub(crate) fn counted_len(length: usize, one: &str, many: &str) -> String {
    counted(length as u64, one, many)
}

/// `1,234.50`: at least two decimals, as many as the list gives.
pub(crate) fn price(price: Price) -> String {
    let amount = price.amount();
    let decimals = amount.scale().max(2);
    let rounded = format!("{:.*}", decimals as usize, amount.fract());
    let fraction = rounded.split_once('.').map_or("00", |(_, fraction)| fraction);
    let whole = u64::try_from(amount.trunc()).map_or_else(|_| amount.trunc().to_string(), count);
    format!("{whole}.{fraction}")
}

/// `1,234.50 EUR`, or without a currency where none is known.
pub(crate) fn money(price: Price, currency: Option<Currency>) -> String {
    let amount = self::price(price);
    match currency {
        Some(currency) => format!("{amount} {currency}"),
        None => amount,
    }
}

/// A text that is no sentence yet as one.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

/// `text` as part of an address' query.
pub(crate) fn component(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// `340 B`, `12.4 kB`, `1.2 MB`.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)];
    for (unit, size) in UNITS {
        if bytes >= size {
            let tenths = bytes / (size / 10);
            return match tenths {
                1000.. => format!("{} {unit}", tenths / 10),
                _ => format!("{}.{} {unit}", tenths / 10, tenths % 10),
            };
        }
    }
    format!("{bytes} B")
}

/// `2026-03-01 12:00:05`, UTC.
pub(crate) fn second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `just now`, `5 min ago`, `3 h ago`, `2 days ago`.
pub(crate) fn ago(time: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(time).as_secs();
    match seconds {
        ..60 => "just now".to_owned(),
        _ => format!("{} ago", span(seconds)),
    }
}

/// `due now`, `in 5 min`, `in 3 h`.
pub(crate) fn until(time: Timestamp, now: Timestamp) -> String {
    let seconds = time.duration_since(now).as_secs();
    match seconds {
        ..=0 => "due now".to_owned(),
        1..60 => "in a minute".to_owned(),
        _ => format!("in {}", span(seconds)),
    }
}

fn span(seconds: i64) -> String {
    match seconds {
        ..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// From `start` to `end`: `8 s`, `3 min 20 s`, `2 h 5 min`.
pub(crate) fn took(start: Timestamp, end: Timestamp) -> String {
    let seconds = end.duration_since(start).as_secs().max(0);
    match seconds {
        ..=0 => "under 1 s".to_owned(),
        1..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_sizes_rounded_down() {
        assert_eq!(
            ["0", "999", "1,000", "1,234,567"],
            [0, 999, 1000, 1_234_567].map(count).each_ref().map(String::as_str)
        );
        assert_eq!(
            ["340 B", "1.0 kB", "12.3 kB", "104 MB", "2.0 GB"],
            [340, 1000, 12_399, 104_857_600, 2_000_000_000]
                .map(bytes)
                .each_ref()
                .map(String::as_str)
        );
    }

    #[test]
    fn prices_have_two_decimals_at_least() {
        let told = |text: &str| price(text.parse::<rust_decimal::Decimal>().unwrap().try_into().unwrap());
        assert_eq!(
            ["0.50", "1,234,567.00", "12.345"],
            ["0.5", "1234567", "12.345"].map(told).each_ref().map(String::as_str)
        );
    }

    #[test]
    fn text_in_an_address_stands_for_itself_only() {
        assert_eq!(component("sku:a/1 &x"), "sku%3Aa%2F1%20%26x");
    }

    #[test]
    fn times_are_told_as_people_tell_them() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-03-01T12:00:00Z");
        assert_eq!(ago(at("2026-03-01T11:59:01Z"), now), "just now");
        assert_eq!(ago(at("2026-03-01T11:55:00Z"), now), "5 min ago");
        assert_eq!(ago(at("2026-02-28T12:00:00Z"), now), "24 h ago");
        assert_eq!(ago(at("2026-02-26T12:00:00Z"), now), "3 days ago");
        assert_eq!(until(at("2026-03-01T11:00:00Z"), now), "due now");
        assert_eq!(until(at("2026-03-01T14:30:00Z"), now), "in 2 h");
        assert_eq!(took(at("2026-03-01T11:56:40Z"), now), "3 min 20 s");
    }
}
