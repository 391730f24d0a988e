//! Probes: how one kind of thing is looked at.
//!
//! A probe is one file in `probe/` and one line in the list below. From its
//! `Target` and `Facts` follow the JSON Schema, the documentation, completion,
//! the validation of names, and recordings. Probes look and say what they saw;
//! deliberately absent is any opinion about it: judging happens in `judge`.

#![allow(clippy::disallowed_methods)] // this part looks at the world

pub mod bounded;
pub mod context;
pub mod dotenv_text;
pub mod network;
pub mod owner;
pub mod reading;
pub mod running;
mod small_file;
pub mod snapshot;
pub mod tool;
pub mod walk;

use crate::fact::{FactSet, Field, Values, WantedBits};
use crate::spec::described::{Described, Key};
use crate::spec::given::{FromGiven, Given, Reader};
pub use context::Context;
use serde_json::Value as Json;
use std::any::Any;
use std::fmt::Debug;
use std::hash::{Hash, Hasher};

/// What a look came to. "No", "not there" and "could not see" are never mixed.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen<F> {
    Present(F),
    /// The thing is not there; the text says so for people.
    Absent(String),
    /// It may be there but could not be seen: permission, timeout, a broken answer.
    Refused(String),
    /// This machine cannot have it or cannot tell: no systemd, no such interface of the kernel.
    Unsupported(String),
}

impl<F> Seen<F> {
    pub fn map<G>(self, f: impl FnOnce(F) -> G) -> Seen<G> {
        self.and_then(|facts| Seen::Present(f(facts)))
    }

    /// What is there may turn out not to be understood.
    pub fn and_then<G>(self, f: impl FnOnce(F) -> Seen<G>) -> Seen<G> {
        match self {
            Seen::Present(facts) => f(facts),
            Seen::Absent(why) => Seen::Absent(why),
            Seen::Refused(why) => Seen::Refused(why),
            Seen::Unsupported(why) => Seen::Unsupported(why),
        }
    }
}

/// How a probe spends its time; decides how many run at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// A few system calls: many such looks share one worker.
    Quick,
    /// Mostly waits (processes, the network): many at once.
    Waits,
}

/// Whether looking changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// Reads only.
    Looks,
    /// Runs what the author wrote, which may change something.
    Acts,
}

/// One kind of look.
pub trait Probe: 'static {
    /// The key in YAML.
    const NAME: &'static str;
    const PACE: Pace;
    const NATURE: Nature = Nature::Looks;
    /// What must hold if neither `expect` nor `outcomes` is given: the YAML of one of them.
    const DEFAULT: &'static str;
    /// A whole check (a list item of `checks:` without its dash) that works on most machines.
    const EXAMPLE: &'static str;
    /// The facts worth showing under a check that is not ok.
    const EVIDENCE: &'static [&'static str] = &[];

    type Target: Described + FromGiven + Debug + Clone + PartialEq + Eq + Hash + Send + Sync;
    type Facts: FactSet;

    /// What is looked at, in a few words: a path, a command line, an address. Never a secret.
    fn subject(target: &Self::Target) -> String;

    /// Complains about targets that can never work; most probes have none.
    fn check(_target: &Self::Target) -> Result<(), String> {
        Ok(())
    }

    /// Complains about facts that this target cannot give; most probes have none.
    fn check_wanted(_target: &Self::Target, _wanted: &<Self::Facts as FactSet>::Wanted) -> Result<(), String> {
        Ok(())
    }

    /// Looks. Must return by `context.deadline` where the system lets it.
    fn observe(
        target: &Self::Target,
        wanted: &<Self::Facts as FactSet>::Wanted,
        context: &Context,
    ) -> Seen<Self::Facts>;
}

/// A target whose type is forgotten, comparable so that equal looks are joined.
pub trait AnyTarget: Any + Debug + Send + Sync {
    fn equals(&self, other: &dyn AnyTarget) -> bool;
    fn hash_into(&self, state: &mut dyn Hasher);
    fn as_any(&self) -> &dyn Any;
}

