//! The service that keeps the clock right: found among the processes, asked for its offset.

use crate::fact::Fact;
use crate::observe::process::{Ended, Invocation, Refusal, run};
use crate::probe::{Context, small_file};
use std::time::Duration;

/// A service that sets the clock.
#[derive(Debug)]
pub struct Service {
    pub name: &'static str,
    /// The process's name, of which the kernel keeps 15 bytes.
    comm: &'static str,
    /// The program and arguments that tell the offset, and how it is read, in seconds.
    ask: Option<Ask>,
}

#[derive(Debug)]
struct Ask {
    command: &'static [&'static str],
    parse: fn(&str) -> Option<f64>,
}

const CHRONY: Ask = Ask { command: &["chronyc", "-c", "tracking"], parse: chrony };
const NTP: Ask = Ask { command: &["ntpq", "-c", "rv 0 offset"], parse: ntp };

/// All that are known. The ntpd of OpenNTPD and of BusyBox bears the same name and comes without ntpq.
const SERVICES: &[Service] = &[
    Service { name: "chronyd", comm: "chronyd", ask: Some(CHRONY) },
    Service { name: "ntpsec", comm: "ntpsec-ntpd", ask: Some(NTP) },
    Service { name: "ntpd", comm: "ntpd", ask: Some(NTP) },
    Service { name: "systemd-timesyncd", comm: "systemd-timesyn", ask: None },
    Service { name: "ptp4l", comm: "ptp4l", ask: None },
    Service { name: "phc2sys", comm: "phc2sys", ask: None },
];

/// The first of them that runs.
pub fn running() -> Result<Option<&'static Service>, String> {
    let entries = std::fs::read_dir("/proc").map_err(|error| small_file::why("/proc", &error))?;
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let names: Vec<String> = numbers.filter_map(|pid| small_file::clue(format!("/proc/{pid}/comm"))).collect();
    Ok(SERVICES.iter().find(|service| names.iter().any(|name| name == service.comm)))
}

impl Service {
    /// How far the clock is from the service's source.
    pub fn offset(&self, context: &Context) -> Fact<Duration> {
        let Some(Ask { command: [program, arguments @ ..], parse }) = &self.ask else { return Fact::Absent };
        let mut invocation = Invocation::new(*program);
        invocation.arguments = arguments.iter().map(Into::into).collect();
        invocation.environment.push(("LC_ALL".into(), "C".into()));
        let finished = match run(&invocation, context.deadline, &context.cancel) {
            Ok(finished) => finished,
            // a service without its client, such as BusyBox's, does not tell
            Err(Refusal::NotFound(_)) => return Fact::Absent,
            Err(refusal) => return Fact::Unknown(refusal.to_string()),
        };
        let text = finished.stdout.to_text();
        match (finished.ended, parse(&text)) {
            (Ended::Exited(0), Some(seconds)) => match Duration::try_from_secs_f64(seconds.abs()) {
                Ok(offset) => Fact::Known(offset),
                Err(_) => Fact::Unknown(format!("{program} gave an offset of {seconds} s")),
            },
            (Ended::Exited(0), None) => Fact::Unknown(format!("the answer of {program} was not understood")),
            (Ended::Exited(code), _) => Fact::Unknown(format!("{program} ended with exit code {code}")),
            (Ended::TimedOut, _) => Fact::Unknown(format!("{program} did not answer in time")),
            (Ended::Signaled(_) | Ended::Cancelled, _) => Fact::Unknown(format!("{program} was ended")),
        }
    }
}

/// Columns: reference, name, stratum, time, the system's offset in seconds …
fn chrony(text: &str) -> Option<f64> {
    let columns: Vec<&str> = text.trim().split(',').collect();
    // without a source the stratum is 0 and the offset says nothing
    (columns.get(2)?.parse::<u8>().ok()? > 0).then_some(())?;
    columns.get(4)?.parse().ok()
}

/// `offset=-0.345`, in milliseconds; ntpsec adds its unit.
fn ntp(text: &str) -> Option<f64> {
    let value = text.split_once("offset=")?.1;
    let end = value.find(|c: char| !(c.is_ascii_digit() || ['.', '-', '+', 'e'].contains(&c))).unwrap_or(value.len());
    value[..end].parse::<f64>().ok().map(|milliseconds| milliseconds / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHRONY_4: &str = "C0000201,ntp.example.org,3,1795255445.123456789,-0.000023456,0.000011111,0.000250000,-12.345,0.001,0.050,0.012345678,0.001234567,64.2,Normal\n";
    const CHRONY_ALONE: &str = "7F7F0101,,0,0.000000000,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,1.000000000,1.000000000,0.0,Not synchronised\n";

    #[test]
    fn offsets_are_read() {
        assert_eq!(chrony(CHRONY_4), Some(-0.000023456));
        assert_eq!(chrony(CHRONY_ALONE), None);
        assert_eq!(chrony("506 Cannot talk to daemon"), None);
        assert_eq!(ntp("offset=-345.0\n"), Some(-0.345));
        assert_eq!(
            ntp("associd=0 status=0615 leap_none, sync_ntp, 1 event, clock_sync,\noffset=1.500 ms\n"),
            Some(0.0015)
        );
        assert_eq!(ntp("ntpq: read: Connection refused"), None);
    }

    #[test]
    fn names_fit_into_the_kernels_fifteen_bytes() {
        assert!(SERVICES.iter().all(|service| service.comm.len() <= 15));
    }

    #[test]
    fn a_service_without_a_client_does_not_tell() {
        let context = Context::lasting(Duration::from_secs(5));
        let silent = Service { name: "x", comm: "x", ask: None };
        assert_eq!(silent.offset(&context), Fact::Absent);
        let without = Ask { command: &["no-such-client-here"], parse: ntp };
        assert_eq!(Service { name: "x", comm: "x", ask: Some(without) }.offset(&context), Fact::Absent);
    }

    #[test]
    fn a_client_that_fails_is_not_a_no() {
        let context = Context::lasting(Duration::from_secs(5));
        let ask = |command| Service { name: "x", comm: "x", ask: Some(Ask { command, parse: ntp }) }.offset(&context);
        assert!(matches!(ask(&["false"]), Fact::Unknown(why) if why.contains("exit code 1")));
        assert!(matches!(ask(&["echo", "hello"]), Fact::Unknown(why) if why.contains("not understood")));
        assert_eq!(ask(&["echo", "offset=250.0"]), Fact::Known(Duration::from_millis(250)));
    }
}
