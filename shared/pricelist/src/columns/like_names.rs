//! Which of several columns that are called names is the name.

use super::{
    Columns, Profile,
    candidate::{Candidate, reading},
};
use crate::{
    dictionary::{self, Role},
    structure::Header,
};

/// Of names in several languages (`Name (EN)`, `Name (DE)`) the first that nearly all rows have is the name.
pub(super) fn first_of_like_names(candidates: &[Candidate<'_>], columns: &mut Columns) {
    let name = columns.readings.iter().find(|reading| reading.role == Role::Name);
    let Some((column, header)) = name.map(|it| (it.column, it.header.clone())) else {
        return;
    };
    let like = candidates.iter().find(|candidate| {
        let profile = candidate.profile;
        profile.column < column
            && columns.role(profile.column).is_none()
            && are_alike(&candidate.header, &header)
            && candidate.header_weight(Role::Name) >= 0.4
            && profile.fill() > 0.8
            && profile.letters_share() > 0.5
            && columns
                .profile(column)
                .is_some_and(|chosen| profile.distinct_share() >= 0.8 * chosen.distinct_share())
    });
    if let Some(candidate) = like {
        columns.replace(reading(candidate, Role::Name));
    }
}

/// The column that goes on with the name, where the two are parts of one: `Bezeichnung 1`, `Bezeichnung 2`.
pub(super) fn second_part(columns: &Columns, headers: &[Header]) -> Option<u32> {
    let name = columns.readings.iter().find(|reading| reading.role == Role::Name)?;
    let first = without_number(&name.header, '1')?;
    let mut others = headers.iter();
    let second = others.find(|header| without_number(&header.text, '2').as_ref() == Some(&first))?;
    columns.role(second.column).is_none().then_some(second.column)
}

/// The first part of a name that is written in two, where the second was taken for it.
pub(super) fn first_part(candidates: &[Candidate<'_>], columns: &mut Columns) {
    let name = columns.readings.iter().find(|reading| reading.role == Role::Name);
    let Some(second) = name.and_then(|reading| without_number(&reading.header, '2')) else {
        return;
    };
    let first = candidates.iter().find(|candidate| {
        columns.role(candidate.profile.column).is_none()
            && without_number(&candidate.header, '1').as_ref() == Some(&second)
            && candidate.profile.fill() > 0.8
    });
    if let Some(candidate) = first {
        columns.replace(reading(candidate, Role::Name));
    }
}

/// `bezeichnung` of `Bezeichnung 1`.
fn without_number(header: &str, number: char) -> Option<String> {
    const SHORTEST: usize = 3;
    let stem = header.trim().strip_suffix(number)?;
    let stem = stem.trim_end_matches([' ', '_', '-', '.']);
    (stem.chars().count() >= SHORTEST).then(|| stem.to_lowercase())
}

/// Whether two headers begin with one word, or both end with a language.
fn are_alike(one: &str, other: &str) -> bool {
    const LANGUAGES: [&str; 40] = [
        "en", "de", "fr", "it", "es", "pt", "nl", "ru", "ua", "uk", "pl", "cz", "cs", "sk", "hu", "ro", "bg", "gr",
        "el", "tr", "sr", "hr", "sl", "sv", "se", "da", "dk", "no", "fi", "et", "lv", "lt", "zh", "cn", "ja", "jp",
        "ko", "kr", "ar", "he",
    ];
    let words = |header: &str| -> Vec<String> {
        let words = header
            .split(|char: char| !char.is_alphanumeric())
            .filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect()
    };
    let (one, other) = (words(one), words(other));
    let names_language =
        |words: &[String]| words.len() > 1 && words.last().is_some_and(|last| LANGUAGES.contains(&last.as_str()));
    let says_more = |words: &[String]| {
        let last = words.last().map_or("", String::as_str);
        dictionary::roles(last)
            .first()
            .is_some_and(|(_, weight)| *weight >= 0.4)
    };
    let differ_in_last = one.len() == other.len()
        && one.len() > 1
        && one.split_last().map(|it| it.1) == other.split_last().map(|it| it.1);
    differ_in_last && !says_more(&one) && !says_more(&other) || names_language(&one) && names_language(&other)
}

/// Of two names that begin with one word, as yours and the supplier's do, the one that more rows have is the name.
pub(super) fn fuller_of_like_names(candidates: &[Candidate<'_>], columns: &mut Columns) {
    let first_word = |header: &str| -> String {
        let word: String = header.trim().chars().take_while(|char| char.is_alphabetic()).collect();
        word.to_lowercase()
    };
    let name = columns.readings.iter().find(|reading| reading.role == Role::Name);
    let Some((chosen, header)) = name.map(|it| (it.column, it.header.clone())) else {
        return;
    };
    let fill = columns.profile(chosen).map_or(1.0, Profile::fill);
    let fuller = candidates.iter().find(|candidate| {
        let profile = candidate.profile;
        columns.role(profile.column).is_none()
            && candidate.header_weight(Role::Name) >= 0.6
            && !first_word(&header).is_empty()
            && first_word(&candidate.header) == first_word(&header)
            && profile.letters_share() > 0.8
            && profile.fill() > 0.95
            && profile.fill() > fill + 0.1
    });
    if let Some(candidate) = fuller {
        columns.replace(reading(candidate, Role::Name));
    }
}
