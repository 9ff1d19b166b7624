//! The ARN of a view of Resource Explorer.

use crate::aws::Arn;

/// Returns the region of a view; `None` for a text that is not the ARN of a view.
pub(crate) fn region_of(arn: &str) -> Option<&str> {
    let arn = Arn::parse(arn).filter(|arn| arn.service == "resource-explorer-2" && !arn.account.is_empty())?;
    let good = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let mut parts = arn.resource.split('/');
    let is_view = parts.next() == Some("view") && parts.clone().count() == 2 && parts.all(good);
    Some(arn.region).filter(|region| is_view && !region.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arn_of_a_view_has_its_region() {
        let good = "arn:aws:resource-explorer-2:eu-west-1:111122223333:view/all-resources/1a2b-3c";
        assert_eq!(region_of(good), Some("eu-west-1"));
        for bad in [
            "all-resources",
            "arn:aws:resource-explorer-2:eu-west-1:111122223333:index/1a2b",
            "arn:aws:resource-explorer-2:eu-west-1:111122223333:view/a",
            "arn:aws:resource-explorer-2:eu-west-1:111122223333:view/a/b/c",
            "arn:aws:resource-explorer-2::111122223333:view/a/b",
            "arn:aws:s3:eu-west-1:111122223333:view/a/b",
            "arn:aws:resource-explorer-2:eu-west-1:111122223333:view/a b/c",
        ] {
            assert_eq!(region_of(bad), None, "{bad}");
        }
    }
}
