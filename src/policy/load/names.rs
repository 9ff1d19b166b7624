//! Names of rules in the other tables of a policy, and names of packs.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::source::PACKS;
use crate::base::{Diagnostic, Glob, SourceFile, any_of, nearest, quote};
use crate::policy::compile::{CompiledFile, NameUse};
use crate::policy::{Policy, Target};
use crate::rule::Located;

/// The rules and names in tables with mistakes.
#[derive(Default)]
pub(super) struct UnreadTables {
    /// The ids of rules with mistakes, which the policy does not have.
    pub(super) rules: BTreeSet<String>,
    /// `true` if a file may have rules whose ids are not known, so that no name is certainly wrong.
    pub(super) hides_rules: bool,
    names: Vec<(Arc<SourceFile>, NameUse, Vec<Located<String>>)>,
}

impl UnreadTables {
    /// Takes those of an extended file, of which the waivers and tests do not count.
    pub(super) fn add_extended(&mut self, file: &mut CompiledFile) {
        file.names.retain(|(named_by, _)| *named_by == NameUse::Target);
        self.add(file);
    }

    /// Takes those of a file of the policy itself.
    pub(super) fn add(&mut self, file: &mut CompiledFile) {
        self.rules.extend(std::mem::take(&mut file.failed_rules));
        self.hides_rules |= file.hides_rules;
        let names = std::mem::take(&mut file.names).into_iter();
        self.names.extend(names.map(|(named_by, names)| (Arc::clone(&file.file), named_by, names)));
    }

    /// The problems of the names in tables: those in tables with mistakes, and these.
    pub(super) fn name_problems<'n>(
        &'n self,
        policy: &Policy,
        names: impl Iterator<Item = (&'n Arc<SourceFile>, NameUse, &'n Vec<Located<String>>)>,
    ) -> Vec<Diagnostic> {
        let rules = KnownRules { policy, failed: &self.rules };
        let own = self.names.iter().map(|(file, named_by, names)| (file, *named_by, names));
        names.chain(own).flat_map(|(file, named_by, names)| name_problems(&rules, file, names, named_by)).collect()
    }
}

/// The rules that a name can mean.
struct KnownRules<'p> {
    policy: &'p Policy,
    failed: &'p BTreeSet<String>,
}

impl KnownRules<'_> {
    fn ids(&self) -> impl Iterator<Item = &str> {
        self.policy.rules.iter().map(|rule| rule.id.as_str()).chain(self.failed.iter().map(String::as_str))
    }
}

/// The problem of a target that has the id of a rule.
pub(super) fn same_id(policy: &Policy, target: &Target) -> Option<Diagnostic> {
    let origin = &target.origin;
    policy.rule(&target.id).map(|rule| {
        let (line, _) = rule.origin.file.line_column(rule.origin.span.start);
        let message = format!("the id {} is that of a rule", quote(&target.id));
        let help = format!("rename the target; the rule is in {}, line {line}", rule.origin.file.path.display());
        Diagnostic::error(&origin.file, origin.span.clone(), message).help(help)
    })
}

/// The problems of the names of rules in one table.
fn name_problems(
    rules: &KnownRules<'_>,
    file: &Arc<SourceFile>,
    names: &[Located<String>],
    named_by: NameUse,
) -> Vec<Diagnostic> {
    let of_name = |name: &Located<String>| {
        let glob = Glob::new(&name.value);
        if named_by == NameUse::Test || glob.is_literal() {
            return name_problem(rules, file, name, named_by);
        }
        // A waiver may stand for rules that come later.
        let is_unused = named_by == NameUse::Target && !rules.ids().any(|id| glob.matches(id));
        is_unused.then(|| {
            let message = format!("no rule matches {}", quote(&name.value));
            let help = "`taglint policy list` shows the rules";
            Diagnostic::error(file, name.span.clone(), message).help(help)
        })
    };
    names.iter().filter_map(of_name).collect()
}

/// The problem of a name: the rule does not exist, or cannot be waived.
fn name_problem(
    rules: &KnownRules<'_>,
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
    match rules.policy.rule(id) {
        None if rules.failed.contains(id) => None,
        None => {
            let help = nearest(id, rules.ids()).map_or_else(
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
