//! Python distributions, from the `dist-info` and `egg-info` folders on an interpreter's path
//! (the PyPA specification "Recording installed projects").

use super::database::unreadable;
use super::{Installed, Manager, absent};
use crate::probe::{Context, Seen, bounded, tool};
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Long descriptions stand below the fields that matter.
const LIMIT: u64 = 16 << 20;
/// How long the answer of an interpreter is kept.
const KEEP: Duration = Duration::from_secs(10);
const PRINT_PATH: &str = "import sys; print('\\n'.join(p for p in sys.path if p))";

pub fn find(name: &str, python: Option<&Path>, context: &Context) -> Seen<Installed> {
    let folders = match python {
        Some(folder) if folder.is_dir() => match environment(folder) {
            Ok(Some(folders)) => Ok(folders),
            Ok(None) => search_path(&folder.join("bin/python"), context),
            Err(answer) => return answer,
        },
        Some(interpreter) => search_path(interpreter, context),
        None => search_path(Path::new("python3"), context),
    };
    match folders {
        Ok(folders) => find_in(&folders, name),
        Err(tool::Silence::Missing(why)) if python.is_none() => Seen::Unsupported(why),
        Err(silence) => Seen::Refused(silence.text()),
    }
}

/// The folders of packages of a virtual environment; `None` if it also uses those of the system,
/// which only its interpreter knows.
fn environment(folder: &Path) -> Result<Option<Vec<PathBuf>>, Seen<Installed>> {
    let config = folder.join("pyvenv.cfg");
    let text = match bounded::read_text(&config, 1 << 20) {
        Ok(text) => text,
        Err(error) if bounded::is_missing(&error) => {
            return Err(Seen::Refused(format!(
                "{} is not a virtual environment: it has no pyvenv.cfg",
                folder.display()
            )));
        }
        Err(error) => return Err(Seen::Refused(bounded::explain(&config, &error))),
    };
    let shares = |line: &str| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "include-system-site-packages").then(|| value.trim().eq_ignore_ascii_case("true"))
    };
    if text.lines().find_map(shares) == Some(true) {
        return Ok(None);
    }
    let mut folders = Vec::new();
    for lib in ["lib", "lib64"] {
        match std::fs::read_dir(folder.join(lib)) {
            Ok(entries) => folders.extend(entries.flatten().map(|entry| entry.path().join("site-packages"))),
            Err(error) if bounded::is_missing(&error) => {}
            Err(error) => return Err(unreadable(&folder.join(lib), &error)),
        }
    }
    Ok(Some(folders))
}

type Kept = Arc<Mutex<Option<(Instant, Vec<PathBuf>)>>>;

/// `sys.path` of an interpreter, asked once for all checks of a moment.
fn search_path(interpreter: &Path, context: &Context) -> Result<Vec<PathBuf>, tool::Silence> {
    static KEPT: LazyLock<Mutex<HashMap<PathBuf, Kept>>> = LazyLock::new(Default::default);
    let kept: Kept = {
        let mut all = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(interpreter.to_path_buf()).or_default().clone()
    };
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((at, folders)) = &*kept
        && at.elapsed() < KEEP
    {
        return Ok(folders.clone());
    }
    let said = tool::ask(interpreter, ["-c", PRINT_PATH], context)?;
    if said.exit_code != 0 {
        return Err(tool::Silence::Failed(said.complaint(&interpreter.display().to_string())));
    }
    let folders: Vec<PathBuf> = said.stdout.lines().map(PathBuf::from).collect();
    *kept = Some((Instant::now(), folders.clone()));
    Ok(folders)
}

/// The first on the path counts: that is the one that would be imported.
fn find_in(folders: &[PathBuf], name: &str) -> Seen<Installed> {
    let wanted = normalised(name);
    let mut unread = None;
    for folder in folders {
        match look_into(folder, &wanted) {
            Ok(Some(installed)) => return Seen::Present(installed),
            Ok(None) => {}
            Err(error) if bounded::is_missing(&error) => {} // `sys.path` also names what may be there some day
            Err(error) => unread = unread.or(Some(bounded::explain(folder, &error))),
        }
    }
    unread.map_or_else(|| absent(name, Manager::Pip), Seen::Refused)
}

