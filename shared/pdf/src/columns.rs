//! Columns of a block of text lines, from the white space between them.

use crate::geometry::BBox;
use crate::listing::is_bullet;
use crate::rows::is_amount;
use crate::rules::Rule;
use crate::table::CellLine;
use crate::words::{Line, Word};

/// Words of a line that belong together: no wider gap, and no vertical rule, between them.
#[derive(Clone, Debug)]
pub(crate) struct Phrase {
    pub(crate) words: Vec<Word>,
    pub(crate) bbox: BBox,
}

impl Phrase {
    fn new(words: Vec<Word>) -> Option<Self> {
        let bbox = BBox::around(words.iter().map(|word| word.bbox))?;
        Some(Self { words, bbox })
    }

    pub(crate) fn text(&self) -> String {
        CellLine::from_words(&self.words).text
    }

    /// Whether what stands to the right goes on with this phrase: no wide gap, no rule, no overlap between them.
    fn leads_to(&self, next: &Self, vertical: &[Rule]) -> bool {
        let (Some(last), Some(first)) = (self.words.last(), next.words.first()) else {
            return false;
        };
        let size = last.size.max(first.size);
        let gap = next.bbox.x0 - self.bbox.x1;
        let ruled = vertical.iter().any(|rule| {
            (self.bbox.x1 - 1.0..=next.bbox.x0 + 1.0).contains(&rule.at)
                && (rule.from..=rule.to).contains(&first.bbox.center_y())
        });
        (-OVERLAP * size..=phrase_gap(last, first) * size).contains(&gap) && !ruled
    }
}

/// Texts that overlap by more than this share of the font size are two texts, one of which runs over the other.
const OVERLAP: f32 = 0.3;

/// Words drawn one after the other, each with those that follow it closely; sorted by where they begin. A text that
/// runs over its neighbour keeps its words.
fn chunks(words: &[Word]) -> Vec<Vec<Word>> {
    let mut chunks: Vec<Vec<Word>> = Vec::new();
    for word in words {
        let open = chunks.iter_mut().rev().take(4).find(|chunk| {
            chunk.last().is_some_and(|last| {
                let gap = word.bbox.x0 - last.bbox.x1;
                last.run == word.run && gap >= -OVERLAP * word.size && gap <= phrase_gap(last, word) * word.size
            })
        });
        match open {
            Some(chunk) => chunk.push(word.clone()),
            None => chunks.push(vec![word.clone()]),
        }
    }
    chunks
}

/// A line as phrases, from left to right.
#[derive(Clone, Debug)]
pub(crate) struct PhraseLine {
    pub(crate) phrases: Vec<Phrase>,
    pub(crate) bbox: BBox,
}

/// A gap wider than this share of the font size parts two phrases. One space is 0.25 in most fonts and 0.6 in
/// typewriter fonts.
const PHRASE_GAP: f32 = 0.7;

impl PhraseLine {
    pub(crate) fn new(line: &Line, vertical: &[Rule]) -> Self {
        if is_spaced_out(&line.words) {
            let phrases = Phrase::new(line.words.clone()).into_iter().collect();
            return Self {
                phrases,
                bbox: line.bbox,
            };
        }
        let mut phrases: Vec<Phrase> = Vec::new();
        for chunk in chunks(&line.words) {
            let Some(chunk) = Phrase::new(chunk) else { continue };
            match phrases.last_mut() {
                Some(last) if last.leads_to(&chunk, vertical) => {
                    last.bbox = last.bbox.union(chunk.bbox);
                    last.words.extend(chunk.words);
                }
                _ => phrases.push(chunk),
            }
        }
        let mut line = Self {
            phrases,
            bbox: line.bbox,
        };
        line.join_marker();
        line
    }

    /// A list mark and its text are one phrase: `•`, `1.`, `(a)`, `Note:`.
    fn join_marker(&mut self) {
        let [mark, text] = self.phrases.as_slice() else { return };
        if mark.words.len() == 1 && is_list_mark(&mark.words[0].text) && !is_amount(&text.text()) {
            let words = self.phrases.drain(..).flat_map(|phrase| phrase.words).collect();
            self.phrases.extend(Phrase::new(words));
        }
    }

    pub(crate) fn words(&self) -> impl Iterator<Item = &Word> {
        self.phrases.iter().flat_map(|phrase| phrase.words.iter())
    }
}

