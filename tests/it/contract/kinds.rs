//! The kinds of rules that need more than the keys and values of one resource, and the managers of resources.

use std::collections::BTreeSet;

use super::model::{Demand, PlainResource, PlainUser};
use super::oracle::{Case, Draft, Maybe, TagState};

/// Returns whether a part of a key matches `[A-Z][a-z]*`.
pub(super) fn is_capitalized(part: &str) -> bool {
    let mut letters = part.chars();
    letters.next().is_some_and(|c| c.is_ascii_uppercase()) && letters.all(|c| c.is_ascii_lowercase())
}

/// Returns whether a part of a key has a style.
pub(super) fn has_style(style: &str, part: &str) -> bool {
    let words = |separator: &str| part.split(separator).map(str::to_owned).collect::<Vec<_>>();
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric());
    let low = |text: &String| !text.is_empty() && text.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9'));
    let first = part.chars().next().unwrap_or(' ');
    match style {
        "PascalCase" => first.is_ascii_uppercase() && plain(part),
        "camelCase" => first.is_ascii_lowercase() && plain(part),
        "kebab-case" => words("-").iter().all(low),
        "snake_case" => words("_").iter().all(low),
        "Title Case" => words(" ").iter().all(|word| {
            plain(word) && word.chars().next().is_some_and(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        }),
        "lowercase" => part == part.to_lowercase(),
        _ => part == part.to_uppercase(),
    }
}

fn is_blank(value: &str) -> bool {
    value.trim().is_empty()
}

impl Case<'_> {
    /// Returns whether the manager of the resource is this one.
    pub(super) fn managed_by(&self, manager: &str) -> Maybe {
        let declared = self.resource.declared_in;
        let has = |start: &str| self.resource.tags.iter().flatten().any(|(key, _)| key.starts_with(start));
        match manager {
            "aws" if has("aws:dlm:lifecycle-policy-id") => Some(true),
            "aws" => (!self.more()).then_some(false),
            "cloudformation" if has("aws:cloudformation:") || declared == Some("cloudformation") => Some(true),
            // CloudFormation certainly sets its tags on user pools only.
            "cloudformation" if declared.is_some() => Some(false),
            "cloudformation" => (self.resource.kind == "cognito-idp:userpool" && !self.more()).then_some(false),
            _ => declared.map(|declared| declared == manager),
        }
    }

    /// Keys of which each part between `:` and `/` is right, but for those of tag rules.
    pub(super) fn style(&self, is_right: &dyn Fn(&str) -> bool) -> Draft {
        self.keys("key-style", &|key| {
            let is_bad = !key.split(['/', ':']).all(is_right);
            is_bad && !self.policy.0.iter().any(|rule| self.is_key_of(rule, key))
        })
    }

    pub(super) fn syntax(&self) -> Draft {
        let mut out = Draft { open: self.more(), ..Draft::default() };
        for (key, value) in self.resource.tags.iter().flatten() {
            if self.exists && key.starts_with("aws:") {
                continue;
            }
            let good = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
            let is_bad = |text: &str, most: usize| {
                text.to_lowercase().starts_with("aws:") || text.chars().count() > most || !text.chars().all(good)
            };
            let units = value.map_or(0, |value| value.encode_utf16().count());
            if is_bad(key, 128) || value.is_some_and(|value| is_bad(value, 256)) {
                out.problems.push(("syntax", (*key).to_owned(), key));
            } else {
                out.open |= value.is_none() || units > 256 && !self.exists;
            }
        }
        out
    }

    /// The value of a tag of any resource.
    fn value_of(&self, resource: &PlainResource, key: &str) -> TagState {
        Case { resource, policy: self.policy, all: self.all, exists: self.exists }.tag(key)
    }

    pub(super) fn unique(&self, key: &'static str, in_all: bool) -> Draft {
        let mut out = Draft::default();
        let value = match self.tag(key) {
            TagState::Absent => return out,
            TagState::Present(Some(value)) => value,
            TagState::Possible | TagState::Present(None) => {
                out.open = true;
                return out;
            }
        };
        let place = |resource: &PlainResource| if in_all { None } else { Some(resource.account) };
        let holds = |other: &&PlainResource| {
            place(other) == place(self.resource)
                && matches!(self.value_of(other, key), TagState::Present(Some(own)) if own == value)
        };
        if !is_blank(value) && self.all.iter().filter(holds).count() > 1 {
            out.problems.push(("duplicate", key.to_owned(), key));
        }
        out
    }

    pub(super) fn same_as_user(&self, keys: &[&'static str]) -> Draft {
        let mut out = Draft::default();
        let user = match self.resource.user {
            _ if self.resource.kind != "iam:mfa" => None,
            PlainUser::Unassigned | PlainUser::Root => None,
            PlainUser::Unknown => Some(None),
            PlainUser::Number(n) => Some(self.all.get(n).filter(|user| user.kind == "iam:user")),
        };
        let Some(user) = user else { return Draft { foreign: true, ..out } };
        let Some(user) = user else { return Draft { open: true, ..out } };
        for key in keys {
            let wanted = match self.value_of(user, key) {
                TagState::Absent => continue,
                TagState::Present(Some(value)) if is_blank(value) => continue,
                TagState::Possible => {
                    out.open = true;
                    continue;
                }
                TagState::Present(value) => value,
            };
            match (self.tag(key), wanted) {
                (TagState::Possible | TagState::Present(None), _) => out.open = true,
                (TagState::Present(Some(own)), Some(wanted)) if own == wanted => {}
                (TagState::Present(Some(own)), None) if !is_blank(own) => out.open = true,
                _ => out.problems.push(("mismatch", (*key).to_owned(), key)),
            }
        }
        out
    }

    pub(super) fn items(&self, key: &'static str, demand: &Demand) -> Draft {
        let Demand::Items { values, trim, unique, min, max, .. } = demand else { return Draft::default() };
        let mut out = self.one(key, false, &[], &[], false);
        let Some((_, value)) = self.own().into_iter().find(|(own, _)| *own == key) else { return out };
        let Some(value) = value else {
            out.open = true;
            return out;
        };
        if is_blank(value) {
            return out;
        }
        let items: Vec<&str> = value.split(':').map(|item| if *trim { item.trim() } else { item }).collect();
        let distinct: BTreeSet<&&str> = items.iter().collect();
        let is_wrong = |item: &&str| !is_blank(item) && !values.is_empty() && !values.contains(item);
        let kinds = [
            ("empty", items.iter().any(|item| is_blank(item))),
            ("value", items.iter().any(is_wrong)),
            ("items", min.is_some_and(|min| items.len() < min)),
            ("items", max.is_some_and(|max| items.len() > max)),
            ("items", *unique && distinct.len() < items.len()),
        ];
        if let Some((kind, _)) = kinds.into_iter().find(|(_, is_so)| *is_so) {
            out.problems.push((kind, key.to_owned(), key));
        }
        out
    }
}
