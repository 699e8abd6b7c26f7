//! What a library makes of a listed origin that is written as no browser sends it: refuses it, understands it, or never matches it.

use super::{ProbeRequest, Probes, look_alikes, slug};
use crate::policy::Origins;

pub(super) fn derive(probes: &mut Probes<'_>, meant: &str) {
    let request = ProbeRequest::get("/");
    let title = format!("{meant}, which the entry of the list is meant to be");
    probes.page("meant", "read", title, meant, &request);
    for (kind, origin) in look_alikes(meant) {
        let title = format!("{origin} is neither written nor meant");
        probes.page("meant", &format!("{kind}-{}", slug(&origin)), title, &origin, &request);
    }
    let title = "an origin that has nothing in common with the entry".to_owned();
    probes.page("meant", "stranger", title, "https://evil.test", &request);
    if let Origins::List { list, .. } = &probes.policy.origins
        && let [written] = list.as_slice()
    {
        let title = "an Origin as the entry is written, which no browser sends".to_owned();
        let headers = [("Origin", written.as_bytes())];
        probes.send("meant", "as-written", title, "/", "GET", &headers);
    }
    probes.cases.sort_by(|a, b| a.id.cmp(&b.id));
}
