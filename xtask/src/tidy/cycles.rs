//! Finds cycles in a graph.

use std::collections::{BTreeMap, BTreeSet};

/// The nodes that each node depends on.
pub(super) type Graph = BTreeMap<String, BTreeSet<String>>;

/// Returns the sets of nodes that depend on each other, directly or indirectly, each as sorted names.
pub(super) fn cycles(graph: &Graph) -> Vec<Vec<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> =
        graph.keys().map(|node| (node, reachable(graph, node))).collect();
    let mut found = BTreeSet::new();
    for (node, reach) in &reached {
        let together: Vec<String> = reach
            .iter()
            .filter(|other| **other != *node && reached.get(*other).is_some_and(|back| back.contains(*node)))
            .chain([node])
            .map(|name| (*name).clone())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        if together.len() > 1 {
            found.insert(together);
        }
    }
    found.into_iter().collect()
}

fn reachable<'g>(graph: &'g Graph, from: &String) -> BTreeSet<&'g String> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&String> = graph.get(from).into_iter().flatten().collect();
    while let Some(node) = open.pop() {
        if reached.insert(node) {
            open.extend(graph.get(node).into_iter().flatten());
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_nodes_of_a_cycle_are_found() {
        for (edges, expected) in [
            (vec![("a", "b"), ("b", "c")], vec![]),
            (vec![("a", "b"), ("b", "a"), ("b", "c")], vec!["a b"]),
            (vec![("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")], vec!["a b c"]),
            (
                vec![("a", "b"), ("b", "a"), ("c", "d"), ("d", "c"), ("b", "c")],
                vec!["a b", "c d"],
            ),
            (vec![("a", "a")], vec![]),
        ] {
            let mut graph = Graph::new();
            for (from, to) in edges {
                graph.entry(from.to_owned()).or_default().insert(to.to_owned());
                graph.entry(to.to_owned()).or_default();
            }
            let found: Vec<String> = cycles(&graph).iter().map(|c| c.join(" ")).collect();
            assert_eq!(found, expected);
        }
    }
}
