//! Words and parts of words that are sought in texts, all in one pass.

use aho_corasick::AhoCorasick;

/// The words of a list, each known by its place there.
pub(crate) struct Phrases(Option<AhoCorasick>);

impl Phrases {
    pub(crate) fn new(words: &[&str]) -> Self {
        // Only a list of gigabytes is refused; the lists are constants.
        Self(AhoCorasick::new(words).ok())
    }

    /// The places of the words that the text holds, those within others too.
    pub(crate) fn in_text<'t>(&'t self, text: &'t str) -> impl Iterator<Item = usize> + 't {
        let found = self.0.iter().flat_map(move |words| words.find_overlapping_iter(text));
        found.map(|found| found.pattern().as_usize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_wherever_it_stands() {
        let phrases = Phrases::new(&["stock", "in stock", "tock", "нет"]);
        let found = |text| {
            let mut found: Vec<usize> = phrases.in_text(text).collect();
            found.sort_unstable();
            found
        };
        assert_eq!(found("in stock: нет"), [0, 1, 2, 3]);
        assert!(found("in sto").is_empty() && found("").is_empty());
    }
}
