//! The interop page: causes by clients.

use super::Site;
use super::page::{page, step, verdict};
use crate::interop::{clients, interop};
use maud::{Markup, html};

/// The file of the page.
pub(super) const FILE: &str = "interop.html";

pub(super) fn render(site: &Site<'_>) -> Option<Markup> {
    let clients = clients(site.runs);
    let rows = interop(&clients);
    if rows.is_empty() {
        return None;
    }
    let body = html! {
        p.dim { "Every difference between a client and the standard, or between two clients. A dash means that the client follows the standard." }
        table {
            tr { th { "cause" } th { "steps" } @for run in &clients { th { (run.header.subject) " " (run.header.version) } } th { "why" } }
            @for row in &rows {
                tr {
                    td { (row.cause) }
                    td {
                        @for id in &row.steps { (step(id, site.requirements)) " " }
                    }
                    @for cell in &row.clients {
                        td {
                            @match cell {
                                Some((v, cases)) => { (verdict(*v)) " " span title=(cases.iter().cloned().collect::<Vec<_>>().join("\n")) { (cases.len()) } }
                                None => { span.dim { "–" } }
                            }
                        }
                    }
                    td {
                        @for reason in &row.reasons { p { (reason) } }
                        @for link in &row.upstream { p { a href=(link) { (link) } } }
                    }
                }
            }
        }
    };
    Some(page("Interop", "", &body))
}
