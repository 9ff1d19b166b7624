//! Functions of sets.

use std::sync::Arc;

use super::super::value::{HclValue, HclValueKind, MAX_ENTRIES, UnknownReason};
use super::shared::{FunctionResult, failure, items, listed};

pub(super) fn call(name: &str, args: &[HclValue]) -> Option<FunctionResult> {
    Some(match name {
        "setunion" => sets(args).map(|sets| HclValue::set(sets.concat())),
        "setintersection" => kept(args, |others, text| others.iter().all(|set| holds(set, text))),
        "setsubtract" => kept(args, |others, text| !others.iter().any(|set| holds(set, text))),
        "setproduct" => product(args),
        _ => return None,
    })
}

/// The items of all sets, as one type.
fn sets(args: &[HclValue]) -> Result<Vec<Vec<HclValue>>, UnknownReason> {
    let lengths = args.iter().map(|arg| Ok(items(arg)?.items.len())).collect::<Result<Vec<_>, UnknownReason>>()?;
    let all = args.iter().map(|arg| Ok(items(arg)?.items.clone())).collect::<Result<Vec<_>, UnknownReason>>()?;
    let all = super::super::types::unified(all.concat());
    if let Some(why) = all.iter().find_map(|item| item.as_text().err()) {
        return Err(if why.fails { "a set of values that are not strings".into() } else { why });
    }
    let mut rest = all.into_iter();
    Ok(lengths.into_iter().map(|length| rest.by_ref().take(length).collect()).collect())
}

fn holds(set: &[HclValue], text: &Arc<str>) -> bool {
    set.iter().any(|item| item.as_text().is_ok_and(|item| item == *text))
}

fn kept(args: &[HclValue], keep: impl Fn(&[Vec<HclValue>], &Arc<str>) -> bool) -> FunctionResult {
    let all = sets(args)?;
    let Some((first, others)) = all.split_first() else { return Err("a function without its sets".into()) };
    let work: usize = others.iter().map(Vec::len).sum::<usize>().saturating_mul(first.len());
    if work > MAX_ENTRIES * 100 {
        return Err("sets that are too large".into());
    }
    let is_kept = |item: &&HclValue| item.as_text().is_ok_and(|text| keep(others, &text));
    Ok(HclValue::set(first.iter().filter(is_kept).cloned().collect()))
}

/// All combinations of items, as a list; a set of tuples has no order that taglint knows.
fn product(args: &[HclValue]) -> FunctionResult {
    if args.iter().any(|arg| matches!(&arg.kind, HclValueKind::List(list) if list.set)) {
        return Err("setproduct() of sets, whose order taglint does not know".into());
    }
    let lists = args.iter().map(listed).collect::<Result<Vec<_>, UnknownReason>>()?;
    if lists.len() < 2 {
        return Err(failure("setproduct() of fewer than two sets"));
    }
    let size = lists.iter().map(Vec::len).try_fold(1_usize, usize::checked_mul);
    if size.is_none_or(|size| size > MAX_ENTRIES) {
        return Err("a list that is too large".into());
    }
    let combined = lists.iter().fold(vec![Vec::new()], |before: Vec<Vec<HclValue>>, list| {
        let with = |start: &Vec<HclValue>| -> Vec<Vec<HclValue>> {
            list.iter().map(|item| start.iter().chain([item]).cloned().collect()).collect()
        };
        before.iter().flat_map(with).collect()
    });
    Ok(HclValue::typed_list(combined.into_iter().map(HclValue::list).collect()))
}
