//! Units of measure: the list's word and its code in UN/CEFACT Recommendation 20.

use std::{collections::HashMap, sync::LazyLock};

use domain::{Text, Unit};

use crate::currency;

/// Words by code, in lower case and without a final full stop.
const UNITS: &[(&str, &[&str])] = &[
    (
        "H87",
        &[
            "шт",
            "штука",
            "штук",
            "штуки",
            "pc",
            "pcs",
            "pce",
            "piece",
            "pieces",
            "ea",
            "each",
            "stk",
            "stck",
            "stück",
            "st",
            "szt",
            "sztuka",
            "sztuk",
            "ks",
            "kus",
            "db",
            "darab",
            "buc",
            "bucată",
            "adet",
            "ad",
            "pz",
            "pezzo",
            "pezzi",
            "pza",
            "pieza",
            "piezas",
            "pièce",
            "pieces",
            "pcs",
            "pç",
            "peça",
            "peças",
            "ud",
            "uds",
            "und",
            "unid",
            "unidad",
            "unidades",
            "unidade",
            "un",
            "u",
            "unit",
            "units",
            "unité",
            "nr",
            "no",
            "nos",
            "τεμ",
            "τμχ",
            "τεμάχιο",
            "τεμάχια",
            "бр",
            "брой",
            "ком",
            "kom",
            "kos",
            "tk",
            "gab",
            "vnt",
            "kpl",
            "kappale",
            "kpl",
            "st",
            "stykk",
            "个",
            "個",
            "只",
            "件",
            "支",
            "台",
            "块",
            "枚",
            "本",
            "개",
            "ชิ้น",
            "อัน",
            "cái",
            "chiếc",
            "buah",
            "biji",
            "יח",
            "יחידה",
            "قطعة",
            "حبة",
            "عدد",
        ],
    ),
    (
        "KGM",
        &[
            "кг",
            "килограмм",
            "kg",
            "kgs",
            "kilo",
            "kilogram",
            "kilograms",
            "kgr",
            "κιλό",
            "κιλά",
            "公斤",
            "千克",
            "กก",
            "ק\"ג",
            "كجم",
            "كغ",
        ],
    ),
    (
        "GRM",
        &["г", "гр", "грамм", "g", "gr", "gram", "grams", "grs", "克", "กรัม"],
    ),
    (
        "TNE",
        &[
            "т",
            "тн",
            "тонна",
            "тонн",
            "t",
            "to",
            "ton",
            "tons",
            "tonne",
            "tonnes",
            "mt",
            "tona",
            "吨",
        ],
    ),
    (
        "LTR",
        &[
            "л",
            "литр",
            "литра",
            "l",
            "lt",
            "ltr",
            "liter",
            "litre",
            "litro",
            "litri",
            "litros",
            "litr",
            "λίτρο",
            "升",
            "ลิตร",
        ],
    ),
    ("MLT", &["мл", "ml", "毫升"]),
    (
        "MTR",
        &[
            "м",
            "метр",
            "m",
            "mtr",
            "meter",
            "metre",
            "metro",
            "metri",
            "metros",
            "mb",
            "м.п",
            "п.м",
            "пог.м",
            "мп",
            "пм",
            "lfm",
            "bm",
            "μέτρο",
            "米",
        ],
    ),
    (
        "MTK",
        &[
            "м2",
            "м²",
            "кв.м",
            "м.кв",
            "m2",
            "m²",
            "qm",
            "sqm",
            "mq",
            "sq.m",
            "平方米",
        ],
    ),
    (
        "MTQ",
        &["м3", "м³", "куб.м", "м.куб", "куб", "m3", "m³", "cbm", "mc", "立方米"],
    ),
    ("CMT", &["см", "cm"]),
    ("MMT", &["мм", "mm"]),
    ("KMT", &["км", "km"]),
    (
        "HUR",
        &[
            "час", "ч", "hr", "hour", "hours", "std", "stunde", "ora", "hora", "h", "hod", "godz", "год", "uur",
            "timme", "time",
        ],
    ),
    (
        "DAY",
        &[
            "день",
            "сутки",
            "day",
            "tag",
            "giorno",
            "den",
            "dzień",
            "día",
            "jour",
            "dag",
        ],
    ),
    (
        "XPK",
        &[
            "уп",
            "упак",
            "упаковка",
            "упаковки",
            "пач",
            "пачка",
            "pack",
            "packs",
            "pk",
            "pkg",
            "pckg",
            "packung",
            "pkt",
            "paquete",
            "paq",
            "paquet",
            "pacco",
            "conf",
            "confezione",
            "opak",
            "op",
            "opakowanie",
            "bal",
            "csomag",
            "cs",
            "pachet",
            "paket",
            "pakiet",
            "pak",
            "embalagem",
            "emb",
            "πακ",
            "πακέτο",
            "συσκ",
            "包",
            "盒装",
            "пак",
            "пакет",
            "ve",
            "vpe",
        ],
    ),
    (
        "XBX",
        &[
            "кор",
            "коробка",
            "короб",
            "ящик",
            "ящ",
            "box",
            "boxes",
            "bx",
            "karton",
            "ktn",
            "ctn",
            "carton",
            "cartons",
            "krt",
            "kart",
            "caja",
            "cajas",
            "cja",
            "caisse",
            "boîte",
            "boite",
            "scatola",
            "cassa",
            "krabice",
            "doboz",
            "kutu",
            "koli",
            "κιβ",
            "κιβώτιο",
            "κουτί",
            "箱",
            "盒",
            "cutie",
            "caixa",
            "cx",
            "kasse",
            "laatikko",
        ],
    ),
    (
        "SET",
        &[
            "компл",
            "комплект",
            "к-т",
            "набор",
            "set",
            "sets",
            "satz",
            "kit",
            "zestaw",
            "kpl",
            "sada",
            "souprava",
            "készlet",
            "juego",
            "jgo",
            "jeu",
            "takım",
            "tk",
            "套",
            "组",
            "세트",
        ],
    ),
    (
        "PR",
        &[
            "пара", "пар", "pair", "pairs", "paar", "para", "pár", "paire", "paio", "par", "pares", "çift", "双", "对",
        ],
    ),
    (
        "XRO",
        &[
            "рул",
            "рулон",
            "roll",
            "rolls",
            "rolle",
            "rolka",
            "role",
            "tekercs",
            "rotolo",
            "rollo",
            "rouleau",
            "rulo",
            "卷",
        ],
    ),
    (
        "XBG",
        &[
            "меш",
            "мешок",
            "bag",
            "bags",
            "sack",
            "beutel",
            "worek",
            "sacco",
            "saco",
            "sac",
            "bolsa",
            "bls",
            "torba",
            "袋",
        ],
    ),
    (
        "XBO",
        &[
            "бут",
            "бутылка",
            "bottle",
            "bottles",
            "bott",
            "btl",
            "flasche",
            "fl",
            "butelka",
            "botella",
            "bottiglia",
            "bouteille",
            "şişe",
            "瓶",
        ],
    ),
    (
        "XCA",
        &[
            "банка",
            "can",
            "cans",
            "dose",
            "puszka",
            "lata",
            "latta",
            "lattina",
            "罐",
            "听",
        ],
    ),
    (
        "XPX",
        &[
            "паллет",
            "паллета",
            "поддон",
            "pallet",
            "pallets",
            "palette",
            "plt",
            "paleta",
        ],
    ),
    ("CEN", &["ciento", "cento", "centaine", "hundert", "сотня"]),
    (
        "MIL",
        &["millar", "mille", "milheiro", "migliaio", "tausend", "тысяча", "тыс"],
    ),
    ("DZN", &["дюжина", "dozen", "doz", "dz", "docena", "dzn", "打"]),
    (
        "XST",
        &[
            "лист", "sheet", "sheets", "blatt", "bogen", "arkusz", "hoja", "foglio", "feuille", "tabaka", "ark", "张",
        ],
    ),
    ("XTU", &["туба", "tube", "тюбик", "tubo"]),
    ("XBJ", &["ведро", "bucket", "eimer", "wiadro", "secchio", "cubo", "桶"]),
    ("XTR", &["vaschetta", "tray", "лоток"]),
];

