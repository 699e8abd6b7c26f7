//! What the CORS check of a response rests on, for the trace.

use crate::algorithm::Algorithm;
use crate::cors_check::{CorsCheck, Lines, Source, cors_check, cors_check_steps};
use crate::fetch::Fetch;
use crate::keywords::RedirectMode;
use crate::origin::Origin;
use crate::reason::HttpFetchReason;
use crate::steps::Step;
use crate::trace::{Finding, Tracer};
use crate::wire::{WireResponse, is_ok_status, is_redirect_status};

impl<T: Tracer> Fetch<T> {
    /// How Access-Control-Allow-Origin of a response reads: absent, empty, or all lines combined.
    pub(crate) fn acao_read(&self, response: &WireResponse) -> Finding {
        let lines = Lines::of(&response.headers, b"access-control-allow-origin");
        let value = (lines.count > 0).then(|| lines.value.to_vec());
        // If absent, empty and the text `null` were the same, the check would pass.
        let not_null = self.serialized_origin == "null" && lines.value.is_empty();
        Finding::new(Algorithm::GetHeader, HttpFetchReason::AcaoRead { value })
            .on_if(not_null, Step::HeaderListGetNullVsEmpty)
            .on_if(lines.count > 1, Step::HeaderListGetCombines)
            .on_if(lines.mixed_names, Step::HeaderListNameCaseInsensitive)
            .on_if(lines.trimmed, Step::HeaderListValueShape)
    }

    /// Why this response undergoes the CORS check.
    pub(crate) fn check_applies(&self, response: &WireResponse, source: Source) -> Finding {
        let status = response.status;
        let redirects = is_redirect_status(status) && response.headers.contains(b"location");
        let manual = self.request.redirect == RedirectMode::Manual;
        Finding::new(Algorithm::HttpFetch, HttpFetchReason::CheckApplies { status })
            .on(Step::HttpFetchCorsCheckApplied)
            .on_if(!is_ok_status(status), Step::CorsCheckStatusAgnostic)
            .on_if(status == 401, Step::CredentialsNo401Prompt)
            .on_if(
                status == 304 && source == Source::Network,
                Step::HttpFetchScriptConditional304,
            )
            .on_if(source != Source::Network, Step::CorsCheckHttpCacheResponse)
            .on_if(redirects, Step::HttpFetchCorsCheckOnRedirectHop)
            .on_if(redirects && manual, Step::HttpFetchCorsCheckBeforeManual)
            .on_if(
                self.took_preflight_branch && self.exchanges > 1,
                Step::PreflightResponseSuccessDoesNotExemptActual,
            )
    }

    /// The steps, other than those of the check itself, without which a refused response would have been allowed. They concern another
    /// response of the exchange, headers that a 304 replaced, or the tainting by an earlier hop.
    pub(crate) fn otherwise_granted(&self, check: CorsCheck, source: Source) -> Vec<Step> {
        let passes = |headers| cors_check(&self.serialized_origin, self.request.credentials, headers).is_success();
        let interim = self.informational.iter().any(passes);
        let own = self.request.page.origin.same_origin_with_url(self.current_url());
        let also = [
            (interim, Step::HttpFetchNoCorsCheckOnIntermediateStatuses),
            (source == Source::Revalidated, Step::HttpFetchRevalidated304),
            (own, Step::MainFetchTaintingSticky),
        ];
        let also = also.into_iter().filter(|(holds, _)| *holds && !check.is_success());
        also.map(|(_, step)| step).collect()
    }

    /// The steps of a CORS check of this response.
    pub(crate) fn check_steps(&self, check: CorsCheck, response: &WireResponse) -> Vec<Step> {
        let origin = &self.serialized_origin;
        let mut found = cors_check_steps(check, origin, self.request.credentials, &response.headers);
        if !check.is_success() {
            found.extend(self.taint_steps(check, response));
        }
        found
    }

    /// The steps of the redirect-taint on which a refused CORS check rests: with the page's own origin the response would have passed.
    fn taint_steps(&self, check: CorsCheck, response: &WireResponse) -> Vec<Step> {
        let requester = &self.request.page.origin;
        let acao = response.headers.get(b"access-control-allow-origin");
        if *requester == Origin::Opaque {
            let names_an_origin = check == CorsCheck::OriginMismatch
                && acao.is_some_and(|v| std::str::from_utf8(&v).is_ok_and(|v| Origin::parse_serialized(v).is_ok()));
            return Vec::from_iter(names_an_origin.then_some(Step::RedirectTaintOpaqueRequester));
        }
        let own = cors_check(&requester.serialize(), self.request.credentials, &response.headers);
        if self.serialized_origin != "null" || !own.is_success() {
            return Vec::new();
        }
        let tainting = self.request.url_list.windows(2).find_map(|pair| {
            let [left, new] = pair else { return None };
            let (left, new) = (Origin::of(left), Origin::of(new));
            (!left.same_origin(&new) && !requester.same_origin(&left)).then_some((left, new))
        });
        let kinds: &[Step] = match tainting {
            None => &[],
            Some((_, new)) if requester.same_origin(&new) => &[Step::RedirectTaintBackToSelf],
            Some((left, new)) if left.same_site(&new) => &[
                Step::RedirectTaintSchemePortHostCount,
                Step::RedirectTaintSameSiteIsStillNull,
            ],
            Some((left, new)) if left.schemelessly_same_site(&new) => &[Step::RedirectTaintSchemePortHostCount],
            Some(_) => &[Step::RedirectTaintCrossToCross],
        };
        std::iter::once(Step::CorsCheckUsesCurrentTaint)
            .chain(kinds.iter().copied())
            .collect()
    }
}
