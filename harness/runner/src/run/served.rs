//! Records the results of cases that a client's own tests have run (`crosscheck serve-cases`).

use super::pending::{now, platform};
use super::recorder::{Recorder, ResultsFile, SubjectEnd};
use crosscheck_corpus::Case;
use crosscheck_judge::Examined;
use crosscheck_results::{CaseResult, Events, FORMAT, Header, RunSummary, SERVED_CLIENT, WriteError};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// The version of the client.
const UNKNOWN: &str = "unknown";

/// What is stated in the header of the results.
#[derive(Clone, Debug)]
pub struct ServedHeader {
    /// The digest of the corpus.
    pub corpus: String,
    /// The filters that selected the cases.
    pub filters: Vec<String>,
    /// The arguments of a command that repeats a case.
    pub repeat: Vec<String>,
}

/// The recording of cases that are served.
pub struct ServedRun {
    recorder: Recorder,
    file: ResultsFile,
    began: Instant,
}

impl ServedRun {
    /// Opens the results file, if there is one. It keeps its earlier content until the end.
    ///
    /// # Errors
    /// If the file cannot be opened, or another run is writing to it.
    pub fn begin(header: ServedHeader, cases: &[Arc<Case>], output: Option<&Path>) -> Result<Self, WriteError> {
        let file = ResultsFile::create(output)?;
        let header = Header {
            crosscheck: FORMAT,
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            corpus: header.corpus,
            subject: SERVED_CLIENT.to_owned(),
            subjects: vec![SERVED_CLIENT.to_owned()],
            role: "client".to_owned(),
            library: SERVED_CLIENT.to_owned(),
            version: UNKNOWN.to_owned(),
            platform: platform(),
            filters: header.filters,
            repeat: header.repeat,
            started: now(),
            ..Header::default()
        };
        Ok(Self {
            recorder: Recorder::new(header, cases, None, file.clone(), 0),
            file,
            began: Instant::now(),
        })
    }

    /// Writes the results of all cases, in their order. They come at the end, because a client may run a case again.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn end(mut self, results: Vec<CaseResult>, events: &mut dyn Events) -> Result<RunSummary, WriteError> {
        events.subject_started(&self.recorder.begin(None)?);
        for (place, result) in results.into_iter().enumerate() {
            events.case_finished(&self.recorder.add(place, result, &Examined::new())?);
        }
        let (header, footer) = self.recorder.end(SubjectEnd {
            error: None,
            took: self.began.elapsed(),
            interrupted: None,
        })?;
        events.subject_finished(&footer);
        Ok(RunSummary {
            subjects: vec![(header, footer)],
            file: self.file.finish()?,
        })
    }
}
