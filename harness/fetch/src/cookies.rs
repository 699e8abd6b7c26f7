//! The cookie jar, reduced to what a case can observe: domain, path, Expires, Max-Age, Secure, SameSite; HttpOnly is ignored
//! ([parse and store](https://fetch.spec.whatwg.org/#parse-and-store-response-set-cookie-headers)).

use crate::time::cookie_date;
use url::{Host, Url};

/// The maximum number of cookies, as the cookie specification suggests; the oldest are removed first.
const MOST_COOKIES: usize = 3000;
/// The maximum length of name and value together, in bytes; longer cookies are not stored.
const LONGEST_PAIR: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SameSite {
    None,
    Lax,
    Strict,
}

/// Which cookies a request may carry: the [same-site mode](https://fetch.spec.whatwg.org/#determine-the-same-site-mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SameSiteMode {
    /// Only cookies with SameSite=None.
    Unset,
    /// Cookies with SameSite=None or SameSite=Lax.
    Lax,
    /// All cookies.
    Strict,
}

#[derive(Clone, Debug)]
struct Cookie {
    name: Vec<u8>,
    value: Vec<u8>,
    domain: String,
    host_only: bool,
    path: String,
    secure: bool,
    same_site: SameSite,
    expires: Option<i64>,
}

/// Cookies in order of creation. They ignore ports.
#[derive(Clone, Debug, Default)]
pub(crate) struct CookieJar(Vec<Cookie>);

impl CookieJar {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// [Stores](https://www.rfc-editor.org/rfc/rfc6265#section-5.3) one Set-Cookie value received from `url`. `same_site_context` states whether the request was same-site;
    /// otherwise only SameSite=None cookies are stored.
    pub(crate) fn store(&mut self, url: &Url, set_cookie: &[u8], same_site_context: bool, now: u64) {
        let Some(cookie) = parse(url, set_cookie, now) else {
            return;
        };
        if !same_site_context && cookie.same_site != SameSite::None {
            return;
        }
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let same = |c: &Cookie| {
            c.name == cookie.name
                && c.domain == cookie.domain
                && c.host_only == cookie.host_only
                && c.path == cookie.path
        };
        let expired = cookie.expires.is_some_and(|e| e <= now);
        match self.0.iter().position(same) {
            Some(i) if expired => {
                self.0.remove(i);
            }
            Some(i) => self.0[i] = cookie,
            None if expired => {}
            None => {
                if self.0.len() >= MOST_COOKIES {
                    self.0.remove(0);
                }
                self.0.push(cookie);
            }
        }
    }

    /// The [Cookie header](https://www.rfc-editor.org/rfc/rfc6265#section-5.4) for a request to `url`: longer paths first, then older cookies; `None` if there is no cookie.
    pub(crate) fn header(&self, url: &Url, mode: SameSiteMode, now: u64) -> Option<Vec<u8>> {
        let host = url.host_str()?;
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let secure = url.scheme() == "https";
        let mut matching: Vec<&Cookie> = self
            .0
            .iter()
            .filter(|c| {
                let domain = if c.host_only {
                    c.domain == host
                } else {
                    domain_match(host, &c.domain)
                };
                let site = match c.same_site {
                    SameSite::None => true,
                    SameSite::Lax => mode >= SameSiteMode::Lax,
                    SameSite::Strict => mode == SameSiteMode::Strict,
                };
                domain
                    && site
                    && path_match(url.path(), &c.path)
                    && (secure || !c.secure)
                    && c.expires.is_none_or(|e| e > now)
            })
            .collect();
        matching.sort_by_key(|c| std::cmp::Reverse(c.path.len()));
        let mut header = Vec::new();
        for cookie in matching {
            if !header.is_empty() {
                header.extend_from_slice(b"; ");
            }
            if !cookie.name.is_empty() {
                header.extend_from_slice(&cookie.name);
                header.push(b'=');
            }
            header.extend_from_slice(&cookie.value);
        }
        (!header.is_empty()).then_some(header)
    }
}

