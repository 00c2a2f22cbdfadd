//! Which rows are headers: by their words, or by what stands below them.

use std::{borrow::Cow, collections::HashSet, ops::Range};

use super::{
    header_lines::{continues, joins_above, joins_below},
    is_number, texts,
};
use crate::{
    amount::{self, Reading},
    dictionary::{self, PriceKind, Role},
    grid::{Cell, Grid, Value},
    variants,
};

/// What speaks for a row being a header.
#[derive(Debug, Clone, Default)]
struct Evidence {
    matched: usize,
    roles: HashSet<Role>,
    texts: usize,
    numbers: usize,
}

impl Evidence {
    fn has_price(&self) -> bool {
        self.roles.iter().any(|role| role.is_price())
    }

    fn is_header(&self) -> bool {
        let fields = self.roles.iter().filter(|role| role.field().is_some()).count();
        self.matched >= 2 && fields >= 1 && !self.has_too_many_numbers() && self.matched * 10 >= self.texts * 3
    }

    fn has_too_many_numbers(&self) -> bool {
        self.numbers * 10 > (self.texts + self.numbers) * 3
    }
}

/// Rows whose words are looked up; below this many, only repeats of a known header are sought.
const MOST_EVALUATED: usize = 20_000;

/// Whether most words of a row are those of a header.
pub(crate) fn is_header(grid: &Grid, index: usize) -> bool {
    let evidence = evidence(grid, index);
    evidence.is_header() && evidence.matched * 2 >= evidence.texts
}

/// Whether every text of a row is a header's word, each for another column, a price among them.
pub(crate) fn is_header_throughout(grid: &Grid, index: usize) -> bool {
    const FEWEST: usize = 3;
    let evidence = evidence(grid, index);
    let is_known = evidence.matched == evidence.texts && evidence.numbers == 0;
    // Several prices have one role.
    is_known && evidence.texts >= FEWEST && evidence.roles.len() >= FEWEST && evidence.has_price()
}

/// Runs of rows that form headers.
pub(super) fn header_blocks(grid: &Grid) -> Vec<Range<usize>> {
    let mut candidates: Vec<(usize, Evidence)> = Vec::new();
    let mut evaluated = 0;
    for index in 0..grid.height() {
        if evaluated >= MOST_EVALUATED {
            break;
        }
        if !may_be_header(grid, index) {
            continue;
        }
        evaluated += 1;
        let evidence = evidence(grid, index);
        if evidence.is_header() {
            candidates.push((index, evidence));
        }
    }
    drop_priced_rows(grid, &mut candidates);
    drop_headers_of_no_prices(grid, &mut candidates);
    drop_long_runs(&mut candidates);
    if candidates.is_empty() {
        let first = (0..grid.height().min(MOST_LINES_ABOVE)).find(|index| heads_numbers(grid, *index));
        candidates.extend(first.map(|index| (index, evidence(grid, index))));
    }
    add_alike(grid, &mut candidates);
    let any_price = candidates.iter().any(|(_, evidence)| evidence.has_price());
    let priced: Vec<usize> = candidates
        .iter()
        .filter(|(_, e)| e.has_price())
        .map(|(index, _)| *index)
        .collect();
    let kept: Vec<usize> = candidates
        .iter()
        .filter(|(index, evidence)| {
            !any_price || evidence.has_price() || priced.iter().any(|near| near.abs_diff(*index) == 1)
        })
        .map(|(index, _)| *index)
        .collect();
    let mut blocks: Vec<Range<usize>> = Vec::new();
    for &index in &kept {
        if blocks.last().is_some_and(|block| index < block.end) {
            continue;
        }
        let mut block = index..index + 1;
        let floor = blocks.last().map_or(0, |before| before.end);
        while block.start > floor && block.len() < MOST_HEADER_LINES && joins_above(grid, block.start - 1, &block) {
            block.start -= 1;
        }
        while block.end < grid.height()
            && block.len() < MOST_HEADER_LINES
            && (joins_below(grid, block.end, &block) || continues(grid, block.end, &block, &kept))
        {
            block.end += 1;
        }
        blocks.push(block);
    }
    blocks
}

/// Lines looked at for a header that its words alone do not tell.
const MOST_LINES_ABOVE: usize = 60;

