//! What the words of a header mean, in the languages that price lists come in.

mod said_besides;
mod tax_labels;
mod terms;
mod words;
use std::{borrow::Cow, collections::HashMap};

use domain::Field;
use serde::{Deserialize, Serialize};

use self::terms::{DICTIONARY, is_unspaced, joined, normalise, unnumbered, words};
pub(crate) use self::{
    said_besides::{
        are_levels, is_called_description, is_called_id, is_called_labour, is_called_list_price, is_called_net,
        is_note_word, says_per_cent, speaks_to_buyer,
    },
    tax_labels::includes_tax,
};

/// Which price a price column gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PriceKind {
    /// The buyer's own: special, dealer, purchase, net to you.
    Purchase,
    /// Wholesale.
    Wholesale,
    /// "Price" and no more.
    Plain,
    /// Of a tier by quantity or sum.
    Tier,
    /// Of a pack or case where another column prices the piece.
    PerPack,
    /// To consumers: retail, recommended.
    Retail,
    /// No longer valid: old, struck out.
    Old,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The supplier's code.
    Sku,
    /// GTIN.
    Barcode,
    /// Name.
    Name,
    /// Brand or maker.
    Brand,
    /// A price.
    Price(PriceKind),
    /// Currency of the price.
    Currency,
    /// Unit of measure.
    Unit,
    /// Units in a pack.
    PackSize,
    /// Least quantity.
    MinimumOrder,
    /// Stock.
    Availability,
    /// Category.
    Category,
    /// Description.
    Description,
    /// Running number of the row.
    RowNumber,
    /// For the buyer's order: quantity to fill in.
    OrderQuantity,
    /// Quantity times price, sums.
    Total,
    /// Weight, length, volume, power.
    Measure,
    /// A discount or VAT rate in per cent.
    Rate,
    /// A link or picture.
    Link,
    /// A date.
    Date,
    /// For how many units the price is: 1, 100, 1000.
    PriceBasis,
    /// Anything else that is known: colour, country, size.
    Attribute,
}

impl Role {
    /// The field of an item that this column fills.
    pub fn field(self) -> Option<Field> {
        Some(match self {
            Self::Sku => Field::Sku,
            Self::Barcode => Field::Barcode,
            Self::Name => Field::Name,
            Self::Brand => Field::Brand,
            Self::Price(_) => Field::Price,
            Self::Currency => Field::Currency,
            Self::Unit => Field::Unit,
            Self::PackSize => Field::PackSize,
            Self::MinimumOrder => Field::MinimumOrder,
            Self::Availability => Field::Availability,
            Self::Category => Field::Category,
            Self::Description => Field::Description,
            _ => return None,
        })
    }

    pub(crate) fn is_price(self) -> bool {
        matches!(self, Self::Price(_))
    }
}

/// The roles that a header's words speak for, each with a weight from 0 to 1, the heaviest first. Of a header of several
/// lines (`Wholesale · Stock`) the last one decides where it names what is no price: what its group says beside that
/// is said of the group.
pub(crate) fn roles(header: &str) -> Vec<(Role, f64)> {
    let all = roles_of_line(header);
    let Some((_, own)) = header.rsplit_once(" · ") else {
        return all;
    };
    let own = roles_of_line(own);
    let decides = |(role, weight): &(Role, f64)| *weight >= 0.6 && stands_alone(*role);
    if !own.first().is_some_and(decides) {
        return all;
    }
    let mut roles: Vec<(Role, f64)> = all
        .into_iter()
        .map(|(role, weight)| match own.iter().find(|(known, _)| *known == role) {
            Some((_, own)) => (role, weight.max(*own)),
            None => (role, weight * 0.35),
        })
        .collect();
    roles.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    roles
}

/// Whether a column called so is that whatever its group is called. Under "price" stand units, packs, rates and currencies of
/// the price.
fn stands_alone(role: Role) -> bool {
    !role.is_price()
        && !matches!(
            role,
            Role::Unit | Role::PackSize | Role::Rate | Role::Currency | Role::PriceBasis | Role::Attribute | Role::Date
        )
}

