//! A page of metrics in the text format of Prometheus, over HTTP or in a file.
//!
//! Deliberately absent: queries over time (PromQL), the protobuf format.

mod page;

use super::http::{self, Http};
use super::network::service::words;
use super::{Context, Pace, Probe, Seen, reading};
use crate::fact::{Bytes, Fact, FactSet, WantedBits};
use crate::spec::secret::Secret;
use crate::{described, facts};
use page::{Sample, parse};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

/// The largest page taken.
const LIMIT: Bytes = Bytes(16 << 20);

described! {
    /// Reads a page of metrics and perhaps picks one of them.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: url) {
        /// The URL of the page, e.g. `http://localhost:9100/metrics`. Either this or `file`.
        url: Option<String>,
        /// A file that holds the page, e.g. one for the textfile collector.
        file: Option<PathBuf>,
        /// Name of the metric to pick, e.g. `http_requests_total`. By default every sample counts.
        metric: Option<String>,
        /// Labels that a sample must have to be picked, with their values; it may have others.
        labels: Option<BTreeMap<String, String>>,
        /// Token to send along (`Authorization: Bearer`), from a secret input: `${name}`.
        bearer: Option<Secret>,
        /// PEM file of authorities to trust beside those of the system.
        ca: Option<PathBuf>,
    }
}

facts! {
    pub struct Facts {
        /// Names of all metrics of the page, in alphabetical order.
        names: Vec<String>,
        /// The samples that were picked, in the order of the page.
        samples: Vec<Sample>,
        /// How many samples were picked.
        count: usize,
        /// Value of the one sample that was picked. Absent if there is none, unknown if there are several.
        value: f64,
        /// Values of the samples that were picked.
        values: Vec<f64>,
        /// From the lookup of the name to the end of the page. Absent for a file.
        elapsed: Duration,
        /// What went wrong: `rejected` (an answer without success), `bad_answer` (no page of metrics), or as for `http`. Absent if nothing did.
        problem: String,
        /// The problem in a sentence.
        reason: String,
    }
}

pub struct Metrics;

impl Probe for Metrics {
    const NAME: &'static str = "metrics";
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect: { count: { gt: 0 }, problem: { present: false } }";
    const EXAMPLE: &'static str = "id: queue-is-short\nmetrics:\n  url: http://localhost:9100/metrics\n  metric: queue_length\n  labels: { queue: mail }\nexpect:\n  value: { lt: 100 }";
    const EVIDENCE: &'static [&'static str] = &["reason", "value", "count"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        let place = match (&target.url, &target.file) {
            (Some(url), _) => url.clone(),
            (None, file) => file.as_ref().map(|file| file.display().to_string()).unwrap_or_default(),
        };
        let labels = target.labels.iter().flatten().map(|(name, value)| format!("{name}={value:?}"));
        let labels = labels.collect::<Vec<_>>().join(",");
        match (&target.metric, labels.as_str()) {
            (None, "") => place,
            (metric, "") => format!("{place} {}", metric.as_deref().unwrap_or_default()),
            (metric, labels) => format!("{place} {}{{{labels}}}", metric.as_deref().unwrap_or_default()),
        }
    }

    fn check(target: &Target) -> Result<(), String> {
        match (&target.url, &target.file) {
            (Some(_), None) => Http::check(&request(target)),
            (None, Some(_)) => Ok(()),
            _ => Err("a page of metrics has either a `url` or a `file`".into()),
        }
    }

    fn observe(target: &Target, _: &Wanted, context: &Context) -> Seen<Facts> {
        let Some(file) = &target.file else { return over_http(target, context) };
        match reading::bytes(file, true, LIMIT) {
            Ok(bytes) => Seen::Present(describe(target, &String::from_utf8_lossy(&bytes))),
            Err(unread) => unread.into(),
        }
    }
}

fn request(target: &Target) -> http::Target {
    http::Target {
        url: target.url.clone().unwrap_or_default(),
        method: http::Method::Get,
        headers: Some(BTreeMap::from([("accept".into(), "text/plain; version=0.0.4".into())])),
        body: None,
        basic: None,
        bearer: target.bearer.as_ref().map(|token| token.reveal().to_string()),
        redirects: 5,
        verify: true,
        ca: target.ca.clone(),
        client_cert: None,
        client_key: None,
        proxy: None,
        limit: LIMIT,
        ip: None,
    }
}

