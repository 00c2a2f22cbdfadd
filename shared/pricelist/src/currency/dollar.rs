//! Dollars and pesos: one sign for the money of many countries.

use domain::Currency;

/// What stands beside "dollar" or "peso" and says whose: starts of words in lower case.
const WHOSE: &[(&str, &str)] = &[
    ("mexican", "MXN"),
    ("chilen", "CLP"),
    ("colombian", "COP"),
    ("argentin", "ARS"),
    ("uruguay", "UYU"),
    ("dominican", "DOP"),
    ("philippin", "PHP"),
    ("filipin", "PHP"),
    ("austral", "AUD"),
    ("canad", "CAD"),
    ("zealand", "NZD"),
    ("neozeland", "NZD"),
    ("singap", "SGD"),
    ("kong", "HKD"),
    ("taiwan", "TWD"),
];

/// Starts of the words for a dollar and a peso.
const DOLLARS: &[&str] = &["dollar", "dólar", "dolar", "доллар", "долар", "долл"];
const PESOS: &[&str] = &["peso"];

/// Currencies other than the US dollar that lists write with a bare `$` (ISO 4217).
const OTHERS: &[&str] = &[
    "AUD", "CAD", "NZD", "SGD", "HKD", "TWD", "MXN", "CLP", "COP", "ARS", "UYU", "DOP",
];

/// Countries, and words of their taxes and registers, whose `$` is not the US dollar. Whole words in lower case.
const PLACES: &[&str] = &[
    "australia",
    "canada",
    "ontario",
    "québec",
    "quebec",
    "british columbia",
    "alberta",
    "new zealand",
    "singapore",
    "hong kong",
    "taiwan",
    "méxico",
    "mexico",
    "chile",
    "colombia",
    "argentina",
    "uruguay",
    "república dominicana",
    "gst",
    "hst",
    "abn",
    "acn",
    "tvq",
    "cuit",
    "com.au",
    "co.nz",
    "com.mx",
    "com.ar",
    "com.co",
    "com.sg",
    "com.hk",
];

/// Words of headers in the languages of countries that write pesos, or dollars of their own, with `$`.
const HEADERS: &[&str] = &[
    "precio",
    "precios",
    "costo",
    "mayorista",
    "minorista",
    "producto",
    "productos",
    "descripción",
    "artículo",
    "código",
    "cantidad",
    "unidad",
    "prix",
    "produit",
    "désignation",
    "preço",
    "preços",
    "por",
];

/// The currency of "Canadian dollars", "pesos chilenos". Dollars of nobody are the United States'; pesos of nobody are not
/// known.
pub(super) fn named(lower: &str) -> Option<Currency> {
    let words = || lower.split(|char: char| !char.is_alphabetic());
    let starts = |starts: &[&str]| words().any(|word| starts.iter().any(|start| word.starts_with(start)));
    if !starts(DOLLARS) && !starts(PESOS) {
        return None;
    }
    let whose = WHOSE
        .iter()
        .find(|(start, _)| words().any(|word| word.starts_with(start)));
    match whose {
        Some((_, code)) => code.parse().ok(),
        None if starts(DOLLARS) => "USD".parse().ok(),
        None => None,
    }
}

/// Whether the currency a text names rests on nothing but the sign `$`.
pub(crate) fn is_bare_dollar(text: &str) -> bool {
    text.contains('$')
        && super::in_text(text).is_some()
        && super::in_text(&text.replace('$', " ")).is_none()
        && !super::SIGNS
            .iter()
            .any(|(sign, _)| sign.contains('$') && super::stands_in(&text.to_lowercase(), sign))
}

/// Whether a currency is written with `$` and is not the US dollar.
pub(crate) fn is_dollar_or_peso(currency: Currency) -> bool {
    OTHERS.contains(&currency.code())
}

/// Whether a note speaks of a country whose `$` is another: by its name, a tax, a web address.
pub(crate) fn speaks_of_other_dollars(note: &str) -> bool {
    let lower = note.to_lowercase();
    let is_word = |at: usize, place: &str| {
        let before = lower.get(..at).and_then(|before| before.chars().next_back());
        let after = lower.get(at + place.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    };
    let speaks = |place: &&str| lower.match_indices(place).any(|(at, _)| is_word(at, place));
    PLACES.iter().any(speaks) && !lower.contains("new mexico") || named(&lower).is_some_and(is_dollar_or_peso)
}

/// Whether a header is in a language whose countries write other money with `$`.
pub(crate) fn is_in_language_of_pesos(header: &str) -> bool {
    header
        .to_lowercase()
        .split(|char: char| !char.is_alphabetic())
        .any(|word| HEADERS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dollar_sign_alone_says_little() {
        for text in ["$ 12.50", "$", "Price $"] {
            assert!(is_bare_dollar(text), "{text}");
        }
        for text in ["US$ 12.50", "12.50 USD $", "A$ 3", "€ 3", "3", "$ 12 CAD"] {
            assert!(!is_bare_dollar(text), "{text}");
        }
        for note in [
            "12 King St, Toronto, Ontario",
            "Prices exclude GST",
            "www.tornillos.com.mx",
            "Valores en pesos colombianos",
        ] {
            assert!(speaks_of_other_dollars(note), "{note}");
        }
        for note in ["Albuquerque, New Mexico", "Prices in US dollars", "Augustine & Sons"] {
            assert!(!speaks_of_other_dollars(note), "{note}");
        }
        assert!(is_in_language_of_pesos("Precio con IVA"));
        assert!(!is_in_language_of_pesos("Price"));
    }
}
