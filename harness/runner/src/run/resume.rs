//! Continues a run that was interrupted: what its results file has is kept, and the rest runs.
//!
//! A subject that ran to its end is kept as it is. A client keeps the cases that ended, since each has its own page and its own hosts. A
//! server runs again from its first case, since its last cases compare its state with that of the first ones.

use super::pending::{Chosen, Shared, cases_of, header};
use super::recorder::Recorder;
use super::{RunError, is_client};
use crosscheck_corpus::CaseId;
use crosscheck_judge::Examined;
use crosscheck_results::{CaseResult, EarlierResults, EarlierSubject, Footer, Header, ReadError};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use thiserror::Error;

/// Why a run cannot be continued.
#[derive(Debug, Error)]
pub enum ResumeError {
    /// The earlier results cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The earlier run was not the same one.
    #[error("cannot continue the run of {}: it had {what} `{earlier}`, and this one has `{now}`", path.display())]
    OtherRun {
        /// The results file.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// What the earlier run had.
        earlier: String,
        /// What this run has.
        now: String,
    },
    /// A kept result has another status now.
    #[error("cannot continue the run of {}: the baseline of {subject} has changed since", path.display())]
    Baseline {
        /// The results file.
        path: PathBuf,
        /// The subject.
        subject: String,
    },
}

/// What is kept of a subject.
pub(super) enum Kept {
    /// All of it.
    Whole(Box<KeptSubject>),
    /// The cases of a client that ended.
    Part(Box<KeptPart>),
}

/// A subject that ran to its end in the earlier run.
pub(super) struct KeptSubject {
    pub(super) header: Header,
    pub(super) footer: Footer,
    pub(super) results: KeptResults,
}

/// A client that was interrupted in the earlier run.
pub(super) struct KeptPart {
    pub(super) recorder: Recorder,
    pub(super) results: KeptResults,
}

/// Kept results, which stay in the earlier file until they are needed.
pub(super) struct KeptResults {
    earlier: Arc<EarlierResults>,
    /// Which of its subjects.
    subject: usize,
    /// The place of each result among the cases of the subject, and among its lines in the file; in the order of the cases.
    places: Vec<(usize, usize)>,
}

impl KeptResults {
    /// Reads the results with their places among the cases, one by one.
    pub(super) fn read(&self) -> impl Iterator<Item = Result<(usize, CaseResult), ReadError>> + '_ {
        let cases = self.earlier.subjects().get(self.subject).map(|s| s.cases.as_slice());
        self.places.iter().filter_map(move |(place, line)| {
            let case = cases?.get(*line)?;
            Some(self.earlier.result(case).map(|result| (*place, result)))
        })
    }

    /// The places of the cases without a result, if the subject has that many cases.
    pub(super) fn missing(&self, cases: usize) -> Vec<usize> {
        let mut kept = self.places.iter().map(|(place, _)| *place).peekable();
        (0..cases).filter(|place| kept.next_if_eq(place).is_none()).collect()
    }
}

/// What is kept of each subject. From here on, the file of this run has it.
pub(super) fn keep(shared: &Shared<'_>, subjects: &[Chosen<'_>]) -> Result<Vec<Option<Kept>>, RunError> {
    let nothing = || subjects.iter().map(|_| None).collect();
    if !shared.options.resume {
        return Ok(nothing());
    }
    let Some(earlier) = shared.file.earlier().map_err(ResumeError::Read)? else {
        return Ok(nothing());
    };
    // What identifies the run is the same in the headers of all subjects.
    if let Some(first) = subjects.first() {
        let now = header(shared.options, first.spec, &first.known);
        for subject in earlier.subjects() {
            same_run(shared, &subject.header, &now)?;
        }
    }
    let earlier = Arc::new(earlier);
    let usable: Vec<Option<KeptResults>> = subjects.iter().map(|c| usable(shared, &earlier, c)).collect();
    if usable.iter().all(Option::is_none) {
        return Ok(nothing());
    }
    shared.file.keep_earlier()?;
    let kept: Result<Vec<_>, RunError> = subjects
        .iter()
        .zip(usable)
        .map(|(chosen, results)| results.map(|results| restore(shared, chosen, results)).transpose())
        .collect();
    let kept = kept?;
    shared.file.replace_earlier()?;
    Ok(kept)
}

