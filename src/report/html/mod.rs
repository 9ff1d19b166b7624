//! A self-contained web page for a manager and an engineer: how compliant the accounts are, who must do what first, what is
//! not known, and all findings.
//!
//! The first part is markup made here; every text from outside goes through the encoder of HTML. The findings are JSON in a
//! `script` element ([`data`]), and the script of the page shows them as text only. The Content Security Policy in [`head`]
//! allows only the style and script of the page itself, by their hashes: no network, no form and no other script, even if
//! a value passed as markup.

mod bars;
mod chart;
mod data;
mod parts;
mod tables;
mod top;
mod words;

use std::fmt::Write as _;
use std::io::{self, Write};

use base64::Engine as _;
use sha2::{Digest as _, Sha256};

pub use self::parts::write_parts_page;
use super::envelope::Envelope;
use super::format::ReportFormat;
use super::messages::headline;
use super::options::ReportOptions;
use super::tally::Counted;
use crate::base::encode::html::text as safe;
use crate::base::{LogSpelling, thousands};
use crate::engine::Report;

pub(super) const FORMAT: ReportFormat = ReportFormat {
    name: "html",
    extensions: &[".html"],
    about: "A self-contained web page: compliance, trend, what to fix first, and findings with filters",
    log: LogSpelling::Markup,
    render: write,
};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The whole page.
fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let envelope = Envelope::new(report);
    let counted = Counted::of(report, &options.page.group_by)?;
    let mut page = Page { text: head(report), open: false };
    page.header(report, &envelope);
    page.section("how", "How are we?");
    top::compliance(report, &options.page.history, &mut page.text);
    page.section("first", "What to do first");
    top::first_steps(report, &envelope, &counted, &mut page.text);
    page.section("not-known", "What do we not know?");
    tables::gaps(report, &mut page.text)?;
    page.section("who", "Who has most to do?");
    bars::all(&envelope, &counted, &mut page.text);
    if !report.targets().is_empty() {
        page.section("targets", "Targets");
        tables::target_table(report, &envelope, &mut page.text);
    }
    page.section("waivers", "Waivers and their end");
    tables::waivers(report, &envelope, &mut page.text);
    page.section("rules", "Rules");
    tables::rules(report, &options.page, &mut page.text);
    page.notices(report);
    page.section("findings", "Findings");
    page.text += FINDINGS;
    out.write_all(page.text.as_bytes())?;
    out.write_all(b"<script type=\"application/json\" id=\"data\">")?;
    let left_out = data::write(report, options, &envelope, out)?;
    out.write_all(b"</script>\n")?;
    if left_out > 0 {
        writeln!(out, "<p>{} more; the JSON and CSV reports have all.</p>", thousands(left_out))?;
    }
    write!(out, "</section>\n</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n")
}

/// The markup that the script fills with findings. Hidden until then, because nothing of it works without the script.
const FINDINGS: &str = "<noscript><p>This list needs the script of this page. The CSV report has the same.</p></noscript>\n\
    <div id=\"list\" hidden>\n<div class=\"filters\"><label>Search <input type=\"search\" id=\"search\" \
    placeholder=\"name, ARN, key, problem …\"></label><span id=\"selects\"></span><button type=\"button\" id=\"clear\">Show all</button>\
    <button type=\"button\" id=\"copy\">Copy as CSV</button></div>\n<div id=\"chips\"></div>\n\
    <p><output id=\"count\" aria-live=\"polite\"></output></p>\n\
    <table id=\"rows\"><thead><tr></tr></thead><tbody></tbody></table>\n\
    <nav class=\"pager\" aria-label=\"Pages of findings\"><button type=\"button\" id=\"previous\">Previous</button>\
    <span id=\"page\"></span><button type=\"button\" id=\"next\">Next</button></nav>\n</div>\n";

/// The links to the sections of the page.
const SECTIONS: &str = "<nav aria-label=\"Sections\"><a href=\"#how\">Compliance</a> <a href=\"#first\">First</a> \
                      <a href=\"#not-known\">Not known</a> <a href=\"#who\">Who</a> <a href=\"#waivers\">Waivers</a> \
                      <a href=\"#rules\">Rules</a> <a href=\"#findings\">Findings</a></nav>";

/// The start of the document.
fn head(report: &Report) -> String {
    let hash = |content: &str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(content));
    let (style, script) = (hash(STYLE), hash(SCRIPT));
    let headline = headline(report);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{style}'; \
         script-src 'sha256-{script}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{headline}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n"
    )
}

/// The markup before the list of findings.
struct Page {
    text: String,
    /// `true` inside a section.
    open: bool,
}

impl Page {
    fn header(&mut self, report: &Report, envelope: &Envelope<'_>) {
        self.title(report, envelope, SECTIONS);
    }

    /// The facts about the run, a list of sections, and the warning of an incomplete run.
    fn title(&mut self, report: &Report, envelope: &Envelope<'_>, sections: &str) {
        self.text += "<header><h1>Tag compliance</h1>\n<dl class=\"facts\">";
        top::facts(report, envelope, &mut self.text);
        let _ = write!(self.text, "</dl>\n{sections}</header>\n<main>\n");
        if !report.complete() {
            self.text += "<section class=\"incomplete\" aria-label=\"Incomplete\"><p><strong>Incomplete: not everything could be \
                          read, so there may be more findings than these.</strong> ";
            let _ = writeln!(self.text, "{} <a href=\"#not-known\">The list</a></p></section>", top::unread(report));
        }
    }

    /// Begins a section, and ends the one before it.
    fn section(&mut self, id: &str, title: &str) {
        self.text += if self.open { "</section>\n" } else { "" };
        self.open = true;
        let _ = writeln!(
            self.text,
            "<section id=\"{id}\" aria-labelledby=\"{id}-title\"><h2 id=\"{id}-title\">{title}</h2>"
        );
    }

    fn notices(&mut self, report: &Report) {
        let notices = report.notices();
        if notices.is_empty() {
            return;
        }
        self.section("notices", "Notices");
        self.text += "<ul>";
        for notice in notices {
            let _ = write!(self.text, "<li>{}</li>", safe(&notice.message));
        }
        self.text += "</ul>";
    }
}

#[cfg(test)]
mod tests;
