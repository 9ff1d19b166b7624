//! The options of all report formats.

use std::path::PathBuf;

use super::group_by::GroupBy;
use super::trend::TrendPoint;

/// Content that a report shows besides findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// Waived findings.
    Waived,
    /// Unknown results.
    Unknown,
    /// Compliant resources.
    Passed,
}

impl Show {
    /// Every value with the name that `--show` takes and its description.
    pub const ALL: [(&'static str, &'static str, Self); 3] = [
        ("waived", "Waived findings, with their reasons", Self::Waived),
        ("unknown", "Rules whose result is unknown, by name", Self::Unknown),
        ("passed", "Compliant resources", Self::Passed),
    ];
}

/// The options of a report.
#[derive(Debug, Clone, Default)]
pub struct ReportOptions {
    /// Content besides findings.
    pub show: Vec<Show>,
    /// Text: use colors.
    pub color: bool,
    /// Text: the width of lines in columns; `None`: no line is wrapped.
    pub width: Option<usize>,
    /// Text: the number of findings from which on no further resource is shown; `None`: all are shown.
    pub limit: Option<u64>,
    /// Text: print only the summary.
    pub quiet: bool,
    /// Text: from 1 on, print the description and help of each finding's rule.
    pub verbose: u8,
    /// The root of the repository that locations are relative to.
    pub srcroot: PathBuf,
    /// SARIF: the maximum number of results of a run; 0 is unlimited.
    pub sarif_limit: usize,
    /// SARIF: the category, instead of the one that taglint chooses.
    pub sarif_category: Option<String>,
    /// SARIF: report an incomplete run as successful.
    pub allow_incomplete: bool,
    /// The flags that narrowed the run, if any: such a run needs its own SARIF category.
    pub narrowed: Option<String>,
    /// HTML and messages: the content beyond that of every format.
    pub page: PageOptions,
    /// Messages: the address of the report, and the place of an issue.
    pub notify: NotifyOptions,
}

/// The options of messages.
#[derive(Debug, Clone, Default)]
pub struct NotifyOptions {
    /// The address of the whole report, with `{part}` for the name of a part's files (`index` for the whole run).
    pub report_url: Option<String>,
    /// Jira: the key of the project of a new issue; `None` for the body that updates an issue.
    pub jira_project: Option<String>,
    /// Jira: the type of a new issue; `None` for `Task`.
    pub jira_issue_type: Option<String>,
}

/// The options of the web page. Messages have the first group.
#[derive(Debug, Clone, Default)]
pub struct PageOptions {
    /// The groups that come first, before the usual ones.
    pub group_by: Vec<GroupBy>,
    /// Earlier reports, oldest first.
    pub history: Vec<TrendPoint>,
    /// The address of a line of source, with `{path}` and `{line}`.
    pub source_url: Option<String>,
}

impl ReportOptions {
    /// Returns `true` if the report shows `content`.
    #[must_use]
    pub fn shows(&self, content: Show) -> bool {
        self.show.contains(&content)
    }
}
