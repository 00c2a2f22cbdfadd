//! What the words of a header or a cell say besides a role: a discount, the buyer, a description, a remark.

use super::{
    normalise, words,
    words::{NOTES, TAXES},
};

/// Whether a header calls its column a description, as many that name goods do.
pub(crate) fn is_called_description(header: &str) -> bool {
    const STEMS: [&str; 11] = [
        "descri",
        "beschreib",
        "omschrijving",
        "beskriv",
        "opis",
        "popis",
        "описан",
        "опис",
        "kuvaus",
        "leiras",
        "aciklama",
    ];
    words(header)
        .iter()
        .any(|word| STEMS.iter().any(|stem| word.starts_with(stem)))
}

/// Whether a price's header speaks to the buyer: `your price`, `Ihr Preis`, `su precio`.
pub(crate) fn speaks_to_buyer(header: &str) -> bool {
    const YOUR: [&str; 21] = [
        "your", "ihr", "dein", "votre", "vos", "su", "sus", "tu", "seu", "vostro", "voi", "uw", "twoja", "vase", "vas",
        "ваша", "вам", "din", "deres", "sizin", "teie",
    ];
    words(header).iter().any(|word| YOUR.contains(&word.as_str()))
}

/// Whether two headers of categories name levels of one tree: they share a word but for its count or a syllable for "under".
pub(crate) fn are_levels(one: &str, other: &str) -> bool {
    const SHORTEST: usize = 3;
    let stems = |header: &str| -> Vec<String> {
        words(header)
            .into_iter()
            .map(|word| word.trim_end_matches(|char: char| char.is_ascii_digit()).to_owned())
            .filter(|word| word.chars().count() >= SHORTEST)
            .collect()
    };
    let is_within = |short: &str, long: &str| {
        let stem: String = short.chars().take(5).collect();
        long.contains(&stem)
    };
    let (one, other) = (stems(one), stems(other));
    one.iter()
        .any(|a| other.iter().any(|b| is_within(a, b) || is_within(b, a)))
}

/// Whether a price's header names the list or the catalogue: `Listenpreis`, `Prezzo di listino`, `Cena katalogowa`.
pub(crate) fn is_called_list_price(header: &str) -> bool {
    const STEMS: [&str; 5] = ["list", "katalog", "catalog", "каталог", "прайс"];
    words(header)
        .iter()
        .any(|word| STEMS.iter().any(|stem| word.starts_with(stem)))
}

/// Whether a price's header says net.
pub(crate) fn is_called_net(header: &str) -> bool {
    const WORDS: [&str; 6] = ["net", "netto", "neto", "nettopreis", "nett", "netta"];
    words(header).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// Whether a price's header says that it is the work's, beside which the material has a price of its own.
pub(crate) fn is_called_labour(header: &str) -> bool {
    const STEMS: [&str; 14] = [
        "labor",
        "labour",
        "arbeit",
        "arbeids",
        "lohn",
        "montage",
        "install",
        "mano",
        "oeuvre",
        "munka",
        "robociz",
        "prace",
        "работ",
        "робот",
    ];
    words(header)
        .iter()
        .any(|word| STEMS.iter().any(|stem| word.starts_with(stem)))
}

/// Whether a header calls its column the id of a record: `ID`, `product_id`, `Variant Id`.
pub(crate) fn is_called_id(header: &str) -> bool {
    const OF: [&str; 9] = [
        "product", "item", "variant", "article", "produkt", "artikel", "record", "row", "post",
    ];
    match words(header).as_slice() {
        [id] => id == "id" || OF.iter().any(|of| *id == format!("{of}id")),
        [of, id] => id == "id" && OF.contains(&of.as_str()),
        _ => false,
    }
}

/// Whether a text is but the word for a remark: what stands beside it is one.
pub(crate) fn is_note_word(text: &str) -> bool {
    matches!(words(text).as_slice(), [word] if NOTES.iter().any(|note| normalise(note) == *word))
}

/// The per cent that a price's header says it is reduced by or to, as `Partner (60%)` and `-20 %` do; a tax's is none.
pub(crate) fn says_per_cent(header: &str) -> bool {
    let Some(at) = header.find('%') else {
        return false;
    };
    let before = header.get(..at).unwrap_or_default().trim_end();
    let number = before.trim_end_matches(|char: char| char.is_ascii_digit() || matches!(char, '.' | ','));
    let is_taxed = |word: &String| {
        TAXES.iter().any(|tax| match tax.strip_suffix('*') {
            Some(stem) => word.starts_with(stem),
            None => word == tax || !tax.is_ascii() && word.contains(tax),
        })
    };
    number.len() < before.len() && !number.ends_with('+') && !words(header).iter().any(is_taxed)
}
