//! Lists without columns: lines of text that end in an amount, set off by a dash, dots or a currency.

use crate::columns::{Gap, PhraseLine};
use crate::geometry::BBox;
use crate::page::{PageTable, box_around};
use crate::rows::is_amount;
use crate::table::{Cell, CellLine, Method};
use crate::words::Word;

/// Fewer such lines are chance.
const MIN_ITEMS: usize = 3;
/// Longer lines between the items are not headings.
const MAX_HEADING_WORDS: usize = 9;
/// Headings above the first item that are kept: the name of a product is often spread over them.
const MAX_HEADINGS_ABOVE: usize = 3;

/// Finds lists among the lines that belong to no other table.
pub(crate) fn find(lines: &[PhraseLine]) -> Vec<PageTable> {
    let parsed: Vec<Option<(Vec<Word>, Vec<Word>)>> = lines.iter().map(part).collect();
    let items = parsed.iter().filter(|item| item.is_some()).count();
    let (Some(first), Some(last)) = (
        parsed.iter().position(Option::is_some),
        parsed.iter().rposition(Option::is_some),
    ) else {
        return Vec::new();
    };
    let is_heading = |index: usize| lines[index].words().count() <= MAX_HEADING_WORDS;
    let between = (first..=last).filter(|&i| parsed[i].is_none()).count();
    if items < MIN_ITEMS || between > items {
        return Vec::new();
    }
    let above = (0..first)
        .rev()
        .take(MAX_HEADINGS_ABOVE)
        .take_while(|&i| is_heading(i))
        .count();
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut open: Option<Vec<CellLine>> = None;
    for index in first - above..=last {
        match &parsed[index] {
            Some((name, amount)) => {
                let mut parts = open.take().unwrap_or_default();
                parts.push(CellLine::from_words(name));
                rows.push(vec![
                    Cell::from_lines(&parts),
                    Cell::from_lines(&[CellLine::from_words(amount)]),
                ]);
            }
            None => {
                let words: Vec<Word> = lines[index].words().cloned().collect();
                if words.iter().all(|word| is_currency(&word.text)) {
                    // The amount's currency did not fit on its line.
                    append(&mut rows, &words);
                    continue;
                }
                if let Some(parts) = open.take() {
                    rows.push(vec![Cell::from_lines(&parts), Cell::default()]);
                }
                if begins_item(&words) {
                    // An item over two lines: its amount is still to come.
                    open = Some(vec![CellLine::from_words(without_bullet(&words))]);
                } else if is_heading(index) {
                    rows.push(vec![Cell::from_lines(&[CellLine::from_words(&words)]), Cell::default()]);
                }
            }
        }
    }
    let bbox = box_around(&lines[first - above..=last]);
    let gap = amount_gap(&rows, bbox);
    vec![PageTable {
        bbox,
        method: Method::List,
        gaps: vec![gap],
        rows,
        caption: None,
    }]
}

/// Appends words to the amount of the last row.
fn append(rows: &mut [Vec<Cell>], words: &[Word]) {
    if let Some(amount) = rows
        .last_mut()
        .and_then(|row| row.last_mut())
        .filter(|cell| !cell.text.is_empty())
    {
        let more = CellLine::from_words(words);
        amount.text.push(' ');
        amount.text.push_str(&more.text);
        amount.bbox = amount.bbox.map(|bbox| bbox.union(more.bbox));
    }
}

fn amount_gap(rows: &[Vec<Cell>], bbox: BBox) -> Gap {
    let start = rows
        .iter()
        .filter_map(|row| row[1].bbox)
        .map(|b| b.x0)
        .fold(bbox.x1, f32::min);
    Gap {
        from: start.min(bbox.x1),
        to: start.max(bbox.x0),
    }
}

fn begins_item(words: &[Word]) -> bool {
    words.len() > 1 && words.first().is_some_and(|word| is_bullet(&word.text))
}

pub(crate) fn is_bullet(text: &str) -> bool {
    matches!(
        text,
        "-" | "–" | "—" | "•" | "·" | "*" | "►" | "▪" | "■" | "●" | "○" | "◦" | "" | "+" | "✓"
    )
}