/// The roles that the words of one line speak for.
fn roles_of_line(header: &str) -> Vec<(Role, f64)> {
    let clipped: Cow<'_, str> = match header.char_indices().nth(300) {
        Some((at, _)) => Cow::Borrowed(header.get(..at).unwrap_or(header)),
        None => Cow::Borrowed(header),
    };
    let clipped = crate::currency::without_lettered_signs(&clipped);
    let mut scores: HashMap<Role, f64> = HashMap::new();
    score(&words(&clipped), &mut scores);
    if let Some(words) = joined(&clipped) {
        score(&words, &mut scores);
    }
    if let Some(words) = unnumbered(&clipped) {
        score(&words, &mut scores);
    }
    if is_currency_per_unit(&clipped) || tax_labels::is_tax_label(&clipped) {
        scores.remove(&Role::Rate);
        scores.insert(Role::Price(PriceKind::Plain), 0.8);
    }
    if tax_labels::is_tax_rate(&clipped) {
        scores.retain(|role, _| !role.is_price());
    } else if scores.keys().all(|role| *role == Role::Rate) && tax_labels::speaks_of_tax_within(&clipped) {
        scores = HashMap::from([(Role::Price(PriceKind::Plain), 0.7)]);
    }
    // A header that names a price and a product names a price of the product.
    let price = scores
        .iter()
        .filter(|(role, _)| role.is_price())
        .map(|(_, weight)| *weight)
        .fold(0.0, f64::max);
    let code = scores
        .get(&Role::Sku)
        .copied()
        .unwrap_or(0.0)
        .max(scores.get(&Role::Barcode).copied().unwrap_or(0.0));
    let total = scores.get(&Role::Total).copied().unwrap_or(0.0);
    let measure = scores.get(&Role::Measure).copied().unwrap_or(0.0);
    let attribute = scores.get(&Role::Attribute).copied().unwrap_or(0.0);
    let name = scores.get(&Role::Name).copied().unwrap_or(0.0);
    let category = scores.get(&Role::Category).copied().unwrap_or(0.0);
    let counts = ends_with_quantity(&clipped);
    let ends_with_code = words(&clipped)
        .last()
        .is_some_and(|last| matches!(last.as_str(), "code" | "codes" | "id"));
    let ends_with_price = price > 0.0 && category > 0.0 && ends_with_price(&clipped);
    let mut roles: Vec<(Role, f64)> = scores
        .into_iter()
        .map(|(role, weight)| {
            let damp = match role {
                // Unless it says so at length: "net weight" is no net price, "price list name" no price.
                Role::Measure if price > 0.5 && measure <= price => 0.35,
                Role::Attribute if price > 0.5 && attribute <= price => 0.35,
                Role::Price(_) if measure.max(attribute) > price => 0.5,
                Role::Name | Role::Description | Role::PackSize | Role::Unit if price > 0.5 => 0.35,
                // "Price, ready for loading" is no stock, and "price ex VAT" no rate.
                Role::Availability | Role::Rate if price > 0.5 && weight <= price => 0.4,
                // "Product origin code" names no product.
                Role::Name if ends_with_code => 0.4,
                // "Product code" is a code, "SKU name" a name.
                Role::Name if code > 0.5 && name <= code => 0.5,
                Role::Sku | Role::Barcode if name > code => 0.5,
                // "Category id" numbers categories.
                Role::Sku if category > 0.5 && name < 0.5 => 0.4,
                // "Category price" is a price, "price category" none.
                Role::Category if ends_with_price => 0.3,
                // "Cost qty" counts.
                Role::Price(_) if counts => 0.4,
                // "Fiscal code" and "HS code" are none of goods.
                Role::Sku | Role::Barcode if attribute > code.max(0.9) => 0.0,
                Role::Price(_) if total >= price && price > 0.0 => 0.6,
                Role::Currency if price > 0.4 => 0.3,
                _ => 1.0,
            };
            (role, weight * damp)
        })
        .collect();
    roles.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    roles
}

/// Whether the last word of a header says that its column counts: `cost_qty`.
fn ends_with_quantity(header: &str) -> bool {
    const QUANTITIES: [&str; 7] = [
        "qty",
        "quantity",
        "menge",
        "cantidad",
        "quantidade",
        "quantité",
        "количество",
    ];
    let words = words(header);
    words.len() > 1
        && words
            .last()
            .is_some_and(|last| QUANTITIES.iter().any(|word| normalise(word) == *last))
}

