//! `taglint scan --estimate`.

use crate::base::{count, escape, thousands};
use crate::collect::Estimate;

/// What the scan would cost, for a person.
pub(super) fn text(estimate: &Estimate) -> String {
    let mut out = format!(
        "{}, {}, {}; user pools in {}\n\n",
        count(estimate.accounts, "account"),
        count(estimate.users, "user"),
        count(estimate.devices, "MFA device"),
        match (estimate.regions_guessed, estimate.regions) {
            (_, 0) => "no region".to_owned(),
            (true, n) => format!("every enabled region (reckoned with {n})"),
            (false, n) => count(n, "region"),
        },
    );
    for (operation, calls) in &estimate.calls {
        out += &format!("{operation:<42} {:>9}\n", thousands(*calls));
    }
    out += &format!("{:<42} {:>9}\n\n", "calls in all", thousands(estimate.calls.values().sum()));
    if estimate.regions > 0 {
        out +=
            "User pools are not counted before they are listed: each region is reckoned with one page and one pool.\n";
    }
    match &estimate.longest {
        Some((account, service)) => {
            out += &format!(
                "At the pace that AWS allows it takes at least {}: {service} in account {} takes longest.\n",
                time(estimate.seconds),
                escape(account)
            );
        }
        None => out += "AWS's rate limits do not slow it down.\n",
    }
    for gap in &estimate.unread {
        let account = gap.account.as_deref().unwrap_or("?");
        out += &format!("Not counted: account {}: {}\n", escape(account), escape(&gap.error));
    }
    out
}

fn time(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{:.0} s", s.max(1.0)),
        s => format!("{:.0} min", s / 60.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_says_calls_and_time() {
        let estimate = Estimate {
            accounts: 2,
            users: 1200,
            calls: [("iam:ListMFADeviceTags", 1500), ("sts:GetCallerIdentity", 1)].into(),
            seconds: 107.0,
            longest: Some(("111122223333".to_owned(), "iam")),
            ..Estimate::default()
        };
        let text = text(&estimate);
        for words in ["2 accounts, 1,200 users", "1,501", "at least 2 min", "iam in account 111122223333"] {
            assert!(text.contains(words), "{words}: {text}");
        }
    }
}
