//! Types that Cloud Control identifies by several properties: their identifiers are made of the ARN, and where the ARN lacks
//! one the tags are unknown.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::common::{ACCOUNT, Scratch};
use crate::emulator::Emulator;
use crate::truth::{Said, said};

const REGION: &str = "eu-west-1";

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
}

fn other(kind: &str, cloudformation: &str, arn: &str, identifier: &str, tags: &Value) -> Value {
    json!({"type": kind, "cfn_type": cloudformation, "name": arn, "arn": arn, "identifier": identifier, "tags": tags})
}

#[test]
fn what_an_arn_tells_is_confirmed_and_the_rest_is_unknown() {
    let mut all = Vec::new();
    let lists: Vec<String> = (1..=3).map(|number| arn("wafv2", &format!("regional/webacl/edge/a-{number}"))).collect();
    for (number, acl) in (1..=3).zip(&lists) {
        let identifier = format!("edge|a-{number}|REGIONAL");
        all.push(other("wafv2:webacl", "AWS::WAFv2::WebACL", acl, &identifier, &json!({})));
    }
    // Cloud Control takes the name of a cluster, or its ARN. It may not read the tags of a service.
    let services = ["web1", "web2"].map(|name| arn("ecs", &format!("service/shop/{name}")));
    for (service, cluster) in services.iter().zip(["shop".to_owned(), arn("ecs", "cluster/shop")]) {
        all.push(other("ecs:service", "AWS::ECS::Service", service, &format!("{service}|{cluster}"), &json!({})));
    }
    let address = arn("ec2", "elastic-ip/eipalloc-1");
    all.push(other("ec2:elastic-ip", "AWS::EC2::EIP", &address, "203.0.113.7|eipalloc-1", &json!({})));
    let emulator = Emulator::with(&json!({"others": {REGION: all}}));
    let scratch = Scratch::new();
    let args = ["scan", "--format", "json", "--show", "passed", "--type", "all", "--region", REGION];
    let report = emulator.run(&scratch, &args).exits(3).json();
    let said = said(&report);
    assert_eq!(said.len(), 6, "{said:?}");
    let mut reasons = BTreeMap::new();
    for (arn, said) in &said {
        match said {
            Said::Findings(words) => {
                assert!(
                    lists.contains(arn) && words.iter().all(|words| words.ends_with("missing")),
                    "{arn}: {words:?}"
                );
            }
            Said::Unknown(why) => drop(reasons.insert(arn.clone(), format!("{why:?}"))),
        }
    }
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    let by_more = "Cloud Control identifies AWS::EC2::EIP by more than its ARN tells";
    assert!(reasons[&address].contains(by_more), "{reasons:?}");
    for service in &services {
        assert!(reasons[service].contains("Cloud Control may not read the tags of the type"), "{reasons:?}");
    }
}
