//! What the program shares with the tasks of a maintainer: the subjects that it registers, and the folders that it uses.

pub mod checkout;
pub mod project;
pub mod subjects;
