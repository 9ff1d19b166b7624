//! The resources that one entry of `Resources` declares: those that exist, and those that may.

use super::alternatives;
use super::foreach::ExpandedEntry;
use super::nested::{NestedReader, NestedTags};
use super::parameters::{Assumption, ParameterNames};
use super::resource::{self, OwnTags, TaggableType, TemplateProperties};
use super::sam_made::{self, MadeTags};
use super::sam_shared::SharedResource;
use super::sam_tags;
use super::stack::{ExistenceDoubt, Stack};
use super::stack_reader::StackReader;
use crate::aws::resource_types::Form;
use crate::aws::resource_types::nested::{INSTANCE, LAUNCH_TEMPLATE, NestedJudgement, in_cloudformation};
use crate::base::quote;
use crate::input::nested::Nested;
use crate::input::not_judged;
use crate::model::{NotJudgedReason, Resource};
use crate::syntax::{Node, NodeKind};

/// The existence of a resource.
enum Existence<'t> {
    Certain,
    /// It may not exist. Where it exists, the parameters do not have the defaults with which it does not.
    Possible(String, ParameterNames<'t>),
    /// It does not exist, whatever the parameters are that were not given.
    None,
}

/// The existence of a resource, from its condition and the loops around it.
fn existence<'t>(stack: &Stack<'_, 't>, item: &ExpandedEntry<'_, 't>) -> Existence<'t> {
    let of_loop = |otherwise| match item.doubt {
        Some(why) => Existence::Possible(why.to_owned(), ParameterNames::default()),
        None => otherwise,
    };
    let Some(condition) = item.entry.value.get("Condition") else { return of_loop(Existence::Certain) };
    let named =
        condition.text().map_or_else(|| "its condition".to_owned(), |name| format!("its condition {}", quote(name)));
    let mut without_default = ParameterNames::default();
    loop {
        let before = without_default.clone();
        let assumption = Assumption { without_default, ..Assumption::default() };
        let (holds, used) = stack.scope.track(|| {
            if before.is_empty() {
                item.eval.holds(condition)
            } else {
                stack.scope.assume(&assumption, || item.eval.holds(condition))
            }
        });
        without_default = assumption.without_default;
        without_default.extend(&used.defaults);
        return match holds {
            Some(true) => of_loop(Existence::Certain),
            None if before.is_empty() => {
                let why = format!("only the deployment knows {named}");
                Existence::Possible(why, ParameterNames::default())
            }
            // Another default may decide it too.
            Some(false) if without_default != before => continue,
            Some(false) => Existence::None,
            None => Existence::Possible(format!("{named} is false with the default parameters"), before),
        };
    }
}

