//! What a library does with a misspelt origin in its list: refuses it, treats it as the intended origin, or never matches it.

use super::{ProbeRequest, Probes, look_alikes, slug};
use crate::policy::Origins;

pub(super) fn derive(probes: &mut Probes<'_>, meant: &str) {
    let request = ProbeRequest::get("/");
    let title = format!("{meant}, which the listed entry was meant to be");
    probes.page("meant", "read", title, meant, &request);
    for (kind, origin) in look_alikes(meant) {
        let title = format!("{origin} is not the intended origin");
        probes.page("meant", &format!("{kind}-{}", slug(&origin)), title, &origin, &request);
    }
    let title = "an origin unlike the listed entry".to_owned();
    probes.page("meant", "unlisted", title, "https://evil.test", &request);
    if let Origins::List { list, .. } = &probes.policy.origins
        && let [written] = list.as_slice()
    {
        let title = "an Origin spelt like the listed entry, which no browser sends".to_owned();
        let headers = [("Origin", written.as_bytes())];
        probes.send("meant", "as-written", title, "/", "GET", &headers);
    }
    probes.cases.sort_by(|a, b| a.id.cmp(&b.id));
}
