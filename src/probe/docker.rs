//! Docker and what speaks its API (Podman): asked over its socket, without any program.
//!
//! Only `GET` is ever sent. Deliberately absent: swarm, networks, volumes, logs, TLS with client
//! certificates, and starting anything.

mod api;

use super::network::service::{bad_answer, words};
use super::network::{Address, Failure, Word, conclude};
use super::{Context, Pace, Probe, Seen};
use crate::fact::{Fact, VersionText};
use crate::{described, facts, record};
use api::Daemon;
use serde_json::Value as Json;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The label that Compose puts on what belongs to a project.
const PROJECT: &str = "com.docker.compose.project";
const SERVICE: &str = "com.docker.compose.service";

described! {
    /// Asks the Docker daemon about itself, its containers and its images.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target {
        /// The Unix socket of the daemon.
        socket: PathBuf = "/var/run/docker.sock".into(),
        /// Host and port of a daemon that listens on TCP without TLS, instead of `socket`. By default port 2375.
        address: Option<Address>,
        /// Only the container of this name.
        container: Option<String>,
        /// Only images of this tag, e.g. `redis:7`, and containers made from it.
        image: Option<String>,
        /// Only containers of this Compose project.
        project: Option<String>,
    }
}

record! {
    /// One container.
    pub struct Container {
        /// Its name.
        name: String,
        /// The image it was made from, as it was named then.
        image: String,
        /// `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`.
        state: String,
        /// `healthy`, `unhealthy`, `starting`, or `none` if it has no health check.
        health: String,
        /// In the words of the daemon, e.g. `Up 3 hours (healthy)`.
        status: String,
        /// Its Compose project; empty without one.
        project: String,
        /// Its service in the Compose project; empty without one.
        service: String,
        /// Ports of the host that lead into it, e.g. `0.0.0.0:8080->80/tcp`; only while it runs.
        ports: Vec<String>,
        /// Paths of the host that it sees (bind mounts), e.g. `/etc/localtime`.
        mounts: Vec<String>,
        /// How it is connected: `bridge`, `host`, `none`, or the name of a network.
        network: String,
    }
}

facts! {
    pub struct Facts {
        /// Whether the daemon answered.
        connected: bool,
        /// Version of the daemon.
        server_version: VersionText,
        /// Version of its API.
        api_version: VersionText,
        /// Containers that were asked for, stopped ones too, by name.
        containers: Vec<Container>,
        /// Whether the containers that were asked for by `container`, `image` or `project` run: all of them, and at least one. Absent if none was asked for.
        running: bool,
        /// Health of the container, if exactly one was asked for and found: `healthy`, `unhealthy`, `starting` or `none`.
        health: String,
        /// Tags of the images that were asked for, e.g. `redis:7`, in alphabetical order.
        images: Vec<String>,
        /// How many images have no tag, neither of their own nor through a digest: what builds and pulls left behind.
        dangling_images: usize,
        /// How images and containers are kept, e.g. `overlay2`.
        storage_driver: String,
        /// Where the output of a container goes if it does not say otherwise, e.g. `json-file`.
        logging_driver: String,
        /// The folder of images, containers and volumes on the host of the daemon, e.g. `/var/lib/docker`.
        data_root: String,
        /// Version of the control groups of its host: `1` or `2`.
        cgroup_version: String,
        /// Whether containers go on running while the daemon is restarted.
        live_restore: bool,
        /// What protects the host from containers, e.g. `apparmor`, `seccomp`, `rootless`, `userns`, in alphabetical order.
        security: Vec<String>,
        /// What the daemon warns of, in its own words.
        warnings: Vec<String>,
        /// How long asking took.
        elapsed: Duration,
        /// What went wrong: `rejected` (the daemon answered, and declined), `bad_answer` (no Docker), `refused`, `timed_out`, `closed`, `name_not_found`, `resolver_failed`, or `unreachable`. Absent if nothing did.
        problem: String,
        /// The problem in a sentence.
        reason: String,
    }
}

