//! Text with delimiters, in any dialect: which one it is, and its records.

mod candidates;
mod dialect;
mod plain;
mod records;
mod rows;
mod sense;

pub(crate) use dialect::detect;
pub use dialect::{Dialect, Padding};
pub(crate) use plain::PlainRow;
pub(crate) use records::Records;
pub(crate) use rows::TextRows;
pub use rows::{Aside, LeftOut};

use std::borrow::Cow;

use crate::{
    Limits, ReadError,
    grid::{Grid, GridBuilder},
    rest_of_text::{RestOfText, WINDOW},
};
use plain::{Place, PlainRecords, Told};

/// Delimited text read chunk by chunk: what is held at once is one chunk's cells, however long the text is.
pub(crate) struct Delimited<'t> {
    text: Cow<'t, str>,
    /// What comes after `text`, where it is read in parts.
    rest: Option<RestOfText<'t>>,
    dialect: Dialect,
    /// How its plain records are read, where its dialect has such.
    plain: Option<PlainRecords>,
    /// Where the next record starts, in bytes.
    at: usize,
    /// The next record's number, from 0.
    number: u32,
    /// A record before that will be read once more, and its number.
    back_to: Option<(usize, u32)>,
    /// Memory for the places of a record's fields.
    fields: Vec<Place>,
}

impl<'t> Delimited<'t> {
    pub(crate) fn new(text: Cow<'t, str>) -> Self {
        let dialect = detect(&text);
        Self {
            text,
            rest: None,
            plain: PlainRecords::of(&dialect),
            dialect,
            at: 0,
            number: 0,
            back_to: None,
            fields: Vec::new(),
        }
    }

    /// A text of which the first part is given and the rest is still to be read.
    pub(crate) fn in_parts(first: String, rest: RestOfText<'t>) -> Self {
        Self {
            rest: Some(rest),
            ..Self::new(Cow::Owned(first))
        }
    }

    /// Reads every record with care, to compare.
    #[cfg(test)]
    pub(crate) fn with_care(&mut self) {
        self.plain = None;
    }

    pub(crate) fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// Whether every record has been read.
    pub(crate) fn is_done(&self) -> bool {
        self.at >= self.text.len() && self.rest.is_none()
    }

    /// The next record's number, from 0.
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// Every record as read, those of the table apart from what stands around it.
    pub(crate) fn rows(&self) -> TextRows {
        rows::read(&self.text, &self.dialect)
    }

    /// The next `most` records; row numbers count records over the whole text.
    pub(crate) fn chunk(&mut self, most: usize, limits: &Limits) -> Result<Grid, ReadError> {
        self.chunk_ahead(Grid::default(), most, 0, limits)
    }

    /// The same in the memory of a chunk that has been read, and up to `more` records beyond, which are read once more
    /// afterwards.
    pub(crate) fn chunk_ahead(
        &mut self,
        used: Grid,
        most: usize,
        more: usize,
        limits: &Limits,
    ) -> Result<Grid, ReadError> {
        let limits = &Limits {
            rows: limits.records,
            ..limits.clone()
        };
        let mut builder = GridBuilder::reusing(used, limits);
        self.read_into(&mut builder, most, limits)?;
        self.back_to = Some((self.at, self.number));
        let ahead = self.read_into(&mut builder, more, limits);
        if let Some(before) = self.back_to.take() {
            (self.at, self.number) = before;
        }
        ahead.map(|()| builder.finish())
    }

    fn read_into(&mut self, builder: &mut GridBuilder<'_>, most: usize, limits: &Limits) -> Result<(), ReadError> {
        let mut left = most;
        while self.read_held(builder, &mut left, limits)? == Stop::EndOfPart {
            self.go_on(limits)?;
        }
        Ok(())
    }

