//! Which steps of the catalogue an explanation rests on, by what was looked at.

use crate::mime::essence;
use crate::request::Note;
use crate::steps::Step;

/// The step by which a method keeps or changes its letters.
pub(crate) fn method_step(method: &[u8]) -> Step {
    match method {
        b"DELETE" | b"GET" | b"HEAD" | b"OPTIONS" | b"POST" | b"PUT" => Step::MethodSafelistByteExact,
        b"patch" | b"PATCH" => Step::MethodNoNormalizePatch,
        _ => Step::MethodArbitraryAllowed,
    }
}

/// The steps that an API's silent act rests on.
pub(crate) fn note_steps(note: &Note) -> Vec<Step> {
    match note {
        Note::Forbidden(name) => {
            let lower = name.to_ascii_lowercase();
            let mut found = vec![
                Step::ForbiddenHeaderSilentDrop,
                Step::ForbiddenHeaderNoPreflightFromForbidden,
            ];
            if lower.starts_with(b"proxy-") || lower.starts_with(b"sec-") {
                found.push(Step::ForbiddenHeaderPrefixes);
            } else if lower.starts_with(b"x-") {
                found = vec![
                    Step::ForbiddenHeaderMethodOverride,
                    Step::ForbiddenHeaderOverridePerAppend,
                    Step::HeaderListGetDecodeSplit,
                    Step::ForbiddenHeaderSilentDrop,
                ];
            } else if lower == b"connection" {
                found.push(Step::SafelistRequestConnectionForbidden);
                found.push(Step::ForbiddenHeaderNameList);
            } else {
                found.push(Step::ForbiddenHeaderNameList);
                found.push(Step::ForbiddenHeaderCaseInsensitive);
            }
            found
        }
        Note::NoCors(name) if name.eq_ignore_ascii_case(b"range") => {
            vec![Step::NoCorsRangeNotSettable, Step::NoCorsHeaderGuard]
        }
        Note::NoCors(_) => vec![Step::NoCorsHeaderGuard, Step::NoCorsAppendChecksCombined],
        Note::Appended(_) => vec![Step::HeaderListAppendKeepsSeparate],
        Note::Trimmed(_) => vec![Step::HeaderListValueNormalize],
        Note::NormalizedMethod => vec![Step::MethodNormalize],
    }
}

/// The steps that the safelist's look at a header rests on.
pub(crate) fn safelist_steps(name: &[u8], value: &[u8]) -> Vec<Step> {
    let mut found = vec![Step::SafelistRequestNameCaseInsensitive];
    let lower = name.to_ascii_lowercase();
    match lower.as_slice() {
        b"accept" => found.extend([
            Step::SafelistRequestAccept,
            Step::SafelistRequestUnsafeByteControls,
            Step::SafelistRequestUnsafeByteDelimiters,
        ]),
        b"accept-language" => found.push(Step::SafelistRequestAcceptLanguage),
        b"content-language" => found.push(Step::SafelistRequestContentLanguage),
        b"content-type" => {
            found.push(Step::SafelistRequestContentTypeUnsafeBytes);
            found.push(if essence(value).is_some() {
                Step::SafelistRequestContentTypeEssence
            } else {
                Step::SafelistRequestContentTypeParseFailure
            });
            found.push(if value.contains(&b';') {
                Step::SafelistRequestContentTypeParametersLenient
            } else {
                Step::SafelistRequestContentTypePerHeader
            });
        }
        b"range" => {
            found.push(Step::SafelistRequestRangeForm);
            found.push(match value {
                [b'b', b'y', b't', b'e', b's', b'=', b'-', ..] => Step::SafelistRequestRangeNoSuffix,
                _ if value.contains(&b',') => Step::SafelistRequestRangeSingleOnly,
                _ if value.iter().any(|b| matches!(b, b' ' | b'\t')) => Step::SafelistRequestRangeNoWhitespace,
                _ if !value.starts_with(b"bytes") => Step::SafelistRequestRangeUnitCase,
                _ => Step::SafelistRequestRangeOrder,
            });
        }
        b"user-agent" => found.push(Step::SafelistRequestUserAgentUnsafe),
        b"authorization" => found.push(Step::UnsafeNamesNonWildcardAuthorization),
        _ => found.push(Step::SafelistRequestClosedNameSet),
    }
    if value.len() > 100 {
        found.splice(
            0..1,
            [Step::SafelistRequestLength128, Step::SafelistRequestLengthInBytes],
        );
    }
    found
}
