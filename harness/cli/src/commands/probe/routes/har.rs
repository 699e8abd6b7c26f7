//! The routes of a HAR file: the URLs of its GET requests to one origin.

use super::{Routes, RoutesError, at, below, is_loopback, name_the_server};
use crosscheck_explain::har_requests;
use crosscheck_fetch::Url;

/// The most origins that an error names.
const NAMED: usize = 5;

/// Reads the routes: the requests to the origin of the base, or, if there are none, those to the only origin of the file.
pub(in crate::commands::probe) fn har(text: &str, base: Option<&Url>) -> Result<Routes, RoutesError> {
    let requests = har_requests(text).map_err(|e| RoutesError::new(e.to_string(), e.help))?;
    let gets = requests.iter().filter(|(method, _)| method.eq_ignore_ascii_case("GET"));
    let urls = gets.filter_map(|(_, url)| Url::parse(url).ok());
    let urls: Vec<Url> = urls.filter(|url| matches!(url.scheme(), "http" | "https")).collect();
    let mut origins: Vec<String> = Vec::new();
    for url in &urls {
        let origin = url.origin().ascii_serialization();
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    let named: Vec<&str> = origins.iter().take(NAMED).map(String::as_str).collect();
    let named = format!("the GET requests of the file are to {}", named.join(", "));
    let own = |base: &Url| {
        urls.iter()
            .filter(|url| url.origin() == base.origin())
            .cloned()
            .collect::<Vec<_>>()
    };
    let mut routes = Routes::default();
    let Some(base) = base else {
        match (origins.len(), urls.first()) {
            (_, None) => return Ok(routes),
            (1, Some(only)) if is_loopback(only) => {
                own(only).into_iter().for_each(|url| routes.add(without_fragment(url)))
            }
            _ => return Err(name_the_server(&named)),
        }
        return Ok(routes.finish());
    };
    let at_base = own(base);
    if !at_base.is_empty() {
        at_base.into_iter().for_each(|url| routes.add(without_fragment(url)));
        return Ok(routes.finish());
    }
    if origins.len() > 1 {
        return Err(RoutesError::new(
            format!("{named}, none of which is {}", base.origin().ascii_serialization()),
            "name a URL of one of these origins, or record a HAR file with the requests to one server only",
        ));
    }
    for url in &urls {
        let path = format!("{}{}", below(base, ""), url.path());
        match at(base, &path, url.query()) {
            Some(url) => routes.add(url),
            None => routes.skip(format!("{} is skipped: it has no place below the URL", url.path())),
        }
    }
    Ok(routes.finish())
}

fn without_fragment(mut url: Url) -> Url {
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests {
    use super::har;
    use crosscheck_fetch::Url;

    const FILE: &str = r#"{"log":{"entries":[
        {"request":{"method":"GET","url":"https://api.example/a?x=1"},"response":{"status":200}},
        {"request":{"method":"GET","url":"https://api.example/a?x=1#f"},"response":{"status":200}},
        {"request":{"method":"POST","url":"https://api.example/b"},"response":{"status":200}},
        {"request":{"method":"GET","url":"https://api.example/c"},"response":{"status":304}}]}}"#;

    fn urls(text: &str, base: Option<&str>) -> Result<Vec<String>, String> {
        let base = base.map(|base| Url::parse(base).expect("a URL"));
        let routes = har(text, base.as_ref()).map_err(|e| e.message)?;
        Ok(routes.urls.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_get_requests_to_one_origin_are_routes_at_the_origin_of_the_user() {
        for (base, expected) in [
            (
                "http://localhost:3000",
                ["http://localhost:3000/a?x=1", "http://localhost:3000/c"],
            ),
            (
                "http://localhost:3000/v2/",
                ["http://localhost:3000/v2/a?x=1", "http://localhost:3000/v2/c"],
            ),
            (
                "https://api.example/",
                ["https://api.example/a?x=1", "https://api.example/c"],
            ),
        ] {
            assert_eq!(urls(FILE, Some(base)).expect("routes"), expected, "{base}");
        }
    }

    #[test]
    fn a_remote_server_is_never_taken_from_the_file_and_one_of_several_origins_is_named() {
        let why = urls(FILE, None).expect_err("no server");
        assert!(why.contains("https://api.example; no server is named"), "{why}");
        let here = FILE.replace("https://api.example", "http://127.0.0.1:8080");
        assert_eq!(urls(&here, None).expect("routes").len(), 2);
        let two = FILE.replacen("https://api.example", "https://cdn.example", 1);
        let why = urls(&two, Some("http://localhost/")).expect_err("two origins");
        assert!(
            why.contains("https://cdn.example, https://api.example, none of which"),
            "{why}"
        );
        assert!(urls("{}", None).expect_err("no HAR").contains("this is not a HAR file"));
    }
}