/// The unit that a whole cell states: `шт.`, `kg`, `1 box (10)`, `a vaschetta`.
pub(crate) fn read(text: &str) -> Option<Unit> {
    let original = text.trim();
    if original.is_empty() || original.chars().count() > 60 {
        return None;
    }
    Some(Unit {
        original: original.into(),
        code: code(original).map(Text::const_new),
    })
}

/// The UN/CEFACT code of a unit word, perhaps after a number.
pub(crate) fn code(text: &str) -> Option<&'static str> {
    let lower = text.trim().to_lowercase();
    let lower = lower.trim_end_matches('.');
    by_word(lower).or_else(|| hundreds(lower)).or_else(|| {
        let words: Vec<&str> = lower
            .split(|char: char| char.is_whitespace() || matches!(char, '/' | '(' | ')' | ',' | ';' | '\\'))
            .map(|word| word.trim_matches('.'))
            .filter(|word| !word.is_empty())
            .collect();
        if words.len() > 4 {
            return None;
        }
        words
            .iter()
            .find_map(|word| by_word(word.trim_start_matches(|char: char| char.is_ascii_digit())))
    })
}

/// The code of `100 stk`, `1000 шт`, `тыс. шт`.
fn hundreds(lower: &str) -> Option<&'static str> {
    let at = lower.rfind(|char: char| char.is_whitespace() || char == '.' || char.is_ascii_digit())?;
    let next = lower.get(at..)?.chars().next()?.len_utf8();
    let (count, word) = (lower.get(..at + next)?, lower.get(at + next..)?);
    multiple(self::count(count)?, by_word(word)?)
}

