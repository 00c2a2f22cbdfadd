//! The shapes of a column's cells.

mod fit;

use std::collections::HashSet;

use crate::{
    amount::{self, DecimalMark, Reading},
    availability, currency,
    grid::{Grid, Value},
    remembered::Shape,
    structure::Table,
    unit,
};

/// Where the count of rows may start: some lists go on from the page before.
const HIGHEST_START: i64 = 99;

/// Rows looked at, spread over the table.
const SAMPLE: usize = 1_500;

/// Counts over the sampled rows of a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Profile {
    pub(crate) column: u32,
    /// Rows that have at least two cells.
    pub(crate) rows: usize,
    pub(crate) filled: usize,
    amounts: usize,
    native_numbers: usize,
    integers: usize,
    fractions: usize,
    zeros: usize,
    negatives: usize,
    small_integers: usize,
    /// 1, 10, 100, 1000.
    powers_of_ten: usize,
    with_currency: usize,
    on_request: usize,
    /// How many of its values differ.
    pub(crate) distinct: usize,
    characters: usize,
    word_count: usize,
    with_letters: usize,
    with_a_letter: usize,
    without_blanks: usize,
    code_like: usize,
    long_digits: usize,
    gtins: usize,
    unit_words: usize,
    units: usize,
    stock_words: usize,
    currency_codes: usize,
    links: usize,
    steps_of_one: usize,
    /// The first whole number of the column.
    first_number: i64,
    with_digit: usize,
    only_digits: usize,
    /// Amounts such as `8,568`: one group of three after a comma or a point.
    grouped_by_comma: usize,
    grouped_by_point: usize,
    /// Of those, the ones that end in `00`.
    round_groups: usize,
    /// Amounts written with one or two decimals, `22.00` among them.
    with_decimals: usize,
    /// Whole amounts from a thousand on that end in `00`.
    round_thousands: usize,
    /// Amounts written without any mark.
    unmarked: usize,
    is_date: usize,
    pub(crate) mark: Option<DecimalMark>,
    pub(crate) median: f64,
}

impl Profile {
    fn share(&self, count: usize) -> f64 {
        if self.filled == 0 {
            0.0
        } else {
            count as f64 / self.filled as f64
        }
    }

    /// The share of rows that have a value.
    pub(crate) fn fill(&self) -> f64 {
        if self.rows == 0 {
            0.0
        } else {
            (self.filled as f64 / self.rows as f64).min(1.0)
        }
    }

    pub(crate) fn distinct_share(&self) -> f64 {
        self.share(self.distinct)
    }

    pub(crate) fn letters_share(&self) -> f64 {
        self.share(self.with_letters)
    }

    pub(crate) fn gtin_share(&self) -> f64 {
        self.share(self.gtins)
    }

    /// The share of cells with a digit.
    pub(crate) fn with_digit_share(&self) -> f64 {
        self.share(self.with_digit)
    }

    /// The share of cells that are but digits.
    pub(crate) fn digits_share(&self) -> f64 {
        self.share(self.only_digits)
    }

    /// The decimal mark of a column whose every amount is like `8,568`: three decimals where the currency's country
    /// writes its decimals so, the amounts are not round, and none below a thousand stands without a mark.
    fn mark_by_habit(&self, currency: Option<domain::Currency>) -> Option<DecimalMark> {
        let (grouped, mark) = match (self.grouped_by_comma, self.grouped_by_point) {
            (commas, 0) if commas >= 3 => (commas, DecimalMark::Comma),
            (0, points) if points >= 3 => (points, DecimalMark::Point),
            _ => return None,
        };
        let habit = if currency::writes_decimal_comma(currency?) {
            DecimalMark::Comma
        } else {
            DecimalMark::Point
        };
        (habit == mark && self.unmarked == 0 && self.round_groups * 2 < grouped).then_some(mark)
    }

