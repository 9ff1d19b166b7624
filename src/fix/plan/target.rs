//! The resource that an ARN names, as far as taglint can change its tags.

/// A user, a virtual MFA device or a user pool, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target<'a> {
    /// `aws`, `aws-cn`, …
    pub partition: &'a str,
    /// `iam:user`, `iam:mfa` or `cognito-idp:userpool`.
    pub kind: &'static str,
    /// Of a user pool.
    pub region: Option<&'a str>,
    /// Twelve digits.
    pub account: &'a str,
    /// User name, device name (its path too) or pool id.
    pub name: &'a str,
    /// What follows the kind in the ARN of a user or device: path and name.
    place: Option<&'a str>,
}

/// The types whose tags taglint changes.
pub const KINDS: [&str; 3] = ["iam:user", "iam:mfa", "cognito-idp:userpool"];

impl<'a> Target<'a> {
    /// Takes an ARN apart; `None` where it names nothing whose tags can be changed.
    #[must_use]
    pub fn of(arn: &'a str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let (Some("arn"), Some(partition), Some(service), Some(region), Some(account), Some(resource)) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let word = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let good = partition.starts_with("aws") && word(partition) && word(region);
        if !good || account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let (kind, rest) = resource.split_once('/')?;
        let (kind, region, name) = match (service, kind, region) {
            ("iam", "user", "") => ("iam:user", None, in_path(rest)?),
            ("iam", "mfa", "") => in_path(rest).map(|_| ("iam:mfa", None, rest))?,
            ("cognito-idp", "userpool", region) if !region.is_empty() => {
                ("cognito-idp:userpool", Some(region), Some(rest).filter(|id| is_name(id, 55))?)
            }
            _ => return None,
        };
        let place = region.is_none().then_some(rest);
        Some(Self { partition, kind, region, account, name, place })
    }

    /// The IAM path, from the ARN's last part: `/team/`. User pools have none.
    #[must_use]
    pub fn path(&self) -> Option<String> {
        let folders = self.place?.rsplit_once('/').map(|(folders, _)| folders);
        Some(folders.map_or("/".to_owned(), |folders| format!("/{folders}/")))
    }
}

/// The last part of a name with its IAM path (`/` and printable ASCII, at most 512).
fn in_path(text: &str) -> Option<&str> {
    let (path, name) = text.rsplit_once('/').unwrap_or(("", text));
    let good = path.len() <= 510 && path.bytes().all(|b| b.is_ascii_graphic());
    (good && is_name(name, 226)).then_some(name)
}

/// `[\w+=,.@-]+`, as IAM names users and devices; the ids of user pools are such names too.
fn is_name(text: &str, max: usize) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    !text.is_empty() && text.len() <= max && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_tagged_is_a_target() {
        for (arn, want) in [
            ("arn:aws:iam::123456789012:user/team/anika", Some(("iam:user", "anika"))),
            ("arn:aws-cn:iam::123456789012:mfa/x/anika", Some(("iam:mfa", "x/anika"))),
            (
                "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Ab9",
                Some(("cognito-idp:userpool", "eu-west-1_Ab9")),
            ),
            ("arn:aws:cognito-idp::123456789012:userpool/x_1", None),
            ("arn:aws:iam::123456789012:role/x", None),
            ("arn:aws:iam::123456789012:user/", None),
            ("arn:aws:iam::123456789012:user/a b", None),
            ("arn:aws:iam::123456789012:user/a\nb", None),
            ("arn:aws:iam::12345678901:user/a", None),
            ("arn:aws:iam:x:123456789012:user/a", None),
            ("GAHT12345678", None),
        ] {
            assert_eq!(Target::of(arn).map(|t| (t.kind, t.name)), want, "{arn}");
        }
    }

    #[test]
    fn users_and_devices_have_a_path_and_pools_have_none() {
        for (arn, want) in [
            ("arn:aws:iam::123456789012:user/anika", Some("/")),
            ("arn:aws:iam::123456789012:user/team/a/anika", Some("/team/a/")),
            ("arn:aws:iam::123456789012:mfa/x/anika", Some("/x/")),
            ("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Ab9", None),
        ] {
            assert_eq!(Target::of(arn).unwrap().path().as_deref(), want, "{arn}");
        }
    }
}
