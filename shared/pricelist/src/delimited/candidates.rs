//! The delimiters that a text may have.

/// Single delimiters, each with how much it is preferred before any evidence: people write the first four.
const DELIMITERS: &[(char, f64)] = &[
    (',', 1.0),
    (';', 1.0),
    ('\t', 1.0),
    ('|', 0.98),
    ('\u{1f}', 0.97),
    ('\u{1e}', 0.97),
    ('\u{1}', 0.97),
    ('~', 0.92),
    ('^', 0.92),
    ('§', 0.92),
    ('¦', 0.92),
    ('#', 0.8),
    ('&', 0.8),
    (':', 0.7),
    ('*', 0.75),
    ('!', 0.7),
    ('@', 0.7),
    ('$', 0.7),
    ('=', 0.65),
    ('/', 0.72),
    (' ', 0.7),
];

/// Of delimiters of several characters.
const SEVERAL: f64 = 0.97;

/// Of columns that stand below each other, with two blanks or more between them.
const FIXED_WIDTH: f64 = 0.72;

/// What delimiters of several characters are made of.
const MADE_OF: &[char] = &[
    '|', '~', '^', ';', ':', '#', '&', '*', '§', '!', '@', '$', '<', '>', '=', '-', '%', '+', '\t',
];

/// The delimiters that the sample may have, each with its prior; the empty one is that of a text of one column.
pub(super) fn candidates(sample: &str) -> Vec<(String, f64)> {
    let mut candidates = vec![(String::new(), 1.0)];
    let several = several_characters(sample);
    for (delimiter, prior) in DELIMITERS {
        // What only ever stands in a longer delimiter is none by itself.
        let within: usize = several
            .iter()
            .map(|longer| sample.matches(longer.as_str()).count() * longer.matches(*delimiter).count())
            .max()
            .unwrap_or(0);
        let count = sample.matches(*delimiter).count();
        let mostly_within = if *delimiter == ';' {
            within == count
        } else {
            within * 5 >= count * 4
        };
        if count > 0 && !mostly_within {
            candidates.push((delimiter.to_string(), *prior));
        }
    }
    candidates.extend(several.into_iter().map(|delimiter| (delimiter, SEVERAL)));
    if sample.contains("  ") {
        candidates.push(("  ".to_owned(), FIXED_WIDTH));
    }
    // A tab as programmers write it.
    if !sample.contains('\t') && sample.contains("\\t") {
        candidates.push(("\\t".to_owned(), SEVERAL));
    }
    candidates
}

/// Delimiters of two or three marks: marks that hardly ever stand but beside each other, `||`, `|~|`, `=>`.
fn several_characters(sample: &str) -> Vec<String> {
    let count = |text: &str| sample.matches(text).count();
    let mut found: Vec<String> = Vec::new();
    let present: Vec<char> = MADE_OF.iter().copied().filter(|mark| sample.contains(*mark)).collect();
    for outer in &present {
        let single = count(outer.encode_utf8(&mut [0; 4]));
        for inner in &present {
            let pair: String = [*outer, *inner].iter().collect();
            let triple: String = [*outer, *inner, *outer].iter().collect();
            let inner_single = count(inner.encode_utf8(&mut [0; 4]));
            let pairs = count(&pair);
            if pairs < 2 {
                continue;
            }
            let triples = count(&triple);
            if *outer == '\t' {
                // Tabs stand beside each other around empty fields as well.
                if inner == outer && pairs * 2 == single && starts_filled(sample, &pair) {
                    found.push(pair);
                }
            } else if inner == outer {
                // Runs of three are threes, other runs are pairs. Any delimiter comes in runs around empty fields as well.
                if triples * 3 == single {
                    found.push(triple);
                } else if (*outer != ';' || pairs * 2 == single)
                    && pairs * 5 >= single * 2
                    && !starts_with_single(sample, *outer)
                {
                    found.push(pair);
                }
            } else if triples > 1 && triples * 20 >= single * 9 {
                // The inner mark may stand in texts too.
                found.push(triple);
            } else if pairs * 10 >= single * 9 && pairs * 10 >= inner_single * 9 {
                found.push(pair);
            }
        }
    }
    found
}

/// Whether the first line that is not blank has the mark several times, and nowhere two of it: in it, as in headers, no field is
/// empty, and so the mark alone parts fields.
fn starts_with_single(sample: &str, mark: char) -> bool {
    const SEVERAL: usize = 3;
    let mut lines = sample.lines().filter(|line| !line.trim().is_empty());
    lines
        .next()
        .is_some_and(|line| line.matches(mark).count() >= SEVERAL && !line.contains(&String::from_iter([mark, mark])))
}

/// Whether the first line that is not blank has nothing but filled fields, as headers have.
fn starts_filled(sample: &str, delimiter: &str) -> bool {
    let mut lines = sample.lines().filter(|line| !line.trim().is_empty());
    lines
        .next()
        .is_some_and(|line| line.contains(delimiter) && line.split(delimiter).all(|field| !field.trim().is_empty()))
}
