//! The sources of modules that are expressions. OpenTofu 1.8 evaluates variables and locals in them before it reads a
//! module. Terraform refuses such a file, so it deploys nothing that this reading could get wrong.

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::callers::OutsideCallers;
use super::eval::{EvaluationContext, HclEvaluator};
use super::files::ReadBoundary;
use super::instance_key::InstanceKey;
use super::project::{Project, RootModule};
use super::scope::ModuleScopes;
use super::value::UnknownReason;
use crate::base::limits::MODULE_NESTING;

/// The beginning of the reason of a source without a known value.
const NOT_KNOWN: &str = "its source is not known";

/// A source that a root evaluates: the number of the root, the names of the calls (`a.b`) and the text.
type FoundSource = (usize, String, Result<String, UnknownReason>);

/// Evaluates the sources that are expressions, and reads the modules that they name, until there are no more.
pub(super) fn resolve(mut project: Project, mut roots: Vec<RootModule>) -> (Project, Vec<RootModule>) {
    for _ in 0..MODULE_NESTING {
        if roots.iter().all(|root| root.open_sources.is_empty()) {
            break;
        }
        let (found, shared, kept) = evaluate(project, roots);
        (project, roots) = (shared, kept);
        for (root, key, source) in found {
            project.add_source(&mut roots[root], &key, source);
        }
    }
    (project, roots)
}

/// The values of all sources that are not evaluated yet.
fn evaluate(project: Project, roots: Vec<RootModule>) -> (Vec<FoundSource>, Project, Vec<RootModule>) {
    let project = Arc::new(project);
    let (found, roots): (Vec<Vec<FoundSource>>, Vec<RootModule>) = roots
        .into_par_iter()
        .enumerate()
        .map(|(at, mut root)| {
            let keys = std::mem::take(&mut root.open_sources);
            if keys.is_empty() {
                return (Vec::new(), root);
            }
            let root = Arc::new(root);
            let mut evaluator = HclEvaluator::new(ModuleScopes::new(Arc::clone(&project), Arc::clone(&root)));
            let found = keys.into_iter().map(|key| (at, evaluator.source(&key), key));
            let found = found.map(|(at, source, key)| (at, key, source)).collect();
            drop(evaluator);
            (found, Arc::into_inner(root).expect("the evaluator is gone"))
        })
        .unzip();
    (found.into_iter().flatten().collect(), Arc::into_inner(project).expect("the evaluators are gone"), roots)
}

impl HclEvaluator {
    /// The source of a call, by the names of the calls that lead to it. OpenTofu refuses one that depends on an instance.
    fn source(&mut self, key: &str) -> Result<String, UnknownReason> {
        self.refill();
        let (around, name) = key.rsplit_once('.').unwrap_or(("", key));
        let mut scope = 0;
        for call in around.split('.').filter(|call| !call.is_empty()) {
            scope = self.child(scope, call, &InstanceKey::Only)?;
        }
        let (module, _) = self.module_and_instance(scope);
        let Some(node) = module.calls.get(name).and_then(|call| call.body.value("source")) else {
            return Err("it has no source".into());
        };
        let value = self.eval(EvaluationContext::new(scope, &InstanceKey::Only), node);
        if value.holds_sensitive() {
            return Err(format!("{NOT_KNOWN}: it is sensitive, which OpenTofu refuses").into());
        }
        let text = value.as_text().map_err(|why| {
            let place = why.at.or(value.at).and_then(|at| self.scopes.project.location_in_file(at));
            let place = place.map(|at| format!(" ({}:{})", at.path, at.line)).unwrap_or_default();
            UnknownReason::from(format!("{NOT_KNOWN}: {why}{place}"))
        })?;
        Ok(text.to_string())
    }
}

/// Removes the roots that another root calls by a source that is an expression, and notes where such calls may lead: with
/// other values of its variables, a call leads to another module.
pub(super) fn settle_roots(project: &Project, roots: &mut Vec<RootModule>, boundary: &ReadBoundary) {
    if !project.modules().any(|module| module.open_calls().next().is_some()) {
        return;
    }
    let mut at = 0;
    while at < roots.len() {
        let folder = &roots[at].module.folder;
        let is_called = |other: &RootModule| other.tree.values().flatten().any(|module| module.folder == *folder);
        let is_own = roots[at].module.is_root;
        if !is_own && roots.iter().enumerate().any(|(other, root)| other != at && is_called(root)) {
            roots.remove(at);
        } else {
            at += 1;
        }
    }
    let mut outside = Vec::new();
    for module in project.modules() {
        let mut callers = OutsideCallers::default();
        for (name, _) in module.open_calls() {
            callers.add_call(module, name, boundary);
        }
        outside.push((module.folder.clone(), callers));
    }
    for root in roots.iter_mut().filter(|root| root.outside_caller.is_none()) {
        let module = &root.module;
        // A module that it calls does not call it: modules are no circles.
        let called = |folder: &Path| root.tree.values().flatten().any(|module| module.folder == folder);
        let mut others = outside.iter().filter(|(folder, _)| *folder != module.folder && !called(folder));
        root.outside_caller = others.find_map(|(_, callers)| callers.of(&module.folder, module.is_root));
    }
}
