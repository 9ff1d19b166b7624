//! `taglint history`: since when resources lack a tag or violate a rule, and the tags of one resource by day.

mod question;
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use self::question::Question;
use self::sources::{DayInput, Sources};
use crate::base::quote;
use crate::cli::{Global, HistoryArgs};
use crate::commands::output::stdout_with;
use crate::commands::{Failure, RunOutcome};
use crate::engine::{Input, resource_index, resources};
use crate::history::{
    Cell, Coverage, DayState, HistoryReport, ResourceHistoryReport, StandingRow, Standings, Status, digest, periods,
};
use crate::model::{Day, Resource, TagMap, Tags};

/// Reads inventories day by day and reports their history.
pub(super) fn run(args: &HistoryArgs, global: &Global) -> Result<RunOutcome, Failure> {
    let is_arn = args.question.starts_with("arn:");
    if is_arn && !args.policy.is_empty() {
        return Err(Failure::new("--policy has no effect on the history of a resource")
            .help("leave it out, or name a key or a rule instead of an ARN"));
    }
    let question = if is_arn { None } else { Some(Question::new(args, global)?) };
    let sources = Sources::new(args)?;
    let complete = match question {
        None => resource_history(args, &sources)?,
        Some(question) => standing_history(args, &question, &sources)?,
    };
    Ok(if complete || args.allow_incomplete { RunOutcome::Good } else { RunOutcome::Incomplete })
}

/// Opens the inventories of a day. One of a lake that can't be read is a gap of its day.
fn open_day(day: Day, inputs: &[DayInput], coverage: Option<&mut Coverage>) -> Result<Vec<Input>, Failure> {
    let (mut opened, mut read) = (Vec::new(), Vec::new());
    for input in inputs {
        match input.open()? {
            Ok((input, facts)) => {
                opened.push((facts.collected, input));
                read.push((facts.scope, facts.gaps));
            }
            Err(gap) => read.push((crate::model::Scope::default(), vec![gap])),
        }
    }
    if let Some(coverage) = coverage {
        for (scope, gaps) in read {
            coverage.add(day, scope, gaps);
        }
    }
    // What was collected last on a day counts.
    opened.sort_by_key(|(collected, _)| *collected);
    Ok(opened.into_iter().map(|(_, input)| input).collect())
}

/// The resources of an inventory whose lines are valid. The cut last line of a truncated one is a gap already.
fn each(input: &Input) -> impl Iterator<Item = Resource<'static>> + '_ {
    resources(input).map_while(Result::ok).filter(|resource| !resource.is_context())
}

fn cell(resource: &Resource<'_>) -> Cell {
    Cell {
        account: resource.account.as_deref().unwrap_or_default().to_owned(),
        region: resource.region.as_deref().map(str::to_owned),
        kind: resource.kind.as_str().to_owned(),
    }
}

/// The history of a key or a rule. Returns whether the end is known completely.
fn standing_history(args: &HistoryArgs, question: &Question, sources: &Sources) -> Result<bool, Failure> {
    let (mut coverage, mut standings) = (Coverage::default(), Standings::default());
    for (day, inputs) in sources.days() {
        let inputs = open_day(*day, inputs, Some(&mut coverage))?;
        let index = resource_index(question.policy(), &inputs)?;
        for resource in inputs.iter().flat_map(each) {
            let (observed, _) = question.judge(&resource, *day, &index);
            standings.observe(&resource.identity(), &cell(&resource), *day, observed, &coverage);
        }
    }
    let (mut counts, mut shown) = ([0_u64; 4], BTreeSet::new());
    for (standing, status) in standings.all(&coverage) {
        let at = match status {
            Status::Wrong => 0,
            Status::Unknown => 1,
            Status::Right => 2,
            Status::Deleted => 3,
        };
        counts[at] += 1;
        if at < 2 {
            shown.insert(standing.seen);
        }
    }
    let report = HistoryReport { about: question.about(), name: &args.question, coverage: &coverage, counts };
    // The names of resources are read again, from the last day that has them.
    let mut rows = |show: &mut dyn FnMut(&StandingRow) -> io::Result<()>| {
        for day in shown.iter().rev() {
            let inputs = open_day(*day, &sources.days()[day], None).map_err(|failure| failed(&failure))?;
            let index = resource_index(question.policy(), &inputs).map_err(io::Error::other)?;
            let mut written = BTreeSet::new();
            for resource in inputs.iter().flat_map(each) {
                let Some((standing, status)) = standings.get(&resource.identity(), &coverage) else { continue };
                if standing.seen != *day || !matches!(status, Status::Wrong | Status::Unknown) {
                    continue;
                }
                let (observed, problem) = question.judge(&resource, *day, &index);
                // A day may have several inventories of one account. One line shows what the standing says.
                if observed == standing.observed && written.insert(digest(&resource.identity())) {
                    show(&row(&resource, problem, standing, status))?;
                }
            }
        }
        Ok(())
    };
    stdout_with(args.format.log, |out| args.format.write(&report, &mut rows, out))?;
    Ok(report.complete())
}