impl StackReader<'_> {
    /// Reads one entry of `Resources`, as far as it may exist.
    pub(super) fn item<'t>(&mut self, stack: &Stack<'_, 't>, item: &ExpandedEntry<'_, 't>) {
        let Some(kind) = item.entry.value.get("Type").and_then(Node::text) else {
            let example = format!("{}{}", stack.prefix, item.key);
            self.coverage.add("resource without a type", NotJudgedReason::UnknownType, &example);
            return self.note(stack, item, "it has no `Type` that is a text, so it is not checked");
        };
        match existence(stack, item) {
            Existence::None => {
                self.coverage.add(kind, NotJudgedReason::NotCreated, &format!("{}{}", stack.prefix, item.key));
            }
            Existence::Certain => self.existing(stack, item, kind),
            Existence::Possible(why, without_default) => {
                let outer = self.doubt.clone();
                self.doubt = outer.clone().or_else(|| Some(ExistenceDoubt::of_resource(why)));
                let assumption = Assumption { without_default, ..Assumption::default() };
                stack.scope.assume(&assumption, || self.existing(stack, item, kind));
                self.doubt = outer;
            }
        }
    }

    /// Reads one entry of `Resources` that exists.
    fn existing<'t>(&mut self, stack: &Stack<'_, 't>, item: &ExpandedEntry<'_, 't>, kind: &str) {
        if kind.ends_with("::MODULE") {
            self.note(stack, item, &format!("the resources of the module {} are not checked", quote(kind)));
            self.not_in_input("module", stack, item);
        }
        let properties = TemplateProperties::of(&item.eval, &item.entry.value);
        let start = self.resources.len();
        let ((), used) = stack.scope.track(|| self.declared(stack, item, kind, &properties));
        alternatives::add(self, stack, item, start, &used.open, &|probe, properties| {
            probe.declared(stack, item, kind, properties);
        });
        self.end_entry();
        match kind {
            "AWS::CloudFormation::Stack" => self.nested(stack, item, &properties, "TemplateURL", Form::List),
            "AWS::CloudFormation::StackSet" => self.stack_set(stack, item, &properties),
            "AWS::Serverless::Application" => self.nested(stack, item, &properties, "Location", Form::Map),
            _ => {}
        }
    }

    /// Collects the resources whose tags an entry holds.
    fn declared<'t>(
        &mut self,
        stack: &Stack<'_, 't>,
        item: &ExpandedEntry<'_, 't>,
        kind: &str,
        properties: &TemplateProperties<'_, 't>,
    ) {
        let taggable_type = resource::taggable_type(kind, properties);
        let own = taggable_type.as_ref().map(|known| resource::own_tags(stack, item, kind, known, properties));
        let (own, known) = (own.unwrap_or_default(), taggable_type.as_ref().ok().map(|known| known.kind));
        let nested = self.nested_tags(stack, item, kind, properties, own, known);
        match taggable_type {
            Ok(taggable_type) => {
                self.made_by_sam(stack, item, kind, properties, &nested.own);
                self.taggable(stack, item, kind, &taggable_type, properties, nested.own);
            }
            Err(_) if nested.replaces_resource => {}
            Err(reason) => {
                let near = if reason == NotJudgedReason::UnknownType { not_judged::near_type(kind) } else { None };
                if let Some(near) = near.filter(|_| self.misspelled_types.insert(kind.to_owned())) {
                    self.note(stack, item, &format!("taglint does not know the type {kind}; did you mean {near}?"));
                }
                self.coverage.add(kind, reason, &format!("{}{}", stack.prefix, item.key));
            }
        }
        for resource in nested.resources {
            self.add(stack, resource);
        }
    }

    /// Collects the resources that SAM makes for a resource, and counts those whose tags are not derived.
    fn made_by_sam<'t>(
        &mut self,
        stack: &Stack<'_, 't>,
        item: &ExpandedEntry<'_, 't>,
        kind: &str,
        properties: &TemplateProperties<'_, 't>,
        own: &OwnTags,
    ) {
        for made in sam_made::list(&stack.template.root, item, kind, properties) {
            let at = made.at.unwrap_or(item.entry.key_span.start);
            let tags = made.tags.map(|tags| sam_tags::of_made(tags, own, stack, item, kind, properties));
            let made_as = (made.kind, made.id.as_str(), at);
            if made.tags == Some(MadeTags::Nothing) && stack.tags.is_empty() {
                *self.made_without_tags.entry(made.kind).or_default() += 1;
            }
            match tags.and_then(|tags| resource::made_by_sam(stack, item, kind, properties, made_as, tags)) {
                Some(resource) => drop(self.add(stack, resource)),
                None => self.count_made(stack, made.kind, &made.id),
            }
        }
    }

    /// Counts a resource that SAM makes.
    fn count_made(&mut self, stack: &Stack<'_, '_>, made: &str, id: &str) {
        if let Some(kind) = sam_made::kind_of(made) {
            self.coverage.add_implied(kind, format!("{}{id}", stack.prefix));
        }
    }

    /// Collects a resource that SAM makes once for several resources, or counts it. It exists if one of them does.
    pub(super) fn shared<'t>(&mut self, stack: &Stack<'_, 't>, made: SharedResource<'_, '_, 't>) {
        let SharedResource { kind, id, tags, users } = made;
        let Some(mut tags) = tags else { return self.count_made(stack, kind, &id) };
        let mut doubt = None;
        let mut is_made = false;
        for (item, _) in &users {
            match existence(stack, item) {
                Existence::Certain => (is_made, doubt) = (true, None),
                Existence::Possible(why, _) if !is_made => doubt = doubt.or(Some(why)),
                Existence::Possible(..) | Existence::None => {}
            }
        }
        let Some((item, at)) = users.first() else { return };
        if !is_made && doubt.is_none() {
            return self.coverage.add(kind, NotJudgedReason::NotCreated, &format!("{}{id}", stack.prefix));
        }
        if doubt.is_some() {
            // Where it exists, parameters may not have the defaults that its tags were read with.
            tags.tags.written.iter_mut().for_each(|tag| tag.value = None);
        }
        let outer = self.doubt.clone();
        self.doubt = outer.clone().or_else(|| doubt.map(ExistenceDoubt::of_resource));
        let properties = TemplateProperties::of(&item.eval, &item.entry.value);
        let name = item.entry.value.get("Type").and_then(Node::text).unwrap_or_default();
        match resource::made_by_sam(stack, item, name, &properties, (kind, &id, *at), tags) {
            Some(resource) => drop(self.add(stack, resource)),
            None => self.count_made(stack, kind, &id),
        }
        self.end_entry();
        self.doubt = outer;
    }

    /// Collects a resource whose type can carry tags.
    fn taggable<'t>(
        &mut self,
        stack: &Stack<'_, 't>,
        item: &ExpandedEntry<'_, 't>,
        kind: &str,
        taggable_type: &TaggableType<'_>,
        properties: &TemplateProperties<'_, 't>,
        own: OwnTags,
    ) {
        if taggable_type.is_unknown {
            self.unknown_types.insert(kind.to_owned());
        }
        for text in properties
            .get(taggable_type.property.name)
            .map_or_else(Vec::new, |tags| ambiguous_numbers(&tags.entry.value))
        {
            self.note(stack, item, &format!("without quotes YAML may take {text} for another number: quote it"));
        }
        if let Some(why) = resource::misplaced_tags(item, properties, kind, taggable_type.property.name) {
            self.note(stack, item, &why);
        }
        let (resource, why) = resource::resource(stack, item, kind, taggable_type, properties, own);
        if self.add(stack, resource)
            && let Some(why) = why
        {
            self.note(stack, item, &format!("not all of its tags are known: {why}"));
        }
    }

    /// Reads the tags of other resources in a resource. `known` is the type of the resource itself.
    fn nested_tags<'t>(
        &mut self,
        stack: &Stack<'_, 't>,
        item: &ExpandedEntry<'_, 't>,
        name: &str,
        properties: &TemplateProperties<'_, 't>,
        mut own: OwnTags,
        known: Option<&str>,
    ) -> NestedResources {
        let sets = in_cloudformation(name);
        if sets.is_empty() {
            return NestedResources { own, resources: Vec::new(), replaces_resource: false };
        }
        let reader = NestedReader { stack, properties, at: item.entry.key_span.start, own: &own };
        let mut listing = reader.list(sets);
        if name == LAUNCH_TEMPLATE.cloudformation && stack.used_templates.contains(&item.key) {
            // The group adds its own.
            listing
                .found
                .iter_mut()
                .filter(|nested| nested.kind == INSTANCE)
                .for_each(|nested| nested.tags.has_more = true);
        }
        let address = format!("{}{}", stack.prefix, item.key);
        for (path, suffix) in listing.of_unknown_type {
            let reason = NotJudgedReason::TagsNotInInput;
            self.coverage.add(&format!("{name} {path}"), reason, &format!("{address}{suffix}"));
        }
        for (kind, suffix) in listing.implied {
            self.coverage.add_implied(kind, format!("{address}{suffix}"));
        }
        let is_own = |nested: &Nested<NestedTags>| nested.tags.is_by_type && Some(nested.kind) == known;
        let (of_itself, others): (Vec<_>, Vec<_>) = listing.found.into_iter().partition(is_own);
        for nested in of_itself {
            own.tags = own.tags.with_fallback(nested.tags.tags);
        }
        let replaces_resource = !others.is_empty() && sets.iter().any(|set| set.judged == NestedJudgement::Declared);
        let resources = others.into_iter().map(|nested| resource::nested_resource(stack, item, name, nested)).collect();
        NestedResources { own, resources, replaces_resource }
    }
}

/// The tags in one resource, by the resource that carries them.
struct NestedResources {
    /// Those of the resource itself.
    own: OwnTags,
    /// The other resources.
    resources: Vec<Resource<'static>>,
    /// True if the other resources are all that the resource consists of, as a global table of its replicas.
    replaces_resource: bool,
}

/// Unquoted numbers that YAML 1.1 reads as other numbers than the written ones, such as `010`.
fn ambiguous_numbers(tags: &Node) -> Vec<&str> {
    match &tags.kind {
        NodeKind::AmbiguousNumber(text) => vec![text],
        NodeKind::List(items) => items.iter().flat_map(ambiguous_numbers).collect(),
        NodeKind::Map(entries) => entries.iter().flat_map(|entry| ambiguous_numbers(&entry.value)).collect(),
        _ => Vec::new(),
    }
}
