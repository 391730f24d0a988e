//! What a map needs when it is complete: no key twice, and its merge keys (`<<`) settled.

use super::{Document, Entry, Kind, MAX_COMPLAINTS, NodeId};
use crate::spec::diagnostic::{Complaint, Complaints};
use std::collections::HashSet;

/// Below this number of keys, comparing each with each is the quickest way to find two equal ones.
const FEW: usize = 8;

/// Settles the entries from `first` on. Of equal keys the first one stays; merged entries come last, own keys win.
pub(super) fn settle(document: &Document, entries: &mut Vec<Entry>, first: usize, complaints: &mut Complaints) {
    let equal = equal_keys(document, &entries[first..]);
    if !equal.is_empty() {
        complaints.extend(
            equal
                .iter()
                .take(MAX_COMPLAINTS)
                .map(|&(earlier, later)| duplicate(document, &entries[first + earlier], &entries[first + later])),
        );
        let mut later: Vec<usize> = equal.iter().map(|&(_, later)| first + later).collect();
        later.sort_unstable();
        let mut index = 0;
        entries.retain(|_| {
            index += 1;
            later.binary_search(&(index - 1)).is_err()
        });
    }
    if let Some(at) = entries[first..].iter().position(|entry| is_merge(document, entry)) {
        let merge = entries.remove(first + at);
        let added = merged(document, &entries[first..], &merge, complaints);
        entries.extend(added);
    }
}

/// Pairs of indices with the same key: where it was first, and where it is again.
fn equal_keys(document: &Document, entries: &[Entry]) -> Vec<(usize, usize)> {
    let key = |index: usize| document.key(&entries[index]);
    if entries.len() <= FEW {
        let earlier = |later: usize| (0..later).find(|&earlier| key(earlier) == key(later));
        return (1..entries.len()).filter_map(|later| Some((earlier(later)?, later))).collect();
    }
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|&index| key(index));
    let groups = order.chunk_by(|&a, &b| key(a) == key(b));
    groups.flat_map(|group| group[1..].iter().map(|&later| (group[0], later))).collect()
}

fn duplicate(document: &Document, earlier: &Entry, later: &Entry) -> Complaint {
    let key = document.key(later);
    let help = match is_merge(document, later) {
        true => "merge several maps by one list: `<<: [*a, *b]`",
        false => "keep one of the two",
    };
    Complaint::error("E0005", &document.source, later.key_span, format!("key `{key}` is given twice"))
        .label("given again here")
        .also(earlier.key_span, "first given here")
        .help(help)
}

/// Only an unquoted `<<` merges.
fn is_merge(document: &Document, entry: &Entry) -> bool {
    document.source.slice(entry.key_span) == "<<"
}

/// The entries that a merge key adds; of several maps the earlier ones win.
fn merged(document: &Document, own: &[Entry], merge: &Entry, complaints: &mut Complaints) -> Vec<Entry> {
    let single = [merge.value];
    let sources: &[NodeId] = match document.kind(merge.value) {
        Kind::Sequence(items) => items,
        _ => &single,
    };
    let mut taken: HashSet<&str> = own.iter().map(|entry| document.key(entry)).collect();
    let mut added = Vec::new();
    for &source in sources {
        let Kind::Mapping(entries) = document.kind(source) else {
            complaints.push(bad_merge(document, merge, source));
            continue;
        };
        added.extend(entries.iter().filter(|entry| taken.insert(document.key(entry))).copied());
    }
    added
}

fn bad_merge(document: &Document, merge: &Entry, source: NodeId) -> Complaint {
    let found = document.describe(source);
    Complaint::error("E0012", &document.source, merge.key_span, format!("`<<` merges maps, but found {found}"))
        .help("write `<<: *name` for a map named by `&name` above, or `\"<<\"` for a key of that name")
}

#[cfg(test)]
mod tests {
    use crate::spec::yaml::testing::{complaints, good, read};
    use serde_json::json;

    #[test]
    fn every_duplicate_is_told_and_the_first_one_stays() {
        let (document, complaints) = read("a: 1\nb: {x: 1, \"x\": 2}\na: 2\na: 3\n");
        assert_eq!(
            complaints,
            [
                "2:11 E0005 key `x` is given twice",
                "3:1 E0005 key `a` is given twice",
                "4:1 E0005 key `a` is given twice"
            ]
        );
        let document = document.expect("a document");
        assert_eq!(document.to_json(document.root()), json!({"a": 1, "b": {"x": 1}}));
    }

    #[test]
    fn duplicates_among_many_keys() {
        let mut text: String = (0..200).map(|key| format!("k{key}: {key}\n")).collect();
        text.push_str("k7: again\nk199: again\n");
        let (document, complaints) = read(&text);
        assert_eq!(complaints, ["201:1 E0005 key `k7` is given twice", "202:1 E0005 key `k199` is given twice"]);
        let document = document.expect("a document");
        assert_eq!(document.entries(document.root()).len(), 200);
    }

    #[test]
    fn merges_add_what_is_not_there() {
        let document = good("b: &b {x: 1, y: 2}\nc: &c {y: 3, z: 4}\nd: {<<: [*c, *b], z: 5}\ne:\n  x: 0\n  <<: *b\n");
        let json = document.to_json(document.root());
        assert_eq!(json["d"], json!({"z": 5, "y": 3, "x": 1}));
        assert_eq!(json["e"], json!({"x": 0, "y": 2}));
        let quoted = good("\"<<\": 1");
        assert_eq!(quoted.to_json(quoted.root()), json!({"<<": 1}), "a quoted << is an ordinary key");
    }

    #[test]
    fn only_maps_can_be_merged() {
        assert_eq!(complaints("a: {<<: 1}"), ["1:5 E0012 `<<` merges maps, but found a number"]);
        assert_eq!(complaints("a: {<<: [{x: 1}, text]}"), ["1:5 E0012 `<<` merges maps, but found text"]);
    }
}
