//! How the lines of one header read.

use crate::header_list::{HeaderList, trim_tab_space};
use std::borrow::Cow;

/// The lines of one name.
pub(crate) struct Lines<'r> {
    /// The combined value; empty if there is none.
    pub(crate) value: Cow<'r, [u8]>,
    pub(crate) count: usize,
    /// Whether SP or HT was stripped from a line.
    pub(crate) trimmed: bool,
    /// Whether the lines spell the name in more than one way.
    pub(crate) mixed_names: bool,
}

impl<'r> Lines<'r> {
    pub(crate) fn of(response: &'r HeaderList, name: &[u8]) -> Self {
        let mut headers = response.iter().filter(|h| h.name.eq_ignore_ascii_case(name)).peekable();
        let first = headers.peek().map(|h| h.name.clone()).unwrap_or_default();
        let mut lines = Self {
            value: response.get(name).unwrap_or_default(),
            count: 0,
            trimmed: false,
            mixed_names: false,
        };
        for header in headers {
            lines.count += 1;
            lines.trimmed |= trim_tab_space(&header.value).len() < header.value.len();
            lines.mixed_names |= header.name != first;
        }
        lines
    }

    pub(super) fn contains(&self, byte: u8) -> bool {
        self.value.contains(&byte)
    }

    pub(super) fn has_odd_edge(&self) -> bool {
        let odd = |b: Option<&u8>| b.is_some_and(|b| !(0x20..0x7F).contains(b));
        odd(self.value.first()) || odd(self.value.last())
    }
}

/// The value without the bytes that look blank.
pub(super) fn without_blanks(value: &[u8]) -> Vec<u8> {
    let blank = |b: u8| b <= 0x20 || matches!(b, 0x7F | 0x85 | 0xA0 | 0xC2);
    value.iter().copied().filter(|b| !blank(*b)).collect()
}
