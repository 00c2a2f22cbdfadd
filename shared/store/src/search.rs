//! Looking for published items by word: one text of a line per item, made at publication, searched in memory.

use std::io::Read;

use domain::JobId;
use jiff::Timestamp;
use memchr::{memchr, memmem, memrchr};
use rust_decimal::Decimal;
use serde::de::IgnoredAny;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use zstd::stream::{read::Decoder, write::Encoder};

use crate::{
    StoreError,
    previous::Publishable,
    snapshot::{LEVEL, SnapshotReader},
};

/// Inflated bytes that a search text may have: some 150 for each of a million items.
const MAX_INFLATED: u64 = 256 << 20;

/// What a search text knows of an item beside its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    /// When the list that added or changed the item last was made.
    pub changed_at: Timestamp,
    /// By how many per cent the published list moved its price; none when it did not.
    pub price_move: Option<Decimal>,
}

/// Makes a search text.
#[derive(Debug, Default)]
pub struct SearchWriter {
    lines: String,
}

impl SearchWriter {
    /// Adds an item under its key.
    pub fn push<P: Publishable>(&mut self, key: &str, published: &P, movement: Movement) {
        let [barcode, brand] = published.words();
        let words = [published.name(), published.sku(), barcode, brand];
        let words = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let moved = movement
            .price_move
            .map(|percent| percent.to_string())
            .unwrap_or_default();
        let changed = movement.changed_at.as_millisecond();
        self.lines
            .push_str(&format!("{changed}\t{moved}\t{key}\t{}\n", folded(&words)));
    }

    /// The search text.
    pub fn finish(self) -> SearchText {
        SearchText { lines: self.lines }
    }
}

/// A search text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchText {
    lines: String,
}

/// What is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchQuery {
    words: Vec<String>,
    /// Changed by a list made then or later.
    pub changed_since: Option<Timestamp>,
    /// Whose price the published list moved so.
    pub price_move: Option<PriceMove>,
}

/// Which way a price moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceMove {
    /// Up.
    Up,
    /// Down.
    Down,
}

impl SearchQuery {
    /// Looks for all words of `text`, each anywhere in name, code, barcode or brand, whatever case or accents.
    pub fn of_words(text: &str) -> Self {
        let mut words: Vec<String> = folded(text).split(' ').map(str::to_owned).collect();
        words.retain(|word| !word.is_empty());
        // The longest is the rarest: it leads.
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        Self {
            words,
            ..Self::default()
        }
    }

    /// Whether it leaves nothing out.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an item would be found.
    pub fn finds<P: Publishable>(&self, published: &P, movement: Movement) -> bool {
        let mut writer = SearchWriter::default();
        writer.push("", published, movement);
        !writer.finish().find(self, 0, 1).0.is_empty()
    }
}

impl SearchText {
    /// The bytes to be stored.
    ///
    /// # Errors
    /// zstd failed.
    pub fn to_bytes(&self) -> Result<Vec<u8>, StoreError> {
        let mut encoder = Encoder::new(Vec::new(), LEVEL).map_err(broken)?;
        std::io::Write::write_all(&mut encoder, self.lines.as_bytes()).map_err(broken)?;
        encoder.finish().map_err(broken)
    }

    /// Reads what [`SearchText::to_bytes`] made.
    ///
    /// # Errors
    /// It is something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
        let mut lines = String::new();
        let inflated = Decoder::new(bytes).map_err(broken)?;
        inflated.take(MAX_INFLATED).read_to_string(&mut lines).map_err(broken)?;
        Ok(Self { lines })
    }

    /// The search text of a snapshot that was stored without one: as if job `published` had brought every item.
    ///
    /// # Errors
    /// The snapshot cannot be read.
    pub fn of_snapshot<P: Publishable>(snapshot: &[u8], published: JobId) -> Result<Self, StoreError> {
        let movement = Movement {
            changed_at: published.made_at(),
            price_move: None,
        };
        let mut writer = SearchWriter::default();
        for entry in SnapshotReader::<P, IgnoredAny>::new(snapshot)? {
            let entry = entry?;
            writer.push(&entry.key, &entry.published, movement);
        }
        Ok(writer.finish())
    }

    /// Bytes in memory.
    pub fn size(&self) -> usize {
        self.lines.len()
    }

    /// Keys of at most `limit` items from the place `from` on, in the list's order, and the place of the next.
    pub fn find(&self, query: &SearchQuery, from: usize, limit: usize) -> (Vec<&str>, Option<usize>) {
        let bytes = self.lines.as_bytes();
        let leading = query.words.first().map(|word| memmem::Finder::new(word.as_bytes()));
        let mut found = Vec::new();
        let mut at = from;
        while at < bytes.len() {
            let rest = bytes.get(at..).unwrap_or_default();
            let hit = match &leading {
                Some(finder) => finder.find(rest),
                None => Some(0),
            };
            let Some(hit) = hit.map(|hit| at + hit) else { break };
            let start = bytes
                .get(..hit)
                .and_then(|before| memrchr(b'\n', before))
                .map_or(0, |end| end + 1);
            let end = bytes
                .get(hit..)
                .and_then(|after| memchr(b'\n', after))
                .map_or(bytes.len(), |end| hit + end);
            // A place within a line (a made-up one) begins with the next.
            let line = self.lines.get(start.max(from)..end).and_then(Line::read);
            if let Some(line) = line.filter(|line| line.answers(query)) {
                if found.len() >= limit {
                    return (found, Some(start));
                }
                found.push(line.key);
            }
            at = end + 1;
        }
        (found, None)
    }

    /// What is known of each item, by key.
    pub fn movements(&self) -> impl Iterator<Item = (&str, Movement)> {
        self.lines
            .lines()
            .filter_map(Line::read)
            .map(|line| (line.key, line.movement()))
    }
}

