//! Shares in hundredths of a percent, so that a comparison needs no floating point.

/// Parses a share in percent with at most two decimals, such as `95` or `99.5%`, as hundredths of a percent; `None` for
/// other texts and for more than 100.
#[must_use]
pub fn parse_percent(text: &str) -> Option<u64> {
    let number = text.strip_suffix('%').unwrap_or(text);
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 2 {
        return None;
    }
    let share = whole.parse::<u64>().ok()? * 100 + format!("{part:0<2}").parse::<u64>().ok()?;
    (share <= 10_000).then_some(share)
}

/// Hundredths of a percent as text: `98.25%`.
#[must_use]
pub fn percent_text(hundredths: u64) -> String {
    let (whole, part) = (hundredths / 100, hundredths % 100);
    if part == 0 { format!("{whole}%") } else { format!("{whole}.{part:02}%") }
}

/// A share in hundredths of a percent, rounded down so that only all of them are 100%; `None` for a share of nothing.
#[must_use]
pub fn percent_of(part: u64, whole: u64) -> Option<u64> {
    let share = (u128::from(part) * 10_000).checked_div(u128::from(whole))?;
    Some(u64::try_from(share).expect("a part is not more than its whole"))
}