/// The number of subjects that are kept whole, and the number of cases that are kept of others.
pub(super) fn counts(kept: &[Option<Kept>]) -> (usize, usize) {
    let whole = kept.iter().filter(|kept| matches!(kept, Some(Kept::Whole(_)))).count();
    let of = |kept: &Option<Kept>| match kept {
        Some(Kept::Part(part)) => part.results.places.len(),
        _ => 0,
    };
    (whole, kept.iter().map(of).sum())
}

/// The earlier run must have been the same one but for its time.
fn same_run(shared: &Shared<'_>, earlier: &Header, now: &Header) -> Result<(), ResumeError> {
    let list = |words: &[String]| words.join(" ");
    let shard = |header: &Header| {
        header
            .shard
            .map_or_else(|| "none".to_owned(), |shard| shard.to_string())
    };
    let url = |header: &Header| header.url.clone().unwrap_or_default();
    let compared = [
        ("the version of crosscheck", earlier.tool.clone(), now.tool.clone()),
        ("the platform", earlier.platform.clone(), now.platform.clone()),
        ("the corpus", earlier.corpus.clone(), now.corpus.clone()),
        ("the subjects", list(&earlier.subjects), list(&now.subjects)),
        ("the shard", shard(earlier), shard(now)),
        ("the filters", list(&earlier.filters), list(&now.filters)),
        ("the URL", url(earlier), url(now)),
        ("the arguments", list(&earlier.repeat), list(&now.repeat)),
    ];
    match compared.into_iter().find(|(_, earlier, now)| earlier != now) {
        None => Ok(()),
        Some((what, earlier, now)) => Err(ResumeError::OtherRun {
            path: shared.options.output.clone().unwrap_or_default(),
            what,
            earlier,
            now,
        }),
    }
}

/// The results of a subject that are kept, if any are.
fn usable(shared: &Shared<'_>, earlier: &Arc<EarlierResults>, chosen: &Chosen<'_>) -> Option<KeptResults> {
    let name = chosen.spec.to_string();
    let mut of_subject = earlier
        .subjects()
        .iter()
        .enumerate()
        .filter(|(_, s)| s.header.subject == name);
    let (subject, found) = of_subject.next()?;
    let is_only = of_subject.next().is_none();
    if !is_only || !(found.is_complete() || (is_client(&chosen.known) && found.is_undamaged())) {
        return None;
    }
    let cases = cases_of(shared.options, chosen.spec, &chosen.known);
    let place_of: HashMap<&CaseId, usize> = cases.iter().enumerate().map(|(at, case)| (&case.id, at)).collect();
    let mut places = places(found, &place_of)?;
    places.sort_unstable();
    let is_unique = places
        .windows(2)
        .all(|pair| pair.first().map(|p| p.0) != pair.last().map(|p| p.0));
    let is_usable = is_unique && !places.is_empty() && found.header.cases == cases.len();
    is_usable.then(|| KeptResults {
        earlier: Arc::clone(earlier),
        subject,
        places,
    })
}

/// The place of each line's case; `None` if the subject has a case that does not exist.
fn places(found: &EarlierSubject, place_of: &HashMap<&CaseId, usize>) -> Option<Vec<(usize, usize)>> {
    let lines = found.cases.iter().enumerate();
    lines
        .map(|(line, case)| Some((*place_of.get(&case.id)?, line)))
        .collect()
}

/// Records the kept results of a subject as if they came now.
fn restore(shared: &Shared<'_>, chosen: &Chosen<'_>, results: KeptResults) -> Result<Kept, RunError> {
    let cases = cases_of(shared.options, chosen.spec, &chosen.known);
    let found = results.earlier.subjects().get(results.subject);
    let (header, footer) = found.map(|s| (s.header.clone(), s.footer.clone())).unwrap_or_default();
    let mut recorder = Recorder::new(
        header,
        &cases,
        chosen.baseline.clone(),
        shared.file.clone(),
        chosen.place,
    );
    let header = recorder.begin(None)?;
    for kept in results.read() {
        let (place, before) = kept.map_err(ResumeError::Read)?;
        let now = recorder.add(place, before.clone(), &Examined::new())?;
        if now != before {
            return Err(RunError::Resume(ResumeError::Baseline {
                path: shared.options.output.clone().unwrap_or_default(),
                subject: header.subject,
            }));
        }
    }
    if results.places.len() < cases.len() {
        return Ok(Kept::Part(Box::new(KeptPart { recorder, results })));
    }
    let (header, footer) = recorder.end_as(footer.unwrap_or_default())?;
    Ok(Kept::Whole(Box::new(KeptSubject {
        header,
        footer,
        results,
    })))
}
