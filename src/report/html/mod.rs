//! A self-contained web page: compliance by rule, type and account, and findings that can be filtered and sorted.
//!
//! All data is escaped twice: first the characters that could hide or forge text, as in every format, then those with a
//! meaning in HTML. The Content Security Policy in [`PageWriter::head`] allows only the style and script of the page itself,
//! by their hashes: no network, no form and no other script, even if a value passed as markup.

use std::io::{self, Write};
use std::ops::ControlFlow;

use base64::Engine as _;
use sha2::{Digest as _, Sha256};

use super::coverage::not_judged;
use super::format::{ReportFormat, RowSink};
use super::messages::{headline, instead, reason_with_location, unread, unread_resources};
use super::options::{ReportOptions, Show};
use super::targets::targets;
use crate::base::encode::html::text as safe;
use crate::base::{LogSpelling, thousands};
use crate::engine::{BaselineState, Finding, Report, UnknownResult};
use crate::model::Resource;

pub(super) const FORMAT: ReportFormat = ReportFormat {
    name: "html",
    extensions: &[".html"],
    about: "A self-contained web page: compliance by rule, type and account, with filters",
    log: LogSpelling::Markup,
    render: write,
};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// The maximum number of rows of a table. Browsers sort more rows too slowly.
const ROWS: u64 = 50_000;

/// The whole page.
fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut page = PageWriter { out };
    page.head(report)?;
    page.gaps(report)?;
    page.sums(report)?;
    page.findings(report)?;
    let tally = &report.summary().counts;
    if options.shows(Show::Waived) && tally.waived > 0 {
        let columns = ["Rule", "Type", "Resource", "Key", "Reason", "Until"];
        page.table("waived", "Waived", &columns, tally.waived, |sink| report.waived(waived_row, sink))?;
    }
    if options.shows(Show::Unknown) && tally.unknown_results > 0 {
        let columns = ["Rule", "Type", "Resource", "Key", "Reason"];
        page.table("unknown", "Unknown", &columns, tally.unknown_results, |sink| {
            report.unknown_results(unknown_row, sink)
        })?;
    }
    page.not_judged(report)?;
    page.notices(report)?;
    write!(page.out, "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n")
}

struct PageWriter<'o> {
    out: &'o mut dyn Write,
}

