//! How a password is proven without sending it, in the two ways that servers use.

use ring::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};

/// `mysql_native_password`: SHA1(password) XOR SHA1(salt, SHA1(SHA1(password))).
pub fn native(password: &[u8], salt: &[u8]) -> Vec<u8> {
    let once = hash(&SHA1_FOR_LEGACY_USE_ONLY, &[password]);
    let twice = hash(&SHA1_FOR_LEGACY_USE_ONLY, &[&once]);
    xor(&once, &hash(&SHA1_FOR_LEGACY_USE_ONLY, &[salt, &twice]))
}

/// `caching_sha2_password`: SHA256(password) XOR SHA256(SHA256(SHA256(password)), salt).
pub fn caching_sha2(password: &[u8], salt: &[u8]) -> Vec<u8> {
    let once = hash(&SHA256, &[password]);
    let twice = hash(&SHA256, &[&once]);
    xor(&once, &hash(&SHA256, &[&twice, salt]))
}

fn hash(algorithm: &'static Algorithm, parts: &[&[u8]]) -> Vec<u8> {
    digest(algorithm, &parts.concat()).as_ref().to_vec()
}

fn xor(left: &[u8], right: &[u8]) -> Vec<u8> {
    left.iter().zip(right).map(|(left, right)| left ^ right).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a server does: it keeps the hash of the hash, and takes the salt off again.
    #[test]
    fn a_server_recovers_the_hash() {
        let salt = b"01234567890123456789";
        let stored = hash(&SHA1_FOR_LEGACY_USE_ONLY, &[&hash(&SHA1_FOR_LEGACY_USE_ONLY, &[b"secret"])]);
        let once = xor(&native(b"secret", salt), &hash(&SHA1_FOR_LEGACY_USE_ONLY, &[salt, &stored]));
        assert_eq!(hash(&SHA1_FOR_LEGACY_USE_ONLY, &[&once]), stored);
        let stored = hash(&SHA256, &[&hash(&SHA256, &[b"secret"])]);
        let once = xor(&caching_sha2(b"secret", salt), &hash(&SHA256, &[&stored, salt]));
        assert_eq!(hash(&SHA256, &[&once]), stored);
    }
}
