//! Texts in which each line stands in quotes as a whole, as some programs save them: `"Code,Name,Price"`.

/// Lines looked at.
const SAMPLE: usize = 60;

/// The text without the quotes around its lines; none where they are not around each of the first ones, or where what they
/// hold is no record of three fields or more. Quotes doubled within are single ones again.
pub(crate) fn taken_off(text: &str) -> Option<String> {
    let lines: Vec<String> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(SAMPLE)
        .map(record)
        .collect::<Option<_>>()?;
    let is_regular = |delimiter: char| {
        let count = |line: &String| line.matches(delimiter).count();
        let usual = lines.first().map_or(0, count);
        let alike = lines.iter().filter(|line| count(line) == usual).count();
        usual >= 2 && alike * 10 >= lines.len() * 8
    };
    if lines.len() < 2 || ![',', ';', '\t', '|'].into_iter().any(is_regular) {
        return None;
    }
    let mut bare = String::with_capacity(text.len());
    for line in text.lines() {
        match record(line) {
            Some(record) => bare.push_str(&record),
            None => bare.push_str(line),
        }
        bare.push('\n');
    }
    Some(bare)
}

/// What one pair of quotes around a line holds.
fn record(line: &str) -> Option<String> {
    let inner = line.trim_end().strip_prefix('"')?.strip_suffix('"')?;
    (!inner.replace("\"\"", "").contains('"')).then(|| inner.replace("\"\"", "\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_around_lines_are_taken_off() {
        let text = "\"Code,Name,Price\"\n\"A1,\"\"Tap, brass\"\",12.50\"\n\"A2,Hose,3.00\"\n\"A3,Nut,0.10\"\n\"A4,Bolt,0.20\"\n\"A5,Pin,0.30\"\n";
        assert_eq!(
            taken_off(text).as_deref(),
            Some("Code,Name,Price\nA1,\"Tap, brass\",12.50\nA2,Hose,3.00\nA3,Nut,0.10\nA4,Bolt,0.20\nA5,Pin,0.30\n")
        );
    }

    #[test]
    fn quotes_around_fields_stay() {
        for text in [
            "\"Code\",\"Name\",\"Price\"\n\"A1\",\"Tap\",\"12.50\"\n",
            "\"Tap, brass\"\n\"Hose, green\"\n",
            "Code,Name,Price\nA1,Tap,12.50\n",
            "",
        ] {
            assert_eq!(taken_off(text), None, "{text}");
        }
    }
}
