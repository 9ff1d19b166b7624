//! `format` and `formatlist`.

use super::super::number::NumberFormat;
use super::super::value::{HclValue, HclValueKind, MAX_ENTRIES, UnknownReason};
use super::json;
use super::shared::{FunctionResult, TOO_LARGE, bounded, failure};
use super::unicode;

/// A verb such as `%-5.2f`.
#[derive(Debug, Default)]
struct Verb {
    form: NumberFormat,
    /// The number of the argument, from one.
    argument: Option<usize>,
    letter: char,
}

const MAX_WIDTH: usize = 1_000;

/// The result of `format`.
pub(super) fn format(format: &str, args: &[HclValue]) -> FunctionResult {
    let (mut out, mut rest, mut next, mut used) = (String::new(), format, 0, 0);
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        if let Some(after) = rest[at + 1..].strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let (verb, after) = verb(&rest[at + 1..])?;
        rest = after;
        next = verb.argument.unwrap_or(next + 1);
        used = used.max(next);
        let arg = next.checked_sub(1).and_then(|at| args.get(at));
        out.push_str(&shown(&verb, arg.ok_or_else(|| failure("format() with too few arguments"))?)?);
        bounded(out.len())?;
    }
    out.push_str(rest);
    if used < args.len() {
        return Err(failure("format() with too many arguments"));
    }
    bounded(out.len())?;
    Ok(HclValue::text(out))
}

/// The number at the start of a text, if there is one, and the rest.
fn leading_number(text: &str) -> Result<(Option<usize>, &str), UnknownReason> {
    let (digits, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    if digits.is_empty() {
        return Ok((None, rest));
    }
    let number = digits.parse().ok().filter(|number| *number <= MAX_WIDTH).ok_or("a format() that is too wide")?;
    Ok((Some(number), rest))
}

/// A verb: flags, a width, a precision, the number of an argument and a letter, in this order.
fn verb(text: &str) -> Result<(Verb, &str), UnknownReason> {
    let mut verb = Verb::default();
    let after = text.trim_start_matches(['-', '+', ' ', '#', '0']);
    let flags = &text[..text.len() - after.len()];
    let has = |flag: char| flags.contains(flag);
    let form = &mut verb.form;
    (form.minus, form.plus, form.space) = (has('-'), has('+'), has(' '));
    (form.sharp, form.zero) = (has('#'), has('0'));
    let (width, mut rest) = leading_number(after)?;
    form.width = width;
    if let Some(after) = rest.strip_prefix('.') {
        let (precision, after) = leading_number(after)?;
        form.precision = Some(precision.unwrap_or(0));
        rest = after;
    }
    if let Some(after) = rest.strip_prefix('[') {
        let (number, after) = leading_number(after)?;
        verb.argument = number;
        rest = after
            .strip_prefix(']')
            .filter(|_| number.is_some())
            .ok_or_else(|| failure("a format() with an open `[`"))?;
    }
    verb.letter = rest.chars().next().ok_or_else(|| failure("a format() that ends inside a verb"))?;
    let after = &rest[verb.letter.len_utf8()..];
    Ok((verb, after))
}

fn shown(verb: &Verb, arg: &HclValue) -> Result<String, UnknownReason> {
    let form = &verb.form;
    let text = match (verb.letter, &arg.kind) {
        (_, HclValueKind::Unknown(why)) => return Err(why.clone()),
        (_, HclValueKind::Null) => return Err("a format() of null".into()),
        ('v', HclValueKind::Number(number)) if !form.sharp => number.general().ok_or(TOO_LARGE)?,
        ('v', HclValueKind::Text(text)) if !form.sharp => text.to_string(),
        ('v', _) => json::encode(arg)?,
        ('s', _) => cut(form, &arg.as_text()?)?,
        ('q', _) => json::encode(&HclValue::text(cut(form, &arg.as_text()?)?))?,
        // Neither a width nor zeros count.
        ('t', _) => return Ok(arg.as_bool()?.to_string()),
        ('b' | 'd' | 'o' | 'x' | 'X', _) => {
            let number = arg.as_number()?;
            let text = number.integer(verb.letter, form);
            return text.ok_or_else(|| failure("a format() of a number that is not whole"));
        }
        ('e' | 'E' | 'f' | 'g' | 'G', _) => {
            return arg.as_number()?.fraction(verb.letter, form).ok_or_else(|| TOO_LARGE.into());
        }
        (letter, _) => return Err(failure(format!("a format() with `%{letter}`"))),
    };
    padded(form, text)
}

/// The first letters of a text; all of them for a precision of zero.
fn cut(form: &NumberFormat, text: &str) -> Result<String, UnknownReason> {
    match form.precision {
        None | Some(0) => Ok(text.to_owned()),
        Some(letters) => Ok(unicode::graphemes(text)?.chars().take(letters).collect()),
    }
}

/// A text with as many spaces or zeros as its width lacks: zeros stand after a text too.
fn padded(form: &NumberFormat, text: String) -> Result<String, UnknownReason> {
    let Some(width) = form.width else { return Ok(text) };
    let missing = width.saturating_sub(unicode::graphemes(&text)?.chars().count());
    let padding = if form.zero { "0" } else { " " }.repeat(missing);
    Ok(if form.minus { text + &padding } else { padding + &text })
}

/// The result of `formatlist`: one text for each item of the lists; other arguments are repeated.
pub(super) fn format_list(text: &str, args: &[HclValue]) -> FunctionResult {
    let list_of = |arg: &HclValue| match &arg.kind {
        HclValueKind::List(list) => Some(list.items.clone()),
        _ => None,
    };
    if let Some(why) = args.iter().find_map(HclValue::why) {
        return Err(why.clone());
    }
    let lists: Vec<Option<Vec<HclValue>>> = args.iter().map(list_of).collect();
    let mut lengths = lists.iter().flatten().map(Vec::len);
    let length = lengths.next().unwrap_or(1);
    if lengths.any(|other| other != length) {
        return Err(failure("formatlist() of lists of different lengths"));
    }
    if length > MAX_ENTRIES {
        return Err("a list that is too large".into());
    }
    let line = |at: usize| {
        let args: Vec<HclValue> =
            lists.iter().zip(args).map(|(list, arg)| list.as_ref().map_or(arg, |list| &list[at]).clone()).collect();
        format(text, &args)
    };
    Ok(HclValue::typed_list((0..length).map(line).collect::<Result<_, _>>()?))
}
