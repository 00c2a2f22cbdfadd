//! A text cut into words, each with what it is: an ordinary word, a model code, a number, a quantity with its unit, a
//! colour or a word that names a variant.

use crate::{
    chunks::{Chunk, chunks},
    lists,
    quantity::{self, Quantity},
    text::latin_lookalike,
};

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// Nothing particular.
    Word,
    /// Letters and digits together, or five digits and more: names one model.
    Code,
    /// Up to four digits, a decimal, or a letter or two with a digit (`s8`, `cs3`): tells models of a series apart.
    Number,
    /// A number with its unit, in the dimension's base unit.
    Quantity(Quantity),
    /// A colour; equal numbers are the same colour in different languages.
    Colour(u8),
    /// A word that tells variants of one product apart (`pro`, `upgrade`, `mini`).
    Variant(u8),
}

/// A word and its kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Word {
    /// The canonical spelling: codes without punctuation, quantities in their base unit.
    pub(crate) text: String,
    pub(crate) kind: Kind,
}

/// The words of normalised text, in order, repeats included.
pub(crate) fn words(normalised: &str) -> Vec<Word> {
    let chunks = chunks(normalised);
    let mut words = Vec::with_capacity(chunks.len() + 2);
    let mut at = 0;
    while at < chunks.len() {
        // A range: `18-55mm` is 18, and 55 mm.
        if let Some((from, to)) = chunks[at].text.split_once('-')
            && let Some(start) = quantity::number(from)
            && let Some((end, 1)) = quantity::read(&[Chunk { text: to, ..chunks[at] }])
        {
            words.push(number_word(from, start));
            words.push(Word {
                text: end.canonical(),
                kind: Kind::Quantity(end),
            });
            at += 1;
            continue;
        }
        if let Some(product) = quantity::product(&chunks[at..])
            && push_product(&product, &mut words)
        {
            at += product.used;
            continue;
        }
        if let Some(year) = chunks[at].shortened_year() {
            words.push(number_word(&year.to_string(), f64::from(year)));
            at += 1;
            continue;
        }
        if let Some((quantity, used)) = quantity::read(&chunks[at..]) {
            words.push(Word {
                text: quantity.canonical(),
                kind: Kind::Quantity(quantity),
            });
            at += used;
            continue;
        }
        push_chunk(chunks[at].text, &mut words);
        at += 1;
    }
    words
}

/// Measures joined by `x` as words: how many of what (`6x1kg`), or a size in one word; false for what is neither.
fn push_product(product: &quantity::Product, words: &mut Vec<Word>) -> bool {
    if let Some(measure) = product.measure {
        let [count, _] = product.factors[..] else { return false };
        let Some(count) = quantity::counted(count).filter(|_| product.thread.is_empty()) else {
            return false;
        };
        words.extend([count, measure].map(|quantity| Word {
            text: quantity.canonical(),
            kind: Kind::Quantity(quantity),
        }));
        return true;
    }
    let sides: Vec<String> = product
        .factors
        .iter()
        .map(|side| quantity::decimal_text(*side))
        .collect();
    let text = format!("{}{}", product.thread, sides.join("x"));
    let kind = if product.thread.is_empty() {
        Kind::Number
    } else {
        Kind::Code
    };
    words.push(Word { text, kind });
    true
}

fn push_chunk(chunk: &str, words: &mut Vec<Word>) {
    let is_inner = |c: char| !c.is_alphanumeric();
    let chunk = without_version_mark(chunk);
    let digits = chunk.chars().filter(char::is_ascii_digit).count();
    let letters = chunk.chars().filter(|c| c.is_alphabetic()).count();
    if digits > 0 && is_standard(chunk) {
        words.push(Word {
            text: chunk.chars().filter(|c| !is_inner(*c)).collect(),
            kind: Kind::Word,
        });
        return;
    }
    if digits > 0 && letters == 0 {
        if let Some(number) = quantity::number(chunk) {
            words.push(number_word(chunk, number));
            return;
        }
        if chunk.contains('-') && digits >= 6 {
            words.push(Word {
                text: chunk.chars().filter(|c| !is_inner(*c)).collect(),
                kind: Kind::Code,
            });
            return;
        }
    } else if digits > 0 && looks_like_code(chunk, digits, letters) {
        let code = chunk.chars().filter(|c| !is_inner(*c)).map(latin_lookalike).collect();
        words.push(Word {
            text: code,
            kind: Kind::Code,
        });
        return;
    }
    for part in chunk.split(is_inner).filter(|part| !part.is_empty()) {
        if let Some(number) = quantity::number(part) {
            words.push(number_word(part, number));
        } else {
            words.push(Word {
                text: part.to_owned(),
                kind: plain_kind(part),
            });
        }
    }
}

