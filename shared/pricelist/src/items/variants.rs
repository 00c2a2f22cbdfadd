//! Items whose rows do not name them alone: variants in columns, and tables whose headings are the names.

use domain::{Currency, Field, ListItem, Price, Text};

use super::{Sink, TableReader, fields::squeeze, row::Row};
use crate::{
    amount::Reading,
    currency,
    dictionary::{self, Role},
    report::TableReport,
};

/// So many words beside name and code call an item something: its type and its kind.
pub(super) const FEWEST_OTHER_WORDS: usize = 2;

impl TableReader<'_> {
    /// The items of a row whose prices stand in one column per size or colour.
    pub(super) fn variants<'t>(
        &mut self,
        row: impl Row<'t>,
        first_price: Option<&Reading>,
        sink: &mut Sink<'_>,
        report: &mut TableReport,
    ) {
        let mut whole = ListItem::default();
        if !self.item(row, first_price, &mut whole, sink) {
            return;
        }
        if let Some(name) = whole.name.as_mut() {
            self.tell_apart(row, name);
        }
        for (column, label) in &self.columns.variants {
            let mark = self.columns.profile(*column).and_then(|profile| profile.mark);
            let Reading::Amount(amount) = row.price(*column, mark) else {
                continue;
            };
            let column_of_price = self.prices.iter().find(|price| price.column == *column);
            let value = column_of_price.map_or(amount.value, |price| price.whole(amount.value));
            let Ok(price) = Price::try_from(value) else {
                continue;
            };
            if amount.value.is_zero() {
                continue;
            }
            let mut item = whole.clone();
            item.name = Some(item.name.map_or_else(
                || Text::from(label.as_str()),
                |name| compact_str::format_compact!("{name} {label}"),
            ));
            item.currency = self
                .stated(row, *column, &amount)
                .or_else(|| self.header_currency(*column))
                .or(self.money.currency);
            item.price = Some(price);
            item.prices.clear();
            item.cells.insert(Field::Price, row.cell_name(*column));
            report.priced += 1;
            (sink.items)(item);
        }
    }

    /// Adds to a name that several rows have what else the row says of its item: the colour where sizes have columns.
    fn tell_apart<'t>(&self, row: impl Row<'t>, name: &mut Text) {
        let repeats = self
            .columns
            .of(Role::Name)
            .and_then(|column| self.columns.profile(column))
            .is_some_and(|profile| profile.distinct_share() < 1.0);
        if !repeats {
            return;
        }
        for reading in self
            .columns
            .readings
            .iter()
            .filter(|reading| reading.role == Role::Attribute)
        {
            if let Some(text) = row.text(reading.column) {
                name.push(' ');
                name.push_str(&squeeze(&text));
            }
        }
    }

    fn header_currency(&self, column: u32) -> Option<Currency> {
        self.table
            .header(column)
            .filter(|header| self.money.is_dollar_usual || !currency::is_bare_dollar(&header.text))
            .and_then(|header| currency::in_text(&header.text))
    }

    /// What a row says of an item whose name and code it leaves empty: its type, its make.
    pub(super) fn name_by_other_words<'t>(&self, row: impl Row<'t>) -> Option<Text> {
        let (mut name, mut count) = (Text::default(), 0);
        for profile in &self.columns.profiles {
            let text = row.text(profile.column);
            let Some(text) = text.filter(|text| self.calls_otherwise(profile.column, text)) else {
                continue;
            };
            if !name.is_empty() {
                name.push(' ');
            }
            name.push_str(&squeeze(&text));
            count += 1;
        }
        (count >= FEWEST_OTHER_WORDS).then_some(name)
    }

    /// Whether a cell says something that an item without name and code may be called by.
    pub(super) fn calls_otherwise(&self, column: u32, text: &str) -> bool {
        let role = self.columns.role(column);
        role.is_none_or(|role| matches!(role, Role::Attribute | Role::Category | Role::Brand))
            && text.chars().any(char::is_alphabetic)
    }

    /// The name that the row right above has or went on with.
    pub(super) fn name_above<'t>(&self, row: impl Row<'t>) -> Option<&Text> {
        let (name, number) = self.last_name.as_ref()?;
        (number + 1 == row.number()).then_some(name)
    }

    /// The name above with what the row says otherwise: `Lesson` of `Lesson, 30 min` and `, 45 min`. A row with a category or a
    /// make of its own is no part of the item above.
    pub(super) fn name_gone_on_with<'t>(&self, row: impl Row<'t>) -> Option<Text> {
        let mut name = self.name_above(row)?.clone();
        let is_its_own = |role| self.columns.of(role).is_some_and(|column| row.is_filled(column));
        if is_its_own(Role::Category) || is_its_own(Role::Brand) {
            return None;
        }
        for profile in &self.columns.profiles {
            let says = self.columns.role(profile.column).is_none_or(|role| {
                matches!(
                    role,
                    Role::Attribute | Role::Measure | Role::Unit | Role::PackSize | Role::Description
                )
            });
            if let Some(text) = row
                .text(profile.column)
                .filter(|text| says && text.chars().any(char::is_alphabetic))
            {
                name.push(' ');
                name.push_str(&squeeze(&text));
            }
        }
        Some(name)
    }

    /// The name of an item whose table has no names: the heading it stands under, and what its row says of its size; without
    /// a heading what its row says of it, such as the colour.
    pub(super) fn name_without_column<'t>(&self, row: impl Row<'t>) -> Option<Text> {
        let heading = self.sections.innermost();
        let mut name = Text::from(heading.unwrap_or_default());
        let says = self
            .columns
            .readings
            .iter()
            .filter(|reading| matches!(reading.role, Role::Attribute | Role::Measure | Role::Description));
        for reading in says {
            // A remark that few rows have calls none of them anything.
            let tells = self
                .columns
                .profile(reading.column)
                .filter(|profile| reading.role != Role::Description || profile.fill() > 0.5)
                .is_some_and(|profile| heading.is_some() || profile.distinct_share() > 0.5);
            // A second code beside the supplier's is no name.
            let is_code = dictionary::roles(&reading.header)
                .iter()
                .any(|(role, weight)| *role == Role::Sku && *weight >= 0.4);
            if let Some(text) = row.text(reading.column).filter(|_| tells && !is_code) {
                if !name.is_empty() {
                    name.push(' ');
                }
                name.push_str(&squeeze(&text));
            }
        }
        // A heading calls the items below it something where their rows say which of it they are, or no code does.
        let is_heading_alone = heading.is_some_and(|heading| heading == name.as_str());
        if is_heading_alone && self.key.is_some_and(|key| row.is_filled(key)) {
            return None;
        }
        // A bare number is a measure of something that has no name.
        name.chars().any(char::is_alphabetic).then_some(name)
    }
}
