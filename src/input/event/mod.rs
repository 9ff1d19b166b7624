//! `CloudTrail` records and the events of `EventBridge`: the resources that they create, tag and untag.
//! Source: AWS `CloudTrail` User Guide, "`CloudTrail` record contents"; Amazon `EventBridge` User Guide, "Tag change events".

mod arns;
mod change;
mod created;
mod documents;
mod ec2;
mod extracted;
mod named;
mod record;
mod run_instances;
mod state;
mod tag_values;
mod tagged;
mod verbs;

use super::aws_cli::top_level::top_level_keys;
use super::candidate::Candidate;
use super::opened::OpenedInput;
use super::options::{InputFormat, InputOptions};
use super::reader::{Certainty, InputReader};
use crate::engine::InputError;

/// The format of events.
pub const EVENT: InputFormat =
    InputFormat { name: "cloudtrail-event", about: "CloudTrail records and log files, and events of EventBridge" };

/// The reader of events. A walk of a folder does not look for them: a repository with functions has sample events.
pub(super) struct EventReader;

impl InputReader for EventReader {
    fn format(&self) -> Option<InputFormat> {
        Some(EVENT)
    }

    fn detect(&self, candidate: &Candidate<'_>) -> Certainty {
        let text = candidate.text();
        if candidate.in_folder || !matches!(text.first(), Some(b'{' | b'[')) {
            return Certainty::No;
        }
        let holds = |words: &[&str]| words.iter().all(|word| candidate.holds(word));
        let is_record = || holds(&["\"eventSource\"", "\"eventName\"", ".amazonaws.com"]);
        // A template or a plan can hold the words of an event too, below its top level.
        let keys = top_level_keys(text);
        let has = |words: &[&str]| words.iter().all(|word| keys.iter().any(|(key, _)| key == word));
        let is_event = match text.first() {
            Some(b'{') if has(&["Records"]) => is_record(),
            Some(b'{') if has(&["Events"]) => holds(&["\"CloudTrailEvent\""]),
            Some(b'{') => has(&["eventSource", "eventName"]) || has(&["detail-type", "detail", "source"]),
            _ => is_record(),
        };
        if is_event { Certainty::Likely } else { Certainty::No }
    }

    fn open(&self, candidate: Candidate<'_>, _options: &InputOptions) -> Result<Vec<OpenedInput>, InputError> {
        let (name, gaps) = (candidate.name.clone(), candidate.gaps());
        Ok(vec![documents::read(&name, &candidate.into_bytes()?, gaps)?])
    }
}
