//! Amounts with a decimal comma that stand unquoted between commas: `A-1,Hammer,12,50,pcs` below `Code,Name,Price,Unit`. Such
//! records have a field more than the header for each amount.

use crate::{dictionary, rest_of_text::WINDOW};

/// Longer texts come from programs, which quote, and are read in parts.
const LONGEST: usize = WINDOW - 1;
/// Lines looked at for a header.
const LINES: usize = 40;
/// Lines below it among which one has to be too long.
const SAMPLE: usize = 200;
/// Records that have to be cut before any is mended.
const FEWEST: usize = 3;
/// More amounts than these are not sought in a record.
const MOST_AMOUNTS: usize = 3;
const MOST_FIELDS: usize = 40;

/// The text with its cut amounts put together and quoted; none where there are none, or where they may be several columns'.
pub(crate) fn mended(text: &str) -> Option<String> {
    if text.len() > LONGEST || text.contains('"') {
        return None;
    }
    let (at, header) = text
        .lines()
        .enumerate()
        .take(LINES)
        .find(|(_, line)| heads_prices(line))?;
    let width = header.split(',').count();
    let is_longer = |line: &str| line.matches(',').count() >= width;
    if !text.lines().skip(at + 1).take(SAMPLE).any(is_longer) {
        return None;
    }
    let records: Vec<Vec<&str>> = text
        .lines()
        .skip(at + 1)
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.split(',').collect())
        .collect();
    let longest = records.iter().map(Vec::len).max()?;
    let amounts = longest
        .checked_sub(width)
        .filter(|more| (1..=MOST_AMOUNTS).contains(more))?;
    let cut: Vec<&Vec<&str>> = records.iter().filter(|record| record.len() == longest).collect();
    let whole = records.iter().filter(|record| record.len() == width).count();
    // What else there is are sections and notes, which have fewer fields.
    let others = records
        .iter()
        .filter(|record| record.len() > width && record.len() < longest)
        .count();
    if width > MOST_FIELDS || cut.len() < FEWEST || cut.len() < whole || others > 0 {
        return None;
    }
    let columns = columns_of_amounts(header, amounts, &cut)?;
    let mut mended = String::with_capacity(text.len() + 2 * amounts * records.len());
    for (number, line) in text.lines().enumerate() {
        let fields: Vec<&str> = line.split(',').collect();
        match number > at && fields.len() == longest {
            true => put_together(&fields, &columns, &mut mended),
            false => mended.push_str(line),
        }
        mended.push('\n');
    }
    Some(mended)
}

/// Whether a line is a header with a price and no number.
fn heads_prices(line: &str) -> bool {
    let fields: Vec<&str> = line.split(',').collect();
    let is_number = |field: &&str| field.trim().starts_with(|char: char| char.is_ascii_digit());
    fields.len() >= 2 && !fields.iter().any(is_number) && fields.iter().any(|field| is_price(field))
}

fn is_price(header: &str) -> bool {
    dictionary::roles(header)
        .first()
        .is_some_and(|(role, weight)| role.is_price() && *weight >= 0.6)
}

/// The header's columns whose amounts are cut in all records, prices before others; none where other columns would do as well.
fn columns_of_amounts(header: &str, amounts: usize, cut: &[&Vec<&str>]) -> Option<Vec<usize>> {
    let headers: Vec<&str> = header.split(',').collect();
    // Whether a column is cut in all records where so many before it are.
    let is_cut = |column: usize, before: usize| {
        cut.iter().all(|record| {
            let field = |at: usize| record.get(at).copied().unwrap_or_default();
            is_whole(field(column + before)) && is_decimals(field(column + before + 1))
        })
    };
    let mut found: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..amounts {
        found = found
            .into_iter()
            .flat_map(|chosen| {
                let (first, before) = (chosen.last().map_or(0, |last| last + 1), chosen.len());
                let next = (first..headers.len()).filter(move |column| is_cut(*column, before));
                next.map(move |column| [chosen.as_slice(), &[column]].concat())
                    .collect::<Vec<_>>()
            })
            .collect();
    }
    let prices = |chosen: &[usize]| {
        chosen
            .iter()
            .filter(|at| headers.get(**at).is_some_and(|it| is_price(it)))
            .count()
    };
    let most = found
        .iter()
        .map(|chosen| prices(chosen))
        .max()
        .filter(|most| *most > 0)?;
    let mut best = found.into_iter().filter(|chosen| prices(chosen) == most);
    let first = best.next()?;
    best.next().is_none().then_some(first)
}

fn is_whole(field: &str) -> bool {
    let field = field.trim();
    (1..=7).contains(&field.len()) && field.bytes().all(|byte| byte.is_ascii_digit())
}

/// The last of a cut amount is two digits, perhaps before a currency: `50 zł`.
fn is_decimals(field: &str) -> bool {
    let field = field.trim();
    let digits = field.bytes().take_while(u8::is_ascii_digit).count();
    let rest = field.get(digits..).unwrap_or_default().trim();
    digits == 2 && (rest.is_empty() || crate::currency::exactly(rest).is_some())
}

fn put_together(fields: &[&str], columns: &[usize], line: &mut String) {
    let (mut at, mut column) = (0, 0);
    while let Some(field) = fields.get(at) {
        if at > 0 {
            line.push(',');
        }
        match fields.get(at + 1).filter(|_| columns.contains(&column)) {
            Some(decimals) => {
                line.extend(["\"", field.trim(), ",", decimals.trim(), "\""]);
                at += 2;
            }
            None => {
                line.push_str(field);
                at += 1;
            }
        }
        column += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_amounts_are_put_together() {
        assert_eq!(
            mended("Hammer & Sons\nCode,Name,Price,Unit\nA1,Hammer,12,50,pcs\nA2,Nail 3 mm,0,10,pcs\nA3,Saw,9,pcs\nTools\nA4,Plane,31,00,pcs\n").as_deref(),
            Some("Hammer & Sons\nCode,Name,Price,Unit\nA1,Hammer,\"12,50\",pcs\nA2,Nail 3 mm,\"0,10\",pcs\nA3,Saw,9,pcs\nTools\nA4,Plane,\"31,00\",pcs\n")
        );
        assert_eq!(
            mended("Kod,Nazwa,Cena netto,Cena brutto\nA1,Młotek,10,00,12,30\nA2,Piła,8,50,10,46\nA3,Hak,1,20,1,48\n")
                .as_deref(),
            Some(
                "Kod,Nazwa,Cena netto,Cena brutto\nA1,Młotek,\"10,00\",\"12,30\"\nA2,Piła,\"8,50\",\"10,46\"\nA3,Hak,\"1,20\",\"1,48\"\n"
            )
        );
    }

    #[test]
    fn what_may_be_otherwise_stays() {
        for text in [
            // A field too many behind.
            "Code,Name,Price\nA1,Hammer,12.50,\nA2,Nail,0.10,\nA3,Saw,9.00,\n",
            // Quoted by a program.
            "Code,Name,Price\nA1,\"Hammer, big\",12,50\nA2,Nail,0,10\nA3,Saw,9,00\n",
            // A quantity without a header.
            "Code,Price\nA1,12,500\nA2,10,500\nA3,9,250\n",
            // Two columns may be the price.
            "Price,Price\n1,10,20\n2,20,30\n3,30,40\n",
            "",
        ] {
            assert_eq!(mended(text), None, "{text}");
        }
    }
}
