//! Globs over ids, such as `cors-check/*#same-*`.

use regex_lite::Regex;
use thiserror::Error;

/// A malformed glob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum GlobError {
    /// A `[` without its `]`.
    #[error("unclosed character class; missing `]`")]
    UnclosedClass,
    /// A range such as `[z-a]`.
    #[error("invalid range; `{0}` is after `{1}`")]
    InvalidRange(char, char),
    /// A `{` without its `}`.
    #[error("unclosed alternate group; missing `}}`")]
    UnclosedAlternates,
    /// A `}` without its `{`.
    #[error("unopened alternate group; missing `{{`")]
    UnopenedAlternates,
    /// A backslash at the end.
    #[error("dangling `\\`; nothing follows it")]
    DanglingEscape,
    /// The glob is larger than the limit of the matcher.
    #[error("the glob is too large")]
    TooLarge,
}

/// A compiled glob.
///
/// `*` matches any text, `/` and `#` included; `?` matches one character; `[ab]`, `[a-z]` and `[!ab]` match one character of a
/// class; `{a,b}` matches either alternative; `**/` at the start, `/**/` and `/**` at the end match whole path components; `\`
/// escapes the next character. Matching takes time linear in the text.
#[derive(Clone, Debug)]
pub struct Glob(Regex);

impl Glob {
    /// Compiles a glob.
    ///
    /// # Errors
    /// Where it is malformed.
    pub fn parse(glob: &str) -> Result<Self, GlobError> {
        let regex = Translation::default().translate(glob)?;
        // The translation is well-formed; a very long glob is all that the engine refuses.
        Regex::new(&regex).map(Self).map_err(|_| GlobError::TooLarge)
    }

    /// Whether the glob matches the whole text.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// The regular expression of a glob, as it grows.
#[derive(Default)]
struct Translation {
    regex: String,
    /// How many `{` are open.
    open: usize,
}

impl Translation {
    fn translate(mut self, glob: &str) -> Result<String, GlobError> {
        self.regex.push_str(r"(?s)\A");
        let mut rest = glob.chars();
        let mut previous = None;
        while let Some(c) = rest.next() {
            match c {
                '*' => self.stars(previous, &mut rest),
                '?' => self.regex.push('.'),
                '[' => self.class(&mut rest)?,
                '{' => {
                    self.open += 1;
                    self.regex.push_str("(?:");
                }
                '}' => {
                    self.open = self.open.checked_sub(1).ok_or(GlobError::UnopenedAlternates)?;
                    self.regex.push(')');
                }
                ',' if self.open > 0 => self.regex.push('|'),
                '\\' => self.literal(rest.next().ok_or(GlobError::DanglingEscape)?),
                // `/**/` also matches a single `/`, `/**` at the end needs something below.
                '/' if rest.as_str().starts_with("**/") => {
                    rest = rest.as_str()[3..].chars();
                    self.regex.push_str("(?:/|/.*/)");
                    previous = Some('/');
                    continue;
                }
                c => self.literal(c),
            }
            previous = Some(c);
        }
        if self.open > 0 {
            return Err(GlobError::UnclosedAlternates);
        }
        self.regex.push_str(r"\z");
        Ok(self.regex)
    }

    /// What follows the first `*`: `**/` at the start matches any number of path components, every other run any text.
    fn stars(&mut self, previous: Option<char>, rest: &mut std::str::Chars<'_>) {
        if previous.is_none() && rest.as_str().starts_with("*/") {
            *rest = rest.as_str()[2..].chars();
            self.regex.push_str("(?:/?|.*/)");
            return;
        }
        *rest = rest.as_str().trim_start_matches('*').chars();
        self.regex.push_str(".*");
    }

