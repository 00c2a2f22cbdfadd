//! Page furniture: running heads, page numbers and other lines that each page repeats outside its tables.

use crate::columns::PhraseLine;
use crate::geometry::BBox;
use crate::rows::is_amount;
use crate::table::Sheet;
use crate::words::{Line, Word, lines};
use std::collections::HashMap;

/// Share of the page height, at the top and at the bottom, in which furniture stands.
const MARGIN: f32 = 0.12;
/// Lines of two pages are at the same height if they differ by no more than this, in points.
const SAME_HEIGHT: f32 = 3.0;
/// White space between furniture and the text of the page, in line heights. A heading that repeats above its table
/// stands closer.
const APART: f32 = 0.9;

/// Lines of the text next to a margin that are looked at too, in points.
const BEYOND: f32 = 60.0;

/// For each page the lines that at least two pages, and a third of all, repeat at the same height but for their
/// numbers.
pub(crate) fn find(sheets: &[Sheet]) -> Vec<Vec<Line>> {
    if sheets.len() < 2 {
        return vec![Vec::new(); sheets.len()];
    }
    let margins: Vec<[Vec<Line>; 2]> = sheets.iter().map(margin_lines).collect();
    let mut seen: HashMap<(String, i32), usize> = HashMap::new();
    for key in margins.iter().flatten().flatten().map(key) {
        *seen.entry(key).or_default() += 1;
    }
    let needed = sheets.len().div_ceil(3).max(2);
    let repeats = |line: &Line| {
        let (text, height) = key(line);
        let at = |step| seen.get(&(text.clone(), height + step)).copied().unwrap_or(0);
        at(-1) + at(0) + at(1) >= needed
    };
    margins
        .into_iter()
        .map(|margins| {
            margins
                .into_iter()
                .flat_map(|lines| {
                    // What stands behind a row of a table is of the table, whatever it repeats.
                    let outer = lines.into_iter().take_while(|line| repeats(line) || !is_row(line));
                    outer.filter(|line| repeats(line)).collect::<Vec<Line>>()
                })
                .collect()
        })
        .collect()
}

/// Whether a line has several texts, one of them an amount.
fn is_row(line: &Line) -> bool {
    let phrases = PhraseLine::new(line, &[]).phrases;
    phrases.len() >= 2 && phrases.iter().any(|phrase| is_amount(&phrase.text()))
}

/// Lines in the margins that stand apart from what is nearer to the middle of the page: those at the top and those at the
/// bottom, each from the edge of the page on.
fn margin_lines(sheet: &Sheet) -> [Vec<Line>; 2] {
    let (top, bottom) = (MARGIN * sheet.height, (1.0 - MARGIN) * sheet.height);
    let near: Vec<Word> = sheet
        .words
        .iter()
        .filter(|word| word.bbox.y0 < top + BEYOND || word.bbox.y1 > bottom - BEYOND)
        .cloned()
        .collect();
    let all = lines(&near);
    let apart = |above: &Line, below: &Line| below.bbox.y0 - above.bbox.y1 > APART * above.bbox.height();
    let head = all.iter().take_while(|line| line.bbox.y1 < top).count();
    let head = head - usize::from(head > 0 && is_heading(&all, head - 1));
    let head_end = (1..=head)
        .rev()
        .find(|&end| all.get(end).is_none_or(|next| apart(&all[end - 1], next)));
    let foot = all.iter().rev().take_while(|line| line.bbox.y0 > bottom).count();
    let foot_start = (all.len() - foot..all.len()).find(|&start| start == 0 || apart(&all[start - 1], &all[start]));
    let head = all[..head_end.unwrap_or(0)].to_vec();
    let mut foot = all[foot_start.unwrap_or(all.len()).max(head.len())..].to_vec();
    foot.reverse();
    [head, foot]
}

/// Whether a line is the heading of the columns below it: close to a row of three or more phrases, with about as many
/// itself, each above one of them.
fn is_heading(lines: &[Line], index: usize) -> bool {
    const MIN_COLUMNS: usize = 3;
    const CLOSE: f32 = 2.0;
    let Some(below) = lines.get(index + 1) else {
        return false;
    };
    let (heading, row) = (PhraseLine::new(&lines[index], &[]), PhraseLine::new(below, &[]));
    let distance = below.bbox.y0 - lines[index].bbox.y1;
    let above_one = |bbox: BBox| row.phrases.iter().any(|phrase| phrase.bbox.overlap_x(bbox) > 0.0);
    row.phrases.len() >= MIN_COLUMNS
        && heading.phrases.len() * 2 > row.phrases.len()
        && distance <= CLOSE * below.bbox.height()
        && heading.phrases.iter().all(|phrase| above_one(phrase.bbox))
}

/// The line's text with its page numbers blanked out, and its height on the page in steps of [`SAME_HEIGHT`].
fn key(line: &Line) -> (String, i32) {
    let text: Vec<String> = line.words.iter().map(|word| without_page_number(&word.text)).collect();
    (text.join(" "), (line.bbox.y1 / SAME_HEIGHT) as i32)
}

/// A word whose digits may count pages (`3`, `3/12`, `Page3`, `-3-`) without them. The numbers of sizes, codes and prices
/// tell rows of a list apart that are alike otherwise: they stay.
fn without_page_number(word: &str) -> String {
    const MOST_DIGITS: usize = 4;
    const LEAST_LETTERS: usize = 3;
    let numbers: Vec<&str> = word
        .split(|c: char| !c.is_ascii_digit())
        .filter(|run| !run.is_empty())
        .collect();
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let decimal = numbers.len() > 1 && word.contains(['.', ',', '\'']);
    let counts = numbers.iter().all(|number| number.len() <= MOST_DIGITS)
        && !decimal
        && (letters == 0 || letters >= LEAST_LETTERS && word.ends_with(|c: char| c.is_ascii_digit()));
    if counts {
        word.chars().filter(|c| !c.is_ascii_digit()).collect()
    } else {
        word.to_owned()
    }
}
