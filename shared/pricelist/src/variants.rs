//! Columns that price one variant each: sizes, colours, packs. They make items, where tiers of one item's price do not.

/// Sizes of clothing by letter.
const SIZES: &[&str] = &[
    "xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl", "2xl", "3xl", "4xl", "5xl",
];

/// Words for sizes, which may stand before a measure: `Klein 26 cm`.
const SIZE_WORDS: &[&str] = &[
    "small",
    "medium",
    "large",
    "klein",
    "mittel",
    "groß",
    "gross",
    "groot",
    "petit",
    "petite",
    "moyen",
    "moyenne",
    "grand",
    "grande",
    "pequeño",
    "mediano",
    "piccolo",
    "piccola",
    "media",
    "mała",
    "średnia",
    "duża",
    "malá",
    "střední",
    "velká",
    "маленькая",
    "средняя",
    "большая",
    "kicsi",
    "közepes",
    "nagy",
    "küçük",
    "orta",
    "büyük",
    "pieni",
    "iso",
    "lille",
    "stor",
];

/// Colours in the languages that lists name them in.
const COLOURS: &[&str] = &[
    "white",
    "black",
    "red",
    "blue",
    "green",
    "yellow",
    "grey",
    "gray",
    "brown",
    "orange",
    "pink",
    "beige",
    "silver",
    "gold",
    "natural",
    "weiß",
    "weiss",
    "schwarz",
    "rot",
    "blau",
    "grün",
    "gelb",
    "grau",
    "braun",
    "silber",
    "blanc",
    "noir",
    "rouge",
    "bleu",
    "vert",
    "jaune",
    "gris",
    "blanco",
    "negro",
    "rojo",
    "azul",
    "verde",
    "amarillo",
    "branco",
    "preto",
    "vermelho",
    "bianco",
    "nero",
    "rosso",
    "blu",
    "giallo",
    "grigio",
    "biały",
    "czarny",
    "czerwony",
    "niebieski",
    "zielony",
    "żółty",
    "szary",
    "bílá",
    "černá",
    "červená",
    "modrá",
    "zelená",
    "белый",
    "черный",
    "чёрный",
    "красный",
    "синий",
    "зеленый",
    "зелёный",
    "желтый",
    "жёлтый",
    "серый",
    "коричневый",
    "бежевый",
    "білий",
    "чорний",
    "червоний",
    "синій",
    "зелений",
    "жовтий",
    "сірий",
    "beyaz",
    "siyah",
    "kırmızı",
    "mavi",
    "yeşil",
    "白",
    "黑",
    "红",
    "蓝",
    "绿",
    "白色",
    "黑色",
    "红色",
    "蓝色",
    "绿色",
];

/// Whether a header is a letter's size: `S`, `3XL`.
pub(crate) fn is_letter_size(label: &str) -> bool {
    SIZES.contains(&label.trim().to_lowercase().as_str())
}

/// Whether a header names a variant: `XL`, `38`, `90x200`, `500 g`, `red`.
pub(crate) fn is_variant(label: &str) -> bool {
    let lower = label.trim().to_lowercase();
    if is_size_range(&lower) {
        return true;
    }
    if lower.is_empty() || lower.chars().count() > 20 || lower.contains(['-', '–', '+', '<', '>', '%', '≥']) {
        return false;
    }
    let first = lower.split(' ').next().unwrap_or_default();
    SIZES.contains(&lower.as_str())
        || SIZE_WORDS.contains(&first)
        || COLOURS.contains(&lower.as_str())
        || is_shoe_size(&lower)
        || is_dimension(&lower)
        || is_amount(&lower)
}

/// The columns that a header's last numbers price by quantity: `1`, `10`, `100`, `1000`, or `1`, `2 to 9`, `10+`, given from
/// the last to the first. At least three whole numbers that rise by half or more each time, the first of them 0 in some lists;
/// years and sizes rise by less.
pub(crate) fn price_breaks(from_last: impl Iterator<Item = (u32, impl AsRef<str>)>) -> Vec<u32> {
    const FEWEST: usize = 3;
    let whole = |text: &str| text.trim().parse::<u64>().ok().or_else(|| start_of_range(text));
    let breaks: Vec<(u32, u64)> = from_last
        .map_while(|(column, text)| whole(text.as_ref()).map(|number| (column, number)))
        .collect();
    let rises = breaks.windows(2).all(
        |pair| matches!(pair, [(_, high), (_, low)] if high > low && high.saturating_mul(2) >= low.saturating_mul(3)),
    );
    match breaks.len() >= FEWEST && rises {
        true => breaks.into_iter().map(|(column, _)| column).collect(),
        false => Vec::new(),
    }
}

