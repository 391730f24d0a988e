//! JSON Web Tokens (RFC 7519) in the compact form: what they claim, until when, and whether the signature holds.
//!
//! The token itself is never shown: who has it may use it. Deliberately absent: encrypted tokens
//! (JWE), fetching keys (JWKS), judging audience and issuer, which `claims` is there for.

mod signature;

use super::{Context, Pace, Probe, Seen, reading};
use crate::fact::{Bytes, Fact, Moment};
use crate::spec::secret::Secret;
use crate::{described, facts, observe};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value as Json;
use std::path::PathBuf;
use std::time::Duration;

/// The largest token and the largest key taken.
const LIMIT: Bytes = Bytes(256 << 10);

described! {
    /// Looks into a JSON Web Token.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: file) {
        /// The token, from a secret input: `${name}`. Either this or `file`.
        token: Option<Secret>,
        /// A file that holds the token and nothing else.
        file: Option<PathBuf>,
        /// The key of an HMAC signature (HS256, HS384, HS512), from a secret input: `${name}`.
        secret: Option<Secret>,
        /// PEM file of the public key, or of a certificate, for the other signatures (RS…, PS…, ES256, ES384, EdDSA).
        public_key: Option<PathBuf>,
    }
}

facts! {
    pub struct Facts {
        /// The header, e.g. `alg` and `kid`.
        header: Json,
        /// What the token claims, e.g. `sub`, `aud` and `iss`.
        claims: Json,
        /// How it is signed, e.g. `RS256`; `none` if it is not.
        algorithm: String,
        /// When it expires (`exp`); absent if it never does.
        expires: Moment,
        /// Time until then; zero if it has passed, absent if it never expires.
        remaining: Duration,
        /// Whether it has expired.
        expired: bool,
        /// From when on it may be used (`nbf`).
        not_before: Moment,
        /// When it was made (`iat`).
        issued: Moment,
        /// Whether the signature holds. Absent if no key is given, unknown if the key or this engine cannot tell; false for a token that is not signed.
        signature_valid: bool,
        /// `not_a_token` if it cannot be read; absent otherwise.
        problem: String,
        /// The problem in a sentence.
        reason: String,
    }
}

pub struct Jwt;

impl Probe for Jwt {
    const NAME: &'static str = "jwt";
    const PACE: Pace = Pace::Quick;
    const DEFAULT: &'static str = "expect: { expired: false, problem: { present: false } }";
    const EXAMPLE: &'static str = "id: token-lasts\njwt: { file: /run/secrets/token }\nexpect:\n  remaining: { gt: 24h }\n  claims: { at: { \"$.aud\": { contains: api } } }";
    const EVIDENCE: &'static [&'static str] = &["reason", "algorithm", "expires"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.file.as_ref().map_or("the given token".into(), |file| file.display().to_string())
    }

    fn check(target: &Target) -> Result<(), String> {
        if target.token.is_some() == target.file.is_some() {
            return Err("a token is given either by `token` or by `file`".into());
        }
        if target.secret.is_some() && target.public_key.is_some() {
            return Err("a signature is checked with either `secret` or `public_key`".into());
        }
        Ok(())
    }

    fn observe(target: &Target, _: &Wanted, _: &Context) -> Seen<Facts> {
        let token = match (&target.token, &target.file) {
            (Some(token), _) => token.reveal().to_string(),
            (None, Some(file)) => match reading::text(file, true, LIMIT) {
                Ok(text) => text,
                Err(unread) => return unread.into(),
            },
            (None, None) => return Seen::Refused("there is neither `token` nor `file`".into()),
        };
        Seen::Present(describe(token.trim(), target, observe::now()))
    }
}

/// The three parts of a token, the last one still to be checked.
struct Token {
    header: Json,
    claims: Json,
    signature: Vec<u8>,
}

