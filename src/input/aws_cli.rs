//! The output of the AWS CLI: `resourcegroupstaggingapi get-resources` and `iam get-account-authorization-details`.

use serde::Deserialize;

use super::candidate::Candidate;
use super::opened::{OpenedInput, in_memory};
use super::options::{InputFormat, InputOptions};
use super::reader::{Certainty, InputReader};
use crate::aws::supported::{self, iam_user};
use crate::aws::{Arn, SupportedType};
use crate::base::count;
use crate::engine::InputError;
use crate::model::{Gap, Resource, Tag, Tags, Text};

/// The reader of the AWS CLI's output.
pub(super) struct AwsCliReader;

impl InputReader for AwsCliReader {
    fn format(&self) -> Option<InputFormat> {
        let about =
            "What `aws resourcegroupstaggingapi get-resources` or `aws iam get-account-authorization-details` prints";
        Some(InputFormat { name: "aws-cli", about })
    }

    fn detect(&self, candidate: &Candidate<'_>) -> Certainty {
        let list = ["\"ResourceTagMappingList\"", "\"UserDetailList\""].iter().any(|word| candidate.holds(word));
        if list && candidate.text().starts_with(b"{") { Certainty::Likely } else { Certainty::No }
    }

    fn open(&self, candidate: Candidate<'_>, _options: &InputOptions) -> Result<Vec<OpenedInput>, InputError> {
        let (name, gaps) = (candidate.name.clone(), candidate.gaps());
        Ok(vec![read(&name, &candidate.into_bytes(usize::MAX)?, gaps)?])
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AwsCliOutput<'a> {
    #[serde(borrow, default)]
    resource_tag_mapping_list: Option<Vec<TagMapping<'a>>>,
    #[serde(borrow, default)]
    user_detail_list: Option<Vec<UserDetail<'a>>>,
    #[serde(default)]
    pagination_token: Option<Text<'a>>,
    #[serde(default)]
    next_token: Option<Text<'a>>,
    #[serde(default)]
    is_truncated: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagMapping<'a> {
    #[serde(rename = "ResourceARN", borrow)]
    resource_arn: Text<'a>,
    #[serde(borrow, default)]
    tags: Vec<TagPair<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(clippy::struct_field_names)] // AWS's names
struct UserDetail<'a> {
    #[serde(borrow)]
    arn: Text<'a>,
    #[serde(borrow)]
    user_name: Text<'a>,
    #[serde(borrow, default)]
    user_id: Option<Text<'a>>,
    #[serde(borrow, default)]
    path: Option<Text<'a>>,
    #[serde(borrow, default)]
    create_date: Option<Text<'a>>,
    /// Absent without tags: IAM leaves the element out.
    #[serde(borrow, default)]
    tags: Vec<TagPair<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagPair<'a> {
    #[serde(borrow)]
    key: Text<'a>,
    #[serde(borrow, default)]
    value: Text<'a>,
}

/// Reads one output of the AWS CLI.
fn read(name: &str, text: &[u8], mut gaps: Vec<Gap>) -> Result<OpenedInput, InputError> {
    let answer: AwsCliOutput<'_> = serde_json::from_slice(text).map_err(|e| InputError::Invalid {
        name: name.to_owned(),
        message: format!("not what the AWS CLI prints as JSON: {e}"),
    })?;
    let cut = |kind: Option<&str>, operation: &str| Gap {
        kind: kind.map(str::to_owned),
        operation: Some(operation.to_owned()),
        error: format!(
            "{name}: the answer is one page of several; let the CLI read all of them (no --no-paginate, --max-items)"
        ),
        ..Gap::default()
    };
    let mut notes = Vec::new();
    let more =
        answer.pagination_token.as_deref().or(answer.next_token.as_deref()).is_some_and(|token| !token.is_empty());
    let resources = match (answer.resource_tag_mapping_list, answer.user_detail_list) {
        (Some(mappings), _) => {
            if more {
                gaps.push(cut(None, "tag:GetResources"));
            }
            let all = mappings.len();
            let known: Vec<_> = mappings.into_iter().filter_map(mapped).collect();
            if known.len() < all {
                let others = count((all - known.len()) as u64, "resource");
                notes.push(format!("{name}: {others} of other types left out"));
            }
            notes.push(format!("{name}: the tagging API lists no IAM users, and nothing that was never tagged: what is not in it is not known to comply"));
            known
        }
        (None, Some(users)) => {
            if more || answer.is_truncated == Some(true) {
                gaps.push(cut(Some(iam_user::TYPE.name), "iam:GetAccountAuthorizationDetails"));
            }
            users.into_iter().map(user).collect()
        }
        (None, None) => {
            let message = "it has neither `ResourceTagMappingList` nor `UserDetailList`".to_owned();
            return Err(InputError::Invalid { name: name.to_owned(), message });
        }
    };
    Ok(OpenedInput { notes, ..OpenedInput::new(in_memory(name, resources, gaps)) })
}

fn tags(pairs: Vec<TagPair<'_>>) -> Tags<'_> {
    Tags::Read {
        tags: pairs.into_iter().map(|pair| Tag { key: pair.key, value: Some(pair.value) }).collect(),
        more: false.into(),
    }
}

fn user(user: UserDetail<'_>) -> Resource<'_> {
    Resource {
        kind: Text::from(iam_user::TYPE.name),
        account: Arn::split(&user.arn).map(|arn| Text::from(arn.account.to_owned())),
        arn: Some(user.arn),
        name: Some(user.user_name),
        id: user.user_id,
        path: user.path,
        created: user.create_date,
        tags: tags(user.tags),
        ..Resource::default()
    }
}

/// A resource of the tagging API; `None` where its ARN is not that of a supported type.
fn mapped(mapping: TagMapping<'_>) -> Option<Resource<'_>> {
    let arn = Arn::split(&mapping.resource_arn)?;
    let (prefix, id) = arn.type_and_id()?;
    let form = |supported: &&&SupportedType| (supported.arn.service, supported.arn.prefix) == (arn.service, prefix);
    let supported = supported::ALL.iter().find(form)?;
    let own = |text: &str| Some(Text::from(text.to_owned()));
    let base = Resource {
        kind: Text::from(supported.name),
        account: own(arn.account),
        tags: tags(mapping.tags),
        ..Resource::default()
    };
    let resource = if supported.has_path() {
        let (folders, name) = id.rsplit_once('/').map_or((None, id), |(folders, name)| (Some(folders), name));
        let path = folders.map_or("/".to_owned(), |folders| format!("/{folders}/"));
        Resource { name: own(name), path: own(&path), ..base }
    } else {
        Resource { id: own(id), region: own(arn.region), ..base }
    };
    Some(Resource { arn: Some(mapping.resource_arn.clone()), ..resource })
}
