//! The jobs that may share their calls: equal changes of resources that the tagging API writes.

use super::job::{Job, JobGoal};

/// The most resources of one call (`ResourceARNList` of `TagResources` and `UntagResources`, Resource Groups Tagging API
/// Reference).
const MOST: usize = 20;

/// Divides the jobs of one account and region into those that may share their calls.
pub(super) fn batches(jobs: Vec<&Job>) -> Vec<Vec<&Job>> {
    let mut out: Vec<Vec<&Job>> = Vec::new();
    // The last batch of each change. Plans have few different ones.
    let mut open: Vec<usize> = Vec::new();
    for job in jobs {
        let fits = |at: &&usize| out[**at].len() < MOST && same_change(out[**at][0], job);
        if let Some(at) = open.iter().find(fits).copied().filter(|_| job.by_tagging_api) {
            out[at].push(job);
            continue;
        }
        open.retain(|at| out[*at].len() < MOST);
        open.extend(job.by_tagging_api.then_some(out.len()));
        out.push(vec![job]);
    }
    out
}

/// Returns `true` if two changes set and remove the same tags.
fn same_change(one: &Job, other: &Job) -> bool {
    match (&one.goal, &other.goal) {
        (JobGoal::Change { change: a, .. }, JobGoal::Change { change: b, .. }) => {
            (&a.set, &a.remove) == (&b.set, &b.remove)
        }
        (JobGoal::Restore { restore: a, .. }, JobGoal::Restore { restore: b, .. }) => a.touched == b.touched,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::plan::Change;

    #[test]
    fn equal_changes_of_the_tagging_api_share_calls_up_to_twenty() {
        let change = |arn: String, region: Option<&str>, value: &str| Change {
            kind: crate::aws::TaggableArn::parse(&arn).unwrap().kind.to_owned(),
            arn,
            account: "111122223333".to_owned(),
            region: region.map(str::to_owned),
            set: [("Owner".to_owned(), value.to_owned())].into(),
            ..Change::default()
        };
        let queue =
            |n: usize, value| change(format!("arn:aws:sqs:eu-west-1:111122223333:q{n}"), Some("eu-west-1"), value);
        let user = |n: usize| change(format!("arn:aws:iam::111122223333:user/u{n}"), None, "a");
        let changes = (0..45).map(|n| queue(n, if n % 9 == 8 { "b" } else { "a" })).chain((0..3).map(user));
        let jobs: Vec<Job> = changes.enumerate().map(|(n, change)| Job::change(n, change, false).unwrap()).collect();
        let batches = batches(jobs.iter().collect());
        let sizes: Vec<usize> = batches.iter().map(Vec::len).collect();
        assert_eq!(sizes, [20, 5, 20, 1, 1, 1]);
        let mut numbers: Vec<usize> = batches.iter().flatten().map(|job| job.number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..48).collect::<Vec<_>>());
    }
}
