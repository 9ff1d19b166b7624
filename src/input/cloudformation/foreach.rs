//! `Fn::ForEach`: the entries of a map with its loops expanded.

use std::cell::Cell;

use super::evaluate::{TemplateEvaluator, TemplateScope, TemplateValue, Traced};
use crate::syntax::{MapEntry, Node};

/// The largest number of entries that loops make. A stack has at most 500 resources (`CloudFormation` quotas), and loops
/// inside loops multiply.
const MAX_LOOP_ENTRIES: usize = 10_000;

/// The beginning of the key of a loop.
pub(super) const LOOP: &str = "Fn::ForEach::";

/// One entry of a map after the expansion of loops.
pub(super) struct ExpandedEntry<'s, 't> {
    /// The key, with the names of loops substituted. It never contains a secret.
    pub(super) key: String,
    /// True if the key is made of a secret, which it does not contain.
    pub(super) secret: bool,
    /// True if the values of all loops around it are known: the entry exists once under this key.
    pub(super) decided: bool,
    /// The reason why a loop around it may make nothing.
    pub(super) doubt: Option<&'static str>,
    pub(super) entry: &'t MapEntry,
    /// An evaluator with the names that the loops bind.
    pub(super) eval: TemplateEvaluator<'s, 't>,
}

/// The entries of a map, and whether others may exist that cannot be determined (a macro, a loop over an unknown list).
pub(super) fn entries<'s, 't>(
    eval: &TemplateEvaluator<'s, 't>,
    entries: &'t [MapEntry],
) -> (Vec<ExpandedEntry<'s, 't>>, bool) {
    expand(eval, entries, false)
}

/// The resources of a template, as [`entries`]. A loop over a list that is empty by default is expanded once, as one over
/// an unknown list: another list makes resources.
pub(super) fn resources<'s, 't>(
    eval: &TemplateEvaluator<'s, 't>,
    entries: &'t [MapEntry],
) -> (Vec<ExpandedEntry<'s, 't>>, bool) {
    expand(eval, entries, true)
}

fn expand<'s, 't>(
    eval: &TemplateEvaluator<'s, 't>,
    entries: &'t [MapEntry],
    keeps_empty: bool,
) -> (Vec<ExpandedEntry<'s, 't>>, bool) {
    let walk = LoopExpansion { entries_left: Cell::new(MAX_LOOP_ENTRIES), more: Cell::new(false), keeps_empty };
    let mut out = Vec::new();
    walk.entries(eval, entries, AroundEntry { decided: true, doubt: None }, &mut out);
    (out, walk.more.get())
}

/// Adds the conditions that the loops of a template make to its scope.
pub(super) fn add_conditions<'t>(scope: &TemplateScope<'t>, root: &'t Node) {
    let section = root.get("Conditions").map_or(&[][..], Node::entries);
    if !section.iter().any(|entry| entry.key.starts_with(LOOP)) {
        return;
    }
    let (items, _) = scope.trace(|| entries(&TemplateEvaluator::new(scope), section)).value;
    for item in items.into_iter().filter(|item| item.decided && !item.secret && item.eval.is_in_loop()) {
        scope.add_condition(item.key, &item.entry.value, item.eval);
    }
}

struct LoopExpansion {
    entries_left: Cell<usize>,
    more: Cell<bool>,
    /// True if a loop over a list that is empty by default is expanded once.
    keeps_empty: bool,
}

/// The loops around an entry.
#[derive(Clone, Copy)]
struct AroundEntry {
    /// True if the values of all of them are known.
    decided: bool,
    /// The reason why one of them may make nothing.
    doubt: Option<&'static str>,
}

impl LoopExpansion {
    /// Counts one entry; false at the limit.
    fn take(&self) -> bool {
        let entries_left = self.entries_left.get();
        self.entries_left.set(entries_left.saturating_sub(1));
        entries_left > 0
    }

    fn entries<'s, 't>(
        &self,
        eval: &TemplateEvaluator<'s, 't>,
        entries: &'t [MapEntry],
        around: AroundEntry,
        out: &mut Vec<ExpandedEntry<'s, 't>>,
    ) {
        for entry in entries {
            if entry.key.starts_with(LOOP) {
                self.expand_loop(eval, &entry.value, around, out);
            } else if entry.key.starts_with("Fn::") {
                self.more.set(true);
            } else {
                if eval.is_in_loop() && !self.take() {
                    return self.more.set(true);
                }
                let Traced { value: key, secret } = eval.scope.trace(|| eval.substitute_loop_names(&entry.key));
                let decided = around.decided && key.is_some();
                let key = match key {
                    _ if secret => eval.substitute_hidden(&entry.key),
                    key => key.unwrap_or_else(|| entry.key.clone()),
                };
                out.push(ExpandedEntry { key, secret, decided, doubt: around.doubt, entry, eval: eval.clone() });
            }
        }
    }