/// 100 of `100`, 1000 of `1 000` and `тыс.`.
fn count(text: &str) -> Option<u32> {
    let text = text.trim().trim_end_matches('.');
    if matches!(text, "тыс" | "1 тыс" | "тис" | "tis" | "tys" | "tsd" | "mille") {
        return Some(1000);
    }
    let digits: String = text
        .chars()
        .filter(|char| !matches!(char, ' ' | '.' | '\'' | '\u{a0}'))
        .collect();
    digits.parse().ok()
}

/// The code of a hundred or a thousand of a unit.
fn multiple(count: u32, code: &str) -> Option<&'static str> {
    Some(match (code, count) {
        ("H87", 100) => "CEN",
        ("H87", 1000) => "MIL",
        ("GRM", 100) => "HGM",
        ("GRM", 1000) => "KGM",
        ("KGM", 100) => "DTN",
        ("KGM", 1000) => "TNE",
        ("LTR", 100) => "HLT",
        ("LTR", 1000) => "MTQ",
        ("MLT", 1000) => "LTR",
        ("MTR", 100) => "HMT",
        ("MTR", 1000) => "KMT",
        _ => return None,
    })
}

/// Prices for several of a unit: per 100 pieces, per 1000 m.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Basis {
    /// More than one.
    pub(crate) count: u32,
    /// Of what, where it is said.
    pub(crate) unit: Option<Unit>,
}

impl Basis {
    /// The basis that a count in a cell names; none for one.
    pub(crate) fn of_count(text: &str) -> Option<Self> {
        let count = count(text).filter(|count| (2..=1_000_000).contains(count))?;
        Some(Self { count, unit: None })
    }

    /// `100 Stk` as a unit; `unit` is the row's own, for where the header does not say of what.
    pub(crate) fn applied(&self, unit: Option<&Unit>) -> Unit {
        let unit = self.unit.as_ref().or(unit);
        let code = match unit {
            Some(unit) => unit.code.as_deref().and_then(|code| multiple(self.count, code)),
            None => multiple(self.count, "H87"),
        };
        let original = match unit {
            Some(unit) => compact_str::format_compact!("{} {}", self.count, unit.original),
            None => compact_str::format_compact!("{}", self.count),
        };
        Unit {
            original,
            code: code.map(Text::const_new),
        }
    }
}

