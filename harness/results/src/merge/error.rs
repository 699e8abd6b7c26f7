//! Why results cannot be merged.

use crate::file::ReadError;
use crate::shard::Shard;
use crate::write::WriteError;
use crosscheck_text::CaseId;
use std::path::PathBuf;
use thiserror::Error;

/// Why results cannot be merged. The output is then as it was.
#[derive(Debug, Error)]
pub enum MergeError {
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The output cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A file has no line.
    #[error("{} has no results", .0.display())]
    Empty(PathBuf),
    /// The runs were not made in the same way.
    #[error("{0}")]
    Differs(Box<Difference>),
    /// Two runs of a subject are not of the same subject.
    #[error("{subject} differs: {difference}")]
    OtherSubject {
        /// The subject.
        subject: String,
        /// What differs.
        difference: Box<Difference>,
    },
    /// A case of a subject is in two files, or twice in one.
    #[error("the case {case} of {subject} is in {} and in {}", first.display(), second.display())]
    Twice {
        /// The subject.
        subject: String,
        /// The case.
        case: CaseId,
        /// The first file that has it.
        first: PathBuf,
        /// The other file.
        second: PathBuf,
    },
    /// A shard of a subject is in two files.
    #[error("shard {shard} of {subject} is in {} and in {}", first.display(), second.display())]
    ShardTwice {
        /// The subject.
        subject: String,
        /// The shard.
        shard: Shard,
        /// The first file that has it.
        first: PathBuf,
        /// The other file.
        second: PathBuf,
    },
    /// A subject is in one file as a whole, and in another one as a shard.
    #[error("{subject} is in {} as a whole, and in {} as shard {shard}", whole.display(), path.display())]
    WholeAndShard {
        /// The subject.
        subject: String,
        /// The file with all cases.
        whole: PathBuf,
        /// The file of a shard.
        path: PathBuf,
        /// The shard.
        shard: Shard,
    },
    /// The shards of a subject are of different divisions.
    #[error("{subject} has shard {first_shard} in {}, and shard {shard} in {}", first.display(), path.display())]
    Division {
        /// The subject.
        subject: String,
        /// The first file.
        first: PathBuf,
        /// Its shard.
        first_shard: Shard,
        /// The other file.
        path: PathBuf,
        /// Its shard.
        shard: Shard,
    },
    /// A shard is in none of the files.
    #[error("shard {shard} is missing: no file has it for {subject}")]
    MissingShard {
        /// The shard.
        shard: Shard,
        /// The subject.
        subject: String,
    },
    /// A file does not have all results of its run.
    #[error("{} is incomplete: {why}", path.display())]
    Incomplete {
        /// The file.
        path: PathBuf,
        /// What is missing.
        why: String,
    },
}

/// What differs between two files.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{what} of {} is `{there}`, and that of {} is `{here}`", first.display(), path.display())]
pub struct Difference {
    /// What differs.
    pub what: &'static str,
    /// The first file.
    pub first: PathBuf,
    /// What the first file has.
    pub there: String,
    /// The other file.
    pub path: PathBuf,
    /// What the other file has.
    pub here: String,
}