pub struct Docker;

impl Probe for Docker {
    const NAME: &'static str = "docker";
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str =
        "expect:\n  connected: true\n  problem: { present: false }\n  running: { any_of: [{ present: false }, true] }";
    const EXAMPLE: &'static str = "id: shop-runs\ndocker: { project: shop }\nexpect:\n  running: true\n  containers: { none: { health: unhealthy } }";
    const EVIDENCE: &'static [&'static str] = &["reason", "containers", "server_version"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        let place = match &target.address {
            Some(address) => address.to_string(),
            None => target.socket.display().to_string(),
        };
        let choices = [("container", &target.container), ("image", &target.image), ("project", &target.project)];
        let choices = choices.iter().filter_map(|(name, value)| Some(format!(" {name} {}", value.as_ref()?)));
        place + &choices.collect::<String>()
    }

    fn observe(target: &Target, wanted: &Wanted, context: &Context) -> Seen<Facts> {
        let daemon = match Daemon::at(target, context) {
            Ok(daemon) => daemon,
            Err(seen) => return *seen,
        };
        let mut facts = Facts { connected: false.into(), ..Facts::absent() };
        let started = Instant::now();
        let failure = ask(&daemon, target, wanted, &mut facts).err();
        facts.elapsed = started.elapsed().into();
        match (&target.container, facts.containers.known()) {
            (Some(name), Some(containers)) if containers.is_empty() => {
                Seen::Absent(format!("there is no container named {name}"))
            }
            _ => conclude(failure, |problem, reason| Facts { problem, reason, ..facts }),
        }
    }
}

fn ask(daemon: &Daemon, target: &Target, wanted: &Wanted, facts: &mut Facts) -> Result<(), Failure> {
    let version = daemon.get("/version")?;
    facts.connected = true.into();
    let text = |json: &Json, key: &str| json[key].as_str().map(str::to_string);
    facts.server_version = text(&version, "Version").map(VersionText).into();
    facts.api_version = text(&version, "ApiVersion").map(VersionText).into();
    let asked = target.container.is_some() || target.image.is_some() || target.project.is_some();
    if asked || wanted.containers || wanted.health {
        let mut containers = containers(&daemon.get("/containers/json?all=1")?)?;
        containers.retain(|container| fits(target, container));
        containers.sort_by(|left, right| left.name.cmp(&right.name));
        let running = !containers.is_empty() && containers.iter().all(|one| one.state == "running");
        facts.running = asked.then_some(running).into();
        facts.health = match containers.as_slice() {
            [one] => Fact::Known(one.health.clone()),
            _ => Fact::Absent,
        };
        facts.containers = containers.into();
    }
    if wanted.images || wanted.dangling_images {
        let list = daemon.get("/images/json")?;
        facts.images = images(&list, target.image.as_deref())?.into();
        facts.dangling_images = dangling(&list).into();
    }
    if wants_settings(wanted) {
        settings(&daemon.get("/info")?, facts);
    }
    Ok(())
}

fn wants_settings(wanted: &Wanted) -> bool {
    let about_places = wanted.storage_driver || wanted.logging_driver || wanted.data_root;
    about_places || wanted.cgroup_version || wanted.live_restore || wanted.security || wanted.warnings
}

fn settings(info: &Json, facts: &mut Facts) {
    let text = |key: &str| info[key].as_str().map(str::to_string);
    let texts = |key: &str| info[key].as_array().into_iter().flatten().filter_map(Json::as_str);
    facts.storage_driver = text("Driver").into();
    facts.logging_driver = text("LoggingDriver").into();
    facts.data_root = text("DockerRootDir").into();
    facts.cgroup_version = text("CgroupVersion").into();
    facts.live_restore = info["LiveRestoreEnabled"].as_bool().into();
    // name=seccomp,profile=builtin
    let named = texts("SecurityOptions").map(|option| option.split(',').next().unwrap_or_default());
    let mut security: Vec<String> = named.map(|name| words(name.trim_start_matches("name="))).collect();
    security.sort();
    facts.security = security.into();
    facts.warnings = texts("Warnings").map(words).collect::<Vec<_>>().into();
}

