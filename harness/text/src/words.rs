//! Closed lists of words, as enums.

use std::error::Error;
use std::fmt;

/// A word that is not in the closed list in which it was looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    /// The unknown word.
    pub word: String,
    /// The words of the list.
    pub allowed: &'static [&'static str],
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not one of {}", self.word, self.allowed.join(", "))
    }
}

impl Error for UnknownWord {}

/// Defines an enum whose variants are the words of a closed list.
///
/// The enum has `ALL`, `WORDS` and `as_str`; it implements `Display` and, with [`UnknownWord`] as the error, `FromStr`. It converts into
/// `&'static str` and from `String`, so that `#[serde(into = "&'static str", try_from = "String")]` reads and writes it as its word.
#[macro_export]
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vmeta])* $variant,)+ }

        impl $name {
            /// Every word of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// Every word of the list, as it is written.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word as it is written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::UnknownWord;
            fn from_str(word: &str) -> ::std::result::Result<Self, $crate::UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::UnknownWord { word: word.to_owned(), allowed: Self::WORDS }),
                }
            }
        }

        impl ::std::convert::TryFrom<String> for $name {
            type Error = $crate::UnknownWord;
            fn try_from(word: String) -> ::std::result::Result<Self, $crate::UnknownWord> {
                word.parse()
            }
        }

        impl ::std::convert::From<$name> for &'static str {
            fn from(word: $name) -> Self {
                word.as_str()
            }
        }
    };
}

#[cfg(test)]
mod tests {
    crate::words! {
        /// A direction.
        Direction {
            /// To the left.
            Left = "left",
            /// Not to the left.
            NotLeft = "not-left",
        }
    }

    #[test]
    fn each_word_is_read_and_written_as_it_is_listed() {
        for (direction, word) in Direction::ALL.iter().zip(Direction::WORDS) {
            assert_eq!(direction.to_string(), *word);
            assert_eq!(<&str>::from(*direction), *word);
            assert_eq!(word.parse(), Ok(*direction));
            assert_eq!(Direction::try_from((*word).to_owned()), Ok(*direction));
        }
        assert_eq!(Direction::NotLeft.as_str(), "not-left");
    }

    #[test]
    fn another_word_is_an_error_that_lists_the_words() {
        let error = "Left".parse::<Direction>().expect_err("words compare exactly");
        assert_eq!(error.to_string(), "`Left` is not one of left, not-left");
    }
}
