//! Headers that say of a price but whether the tax is in it: `Eks. mva`, `Inkl. moms`, `TTC`, `bez DPH`.

use super::{words, words::TAXES};

/// Words for "without", without accents.
const WITHOUT: &[&str] = &[
    "ex",
    "excl",
    "excluding",
    "exclusive",
    "exkl",
    "exklusive",
    "ekskl",
    "eks",
    "exclusief",
    "excluido",
    "esclusa",
    "escl",
    "esclusi",
    "without",
    "before",
    "net",
    "ohne",
    "zzgl",
    "uten",
    "utan",
    "uden",
    "sans",
    "hors",
    "ht",
    "sin",
    "senza",
    "sem",
    "bez",
    "без",
    "haric",
    "nelkul",
    "fara",
    "zonder",
    "ilman",
    "χωρις",
    "neto",
    "netto",
    "plus",
];
/// Words for "with", without accents.
const WITH: &[&str] = &[
    "inc",
    "incl",
    "including",
    "inclusive",
    "inkl",
    "inklusive",
    "inclusief",
    "incluido",
    "inclus",
    "inclusa",
    "compresa",
    "compreso",
    "with",
    "after",
    "gross",
    "mit",
    "med",
    "ttc",
    "avec",
    "con",
    "com",
    "s",
    "vc",
    "vcetne",
    "z",
    "с",
    "з",
    "со",
    "dahil",
    "cu",
    "met",
    "sis",
    "με",
    "bruto",
    "brutto",
];
/// What says by itself that the tax is in the price or not.
const WHOLE: &[&str] = &["ht", "ttc"];

/// Whether a header says nothing but whether a tax is in the price, perhaps with its rate and the currency.
pub(super) fn is_tax_label(header: &str) -> bool {
    let has_rate = header.contains('%');
    let words = words(&header.to_lowercase());
    let is_beside = |word: &str| {
        let number = word.trim_end_matches('%');
        let is_rate = has_rate && number.len() <= 2 && number.chars().all(|char| char.is_ascii_digit());
        is_rate || crate::currency::exactly(word).is_some()
    };
    let words: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| !is_beside(word))
        .collect();
    match words.as_slice() {
        [whole] => WHOLE.contains(whole),
        [_, _, ..] if words.len() <= 4 => {
            let says = |word: &&str| WITHOUT.contains(word) || WITH.contains(word);
            words.iter().any(says)
                && words.iter().any(|word| is_tax(word))
                && words.iter().all(|it| says(it) || is_tax(it))
        }
        _ => false,
    }
}

/// Whether a header calls its column the rate of a tax, whose word for "rate" heads fees as well: `Taxa IVA`.
pub(super) fn is_tax_rate(header: &str) -> bool {
    const RATE: &[&str] = &[
        "taxa",
        "taux",
        "rate",
        "satz",
        "sats",
        "stawka",
        "sazba",
        "ставка",
        "aliquota",
        "tipo",
    ];
    let words = words(&header.to_lowercase());
    words.len() == 2 && words.iter().any(|word| RATE.contains(&word.as_str())) && words.iter().any(|word| is_tax(word))
}

/// Whether a header says that a tax is in what its column holds, or not, beside words that are not known: an amount.
pub(super) fn speaks_of_tax_within(header: &str) -> bool {
    let words = words(&header.to_lowercase());
    let says = |word: &String| WITHOUT.contains(&word.as_str()) || WITH.contains(&word.as_str());
    words.len() <= 4 && words.iter().any(|word| is_tax(word)) && words.iter().any(says) && !header.contains('%')
}

/// Whether a price's header says that a tax is in it.
pub(crate) fn includes_tax(header: &str) -> bool {
    let words = words(&header.to_lowercase());
    let taxed = words.iter().any(|word| is_tax(word));
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    // Written without blanks between the words.
    let holds = |parts: &[&str]| parts.iter().any(|part| header.contains(part));
    let unspaced = holds(&["含税", "含稅", "税込"]) && !holds(&["不含", "未含"]);
    let whole = has(&["ttc"]);
    whole || unspaced || taxed && has(WITH) && !has(WITHOUT)
}

fn is_tax(word: &str) -> bool {
    TAXES.iter().any(|tax| match tax.strip_suffix('*') {
        Some(stem) => word.starts_with(stem),
        None => word == *tax,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_may_say_but_whether_the_tax_is_in_it() {
        for header in [
            "Eks. mva",
            "Inkl. moms",
            "excl. BTW",
            "ex GST",
            "s DPH",
            "bez DPH",
            "sans TVA",
            "HT",
            "TTC (€)",
            "без НДС",
            "KDV dahil",
            "inkl. 25 % moms",
            "incl. 19% MwSt.",
        ] {
            assert!(is_tax_label(header), "{header}");
        }
        for header in [
            "VAT",
            "VAT %",
            "MwSt",
            "25 % moms",
            "IVA 21%",
            "Weight incl. box",
            "s",
            "Netto",
            "NOK 12 eks. mva",
            "",
        ] {
            assert!(!is_tax_label(header), "{header}");
        }
    }

    #[test]
    fn a_tax_has_a_rate() {
        assert!(is_tax_rate("TAXA · IVA") && is_tax_rate("Stawka VAT") && is_tax_rate("VAT rate"));
        assert!(!is_tax_rate("Taxa") && !is_tax_rate("Rate per hour ex VAT"));
    }

    #[test]
    fn prices_with_the_tax_are_told() {
        for header in ["Inkl. moms", "Prix TTC", "Cena s DPH", "Price inc VAT", "Цена с НДС"] {
            assert!(includes_tax(header), "{header}");
        }
        for header in [
            "Eks. mva",
            "Prix HT",
            "Cena bez DPH",
            "Price",
            "Цена без НДС",
            "Price ex VAT",
        ] {
            assert!(!includes_tax(header), "{header}");
        }
    }
}
