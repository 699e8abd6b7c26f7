//! Infers how a server behaves from the results of queries. Does no I/O: the caller sends the queries and records the results.

pub mod infer;
