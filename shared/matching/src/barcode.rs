//! Global Trade Item Numbers (GS1 General Specifications, section 7.9: check digit).

/// The GTIN as a number, the same for its 8-, 12-, 13- and 14-digit spellings, or none when the text is no valid GTIN.
/// Separators are ignored; a leading zero lost in a spreadsheet (11 digits for 12) is forgiven if the check digit holds.
pub(crate) fn gtin(text: &str) -> Option<u64> {
    let mut digits = [0_u8; 14];
    let mut count = 0;
    for c in text.trim().chars() {
        match c {
            '0'..='9' if count < 14 => {
                digits[count] = c as u8 - b'0';
                count += 1;
            }
            ' ' | '-' | '\u{a0}' => {}
            _ => return None,
        }
    }
    if !matches!(count, 8 | 11..=14) {
        return None;
    }
    let digits = &digits[..count];
    let value = digits.iter().fold(0_u64, |value, digit| value * 10 + u64::from(*digit));
    let weighted: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| u32::from(*digit) * if place % 2 == 0 { 1 } else { 3 })
        .sum();
    (weighted.is_multiple_of(10) && value > 0).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_number_are_equal() {
        assert_eq!(gtin("4006381333931"), Some(4_006_381_333_931));
        assert_eq!(gtin("0-4006381 333931"), gtin("4006381333931"));
        assert_eq!(gtin("036000291452"), gtin("36000291452"));
        assert_eq!(gtin("96385074"), Some(96_385_074));
    }

    #[test]
    fn a_wrong_check_digit_is_no_barcode() {
        for bad in [
            "4006381333932",
            "",
            "1234",
            "0000000000000",
            "40063813339310000",
            "SKU-96385074",
        ] {
            assert_eq!(gtin(bad), None, "{bad}");
        }
    }
}
