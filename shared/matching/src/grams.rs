//! The built-in vector space: every product as the set of its character 3-grams, weighted by rarity, in an inverted index.
//! A search adds up the postings of the query's grams, rarest first, until its budget of postings is spent.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::{
    snapshot::{Reader, SnapshotError, Writer},
    text::spaced,
};

/// How much of the text beyond the name counts: descriptions begin with what the product is and end with anything.
const REST_CHARACTERS: usize = 100;

/// In a large catalogue the commonest grams would fill the index and never be reached within a budget: grams that stand
/// in more products than this, and in more than a 16th of them, keep their rarity but no postings.
const LONGEST_POSTINGS: usize = 65_536;

/// A search adds up so many products at a time, so that their sums and lengths stay in a core's own cache (2 × 128 KiB)
/// whatever the catalogue's size.
const BLOCK: usize = 32_768;

/// Three characters of 21 bits.
pub(crate) type Gram = u64;

/// The text from which grams are cut.
pub(crate) fn gram_text(name: &str, rest: &str) -> String {
    let mut text = String::with_capacity(name.len() + REST_CHARACTERS + 2);
    text.push(' ');
    spaced(name, &mut text);
    if !rest.is_empty() {
        let end = rest
            .char_indices()
            .nth(REST_CHARACTERS)
            .map_or(rest.len(), |(at, _)| at);
        spaced(&rest[..end], &mut text);
    }
    text
}

/// The grams of a text, repeats included.
fn each(text: &str) -> impl Iterator<Item = Gram> {
    let mut gram: Gram = 0;
    text.chars().enumerate().filter_map(move |(place, c)| {
        gram = (gram << 21 | Gram::from(u32::from(c))) & ((1 << 63) - 1);
        (place >= 2).then_some(gram)
    })
}

/// The distinct grams of a text, sorted, in `grams`.
pub(crate) fn cut(text: &str, grams: &mut Vec<Gram>) {
    grams.clear();
    grams.extend(each(text));
    grams.sort_unstable();
    grams.dedup();
}

/// A text's grams with a value each, to be looked up for many other texts: open addressing, half empty.
#[derive(Debug, Default)]
pub(crate) struct GramTable {
    /// [`NO_GRAM`] where empty; the length is a power of two.
    slots: Vec<(Gram, f32)>,
}

/// No three characters make this number.
const NO_GRAM: Gram = Gram::MAX;

impl GramTable {
    pub(crate) fn of(grams: &[(Gram, f32)]) -> Self {
        let mut slots = vec![(NO_GRAM, 0.0); (grams.len() * 2).next_power_of_two().max(2)];
        for (gram, value) in grams {
            let mut place = Self::home(*gram, slots.len());
            while slots[place].0 != NO_GRAM {
                place = (place + 1) & (slots.len() - 1);
            }
            slots[place] = (*gram, *value);
        }
        Self { slots }
    }

    fn home(gram: Gram, slots: usize) -> usize {
        (gram.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & (slots - 1)
    }

    /// The sum of the values of the grams that stand in `text`, each once. `seen` is kept by the caller.
    pub(crate) fn shared(&self, text: &str, seen: &mut Vec<u64>) -> f32 {
        if self.slots.is_empty() {
            return 0.0;
        }
        seen.clear();
        seen.resize(self.slots.len().div_ceil(64), 0);
        let mut sum = 0.0;
        for gram in each(text) {
            let mut place = Self::home(gram, self.slots.len());
            while self.slots[place].0 != gram && self.slots[place].0 != NO_GRAM {
                place = (place + 1) & (self.slots.len() - 1);
            }
            let (word, bit) = (place / 64, 1 << (place % 64));
            if self.slots[place].0 == gram && seen[word] & bit == 0 {
                seen[word] |= bit;
                sum += self.slots[place].1;
            }
        }
        sum
    }
}

/// The inverted index.
#[derive(Debug, Default)]
pub(crate) struct GramIndex {
    /// Sorted.
    grams: Vec<Gram>,
    /// In how many products each gram stands.
    counts: Vec<u32>,
    /// Where each gram's postings end.
    ends: Vec<u32>,
    /// Product numbers, ascending per gram.
    postings: Vec<u32>,
    /// One over the length of each product's vector.
    scales: Vec<f32>,
}

/// A product found, with the cosine over the grams that were read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hit {
    pub(crate) product: u32,
    pub(crate) cosine: f32,
}

/// What a search needs and can use again.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// Of the products of one block.
    sums: Vec<f32>,
    /// Places in `sums` that are not 0.
    touched: Vec<u32>,
    grams: Vec<Gram>,
    found: Vec<(u32, f32)>,
    /// Of each gram that is read: the square of its weight, and where the postings not yet read begin and end.
    unread: Vec<(f32, usize, usize)>,
}

