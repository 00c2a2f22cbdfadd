//! Glyphs to words and lines.

use crate::geometry::BBox;
use crate::source::{Glyph, GlyphText, PageContent};
use crate::turn::{main_turn, turn_page};
use std::collections::{BTreeMap, HashMap};

/// Characters drawn side by side without a gap.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Word {
    /// The characters, in reading order.
    pub(crate) text: String,
    /// Box around them; its height is the font's usual one, not that of the letters drawn.
    pub(crate) bbox: BBox,
    /// Font size in points.
    pub(crate) size: f32,
    /// Words drawn one after the other as one text share a run.
    pub(crate) run: u32,
    /// Set up or down the page, as labels beside a table are.
    pub(crate) turned: bool,
}

/// Words on one baseline, from left to right.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) words: Vec<Word>,
    pub(crate) bbox: BBox,
}

/// Turns the page so that most of its text runs from left to right, and gathers its glyphs into words. Slanted text
/// (watermarks) is dropped, and so is invisible text on a page that also has visible text.
pub(crate) fn read_words(content: &mut PageContent) -> Vec<Word> {
    drop_hidden_layer(&mut content.glyphs);
    let turn = main_turn(&content.glyphs);
    turn_page(content, turn);
    let (width, height) = (content.width, content.height);
    let page = BBox::new(0.0, 0.0, width, height).grown(2.0);
    content.glyphs.retain(|glyph| page.contains(glyph.x, glyph.y));
    drop_doubled(&mut content.glyphs);
    let mut words = gather(&content.glyphs);
    drop_oversized_background(&mut words);
    join_split_words(&mut words);
    let mut words = drop_leaders(words);
    raise_cents(&mut words);
    for word in words.iter_mut().filter(|word| is_right_to_left(&word.text)) {
        word.text = word.text.chars().rev().collect();
    }
    words
}

fn drop_hidden_layer(glyphs: &mut Vec<Glyph>) {
    let invisible = glyphs.iter().filter(|glyph| glyph.invisible).count();
    if invisible * 5 < glyphs.len() * 4 {
        glyphs.retain(|glyph| !glyph.invisible);
    }
}

/// Removes glyphs drawn twice to look bold, or once more as a shadow: the same character within a fraction of its size.
fn drop_doubled(glyphs: &mut Vec<Glyph>) {
    const CELL: f32 = 4.0;
    /// As a share of the font size. Two equal letters side by side are at least a narrow "i" apart.
    const REACH: f32 = 0.12;
    let mut seen: HashMap<(i32, i32), Vec<usize>> = HashMap::new();
    let mut kept: Vec<Glyph> = Vec::with_capacity(glyphs.len());
    for glyph in glyphs.drain(..) {
        let (column, row) = ((glyph.x / CELL) as i32, (glyph.y / CELL) as i32);
        let doubled = (column - 1..=column + 1)
            .flat_map(|c| (row - 1..=row + 1).map(move |r| (c, r)))
            .any(|cell| {
                seen.get(&cell).is_some_and(|indexes| {
                    indexes.iter().any(|&index| {
                        let other: &Glyph = &kept[index];
                        other.text == glyph.text
                            && (other.x - glyph.x).abs() <= REACH * glyph.size
                            && (other.y - glyph.y).abs() <= REACH * glyph.size
                            && (other.size - glyph.size).abs() <= 0.3 * glyph.size
                    })
                })
            });
        if !doubled {
            seen.entry((column, row)).or_default().push(kept.len());
            kept.push(glyph);
        }
    }
    *glyphs = kept;
}

/// Share of the font size above and below the baseline that a line of text takes up.
const ASCENT: f32 = 0.75;
const DESCENT: f32 = 0.22;
/// A gap wider than this share of the font size ends a word. A space is at least 0.2 in common fonts.
const WORD_GAP: f32 = 0.16;
/// A pen that moves back by more than this has begun something new.
const MOVE_BACK: f32 = 0.35;
/// Baselines further apart than this are different lines.
const BASELINE_SHIFT: f32 = 0.12;