fn fits(target: &Target, container: &Container) -> bool {
    target.container.as_ref().is_none_or(|name| *name == container.name)
        && target.image.as_ref().is_none_or(|image| same_image(image, &container.image))
        && target.project.as_ref().is_none_or(|project| *project == container.project)
}

/// Without a tag, `latest` is meant.
fn same_image(wanted: &str, found: &str) -> bool {
    let tagged = |name: &str| match name.rsplit('/').next().unwrap_or_default().contains([':', '@']) {
        true => name.to_string(),
        false => format!("{name}:latest"),
    };
    tagged(wanted) == tagged(found)
}

fn containers(list: &Json) -> Result<Vec<Container>, Failure> {
    let list = list.as_array().ok_or_else(|| bad_answer("the daemon gives no list of containers"))?;
    let container = |one: &Json| {
        let text = |value: &Json| value.as_str().unwrap_or_default().to_string();
        let status = text(&one["Status"]);
        Container {
            // the first name is its own, others come from links and have a slash inside
            name: text(&one["Names"][0]).trim_start_matches('/').to_string(),
            image: text(&one["Image"]),
            state: text(&one["State"]),
            health: health(&one["Health"]["Status"], &status),
            project: text(&one["Labels"][PROJECT]),
            service: text(&one["Labels"][SERVICE]),
            ports: published(&one["Ports"]),
            mounts: bind_mounts(&one["Mounts"]),
            network: text(&one["HostConfig"]["NetworkMode"]),
            status,
        }
    };
    Ok(list.iter().map(container).collect())
}

/// Those that the host leads on, as `docker ps` writes them.
fn published(ports: &Json) -> Vec<String> {
    let port = |port: &Json| {
        let address = port["IP"].as_str().filter(|address| !address.is_empty());
        let address = address.map_or(String::new(), |address| match address.contains(':') {
            true => format!("[{address}]:"),
            false => format!("{address}:"),
        });
        let kind = port["Type"].as_str().unwrap_or("tcp");
        Some(format!("{address}{}->{}/{kind}", port["PublicPort"].as_u64()?, port["PrivatePort"].as_u64()?))
    };
    ports.as_array().into_iter().flatten().filter_map(port).collect()
}

fn bind_mounts(mounts: &Json) -> Vec<String> {
    let binds = mounts.as_array().into_iter().flatten().filter(|mount| mount["Type"] == "bind");
    binds.filter_map(|mount| mount["Source"].as_str().map(str::to_string)).collect()
}

/// Said apart since API 1.52; before, only in brackets at the end of the status.
fn health(told: &Json, status: &str) -> String {
    let word = told.as_str().filter(|word| !word.is_empty()).unwrap_or_else(|| {
        let inside = status.rsplit_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or_default();
        match inside {
            "healthy" | "unhealthy" => inside,
            "health: starting" => "starting",
            _ => "none",
        }
    });
    words(word)
}

fn images(list: &Json, wanted: Option<&str>) -> Result<Vec<String>, Failure> {
    let list = list.as_array().ok_or_else(|| bad_answer("the daemon gives no list of images"))?;
    let tags = list.iter().filter_map(|image| image["RepoTags"].as_array()).flatten().filter_map(Json::as_str);
    let tags = tags.filter(|tag| *tag != "<none>:<none>" && wanted.is_none_or(|wanted| same_image(wanted, tag)));
    let mut tags: Vec<String> = tags.map(str::to_string).collect();
    tags.sort();
    Ok(tags)
}

/// Images that no tag names; what is only pinned by its digest was wanted.
fn dangling(list: &Json) -> usize {
    let named = |value: &Json, nothing: &str| {
        value.as_array().is_some_and(|names| names.iter().filter_map(Json::as_str).any(|name| name != nothing))
    };
    let images = list.as_array().into_iter().flatten();
    images
        .filter(|image| !named(&image["RepoTags"], "<none>:<none>") && !named(&image["RepoDigests"], "<none>@<none>"))
        .count()
}

