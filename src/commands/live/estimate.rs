//! The output of `taglint scan --estimate`.

use crate::aws::supported::{self, SupportedType};
use crate::base::{all_of, count, escape, thousands};
use crate::collect::Estimate;

/// The estimate as text.
pub(super) fn text(estimate: &Estimate) -> String {
    let resources = estimate.resources.iter().map(|(noun, number)| count(*number, noun));
    let counts: Vec<String> = [count(estimate.accounts, "account")].into_iter().chain(resources).collect();
    let regions = match (estimate.regions_guessed, estimate.regions) {
        (_, 0) => String::new(),
        (true, n) => format!("; {} in every enabled region (estimated with {n})", plurals(&|each| each.regional)),
        (false, n) => format!("; {} in {}", plurals(&|each| each.regional), count(n, "region")),
    };
    let mut out = format!("{}{regions}\n\n", counts.join(", "));
    for (operation, calls) in &estimate.calls {
        out += &format!("{operation:<46} {:>9}\n", thousands(*calls));
    }
    out += &format!("{:<46} {:>9}\n\n", "total calls", thousands(estimate.calls.values().sum()));
    if estimate.regions > 0 {
        out += &format!(
            "AWS does not count {}: the estimate assumes one page and one resource in each region.\n",
            plurals(&|each| each.regional)
        );
    }
    if estimate.any_type {
        out += "AWS does not count the resources of its indexes: for each thousand resources, the scan makes one call more of \
                ListResources and up to ten of GetResources. Each resource that is reported, or of which no index shows \
                tags, takes a call of Cloud Control (cloudformation:GetResource); a view takes none.\n";
    }
    match &estimate.longest {
        Some((account, service)) => {
            out += &format!(
                "At the rate that AWS allows, the scan takes at least {}: {service} in account {} takes longest.\n",
                time(estimate.seconds),
                escape(account)
            );
        }
        None => out += "The rate limits of AWS do not slow the scan down.\n",
    }
    for gap in &estimate.unread {
        let account = gap.account.as_deref().unwrap_or("?");
        out += &format!("Not in the estimate: account {}: {}\n", escape(account), escape(&gap.error));
    }
    out
}

/// The plurals of some supported types.
fn plurals(which: &dyn Fn(&SupportedType) -> bool) -> String {
    all_of(supported::ALL.iter().filter(|each| which(each)).map(|each| each.plural.to_owned()))
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
            resources: vec![("user", 1200)],
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
