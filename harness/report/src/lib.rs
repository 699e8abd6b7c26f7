//! Reports over results: terminal, HTML, JSON, and what CI systems read. Reads results, never subjects; a new format is a new module.
//!
//! Everything in a result may have come off a wire: terminal text goes through [`clean`], HTML through maud's escaping. Each of the
//! formats of [`ReportFormat`] escapes for its own medium.

mod annotations;
mod badge;
pub mod comparison;
mod counts;
pub mod diff;
mod finding;
mod findings;
mod format;
pub mod html;
mod interop;
mod junit;
mod markdown;
mod matrix;
mod places;
mod probe;
mod progress;
mod repeat;
mod sarif;
mod standard;
mod summary;
pub mod terminal;
mod text;

pub use finding::finding_report;
pub use format::{ReportContext, ReportFormat, ReportSpec, ReportSpecError, ReportTarget};
pub use html::{HtmlError, write_html};
pub use interop::{Interop, clients, interop, interop_json};
pub use matrix::{Cell, Cells, Columns, Grade, Matrix, Row, matrix_json, write_matrix};
pub use places::{Place, Places, PlacesOfSubject};
pub use probe::{NoGrade, ProbeOptions, probe_grade, probe_summary, unexpected_grade, write_probe};
pub use progress::Progress;
pub use standard::{Requirement, Requirements, standard_url};
pub use summary::summary;
pub use terminal::{write_closing, write_subject, write_terminal};
pub use text::{Style, clean, clean_lines, quoted};

#[cfg(test)]
mod ci_tests;
#[cfg(test)]
mod tests;