/// Gathers glyphs in the order they were drawn, so that a text that runs over its neighbour stays whole.
fn gather(glyphs: &[Glyph]) -> Vec<Word> {
    let mut words = Vec::new();
    let mut run = 0;
    let mut current: Option<WordInProgress> = None;
    let mut pen: Option<Pen> = None;
    for glyph in glyphs {
        let text = clean(&glyph.text);
        if text.is_empty() {
            continue;
        }
        let here = Pen::at(glyph);
        let step = pen.as_ref().map(|pen| here.step_from(pen));
        let same_run = step.is_some_and(|(along, across, size)| {
            across.abs() <= BASELINE_SHIFT * size
                && along >= -MOVE_BACK * size
                && along <= 1.2 * size
                && pen.as_ref().is_some_and(|pen| {
                    pen.vertical == here.vertical && (pen.size - here.size).abs() <= 0.15 * pen.size.max(here.size)
                })
        });
        if !same_run {
            run += 1;
        }
        let is_space = text.chars().all(char::is_whitespace);
        let gap = step.map_or(0.0, |(along, _, _)| along);
        let tracking = current.as_ref().map_or(0.0, WordInProgress::tracking);
        if !same_run || is_space || gap > WORD_GAP * glyph.size + tracking {
            words.extend(current.take().and_then(WordInProgress::finish));
        }
        if !is_space {
            let word = current.get_or_insert_with(|| WordInProgress::new(glyph, run));
            word.push(glyph, &text, gap);
        }
        pen = Some(here.moved(glyph.advance));
    }
    words.extend(current.and_then(WordInProgress::finish));
    words
}

/// Position of the pen in the direction of its text: `along` the baseline and `across` it.
struct Pen {
    along: f32,
    across: f32,
    size: f32,
    vertical: Option<bool>,
}

impl Pen {
    fn at(glyph: &Glyph) -> Self {
        let vertical = (glyph.direction.1.abs() > glyph.direction.0.abs()).then_some(glyph.direction.1 > 0.0);
        let (along, across) = match vertical {
            None => (glyph.x, glyph.y),
            Some(true) => (glyph.y, -glyph.x),
            Some(false) => (-glyph.y, glyph.x),
        };
        Self {
            along,
            across,
            size: glyph.size,
            vertical,
        }
    }

    fn step_from(&self, pen: &Self) -> (f32, f32, f32) {
        (
            self.along - pen.along,
            self.across - pen.across,
            self.size.max(pen.size),
        )
    }

    fn moved(mut self, advance: f32) -> Self {
        self.along += advance;
        self
    }
}

struct WordInProgress {
    text: String,
    bbox: BBox,
    size: f32,
    run: u32,
    turned: bool,
    gaps: f32,
    letters: u32,
}

impl WordInProgress {
    fn new(glyph: &Glyph, run: u32) -> Self {
        Self {
            text: String::new(),
            bbox: glyph_box(glyph),
            size: glyph.size,
            run,
            turned: glyph.direction.1.abs() > glyph.direction.0.abs(),
            gaps: 0.0,
            letters: 0,
        }
    }

    fn push(&mut self, glyph: &Glyph, text: &str, gap: f32) {
        if self.letters > 0 {
            self.gaps += gap.max(0.0);
        }
        self.letters += 1;
        self.text.push_str(text);
        self.bbox = self.bbox.union(glyph_box(glyph));
    }

    /// Mean extra space between the letters of a word set wide.
    fn tracking(&self) -> f32 {
        if self.letters < 2 {
            0.0
        } else {
            self.gaps / (self.letters - 1) as f32
        }
    }

    fn finish(self) -> Option<Word> {
        (!self.text.is_empty()).then_some(Word {
            text: self.text,
            bbox: self.bbox,
            size: self.size,
            run: self.run,
            turned: self.turned,
        })
    }
}

fn glyph_box(glyph: &Glyph) -> BBox {
    let (dx, dy) = glyph.direction;
    let (end_x, end_y) = (glyph.x + dx * glyph.advance, glyph.y + dy * glyph.advance);
    // Up from the baseline is a quarter turn to the left of the direction; y grows downwards.
    let (up_x, up_y) = (dy * glyph.size, -dx * glyph.size);
    let along = BBox::new(glyph.x, glyph.y, end_x, end_y);
    let top = BBox::new(
        glyph.x + up_x * ASCENT,
        glyph.y + up_y * ASCENT,
        end_x + up_x * ASCENT,
        end_y + up_y * ASCENT,
    );
    let bottom = BBox::new(
        glyph.x - up_x * DESCENT,
        glyph.y - up_y * DESCENT,
        end_x - up_x * DESCENT,
        end_y - up_y * DESCENT,
    );
    along.union(top).union(bottom)
}

/// The characters as a reader means them: ligatures taken apart, odd spaces plain, control characters gone.
fn clean(text: &GlyphText) -> String {
    let mut out = String::new();
    let mut push = |c: char| match c {
        '\u{FB00}' => out.push_str("ff"),
        '\u{FB01}' => out.push_str("fi"),
        '\u{FB02}' => out.push_str("fl"),
        '\u{FB03}' => out.push_str("ffi"),
        '\u{FB04}' => out.push_str("ffl"),
        '\u{FB05}' | '\u{FB06}' => out.push_str("st"),
        '\t' | '\n' | '\r' | '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => {
            out.push(' ');
        }
        '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}' | '\u{FEFF}' => {}
        '\u{F0B7}' | '\u{F0A7}' => out.push('•'),
        c if c.is_control() => {}
        c => out.push(c),
    };
    match text {
        GlyphText::Char(c) => push(*c),
        GlyphText::Text(text) => text.chars().for_each(push),
    }
    out
}

