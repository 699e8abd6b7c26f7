//! Seconds since t = 0, the only clock of the model.

use std::time::UNIX_EPOCH;

/// 2026-01-01T00:00:00Z in seconds since the Unix epoch.
const T0: u64 = 1_767_225_600;

/// An HTTP date as seconds since t = 0; may be negative.
pub(crate) fn http_date(value: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(value).ok()?;
    let time = httpdate::parse_http_date(text.trim()).ok()?;
    let unix = time.duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some(i64::try_from(unix).ok()?.saturating_sub(T0.cast_signed()))
}

/// A [cookie-date](https://www.rfc-editor.org/rfc/rfc6265#section-5.1.1) as seconds since t = 0; may be negative: steps 1 to 7. Any
/// order of the parts (step 2), any letter case and two-digit years (steps 3 and 4) are accepted.
pub(crate) fn cookie_date(value: &[u8]) -> Option<i64> {
    const MONTHS: &[u8; 36] = b"janfebmaraprmayjunjulaugsepoctnovdec";
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    let is_delimiter = |b: &u8| matches!(b, b'\t' | 0x20..=0x2F | 0x3B..=0x40 | 0x5B..=0x60 | 0x7B..=0x7E);
    for token in value.split(is_delimiter).filter(|token| !token.is_empty()) {
        if time.is_none() {
            time = time_of_day(token);
            if time.is_some() {
                continue;
            }
        }
        if day.is_none() {
            day = leading_number(token, 1, 2);
            if day.is_some() {
                continue;
            }
        }
        if month.is_none() {
            month = token.get(..3).and_then(|name| {
                let index = MONTHS.chunks(3).position(|m| m.eq_ignore_ascii_case(name))?;
                i64::try_from(index).ok()
            });
            if month.is_some() {
                continue;
            }
        }
        if year.is_none() {
            year = leading_number(token, 2, 4);
        }
    }
    let ((hour, minute, second), day, month) = (time?, day?, month?);
    let year = match year? {
        short @ 70..=99 => short + 1900,
        short @ 0..=69 => short + 2000,
        long => long,
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 => 28 + i64::from(leap),
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    };
    if year < 1601 || !(1..=length).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Days since the epoch, with years that begin in March, so that the leap day comes last.
    let (shifted_year, shifted_month) = if month < 2 {
        (year - 1, month + 10)
    } else {
        (year, month - 2)
    };
    let days = 365 * shifted_year + shifted_year / 4 - shifted_year / 100
        + shifted_year / 400
        + (153 * shifted_month + 2) / 5
        + day
        - 719_469;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second - T0.cast_signed())
}

/// A number of `least` to `most` digits, after which anything but a digit may follow.
fn leading_number(token: &[u8], least: usize, most: usize) -> Option<i64> {
    let digits = token.iter().take_while(|b| b.is_ascii_digit()).count();
    if !(least..=most).contains(&digits) {
        return None;
    }
    let number = token.iter().take(digits);
    Some(number.fold(0, |n, b| n * 10 + i64::from(b - b'0')))
}

/// `hh:mm:ss`, one or two digits each.
fn time_of_day(token: &[u8]) -> Option<(i64, i64, i64)> {
    let mut parts = token.splitn(3, |b| *b == b':');
    let whole = |part: &[u8]| leading_number(part, 1, 2).filter(|_| part.iter().all(u8::is_ascii_digit));
    let hour = whole(parts.next()?)?;
    let minute = whole(parts.next()?)?;
    Some((hour, minute, leading_number(parts.next()?, 1, 2)?))
}
