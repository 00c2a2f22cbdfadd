//! What a list says of stock.

use std::{collections::HashMap, sync::LazyLock};

use domain::{Availability, AvailabilityStatus};
use rust_decimal::Decimal;

use crate::phrases::Phrases;

/// What words say, that which counts first before the rest.
const STATUSES: [(AvailabilityStatus, &[&str]); 3] = [
    (AvailabilityStatus::OutOfStock, OUT),
    (AvailabilityStatus::OnOrder, ORDER),
    (AvailabilityStatus::InStock, IN),
];

const OUT: &[&str] = &[
    "нет",
    "отсутству",
    "отсутсв",
    "нема",
    "немає",
    "відсутн",
    "законч",
    "out of stock",
    "outofstock",
    "sold out",
    "not available",
    "unavailable",
    "no stock",
    "nicht",
    "ausverkauft",
    "brak",
    "niedostęp",
    "není",
    "nie je",
    "vyprod",
    "agotado",
    "sin stock",
    "sin existencia",
    "esgotado",
    "indisponív",
    "épuisé",
    "rupture",
    "esaurit",
    "non disponibil",
    "elfogyott",
    "nincs",
    "indisponibil",
    "epuizat",
    "yok",
    "tükendi",
    "stokta yok",
    "εξαντλ",
    "μη διαθέσ",
    "няма",
    "изчерпан",
    "slut",
    "udsolgt",
    "utsolgt",
    "loppu",
    "uitverkocht",
    "niet",
    "缺货",
    "无货",
    "售罄",
    "在庫切れ",
    "欠品",
    "품절",
    "หมด",
    "hết hàng",
    "habis",
    "אזל",
    "غير متوفر",
    "نفد",
];

const ORDER: &[&str] = &[
    "заказ",
    "ожида",
    "в пути",
    "под заказ",
    "замовлен",
    "очіку",
    "транзит",
    "on order",
    "to order",
    "preorder",
    "pre-order",
    "backorder",
    "back order",
    "expected",
    "lead time",
    "incoming",
    "auf anfrage",
    "bestell",
    "lieferzeit",
    "wochen",
    "tage",
    "na zamów",
    "na objedn",
    "bajo pedido",
    "por encargo",
    "sur commande",
    "su ordinazione",
    "in arrivo",
    "rendelésre",
    "la comand",
    "sipariş",
    "κατόπιν",
    "поръчка",
    "beställ",
    "week",
    "day",
    "недел",
    "дней",
    "дня",
    "тижн",
    "tydz",
    "dni",
    "semana",
    "semaine",
    "settiman",
    "giorni",
    "jours",
    "días",
    "haftada",
    "gün",
    "予約",
    "预订",
    "订货",
    "주문",
];

const IN: &[&str] = &[
    "есть",
    "в наличии",
    "наличии",
    "имеется",
    "много",
    "мало",
    "достаточно",
    "склад",
    "є",
    "в наявності",
    "наявн",
    "in stock",
    "instock",
    "available",
    "yes",
    "auf lager",
    "lager",
    "verfügbar",
    "sofort",
    "ja",
    "dostęp",
    "jest",
    "na stanie",
    "skladem",
    "na sklade",
    "ano",
    "en stock",
    "disponible",
    "sí",
    "si",
    "em estoque",
    "disponível",
    "sim",
    "disponibile",
    "sì",
    "oui",
    "raktár",
    "van",
    "în stoc",
    "disponibil",
    "da",
    "var",
    "stokta",
    "mevcut",
    "διαθέσ",
    "ναι",
    "налично",
    "наличен",
    "på lager",
    "i lager",
    "varast",
    "op voorraad",
    "voorradig",
    "现货",
    "有货",
    "有",
    "在庫あり",
    "재고",
    "มี",
    "còn hàng",
    "ada",
    "tersedia",
    "במלאי",
    "متوفر",
    "true",
    "+",
];

/// Reads a stock cell. A number is a quantity; `>100` and `100+` give 100.
pub(crate) fn read(text: &str) -> Option<Availability> {
    let original = text.trim();
    if original.is_empty() {
        return None;
    }
    if let Some(quantity) = digits(original) {
        return Some(Availability {
            original: original.into(),
            status: if quantity == 0 {
                AvailabilityStatus::OutOfStock
            } else {
                AvailabilityStatus::InStock
            },
            quantity: Some(Decimal::from(quantity)),
        });
    }
    let lower = original.to_lowercase();
    let quantity = quantity(&lower);
    let status = match quantity {
        Some(quantity) if quantity > Decimal::ZERO => AvailabilityStatus::InStock,
        Some(_) => AvailabilityStatus::OutOfStock,
        None => status(&lower),
    };
    Some(Availability {
        original: original.chars().take(200).collect(),
        status,
        quantity,
    })
}