impl PageWriter<'_> {
    fn head(&mut self, report: &Report) -> io::Result<()> {
        let hash = |content: &str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(content));
        let (style, script) = (hash(STYLE), hash(SCRIPT));
        let headline = headline(report);
        write!(
            self.out,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{style}'; \
             script-src 'sha256-{script}'; base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n<title>{headline}</title>\n<style>{STYLE}</style>\n\
             </head>\n<body>\n<main>\n<h1>{headline}</h1>\n"
        )
    }

    /// Writes the gaps, before everything else so that nobody overlooks them.
    fn gaps(&mut self, report: &Report) -> io::Result<()> {
        let gaps = unread(report);
        if gaps.is_empty() {
            return Ok(());
        }
        self.out.write_all(
            b"<section class=\"incomplete\"><p><strong>Incomplete: not everything could be read, so there may be more \
              findings than these.</strong></p><ul>\n",
        )?;
        for (place, error) in gaps {
            let place = if place.is_empty() { place } else { format!("{place}: ") };
            writeln!(self.out, "<li>{}{}</li>", safe(&place), safe(&error))?;
        }
        for resource in unread_resources(report)? {
            writeln!(self.out, "<li>{}</li>", safe(&resource.sentence()))?;
        }
        self.out.write_all(b"</ul></section>\n")
    }

    /// Compliance by rule, type and account.
    fn sums(&mut self, report: &Report) -> io::Result<()> {
        let tally = report.summary();
        let rules = report.policy().rules.iter().zip(&tally.rules).zip(&report.settings().chosen);
        let rules = rules.filter(|(_, chosen)| **chosen).map(|((rule, sums), _)| {
            let severity = rule.severity.name();
            let numbers = [sums.matched, sums.findings, sums.unknown, sums.waived].map(number).concat();
            let about = format!("{}<small>{}</small>", safe(&rule.id), safe(&rule.description));
            format!("<td data-key=\"{}\">{about}</td><td class=\"{severity}\">{severity}</td>{numbers}", safe(&rule.id))
        });
        let columns = ["Rule", "Severity", "Resources", "Findings", "Unknown", "Waived"];
        self.small("By rule", &columns, rules)?;
        if !report.targets().is_empty() {
            let rows = targets(report).map(|(target, result)| {
                let texts = [&target.id, result.account_text().unwrap_or("all"), &result.figures(target)];
                let [id, account, figures] = texts.map(safe);
                let (state, reason) = (<&str>::from(result.state), safe(result.reason.as_deref().unwrap_or("")));
                format!("<td>{id}</td><td>{account}</td><td>{state}</td><td>{figures}<small>{reason}</small></td>")
            });
            self.small("Targets", &["Target", "Account", "State", "Share"], rows)?;
        }
        let without_rule = &report.coverage().types_without_rule;
        let types = tally.types.iter().filter(|(kind, _)| !without_rule.contains(*kind)).map(|(kind, sums)| {
            let numbers = [sums.resources, sums.compliant].map(number).concat();
            format!("<td>{}</td>{numbers}{}", safe(kind), share(sums.compliant, sums.resources))
        });
        self.small("By type", &["Type", "Resources", "Pass", "Share"], types)?;
        let accounts = tally.accounts.iter().map(|(account, sums)| {
            let sums = &sums.counts;
            let [errors, warnings, notes] = sums.findings;
            let numbers = [sums.resources, sums.compliant].map(number).concat();
            let found = [sums.violating, sums.unknown, errors, warnings, notes].map(number).concat();
            format!("<td>{}</td>{numbers}{}{found}", safe(account), share(sums.compliant, sums.resources))
        });
        let columns = ["Account", "Resources", "Pass", "Share", "Fail", "Unknown", "Errors", "Warnings", "Notes"];
        self.small("By account", &columns, accounts)
    }

    fn small(&mut self, title: &str, columns: &[&str], rows: impl Iterator<Item = String>) -> io::Result<()> {
        self.open("", title, columns)?;
        for row in rows {
            writeln!(self.out, "<tr>{row}</tr>")?;
        }
        self.close()
    }

    fn findings(&mut self, report: &Report) -> io::Result<()> {
        let all: u64 = report.summary().counts.findings.iter().sum();
        if all == 0 {
            return self.out.write_all(b"<p>No findings.</p>\n");
        }
        // Hidden until the script fills it, because nothing can be filtered without the script.
        let select = |(column, name)| format!("<select data-column=\"{column}\"><option>{name}: all</option></select>");
        let selects = [(0, "Severity"), (1, "Rule"), (2, "Account"), (3, "Region"), (4, "Type")].map(select).concat();
        writeln!(
            self.out,
            "<div class=\"filters\" hidden><input type=\"search\" placeholder=\"Filter findings\" \
             aria-label=\"Filter findings\">{selects}<output></output></div>"
        )?;
        let columns = ["Severity", "Rule", "Account", "Region", "Type", "Resource", "Key", "Problem", "Fix"];
        self.table("findings", "Findings", &columns, all, |sink| report.findings(finding_row, sink))
    }

    fn table(
        &mut self,
        id: &str,
        title: &str,
        columns: &[&str],
        all: u64,
        stream: impl FnOnce(RowSink<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.open(id, title, columns)?;
        let (out, mut written) = (&mut *self.out, 0);
        stream(&mut |row| {
            out.write_all(row)?;
            written += 1;
            Ok(if written < ROWS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        self.close()?;
        match all - written.min(all) {
            0 => Ok(()),
            left => writeln!(self.out, "<p>{} more; the JSON and CSV reports have all.</p>", thousands(left)),
        }
    }

    fn open(&mut self, id: &str, title: &str, columns: &[&str]) -> io::Result<()> {
        let id = if id.is_empty() { String::new() } else { format!(" id=\"{id}\"") };
        let heads: String = columns.iter().flat_map(|name| ["<th>", *name, "</th>"]).collect();
        writeln!(self.out, "<h2>{title}</h2>\n<table{id}><thead><tr>{heads}</tr></thead><tbody>")
    }

    fn close(&mut self) -> io::Result<()> {
        self.out.write_all(b"</tbody></table>\n")
    }

    /// The resources and paths that no rule judged.
    fn not_judged(&mut self, report: &Report) -> io::Result<()> {
        let groups: Vec<_> = not_judged(report).collect();
        if groups.is_empty() {
            return Ok(());
        }
        let rows = groups.iter().map(|group| {
            let examples = safe(&group.examples.join(", ")).into_owned();
            format!(
                "<td>{}</td><td>{}</td>{}<td>{examples}</td>",
                safe(&group.kind),
                group.reason.about(),
                number(group.count)
            )
        });
        self.small("Not judged", &["Type", "Reason", "Number", "Examples"], rows)
    }

    fn notices(&mut self, report: &Report) -> io::Result<()> {
        let notices = report.notices();
        if notices.is_empty() {
            return Ok(());
        }
        self.out.write_all(b"<h2>Notices</h2>\n<ul>\n")?;
        for notice in notices {
            writeln!(self.out, "<li>{}</li>", safe(&notice.message))?;
        }
        self.out.write_all(b"</ul>\n")
    }
}

fn finding_row(finding: &Finding<'_>, out: &mut Vec<u8>) {
    let (rule, resource, violation) = (finding.rule, finding.resource, &finding.violation);
    let severity = finding.severity().name();
    let known = if finding.state == BaselineState::Unchanged { "<small>in baseline</small>" } else { "" };
    let text = |text: Option<&str>| safe(text.unwrap_or("")).into_owned();
    let cells = [
        text(Some(rule.id)),
        text(resource.account.as_deref()),
        text(resource.region.as_deref()),
        text(Some(&resource.kind)),
        named(resource),
        text(violation.key.as_deref()),
        format!("{}{known}", safe(&violation.message)),
        text(violation.suggestion.as_ref().map(instead).as_deref()),
    ];
    row(&format!("<td class=\"{severity}\">{severity}</td>"), &cells, out);
}

fn waived_row(finding: &Finding<'_>, out: &mut Vec<u8>) {
    let Some(waiver) = &finding.waiver else { return };
    let key = finding.violation.key.as_deref().unwrap_or("");
    let texts = [&*waiver.reason, &waiver.end()].map(|text| safe(text).into_owned());
    let [reason, until] = texts;
    let resource = finding.resource;
    row(
        "",
        &[safe(finding.rule.id).into(), safe(&resource.kind).into(), named(resource), safe(key).into(), reason, until],
        out,
    );
}

fn unknown_row(resource: &Resource<'_>, unknown: &UnknownResult<'_>, out: &mut Vec<u8>) {
    let key = unknown.key.as_deref().unwrap_or("");
    let texts = [&unknown.rule.id, resource.kind.as_str()].map(|text| safe(text).into_owned());
    let [rule, kind] = texts;
    let reason = safe(&reason_with_location(unknown)).into();
    row("", &[rule, kind, named(resource), safe(key).into(), reason], out);
}

/// Appends a row. `first` and `cells` are escaped already.
fn row(first: &str, cells: &[String], out: &mut Vec<u8>) {
    out.extend_from_slice(b"<tr>");
    out.extend_from_slice(first.as_bytes());
    for cell in cells {
        out.extend_from_slice(format!("<td>{cell}</td>").as_bytes());
    }
    out.extend_from_slice(b"</tr>\n");
}

/// The cell of a resource: its name, its ARN or address, and its place in source.
fn named(resource: &Resource<'_>) -> String {
    let place = resource.location.as_ref().map(|at| format!("<small>{}:{}</small>", safe(&at.path), at.line));
    let name = safe(resource.name.as_deref().unwrap_or(""));
    format!("{name}<small>{}</small>{}", safe(&resource.handle()), place.unwrap_or_default())
}

fn number(n: u64) -> String {
    format!("<td class=\"n\" data-key=\"{n}\">{}</td>", thousands(n))
}

/// A share in percent, rounded down, so that only all of them are 100%.
fn share(part: u64, all: u64) -> String {
    let percent = (part * 100).checked_div(all).unwrap_or(100);
    format!("<td class=\"n\" data-key=\"{percent}\">{percent}%</td>")
}

#[cfg(test)]
mod tests;
