use crate::{Change, Fix, RecordedFetches, apply, find_fix};
use crosscheck_corpus::Case;
use crosscheck_corpus::{Corpus, replay};
use crosscheck_fetch::{Answer, Browser, Driver, Off, Options, Outcome, Request, ResponseType};
use std::path::PathBuf;

fn corpus() -> Corpus {
    Corpus::load(&[PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../cases"))])
}

/// The fetches of the corpus that end in an error on the model.
fn errors(corpus: &Corpus) -> Vec<(&Case, usize, RecordedFetches)> {
    let mut found = Vec::new();
    for case in corpus.cases.iter().map(|c| &**c).filter(|c| c.for_clients()) {
        let replayed = replay::replay(case);
        for (i, fetch) in replayed.fetches.iter().enumerate() {
            let error = fetch
                .outcome
                .as_ref()
                .map_or(true, |o| o.response_type == ResponseType::Error);
            if error {
                found.push((case, i, RecordedFetches::of_replay(case, &replayed, i)));
            }
        }
    }
    found
}

/// Runs the fetches with edited answers, matched only by position; returns whether the last fetch does not end in an error.
fn shares(recorded: &RecordedFetches, changes: &[Change]) -> bool {
    let mut browser: Browser = recorded.browser.clone();
    let mut last = None;
    for (i, spec) in recorded.fetches.iter().enumerate() {
        browser.advance(spec.after);
        let Ok(request) = Request::new(&spec.page, spec.init.clone()) else {
            last = None;
            continue;
        };
        let options = Options {
            over_http2: spec.is_over_http2(),
            ..Options::default()
        };
        let mut at = 0;
        let ended = Driver::<Off>::new(request, options).run(&mut browser, |_| {
            let edits = changes
                .iter()
                .filter(|c| (c.fetch, c.exchange) == (i, at))
                .map(|c| &c.edit);
            let answer = apply(spec.answers.get(at).map(|a| a.answer.clone()), edits);
            at += 1;
            answer.unwrap_or(Answer::Failure)
        });
        let outcome: Outcome = ended.outcome;
        last = Some(outcome);
    }
    last.is_some_and(|o| o.response_type != ResponseType::Error)
}

/// Whether no response can fix the error: the browser refuses before it sends, or because of the page's request.
fn is_beyond_responses(recorded: &RecordedFetches, reason: &str) -> bool {
    let run = recorded.run(&[]).pop().expect("a fetch");
    let silent = run.exchanges.is_empty();
    let integrity = reason.contains("integrity");
    let stream = reason.contains("stream body");
    (silent || integrity || stream) && (reason.contains("no response can change that") || reason.contains("TypeError"))
}

#[test]
fn the_suggested_fix_of_every_error_works_and_is_minimal() {
    let corpus = corpus();
    let errors = errors(&corpus);
    assert!(errors.len() > 250, "only {} fetches end in an error", errors.len());
    let mut fixed = 0;
    let mut faults = Vec::new();
    for (case, fetch, recorded) in &errors {
        assert!(
            !shares(recorded, &[]),
            "{} fetch {fetch}: it does not fail without a change",
            case.id
        );
        match find_fix(recorded) {
            Fix::NotNeeded => faults.push(format!("{} fetch {fetch}: nothing to fix", case.id)),
            Fix::Impossible { reason } => {
                if !is_beyond_responses(recorded, &reason) {
                    faults.push(format!("{} fetch {fetch}: cannot be fixed: {reason}", case.id));
                }
            }
            Fix::Found(fix) => {
                fixed += 1;
                if !shares(recorded, &fix.changes) {
                    faults.push(format!("{} fetch {fetch}: not fixed by {:?}", case.id, fix.changes));
                }
                for i in 0..fix.changes.len() {
                    let mut fewer = fix.changes.clone();
                    let part = fewer.remove(i);
                    if shares(recorded, &fewer) {
                        faults.push(format!("{} fetch {fetch}: {:?} can be left out", case.id, part));
                    }
                }
                assert!(!fix.exposure.is_empty(), "{}", case.id);
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} of {}:\n{}",
        faults.len(),
        errors.len(),
        faults.join("\n")
    );
    assert!(
        fixed * 10 > errors.len() * 8,
        "only {fixed} of {} can be fixed",
        errors.len()
    );
}

/// The deciding event has the step that the case names: an explanation uses everything that the replay of the case uses, including
/// informational responses.
#[test]
fn the_deciding_event_of_an_explanation_rests_on_the_step_that_the_case_names() {
    let corpus = corpus();
    let mut wrong = Vec::new();
    for (case, fetch, recorded) in errors(&corpus) {
        let Some(step) = &case.fetches()[fetch].expect.decided_by else {
            continue;
        };
        let run = recorded.run(&[]).pop().expect("a fetch");
        let event = run.trace.deciding();
        if !event.is_some_and(|e| e.steps.iter().any(|s| s.as_str() == step)) {
            wrong.push(format!("{} fetch {fetch}: {step}, not {event:?}", case.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
