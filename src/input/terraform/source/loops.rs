//! `for` expressions and the loops of templates.

use std::collections::BTreeMap;

use super::eval::{BoundName, EvaluationContext, HclEvaluator, SENSITIVE_KEY};
use super::value::{HclValue, HclValueKind, MAX_TEXT, PossibleEntry, UnknownReason};
use crate::syntax::hcl::{Expression, ForExpression, TemplateFor, TemplatePart};

/// The entries of a collection, as a loop sees them.
pub(super) struct LoopItems {
    pub(super) pairs: Vec<(HclValue, HclValue)>,
    /// Entries that may exist.
    pub(super) possible: Vec<(HclValue, PossibleEntry)>,
    /// The reason why there may be others.
    pub(super) more: Option<UnknownReason>,
}

impl LoopItems {
    /// The entries of a collection that is unknown.
    pub(super) fn undecided(why: UnknownReason) -> Self {
        Self { pairs: Vec::new(), possible: Vec::new(), more: Some(why) }
    }
}

/// The result of a `for`, under construction.
#[derive(Default)]
struct ForResult {
    items: Vec<HclValue>,
    entries: BTreeMap<String, HclValue>,
    possible: BTreeMap<String, PossibleEntry>,
    groups: BTreeMap<String, Vec<HclValue>>,
    more: Option<UnknownReason>,
}

/// The entries of a collection.
///
/// # Errors
/// The reason why they are unknown.
pub(super) fn items_of(list: &HclValue) -> Result<LoopItems, UnknownReason> {
    let (mut possible, mut more) = (Vec::new(), None);
    let pairs = match &list.kind {
        HclValueKind::List(list) if list.set => list.items.iter().map(|item| (item.clone(), item.clone())).collect(),
        HclValueKind::List(list) => {
            list.items.iter().enumerate().map(|(at, item)| (HclValue::index(at), item.clone())).collect()
        }
        HclValueKind::Map(map) => {
            more.clone_from(&map.more);
            possible.extend(map.possible.iter().map(|(key, it)| (HclValue::text(key.as_str()), it.clone())));
            map.entries.iter().map(|(key, value)| (HclValue::text(key.as_str()), value.clone())).collect()
        }
        HclValueKind::Unknown(why) => return Err(why.clone()),
        _ => return Err(UnknownReason::failure("`for` over a value that is not a collection")),
    };
    Ok(LoopItems { pairs, possible, more })
}

impl HclEvaluator {
    pub(super) fn for_expression(&mut self, env: EvaluationContext<'_>, it: &ForExpression) -> HclValue {
        let list = self.eval(env, &it.list);
        let items = match items_of(&list) {
            Ok(items) => items,
            Err(why) => return HclValue::unknown(why).with_sensitivity(list.sensitive),
        };
        let mut out = ForResult { more: items.more, ..ForResult::default() };
        for (key, value) in items.pairs {
            self.for_item(env, it, key, value, None, &mut out);
        }
        for (key, PossibleEntry { value, why }) in items.possible {
            self.for_item(env, it, key, value, Some(why), &mut out);
        }
        out.into_value(it).with_sensitivity(list.sensitive)
    }

    /// Adds what one item makes. `doubt` is the reason why the item may not exist.
    fn for_item(
        &mut self,
        env: EvaluationContext<'_>,
        it: &ForExpression,
        key: HclValue,
        value: HclValue,
        mut doubt: Option<UnknownReason>,
        out: &mut ForResult,
    ) {
        let outer = BoundName { name: it.key_name.as_deref().unwrap_or(""), value: key, next: env.names };
        let inner = BoundName { name: &it.value_name, value, next: Some(&outer) };
        let env = EvaluationContext { names: Some(&inner), ..env };
        if let Some(condition) = &it.condition {
            match self.eval(env, condition).as_bool() {
                Ok(true) => {}
                Ok(false) => return,
                Err(why) if why.fails && doubt.is_none() => {
                    out.more = Some(why);
                    return;
                }
                Err(why) => doubt = Some(why.possibly()),
            }
        }
        let result = self.eval(env, &it.value);
        let key = it.key.as_ref().map(|key| {
            let key = self.eval(env, key);
            if key.sensitive { Err(SENSITIVE_KEY.into()) } else { key.as_text() }
        });
        out.add(it, key, result, doubt);
    }

    /// A string with interpolations and directives.
    pub(super) fn template(&mut self, env: EvaluationContext<'_>, parts: &[TemplatePart]) -> HclValue {
        let mut out = TemplateText::default();
        self.template_parts(env, parts, &mut out);
        if !self.spend(out.written.len() / 64) {
            out.refuse("too large to evaluate".into());
        }
        match out.why {
            Some(why) => HclValue::unknown(why),
            None => HclValue::text(out.written),
        }
        .with_sensitivity(out.sensitive)
    }