#[derive(Default)]
struct GramHasher(u64);

impl Hasher for GramHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }
    fn write_u64(&mut self, value: u64) {
        let mixed = (self.0 ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }
}

impl GramIndex {
    /// The index of texts made by [`gram_text`], in product order.
    pub(crate) fn build<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut numbers: HashMap<Gram, u32, BuildHasherDefault<GramHasher>> = HashMap::default();
        let (mut grams, mut counts): (Vec<Gram>, Vec<u32>) = Default::default();
        let (mut forward, mut forward_ends): (Vec<u32>, Vec<usize>) = Default::default();
        let mut cut_grams = Vec::new();
        for text in texts {
            cut(text, &mut cut_grams);
            for gram in &cut_grams {
                let number = *numbers.entry(*gram).or_insert_with(|| {
                    grams.push(*gram);
                    counts.push(0);
                    (grams.len() - 1) as u32
                });
                counts[number as usize] += 1;
                forward.push(number);
            }
            forward_ends.push(forward.len());
        }
        drop(numbers);
        let products = forward_ends.len();
        let longest = LONGEST_POSTINGS.max(products / 16);

        // Renumber by the gram itself, so that the order of products leaves no trace.
        let mut order: Vec<u32> = (0..grams.len() as u32).collect();
        order.sort_unstable_by_key(|number| grams[*number as usize]);
        let mut places = vec![0_u32; grams.len()];
        for (place, number) in order.iter().enumerate() {
            places[*number as usize] = place as u32;
        }
        let sorted_counts: Vec<u32> = order.iter().map(|number| counts[*number as usize]).collect();
        let kept = |place: usize| (sorted_counts[place] as usize) <= longest;
        let mut total = 0_usize;
        let mut next: Vec<usize> = Vec::with_capacity(grams.len());
        let mut ends: Vec<u32> = Vec::with_capacity(grams.len());
        for (place, count) in sorted_counts.iter().enumerate() {
            next.push(total);
            total += if kept(place) { *count as usize } else { 0 };
            ends.push(u32::try_from(total).unwrap_or(u32::MAX));
        }
        let mut postings = vec![0_u32; total];
        let mut scales = Vec::with_capacity(products);
        let mut start = 0;
        for (product, end) in forward_ends.iter().enumerate() {
            let mut square = 0.0_f32;
            for number in &forward[start..*end] {
                let place = places[*number as usize] as usize;
                let weight = weight(sorted_counts[place], products);
                square += weight * weight;
                if kept(place) {
                    postings[next[place]] = product as u32;
                    next[place] += 1;
                }
            }
            scales.push(if square > 0.0 { square.sqrt().recip() } else { 0.0 });
            start = *end;
        }
        let sorted_grams = order.iter().map(|number| grams[*number as usize]).collect();
        Self {
            grams: sorted_grams,
            counts: sorted_counts,
            ends,
            postings,
            scales,
        }
    }

    /// How rare a gram is; none when no product has it.
    pub(crate) fn weight(&self, gram: Gram) -> f32 {
        let count = self
            .grams
            .binary_search(&gram)
            .ok()
            .and_then(|place| self.counts.get(place))
            .copied();
        weight(count.unwrap_or(0), self.scales.len())
    }

    /// One over the length of a text's vector; 0 for a text without grams.
    pub(crate) fn scale(&self, text: &str) -> f32 {
        let mut grams = Vec::with_capacity(text.len());
        cut(text, &mut grams);
        let square: f32 = grams.iter().map(|gram| self.weight(*gram).powi(2)).sum();
        if square > 0.0 { square.sqrt().recip() } else { 0.0 }
    }

    /// The `count` products nearest to `text`, best first, equals by product number.
    pub(crate) fn search(&self, text: &str, count: usize, budget: usize, scratch: &mut Scratch) -> Vec<Hit> {
        let query_scale = self.plan(text, budget, scratch);
        let Scratch {
            sums, touched, unread, ..
        } = scratch;
        sums.resize(BLOCK.min(self.scales.len()), 0.0);
        let mut best = Best::new(count);
        for (block, scales) in self.scales.chunks(BLOCK).enumerate() {
            let (start, end) = (block * BLOCK, block * BLOCK + scales.len());
            for (square, at, last) in unread.iter_mut() {
                let ahead = &self.postings[*at..*last];
                let within = ahead.iter().take_while(|product| (**product as usize) < end).count();
                for product in &ahead[..within] {
                    let place = *product as usize - start;
                    if sums[place] == 0.0 {
                        touched.push(place as u32);
                    }
                    sums[place] += *square;
                }
                *at += within;
            }
            for place in touched.drain(..) {
                let cosine = std::mem::take(&mut sums[place as usize]) * scales[place as usize] * query_scale;
                best.offer(start as u32 + place, cosine);
            }
        }
        best.found()
    }

    /// Chooses what to read for `text`: the postings of its grams, rarest first, until the budget is spent. One over the length
    /// of the text's vector is returned.
    fn plan(&self, text: &str, budget: usize, scratch: &mut Scratch) -> f32 {
        let Scratch {
            grams, found, unread, ..
        } = scratch;
        cut(text, grams);
        found.clear();
        let mut square = 0.0_f32;
        for gram in grams.iter() {
            let place = self.grams.binary_search(gram).ok();
            let seen = place.and_then(|place| self.counts.get(place)).copied().unwrap_or(0);
            let weight = weight(seen, self.scales.len());
            square += weight * weight;
            if let Some(place) = place {
                found.push((place as u32, weight));
            }
        }
        found.sort_unstable_by(|(a, _), (b, _)| self.counts[*a as usize].cmp(&self.counts[*b as usize]).then(a.cmp(b)));
        unread.clear();
        let mut left = budget;
        for (place, weight) in found.iter() {
            let (start, end) = self.postings_of(*place as usize);
            if end - start > left {
                break;
            }
            left -= end - start;
            unread.push((weight * weight, start, end));
        }
        if square > 0.0 { square.sqrt().recip() } else { 0.0 }
    }

    /// The size of the arrays, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.grams.len() * 16 + self.postings.len() * 4 + self.scales.len() * 4
    }

    /// Where a gram's postings begin and end.
    fn postings_of(&self, place: usize) -> (usize, usize) {
        let start = if place == 0 { 0 } else { self.ends[place - 1] as usize };
        (start, self.ends[place] as usize)
    }

    /// Whether a gram's postings are products in their order, as a search takes for granted.
    fn is_ascending(&self, place: usize, products: usize) -> bool {
        let (start, end) = self.postings_of(place);
        let postings = &self.postings[start..end];
        postings.is_sorted_by(|a, b| a < b) && postings.last().is_none_or(|product| (*product as usize) < products)
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.array(&self.grams);
        writer.array(&self.counts);
        writer.array(&self.ends);
        writer.array(&self.postings);
        writer.array(&self.scales);
    }

    pub(crate) fn read(reader: &mut Reader<'_>, products: usize) -> Result<Self, SnapshotError> {
        let index = Self {
            grams: reader.array()?,
            counts: reader.array()?,
            ends: reader.array()?,
            postings: reader.array()?,
            scales: reader.array()?,
        };
        let whole = index.counts.len() == index.grams.len()
            && index.ends.len() == index.grams.len()
            && index.scales.len() == products
            && index.grams.is_sorted()
            && index.ends.is_sorted()
            && index.ends.last().map_or(0, |end| *end as usize) == index.postings.len()
            && (0..index.ends.len()).all(|place| index.is_ascending(place, products))
            && index.scales.iter().all(|scale| scale.is_finite());
        if whole {
            Ok(index)
        } else {
            Err(SnapshotError::Corrupt { part: "gram index" })
        }
    }
}

/// Inverse document frequency.
fn weight(count: u32, products: usize) -> f32 {
    ((products as f32 + 1.0) / (count as f32 + 1.0)).ln() + 0.05
}

/// The nearest products so far.
struct Best {
    count: usize,
    hits: Vec<Hit>,
    /// What is below it is not among the best.
    floor: f32,
}

impl Best {
    fn new(count: usize) -> Self {
        Self {
            count,
            hits: Vec::with_capacity(count * 2 + 1),
            floor: f32::MIN,
        }
    }

    fn offer(&mut self, product: u32, cosine: f32) {
        if cosine > self.floor || self.hits.len() < self.count {
            self.hits.push(Hit { product, cosine });
            if self.hits.len() >= self.count * 2 {
                self.keep();
                let least = self.hits.iter().map(|hit| hit.cosine).fold(f32::MAX, f32::min);
                self.floor = least.next_down();
            }
        }
    }

    fn keep(&mut self) {
        self.hits
            .sort_unstable_by(|a, b| b.cosine.total_cmp(&a.cosine).then(a.product.cmp(&b.product)));
        self.hits.truncate(self.count);
    }

    /// Best first, equals by product number.
    fn found(mut self) -> Vec<Hit> {
        self.keep();
        self.hits
    }
}
