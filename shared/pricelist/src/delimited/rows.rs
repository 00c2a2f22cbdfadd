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
        let is_empty = fields.iter().all(|field| field.trim().is_empty());
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
            && let Some((other, end)) = written_otherwise(text, start, &fields, width, dialect)
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
        follows_blank = is_empty;
    }
    unpad(&mut entries);
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

/// The blank after each delimiter of a record that is written so where hardly any other is, is no part of its fields.
fn unpad(entries: &mut [Entry]) {
    let is_padded = |entry: &Entry| {
        // A blank before a quote has been left out already.
        let filled = entry.fields.iter().skip(1).filter(|field| !field.is_empty());
        let (mut padded, mut bare) = (0, 0);
        for field in filled {
            *if field.starts_with(' ') { &mut padded } else { &mut bare } += 1;
        }
        padded >= 2 && padded >= bare
    };
    let padded = entries.iter().filter(|entry| is_padded(entry)).count();
    if padded == 0 || padded * 20 > entries.len().max(20) {
        return;
    }
    for entry in entries.iter_mut().filter(|entry| is_padded(entry)) {
        for field in entry.fields.iter_mut().skip(1).filter(|field| field.starts_with(' ')) {
            field.remove(0);
        }
    }
}

/// The fields of a record that was written with another delimiter or another quote, or was quoted as a whole, and where it
/// ends: read so, it has exactly as many fields as the others.
fn written_otherwise<'t>(
    text: &'t str,
    start: usize,
    fields: &[Cow<'_, str>],
    width: usize,
    dialect: &Dialect,
) -> Option<(Vec<Cow<'t, str>>, usize)> {
    if width < 3 {
        return None;
    }
    if let Some(found) = quoted_otherwise(text, start, fields, width, dialect) {
        return Some(found);
    }
    if fields.len() >= width {
        return None;
    }
    if let Some(found) = (fields.len() == 1)
        .then(|| quoted_as_whole(text, start, width, dialect))
        .flatten()
    {
        return Some(found);
    }
    // A comma stands in many texts that are no record, a colon and a blank in most.
    let others: &[&str] = match width {
        3 => &[";", "\t", "|", "~", "^"],
        4 => &[",", ";", "\t", "|", "~", "^"],
        _ if fields.len() > 1 => &[",", ";", "\t", "|", "~", "^"],
        _ => &[",", ";", "\t", "|", "~", "^", ":", " "],
    };
    others
        .iter()
        .filter(|other| **other != dialect.delimiter)
        .find_map(|other| {
            let (fields, end) = reread(
                text,
                start,
                &Dialect {
                    delimiter: (*other).to_owned(),
                    quote: dialect.quote.or(Some('"')),
                    padding: Padding::None,
                    ..dialect.clone()
                },
            )?;
            let is_list_of_words = fields.iter().skip(1).any(|field| field.starts_with(' '));
            let is_sentence = matches!(*other, ":" | " ") && !is_row_of_words(&fields);
            (fields.len() == width && !is_list_of_words && !is_sentence).then_some((fields, end))
        })
}