    fn template_parts(&mut self, env: EvaluationContext<'_>, parts: &[TemplatePart], out: &mut TemplateText) {
        for part in parts {
            match part {
                TemplatePart::Text(text) => out.push(text),
                TemplatePart::Value(node) => {
                    let value = self.eval(env, node);
                    out.sensitive |= value.sensitive;
                    match value.as_text() {
                        Ok(text) => out.push(&text),
                        Err(why) => out.refuse(why),
                    }
                }
                TemplatePart::If(condition, then, other) => self.template_if(env, condition, then, other, out),
                TemplatePart::For(it) => self.template_for(env, it, out),
            }
        }
    }

    fn template_if(
        &mut self,
        env: EvaluationContext<'_>,
        condition: &Expression,
        then: &[TemplatePart],
        other: &[TemplatePart],
        out: &mut TemplateText,
    ) {
        let condition = self.eval(env, condition);
        out.sensitive |= condition.sensitive;
        match condition.as_bool() {
            Ok(true) => self.template_parts(env, then, out),
            Ok(false) => self.template_parts(env, other, out),
            Err(why) => {
                let (then, other) = (self.template(env, then), self.template(env, other));
                out.sensitive |= then.sensitive || other.sensitive;
                match super::combine::either(&then, &other, &why).as_text() {
                    Ok(text) => out.push(&text),
                    Err(why) => out.refuse(why),
                }
            }
        }
    }

    fn template_for(&mut self, env: EvaluationContext<'_>, it: &TemplateFor, out: &mut TemplateText) {
        let list = self.eval(env, &it.list);
        out.sensitive |= list.sensitive;
        let items = match items_of(&list) {
            Ok(items) => items,
            Err(why) => return out.refuse(why),
        };
        if let Some(why) = items.more.or_else(|| items.possible.into_iter().next().map(|(_, it)| it.why)) {
            return out.refuse(why);
        }
        for (key, value) in items.pairs {
            if !self.spend(1) {
                return out.refuse("too large to evaluate".into());
            }
            let outer = BoundName { name: it.key_name.as_deref().unwrap_or(""), value: key, next: env.names };
            let inner = BoundName { name: &it.value_name, value, next: Some(&outer) };
            self.template_parts(EvaluationContext { names: Some(&inner), ..env }, &it.body, out);
        }
    }
}

impl ForResult {
    fn add(
        &mut self,
        it: &ForExpression,
        key: Option<Result<std::sync::Arc<str>, UnknownReason>>,
        result: HclValue,
        doubt: Option<UnknownReason>,
    ) {
        match (key, doubt) {
            (None, None) => self.items.push(result),
            (Some(Ok(key)), None) if it.grouping => self.groups.entry(key.to_string()).or_default().push(result),
            (Some(Ok(key)), None) if self.entries.contains_key(&*key) => {
                self.more = Some(UnknownReason::failure("a key that two items of `for` have"));
            }
            (Some(Ok(key)), None) => drop(self.entries.insert(key.to_string(), result)),
            (Some(Ok(key)), Some(why)) if !it.grouping && !self.entries.contains_key(&*key) => {
                self.possible.insert(key.to_string(), PossibleEntry { value: result, why });
            }
            (Some(Err(why)), _) | (_, Some(why)) => self.more = Some(why),
        }
    }

    fn into_value(self, it: &ForExpression) -> HclValue {
        match (&it.key, self.more) {
            (None, Some(why)) => HclValue::unknown(why),
            (None, None) => HclValue::list(self.items),
            (Some(_), Some(why)) if it.grouping => HclValue::unknown(why),
            (Some(_), None) if it.grouping => {
                let groups = self.groups.into_iter().map(|(key, list)| (key, HclValue::list(list)));
                HclValue::map(groups.collect(), None)
            }
            (Some(_), more) => HclValue::partial_map(self.entries, self.possible, more),
        }
    }
}

/// A text under construction.
#[derive(Default)]
struct TemplateText {
    written: String,
    sensitive: bool,
    why: Option<UnknownReason>,
}

impl TemplateText {
    fn push(&mut self, text: &str) {
        if self.written.len() + text.len() <= MAX_TEXT {
            self.written.push_str(text);
        } else {
            self.refuse("a string that is too long".into());
        }
    }

    /// Keeps a reason; a failure is kept before any other.
    fn refuse(&mut self, why: UnknownReason) {
        if self.why.as_ref().is_none_or(|before| why.fails && !before.fails) {
            self.why = Some(why);
        }
    }
}