struct Line<'a> {
    changed_at: i64,
    price_move: Option<Decimal>,
    key: &'a str,
    words: &'a str,
}

impl<'a> Line<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let mut fields = line.split('\t');
        Some(Self {
            changed_at: fields.next()?.parse().ok()?,
            price_move: fields.next()?.parse().ok(),
            key: fields.next()?,
            words: fields.next()?,
        })
    }

    fn movement(&self) -> Movement {
        Movement {
            changed_at: Timestamp::from_millisecond(self.changed_at).unwrap_or(Timestamp::MIN),
            price_move: self.price_move,
        }
    }

    fn answers(&self, query: &SearchQuery) -> bool {
        let changed = query
            .changed_since
            .is_none_or(|since| self.changed_at >= since.as_millisecond());
        let moved = query.price_move.is_none_or(|wanted| match (wanted, self.price_move) {
            (PriceMove::Up, Some(percent)) => percent.is_sign_positive() && !percent.is_zero(),
            (PriceMove::Down, Some(percent)) => percent.is_sign_negative() && !percent.is_zero(),
            (_, None) => false,
        });
        changed && moved && query.words.iter().all(|word| self.words.contains(word.as_str()))
    }
}

/// Lower case, without accents, single spaces: `Чайник  ЁЛКА` is looked for as `чайник елка`.
fn folded(text: &str) -> String {
    let plain: String = text
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn broken(error: impl ToString) -> StoreError {
    StoreError::corrupt("a search text", error)
}

#[cfg(test)]
mod tests {
    use domain::Product;

    use super::*;

    fn product(id: &str, name: &str, barcode: Option<&str>) -> Product {
        serde_json::from_value(serde_json::json!({"product_id": id, "name": name, "barcode": barcode})).unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn text() -> SearchText {
        let mut writer = SearchWriter::default();
        let movement = |seconds, percent: Option<i64>| Movement {
            changed_at: at(seconds),
            price_move: percent.map(Decimal::from),
        };
        writer.push("a", &product("A-1", "Claw hammer 450 g", None), movement(0, None));
        writer.push(
            "b",
            &product("B-2", "Молоток ЁЖ\t450 г", Some("4006381333931")),
            movement(10, Some(5)),
        );
        writer.push("c", &product("C-3", "Hand saw, 450 mm", None), movement(10, Some(-5)));
        writer.finish()
    }

    fn found(query: &SearchQuery) -> Vec<String> {
        text().find(query, 0, 10).0.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn all_words_must_be_there_in_any_case_and_order() {
        let words = |words| found(&SearchQuery::of_words(words));
        assert_eq!(words("450"), ["a", "b", "c"]);
        assert_eq!(words("HAMMER claw"), ["a"]);
        assert_eq!(words("еж молот"), ["b"]);
        assert_eq!(words("133393"), ["b"]);
        assert_eq!(words("c-3"), ["c"]);
        assert_eq!(words("hammer saw"), Vec::<String>::new());
        assert_eq!(words("1800000"), Vec::<String>::new());
        assert_eq!(words(" "), ["a", "b", "c"]);
    }

    #[test]
    fn by_change_and_price_move() {
        let since = SearchQuery {
            changed_since: Some(at(5)),
            ..SearchQuery::default()
        };
        assert_eq!(found(&since), ["b", "c"]);
        let moved = |price_move| SearchQuery {
            price_move: Some(price_move),
            ..SearchQuery::of_words("450")
        };
        assert_eq!(found(&moved(PriceMove::Up)), ["b"]);
        assert_eq!(found(&moved(PriceMove::Down)), ["c"]);
    }

    #[test]
    fn a_page_goes_on_where_the_last_ended_and_made_up_places_do_no_harm() {
        let text = SearchText::from_bytes(&text().to_bytes().unwrap()).unwrap();
        let query = SearchQuery::of_words("450");
        let (first, next) = text.find(&query, 0, 2);
        assert_eq!(first, ["a", "b"]);
        let (second, end) = text.find(&query, next.unwrap(), 2);
        assert_eq!((second, end), (vec!["c"], None));
        for place in 0..text.size() + 10 {
            let (keys, _) = text.find(&query, place, 10);
            assert!(
                keys.iter().all(|key| ["a", "b", "c"].contains(key)),
                "{place}: {keys:?}"
            );
        }
    }

    #[test]
    fn movements_read_back() {
        let text = text();
        let movements: Vec<_> = text.movements().collect();
        assert_eq!(movements[2].0, "c");
        assert_eq!(movements[2].1.price_move, Some(Decimal::from(-5)));
        assert_eq!(movements[2].1.changed_at, at(10));
    }
}
