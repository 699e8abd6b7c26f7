//! Parses the JavaScript literals that DevTools writes: strings, objects, numbers, words. It evaluates no expression.

use crate::head::shown;
use crate::input_error::InputError;

/// The maximum nesting depth.
const DEEPEST: usize = 32;

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    Object(Vec<(String, Self)>),
    List(Vec<Self>),
    /// A number, `true`, `null`, `undefined`, as written.
    Word(String),
}

impl Value {
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().rev().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A place in the text.
pub(super) struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    pub(super) const fn new(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }

    /// The text that has not been read.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn line(&self) -> usize {
        self.text.get(..self.at).unwrap_or_default().matches('\n').count() + 1
    }

    fn fault(&self, message: impl Into<String>, help: &str) -> InputError {
        let before = self.text.get(..self.at).unwrap_or_default();
        let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
        InputError::at(self.line(), column, message, help)
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Skips blanks and comments.
    pub(super) fn blanks(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            let comment = if trimmed.starts_with("//") {
                trimmed.find('\n').unwrap_or(trimmed.len())
            } else if trimmed.starts_with("/*") {
                trimmed.find("*/").map_or(trimmed.len(), |i| i + 2)
            } else {
                return;
            };
            self.at += comment;
        }
    }

    /// Reads a character if it comes next.
    pub(super) fn sign(&mut self, sign: char) -> bool {
        self.blanks();
        let found = self.peek() == Some(sign);
        if found {
            self.bump();
        }
        found
    }

    pub(super) fn expect(&mut self, sign: char, what: &str) -> Result<(), InputError> {
        if self.sign(sign) {
            return Ok(());
        }
        Err(self.fault(
            format!(
                "expected `{sign}` {what}, found `{}`",
                shown(self.rest().lines().next().unwrap_or("the end"))
            ),
            "paste the whole call as DevTools copies it: fetch(\"URL\", { ... });",
        ))
    }

    pub(super) fn value(&mut self, depth: usize) -> Result<Value, InputError> {
        self.blanks();
        if depth > DEEPEST {
            return Err(self.fault(
                "the literal is nested too deeply",
                "paste the call as DevTools copies it",
            ));
        }
        match self.peek() {
            Some('"' | '\'' | '`') => self.string().map(Value::Text),
            Some('{') => self.object(depth),
            Some('[') => self.list(depth),
            _ => {
                let start = self.at;
                let word = self.word();
                if matches!(word.as_str(), "true" | "false" | "null" | "undefined") || word.parse::<f64>().is_ok() {
                    return Ok(Value::Word(word));
                }
                self.at = start;
                Err(self.fault(
                    format!(
                        "`{}` is not a literal",
                        shown(self.rest().lines().next().unwrap_or_default())
                    ),
                    "write plain strings and objects; variables and calls are not evaluated",
                ))
            }
        }
    }

    fn word(&mut self) -> String {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$' | '.' | '+')))
            .unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default().to_owned()
    }

    fn object(&mut self, depth: usize) -> Result<Value, InputError> {
        self.bump();
        let mut members = Vec::new();
        loop {
            if self.sign('}') {
                return Ok(Value::Object(members));
            }
            let key = match self.peek() {
                Some('"' | '\'') => self.string()?,
                _ => self.word(),
            };
            if key.is_empty() {
                return Err(self.fault("expected a key", "write `\"name\": value`"));
            }
            self.expect(':', "after the key")?;
            members.push((key, self.value(depth + 1)?));
            if !self.sign(',') {
                self.expect('}', "at the end of the object")?;
                return Ok(Value::Object(members));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, InputError> {
        self.bump();
        let mut items = Vec::new();
        loop {
            if self.sign(']') {
                return Ok(Value::List(items));
            }
            items.push(self.value(depth + 1)?);
            if !self.sign(',') {
                self.expect(']', "at the end of the list")?;
                return Ok(Value::List(items));
            }
        }
    }

    fn string(&mut self) -> Result<String, InputError> {
        let open = self.at;
        let Some(quote) = self.bump() else {
            return Ok(String::new());
        };
        let mut text = String::new();
        while let Some(c) = self.bump() {
            match c {
                c if c == quote => return Ok(text),
                '\\' => self.escape(&mut text),
                '$' if quote == '`' && self.peek() == Some('{') => break,
                '\n' if quote != '`' => break,
                c => text.push(c),
            }
        }
        self.at = open;
        Err(self.fault(
            "the string does not end, or is a template with `${`",
            "close it, and write values in place of variables",
        ))
    }

    fn escape(&mut self, text: &mut String) {
        let mut hex = |parser: &mut Self, digits: usize| {
            let code = parser
                .rest()
                .get(..digits)
                .and_then(|h| u32::from_str_radix(h, 16).ok());
            if code.is_some() {
                parser.at += digits;
            }
            text.push(code.and_then(char::from_u32).unwrap_or('\u{FFFD}'));
        };
        match self.bump() {
            Some('x') => hex(self, 2),
            Some('u') if self.peek() == Some('{') => {
                self.bump();
                let digits = self.rest().find('}').unwrap_or(0);
                hex(self, digits);
                self.sign('}');
            }
            Some('u') => hex(self, 4),
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('b') => text.push('\u{8}'),
            Some('f') => text.push('\u{C}'),
            Some('0') => text.push('\0'),
            Some('\n') | None => {}
            Some(c) => text.push(c),
        }
    }
}
