//! Any monitoring plugin: exit codes 0 to 3, one line for people, performance data.
//!
//! After the Monitoring Plugins Development Guidelines and the Nagios Plugin API (version 3: several
//! lines). Deliberately absent: judging by the thresholds in the performance data; the plugin did.

use super::running::{self, Argv, program_target};
use super::{Context, Nature, Pace, Probe, Seen};
use crate::fact::Fact;
use crate::observe::process::Finished;
use crate::{facts, record};
use std::collections::BTreeMap;
use std::time::Duration;

program_target! {
    /// Runs a monitoring plugin (Nagios, Icinga, Checkmk …) and takes its word for it: 0 is ok, 1 warn, 2 error, anything else unknown.
    pub struct Target (short: command) {
        /// The plugin and its arguments, each an item of its own. A name without a slash is searched on `PATH`.
        command: Argv,
    }
}

record! {
    /// One value of the performance data.
    pub struct Measure {
        /// The value. Absent if the plugin could not tell (`U`).
        value: Option<f64>,
        /// Its unit as the plugin spells it: `s`, `%`, `B`, `c` (a counter) …, or empty.
        unit: String,
        /// The range beyond which the plugin warns, as it spells it, e.g. `10`, `5:`, `@1:2`.
        warn: Option<String>,
        /// The range beyond which it is critical.
        crit: Option<String>,
        /// The least the value can be.
        min: Option<f64>,
        /// The most the value can be.
        max: Option<f64>,
    }
}

facts! {
    pub struct Facts {
        /// What the exit code means: `ok`, `warning`, `critical`, or `unknown` for 3 and anything else.
        status: String,
        /// The exit code. Absent if a signal ended the plugin.
        exit_code: i32,
        /// The first line of what it said, without performance data.
        text: String,
        /// The lines after the first, without performance data.
        long_text: String,
        /// The performance data by label.
        perfdata: BTreeMap<String, Measure>,
        /// What it wrote to standard error; a plugin should not.
        stderr: String,
        /// From its start to its end.
        elapsed: Duration,
    }
}

pub struct Nagios;

impl Probe for Nagios {
    const NAME: &'static str = "nagios";
    const PACE: Pace = Pace::Waits;
    const NATURE: Nature = Nature::Acts;
    const DEFAULT: &'static str = "outcomes:\n  - ok: { exit_code: 0 }\n  - warn: { exit_code: 1 }\n  - error: { exit_code: 2 }\n  - unknown: otherwise";
    const EXAMPLE: &'static str = "id: plugin-is-content\nnagios: [sh, -c, \"echo 'LOAD OK - quiet | load1=0.5;4;8;0'\"]\nexpect:\n  status: ok\n  perfdata: { load1: { value: { lt: 4 } } }";
    const EVIDENCE: &'static [&'static str] = &["text", "long_text", "stderr"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.start().subject(target.command.command_line())
    }

    fn check(target: &Target) -> Result<(), String> {
        target.start().check()
    }

    fn observe(target: &Target, _: &Wanted, context: &Context) -> Seen<Facts> {
        running::run(&target.start().invocation(&target.command, None), context).map(facts)
    }
}

fn facts(finished: Finished) -> Facts {
    let (exit_code, signal) = running::end(finished.ended);
    let status = match exit_code {
        Some(0) => "ok",
        Some(1) => "warning",
        Some(2) => "critical",
        _ => "unknown",
    };
    let said = parse(&running::text(&finished.stdout));
    let ended_by = signal.map(|signal| format!("(the plugin was ended by {signal})"));
    Facts {
        status: status.to_string().into(),
        exit_code: exit_code.into(),
        text: ended_by.unwrap_or(said.text).into(),
        long_text: said.long_text.into(),
        perfdata: Fact::Known(said.perfdata),
        stderr: running::text(&finished.stderr).into(),
        elapsed: finished.elapsed.into(),
    }
}

#[derive(Debug, Default, PartialEq)]
struct Said {
    text: String,
    long_text: String,
    perfdata: BTreeMap<String, Measure>,
}

/// `TEXT | PERFDATA`, then lines of text, then `TEXT | PERFDATA` and lines of nothing but performance data.
fn parse(output: &str) -> Said {
    let (first, rest) = output.split_once('\n').unwrap_or((output, ""));
    let (text, perfdata) = first.split_once('|').unwrap_or((first, ""));
    let (long_text, more) = rest.split_once('|').unwrap_or((rest, ""));
    let mut said = Said { text: text.trim().into(), long_text: long_text.trim_end().into(), ..Said::default() };
    said.perfdata.extend(measures(perfdata).chain(measures(more)));
    said
}

fn measures(text: &str) -> impl Iterator<Item = (String, Measure)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start();
            if rest.is_empty() {
                return None;
            }
            match measure(&mut rest) {
                Some(found) => return Some(found),
                // not performance data: on to the next word
                None => rest = rest.split_once(char::is_whitespace).map_or("", |(_, after)| after),
            }
        }
    })
}

/// Takes one `'label'=value[unit];[warn];[crit];[min];[max]` from the start of `rest`; leaves it alone if there is none.
fn measure(rest: &mut &str) -> Option<(String, Measure)> {
    let (label, after) = label(rest)?;
    let end = after.find(char::is_whitespace).unwrap_or(after.len());
    let mut fields = after[..end].split(';');
    let (value, unit) = quantity(fields.next()?)?;
    let mut next = || fields.next().filter(|field| !field.is_empty());
    let (warn, crit) = (next().map(str::to_string), next().map(str::to_string));
    let (min, max) = (next().and_then(number), next().and_then(number));
    *rest = &after[end..];
    Some((label, Measure { value, unit, warn, crit, min, max }))
}

