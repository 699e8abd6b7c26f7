//! Counts the results of a subject and writes them to the file, in the order in which they come.

use super::fail_limit::FailLimit;
use super::tally::Tally;
use crate::subject::Identity;
use crosscheck_corpus::Case;
use crosscheck_judge::Examined;
use crosscheck_results::baseline::Baseline;
use crosscheck_results::{
    CaseResult, EarlierResults, Footer, Header, Interruption, Line, LinePosition, Position, ReadError, WriteError,
    Writer, Written,
};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The results file of a run, which subjects that run at the same time share. It is empty if results are not written.
#[derive(Clone, Default)]
pub(super) struct ResultsFile(Arc<Mutex<Option<Writer>>>);

impl ResultsFile {
    pub(super) fn create(path: Option<&Path>) -> Result<Self, WriteError> {
        Ok(Self(Arc::new(Mutex::new(path.map(Writer::create).transpose()?))))
    }

    fn line(&self, subject: usize, line: LinePosition, value: &Line) -> Result<(), WriteError> {
        let mut writer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let position = Position { subject, line };
        writer.as_mut().map_or(Ok(()), |writer| writer.line(position, value))
    }

    /// The results of an earlier run in the file.
    pub(super) fn earlier(&self) -> Result<Option<EarlierResults>, ReadError> {
        let writer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writer.as_ref().map_or(Ok(None), Writer::earlier)
    }

    /// Keeps the file as it is while lines are written, until [`Self::replace_earlier`].
    pub(super) fn keep_earlier(&self) -> Result<(), WriteError> {
        let mut writer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writer.as_mut().map_or(Ok(()), Writer::keep_earlier)
    }

    /// Replaces the file with the lines that were written since [`Self::keep_earlier`].
    pub(super) fn replace_earlier(&self) -> Result<(), WriteError> {
        let mut writer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writer.as_mut().map_or(Ok(()), Writer::replace_earlier)
    }

    /// Replaces an earlier file, though no case has a result.
    pub(super) fn begin(&self) -> Result<(), WriteError> {
        let mut writer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writer.as_mut().map_or(Ok(()), Writer::begin_without_case)
    }

    /// Ends the file.
    pub(super) fn finish(&self) -> Result<Option<Written>, WriteError> {
        let mut writer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writer.take().map(Writer::finish).transpose()
    }
}

/// How a subject ended.
pub(super) struct SubjectEnd {
    /// A failure that belongs to no case, or the reason why the subject could not run.
    pub(super) error: Option<String>,
    /// How long it ran.
    pub(super) took: Duration,
    /// The signal that ended it.
    pub(super) interrupted: Option<Interruption>,
}

/// Records the results of one subject.
pub(super) struct Recorder {
    header: Header,
    tally: Tally,
    baseline: Option<Arc<Baseline>>,
    file: ResultsFile,
    /// Its place among the subjects of the run.
    place: usize,
    limit: Option<FailLimit>,
}

impl Recorder {
    pub(super) fn new(
        mut header: Header,
        cases: &[Arc<Case>],
        baseline: Option<Arc<Baseline>>,
        file: ResultsFile,
        place: usize,
    ) -> Self {
        header.cases = cases.len();
        Self {
            tally: Tally::new(&header.subject, cases),
            header,
            baseline,
            file,
            place,
            limit: None,
        }
    }

    /// Counts the results that come from now on.
    pub(super) fn with_limit(mut self, limit: Option<FailLimit>) -> Self {
        self.limit = limit;
        self
    }

    /// Writes the header, with the identity if the subject has sent one.
    pub(super) fn begin(&mut self, identity: Option<Identity>) -> Result<Header, WriteError> {
        if let Some(identity) = identity {
            self.header.library = identity.library;
            self.header.version = identity.version;
        }
        self.tally.begin(&self.header, self.baseline.as_deref());
        let line = Line::Header(self.header.clone());
        self.file.line(self.place, LinePosition::Header, &line)?;
        Ok(self.header.clone())
    }

    /// Compares a result with the baseline, counts it and writes it. `place` is its place among the results of the subject.
    pub(super) fn add(
        &mut self,
        place: usize,
        case: CaseResult,
        examined: &Examined,
    ) -> Result<CaseResult, WriteError> {
        let case = self.tally.add(case, examined);
        let line = Line::Case(Box::new(case.clone()));
        self.file.line(self.place, LinePosition::Case(place), &line)?;
        if let Some(limit) = &self.limit {
            limit.count(&case);
        }
        Ok(case)
    }

    /// The header that was written.
    pub(super) const fn header(&self) -> &Header {
        &self.header
    }

    /// Writes the footer of a subject that ended in an earlier run.
    pub(super) fn end_as(mut self, earlier: Footer) -> Result<(Header, Footer), WriteError> {
        self.tally.footer.examined = earlier.examined;
        self.end(SubjectEnd {
            error: earlier.error,
            took: Duration::try_from_secs_f64(earlier.seconds).unwrap_or_default(),
            interrupted: None,
        })
    }

    /// Writes the footer.
    pub(super) fn end(self, end: SubjectEnd) -> Result<(Header, Footer), WriteError> {
        let footer = self.tally.end(end);
        let line = Line::Footer(footer.clone());
        self.file.line(self.place, LinePosition::Footer, &line)?;
        Ok((self.header, footer))
    }
}