/// Whether the last word of a header is one for prices, currencies not counted.
fn ends_with_price(header: &str) -> bool {
    let words = words(header);
    let last = words.iter().rev().find(|word| crate::currency::exactly(word).is_none());
    let mut scores = HashMap::new();
    if let Some(last) = last {
        score(std::slice::from_ref(last), &mut scores);
    }
    scores.iter().any(|(role, weight)| role.is_price() && *weight >= 0.8)
}

/// A cell that names what it holds, as `Item K001` or `Ref. 20001` do: the word for a code, and the code.
pub(crate) fn labelled(text: &str) -> Option<(&str, &str)> {
    let at = memchr::memchr2(b' ', b':', text.as_bytes())?;
    let (label, code) = (text.get(..at)?, text.get(at + 1..)?);
    let code = code.trim_start_matches([':', ' ']);
    let is_word =
        label.chars().filter(|char| char.is_alphabetic()).count() >= 3 && label.chars().any(char::is_lowercase);
    let is_code = code.chars().any(|char| char.is_ascii_digit()) && code.split_whitespace().count() == 1;
    if !is_word || !is_code {
        return None;
    }
    // "Item K001" names a code, "Product 1" is a name.
    let names_codes = |(role, weight): &(Role, f64)| {
        *weight >= 0.4 && (*role == Role::Sku || *role == Role::Name && code.chars().count() >= 4)
    };
    roles(label).iter().any(names_codes).then_some((label, code))
}

/// Whether a header ends with a currency and a unit: `€/kg`, `USD per tonne`, `руб./шт`, `Roll $/m`.
fn is_currency_per_unit(header: &str) -> bool {
    const PER: [&str; 6] = [" per ", " por ", " pro ", " je ", " par ", " за "];
    let word = || PER.iter().find_map(|per| header.find(per));
    let Some(at) = header.find(['/', '\\']).or_else(word) else {
        return false;
    };
    let before = header.get(..at).unwrap_or_default().trim_end().trim_end_matches('.');
    let currency = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let has_unit =
        || crate::unit::price_basis::of_price(header).is_some() || crate::unit::price_basis::basis(header).is_some();
    crate::currency::exactly(currency).is_some() && has_unit()
}

fn score(words: &[String], scores: &mut HashMap<Role, f64>) {
    if words.is_empty() {
        return;
    }
    let whole = words.concat();
    let total: usize = words
        .iter()
        // Words of a price's conditions dilute nothing: "Cena netto za szt. (PLN)".
        .filter(|word| crate::currency::exactly(word).is_none())
        .map(|word| {
            word.chars()
                .map(|char| if is_unspaced(char) { 2 } else { 1 })
                .sum::<usize>()
        })
        .sum::<usize>()
        .max(1);
    let mut covered: HashMap<Role, (usize, f64)> = HashMap::new();
    DICTIONARY.find(words, &whole, |role, length, count| {
        let entry = covered.entry(role).or_insert((0, 0.0));
        entry.0 += length;
        // What is said of an item at length, as "fiscal code", is told by all of its words.
        let each = if role == Role::Attribute { 0.16 } else { 0.08 };
        entry.1 = entry.1.max(base(role) + each * (count as f64 - 1.0));
    });
    for (role, (length, base)) in covered {
        let coverage = (length as f64 / total as f64).min(1.0);
        let weight = (base * (0.45 + 0.55 * coverage.sqrt())).min(1.0);
        let known = scores.entry(role).or_insert(0.0);
        *known = known.max(weight);
    }
}

/// How much a role's word outweighs another's in one header: "product" is in many headers, "code" decides.
fn base(role: Role) -> f64 {
    match role {
        Role::Name => 0.8,
        Role::Description => 0.8,
        Role::Attribute => 0.75,
        Role::Measure => 0.8,
        Role::Unit | Role::PackSize | Role::OrderQuantity => 0.82,
        Role::Price(PriceKind::Plain) => 0.88,
        Role::Price(PriceKind::Old) => 0.95,
        Role::Price(_) => 0.86,
        _ => 0.9,
    }
}

