//! What the rows of a table are: items, sections, footers, notes.

use std::collections::HashSet;

use super::{
    TableReader,
    fields::squeeze,
    prices::PriceColumn,
    row::{GridRow, Row},
    variants::FEWEST_OTHER_WORDS,
};
use crate::{
    amount::Reading,
    currency,
    dictionary::{self, Role},
    grid::Grid,
    sections,
};

/// What a row is.
pub(super) enum Kind {
    Blank,
    Item,
    Section(u32, String),
    Footer,
    Note,
}

/// How many rows below a row are looked at to tell what it is.
pub(crate) const ROWS_AHEAD: usize = 3;

impl TableReader<'_> {
    /// Most rows, told without more ado: a price in the price's column, a name, and every cell that items usually have.
    /// Gives that price's reading.
    #[inline]
    pub(super) fn plain_item<'t>(&self, row: impl Row<'t>) -> Option<Reading> {
        let is_item = self.usual.len() >= 4
            && row.are_filled(&self.usual)
            && self.title.is_some_and(|column| row.is_filled(column));
        let price = self.prices.first().filter(|_| is_item)?;
        let reading = row.price(price.column, price.mark);
        matches!(&reading, Reading::Amount(amount) if !amount.value.is_zero()).then_some(reading)
    }

    pub(super) fn kind(&self, grid: &Grid, index: usize) -> Kind {
        let row = GridRow::of(grid, index);
        let texts = self.texts(row);
        let Some((first_column, first)) = texts.first() else {
            return Kind::Blank;
        };
        if texts.len() >= 2
            && texts
                .iter()
                .filter(|(_, text)| self.repeated.contains(squeeze(text).as_ref()))
                .count()
                * 2
                > texts.len()
        {
            return Kind::Note;
        }
        let prices: Vec<Reading> = self
            .prices
            .iter()
            .map(|price| row.price(price.column, price.mark))
            .collect();
        let has_amount = prices
            .iter()
            .any(|reading| matches!(reading, Reading::Amount(amount) if !amount.value.is_zero()));
        let says_something = prices.iter().any(|reading| !matches!(reading, Reading::Blank));
        let title = self.title.and_then(|column| row.text(column));
        let key = self.key.and_then(|column| row.text(column));
        let identity = [title.as_deref(), key.as_deref(), Some(first.as_str())];
        if identity.into_iter().flatten().any(dictionary::is_footer_word)
            && ((texts.len() <= 3 && (title.is_none() || key.is_none() || self.key == self.title))
                || self.lacks_usual_cells(&texts))
        {
            return Kind::Footer;
        }
        if has_amount {
            return if title.is_none()
                && key.is_none()
                && self
                    .columns
                    .of(Role::Barcode)
                    .is_none_or(|column| row.text(column).is_none())
                && !self.is_called_otherwise(&texts)
                && !self.goes_on_with_name(row, &texts)
            {
                // An amount with nothing to call it by is a subtotal.
                Kind::Footer
            } else {
                Kind::Item
            };
        }
        // From here on the row has no price above zero.
        if dictionary::is_note_word(first) {
            return Kind::Note;
        }
        if self.says_price_again(row, &texts) {
            let named = self.title.zip(title.as_deref());
            let (column, name) = named.unwrap_or((*first_column, first));
            return Kind::Section(column, squeeze(name).into_owned());
        }
        if says_something && (title.is_some() && (key.is_some() || self.key.is_none())) && !self.is_lone_text(&texts) {
            return Kind::Item;
        }
        if title.is_some() && self.names_category(row, &texts) && !self.lacks_most_usual_cells(&texts) {
            return Kind::Item;
        }
        if let Some(title_column) = self.title.filter(|_| self.is_coded_section(grid, index, &texts)) {
            return Kind::Section(title_column, squeeze(title.as_deref().unwrap_or_default()).into_owned());
        }
        let named = key.is_some() && title.is_some() && self.key.is_some() && self.key != self.title;
        let only_labels = texts.iter().all(|(column, text)| {
            Some(*column) == self.title
                || Some(*column) == self.key
                || *column == *first_column
                || matches!(
                    self.columns.role(*column),
                    Some(Role::RowNumber | Role::Total | Role::OrderQuantity | Role::Availability)
                )
                || row.cell(*column).is_some_and(|cell| grid.number(cell).is_some())
                || is_digits(text)
        });
        if named && (texts.len() >= 3 || !self.lacks_usual_cells(&texts)) {
            return Kind::Item;
        }
        let label = texts
            .iter()
            .filter(|(_, text)| text.chars().any(char::is_alphabetic))
            .find(|(column, _)| Some(*column) == self.title)
            .or_else(|| {
                texts
                    .iter()
                    .find(|(_, text)| text.chars().filter(|char| char.is_alphabetic()).count() >= 2)
            });
        match label {
            Some((column, text)) if texts.len() == 1 || only_labels => {
                if is_note(text) {
                    return Kind::Note;
                }
                Kind::Section(*column, squeeze(text).into_owned())
            }
            Some(_) if named || (title.is_some() && texts.len() >= 2 && !self.lacks_most_usual_cells(&texts)) => {
                Kind::Item
            }
            _ => Kind::Note,
        }
    }

    /// Whether a row of but a code and a name heads the rows below: its code is the start of theirs, or its name alone is
    /// in capitals.
    fn is_coded_section(&self, grid: &Grid, index: usize, texts: &[(u32, String)]) -> bool {
        let (Some(key), Some(title)) = (self.key, self.title) else {
            return false;
        };
        if key == title || !matches!(texts, [(a, _), (b, _)] if (*a, *b) == (key.min(title), key.max(title))) {
            return false;
        }
        let text = |row: GridRow<'_>, column| row.text(column).unwrap_or_default().into_owned();
        let is_priced = |row: &GridRow<'_>| {
            let prices = self.prices.iter();
            prices
                .map(|price| row.price(price.column, price.mark))
                .any(|reading| matches!(reading, Reading::Amount(_)))
        };
        let row = GridRow::of(grid, index);
        let mut below = (index + 1..=index + ROWS_AHEAD).map(|index| GridRow::of(grid, index));
        let Some(below) = below.find(is_priced) else {
            return false;
        };
        let (code, code_below) = (text(row, key), text(below, key));
        let is_start = code_below.len() > code.len() && code_below.starts_with(&code);
        is_start || sections::is_upper(&text(row, title)) && !sections::is_upper(&text(below, title))
    }

    /// Whether a row names its category beside its name in a table whose items all do: goods without a price, not a
    /// section.
    fn names_category(&self, row: GridRow<'_>, texts: &[(u32, String)]) -> bool {
        let category = self.columns.of(Role::Category);
        category.is_some_and(|column| {
            Some(column) != self.title
                && self.columns.profile(column).is_some_and(|profile| profile.fill() > 0.8)
                && row.text(column).is_some()
                && !self.is_lone_text(texts)
        })
    }

    /// Whether a row says its section's name and "price" again where the items have theirs.
    fn says_price_again(&self, row: GridRow<'_>, texts: &[(u32, String)]) -> bool {
        let key = self.key.filter(|_| self.key != self.title);
        let is_filled = |column: Option<u32>| column.is_some_and(|column| row.is_filled(column));
        let named = !is_filled(key) && (is_filled(self.title) || texts.len() == 2);
        let says_price = |text: &str| {
            const LONGEST: usize = 30;
            let is_short = text.chars().count() <= LONGEST;
            let is_price = |(role, weight): &(Role, f64)| role.is_price() && *weight >= 0.7;
            is_short && dictionary::roles(text).iter().any(is_price)
        };
        let in_price = |price: &PriceColumn| row.text(price.column).is_some_and(|text| says_price(&text));
        let others = texts.get(1..).unwrap_or_default();
        named
            && (self.prices.iter().any(in_price)
                || !others.is_empty() && others.iter().all(|(_, text)| says_price(text)))
    }

    /// Whether a row whose name and code are empty says in other words what its price is for: "Resistor" as its type.
    fn is_called_otherwise(&self, texts: &[(u32, String)]) -> bool {
        let words = texts
            .iter()
            .filter(|(column, text)| self.calls_otherwise(*column, text) && !dictionary::is_footer_word(text));
        words.count() >= FEWEST_OTHER_WORDS && !self.lacks_usual_cells(texts)
    }

    /// Whether a row without a name stands right below an item and says what is else of it: the name was one cell over both.
    fn goes_on_with_name(&self, row: GridRow<'_>, texts: &[(u32, String)]) -> bool {
        let says = texts.iter().any(|(column, text)| {
            let role = self.columns.role(*column);
            !role.is_some_and(|role| {
                role.is_price() || matches!(role, Role::RowNumber | Role::Total | Role::OrderQuantity)
            }) && text.chars().any(char::is_alphabetic)
                && !dictionary::is_footer_word(text)
        });
        says && self.name_gone_on_with(row).is_some()
    }

    /// Whether most of the cells are empty that nearly all items have beside name, code, category and price: what has no
    /// price either is a remark, whatever counts stand in its row.
    fn lacks_most_usual_cells(&self, texts: &[(u32, String)]) -> bool {
        const FEWEST: usize = 2;
        let usual: Vec<u32> = self
            .columns
            .profiles
            .iter()
            .filter(|profile| {
                profile.fill() > 0.8 && Some(profile.column) != self.title && Some(profile.column) != self.key
            })
            .filter(|profile| {
                let role = self.columns.role(profile.column);
                !role.is_some_and(|role| {
                    role.is_price()
                        || matches!(
                            role,
                            Role::Category | Role::Total | Role::OrderQuantity | Role::RowNumber
                        )
                })
            })
            .map(|profile| profile.column)
            .collect();
        let says = |column: &&u32| {
            let text = texts.iter().find(|(at, _)| at == *column);
            text.is_some_and(|(_, text)| !is_digits(text) || !text.trim_matches('0').is_empty())
        };
        usual.len() >= FEWEST && usual.iter().filter(says).count() * 2 < usual.len()
    }

    fn is_lone_text(&self, texts: &[(u32, String)]) -> bool {
        let distinct: HashSet<&str> = texts.iter().map(|(_, text)| text.as_str()).collect();
        distinct.len() <= 1
    }

    /// Whether cells are empty that nearly all items have: then a row that speaks of totals is one.
    fn lacks_usual_cells(&self, texts: &[(u32, String)]) -> bool {
        self.columns
            .profiles
            .iter()
            .filter(|profile| profile.fill() > 0.8)
            .filter(|profile| Some(profile.column) != self.title && Some(profile.column) != self.key)
            .filter(|profile| !self.columns.role(profile.column).is_some_and(Role::is_price))
            .any(|profile| !texts.iter().any(|(column, _)| *column == profile.column))
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a lone text is a remark rather than a section's name.
fn is_note(text: &str) -> bool {
    let length = text.chars().count();
    length > 150
        || goes_on(text)
        || currency::exactly(text).is_some()
        || length <= 10 && currency::is_named(text)
        || text.starts_with('*')
        || text.starts_with("(*")
        || (length > 60 && text.ends_with(['.', '!', ';']))
        || text.contains("http")
        || text.contains('@')
        || text.contains("www.")
        || ends_with_date(text)
}

/// Whether a text is the rest of the name above: it closes a bracket that it did not open, or stands in brackets as a whole.
fn goes_on(text: &str) -> bool {
    let opened = text.matches('(').count();
    let closed = text.matches(')').count();
    // "1) Fruit" numbers a heading.
    let is_numbered = text.find(')').is_some_and(|at| at <= 3);
    closed > opened && !is_numbered || text.starts_with('(') && text.ends_with(')') && opened == 1
}

/// `valid from 1.4.2026`: what a list says of itself, not of the goods below.
fn ends_with_date(text: &str) -> bool {
    let last = text.rsplit(char::is_whitespace).next().unwrap_or_default();
    let parts: Vec<&str> = last.trim_end_matches(['.', ',', ')']).split(['.', '/', '-']).collect();
    let is_number = |part: &&str| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    text.contains(char::is_whitespace)
        && parts.len() == 3
        && parts.iter().all(is_number)
        && parts.iter().any(|part| part.len() == 4)
}
