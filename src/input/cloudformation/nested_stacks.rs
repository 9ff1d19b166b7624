//! Nested stacks whose templates are files.

use super::evaluate::{GivenValues, StackEnvironment};
use super::files;
use super::foreach::{self, ExpandedEntry};
use super::nested::{Chosen, choose};
use super::resource::TemplateProperties;
use super::stack::{ExistenceDoubt, Stack, StackDeployment};
use super::stack_reader::{MAX_NESTED_TEMPLATES, StackReader};
use super::tags::{self, TemplateTags};
use crate::aws::resource_types::Form;
use crate::base::limits::STACK_NESTING;
use crate::base::quote;
use crate::model::Gap;
use crate::syntax::Node;

/// The values that a resource gives to the parameters of its nested stack.
fn given_parameters<'t>(stack: &Stack<'_, 't>, properties: &TemplateProperties<'_, 't>) -> GivenValues {
    let mut out = GivenValues { are_all: true, may_be_more: properties.more, ..GivenValues::default() };
    let Some(given) = properties.get("Parameters") else { return out };
    let scope = &stack.scope;
    let (chosen, used) = scope.track(|| choose(&given.eval, &given.entry.value));
    // Another condition gives other values.
    out.may_be_more |= !used.defaults.is_empty();
    let entries = match chosen {
        Chosen::Node(node) => node.entries(),
        Chosen::Nothing => &[],
        Chosen::Unknown => given.entry.value.entries(),
    };
    let (items, more) = foreach::entries(&given.eval, entries);
    out.may_be_more |= more;
    for item in items {
        let (value, used) = scope.track(|| scope.trace(|| item.eval.value(&item.entry.value)));
        if !used.defaults.is_empty() {
            out.by_default.insert(item.key.clone());
        }
        out.values.insert(item.key, value);
    }
    out
}

impl StackReader<'_> {
    /// Reads a nested stack whose template is a file.
    pub(super) fn nested<'t>(
        &mut self,
        stack: &Stack<'_, 't>,
        item: &ExpandedEntry<'_, 't>,
        properties: &TemplateProperties<'_, 't>,
        property: &str,
        form: Form,
    ) {
        let asset = item.entry.value.get("Metadata").and_then(|metadata| metadata.get("aws:asset:path"));
        if asset.is_none() && properties.is_secret(property) {
            // The path of a template is part of every report on its resources.
            self.not_in_input("nested stack", stack, item);
            let why = format!("its {property} uses a NoEcho parameter: the stack in it is not checked");
            return self.note(stack, item, &why);
        }
        let Some(name) = asset.and_then(Node::text).map(str::to_owned).or_else(|| properties.text(property)) else {
            self.not_in_input("nested stack", stack, item);
            return self.note(
                stack,
                item,
                &format!("its {property} is known to the deployment only: the stack in it is not checked"),
            );
        };
        if name.contains("://") {
            self.not_in_input("nested stack", stack, item);
            return self.note(
                stack,
                item,
                &format!("its template is at {}: the stack in it is not checked", quote(&name)),
            );
        }
        let parameters = given_parameters(stack, properties);
        let own = properties
            .get("Tags")
            .map_or_else(TemplateTags::default, |tags| tags::read(&tags.eval, stack.template, &tags.entry.value, form));
        let deployment = StackDeployment {
            environment: StackEnvironment { stack: None, ..stack.scope.environment().clone() },
            parameters,
            tags: own.with_fallback(stack.tags.clone()),
            prefix: format!("{}{}/", stack.prefix, item.key),
            calls: stack.calls_to(item),
            may_lack_resources: false,
            enclosing_files: stack.enclosing_files.clone(),
        };
        let doubt = self.doubt.as_ref().map(ExistenceDoubt::of_stack);
        let outer = std::mem::replace(&mut self.doubt, doubt);
        let read = self.read_nested(stack, &name, deployment);
        self.doubt = outer;
        if let Err(why) = read {
            self.unread_nested(stack, item, &name, &why);
        }
    }

    /// Reports a nested stack that is not read. The file of a stack that may not exist may be missing for that reason (a
    /// build writes it for some deployments only), and a violation in it would be unknown: that is a note, no gap.
    fn unread_nested(&mut self, stack: &Stack<'_, '_>, item: &ExpandedEntry<'_, '_>, name: &str, why: &str) {
        let is_missing = !stack.folder.join(name).exists();
        if let Some(doubt) = self.doubt.as_ref().filter(|_| is_missing) {
            let note = format!("the stack {} is not checked: {why}; {}", quote(&item.key), doubt.reason());
            self.not_in_input("nested stack", stack, item);
            return self.note(stack, item, &note);
        }
        let at = stack.template.location(item.entry.key_span.start);
        let error = format!("{}:{}: the stack {} is not checked: {why}", at.path, at.line, quote(&item.key));
        self.gaps.push(Gap { error, ..Gap::default() });
    }

    /// Counts a nested template.
    ///
    /// # Errors
    /// There are too many, or they are nested too deep.
    pub(super) fn take_template(&mut self, depth: usize) -> Result<(), String> {
        if depth > STACK_NESTING {
            return Err(format!("nested stacks deeper than {STACK_NESTING}"));
        }
        let left = self.templates_left.checked_sub(1);
        self.templates_left =
            left.ok_or_else(|| format!("there are more than {MAX_NESTED_TEMPLATES} nested stacks"))?;
        Ok(())
    }

    fn read_nested(&mut self, stack: &Stack<'_, '_>, name: &str, deployment: StackDeployment) -> Result<(), String> {
        let real = files::within(stack.folder, name, self.root())?;
        if stack.enclosing_files.contains(&real) {
            return Err(format!("{} is a stack within itself, which no deployment ends", quote(name)));
        }
        self.take_template(deployment.calls.len())?;
        self.file(&stack.folder.join(name), deployment).map_err(|error| error.to_string())?;
        self.nested.insert(real);
        Ok(())
    }
}
