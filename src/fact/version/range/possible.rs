//! Whether any version at all can satisfy the tests of one alternative.
//!
//! By the generic order; a range that only dpkg's order could satisfy (`>1.2,<1.2.0`) is refused
//! too. Deliberately absent: gaps that several exclusions together leave no version in.

use super::{Key, Relation, Test};

/// The lower bound, and whether it is itself excluded; the pair orders from weak to strong.
type Lower = (Key, bool);
/// The upper bound, and whether it is itself included; the pair orders from strong to weak.
type Upper = (Key, bool);

/// False if the bounds leave nothing between them, or an exclusion takes all that they leave.
pub(super) fn possible(tests: &[Test]) -> bool {
    let lower = tests.iter().filter_map(lower).max();
    let upper = tests.iter().filter_map(upper).min();
    let (Some(lower), Some(upper)) = (lower, upper) else {
        return !tests.iter().any(|test| matches!(test, Test::Outside(prefix) if prefix.is_everything()));
    };
    let open = lower.1 || !upper.1;
    let empty = lower.0 > upper.0 || (lower.0 == upper.0 && open);
    !empty && !tests.iter().any(|test| excludes(test, &lower, &upper))
}

fn lower(test: &Test) -> Option<Lower> {
    match test {
        Test::Compare(Relation::AtLeast | Relation::Equal, bound) | Test::Text(bound) => {
            Some((bound.key.clone(), false))
        }
        Test::Compare(Relation::Greater, bound) => Some((bound.key.clone(), true)),
        Test::Within(prefix) => Some((prefix.first.clone(), false)),
        _ => None,
    }
}

fn upper(test: &Test) -> Option<Upper> {
    match test {
        Test::Compare(Relation::AtMost | Relation::Equal, bound) | Test::Text(bound) => Some((bound.key.clone(), true)),
        Test::Compare(Relation::Less, bound) if bound.key.is_plain() => Some((bound.key.floor(), false)),
        Test::Compare(Relation::Less, bound) => Some((bound.key.clone(), false)),
        Test::Within(prefix) => Some((prefix.beyond.clone(), false)),
        _ => None,
    }
}

/// Whether one exclusion covers everything from the lower to the upper bound.
fn excludes(test: &Test, lower: &Lower, upper: &Upper) -> bool {
    match test {
        Test::Compare(Relation::NotEqual, bound) => lower.0 == bound.key && upper.0 == bound.key,
        Test::Outside(prefix) => prefix.first <= lower.0 && upper.0 <= prefix.beyond,
        _ => false,
    }
}
