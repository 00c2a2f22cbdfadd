//! Crowns: `kr` is the money of four countries, told apart by the language beside it.

use domain::Currency;

/// Whether a text has the word for crowns.
pub(crate) fn says_crowns(text: &str) -> bool {
    text.split(|char: char| !char.is_alphabetic())
        .any(|word| matches!(word, "kr" | "Kr" | "KR"))
}

/// Whose crowns they are by the texts around them: by the word for the value-added tax, the letters, and the words for "of".
/// None where that says nothing, or several things.
pub(crate) fn whose_crowns<'t>(texts: impl Iterator<Item = &'t str>) -> Option<Currency> {
    let (mut swedish, mut norwegian, mut danish, mut icelandic, mut nordic) = (0, 0, 0, 0, 0);
    let mut has_moms = false;
    for text in texts {
        let lower = text.to_lowercase();
        swedish += lower.matches(['ä', 'ö']).count();
        icelandic += lower.matches(['ð', 'þ']).count();
        nordic += lower.matches(['æ', 'ø']).count();
        for word in lower.split(|char: char| !char.is_alphabetic()) {
            match word {
                "mva" | "av" | "eks" | "hvit" | "frakt" => norwegian += 1,
                "af" | "ekskl" | "hvid" | "fragt" | "uden" => danish += 1,
                "moms" => has_moms = true,
                "vsk" => icelandic += 1,
                _ => {}
            }
        }
    }
    let code = match () {
        () if icelandic > 0 => "ISK",
        // Swedes have no ø, and the others no ä; "av" is theirs too.
        () if swedish > nordic => "SEK",
        () if nordic > 0 && has_moms && norwegian <= danish => "DKK",
        () if norwegian > danish && !has_moms => "NOK",
        () if danish > norwegian => "DKK",
        () => return None,
    };
    code.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crowns_are_told_by_the_language_beside_them() {
        for (texts, currency) in [
            (&["Pris eks. mva", "Timepris montør"][..], Some("NOK")),
            (&["Pris inkl. moms", "Kørsel"], Some("DKK")),
            (&["Pris exkl. moms", "Växtjord", "Täckbark av gran"], Some("SEK")),
            (&["Verð án vsk", "Þvottur"], Some("ISK")),
            (&["Price", "Hammer"], None),
        ] {
            assert_eq!(
                whose_crowns(texts.iter().copied())
                    .map(|it| it.code().to_owned())
                    .as_deref(),
                currency
            );
        }
        assert!(says_crowns("281 kr/ton") && says_crowns("Kr 12,-") && !says_crowns("Krok 12"));
    }
}
