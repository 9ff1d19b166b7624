//! The tags of a resource, as far as its template determines them.

use std::collections::{HashMap, HashSet};

use super::evaluate::{TemplateEvaluator, TemplateValue, Traced};
use super::foreach;
use super::template::ParsedTemplate;
use crate::aws::resource_types::Form;
use crate::base::quote;
use crate::model::{Location, Tag, Tags, Text, UnlistedTags, repeated_key};
use crate::syntax::{DUPLICATE, MapEntry, Node, NodeKind, UNKNOWN_FUNCTION};

/// One tag that certainly exists.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct EvaluatedTag {
    pub(super) key: String,
    /// `None` if only a deployment knows it.
    pub(super) value: Option<String>,
    /// True if the value must not appear in reports.
    pub(super) secret: bool,
    /// The location of the value.
    pub(super) at: Option<Location>,
}

/// The known tags of a resource.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct TemplateTags {
    pub(super) written: Vec<EvaluatedTag>,
    /// The other tags that may exist.
    pub(super) more: UnlistedTags,
    /// The reason why others may exist, if it is not obvious from the template.
    pub(super) why: Option<String>,
}

impl TemplateTags {
    /// Unknown tags.
    pub(super) fn unknown(why: impl Into<String>) -> Self {
        Self { more: UnlistedTags::Any, why: Some(why.into()), ..Self::default() }
    }

    /// No known tag, and possibly any other.
    pub(super) fn any_others() -> Self {
        Self { more: UnlistedTags::Any, ..Self::default() }
    }

    /// Tags that may exist.
    pub(super) fn possible_keys(keys: impl IntoIterator<Item = String>) -> Self {
        Self { more: UnlistedTags::keys(keys), ..Self::default() }
    }

    /// Returns whether there are certainly no tags.
    pub(super) fn is_empty(&self) -> bool {
        self.written.is_empty() && self.more == UnlistedTags::default()
    }

    /// The tags as ones that may exist.
    pub(super) fn possible(self) -> Self {
        let keys = UnlistedTags::keys(self.written.into_iter().map(|tag| tag.key));
        Self { written: Vec::new(), more: self.more.and(keys), why: self.why }
    }

    /// A tag without a location in the template.
    pub(super) fn given_tag(key: &str, value: &str) -> Self {
        let tag = EvaluatedTag { key: key.to_owned(), value: Some(value.to_owned()), secret: false, at: None };
        Self { written: vec![tag], ..Self::default() }
    }