fn look_into(folder: &Path, wanted: &str) -> io::Result<Option<Installed>> {
    for entry in std::fs::read_dir(folder)?.flatten() {
        let file = entry.file_name();
        if distribution(&file.to_string_lossy()).is_none_or(|name| normalised(name) != wanted) {
            continue;
        }
        for metadata in [entry.path().join("METADATA"), entry.path().join("PKG-INFO"), entry.path()] {
            match bounded::read_text(&metadata, LIMIT) {
                Ok(text) => {
                    if let Some(version) = version(&text) {
                        let location = Some(folder.to_path_buf());
                        return Ok(Some(Installed { version, location, ..Installed::default() }));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(error),
                Err(_) => {} // the other layout, or what an interrupted uninstall left behind
            }
        }
    }
    Ok(None)
}

/// `NAME-VERSION.dist-info`, `NAME-VERSION-py3.11.egg-info`, `NAME.egg-info`.
fn distribution(file: &str) -> Option<&str> {
    let stem = file.strip_suffix(".dist-info").or_else(|| file.strip_suffix(".egg-info"))?;
    stem.split('-').next()
}

/// PEP 503: letter case does not matter, and runs of `-`, `_` and `.` are one hyphen.
fn normalised(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_lowercase()
}

/// `Version:` among the header lines, which a blank line ends.
fn version(metadata: &str) -> Option<String> {
    let mut headers = metadata.lines().take_while(|line| !line.is_empty());
    headers.find_map(|line| line.strip_prefix("Version:")).map(|version| version.trim().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Environment(PathBuf);

    impl Drop for Environment {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn venv(name: &str) -> Environment {
        let root = std::env::temp_dir().join(format!("engine-pip-{name}-{}", std::process::id()));
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let site = "lib/python3.11/site-packages";
        write("pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11.2\n");
        write(
            &format!("{site}/ruamel.yaml-0.18.6.dist-info/METADATA"),
            "Metadata-Version: 2.1\nName: ruamel.yaml\nVersion: 0.18.6\n\nVersion: 9\n",
        );
        write(
            &format!("{site}/typing_extensions-4.12.2.dist-info/METADATA"),
            "Name: typing_extensions\nVersion: 4.12.2\n",
        );
        write(
            &format!("{site}/PyYAML-6.0.1-py3.11.egg-info/PKG-INFO"),
            "Metadata-Version: 1.1\r\nName: PyYAML\r\nVersion: 6.0.1\r\n",
        );
        write(&format!("{site}/old-1.0.egg-info"), "Name: old\nVersion: 1.0\n");
        std::fs::create_dir_all(root.join(site).join("gone-2.0.dist-info")).unwrap();
        Environment(root)
    }

    #[test]
    fn distributions_of_an_environment_are_found_by_any_spelling() {
        let venv = venv("found");
        let context = Context::lasting(Duration::from_secs(60));
        let look = |name: &str| match find(name, Some(&venv.0), &context) {
            Seen::Present(installed) => Some(installed.version),
            Seen::Absent(_) => None,
            other => panic!("{other:?}"),
        };
        for name in ["ruamel.yaml", "ruamel-yaml", "Ruamel_YAML"] {
            assert_eq!(look(name).as_deref(), Some("0.18.6"), "{name}");
        }
        assert_eq!(look("typing-extensions").as_deref(), Some("4.12.2"));
        assert_eq!(look("pyyaml").as_deref(), Some("6.0.1"));
        assert_eq!(look("old").as_deref(), Some("1.0"));
        assert_eq!(look("gone"), None, "a folder without metadata is a left-over");
        assert_eq!(look("ruamel"), None);
    }

    #[test]
    fn what_is_no_environment_is_refused() {
        let context = Context::lasting(Duration::from_secs(60));
        for path in ["/proc", "/no/such/python", "/etc/passwd", "/bin/false"] {
            assert!(matches!(find("pip", Some(Path::new(path)), &context), Seen::Refused(_)), "{path}");
        }
    }

    #[test]
    fn an_interpreter_is_asked_for_its_path() {
        let context = Context::lasting(Duration::from_secs(60));
        match search_path(Path::new("python3"), &context) {
            Ok(folders) => assert!(folders.iter().all(|folder| folder.is_absolute()) && !folders.is_empty()),
            Err(silence) => assert!(matches!(silence, tool::Silence::Missing(_)), "{silence:?}"),
        }
    }
}
