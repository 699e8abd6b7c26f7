//! Reports over results: terminal, HTML, JSON. Reads results, never subjects; a new format is a new module.
//!
//! Everything in a result may have come off a wire: terminal text goes through [`clean`], HTML through maud's escaping.

mod counts;
pub mod diff;
pub mod html;
mod interop;
mod matrix;
mod probe;
mod progress;
mod repeat;
mod standard;
mod summary;
pub mod terminal;
mod text;

pub use html::{HtmlError, write_html};
pub use interop::{Interop, clients, interop, interop_json};
pub use matrix::{Cell, Cells, Columns, Grade, Matrix, Row, matrix_json, write_matrix};
pub use probe::{NoGrade, ProbeOptions, probe_grade, probe_summary, unexpected_grade, write_probe};
pub use progress::Progress;
pub use standard::{Requirement, Requirements, standard_url};
pub use summary::summary;
pub use terminal::{write_closing, write_subject, write_terminal};
pub use text::{Style, clean, clean_lines, quoted};

#[cfg(test)]
mod tests;
