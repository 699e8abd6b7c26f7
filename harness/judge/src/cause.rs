//! The header that a step is about. It names a cause until a baseline does.

/// The steps about each header; a step of no list is about Access-Control-Allow-Origin.
const STEPS: &[(&str, &[&str])] = &[
    (
        "status",
        &[
            "http-fetch/preflight-before-actual",
            "preflight-request/421-retry",
            "preflight-response/ok-status",
            "server/preflight-ok-status",
        ],
    ),
    (
        "location",
        &[
            "no-cors/redirect-mode",
            "redirect-taint/initial",
            "redirect-taint/own-origin-hop",
            "redirect-taint/same-target-hop",
            "redirect-taint/cross-to-cross",
            "redirect-taint/back-to-self",
            "redirect-taint/scheme-port-host-count",
            "redirect-taint/same-site-is-still-null",
            "redirect-taint/site-value-for-cookies",
            "redirect-taint/opaque-requester",
            "main-fetch/preflight-reevaluated-on-redirect",
            "local/redirect-to-local",
            "http-fetch/cors-check-on-redirect-hop",
            "http-fetch/redirect-error-mode",
            "http-fetch/redirect-manual-mode",
            "redirect/statuses",
            "redirect/no-location",
            "redirect/bad-location",
            "redirect/non-http",
            "redirect/limit-20",
            "redirect/userinfo-cors-cross-origin",
            "redirect/userinfo-cors-tainted",
            "redirect/userinfo-same-origin-allowed",
            "redirect/stream-body",
            "redirect/method-301-302-post",
            "redirect/method-303",
            "redirect/method-307-308",
            "redirect/drop-body-headers",
            "redirect/drop-authorization",
            "redirect/other-headers-kept",
            "redirect/preflight-for-new-url",
            "redirect/forced-flag-persists",
            "redirect/referrer-policy-update",
            "redirect/atomic",
            "redirect/service-worker-bypass",
            "preflight-request/no-redirect-following",
            "filter/opaque-redirect",
            "corp/redirect-hops",
            "server/redirect-hops",
            "server/no-userinfo-redirect",
        ],
    ),
    (
        "access-control-allow-methods",
        &[
            "method/token-grammar",
            "method/safelist",
            "method/safelist-byte-exact",
            "method/forbidden",
            "method/normalize",
            "method/no-normalize-patch",
            "method/arbitrary-allowed",
            "no-cors/method-restriction",
            "forbidden-header/method-override",
            "main-fetch/preflight-on-method",
            "preflight-request/method",
            "preflight-response/acam-parse-failure",
            "preflight-response/method-match-exact",
            "preflight-response/safelisted-method-exempt",
            "preflight-response/acam-missing",
            "preflight-response/acam-missing-forced-flag",
            "preflight-response/acam-wildcard",
            "preflight-response/acam-wildcard-credentialed",
            "preflight-cache/method-match",
            "preflight-cache/only-listed-methods-stored",
            "syntax/acam",
            "server/preflight-method-list",
            "server/preflight-safelisted-methods-optional",
            "server/max-age-covers-methods-headers-only",
        ],
    ),
    (
        "access-control-allow-headers",
        &[
            "unsafe-names/per-entry",
            "unsafe-names/total-1024",
            "unsafe-names/total-excludes-unsafe",
            "unsafe-names/total-includes-ua-headers",
            "unsafe-names/output-order",
            "unsafe-names/network-layer-headers-excluded",
            "unsafe-names/non-wildcard-authorization",
            "credentials/explicit-authorization-header",
            "preflight-response/acah-parse-failure",
            "preflight-response/acah-match-case-insensitive",
            "preflight-response/acah-only-unsafe-names",
            "preflight-response/acah-missing",
            "preflight-response/acah-wildcard",
            "preflight-response/acah-wildcard-credentialed",
            "preflight-response/authorization-explicit",
            "syntax/acah",
            "server/preflight-authorization-explicit",
        ],
    ),
    (
        "access-control-allow-credentials",
        &[
            "credentials/include",
            "credentials/same-origin-basic-only",
            "credentials/omit",
            "credentials/auth-entry-not-overriding",
            "credentials/set-cookie-honoured",
            "credentials/set-cookie-ignored",
            "credentials/set-cookie-survives-cors-failure",
            "credentials/no-401-prompt",
            "credentials/tls-and-connection-pool",
            "credentials/proxy-auth-independent",
            "credentials/coep-credentialless",
            "credentials/url-userinfo-rejected",
            "credentials/mode-unobservable",
            "preflight-request/no-credentials",
            "preflight-response/acac-ignored-when-not-include",
            "preflight-cache/credentials-asymmetry",
            "preflight-cache/wildcard-entry-credentialed",
            "cors-check/wildcard-credentialed",
            "cors-check/null-origin-credentialed",
            "cors-check/acac-required",
            "cors-check/acac-whitespace",
            "cors-check/acac-duplicates",
            "cors-check/acac-ignored-without-include",
            "expose/wildcard-credentialed",
            "syntax/acac",
            "server/preflight-credentials-header",
            "server/no-wildcards-with-credentials",
            "server/credentials-true-exact",
            "server/acac-with-wildcard-harmless",
            "protocol-table/omit-star-acac",
            "protocol-table/include-star-acac",
        ],
    ),
    (
        "access-control-expose-headers",
        &[
            "expose/safelisted-names",
            "expose/listed-names",
            "expose/forbidden-never",
            "expose/wildcard",
            "expose/parse-failure",
            "expose/empty-items",
            "expose/multiple-lines",
            "expose/only-cors-tainting",
            "expose/failure-wording",
            "syntax/aceh",
            "server/expose-headers",
        ],
    ),
    (
        "access-control-max-age",
        &[
            "max-age/default-5",
            "max-age/delta-seconds",
            "max-age/zero",
            "max-age/cap",
            "max-age/refresh-existing",
            "syntax/max-age",
            "server/max-age",
        ],
    ),
];

/// The header that a step of the catalogue is about, lower-case; `status` where it is about the status.
#[must_use]
pub fn header_of(step: &str) -> &'static str {
    STEPS
        .iter()
        .find(|(_, steps)| steps.contains(&step))
        .map_or("access-control-allow-origin", |(header, _)| *header)
}

#[cfg(test)]
mod tests {
    use super::{STEPS, header_of};
    use crosscheck_corpus::Catalogue;

    #[test]
    fn every_listed_step_is_in_the_catalogue_and_listed_once() {
        let listed: Vec<&str> = STEPS.iter().flat_map(|(_, steps)| steps.iter().copied()).collect();
        for (i, step) in listed.iter().enumerate() {
            assert!(
                Catalogue::embedded().get(step).is_some(),
                "{step} is not in the catalogue"
            );
            assert!(!listed[..i].contains(step), "{step} is listed twice");
        }
        assert_eq!(header_of("cors-check/missing-acao"), "access-control-allow-origin");
    }
}
