//! The pack `django`: projects that Django's own `startproject` makes, with the Django of PyPI.
//!
//! Django is installed once, into a virtual environment that stays with the build results.

use super::{made, not_ok, outcome, set_mode, text};
use crate::common::Engine;
use serde_json::Value as Json;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// An interpreter that can import Django.
fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("django-5.2");
        let python = folder.join("bin/python3");
        let is_there = Command::new(&python).args(["-m", "django", "--version"]).output();
        if !is_there.is_ok_and(|output| output.status.success()) {
            made(Command::new("python3").args(["-m", "venv", "--clear", "--without-pip"]).arg(&folder));
            let mut pip = Command::new("python3");
            pip.args(["-m", "pip", "--disable-pip-version-check", "--python"]).arg(&python);
            made(pip.args(["install", "--quiet", "django==5.2.*"]));
        }
        python
    })
}

/// What a project adds to the settings of `startproject` before strangers may come.
const PRODUCTION: &str = r#"
import os
SECRET_KEY = os.environ["SECRET_KEY"]
DEBUG = os.environ.get("DEBUG") == "1"
ALLOWED_HOSTS = ["www.example.org"]
STATIC_ROOT = BASE_DIR / "static"
MEDIA_ROOT = BASE_DIR / "media"
SECURE_HSTS_SECONDS = 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
"#;
const ENVIRONMENT: &str = "SECRET_KEY=a-key-that-is-long-enough-and-in-no-repository-0123456789\nDEBUG=0\n";

struct Site(Engine);

impl Site {
    /// As `startproject` leaves it.
    fn new() -> Site {
        let site = Site(Engine::new());
        site.python(&["-m", "django", "startproject", "shop", "."]);
        site
    }

    /// A project in production in which everything is right.
    fn in_production() -> Site {
        let site = Site::new();
        site.append("shop/settings.py", PRODUCTION);
        set_mode(&site.0.write(".env", ENVIRONMENT), 0o600);
        site.0.write(".env.sample", "SECRET_KEY=\n# DEBUG=1\n");
        fs::create_dir(site.0.path().join("media")).unwrap();
        site.python(&["manage.py", "migrate", "--verbosity", "0"]);
        site.python(&["manage.py", "collectstatic", "--no-input", "--verbosity", "0"]);
        site
    }

