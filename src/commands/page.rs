//! The options of the web page: earlier reports, and the address of source.

use std::path::{Path, PathBuf};

use super::Failure;
use crate::base::read_named;
use crate::cli::CheckArgs;
use crate::report::{PageOptions, ReportFormat, TrendPoint, format_of_path, is_message, is_page, trend_point};

/// The largest earlier report in bytes: that of millions of findings.
const MAX_REPORT: u64 = 1 << 30;
/// The most reports of a trend: one for each day of three years.
const MAX_REPORTS: usize = 1100;

/// The options of the web page and of messages; `None` if no format of the whole report or of its parts is one.
pub(super) fn page_options(
    args: &CheckArgs,
    formats: &[&'static ReportFormat],
    of_parts: &[&'static ReportFormat],
) -> Result<Option<PageOptions>, Failure> {
    let any =
        |formats: &[&'static ReportFormat], is: fn(&ReportFormat) -> bool| formats.iter().any(|format| is(format));
    let (whole, parts) = (any(formats, is_page), any(of_parts, is_page));
    let grouped = whole || parts || any(formats, is_message) || any(of_parts, is_message);
    // The trend is that of the whole run.
    let flags =
        [("--group-by", !args.group_by.is_empty() && !grouped), ("--history", args.history.is_some() && !whole)];
    if let Some((flag, _)) = flags.into_iter().find(|(_, given)| *given) {
        let (what, help) = if flag == "--group-by" {
            (
                "no web page or message is written",
                "add --format html, --output FILE.html, or a message such as --output FILE.slack.json",
            )
        } else {
            ("no web page is written", "add --format html or --output FILE.html")
        };
        return Err(Failure::new(format!("{flag}: {what}")).help(help));
    }
    if !grouped {
        return Ok(None);
    }
    Ok(Some(PageOptions {
        group_by: args.group_by.clone(),
        history: args.history.as_deref().map(history).transpose()?.unwrap_or_default(),
        source_url: args.source_url.clone().or_else(source_of_run),
    }))
}

/// The notes on flags of the command line that none of the written formats takes. A setting that another run takes is not
/// one.
pub(super) fn without_effect(
    args: &CheckArgs,
    formats: &[&'static ReportFormat],
    is_typed: &dyn Fn(&str) -> bool,
) -> Vec<String> {
    let page = formats.iter().any(|format| is_page(format));
    let message = formats.iter().any(|format| is_message(format));
    let jira = formats.iter().any(|format| format.name == "jira");
    let sarif = args.sarif_split.is_some() || formats.iter().any(|format| format.name == "sarif");
    let flags = [
        ("--source-url", page, "no web page"),
        ("--report-url", message, "no message"),
        ("--jira-project", jira, "no issue of Jira"),
        ("--jira-issue-type", jira, "no issue of Jira"),
        ("--sarif-limit", sarif, "no SARIF report"),
        ("--sarif-category", sarif, "no SARIF report"),
    ];
    let idle = flags.into_iter().filter(|(flag, taken, _)| !taken && is_typed(flag));
    idle.map(|(flag, _, what)| format!("{flag} has no effect: {what} is written")).collect()
}

/// The points of the JSON reports in a folder, oldest first.
fn history(folder: &Path) -> Result<Vec<TrendPoint>, Failure> {
    let failed = |path: &Path, why: &str, help: &str| {
        Failure::new(format!("--history {}: {why}", path.display())).help(help.to_owned())
    };
    let give = "give a folder with reports that --output FILE.json wrote";
    let entries = std::fs::read_dir(folder).map_err(|e| failed(folder, &e.to_string(), give))?;
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| failed(folder, &e.to_string(), give))?.path();
        let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // Other reports may have two endings, such as `.sarif.json`.
        if is_json && !name.starts_with('.') && format_of_path(&name).is_some_and(|format| format.name == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() {
        return Err(failed(folder, "no .json file", give));
    }
    if paths.len() > MAX_REPORTS {
        let why = format!("{} reports, and a trend shows {MAX_REPORTS}", paths.len());
        return Err(failed(folder, &why, "keep one report a day, or a week"));
    }
    let mut points = Vec::new();
    for path in paths {
        let bytes = read_named(&path, MAX_REPORT).map_err(|e| failed(&path, &e.to_string(), give))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let point = trend_point(&name, &bytes).map_err(|e| failed(&path, &e.to_string(), give))?;
        points.push(point);
    }
    points.sort_by_key(|point| point.day);
    Ok(points)
}

/// The address of source in a workflow of GitHub or a pipeline of GitLab (GitHub Docs, "Variables reference"; GitLab Docs,
/// "Predefined CI/CD variables reference").
fn source_of_run() -> Option<String> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let github = || {
        let (server, repository) = (variable("GITHUB_SERVER_URL")?, variable("GITHUB_REPOSITORY")?);
        Some(format!("{server}/{repository}/blob/{}/{{path}}#L{{line}}", variable("GITHUB_SHA")?))
    };
    let gitlab =
        || Some(format!("{}/-/blob/{}/{{path}}#L{{line}}", variable("CI_PROJECT_URL")?, variable("CI_COMMIT_SHA")?));
    github().or_else(gitlab).filter(|url| url.starts_with("https://") || url.starts_with("http://"))
}
