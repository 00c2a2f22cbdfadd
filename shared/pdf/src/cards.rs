//! Cards: products set beside each other, each with its name, further lines and its price below.

use crate::columns::Gap;
use crate::geometry::BBox;
use crate::lattice::Lattice;
use crate::page::PageTable;
use crate::rows::is_amount;
use crate::table::{Cell, CellLine, Method};
use crate::words::{Word, lines};

/// Fewer rows of cards may be a table.
const MIN_CARD_ROWS: usize = 3;

/// Lays cards out as the rows of a table: the texts of each from top to bottom, the price last. Rows of cards that
/// stand apart become one table. Tables that are not made of cards stay as they are.
pub(crate) fn unfold(tables: Vec<PageTable>) -> Vec<PageTable> {
    tables
        .chunk_by(|above, below| is_cards(above) && is_cards(below) && above.same_columns(below))
        .flat_map(unfold_run)
        .collect()
}

fn is_cards(table: &PageTable) -> bool {
    card_rows(&table.rows).is_some()
}

fn unfold_run(tables: &[PageTable]) -> Vec<PageTable> {
    let groups: Vec<Vec<&Vec<Cell>>> = tables
        .iter()
        .filter_map(|table| card_rows(&table.rows))
        .flatten()
        .collect();
    let (Some(first), true) = (tables.first(), groups.len() >= MIN_CARD_ROWS) else {
        return tables.to_vec();
    };
    let lines = groups.iter().map(Vec::len).max().unwrap_or(0);
    let columns = first.gaps.len() + 1;
    let mut rows = Vec::new();
    for group in &groups {
        let (price, texts) = (&group[group.len() - 1], &group[..group.len() - 1]);
        for column in (0..columns).filter(|&column| !price[column].text.is_empty()) {
            let mut row: Vec<Cell> = texts.iter().map(|line| line[column].clone()).collect();
            row.resize(lines - 1, Cell::default());
            row.push(price[column].clone());
            rows.push(row);
        }
    }
    let bbox = tables.iter().map(|table| table.bbox).fold(first.bbox, BBox::union);
    // The texts of a card stand below each other: what parts the columns has no place.
    let gaps = vec![
        Gap {
            from: bbox.x0,
            to: bbox.x1
        };
        lines - 1
    ];
    vec![PageTable {
        bbox,
        method: first.method,
        gaps,
        rows,
        caption: None,
    }]
}

/// Fewer boxes are frames around something else.
const MIN_BOXES: usize = 4;

/// Lays cards out as rows that each stand in a box of their own, or in a cell of a grid all of whose cells hold cards: lines
/// of text and one price. Their words are taken.
pub(crate) fn boxed(grids: &[Lattice], frames: &[BBox], words: &[Word], taken: &mut [bool]) -> Option<PageTable> {
    let within = |area: BBox| -> Vec<Word> {
        words
            .iter()
            .filter(|word| area.contains(word.bbox.center_x(), word.bbox.center_y()))
            .cloned()
            .collect()
    };
    let mut cards: Vec<Card> = frames.iter().filter_map(|frame| Card::read(&within(*frame))).collect();
    for grid in grids {
        let cells: Vec<Vec<Word>> = grid.distribute(&within(grid.bbox().grown(1.0)));
        let filled = cells.iter().filter(|words| !words.is_empty()).count();
        let found: Vec<Card> = cells.iter().filter_map(|words| Card::read(words)).collect();
        if found.len() * 5 >= filled * 4 {
            cards.extend(found);
        }
    }
    let widths = || cards.iter().map(|card| card.bbox.width());
    let lines = cards.iter().map(|card| card.texts.len()).max()?;
    if cards.len() < MIN_BOXES || widths().fold(0.0, f32::max) > 3.0 * widths().fold(f32::MAX, f32::min) {
        return None;
    }
    for (word, taken) in words.iter().zip(taken) {
        *taken |= cards
            .iter()
            .any(|card| card.bbox.contains(word.bbox.center_x(), word.bbox.center_y()));
    }
    // Cards of one row begin at the same height, more or less.
    cards.sort_by(|a, b| {
        let (above, below) = ((a.bbox.y0 / 8.0).round(), (b.bbox.y0 / 8.0).round());
        above.total_cmp(&below).then(a.bbox.x0.total_cmp(&b.bbox.x0))
    });
    let bbox = BBox::around(cards.iter().map(|card| card.bbox))?;
    let rows = cards
        .into_iter()
        .map(|mut card| {
            card.texts.resize(lines, Cell::default());
            card.texts.push(card.price);
            card.texts
        })
        .collect();
    Some(PageTable {
        bbox,
        method: Method::Ruled,
        gaps: vec![
            Gap {
                from: bbox.x0,
                to: bbox.x1
            };
            lines
        ],
        rows,
        caption: None,
    })
}

/// One product: its lines of text, and its price.
struct Card {
    bbox: BBox,
    texts: Vec<Cell>,
    price: Cell,
}

impl Card {
    fn read(words: &[Word]) -> Option<Self> {
        const MAX_TEXTS: usize = 8;
        let (prices, texts): (Vec<Cell>, Vec<Cell>) = lines(words)
            .iter()
            .map(|line| Cell::from_lines(&[CellLine::from_words(&line.words)]))
            .partition(|cell| is_price(&cell.text));
        let named = texts
            .first()
            .is_some_and(|cell| cell.text.chars().filter(|c| c.is_alphabetic()).count() >= 3);
        let [price] = prices.as_slice() else { return None };
        (named && texts.len() <= MAX_TEXTS).then_some(Self {
            bbox: BBox::around(words.iter().map(|word| word.bbox))?,
            price: price.clone(),
            texts,
        })
    }
}

/// Whether a text is an amount with a currency's sign or with decimals.
fn is_price(text: &str) -> bool {
    let decimals = text
        .rsplit_once(['.', ','])
        .is_some_and(|(_, after)| after.chars().take_while(char::is_ascii_digit).count() == 2);
    is_amount(text) && (decimals || text.contains(['€', '$', '£', '₽', '₴', '¥', '₹', '₺', '₸']))
}

/// The rows of each row of cards. `None` if they are not cards: each such group must have rows of text, then one row
/// of amounts below just these texts.
fn card_rows(rows: &[Vec<Cell>]) -> Option<Vec<Vec<&Vec<Cell>>>> {
    const MAX_LINES: usize = 5;
    let filled = |row: &[Cell]| row.iter().map(|cell| !cell.text.is_empty()).collect::<Vec<bool>>();
    let mut groups: Vec<Vec<&Vec<Cell>>> = Vec::new();
    let mut open: Vec<&Vec<Cell>> = Vec::new();
    for row in rows {
        let texts: Vec<&str> = row
            .iter()
            .map(|cell| cell.text.as_str())
            .filter(|text| !text.is_empty())
            .collect();
        let amounts = texts.iter().filter(|text| is_amount(text)).count();
        open.push(row);
        if amounts == 0 {
            continue;
        }
        let complete =
            amounts == texts.len() && (2..=MAX_LINES).contains(&open.len()) && filled(open[0]) == filled(row);
        if !complete {
            return None;
        }
        groups.push(std::mem::take(&mut open));
    }
    let side_by_side = groups
        .iter()
        .any(|group| filled(group[0]).iter().filter(|&&filled| filled).count() >= 2);
    (open.is_empty() && side_by_side).then_some(groups)
}
