//! The trust policy of the role in the scanned accounts.

use serde_json::json;

use super::statement::policy;
use crate::aws::AccountId;

/// The trust policy of the role, as JSON. `principal` is an ARN, or an account id for all identities of the account.
#[must_use]
pub fn trust_policy(principal: &str, external_id: Option<&str>, partition: &str) -> String {
    let arn = if AccountId::is_valid(principal) {
        format!("arn:{partition}:iam::{principal}:root")
    } else {
        principal.to_owned()
    };
    let mut trust =
        json!({"Sid": "TaglintTrust", "Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"});
    if let Some(id) = external_id {
        trust["Condition"] = json!({"StringEquals": {"sts:ExternalId": id}});
    }
    policy(&[trust])
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_role_trusts_one_principal_and_asks_for_the_external_id() {
        let trust = |principal: &str, id: Option<&str>| -> Value {
            let policy: Value = serde_json::from_str(&trust_policy(principal, id, "aws")).unwrap();
            policy["Statement"][0].clone()
        };
        let plain = trust("111122223333", None);
        assert_eq!(plain["Principal"]["AWS"], "arn:aws:iam::111122223333:root");
        assert!(plain["Condition"].is_null());
        let strict = trust("arn:aws:iam::111122223333:role/taglint", Some("a-shared-word"));
        assert_eq!(strict["Principal"]["AWS"], "arn:aws:iam::111122223333:role/taglint");
        assert_eq!(strict["Condition"]["StringEquals"]["sts:ExternalId"], "a-shared-word");
    }
}
