//! The index for rules that compare resources: values that must be unique, and the positions of users. Each entry is a
//! 16-byte hash with a count or a position.

use std::collections::{HashMap, HashSet};
use std::io;

use super::finding::digest;
use super::input::Input;
use super::stream::{ByteSource, map_chunks, parse_line};
use crate::aws::supported::is_user;
use crate::base::{ReadProgress, ReadUnit};
use crate::model::{Line, Resource};
use crate::policy::Policy;
use crate::rule::{Check as _, Comparison, ResourceIndex, UniqueValue};

type Hash = [u8; 16];

/// The index of all inputs.
#[derive(Default)]
pub(super) struct InventoryIndex {
    holders: HashMap<Hash, u32>,
    users: HashMap<Hash, (usize, u64, u32)>,
    inputs: Vec<ByteSource>,
    fast_lines: bool,
}

impl InventoryIndex {
    /// Builds the index. The inputs are read only if a rule compares resources.
    pub(super) fn build(
        policy: &Policy,
        inputs: &[Input],
        fast_lines: bool,
        progress: &ReadProgress,
    ) -> io::Result<Self> {
        let compares = |rule: &crate::policy::Rule| rule.kind.comparison() != Comparison::None;
        let mut out =
            Self { inputs: inputs.iter().map(|input| input.bytes.clone()).collect(), fast_lines, ..Self::default() };
        if !policy.rules.iter().any(compares) {
            return Ok(out);
        }
        let length = inputs.iter().map(|input| input.bytes.len()).sum();
        progress.begin(|| "comparing resources".to_owned(), Some(ReadUnit::Bytes), Some(length));
        let wants_users = policy.rules.iter().any(|rule| rule.kind.comparison() == Comparison::DeviceAndUser);
        // A resource that is in two inputs is no duplicate of itself.
        let several = inputs.len() > 1;
        let mut counted = HashSet::new();
        for (at, input) in inputs.iter().enumerate() {
            let chunks = map_chunks(&input.bytes, progress, |lines| {
                let (mut values, mut users) = (Vec::new(), Vec::new());
                for line in lines {
                    // The first pass reports invalid lines.
                    let Ok(Line::Resource(resource)) = parse_line(line.bytes, fast_lines) else { continue };
                    let holder = resource.arn.as_deref().filter(|_| several);
                    let holder = |value: Hash| holder.map(|arn| digest([&value[..], arn.as_bytes()]));
                    values.extend(unique_values(policy, &resource).map(|value| (value, holder(value))));
                    if let Some(arn) = resource.arn.as_deref().filter(|_| wants_users && is_user(&resource.kind)) {
                        users.push((user_hash(arn), line.offset, u32::try_from(line.bytes.len()).unwrap_or(u32::MAX)));
                    }
                }
                (values, users)
            })?;
            for (values, users) in chunks {
                for (value, holder) in values {
                    if holder.is_some_and(|holder| !counted.insert(holder)) {
                        continue;
                    }
                    *out.holders.entry(value).or_default() += 1;
                }
                for (hash, offset, length) in users {
                    out.users.entry(hash).or_insert((at, offset, length));
                }
            }
        }
        Ok(out)
    }
}

fn unique_values<'p>(policy: &'p Policy, resource: &'p Resource<'_>) -> impl Iterator<Item = Hash> + 'p {
    let rules = policy.rules.iter().filter(|rule| rule.concerns(&resource.kind));
    let values = rules.filter_map(|rule| rule.kind.unique_value(resource));
    values.map(|UniqueValue { slot, scope, value }| value_hash(slot, scope, value))
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
        let (input, offset, length) = *self.users.get(&user_hash(arn))?;
        let mut line = Vec::new();
        self.inputs[input].read_at(offset, length as usize, &mut line).ok()?;
        match parse_line(&line, self.fast_lines) {
            Ok(Line::Resource(user)) => Some(user.into_owned()),
            _ => None,
        }
    }
}