fn row(resource: &Resource<'_>, problem: String, standing: crate::history::Standing, status: Status) -> StandingRow {
    let Cell { account, region, kind } = cell(resource);
    StandingRow { resource: resource.identity().into_owned(), account, region, kind, problem, standing, status }
}

fn failed(failure: &Failure) -> io::Error {
    io::Error::other(failure.render(false, None))
}

/// The history of one resource. Returns whether its state at the end is known.
fn resource_history(args: &HistoryArgs, sources: &Sources) -> Result<bool, Failure> {
    let arn = args.question.as_str();
    let (mut coverage, mut days, mut place) = (Coverage::default(), BTreeMap::new(), None);
    for (day, inputs) in sources.days() {
        for input in &open_day(*day, inputs, Some(&mut coverage))? {
            for resource in each(input).filter(|resource| resource.arn.as_deref() == Some(arn)) {
                place = Some(cell(&resource));
                let state = state(&resource);
                if !(matches!(state, DayState::Unknown(_)) && days.contains_key(day)) {
                    days.insert(*day, state);
                }
            }
        }
    }
    let (Some(place), Some(ends)) = (place, coverage.ends()) else {
        return Err(Failure::new(format!("no inventory has {}", quote(arn)))
            .help("write the ARN as the inventories do; --day chooses the days of a lake"));
    };
    let gaps = coverage.gaps();
    let missing = |day: Day| {
        if coverage.covers(day, &place) {
            return DayState::Absent;
        }
        let text = day.to_string();
        let concerns = |gap: &&crate::history::DayGap| {
            gap.day == text && gap.gap.concerns(&place.account, place.region.as_deref(), &place.kind)
        };
        let reason = gaps.iter().find(concerns).map(|gap| gap.gap.error.clone());
        DayState::Unknown(reason.unwrap_or_else(|| "no inventory covers it".to_owned()))
    };
    let periods = periods(&days, ends, missing);
    let complete = periods.last().is_some_and(|last| !matches!(last.state, DayState::Unknown(_)));
    let report = ResourceHistoryReport { resource: arn, coverage: &coverage, periods };
    stdout_with(args.format.log, |out| args.format.write_resource(&report, out))?;
    Ok(complete)
}

fn state(resource: &Resource<'_>) -> DayState {
    match &resource.tags {
        Tags::Read { tags, .. } if resource.tags.complete() && tags.iter().all(|tag| tag.value.is_some()) => {
            let pair = |tag: &crate::model::Tag<'_>| {
                (tag.key.as_str().to_owned(), tag.value.as_deref().unwrap_or_default().to_owned())
            };
            DayState::Tags(tags.iter().map(pair).collect::<TagMap>())
        }
        Tags::Read { .. } => DayState::Unknown(resource.tags.why_unknown().to_owned()),
        Tags::Unread { reason } => DayState::Unknown(format!("the tags could not be read: {}", reason.as_str())),
    }
}
