//! Probes running servers, one after the other, and records their results in one file.

use super::RunError;
use super::pending::{now, platform};
use super::recorder::{Recorder, ResultsFile, SubjectEnd};
use crate::server::Probe;
use crate::stop::StopRequest;
use crate::subject::Role;
use crosscheck_corpus::Case;
use crosscheck_judge::Examined;
use crosscheck_results::baseline::Baseline;
use crosscheck_results::{CaseResult, Events, FORMAT, Footer, Header, RunSummary, WriteError, Written};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A run of probes that share one results file.
pub struct ProbeRun {
    file: ResultsFile,
    place: usize,
    /// Every URL, if there are several.
    subjects: Vec<String>,
    /// The filters that exclude cases.
    filters: Vec<String>,
    /// The arguments of a command that repeats a case.
    repeat: Vec<String>,
}

impl ProbeRun {
    /// Creates the results file, if one is wanted.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn create(
        subjects: &[String],
        filters: Vec<String>,
        repeat: Vec<String>,
        output: Option<&Path>,
    ) -> Result<Self, RunError> {
        Ok(Self {
            file: ResultsFile::create(output)?,
            place: 0,
            subjects: if subjects.len() > 1 {
                subjects.to_vec()
            } else {
                Vec::new()
            },
            filters,
            repeat,
        })
    }

    fn recorder(&mut self, subject: &str, cases: &[Arc<Case>], baseline: Option<Arc<Baseline>>) -> Recorder {
        let header = Header {
            crosscheck: FORMAT,
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            subject: subject.to_owned(),
            subjects: self.subjects.clone(),
            role: Role::Server.as_str().to_owned(),
            platform: platform(),
            filters: self.filters.clone(),
            repeat: self.repeat.clone(),
            started: now(),
            ..Header::default()
        };
        self.place += 1;
        Recorder::new(header, cases, baseline, self.file.clone(), self.place - 1)
    }

    /// Probes one server. On request, it stops, and the footer names the signal.
    ///
    /// # Errors
    /// If results cannot be written.
    pub async fn probe(
        &mut self,
        probe: &mut Probe,
        subject: &str,
        baseline: Option<Arc<Baseline>>,
        mut stop: StopRequest,
        events: &mut dyn Events,
    ) -> Result<(Header, Footer), RunError> {
        let began = Instant::now();
        let cases = probe.cases().to_vec();
        let mut recorder = self.recorder(subject, &cases, baseline);
        let header = recorder.begin(None)?;
        events.subject_started(&header);
        let mut place = 0..;
        let mut record = |(result, examined): (CaseResult, Examined)| -> Result<(), WriteError> {
            let place = place.next().unwrap_or_default();
            events.case_finished(&recorder.add(place, result, &examined)?);
            Ok(())
        };
        let asking = async {
            for case in &cases {
                for finished in probe.run_case(subject, case).await {
                    record(finished)?;
                }
            }
            for finished in probe.finish().await {
                record(finished)?;
            }
            Ok::<(), WriteError>(())
        };
        let interrupted = tokio::select! {
            biased;
            why = stop.requested() => Some(why),
            asked = asking => {
                asked?;
                None
            }
        };
        let (header, footer) = recorder.end(SubjectEnd {
            error: None,
            took: began.elapsed(),
            interrupted,
        })?;
        events.subject_finished(&footer);
        Ok((header, footer))
    }

    /// Records that a server could not be probed.
    ///
    /// # Errors
    /// If results cannot be written.
    pub fn could_not_run(&mut self, subject: &str, error: String, events: &mut dyn Events) -> Result<(), RunError> {
        let mut recorder = self.recorder(subject, &[], None);
        events.subject_started(&recorder.begin(None)?);
        let (_, footer) = recorder.end(SubjectEnd {
            error: Some(error),
            took: Duration::ZERO,
            interrupted: None,
        })?;
        events.subject_finished(&footer);
        Ok(())
    }

    /// Ends the results file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(self) -> Result<Option<Written>, RunError> {
        Ok(self.file.finish()?)
    }
}

/// Probes a running server. On request, it stops, and the footer names the signal.
///
/// # Errors
/// Returns an error if results cannot be written.
pub async fn run_probe(
    probe: &mut Probe,
    subject: &str,
    repeat: Vec<String>,
    output: Option<&Path>,
    stop: StopRequest,
    events: &mut dyn Events,
) -> Result<RunSummary, RunError> {
    let mut run = ProbeRun::create(&[], Vec::new(), repeat, output)?;
    let ended = run.probe(probe, subject, None, stop, events).await?;
    Ok(RunSummary {
        subjects: vec![ended],
        file: run.finish()?,
    })
}