    /// One tag; for an unknown or secret key, possibly any tag.
    pub(super) fn one(key: Option<String>, value: Option<String>, secret: bool, at: Location) -> Self {
        match key {
            Some(key) => Self { written: vec![EvaluatedTag { key, value, secret, at: Some(at) }], ..Self::default() },
            None => Self::any_others(),
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.written.extend(other.written);
        self.more = match (std::mem::take(&mut self.more), other.more) {
            // Sorted once at the end: a template may have a hundred thousand.
            (UnlistedTags::Keys(mut own), UnlistedTags::Keys(other)) => {
                own.extend(other);
                UnlistedTags::Keys(own)
            }
            (own, other) => own.and(other),
        };
        self.why = self.why.take().or(other.why);
    }

    /// One of two alternatives under an unknown condition: tags of both exist, tags of one may exist.
    fn either_of(self, other: Self) -> Self {
        let (mut written, mut uncertain) = (Vec::new(), Vec::new());
        let here: HashSet<&str> = self.written.iter().map(|own| own.key.as_str()).collect();
        let mut there: HashMap<&str, &EvaluatedTag> = HashMap::new();
        for tag in &other.written {
            there.entry(&tag.key).or_insert(tag);
        }
        let only_there = other.written.iter().filter(|tag| !here.contains(tag.key.as_str()));
        uncertain.extend(only_there.map(|tag| tag.key.clone()));
        for own in self.written {
            match there.get(own.key.as_str()) {
                Some(tag) => {
                    let value = own.value.filter(|value| tag.value.as_ref() == Some(value));
                    written.push(EvaluatedTag { value, secret: own.secret || tag.secret, ..own });
                }
                None => uncertain.push(own.key),
            }
        }
        Self {
            written,
            more: self.more.and(other.more).and(UnlistedTags::keys(uncertain)),
            why: self.why.or(other.why),
        }
    }

    /// Adds the tags of lower precedence (of the stack, of `Globals`) whose keys are not set. If the own tags are not
    /// all known, one of them may override the value, so it is unknown.
    pub(super) fn with_fallback(mut self, weaker: Self) -> Self {
        for tag in weaker.written {
            if !self.written.iter().any(|own| own.key == tag.key) {
                let sure = !self.more.may_be(&tag.key, false);
                self.written.push(EvaluatedTag { value: tag.value.filter(|_| sure), ..tag });
            }
        }
        self.more = self.more.and(weaker.more);
        self.why = self.why.or(weaker.why);
        self
    }

    /// The tags with each key once. Most services refuse a list with a key twice, and the others take one of the two: with
    /// different values, its value is unknown.
    fn each_key_once(mut self) -> Self {
        if repeated_key(self.written.iter().map(|tag| tag.key.as_str())).is_none() {
            return self;
        }
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut kept: Vec<EvaluatedTag> = Vec::new();
        for tag in self.written {
            let place = *places.entry(tag.key.clone()).or_insert(kept.len());
            match kept.get_mut(place) {
                None => kept.push(tag),
                Some(first) => {
                    first.secret |= tag.secret;
                    if first.value != tag.value {
                        first.value = None;
                        let key = quote(&first.key);
                        self.why.get_or_insert(format!("the list has the key {key} twice, with different values"));
                    }
                }
            }
        }
        Self { written: kept, ..self }
    }

    /// The tags in the form of the model. Unknown tags are not a failed read: other tags may exist, and that is all.
    pub(super) fn tags(&self) -> Tags<'static> {
        Tags::Read { tags: self.written.iter().map(EvaluatedTag::tag).collect(), more: self.more.clone().sorted() }
    }
}

impl EvaluatedTag {
    fn tag(&self) -> Tag<'static> {
        Tag { key: Text::from(self.key.clone()), value: self.value.clone().map(Text::from) }
    }
}

/// Reads tag specifications: the tags of those that are for a resource type, or of all.
pub(super) fn specifications<'t>(
    eval: &TemplateEvaluator<'_, 't>,
    template: &ParsedTemplate,
    node: &'t Node,
    resource_type: Option<&str>,
) -> TemplateTags {
    if let Some((name, argument)) = node.call() {
        return call(eval, template, name, argument, node, |node| specifications(eval, template, node, resource_type));
    }
    let mut out = TemplateTags::default();
    for item in node.items() {
        let is_wanted = match (resource_type, item.get("ResourceType")) {
            (Some(wanted), Some(node)) => eval.text(node).map(|text| text == wanted),
            _ => Some(true),
        };
        out.add(match (is_wanted, item.get("Tags")) {
            (Some(true), Some(tags)) => read(eval, template, tags, Form::List),
            (None, _) => TemplateTags::any_others(),
            (Some(true), None) if item.call().is_some() => TemplateTags::any_others(),
            (Some(_), _) => TemplateTags::default(),
        });
    }
    out
}

/// Reads the tags of a list that are propagated at launch.
pub(super) fn launched<'t>(
    eval: &TemplateEvaluator<'_, 't>,
    template: &ParsedTemplate,
    node: &'t Node,
) -> TemplateTags {
    if let Some((name, argument)) = node.call() {
        return launched_call(eval, template, node, (name, argument), launched);
    }
    let mut out = TemplateTags::default();
    for item in node.items() {
        out.add(launched_element(eval, template, item));
    }
    out
}

