//! The size of a policy, and its parts that each fit a managed policy.

use serde_json::Value;

use super::statement::policy;

/// The longest managed policy, in characters without white space (IAM User Guide, "IAM and AWS STS quotas").
pub const MANAGED_POLICY_SIZE: usize = 6144;

/// The lists of a statement that can be divided: what it allows is every action on every resource.
const LISTS: [&str; 2] = ["Action", "Resource"];

/// The size of a policy as IAM counts it, in characters.
#[must_use]
pub fn policy_size(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// Policies that together allow what `text` allows, each as small as a managed policy must be. A statement is divided if it
/// is too large; one whose condition alone is larger has a part of its own.
///
/// # Panics
/// If `text` is no policy of [`policy`].
#[must_use]
pub fn policy_parts(text: &str) -> Vec<String> {
    let whole: Value = serde_json::from_str(text).expect("a policy is JSON");
    let statements = whole["Statement"].as_array().expect("a policy has statements");
    let mut parts: Vec<Vec<Value>> = Vec::new();
    for statement in statements.iter().flat_map(pieces) {
        let fits = |part: &&mut Vec<Value>| {
            let more: Vec<Value> = part.iter().chain([&statement]).cloned().collect();
            policy_size(&policy(&more)) <= MANAGED_POLICY_SIZE
        };
        match parts.iter_mut().find(fits) {
            Some(part) => part.push(statement),
            None => parts.push(vec![statement]),
        }
    }
    parts.iter().map(|part| policy(part)).collect()
}

/// A statement, or several if it is too large.
fn pieces(statement: &Value) -> Vec<Value> {
    let mut out = Vec::new();
    divide(statement.clone(), &mut out);
    if let (true, Some(sid)) = (out.len() > 1, statement["Sid"].as_str()) {
        for (number, piece) in out.iter_mut().enumerate() {
            piece["Sid"] = format!("{sid}{}", number + 1).into();
        }
    }
    out
}

fn divide(statement: Value, out: &mut Vec<Value>) {
    // Room for the number at the end of the id.
    const ROOM: usize = 4;
    let length = |name: &&&str| statement[**name].as_array().map_or(0, Vec::len);
    let longest = LISTS.iter().filter(|name| length(name) > 1).max_by_key(length);
    match longest {
        Some(name) if policy_size(&policy(std::slice::from_ref(&statement))) + ROOM > MANAGED_POLICY_SIZE => {
            let list = statement[*name].as_array().expect("a list was found");
            let (first, second) = list.split_at(list.len() / 2);
            for half in [first, second] {
                let mut piece = statement.clone();
                piece[*name] = half.to_vec().into();
                divide(piece, out);
            }
        }
        _ => out.push(statement),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::super::statement::statement;
    use super::*;

    /// Every action on every resource under every condition that policies allow.
    fn allowed(policies: &[String]) -> BTreeSet<[String; 3]> {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        let mut out = BTreeSet::new();
        for text in policies {
            let policy: Value = serde_json::from_str(text).unwrap();
            for statement in policy["Statement"].as_array().unwrap() {
                for action in list(&statement["Action"]) {
                    for resource in list(&statement["Resource"]) {
                        out.insert([action.to_string(), resource.to_string(), statement["Condition"].to_string()]);
                    }
                }
            }
        }
        out
    }

    #[test]
    fn parts_fit_and_allow_the_same() {
        let names = |prefix: &str, count: usize| (0..count).map(|i| format!("{prefix}{i:04}")).collect::<Vec<_>>();
        let actions = names("service:DescribeSomethingOfTheService", 400);
        let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
        let mut with_condition = statement("Some", &actions[..30], json!(names("arn:aws:sqs:*:*:queue", 100)));
        with_condition["Condition"] = json!({"StringEquals": {"aws:RequestedRegion": ["eu-west-1"]}});
        let statements = [
            statement("Small", &["iam:ListUsers"], json!("*")),
            statement("Actions", &actions, json!("*")),
            with_condition,
            statement("Last", &["iam:ListRoles"], json!("*")),
        ];
        let whole = policy(&statements);
        assert!(policy_size(&whole) > 3 * MANAGED_POLICY_SIZE);
        let parts = policy_parts(&whole);
        assert!(parts.iter().all(|part| policy_size(part) <= MANAGED_POLICY_SIZE));
        assert!(parts.len() <= policy_size(&whole) / MANAGED_POLICY_SIZE * 2, "{} parts", parts.len());
        assert_eq!(allowed(&parts), allowed(&[whole]));
        let ids: Vec<String> = parts
            .iter()
            .flat_map(|part| serde_json::from_str::<Value>(part).unwrap()["Statement"].as_array().unwrap().clone())
            .map(|statement| statement["Sid"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
        assert!(ids.iter().all(|id| id.bytes().all(|b| b.is_ascii_alphanumeric())), "{ids:?}");
    }

    #[test]
    fn a_policy_that_fits_is_one_part() {
        let small = policy(&[statement("A", &["iam:ListUsers"], json!("*"))]);
        assert_eq!(policy_parts(&small), [small]);
    }
}
