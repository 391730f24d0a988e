//! Where a redirect leads, and what may go along.
//!
//! Deliberately absent: following; see `exchange`.

use ureq::http::uri::{Authority, Scheme};
use ureq::http::{Method, StatusCode, Uri};

/// The place a `Location` means, seen from `base` (RFC 3986, section 5.2). Only http and https.
pub fn join(base: &Uri, location: &str) -> Option<Uri> {
    let location = location.trim().split('#').next().unwrap_or_default();
    let scheme = base.scheme_str()?;
    let authority = base.authority()?.as_str();
    let joined = if location.contains("://") {
        location.to_string()
    } else if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{authority}{}", without_dots(location))
    } else if location.is_empty() || location.starts_with('?') {
        let query = if location.is_empty() { base.query().map(|query| format!("?{query}")) } else { None };
        format!("{scheme}://{authority}{}{}", base.path(), query.as_deref().unwrap_or(location))
    } else {
        let folder = base.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{scheme}://{authority}{}", without_dots(&format!("{folder}/{location}")))
    };
    joined.parse().ok().filter(is_http)
}

/// Whether it is a whole URL of a web server.
pub fn is_http(uri: &Uri) -> bool {
    let host = uri.authority().map(Authority::host).is_some_and(|host| !host.is_empty());
    host && matches!(uri.scheme_str(), Some("http" | "https"))
}

/// `/a/./b/../c` is `/a/c` (RFC 3986, section 5.2.4); a query stays as it is.
fn without_dots(path: &str) -> String {
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path, None),
    };
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if last {
                    kept.push("");
                }
            }
            segment => kept.push(segment),
        }
    }
    let path = format!("/{}", kept.join("/"));
    query.map_or(path.clone(), |query| format!("{path}?{query}"))
}

/// The method of the next request (RFC 9110, section 15.4): 307 and 308 keep it, the others make it GET.
pub fn next_method(status: StatusCode, method: &Method) -> Method {
    match status.as_u16() {
        307 | 308 => method.clone(),
        _ if method == Method::HEAD => Method::HEAD,
        303 => Method::GET,
        _ if method == Method::POST => Method::GET,
        _ => method.clone(),
    }
}

/// Whether headers, body and credentials meant for `asked` may go to `next`: same scheme, host and
/// port, or the step from http to https on the same host.
pub fn same_origin(asked: &Uri, next: &Uri) -> bool {
    let host = |uri: &Uri| uri.host().map(str::to_ascii_lowercase);
    let upgrade = asked.scheme() == Some(&Scheme::HTTP) && next.scheme() == Some(&Scheme::HTTPS);
    host(asked) == host(next)
        && (upgrade && port(next) == 443 || asked.scheme() == next.scheme() && port(asked) == port(next))
}

/// The port of a URL, written or usual.
pub fn port(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        text.parse().unwrap()
    }

    #[test]
    fn locations_are_joined() {
        let base = uri("http://a.example:81/b/c/d?q=1");
        for (location, wanted) in [
            ("https://x.example/y", "https://x.example/y"),
            ("//x.example/y", "http://x.example/y"),
            ("/y?z#f", "http://a.example:81/y?z"),
            ("y", "http://a.example:81/b/c/y"),
            ("./y/", "http://a.example:81/b/c/y/"),
            ("../y", "http://a.example:81/b/y"),
            ("../../../y", "http://a.example:81/y"),
            ("..", "http://a.example:81/b/"),
            ("?q=2", "http://a.example:81/b/c/d?q=2"),
            ("", "http://a.example:81/b/c/d?q=1"),
        ] {
            assert_eq!(join(&base, location), Some(uri(wanted)), "{location}");
        }
        for location in ["ftp://x/y", "file:///etc/passwd", "http://", "https://a b/", "//"] {
            assert_eq!(join(&base, location), None, "{location}");
        }
    }

    #[test]
    fn credentials_stay_with_their_origin() {
        let asked = uri("http://a.example/x");
        for next in ["http://a.example/y", "http://A.example:80/", "https://a.example/"] {
            assert!(same_origin(&asked, &uri(next)), "{next}");
        }
        for next in ["http://b.example/", "http://a.example:81/", "https://a.example:444/", "http://a.example.b/"] {
            assert!(!same_origin(&asked, &uri(next)), "{next}");
        }
        assert!(!same_origin(&uri("https://a.example/"), &uri("http://a.example/")));
    }

    #[test]
    fn methods_change_as_browsers_do() {
        let next = |status: u16, method| next_method(StatusCode::from_u16(status).unwrap(), &method);
        assert_eq!(next(302, Method::POST), Method::GET);
        assert_eq!(next(303, Method::PUT), Method::GET);
        assert_eq!(next(301, Method::HEAD), Method::HEAD);
        assert_eq!(next(308, Method::POST), Method::POST);
    }
}
