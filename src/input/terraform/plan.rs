//! Terraform plans (the output of `terraform show -json PLAN`): the resources after the apply.

mod actions;
mod added_tags;
mod document;
mod ignored;
mod launch_template;
mod lines;
mod nested;
mod provider;
mod resource;
mod source;
mod tags;
mod wanted;

use std::path::Path;

use rayon::prelude::*;

use document::{PlanDocument, PlanVersion};
use launch_template::PlanLaunchTemplates;
use lines::PlannedLines;
use provider::PlanProviders;
use resource::{PlanContext, PlanDefaults, planned_change};
use source::PlanSource;

use super::json::{JsonValue, message_without_value};
use super::json_filter::{Keep, filter};
use super::resource_type::KnownTypes;
use super::within;
use crate::base::quick_paths_enabled;
use crate::engine::{ByteSource, InputError, InputKind};
use crate::input::candidate::Candidate;
use crate::input::opened::OpenedInput;
use crate::input::options::{InputFormat, InputOptions};
use crate::input::reader::{Certainty, InFolder, InputReader};
use crate::model::{Gap, InputCoverage, NotJudgedReason, Text};

/// The reader of Terraform plans.
pub(in crate::input) struct PlanReader;

impl InputReader for PlanReader {
    fn format(&self) -> Option<InputFormat> {
        Some(InputFormat { name: "terraform-plan", about: "What `terraform show -json PLAN` prints" })
    }

    fn detect(&self, candidate: &Candidate<'_>) -> Certainty {
        let holds = |word| candidate.holds(word);
        let version = holds("\"format_version\"");
        let planned_resource = holds("\"planned_values\"") || holds("\"resource_changes\"");
        let is_plan = if candidate.in_folder {
            // A state has a format version too, but nothing planned.
            version && planned_resource
        } else {
            // Terraform writes the version first. Programs that print the JSON again may sort the keys, and the head of a
            // large plan may hold one of them only.
            version || planned_resource || holds("\"provider_config\"")
        };
        if is_plan && candidate.text().starts_with(b"{") { Certainty::Likely } else { Certainty::No }
    }

    fn in_folder(&self) -> InFolder {
        // A plan and the source beside it would report every finding twice.
        let advice = "a walk checks source, not plans; to check a plan, name it";
        InFolder::Skipped { noun: "Terraform plan", advice }
    }

    fn open(&self, candidate: Candidate<'_>, options: &InputOptions) -> Result<Vec<OpenedInput>, InputError> {
        let (name, path, gaps) = (candidate.name.clone(), candidate.path, candidate.gaps());
        Ok(vec![read(&name, path, &candidate.into_loaded_source()?, gaps, options)?])
    }
}

/// The supported major version of the format. Minor versions only add fields (Terraform, "JSON Output Format").
const MAJOR_VERSION: &str = "1";

/// Reads a plan. `path` is its file: its folder is searched for the source unless `--source` names another.
fn read(
    name: &str,
    path: Option<&Path>,
    source: &ByteSource,
    gaps: Vec<Gap>,
    options: &InputOptions,
) -> Result<OpenedInput, InputError> {
    if quick_paths_enabled()
        && let Some(wanted) = filter(source, Keep::Fields(wanted::plan))
        && let Ok(document) = parse(&wanted.text, !wanted.has_long_number)
    {
        return resources(name, path, document, gaps, options);
    }
    // The whole plan has the places of its mistakes.
    let mut text = Vec::new();
    let length = usize::try_from(source.len()).unwrap_or(usize::MAX);
    source.read_at(0, length, &mut text).map_err(|error| InputError::Read { name: name.to_owned(), error })?;
    let document = parse(&text, false).map_err(|message| InputError::Invalid { name: name.to_owned(), message })?;
    resources(name, path, document, gaps, options)
}

