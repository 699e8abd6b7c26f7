use crate::{Change, Remedy, Scene, apply, remedy};
use crosscheck_corpus::Case;
use crosscheck_corpus::{Corpus, replay};
use crosscheck_fetch::{Answer, Browser, Driver, Off, Options, Outcome, Request, ResponseType};
use std::path::PathBuf;

fn corpus() -> Corpus {
    Corpus::load(&[PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../cases"))])
}

/// The fetches of the corpus that end in an error on the model.
fn errors(corpus: &Corpus) -> Vec<(&Case, usize, Scene)> {
    let mut found = Vec::new();
    for case in corpus.cases.iter().map(|c| &**c).filter(|c| c.for_clients()) {
        let replayed = replay::replay(case);
        for (i, fetch) in replayed.fetches.iter().enumerate() {
            let error = fetch
                .outcome
                .as_ref()
                .map_or(true, |o| o.response_type == ResponseType::Error);
            if error {
                found.push((case, i, Scene::of_replay(case, &replayed, i)));
            }
        }
    }
    found
}

/// Plays a scene with its answers edited, by position alone; `true` where the last fetch does not end in an error.
fn shares(scene: &Scene, changes: &[Change]) -> bool {
    let mut browser: Browser = scene.browser.clone();
    let mut last = None;
    for (i, spec) in scene.fetches.iter().enumerate() {
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

/// Steps that no response can satisfy once they decide: the browser refuses before it sends, or by what the page asks.
fn is_beyond_responses(scene: &Scene, reason: &str) -> bool {
    let run = scene.run(&[]).pop().expect("a fetch");
    let silent = run.exchanges.is_empty();
    let integrity = reason.contains("integrity");
    let stream = reason.contains("stream body");
    (silent || integrity || stream) && (reason.contains("no response can change that") || reason.contains("TypeError"))
}

#[test]
fn every_error_of_the_corpus_is_mended_by_the_change_and_by_no_part_of_it() {
    let corpus = corpus();
    let errors = errors(&corpus);
    assert!(errors.len() > 250, "only {} fetches end in an error", errors.len());
    let mut mended = 0;
    let mut faults = Vec::new();
    for (case, fetch, scene) in &errors {
        assert!(
            !shares(scene, &[]),
            "{} fetch {fetch}: it does not fail as it stands",
            case.id
        );
        match remedy(scene) {
            Remedy::NotNeeded => faults.push(format!("{} fetch {fetch}: nothing to mend", case.id)),
            Remedy::Unmendable { reason } => {
                if !is_beyond_responses(scene, &reason) {
                    faults.push(format!("{} fetch {fetch}: unmendable: {reason}", case.id));
                }
            }
            Remedy::Mendable(mending) => {
                mended += 1;
                if !shares(scene, &mending.changes) {
                    faults.push(format!(
                        "{} fetch {fetch}: not mended by {:?}",
                        case.id, mending.changes
                    ));
                }
                for i in 0..mending.changes.len() {
                    let mut fewer = mending.changes.clone();
                    let part = fewer.remove(i);
                    if shares(scene, &fewer) {
                        faults.push(format!("{} fetch {fetch}: {:?} can be left out", case.id, part));
                    }
                }
                assert!(!mending.opens.is_empty(), "{}", case.id);
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
        mended * 10 > errors.len() * 8,
        "only {mended} of {} can be mended",
        errors.len()
    );
}

/// The event that decides rests on the step that the case names: the exchange is explained as the case's own replay is, what an
/// informational response says included.
#[test]
fn the_deciding_event_of_an_explanation_rests_on_the_step_that_the_case_names() {
    let corpus = corpus();
    let mut wrong = Vec::new();
    for (case, fetch, scene) in errors(&corpus) {
        let Some(step) = &case.fetches[fetch].expect.decided_by else {
            continue;
        };
        let run = scene.run(&[]).pop().expect("a fetch");
        let event = run.trace.deciding();
        if !event.is_some_and(|e| e.steps.iter().any(|s| s.as_str() == step)) {
            wrong.push(format!("{} fetch {fetch}: {step}, not {event:?}", case.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
