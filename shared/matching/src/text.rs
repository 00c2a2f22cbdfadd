//! Text made comparable: one spelling per character, and the pieces that the other modules count.

use unicode_normalization::UnicodeNormalization;

/// No name or description says more of a product in more characters, and work per item stays bounded.
const LONGEST: usize = 2_000;

/// Lower-cased text in which typographic variants (full-width forms, accents, ligatures, no-break spaces) are one, with
/// runs of white space made one space. Only the Latin, Greek and Cyrillic accents (U+0300 to U+036F) are dropped: marks of
/// other scripts carry the vowel. Of longer texts the first [`LONGEST`] characters count.
pub(crate) fn normalise(text: &str) -> String {
    let text = text.char_indices().nth(LONGEST).map_or(text, |(end, _)| &text[..end]);
    let mut normalised = String::with_capacity(text.len());
    if text.is_ascii() {
        for byte in text.bytes() {
            push_char(&mut normalised, char::from(byte.to_ascii_lowercase()));
        }
    } else {
        let composed = text
            .nfkd()
            .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
            .flat_map(char::to_lowercase)
            .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
            .nfc();
        for c in composed {
            match c {
                'ß' => normalised.push_str("ss"),
                'æ' => normalised.push_str("ae"),
                'œ' => normalised.push_str("oe"),
                'ø' => normalised.push('o'),
                'ł' => normalised.push('l'),
                'đ' => normalised.push('d'),
                'ı' => normalised.push('i'),
                '×' => normalised.push('x'),
                '′' | '’' | '‘' => normalised.push('\''),
                '″' | '“' | '”' => normalised.push('"'),
                '‐' | '‑' | '–' | '—' | '−' => normalised.push('-'),
                '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}' => {}
                c => push_char(&mut normalised, c),
            }
        }
    }
    if normalised.ends_with(' ') {
        normalised.pop();
    }
    normalised
}

fn push_char(text: &mut String, c: char) {
    if c.is_whitespace() || c.is_control() {
        if !text.is_empty() && !text.ends_with(' ') {
            text.push(' ');
        }
    } else {
        text.push(c);
    }
}

/// Normalised text without anything but letters and digits: in it `KDL-32 M4000` and `kdl32m4000` are one. A space stays
/// between two digits: `HF10 0` is not `HF100`.
pub(crate) fn compact(normalised: &str) -> String {
    let mut compacted = String::with_capacity(normalised.len());
    push_compact(normalised, &mut compacted);
    compacted
}

/// Appends what [`compact`] makes of the text.
pub(crate) fn push_compact(normalised: &str, into: &mut String) {
    let mut gap = false;
    for c in normalised.chars() {
        if c.is_alphanumeric() {
            if gap && c.is_ascii_digit() && into.ends_with(|last: char| last.is_ascii_digit()) {
                into.push(' ');
            }
            into.push(c);
            gap = false;
        } else {
            gap = true;
        }
    }
}

/// Whether `word` stands in compact text, its numbers whole: `hf10` stands in `canonhf10black`, not in `canonhf100`.
pub(crate) fn stands_in(word: &str, compacted: &str) -> bool {
    let starts_with_digit = word.starts_with(|c: char| c.is_ascii_digit());
    let ends_with_digit = word.ends_with(|c: char| c.is_ascii_digit());
    compacted.match_indices(word).any(|(at, _)| {
        let cuts_before = starts_with_digit && compacted[..at].ends_with(|c: char| c.is_ascii_digit());
        let cuts_after = ends_with_digit && compacted[at + word.len()..].starts_with(|c: char| c.is_ascii_digit());
        !cuts_before && !cuts_after
    })
}

/// Whether `word` stands in spaced text as one word or as several whole ones: `rk61620r` stands in `bosch rk 61620 r`, not in
/// `bosch rk 61620 rx`.
pub(crate) fn stands_whole_in(word: &str, spaced: &str) -> bool {
    whole_in(word, spaced).is_some()
}

/// The whole words of spaced text that together are `word`: `rk 61620 r` for `rk61620r`.
pub(crate) fn whole_in<'a>(word: &str, spaced: &'a str) -> Option<&'a str> {
    let starts = spaced.char_indices().zip(std::iter::once(' ').chain(spaced.chars()));
    starts
        .filter(|((_, c), before)| *c != ' ' && *before == ' ')
        .find_map(|((at, _), _)| {
            let mut rest = spaced[at..].chars();
            let stands = word
                .chars()
                .all(|wanted| rest.by_ref().find(|c| *c != ' ') == Some(wanted))
                && rest.clone().next().is_none_or(|next| next == ' ');
            stands.then(|| &spaced[at..spaced.len() - rest.as_str().len()])
        })
}

/// Normalised text as words joined by single spaces: what character grams are cut from.
pub(crate) fn spaced(normalised: &str, into: &mut String) {
    for c in normalised.chars() {
        if c.is_alphanumeric() {
            into.push(c);
        } else if !into.is_empty() && !into.ends_with(' ') && c != '\'' {
            into.push(' ');
        }
    }
    if !into.is_empty() && !into.ends_with(' ') {
        into.push(' ');
    }
}

/// 64-bit FNV-1a with a final mix. Word hashes are stored in snapshots, so the function may never change without a new
/// snapshot version.
pub(crate) fn stable_hash(text: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 29)
}

/// Letters of Cyrillic and Greek that look like Latin ones, as lists mix them within one code (`А10` for `A10`).
pub(crate) fn latin_lookalike(c: char) -> char {
    match c {
        'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'с' => 'c',
        'е' | 'ε' => 'e',
        'н' | 'η' => 'h',
        'к' | 'κ' => 'k',
        'м' | 'μ' => 'm',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'т' | 'τ' => 't',
        'у' | 'υ' => 'y',
        'х' | 'χ' => 'x',
        'і' | 'ι' => 'i',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_for_one_text() {
        assert_eq!(normalise("  Café\u{a0}CRÈME  ½ kg\n"), "cafe creme 1⁄2 kg");
        assert_eq!(normalise("Ｍ８ Größe Łódź"), "m8 grosse lodz");
        assert_eq!(normalise("Чайник ЁЖ 220В"), "чаиник еж 220в");
        assert_eq!(normalise("한국어 プロ"), "한국어 プロ");
        assert_eq!(normalise(""), "");
        assert_eq!(normalise(&"é".repeat(5_000)).len(), LONGEST);
    }

    #[test]
    fn grams_are_cut_from_words_with_one_space_between() {
        let mut text = String::new();
        spaced("sony ps-lx350h (belt)", &mut text);
        assert_eq!(text, "sony ps lx350h belt ");
        assert_eq!(compact("kdl-32 m4000"), "kdl32m4000");
        assert_eq!(compact("010-10723 03"), "010 10723 03");
    }

    #[test]
    fn a_number_is_found_whole_or_not_at_all() {
        assert!(stands_in("hf10", &compact("canon hf 10 black")));
        assert!(!stands_in("hf10", &compact("canon hf100")));
        assert!(!stands_in("10x", &compact("canon 110x")));
        assert!(stands_in("ko2601", &compact("tefal ko 2601 1,7 л")));
    }
}
