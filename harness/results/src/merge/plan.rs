//! Which results go where, and whether they belong together.

use super::{Difference, MergeError};
use crate::earlier::{EarlierCase, EarlierResults, EarlierSubject};
use crate::record::Header;
use crate::shard::Shard;
use std::path::{Path, PathBuf};

/// The merged file.
#[derive(Debug)]
pub(super) struct Plan<'f> {
    pub(super) subjects: Vec<SubjectPlan<'f>>,
}

/// A subject of the merged file.
#[derive(Debug)]
pub(super) struct SubjectPlan<'f> {
    pub(super) header: Header,
    pub(super) pieces: Vec<Piece<'f>>,
    pub(super) missing_shards: Vec<Shard>,
    /// The piece and the line of each case, sorted by id.
    order: Vec<(usize, usize)>,
}

/// What one file has of a subject.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'f> {
    pub(super) path: &'f Path,
    pub(super) file: &'f EarlierResults,
    pub(super) subject: &'f EarlierSubject,
}

impl<'f> Plan<'f> {
    /// Checks that files belong together, and arranges their results.
    pub(super) fn of(files: &'f [(PathBuf, EarlierResults)], allow_incomplete: bool) -> Result<Self, MergeError> {
        let mut pieces: Vec<Piece<'f>> = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        for (path, file) in files {
            if file.subjects().is_empty() {
                return Err(MergeError::Empty(path.clone()));
            }
            for subject in file.subjects() {
                pieces.push(Piece { path, file, subject });
            }
            let listed = file.subjects().iter().flat_map(|s| s.header.subjects.iter());
            for name in listed.chain(file.subjects().iter().map(|s| &s.header.subject)) {
                if !names.contains(&name.as_str()) {
                    names.push(name);
                }
            }
        }
        same_run(&pieces)?;
        if !allow_incomplete {
            pieces.iter().try_for_each(complete)?;
            files.iter().try_for_each(has_all_subjects)?;
        }
        let all: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut subjects = Vec::new();
        for name in names {
            let of_subject: Vec<Piece<'f>> = pieces.iter().copied().filter(|p| p.name() == name).collect();
            // A subject without a line is only listed.
            if !of_subject.is_empty() {
                subjects.push(SubjectPlan::of(of_subject, &all, allow_incomplete)?);
            }
        }
        Ok(Self { subjects })
    }
}

impl<'f> SubjectPlan<'f> {
    fn of(pieces: Vec<Piece<'f>>, all: &[String], allow_incomplete: bool) -> Result<Self, MergeError> {
        let missing_shards = missing_shards(&pieces)?;
        if let (Some(shard), Some(piece), false) = (missing_shards.first(), pieces.first(), allow_incomplete) {
            return Err(MergeError::MissingShard {
                shard: *shard,
                subject: piece.name().to_owned(),
            });
        }
        // A shard without a case has not started the subject, and does not know its version.
        let has_cases = |piece: &&Piece<'_>| !piece.subject.cases.is_empty();
        same_subject(pieces.iter().filter(has_cases))?;
        let order = order(&pieces)?;
        let headers = || pieces.iter().map(|piece| &piece.subject.header);
        let first = pieces.iter().find(has_cases).or_else(|| pieces.first());
        let header = first.map(|piece| piece.subject.header.clone()).unwrap_or_default();
        let header = Header {
            subjects: all.to_vec(),
            shard: None,
            cases: headers().map(|header| header.cases).sum(),
            started: headers().map(|header| header.started).min().unwrap_or_default(),
            ..header
        };
        Ok(Self {
            header,
            pieces,
            missing_shards,
            order,
        })
    }

    /// The cases, sorted by id.
    pub(super) fn cases(&self) -> impl Iterator<Item = (&Piece<'f>, &'f EarlierCase)> {
        self.order.iter().filter_map(|(piece, line)| {
            let piece = self.pieces.get(*piece)?;
            Some((piece, piece.subject.cases.get(*line)?))
        })
    }
}

impl Piece<'_> {
    fn name(&self) -> &str {
        &self.subject.header.subject
    }

    /// Whether the subject could not run, which the footer states.
    fn could_not_run(&self) -> bool {
        let footer = self.subject.footer.as_ref();
        footer.is_some_and(|f| f.error.is_some() && f.verdicts.is_empty() && f.interrupted.is_none())
    }
}

