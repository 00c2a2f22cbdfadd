//! Text that is struck out: the price of before beside the one that holds.

use std::ops::Range;

/// The parts of a cell's text that are struck out.
#[derive(Debug, Default)]
pub(crate) struct StruckOut {
    parts: Vec<Range<usize>>,
    since: Option<usize>,
}

impl StruckOut {
    /// Notes that what follows the first `length` bytes is struck out.
    pub(crate) fn begin(&mut self, length: usize) {
        self.since.get_or_insert(length);
    }

    /// Notes that what follows the first `length` bytes is not.
    pub(crate) fn end(&mut self, length: usize) {
        if let Some(since) = self.since.take().filter(|since| *since < length) {
            self.parts.push(since..length);
        }
    }

    /// Takes the parts out of the text, unless nothing else is in it, and forgets them.
    pub(crate) fn take_from(&mut self, text: &mut String) {
        self.end(text.len());
        if self.parts.is_empty() {
            return;
        }
        let mut left = String::with_capacity(text.len());
        let mut at = 0;
        for part in self.parts.drain(..) {
            left.push_str(text.get(at..part.start).unwrap_or_default());
            at = part.end;
        }
        left.push_str(text.get(at..).unwrap_or_default());
        if !left.trim().is_empty() {
            *text = left;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(text: &str, parts: &[(usize, usize)]) -> String {
        let (mut struck_out, mut text) = (StruckOut::default(), text.to_owned());
        for &(start, end) in parts {
            struck_out.begin(start);
            struck_out.end(end);
        }
        struck_out.take_from(&mut text);
        text
    }

    #[test]
    fn what_is_struck_out_goes_unless_it_is_all() {
        assert_eq!(left("12.00 9.99", &[(0, 5)]), " 9.99");
        assert_eq!(left("9.99 12.00 was", &[(5, 10), (11, 14)]), "9.99  ");
        assert_eq!(left("12.00", &[(0, 5)]), "12.00");
        assert_eq!(left("12.00", &[]), "12.00");
        let (mut struck_out, mut text) = (StruckOut::default(), "new old".to_owned());
        struck_out.begin(3);
        struck_out.take_from(&mut text);
        assert_eq!(text, "new");
    }
}
