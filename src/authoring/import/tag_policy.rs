//! AWS Organizations tag policies: effective ones, and ones written with inheritance operators.
//!
//! AWS treats one key as follows (Organizations User Guide, "Tag policy syntax and examples", "Enforce tagging
//! consistency"): the letter case of the key and its values are checked on every type. `enforced_for` rejects requests
//! that violate them on some types, but does not require the tag. `report_required_tag_for` requires it on some types.
//! One key therefore becomes up to three rules, and exactly one of them applies to any resource.

mod effective;
mod merge;
mod operators;
mod rules;

use super::error::ImportError;
use super::file::PolicyDraft;
use super::found::TagPolicy;
use super::note::Note;
use crate::authoring::write::shown;
use merge::{Chain, MergedKey, MergedPolicy, merge};

pub(super) use effective::effective_keys;

/// Writes the rules of the effective policy.
///
/// # Errors
/// [`ImportError::EffectiveAmongSeveral`].
pub(super) fn write(policies: &[TagPolicy], file: &mut PolicyDraft) -> Result<(), ImportError> {
    let effective = |policy: &TagPolicy| policy.effective || merge::is_effective(&policy.policy);
    let chain = match policies {
        [one] if effective(one) => Chain::Effective,
        [_] => Chain::Alone,
        several => match several.iter().find(|policy| effective(policy)) {
            Some(policy) => return Err(ImportError::EffectiveAmongSeveral(policy.source.clone())),
            None => Chain::Whole,
        },
    };
    let MergedPolicy { keys, mut notes } = merge(policies);
    let mut all = head(policies, chain);
    all.append(&mut notes);
    let name = policies.iter().rev().find_map(|policy| policy.name.as_deref()).filter(|name| !name.is_empty());
    file.head(name.unwrap_or("aws-tag-policy"), &all);
    for key in keys {
        write_key(key, chain, file);
    }
    Ok(())
}

fn write_key(mut key: MergedKey, chain: Chain, file: &mut PolicyDraft) {
    let subject = format!("the tag {}", shown(&key.policy_key));
    if key.is_broken {
        return file.remarks(Some(&subject), &key.notes);
    }
    let mut notes = std::mem::take(&mut key.notes);
    match rules::drafts(&key, chain, &mut notes) {
        Ok(drafts) => drafts.iter().for_each(|draft| file.rule(draft)),
        Err(note) => {
            notes.push(note);
            file.remarks(Some(&subject), &notes);
        }
    }
}

fn head(policies: &[TagPolicy], chain: Chain) -> Vec<Note> {
    let kind = match chain {
        Chain::Effective => "an effective tag policy",
        Chain::Whole => "several tag policies",
        Chain::Alone => "a tag policy written with inheritance operators",
    };
    let mut out = vec![Note::info(format!("Imported by `taglint policy import` from {kind} of AWS Organizations."))];
    match chain {
        Chain::Effective => {}
        Chain::Whole => {
            out.push(Note::info("They are merged in this order, the first as that of the root of the organization:"));
            out.extend(policies.iter().map(|policy| {
                let name = policy.name.as_deref().map(|name| format!(" ({})", shown(name))).unwrap_or_default();
                Note::info(format!("  {}{name}", shown(&policy.source)))
            }));
        }
        Chain::Alone => {
            out.push(Note::lost("parts that it inherits from parent policies are missing"));
            out.push(Note::info("Import the parent policies before it: `taglint policy import root.json child.json`."));
            out.push(Note::info("Or import the effective policy of an account, which this command prints:"));
            out.push(Note::info(
                "  aws organizations describe-effective-policy --policy-type TAG_POLICY --target-id ACCOUNT",
            ));
        }
    }
    if chain == Chain::Alone && policies.iter().any(|policy| operators::controls_children(&policy.policy)) {
        out.push(Note::info(
            "`@@operators_allowed_for_child_policies` is omitted: it controls child policies, not tags.",
        ));
    }
    let is_repeated = |at: usize| policies[..at].iter().any(|policy| policy.source == policies[at].source);
    if (0..policies.len()).any(is_repeated) {
        out.push(Note::lost(
            "where the policies of one file are attached is not looked at: all are taken for those of one account",
        ));
    }
    let targets = policies.iter().filter_map(|policy| policy.target.as_deref());
    out.extend(targets.map(|target| Note::info(format!("It applies to {}.", shown(target)))));
    out
}

#[cfg(test)]
mod semantics;
#[cfg(test)]
mod tests;