fn over_http(target: &Target, context: &Context) -> Seen<Facts> {
    let wanted = <http::Facts as FactSet>::Wanted::from(WantedBits::ALL);
    let wanted = http::Wanted { document: false, ..wanted };
    Http::observe(&request(target), &wanted, context).map(|answer| {
        let failed = |problem: Fact<String>, reason: Fact<String>| Facts { problem, reason, ..Facts::absent() };
        let mut facts = match (answer.problem.known(), answer.status.known(), answer.body.known()) {
            (Some(_), ..) => failed(answer.problem, answer.reason),
            (_, Some(200..=299), _) if answer.truncated == Fact::Known(true) => {
                failed("bad_answer".to_string().into(), "the page is larger than 16 MiB".to_string().into())
            }
            (_, Some(200..=299), Some(body)) => describe(target, body),
            (_, status, _) => {
                let status = status.copied().unwrap_or_default();
                failed("rejected".to_string().into(), format!("the server answered with status {status}").into())
            }
        };
        facts.elapsed = answer.elapsed;
        facts
    })
}

fn describe(target: &Target, text: &str) -> Facts {
    let samples = match parse(text) {
        Ok(samples) => samples,
        Err(why) => {
            let problem = "bad_answer".to_string().into();
            return Facts { problem, reason: format!("no page of metrics: {}", words(&why)).into(), ..Facts::absent() };
        }
    };
    let names: BTreeSet<String> = samples.iter().map(|sample| sample.name.clone()).collect();
    let picked: Vec<Sample> = samples.into_iter().filter(|sample| fits(target, sample)).collect();
    let values: Vec<f64> = picked.iter().map(|sample| sample.value).collect();
    Facts {
        names: names.into_iter().collect::<Vec<_>>().into(),
        count: picked.len().into(),
        value: match values.as_slice() {
            [] => Fact::Absent,
            [one] => Fact::Known(*one),
            several => {
                Fact::Unknown(format!("{} samples were picked; name more `labels`, or use `values`", several.len()))
            }
        },
        values: values.into(),
        samples: picked.into(),
        ..Facts::absent()
    }
}

fn fits(target: &Target, sample: &Sample) -> bool {
    target.metric.as_ref().is_none_or(|metric| *metric == sample.name)
        && target.labels.iter().flatten().all(|(name, value)| sample.labels.get(name) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# TYPE up gauge\nup{job=\"a\"} 1\nup{job=\"b\"} 0\n";

    fn look(metric: &str, labels: &[(&str, &str)], page: &str) -> Seen<Facts> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, page).unwrap();
        let labels = labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let target = Target {
            url: None,
            file: Some(file.path().into()),
            metric: Some(metric.into()),
            labels: Some(labels),
            bearer: None,
            ca: None,
        };
        Metrics::observe(&target, &WantedBits::ALL.into(), &Context::lasting(Duration::from_secs(5)))
    }

    #[test]
    fn samples_are_picked_by_name_and_labels() {
        let Seen::Present(facts) = look("up", &[("job", "b")], PAGE) else { panic!() };
        assert_eq!((facts.value, facts.count), (Fact::Known(0.0), Fact::Known(1)));
        let Seen::Present(facts) = look("up", &[], PAGE) else { panic!() };
        assert!(matches!(facts.value, Fact::Unknown(_)));
        assert_eq!(facts.values, Fact::Known(vec![1.0, 0.0]));
        let Seen::Present(facts) = look("down", &[], PAGE) else { panic!() };
        assert_eq!((facts.value, facts.names), (Fact::Absent, Fact::Known(vec!["up".into()])));
    }

    #[test]
    fn a_page_of_something_else_is_a_problem() {
        let Seen::Present(facts) = look("up", &[], "<html>\n") else { panic!() };
        assert_eq!(facts.problem, Fact::Known("bad_answer".into()));
    }
}
