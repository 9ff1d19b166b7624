//! `formatdate`, `timeadd` and `timecmp`.

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::super::value::{HclValue, UnknownReason};
use super::shared::{FunctionResult, failure};

/// A time of RFC 3339: the time of a clock, and the offset of this clock in minutes.
struct ClockTime {
    clock: DateTime,
    offset: i32,
}

pub(super) fn call(name: &str, args: &[HclValue]) -> Option<FunctionResult> {
    Some(match (name, args) {
        ("formatdate", [format, time]) => formatdate(format, time),
        ("timeadd", [time, duration]) => timeadd(time, duration),
        ("timecmp", [a, b]) => timecmp(a, b),
        _ => return None,
    })
}

impl ClockTime {
    fn parse(value: &HclValue) -> Result<Self, UnknownReason> {
        let text = value.as_text()?;
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        // Go reads some forms that RFC 3339 does not have.
        let refused = || UnknownReason::failure_if(digits < 12, "a text that is not a time such as 2026-01-02T15:04:05Z");
        let (clock, zone) = split_zone(&text).ok_or_else(refused)?;
        let bytes = clock.as_bytes();
        let is_shaped = bytes.len() >= 19
            && [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')].iter().all(|(at, mark)| bytes[*at] == *mark);
        let is_fraction = |rest: &str| {
            rest.strip_prefix('.').is_some_and(|it| !it.is_empty() && it.len() < 10 && it.bytes().all(|b| b.is_ascii_digit()))
        };
        if !is_shaped || !(bytes.len() == 19 || clock.get(19..).is_some_and(is_fraction)) || clock.contains(":60") {
            return Err(refused());
        }
        let clock = clock.parse().map_err(|_| refused())?;
        Ok(Self { clock, offset: minutes(zone).ok_or_else(refused)? })
    }

    /// The offset as `+02:00` or, without a colon, `+0200`.
    fn zone(&self, colon: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        format!("{sign}{:02}{colon}{:02}", self.offset.abs() / 60, self.offset.abs() % 60)
    }

    /// The offset as `Z` or `+02:00`.
    fn short_zone(&self) -> String {
        if self.offset == 0 { "Z".to_owned() } else { self.zone(":") }
    }

    fn rfc3339(&self) -> String {
        format!("{}{}", self.clock.strftime("%Y-%m-%dT%H:%M:%S"), self.short_zone())
    }
}

/// The time of the clock, and the zone.
fn split_zone(text: &str) -> Option<(&str, &str)> {
    match text.strip_suffix('Z') {
        Some(clock) => Some((clock, "")),
        None => text.split_at_checked(text.len().checked_sub(6)?),
    }
}

/// The minutes of a zone such as `+02:00`; zero of an empty one.
fn minutes(zone: &str) -> Option<i32> {
    if zone.is_empty() {
        return Some(0);
    }
    let (sign, rest) = zone.split_at_checked(1)?;
    let sign = match sign {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let two = |digits: &str, below: i32| {
        let is_plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<i32>().ok().filter(|it| is_plain && *it < below)
    };
    Some(sign * (two(hours, 24)? * 60 + two(minutes, 60)?))
}

fn timeadd(time: &HclValue, duration: &HclValue) -> FunctionResult {
    let (time, duration) = (ClockTime::parse(time)?, parse_duration(&duration.as_text()?)?);
    let clock = time.clock.checked_add(duration).map_err(|_| UnknownReason::from("a time beyond the year 9999"))?;
    if clock.year() < 0 {
        return Err("a time before the year 0".into());
    }
    Ok(HclValue::text(ClockTime { clock, ..time }.rfc3339()))
}

/// A duration of Go, such as `-1.5h30m`.
fn parse_duration(text: &str) -> Result<SignedDuration, UnknownReason> {
    let refused = || failure("a text that is not a duration such as 1h30m");
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(SignedDuration::ZERO);
    }
    if rest.is_empty() {
        return Err(refused());
    }
    let mut nanos = 0_i128;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(refused)?;
        let (number, after) = rest.split_at(end);
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        nanos += of_unit(number, unit_nanos(unit).ok_or_else(refused)?)?;
        rest = after;
    }
    let nanos = i64::try_from(if negative { -nanos } else { nanos }).map_err(|_| UnknownReason::from("a long duration"))?;
    Ok(SignedDuration::from_nanos(nanos))
}