/// Tags that a function gives: those of the branches of `Fn::If`. Another function does not tell which are propagated.
fn launched_call<'t>(
    eval: &TemplateEvaluator<'_, 't>,
    template: &ParsedTemplate,
    node: &'t Node,
    (name, argument): (&str, &'t Node),
    read: impl Fn(&TemplateEvaluator<'_, 't>, &ParsedTemplate, &'t Node) -> TemplateTags,
) -> TemplateTags {
    match eval.value(node) {
        TemplateValue::NoValue => TemplateTags::default(),
        _ if name == "Fn::If" => call(eval, template, name, argument, node, |branch| read(eval, template, branch)),
        _ => TemplateTags::any_others(),
    }
}

/// One element of such a list.
fn launched_element<'t>(eval: &TemplateEvaluator<'_, 't>, template: &ParsedTemplate, item: &'t Node) -> TemplateTags {
    if let Some(called) = item.call() {
        return launched_call(eval, template, item, called, launched_element);
    }
    let tag = tag_of_element(eval, template, item);
    match item.get("PropagateAtLaunch").map(|node| eval.value(node)) {
        Some(TemplateValue::Text(text)) if text == "true" => tag,
        None | Some(TemplateValue::NoValue | TemplateValue::Text(_)) => TemplateTags::default(),
        Some(_) => TemplateTags {
            more: tag.more.and(UnlistedTags::keys(tag.written.into_iter().map(|tag| tag.key))),
            ..TemplateTags::default()
        },
    }
}

/// Reads the value of a tag property.
pub(super) fn read<'t>(
    eval: &TemplateEvaluator<'_, 't>,
    template: &ParsedTemplate,
    node: &'t Node,
    form: Form,
) -> TemplateTags {
    if form == Form::Specifications {
        return specifications(eval, template, node, None);
    }
    if let Some((name, argument)) = node.call().filter(|(name, _)| !name.starts_with(foreach::LOOP)) {
        return call(eval, template, name, argument, node, |node| read(eval, template, node, form));
    }
    match &node.kind {
        NodeKind::List(items) if form == Form::List => list(eval, template, items).each_key_once(),
        NodeKind::Map(entries) if form == Form::Map => map(eval, template, entries),
        NodeKind::List(_) => {
            TemplateTags::unknown("a list stands where the type takes a map of tags: CloudFormation refuses it")
        }
        NodeKind::Map(_) => {
            TemplateTags::unknown("a map stands where the type takes a list of tags: CloudFormation refuses it")
        }
        NodeKind::Null => TemplateTags::default(),
        _ => TemplateTags::unknown("what stands for the tags is neither a list nor a map"),
    }
}

/// The tags from a function call.
fn call<'t>(
    eval: &TemplateEvaluator<'_, 't>,
    template: &ParsedTemplate,
    name: &str,
    argument: &'t Node,
    node: &'t Node,
    read: impl Fn(&'t Node) -> TemplateTags,
) -> TemplateTags {
    if let ("Fn::If", [condition, yes, no]) = (name, argument.items()) {
        return match eval.holds(condition) {
            Some(true) => read(yes),
            Some(false) => read(no),
            None => read(yes).either_of(read(no)),
        };
    }
    let Traced { value, secret } = eval.scope.trace(|| eval.value(node));
    match value {
        TemplateValue::NoValue => TemplateTags::default(),
        // A list that is made as a whole does not show which of its keys are secret.
        TemplateValue::List(_) if secret => TemplateTags::any_others(),
        TemplateValue::List(items) => {
            let mut out = TemplateTags::default();
            for item in &items {
                out.add(tag_of_value(item, || template.location(node.span.start)));
            }
            out
        }
        _ => TemplateTags::unknown(reason_of(name, |name| format!("{name} gives the tags when the stack is deployed"))),
    }
}

/// The reason why a function leaves something unknown: for one of `CloudFormation`, the given one.
pub(super) fn reason_of(function: &str, given: impl Fn(&str) -> String) -> String {
    match function.strip_prefix(UNKNOWN_FUNCTION) {
        None => given(function),
        Some(_) if function == DUPLICATE => "a key stands twice, and CloudFormation uses one of the two".to_owned(),
        Some(key) => format!("the key {} is no string", quote(key)),
    }
}

/// A tag that is a value of a function.
fn tag_of_value(item: &TemplateValue, at: impl Fn() -> Location) -> TemplateTags {
    let TemplateValue::Map(fields) = item else { return TemplateTags::any_others() };
    let field = |names: [&str; 4]| fields.iter().find(|(name, _)| names.contains(&name.as_str())).map(|(_, v)| v);
    let text = |value: Option<&TemplateValue>| value.and_then(TemplateValue::as_text).map(str::to_owned);
    TemplateTags::one(text(field(KEYS)), text(field(VALUES)), false, at())
}

