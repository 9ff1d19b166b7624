//! The suite of targets: one case for each target and account.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesEnd, Event};

use super::{CaseResult, SuiteCounts, case, line, xml};
use crate::engine::{Report, TargetState};
use crate::report::targets::{target_sentence, targets};

/// The numbers of cases.
pub(super) fn counts(report: &Report) -> SuiteCounts {
    let mut out = SuiteCounts::default();
    for result in report.targets() {
        out.tests += 1;
        match result.state {
            TargetState::Met => {}
            TargetState::Missed => out.failures += 1,
            TargetState::Unknown | TargetState::NotApplicable => out.skipped += 1,
        }
    }
    out
}

/// Writes the suite; nothing for a policy without targets.
pub(super) fn suite(report: &Report, counts: SuiteCounts, out: &mut Writer<&mut dyn Write>) -> io::Result<()> {
    if counts.tests == 0 {
        return Ok(());
    }
    line(out)?;
    out.write_event(Event::Start(counts.start("testsuite", "targets")))?;
    for (target, result) in targets(report) {
        let of = result.account_text().map_or_else(|| "all".to_owned(), |account| format!("account {account}"));
        let (name, sentence) = (format!("{} ({of})", target.id), target_sentence(target, result));
        let outcome = match result.state {
            TargetState::Met => None,
            TargetState::Missed => {
                let text = xml(&sentence).into_owned();
                Some(CaseResult { element: "failure", kind: "target", message: &sentence, text })
            }
            TargetState::Unknown | TargetState::NotApplicable => Some(CaseResult::skipped(&sentence)),
        };
        case(out, "taglint", &name, outcome.as_ref())?;
    }
    line(out)?;
    out.write_event(Event::End(BytesEnd::new("testsuite")))
}