    fn append(&self, name: &str, text: &str) {
        let mut file = OpenOptions::new().append(true).open(self.0.path().join(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn python(&self, arguments: &[&str]) {
        made(with_environment(Command::new(python()).args(arguments).current_dir(self.0.path())));
    }

    fn look(&self, arguments: &[&str]) -> (i32, Json) {
        let python = format!("python={}", python().display());
        let mut command = super::command(&self.0, "django", &[&["--set", &python], arguments].concat());
        with_environment(&mut command);
        outcome(command)
    }

    #[track_caller]
    fn assert(&self, code: i32, expected: &[&str]) -> Json {
        let (found, report) = self.look(&[]);
        assert_eq!(not_ok(&report), expected, "{report:#}");
        assert_eq!(found, code);
        report
    }
}

fn with_environment(command: &mut Command) -> &mut Command {
    let variables = ENVIRONMENT.lines().filter_map(|line| line.split_once('='));
    command.envs(variables).env_remove("DJANGO_SETTINGS_MODULE").env_remove("DJANGO_ENV")
}

/// uv and the tests make virtual environments without pip.
const WITHOUT_PIP: &str = "requirements-fit=info";

#[test]
fn a_good_project_may_run() {
    Site::in_production().assert(0, &[WITHOUT_PIP]);
}

#[test]
fn what_startproject_wrote_is_not_fit_for_production() {
    let site = Site::new();
    let security = ["debug-is-off=error", "secret-key=error", "allowed-hosts=error", "deploy-check=warn"];
    let database =
        ["database[default]=error", "migrations-are-applied[default]=skipped", "migrations-are-made=skipped"];
    let environment = [
        "static-files-are-collected-here=info",
        "static-files=skipped",
        "environment-file=info",
        "environment-file-is-private=skipped",
        "environment-sample=skipped",
        "environment-is-as-documented=skipped",
        "environment-is-what-settings-read=skipped",
    ];
    let report = site.assert(1, &[&[WITHOUT_PIP], &security[..], &database, &environment].concat());
    assert!(text(&report, "database[default]", "message").ends_with("db.sqlite3 does not exist"));
    assert!(!site.0.path().join("db.sqlite3").exists(), "looking makes no database");
    // on the host of a developer it may be so
    let (_, report) = site.look(&["--set", "environment=development", "--tag", "security"]);
    let said: Vec<_> = not_ok(&report).into_iter().filter(|answer| !answer.ends_with("=skipped")).collect();
    assert_eq!(said, ["environment-file=info"], "{report:#}");
}

#[test]
fn migrations_and_static_files_that_wait() {
    let site = Site::in_production();
    site.python(&["manage.py", "startapp", "shelves"]);
    site.0.write(
        "shelves/models.py",
        "from django.db import models\n\nclass Shelf(models.Model):\n    name = models.TextField()\n",
    );
    site.0.write("shelves/static/shelves.css", "p { color: green }\n");
    site.append("shop/settings.py", "INSTALLED_APPS += ['shelves']\n");
    site.assert(0, &[WITHOUT_PIP, "migrations-are-made=warn", "static-files=warn"]);
    site.python(&["manage.py", "makemigrations", "--verbosity", "0"]);
    let report = site.assert(1, &[WITHOUT_PIP, "migrations-are-applied[default]=error", "static-files=warn"]);
    let remedy = text(&report, "migrations-are-applied[default]", "remedy");
    assert!(remedy.ends_with("manage.py migrate --database default"), "{remedy}");
}

#[test]
fn folders_and_environment() {
    let site = Site::in_production();
    fs::remove_dir(site.0.path().join("media")).unwrap();
    set_mode(&site.0.write(".env", "SECRET_KAY=x\nDEBUG=0\n"), 0o644);
    let report = site.assert(
        1,
        &[
            WITHOUT_PIP,
            "folders-are-writable=error",
            "environment-file-is-private=error",
            "environment-is-as-documented=warn",
            "environment-is-what-settings-read=warn",
        ],
    );
    assert!(text(&report, "folders-are-writable", "message").ends_with("/media"));
    let message = text(&report, "environment-is-what-settings-read", "message");
    assert_eq!(message, "set and read nowhere, perhaps misspelt: SECRET_KAY");
}

#[test]
fn what_everything_stands_on_is_said_once() {
    let site = Site::in_production();
    let errors = |report: &Json| -> Vec<String> {
        not_ok(report).into_iter().filter(|answer| !answer.ends_with("=skipped") && answer != WITHOUT_PIP).collect()
    };
    site.append("shop/settings.py", "import no_such_module\n");
    assert_eq!(errors(&site.look(&[]).1), ["project-loads=error"]);
    assert_eq!(errors(&site.look(&["--set", "manage=elsewhere/manage.py"]).1), ["manage-file=error"]);
    assert_eq!(errors(&site.look(&["--set", "python=no-such-python"]).1), ["python-version=error"]);
    // an interpreter without Django
    let folder = site.0.path().join("bare");
    made(Command::new("python3").args(["-m", "venv", "--without-pip"]).arg(&folder));
    let bare = format!("python={}", folder.join("bin/python3").display());
    assert_eq!(errors(&site.look(&["--set", &bare]).1), ["django=error"]);
}

#[test]
fn another_settings_module() {
    let site = Site::in_production();
    site.0.write("shop/lax.py", "from shop.settings import *\nDEBUG = True\nALLOWED_HOSTS = ['*']\n");
    let (code, report) = site.look(&["--set", "settings=shop.lax", "--id", "allowed-hosts", "--id", "debug-is-off"]);
    assert_eq!((code, not_ok(&report)), (1, vec!["debug-is-off=error".to_string(), "allowed-hosts=error".to_string()]));
}
