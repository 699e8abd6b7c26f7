//! The matrix for programs. The shape is API: it only grows.

use super::{Cell, Cells, Columns, Matrix};
use crosscheck_results::Run;
use serde_json::{Map, Value, json};

/// `{"crosscheck": 1, "matrix": [...]}`, one entry per server, in the order of the grades: its grade, and by rule and by topic how
/// many cases deviate and how badly. Where no server deviates there is no entry; what was not examined is `null`.
#[must_use]
pub fn matrix_json(runs: &[Run]) -> Value {
    let matrix = Matrix::of(runs);
    let entry = |row: &super::Row| {
        let header = runs.get(row.run).map(|run| &run.header);
        json!({
            "subject": header.map(|h| &h.subject),
            "version": header.map(|h| &h.version),
            "grade": row.grade.map(super::Grade::as_str),
            "rules": cells(&matrix.rules, &row.rules),
            "topics": cells(&matrix.topics, &row.topics),
        })
    };
    json!({ "crosscheck": 1, "matrix": matrix.rows.iter().map(entry).collect::<Vec<_>>() })
}

/// By group, then by member.
fn cells(columns: &Columns, cells: &Cells) -> Value {
    let mut groups: Map<String, Value> = Map::new();
    for ((member, group), cell) in columns.members.iter().zip(&cells.members) {
        let members = groups.entry(group.clone()).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(members) = members {
            members.insert(member.clone(), shown(cell));
        }
    }
    Value::Object(groups)
}

fn shown(cell: &Cell) -> Value {
    match cell.worst {
        Some(worst) => json!({ "cases": cell.deviating, "worst": worst.as_str() }),
        None if cell.looked => json!({ "cases": 0 }),
        None => Value::Null,
    }
}
