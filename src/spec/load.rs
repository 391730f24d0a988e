//! Finding and reading the files of a project: packs, `engine.yaml`, waivers, vars.
//!
//! The one place in `spec` that looks at the disk.

#![allow(clippy::disallowed_methods)] // this part looks at the world

use super::config::{Config, FULL, Waivers};
use super::diagnostic::{Complaint, Complaints, did_you_mean};
use super::given::{NoNames, Reader};
use super::pack::Pack;
use super::source::{Source, Span};
use super::yaml::{self, Document};
use crate::plan::PlacedWaiver;
use crate::probe::reading::reason;
use globset::{GlobBuilder, GlobSetBuilder};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The configuration file of a project.
pub const CONFIG: &str = "engine.yaml";
/// Where packs are looked for if neither the caller nor a configuration says so.
pub const DEFAULT_FOLDER: &str = "checks.d";
/// The packs inside the program: what `run` does where there is nothing else.
pub const EMBEDDED: &[(&str, &str)] = &[("embedded:linux-base.yaml", include_str!("../../checks.d/linux-base.yaml"))];

/// What a project says of itself.
#[derive(Default)]
pub struct Project {
    /// The folder of `engine.yaml`.
    pub folder: PathBuf,
    pub config: Option<(Config, Arc<Document>)>,
    pub waivers: Vec<PlacedWaiver>,
}

/// The packs of a run.
pub struct Loaded {
    pub packs: Vec<Arc<Pack>>,
    /// Whether these are all packs of the project, so that a name nobody knows is an error.
    pub all: bool,
    /// Whether some could not be found or read, which was complained of.
    pub lacking: bool,
}

/// Reads the project found upward from `from`, or the given configuration file.
pub fn project(from: &Path, given: Option<&Path>, complaints: &mut Complaints) -> Project {
    let Some(path) = given.map(Path::to_path_buf).or_else(|| find_upward(from)) else { return Project::default() };
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let Some(document) = read_document(&path, complaints) else { return Project { folder, ..Project::default() } };
    let document = Arc::new(document);
    let config: Option<Config> = Reader::new(&document, &NoNames, complaints).read(document.root());
    if let Some(config) = &config {
        default_mode(config, &document, complaints);
    }
    let waivers = config
        .as_ref()
        .and_then(|config| config.waivers.as_ref())
        .map(|file| read_waivers(&folder.join(file), complaints))
        .unwrap_or_default();
    Project { folder, config: config.map(|config| (config, document)), waivers }
}

/// A default mode must be one of the modes; `full` is always there.
fn default_mode(config: &Config, document: &Document, complaints: &mut Complaints) {
    let Some(name) = config.default_mode.as_deref() else { return };
    let known: Vec<&str> =
        config.modes.iter().flat_map(|modes| modes.keys()).map(String::as_str).chain([FULL]).collect();
    let Some(node) = document.get(document.root(), "default_mode").filter(|_| !known.contains(&name)) else { return };
    let help = did_you_mean(name, known.iter().copied())
        .map_or_else(|| format!("known: {}", known.join(", ")), |word| format!("did you mean `{word}`?"));
    let complaint =
        Complaint::error("E0407", &document.source, document.span(node), format!("there is no mode `{name}`"));
    complaints.push(complaint.help(help));
}

fn find_upward(from: &Path) -> Option<PathBuf> {
    // shown paths stay short: the working directory itself is not spelled out
    if from.join(CONFIG).is_file() {
        return Some(PathBuf::from(CONFIG));
    }
    from.ancestors().skip(1).map(|folder| folder.join(CONFIG)).find(|path| path.is_file())
}

/// Reads a file of waivers.
pub fn read_waivers(path: &Path, complaints: &mut Complaints) -> Vec<PlacedWaiver> {
    let Some(document) = read_document(path, complaints) else { return Vec::new() };
    let document = Arc::new(document);
    let waivers: Option<Waivers> = Reader::new(&document, &NoNames, complaints).read(document.root());
    let placed = |(waiver, node): (super::config::Waiver, super::pack::Node)| PlacedWaiver {
        waiver: Arc::new(waiver),
        document: document.clone(),
        node: node.0,
    };
    waivers.map(|waivers| waivers.0.into_iter().map(placed).collect()).unwrap_or_default()
}

/// Loads the packs at the given paths; without any, those of the project, of `checks.d`, or the embedded ones.
pub fn packs(paths: &[String], project: &Project, complaints: &mut Complaints) -> Loaded {
    let configured = project.config.as_ref().and_then(|(config, _)| config.paths.as_ref());
    let (patterns, base): (Vec<String>, &Path) = match (paths, configured) {
        ([], Some(paths)) => (paths.0.clone(), &project.folder),
        ([], None) if Path::new(DEFAULT_FOLDER).is_dir() => (vec![DEFAULT_FOLDER.into()], Path::new("")),
        ([], None) => return Loaded { packs: embedded(complaints), all: true, lacking: false },
        (paths, _) => (paths.to_vec(), Path::new("")),
    };
    let mut files = BTreeSet::new();
    let before = complaints.len();
    for pattern in &patterns {
        find(pattern, base, &mut files, complaints);
    }
    let found = complaints.len() == before;
    let packs: Vec<Arc<Pack>> = files.iter().filter_map(|path| read_pack(path, complaints)).collect();
    let all = paths.is_empty() && packs.len() == files.len();
    let lacking = !found || packs.len() < files.len();
    Loaded { packs, all, lacking }
}

