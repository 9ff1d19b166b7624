//! Functions of strings.

use std::sync::Arc;

use super::super::path_text;
use super::super::value::{HclValue, MAX_ENTRIES, MAX_TEXT};
use super::format;
use super::pattern;
use super::shared::{FunctionResult, bounded, failure, items, texts};
use super::unicode;

pub(super) fn call(name: &str, args: &[HclValue]) -> Option<FunctionResult> {
    if let [text, rest @ ..] = args
        && let Some(result) = of_text(name, text, rest)
    {
        return Some(result);
    }
    Some(match (name, args) {
        ("join", [separator, lists @ ..]) => separator.as_text().and_then(|separator| join(&separator, lists)),
        ("format", [format, rest @ ..]) => format.as_text().and_then(|format| format::format(&format, rest)),
        ("formatlist", [format, rest @ ..]) => format.as_text().and_then(|format| format::format_list(&format, rest)),
        _ => return None,
    })
}

/// The functions whose first argument is a string.
fn of_text(name: &str, value: &HclValue, rest: &[HclValue]) -> Option<FunctionResult> {
    let on = |change: &dyn Fn(&str) -> FunctionResult| value.as_text().and_then(|text| change(&text));
    let with = |other: &HclValue, change: &dyn Fn(&str, &str) -> FunctionResult| {
        let text = value.as_text()?;
        change(&text, &other.as_text()?)
    };
    let text = |text: &str| Ok(HclValue::text(text));
    Some(match (name, rest) {
        ("lower", []) => on(&|it| unicode::lower(it).map(HclValue::text)),
        ("upper", []) => on(&|it| unicode::upper(it).map(HclValue::text)),
        ("title", []) => on(&|it| unicode::title(it).map(HclValue::text)),
        ("trimspace", []) => on(&|it| text(it.trim())),
        ("chomp", []) => on(&|it| text(it.trim_end_matches(['\r', '\n']))),
        ("strrev", []) => on(&|it| Ok(HclValue::text(unicode::graphemes(it)?.chars().rev().collect::<String>()))),
        ("basename", []) => on(&|it| Ok(HclValue::text(path_text::base(it)))),
        ("pathexpand", []) => on(&|it| {
            if it.starts_with('~') { Err("a path in a home folder".into()) } else { text(it) }
        }),
        ("dirname", []) => on(&|it| Ok(HclValue::text(path_text::folder(it)))),
        ("trim", [cut]) => with(cut, &|it, cut| text(it.trim_matches(|c| cut.contains(c)))),
        ("trimprefix", [cut]) => with(cut, &|it, cut| text(it.strip_prefix(cut).unwrap_or(it))),
        ("trimsuffix", [cut]) => with(cut, &|it, cut| text(it.strip_suffix(cut).unwrap_or(it))),
        ("startswith", [part]) => with(part, &|it, part| Ok(HclValue::bool(it.starts_with(part)))),
        ("endswith", [part]) => with(part, &|it, part| Ok(HclValue::bool(it.ends_with(part)))),
        ("strcontains", [part]) => with(part, &|it, part| Ok(HclValue::bool(it.contains(part)))),
        ("split", [whole]) => with(whole, &|it, whole| Ok(split(it, whole))),
        ("regex", [whole]) => with(whole, &pattern::regex),
        ("regexall", [whole]) => with(whole, &pattern::regexall),
        ("replace", [from, to]) => with(from, &|it, from| replace(it, from, &to.as_text()?)),
        ("substr", [from, length]) => on(&|it| substr(it, from.as_whole()?, length.as_whole()?)),
        ("indent", [whole]) => value.as_whole().and_then(|spaces| indent(spaces, &whole.as_text()?)),
        _ => return None,
    })
}

fn replace(text: &str, from: &str, to: &str) -> FunctionResult {
    if from.len() > 1 && from.starts_with('/') && from.ends_with('/') {
        return pattern::replace(text, &from[1..from.len() - 1], to);
    }
    let hits = if from.is_empty() { text.len() + 1 } else { text.matches(from).count() };
    bounded(text.len() + hits.saturating_mul(to.len()))?;
    Ok(HclValue::text(text.replace(from, to)))
}

fn join(separator: &str, lists: &[HclValue]) -> FunctionResult {
    if lists.is_empty() {
        return Err(failure("join() of no lists"));
    }
    let mut parts: Vec<Arc<str>> = Vec::new();
    let mut length = 0_usize;
    for value in lists {
        let list = items(value)?;
        for item in &list.items {
            let text = item.as_text()?;
            length += text.len() + separator.len();
            bounded(length)?;
            parts.push(text);
        }
    }
    Ok(HclValue::text(parts.join(separator)))
}

fn split(separator: &str, text: &str) -> HclValue {
    if separator.is_empty() {
        let letters: Vec<String> = text.chars().take(MAX_ENTRIES + 1).map(String::from).collect();
        return texts(letters.iter().map(String::as_str));
    }
    texts(text.split(separator).take(MAX_ENTRIES + 1))
}

fn substr(text: &str, from: i64, length: i64) -> FunctionResult {
    let letters: Vec<char> = unicode::graphemes(text)?.chars().collect();
    let all = i64::try_from(letters.len()).unwrap_or(i64::MAX);
    if length < -1 {
        return Err("a length below -1".into());
    }
    let start = if from < 0 { (all + from).max(0) } else { from.min(all) };
    let end = if length == -1 { all } else { start.saturating_add(length).min(all) };
    let at = |place: i64| usize::try_from(place).unwrap_or(0);
    Ok(HclValue::text(letters[at(start)..at(end)].iter().collect::<String>()))
}

fn indent(spaces: i64, text: &str) -> FunctionResult {
    let spaces = usize::try_from(spaces).ok().filter(|it| *it <= MAX_TEXT).ok_or("an indentation that is too large")?;
    bounded(text.len() + spaces.saturating_mul(text.matches('\n').count()))?;
    Ok(HclValue::text(text.replace('\n', &format!("\n{}", " ".repeat(spaces)))))
}
