//! The answer to the user: whether the page can read the response, where it is blocked, and what to do; for each credentials mode that
//! is possible.

use super::adhoc::AdHoc;
use super::doubt::Doubt;
use super::fix::{Fix, find_fix};
use super::grant::granted;
use super::judge::judge;
use super::recorded::{FetchRun, RecordedFetches};
use super::remedy::remedy;
use super::verdict::Verdict;
use crosscheck_fetch::{CredentialsMode, Step, Via, escape};

/// The maximum number of preflights that are filled in.
const MAX_PREFLIGHTS: usize = 21;

/// The answer for one credentials mode.
#[derive(Clone, Debug)]
pub struct Variant {
    /// The credentials mode; `None` is the default of the API.
    pub credentials: Option<CredentialsMode>,
    /// The fetch.
    pub run: FetchRun,
    /// The change with which it succeeds.
    pub fix: Fix,
    /// The verdict.
    pub verdict: Verdict,
    /// The step at which the fetch is blocked.
    pub step: Option<Step>,
    /// The verdict as a sentence.
    pub sentence: String,
    /// What to do.
    pub remedy: String,
    /// Whether the answer to a preflight is filled in: the browser sent the request after it, so that it passed.
    pub filled_in: bool,
}

/// The answer to the user.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// The verdict; not known if it differs between the variants.
    pub verdict: Verdict,
    /// The step at which all variants are blocked.
    pub step: Option<Step>,
    /// The verdict, the step, and the conditions.
    pub headline: String,
    /// What to do.
    pub remedy: String,
    /// The possible credentials modes that have different answers, or one.
    pub variants: Vec<Variant>,
    /// What the input does not show.
    pub unknown: Vec<String>,
    /// What was assumed in its place.
    pub assumed: Vec<String>,
}

/// Answers the user.
#[must_use]
pub fn assess(adhoc: &AdHoc) -> Assessment {
    let open = adhoc.init.credentials.is_none()
        && !adhoc.evidence.options_without_method
        && matches!(adhoc.init.via, Via::Fetch | Via::Xhr);
    let mut variants: Vec<Variant> = variant(adhoc, adhoc.init.credentials).into_iter().collect();
    if open
        && let Some(include) = variant(adhoc, Some(CredentialsMode::Include))
        && let Some(first) = variants.first()
        && (include.verdict, include.step, unanswered(&include.run))
            != (first.verdict, first.step, unanswered(&first.run))
    {
        variants.push(include);
    }
    let deduced = deduce(adhoc, &mut variants);
    let mut unknown = if deduced {
        Vec::new()
    } else {
        unknown_mode(adhoc, open, &variants)
    };
    for (i, request) in variants.iter().filter_map(|v| v.run.unanswered()).take(1) {
        let what = if request.preflight { "preflight" } else { "request" };
        unknown.push(format!(
            "the answer to exchange {}, the {what} {} {}",
            i + 1,
            escape(&request.method),
            request.url
        ));
    }
    merged(adhoc, variants, unknown)
}

/// Drops the credentials mode that the input contradicts, if only one remains.
fn deduce(adhoc: &AdHoc, variants: &mut Vec<Variant>) -> bool {
    let [first, include] = &variants[..] else { return false };
    // A browser that went on after a response did not block it.
    let went_on = |v: &Variant| adhoc.evidence.by_browser && v.verdict == Verdict::Blocked && v.run.unused > 0;
    let fits = |v: &Variant| match adhoc.evidence.refused {
        _ if went_on(v) => false,
        Some(refused) => v.verdict == Verdict::NotKnown || refused == (v.verdict == Verdict::Blocked),
        None => true,
    };
    let (keep, how) = match (fits(first), fits(include)) {
        (false, true) => (1, "only credentials mode include explains what the browser did"),
        (true, false) => (0, "credentials mode include does not explain what the browser did"),
        _ => return false,
    };
    let mut kept = variants.swap_remove(keep);
    kept.sentence.push_str(&format!(" ({how} after this response)"));
    *variants = vec![kept];
    true
}

/// What is said about a credentials mode that is not known.
fn unknown_mode(adhoc: &AdHoc, open: bool, variants: &[Variant]) -> Vec<String> {
    let mut unknown = adhoc.unknown.clone();
    let [only] = variants else { return unknown };
    if !open {
        return unknown;
    }
    let cors = only
        .run
        .exchanges
        .iter()
        .any(|e| e.request.headers.get(b"origin").is_some());
    unknown = match only.verdict {
        _ if !cors && only.verdict != Verdict::NotKnown => Vec::new(),
        Verdict::Readable | Verdict::Loaded => {
            vec!["the credentials mode; the answer is the same for each".to_owned()]
        }
        Verdict::Blocked | Verdict::NotKnown => vec![
            "the credentials mode; the verdict is the same for each, but with include every response needs \
             Access-Control-Allow-Credentials: true, too; give it with --credentials"
                .to_owned(),
        ],
    };
    unknown
}

fn unanswered(run: &FetchRun) -> Option<usize> {
    run.unanswered().map(|(i, _)| i)
}