fn embedded(complaints: &mut Complaints) -> Vec<Arc<Pack>> {
    EMBEDDED.iter().filter_map(|(name, text)| parse_pack(Arc::new(Source::new(*name, *text)), complaints)).collect()
}

/// Reads one pack.
pub fn read_pack(path: &Path, complaints: &mut Complaints) -> Option<Arc<Pack>> {
    let bytes = read_bytes(path, complaints)?;
    let source = yaml::read_bytes(path.to_string_lossy(), bytes, complaints)?;
    parse_pack(source, complaints)
}

pub fn parse_pack(source: Arc<Source>, complaints: &mut Complaints) -> Option<Arc<Pack>> {
    let document = Arc::new(yaml::parse(source, complaints)?);
    Pack::read(document, complaints).map(Arc::new)
}

/// Reads any YAML file.
pub fn read_document(path: &Path, complaints: &mut Complaints) -> Option<Document> {
    let bytes = read_bytes(path, complaints)?;
    let source = yaml::read_bytes(path.to_string_lossy(), bytes, complaints)?;
    yaml::parse(source, complaints)
}

/// Reads a file, never more than a document may have; anything but a regular file is refused.
pub fn read_bytes(path: &Path, complaints: &mut Complaints) -> Option<Vec<u8>> {
    use std::io::Read;
    let read = || -> std::io::Result<Vec<u8>> {
        let metadata = std::fs::metadata(path)?;
        if !metadata.is_file() && !path.starts_with("/dev/") {
            return Err(std::io::Error::other("it is not a regular file"));
        }
        let mut bytes = Vec::with_capacity(metadata.len().min(yaml::MAX_SIZE as u64 + 1) as usize);
        // one byte more than allowed, so that the reader can say it is too large
        std::fs::File::open(path)?.take(yaml::MAX_SIZE as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    match read() {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            complain(
                path.to_string_lossy(),
                "E0403",
                format!("{} cannot be read: {}", path.display(), reason(&error)),
                "check the path and its permissions",
                complaints,
            );
            None
        }
    }
}

fn complain(name: impl Into<String>, code: &'static str, message: String, help: &str, complaints: &mut Complaints) {
    complaints.push(Complaint::error(code, &Arc::new(Source::new(name, "")), Span::new(0, 0), message).help(help));
}

/// Adds the files that a path, folder or glob names; one that names nothing is an error.
fn find(pattern: &str, base: &Path, files: &mut BTreeSet<PathBuf>, complaints: &mut Complaints) {
    let path = base.join(pattern);
    let before = files.len();
    if path.is_dir() {
        walk(&path, &|_| true, files, complaints);
        if files.len() == before {
            complain(
                pattern,
                "E0404",
                format!("the folder `{pattern}` holds no pack"),
                "put a `.yaml` file there; `engine new NAME` makes one",
                complaints,
            );
        }
    } else if path.exists() {
        files.insert(path);
    } else if pattern.contains(['*', '?', '{']) {
        match GlobBuilder::new(&path.to_string_lossy())
            .literal_separator(true)
            .build()
            .and_then(|glob| GlobSetBuilder::new().add(glob).build())
        {
            Ok(globs) => {
                let root: PathBuf =
                    path.iter().take_while(|part| !part.to_string_lossy().contains(['*', '?', '{'])).collect();
                let root = if root.as_os_str().is_empty() { PathBuf::from(".") } else { root };
                if root.is_dir() {
                    walk(&root, &|file| globs.is_match(file.strip_prefix("./").unwrap_or(file)), files, complaints);
                }
                if files.len() == before {
                    complain(
                        pattern,
                        "E0404",
                        format!("nothing matches `{pattern}`"),
                        "check the pattern; a path that names nothing would check nothing",
                        complaints,
                    );
                }
            }
            Err(error) => complain(
                pattern,
                "E0406",
                format!("`{pattern}` is no glob: {}", error.kind()),
                "`*`, `**`, `?`, `[…]` and `{a,b}` are understood",
                complaints,
            ),
        }
    } else {
        complain(
            pattern,
            "E0404",
            format!("there is no `{pattern}`"),
            "check the path; a path that names nothing would check nothing",
            complaints,
        );
    }
}

/// Every YAML file below a folder, recordings of pack tests and configuration aside.
///
/// What cannot be walked into is complained of: a pack that disappears is worse than no pack.
fn walk(root: &Path, takes: &dyn Fn(&Path) -> bool, files: &mut BTreeSet<PathBuf>, complaints: &mut Complaints) {
    let walker = ignore::WalkBuilder::new(root)
        .standard_filters(false)
        .hidden(true)
        .follow_links(true)
        .filter_entry(|entry| entry.depth() == 0 || entry.file_name() != "tests")
        .build();
    for entry in walker {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let message = format!("packs below {} cannot all be found: {error}", root.display());
                complain(
                    root.to_string_lossy(),
                    "E0403",
                    message,
                    "mend or remove it, or name the packs one by one",
                    complaints,
                );
                continue;
            }
        };
        let path = entry.path();
        let yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        let own = path.file_name().is_some_and(|name| name == CONFIG || name == "waivers.yaml");
        if yaml && !own && path.is_file() && takes(path) {
            files.insert(path.to_path_buf());
        }
    }
}