/// Whether a line is one text set with wide, even spaces, as titles and justified lines are.
fn is_spaced_out(words: &[Word]) -> bool {
    const MIN_WORDS: usize = 7;
    const WIDEST: f32 = 1.3;
    let gaps = words
        .windows(2)
        .map(|pair| (pair[1].bbox.x0 - pair[0].bbox.x1) / pair[1].size);
    let (least, most) = gaps.fold((f32::MAX, f32::MIN), |(least, most), gap| {
        (least.min(gap), most.max(gap))
    });
    let amounts = words.iter().filter(|word| is_amount(&word.text)).count();
    words.len() >= MIN_WORDS && most < WIDEST && most < 2.0 * least && amounts * 4 < words.len()
}

/// The widest gap, as a share of the font size, that leaves two words in one phrase. Numbers beside each other stand
/// in columns sooner than words do, unless they are groups of one number; so do texts that were not drawn one after the
/// other, and more so if their sizes differ.
fn phrase_gap(before: &Word, word: &Word) -> f32 {
    const CLOSE: f32 = 0.42;
    const NONE: f32 = 0.0;
    let number = |word: &Word| word.text.starts_with(|c: char| c.is_ascii_digit()) && is_amount(&word.text);
    let group = word.text.chars().take_while(char::is_ascii_digit).count() == 3;
    let long = |word: &Word| word.text.chars().count() >= 2;
    if before.run != word.run {
        let resized = (before.size - word.size).abs() > 0.15 * before.size.max(word.size);
        if resized && long(before) && long(word) {
            NONE
        } else {
            CLOSE
        }
    } else if number(before) && number(word) && !group {
        CLOSE
    } else {
        PHRASE_GAP
    }
}

fn is_list_mark(text: &str) -> bool {
    let numbered =
        text.ends_with(['.', ')']) && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '(' | ')'));
    let lettered = text.starts_with('(') && text.ends_with(')') && text.chars().count() <= 4;
    is_bullet(text) || numbered || lettered || text.ends_with(':')
}

/// White space between two columns, from the end of the one to the start of the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Gap {
    pub(crate) from: f32,
    pub(crate) to: f32,
}

impl Gap {
    pub(crate) fn middle(self) -> f32 {
        (self.from + self.to) / 2.0
    }
}

/// The gaps between the columns of `lines`, from left to right. Lines should be those that fill most columns; a small
/// share of them may run over a gap.
pub(crate) fn gaps(lines: &[&PhraseLine]) -> Vec<Gap> {
    let boxes: Vec<BBox> = lines.iter().flat_map(|line| visible_boxes(line)).collect();
    let tolerance = match lines.len() {
        0..=4 => 0,
        5..=9 => 1,
        count => count / 10,
    };
    let mut found = Vec::new();
    split(&boxes, tolerance, &mut found);
    found.sort_by(|a, b| a.from.total_cmp(&b.from));
    found
}

/// Columns that stand too close to their neighbour to leave a gap, found by their words, which begin at the same place
/// in nearly every line while the texts before them differ.
pub(crate) fn aligned_starts(lines: &[&PhraseLine], gaps: &[Gap]) -> Vec<Gap> {
    // In fewer lines words of the same length stand below each other by chance.
    const MIN_LINES: usize = 8;
    const SAME_PLACE: f32 = 0.8;
    const LEAST_SPACE: f32 = 0.3;
    let mut found = Vec::new();
    for column in 0..=gaps.len() {
        let mut texts = 0;
        let mut starts: Vec<(f32, &Word)> = Vec::new();
        for line in lines {
            let words: Vec<&Word> = line
                .words()
                .filter(|word| column_of(gaps, word.bbox) == column)
                .collect();
            texts += usize::from(words.len() >= 2);
            let spaced = |pair: &&[&Word]| pair[1].bbox.x0 - pair[0].bbox.x1 >= LEAST_SPACE * pair[1].size;
            starts.extend(words.windows(2).filter(spaced).map(|pair| (pair[1].bbox.x0, pair[0])));
        }
        starts.sort_by(|a, b| a.0.total_cmp(&b.0));
        for cluster in starts.chunk_by(|a, b| b.0 - a.0 <= SAME_PLACE) {
            let mut before: Vec<&str> = cluster.iter().map(|(_, word)| word.text.as_str()).collect();
            before.sort_unstable();
            before.dedup();
            if cluster.len() >= MIN_LINES && cluster.len() * 10 >= texts * 8 && before.len() * 2 >= cluster.len() {
                let from = cluster.iter().map(|(_, word)| word.bbox.x1).fold(f32::MIN, f32::max);
                let to = cluster.iter().map(|&(x, _)| x).fold(f32::MAX, f32::min);
                found.push(Gap { from: from.min(to), to });
            }
        }
    }
    found
}