/// Whether a row with but one known word, or none beside three sizes, is a header by what stands below it: texts over numbers and over texts, one of
/// them for the price, or several that are no fields: sizes, finishes, thicknesses.
fn heads_numbers(grid: &Grid, index: usize) -> bool {
    const ROWS: usize = 8;
    let cells = texts(grid, index);
    if !(2..=60).contains(&cells.len()) || cells.iter().any(|(_, text)| text.chars().count() > 40) {
        return false;
    }
    let below: Vec<usize> = (index + 1..grid.height())
        .take(3 * ROWS)
        .filter(|row| grid.cells(*row).iter().filter(|cell| !grid.is_blank(cell)).count() >= 2)
        .take(ROWS)
        .collect();
    if below.len() < 2 {
        return false;
    }
    let is_numeric = |column: u32| {
        let numbers = below.iter().filter(|row| {
            grid.cell(**row, column)
                .is_some_and(|cell| is_number(grid, cell, grid.shown(cell).trim()))
        });
        numbers.count() * 10 >= below.len() * 6
    };
    let (over_numbers, over_texts): (Vec<_>, Vec<_>) = cells.iter().partition(|(column, _)| is_numeric(*column));
    let words = |text: &str| {
        dictionary::roles(text)
            .first()
            .copied()
            .filter(|(_, weight)| *weight >= 0.55)
    };
    let reads_as_number = |text: &str| matches!(amount::read(text, None), Reading::Amount(_) | Reading::Negative);
    let is_of_matrix = |text: &str| variants::is_variant(text) || variants::is_tier(text);
    let breaks = price_breaks(grid, index);
    // "14K" is a fineness in a header and thousands in a row.
    let is_label = |text: &str| {
        !reads_as_number(text) || variants::is_tier(text) || variants::is_variant(text) || text.ends_with(['K', 'k'])
    };
    // Sizes over prices need no word over what has them.
    let is_matrix = over_numbers.len() >= 3
        && over_numbers
            .iter()
            .all(|(column, text)| is_of_matrix(text) || breaks.contains(column));
    if over_texts.is_empty() && !is_matrix
        || over_texts.iter().any(|(_, text)| !is_label(text))
        || !over_numbers
            .iter()
            .all(|(column, text)| is_label(text) || breaks.contains(column))
        || cells.iter().all(|(_, text)| words(text).is_none()) && !is_matrix
    {
        return false;
    }
    // A currency over numbers names prices.
    let has_price = over_numbers.iter().any(|(_, text)| {
        words(text).is_some_and(|(role, _)| role.is_price())
            || !text.contains(|char: char| char.is_ascii_digit()) && crate::currency::is_named(text)
    });
    let unknown = over_numbers.iter().filter(|(_, text)| words(text).is_none()).count();
    // Numbers that stand alone beside goods are their prices, whatever they are called.
    has_price || unknown >= 2 || unknown == 1 && over_numbers.len() == 1
}

/// No header has more lines than this.
const MOST_HEADER_LINES: usize = 4;

/// Drops rows that have an amount where the header above them names a price: goods called "Rye flour type 405, brand of ours"
/// are no header, whatever words they say.
fn drop_priced_rows(grid: &Grid, candidates: &mut Vec<(usize, Evidence)>) {
    let mut priced: Vec<u32> = Vec::new();
    candidates.retain(|(index, evidence)| {
        if evidence.numbers > 0 {
            let mut amounts = grid
                .cells(*index)
                .iter()
                .filter(|cell| is_number(grid, cell, grid.shown(cell).trim()));
            return !amounts.any(|cell| priced.contains(&cell.column));
        }
        if evidence.has_price() {
            let is_price = |text: &str| {
                variants::is_tier(text) || dictionary::roles(text).first().is_some_and(|(role, _)| role.is_price())
            };
            priced = texts(grid, *index)
                .into_iter()
                .filter_map(|(column, text)| is_price(&text).then_some(column))
                .collect();
        }
        true
    });
}

/// Adds rows above the first header that say two words of one below it in the same columns, the price's among them: the headers
/// of other tables of the sheet, whose other words are not known.
fn add_alike(grid: &Grid, candidates: &mut Vec<(usize, Evidence)>) {
    const ROWS: usize = 100;
    let Some(first) = candidates.first().map(|(index, _)| *index) else {
        return;
    };
    let below: Vec<Vec<(u32, String)>> = candidates
        .iter()
        .filter(|(_, evidence)| evidence.has_price())
        .map(|(index, _)| texts(grid, *index))
        .collect();
    let is_price = |text: &str| dictionary::roles(text).first().is_some_and(|(role, _)| role.is_price());
    let is_alike = |cells: &[(u32, String)]| {
        below.iter().any(|header| {
            let same = cells.iter().filter(|cell| header.contains(cell));
            cells.len() == header.len() && same.clone().count() >= 2 && same.clone().any(|(_, text)| is_price(text))
        })
    };
    let start = first.saturating_sub(ROWS);
    let alike: Vec<(usize, Evidence)> = (start..first)
        .filter(|index| may_be_header(grid, *index) && is_alike(&texts(grid, *index)))
        .map(|index| (index, evidence(grid, index)))
        .collect();
    candidates.splice(0..0, alike);
}

