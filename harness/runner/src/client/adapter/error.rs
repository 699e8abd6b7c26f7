//! What can go wrong with a client's adapter.

use crate::subject::InstallError;
use std::io;
use std::sync::Arc;

/// Why a client's adapter could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ClientAdapterError {
    /// The subject has no command.
    #[error("{0} has no `start` in its subject.yaml")]
    NoCommand(String),
    /// The adapter cannot be started.
    #[error("cannot start `{0}`: {1}; {2}")]
    Spawn(String, io::Error, String),
    /// The certificate of the authority cannot be written to a file.
    #[error("cannot write the certificate of the authority: {0}")]
    Authority(io::Error),
    /// The adapter was not ready in time.
    #[error("the adapter was not ready after {0} s{1}")]
    Timeout(f64, String),
    /// The adapter ended or broke the protocol before it was ready.
    #[error("the adapter is not ready: {0}")]
    NotReady(#[from] NotReady),
    /// The adapter is lost again and again.
    #[error("the adapter makes no progress: {0}")]
    Fruitless(Lost),
    /// The subject cannot be installed.
    #[error(transparent)]
    Install(#[from] InstallError),
}

/// Why an adapter is not ready.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// The system created no pipes for it.
    #[error("it has no stdin or no stdout")]
    NoPipes,
    /// The process ended.
    #[error("it ended{stderr}; {help}")]
    Ended {
        /// The end of its stderr, as the end of a message.
        stderr: String,
        /// How to fix it.
        help: String,
    },
    /// Its first line breaks the protocol.
    #[error("{0}{1}")]
    Line(LineFault, String),
    /// Its first line is not `ready`.
    #[error("its first line is not `ready`")]
    FirstLine,
    /// It does not read its stdin.
    #[error("it does not read its stdin: {0}{1}")]
    Deaf(io::Error, String),
}

/// What is wrong with a line of an adapter.
#[derive(Debug, thiserror::Error)]
pub enum LineFault {
    /// The pipe broke.
    #[error("{0}")]
    Pipe(#[from] io::Error),
    /// It has no line end within the limit.
    #[error("the adapter wrote a line that does not end")]
    Endless,
    /// It is not a JSON object of the protocol.
    #[error("the adapter does not speak the protocol: {0}: {1}")]
    Json(serde_json::Error, String),
    /// It has no id of a fetch.
    #[error("the adapter wrote a line without an id")]
    NoId,
    /// It answers a fetch for the second time.
    #[error("the adapter answered {0} twice")]
    Twice(u64),
    /// It answers a fetch that was not sent.
    #[error("the adapter answered {0}, which was not sent")]
    UnknownId(u64),
    /// It has no answer.
    #[error("the adapter gave neither an outcome nor `unsupported`")]
    Neither,
    /// It has two answers.
    #[error("the adapter gave both an outcome and `unsupported`")]
    Both,
}

/// Why no further lines follow.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Finished {
    /// The adapter ended.
    #[error("the adapter ended")]
    Ended,
    /// The adapter broke the protocol.
    #[error(transparent)]
    Fault(Arc<LineFault>),
}

/// How an adapter was lost. The texts are the end of its stderr, as the end of a message.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// The adapter ended or broke the protocol.
    #[error("{0}{1}")]
    Finished(Finished, String),
    /// It did not answer within this number of seconds.
    #[error("no answer within {0} s{1}")]
    Silent(f64, String),
    /// It does not read its stdin.
    #[error("the adapter does not read its stdin: {0}{1}")]
    Deaf(io::Error, String),
    /// Its stdin has been closed.
    #[error("the stdin of the adapter is closed")]
    Stopped,
    /// Its answers are no longer read.
    #[error("the adapter was dropped")]
    Gone,
}
