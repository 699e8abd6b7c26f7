//! The page of the matrix: servers by rule and by topic, sorted by grade.

use super::page::page;
use super::{Site, marks};
use crate::matrix::{Cell, Cells, Columns, Grade, Matrix, Row};
use maud::{Markup, html};

/// The file of the page.
pub(super) const FILE: &str = "matrix.html";

/// None where no server ran.
pub(super) fn render(site: &Site<'_>) -> Option<Markup> {
    let matrix = Matrix::of(site.runs);
    if matrix.rows.is_empty() {
        return None;
    }
    let body = html! {
        p.dim {
            "Each cell: how many cases deviate; its colour is the worst verdict, and it leads to these cases. A dash: nothing was \
             looked at. Columns in which no server deviates are left out."
        }
        h2 { "Grades" }
        table { @for one in Grade::ALL { tr { td { (grade(Some(one))) } td { (one.meaning()) } } } }
        p.dim { "The worst of all cases counts. A baseline explains a deviation, it does not excuse it." }
        h2 { "By rule" }
        (table(site, &matrix, &matrix.rules, marks::column, |row| &row.rules))
        h2 { "By topic" }
        (table(site, &matrix, &matrix.topics, |_, topic| marks::topic(topic), |row| &row.topics))
    };
    Some(page("Matrix", "", &body))
}

/// A grade in the colour of its verdict.
pub(super) fn grade(grade: Option<Grade>) -> Markup {
    html! {
        @match grade {
            Some(grade) => { span class={ "v " (grade.verdict().as_str()) } title=(grade.meaning()) { (grade.as_str()) } }
            None => { span.dim title="nothing could run" { "–" } }
        }
    }
}

/// A table with a column for each member of the groups. `mark` is what the rows of a server's page that count in a column have.
fn table(
    site: &Site<'_>,
    matrix: &Matrix,
    columns: &Columns,
    mark: impl Fn(&str, &str) -> String,
    cells: impl Fn(&Row) -> &Cells,
) -> Markup {
    let span = |group: &String| columns.members.iter().filter(|(_, g)| g == group).count();
    html! {
        table {
            tr { th {} th {} @for group in &columns.groups { th colspan=(span(group)) { (group) } } }
            tr { th { "grade" } th { "server" } @for (member, _) in &columns.members { th { (member) } } }
            @for row in &matrix.rows {
                tr {
                    (head(site, row))
                    @for (cell, (member, group)) in cells(row).members.iter().zip(&columns.members) {
                        (shown(site, row, cell, &mark(group, member)))
                    }
                }
            }
        }
    }
}

fn head(site: &Site<'_>, row: &Row) -> Markup {
    let run = site.runs.get(row.run);
    html! {
        td { (grade(row.grade)) }
        td.name {
            a href=(site.subject_file(row.run)) { (site.name(row.run)) }
            @if row.grade.is_some() && run.is_some_and(|r| !r.is_complete()) { " " span.v.broken { "incomplete" } }
        }
    }
}

fn shown(site: &Site<'_>, row: &Row, cell: &Cell, mark: &str) -> Markup {
    html! {
        td.n {
            @match cell.worst {
                Some(worst) => {
                    a class={ "v " (worst.as_str()) } href={ (site.subject_file(row.run)) "#" (mark) } { (cell.deviating) }
                }
                None if cell.looked => { span.v.pass { "0" } }
                None => { span.dim { "–" } }
            }
        }
    }
}
