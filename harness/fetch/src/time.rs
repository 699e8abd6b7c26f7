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