    /// Expands a loop: its name, its collection and its body.
    fn expand_loop<'s, 't>(
        &self,
        eval: &TemplateEvaluator<'s, 't>,
        node: &'t Node,
        around: AroundEntry,
        out: &mut Vec<ExpandedEntry<'s, 't>>,
    ) {
        let [name, collection, body] = node.items() else { return self.more.set(true) };
        let Some(name) = name.text() else { return self.more.set(true) };
        let (collection, used) = eval.scope.track(|| eval.scope.trace(|| eval.value(collection)));
        let Traced { value: collection, secret } = collection;
        let once = |doubt, out: &mut Vec<_>| {
            let unknown = eval.with(name, Traced::open(TemplateValue::Unknown), 0);
            let around = AroundEntry { decided: false, doubt: around.doubt.or(Some(doubt)) };
            self.entries(&unknown, body.entries(), around, out);
        };
        let values = match collection {
            TemplateValue::List(values) if values.is_empty() && self.keeps_empty && !used.defaults.is_empty() => {
                return once("the list of its Fn::ForEach is empty by default", out);
            }
            TemplateValue::List(values) => values,
            _ => {
                self.more.set(true);
                return once("only the deployment knows the list of its Fn::ForEach", out);
            }
        };
        for (at, value) in values.into_iter().enumerate() {
            if !self.take() {
                return self.more.set(true);
            }
            self.entries(&eval.with(name, Traced { value, secret }, at + 1), body.entries(), around, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::evaluate::{GivenValues, StackEnvironment};
    use super::*;
    use crate::syntax::testing::yaml;

    #[test]
    fn a_loop_makes_what_its_collection_says() {
        let root = yaml(
            "Parameters:\n  Names: {Type: CommaDelimitedList, Default: 'a-b,c'}\n  Open: {Type: CommaDelimitedList}\nM:\n  \
             Plain: 1\n  Fn::ForEach::Outer:\n    - O\n    - !Ref Names\n    - Fn::ForEach::Inner:\n        - I\n        - [x, y]\n        \
             - '&{O}${I}': !Sub '${O}${I}'\n  Fn::ForEach::Open:\n    - O\n    - !Ref Open\n    - 'U${O}': !Ref O\n",
        );
        let scope = TemplateScope::new(&root, StackEnvironment::default(), GivenValues::default());
        let eval = TemplateEvaluator::new(&scope);
        let (items, more) = entries(&eval, root.get("M").unwrap().entries());
        let shown: Vec<_> =
            items.iter().map(|item| (item.key.as_str(), item.decided, item.eval.text(&item.entry.value))).collect();
        let text = |text: &str| Some(text.to_owned());
        let want = [
            ("Plain", true, text("1")),
            ("abx", true, text("a-bx")),
            ("aby", true, text("a-by")),
            ("cx", true, text("cx")),
            ("cy", true, text("cy")),
            ("U${O}", false, None),
        ];
        assert_eq!(shown, want);
        assert!(more);
    }

    #[test]
    fn a_plain_text_in_a_loop_is_filled_in_like_a_key() {
        let root = yaml("M:\n  'Fn::ForEach::L': [I, [a-1, b], {'K&{I}': 'v${I}'}]\n  Plain: 'v${I}'\n");
        let scope = TemplateScope::new(&root, StackEnvironment::default(), GivenValues::default());
        let (items, _) = entries(&TemplateEvaluator::new(&scope), root.get("M").unwrap().entries());
        let shown: Vec<_> =
            items.iter().map(|item| (item.key.as_str(), item.eval.text(&item.entry.value).unwrap())).collect();
        assert_eq!(shown, [("Ka1", "va-1".to_owned()), ("Kb", "vb".to_owned()), ("Plain", "v${I}".to_owned())]);
    }

    #[test]
    fn loops_make_conditions_and_their_names() {
        let root = yaml(
            "Conditions:\n  'Fn::ForEach::C': [N, [a, b], {'Is${N}': !Equals [!Ref N, a], 'Not${N}': !Not [!Condition 'Is${N}']}]\nM:\n  \
             'Fn::ForEach::L': [N, [a, b, c], {'K${N}': !If ['Is${N}', yes, 'no'], 'L${N}': {Condition: !Sub 'Not${N}'}}]\n",
        );
        let scope = TemplateScope::new(&root, StackEnvironment::default(), GivenValues::default());
        add_conditions(&scope, &root);
        let (items, _) = entries(&TemplateEvaluator::new(&scope), root.get("M").unwrap().entries());
        let values = items.iter().step_by(2).map(|item| item.eval.text(&item.entry.value));
        assert_eq!(values.collect::<Vec<_>>(), [Some("true".to_owned()), Some("no".to_owned()), None]);
        let holds = |item: &ExpandedEntry<'_, '_>| item.eval.holds(item.entry.value.get("Condition").unwrap());
        let holds: Vec<_> = items.iter().skip(1).step_by(2).map(holds).collect();
        assert_eq!(holds, [Some(false), Some(true), None]);
    }

    #[test]
    fn loops_in_loops_end() {
        let ten = "[a,b,c,d,e,f,g,h,i,j]";
        let mut body = "{'X${A}': 1}".to_owned();
        for at in 0..20 {
            body = format!("{{'Fn::ForEach::L{at}': [N{at}, {ten}, {body}]}}");
        }
        let root = yaml(&format!("M: {body}\n"));
        let scope = TemplateScope::new(&root, StackEnvironment::default(), GivenValues::default());
        let (items, more) = entries(&TemplateEvaluator::new(&scope), root.get("M").unwrap().entries());
        assert!(items.len() <= MAX_LOOP_ENTRIES && more);
    }
}