/// [Parses](https://www.rfc-editor.org/rfc/rfc6265#section-5.2) a Set-Cookie value; SameSite and the prefixes of names are those of
/// its successor.
fn parse(url: &Url, set_cookie: &[u8], now: u64) -> Option<Cookie> {
    if set_cookie.iter().any(|&b| b < 0x20 && b != b'\t' || b == 0x7F) {
        return None;
    }
    let host = url.host_str()?;
    let mut parts = set_cookie.split(|&b| b == b';');
    let pair = parts.next()?;
    let (name, value) = match pair.iter().position(|&b| b == b'=') {
        Some(i) => (trim(&pair[..i]), trim(&pair[i + 1..])),
        None => (&b""[..], trim(pair)),
    };
    if (name.is_empty() && value.is_empty()) || name.len() + value.len() > LONGEST_PAIR {
        return None;
    }
    let mut cookie = Cookie {
        name: name.to_vec(),
        value: value.to_vec(),
        domain: host.to_owned(),
        host_only: true,
        path: default_path(url.path()),
        secure: false,
        same_site: SameSite::Lax,
        expires: None,
    };
    let mut max_age = None;
    for part in parts {
        let (key, value) = match part.iter().position(|&b| b == b'=') {
            Some(i) => (trim(&part[..i]), trim(&part[i + 1..])),
            None => (trim(part), &b""[..]),
        };
        let text = String::from_utf8_lossy(value);
        match key.to_ascii_lowercase().as_slice() {
            b"secure" => cookie.secure = true,
            b"path" => {
                cookie.path = if text.starts_with('/') {
                    text.into_owned()
                } else {
                    default_path(url.path())
                };
            }
            b"domain" => {
                let domain = text.strip_prefix('.').unwrap_or(&text).to_ascii_lowercase();
                if domain.is_empty() {
                    continue;
                }
                let top_level = !domain.contains('.') && domain != host;
                if top_level || !domain_match(host, &domain) {
                    return None;
                }
                cookie.host_only = false;
                cookie.domain = domain;
            }
            b"max-age" => {
                let digits = value.strip_prefix(b"-").unwrap_or(value);
                if let Some(seconds) = crate::header_list::delta_seconds(digits) {
                    let now = i64::try_from(now).unwrap_or(i64::MAX);
                    max_age = Some(if digits.len() < value.len() || seconds == 0 {
                        i64::MIN
                    } else {
                        now.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX))
                    });
                }
            }
            b"expires" => cookie.expires = cookie_date(value).or(cookie.expires),
            b"samesite" => {
                cookie.same_site = match value.to_ascii_lowercase().as_slice() {
                    b"none" => SameSite::None,
                    b"strict" => SameSite::Strict,
                    _ => SameSite::Lax,
                };
            }
            _ => {}
        }
    }
    cookie.expires = max_age.or(cookie.expires);
    let prefixed = |prefix: &[u8]| name.len() >= prefix.len() && name[..prefix.len()].eq_ignore_ascii_case(prefix);
    let may_be_insecure = cookie.same_site != SameSite::None && !prefixed(b"__Secure-");
    let secure_enough = if cookie.secure {
        url.scheme() == "https"
    } else {
        may_be_insecure
    };
    let host_enough = !prefixed(b"__Host-") || (cookie.secure && cookie.host_only && cookie.path == "/");
    (secure_enough && host_enough).then_some(cookie)
}

fn trim(bytes: &[u8]) -> &[u8] {
    crate::header_list::trim_tab_space(bytes)
}

/// The [default-path](https://www.rfc-editor.org/rfc/rfc6265#section-5.1.4): steps 2 to 4.
fn default_path(path: &str) -> String {
    match path.rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(i) => path[..i].to_owned(),
    }
}

/// Whether a path [path-matches](https://www.rfc-editor.org/rfc/rfc6265#section-5.1.4) that of a cookie.
fn path_match(request: &str, cookie: &str) -> bool {
    request
        .strip_prefix(cookie)
        .is_some_and(|rest| rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'))
}

/// Whether a host [domain-matches](https://www.rfc-editor.org/rfc/rfc6265#section-5.1.3) the domain of a cookie.
fn domain_match(host: &str, domain: &str) -> bool {
    host == domain
        || (host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
            && matches!(Host::parse(host), Ok(Host::Domain(_))))
}
