//! Charts as inline SVG. Each stands beside its numbers as text; the chart of the trend also has a table.

use std::fmt::Write as _;

use crate::base::percent_of;
use crate::report::trend::TrendPoint;

/// A bar with parts, each a class of the style and a number. Its whole length is `whole`.
pub(super) fn bar(parts: &[(&str, u64)], whole: u64) -> String {
    let mut svg = String::from(
        "<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\" focusable=\"false\">",
    );
    let at = |n: u64| u64::try_from(u128::from(n) * 1000 / u128::from(whole.max(1))).unwrap_or(1000).min(1000);
    let mut sum = 0;
    for (class, number) in parts {
        let start = at(sum).min(996);
        sum += number;
        // A part that is not zero is visible.
        let width = at(sum).saturating_sub(start).max(u64::from(*number > 0) * 4);
        if width > 0 {
            let _ = write!(svg, "<rect class=\"{class}\" x=\"{start}\" width=\"{width}\" height=\"10\"/>");
        }
    }
    svg + "</svg>"
}

const WIDTH: i64 = 340;
const HEIGHT: i64 = 130;
const LEFT: i64 = 38;
const RIGHT: i64 = 330;
const TOP: i64 = 10;
const BOTTOM: i64 = 108;

/// The chart of a trend: the share that passes, and above it the share that is unknown.
pub(super) fn trend(points: &[TrendPoint]) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let days = i64::from(last.day.since(first.day)).max(1);
    let x = |point: &TrendPoint| LEFT + i64::from(point.day.since(first.day)) * (RIGHT - LEFT) / days;
    let y = |part: u64, whole: u64| {
        let share = i64::try_from(percent_of(part.min(whole), whole).unwrap_or(10_000)).unwrap_or(0);
        BOTTOM - share * (BOTTOM - TOP) / 10_000
    };
    let pass = |point: &TrendPoint| format!("{},{}", x(point), y(point.pass, point.all()));
    let most = |point: &TrendPoint| format!("{},{}", x(point), y(point.pass + point.unknown, point.all()));
    let line: Vec<String> = points.iter().map(pass).collect();
    let band: Vec<String> = points.iter().map(most).chain(points.iter().rev().map(pass)).collect();
    let mut svg = format!(
        "<svg class=\"trend\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"trend-title\">\
         <title id=\"trend-title\">Share of resources that pass, {} to {}; the table has the numbers</title>",
        first.day, last.day
    );
    for (percent, height) in [(100, TOP), (50, i64::midpoint(TOP, BOTTOM)), (0, BOTTOM)] {
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{height}\" y2=\"{height}\"/>\
             <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{percent}%</text>",
            LEFT - 5,
            height + 4
        );
    }
    let _ = write!(
        svg,
        "<polygon class=\"unknown\" points=\"{}\"/><polyline class=\"pass-line\" points=\"{}\"/>",
        band.join(" "),
        line.join(" ")
    );
    for point in points {
        let class = if point.complete { "dot" } else { "dot open" };
        let _ = write!(
            svg,
            "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"3\"/>",
            x(point),
            y(point.pass, point.all())
        );
    }
    let _ = write!(
        svg,
        "<text x=\"{LEFT}\" y=\"{y}\">{}</text><text x=\"{RIGHT}\" y=\"{y}\" text-anchor=\"end\">{}</text></svg>",
        first.day,
        last.day,
        y = HEIGHT - 6
    );
    svg
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Day;

    #[test]
    fn the_parts_of_a_bar_stay_inside_it_and_no_part_vanishes() {
        for parts in [[("a", 1), ("b", 1_000_000)], [("a", 1_000_000), ("b", 1)], [("a", 0), ("b", 0)]] {
            let svg = bar(&parts, parts.iter().map(|(_, n)| n).sum());
            let wanted = parts.iter().filter(|(_, n)| *n > 0).count();
            assert_eq!(svg.matches("<rect").count(), wanted, "{svg}");
            for rect in svg.split("<rect").skip(1) {
                let number = |name: &str| -> u64 {
                    rect.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
                };
                assert!(number("x") + number("width") <= 1000, "{rect}");
            }
        }
    }

    #[test]
    fn a_trend_has_a_dot_for_each_report_even_if_all_are_of_one_day() {
        let day = |text: &str| Day::parse(text).unwrap();
        let point = |on: &str, pass| TrendPoint {
            day: day(on),
            pass,
            fail: 10,
            unknown: 0,
            findings: 1,
            complete: pass > 5,
            policy: Default::default(),
        };
        for points in [vec![point("2026-10-28", 5), point("2026-11-28", 30)], vec![point("2026-11-28", 0); 3]] {
            let svg = trend(&points);
            assert_eq!(svg.matches("<circle").count(), points.len());
            assert!(!svg.contains("NaN") && svg.contains("role=\"img\"") && svg.contains("<title"));
        }
        assert_eq!(trend(&[]), "");
    }
}
