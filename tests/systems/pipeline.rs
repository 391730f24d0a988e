//! System 1: pipeline preflight.

use super::{Row, behaves, behaviour, later, looks};

const TABLE: &[Row] = &[
    looks("Docker is installed and its daemon answers", "docker", "ok", "docker-down", "error"),
    looks("Docker is new enough", "docker", "ok", "docker-old", "error"),
    looks("the images needed are present", "image[pipeline/align:latest]", "ok", "image-missing", "error"),
    looks("the compose file exists", "compose-file", "ok", "compose-missing", "error"),
    looks("the compose file is valid", "compose-file", "ok", "compose-invalid", "error"),
    looks("config files exist", "config-file[config/pipeline.yaml]", "ok", "config-missing", "error"),
    looks("config files parse", "config-file[config/samples.json]", "ok", "config-broken", "error"),
    looks("required directories exist", "directory[logs]", "ok", "directory-missing", "error"),
    looks("secrets are set", "secret[PIPELINE_API_TOKEN]", "ok", "secret-unset", "ok"),
    looks("secrets that are not set", "secret[PIPELINE_UNSET_SECRET]", "no such check", "secret-unset", "error"),
    looks("disk free", "disk-space", "ok", "disk-full", "error"),
    looks("memory", "memory", "ok", "memory-low", "warn"),
    looks("wish: retry of transient failures", "docker", "ok", "docker-flaky", "ok"),
    behaves("passed, failed and warnings counted, coloured, with suggestions", behaviour::pipeline_report),
    behaves("wish: nothing can hang", behaviour::nothing_hangs),
    behaves("wish: each check's time, attempts, remedy, links and duration", behaviour::full_context),
    behaves("wish: the status of the run is success or failed", behaviour::pipeline_status),
    behaves("wish: details of each check (Docker version, free GB), and its duration", behaviour::details_are_kept),
    behaves("wish: results of runs can be compared", behaviour::runs_compare),
    behaves("wish: static checks can be told from dynamic ones", behaviour::static_and_dynamic),
    later("wish: each run saved to a file named by its time, and a last run", "the store"),
    later(
        "wish: the run entered in the pipeline's manifest, at a path that is given, with the next stage",
        "the manifest",
    ),
    later("wish: the pipeline can tell whether preflight was run, and refuse to go on", "the manifest"),
    later("wish: static checks that passed are not repeated, dynamic ones always are", "reuse"),
];

#[test]
fn pipeline() {
    super::show("pipeline", TABLE);
}
