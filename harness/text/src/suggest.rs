//! Suggestions for a misspelt word.

/// The longest word that is compared, in bytes: a longer one is not a misspelt word, and the comparison is quadratic.
const LONGEST: usize = 64;

/// Returns the word that is most like the written one, if one is close enough: a third of its characters may differ, case ignored.
#[must_use]
pub fn closest<'w>(written: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    if written.len() > LONGEST {
        return None;
    }
    let lower = written.to_ascii_lowercase();
    let limit = (written.chars().count() / 3).max(1);
    words
        .map(|word| (strsim::levenshtein(&lower, &word.to_ascii_lowercase()), word))
        .filter(|(d, _)| *d <= limit)
        .min()
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn a_misspelt_word_suggests_the_closest_one_and_a_foreign_word_none() {
        let words = ["search", "prefix", "full", "none"];
        for (written, suggested) in [
            ("serach", Some("search")),
            ("Prefx", Some("prefix")),
            ("ful", Some("full")),
            ("matching", None),
        ] {
            assert_eq!(closest(written, words.into_iter()), suggested);
        }
        assert_eq!(closest(&"x".repeat(65), words.into_iter()), None);
    }
}