    /// Whether every cell is a code of its own: one word with digits, five characters or more, not the count of rows.
    pub(super) fn is_codes(&self) -> bool {
        self.filled >= 3
            && self.fill() > 0.9
            // Digits may stand in two groups.
            && (self.share(self.without_blanks) > 0.9 || self.with_a_letter == 0)
            && self.share(self.code_like) > 0.95
            && self.share(self.with_digit) > 0.9
            && self.distinct_share() > 0.95
            && (5.0..=25.0).contains(&self.length())
            && !self.is_sequence()
            && self.with_currency == 0
            && self.is_date == 0
            && (self.fractions == 0 || self.amounts < self.filled)
    }

    /// Whether each cell is one word in letters, digits and hyphens that no other has.
    pub(super) fn is_single_words(&self) -> bool {
        self.filled >= 3
            && self.fill() > 0.9
            && self.share(self.without_blanks) > 0.95
            && self.share(self.code_like) > 0.95
            && self.distinct_share() > 0.95
            && !self.is_sequence()
    }

    /// Whether each cell is another code with letters and digits, however short.
    pub(super) fn is_lettered_codes(&self) -> bool {
        self.has_lettered_codes() && self.distinct_share() > 0.95
    }

    /// Whether each cell is a code with letters and digits, perhaps that of other rows too.
    pub(super) fn has_lettered_codes(&self) -> bool {
        self.filled >= 3
            && self.distinct >= 3
            && self.share(self.code_like) > 0.95
            && self.share(self.with_digit) > 0.9
            && self.share(self.with_a_letter) > 0.9
    }

    /// Whether each cell is another whole number, and they do not count the rows.
    pub(super) fn are_numbers_of_their_own(&self) -> bool {
        self.filled >= 5
            && self.fill() > 0.95
            && self.digits_share() > 0.95
            && self.distinct_share() > 0.95
            && !self.is_sequence()
    }

    /// Whether the cells are words, each row its own, and no codes.
    pub(super) fn are_words_of_their_own(&self) -> bool {
        self.letters_share() > 0.8 && self.distinct_share() > 0.6 && self.share(self.code_like) < 0.5 && self.links == 0
    }

    /// Whether most cells are single codes in letters and digits, however few say so.
    pub(super) fn are_mostly_codes(&self) -> bool {
        self.filled >= 3
            && self.share(self.code_like) >= 0.8
            && self.share(self.with_digit) >= 0.8
            && self.share(self.without_blanks) >= 0.8
            && self.distinct_share() > 0.9
    }

    /// Whether the cells are short words that rows share.
    pub(super) fn may_be_brands(&self) -> bool {
        self.filled >= 5
            && self.fill() > 0.5
            && self.letters_share() > 0.8
            && self.distinct >= 2
            && self.distinct_share() < 0.9
            && self.words() <= 2.0
            && self.length() <= 20.0
    }

    /// Whether the cells may be rates in per cent: few that differ, and none high.
    pub(super) fn may_be_rates(&self) -> bool {
        self.median <= 30.0 && self.distinct_share() < 0.5
    }

    /// Whether a column that no header explains may say which variant an item is: short texts that are neither prices,
    /// stock, dates, links nor the count of rows.
    pub(super) fn says_variant(&self) -> bool {
        self.length() <= 25.0
            && self.fractions * 2 < self.filled.max(1)
            && self.with_currency == 0
            && self.stock_words * 2 < self.filled.max(1)
            && self.is_date == 0
            && self.links == 0
            && !self.is_sequence()
            && (self.with_letters > 0
                || self.units * 2 > self.filled
                || self.distinct * 2 <= self.filled
                || !self.has_amounts())
    }

    /// Whether most cells are dates.
    pub(super) fn is_dates(&self) -> bool {
        self.share(self.is_date) > 0.5
    }

    /// Whether each cell is words of its own.
    pub(super) fn names_each_row(&self) -> bool {
        self.letters_share() > 0.8
            && self.words() >= 2.0
            && self.length() <= 120.0
            && self.distinct_share() > 0.9
            && self.links == 0
    }

    /// Whether the cells are counts that differ: an order form is empty, or says 0 or 1 throughout.
    pub(super) fn counts_stock(&self) -> bool {
        self.fill() > 0.8
            && self.distinct >= 3
            && self.with_a_letter * 2 < self.filled
            && self.zeros * 10 < self.filled * 9
            && self.fractions * 2 < self.filled
            && self.share(self.with_digit) > 0.9
    }

