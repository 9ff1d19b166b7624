//! Tags that can be written, as IAM and Cognito write them: users' keys fold case, and a new spelling replaces the old.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::request::Request;
use super::world::{Refusal, result};

/// Tags by key.
pub(crate) type TagMap = BTreeMap<String, String>;

/// The tags of all resources that have any to be written, by ARN.
#[derive(Default)]
pub(super) struct Store(Mutex<BTreeMap<String, TagMap>>);

impl Store {
    pub(super) fn fill(&self, tags: BTreeMap<String, TagMap>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = tags;
    }

    pub(super) fn all(&self) -> BTreeMap<String, TagMap> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The answer to a call on one resource's tags; `None` where it is another call, or nothing was ever filled in.
    pub(super) fn answer(&self, request: &Request) -> Option<Result<(u16, String), Refusal>> {
        let mut tags = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let operation = request.operation.as_str();
        if tags.is_empty() || !(operation.contains("Tag") || operation.starts_with("Untag")) {
            return None;
        }
        let (arn, fold) = match (request.text("UserName"), request.text("SerialNumber")) {
            (Some(name), _) => (format!("arn:aws:iam::{}:user/{name}", request.account), true),
            (_, Some(serial)) => (serial.to_owned(), false),
            _ => (request.text("ResourceArn")?.to_owned(), false),
        };
        let Some(tags) = tags.get_mut(&arn) else {
            return Some(Err(("NoSuchEntity", format!("no {arn}"))));
        };
        let same = |a: &str, b: &str| if fold { a.eq_ignore_ascii_case(b) } else { a == b };
        if operation.starts_with("Tag") {
            for (key, value) in written(request) {
                tags.retain(|other, _| !same(other, &key));
                tags.insert(key, value);
            }
        } else if operation.starts_with("Untag") {
            for key in gone(request) {
                tags.retain(|other, _| !same(other, &key));
            }
        }
        Some(Ok((200, shown(request, tags))))
    }
}

fn written(request: &Request) -> Vec<(String, String)> {
    if let Some(tags) = request.object("Tags") {
        return tags.iter().map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect();
    }
    let member = |n: usize| {
        let key = request.text(&format!("Tags.member.{n}.Key"))?;
        Some((key.to_owned(), request.text(&format!("Tags.member.{n}.Value")).unwrap_or_default().to_owned()))
    };
    (1..).map_while(member).collect()
}

fn gone(request: &Request) -> Vec<String> {
    let listed = request.list("TagKeys").into_iter().map(str::to_owned);
    let members = (1..).map_while(|n| request.text(&format!("TagKeys.member.{n}"))).map(str::to_owned);
    listed.chain(members).collect()
}

fn shown(request: &Request, tags: &TagMap) -> String {
    let list = request.operation.starts_with("List");
    if request.service == "cognito-idp" {
        return if list { json!({"Tags": tags}) } else { Value::Object(serde_json::Map::new()) }.to_string();
    }
    let member = |(key, value): (&String, &String)| format!("<member><Key>{key}</Key><Value>{value}</Value></member>");
    let members: String = if list { tags.iter().map(member).collect() } else { String::new() };
    let inner = if list { format!("<IsTruncated>false</IsTruncated><Tags>{members}</Tags>") } else { String::new() };
    result(&request.service, &request.operation, &inner)
}
