//! Reading YAML: what was written, with the place of everything; nothing resolved.

pub mod answers;
pub mod codes;
pub mod config;
pub mod described;
pub mod diagnostic;
pub mod given;
pub mod load;
pub mod pack;
pub mod secret;
pub mod shape;
pub mod source;
pub mod yaml;
