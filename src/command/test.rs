//! `engine test`: runs the cases of packs. Judging is `record::trial`; here files are read and results shown.

mod find;
mod new;
mod show;
mod snapshots;

use super::Stopped;
use super::terminal::Terminal;
use crate::cli::{TestArgs, exit};
use crate::plan::select::glob;
use crate::prose;
use crate::record::case::Case;
use crate::record::coverage::Coverage;
use crate::record::mutate::Mutations;
use crate::record::trial::{Plans, Trial, carry_out};
use crate::report::paint::Paint;
use crate::spec::diagnostic::Complaints;
use crate::spec::load::{self, Project};
use crate::spec::pack::Pack;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

pub fn test(args: TestArgs, config: Option<&Path>, terminal: &Terminal) -> Result<u8, Stopped> {
    if let Some(pack) = &args.new {
        return new::new(pack, &args.packs, config, terminal);
    }
    if !(args.packs.set.is_empty() && args.packs.vars.is_empty() && args.packs.context.is_empty()) {
        return Err(Stopped::usage(
            "each case has its own `vars` and `context`; --set, --vars and --context go with --new",
        ));
    }
    let mut complaints = Complaints::default();
    let here = std::env::current_dir().unwrap_or_default();
    let project = load::project(&here, config, &mut complaints);
    let loaded = load::packs(&args.packs.paths, &project, &mut complaints);
    let cases = find::cases(&loaded, &project, &mut complaints);
    let results = run(&cases, &loaded.packs, &args, &mut complaints)?;
    terminal.show(&complaints);
    if complaints.has_errors() {
        return Err(Stopped::silent(exit::INVALID));
    }
    if results.list.is_empty() {
        let why = if cases.is_empty() { "no pack here has a case" } else { "no case has this name" };
        return Err(Stopped::usage(format!("{why}; `engine test --new PACK` records the first one")));
    }
    finish(&args, &project, &loaded.packs, results, terminal)
}

/// All cases and what they came to.
struct Results<'c> {
    list: Vec<(&'c Case, Trial)>,
    /// Some cases were left out, so that nothing can be said of what no case saw.
    selected: bool,
}

fn run<'c>(
    cases: &'c [Case],
    packs: &[Arc<Pack>],
    args: &TestArgs,
    complaints: &mut Complaints,
) -> Result<Results<'c>, Stopped> {
    let globs: Vec<_> = args
        .case
        .iter()
        .map(|pattern| glob(pattern).map_err(|error| Stopped::usage(format!("`--case {pattern}`: {error}"))))
        .collect::<Result<_, _>>()?;
    let takes = |case: &Case| {
        let names = [&case.keys.case, &case.stem];
        globs.is_empty() || globs.iter().any(|glob| names.iter().any(|name| glob.is_match(name)))
    };
    let mut plans = Plans::default();
    let mut list = Vec::new();
    for case in cases.iter().filter(|case| takes(case)) {
        let mut own = Complaints::default();
        if let Some(trial) = carry_out(case, packs, &mut plans, &mut own) {
            list.push((case, trial));
        }
        complaints.extend(own);
    }
    Ok(Results { list, selected: !globs.is_empty() })
}

fn finish(
    args: &TestArgs,
    project: &Project,
    packs: &[Arc<Pack>],
    results: Results,
    terminal: &Terminal,
) -> Result<u8, Stopped> {
    let paint = Paint(terminal.colours_output());
    let mut out = String::new();
    for (case, trial) in &results.list {
        out.push_str(&show::case(case, trial, args.verbose, paint));
    }
    let mut failed = results.list.iter().any(|(_, trial)| !trial.differences.is_empty());
    let reports = snapshots::Snapshots::compare(&project.folder, &results, args.accept || args.review);
    let changed = reports.changes.len();
    if !args.accept && !args.review {
        failed |= changed > 0;
        out.push_str(&reports.render(paint));
    }
    if args.coverage || args.require_coverage {
        let gaps = coverage(packs, &results, paint, &mut out);
        failed |= gaps && args.require_coverage;
    }
    if args.mutate {
        failed |= mutations(&results, paint, &mut out);
    }
    out.push_str(&show::summary(&results, paint));
    terminal.write(&out).map_err(|error| Stopped::not_written(format!("standard output: {error}")))?;
    if args.accept {
        reports.accept_all(terminal)?;
    } else if args.review {
        failed |= reports.review(terminal)?;
    }
    if let Some(path) = &args.junit {
        std::fs::write(path, show::junit(&results))
            .map_err(|error| Stopped::not_written(format!("{}: {error}", path.display())))?;
    }
    Ok(if failed { exit::NO_GO } else { exit::GO })
}

/// Whether the cases left something unseen.
fn coverage(packs: &[Arc<Pack>], results: &Results, paint: Paint, out: &mut String) -> bool {
    let mut coverage = Coverage::default();
    results.list.iter().for_each(|(case, trial)| coverage.add(&case.pack, trial));
    let mut gaps = coverage.gaps();
    // a selection of cases says nothing of the others
    gaps.retain(|_| !results.selected);
    let tested: BTreeSet<&str> = results.list.iter().map(|(case, _)| case.pack.as_str()).collect();
    let untested: Vec<&str> =
        packs.iter().map(|pack| pack.id.as_str()).filter(|id| !results.selected && !tested.contains(id)).collect();
    out.push_str(&format!("\n{}\n", paint.bold("coverage")));
    gaps.iter().for_each(|gap| out.push_str(&format!(" {}: {}\n", gap.check, gap.what)));
    untested.iter().for_each(|pack| out.push_str(&format!(" {pack}: the pack has no case\n")));
    let unseen = gaps.iter().filter(|gap| gap.never_failed).count();
    let checks = prose::count(coverage.checks(), "check");
    out.push_str(&match (gaps.is_empty() && untested.is_empty(), results.selected) {
        (_, true) => " not told: only some cases were run\n".to_string(),
        (true, _) => format!(" {checks}: every outcome was reached\n"),
        (false, _) => format!(" {checks}: {unseen} never seen to fail\n"),
    });
    !gaps.is_empty() || !untested.is_empty()
}

/// Whether there are rules that nothing moves.
fn mutations(results: &Results, paint: Paint, out: &mut String) -> bool {
    let mut mutations = Mutations::default();
    for (case, trial) in &results.list {
        mutations.add(&case.pack, trial, case.recorded_at());
    }
    let unmoved = mutations.unmoved();
    out.push_str(&format!("\n{}\n", paint.bold("mutations")));
    for (check, fact) in &unmoved {
        out.push_str(&match fact {
            Some(fact) => format!(" {check}: whatever `{fact}` is, the answer stays the same\n"),
            None => format!(" {check}: whatever is seen, the answer stays the same\n"),
        });
    }
    out.push_str(&match unmoved.len() {
        0 => format!(" {} tried: each changes its answer\n", prose::count(mutations.tried(), "expectation")),
        number => format!(
            " {} tried: {number} cannot fail, or no case shows how\n",
            prose::count(mutations.tried(), "expectation")
        ),
    });
    !unmoved.is_empty()
}
