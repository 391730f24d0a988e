//! The facts of a probe, declared as the fields of a struct: `facts!`, and `record!` for a structured value among them.

use super::{Field, Values};

/// A set of facts: what [`facts!`](crate::facts) makes of a struct.
pub trait FactSet: Default {
    const FIELDS: &'static [Field];
    /// One flag per fact, by name: is it wanted?
    type Wanted: From<WantedBits>;
    fn into_values(self) -> Values;
}

/// Which facts of a probe are wanted: bit *n* is the *n*th fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct WantedBits(pub u64);

impl WantedBits {
    pub const ALL: WantedBits = WantedBits(u64::MAX);

    pub fn add(&mut self, index: usize) {
        self.0 |= 1 << index;
    }

    pub fn has(self, index: usize) -> bool {
        self.0 >> index & 1 == 1
    }
}

/// Declares the facts of a probe: each field becomes a [`Fact`] and its doc
/// comment the documentation. Also makes `Wanted`, one flag per fact.
#[macro_export]
macro_rules! facts {
    ($(#[doc = $about:literal])* pub struct $facts:ident { $($(#[doc = $doc:literal])+ $name:ident: $type:ty,)* }) => {
        $(#[doc = $about])*
        #[derive(Debug, Default)]
        pub struct $facts { $($(#[doc = $doc])+ pub $name: $crate::fact::Fact<$type>,)* }

        /// Which facts are wanted.
        #[derive(Debug, Clone, Copy)]
        #[allow(dead_code)]
        pub struct Wanted { $($(#[doc = $doc])+ pub $name: bool,)* }

        impl $facts {
            /// The thing is there, and nothing is known of it yet.
            #[allow(dead_code)]
            pub fn absent() -> Self {
                $facts { $($name: $crate::fact::Fact::Absent,)* }
            }
        }

        impl From<$crate::fact::WantedBits> for Wanted {
            #[allow(unused_assignments, unused_mut, unused_variables)]
            fn from(bits: $crate::fact::WantedBits) -> Self {
                let mut index = 0..;
                Wanted { $($name: bits.has(index.next().unwrap_or(63)),)* }
            }
        }

        impl $crate::fact::FactSet for $facts {
            const FIELDS: &'static [$crate::fact::Field] = &[$($crate::fact::Field {
                name: $crate::spec::described::plain(stringify!($name)),
                description: concat!($($doc, "\n",)+),
                kind: <$type as $crate::fact::FactType>::KIND,
            },)*];
            type Wanted = Wanted;
            fn into_values(self) -> $crate::fact::Values {
                $crate::fact::Values(vec![$(($crate::spec::described::plain(stringify!($name)), self.$name.map(<$type as $crate::fact::FactType>::into_value)),)*])
            }
        }
    };
}

/// Declares a record: a structured value inside a list or a map of facts.
#[macro_export]
macro_rules! record {
    ($(#[doc = $about:literal])* pub struct $record:ident { $($(#[doc = $doc:literal])+ $name:ident: $type:ty,)* }) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $record { $($(#[doc = $doc])+ pub $name: $type,)* }

        impl $crate::fact::FactType for $record {
            const KIND: &'static $crate::fact::Kind = &$crate::fact::Kind::Record(&[$($crate::fact::Field {
                name: $crate::spec::described::plain(stringify!($name)),
                description: concat!($($doc, "\n",)+),
                kind: <$type as $crate::fact::RecordField>::KIND,
            },)*]);
            fn into_value(self) -> $crate::fact::Value {
                let fields = [$(($crate::spec::described::plain(stringify!($name)), <$type as $crate::fact::RecordField>::into_field(self.$name)),)*];
                $crate::fact::Value::Map(fields.into_iter().filter_map(|(name, value)| Some((name.to_string(), value?))).collect())
            }
        }
    };
}