impl<T: Any + Debug + PartialEq + Hash + Send + Sync> AnyTarget for T {
    fn equals(&self, other: &dyn AnyTarget) -> bool {
        other.as_any().downcast_ref::<T>() == Some(self)
    }
    fn hash_into(&self, mut state: &mut dyn Hasher) {
        self.hash(&mut state);
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A probe with its types forgotten: one row of the list.
pub struct Entry {
    pub name: &'static str,
    /// The heading it stands under in documentation.
    pub family: &'static str,
    pub about: &'static str,
    pub pace: Pace,
    pub nature: Nature,
    pub default: &'static str,
    pub example: &'static str,
    pub evidence: &'static [&'static str],
    pub keys: &'static [Key],
    pub short: &'static str,
    pub facts: &'static [Field],
    pub schema: fn() -> Json,
    pub read: fn(&Given, &mut Reader) -> Option<Box<dyn AnyTarget>>,
    pub subject: fn(&dyn AnyTarget) -> String,
    /// Whether the target can give the facts that are expected of it.
    pub check_wanted: fn(&dyn AnyTarget, WantedBits) -> Result<(), String>,
    pub observe: fn(&dyn AnyTarget, WantedBits, &Context) -> Seen<Values>,
}

impl Entry {
    pub(crate) const fn of<P: Probe>(family: &'static str) -> Entry {
        Entry {
            name: P::NAME,
            family,
            about: P::Target::ABOUT,
            pace: P::PACE,
            nature: P::NATURE,
            default: P::DEFAULT,
            example: P::EXAMPLE,
            evidence: P::EVIDENCE,
            keys: P::Target::KEYS,
            short: P::Target::SHORT,
            facts: P::Facts::FIELDS,
            schema: <P::Target as FromGiven>::schema,
            read: read::<P>,
            subject: |target| typed::<P>(target).map(P::subject).unwrap_or_default(),
            check_wanted: |target, wanted| {
                typed::<P>(target).map_or(Ok(()), |target| P::check_wanted(target, &wanted.into()))
            },
            observe: observe::<P>,
        }
    }

    /// The number of a fact, for [`WantedBits`].
    pub fn fact_index(&self, name: &str) -> Option<usize> {
        self.facts.iter().position(|field| field.name == name)
    }
}

fn read<P: Probe>(given: &Given, reader: &mut Reader) -> Option<Box<dyn AnyTarget>> {
    let target = P::Target::read(given, reader)?;
    match P::check(&target) {
        Ok(()) => Some(Box::new(target)),
        Err(message) => reader.complain("E0110", reader.span(given), message, None),
    }
}

fn observe<P: Probe>(target: &dyn AnyTarget, wanted: WantedBits, context: &Context) -> Seen<Values> {
    match typed::<P>(target) {
        Some(target) => P::observe(target, &wanted.into(), context).map(FactSet::into_values),
        None => Seen::Refused(format!("the engine mixed up the target of a `{}` look; please report this", P::NAME)),
    }
}

fn typed<P: Probe>(target: &dyn AnyTarget) -> Option<&P::Target> {
    target.as_any().downcast_ref()
}

/// The probe of a name.
pub fn find(name: &str) -> Option<&'static Entry> {
    PROBES.iter().find(|entry| entry.name == name)
}

macro_rules! probes {
    ($($family:literal { $($module:ident: $probe:ident,)* })*) => {
        $($(pub mod $module;)*)*
        /// Every probe, in the order of the documentation.
        pub static PROBES: &[Entry] = &[$($(Entry::of::<$module::$probe>($family),)*)*];
    };
}

// One line per probe.
probes! {
    "running things" {
        command: Command,
        shell: Shell,
        script: Script,
        nagios: Nagios,
        plugin: Plugin,
    }
    "files and config" {
        file: File,
        files: Files,
        dotenv: Dotenv,
        data: Data,
        diff: Diff,
        git: Git,
    }
    "environment" {
        env: Env,
    }
    "host" {
        os: Os,
        cpu: Cpu,
        memory: Memory,
        disk: Disk,
        mount: Mount,
        kernel_param: KernelParam,
        kernel_module: KernelModule,
        interface: Interface,
        user: User,
        group: Group,
        package: Package,
        process: Process,
        service: Service,
        units: Units,
        port: Port,
        time: Time,
        limit: Limit,
        cron: Cron,
    }
    "network" {
        tcp: Tcp,
        udp: Udp,
        dns: Dns,
        http: Http,
        tls: Tls,
        websocket: Websocket,
        ssh: Ssh,
        smtp: Smtp,
    }
    "services" {
        redis: Redis,
        postgres: Postgres,
        mysql: Mysql,
        sqlite: Sqlite,
        amqp: Amqp,
        mqtt: Mqtt,
        nats: Nats,
        docker: Docker,
        metrics: Metrics,
        jwt: Jwt,
    }
    "people" {
        manual: Manual,
    }
}