/// The label, and what follows on its `=`. In quotes, two quotes stand for one.
fn label(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('\'') else {
        let (label, after) = text.split_once('=')?;
        return (!label.is_empty() && !label.contains(char::is_whitespace)).then(|| (label.to_string(), after));
    };
    let mut label = String::new();
    loop {
        let (part, after) = rest.split_once('\'')?;
        label.push_str(part);
        match after.strip_prefix('\'') {
            Some(more) => {
                label.push('\'');
                rest = more;
            }
            None => return Some((label, after.strip_prefix('=')?)),
        }
    }
}

/// A value with its unit; `U` is a value that could not be determined.
fn quantity(text: &str) -> Option<(Option<f64>, String)> {
    if text == "U" {
        return Some((None, String::new()));
    }
    let numeric = |(at, c): &(usize, char)| {
        let exponent = matches!(c, 'e' | 'E')
            && text[at + 1..].trim_start_matches(['-', '+']).starts_with(|next: char| next.is_ascii_digit());
        c.is_ascii_digit() || "-+.,".contains(*c) || exponent
    };
    let end = text.char_indices().find(|place| !numeric(place)).map_or(text.len(), |(at, _)| at);
    Some((Some(number(&text[..end])?), text[end..].to_string()))
}

/// Some plugins write the decimal comma of their language.
fn number(text: &str) -> Option<f64> {
    text.replace(',', ".").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::WantedBits;

    fn measure(value: f64, unit: &str) -> Measure {
        Measure { value: Some(value), unit: unit.into(), warn: None, crit: None, min: None, max: None }
    }

    #[test]
    fn one_line_with_performance_data() {
        let said = parse(
            "PING OK - Packet loss = 0%, RTA = 0.80 ms|rta=0.801000ms;100.000000;500.000000;0.000000 pl=0%;20;60;0\n",
        );
        assert_eq!(said.text, "PING OK - Packet loss = 0%, RTA = 0.80 ms");
        assert_eq!(said.long_text, "");
        let rta = Measure {
            warn: Some("100.000000".into()),
            crit: Some("500.000000".into()),
            min: Some(0.0),
            ..measure(0.801, "ms")
        };
        assert_eq!(said.perfdata["rta"], rta);
        assert_eq!((said.perfdata["pl"].value, said.perfdata["pl"].unit.as_str()), (Some(0.0), "%"));
    }

    #[test]
    fn several_lines_as_in_the_plugin_api() {
        let said = parse(
            "DISK OK - free space: / 3326 MB (56%); | /=2643MB;5948;5958;0;5968\n/ 15272 MB (77%);\n/boot 68 MB (69%);\n/home 69357 MB (27%); | /boot=68MB;88;93;0;98\n/home=69357MB;253404;253409;0;253414\n'/var log'=818MB;970;975;0;980",
        );
        assert_eq!(said.text, "DISK OK - free space: / 3326 MB (56%);");
        assert_eq!(said.long_text, "/ 15272 MB (77%);\n/boot 68 MB (69%);\n/home 69357 MB (27%);");
        assert_eq!(said.perfdata.keys().collect::<Vec<_>>(), ["/", "/boot", "/home", "/var log"]);
        assert_eq!(said.perfdata["/var log"].max, Some(980.0));
    }

    #[test]
    fn odd_performance_data() {
        let data: BTreeMap<_, _> =
            measures("'it''s'=1 users=U;;5 load=0,5;@1:2;~:10 junk b=-1.5e3KB x=1E;;; =3 c=12c e='").collect();
        assert_eq!(data["it's"], measure(1.0, ""));
        assert_eq!((data["users"].value, data["users"].crit.as_deref()), (None, Some("5")));
        assert_eq!((data["load"].value, data["load"].warn.as_deref()), (Some(0.5), Some("@1:2")));
        assert_eq!(data["load"].crit.as_deref(), Some("~:10"));
        assert_eq!(data["b"], measure(-1500.0, "KB"));
        assert_eq!((data["x"].unit.as_str(), data["c"].unit.as_str()), ("E", "c"));
        assert_eq!(data.len(), 6, "{data:?}");
    }

    #[test]
    fn nonsense_is_no_performance_data() {
        for text in ["", "|", "a | b", "| =", "| '", "| 'a", "| 'a'", "| 'a'b=1", "| a=b", "| ä=ö;ü", "|||", "\n|\n|"]
        {
            assert_eq!(parse(text).perfdata, BTreeMap::new(), "{text}");
        }
    }

    fn look(script: &str) -> Facts {
        let target = Target {
            command: Argv { program: "sh".into(), arguments: ["-c", script].map(String::from).to_vec() },
            env: None,
            clear_env: false,
            cwd: None,
            user: None,
            umask: None,
            output_limit: None,
        };
        match Nagios::observe(&target, &WantedBits::ALL.into(), &Context::lasting(Duration::from_secs(30))) {
            Seen::Present(facts) => facts,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_exit_code_is_the_status() {
        for (code, status) in [(0, "ok"), (1, "warning"), (2, "critical"), (3, "unknown"), (127, "unknown")] {
            let facts = look(&format!("echo said; exit {code}"));
            assert_eq!((facts.status, facts.exit_code), (Fact::Known(status.into()), Fact::Known(code)));
            assert_eq!(facts.text, Fact::Known("said".into()));
        }
        let killed = look("echo 'OK - fine'; kill -KILL $$");
        assert_eq!((killed.status, killed.exit_code), (Fact::Known("unknown".into()), Fact::Absent));
        assert_eq!(killed.text, Fact::Known("(the plugin was ended by SIGKILL)".into()));
    }
}
