//! The tables of a web page, read as leniently as browsers do: end tags may be missing, entities may be anything.

use crate::{
    Limits, ReadError,
    grid::{Grid, GridBuilder, Merge},
    struck_out::StruckOut,
    text::Decoded,
};

/// A page's tables one below the other, or why it has none.
pub(crate) fn read(decoded: &Decoded<'_>, limits: &Limits) -> Result<Grid, ReadError> {
    let mut page = Page::default();
    page.scan(&decoded.text, limits)?;
    let rows = page.rows;
    let holds_values = rows
        .iter()
        .filter(|row| row.iter().filter(|cell| !cell.text.is_empty()).count() > 1)
        .count()
        > 1;
    if page.asks_password && !holds_values {
        return Err(ReadError::SignInPage);
    }
    if !holds_values {
        let title = page.title.trim();
        return Err(ReadError::WebPage {
            title: (!title.is_empty()).then(|| title.chars().take(100).collect()),
        });
    }
    let mut builder = GridBuilder::new(limits, 0);
    let mut spans: Vec<(u32, u32)> = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let number = number as u32;
        builder.row(number, false, 0)?;
        let mut column = 0u32;
        // Columns still covered by a cell that spans rows: (column, last row covered).
        spans.retain(|(_, last)| *last >= number);
        for cell in row {
            while spans.iter().any(|(covered, _)| *covered == column) {
                column += 1;
            }
            Limits::hold(
                "columns",
                u64::from(column) + u64::from(cell.across),
                u64::from(limits.columns),
            )?;
            builder.text(column, &cell.text)?;
            if cell.across > 1 || cell.down > 1 {
                let bottom = number.saturating_add(cell.down - 1);
                builder.merge(Merge {
                    top: number,
                    left: column,
                    bottom,
                    right: column + cell.across - 1,
                })?;
                if cell.down > 1 {
                    spans.extend((column..column + cell.across).map(|column| (column, bottom)));
                }
            }
            column += cell.across;
        }
    }
    Ok(builder.finish())
}

struct HtmlCell {
    text: String,
    struck_out: StruckOut,
    across: u32,
    down: u32,
}

#[derive(Default)]
struct Page {
    rows: Vec<Vec<HtmlCell>>,
    /// The row being read, of each table that is open.
    open: Vec<OpenTable>,
    title: String,
    asks_password: bool,
}

#[derive(Default)]
struct OpenTable {
    rows: Vec<Vec<HtmlCell>>,
    row: Option<Vec<HtmlCell>>,
    cell: Option<HtmlCell>,
}

impl OpenTable {
    fn end_cell(&mut self) {
        if let Some(mut cell) = self.cell.take() {
            cell.struck_out.take_from(&mut cell.text);
            cell.text = squeeze(&cell.text);
            self.row.get_or_insert_default().push(cell);
        }
    }

    fn end_row(&mut self) {
        self.end_cell();
        self.rows.extend(self.row.take());
    }
}

