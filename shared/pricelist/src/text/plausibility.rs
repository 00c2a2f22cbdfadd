//! How much a decoded text looks like words: what tells encodings apart.

/// How much a text looks like words in a living script: from about -3 to 1, and more where it has a header's words.
pub(crate) fn plausibility(text: &str) -> f64 {
    let (mut score, mut counted) = (0.0, 0.0);
    let mut before = ' ';
    // Accented letters of Western Europe that stand in a row, and the last character that is no blank.
    let (mut accents, mut solid) = (0, ' ');
    let is_marked = |char: char| !char.is_ascii() && script(char) == Script::Latin;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        accents = if matches!(char, 'À'..='ÿ') { accents + 1 } else { 0 };
        if !char.is_ascii() {
            counted += if is_wide(char) { 2.0 } else { 1.0 };
            let next = chars.peek().copied().unwrap_or(' ');
            let is_lone = char.is_uppercase() && before == ' ' && !next.is_alphanumeric();
            score += match () {
                // No language of theirs has three, and hardly any other has three or ends a word with two, but every word of another script that is read as one of theirs does.
                () if accents > 2 => -1.5,
                () if is_marked(char) && is_marked(before) && (is_marked(next) || !next.is_alphabetic()) => -0.5,
                // "12 Ä": an amount has a sign after it, and no capital.
                () if is_lone && solid.is_numeric() && !matches!(char, 'А'..='Я') => -0.5,
                // One character of another script within a word of ours is a sign that was read as one.
                () if is_wide(char) && before.is_ascii_alphabetic() && next.is_ascii_alphabetic() => -1.5,
                () => weight(before, char),
            };
        } else if char.is_ascii_lowercase()
            && before.is_uppercase()
            && !before.is_ascii()
            && script(before) != Script::Latin
        {
            score -= 0.5;
        }
        before = char;
        if !char.is_whitespace() {
            solid = char;
        }
    }
    if counted == 0.0 {
        return 0.0;
    }
    let words: f64 = text
        .lines()
        .take(40)
        .flat_map(|line| line.split([',', ';', '\t', '|', '"']))
        .filter(|cell| !cell.is_ascii())
        .map(|cell| {
            if crate::dictionary::is_header_word(cell) {
                1.0
            } else {
                0.0
            }
        })
        .sum();
    score / counted + words.min(4.0) * 0.25 - mixed_languages(text)
}

/// What speaks against a reading with the letters of two languages that share an alphabet's code page: 0 to 0.25.
fn mixed_languages(text: &str) -> f64 {
    const POLISH: &str = "łŁęĘąĄ";
    const SOUTH_OF_POLAND: &str = "šŠžŽčČřŘěĚůŮ";
    /// Lithuanian has both.
    const LITHUANIAN: &str = "ėĖįĮųŲūŪ";
    let count = |letters: &str| text.chars().filter(|char| letters.contains(*char)).count();
    if count(LITHUANIAN) > 0 {
        return 0.0;
    }
    let (polish, other) = (count(POLISH), count(SOUTH_OF_POLAND));
    match polish + other {
        0 => 0.0,
        all => 0.5 * polish.min(other) as f64 / all as f64,
    }
}

pub(super) fn is_control(char: char) -> bool {
    matches!(char, '\0'..='\u{8}' | '\u{b}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}')
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Cyrillic,
    Greek,
    Hebrew,
    Arabic,
    Han,
    Kana,
    Hangul,
    Other,
}

fn script(char: char) -> Script {
    match char {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Script::Latin,
        '\u{370}'..='\u{3ff}' => Script::Greek,
        '\u{400}'..='\u{52f}' => Script::Cyrillic,
        '\u{590}'..='\u{5ff}' => Script::Hebrew,
        '\u{600}'..='\u{6ff}' => Script::Arabic,
        '\u{3040}'..='\u{30ff}' => Script::Kana,
        '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' => Script::Han,
        '\u{ac00}'..='\u{d7af}' => Script::Hangul,
        _ => Script::Other,
    }
}

fn is_wide(char: char) -> bool {
    matches!(script(char), Script::Han | Script::Kana | Script::Hangul)
}

/// What one non-ASCII character says for or against the reading, given the character before it.
fn weight(before: char, char: char) -> f64 {
    if char == '\u{fffd}' || is_control(char) {
        return -4.0;
    }
    if matches!(char, '\u{2500}'..='\u{25ff}' | '\u{e000}'..='\u{f8ff}') {
        return -2.0;
    }
    if !char.is_alphabetic() {
        // Marks that printed lists do use.
        return match char {
            '«' | '»' | '„' | '“' | '”' | '‘' | '’' | '´' | '–' | '—' | '€' | '£' | '№' | '°' | '\u{a0}' | '…'
            | '®' | '™' | '²' | '³' | '×' | '½' | '±' | 'º' | 'ª' => {
                if before.is_alphabetic() && matches!(char, '£' | '±' | '³' | '²' | '×' | '½' | '®' | '°' | '™')
                {
                    -0.4
                } else {
                    0.6
                }
            }
            _ if matches!(char, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}') => 0.8,
            _ => -0.8,
        };
    }
    let (left, right) = (script(before), script(char));
    // Inside a word the case falls or stays, and the script stays.
    let mut weight = match right {
        Script::Other => -0.5,
        Script::Han => 1.6,
        Script::Kana if matches!(char, '\u{ff66}'..='\u{ff9f}') => -0.5,
        Script::Kana | Script::Hangul => 1.8,
        _ => 1.0,
    };
    if before.is_alphabetic() {
        if left != right && !(is_wide(before) && is_wide(char)) {
            weight -= 2.0;
        }
        if before.is_lowercase() && char.is_uppercase() {
            weight -= 2.0;
        }
    }
    if right == Script::Latin && !COMMON_LATIN.contains(char) {
        weight -= 0.9;
    }
    if right == Script::Cyrillic
        && !matches!(char, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё' | 'і' | 'І' | 'ї' | 'Ї' | 'є' | 'Є' | 'ґ' | 'Ґ' | 'ў' | 'Ў' | 'ј' | 'љ' | 'њ' | 'ћ' | 'ђ' | 'џ' | 'Ј' | 'Љ' | 'Њ' | 'Ћ' | 'Ђ' | 'Џ' | 'ќ' | 'ѓ' | 'ѕ')
    {
        weight -= 1.0;
    }
    if right == Script::Cyrillic && matches!(char, 'о' | 'е' | 'а' | 'и' | 'н' | 'т' | 'с' | 'р') {
        weight += 0.15;
    }
    weight
}

/// Letters of European languages that a Latin-script price list is likely to hold.
const COMMON_LATIN: &str = "äöüßÄÖÜéèêëàâáíìîïóòôúùûçñÉÈÀÂÁÍÓÔÚÇÑãõÃÕåÅæÆøØąćęłńóśźżĄĆĘŁŃÓŚŹŻčďěňřšťůýžČĎĚŇŘŠŤŮÝŽľĽôĺŕőűŐŰăâîșțşţĂÂÎȘȚŞŢđĐğıİĞāēģīķļņūĀĒĢĪĶĻŅŪėįųĖĮŲœŒ";
