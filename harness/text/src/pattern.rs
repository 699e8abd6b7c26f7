//! Brace patterns: one text for many names, `origin/{listed,post}-{a,b}` for four of them.
//!
//! A pattern is text with alternatives in braces, separated by commas, nested to any depth. It expands to each text that results
//! from choosing one alternative of every pair of braces, as in a shell. [`fold()`] writes a set of names as patterns, [`Pattern`]
//! reads them back.

mod fold;

pub use fold::{fold, join};

use thiserror::Error;

/// The deepest nesting of braces.
const MAX_DEPTH: usize = 64;

/// A text is not a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PatternError {
    /// A brace is not closed.
    #[error("the brace is not closed; close it with `}}`")]
    Unclosed,
    /// A closing brace without an opening one.
    #[error("the brace closes nothing; remove it")]
    Unopened,
    /// Braces within braces within braces.
    #[error("braces are nested more than {MAX_DEPTH} levels deep")]
    TooDeep,
}

/// A pattern: text and alternatives in sequence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    OneOf(Vec<Pattern>),
}

/// What the expansion of a pattern would cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// The number of texts.
    pub texts: u64,
    /// The bytes of all of them.
    pub bytes: u64,
}

impl Pattern {
    /// Reads a pattern; an error comes with the byte at which it was found.
    pub fn parse(text: &str) -> Result<Self, (usize, PatternError)> {
        let mut reader = Reader { text, at: 0 };
        let pattern = reader.sequence(0)?;
        match reader.peek() {
            // A comma outside of braces is text, and the sequence reads it as such; only a brace can remain.
            Some(_) => Err((reader.at, PatternError::Unopened)),
            None => Ok(pattern),
        }
    }

    /// The size of the expansion, computed without expanding; saturates.
    pub fn size(&self) -> Size {
        let mut size = Size { texts: 1, bytes: 0 };
        for part in &self.0 {
            let of_part = match part {
                Part::Text(text) => Size {
                    texts: 1,
                    bytes: text.len() as u64,
                },
                Part::OneOf(alternatives) => {
                    alternatives
                        .iter()
                        .map(Self::size)
                        .fold(Size { texts: 0, bytes: 0 }, |sum, one| Size {
                            texts: sum.texts.saturating_add(one.texts),
                            bytes: sum.bytes.saturating_add(one.bytes),
                        })
                }
            };
            size = Size {
                bytes: size
                    .bytes
                    .saturating_mul(of_part.texts)
                    .saturating_add(of_part.bytes.saturating_mul(size.texts)),
                texts: size.texts.saturating_mul(of_part.texts),
            };
        }
        size
    }

    /// Every text that the pattern expands to, in written order. Check [`Self::size`] first.
    pub fn expand(&self) -> Vec<String> {
        let mut texts = vec![String::new()];
        for part in &self.0 {
            match part {
                Part::Text(text) => texts.iter_mut().for_each(|t| t.push_str(text)),
                Part::OneOf(alternatives) => {
                    let ends: Vec<String> = alternatives.iter().flat_map(Self::expand).collect();
                    texts = texts
                        .iter()
                        .flat_map(|start| ends.iter().map(move |end| format!("{start}{end}")))
                        .collect();
                }
            }
        }
        texts
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Reads up to the end of an alternative.
    fn sequence(&mut self, depth: usize) -> Result<Pattern, (usize, PatternError)> {
        let mut parts = Vec::new();
        loop {
            let start = self.at;
            while self
                .peek()
                .is_some_and(|b| !(b == b'{' || b == b'}' || (b == b',' && depth > 0)))
            {
                self.at += 1;
            }
            if let Some(text) = self.text.get(start..self.at).filter(|t| !t.is_empty()) {
                parts.push(Part::Text(text.to_owned()));
            }
            if self.peek() != Some(b'{') {
                return Ok(Pattern(parts));
            }
            parts.push(Part::OneOf(self.alternatives(depth + 1)?));
        }
    }

    /// Reads from an opening brace to behind the closing one.
    fn alternatives(&mut self, depth: usize) -> Result<Vec<Pattern>, (usize, PatternError)> {
        let opened = self.at;
        if depth > MAX_DEPTH {
            return Err((opened, PatternError::TooDeep));
        }
        let mut alternatives = Vec::new();
        loop {
            // The brace or the comma before the alternative.
            self.at += 1;
            alternatives.push(self.sequence(depth)?);
            match self.peek() {
                Some(b',') => {}
                Some(_) => {
                    self.at += 1;
                    return Ok(alternatives);
                }
                None => return Err((opened, PatternError::Unclosed)),
            }
        }
    }
}

#[cfg(test)]
mod tests;
