//! Page furniture: running heads, page numbers and other lines that each page repeats outside its tables.

use crate::columns::PhraseLine;
use crate::geometry::BBox;
use crate::words::{Line, Word, lines};
use std::collections::HashMap;

/// Share of the page height, at the top and at the bottom, in which furniture stands.
const MARGIN: f32 = 0.12;
/// Lines of two pages are at the same height if they differ by no more than this, in points.
const SAME_HEIGHT: f32 = 3.0;
/// White space between furniture and the text of the page, in line heights. A heading that repeats above its table
/// stands closer.
const APART: f32 = 0.9;

/// One page as words, and its height.
pub(crate) struct PageWords<'a> {
    pub(crate) words: &'a mut Vec<Word>,
    pub(crate) height: f32,
}

/// Removes the lines that at least two pages, and a third of all, repeat at the same height but for their numbers.
pub(crate) fn remove(pages: &mut [PageWords<'_>]) {
    if pages.len() < 2 {
        return;
    }
    let candidates: Vec<Vec<Line>> = pages.iter().map(|page| margin_lines(page)).collect();
    let mut seen: HashMap<(String, i32), usize> = HashMap::new();
    for lines in &candidates {
        for key in lines.iter().map(key) {
            *seen.entry(key).or_default() += 1;
        }
    }
    let needed = pages.len().div_ceil(3).max(2);
    for (page, candidates) in pages.iter_mut().zip(&candidates) {
        let repeated: Vec<&Line> = candidates
            .iter()
            .filter(|line| {
                let (text, height) = key(line);
                let around = (-1..=1)
                    .filter_map(|step| seen.get(&(text.clone(), height + step)))
                    .sum::<usize>();
                around >= needed
            })
            .collect();
        if !repeated.is_empty() {
            page.words
                .retain(|word| !repeated.iter().any(|line| line.words.contains(word)));
        }
    }
}

/// Lines in the margins that stand apart from what is nearer to the middle of the page.
fn margin_lines(page: &PageWords<'_>) -> Vec<Line> {
    let all = lines(page.words);
    let (top, bottom) = (MARGIN * page.height, (1.0 - MARGIN) * page.height);
    let mut found = Vec::new();
    let head = all.iter().take_while(|line| line.bbox.y1 < top).count();
    let head = head - usize::from(head > 0 && is_heading(&all, head - 1));
    for end in (1..=head).rev() {
        let apart = all.get(end).is_none_or(|next| {
            let line = &all[end - 1];
            next.bbox.y0 - line.bbox.y1 > APART * line.bbox.height()
        });
        if apart {
            found.extend_from_slice(&all[..end]);
            break;
        }
    }
    let foot = all.iter().rev().take_while(|line| line.bbox.y0 > bottom).count();
    for start in all.len() - foot..all.len() {
        let apart = start == 0 || all[start].bbox.y0 - all[start - 1].bbox.y1 > APART * all[start].bbox.height();
        if apart {
            found.extend_from_slice(&all[start..]);
            break;
        }
    }
    found
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

/// The line's text with its numbers blanked out, and its height on the page in steps of [`SAME_HEIGHT`].
fn key(line: &Line) -> (String, i32) {
    let text: String = line
        .words
        .iter()
        .flat_map(|word| word.text.chars())
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect::<String>();
    let mut short = String::new();
    for c in text.chars() {
        if !(c == '0' && short.ends_with('0')) {
            short.push(c);
        }
    }
    (short, (line.bbox.y1 / SAME_HEIGHT) as i32)
}
