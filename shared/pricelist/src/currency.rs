//! Currencies by code, sign or word. A sign that several countries share (`$`, `kr`, `¥`) says its most usual one only
//! where nothing else speaks.

mod crown;
mod dollar;

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

use domain::Currency;

pub(crate) use self::{
    crown::{says_crowns, whose_crowns},
    dollar::{is_bare_dollar, is_dollar_or_peso, is_in_language_of_pesos, speaks_of_other_dollars},
};
use crate::phrases::Phrases;

/// Words and signs, longest first where one holds another. Compared in lower case against whole words, signs anywhere.
const SIGNS: [(&str, &str); 43] = [
    ("us$", "USD"),
    ("u$s", "USD"),
    ("a$", "AUD"),
    ("c$", "CAD"),
    ("hk$", "HKD"),
    ("nt$", "TWD"),
    ("s$", "SGD"),
    ("r$", "BRL"),
    ("mx$", "MXN"),
    ("n$", "NAD"),
    ("nz$", "NZD"),
    ("rd$", "DOP"),
    ("j$", "JMD"),
    ("tt$", "TTD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("₽", "RUB"),
    ("₴", "UAH"),
    ("₸", "KZT"),
    ("₺", "TRY"),
    ("₹", "INR"),
    ("₩", "KRW"),
    ("₪", "ILS"),
    ("₫", "VND"),
    ("₱", "PHP"),
    ("₦", "NGN"),
    ("₾", "GEL"),
    ("₼", "AZN"),
    ("฿", "THB"),
    ("￥", "CNY"),
    ("人民币", "CNY"),
    ("人民幣", "CNY"),
    ("美元", "USD"),
    ("美金", "USD"),
    ("欧元", "EUR"),
    ("歐元", "EUR"),
    ("日元", "JPY"),
    ("港币", "HKD"),
    ("台币", "TWD"),
    ("円", "JPY"),
    ("元", "CNY"),
    ("원", "KRW"),
    ("บาท", "THB"),
];

/// Signs that several countries share: what else a text says comes first.
const SHARED_SIGNS: &[(&str, &str)] = &[("¥", "JPY"), ("$", "USD")];

/// Whole words. A word is compared without its final full stop.
const WORDS: &[(&str, &str)] = &[
    ("руб", "RUB"),
    ("рублей", "RUB"),
    ("рублях", "RUB"),
    ("рубли", "RUB"),
    ("рубль", "RUB"),
    ("р", "RUB"),
    ("rub", "RUB"),
    ("rur", "RUB"),
    ("грн", "UAH"),
    ("гривна", "UAH"),
    ("гривень", "UAH"),
    ("гривнях", "UAH"),
    ("гривні", "UAH"),
    ("uah", "UAH"),
    ("тг", "KZT"),
    ("тенге", "KZT"),
    ("теңге", "KZT"),
    ("бел.руб", "BYN"),
    ("byn", "BYN"),
    ("лв", "BGN"),
    ("лева", "BGN"),
    ("евро", "EUR"),
    ("євро", "EUR"),
    ("доллар", "USD"),
    ("долл", "USD"),
    ("долларах", "USD"),
    ("дол", "USD"),
    ("у.е", "USD"),
    ("сум", "UZS"),
    ("сом", "KGS"),
    ("ден", "MKD"),
    ("дин", "RSD"),
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("euroina", "EUR"),
    ("eurach", "EUR"),
    ("euroa", "EUR"),
    ("eur", "EUR"),
    ("ευρω", "EUR"),
    ("ευρώ", "EUR"),
    ("dollar", "USD"),
    ("dollars", "USD"),
    ("dolar", "USD"),
    ("dolares", "USD"),
    ("dólares", "USD"),
    ("dólar", "USD"),
    ("zł", "PLN"),
    ("zl", "PLN"),
    ("złotych", "PLN"),
    ("kč", "CZK"),
    ("kc", "CZK"),
    ("ft", "HUF"),
    ("forint", "HUF"),
    ("lei", "RON"),
    ("leu", "RON"),
    ("ron", "RON"),
    ("tl", "TRY"),
    ("₤", "TRY"),
    ("lira", "TRY"),
    ("kn", "HRK"),
    ("din", "RSD"),
    ("rsd", "RSD"),
    ("km", "BAM"),
    ("chf", "CHF"),
    ("sfr", "CHF"),
    ("fr", "CHF"),
    ("franken", "CHF"),
    ("rs", "INR"),
    ("inr", "INR"),
    ("rupees", "INR"),
    ("rmb", "CNY"),
    ("yuan", "CNY"),
    ("yen", "JPY"),
    ("won", "KRW"),
    ("rp", "IDR"),
    ("rm", "MYR"),
    ("baht", "THB"),
    ("vnđ", "VND"),
    ("vnd", "VND"),
    ("đ", "VND"),
    ("đồng", "VND"),
    ("reais", "BRL"),
    ("gbp", "GBP"),
    ("pounds", "GBP"),
    ("nis", "ILS"),
    ("שח", "ILS"),
    ("ש\"ח", "ILS"),
    ("درهم", "AED"),
    ("dhs", "AED"),
    ("dh", "MAD"),
    ("ريال", "SAR"),
    ("جنيه", "EGP"),
    ("تومان", "IRR"),
];

/// ISO 4217 codes that lists use.
const CODES: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BHD", "BIF",
    "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BYR", "BZD", "CAD", "CDF", "CHF", "CLF", "CLP", "CNY",
    "COP", "CRC", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EEK", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP",
    "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HRK", "HTG", "HUF", "IDR", "ILS", "INR", "IQD",
    "IRR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LBP", "LKR",
    "LRD", "LSL", "LTL", "LVL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MRU", "MUR", "MVR", "MWK", "MXN",
    "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG",
    "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SKK", "SLE", "SRD", "SSP",
    "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU",
    "UZS", "VES", "VND", "VUV", "WST", "XAF", "XCD", "XOF", "XPF", "YER", "ZAR", "ZMW",
];

