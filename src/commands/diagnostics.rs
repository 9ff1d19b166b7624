//! The rendering of errors for people: the problem, its place, and what to do next.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::base::{Diagnostic, DiagnosticLevel, Paragraph, escape};
use crate::engine::InputError;
use crate::policy::LoadError;

/// The error of a run that checked nothing.
#[derive(Debug)]
pub struct Failure {
    /// The problem.
    message: String,
    /// The suggested next step.
    help: Option<String>,
    /// The mistakes in files.
    problems: Vec<Diagnostic>,
}

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, problems: Vec::new() }
    }

    /// The error of settings with mistakes.
    pub(super) fn of_settings(problems: Vec<Diagnostic>) -> Self {
        let errors = crate::base::count(problems.len() as u64, "error");
        Self { problems, ..Self::new(format!("{errors} in the settings")) }
    }

    /// Adds a mistake in a file.
    pub(super) fn problem(mut self, problem: Diagnostic) -> Self {
        self.problems.push(problem);
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The text for standard error, wrapped at a width if there is one.
    #[must_use]
    pub fn render(&self, color: bool, width: Option<usize>) -> String {
        let mut out = problems(&self.problems, color, width);
        if !out.is_empty() {
            out.push('\n');
        }
        let level = if color { "\u{1b}[1m\u{1b}[91merror\u{1b}[0m" } else { "error" };
        let line = |indent, title: &str, text: &str| {
            Paragraph::indented(indent).whole(0, format!("{title}:")).words(1, &escape(text)).wrapped(width, 7)
        };
        out += &line(0, level, &self.message);
        if let Some(help) = &self.help {
            out += &line(1, "help", help);
        }
        out
    }
}

/// The maximum number of mistakes that are shown; the others are counted, since a file can have a million.
const SHOWN: usize = 100;

/// The mistakes with their lines and carets.
pub(super) fn problems(problems: &[Diagnostic], color: bool, width: Option<usize>) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let renderer = width.map_or(renderer.clone(), |width| renderer.term_width(width));
    let mut out = String::new();
    for problem in problems.iter().take(SHOWN) {
        // A terminal must not interpret control characters in the path or in the text of a file.
        let path = escape(&problem.file.path.display().to_string()).into_owned();
        let (text, span) = shown(problem);
        let level = match problem.level {
            DiagnosticLevel::Error => Level::ERROR,
            DiagnosticLevel::Warning => Level::WARNING,
        };
        let snippet = Snippet::source(text.as_str()).path(path).annotation(AnnotationKind::Primary.span(span));
        let message = title(&problem.message, width);
        let mut report = vec![level.primary_title(message).element(snippet)];
        if let Some(help) = &problem.help {
            report.push(Group::with_title(Level::HELP.secondary_title(title(help, width))));
        }
        out += &renderer.render(&report);
        out += "\n\n";
    }
    out.truncate(out.trim_end().len());
    if problems.len() > SHOWN {
        out += &format!("\n\n… and {} more", problems.len() - SHOWN);
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// A safe title that is wrapped at a width. The renderer indents the lines after the first one below `error: `.
fn title(text: &str, width: Option<usize>) -> String {
    const LEVEL: usize = "warning: ".len();
    let width = width.map(|width| width.saturating_sub(LEVEL));
    Paragraph::indented(0).words(0, &escape(text)).wrapped(width, 0).trim_end().to_owned()
}

/// The text with each hostile character replaced by one harmless character, and the span in it.
fn shown(problem: &Diagnostic) -> (String, std::ops::Range<usize>) {
    let text = &problem.file.text;
    let clean = |part: &str| -> String {
        part.chars()
            .map(|c| if c != '\n' && c != '\t' && crate::base::is_hostile(c) { '\u{fffd}' } else { c })
            .collect()
    };
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (start, end) = (floor(problem.span.start), floor(problem.span.end.max(problem.span.start)));
    let before = clean(&text[..start]);
    let marked = clean(&text[start..end]);
    // Only the first line of a span over many lines (a whole table) is marked.
    let first = marked.lines().next().unwrap_or("").len();
    let length = if marked.contains('\n') { first } else { marked.len() };
    let span = before.len()..before.len() + length;
    (before + &marked + &clean(&text[end..]), span)
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        let message = error.to_string();
        match error {
            LoadError::Mistakes(problems) => Self { problems, ..Self::new(message) },
            LoadError::Read { .. } => {
                Self::new(format!("can't read the policy: {message}")).help("`taglint init` writes a starter policy")
            }
            LoadError::EmptyFolder(_) => {
                Self::new(message).help("name a policy file, or put one there with `taglint init`")
            }
            LoadError::NoRules(_) => Self::new(message).help("add a [[rule]], or `extends = [\"default\"]` at the top"),
        }
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        let message = error.to_string();
        let help = match error {
            InputError::Source { name, problems } => {
                let errors = crate::base::count(problems.len() as u64, "error");
                return Self { problems, ..Self::new(format!("{name}: can't be read: {errors}")) };
            }
            InputError::Read { .. } => "check the path and its permissions",
            InputError::Document { help, .. } => help,
            InputError::Line { .. } => "an inventory has one resource a line, as `taglint collect` writes it",
            InputError::Invalid { .. } | InputError::NoInput { .. } => {
                "`taglint check --help` lists the inputs, with examples"
            }
        };
        Self::new(message).help(help)
    }
}
