//! What a file gives: tables of text cells, each with its place.

use crate::error::MissingPage;
use crate::geometry::BBox;
use crate::rules::Rules;
use crate::words::{Word, is_right_to_left};
use serde::Serialize;

/// A file that was read.
#[derive(Debug, Default, Serialize)]
pub struct Document {
    /// Number of pages in the file.
    pub pages: u32,
    /// The tables in reading order. A table that runs over pages is one.
    pub tables: Vec<Table>,
    /// Pages from which nothing could be read.
    pub missing: Vec<MissingPage>,
    /// Words and lines of each page that was read, for [`Document::draw`] and [`Document::lines`].
    #[serde(skip)]
    pub(crate) sheets: Vec<Sheet>,
}

impl Document {
    /// The lines of text on a page, in and outside of its tables, from top to bottom: titles, terms and currencies often
    /// stand only there. Empty if the page was not read.
    pub fn lines(&self, page: u32) -> Vec<TextLine> {
        text_lines(self.words(page))
    }

    /// The lines of text on a page that stand in none of its tables, from top to bottom: letterhead, terms, what holds for
    /// all prices. Empty if the page was not read.
    pub fn notes(&self, page: u32) -> Vec<TextLine> {
        let tables: Vec<BBox> = self.tables.iter().filter_map(|table| table.area(page)).collect();
        let outside: Vec<Word> = self
            .words(page)
            .iter()
            .filter(|word| {
                !tables
                    .iter()
                    .any(|area| area.contains(word.bbox.center_x(), word.bbox.center_y()))
            })
            .cloned()
            .collect();
        text_lines(&outside)
    }

    fn words(&self, page: u32) -> &[Word] {
        self.sheets
            .iter()
            .find(|sheet| sheet.page == page)
            .map_or(&[][..], |sheet| &sheet.words)
    }
}

fn text_lines(words: &[Word]) -> Vec<TextLine> {
    crate::words::lines(words)
        .iter()
        .map(|line| {
            let CellLine { text, bbox } = CellLine::from_words(&line.words);
            TextLine { text, bbox }
        })
        .collect()
}

/// A line of text on a page.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TextLine {
    /// Its words, with single spaces.
    pub text: String,
    /// Box around them.
    pub bbox: BBox,
}

/// What was seen on one page.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) page: u32,
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) words: Vec<Word>,
    pub(crate) rules: Rules,
}

/// One logical table. All rows have the same number of cells.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// Page on which it begins, counted from 1.
    pub page: u32,
    /// Rows from top to bottom, over all its pages.
    pub rows: Vec<Row>,
    /// How its cells were told apart.
    pub method: Method,
    /// A heading in larger letters directly above it: what its products are, or the title of the list.
    pub caption: Option<String>,
}

impl Table {
    /// Number of cells in each row.
    pub fn columns(&self) -> usize {
        self.rows.first().map_or(0, |row| row.cells.len())
    }

    /// The box around its cells on a page.
    fn area(&self, page: u32) -> Option<BBox> {
        let rows = self.rows.iter().filter(|row| row.page == page);
        BBox::around(rows.flat_map(|row| row.cells.iter().filter_map(|cell| cell.bbox)))
    }
}

/// How the cells of a table were told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By its ruling lines.
    Ruled,
    /// By the alignment of its text.
    Aligned,
    /// Lines of text that end in an amount, set off by dots or a dash.
    List,
}

/// One row. A section heading is a row with one filled cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// One cell for each column; empty text where there is nothing.
    pub cells: Vec<Cell>,
    /// Page it stands on, counted from 1.
    pub page: u32,
    /// Whether it repeats the heading row of the table at the top of a further page.
    pub repeats_header: bool,
}

impl Row {
    /// Number of cells with text.
    pub fn filled(&self) -> usize {
        self.cells.iter().filter(|cell| !cell.text.is_empty()).count()
    }
}

/// One cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cell {
    /// Its text, lines joined, spaces single; empty if there is none.
    pub text: String,
    /// Box around its text; `None` if there is none.
    pub bbox: Option<BBox>,
}

/// Text of one line of a cell, before lines are joined.
#[derive(Clone, Debug)]
pub(crate) struct CellLine {
    pub(crate) text: String,
    pub(crate) bbox: BBox,
}

impl Cell {
    /// A cell from its lines, from top to bottom.
    pub(crate) fn from_lines(lines: &[CellLine]) -> Self {
        let mut text = String::new();
        for line in lines {
            let broken = text.ends_with('\u{AD}');
            let begins_small = line.text.starts_with(char::is_lowercase);
            let hyphen = text.ends_with('-') && text.chars().rev().nth(1).is_some_and(char::is_alphabetic);
            if broken {
                text.pop();
            } else if !(text.is_empty() || hyphen && begins_small) {
                text.push(' ');
            }
            text.push_str(&line.text);
        }
        let text = text.replace('\u{AD}', "-");
        Self {
            text,
            bbox: BBox::around(lines.iter().map(|line| line.bbox)),
        }
    }
}

impl CellLine {
    /// Words from left to right, with a space between each two; in reading order if that is from right to left. Must not be empty of words to have a sensible box.
    pub(crate) fn from_words(words: &[Word]) -> Self {
        let mut words: Vec<&Word> = words.iter().collect();
        if words.iter().filter(|word| is_right_to_left(&word.text)).count() * 2 > words.len() {
            words.reverse();
        }
        let text = words
            .iter()
            .map(|word| word.text.as_str())
            .collect::<Vec<_>>()
            .join(" ");
        let bbox = BBox::around(words.iter().map(|word| word.bbox)).unwrap_or(BBox::new(0.0, 0.0, 0.0, 0.0));
        Self { text, bbox }
    }
}
