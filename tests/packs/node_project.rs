//! The pack `node-project`: projects that the real npm installs, from folders, so that no registry is asked.

use super::{made, not_ok, outcome, text};
use crate::common::Engine;
use serde_json::{Value as Json, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A project in which everything is right, beside the home folder that npm fills with its logs.
struct Project(Engine);

impl Project {
    fn new() -> Project {
        let project = Project(Engine::new());
        project.write("vendor/left/package.json", "{ \"name\": \"left\", \"version\": \"1.0.0\" }\n");
        project.write(".gitignore", "node_modules/\n.env\n");
        project.write(".env", "TOKEN=x\n");
        project.write(".env.example", "TOKEN=\n");
        project.write(".nvmrc", "node\n");
        project.write(".npmrc", "//registry.example.org/:_authToken=${NPM_TOKEN}\n");
        project.manifest(json!({}));
        project.npm(&["install", "--offline", "--no-audit", "--no-fund"]);
        project.git(&["init", "--initial-branch=main"]);
        project.commit();
        project
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join("project")
    }

    fn write(&self, name: &str, text: &str) {
        self.0.write(&format!("project/{name}"), text);
    }

    /// Writes `package.json` with these keys in place of the usual ones.
    fn manifest(&self, changes: Json) {
        let mut manifest = json!({
            "name": "shop", "version": "1.0.0", "engines": { "node": ">=14" },
            "scripts": { "build": "true", "test": "true" },
            "dependencies": { "left": "file:vendor/left" },
        });
        manifest.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        self.write("package.json", &manifest.to_string());
    }

    fn npm(&self, arguments: &[&str]) {
        made(at_home(&self.0, Command::new("npm").args(arguments).current_dir(self.folder())));
    }

    fn git(&self, arguments: &[&str]) {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"]).args(arguments);
        made(at_home(&self.0, git.current_dir(self.folder())));
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--allow-empty", "--message", "more"]);
    }

    fn look(&self, arguments: &[&str]) -> (i32, Json) {
        let mut command = super::command(&self.0, "node-project", arguments);
        at_home(&self.0, command.current_dir(self.folder()));
        outcome(command)
    }

    /// Everything that is not ok, without the checks that ask the network.
    #[track_caller]
    fn assert(&self, code: i32, expected: &[&str]) -> Json {
        let (found, report) = self.look(&[]);
        let mut answers = not_ok(&report);
        answers.retain(|answer| !["registry=skipped", "audit=skipped"].contains(&answer.as_str()));
        assert_eq!(answers, expected, "{report:#}");
        assert_eq!(found, code);
        report
    }
}

fn at_home<'a>(engine: &Engine, command: &'a mut Command) -> &'a mut Command {
    let home: &Path = engine.path();
    command.env("HOME", home).env("npm_config_update_notifier", "false");
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1")
}

#[test]
fn a_good_project_is_ready() {
    Project::new().assert(0, &[]);
}

#[test]
fn another_node_is_wanted() {
    let project = Project::new();
    project.manifest(json!({ "engines": { "node": ">=999" } }));
    project.write(".nvmrc", "lts/no-such-line\n");
    project.write(".node-version", "v0.10\n");
    project.commit();
    let report =
        project.assert(1, &["node-version=error", "version-file[.nvmrc]=warn", "version-file[.node-version]=warn"]);
    assert!(text(&report, "node-version", "message").ends_with("is not >=999 as package.json wants"));
    assert!(text(&report, "version-file[.nvmrc]", "message").ends_with("is not lts/no-such-line as .nvmrc wants"));
}

#[test]
fn a_lock_file_that_is_out_of_step_missing_or_one_of_two() {
    let project = Project::new();
    project.manifest(json!({ "dependencies": { "left": "file:vendor/left", "right": "^1.0.0" } }));
    project.commit();
    let report = project.assert(1, &["lock-in-step=error", "modules-in-step=skipped"]);
    assert!(text(&report, "lock-in-step", "remedy").starts_with("npm install --package-lock-only"));
    project.manifest(json!({}));
    project.write("yarn.lock", "# yarn lockfile v1\n");
    project.commit();
    let depends = ["lock-file=skipped", "lock-in-step=skipped", "modules-in-step=skipped"];
    let report = project.assert(1, &[&["one-lock-file=error"], &depends[..]].concat());
    assert_eq!(text(&report, "one-lock-file", "message"), "there are 2: package-lock.json yarn.lock");
    fs::remove_file(project.folder().join("package-lock.json")).unwrap();
    project.commit();
    project.assert(1, &["lock-file=error", "lock-in-step=skipped", "modules-in-step=skipped"]);
    fs::remove_file(project.folder().join("yarn.lock")).unwrap();
    project.commit();
    project.assert(1, &[&["one-lock-file=error"], &depends[..]].concat());
}

#[test]
fn dependencies_that_are_not_installed() {
    let project = Project::new();
    fs::remove_file(project.folder().join("node_modules/left")).unwrap();
    let report = project.assert(1, &["modules-in-step=error"]);
    assert_eq!(text(&report, "modules-in-step", "remedy"), "npm ci");
    fs::remove_dir_all(project.folder().join("node_modules")).unwrap();
    project.assert(1, &["modules=error", "modules-in-step=skipped"]);
}

#[test]
fn scripts_that_nobody_wrote() {
    let project = Project::new();
    let placeholder = "echo \"Error: no test specified\" && exit 1";
    project.manifest(json!({ "packageManager": "pnpm@9.15.9", "scripts": { "test": placeholder } }));
    project.commit();
    project.assert(1, &["declared-manager=warn", "script[build]=error", "script[test]=error"]);
}

#[test]
fn secrets_and_dependencies_in_the_repository() {
    let project = Project::new();
    project.write(".npmrc", "//registry.example.org/:_authToken=npm_0123456789\n");
    project.write("packages/api/.env.production", "TOKEN=x\n");
    project.git(&["add", "--force", ".env", "packages/api/.env.production", "node_modules/.package-lock.json"]);
    project.commit();
    project.write("new", "");
    let bad = ["no-environment-committed=error", "no-token-committed=error", "modules-are-not-committed=warn"];
    let report = project.assert(1, &[&bad[..], &["clean-tree=warn"]].concat());
    let message = text(&report, "no-environment-committed", "message");
    assert_eq!(message, "Git keeps .env\npackages/api/.env.production");
    assert_eq!(text(&report, "no-token-committed", "message"), "a token stands in .npmrc");
    assert!(!report.to_string().contains("npm_0123456789"), "the token itself is shown nowhere");
}

#[test]
fn an_empty_folder() {
    let project = Project(Engine::new());
    fs::create_dir(project.folder()).unwrap();
    let (code, report) = project.look(&[]);
    let said: Vec<_> = not_ok(&report).into_iter().filter(|answer| !answer.ends_with("=skipped")).collect();
    assert_eq!((code, said), (1, vec!["manifest=error".to_string(), "repository=info".to_string()]), "{report:#}");
}

/// A registry that nobody answers for is an error, and only if it may be asked.
#[test]
fn a_registry_that_does_not_answer() {
    let project = Project::new();
    project.write(".npmrc", "registry=http://127.0.0.1:1/\nfetch-retries=0\n");
    let (code, report) = project.look(&["--set", "network=true", "--tag", "network"]);
    assert_eq!((code, not_ok(&report)), (1, vec!["registry=error".to_string(), "audit=skipped".to_string()]));
}
