//! Packages of Node.js, from `node_modules/NAME/package.json`.
//!
//! Deliberately absent: the folders above a project, where Node.js would search too: a package
//! that is only there by accident is not installed in this project.

use super::{Installed, Manager, absent};
use crate::probe::{Context, Seen, bounded, tool};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

const LIMIT: u64 = 16 << 20;

pub fn find(name: &str, project: Option<&Path>, global: bool, context: &Context) -> Seen<Installed> {
    if !global {
        let project = project.unwrap_or(Path::new("."));
        return match std::fs::metadata(project) {
            Ok(metadata) if metadata.is_dir() => find_in(&project.join("node_modules"), name),
            Ok(_) => Seen::Refused(format!("{} is not a folder", project.display())),
            Err(error) => Seen::Refused(bounded::explain(project, &error)),
        };
    }
    match tool::ask("npm", ["root", "--global"], context) {
        Ok(said) if said.exit_code == 0 => find_in(&PathBuf::from(said.stdout.trim()), name),
        Ok(said) => Seen::Refused(said.complaint("npm")),
        Err(tool::Silence::Missing(why)) => Seen::Unsupported(why),
        Err(silence) => Seen::Refused(silence.text()),
    }
}

fn find_in(modules: &Path, name: &str) -> Seen<Installed> {
    let folder = modules.join(name);
    let manifest = folder.join("package.json");
    match bounded::read_text(&manifest, LIMIT) {
        Ok(text) => match version(&text) {
            Some(version) => Seen::Present(Installed { version, location: Some(folder), ..Installed::default() }),
            None => Seen::Refused(format!("{} does not tell the version", manifest.display())),
        },
        Err(error) if bounded::is_missing(&error) => absent(name, Manager::Npm),
        Err(error) => Seen::Refused(bounded::explain(&manifest, &error)),
    }
}

fn version(manifest: &str) -> Option<String> {
    serde_json::from_str::<Json>(manifest).ok()?.get("version")?.as_str().map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn packages_of_a_project_are_found() {
        let project = std::env::temp_dir().join(format!("engine-npm-{}", std::process::id()));
        for (name, text) in [
            ("react", r#"{"name":"react","version":"18.3.1"}"#),
            ("@types/node", "{\"version\": \"20.1.0\"}"),
            ("odd", "{"),
        ] {
            let folder = project.join("node_modules").join(name);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("package.json"), text).unwrap();
        }
        let context = Context::lasting(Duration::from_secs(60));
        let look = |name: &str| find(name, Some(&project), false, &context);
        assert!(matches!(look("react"), Seen::Present(installed) if installed.version == "18.3.1"));
        assert!(matches!(look("@types/node"), Seen::Present(installed) if installed.version == "20.1.0"));
        assert!(matches!(look("odd"), Seen::Refused(why) if why.ends_with("does not tell the version")));
        assert!(matches!(look("vue"), Seen::Absent(why) if why == "vue is not installed (npm)"));
        assert!(matches!(find("react", Some(&project.join("none")), false, &context), Seen::Refused(_)));
        std::fs::remove_dir_all(project).unwrap();
    }
}