/// Whether the fields are words as headers have them or values, rather than the words of a sentence.
fn is_row_of_words(fields: &[Cow<'_, str>]) -> bool {
    let lower = fields
        .iter()
        .filter(|field| field.chars().next().is_some_and(char::is_lowercase))
        .count();
    let at_edge = |field: &str| field.is_empty() || field.ends_with(['.', ',', ':', ';', '!', '?', '(', ')']);
    lower * 2 < fields.len() && !fields.iter().any(|field| at_edge(field))
}

/// The fields of a record whose quotes are the other kind: read with them it has as many fields as the others, and several
/// of them are quoted.
fn quoted_otherwise<'t>(
    text: &'t str,
    start: usize,
    fields: &[Cow<'_, str>],
    width: usize,
    dialect: &Dialect,
) -> Option<(Vec<Cow<'t, str>>, usize)> {
    let quote = match dialect.quote {
        Some('\'') => '"',
        Some('"') => '\'',
        _ => return None,
    };
    let quoted = |field: &&Cow<'_, str>| field.len() > 1 && field.starts_with(quote);
    if fields.iter().filter(quoted).count() < 2 {
        return None;
    }
    let quote = Some(quote);
    let (read, end) = reread(
        text,
        start,
        &Dialect {
            quote,
            ..dialect.clone()
        },
    )?;
    let is_one_line = text
        .get(start..end)
        .is_some_and(|record| !record.trim_end().contains(['\n', '\r']));
    (read.len() == width && is_one_line && !read.iter().any(|field| quoted(&field))).then_some((read, end))
}

/// The record at `start` in another dialect, and where it ends.
fn reread<'t>(text: &'t str, start: usize, dialect: &Dialect) -> Option<(Vec<Cow<'t, str>>, usize)> {
    let (mut records, mut fields) = (Records::starting_at(text, dialect, start), Vec::new());
    records.next_into(&mut fields)?;
    Some((fields, records.position()))
}

/// The fields of a record that is one quoted field which holds them all, and where it ends.
fn quoted_as_whole<'t>(
    text: &'t str,
    start: usize,
    width: usize,
    dialect: &Dialect,
) -> Option<(Vec<Cow<'t, str>>, usize)> {
    let (fields, end) = reread(text, start, dialect)?;
    let whole = fields.first().filter(|whole| whole.contains(&dialect.delimiter))?;
    let (mut inner, mut fields) = (Records::new(whole, dialect), Vec::new());
    inner.next_into(&mut fields)?;
    let fields: Vec<Cow<'t, str>> = fields.into_iter().map(|field| Cow::Owned(field.into_owned())).collect();
    (fields.len() == width && inner.position() >= whole.len()).then_some((fields, end))
}

/// How many records stand above the table.
fn preamble(entries: &[Entry], width: usize) -> usize {
    if width < 2 {
        return 0;
    }
    let head = entries.get(..entries.len().min(LONGEST_PREAMBLE)).unwrap_or_default();
    let titles = head.iter().take_while(|entry| is_title(&entry.fields, width)).count();
    // A table of its own, if a narrow one, is no title.
    let titles = (0..titles)
        .find(|at| head.get(*at..at + 3).is_some_and(is_table))
        .unwrap_or(titles);
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

/// Whether three records or more have the same several fields, and two or more of them filled.
fn is_table(entries: &[Entry]) -> bool {
    let width = entries.first().map_or(0, |entry| entry.fields.len());
    let filled = |entry: &Entry| entry.fields.iter().filter(|field| !field.trim().is_empty()).count();
    width >= 2
        && entries.len() >= 3
        && entries
            .iter()
            .all(|entry| entry.fields.len() == width && filled(entry) >= 2)
}

/// Where the notes below the table start: lone texts, after a blank line or of several words.
fn footnotes(entries: &[Entry], width: usize) -> usize {
    if width < 2 {
        return entries.len();
    }
    let is_lone = |entry: &&Entry| entry.fields.len() == 1 || (width >= 3 && is_note(&entry.fields));
    let notes = entries.iter().rev().take_while(is_lone).count();
    let start = entries.len() - notes;
    let below = entries.get(start..).unwrap_or_default();
    let parted = below.iter().position(|entry| entry.follows_blank);
    let worded = (width >= 3 && below.iter().all(|entry| is_note(&entry.fields))).then_some(0);
    worded.or(parted).map_or(entries.len(), |at| start + at)
}

/// Whether the fields are one text of three words or more at the start, and nothing else.
fn is_note(fields: &[String]) -> bool {
    let (text, others) = match fields.split_first() {
        Some((text, others)) => (text.trim(), others),
        None => return false,
    };
    let words = text
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphabetic))
        .count();
    words >= 3 && others.iter().all(|field| field.trim().is_empty())
}
