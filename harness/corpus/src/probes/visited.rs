//! Cases of generated visits.

use super::grants::value_of;
use super::{ProbeRequest, Probes};
use crate::case::Case;
use crate::generate::Visit;
use crate::policy::Policy;

/// The case of a visit to a server with a policy. `None` if it has a request that no page sends, or that the policy says nothing about.
#[must_use]
pub fn visit_case(policy_id: &str, policy: &Policy, slug: &str, visit: &Visit) -> Option<Case> {
    let mut probes = Probes::without_requesters(policy_id, policy);
    let requester = &visit.requester;
    let mut requests = Vec::with_capacity(visit.requests.len());
    for request in &visit.requests {
        let mut probe = ProbeRequest::get(&request.path)
            .method(&request.method)
            .include(request.credentials);
        for name in &request.headers {
            probe = probe.header(name, value_of(name));
        }
        probe.after = request.after;
        requests.push((requester.origin.as_str(), probe));
    }
    let title = match requester.operators.as_slice() {
        [] => format!("{} visits", requester.origin),
        operators => format!(
            "{} visits, which is {} of {}",
            requester.origin,
            operators.join(" and "),
            requester.base
        ),
    };
    probes.pages("visit", slug, title, &requests);
    probes.cases.pop()
}

#[cfg(test)]
mod tests {
    use super::visit_case;
    use crate::generate::{Random, kinds, policy, visits};
    use crate::words::Flag;
    use std::collections::BTreeSet;

    #[test]
    fn most_visits_have_a_case_whose_policy_promises_something() {
        let flags: BTreeSet<Flag> = Flag::ALL.iter().copied().collect();
        let mut random = Random::new(5, "test");
        let (mut all, mut judged) = (0, 0);
        for kind in kinds(&flags) {
            let policy = policy(&mut random, kind, &flags);
            let visits = visits(&mut random, &policy, 100);
            all += visits.len();
            for (number, visit) in visits.iter().enumerate() {
                let case = visit_case("generated", &policy, &number.to_string(), visit);
                judged += usize::from(case.is_some_and(|case| case.fetches().len() == visit.requests.len()));
            }
        }
        assert!(judged * 10 >= all * 9, "{judged} of {all}");
    }
}
