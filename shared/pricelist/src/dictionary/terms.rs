//! The dictionary's terms, and where they are found in the words of a header.

use std::{collections::HashMap, sync::LazyLock};

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::Role;

/// One pattern of the dictionary.
struct Term {
    role: Role,
    words: Vec<Pattern>,
    length: usize,
    /// Only where the header says nothing else.
    is_alone: bool,
}

struct Pattern {
    text: String,
    any_start: bool,
    any_end: bool,
}

impl Pattern {
    fn matches(&self, word: &str) -> bool {
        match (self.any_start, self.any_end) {
            (false, false) => word == self.text,
            (false, true) => word.starts_with(&self.text),
            (true, false) => word.ends_with(&self.text),
            (true, true) => word.contains(&self.text),
        }
    }
}

pub(super) struct Dictionary {
    terms: Vec<Term>,
    /// Terms by their first whole word.
    by_word: HashMap<String, Vec<usize>>,
    /// Terms whose first word is a pattern, by its first letter.
    by_letter: HashMap<char, Vec<usize>>,
    /// Terms whose first word may start with any letters.
    any_start: Vec<usize>,
    /// Terms found anywhere in a text, words or not.
    anywhere: Vec<usize>,
}

pub(super) static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(|| {
    let mut dictionary = Dictionary {
        terms: Vec::new(),
        by_word: HashMap::new(),
        by_letter: HashMap::new(),
        any_start: Vec::new(),
        anywhere: Vec::new(),
    };
    for (role, _language, terms) in super::words::all() {
        for term in *terms {
            dictionary.add(*role, term);
        }
    }
    dictionary
});

impl Dictionary {
    fn add(&mut self, role: Role, term: &str) {
        let is_alone = term.starts_with('=');
        let words: Vec<Pattern> = term
            .trim_start_matches('=')
            .split_whitespace()
            .map(|word| Pattern {
                text: normalise(word.trim_matches('*')),
                any_start: word.starts_with('*'),
                any_end: word.ends_with('*'),
            })
            .collect();
        let length = words.iter().map(|word| word.text.chars().count()).sum();
        let anywhere = words.first().is_some_and(|word| word.text.chars().any(is_unspaced));
        let at = self.terms.len();
        match words.first() {
            Some(_) if anywhere => self.anywhere.push(at),
            Some(first) if first.any_start => self.any_start.push(at),
            Some(first) if first.any_end => {
                if let Some(letter) = first.text.chars().next() {
                    self.by_letter.entry(letter).or_default().push(at);
                }
            }
            Some(first) => self.by_word.entry(first.text.clone()).or_default().push(at),
            None => {}
        }
        self.terms.push(Term {
            role,
            words,
            length,
            is_alone,
        });
    }

    /// Every term found, with how many letters it covers.
    pub(super) fn find(&self, words: &[String], whole: &str, mut found: impl FnMut(Role, usize, usize)) {
        // Each of them has a letter that is not ASCII.
        let anywhere = if whole.is_ascii() {
            &[]
        } else {
            self.anywhere.as_slice()
        };
        for term in anywhere.iter().filter_map(|index| self.terms.get(*index)) {
            if term.words.first().is_some_and(|pattern| whole.contains(&pattern.text)) {
                found(term.role, term.length * 2, term.words.len());
            }
        }
        for (at, word) in words.iter().enumerate() {
            let by_word = self.by_word.get(word).map(Vec::as_slice).unwrap_or_default();
            let by_letter = word
                .chars()
                .next()
                .and_then(|letter| self.by_letter.get(&letter))
                .map(Vec::as_slice)
                .unwrap_or_default();
            for index in by_word.iter().chain(by_letter).chain(&self.any_start) {
                let Some(term) = self.terms.get(*index) else { continue };
                if term.is_alone && !says_nothing_else(words, term.words.len()) {
                    continue;
                }
                let matched = words.get(at..at + term.words.len()).is_some_and(|words| {
                    words
                        .iter()
                        .zip(&term.words)
                        .all(|(word, pattern)| pattern.matches(word))
                });
                if matched {
                    found(term.role, term.length, term.words.len());
                }
            }
        }
    }
}

/// Whether a header has as many words as these, those of currencies not counted.
fn says_nothing_else(words: &[String], count: usize) -> bool {
    words
        .iter()
        .filter(|word| crate::currency::exactly(word).is_none())
        .count()
        == count
}

/// Scripts written without blanks between words.
pub(super) fn is_unspaced(char: char) -> bool {
    matches!(char, '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

/// Lower case, without accents, letters that do not decompose replaced.
pub(super) fn normalise(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkd()
        .filter(|char| !is_combining_mark(*char))
        .flat_map(char::to_lowercase)
        .filter(|char| !is_combining_mark(*char))
        .map(|char| match char {
            'ł' => 'l',
            'ø' => 'o',
            'đ' | 'ð' => 'd',
            'ı' => 'i',
            'ς' => 'σ',
            char => char,
        })
        .nfc()
        .collect()
}

/// The words of a header: split at anything but letters and digits and where `PartNumber` starts a new word; a word
/// broken by a hyphen at a line's end is joined.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut split = String::with_capacity(text.len() + 8);
    let mut before: Option<char> = None;
    for char in text.chars() {
        if char.is_uppercase() && before.is_some_and(char::is_lowercase) {
            split.push(' ');
        }
        if char != '\u{ad}' {
            split.push(char);
        }
        before = Some(char);
    }
    normalise(&split)
        .split(|char: char| !char.is_alphanumeric() && char != '№' && char != '%' && char != '#')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

pub(super) fn joined(text: &str) -> Option<Vec<String>> {
    if let Some(abbreviation) = dotted(text) {
        return Some(words(&abbreviation));
    }
    let bare: String = text
        .chars()
        .filter(|char| !matches!(char, '-' | '\u{ad}' | '‐' | '\'' | '’'))
        .collect();
    let rejoined = bare.len() != text.len();
    rejoined.then(|| words(&bare.replace(['\n', '\r'], "")))
}

/// The words of a header that counts its column among several of its kind: `category2`, `Price1`.
pub(super) fn unnumbered(text: &str) -> Option<Vec<String>> {
    const SHORTEST: usize = 4;
    let bare = text.trim_end_matches(|char: char| char.is_ascii_digit());
    let is_counted = (1..=2).contains(&(text.len() - bare.len())) && bare.ends_with(char::is_alphabetic);
    let last = bare
        .rsplit(|char: char| !char.is_alphabetic())
        .next()
        .unwrap_or_default();
    (is_counted && last.chars().count() >= SHORTEST).then(|| words(bare))
}

/// `PVP` of `P.V.P.`: letters that stand alone before full stops are one word.
fn dotted(text: &str) -> Option<String> {
    let is_dotted = |word: &&str| {
        let letters: Vec<&str> = word.trim_end_matches('.').split('.').collect();
        letters.len() >= 3 && letters.iter().all(|letter| letter.chars().count() == 1)
    };
    let abbreviated = text.split_whitespace().any(|word| is_dotted(&word));
    abbreviated.then(|| {
        let words: Vec<String> = text
            .split_whitespace()
            .map(|word| {
                if is_dotted(&word) {
                    word.replace('.', "")
                } else {
                    word.to_owned()
                }
            })
            .collect();
        words.join(" ")
    })
}