/// The pieces and lines of all cases, sorted by id; an error if a case is there twice.
fn order(pieces: &[Piece<'_>]) -> Result<Vec<(usize, usize)>, MergeError> {
    let lines = |(at, piece): (usize, &Piece<'_>)| (0..piece.subject.cases.len()).map(move |line| (at, line));
    let mut order: Vec<(usize, usize)> = pieces.iter().enumerate().flat_map(lines).collect();
    let case = |(piece, line): (usize, usize)| {
        let piece = pieces.get(piece)?;
        Some((piece, &piece.subject.cases.get(line)?.id))
    };
    order.sort_by(|a, b| case(*a).map(|(_, id)| id).cmp(&case(*b).map(|(_, id)| id)));
    for pair in order.windows(2) {
        if let [a, b] = pair
            && let (Some((first, id)), Some((second, other))) = (case(*a), case(*b))
            && id == other
        {
            return Err(MergeError::Twice {
                subject: first.name().to_owned(),
                case: id.clone(),
                first: first.path.to_owned(),
                second: second.path.to_owned(),
            });
        }
    }
    Ok(order)
}

/// All files must come from the same program, corpus and filters.
fn same_run(pieces: &[Piece<'_>]) -> Result<(), MergeError> {
    let filters = |header: &Header| match header.filters.as_slice() {
        [] => "none".to_owned(),
        all => all.join(" "),
    };
    let cases = |header: &Header| if header.rerun { "those that had failed" } else { "all" }.to_owned();
    let difference = difference(pieces.iter(), |header| {
        [
            ("the version of crosscheck", header.tool.clone()),
            ("the corpus", header.corpus.clone()),
            ("the filter", filters(header)),
            ("the choice of cases", cases(header)),
        ]
    });
    difference.map_or(Ok(()), |difference| Err(MergeError::Differs(difference)))
}

/// All pieces of a subject must be of the same subject, in the same place.
fn same_subject<'p>(pieces: impl Iterator<Item = &'p Piece<'p>>) -> Result<(), MergeError> {
    let mut pieces = pieces.peekable();
    let subject = pieces.peek().map(|piece| piece.name().to_owned()).unwrap_or_default();
    let difference = difference(pieces, |header| {
        [
            ("the role", header.role.clone()),
            ("the library", header.library.clone()),
            ("the version", header.version.clone()),
            ("the platform", header.platform.clone()),
            ("the command line", header.repeat.join(" ")),
        ]
    });
    difference.map_or(Ok(()), |difference| {
        Err(MergeError::OtherSubject { subject, difference })
    })
}

/// The first property in which a piece differs from the first one.
fn difference<'p, const N: usize>(
    mut pieces: impl Iterator<Item = &'p Piece<'p>>,
    properties: impl Fn(&Header) -> [(&'static str, String); N],
) -> Option<Box<Difference>> {
    let first = pieces.next()?;
    let there = properties(&first.subject.header);
    pieces.find_map(|piece| {
        let here = properties(&piece.subject.header);
        let ((what, there), (_, here)) = there.iter().zip(here).find(|((_, there), (_, here))| there != here)?;
        Some(Box::new(Difference {
            what,
            first: first.path.to_owned(),
            there: there.clone(),
            path: piece.path.to_owned(),
            here,
        }))
    })
}

/// The shards of a subject that no piece has; an error if the pieces are not of one division.
fn missing_shards(pieces: &[Piece<'_>]) -> Result<Vec<Shard>, MergeError> {
    let Some(first) = pieces.first() else {
        return Ok(Vec::new());
    };
    let subject = || first.name().to_owned();
    let mut there: Vec<(Shard, &Path)> = Vec::new();
    for piece in pieces {
        match (first.subject.header.shard, piece.subject.header.shard) {
            (None, None) => {}
            (None, Some(shard)) => {
                return Err(MergeError::WholeAndShard {
                    subject: subject(),
                    whole: first.path.to_owned(),
                    path: piece.path.to_owned(),
                    shard,
                });
            }
            (Some(shard), None) => {
                return Err(MergeError::WholeAndShard {
                    subject: subject(),
                    whole: piece.path.to_owned(),
                    path: first.path.to_owned(),
                    shard,
                });
            }
            (Some(first_shard), Some(shard)) if first_shard.count() != shard.count() => {
                return Err(MergeError::Division {
                    subject: subject(),
                    first: first.path.to_owned(),
                    first_shard,
                    path: piece.path.to_owned(),
                    shard,
                });
            }
            (Some(_), Some(shard)) => {
                if let Some((_, before)) = there.iter().find(|(other, _)| *other == shard) {
                    return Err(MergeError::ShardTwice {
                        subject: subject(),
                        shard,
                        first: (*before).to_owned(),
                        second: piece.path.to_owned(),
                    });
                }
                there.push((shard, piece.path));
            }
        }
    }
    let is_missing = |shard: &Shard| there.iter().all(|(other, _)| other != shard);
    let all = first.subject.header.shard.into_iter().flat_map(Shard::all);
    // A hostile header can name billions of shards.
    Ok(all.filter(is_missing).take(MAX_NAMED).collect())
}

/// The most missing shards that are named.
const MAX_NAMED: usize = 100;

/// A piece must have all its results.
fn complete(piece: &Piece<'_>) -> Result<(), MergeError> {
    if piece.subject.is_complete() || (piece.could_not_run() && piece.subject.is_undamaged()) {
        return Ok(());
    }
    let name = piece.name();
    let why = match &piece.subject.footer {
        None => format!("the last line of {name} is missing"),
        Some(_) if !piece.subject.is_undamaged() => {
            format!("the lines of {name} are not those that its last line counts")
        }
        Some(footer) => match footer.interrupted {
            Some(by) => format!("the run of {name} was interrupted by {}", by.as_str()),
            None => format!("{name} does not have a result for every case"),
        },
    };
    Err(MergeError::Incomplete {
        path: piece.path.to_owned(),
        why,
    })
}

/// A file must have a line of each subject of its run.
fn has_all_subjects((path, file): &(PathBuf, EarlierResults)) -> Result<(), MergeError> {
    let named = file.subjects().iter().flat_map(|s| s.header.subjects.iter());
    let is_absent = |name: &&String| file.subjects().iter().all(|s| s.header.subject != **name);
    match named.into_iter().find(is_absent) {
        None => Ok(()),
        Some(name) => Err(MergeError::Incomplete {
            path: path.clone(),
            why: format!("the run was for {name} too, and the file has no line about it"),
        }),
    }
}