fn without_bullet(words: &[Word]) -> &[Word] {
    match words {
        [bullet, rest @ ..] if !rest.is_empty() && is_bullet(&bullet.text) => rest,
        _ => words,
    }
}

/// Parts a line into its text and the amount at its end. `None` if it has none that is set off.
fn part(line: &PhraseLine) -> Option<(Vec<Word>, Vec<Word>)> {
    let words: Vec<Word> = line.words().cloned().collect();
    let end = words.len();
    let mut start = end;
    let mut with_currency = false;
    // After the number: a currency or unit, of two words at most.
    while start > 0 && end - start < 2 && is_unit(&words[start - 1].text) {
        with_currency |= is_currency(&words[start - 1].text);
        start -= 1;
    }
    let number_end = start;
    while start > 0 && is_number(&words[start - 1].text) {
        let more = number_end - start;
        // Groups of three digits belong together; anything else is another number.
        if more > 0 && !is_group(&words[start].text) {
            break;
        }
        with_currency |= words[start - 1].text.chars().any(is_currency_sign);
        start -= 1;
    }
    if start == number_end {
        return None;
    }
    if start > 0 && is_currency(&words[start - 1].text) {
        with_currency = true;
        start -= 1;
    }
    let mut name_end = start;
    let mut set_off = with_currency;
    while name_end > 0
        && (is_bullet(&words[name_end - 1].text) || matches!(words[name_end - 1].text.as_str(), ":" | "="))
    {
        set_off = true;
        name_end -= 1;
    }
    set_off |= words
        .get(name_end.wrapping_sub(1))
        .is_some_and(|word| word.text.ends_with(':'));
    let name = without_bullet(&words[..name_end]).to_vec();
    let gap = name
        .last()
        .zip(words.get(start))
        .is_some_and(|(last, amount)| amount.bbox.x0 - last.bbox.x1 > 1.0 * amount.size && name_end == start);
    let says_something = name.iter().any(|word| word.text.chars().any(char::is_alphanumeric));
    ((set_off || gap) && says_something).then(|| (name, words[start..].to_vec()))
}

fn is_number(text: &str) -> bool {
    is_amount(text) && text.chars().any(|c| c.is_ascii_digit()) && !text.contains(['x', 'х', '×', '/', '%'])
}

fn is_group(text: &str) -> bool {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    digits == 3
        && text
            .chars()
            .skip(3)
            .all(|c| matches!(c, '.' | ',' | '-') || c.is_ascii_digit())
}

fn is_currency_sign(c: char) -> bool {
    matches!(
        c,
        '$' | '€' | '£' | '¥' | '₽' | '₴' | '₸' | '₹' | '₺' | '₩' | '₪' | '฿' | '₫' | '₦'
    )
}

/// Signs and common short names of currencies.
fn is_currency(text: &str) -> bool {
    let plain: String = text
        .chars()
        .filter(|c| c.is_alphabetic())
        .flat_map(char::to_lowercase)
        .collect();
    text.chars().any(is_currency_sign)
        || matches!(
            plain.as_str(),
            "руб"
                | "р"
                | "грн"
                | "тг"
                | "сом"
                | "zł"
                | "zl"
                | "kč"
                | "kc"
                | "лв"
                | "lei"
                | "ft"
                | "kr"
                | "usd"
                | "eur"
                | "gbp"
                | "chf"
                | "pln"
                | "czk"
                | "rub"
                | "uah"
                | "kzt"
                | "byn"
                | "brl"
                | "mxn"
                | "inr"
                | "try"
                | "tl"
                | "sek"
                | "nok"
                | "dkk"
                | "ron"
                | "huf"
                | "bgn"
        )
}

/// A short word that may follow a number: a currency, a unit, "each".
fn is_unit(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    is_currency(text) || ((1..=4).contains(&letters) && !text.chars().any(|c| c.is_ascii_digit()) && text.contains('/'))
}