/// The currency that a short text states as a whole: a code, sign or word (`EUR`, `€`, `руб.`).
pub(crate) fn exactly(text: &str) -> Option<Currency> {
    let text = text.trim().trim_end_matches('.').to_lowercase();
    if text.is_empty() || text.chars().count() > 12 {
        return None;
    }
    by_word(&text).or_else(|| {
        SIGNS
            .iter()
            .chain(SHARED_SIGNS)
            .find(|(sign, _)| *sign == text)
            .and_then(|(_, code)| code.parse().ok())
    })
}

/// The currency of a word or code in lower case.
fn by_word(word: &str) -> Option<Currency> {
    static BY_WORD: LazyLock<HashMap<String, Currency>> = LazyLock::new(|| {
        let codes = CODES.iter().map(|code| (code.to_ascii_lowercase(), *code));
        let words = WORDS.iter().rev().map(|(word, code)| ((*word).to_owned(), *code));
        // What comes later replaces what came before: the first of the words wins.
        codes
            .chain(words)
            .filter_map(|(word, code)| Some((word, code.parse().ok()?)))
            .collect()
    });
    BY_WORD.get(word).copied()
}

/// Whether a header says that its amounts are hundredths of the currency: `cost_cents`, `Цена, коп.`.
pub(crate) fn names_cents(header: &str) -> bool {
    const CENTS: [&str; 10] = [
        "cents",
        "pence",
        "коп",
        "копеек",
        "копейках",
        "копейки",
        "grosze",
        "groszach",
        "centavos",
        "centimes",
    ];
    words(&header.to_lowercase()).any(|word| CENTS.contains(&word))
}