fn merged(adhoc: &AdHoc, variants: Vec<Variant>, unknown: Vec<String>) -> Assessment {
    let (mut verdict, step, mut headline, mut remedy) = match &variants[..] {
        [first, include] => (
            if first.verdict == include.verdict {
                first.verdict
            } else {
                Verdict::NotKnown
            },
            None,
            format!(
                "it depends on the credentials mode, which is not known: without credentials (omit, same-origin) {}; with credentials include {}",
                first.sentence, include.sentence
            ),
            match (first.verdict, include.verdict) {
                (Verdict::Blocked, _) => format!("without credentials: {}", first.remedy),
                (Verdict::NotKnown, Verdict::Blocked) => format!(
                    "{}; if the page uses credentials include: {}",
                    first.remedy, include.remedy
                ),
                (_, Verdict::Blocked) => format!(
                    "none is needed without credentials; if the page uses credentials include: {}",
                    include.remedy
                ),
                _ => first.remedy.clone(),
            },
        ),
        [first, ..] => (first.verdict, first.step, first.sentence.clone(), first.remedy.clone()),
        [] => (
            Verdict::NotKnown,
            None,
            "not known".to_owned(),
            "give a request".to_owned(),
        ),
    };
    let all = |verdict| variants.iter().all(|v| v.verdict == verdict);
    if adhoc.evidence.refused == Some(true) && all(Verdict::Readable) {
        verdict = Verdict::NotKnown;
        headline =
            "these headers let the page read the response, yet the input shows that the browser refused it".to_owned();
        remedy = "read the browser's console message: the reason is not in these headers (an extension, a cancelled request, COEP or \
                  an intercepting proxy)"
            .to_owned();
    }
    if adhoc.evidence.refused == Some(true) && variants.iter().any(|v| v.run.unanswered().is_some()) {
        headline.push_str("; the recording shows that the request failed, and no response to it");
    }
    let mut conditions: Vec<String> = Vec::new();
    let answered = !adhoc.answers.is_empty();
    for doubt in adhoc.doubts.iter().filter(|_| answered) {
        let preflighted = variants
            .iter()
            .any(|v| v.run.exchanges.iter().any(|e| e.request.preflight));
        let is_stated = *doubt == Doubt::NoPreflightSent && verdict == Verdict::NotKnown;
        let matters = !is_stated
            && (*doubt != Doubt::StatusNotShown
                || preflighted && !variants.iter().all(|v| v.verdict == Verdict::Blocked));
        let text = doubt.to_string();
        if matters && !conditions.contains(&text) {
            conditions.push(text);
        }
    }
    if !conditions.is_empty() {
        headline = format!("{headline}; provided that {}", conditions.join(", and that "));
    }
    let mut assumed = adhoc.assumed.clone();
    if variants.iter().any(|v| v.filled_in) {
        assumed.push(
            "the preflight, which is not recorded, passed, since the browser sent the request after it; the answer to it below is made up"
                .to_owned(),
        );
    }
    Assessment {
        verdict,
        step,
        headline,
        remedy,
        variants,
        unknown,
        assumed,
    }
}

fn variant(adhoc: &AdHoc, credentials: Option<CredentialsMode>) -> Option<Variant> {
    let recorded = adhoc.recorded_with(credentials);
    let found = evaluate(adhoc, &recorded)?;
    let first_is_preflight = found.run.exchanges.first().is_some_and(|e| e.request.preflight);
    if adhoc.evidence.answer_without_place && first_is_preflight {
        let mut other = recorded;
        for answer in other.fetches.iter_mut().flat_map(|f| &mut f.answers) {
            answer.preflight = Some(false);
        }
        let other = evaluate(adhoc, &other)?;
        return Some(either(credentials, found, &other));
    }
    Some(Variant { credentials, ..found })
}

/// The answer if one response may have answered the preflight or the request.
fn either(credentials: Option<CredentialsMode>, preflight: Variant, request: &Variant) -> Variant {
    if preflight.verdict == Verdict::Blocked && request.verdict == Verdict::Blocked && preflight.step == request.step {
        return Variant {
            credentials,
            ..preflight
        };
    }
    Variant {
        credentials,
        verdict: Verdict::NotKnown,
        step: None,
        sentence: format!(
            "not known, since one response is given and the browser sends a preflight and the request: if it answers the preflight, {}; if it answers the request, {}",
            preflight.sentence, request.sentence
        ),
        remedy: "give both responses, the preflight's first".to_owned(),
        ..preflight
    }
}

fn evaluate(adhoc: &AdHoc, recorded: &RecordedFetches) -> Option<Variant> {
    let run = |r: &RecordedFetches| r.run(&[]).pop();
    let mut recorded = recorded.clone();
    let mut seen = run(&recorded)?;
    let (mut shown, mut hypothetical, mut filled_in) = (seen.clone(), false, false);
    for _ in 0..MAX_PREFLIGHTS {
        let Some(filled) = granted(&recorded, &seen) else { break };
        let Some(next) = run(&filled) else { break };
        recorded = filled;
        seen = next;
        if adhoc.evidence.by_browser {
            shown = seen.clone();
            filled_in = true;
        } else {
            hypothetical = true;
        }
    }
    let fix = find_fix(&recorded);
    let judged = judge(adhoc, &seen);
    let (verdict, sentence) = match judged.verdict {
        Verdict::Readable | Verdict::Loaded if hypothetical => (
            Verdict::NotKnown,
            format!(
                "not known, since the browser sends a preflight first, whose answer is not given; if it passes, {}",
                judged.sentence
            ),
        ),
        Verdict::Blocked if hypothetical => (
            Verdict::Blocked,
            format!(
                "{}, unless the preflight, whose answer is not given, is blocked before",
                judged.sentence
            ),
        ),
        verdict => (verdict, judged.sentence.clone()),
    };
    let remedy = remedy(adhoc, &seen, &fix, verdict, hypothetical);
    Some(Variant {
        credentials: None,
        run: shown,
        fix,
        verdict,
        step: judged.step,
        sentence,
        remedy,
        filled_in,
    })
}