fn unit_nanos(unit: &str) -> Option<i128> {
    Some(match unit {
        "ns" => 1,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// The nanoseconds of a number with a unit.
fn of_unit(number: &str, unit: i128) -> Result<i128, UnknownReason> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return Err(failure("a duration without a number"));
    }
    let digits = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<i128>().ok() };
    let scale = u32::try_from(fraction.len()).ok().and_then(|length| 10_i128.checked_pow(length));
    // Go computes the rest with binary fractions.
    let scale = scale.filter(|scale| unit % scale == 0).ok_or("a duration with a long fraction")?;
    let whole = digits(whole).and_then(|it| it.checked_mul(unit)).filter(|it| *it < i128::from(i64::MAX));
    let fraction = digits(fraction).map(|it| it * (unit / scale));
    whole.zip(fraction).map(|(whole, fraction)| whole + fraction).ok_or_else(|| "a long duration".into())
}

fn timecmp(a: &HclValue, b: &HclValue) -> FunctionResult {
    let instant = |value: &HclValue| {
        let time = ClockTime::parse(value)?;
        let offset = Offset::from_seconds(time.offset * 60).and_then(|offset| offset.to_timestamp(time.clock));
        offset.map_err(|_| UnknownReason::from("a time beyond the year 9999"))
    };
    Ok(HclValue::whole(instant(a)?.cmp(&instant(b)?) as i64))
}

fn formatdate(format: &HclValue, time: &HclValue) -> FunctionResult {
    let format = format.as_text()?;
    let time = ClockTime::parse(time)?;
    let (mut out, mut rest) = (String::new(), &*format);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => quoted(rest, &mut out)?,
            'a'..='z' | 'A'..='Z' => {
                let length = rest.len() - rest.trim_start_matches(first).len();
                out += &verb(&rest[..length], &time).ok_or_else(|| failure("a verb that formatdate() does not have"))?;
                length
            }
            other => {
                out.push(other);
                other.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    Ok(HclValue::text(out))
}

/// Writes the text between two apostrophes, and returns its length with them. Two apostrophes are one.
fn quoted(text: &str, out: &mut String) -> Result<usize, UnknownReason> {
    if text.starts_with("''") {
        out.push('\'');
        return Ok(2);
    }
    let mut at = 1;
    loop {
        let end = at + text[at..].find('\'').ok_or_else(|| failure("formatdate() with an open apostrophe"))?;
        *out += &text[at..end];
        if !text[end..].starts_with("''") {
            return Ok(end + 1);
        }
        out.push('\'');
        at = end + 2;
    }
}

/// The text of a verb; `None` if there is no such verb.
fn verb(verb: &str, time: &ClockTime) -> Option<String> {
    let directive = match verb {
        "YYYY" => "%Y",
        "YY" => "%y",
        "MMMM" => "%B",
        "MMM" => "%b",
        "MM" => "%m",
        "M" => "%-m",
        "DD" => "%d",
        "D" => "%-d",
        "EEEE" => "%A",
        "EEE" => "%a",
        "hh" => "%H",
        "h" => "%-H",
        "HH" => "%I",
        "H" => "%-I",
        "AA" => "%p",
        "aa" => "%P",
        "mm" => "%M",
        "m" => "%-M",
        "ss" => "%S",
        "s" => "%-S",
        "Z" => return Some(time.short_zone()),
        "ZZZ" if time.offset == 0 => return Some("UTC".to_owned()),
        "ZZZ" | "ZZZZ" => return Some(time.zone("")),
        "ZZZZZ" => return Some(time.zone(":")),
        _ => return None,
    };
    Some(time.clock.strftime(directive).to_string())
}
