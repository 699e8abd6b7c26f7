//! Reading the exact lists.

use super::ListKey;
use super::escape::unescape;
use crate::baseline::cause::{Broken, CauseName, InvalidName, check_name};
use crate::{UnknownVerdict, Verdict};
use crosscheck_text::pattern::{Pattern, PatternError};
use std::collections::{BTreeSet, HashMap};
use thiserror::Error;

/// The maximum number of cases in a file.
const MAX_CASES: u64 = 1 << 20;
/// The maximum length of the ids of all cases of a file, in bytes.
const MAX_BYTES: u64 = 64 << 20;
/// The maximum length of a line, in bytes.
const MAX_LINE: usize = 64 << 10;
/// The maximum number of errors that are reported for a file.
const MAX_ERRORS: usize = 100;

/// A line that is not right.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{fault}")]
pub struct LineError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in bytes.
    pub column: usize,
    /// What is wrong.
    #[source]
    pub fault: LineFault,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LineFault {
    /// Its indentation.
    #[error("a line must start with at most three spaces, not with {0}")]
    Indentation(usize),
    /// Its length.
    #[error("the line is longer than {MAX_LINE} bytes; split its pattern")]
    TooLong,
    /// Something else than `cause NAME` without indentation.
    #[error("this line is not `cause NAME`")]
    Cause,
    /// Something else than a rule or step and a verdict with one space before it.
    #[error("this line is neither `rule ID VERDICT` nor `step ID VERDICT`")]
    List,
    /// A line below nothing.
    #[error("this line belongs below {0}")]
    Misplaced(&'static str),
    /// A heading below which nothing follows.
    #[error("{0} follows below this line; remove it")]
    NothingBelow(&'static str),
    /// An invalid name.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// An unknown verdict.
    #[error(transparent)]
    Verdict(#[from] UnknownVerdict),
    /// Invalid braces.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// A byte that must be percent-encoded.
    #[error("a case id is written in visible ASCII; percent-encode the byte 0x{0:02x}")]
    Byte(u8),
    /// An invalid percent-encoding.
    #[error("`{0}` is not percent-encoded UTF-8; write two hexadecimal digits after each `%`")]
    Escape(String),
    /// An empty case id.
    #[error("a case id is empty")]
    Empty,
    /// More cases than any corpus has.
    #[error("the file lists more than {MAX_CASES} cases, or more than {MAX_BYTES} bytes of case ids")]
    TooMany,
    /// A cause or list that started earlier.
    #[error("line {0} starts the same list; move the lines below this one there")]
    HeadingTwice(usize),
    /// A case that the list already has.
    #[error("`{case}` is on line {line} too; remove one of them")]
    CaseTwice {
        /// The case.
        case: String,
        /// The earlier line.
        line: usize,
    },
}

/// A list with the lines on which it is written.
#[derive(Debug)]
pub struct ReadList {
    /// What the list is about.
    pub key: ListKey,
    /// The line of its heading.
    pub line: usize,
    /// Its cases, each with its line, in the order of the file.
    pub cases: Vec<(String, usize)>,
}

impl ReadList {
    /// The list without its lines.
    #[must_use]
    pub fn into_cases(self) -> (ListKey, BTreeSet<String>) {
        (self.key, self.cases.into_iter().map(|(id, _)| id).collect())
    }
}

/// Reads the lists of a text; returns them and the errors. Lines with an error are left out.
#[must_use]
pub fn read(text: &str) -> (Vec<ReadList>, Vec<LineError>) {
    let mut reader = Reader::default();
    for (at, line) in text.lines().enumerate() {
        if reader.errors.len() >= MAX_ERRORS {
            break;
        }
        reader.line = at + 1;
        if !line.starts_with('#') && !line.trim().is_empty() {
            reader.read(line);
        }
    }
    reader.close(0);
    reader.errors.sort_by_key(|e| (e.line, e.column));
    (reader.lists, reader.errors)
}

/// A heading whose lines are being read.
struct Open {
    line: usize,
    /// Whether a line below was read, right or not.
    is_used: bool,
}

#[derive(Default)]
struct Reader {
    line: usize,
    lists: Vec<ReadList>,
    errors: Vec<LineError>,
    /// The cause, the list and the first halves that are open, outermost first.
    open: Vec<Open>,
    /// The name of the open cause; `None` if it is not right.
    cause: Option<CauseName>,
    /// Whether the open list is the last of `lists`.
    has_list: bool,
    /// The first halves of ids.
    heads: Vec<String>,
    causes: HashMap<String, usize>,
    keys: HashMap<(String, bool, String, Verdict), usize>,
    /// The cases of the open list, with their lines.
    seen: HashMap<String, usize>,
    cases: u64,
    bytes: u64,
    is_full: bool,
}

/// What is open at each level of indentation, as messages call it.
const LEVELS: [&str; 3] = [
    "a line `cause NAME`",
    "a line `rule ID VERDICT` or `step ID VERDICT`",
    "a line that ends in `#`",
];
/// What must follow below each of them.
const BELOW: [&str; 3] = ["no list of cases", "no case", "no second half of a case id"];

impl Reader {
    /// Adds an error of the line, at a column from 0.
    fn error(&mut self, column: usize, fault: impl Into<LineFault>) {
        // Something is always missing below a wrong heading, or above a wrong line: do not report that as a second error.
        if let Some(above) = self.open.last_mut() {
            above.is_used = true;
        }
        self.errors.push(LineError {
            line: self.line,
            column: column + 1,
            fault: fault.into(),
        });
    }

    fn read(&mut self, line: &str) {
        if line.len() > MAX_LINE {
            return self.error(0, LineFault::TooLong);
        }
        let indent = line.len() - line.trim_start_matches(' ').len();
        if indent > LEVELS.len() {
            return self.error(0, LineFault::Indentation(indent));
        }
        self.close(indent);
        if self.open.len() < indent {
            let above = LEVELS.get(self.open.len()).copied().unwrap_or_default();
            return self.error(indent, LineFault::Misplaced(above));
        }
        if let Some(above) = self.open.last_mut() {
            above.is_used = true;
        }
        let (_, rest) = line.split_at(indent);
        match indent {
            0 => self.cause(rest),
            1 => self.list(rest),
            2 => match rest.strip_suffix('#') {
                Some(head) => self.head(head),
                None => self.cases(rest, indent, false),
            },
            _ => self.cases(rest, indent, true),
        }
    }

    /// Closes headings down to a level; one without lines below is an error.
    fn close(&mut self, level: usize) {
        while self.open.len() > level {
            let below = BELOW.get(self.open.len() - 1).copied().unwrap_or_default();
            if let Some(closed) = self.open.pop().filter(|o| !o.is_used) {
                self.errors.push(LineError {
                    line: closed.line,
                    column: 1,
                    fault: LineFault::NothingBelow(below),
                });
            }
        }
    }

    fn open(&mut self) {
        self.open.push(Open {
            line: self.line,
            is_used: false,
        });
    }

    fn cause(&mut self, text: &str) {
        self.open();
        (self.cause, self.has_list) = (None, false);
        let Some(name) = text.strip_prefix("cause ") else {
            return self.error(0, LineFault::Cause);
        };
        if let Some(line) = self.causes.insert(name.to_owned(), self.line) {
            self.error(0, LineFault::HeadingTwice(line));
        }
        match name.parse() {
            Ok(name) => self.cause = Some(name),
            Err(error) => self.error("cause ".len(), LineFault::Name(error)),
        }
    }

    fn list(&mut self, text: &str) {
        self.open();
        self.has_list = false;
        self.seen.clear();
        let words: Vec<&str> = text.split(' ').collect();
        let &[kind @ ("rule" | "step"), id, verdict] = words.as_slice() else {
            return self.error(1, LineFault::List);
        };
        let at = 1 + kind.len() + 1;
        if let Err(error) = check_name(id) {
            return self.error(at, error);
        }
        let verdict: Verdict = match verdict.parse() {
            Ok(verdict) => verdict,
            Err(error) => return self.error(at + id.len() + 1, LineFault::Verdict(error)),
        };
        let Some(cause) = self.cause.clone() else { return };
        let is_rule = kind == "rule";
        let key = (cause.as_str().to_owned(), is_rule, id.to_owned(), verdict);
        if let Some(line) = self.keys.insert(key, self.line) {
            return self.error(1, LineFault::HeadingTwice(line));
        }
        let broken = if is_rule {
            Broken::Rule(id.to_owned())
        } else {
            Broken::Step(id.to_owned())
        };
        self.has_list = true;
        self.lists.push(ReadList {
            key: ListKey { cause, broken, verdict },
            line: self.line,
            cases: Vec::new(),
        });
    }

    fn head(&mut self, text: &str) {
        self.open();
        let heads = self.expand(text, 2, 1, 0);
        self.heads = heads.into_iter().map(|head| format!("{head}#")).collect();
    }

    /// Reads cases; the second halves of ids if first halves are open.
    fn cases(&mut self, text: &str, indent: usize, has_heads: bool) {
        let heads = if has_heads {
            std::mem::take(&mut self.heads)
        } else {
            vec![String::new()]
        };
        let longest = heads.iter().map(String::len).max().unwrap_or_default();
        for end in self.expand(text, indent, heads.len(), longest) {
            for head in &heads {
                self.case(format!("{head}{end}"), indent);
            }
        }
        if has_heads {
            self.heads = heads;
        }
    }

    fn case(&mut self, id: String, indent: usize) {
        if id.is_empty() {
            return self.error(indent, LineFault::Empty);
        }
        if let Some(&line) = self.seen.get(&id) {
            return self.error(indent, LineFault::CaseTwice { case: id, line });
        }
        self.seen.insert(id.clone(), self.line);
        if let Some(list) = self.lists.last_mut().filter(|_| self.has_list) {
            list.cases.push((id, self.line));
        }
    }

    /// Expands a pattern, whose texts are each used `times` times after `behind` bytes; returns none if the pattern has an error.
    fn expand(&mut self, text: &str, indent: usize, times: usize, behind: usize) -> Vec<String> {
        if let Some((at, byte)) = text.bytes().enumerate().find(|(_, b)| !b.is_ascii_graphic()) {
            self.error(indent + at, LineFault::Byte(byte));
            return Vec::new();
        }
        let pattern = match Pattern::parse(text) {
            Ok(pattern) => pattern,
            Err((at, error)) => {
                self.error(indent + at, error);
                return Vec::new();
            }
        };
        let (size, times) = (pattern.size(), times as u64);
        let cases = size.texts.saturating_mul(times);
        let bytes = size
            .bytes
            .saturating_mul(times)
            .saturating_add(cases.saturating_mul(behind as u64));
        self.cases = self.cases.saturating_add(cases);
        self.bytes = self.bytes.saturating_add(bytes);
        if self.cases > MAX_CASES || self.bytes > MAX_BYTES {
            if !std::mem::replace(&mut self.is_full, true) {
                self.error(indent, LineFault::TooMany);
            }
            return Vec::new();
        }
        let mut texts = Vec::new();
        for escaped in pattern.expand() {
            match unescape(&escaped) {
                Some(text) => texts.push(text),
                None => {
                    self.error(indent, LineFault::Escape(escaped));
                    return Vec::new();
                }
            }
        }
        texts
    }
}