/// Why a daemon declines.
fn declined(status: u16, body: &[u8]) -> Failure {
    let json: Json = serde_json::from_slice(body).unwrap_or_default();
    let said = json["message"].as_str().unwrap_or("it does not say why");
    Failure::problem(Word::Rejected, format!("the daemon answered with status {status}: {}", words(said)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn containers_are_read() {
        let list = json!([
            { "Names": ["/shop-web-1"], "Image": "shop/web", "State": "running", "Status": "Up 3 hours (unhealthy)",
              "Labels": { PROJECT: "shop", SERVICE: "web" }, "HostConfig": { "NetworkMode": "shop_default" },
              "Ports": [{ "IP": "::", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp" }, { "PrivatePort": 443, "Type": "tcp" }],
              "Mounts": [{ "Type": "bind", "Source": "/etc/localtime" }, { "Type": "volume", "Source": "/var/lib/docker/volumes/a/_data" }] },
            { "Names": ["/old", "/x/old"], "Image": "redis:7", "State": "exited", "Status": "Exited (0) 2 days ago", "Labels": {} },
            { "Names": ["/new"], "State": "running", "Status": "Up 1 second", "Health": { "Status": "starting" }, "Labels": null },
        ]);
        let found = containers(&list).unwrap();
        assert_eq!(
            (found[0].name.as_str(), found[0].health.as_str(), found[0].service.as_str()),
            ("shop-web-1", "unhealthy", "web")
        );
        assert_eq!(
            (&found[0].ports[..], &found[0].mounts[..]),
            (&["[::]:8080->80/tcp".to_string()][..], &["/etc/localtime".to_string()][..])
        );
        assert_eq!(found[0].network, "shop_default");
        assert_eq!((found[1].name.as_str(), found[1].health.as_str(), found[1].project.as_str()), ("old", "none", ""));
        assert_eq!(found[2].health, "starting");
        assert!(found[2].ports.is_empty() && found[2].mounts.is_empty());
        assert!(containers(&json!({ "message": "no" })).is_err());
    }

    #[test]
    fn images_are_compared_with_their_tags() {
        assert!(same_image("redis", "redis:latest") && same_image("host:5000/redis", "host:5000/redis:latest"));
        assert!(!same_image("redis:7", "redis"));
        let list = json!([{ "RepoTags": ["b:1", "a:1"] }, { "RepoTags": null }, { "RepoTags": ["<none>:<none>"] }]);
        assert_eq!(images(&list, None).unwrap(), ["a:1", "b:1"]);
        assert_eq!(images(&list, Some("b:1")).unwrap(), ["b:1"]);
    }

    #[test]
    fn what_is_pinned_by_its_digest_does_not_dangle() {
        let list = json!([
            { "RepoTags": ["a:1"], "RepoDigests": [] },
            { "RepoTags": [], "RepoDigests": ["a@sha256:00"] },
            { "RepoTags": ["<none>:<none>"], "RepoDigests": ["<none>@<none>"] },
            { "RepoTags": null },
        ]);
        assert_eq!(dangling(&list), 2);
    }

    #[test]
    fn settings_of_the_daemon_are_read() {
        let mut facts = Facts::absent();
        let info = json!({ "Driver": "overlay2", "LiveRestoreEnabled": false, "Warnings": null, "SecurityOptions":
            ["name=seccomp,profile=builtin", "name=cgroupns", "name=apparmor"] });
        settings(&info, &mut facts);
        assert_eq!(facts.security, Fact::Known(vec!["apparmor".into(), "cgroupns".into(), "seccomp".into()]));
        assert_eq!((facts.warnings, facts.live_restore), (Fact::Known(vec![]), Fact::Known(false)));
        assert_eq!((facts.storage_driver, facts.data_root), (Fact::Known("overlay2".into()), Fact::Absent));
    }
}