fn number_word(text: &str, value: f64) -> Word {
    if text.len() >= 5 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Word {
            text: text.to_owned(),
            kind: Kind::Code,
        }
    } else {
        Word {
            text: quantity::decimal_text(value),
            kind: Kind::Number,
        }
    }
}

fn plain_kind(word: &str) -> Kind {
    if word.contains(|c: char| c.is_ascii_digit()) && !is_ordinal(word) && !is_dimensions(word) && !is_standard(word) {
        return Kind::Number;
    }
    lists::colour(word)
        .map(Kind::Colour)
        .or_else(|| lists::variant(word).map(Kind::Variant))
        .unwrap_or(Kind::Word)
}

/// `v11`, `v.11`, `ver2.0`: the number counts.
fn without_version_mark(chunk: &str) -> &str {
    let number = ["ver.", "ver", "v.", "v"]
        .iter()
        .find_map(|mark| chunk.strip_prefix(mark));
    number
        .filter(|number| quantity::number(number).is_some())
        .unwrap_or(chunk)
}

/// Names of standards and formats have letters and digits too, but name no model.
fn is_standard(word: &str) -> bool {
    let resolution = word.strip_suffix(['p', 'i', 'k']).is_some_and(|lines| {
        matches!(
            lines,
            "240" | "360" | "480" | "576" | "720" | "1080" | "1440" | "2160" | "2" | "4" | "5" | "8"
        )
    });
    resolution
        || word.starts_with("802.11")
        || matches!(
            word,
            "mp3"
                | "mp4"
                | "mpeg2"
                | "mpeg4"
                | "h264"
                | "h.264"
                | "h265"
                | "h.265"
                | "ddr"
                | "ddr2"
                | "ddr3"
                | "ddr4"
                | "ddr5"
                | "cat5"
                | "cat5e"
                | "cat6"
                | "cat6a"
                | "usb2"
                | "usb3"
                | "usb2.0"
                | "usb3.0"
                | "ip44"
                | "ip54"
                | "ip65"
                | "ip66"
                | "ip67"
                | "ip68"
                | "2.4ghz"
                | "3d"
                | "2d"
                | "5.1ch"
                | "7.1ch"
                | "2way"
                | "2-way"
                | "3-way"
                | "gps2"
                | "win98"
                | "win95"
                | "win2k"
                | "w2k"
        )
}

/// Letters and digits together, three characters and two digits or four characters and more; not `1st`, `10x15`, or two words around a slash
/// (`win98/mac`) of which neither alone is a code.
fn looks_like_code(chunk: &str, digits: usize, letters: usize) -> bool {
    if digits + letters < 3 || (digits + letters == 3 && digits < 2) || is_ordinal(chunk) || is_dimensions(chunk) {
        return false;
    }
    if chunk.contains('/') && letters > digits {
        let longest = chunk.split('/').map(str::len).max().unwrap_or(0);
        return longest * 2 > chunk.len() && chunk.split('/').any(|part| part.len() >= 5 && mixes(part));
    }
    // `pre-2007`, `studio-11`: a word and a number are a code only when the word is short.
    match chunk.split_once('-') {
        Some((head, tail)) if !mixes(head) && !mixes(tail) && !tail.contains('-') => {
            let word = if head.starts_with(|c: char| c.is_alphabetic()) {
                head
            } else {
                tail
            };
            word.chars().count() <= 4
        }
        _ => true,
    }
}

fn mixes(part: &str) -> bool {
    part.contains(|c: char| c.is_ascii_digit()) && part.contains(char::is_alphabetic)
}