    /// The share of cells that name a unit: `100 g`.
    pub(super) fn units_share(&self) -> f64 {
        self.share(self.units)
    }

    /// The share of cells that are amounts with decimals.
    pub(super) fn fractions_share(&self) -> f64 {
        self.share(self.fractions)
    }

    /// Whether any cell is an amount.
    pub(crate) fn has_amounts(&self) -> bool {
        self.amounts > 0
    }

    /// Words per cell.
    pub(crate) fn words(&self) -> f64 {
        self.share(self.word_count)
    }

    pub(super) fn length(&self) -> f64 {
        self.share(self.characters)
    }

    /// Whether the cells count the rows: 1, 2, 3. Codes given one after the other start higher.
    pub(super) fn is_sequence(&self) -> bool {
        self.filled >= 3
            && (0..=HIGHEST_START).contains(&self.first_number)
            && self.steps_of_one * 10 >= (self.filled - 1) * 8
    }

    /// What the cells look like, to be compared with another list's.
    pub(crate) fn shape(&self) -> Shape {
        let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
        Shape {
            filled: rounded(self.fill()),
            amounts: rounded(self.share(self.amounts)),
            letters: rounded(self.letters_share()),
            digits: rounded(self.digits_share()),
            distinct: rounded(self.distinct_share()),
            length: rounded(self.length()),
            median: self.median,
        }
    }
}

/// The profile of every column that has a cell.
pub(super) fn profiles(grid: &Grid, table: &Table) -> Vec<Profile> {
    let rows: Vec<usize> = table
        .rows()
        .filter(|row| cells_within(grid, *row, table) >= 2)
        .collect();
    let step = rows.len().div_ceil(SAMPLE).max(1);
    let sampled: Vec<usize> = rows.iter().copied().step_by(step).collect();
    // Runs of neighbours show sequences, which a spread sample hides.
    let run: Vec<usize> = rows.iter().copied().take(60).collect();
    let width = table.columns.end.min(table.columns.start.saturating_add(600));
    let mut profiles: Vec<Profile> = (table.columns.start..width)
        .map(|column| Profile {
            column,
            rows: sampled.len(),
            ..Profile::default()
        })
        .collect();
    let mut seen: Vec<HashSet<u64>> = vec![HashSet::new(); profiles.len()];
    let mut values: Vec<Vec<f64>> = vec![Vec::new(); profiles.len()];
    let mut marks: Vec<(usize, usize)> = vec![(0, 0); profiles.len()];
    for row in &sampled {
        for cell in grid.cells(*row) {
            let Some(at) = cell.column.checked_sub(table.columns.start).map(|at| at as usize) else {
                continue;
            };
            let Some(profile) = profiles.get_mut(at) else { continue };
            let shown = grid.shown(cell);
            let text = shown.trim();
            if text.is_empty() {
                continue;
            }
            profile.filled += 1;
            if let Some(seen) = seen.get_mut(at)
                && seen.insert(hash(text))
            {
                profile.distinct += 1;
            }
            let reading = match grid.number(cell) {
                Some(number) => {
                    profile.native_numbers += 1;
                    amount::from_number(number, number_currency(grid, cell.value))
                }
                None => amount::read(text, None),
            };
            if let Reading::Amount(amount) = &reading {
                if let Some(values) = values.get_mut(at) {
                    values.push(f64::try_from(amount.value).unwrap_or(0.0));
                }
                if let Some(marks) = marks.get_mut(at).filter(|_| grid.number(cell).is_none()) {
                    profile.add_grouping(text);
                    match amount::proves_mark(text) {
                        Some(DecimalMark::Point) => marks.0 += 1,
                        Some(DecimalMark::Comma) => marks.1 += 1,
                        None => {}
                    }
                }
            }
            profile.add(
                text,
                &reading,
                matches!(cell.value, Value::Number(_, format) if grid.format(format).is_date()),
            );
        }
    }
    for (at, profile) in profiles.iter_mut().enumerate() {
        profile.mark = match marks.get(at) {
            Some((point, comma)) if point > comma => Some(DecimalMark::Point),
            Some((point, comma)) if comma > point => Some(DecimalMark::Comma),
            _ => None,
        };
        if let Some(values) = values.get_mut(at) {
            values.sort_by(f64::total_cmp);
            profile.median = values.get(values.len() / 2).copied().unwrap_or(0.0);
        }
        let numbers: Vec<i64> = run
            .iter()
            .filter_map(|row| {
                let text = grid.text_at(*row, profile.column);
                let digits = text.trim().trim_end_matches('.');
                // Who numbers rows writes no leading zeros; who gives codes does.
                let is_code = digits.len() > 1 && digits.starts_with('0');
                digits.parse().ok().filter(|_| !is_code)
            })
            .collect();
        let steps = numbers
            .windows(2)
            .filter(|pair| matches!(pair, [a, b] if b.checked_sub(*a) == Some(1)))
            .count();
        profile.first_number = numbers.first().copied().unwrap_or(0);
        profile.steps_of_one = if numbers.len() >= 3 {
            steps * profile.filled / (numbers.len() - 1).max(1)
        } else {
            0
        };
    }
    // One file is written in one locale: columns without proof of their own take the others'.
    let (point, comma) = marks.iter().fold((0, 0), |sum, mark| (sum.0 + mark.0, sum.1 + mark.1));
    let common = match point.cmp(&comma) {
        std::cmp::Ordering::Greater => Some(DecimalMark::Point),
        std::cmp::Ordering::Less => Some(DecimalMark::Comma),
        std::cmp::Ordering::Equal => None,
    };
    for profile in &mut profiles {
        let header = table
            .header(profile.column)
            .and_then(|header| currency::in_text(&header.text));
        profile.mark = profile.mark.or_else(|| profile.mark_by_habit(header)).or(common);
    }
    profiles
}

