//! Calendar dates, in UTC.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(with = "String"))]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// A text that is no date.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a date; write YYYY-MM-DD, for example 2026-01-31")]
pub struct InvalidDate(String);

impl Date {
    /// The day of a time, given in seconds since 1970. Times after the year 9999 are its last day.
    #[must_use]
    pub fn of_unix(seconds: u64) -> Self {
        let mut days = seconds / 86_400;
        let mut year: u16 = 1970;
        while year < 9999 && days >= u64::from(days_of_year(year)) {
            days -= u64::from(days_of_year(year));
            year += 1;
        }
        let mut month: u8 = 1;
        while month < 12 && days >= u64::from(days_of_month(year, month)) {
            days -= u64::from(days_of_month(year, month));
            month += 1;
        }
        let last = days_of_month(year, month);
        let day = u8::try_from(days + 1).map_or(last, |day| day.min(last));
        Self { year, month, day }
    }
}

const fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_of_year(year: u16) -> u16 {
    if is_leap(year) { 366 } else { 365 }
}

const fn days_of_month(year: u16, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = InvalidDate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidDate(text.chars().take(40).collect());
        let is_dash = |at: usize| at == 4 || at == 7;
        let right = |(at, b): (usize, u8)| if is_dash(at) { b == b'-' } else { b.is_ascii_digit() };
        if text.len() != 10 || !text.bytes().enumerate().all(right) {
            return Err(invalid());
        }
        let mut parts = text.split('-');
        let mut number = || {
            parts
                .next()
                .and_then(|part| part.parse::<u16>().ok())
                .ok_or_else(invalid)
        };
        let (year, month, day) = (number()?, number()?, number()?);
        let (month, day) = (u8::try_from(month).unwrap_or(0), u8::try_from(day).unwrap_or(0));
        let exists = (1..=12).contains(&month) && (1..=days_of_month(year, month)).contains(&day);
        exists.then_some(Self { year, month, day }).ok_or_else(invalid)
    }
}

impl TryFrom<String> for Date {
    type Error = InvalidDate;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn a_time_has_the_date_of_its_day_in_utc() {
        for (seconds, date) in [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (86_400, "1970-01-02"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_767_225_600, "2026-01-01"),
            (1_769_817_600, "2026-01-31"),
            (1_769_903_999, "2026-01-31"),
            (1_769_904_000, "2026-02-01"),
            (4_107_542_400, "2100-03-01"),
            (u64::MAX, "9999-12-31"),
        ] {
            assert_eq!(Date::of_unix(seconds).to_string(), date, "{seconds}");
        }
    }

    #[test]
    fn a_date_reads_back_and_what_is_no_day_is_refused() {
        for text in ["2026-01-31", "2024-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(text.parse::<Date>().expect("a date").to_string(), text);
        }
        for text in [
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-01-32",
            "2026-1-31",
            "31-01-2026",
            "",
            "2026-01-3x",
            "２026-01-1",
        ] {
            let error = text.parse::<Date>().expect_err(text).to_string();
            assert!(error.contains("write YYYY-MM-DD"), "{error}");
        }
    }

    #[test]
    fn dates_are_in_the_order_of_time() {
        let dates = ["2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01", "2027-01-01"];
        assert!(dates.map(|text| text.parse::<Date>().expect("a date")).is_sorted());
    }
}