/// 10 of `10-49`, `10 à 49` and `10+`.
fn start_of_range(label: &str) -> Option<u64> {
    let digits = label.trim().split(|char: char| !char.is_ascii_digit()).next()?;
    is_tier(label).then(|| digits.parse().ok())?
}

/// Whether a header names a quantity from which a price holds: `1-9`, `10+`, `from 100 pcs`, `от 10 шт`, `> 50`.
pub(crate) fn is_tier(label: &str) -> bool {
    const FROM: &[&str] = &[
        "from",
        "ab",
        "od",
        "от",
        "від",
        "desde",
        "da",
        "à partir",
        "≥",
        ">",
        "до",
        "bis",
        "to",
        "up to",
    ];
    let lower = label.trim().to_lowercase();
    if lower.chars().count() > 30 || !lower.chars().any(|char| char.is_ascii_digit()) {
        return false;
    }
    let bare: String = lower.chars().filter(|char| !char.is_whitespace()).collect();
    let range = bare
        .split(['-', '–', '—'])
        .take(2)
        .filter(|part| part.starts_with(|char: char| char.is_ascii_digit()))
        .count()
        == 2
        || is_range_in_words(&lower);
    range || bare.contains('+') || FROM.iter().any(|word| lower.starts_with(word))
}

/// `2 à 4`, `10 to 49`.
fn is_range_in_words(lower: &str) -> bool {
    const TO: [&str; 9] = ["à", "a", "to", "bis", "do", "до", "til", "till", "tot"];
    let number = |word: &str| word.parse::<u32>().ok();
    match lower.split_whitespace().collect::<Vec<_>>().as_slice() {
        [from, to, until, ..] => TO.contains(to) && number(from) < number(until) && number(from).is_some(),
        _ => false,
    }
}

/// `s-m`, `2xl/3xl`.
fn is_size_range(lower: &str) -> bool {
    let parts = lower.split(['-', '–', '/']).map(str::trim);
    parts.clone().count() == 2 && parts.into_iter().all(|part| SIZES.contains(&part))
}

/// 16 to 70 in steps that sizes have; 1, 10, 100 are quantities.
fn is_shoe_size(text: &str) -> bool {
    text.parse::<f64>()
        .is_ok_and(|size| (16.0..=70.0).contains(&size) && (size * 2.0).fract() == 0.0)
}

/// `90x200`, `15х15х1,5`.
fn is_dimension(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['x', 'х', '×', '*']).map(str::trim).collect();
    parts.len() >= 2
        && parts
            .iter()
            .all(|part| part.starts_with(|char: char| char.is_ascii_digit()) && part.chars().count() <= 8)
}

/// `500 g`, `1,5 л`: a number with a unit of weight, volume or length, not of pieces.
fn is_amount(text: &str) -> bool {
    let number: String = text
        .chars()
        .take_while(|char| char.is_ascii_digit() || matches!(char, '.' | ','))
        .collect();
    let unit = text.get(number.len()..).unwrap_or_default().trim();
    let code = crate::unit::code(unit);
    !number.is_empty()
        && !unit.is_empty()
        && !unit.contains(' ')
        && code.is_some_and(|code| !matches!(code, "H87" | "XPK" | "XBX" | "SET"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_are_told_from_tiers_and_roles() {
        for label in ["XL", "38", "90x200", "500 g", "1,5 л", "красный", "S-M", "2XL/3XL"] {
            assert!(is_variant(label), "{label}");
        }
        for label in [
            "Name",
            "S-",
            "1-9",
            "10+",
            "100",
            "Опт",
            "от 10 шт",
            "10 шт",
            "Price",
            "",
        ] {
            assert!(!is_variant(label), "{label}");
        }
        for label in ["1-9", "10+", "от 10 шт", "from 100 pcs", "10 – 49"] {
            assert!(is_tier(label), "{label}");
        }
    }
}
