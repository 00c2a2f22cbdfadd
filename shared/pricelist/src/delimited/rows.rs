//! The records of a text as they are read, before any meaning: those of the table, and those that stand around it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Dialect, Records, dialect::Padding};

/// A record that is no row of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Which record of the file, from 1.
    pub record: usize,
    /// What it is.
    pub what: Aside,
    /// Its fields; of a blank line none.
    pub fields: Vec<String>,
}

/// What a record is that is no row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aside {
    /// The line in which Excel is told the delimiter.
    SeparatorLine,
    /// A line without any character but blanks.
    Blank,
    /// A line that starts with the mark of comments.
    Comment,
    /// A title or note above the table.
    Preamble,
    /// A note below the table, parted from it by a blank line.
    Footnote,
}

/// A text's records, sorted into rows and the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TextRows {
    pub(crate) rows: Vec<Vec<String>>,
    pub(crate) left_out: Vec<LeftOut>,
}

/// A record that may be a row.
struct Entry {
    record: usize,
    fields: Vec<String>,
    follows_blank: bool,
}

/// How many records above a table may be its preamble.
const LONGEST_PREAMBLE: usize = 40;

/// Reads every record with all its fields: ragged records stay ragged, empty fields stay.
pub(crate) fn read(text: &str, dialect: &Dialect) -> TextRows {
    let width = usual_width(text, dialect);
    let mut read = TextRows::default();
    let mut entries: Vec<Entry> = Vec::new();
    let mut records = Records::new(text, dialect);
    let (mut fields, mut record, mut follows_blank) = (Vec::new(), 0, false);
    loop {
        let start = records.position();
        let Some(seen) = records.next_into(&mut fields) else {
            break;
        };
        record += 1;
        let is_blank = fields.len() == 1 && fields.iter().all(|field| field.trim().is_empty());
        let what = if record == 1 && seen.is_separator_line {
            Some(Aside::SeparatorLine)
        } else if is_blank {
            Some(Aside::Blank)
        } else if dialect.is_comment(&fields) {
            Some(Aside::Comment)
        } else {
            None
        };
        if what.is_none()
            && let Some((other, end)) = written_otherwise(text, start, fields.len(), width, dialect)
        {
            fields = other;
            records = Records::starting_at(text, dialect, end);
        }
        let fields: Vec<String> = fields.iter().map(|field| field.clone().into_owned()).collect();
        match what {
            Some(what) => read.left_out.push(LeftOut {
                record,
                what,
                fields: if is_blank { Vec::new() } else { fields },
            }),
            None => entries.push(Entry {
                record,
                fields,
                follows_blank,
            }),
        }
        follows_blank = is_blank;
    }
    let first = preamble(&entries, width);
    let last = footnotes(&entries, width).max(first);
    for (at, entry) in entries.into_iter().enumerate() {
        if (first..last).contains(&at) {
            read.rows.push(entry.fields);
        } else {
            read.left_out.push(LeftOut {
                record: entry.record,
                what: if at < first { Aside::Preamble } else { Aside::Footnote },
                fields: entry.fields,
            });
        }
    }
    read.left_out.sort_by_key(|left| left.record);
    read
}

/// The number of fields that most records have; of numbers as frequent the larger.
fn usual_width(text: &str, dialect: &Dialect) -> usize {
    let mut counts: std::collections::BTreeMap<usize, usize> = std::collections::BTreeMap::new();
    let (mut records, mut fields) = (Records::new(text, dialect), Vec::new());
    while records.next_into(&mut fields).is_some() {
        let is_blank = fields.len() == 1 && fields.iter().all(|field| field.trim().is_empty());
        if !is_blank && !dialect.is_comment(&fields) {
            *counts.entry(fields.len()).or_default() += 1;
        }
    }
    counts
        .into_iter()
        .max_by_key(|(width, count)| (*count, *width))
        .map_or(0, |(width, _)| width)
}

