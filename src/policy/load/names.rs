//! Names of rules in the other tables of a policy, and names of packs.

use std::sync::Arc;

use super::source::PACKS;
use crate::base::{Diagnostic, Glob, SourceFile, any_of, nearest, quote};
use crate::policy::{Policy, Target};
use crate::rule::Located;

/// The table that names a rule.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NameUse {
    Waiver,
    Target,
    Test,
}

/// The problems of a target: a rule has its id, or a rule that it names does not exist.
pub(super) fn target_problems(policy: &Policy, target: &Target, names: &[Located<String>]) -> Vec<Diagnostic> {
    let origin = &target.origin;
    let same_id = policy.rule(&target.id).map(|rule| {
        let (line, _) = rule.origin.file.line_column(rule.origin.span.start);
        let message = format!("the id {} is that of a rule", quote(&target.id));
        let help = format!("rename the target; the rule is in {}, line {line}", rule.origin.file.path.display());
        Diagnostic::error(&origin.file, origin.span.clone(), message).help(help)
    });
    let of_name = |name: &Located<String>| {
        let glob = Glob::new(&name.value);
        if glob.is_literal() {
            return name_problem(policy, &origin.file, name, NameUse::Target);
        }
        let is_unused = !policy.rules.iter().any(|rule| glob.matches(&rule.id));
        is_unused.then(|| {
            let message = format!("no rule matches {}", quote(&name.value));
            let help = "`taglint policy list` shows the rules";
            Diagnostic::error(&origin.file, name.span.clone(), message).help(help)
        })
    };
    same_id.into_iter().chain(names.iter().filter_map(of_name)).collect()
}

/// The problem of a name: the rule does not exist, or cannot be waived.
pub(super) fn name_problem(
    policy: &Policy,
    file: &Arc<SourceFile>,
    name: &Located<String>,
    named_by: NameUse,
) -> Option<Diagnostic> {
    // A test may name a kind of finding too.
    let id = match named_by {
        NameUse::Test => name.value.split(':').next().unwrap_or(""),
        NameUse::Waiver | NameUse::Target => name.value.as_str(),
    };
    let problem = |message: String, help: String| Diagnostic::error(file, name.span.clone(), message).help(help);
    match policy.rule(id) {
        None => {
            let help = nearest(id, policy.rules.iter().map(|rule| rule.id.as_str())).map_or_else(
                || "`taglint policy list` shows the rules".to_owned(),
                |meant| format!("did you mean \"{meant}\"?"),
            );
            Some(problem(format!("the policy has no rule {}", quote(id)), help))
        }
        Some(rule) if named_by == NameUse::Waiver && !rule.waivable => {
            let help = "it has `waivable = false`".to_owned();
            Some(problem(format!("the rule {} can't be waived", quote(id)), help))
        }
        Some(_) => None,
    }
}

/// The problem with an extended name that is no pack.
pub(super) fn unknown_pack(file: &Arc<SourceFile>, name: &Located<String>) -> Diagnostic {
    let packs = PACKS.iter().map(|(pack, _)| *pack);
    let help = match nearest(&name.value, packs.clone()) {
        Some(meant) => format!("did you mean \"{meant}\"?"),
        None => format!(
            "packs are {}; write a file as a path, such as \"./{}.toml\"",
            any_of(packs.map(|pack| format!("\"{pack}\""))),
            name.value
        ),
    };
    Diagnostic::error(file, name.span.clone(), format!("unknown pack {}", quote(&name.value))).help(help)
}