fn cells_within(grid: &Grid, row: usize, table: &Table) -> usize {
    grid.cells(row)
        .iter()
        .filter(|cell| table.columns.contains(&cell.column) && !grid.is_blank(cell))
        .count()
}

pub(crate) fn number_currency(grid: &Grid, value: Value) -> Option<domain::Currency> {
    match value {
        Value::Number(_, format) => grid.format(format).currency,
        _ => None,
    }
}

fn hash(text: &str) -> u64 {
    use std::hash::{BuildHasher, RandomState};
    static STATE: std::sync::LazyLock<RandomState> = std::sync::LazyLock::new(RandomState::new);
    STATE.hash_one(text)
}

impl Profile {
    fn add_grouping(&mut self, text: &str) {
        let number = text.trim_matches(|char: char| !char.is_ascii_digit());
        match number.find([',', '.']) {
            None => self.unmarked += 1,
            Some(at) if number.len() == at + 4 && at <= 3 && !number.starts_with('0') => {
                self.round_groups += usize::from(number.ends_with("00"));
                if number.get(at..=at) == Some(",") {
                    self.grouped_by_comma += 1;
                } else {
                    self.grouped_by_point += 1;
                }
            }
            Some(_) => {}
        }
    }

    fn add(&mut self, text: &str, reading: &Reading, is_date: bool) {
        let length = text.chars().take(400).count();
        let letters = text.chars().take(400).filter(|char| char.is_alphabetic()).count();
        let digits = text.chars().take(400).filter(char::is_ascii_digit).count();
        self.characters += length;
        self.word_count += words_of(text);
        self.with_digit += usize::from(digits > 0);
        self.only_digits += usize::from(digits > 0 && digits == length);
        let is_unspaced_name = text
            .chars()
            .any(|char| matches!(char, '\u{3040}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{e00}'..='\u{e7f}'));
        self.with_a_letter += usize::from(letters > 0);
        self.with_letters += usize::from(letters >= 3 || letters * 2 > length || is_unspaced_name);
        let blank = text.contains(char::is_whitespace);
        self.without_blanks += usize::from(!blank);
        let code_like = length <= 30
            && (digits > 0 || (letters > 0 && text.is_ascii() && text == text.to_ascii_uppercase()))
            && text.split_whitespace().count() <= 2
            && !text.contains(['€', '$', '%']);
        self.code_like += usize::from(code_like);
        self.long_digits += usize::from(digits >= 8 && digits == length);
        self.gtins += usize::from(is_gtin(text));
        match reading {
            Reading::Amount(amount) => {
                self.amounts += 1;
                self.with_currency += usize::from(amount.currency.is_some() || currency::says_crowns(text));
                self.zeros += usize::from(amount.value.is_zero());
                self.with_decimals += usize::from(is_written_with_decimals(text));
                if amount.value.fract().is_zero() {
                    self.integers += 1;
                    self.round_thousands += usize::from(
                        amount.value >= rust_decimal::Decimal::ONE_THOUSAND
                            && text.trim_end_matches(['.', ',']).ends_with("00"),
                    );
                    self.powers_of_ten += usize::from(matches!(text, "1" | "10" | "100" | "1000" | "1 000" | "1.000"));
                    self.small_integers += usize::from(amount.value < rust_decimal::Decimal::from(100) && length <= 3);
                } else {
                    self.fractions += 1;
                }
            }
            Reading::OnRequest => self.on_request += 1,
            Reading::Negative => self.negatives += 1,
            _ => {}
        }
        if length <= 40 {
            self.unit_words += usize::from(unit::is_unit_word(text));
            self.units += usize::from(letters > 0 && unit::code(text).is_some());
            self.stock_words += usize::from(availability::is_stock_word(text));
            // `fr` names a language as well.
            self.currency_codes += usize::from(currency::exactly(text).is_some() && !text.eq_ignore_ascii_case("fr"));
        }
        let lower_start: String = text.chars().take(8).collect::<String>().to_ascii_lowercase();
        let is_path = text.starts_with('/') && text.matches('/').count() >= 2 && !blank;
        self.links += usize::from(is_path || lower_start.starts_with("http") || lower_start.starts_with("www."));
        self.is_date += usize::from(is_date || looks_like_date(text));
    }
}