/// The fields of a record that has fewer than usual because it was written with another delimiter, or was quoted as a
/// whole, and where it ends: read so, it has exactly as many as the others.
fn written_otherwise<'t>(
    text: &'t str,
    start: usize,
    fields: usize,
    width: usize,
    dialect: &Dialect,
) -> Option<(Vec<Cow<'t, str>>, usize)> {
    if fields >= width || width < 3 {
        return None;
    }
    if let Some(found) = (fields == 1)
        .then(|| quoted_as_whole(text, start, width, dialect))
        .flatten()
    {
        return Some(found);
    }
    // A comma stands in many texts that are no record.
    let others: &[&str] = if width > 3 {
        &[",", ";", "\t", "|", "~", "^"]
    } else {
        &[";", "\t", "|", "~", "^"]
    };
    others
        .iter()
        .filter(|other| **other != dialect.delimiter)
        .find_map(|other| {
            let other = Dialect {
                delimiter: (*other).to_owned(),
                quote: dialect.quote.or(Some('"')),
                padding: Padding::None,
                ..dialect.clone()
            };
            let (mut records, mut fields) = (Records::starting_at(text, &other, start), Vec::new());
            records.next_into(&mut fields)?;
            let is_list_of_words = fields.iter().skip(1).any(|field| field.starts_with(' '));
            (fields.len() == width && !is_list_of_words).then(|| (fields, records.position()))
        })
}

/// The fields of a record that is one quoted field which holds them all, and where it ends.
fn quoted_as_whole<'t>(
    text: &'t str,
    start: usize,
    width: usize,
    dialect: &Dialect,
) -> Option<(Vec<Cow<'t, str>>, usize)> {
    let (mut records, mut fields) = (Records::starting_at(text, dialect, start), Vec::new());
    records.next_into(&mut fields)?;
    let whole = fields.first().filter(|whole| whole.contains(&dialect.delimiter))?;
    let (mut inner, mut fields) = (Records::new(whole, dialect), Vec::new());
    inner.next_into(&mut fields)?;
    let fields: Vec<Cow<'t, str>> = fields.into_iter().map(|field| Cow::Owned(field.into_owned())).collect();
    (fields.len() == width && inner.position() >= whole.len()).then(|| (fields, records.position()))
}

/// How many records stand above the table.
fn preamble(entries: &[Entry], width: usize) -> usize {
    if width < 2 {
        return 0;
    }
    let head = entries.get(..entries.len().min(LONGEST_PREAMBLE)).unwrap_or_default();
    let titles = head.iter().take_while(|entry| is_title(&entry.fields, width)).count();
    // A block of its own above a blank line, every line narrower than the table and no table itself.
    let block = head
        .iter()
        .enumerate()
        .skip(1)
        .filter(|(_, entry)| entry.follows_blank)
        .map(|(at, _)| at)
        .take_while(|at| {
            let above = head.get(..*at).unwrap_or_default();
            above.iter().all(|entry| entry.fields.len() < width) && !is_table(above)
        })
        .last()
        .unwrap_or(0);
    let above = titles.max(block);
    let rest = entries.get(above..).unwrap_or_default();
    let starts_well = rest.first().is_some_and(|entry| entry.fields.len() * 2 >= width.max(4));
    if rest.len() >= 2 && starts_well { above } else { 0 }
}

/// Whether the fields are a title or note rather than a row: one text at the start, or far fewer fields than the table.
fn is_title(fields: &[String], width: usize) -> bool {
    let mut filled = fields.iter().enumerate().filter(|(_, field)| !field.trim().is_empty());
    let alone = match (filled.next(), filled.next()) {
        (None, _) => true,
        (Some((at, _)), None) => at == 0,
        _ => false,
    };
    (alone && (fields.len() == 1 || fields.len() >= 3)) || fields.len() * 2 < width
}

/// Whether three records or more have the same several fields.
fn is_table(entries: &[Entry]) -> bool {
    let width = entries.first().map_or(0, |entry| entry.fields.len());
    width >= 2 && entries.len() >= 3 && entries.iter().all(|entry| entry.fields.len() == width)
}

/// Where the notes below the table start.
fn footnotes(entries: &[Entry], width: usize) -> usize {
    if width < 2 {
        return entries.len();
    }
    let notes = entries.iter().rev().take_while(|entry| entry.fields.len() == 1).count();
    let start = entries.len() - notes;
    let parted = entries
        .get(start..)
        .unwrap_or_default()
        .iter()
        .position(|entry| entry.follows_blank);
    parted.map_or(entries.len(), |at| start + at)
}