    /// Tells the records that are plain, until there is one that is not, the text is at its end, or `take` gives false:
    /// that record is still to be read. The first of a text is never told.
    pub(crate) fn plain_rows(
        &mut self,
        limits: &Limits,
        mut take: impl FnMut(PlainRow<'_>) -> bool,
    ) -> Result<(), ReadError> {
        let Some(plain) = self.plain.filter(|_| self.number > 0) else {
            return Ok(());
        };
        loop {
            let (mut at, mut number, text) = (self.at, self.number, self.text.as_ref());
            let stop = plain.read(text, at, &mut self.fields, |told| {
                let Told {
                    fields,
                    is_full,
                    is_tidy,
                    next,
                } = told;
                // What is beyond a limit is refused by the careful reader.
                let is_within = fields.len() <= limits.columns as usize
                    && next - at <= limits.cell_bytes
                    && number < limits.records;
                let is_taken = is_within
                    && take(PlainRow {
                        text,
                        fields,
                        is_full,
                        is_tidy,
                        number,
                    });
                if is_taken {
                    (at, number) = (next, number + 1);
                }
                Ok::<_, ReadError>(is_taken)
            })?;
            (self.at, self.number) = (at, number);
            let is_long = self.text.len() - at > limits.cell_bytes;
            if stop == plain::Stop::Record || self.rest.is_none() || is_long {
                return Ok(());
            }
            self.go_on(limits)?;
        }
    }

    /// Reads on in the text.
    fn go_on(&mut self, limits: &Limits) -> Result<(), ReadError> {
        let text = self.text.to_mut();
        let start = self.back_to.map_or(self.at, |(at, _)| at);
        text.drain(..start);
        self.at -= start;
        if let Some((at, _)) = &mut self.back_to {
            *at = 0;
        }
        if let Some(rest) = &mut self.rest
            && !rest.append_to(text, limits)?
        {
            self.rest = None;
        }
        Ok(())
    }

    /// Reads records of what is held of the text.
    fn read_held(
        &mut self,
        builder: &mut GridBuilder<'_>,
        left: &mut usize,
        limits: &Limits,
    ) -> Result<Stop, ReadError> {
        let mut records = Records::starting_at(&self.text, &self.dialect, self.at).refused_above(limits.columns);
        let mut fields = Vec::new();
        let plain = self.plain;
        let mut careful = 0u32;
        while *left > 0 {
            if let Some(plain) = plain.filter(|_| careful == 0 && self.number > 0) {
                let before = self.number;
                let next = (self.number, self.at);
                (self.number, self.at) = read_plain(plain, &self.text, next, (builder, &mut self.fields), left)?;
                records.go_to(self.at);
                careful = if self.number == before { CAREFUL_RUN } else { 1 };
                continue;
            }
            careful = careful.saturating_sub(1);
            let held = self.text.len() - self.at;
            let Some(record) = records.next_into(&mut fields) else {
                return Ok(if self.rest.is_some() {
                    Stop::EndOfPart
                } else {
                    Stop::Done
                });
            };
            // Where a part of the text ends, so may a record that goes on in the next; and a quote may be closed there.
            let may_go_on =
                records.position() >= self.text.len() || (record.unterminated.is_some() && held < LONGEST_RECORD);
            if self.rest.is_some() && may_go_on {
                return Ok(Stop::EndOfPart);
            }
            self.at = records.position();
            if self.number == 0 && record.is_separator_line {
                continue;
            }
            if self.dialect.is_comment(&fields) {
                // Between rows a line that is but a remark heads those below it, as people write sections into texts.
                let is_heading = self.number > 0 && fields.len() == 1;
                fields.truncate(usize::from(is_heading));
            }
            builder.row(self.number, false, 0)?;
            for (column, field) in fields.iter().enumerate() {
                Limits::hold("columns", column as u64 + 1, u64::from(limits.columns))?;
                builder.text(column as u32, field)?;
            }
            let stray = || {
                fields
                    .iter()
                    .any(|field| field.starts_with('"') && field.matches('"').count() % 2 == 1)
            };
            let text = record
                .unterminated
                .or_else(|| stray().then(|| fields.first().map_or("", AsRef::as_ref)));
            if let Some(text) = text {
                builder.fault(
                    self.number,
                    0,
                    text,
                    "a quote is opened and never closed; it was read as part of the text",
                );
            }
            self.number = self.number.saturating_add(1);
            *left -= 1;
        }
        Ok(Stop::Done)
    }
}

/// Records read with care where one was found that is not plain and follows one: others like it will come.
const CAREFUL_RUN: u32 = 16;

/// Reads plain records up to one that is not plain; gives the next record's number and place.
fn read_plain(
    plain: PlainRecords,
    text: &str,
    (mut number, mut at): (u32, usize),
    (builder, fields): (&mut GridBuilder<'_>, &mut Vec<Place>),
    left: &mut usize,
) -> Result<(u32, usize), ReadError> {
    let mut region = builder.region(at);
    plain.read(text, at, fields, |Told { fields, next, .. }| {
        for (column, place) in (0..).zip(fields) {
            region.cell(column, place.start as usize..place.end as usize)?;
        }
        region.end_row(number, next)?;
        at = next;
        number = number.saturating_add(1);
        *left -= 1;
        Ok::<_, ReadError>(*left > 0)
    })?;
    region.finish(text);
    Ok((number, at))
}

/// Why reading stopped.
#[derive(PartialEq)]
enum Stop {
    /// What was asked for is read, or the text is at its end.
    Done,
    /// The text goes on beyond what is held of it.
    EndOfPart,
}

/// How far the end of a quoted field is sought beyond what is held of a text.
const LONGEST_RECORD: usize = 4 * WINDOW;
