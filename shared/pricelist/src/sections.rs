//! Section rows and their levels.

use domain::Text;

use crate::grid::Grid;

/// What a section row looks like: rows that look alike stand on one level.
#[derive(Debug, Clone, PartialEq)]
struct Look {
    column: u32,
    indent: usize,
    upper: bool,
    outline: u8,
    numbering: usize,
}

/// The sections that the current row stands in, the outermost first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sections {
    stack: Vec<(Look, String)>,
    /// `Outer > inner`.
    path: Option<Text>,
    /// Whether the row before was a section row too.
    follows_section: bool,
}

impl Sections {
    /// Enters the section that a row names.
    pub(crate) fn enter(&mut self, grid: &Grid, row: usize, column: u32, text: &str) {
        let look = look(grid, row, column, text);
        let text = without_marks(text);
        // "1 - Oils" and "2 - Oats" stand side by side wherever they are written.
        let is_alike = |other: &Look| {
            *other == look || look.numbering > 0 && (other.numbering, other.outline) == (look.numbering, look.outline)
        };
        let known = self.stack.iter().position(|(other, _)| is_alike(other));
        let level = match known {
            Some(level) => level,
            // Straight after a section row, another look is one level deeper; after items it is told by how it looks.
            None if self.follows_section => self.stack.len(),
            None => self
                .stack
                .iter()
                .position(|(other, _)| is_within(other, &look).is_some_and(|within| !within))
                .unwrap_or(if self.stack.is_empty() {
                    0
                } else {
                    self.stack.len() - usize::from(!self.last_contains(&look))
                }),
        };
        self.stack.truncate(level.min(8));
        self.stack.push((look, text.to_owned()));
        self.keep_path();
        self.follows_section = true;
    }

    /// Joins the names once for all the items that follow.
    fn keep_path(&mut self) {
        let names: Vec<&str> = self.stack.iter().map(|(_, text)| text.as_str()).collect();
        self.path = Some(names.join(" > ").into());
    }

    /// Puts what comes under a heading above the table: one that looks as the table's own outermost headings do if it has
    /// such, else one above them all.
    pub(crate) fn begin_under(&mut self, text: &str, is_of_table: bool) {
        let look = Look {
            column: 0,
            indent: 0,
            upper: is_upper(text),
            outline: u8::from(is_of_table),
            numbering: numbering(text),
        };
        self.stack = vec![(look, text.to_owned())];
        self.keep_path();
    }

    fn last_contains(&self, look: &Look) -> bool {
        self.stack
            .last()
            .is_some_and(|(last, _)| is_within(last, look) == Some(true))
    }

    /// Notes that an item came.
    pub(crate) fn item(&mut self) {
        self.follows_section = false;
    }

    /// The heading that stands nearest.
    pub(crate) fn innermost(&self) -> Option<&str> {
        self.stack.last().map(|(_, text)| text.as_str())
    }

    /// `Outer > inner`.
    pub(crate) fn path(&self) -> Option<&Text> {
        self.path.as_ref()
    }
}

/// Whether `inner` looks like standing inside `outer`; none where the looks do not say.
fn is_within(outer: &Look, inner: &Look) -> Option<bool> {
    let pairs = [
        (usize::from(outer.outline), usize::from(inner.outline)),
        (outer.numbering, inner.numbering),
        (outer.indent, inner.indent),
        (outer.column as usize, inner.column as usize),
    ];
    let differing = pairs
        .iter()
        .find(|(outer, inner)| outer != inner)
        .map(|(outer, inner)| inner > outer);
    differing.or_else(|| (outer.upper != inner.upper).then_some(outer.upper))
}

fn look(grid: &Grid, row: usize, column: u32, text: &str) -> Look {
    let raw = grid.text_at(row, column);
    let indent = raw.chars().take_while(|char| char.is_whitespace()).count();
    Look {
        column,
        indent: indent.min(40),
        upper: is_upper(text),
        outline: grid.row(row).map_or(0, |row| row.outline),
        numbering: numbering(text),
    }
}

/// A heading without the marks that set it off: `#Fruit`, `== Fruit ==`, `► Fruit`.
fn without_marks(text: &str) -> &str {
    const MARKS: &[char] = &[
        '#', '=', '-', '–', '—', '*', '~', '_', '•', '►', '▶', '■', '»', '>', ' ',
    ];
    let bare = text.trim_matches(MARKS);
    if bare.is_empty() { text } else { bare }
}

/// Whether a text of three letters or more is in capitals.
pub(crate) fn is_upper(text: &str) -> bool {
    let letters: String = text.chars().filter(|char| char.is_alphabetic()).collect();
    letters.chars().count() >= 3 && letters.to_uppercase() == letters && letters.to_lowercase() != letters
}

/// The depth of `1.2.3 Name`: 3; of a text without a number 0.
fn numbering(text: &str) -> usize {
    let number: String = text
        .chars()
        .take_while(|char| char.is_ascii_digit() || *char == '.')
        .collect();
    let ends_well = text
        .get(number.len()..)
        .is_some_and(|rest| rest.starts_with([' ', ')', '\u{a0}']));
    if number.is_empty() || !ends_well {
        return 0;
    }
    number.split('.').filter(|part| !part.is_empty()).count()
}
