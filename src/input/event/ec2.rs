//! The ids of Amazon EC2: their prefix tells the kind of the resource. Source: Amazon EC2 User Guide, "Resource IDs";
//! Service Authorization Reference, "Resource types defined by Amazon EC2".

use super::record::Record;

/// The prefix of the ids, the kind in ARNs, and whether the ARN has the account.
const IDS: &[(&str, &str, bool)] = &[
    ("acl", "network-acl", true),
    ("ami", "image", false),
    ("cgw", "customer-gateway", true),
    ("cr", "capacity-reservation", true),
    ("cvpn-endpoint", "client-vpn-endpoint", true),
    ("dopt", "dhcp-options", true),
    ("eigw", "egress-only-internet-gateway", true),
    ("eipalloc", "elastic-ip", true),
    ("eni", "network-interface", true),
    ("fl", "vpc-flow-log", true),
    ("fleet", "fleet", true),
    ("h", "dedicated-host", true),
    ("i", "instance", true),
    ("igw", "internet-gateway", true),
    ("key", "key-pair", true),
    ("lt", "launch-template", true),
    ("nat", "natgateway", true),
    ("pcx", "vpc-peering-connection", true),
    ("pl", "prefix-list", true),
    ("rtb", "route-table", true),
    ("sg", "security-group", true),
    ("sgr", "security-group-rule", true),
    ("snap", "snapshot", false),
    ("subnet", "subnet", true),
    ("tgw", "transit-gateway", true),
    ("tgw-attach", "transit-gateway-attachment", true),
    ("tgw-rtb", "transit-gateway-route-table", true),
    ("vgw", "vpn-gateway", true),
    ("vol", "volume", true),
    ("vpc", "vpc", true),
    ("vpce", "vpc-endpoint", true),
    ("vpce-svc", "vpc-endpoint-service", true),
    ("vpn", "vpn-connection", true),
];

/// The ARN of an id; `None` for an id of another form, or in a record without account or region.
pub(super) fn arn_of_id(record: &Record<'_>, id: &str) -> Option<String> {
    let (prefix, digits) = id.rsplit_once('-')?;
    let is_hex = digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let (_, kind, has_account) = IDS.iter().find(|(one, ..)| *one == prefix)?;
    if !is_hex || !(8..=17).contains(&digits.len()) {
        return None;
    }
    // Key pairs have their name in the ARN.
    if *kind == "key-pair" {
        return None;
    }
    let account = if *has_account { record.account()? } else { "" };
    Some(format!("arn:{}:ec2:{}:{account}:{kind}/{id}", record.partition(), record.region()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::resource_types;

    #[test]
    fn every_kind_is_a_type() {
        for (prefix, kind, _) in IDS {
            let arn = format!("arn:aws:ec2:eu-west-1:111122223333:{kind}/{prefix}-0a1b2c3d");
            assert!(resource_types::by_arn(&arn).is_some(), "{kind}");
        }
    }

    #[test]
    fn an_id_has_a_prefix_and_hexadecimal_digits() {
        let value = serde_json::json!({"eventSource": "ec2.amazonaws.com", "eventName": "CreateTags",
            "awsRegion": "cn-north-1", "recipientAccountId": "111122223333"});
        let record = Record::of(&value, None).expect("a record");
        for (id, want) in [
            ("i-0a1b2c3d", Some("arn:aws-cn:ec2:cn-north-1:111122223333:instance/i-0a1b2c3d")),
            (
                "tgw-attach-0a1b2c3d",
                Some("arn:aws-cn:ec2:cn-north-1:111122223333:transit-gateway-attachment/tgw-attach-0a1b2c3d"),
            ),
            ("snap-0a1b2c3d", Some("arn:aws-cn:ec2:cn-north-1::snapshot/snap-0a1b2c3d")),
            ("i-0a1b2c3g", None),
            ("i-", None),
            ("zz-0a1b2c3d", None),
            ("", None),
        ] {
            assert_eq!(arn_of_id(&record, id).as_deref(), want, "{id}");
        }
    }
}
