//! What a name says besides its variant.

use crate::{
    text::stable_hash,
    words::{Kind, Word},
};

/// Whether a word says which of several variants a product is.
pub(crate) fn tells_variants_apart(text: &str, kind: Kind) -> bool {
    kind != Kind::Word
        // A size (`m`), or the letters of a code that is written apart (`RK 61620`).
        || text.chars().nth(2).is_none()
        || text.contains(|c: char| c.is_ascii_digit())
        || matches!(text, "xxs" | "xxl" | "xxxl")
}

/// What a name says besides its variant, whatever the order of its words, as a hash; 0 for a name that says nothing else.
pub(crate) fn stem(name: &[Word]) -> u64 {
    let mut words: Vec<&str> = name
        .iter()
        .filter(|word| !tells_variants_apart(&word.text, word.kind))
        .map(|word| word.text.as_str())
        .collect();
    words.sort_unstable();
    words.dedup();
    if words.is_empty() {
        0
    } else {
        stable_hash(&words.join(" "))
    }
}
