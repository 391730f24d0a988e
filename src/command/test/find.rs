//! Where the cases of a pack are: `tests/` beside the pack, and `tests/packs/<pack>/` of the project.

use crate::record::Recording;
use crate::record::case::{Case, is_case};
use crate::spec::diagnostic::{Complaint, Complaints};
use crate::spec::load::{self, Loaded, Project};
use crate::spec::pack::Pack;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folder of the project's own cases.
const PROJECT_CASES: &str = "tests/packs";

/// Every case of the packs, by pack and file.
pub fn cases(loaded: &Loaded, project: &Project, complaints: &mut Complaints) -> Vec<Case> {
    let mut folders: BTreeMap<PathBuf, Option<String>> = BTreeMap::new();
    for pack in &loaded.packs {
        if let Some(folder) = folder_of(pack) {
            folders.insert(folder.join("tests"), None);
            folders.insert(folder.join("tests").join(&pack.id), Some(pack.id.clone()));
        }
        folders.insert(project.folder.join(PROJECT_CASES).join(&pack.id), Some(pack.id.clone()));
    }
    let ids: BTreeSet<&str> = loaded.packs.iter().map(|pack| pack.id.as_str()).collect();
    let mut cases: Vec<Case> = folders
        .iter()
        .flat_map(|(folder, pack)| files(folder).into_iter().map(move |file| (file, pack.as_deref())))
        .filter_map(|(file, pack)| read(&file, pack, &ids, complaints))
        .collect();
    cases.sort_by(|a, b| (&a.pack, &a.stem).cmp(&(&b.pack, &b.stem)));
    unique(&cases, complaints);
    cases
}

/// The folder of a pack's file; embedded packs have none.
pub fn folder_of(pack: &Pack) -> Option<PathBuf> {
    let name = &pack.document.source.name;
    (!name.starts_with("embedded:")).then(|| Path::new(name).parent().map(Path::to_path_buf).unwrap_or_default())
}

/// The YAML files of a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| is_yaml(path) && path.is_file()).collect();
    files.sort();
    files
}

/// Reads a case. Beside the packs of several there may be other YAML files, in a folder of the pack's name only cases
/// and the recordings they begin with.
fn read(file: &Path, pack: Option<&str>, ids: &BTreeSet<&str>, complaints: &mut Complaints) -> Option<Case> {
    let mut own = Complaints::default();
    let document = load::read_document(file, &mut own);
    let is_ours = pack.is_some() || document.as_ref().is_some_and(is_case);
    if is_ours {
        complaints.extend(own);
    }
    let document = document?;
    if !is_case(&document) {
        if pack.is_some() && document.get(document.root(), "recording").is_none() {
            let message = "this is neither a case nor a recording";
            complaints.push(
                Complaint::error("E0507", &document.source, document.span(document.root()), message)
                    .help("a case begins with `case: what it shows`"),
            );
        }
        return None;
    }
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let base = |name: &str, complaints: &mut Complaints| {
        let path = file.parent().unwrap_or(Path::new("")).join(name);
        load::read_document(&path, complaints).and_then(|document| Recording::read(Arc::new(document), complaints))
    };
    let case = Case::read(Arc::new(document), stem, pack, base, complaints)?;
    // the case of a pack beside the one that was asked for
    ids.contains(case.pack.as_str()).then_some(case)
}

/// Snapshots are named after files, so two cases of a pack cannot share a name.
fn unique(cases: &[Case], complaints: &mut Complaints) {
    for pair in cases.windows(2) {
        if (&pair[0].pack, &pair[0].stem) == (&pair[1].pack, &pair[1].stem) {
            let (first, document) = (&pair[0].document.source.name, &pair[1].document);
            complaints.push(
                Complaint::error(
                    "E0507",
                    &document.source,
                    document.span(document.root()),
                    format!("{first} is a case of the same name for the pack `{}`", pair[1].pack),
                )
                .help("rename one of the files"),
            );
        }
    }
}