/// What a price's header says it is for, if that is several: `Preis je 100 Stk`, `Цена за 1000 шт`, `EUR/100 m`.
pub(crate) fn basis(header: &str) -> Option<Basis> {
    let spaced = header.replace(['/', '\\'], " / ");
    let mut words = spaced
        .split(|char: char| char.is_whitespace() || matches!(char, '(' | ')' | ',' | ':' | '[' | ']' | '\u{a0}'))
        .filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        let is_per = word == "/" || PER.contains(&word.to_lowercase().trim_end_matches('.'));
        let mut rest = words.clone();
        let Some(next) = rest.next().filter(|_| is_per) else {
            continue;
        };
        let digits = next
            .find(|char: char| !char.is_ascii_digit() && char != '.')
            .unwrap_or(next.len());
        let (number, glued) = (next.get(..digits)?, next.get(digits..)?.trim_end_matches('.'));
        let is_thousand = number.is_empty() && count(&glued.to_lowercase()) == Some(1000);
        let mut number = if is_thousand {
            "1000".to_owned()
        } else {
            number.to_owned()
        };
        let mut word = if is_thousand { "" } else { glued };
        if word.is_empty() {
            word = rest.next().unwrap_or_default().trim_end_matches('.');
            if word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_digit()) {
                number.push_str(word);
                word = rest.next().unwrap_or_default().trim_end_matches('.');
            }
        }
        let is_several = |count: &u32| matches!(count, 10 | 100 | 1000 | 10_000);
        if let Some(count) = count(&number).filter(is_several) {
            let unit = by_word(&word.to_lowercase()).map(|code| Unit {
                original: word.into(),
                code: Some(Text::const_new(code)),
            });
            return Some(Basis { count, unit });
        }
    }
    None
}

fn by_word(word: &str) -> Option<&'static str> {
    static BY_WORD: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
        let mut codes = HashMap::new();
        for (code, words) in UNITS {
            for word in *words {
                codes.entry(*word).or_insert(*code);
            }
        }
        codes
    });
    BY_WORD.get(word).copied()
}

/// Whether a cell is nothing but a unit word.
pub(crate) fn is_unit_word(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    by_word(lower.trim_end_matches('.')).is_some()
}

/// The unit of a price per unit: `руб./ тн`, `20 000 ₽ / м³`, `$150/hr`, `Cena netto w listwie/mb (PLN)`.
pub(crate) fn after_slash(text: &str) -> Option<Unit> {
    let (_, after) = text.rsplit_once(['/', '\\'])?;
    first_word(after)
}

/// The unit that a note states beside the currency of all prices: `Glass, prices (€/m²)`, `ceny w zł/kg`. A sum before the
/// currency is a price of its own, as of delivery.
pub(crate) fn in_note(note: &str) -> Option<Unit> {
    note.match_indices('/').find_map(|(at, slash)| {
        let before = note.get(..at)?.trim_end().trim_end_matches('.');
        let (rest, currency) = match before.rfind(|char: char| char.is_whitespace() || matches!(char, '(' | '[' | ','))
        {
            Some(gap) => before.split_at(gap + before.get(gap..)?.chars().next()?.len_utf8()),
            None => ("", before),
        };
        currency::exactly(currency)?;
        let is_sum = rest.trim_end().ends_with(|char: char| char.is_ascii_digit());
        let after = note.get(at + slash.len()..)?;
        first_word(after).filter(|_| !is_sum)
    })
}

/// The unit at the beginning of a text.
fn first_word(text: &str) -> Option<Unit> {
    let word: String = text
        .trim_start()
        .chars()
        .take_while(|char| !char.is_whitespace() && !matches!(char, '(' | ')' | ']' | ',' | ';'))
        .collect();
    let word = word.trim_end_matches('.');
    by_word(&word.to_lowercase()).map(|code| Unit {
        original: word.into(),
        code: Some(Text::const_new(code)),
    })
}

