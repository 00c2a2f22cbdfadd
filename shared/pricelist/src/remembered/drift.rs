//! What is read otherwise than in the list before.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Remembered, RememberedColumn, RememberedTable, name, ratio};
use crate::{PriceKind, Role, grid::address};

/// One thing that is read otherwise than in the supplier's list before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Drift {
    /// A column of the same name, or of none and at the same place, holds something else.
    RoleChanged {
        /// Its letter.
        column: String,
        /// Its header.
        header: String,
        /// What it held.
        before: Role,
        /// What it holds; none where that was not found out.
        now: Option<Role>,
    },
    /// A column that held a field of the items is not there any more.
    ColumnGone {
        /// The letter it had.
        column: String,
        /// The header it had.
        header: String,
        /// What it held.
        role: Role,
    },
    /// A column that holds a field of the items was not there before.
    ColumnAdded {
        /// Its letter.
        column: String,
        /// Its header.
        header: String,
        /// What it holds.
        role: Role,
    },
    /// A column has a new name and holds what it held.
    HeaderRenamed {
        /// Its letter.
        column: String,
        /// The header it had.
        before: String,
        /// The header it has.
        now: String,
        /// What it holds.
        role: Role,
    },
    /// *The* price comes from another column.
    PriceColumnChanged {
        /// Header, or letter, of the column before.
        before: String,
        /// Of the column now.
        now: String,
    },
    /// The median of *the* price is more than five times what it was, or less than a fifth.
    PricesJumped {
        /// Header, or letter, of the column.
        column: String,
        /// The median before.
        before: f64,
        /// The median now.
        now: f64,
    },
    /// A table that gave items gives none.
    TableGone {
        /// The sheet it stood on.
        sheet: Option<String>,
    },
    /// The text has other delimiters.
    DelimiterChanged {
        /// What stood between fields.
        before: String,
        /// What stands there now.
        now: String,
    },
}

/// From this ratio on, a median has jumped.
const JUMP: f64 = 5.0;

/// What differs between the readings of a supplier's last list and this one.
pub(crate) fn between(before: &Remembered, now: &Remembered) -> Vec<Drift> {
    let mut drift = Vec::new();
    if let (Some(before), Some(now)) = (&before.dialect, &now.dialect)
        && before.delimiter != now.delimiter
    {
        drift.push(Drift::DelimiterChanged {
            before: before.delimiter.clone(),
            now: now.delimiter.clone(),
        });
    }
    for table in &before.tables {
        match counterpart(table, now, before.tables.len()) {
            Some(found) => drift.extend(of_table(table, found)),
            None => drift.push(Drift::TableGone {
                sheet: table.sheet.clone(),
            }),
        }
    }
    drift.dedup();
    drift
}

/// The table that this one has become: on the same sheet, else the only one.
fn counterpart<'n>(table: &RememberedTable, now: &'n Remembered, tables: usize) -> Option<&'n RememberedTable> {
    let common = |other: &RememberedTable| {
        let headers = other
            .columns
            .iter()
            .filter(|column| table.by_header(&column.header).is_some())
            .count();
        2 * headers + usize::from(other.sheet.is_some() && other.sheet == table.sheet)
    };
    let best = now.tables.iter().max_by_key(|other| common(other))?;
    (common(best) > 0 || (now.tables.len() == 1 && tables == 1)).then_some(best)
}

fn of_table(before: &RememberedTable, now: &RememberedTable) -> Vec<Drift> {
    let mut drift = Vec::new();
    for known in &before.columns {
        let Some(role) = known.role else { continue };
        let here = now.at(known.column);
        let found = now
            .by_header(&known.header)
            .or_else(|| here.filter(|here| is_successor(known, here, before)));
        match found {
            Some(found) if !same(role, found.role) => drift.push(Drift::RoleChanged {
                column: letter(found.column),
                header: found.header.clone(),
                before: role,
                now: found.role,
            }),
            Some(found) if name(&found.header) != name(&known.header) => drift.push(Drift::HeaderRenamed {
                column: letter(found.column),
                before: known.header.clone(),
                now: found.header.clone(),
                role,
            }),
            Some(_) => {}
            None if role.field().is_some() => drift.push(Drift::ColumnGone {
                column: letter(known.column),
                header: known.header.clone(),
                role,
            }),
            None => {}
        }
    }
    for found in &now.columns {
        let Some(role) = found.role.filter(|role| role.field().is_some()) else {
            continue;
        };
        let known = before.by_header(&found.header).is_some()
            || before
                .at(found.column)
                .is_some_and(|known| is_successor(known, found, before) && now.by_header(&known.header).is_none());
        if !known {
            drift.push(Drift::ColumnAdded {
                column: letter(found.column),
                header: found.header.clone(),
                role,
            });
        }
    }
    drift.extend(of_price(before, now));
    drift
}