/// Whether the digits are a GTIN-8, -12, -13 or -14 with the right check digit (GS1 General Specifications 7.9).
pub(crate) fn is_gtin(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|char| char.to_digit(10)).collect();
    if !matches!(digits.len(), 8 | 12 | 13 | 14)
        || text.chars().any(|char| !char.is_ascii_digit() && !char.is_whitespace())
    {
        return false;
    }
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| if at % 2 == 1 { digit * 3 } else { *digit })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != 0)
}

/// Words, 30 at most; where none is parted from the next, two letters are one.
fn words_of(text: &str) -> usize {
    const MOST: usize = 30;
    let parted = text.split_whitespace().take(MOST).count();
    if text.is_ascii() {
        return parted;
    }
    let unparted = text.chars().take(2 * MOST).filter(|char| is_unparted(*char)).count();
    parted.max(unparted.div_ceil(2))
}

/// Scripts that part no words: kana, Chinese characters, Thai.
fn is_unparted(char: char) -> bool {
    matches!(char, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{e00}'..='\u{e7f}')
}

/// `22.00`, `5,5`: no code is written so, and no count.
fn is_written_with_decimals(text: &str) -> bool {
    let is_amount = |bytes: &[u8]| {
        bytes
            .iter()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b' '))
    };
    match text.rfind(['.', ',']) {
        Some(at) => matches!(text.len() - at, 2 | 3) && is_amount(text.as_bytes()),
        None => false,
    }
}

/// A date, and perhaps a time after it.
fn looks_like_date(text: &str) -> bool {
    let text = match text.split_once([' ', 'T']) {
        Some((date, time)) if time.contains(':') && time.starts_with(|char: char| char.is_ascii_digit()) => date,
        _ => text,
    };
    let parts: Vec<&str> = text.split(['.', '/', '-']).collect();
    matches!(parts.as_slice(), [a, b, c] if [a, b, c].iter().all(|part| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
        && (a.len() == 4 || c.len() == 4 || (c.len() == 2 && a.len() <= 2 && b.len() == 2)))
}
