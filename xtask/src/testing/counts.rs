//! How many tests passed and failed, read from what the runners themselves say.

use std::fmt;
use std::ops::AddAssign;

/// Tests by their outcome.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Counts {
    /// The counts that a line states, if it is a runner's closing line: nextest's `Summary [`, libtest's `test result:`,
    /// node's `# pass 3`, Python's `Ran 3 tests` (its failures are told by its exit status), or a plain
    /// `3 passed, 0 failed`.
    pub(crate) fn of_line(line: &str) -> Option<Self> {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ ")) {
            return Self::of_node(rest);
        }
        if let Some(rest) = line.strip_prefix("Ran ") {
            let (number, rest) = rest.split_once(' ')?;
            return rest.starts_with("test").then(|| {
                Some(Self {
                    passed: number.parse().ok()?,
                    ..Self::default()
                })
            })?;
        }
        let closing = line.starts_with("Summary [")
            || line.starts_with("test result:")
            || (line.contains(" passed") && line.contains(" failed") && line.starts_with(|c: char| c.is_ascii_digit()));
        closing.then(|| Self::of_words(line))
    }

    fn of_node(rest: &str) -> Option<Self> {
        let (word, number) = rest.split_once(' ')?;
        let number = number.parse().ok()?;
        match word {
            "pass" => Some(Self {
                passed: number,
                ..Self::default()
            }),
            "fail" | "cancelled" => Some(Self {
                failed: number,
                ..Self::default()
            }),
            "skipped" => Some(Self {
                skipped: number,
                ..Self::default()
            }),
            _ => None,
        }
    }

    /// Every `NUMBER WORD` of the line that names an outcome.
    fn of_words(line: &str) -> Self {
        let words: Vec<&str> = line
            .split(|c: char| c.is_whitespace() || ",;.()".contains(c))
            .filter(|word| !word.is_empty())
            .collect();
        let mut counts = Self::default();
        for pair in words.windows(2) {
            let Ok(number) = pair[0].parse::<u64>() else { continue };
            match pair[1] {
                "passed" => counts.passed += number,
                "failed" | "timed" => counts.failed += number,
                "skipped" | "ignored" => counts.skipped += number,
                _ => {}
            }
        }
        counts
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u64, failed: u64, skipped: u64) -> Option<Counts> {
        Some(Counts {
            passed,
            failed,
            skipped,
        })
    }

    #[test]
    fn each_runner_is_understood() {
        let nextest = "     Summary [   1.210s] 9 tests run: 6 passed (1 slow), 2 failed, 1 timed out, 4 skipped";
        assert_eq!(Counts::of_line(nextest), counts(6, 3, 4));
        let libtest =
            "test result: FAILED. 6 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(Counts::of_line(libtest), counts(6, 1, 2));
        assert_eq!(Counts::of_line("3 passed, 0 failed"), counts(3, 0, 0));
        assert_eq!(Counts::of_line("# pass 5"), counts(5, 0, 0));
        assert_eq!(Counts::of_line("ℹ fail 1"), counts(0, 1, 0));
        assert_eq!(Counts::of_line("Ran 7 tests in 0.4s"), counts(7, 0, 0));
    }

    #[test]
    fn other_lines_do_not_count() {
        for line in [
            "PASS [ 0.1s] store tests::three_passed",
            "# tests 5",
            "2 files passed the check",
            "",
        ] {
            assert_eq!(Counts::of_line(line), None, "{line}");
        }
    }
}
