//! What tells two texts apart, word by word.

use std::collections::HashSet;

/// A stretch of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    /// Whether it is a word that the other text does not have.
    pub(crate) differs: bool,
}

/// `text` with the words that `other` does not have. Case, and whether a number has a point or a comma, make no difference;
/// `450g` has the words of `450 g`.
pub(crate) fn differences(text: &str, other: &str) -> Vec<Piece> {
    let known: HashSet<String> = tokens(other)
        .filter(|token| token.is_word)
        .map(|token| folded(token.text))
        .collect();
    let mut pieces: Vec<Piece> = Vec::new();
    for token in tokens(text) {
        let differs = token.is_word && !known.contains(&folded(token.text));
        match pieces.last_mut() {
            Some(last) if last.differs == differs => last.text.push_str(token.text),
            // Spaces between two words that differ belong to what is marked.
            _ => pieces.push(Piece {
                text: token.text.to_owned(),
                differs,
            }),
        }
    }
    joined(pieces)
}

/// The words of `text` that `other` does not have, in one line; empty when there is none.
pub(crate) fn only_in(text: &str, other: &str) -> String {
    let words = differences(text, other).into_iter().filter(|piece| piece.differs);
    words.map(|piece| piece.text).collect::<Vec<_>>().join(", ")
}

/// Two marked pieces with nothing but a space between them are one.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut all: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match all.as_mut_slice() {
            [.., before, space] if piece.differs && before.differs && space.text.trim().is_empty() => {
                before.text.push_str(&space.text);
                before.text.push_str(&piece.text);
                all.pop();
            }
            _ => all.push(piece),
        }
    }
    all
}

struct Token<'t> {
    text: &'t str,
    is_word: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Digit,
    Letter,
    Other,
}

/// Numbers, words, and what stands between them.
fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let class = class_of(first);
        let end = rest
            .char_indices()
            .skip(1)
            .find(|(at, c)| !goes_on(class, rest, *at, *c))
            .map_or(rest.len(), |(at, _)| at);
        let (token, after) = rest.split_at(end);
        rest = after;
        Some(Token {
            text: token,
            is_word: class != Class::Other,
        })
    })
}

fn class_of(c: char) -> Class {
    match c {
        c if c.is_ascii_digit() => Class::Digit,
        c if c.is_alphanumeric() => Class::Letter,
        _ => Class::Other,
    }
}

/// A point or comma between two digits is part of the number.
fn goes_on(class: Class, text: &str, at: usize, c: char) -> bool {
    match class {
        Class::Digit if c == '.' || c == ',' => {
            let next = text.get(at..).and_then(|rest| rest.chars().nth(1));
            next.is_some_and(|next| next.is_ascii_digit())
        }
        _ => class_of(c) == class,
    }
}

/// `0,50` is `0.5`.
fn folded(word: &str) -> String {
    let word = word.to_lowercase().replace(',', ".");
    match word.contains('.') {
        true => word.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => word,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marked(text: &str, other: &str) -> String {
        let piece = |piece: Piece| match piece.differs {
            true => format!("[{}]", piece.text),
            false => piece.text,
        };
        differences(text, other).into_iter().map(piece).collect()
    }

    #[test]
    fn words_and_numbers_that_differ_are_marked() {
        assert_eq!(marked("Claw hammer 450 g", "Claw Hammer 500 g"), "Claw hammer [450] g");
        assert_eq!(marked("Молоток 450г", "молоток 450 г"), "Молоток 450г");
        assert_eq!(marked("Milk 0,50 l", "Milk 0.5 l"), "Milk 0,50 l");
        assert_eq!(
            marked("Tea (black), 2 x 50", "Tea, green, 2x50"),
            "Tea ([black]), 2 x 50"
        );
    }

    #[test]
    fn neighbours_are_marked_as_one() {
        assert_eq!(
            marked("Hammer with fibre handle", "Hammer"),
            "Hammer [with fibre handle]"
        );
        assert_eq!(only_in("Hammer 450 g, red", "Hammer"), "450 g, red");
        assert_eq!(only_in("Hammer", "hammer"), "");
    }

    proptest! {
        #[test]
        fn nothing_of_the_text_is_lost(text in ".{0,40}", other in ".{0,40}") {
            let told: String = differences(&text, &other).into_iter().map(|piece| piece.text).collect();
            prop_assert_eq!(told, text);
        }

        #[test]
        fn a_text_does_not_differ_from_itself(text in ".{0,40}") {
            prop_assert!(differences(&text, &text).iter().all(|piece| !piece.differs));
        }
    }
}
