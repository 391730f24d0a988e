//! Judging: a pure function of a plan and of what was observed. `now` is data.

pub mod evaluate;
pub mod example;
pub mod jsonpath;
pub mod matcher;
pub mod outcome;
pub mod pattern;
pub mod verdict;
pub mod words;