/// The resources of a plan.
fn resources(
    name: &str,
    path: Option<&Path>,
    document: PlanDocument<'_>,
    mut gaps: Vec<Gap>,
    options: &InputOptions,
) -> Result<OpenedInput, InputError> {
    let incomplete: Vec<String> = incomplete_reasons(&document).collect();
    let changes = document.resource_changes.unwrap_or_default();
    let configuration = document.configuration.unwrap_or_default();
    let variables = document.variables.unwrap_or_default();
    let (providers, of_changes) = PlanProviders::of(&configuration, &variables, &changes);
    let incomplete = incomplete.into_iter().chain(unknown_action(&changes, &providers));
    gaps.extend(incomplete.map(|why| Gap { error: format!("{name}: {why}"), ..Gap::default() }));
    let templates = PlanLaunchTemplates::of(&configuration, &changes);
    let given = PlanDefaults {
        all: !options.only_changed(),
        account: options.account.as_deref(),
        region: options.region.as_deref(),
    };
    let types = KnownTypes::of(changes.iter().map(|change| change.kind.as_str()));
    let context = PlanContext { providers: &providers, templates: &templates, types: &types, given };
    let added = added_tags::added_tags(&configuration, &changes, &providers);
    let source = PlanSource::open(name, path, &variables, options)?;
    let plan = options.several.then(|| path_of_plan(name, path, options));
    let mut lines = PlannedLines::new(&providers, source, plan, added);
    let (mut changes, mut coverage) = (changes.into_iter().zip(of_changes), InputCoverage::default());
    loop {
        // A part at a time: changes and resources take many times the memory of lines.
        let part: Vec<(document::ResourceChange<'_>, Option<usize>)> = changes.by_ref().take(PART).collect();
        if part.is_empty() {
            break;
        }
        let planned = part.par_iter().with_min_len(CHUNK);
        let planned = planned.map(|(change, provider)| planned_change(change, providers.at(*provider), context));
        let planned: Vec<_> = planned.collect();
        for ((change, _), planned) in part.iter().zip(planned) {
            let Some(planned) = planned else { continue };
            let shown = providers.secrets.hide_keys(change.address.clone());
            if let Err(reason) = planned.resource {
                coverage.add(&change.kind, reason, &shown);
            }
            for (path, suffix) in planned.of_unknown_type {
                let (kind, address) =
                    (format!("{} {path}", change.kind.as_str()), format!("{}{suffix}", shown.as_str()));
                coverage.add(&kind, NotJudgedReason::TagsNotInInput, &address);
            }
            for (kind, suffix) in planned.implied {
                coverage.add_implied(kind, format!("{}{suffix}", shown.as_str()));
            }
            for planned in planned.resource.ok().map(|planned| *planned).into_iter().chain(planned.nested) {
                if planned.resource.is_context() {
                    let address = planned.shown_address.as_ref().or(planned.resource.address.as_ref());
                    coverage.add(&planned.resource.kind, NotJudgedReason::Unchanged, address.map_or("", Text::as_str));
                }
                lines.push(planned);
            }
        }
    }
    let (lines, source, of_unknown_types) = lines.finish();
    let mut input = lines.into_input(name, gaps);
    // A plan without changes states that there are none.
    input.may_be_empty = true;
    input.coverage = coverage;
    let notes = source.notes(name).into_iter().chain(of_unknown_types).collect();
    input.kind = InputKind::Terraform { root: source.root };
    let distinct_kind = Some(InputKind::Terraform { root: path_of_plan(name, path, options) });
    Ok(OpenedInput { notes, distinct_kind, ..OpenedInput::new(input) })
}

/// The number of changes that one thread reads at a time.
const CHUNK: usize = 64;
/// The number of changes whose resources are in memory.
const PART: usize = 16 * CHUNK;

/// The name of a plan in reports: relative to the root of the repository if it is inside, else as the user named it.
fn path_of_plan(name: &str, path: Option<&Path>, options: &InputOptions) -> String {
    let inside = || {
        let path = path?;
        let (folder, file) = (path.parent()?, path.file_name()?.to_string_lossy());
        let folder = within(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }, &options.srcroot)?;
        Some(if folder.is_empty() { file.into_owned() } else { format!("{folder}/{file}") })
    };
    inside().unwrap_or_else(|| name.to_owned())
}

/// Parses the JSON. `quickly` is for a text without mistakes, deep nesting and long numbers: two parsers read it alike.
fn parse(text: &[u8], quickly: bool) -> Result<PlanDocument<'_>, String> {
    let text = match simdutf8::basic::from_utf8(text) {
        Ok(text) => text,
        Err(error) => return Err(format!("not a Terraform plan as `terraform show -json` prints it: {error}")),
    };
    let quick = quickly.then(|| sonic_rs::from_str::<PlanDocument<'_>>(text).ok()).flatten();
    match quick.map_or_else(|| serde_json::from_str::<PlanDocument<'_>>(text), Ok) {
        Ok(document) => {
            check_version(&document.format_version)?;
            if document.planned_values.is_none() && document.resource_changes.is_none() {
                return Err(if document.values.is_some() {
                    "a Terraform state says what was applied, not what will be; give it to --terraform-state, beside an inventory, or check a plan".to_owned()
                } else {
                    "a Terraform plan has `planned_values` and `resource_changes`, and this has neither".to_owned()
                });
            }
            Ok(document)
        }
        // Another version of the format may have other types anywhere, so its version is checked before the error is
        // reported.
        Err(error) => {
            if let Ok(version) = serde_json::from_str::<PlanVersion<'_>>(text) {
                check_version(&version.format_version)?;
            }
            let why = message_without_value(&error);
            Err(format!("not a Terraform plan as `terraform show -json` prints it: {why}"))
        }
    }
}

fn check_version(version: &JsonValue<'_>) -> Result<(), String> {
    let version = version.as_str().unwrap_or("none");
    let major = version.split('.').next().unwrap_or(version);
    if major == MAJOR_VERSION {
        return Ok(());
    }
    let hint = if major == "0" || major == "none" {
        "create it with Terraform 1.1 or newer, or OpenTofu"
    } else {
        "update taglint, or create it with Terraform 1.x"
    };
    Err(format!("a Terraform plan of format version {version}; this taglint reads {MAJOR_VERSION}.x: {hint}"))
}

/// The message for a change with an unknown action, whose result is unknown.
fn unknown_action(changes: &[document::ResourceChange<'_>], providers: &PlanProviders<'_>) -> Option<String> {
    let change = changes.iter().find(|change| !change.change.actions.are_known())?;
    let address = providers.secrets.hide_keys(change.address.clone());
    Some(format!("the plan has an unknown action for {}; update taglint", crate::base::escape(&address)))
}

/// The reasons why a plan does not have every change.
fn incomplete_reasons(document: &PlanDocument<'_>) -> impl Iterator<Item = String> + use<> {
    let errored = document.errored == Some(true);
    let deferred = document.deferred_changes.as_ref().map_or(0, Vec::len);
    let errored_gap =
        errored.then(|| "the plan was made with errors and does not have every change; make it again".to_owned());
    let deferred_gap = (deferred > 0).then(|| {
        format!("Terraform deferred {}, of which it says nothing yet", crate::base::count(deferred as u64, "change"))
    });
    let partial = document.complete == Some(false) && deferred == 0 && !errored;
    let partial_gap =
        partial.then(|| "the plan is marked incomplete; create it without -target, and apply in one run".to_owned());
    errored_gap.into_iter().chain(deferred_gap).chain(partial_gap)
}
