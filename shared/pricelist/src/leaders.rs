//! Lines whose dots lead from the name to the price, or whose dash or colon does: `Tea ........ 12.50`, `Haircut – £25`.

use crate::{
    Limits, ReadError,
    amount::{self, Reading},
    currency,
    grid::{Grid, GridBuilder},
};

/// So many such lines make a list of them.
const LEAST: usize = 3;
/// No list of this kind is longer.
const MOST_LINES: usize = 5_000;
/// Dots that lead.
const LEAST_DOTS: usize = 3;

/// The name and the price of a line.
fn part(line: &str) -> Option<(&str, &str)> {
    led_by_dots(line).or_else(|| led_by_mark(line))
}

/// The same where a dash or a colon stands between them. Only a currency tells a price there from other numbers.
fn led_by_mark(line: &str) -> Option<(&str, &str)> {
    const MARKS: [&str; 4] = [" - ", " – ", " — ", ": "];
    // A record of several fields.
    if line.contains([';', '\t', '|']) {
        return None;
    }
    let (at, mark) = MARKS.iter().filter_map(|mark| Some((line.rfind(mark)?, mark))).max()?;
    let (name, price) = (line.get(..at)?.trim(), line.get(at + mark.len()..)?.trim());
    let has_currency = currency::in_text(price).is_some() || currency::says_crowns(price);
    let is_price = has_currency && matches!(amount::read(price, None), Reading::Amount(_));
    (is_price && name.chars().any(char::is_alphabetic)).then_some((name, price))
}

fn led_by_dots(line: &str) -> Option<(&str, &str)> {
    let is_dot = |char: char| matches!(char, '.' | '·' | '…' | '_' | '‥');
    let line = line.trim();
    let dots = |char: char| if char == '…' { LEAST_DOTS } else { 1 };
    let mut run: Option<(usize, usize)> = None;
    for (at, char) in line.char_indices() {
        match (&mut run, is_dot(char)) {
            (Some((_, count)), true) => *count += dots(char),
            (None, true) => run = Some((at, dots(char))),
            (Some(_), false) if char == ' ' => {}
            (Some((start, count)), false) if *count >= LEAST_DOTS => {
                let (name, price) = (line.get(..*start)?.trim(), line.get(at..)?);
                let is_price = matches!(amount::read(price, None), Reading::Amount(_) | Reading::OnRequest);
                return (is_price && name.chars().any(char::is_alphabetic)).then_some((name, price));
            }
            (_, false) => run = None,
        }
    }
    None
}

/// A text whose lines are mostly such as a grid of names and prices.
pub(crate) fn of_text(text: &str, limits: &Limits) -> Option<Result<Grid, ReadError>> {
    let lines = || text.lines().take(MOST_LINES + 1);
    let filled = lines().filter(|line| !line.trim().is_empty()).count();
    let parted = lines().filter(|line| part(line).is_some()).count();
    let is_list = filled <= MOST_LINES && parted >= LEAST && parted * 2 >= filled;
    is_list.then(|| grid(lines(), limits))
}

/// A sheet of one column whose cells are mostly such as a grid of names and prices.
pub(crate) fn of_grid(grid: &Grid, limits: &Limits) -> Option<Result<Grid, ReadError>> {
    let lone = |row: usize| match grid
        .cells(row)
        .iter()
        .filter(|cell| !grid.is_blank(cell))
        .collect::<Vec<_>>()[..]
    {
        [cell] => Some(grid.shown(cell)),
        _ => None,
    };
    let rows = || 0..grid.height();
    if grid.height() > MOST_LINES || !grid.places.is_empty() {
        return None;
    }
    let parted = rows()
        .filter(|row| lone(*row).is_some_and(|text| part(&text).is_some()))
        .count();
    let filled = rows()
        .filter(|row| grid.cells(*row).iter().any(|cell| !grid.is_blank(cell)))
        .count();
    let is_list = parted >= LEAST && parted * 2 >= filled && rows().all(|row| grid.cells(row).len() <= 2);
    is_list.then(|| {
        let mut builder = GridBuilder::new(limits, 0);
        if let Some(name) = &grid.name {
            builder = builder.name(name.clone(), grid.visibility);
        }
        for row in rows() {
            let (number, hidden, outline) = grid
                .row(row)
                .map_or((0, false, 0), |row| (row.number, row.hidden, row.outline));
            builder.row(number, hidden, outline)?;
            match lone(row) {
                Some(text) => line(&mut builder, &text)?,
                None => {
                    for cell in grid.cells(row) {
                        builder.text(cell.column, &grid.shown(cell))?;
                    }
                }
            }
        }
        Ok(builder.finish())
    })
}

fn grid<'t>(lines: impl Iterator<Item = &'t str>, limits: &Limits) -> Result<Grid, ReadError> {
    let lines: Vec<&str> = lines.collect();
    let title = title(&lines);
    let mut builder = GridBuilder::new(limits, 0);
    for (number, text) in (0u32..).zip(&lines) {
        builder.row(number, false, 0)?;
        if Some(number as usize) != title {
            line(&mut builder, text)?;
        }
    }
    let mut grid = builder.finish();
    grid.notes
        .extend(title.and_then(|at| lines.get(at)).map(|title| title.trim().to_owned()));
    Ok(grid)
}

/// The line that is the list's title and heads no section: the first, with a blank line below it.
fn title(lines: &[&str]) -> Option<usize> {
    let is_blank = |at: usize| lines.get(at).is_some_and(|line| line.trim().is_empty());
    let first = (0..lines.len()).find(|at| !is_blank(*at))?;
    (part(lines.get(first)?).is_none() && is_blank(first + 1)).then_some(first)
}

fn line(builder: &mut GridBuilder<'_>, text: &str) -> Result<(), ReadError> {
    match part(text) {
        Some((name, price)) => {
            builder.text(0, name)?;
            builder.text(1, price)
        }
        None if text.trim().is_empty() => Ok(()),
        None => builder.text(0, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_lead_to_a_price() {
        assert_eq!(part("Tea ........ 12.50"), Some(("Tea", "12.50")));
        assert_eq!(
            part("Reifenwechsel (4 Räder) … 35,00 €"),
            Some(("Reifenwechsel (4 Räder)", "35,00 €"))
        );
        assert_eq!(
            part("Eau min. 50 cl . . . . 3,50 €"),
            Some(("Eau min. 50 cl", "3,50 €"))
        );
        assert_eq!(
            part("Lawn mowing - £18 per hour"),
            Some(("Lawn mowing", "£18 per hour"))
        );
        assert_eq!(part("Färben: ab 45,00 €"), Some(("Färben", "ab 45,00 €")));
        assert_eq!(part("Стрижка — от 800 руб."), Some(("Стрижка", "от 800 руб.")));
        for line in [
            "Open: 10.00",
            "Call us - 01234 567890",
            "A-1;Tea - black;12 €",
            "Tea: 12.50",
        ] {
            assert_eq!(part(line), None, "{line}");
        }
        for line in ["Tea 12.50", "Tea ... and more", "........ 12.50", "U.S.A. 12.50"] {
            assert_eq!(part(line), None, "{line}");
        }
    }
}