impl Page {
    fn scan(&mut self, text: &str, limits: &Limits) -> Result<(), ReadError> {
        let mut rest = text;
        let mut in_title = false;
        while let Some(at) = rest.find('<') {
            let (before, from) = rest.split_at(at);
            self.add_text(before, in_title, limits)?;
            if let Some(comment) = from.strip_prefix("<!--") {
                rest = comment
                    .find("-->")
                    .and_then(|end| comment.get(end + 3..))
                    .unwrap_or_default();
                continue;
            }
            let is_tag = from
                .chars()
                .nth(1)
                .is_some_and(|char| char.is_ascii_alphabetic() || matches!(char, '/' | '!' | '?'));
            let Some(end) = tag_end(from).filter(|_| is_tag) else {
                self.add_text("<", in_title, limits)?;
                rest = from.get(1..).unwrap_or_default();
                continue;
            };
            let tag = from.get(1..end).unwrap_or_default();
            rest = from.get(end + 1..).unwrap_or_default();
            let (closing, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
            let name: String = tag
                .chars()
                .take_while(|char| char.is_ascii_alphanumeric())
                .map(|char| char.to_ascii_lowercase())
                .collect();
            match (name.as_str(), closing) {
                ("script" | "style", false) => rest = after_raw_text(rest, &name),
                ("title", closing) => in_title = !closing,
                ("input", false) => self.asks_password |= attribute(tag, "type").is_some_and(|kind| kind == "password"),
                (name, closing) => self.table_tag(name, closing, tag, limits)?,
            }
        }
        self.add_text(rest, in_title, limits)?;
        while !self.open.is_empty() {
            self.end_table();
        }
        Limits::hold("rows", self.rows.len() as u64, u64::from(limits.rows))
    }

    fn table_tag(&mut self, name: &str, closing: bool, tag: &str, limits: &Limits) -> Result<(), ReadError> {
        match (name, closing) {
            ("table", false) => {
                Limits::hold(
                    "levels of nested tables",
                    self.open.len() as u64 + 1,
                    limits.depth as u64,
                )?;
                self.open.push(OpenTable::default());
            }
            ("table", true) => self.end_table(),
            ("tr", false) => {
                if let Some(table) = self.open.last_mut() {
                    table.end_row();
                    table.row = Some(Vec::new());
                }
            }
            ("tr" | "thead" | "tbody" | "tfoot", true) => {
                if let Some(table) = self.open.last_mut() {
                    table.end_row();
                }
            }
            ("td" | "th", false) => {
                if let Some(table) = self.open.last_mut() {
                    table.end_cell();
                    let span = |name| {
                        attribute(tag, name)
                            .and_then(|count| count.parse().ok())
                            .unwrap_or(1)
                            .clamp(1, 1_000)
                    };
                    table.cell = Some(HtmlCell {
                        text: String::new(),
                        struck_out: StruckOut::default(),
                        across: span("colspan"),
                        down: span("rowspan"),
                    });
                }
            }
            ("td" | "th", true) => {
                if let Some(table) = self.open.last_mut() {
                    table.end_cell();
                }
            }
            ("s" | "del" | "strike", closing) => {
                if let Some(cell) = self.open.last_mut().and_then(|table| table.cell.as_mut()) {
                    let length = cell.text.len();
                    match closing {
                        false => cell.struck_out.begin(length),
                        true => cell.struck_out.end(length),
                    }
                }
            }
            ("br" | "p" | "div" | "li", _) => {
                if let Some(cell) = self.open.last_mut().and_then(|table| table.cell.as_mut()) {
                    cell.text.push(LINE_BREAK);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end_table(&mut self) {
        if let Some(mut table) = self.open.pop() {
            table.end_row();
            // A table that only lays out the page holds other tables, which have been taken already.
            self.rows.append(&mut table.rows);
            self.rows.push(Vec::new());
        }
    }

    fn add_text(&mut self, text: &str, in_title: bool, limits: &Limits) -> Result<(), ReadError> {
        if in_title {
            if self.title.len() < 400 {
                self.title.push_str(&decode_entities(text));
            }
        } else if let Some(cell) = self.open.last_mut().and_then(|table| table.cell.as_mut()) {
            Limits::hold(
                "bytes in one cell",
                (cell.text.len() + text.len()) as u64,
                limits.cell_bytes as u64,
            )?;
            cell.text.push_str(&decode_entities(text));
        }
        Ok(())
    }
}

/// The position of the `>` that ends a tag; one in a quoted attribute does not.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, char) in tag.char_indices() {
        match (quote, char) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(char),
            (Some(open), char) if open == char => quote = None,
            _ => {}
        }
        if at > 64 << 10 {
            break;
        }
    }
    tag.find('>')
}

fn after_raw_text<'t>(rest: &'t str, name: &str) -> &'t str {
    let closing = format!("</{name}");
    let found = rest
        .as_bytes()
        .windows(closing.len())
        .position(|window| window.eq_ignore_ascii_case(closing.as_bytes()));
    found.and_then(|at| rest.get(at..)).unwrap_or_default()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let at = lower.match_indices(name).find(|(at, _)| {
        let before = lower.get(..*at).and_then(|before| before.chars().next_back());
        before.is_none_or(|char| char.is_whitespace() || matches!(char, '"' | '\''))
    })?;
    let value = lower
        .get(at.0 + name.len()..)?
        .trim_start()
        .strip_prefix('=')?
        .trim_start();
    Some(match value.chars().next()? {
        quote @ ('"' | '\'') => value.get(1..)?.split(quote).next()?.to_owned(),
        _ => value.split([' ', '\t', '\n', '\r', '/']).next()?.to_owned(),
    })
}

fn decode_entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let end = from
            .char_indices()
            .take(12)
            .find(|(_, char)| *char == ';')
            .map(|(at, _)| at);
        match end.and_then(|end| Some((entity(from.get(1..end)?)?, end))) {
            Some((char, end)) => {
                out.push(char);
                rest = from.get(end + 1..).unwrap_or_default();
            }
            None => {
                out.push('&');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|char| *char != '\0');
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "euro" => '€',
        "pound" => '£',
        "yen" => '¥',
        "laquo" => '«',
        "raquo" => '»',
        "ndash" => '–',
        "mdash" => '—',
        "deg" => '°',
        "times" => '×',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "Auml" => 'Ä',
        "Ouml" => 'Ö',
        "Uuml" => 'Ü',
        "szlig" => 'ß',
        "eacute" => 'é',
        "egrave" => 'è',
        "agrave" => 'à',
        "aacute" => 'á',
        "iacute" => 'í',
        "oacute" => 'ó',
        "uacute" => 'ú',
        "ntilde" => 'ñ',
        "ccedil" => 'ç',
        "reg" => '®',
        "trade" => '™',
        _ => return None,
    })
}

/// Stands for a line break until white space has been squeezed: line ends of the source are blanks.
const LINE_BREAK: char = '\u{2028}';

/// White space as a browser shows it: runs are one blank, and lines break where elements say so.
fn squeeze(text: &str) -> String {
    let lines = text
        .split(LINE_BREAK)
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}
