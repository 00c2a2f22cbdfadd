//! A table laid out on pages, in any of several layouts, reads back as it was.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use pdf::{Limits, read};
use pdf_fixtures::{Page, pdf, width};
use proptest::prelude::*;

const SIZE: f32 = 8.0;
const LEADING: f32 = 10.0;
const PADDING: f32 = 4.0;
/// Left edges of the columns, and the right edge of the last.
const EDGES: [f32; 5] = [50.0, 130.0, 330.0, 390.0, 500.0];
const TOP: f32 = 80.0;
const BOTTOM: f32 = 780.0;

#[derive(Clone, Copy, Debug)]
enum Lines {
    None,
    Horizontal,
    Grid,
    ThinRectangles,
    Bands,
}

#[derive(Clone, Copy, Debug)]
enum Beside {
    Top,
    Middle,
    Bottom,
}

/// A row's texts; the name may be long.
type Item = [String; 4];

fn item() -> impl Strategy<Value = Item> {
    let code = "[1-9][0-9]{3}-[A-Z][0-9]";
    let name = ("[A-Z][a-z]{3,9}", prop::collection::vec("[a-z]{3,9}", 0..8))
        .prop_map(|(first, rest)| std::iter::once(first).chain(rest).collect::<Vec<_>>().join(" "));
    let unit = prop::sample::select(vec!["pc", "box", "kg", "m"]).prop_map(str::to_owned);
    let price = (1_u32..900, 0_u32..1000, 0_u32..100)
        .prop_map(|(thousands, rest, cents)| format!("{thousands},{rest:03}.{cents:02}"));
    (code, name, unit, price).prop_map(|(code, name, unit, price)| [code, name, unit, price])
}

fn wrapped(text: &str, room: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width(line, SIZE) + width(word, SIZE) + width(" ", SIZE) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn lay_out(items: &[Item], lines: Lines, beside: Beside) -> Vec<u8> {
    let header = ["Code", "Description", "Unit", "Price"].map(str::to_owned);
    let mut pages = vec![Page::new()];
    let mut y = TOP;
    let mut striped = false;
    write_row(pages.last_mut().unwrap(), &mut y, &header, lines, beside, false);
    for item in items {
        if y > BOTTOM - 5.0 * LEADING {
            pages.push(Page::new());
            y = TOP;
            write_row(pages.last_mut().unwrap(), &mut y, &header, lines, beside, false);
        }
        striped = !striped;
        write_row(pages.last_mut().unwrap(), &mut y, item, lines, beside, striped);
    }
    pdf(&pages)
}

fn write_row(page: &mut Page, y: &mut f32, item: &Item, lines: Lines, beside: Beside, striped: bool) {
    let name = wrapped(&item[1], EDGES[2] - EDGES[1] - 10.0);
    let height = name.len() as f32 * LEADING + PADDING;
    let (left, right) = (EDGES[0] - 4.0, EDGES[4] + 4.0);
    if striped && matches!(lines, Lines::Bands) {
        page.fill(left, *y, right - left, height, 0.9);
    }
    for (index, line) in name.iter().enumerate() {
        page.text(EDGES[1], *y + LEADING * (index as f32 + 1.0) - 1.0, SIZE, line);
    }
    let offset = match beside {
        Beside::Top => 0.0,
        Beside::Middle => (name.len() - 1) as f32 / 2.0,
        Beside::Bottom => (name.len() - 1) as f32,
    };
    let baseline = *y + LEADING * (offset + 1.0) - 1.0;
    page.text(EDGES[0], baseline, SIZE, &item[0])
        .text(EDGES[2], baseline, SIZE, &item[2]);
    page.text_right(EDGES[4], baseline, SIZE, &item[3]);
    let verticals = [left, EDGES[1] - 4.0, EDGES[2] - 4.0, EDGES[3] - 4.0, right];
    match lines {
        Lines::None | Lines::Bands => {}
        Lines::Horizontal => {
            page.line(left, *y + height, right, *y + height);
        }
        Lines::Grid => {
            page.line(left, *y, right, *y)
                .line(left, *y + height, right, *y + height);
            for x in verticals {
                page.line(x, *y, x, *y + height);
            }
        }
        Lines::ThinRectangles => {
            page.fill(left, *y, right - left, 0.4, 0.0)
                .fill(left, *y + height, right - left, 0.4, 0.0);
            for x in verticals {
                page.fill(x, *y, 0.4, height, 0.0);
            }
        }
    }
    *y += height;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_table_reads_back_equal(
        items in prop::collection::vec(item(), 6..90),
        lines in prop::sample::select(vec![
            Lines::None, Lines::Horizontal, Lines::Grid, Lines::ThinRectangles, Lines::Bands,
        ]),
        beside in prop::sample::select(vec![Beside::Top, Beside::Middle, Beside::Bottom]),
    ) {
        let document = read(&lay_out(&items, lines, beside), &Limits::default()).unwrap();
        prop_assert_eq!(document.tables.len(), 1);
        let rows: Vec<Vec<String>> = document.tables[0]
            .rows
            .iter()
            .filter(|row| !row.repeats_header)
            .skip(1)
            .map(|row| row.cells.iter().map(|cell| cell.text.clone()).collect())
            .collect();
        let expected: Vec<Vec<String>> = items.iter().map(|item| item.to_vec()).collect();
        prop_assert_eq!(rows, expected);
    }
}
