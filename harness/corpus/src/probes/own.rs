//! Requests of a page of the server's own origin. They are no business of CORS, and still carry Origin, if they are neither GET nor HEAD.

use super::{ProbeRequest, Probes, slug};

pub(super) fn derive(probes: &mut Probes<'_>) {
    let origin = probes.own.clone();
    let routes = probes.policy.routes.iter().map(|r| (slug(&r.path), r.path.as_str()));
    let paths: Vec<(String, &str)> = std::iter::once(("root".to_owned(), "/")).chain(routes).collect();
    for (name, path) in paths {
        let own = |method| ProbeRequest {
            own: true,
            ..ProbeRequest::get(path).method(method)
        };
        let requests = [
            ("post", own("POST")),
            ("post-json", own("POST").header("content-type", "application/json")),
            ("put", own("PUT")),
            ("delete", own("DELETE").header("x-own", "1")),
            ("options", own("OPTIONS")),
        ];
        for (what, request) in requests {
            let title = format!("{what} at {path} by a page of the server's own origin");
            probes.page("own", &format!("{name}-{what}"), title, &origin, &request);
        }
    }
}