/// The first currency named anywhere in a text: a cell's, a header's or a note's. In small letters "km" are kilometres, and
/// no convertible marks.
pub(crate) fn in_text(text: &str) -> Option<Currency> {
    static IN_SIGNS: LazyLock<Phrases> = LazyLock::new(|| Phrases::new(&SIGNS.map(|(sign, _)| sign)));
    let lower = text.to_lowercase();
    let mut signs: Vec<usize> = IN_SIGNS.in_text(&lower).collect();
    signs.sort_unstable();
    let sign = signs
        .into_iter()
        .filter_map(|at| SIGNS.get(at))
        .find(|(sign, _)| stands_in(&lower, sign));
    if let Some((_, code)) = sign {
        return code.parse().ok();
    }
    dollar::named(&lower)
        .or_else(|| {
            words(&lower)
                .filter(|word| *word != "km" || text.contains("KM"))
                .find_map(by_word)
        })
        .or_else(|| shared_sign(&lower))
}

/// A header without signs such as `N$`, whose letter means something else by itself.
pub(crate) fn without_lettered_signs(header: &str) -> Cow<'_, str> {
    if !header.contains('$') {
        return Cow::Borrowed(header);
    }
    let words = header.split_inclusive(char::is_whitespace).map(|word| {
        let lower = word.trim().to_lowercase();
        match SIGNS.iter().any(|(sign, _)| *sign == lower) {
            true => " ",
            false => word,
        }
    });
    Cow::Owned(words.collect())
}

/// Whether a sign stands in a text; one with letters where a word starts: "Precio en$" has no `n$`.
fn stands_in(lower: &str, sign: &str) -> bool {
    lower.match_indices(sign).any(|(at, _)| {
        let before = lower.get(..at).and_then(|before| before.chars().next_back());
        !sign.starts_with(|char: char| char.is_ascii_alphabetic()) || !before.is_some_and(char::is_alphabetic)
    })
}

fn shared_sign(text: &str) -> Option<Currency> {
    let (_, code) = SHARED_SIGNS.iter().find(|(sign, _)| text.contains(sign))?;
    code.parse().ok()
}

/// Words and codes of currencies that mean something else in running text: "DIN 933" is a standard and no dinar.
const PROSE: &[&str] = &[
    "din", "won", "all", "try", "top", "cup", "mad", "pen", "bob", "gel", "sos", "mop", "sum", "real", "rand",
];

/// Words that announce a currency.
const IN: &[&str] = &[
    "in",
    "en",
    "em",
    "w",
    "v",
    "ve",
    "в",
    "у",
    "currency",
    "валюта",
    "währung",
    "waluta",
    "měna",
];

/// Short words that mean nothing else.
const CLEAR: &[&str] = &["tl", "kč", "zł", "лв", "тг"];

/// Words after which East Asian notes name the currency by one character.
const UNIT_OF_MONEY: &[&str] = &["単位", "单位", "單位", "통화", "币种", "通貨"];

/// Whether a short text names a currency by its sign, its word or its code in capitals, apart from codes that are words.
pub(crate) fn is_named(text: &str) -> bool {
    if says_crowns(text) {
        return true;
    }
    const WORDS_TOO: &[&str] = &[
        "ALL", "BAM", "BOB", "CUP", "GEL", "LAK", "MAD", "MOP", "PEN", "SOS", "TOP", "TRY",
    ];
    let signs = || SIGNS.iter().chain(SHARED_SIGNS).map(|(sign, _)| *sign);
    signs().any(|sign| !sign.chars().any(char::is_alphabetic) && text.contains(sign))
        || text.split(|char: char| !char.is_alphanumeric()).any(|word| {
            let is_code =
                word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_uppercase()) && !WORDS_TOO.contains(&word);
            (is_code || word.chars().count() >= 4) && exactly(word).is_some()
        })
}