    /// A class, whose `[` is read.
    fn class(&mut self, rest: &mut std::str::Chars<'_>) -> Result<(), GlobError> {
        let negated = rest.as_str().starts_with(['!', '^']);
        if negated {
            rest.next();
        }
        self.regex.push_str(if negated { "[^" } else { "[" });
        let mut first = true;
        loop {
            let c = rest.next().ok_or(GlobError::UnclosedClass)?;
            // A `]` that comes first is one of the characters.
            if c == ']' && !first {
                break;
            }
            first = false;
            self.member(c);
            let mut ahead = rest.clone();
            if let (Some('-'), Some(last)) = (ahead.next(), ahead.next())
                && last != ']'
            {
                if last < c {
                    return Err(GlobError::InvalidRange(c, last));
                }
                *rest = ahead;
                self.regex.push('-');
                self.member(last);
            }
        }
        self.regex.push(']');
        Ok(())
    }

    fn literal(&mut self, c: char) {
        self.regex.push_str(&regex_lite::escape(c.encode_utf8(&mut [0; 4])));
    }

    /// A member of a class; what has a meaning there is escaped.
    fn member(&mut self, c: char) {
        if r"\[]^-&~".contains(c) {
            self.regex.push('\\');
        }
        self.regex.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_matches_whole_ids() {
        for (glob, matching, other) in [
            ("*", vec!["", "a/b#c"], vec![]),
            ("*#two/*", vec!["g/t#two/a"], vec!["g/t#two", "g/t#three/a"]),
            (
                "group/*",
                vec!["group/a", "group/a/b#c"],
                vec!["group", "other/group/a"],
            ),
            ("a?c", vec!["abc", "a/c", "aéc"], vec!["ac", "abbc"]),
            ("[a-c]1", vec!["a1", "c1"], vec!["d1", "-1", "1"]),
            ("[!a-c]1", vec!["d1", "/1"], vec!["a1"]),
            ("[]x]", vec!["]", "x"], vec!["[", "[]x]"]),
            ("[a-]", vec!["a", "-"], vec!["b"]),
            ("[^&&~]", vec!["a"], vec!["&", "~"]),
            ("[<>^]", vec!["<", ">", "^"], vec!["a"]),
            ("{a,b{c,d}}e", vec!["ae", "bce", "bde"], vec!["be", "a,e"]),
            ("a,b", vec!["a,b"], vec!["a", "b"]),
            ("{a,*}z", vec!["az", "xyz"], vec!["a"]),
            ("a.c", vec!["a.c"], vec!["abc"]),
            (r"a\*c", vec!["a*c"], vec!["abc"]),
            ("**/b", vec!["b", "a/b", "a/x/b"], vec!["ab"]),
            ("a/**/b", vec!["a/b", "a/x/b", "a/x/y/b"], vec!["ab", "a/xb"]),
            ("a/**", vec!["a/b", "a/b/c", "a/"], vec!["a"]),
            ("a**b", vec!["ab", "a/x/b"], vec!["a"]),
        ] {
            let compiled = Glob::parse(glob).expect(glob);
            for text in matching {
                assert!(compiled.is_match(text), "{glob} {text}");
            }
            for text in other {
                assert!(!compiled.is_match(text), "{glob} {text}");
            }
        }
    }

    #[test]
    fn a_malformed_glob_names_its_fault() {
        for (glob, error) in [
            ("[a", GlobError::UnclosedClass),
            ("[]", GlobError::UnclosedClass),
            ("[!", GlobError::UnclosedClass),
            ("[z-a]", GlobError::InvalidRange('z', 'a')),
            ("{a", GlobError::UnclosedAlternates),
            ("a}", GlobError::UnopenedAlternates),
            ("a\\", GlobError::DanglingEscape),
        ] {
            assert_eq!(Glob::parse(glob).err(), Some(error), "{glob}");
        }
    }

    #[test]
    fn many_stars_do_not_take_exponential_time() {
        let glob = Glob::parse(&"*a".repeat(40)).expect("well-formed");
        assert!(!glob.is_match(&"a".repeat(39)));
        assert!(glob.is_match(&"ba".repeat(60)));
    }
}
