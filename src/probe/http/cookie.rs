//! What a server says of its cookies: their names and attributes.
//!
//! Deliberately absent: their values, which are nobody's business, and keeping them for another request.

use super::Cookie;
use ureq::http::HeaderMap;

/// Every cookie of the header, in the server's order.
pub fn cookies(headers: &HeaderMap) -> Vec<Cookie> {
    headers.get_all("set-cookie").iter().map(|line| read(&String::from_utf8_lossy(line.as_bytes()))).collect()
}

/// As browsers read it (RFC 6265, section 5.2): attributes in any case and order.
fn read(line: &str) -> Cookie {
    let mut parts = line.split(';').map(str::trim);
    let pair = parts.next().unwrap_or_default();
    let attributes: Vec<(String, &str)> = parts
        .map(|attribute| {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            (name.trim().to_ascii_lowercase(), value.trim())
        })
        .collect();
    let value_of = |name: &str| attributes.iter().rfind(|(known, _)| known == name).map(|(_, value)| *value);
    Cookie {
        name: pair.split_once('=').map_or("", |(name, _)| name.trim()).to_string(),
        secure: value_of("secure").is_some(),
        http_only: value_of("httponly").is_some(),
        same_site: value_of("samesite").map(str::to_ascii_lowercase),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_in_any_case_and_order() {
        let cookie = read("id=a=b; Path=/;SECURE ; samesite = Lax; HttpOnly; Expires=Wed, 21 Oct 2026 07:28:00 GMT");
        let expected = Cookie { name: "id".into(), secure: true, http_only: true, same_site: Some("lax".into()) };
        assert_eq!(cookie, expected);
    }

    #[test]
    fn what_is_not_said_is_not_there() {
        let bare = read("lang=en");
        assert_eq!(bare, Cookie { name: "lang".into(), secure: false, http_only: false, same_site: None });
        // a value is no attribute, and a cookie may have no name
        assert!(!read("a=secure").secure);
        assert_eq!(read("nonsense").name, "");
    }
}