/// Whether most letters of a text are Hebrew or Arabic, which are read from right to left. Words are gathered from left
/// to right, so theirs come out backwards.
pub(crate) fn is_right_to_left(text: &str) -> bool {
    let letters = || text.chars().filter(|c| c.is_alphabetic());
    let backwards =
        letters().filter(|c| matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}'));
    backwards.count() * 2 > letters().count()
}

/// Removes upright watermarks: words several times larger than the text they lie across.
fn drop_oversized_background(words: &mut Vec<Word>) {
    let usual = usual_size(words);
    let is_background = |word: &Word| {
        word.size > 3.0 * usual
            && words
                .iter()
                .filter(|other| other.size < 1.5 * usual && covers(word.bbox, other.bbox))
                .take(3)
                .count()
                == 3
    };
    let background: Vec<bool> = words.iter().map(is_background).collect();
    let mut index = 0;
    words.retain(|_| {
        index += 1;
        !background[index - 1]
    });
}

fn covers(outer: BBox, inner: BBox) -> bool {
    outer.contains(inner.center_x(), inner.center_y())
}

/// The font size that most letters of the page have.
pub(crate) fn usual_size(words: &[Word]) -> f32 {
    let mut sizes: Vec<f32> = words.iter().map(|word| word.size).collect();
    sizes.sort_by(f32::total_cmp);
    sizes.get(sizes.len() / 2).copied().unwrap_or(10.0)
}

/// Joins pieces of a word that were drawn apart, in whatever order: letters placed one by one, a change of font.
fn join_split_words(words: &mut Vec<Word>) {
    let mut order: Vec<usize> = (0..words.len()).collect();
    order.sort_by(|&a, &b| words[a].bbox.x0.total_cmp(&words[b].bbox.x0));
    // For each word the one that continues it directly, found through a grid of rows to keep the search near.
    let mut by_row: HashMap<i32, Vec<usize>> = HashMap::new();
    for &index in &order {
        by_row
            .entry((words[index].bbox.y1 / 4.0) as i32)
            .or_default()
            .push(index);
    }
    let mut next: Vec<Option<usize>> = vec![None; words.len()];
    let mut has_previous = vec![false; words.len()];
    for &index in &order {
        let word = &words[index];
        let row = (word.bbox.y1 / 4.0) as i32;
        let follower = (row - 1..=row + 1)
            .filter_map(|row| by_row.get(&row))
            .flat_map(|indexes| {
                let start = indexes.partition_point(|&i| words[i].bbox.x0 < word.bbox.x1 - 0.1 * word.size);
                indexes[start..].iter().take(3).copied()
            })
            .filter(|&other| other != index && !has_previous[other] && continues(word, &words[other]))
            .min_by(|&a, &b| words[a].bbox.x0.total_cmp(&words[b].bbox.x0));
        if let Some(follower) = follower {
            next[index] = Some(follower);
            has_previous[follower] = true;
        }
    }
    let mut joined = Vec::with_capacity(words.len());
    for start in 0..words.len() {
        if has_previous[start] {
            continue;
        }
        let mut word = words[start].clone();
        let mut at = start;
        while let Some(following) = next[at] {
            word.text.push_str(&words[following].text);
            word.bbox = word.bbox.union(words[following].bbox);
            at = following;
        }
        joined.push(word);
    }
    *words = joined;
}

fn continues(word: &Word, other: &Word) -> bool {
    let size = word.size.min(other.size);
    let gap = other.bbox.x0 - word.bbox.x1;
    // Pieces of one run were parted by a space.
    word.run != other.run
        && (-0.1 * size..=0.1 * size).contains(&gap)
        && (word.bbox.y1 - other.bbox.y1).abs() <= BASELINE_SHIFT * size
        && (word.size - other.size).abs() <= 0.1 * size
        && word.bbox.height() <= 1.5 * word.size
        && other.bbox.height() <= 1.5 * other.size
}

/// Dots, dashes or lines that lead the eye from a name to its price: at least this many in a row.
const LEADER_LENGTH: usize = 4;