/// The same in running text, where short words mean other things: only codes in capitals, signs and long words.
pub(crate) fn in_prose(text: &str) -> Option<Currency> {
    let signs = SIGNS
        .iter()
        .filter(|(sign, _)| *sign != "元" && *sign != "円" && *sign != "원");
    let lower = text.to_lowercase();
    if let Some((_, code)) = signs.clone().find(|(sign, _)| lower.contains(sign)) {
        return code.parse().ok();
    }
    let mut before = "";
    let code = text
        .split(|char: char| !char.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .find(|word| {
            // "ALL PRICES IN GEL": what is a word too is a code only where one is announced.
            let announced = IN.contains(&before.to_lowercase().as_str());
            before = word;
            CODES.contains(word) && (announced || !PROSE.contains(&word.to_lowercase().as_str()))
        })
        .and_then(|word| word.parse().ok());
    let clear = |word: &&str| (word.chars().count() >= 3 || CLEAR.contains(word)) && !PROSE.contains(word);
    let unit_of_money = UNIT_OF_MONEY.iter().any(|word| text.contains(word));
    code.or_else(|| dollar::named(&lower))
        .or_else(|| words(&lower).filter(clear).find_map(by_word))
        .or_else(|| in_text(text).filter(|_| unit_of_money))
        .or_else(|| shared_sign(&lower))
}

/// Whether amounts in the currency are written with a decimal comma in the countries that use it (Unicode CLDR, the
/// `decimal` symbol of their main locales).
pub(crate) fn writes_decimal_comma(currency: Currency) -> bool {
    !matches!(
        currency.code(),
        "USD"
            | "GBP"
            | "AUD"
            | "CAD"
            | "NZD"
            | "CHF"
            | "CNY"
            | "HKD"
            | "TWD"
            | "JPY"
            | "KRW"
            | "SGD"
            | "MYR"
            | "THB"
            | "PHP"
            | "INR"
            | "PKR"
            | "LKR"
            | "BDT"
            | "ILS"
            | "AED"
            | "SAR"
            | "QAR"
            | "KWD"
            | "BHD"
            | "OMR"
            | "JOD"
            | "EGP"
            | "IQD"
            | "MXN"
            | "GTQ"
            | "DOP"
            | "PEN"
            | "NGN"
            | "KES"
            | "ZAR"
    )
}

fn words(lower: &str) -> impl Iterator<Item = &str> {
    lower
        .split(|char: char| !(char.is_alphabetic() || char == '.' || char == '"'))
        .map(|word| word.trim_matches(['.', '"']))
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(currency: Option<Currency>) -> Option<String> {
        currency.map(|currency| currency.to_string())
    }

    #[test]
    fn a_currency_is_found_by_sign_code_and_word() {
        for (text, expected) in [
            ("1 250,50 €", "EUR"),
            ("21'600.00 руб.", "RUB"),
            ("550.0 грн\\кг", "UAH"),
            ("12,50 zł", "PLN"),
            ("Precio EXW caja USD", "USD"),
            ("$150/hr", "USD"),
            ("价格 (欧元)", "EUR"),
            ("Valore in euro", "EUR"),
            ("Cena, Kč", "CZK"),
            ("Rs. 120", "INR"),
        ] {
            assert_eq!(code(in_text(text)).as_deref(), Some(expected), "{text}");
        }
        for (note, expected) in [
            ("ALL PRICES IN EUR, NET", Some("EUR")),
            ("ALL PRICES IN GEL", Some("GEL")),
            ("Prices in euro, without VAT", Some("EUR")),
            ("Hex bolt zinc plated DIN 933", None),
            ("TRY OUR NEW GEL", None),
            ("We won the award of all awards", None),
        ] {
            assert_eq!(code(in_prose(note)).as_deref(), expected, "{note}");
        }
        for (text, expected) in [
            ("Price AUD $", Some("AUD")),
            ("Precios en pesos chilenos, $", Some("CLP")),
            ("Precios en pesos", None),
            ("Canadian dollars", Some("CAD")),
            ("US dollars", Some("USD")),
            ("RMB ¥", Some("CNY")),
        ] {
            assert_eq!(code(in_text(text)).as_deref(), expected, "{text}");
            assert_eq!(code(in_prose(text)).as_deref(), expected, "{text}");
        }
        assert_eq!(code(in_prose("単位：円（税抜）")).as_deref(), Some("JPY"));
        assert_eq!(in_text("Труба 15х15"), None);
        assert_eq!(exactly("Euro pallet"), None);
    }
}