/// The number of a text that is but a few digits.
pub(crate) fn digits(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    let (mut number, mut is_number) = (0u64, (1..=18).contains(&bytes.len()));
    for byte in bytes.iter().take(18) {
        let digit = byte.wrapping_sub(b'0');
        is_number &= digit <= 9;
        // Of what is no number it says nothing.
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
    }
    is_number.then_some(number)
}

/// Whether a cell says nothing but stock, in words or marks.
pub(crate) fn is_stock_word(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    !lower.is_empty()
        && lower.chars().count() <= 30
        && ((lower.starts_with(['>', '<']) && quantity(&lower).is_some())
            || status(&lower) != AvailabilityStatus::Unknown)
}

fn status(lower: &str) -> AvailabilityStatus {
    if matches!(
        lower,
        "-" | "–" | "—" | "no" | "n" | "x" | "ні" | "nein" | "nie" | "ne" | "non" | "nej" | "false" | "无"
    ) {
        return AvailabilityStatus::OutOfStock;
    }
    if lower
        .chars()
        .all(|char| matches!(char, '+' | '*' | '✓' | '✔' | '●' | '•'))
        || matches!(lower, "y" | "так" | "да")
    {
        return AvailabilityStatus::InStock;
    }
    said_by_words(lower).unwrap_or(AvailabilityStatus::Unknown)
}

/// What the words of a text say: the first status in order that any of them says. Short words must be the whole text.
fn said_by_words(lower: &str) -> Option<AvailabilityStatus> {
    static SHORT: LazyLock<HashMap<&str, usize>> = LazyLock::new(|| {
        let words = in_order().filter(|(word, _)| is_short(word));
        // The first that says a word counts.
        words.collect::<Vec<_>>().into_iter().rev().collect()
    });
    static LONG: LazyLock<(Phrases, Vec<usize>)> = LazyLock::new(|| {
        let (words, orders): (Vec<_>, Vec<_>) = in_order().filter(|(word, _)| !is_short(word)).unzip();
        (Phrases::new(&words), orders)
    });
    let (phrases, orders) = &*LONG;
    let long = phrases.in_text(lower).filter_map(|word| orders.get(word)).copied();
    let no = lower.starts_with("нет").then_some(0);
    let order = long.chain(SHORT.get(lower).copied()).chain(no).min()?;
    STATUSES.get(order).map(|(status, _)| *status)
}

/// Every word with its status's place in order.
fn in_order() -> impl Iterator<Item = (&'static str, usize)> {
    let numbered = STATUSES.iter().enumerate();
    numbered.flat_map(|(order, (_, words))| words.iter().map(move |word| (*word, order)))
}

fn is_short(word: &str) -> bool {
    word.chars().count() <= 3
}

/// `12`, `>100`, `100+`, `ca. 50`, `12 шт`: not a time such as `2-3 weeks`.
fn quantity(lower: &str) -> Option<Decimal> {
    let bare = lower
        .trim_start_matches(['>', '<', '=', '≥', '≤', '~', '±', ' '])
        .trim_end_matches(['+', ' ']);
    let digits: String = bare
        .chars()
        .take_while(|char| char.is_ascii_digit() || matches!(char, '.' | ',' | ' ' | '\u{a0}'))
        .collect();
    let rest = bare.get(digits.len()..)?.trim();
    let count = digits.trim().trim_end_matches(['.', ',']);
    if count.is_empty() || !(rest.is_empty() || crate::unit::is_unit_word(rest)) {
        return None;
    }
    let plain: String = count
        .chars()
        .filter(|char| !char.is_whitespace())
        .map(|char| if char == ',' { '.' } else { char })
        .collect();
    plain.parse::<Decimal>().ok().map(|quantity| quantity.normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stock_is_read_and_kept() {
        for (text, status, quantity) in [
            ("Есть", AvailabilityStatus::InStock, None),
            ("Отсутсвует", AvailabilityStatus::OutOfStock, None),
            (">50", AvailabilityStatus::InStock, Some(50)),
            ("100+", AvailabilityStatus::InStock, Some(100)),
            ("+", AvailabilityStatus::InStock, None),
            ("0", AvailabilityStatus::OutOfStock, Some(0)),
            ("2-3 weeks", AvailabilityStatus::OnOrder, None),
            ("12 шт", AvailabilityStatus::InStock, Some(12)),
            ("out of stock", AvailabilityStatus::OutOfStock, None),
        ] {
            let read = read(text).unwrap();
            assert_eq!(
                (read.status, read.quantity),
                (status, quantity.map(Decimal::from)),
                "{text}"
            );
        }
    }
}