/// The texts of errors never quote the token.
fn parse(token: &str) -> Result<Token, String> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else {
        return Err(format!("a token has three parts with dots between them, this text has {}", parts.len()));
    };
    let bytes = |name: &str, part: &str| {
        URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).map_err(|_| format!("the {name} is not base64url"))
    };
    let object = |name: &str, part: &str| match serde_json::from_slice(&bytes(name, part)?) {
        Ok(json @ Json::Object(_)) => Ok(json),
        _ => Err(format!("the {name} is not a JSON object")),
    };
    Ok(Token {
        header: object("header", header)?,
        claims: object("claims", claims)?,
        signature: bytes("signature", signature)?,
    })
}

fn describe(text: &str, target: &Target, now: Moment) -> Facts {
    let token = match parse(text) {
        Ok(token) => token,
        Err(why) => return Facts { problem: "not_a_token".to_string().into(), reason: why.into(), ..Facts::absent() },
    };
    let algorithm = token.header["alg"].as_str().map(str::to_string);
    let expires = moment(&token.claims["exp"]);
    let signed = text.rsplit_once('.').map_or("", |(signed, _)| signed);
    Facts {
        remaining: expires.clone().map(|expires| now.until(expires)),
        expired: match &expires {
            Fact::Known(expires) => Fact::Known(*expires <= now),
            Fact::Unknown(why) => Fact::Unknown(why.clone()),
            _ => Fact::Known(false),
        },
        expires,
        not_before: moment(&token.claims["nbf"]),
        issued: moment(&token.claims["iat"]),
        signature_valid: signature::check(algorithm.as_deref().unwrap_or("none"), signed, &token.signature, target),
        algorithm: algorithm.into(),
        header: token.header.into(),
        claims: token.claims.into(),
        ..Facts::absent()
    }
}

/// Seconds since 1970, perhaps with a fraction (RFC 7519, section 2).
fn moment(claim: &Json) -> Fact<Moment> {
    if claim.is_null() {
        return Fact::Absent;
    }
    let seconds = claim.as_f64().filter(|seconds| seconds.abs() < 1e12);
    let timestamp = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds as i64).ok());
    timestamp.map(Moment::from).ok_or_else(|| "the claim is not a time".to_string()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::hmac;
    use serde_json::json;

    fn token(header: &Json, claims: &Json, key: &str) -> String {
        let signed =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    fn target(secret: Option<&str>) -> Target {
        Target { token: None, file: None, secret: secret.map(Secret::new), public_key: None }
    }

    fn now() -> Moment {
        Moment::from(jiff::Timestamp::from_second(1_000_000).unwrap())
    }

    #[test]
    fn claims_and_times_are_read() {
        let text = token(&json!({ "alg": "HS256" }), &json!({ "sub": "a", "exp": 1_000_060, "iat": 999_999.5 }), "k");
        let facts = describe(&text, &target(Some("k")), now());
        assert_eq!((facts.remaining, facts.expired), (Fact::Known(Duration::from_secs(60)), Fact::Known(false)));
        assert_eq!((facts.signature_valid, facts.not_before), (Fact::Known(true), Fact::Absent));
        assert_eq!(facts.claims.known().unwrap()["sub"], "a");
        let facts = describe(&text, &target(Some("other")), now());
        assert_eq!(facts.signature_valid, Fact::Known(false));
        assert_eq!(describe(&text, &target(None), now()).signature_valid, Fact::Absent);
    }

    #[test]
    fn an_old_token_is_expired_and_one_without_end_is_not() {
        let expired =
            |claims: Json| describe(&token(&json!({ "alg": "HS256" }), &claims, "k"), &target(None), now()).expired;
        assert_eq!(expired(json!({ "exp": 1_000_000 })), Fact::Known(true));
        assert_eq!(expired(json!({})), Fact::Known(false));
        assert!(matches!(expired(json!({ "exp": "soon" })), Fact::Unknown(_)));
        assert!(matches!(expired(json!({ "exp": 1e300 })), Fact::Unknown(_)));
    }

    #[test]
    fn what_is_no_token_is_not_quoted() {
        for text in ["", "hunter2", "a.b", "a.b.c", "e30.e30.!", "W10.e30.", "e30.e30.e30.e30.e30"] {
            let facts = describe(text, &target(None), now());
            assert_eq!(facts.problem, Fact::Known("not_a_token".into()), "{text}");
            assert!(!facts.reason.known().unwrap().contains("hunter2"));
        }
    }
}