/// Boxes of a line's phrases, each cut off where the next one begins.
fn visible_boxes(line: &PhraseLine) -> impl Iterator<Item = BBox> + '_ {
    let starts = line
        .phrases
        .iter()
        .skip(1)
        .map(|next| next.bbox.x0 - 1.0)
        .chain([f32::MAX]);
    line.phrases.iter().zip(starts).map(|(phrase, end)| {
        let x1 = phrase.bbox.x1.min(end).max(phrase.bbox.x0);
        BBox { x1, ..phrase.bbox }
    })
}

/// Finds the stretches that at most `tolerance` boxes cover. Boxes that lie wholly inside such a stretch are a sparse
/// column of their own, which parts the stretch again.
fn split(boxes: &[BBox], tolerance: usize, found: &mut Vec<Gap>) {
    for gap in valleys(boxes, tolerance) {
        let inside: Vec<BBox> = boxes
            .iter()
            .copied()
            .filter(|b| b.x0 >= gap.from - 1.0 && b.x1 <= gap.to + 1.0)
            .collect();
        if inside.is_empty() || tolerance == 0 {
            found.push(gap);
            continue;
        }
        // Clusters of the sparse boxes.
        let mut clusters: Vec<(f32, f32)> = Vec::new();
        let mut sorted = inside;
        sorted.sort_by(|a, b| a.x0.total_cmp(&b.x0));
        for b in sorted {
            match clusters.last_mut() {
                Some(last) if b.x0 < last.1 => last.1 = last.1.max(b.x1),
                _ => clusters.push((b.x0, b.x1)),
            }
        }
        let mut from = gap.from;
        for (x0, x1) in clusters {
            if x0 > from {
                found.push(Gap { from, to: x0 });
            }
            from = x1;
        }
        if gap.to > from {
            found.push(Gap { from, to: gap.to });
        }
    }
}

/// Stretches between the outer edges of `boxes` that at most `tolerance` of them cover.
fn valleys(boxes: &[BBox], tolerance: usize) -> Vec<Gap> {
    let mut edges: Vec<(f32, i32)> = boxes.iter().flat_map(|b| [(b.x0, 1), (b.x1, -1)]).collect();
    edges.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut valleys = Vec::new();
    let mut cover = 0_i32;
    let mut reached = false;
    let mut open: Option<f32> = None;
    for (x, step) in edges {
        let before = cover;
        cover += step;
        let low = tolerance as i32;
        if before <= low && cover > low {
            if let Some(from) = open.take().filter(|&from| reached && x > from) {
                valleys.push(Gap { from, to: x });
            }
            reached = true;
        } else if before > low && cover <= low {
            open = Some(x);
        }
    }
    // Very narrow stretches are chance.
    valleys.retain(|gap| gap.to - gap.from >= 0.8);
    valleys
}

/// A line laid out on columns.
#[derive(Clone, Debug)]
pub(crate) struct GridLine {
    /// Words of each column.
    pub(crate) cells: Vec<Vec<Word>>,
    pub(crate) bbox: BBox,
    /// Whether a phrase of it lies across a gap: a heading over several columns.
    pub(crate) spans: bool,
}

impl GridLine {
    /// Places each phrase in its column. A phrase across a gap is parted there if it has a space at the gap, and goes
    /// to the column where it begins if not.
    pub(crate) fn new(line: &PhraseLine, gaps: &[Gap]) -> Self {
        let mut cells = vec![Vec::new(); gaps.len() + 1];
        let mut spans = false;
        let alone = line.phrases.len() == 1;
        for (index, phrase) in line.phrases.iter().enumerate() {
            let crosses = |gap: &Gap| phrase.bbox.x0 < gap.from + 0.5 && phrase.bbox.x1 > gap.to - 0.5;
            let crossed: Vec<Gap> = gaps.iter().copied().filter(crosses).collect();
            if crossed.is_empty() || alone {
                spans |= !crossed.is_empty();
                cells[column_of(gaps, phrase.bbox)].extend(phrase.words.iter().cloned());
                continue;
            }
            // The next text of the line stands in the column that this one runs into: it is an overflow.
            let next = line.phrases.get(index + 1).map(|next| column_of(gaps, next.bbox));
            let open: Vec<Gap> = crossed
                .iter()
                .copied()
                .filter(|crossed| next != Some(1 + gaps.partition_point(|gap| gap.from < crossed.from)))
                .collect();
            let pieces = part(&phrase.words, &open, least_gap(&phrase.words));
            spans |= pieces.len() <= open.len();
            let first = gaps.partition_point(|gap| gap.from < phrase.bbox.x0);
            for (index, piece) in pieces.into_iter().enumerate() {
                let Some(bbox) = BBox::around(piece.iter().map(|word| word.bbox)) else {
                    continue;
                };
                cells[if index == 0 { first } else { column_of(gaps, bbox) }].extend(piece);
            }
        }
        Self {
            cells,
            bbox: line.bbox,
            spans,
        }
    }

