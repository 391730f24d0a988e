//! Names of users and groups, asked once per process: a thousand files have few owners.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

type Names = LazyLock<Mutex<HashMap<u32, String>>>;
static OWNERS: Names = LazyLock::new(Default::default);
static GROUPS: Names = LazyLock::new(Default::default);

/// The name of a user, or the number as text if it has none. Asked once per process.
pub fn user(uid: u32) -> String {
    cached(&OWNERS, uid, |uid| uzers::get_user_by_uid(uid).map(|user| user.name().to_string_lossy().into_owned()))
}

/// The name of a group, or the number as text if it has none. Asked once per process.
pub fn group(gid: u32) -> String {
    cached(&GROUPS, gid, |gid| uzers::get_group_by_gid(gid).map(|group| group.name().to_string_lossy().into_owned()))
}

/// Does not hold the lock while it asks: a directory service may take its time.
fn cached(names: &Names, id: u32, ask: impl FnOnce(u32) -> Option<String>) -> String {
    let known = names.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
    known.unwrap_or_else(|| {
        let name = ask(id).unwrap_or_else(|| id.to_string());
        names.lock().unwrap_or_else(PoisonError::into_inner).insert(id, name.clone());
        name
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_without_a_name_stay_numbers() {
        assert_eq!((user(0), group(0)), ("root".into(), "root".into()));
        assert_eq!((user(3_999_999_999), group(3_999_999_999)), ("3999999999".into(), "3999999999".into()));
        assert_eq!(user(0), "root");
    }
}