/// The field names of a tag; they differ between services.
const KEYS: [&str; 4] = ["Key", "key", "TagKey", "tagKey"];
const VALUES: [&str; 4] = ["Value", "value", "TagValue", "tagValue"];

fn list<'t>(eval: &TemplateEvaluator<'_, 't>, template: &ParsedTemplate, items: &'t [Node]) -> TemplateTags {
    let mut out = TemplateTags::default();
    for item in items {
        out.add(tag_of_element(eval, template, item));
    }
    out
}

/// One element of a list of tags.
fn tag_of_element<'t>(eval: &TemplateEvaluator<'_, 't>, template: &ParsedTemplate, item: &'t Node) -> TemplateTags {
    if let Some((name, argument)) = item.call() {
        let reading = call(eval, template, name, argument, item, |node| tag_of_element(eval, template, node));
        return TemplateTags { why: None, ..reading };
    }
    let field = |names: [&str; 4]| item.entries().iter().find(|entry| names.contains(&entry.key.as_str()));
    let Some(key) = field(KEYS) else {
        return TemplateTags::unknown("an element in the list of tags has no `Key`: CloudFormation refuses it");
    };
    let key = eval.scope.trace(|| eval.text(&key.value));
    let (value, at) = match field(VALUES) {
        Some(MapEntry { value, .. }) => (eval.scope.trace(|| value_of(eval, value)), value.span.start),
        None => (Traced::open(Some(String::new())), item.span.start),
    };
    TemplateTags::one(key.value.filter(|_| !key.secret), value.value, value.secret, template.location(at))
}

/// The value of a tag; empty if it is missing.
pub(super) fn value_of(eval: &TemplateEvaluator<'_, '_>, node: &Node) -> Option<String> {
    match eval.value(node) {
        TemplateValue::Text(text) => Some(text),
        TemplateValue::NoValue => Some(String::new()),
        TemplateValue::List(_) | TemplateValue::Map(_) | TemplateValue::Unknown => None,
    }
}

/// A map of key to value.
fn map<'t>(eval: &TemplateEvaluator<'_, 't>, template: &ParsedTemplate, entries: &'t [MapEntry]) -> TemplateTags {
    let (items, more) = foreach::entries(eval, entries);
    let mut out = if more { unlisted(entries) } else { TemplateTags::default() };
    for item in items {
        let node = &item.entry.value;
        let Traced { value, secret } = eval.scope.trace(|| item.eval.value(node));
        let value = match value {
            TemplateValue::NoValue => continue,
            TemplateValue::Text(text) => Some(text),
            TemplateValue::List(_) | TemplateValue::Map(_) | TemplateValue::Unknown => None,
        };
        if item.entry.is_ambiguous(&template.file.text) {
            let key = &item.entry.key;
            out.add(TemplateTags::unknown(format!("YAML 1.1 reads the key {key} as another text: quote it")));
            continue;
        }
        let at = template.location(node.span.start);
        // With an unknown Fn::If between a value and AWS::NoValue, the key may not exist.
        out.add(match item.decided && !item.secret {
            true if may_be_no_value(&item.eval, node) => TemplateTags::possible_keys([item.key]),
            decided => TemplateTags::one(decided.then_some(item.key), value, secret, at),
        });
    }
    out
}

/// The tags that a function in a map may give.
pub(super) fn unlisted(entries: &[MapEntry]) -> TemplateTags {
    let mut functions = entries.iter().map(|entry| entry.key.as_str()).filter(|key| key.starts_with(UNKNOWN_FUNCTION));
    let why = functions.next().map(|name| reason_of(name, str::to_owned));
    TemplateTags { why, ..TemplateTags::any_others() }
}

/// Returns whether an expression may be `AWS::NoValue`.
fn may_be_no_value(eval: &TemplateEvaluator<'_, '_>, node: &Node) -> bool {
    match node.call() {
        Some(("Fn::If", choice)) => match choice.items() {
            [condition, yes, no] => match eval.holds(condition) {
                Some(holds) => may_be_no_value(eval, if holds { yes } else { no }),
                None => may_be_no_value(eval, yes) || may_be_no_value(eval, no),
            },
            _ => true,
        },
        Some(_) => eval.value(node) == TemplateValue::NoValue,
        None => false,
    }
}

#[cfg(test)]
mod tests;