    pub(crate) fn filled(&self) -> usize {
        self.cells.iter().filter(|words| !words.is_empty()).count()
    }

    pub(crate) fn text(&self, column: usize) -> String {
        CellLine::from_words(&self.cells[column]).text
    }
}

/// The column of a text: where its middle is, or, if it lies across a gap, where it begins.
fn column_of(gaps: &[Gap], bbox: BBox) -> usize {
    let across = gaps
        .iter()
        .any(|gap| bbox.x0 < gap.from + 0.5 && bbox.x1 > gap.to - 0.5);
    if across {
        gaps.partition_point(|gap| gap.from < bbox.x0)
    } else {
        gaps.partition_point(|gap| gap.middle() < bbox.center_x())
    }
}

/// The least space, as a share of the font size, at which a phrase across a gap may be parted. Words alone that stand
/// one plain space apart are a heading over several columns.
fn least_gap(words: &[Word]) -> f32 {
    const MORE_THAN_A_SPACE: f32 = 0.32;
    let is_value = |word: &Word| word.text.chars().count() >= 3 && is_amount(&word.text);
    if words.iter().any(is_value) {
        0.0
    } else {
        MORE_THAN_A_SPACE
    }
}

/// Parts words, from left to right, at the widest space within each gap, if that is at least `least` font sizes wide.
fn part(words: &[Word], gaps: &[Gap], least: f32) -> Vec<Vec<Word>> {
    let mut cuts: Vec<usize> = gaps.iter().filter_map(|gap| widest_space(words, *gap, least)).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut pieces = Vec::with_capacity(cuts.len() + 1);
    let mut start = 0;
    for cut in cuts.into_iter().chain([words.len()]) {
        pieces.push(words[start..cut].to_vec());
        start = cut;
    }
    pieces
}

/// Index of the word after the widest space that overlaps a gap.
fn widest_space(words: &[Word], gap: Gap, least: f32) -> Option<usize> {
    /// Text may reach this far into a gap, as a share of the font size.
    const SLACK: f32 = 0.35;
    // Texts that were not drawn one after the other are apart however close they stand.
    const OTHER_RUN: f32 = 0.32;
    let space = |i: usize| {
        let other_run = if words[i].run == words[i - 1].run {
            0.0
        } else {
            OTHER_RUN * words[i].size
        };
        words[i].bbox.x0 - words[i - 1].bbox.x1 + other_run
    };
    (1..words.len())
        .filter(|&i| {
            let (before, after) = (&words[i - 1].bbox, &words[i].bbox);
            let slack = SLACK * words[i].size;
            space(i) >= least * words[i].size
                && after.x0.min(gap.to + slack) > before.x1.max(gap.from - slack)
                && after.center_x() > gap.from
                && before.center_x() < gap.to
        })
        .max_by(|&a, &b| space(a).total_cmp(&space(b)))
}

/// Whether each text begins with a code set off by more than one space, as in `40-118  Ball valve`.
pub(crate) fn have_leading_codes(texts: &[&[Word]]) -> bool {
    const WIDER: f32 = 1.6;
    let long: Vec<&&[Word]> = texts.iter().filter(|words| words.len() >= 3).collect();
    let with_code = long
        .iter()
        .filter(|words| {
            let space = |i: usize| words[i + 1].bbox.x0 - words[i].bbox.x1;
            let mut others: Vec<f32> = (1..words.len() - 1).map(space).collect();
            others.sort_by(f32::total_cmp);
            let usual = others[others.len() / 2];
            let code = words[0].text.chars().any(|c| c.is_ascii_digit());
            code && space(0) >= WIDER * usual && space(0) >= 0.38 * words[0].size
        })
        .count();
    long.len() >= 4 && long.len() * 2 >= texts.len() && with_code * 10 >= long.len() * 8
}
