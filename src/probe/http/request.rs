//! From what a check says to what is asked of the server.
//!
//! Complaints never quote a value, which may be a secret. Deliberately absent:
//! sending it; see `exchange`.

use super::Target;
use super::exchange::Question;
use super::redirect::is_http;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ureq::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use ureq::http::{HeaderMap, Uri};
use ureq::{Proxy, ProxyProtocol};

/// The question of a check.
///
/// # Errors
/// A sentence about what can never be asked.
pub fn question(target: &Target, limit: Option<usize>) -> Result<Question, String> {
    Ok(Question {
        method: target.method.word().parse().map_err(|_| "there is no such method".to_string())?,
        url: url(&target.url)?,
        headers: headers(target)?,
        body: target.body.clone(),
        redirects: target.redirects.into(),
        proxy: target.proxy.as_deref().map(proxy).transpose()?,
        limit,
    })
}

fn url(text: &str) -> Result<Uri, String> {
    let without_fragment = text.split('#').next().unwrap_or_default();
    let url: Uri = without_fragment.parse().map_err(|error| format!("this is not a URL: {error}"))?;
    if !is_http(&url) {
        return Err(format!("`{text}` is not a whole URL; write it as in `https://example.org/health`"));
    }
    if url.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("a URL with a password shows it to everybody; write `basic: { user: …, password: … }`".into());
    }
    Ok(url)
}

fn headers(target: &Target) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in target.headers.iter().flatten() {
        let key =
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("`{name}` is not the name of a header"))?;
        let value = value
            .parse()
            .map_err(|_| format!("the value of the header `{name}` has characters that cannot be sent"))?;
        headers.insert(key, value);
    }
    let authorization = match (&target.basic, &target.bearer) {
        (Some(basic), _) if basic.user.contains(':') => return Err("a user name cannot contain a colon".into()),
        (Some(basic), _) => format!("Basic {}", STANDARD.encode(format!("{}:{}", basic.user, basic.password))),
        (None, Some(token)) => format!("Bearer {token}"),
        (None, None) => return Ok(headers),
    };
    let value =
        HeaderValue::try_from(authorization).map_err(|_| "the token has characters that cannot be sent".to_string())?;
    headers.insert(AUTHORIZATION, value);
    Ok(headers)
}

fn proxy(text: &str) -> Result<Proxy, String> {
    // the URL may hold a password
    let proxy = Proxy::new(text)
        .map_err(|_| "`proxy` is not the URL of a proxy; write it as in `http://proxy.example.org:3128`".to_string())?;
    match proxy.protocol() {
        ProxyProtocol::Http | ProxyProtocol::Https => Ok(proxy),
        _ => Err("only proxies of `http://` and `https://` can be used".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_asked_is_refused() {
        assert!(url("https://example.org/a?b#c").is_ok());
        for text in
            ["example.org", "/health", "ftp://example.org/", "http://", "http://a b/", "https://u:p@example.org/"]
        {
            assert!(url(text).is_err(), "{text}");
        }
        assert!(!url("https://u:hunter2@example.org/").unwrap_err().contains("hunter2"));
        assert!(proxy("socks5://localhost:1").is_err());
        assert!(proxy("http://localhost:3128").is_ok());
    }
}
