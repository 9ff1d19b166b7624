//! `format` and `formatlist`.

use super::super::value::{HclNumber, HclValue, HclValueKind, MAX_ENTRIES, UnknownReason};
use super::json;
use super::shared::{FunctionResult, bounded, failure};
use super::unicode;

/// A verb such as `%-5.2f`.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of a verb")]
struct Verb {
    minus: bool,
    plus: bool,
    space: bool,
    zero: bool,
    sharp: bool,
    width: Option<usize>,
    precision: Option<u32>,
    /// The number of the argument, from one.
    argument: Option<usize>,
    letter: char,
}

const MAX_WIDTH: usize = 1_000;

/// The result of `format`.
pub(super) fn format(format: &str, args: &[HclValue]) -> FunctionResult {
    let (mut out, mut rest, mut next, mut indexed) = (String::new(), format, 0, false);
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let (verb, after) = verb(&rest[at + 1..])?;
        rest = after;
        if verb.letter == '%' {
            out.push('%');
            continue;
        }
        indexed |= verb.argument.is_some();
        next = verb.argument.unwrap_or(next + 1);
        let arg = next.checked_sub(1).and_then(|at| args.get(at));
        out.push_str(&shown(&verb, arg.ok_or_else(|| failure("format() with too few arguments"))?)?);
        bounded(out.len())?;
    }
    out.push_str(rest);
    if next < args.len() && !indexed {
        return Err(failure("format() with too many arguments"));
    }
    bounded(out.len())?;
    Ok(HclValue::text(out))
}

fn verb(text: &str) -> Result<(Verb, &str), UnknownReason> {
    let mut verb = Verb::default();
    let mut chars = text.char_indices().peekable();
    let mut number = None::<usize>;
    let mut in_precision = false;
    while let Some((at, c)) = chars.next() {
        match c {
            '-' if number.is_none() => verb.minus = true,
            '+' => verb.plus = true,
            ' ' => verb.space = true,
            '#' => verb.sharp = true,
            '0' if number.is_none() && !in_precision => verb.zero = true,
            '0'..='9' => {
                let digit = c.to_digit(10).unwrap_or(0) as usize;
                number = Some(number.unwrap_or(0) * 10 + digit).filter(|it| *it <= MAX_WIDTH);
                number.ok_or("a format() that is too wide")?;
            }
            '.' => {
                verb.width = number.take();
                in_precision = true;
            }
            '[' => {
                let end = text[at..].find(']').ok_or_else(|| failure("a format() with an open `[`"))?;
                verb.argument = text[at + 1..at + end].parse().ok();
                verb.argument.ok_or_else(|| failure("a format() with an argument that is no number"))?;
                while chars.peek().is_some_and(|(place, _)| *place <= at + end) {
                    chars.next();
                }
            }
            letter => {
                if in_precision {
                    verb.precision = Some(u32::try_from(number.unwrap_or(0)).unwrap_or(0));
                } else {
                    verb.width = number;
                }
                verb.letter = letter;
                return Ok((verb, &text[at + letter.len_utf8()..]));
            }
        }
    }
    Err(failure("a format() that ends inside a verb"))
}

fn shown(verb: &Verb, arg: &HclValue) -> Result<String, UnknownReason> {
    let text = match (verb.letter, &arg.kind) {
        (_, HclValueKind::Unknown(why)) => return Err(why.clone()),
        (_, HclValueKind::Null) => return Err("a format() of null".into()),
        ('v', HclValueKind::List(_) | HclValueKind::Map(_)) => json::encode(arg)?,
        ('v', _) if verb.sharp => json::encode(arg)?,
        ('v', HclValueKind::Number(_)) if verb.precision.is_none() => signed(verb, arg.as_text()?.to_string()),
        ('v' | 's', _) => cut(verb, &arg.as_text()?)?,
        ('q', _) => quoted(&arg.as_text()?)?,
        ('t', _) => arg.as_bool()?.to_string(),
        ('d', _) => signed(verb, arg.as_whole()?.to_string()),
        ('f', _) => {
            let digits = verb.precision.unwrap_or(6);
            let number: HclNumber = arg.as_number()?;
            signed(verb, number.fixed(digits).ok_or("a fraction that taglint does not round")?)
        }
        ('x' | 'X' | 'o' | 'b', HclValueKind::Number(HclNumber::Whole(number))) if *number >= 0 && !verb.sharp => {
            signed(
                verb,
                match verb.letter {
                    'x' => format!("{number:x}"),
                    'X' => format!("{number:X}"),
                    'o' => format!("{number:o}"),
                    _ => format!("{number:b}"),
                },
            )
        }
        (letter, _) => return Err(format!("`%{letter}` of format(), which taglint does not evaluate").into()),
    };
    padded(verb, text)
}

fn signed(verb: &Verb, digits: String) -> String {
    match (digits.starts_with('-'), verb.plus, verb.space) {
        (false, true, _) => format!("+{digits}"),
        (false, false, true) => format!(" {digits}"),
        _ => digits,
    }
}

fn cut(verb: &Verb, text: &str) -> Result<String, UnknownReason> {
    match verb.precision {
        None => Ok(text.to_owned()),
        Some(letters) => Ok(unicode::graphemes(text)?.chars().take(letters as usize).collect()),
    }
}

/// A text in quotes, if Go and JSON quote it in one way.
fn quoted(text: &str) -> Result<String, UnknownReason> {
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'<' | b'>' | b'&'));
    if !is_plain {
        return Err("characters that taglint does not quote".into());
    }
    Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

fn padded(verb: &Verb, text: String) -> Result<String, UnknownReason> {
    let Some(width) = verb.width else { return Ok(text) };
    let missing = width.saturating_sub(unicode::graphemes(&text)?.chars().count());
    Ok(match (verb.minus, verb.zero) {
        (true, _) => text + &" ".repeat(missing),
        (false, false) => " ".repeat(missing) + &text,
        // Zeros stand after the sign.
        (false, true) => {
            let sign = text.len() - text.trim_start_matches(['-', '+', ' ']).len();
            let sign = if "dfv".contains(verb.letter) { sign.min(1) } else { 0 };
            format!("{}{}{}", &text[..sign], "0".repeat(missing), &text[sign..])
        }
    })
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
