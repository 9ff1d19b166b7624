//! Stack sets whose template stands in the template as a text.

use std::path::Path;

use super::evaluate::{GivenValues, StackEnvironment, TemplateValue, Traced};
use super::foreach::ExpandedEntry;
use super::parameters;
use super::resource::{TemplateProperties, with_stack_tags};
use super::stack::{ExistenceDoubt, Stack, StackDeployment};
use super::stack_reader::StackReader;
use super::tags::{self, TemplateTags};
use super::template::{MAX_TEMPLATE_BYTES, ParsedTemplate};
use crate::aws::resource_types::{Form, StackTags};
use crate::syntax::{Node, NodeKind};

/// The property with the template.
const BODY: &str = "TemplateBody";

impl StackReader<'_> {
    /// Reads the template of a stack set, or notes that its stacks are not checked.
    pub(super) fn stack_set<'t>(
        &mut self,
        stack: &Stack<'_, 't>,
        item: &ExpandedEntry<'_, 't>,
        properties: &TemplateProperties<'_, 't>,
    ) {
        if let Err(why) = self.inline_template(stack, item, properties) {
            self.not_in_input("stack set", stack, item);
            let why = why.map_or_else(String::new, |why| format!(": {why}"));
            self.note(stack, item, &format!("the resources in the stacks of this stack set are not checked{why}"));
        }
    }

    /// Reads the resources of a template that is a text.
    ///
    /// # Errors
    /// The reason, if it is not that the template stands elsewhere.
    fn inline_template<'t>(
        &mut self,
        stack: &Stack<'_, 't>,
        item: &ExpandedEntry<'_, 't>,
        properties: &TemplateProperties<'_, 't>,
    ) -> Result<(), Option<String>> {
        let Some(body) = properties.get(BODY) else { return Err(None) };
        let Some(text) = properties.text(BODY).filter(|text| text.len() <= MAX_TEMPLATE_BYTES) else {
            return Err(Some(format!("only the deployment knows its {BODY}")));
        };
        let calls = stack.calls_to(item);
        self.take_template(calls.len()).map_err(Some)?;
        let at = stack.template.location(body.entry.key_span.start);
        let template = ParsedTemplate::inline(Path::new(BODY), at, text)
            .map_err(|problem| Some(format!("its {BODY} is no template: {}", problem.brief())))?;
        let own = properties.get("Tags").map_or_else(TemplateTags::default, |tags| {
            tags::read(&tags.eval, stack.template, &tags.entry.value, Form::List)
        });
        let deployment = StackDeployment {
            environment: StackEnvironment::default(),
            parameters: given(&template, properties),
            tags: with_stack_tags(own, stack, StackTags::Unknown),
            prefix: format!("{}{}/", stack.prefix, item.key),
            calls,
            may_lack_resources: false,
            enclosing_files: stack.enclosing_files.clone(),
        };
        let has_stacks = properties.get("StackInstancesGroup").is_some();
        let own = (!has_stacks).then(|| ExistenceDoubt::of_resource("its stack set may have no stacks"));
        let doubt = self.doubt.as_ref().map(ExistenceDoubt::of_stack).or(own);
        let outer = std::mem::replace(&mut self.doubt, doubt);
        self.stack(&template, stack.folder, deployment);
        self.doubt = outer;
        Ok(())
    }
}

/// The values that a stack set gives to the parameters of its template. A parameter that some of its stacks override is
/// unknown.
fn given(template: &ParsedTemplate, set: &TemplateProperties<'_, '_>) -> GivenValues {
    let mut out = GivenValues { are_all: true, ..GivenValues::default() };
    let unknown = || Traced::open(TemplateValue::Unknown);
    let mut are_known = true;
    if let Some(list) = set.get("Parameters") {
        are_known &= each(&list.entry.value, &mut |node| {
            let Some((name, value)) = node.get("ParameterKey").and_then(Node::text).zip(node.get("ParameterValue"))
            else {
                return false;
            };
            let scope = list.eval.scope;
            let (value, used) = scope.track(|| scope.trace(|| list.eval.value(value)));
            if !used.defaults.is_empty() {
                out.by_default.insert(name.to_owned());
            }
            out.values.insert(name.to_owned(), value);
            true
        });
    }
    if let Some(groups) = set.get("StackInstancesGroup") {
        are_known &= each(&groups.entry.value, &mut |group| {
            group.get("ParameterOverrides").is_none_or(|list| {
                each(list, &mut |one| {
                    let Some(name) = one.get("ParameterKey").and_then(Node::text) else { return false };
                    out.values.insert(name.to_owned(), unknown());
                    true
                })
            })
        });
    }
    if !are_known {
        let all = parameters::declared(template);
        out.values.extend(all.into_iter().map(|parameter| (parameter.name, unknown())));
    }
    out
}

/// Visits every element of a list; false if an element is not what the visitor takes, or the list is no plain list.
fn each(list: &Node, visit: &mut dyn FnMut(&Node) -> bool) -> bool {
    let is_list = matches!(list.kind, NodeKind::List(_));
    list.items().iter().all(visit) && is_list
}