/// Takes leaders out of the text; what they parted stays apart.
fn drop_leaders(words: Vec<Word>) -> Vec<Word> {
    let is_leader = |c: char| matches!(c, '.' | '·' | '…' | '_' | '‥');
    let mut out = Vec::with_capacity(words.len());
    for word in words {
        let leads = word
            .text
            .split(|c| !is_leader(c))
            .any(|run| run.chars().count() >= LEADER_LENGTH);
        if !leads {
            out.push(word);
            continue;
        }
        let characters: Vec<char> = word.text.chars().collect();
        let step = word.bbox.width() / characters.len() as f32;
        let mut start = 0;
        for run in characters.chunk_by(|&a, &b| is_leader(a) == is_leader(b)) {
            let (from, to) = (start, start + run.len());
            start = to;
            if is_leader(run[0]) && run.len() >= LEADER_LENGTH {
                continue;
            }
            let x0 = word.bbox.x0 + step * from as f32;
            let x1 = if to == characters.len() {
                word.bbox.x1
            } else {
                word.bbox.x0 + step * to as f32
            };
            out.push(Word {
                text: run.iter().collect(),
                bbox: BBox { x0, x1, ..word.bbox },
                ..word.clone()
            });
        }
    }
    out
}

/// Joins cents set small and high to their price: `12` and a raised `99` are 12.99.
fn raise_cents(words: &mut Vec<Word>) {
    const CELL: f32 = 12.0;
    let cell = |x: f32, y: f32| ((x / CELL) as i32, (y / CELL) as i32);
    let mut ends: HashMap<(i32, i32), Vec<usize>> = HashMap::new();
    for (index, word) in words.iter().enumerate().filter(|(_, word)| may_have_cents(word)) {
        ends.entry(cell(word.bbox.x1, word.bbox.y0)).or_default().push(index);
    }
    let is_cents = |word: &Word| word.text.len() == 2 && word.text.bytes().all(|b| b.is_ascii_digit());
    let mut raised: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, small) in words.iter().enumerate().filter(|(_, word)| is_cents(word)) {
        let (column, row) = cell(small.bbox.x0, small.bbox.y0);
        let price = (column - 1..=column + 1)
            .flat_map(|c| (row - 1..=row + 1).map(move |r| (c, r)))
            .filter_map(|cell| ends.get(&cell))
            .flat_map(|indexes| indexes.iter().take(16))
            .find(|&&large| are_cents_of(small, &words[large]));
        if let Some(&price) = price {
            raised.insert(index, price);
        }
    }
    for (&cents, &price) in &raised {
        let (text, x1) = (words[cents].text.clone(), words[cents].bbox.x1);
        words[price].text.push('.');
        words[price].text.push_str(&text);
        words[price].bbox.x1 = x1;
    }
    let mut index = 0;
    words.retain(|_| {
        index += 1;
        !raised.contains_key(&(index - 1))
    });
}

fn may_have_cents(word: &Word) -> bool {
    word.text.ends_with(|c: char| c.is_ascii_digit()) && !word.text.contains(['.', ','])
}

fn are_cents_of(small: &Word, large: &Word) -> bool {
    let gap = small.bbox.x0 - large.bbox.x1;
    small.size <= 0.75 * large.size
        && (-0.1 * large.size..=0.3 * large.size).contains(&gap)
        && small.bbox.y1 < large.bbox.y1 - 0.2 * large.size
        && small.bbox.y1 > large.bbox.y0
}

/// Text set upright and text much larger are of no line that is as high as one of their letters.
const MAX_HEIGHT_RATIO: f32 = 2.2;

/// Gathers words into lines: those whose middles lie within each other's height. Lines are from top to bottom.
pub(crate) fn lines(words: &[Word]) -> Vec<Line> {
    let mut order: Vec<&Word> = words.iter().collect();
    order.sort_by(|a, b| a.bbox.y1.total_cmp(&b.bbox.y1).then(a.bbox.x0.total_cmp(&b.bbox.x0)));
    let mut lines: Vec<(BBox, Vec<Word>)> = Vec::new();
    for word in order {
        let body = text_body(word);
        let fits = lines.iter_mut().rev().take(6).find(|(line, _)| {
            let (low, high) = (line.height().min(body.height()), line.height().max(body.height()));
            line.overlap_y(body) >= 0.55 * low && high <= MAX_HEIGHT_RATIO * low && !word.turned
        });
        match fits {
            Some((_, words)) => words.push(word.clone()),
            None => lines.push((body, vec![word.clone()])),
        }
    }
    let mut lines: Vec<Line> = lines
        .into_iter()
        .filter_map(|(_, mut words)| {
            words.sort_by(|a, b| a.bbox.x0.total_cmp(&b.bbox.x0));
            let bbox = BBox::around(words.iter().map(|word| word.bbox))?;
            Some(Line { words, bbox })
        })
        .collect();
    lines.sort_by(|a, b| a.bbox.center_y().total_cmp(&b.bbox.center_y()));
    lines
}

/// The part of a word's box that its small letters fill.
fn text_body(word: &Word) -> BBox {
    let height = word.bbox.height();
    BBox {
        y0: word.bbox.y0 + 0.2 * height,
        y1: word.bbox.y1 - 0.2 * height,
        ..word.bbox
    }
}