fn is_ordinal(chunk: &str) -> bool {
    ["st", "nd", "rd", "th"].iter().any(|ending| {
        chunk
            .strip_suffix(ending)
            .is_some_and(|head| head.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

fn is_dimensions(chunk: &str) -> bool {
    let mut parts = chunk.split('x');
    parts.clone().count() > 1
        && parts.all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normalise;

    fn told(text: &str) -> Vec<String> {
        words(&normalise(text))
            .into_iter()
            .map(|word| match word.kind {
                Kind::Word => word.text,
                Kind::Code => format!("code:{}", word.text),
                Kind::Number => format!("number:{}", word.text),
                Kind::Quantity(_) => format!("quantity:{}", word.text),
                Kind::Colour(_) => format!("colour:{}", word.text),
                Kind::Variant(_) => format!("variant:{}", word.text),
            })
            .collect()
    }

    #[test]
    fn codes_lose_their_punctuation() {
        assert_eq!(told("Sony KDL-32M4000 TV"), ["sony", "code:kdl32m4000", "tv"]);
        assert_eq!(told("A5K-02817 / 231319-B26"), ["code:a5k02817", "code:231319b26"]);
        assert_eq!(told("Фильтр А10К-5 65210"), ["фильтр", "code:a10k5", "code:65210"]);
        assert_eq!(
            told("win/mac 1st ed. studio-11"),
            ["variant:win", "variant:mac", "1st", "ed", "studio", "number:11"]
        );
    }

    #[test]
    fn quantities_are_in_their_base_unit() {
        assert_eq!(told("Cola 0,5 L"), ["cola", "quantity:500ml"]);
        assert_eq!(told("Cola 500ml"), ["cola", "quantity:500ml"]);
        assert_eq!(told("EF-S 18-55mm"), ["ef", "s", "number:18", "quantity:55mm"]);
        assert_eq!(told("iPhone 64 GB black"), ["iphone", "quantity:64gb", "colour:black"]);
        assert_eq!(told("TV 32\" LCD"), ["tv", "quantity:813mm", "lcd"]);
        assert_eq!(told("Water 6 x 330 ml"), ["water", "quantity:6pc", "quantity:330ml"]);
        assert_eq!(told("Pack of 6 batteries"), ["quantity:6pc", "batteries"]);
        assert_eq!(told("Flour 6x1kg"), ["flour", "quantity:6pc", "quantity:1000g"]);
        assert_eq!(told("Flour 1 kg x 6"), ["flour", "quantity:1000g", "quantity:6pc"]);
        assert_eq!(told("Flour 1kg x6"), ["flour", "quantity:1000g", "quantity:6pc"]);
        assert_eq!(told("Screws VPE 500"), ["screws", "quantity:500pc"]);
        assert_eq!(told("Screws 500 St."), ["screws", "quantity:500pc"]);
        assert_eq!(told("Tea 25bags x 10"), ["tea", "quantity:25portions", "quantity:10pc"]);
        assert_eq!(
            told("Чайник 1,7 л 2200 Вт"),
            ["чаиник", "quantity:1700ml", "quantity:2200w"]
        );
    }

    #[test]
    fn sizes_are_one_word_however_they_are_spaced() {
        for size in ["M10x30", "M10 x 30mm", "m10 X 30 mm", "M10×30", "M10x 30"] {
            assert_eq!(told(size), ["code:m10x30"], "{size}");
        }
        for size in ["50x100", "50 x 100 cm", "50 x100cm", "50×100 cm", "50x100cm"] {
            assert_eq!(told(size), ["number:50x100"], "{size}");
        }
        assert_eq!(told("3,5x40 mm screw"), ["number:3.5x40", "screw"]);
        assert_eq!(told("10x20x30"), ["number:10x20x30"]);
        assert_eq!(told("lens 10x zoom"), ["lens", "code:10x", "zoom"]);
    }

    #[test]
    fn a_year_may_lack_its_century() {
        assert_eq!(told("Rioja '17 0.75 l"), ["rioja", "number:2017", "quantity:750ml"]);
        assert_eq!(told("Barolo '98"), ["barolo", "number:1998"]);
        assert_eq!(told("19' rack 17\""), ["quantity:483mm", "rack", "quantity:432mm"]);
    }
}