/// Whether a column is the one that stood at its place under another name: nothing else has its name, its cells look alike
/// or it holds the same.
fn is_successor(known: &RememberedColumn, here: &RememberedColumn, before: &RememberedTable) -> bool {
    let is_another = before
        .by_header(&here.header)
        .is_some_and(|other| other.column != known.column);
    let same_role = known.role.is_some_and(|role| same(role, here.role));
    !is_another && (same_role || known.shape.likeness(&here.shape) > 0.6)
}

fn of_price(before: &RememberedTable, now: &RememberedTable) -> Option<Drift> {
    let known = before.at(before.price?)?;
    let found = now.at(now.price?)?;
    let title = |column: &RememberedColumn| match column.header.as_str() {
        "" => letter(column.column),
        header => header.to_owned(),
    };
    let is_renamed =
        known.column == found.column && now.by_header(&known.header).is_none() && is_successor(known, found, before);
    if !before.priced_by(found.column, &found.header) && !is_renamed {
        return Some(Drift::PriceColumnChanged {
            before: title(known),
            now: title(found),
        });
    }
    let jumped = known.shape.median > 0.0 && ratio(known.shape.median, found.shape.median) > JUMP;
    jumped.then(|| Drift::PricesJumped {
        column: title(found),
        before: known.shape.median,
        now: found.shape.median,
    })
}

/// Whether a column still holds the same; one kind of price is as good as another.
fn same(before: Role, now: Option<Role>) -> bool {
    now.is_some_and(|now| now == before || (now.is_price() && before.is_price()))
}

fn letter(column: u32) -> String {
    address(0, column).trim_end_matches('1').to_owned()
}

/// What a role is in a sentence.
fn words(role: Role) -> &'static str {
    match role {
        Role::Sku => "the code",
        Role::Barcode => "the barcode",
        Role::Name => "the name",
        Role::Brand => "the brand",
        Role::Price(PriceKind::Old) => "an old price",
        Role::Price(PriceKind::Retail) => "a retail price",
        Role::Price(_) => "a price",
        Role::Currency => "the currency",
        Role::Unit => "the unit",
        Role::PackSize => "the pack size",
        Role::MinimumOrder => "the least quantity",
        Role::Availability => "the stock",
        Role::Category => "the category",
        Role::Description => "the description",
        Role::RowNumber => "the row's number",
        Role::OrderQuantity => "a quantity to order",
        Role::Total => "a sum",
        Role::Measure => "a measure",
        Role::Rate => "a rate",
        Role::Link => "a link",
        Role::Date => "a date",
        Role::PriceBasis => "for how many the price is",
        Role::Attribute => "a property",
    }
}

/// `column F (“Price”)`.
fn called(column: &str, header: &str) -> String {
    match header {
        "" => format!("column {column}"),
        header => format!("column {column} (“{header}”)"),
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RoleChanged {
                column,
                header,
                before,
                now,
            } => {
                let now = now.map_or("not understood", words);
                write!(f, "{} was {}, now it is {now}", called(column, header), words(*before))
            }
            Self::ColumnGone { column, header, role } => {
                write!(f, "{}, {}, is gone", called(column, header), words(*role))
            }
            Self::ColumnAdded { column, header, role } => {
                write!(f, "{} is new: {}", called(column, header), words(*role))
            }
            Self::HeaderRenamed {
                column,
                before,
                now,
                role,
            } => write!(
                f,
                "column {column}, {}, was called “{before}”, now it is called “{now}”",
                words(*role)
            ),
            Self::PriceColumnChanged { before, now } => {
                write!(f, "prices were in column “{before}”, now “{now}” was chosen")
            }
            Self::PricesJumped { column, before, now } => {
                write!(
                    f,
                    "the prices in column “{column}” had a median of {before}, now of {now}"
                )
            }
            Self::TableGone { sheet: Some(sheet) } => {
                write!(f, "a table on sheet “{sheet}” gave items, now there is none that does")
            }
            Self::TableGone { sheet: None } => write!(f, "a table gave items, now there is none that does"),
            Self::DelimiterChanged { before, now } => {
                write!(f, "fields were parted by {before:?}, now by {now:?}")
            }
        }
    }
}