/// Drops rows below the first header that name a price where none stands below: goods called "Article 10, price reduced" head
/// nothing.
fn drop_headers_of_no_prices(grid: &Grid, candidates: &mut Vec<(usize, Evidence)>) {
    const ROWS: usize = 40;
    let is_price = |cell: &Cell| {
        let shown = grid.shown(cell);
        is_number(grid, cell, shown.trim())
            || matches!(amount::read(&shown, None), Reading::Amount(_) | Reading::OnRequest)
    };
    let heads_prices = |index: usize| {
        let cells = texts(grid, index);
        let mut spans = cells.iter().enumerate().filter(|(_, (_, text))| {
            variants::is_tier(text) || dictionary::roles(text).first().is_some_and(|(role, _)| role.is_price())
        });
        spans.any(|(at, (column, _))| {
            let next = cells.get(at + 1).map_or(u32::MAX, |(next, _)| *next);
            (index + 1..grid.height()).take(ROWS).any(|row| {
                let mut cells = grid.cells(row).iter();
                cells.any(|cell| (*column..next).contains(&cell.column) && is_price(cell))
            })
        })
    };
    let mut is_first = true;
    candidates.retain(|(index, evidence)| {
        let keeps = is_first || !evidence.has_price() || heads_prices(*index);
        is_first &= !evidence.has_price();
        keeps
    });
}

/// Drops candidates that follow each other without end: rows whose every item says "Item 12" and "Pack of 10".
fn drop_long_runs(candidates: &mut Vec<(usize, Evidence)>) {
    let long: HashSet<usize> = candidates
        .chunk_by(|(above, _), (below, _)| above + 1 == *below)
        .filter(|run| run.len() > MOST_HEADER_LINES)
        .flatten()
        .map(|(index, _)| *index)
        .collect();
    candidates.retain(|(index, _)| !long.contains(index));
}

/// Cheap: a header has at least two texts and hardly any numbers but those from which prices hold.
fn may_be_header(grid: &Grid, index: usize) -> bool {
    let cells = grid.cells(index);
    let texts = cells
        .iter()
        .filter(|cell| matches!(cell.value, Value::Text(_) | Value::Shared(_)))
        .count();
    let few = |numbers: usize| numbers * 10 <= cells.len() * 3;
    texts >= 2
        && (few(cells.len() - texts) || few((cells.len() - texts).saturating_sub(price_breaks(grid, index).len())))
}

/// The columns of a row that say from which quantity a price holds, if the row is a header.
fn price_breaks(grid: &Grid, index: usize) -> Vec<u32> {
    let numbers = grid
        .cells(index)
        .iter()
        .rev()
        .map(|cell| (cell.column, grid.shown(cell)));
    variants::price_breaks(numbers)
}

fn evidence(grid: &Grid, index: usize) -> Evidence {
    let mut evidence = Evidence::default();
    let mut texts: Vec<Cow<'_, str>> = Vec::new();
    let breaks = price_breaks(grid, index);
    for cell in grid.cells(index).iter().take(120) {
        let shown = grid.shown(cell);
        let text = shown.trim();
        if text.is_empty() || breaks.contains(&cell.column) {
            continue;
        }
        if is_number(grid, cell, text) && !variants::is_tier(text) {
            evidence.numbers += 1;
        } else {
            texts.push(shown);
        }
    }
    evidence.texts = texts.len();
    if evidence.has_too_many_numbers() {
        // Whatever its words say: looking them up is dear, and most rows of a list end here.
        return evidence;
    }
    let mut before: Option<&str> = None;
    for text in texts.iter().map(|text| text.trim()) {
        if text.chars().count() > 120 || before == Some(text) {
            continue;
        }
        if let Some((role, weight)) = dictionary::roles(text).first().copied()
            && weight >= 0.55
        {
            evidence.matched += 1;
            evidence.roles.insert(role);
        }
        before = Some(text);
    }
    // Numbers that rise are quantities only beside words of a header; else they are a row's stock in three places.
    if evidence.matched >= 2 && evidence.matched * 2 >= evidence.texts && !breaks.is_empty() {
        evidence.matched += breaks.len();
        evidence.texts += breaks.len();
        evidence.roles.insert(Role::Price(PriceKind::Tier));
    } else {
        evidence.numbers += breaks.len();
    }
    // A row of sizes prices each of them, with no word for it.
    let sizes = texts.iter().filter(|text| variants::is_letter_size(text)).count();
    if sizes >= 3 {
        evidence.matched += sizes;
        evidence.roles.insert(Role::Price(PriceKind::Plain));
    }
    evidence
}
