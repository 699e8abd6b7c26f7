//! What the program shares with the tasks of a maintainer: the subjects that it registers.

pub mod subjects;