/// Whether the text is a header's word, near enough as a whole.
pub(crate) fn is_header_word(text: &str) -> bool {
    let text = text.trim();
    (2..=40).contains(&text.chars().count()) && roles(text).first().is_some_and(|(_, weight)| *weight >= 0.7)
}

/// Whether a row's text starts a subtotal, total or footer: not an item even where it has a price.
pub(crate) fn is_footer_word(text: &str) -> bool {
    if !text.starts_with(|char: char| char.is_alphabetic() || char == '*') {
        return false;
    }
    let words = words(text);
    let starts_with = |footer: &&str| {
        footer.split_whitespace().map(normalise).enumerate().all(|(at, part)| {
            words.get(at).is_some_and(|word| match part.strip_suffix('*') {
                Some(stem) => word.starts_with(stem),
                None => *word == part,
            })
        })
    };
    (1..=6).contains(&words.len()) && words::FOOTERS.iter().any(starts_with)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(header: &str) -> Option<Role> {
        roles(header).first().map(|(role, _)| *role)
    }

    #[test]
    fn every_entry_of_the_dictionary_is_found_by_itself() {
        let mut missed = Vec::new();
        for (role, language, terms) in words::all() {
            for term in *terms {
                let roles = roles(&term.replace('*', ""));
                if !roles.iter().any(|(found, weight)| found == role && *weight > 0.25) {
                    missed.push(format!("{language} {role:?} {term}: {roles:?}"));
                }
            }
        }
        assert!(missed.is_empty(), "{missed:#?}");
    }

    #[test]
    fn there_are_words_of_at_least_twenty_languages_for_the_chief_roles() {
        for role in [Role::Sku, Role::Name, Role::Price(PriceKind::Plain)] {
            let languages: std::collections::BTreeSet<_> = words::all()
                .filter(|(known, ..)| *known == role)
                .map(|(_, language, _)| *language)
                .collect();
            assert!(languages.len() >= 20, "{role:?}: {}", languages.len());
        }
    }

    #[test]
    fn headers_of_several_words_mean_what_their_head_means() {
        for (header, role) in [
            ("Product code", Role::Sku),
            ("Código", Role::Sku),
            ("PartNumber", Role::Sku),
            ("Код товара", Role::Sku),
            ("Category name", Role::Category),
            ("Название категории", Role::Category),
            ("Unit price", Role::Price(PriceKind::Plain)),
            ("Цена за единицу", Role::Price(PriceKind::Plain)),
            ("Старая цена", Role::Price(PriceKind::Old)),
            ("Единица измерения", Role::Unit),
            ("Количество на складе", Role::Availability),
            ("ÜRÜN ADI", Role::Name),
            ("NAKİT FİYAT", Role::Price(PriceKind::Plain)),
            ("ΟΝΟΜΑ_ΠΡΟΙΟΝΤΟΣ", Role::Name),
            ("ΤΙΜΗ_Α", Role::Price(PriceKind::Plain)),
            ("供应商", Role::Attribute),
            ("名称", Role::Name),
            ("Розничная", Role::Price(PriceKind::Retail)),
            ("Verkaufspreis", Role::Price(PriceKind::Plain)),
            ("Роз-ница", Role::Price(PriceKind::Retail)),
            ("Вес 1 шт, кг", Role::Measure),
            ("Сумма", Role::Total),
            ("Штрихкод", Role::Barcode),
            ("EAN", Role::Barcode),
            ("Шт. в коробке", Role::PackSize),
            ("P.V.P.", Role::Price(PriceKind::Plain)),
            ("Preiseinheit", Role::PriceBasis),
        ] {
            assert_eq!(best(header), Some(role), "{header}: {:?}", roles(header));
        }
    }

    #[test]
    fn footers_are_told() {
        for text in [
            "Итого:",
            "TOTALES :",
            "Grand Total",
            "Razem",
            "Marża",
            "Всего по разделу",
        ] {
            assert!(is_footer_word(text), "{text}");
        }
        assert!(!is_footer_word(
            "Total Quartz 9000 5W40 моторное масло синтетическое 4 литра"
        ));
    }
}
