//! The recorded fetches of a case, as the model sent and received them.

use super::recorded::{Recorded, RecordedFetch, RecordedFetches};
use crosscheck_corpus::Case;
use crosscheck_corpus::replay::{Replay, replay};
use crosscheck_fetch::Browser;

impl RecordedFetches {
    /// The fetches of a case up to and including the one with that index, with the answers that the model received.
    #[must_use]
    pub fn of_case(case: &Case, fetch: usize) -> Self {
        Self::of_replay(case, &replay(case), fetch)
    }

    /// The recorded fetches of a case that was already replayed.
    #[must_use]
    pub fn of_replay(case: &Case, replayed: &Replay, fetch: usize) -> Self {
        let mut browser = Browser::new();
        for cookie in case.cookies() {
            browser.set_cookie(&cookie.url, &cookie.set);
        }
        let pairs = case
            .fetches()
            .iter()
            .zip(&replayed.fetches)
            .take(fetch.saturating_add(1));
        let fetches = pairs.map(|(spec, seen)| RecordedFetch {
            after: spec.after,
            page: (*spec.page).clone(),
            init: spec.request.clone(),
            // A request without an answer in the script stays unanswered.
            answers: seen
                .exchanges
                .iter()
                .take_while(|e| e.entry.is_some())
                .map(|e| Recorded {
                    preflight: Some(e.request.preflight),
                    informational: e.reply.informational.clone(),
                    answer: e.reply.answer.clone(),
                })
                .collect(),
        });
        Self {
            browser,
            fetches: fetches.collect(),
            ..Self::default()
        }
    }
}