/// Words that come between a price and the unit it is for, in a header.
const PER: &[&str] = &[
    "per", "pro", "je", "por", "par", "za", "за", "på", "pr", "à", "ανά", "pour",
];

/// The unit that a price's header names: `Price / kg`, `USD per tonne`, `Preis je Stück`. Prices of several units, as per
/// 100 g, are for none.
pub(crate) fn of_price(header: &str) -> Option<Unit> {
    after_slash(header).or_else(|| {
        let mut words = header
            .split(|char: char| char.is_whitespace() || matches!(char, '(' | ')' | ',' | ':' | '[' | ']' | '_'))
            .filter(|word| !word.is_empty());
        words.find(|word| PER.contains(&word.to_lowercase().trim_end_matches('.')))?;
        let word = words.find(|word| *word != "1")?.trim_end_matches('.');
        by_word(&word.to_lowercase()).map(|code| Unit {
            original: word.into(),
            code: Some(Text::const_new(code)),
        })
    })
}

/// Whether the unit is one of weight, volume, length or area.
pub(crate) fn is_measure(unit: &Unit) -> bool {
    const MEASURES: [&str; 9] = ["KGM", "GRM", "TNE", "LTR", "MLT", "MTR", "CMT", "MTK", "MTQ"];
    unit.code.as_ref().is_some_and(|code| MEASURES.contains(&code.as_str()))
}

/// Whether the unit is a package: its code is one of Recommendation 21, which Recommendation 20 prefixes with `X`.
pub(crate) fn is_package(unit: &Unit) -> bool {
    unit.code
        .as_ref()
        .is_some_and(|code| code.len() == 3 && code.starts_with('X'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_known_by_word_and_keep_it() {
        for (text, expected) in [
            ("шт.", "H87"),
            ("Kg.", "KGM"),
            ("1 box (10)", "XBX"),
            ("a vaschetta", "XTR"),
            ("Conf. ", "XPK"),
            ("м²", "MTK"),
        ] {
            assert_eq!(code(text), Some(expected), "{text}");
        }
        assert_eq!(code("Stainless steel bolt with a long name"), None);
        assert_eq!(
            after_slash("20 000 ₽ / м³").and_then(|unit| unit.code).as_deref(),
            Some("MTQ")
        );
        for (text, expected) in [
            ("100 Stk", "CEN"),
            ("1000 шт.", "MIL"),
            ("тыс. шт", "MIL"),
            ("100 m", "HMT"),
            ("Millar", "MIL"),
            ("25 kg", "KGM"),
        ] {
            assert_eq!(code(text), Some(expected), "{text}");
        }
        for (header, expected) in [
            ("Preis je 100 Stk. EUR", Some(("100 Stk", Some("CEN")))),
            ("Цена за 1 000 шт, руб.", Some(("1000 шт", Some("MIL")))),
            ("Preis EUR/100 m", Some(("100 m", Some("HMT")))),
            ("Price per 100 g", Some(("100 g", Some("HGM")))),
            ("Pris/1000 ark (SEK)", Some(("1000 ark", None))),
            ("Price per 100", Some(("100", Some("CEN")))),
            ("Price per kg", None),
            ("Preis pro 1 Stk", None),
            ("Price 2024", None),
        ] {
            let unit = basis(header).map(|basis| basis.applied(None));
            let said = unit.as_ref().map(|unit| (unit.original.as_str(), unit.code.as_deref()));
            assert_eq!(said, expected, "{header}");
        }
        for (header, expected) in [
            ("Price, USD per tonne", Some("TNE")),
            ("Preis je Stück (EUR)", Some("H87")),
            ("Цена за 1 кг", Some("KGM")),
            ("price_per_kg", Some("KGM")),
            ("Price per 100 g", None),
            ("Price per customer", None),
            ("Price", None),
        ] {
            assert_eq!(
                of_price(header).and_then(|unit| unit.code).as_deref(),
                expected,
                "{header}"
            );
        }
    }
}
