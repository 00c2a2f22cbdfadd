//! The items of a list that say different things: rows that say exactly the same are decided once.

use std::collections::HashMap;

use domain::{ListItem, Ruling, Text};

use crate::supplier_list::SupplierList;

/// A list without its repetitions.
pub(crate) struct Distinct<'a> {
    /// The item of each kind that stands first in its file, as its place in the list.
    pub(crate) first: Vec<usize>,
    /// What a person decided of each kind.
    pub(crate) rulings: Vec<Option<&'a Ruling>>,
    /// For each item of the list, its place in `first`.
    pub(crate) place: Vec<usize>,
    /// Places in an order that follows from what the items say, not from where they stand.
    pub(crate) canonical: Vec<usize>,
}

impl<'a> Distinct<'a> {
    pub(crate) fn of(list: &SupplierList<'a>) -> Self {
        let texts: Vec<String> = list.items.iter().map(said).collect();
        let rulings = shared_rulings(&texts, list.rulings);
        let mut places: HashMap<(&str, Option<&Ruling>), usize> = HashMap::with_capacity(texts.len());
        let (mut first, mut place) = (Vec::new(), Vec::with_capacity(texts.len()));
        for (number, text) in texts.iter().enumerate() {
            let next = first.len();
            let known = *places.entry((text, rulings[number])).or_insert(next);
            if known == next {
                first.push(number);
            } else if stands(&list.items[number]) < stands(&list.items[first[known]]) {
                // Reasons name the row, which must not follow from the order in which the items come.
                first[known] = number;
            }
            place.push(known);
        }
        let mut canonical: Vec<usize> = (0..first.len()).collect();
        let name = |place: &usize| {
            let number = first[*place];
            (texts[number].as_str(), rulings[number].map(ruling_name))
        };
        canonical.sort_unstable_by(|a, b| name(a).cmp(&name(b)));
        Self {
            rulings: first.iter().map(|number| rulings[*number]).collect(),
            first,
            place,
            canonical,
        }
    }
}

/// Where an item stands in its file.
fn stands(item: &ListItem) -> (&Option<Text>, Option<u32>, u32) {
    (&item.position.sheet, item.position.page, item.position.row)
}

/// The ruling of each item. One that has none shares that of the rows that say the same, where those agree.
fn shared_rulings<'a>(texts: &[String], rulings: &'a [Option<Ruling>]) -> Vec<Option<&'a Ruling>> {
    let mut told: HashMap<&str, Option<&Ruling>> = HashMap::new();
    for (text, ruling) in texts.iter().zip(rulings) {
        if let Some(ruling) = ruling {
            told.entry(text)
                .and_modify(|known| *known = known.filter(|known| *known == ruling))
                .or_insert(Some(ruling));
        }
    }
    let own = |number: usize| rulings.get(number).and_then(Option::as_ref);
    texts
        .iter()
        .enumerate()
        .map(|(number, text)| own(number).or_else(|| told.get(text.as_str()).copied().flatten()))
        .collect()
}

fn ruling_name(ruling: &Ruling) -> &str {
    match ruling {
        Ruling::Product(id) => id.as_str(),
        Ruling::New => "",
    }
}

/// All that matching looks at, in one text.
fn said(item: &ListItem) -> String {
    let text = |field: &Option<Text>| field.as_deref().unwrap_or_default().to_owned();
    [
        text(&item.name),
        text(&item.sku),
        text(&item.barcode),
        text(&item.brand),
        text(&item.category),
        text(&item.description),
        item.price.map(|price| price.to_string()).unwrap_or_default(),
        item.currency.map(|currency| currency.to_string()).unwrap_or_default(),
        item.pack_size
            .map(|pack| pack.normalize().to_string())
            .unwrap_or_default(),
        item.unit
            .as_ref()
            .map_or_else(String::new, |unit| unit.original.to_string()),
    ]
    .join("\u{1}")
}

#[cfg(test)]
mod tests {
    use domain::Position;

    use super::*;

    fn item(name: &str) -> ListItem {
        ListItem {
            name: Some(name.into()),
            ..ListItem::default()
        }
    }

    #[test]
    fn the_row_that_stands_first_speaks_for_those_that_say_the_same() {
        let at = |row| ListItem {
            position: Position {
                row,
                ..Position::default()
            },
            ..item("pen")
        };
        let items = [at(7), item("ink"), at(2), at(9)];
        let distinct = Distinct::of(&SupplierList::new(&items));
        assert_eq!((distinct.first, distinct.place), (vec![2, 1], vec![0, 1, 0, 0]));
    }

    #[test]
    fn rows_that_say_the_same_share_a_ruling_unless_rulings_differ() {
        let product = |id: &str| Some(Ruling::Product(id.parse().unwrap()));
        let items = ["pen", "pen", "ink", "ink", "ink"].map(item);
        let rulings = [None, product("1"), product("2"), Some(Ruling::New)];
        let distinct = Distinct::of(&SupplierList::new(&items).ruled(&rulings));
        assert_eq!(distinct.place, [0, 0, 1, 2, 3]);
        let expected = [rulings[1].as_ref(), rulings[2].as_ref(), Some(&Ruling::New), None];
        assert_eq!(distinct.rulings, expected);
    }
}
