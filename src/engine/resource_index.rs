//! What rules that compare resources need to know of the others: values that must be unique, and where each user stands.
//! Sixteen bytes of hash and a count, or a place, for each.

use std::collections::{HashMap, HashSet};
use std::io;

use super::chunk;
use super::finding::digest;
use super::store::{ByteSource, Input};
use crate::model::{Line, Resource, parse_line};
use crate::policy::Policy;
use crate::rule::{ResourceIndex, RuleKind};

type Hash = [u8; 16];

/// The index over all inputs.
#[derive(Default)]
pub(super) struct InventoryIndex {
    holders: HashMap<Hash, u32>,
    users: HashMap<Hash, (usize, u64, u32)>,
    stores: Vec<ByteSource>,
}

impl InventoryIndex {
    /// Reads the inputs once more if any rule compares resources.
    pub(super) fn build(policy: &Policy, inputs: &[Input]) -> io::Result<Self> {
        let compares = |rule: &crate::policy::Rule| matches!(rule.kind, RuleKind::Unique(_) | RuleKind::SameAsUser(_));
        let mut out = Self { stores: inputs.iter().map(|input| input.store.clone()).collect(), ..Self::default() };
        if !policy.rules.iter().any(compares) {
            return Ok(out);
        }
        let wants_users = policy.rules.iter().any(|rule| matches!(rule.kind, RuleKind::SameAsUser(_)));
        // The same resource in two inputs must not clash with itself.
        let several = inputs.len() > 1;
        let mut counted = HashSet::new();
        for (source, input) in inputs.iter().enumerate() {
            let pieces = chunk::each(&input.store, |lines| {
                let (mut values, mut users) = (Vec::new(), Vec::new());
                for line in lines {
                    let Ok(Line::Resource(resource)) = parse_line(line.bytes) else { continue };
                    let holder = resource.arn.as_deref().filter(|_| several);
                    let holder = |value: Hash| holder.map(|arn| digest([&value[..], arn.as_bytes()]));
                    values.extend(unique_values(policy, &resource).map(|value| (value, holder(value))));
                    if let Some(arn) =
                        resource.arn.as_deref().filter(|_| wants_users && resource.kind.as_str() == "iam:user")
                    {
                        users.push((user_hash(arn), line.offset, u32::try_from(line.bytes.len()).unwrap_or(u32::MAX)));
                    }
                }
                (values, users)
            })?;
            for (values, users) in pieces {
                for (value, holder) in values {
                    if holder.is_some_and(|holder| !counted.insert(holder)) {
                        continue;
                    }
                    *out.holders.entry(value).or_default() += 1;
                }
                for (hash, offset, length) in users {
                    out.users.entry(hash).or_insert((source, offset, length));
                }
            }
        }
        Ok(out)
    }
}

fn unique_values<'p>(policy: &'p Policy, resource: &'p Resource<'_>) -> impl Iterator<Item = Hash> + 'p {
    policy.rules.iter().filter(|rule| rule.concerns(&resource.kind)).filter_map(|rule| match &rule.kind {
        RuleKind::Unique(unique) => {
            unique.value(resource).map(|value| value_hash(unique.slot, unique.scope(resource), value))
        }
        _ => None,
    })
}

fn value_hash(slot: usize, scope: &str, value: &str) -> Hash {
    digest([&slot.to_le_bytes()[..], scope.as_bytes(), value.as_bytes()])
}

fn user_hash(arn: &str) -> Hash {
    digest([arn.as_bytes()])
}

impl ResourceIndex for InventoryIndex {
    fn holders(&self, slot: usize, scope: &str, value: &str) -> u32 {
        self.holders.get(&value_hash(slot, scope, value)).copied().unwrap_or(0)
    }

    fn user(&self, arn: &str) -> Option<Resource<'static>> {
        let (source, offset, length) = *self.users.get(&user_hash(arn))?;
        let mut line = Vec::new();
        self.stores[source].read_at(offset, length as usize, &mut line).ok()?;
        match parse_line(&line) {
            Ok(Line::Resource(user)) => Some(user.into_owned()),
            _ => None,
        }
    }
}
