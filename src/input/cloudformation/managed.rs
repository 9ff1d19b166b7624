//! The resources of a stack, from the output of `aws cloudformation list-stack-resources`, with its template.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::aws::{Arn, TaggableArn, resource_types};
use crate::engine::{InputError, resources};
use crate::input::options::InputOptions;
use crate::model::Resource;

/// One resource that a stack manages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StackResource {
    /// The name in the template.
    pub logical_resource_id: String,
    /// The identifier in AWS: a user's name, an MFA device's serial number, a pool's id.
    #[serde(default)]
    pub physical_resource_id: String,
    /// `AWS::IAM::User`.
    pub resource_type: String,
    /// The stack's ARN, which `describe-stack-resources` prints.
    #[serde(default)]
    pub stack_id: String,
    /// `CREATE_COMPLETE`.
    #[serde(default)]
    pub resource_status: String,
}

/// The resources that a stack manages, with their locations in its template.
#[derive(Debug, Default)]
pub struct StackResourceIndex {
    /// By physical id, then type.
    by_id: BTreeMap<(String, String), StackResource>,
    /// By logical id, then type's name.
    places: BTreeMap<(String, String), Resource<'static>>,
}

/// The reason why the output of the AWS CLI cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StackOutputError {
    /// It is other output.
    #[error("not what `aws cloudformation list-stack-resources` prints as JSON: {0}")]
    Json(String),
    /// It is one page of several.
    #[error("the answer is one page of several; let the CLI read all of them (no --no-paginate, --max-items)")]
    Page,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StackResourcesOutput {
    /// `list-stack-resources`.
    stack_resource_summaries: Option<Vec<StackResource>>,
    /// `describe-stack-resources`.
    stack_resources: Option<Vec<StackResource>>,
    next_token: Option<String>,
}

impl StackResourceIndex {
    /// Reads the output of the AWS CLI for one stack. Deleted resources and those not created yet are left out.
    ///
    /// # Errors
    /// [`StackOutputError`] if it is other output or incomplete.
    pub fn read(text: &[u8]) -> Result<Self, StackOutputError> {
        let answer: StackResourcesOutput =
            serde_json::from_slice(text).map_err(|error| StackOutputError::Json(error.to_string()))?;
        if answer.next_token.is_some_and(|token| !token.is_empty()) {
            return Err(StackOutputError::Page);
        }
        let found = answer.stack_resource_summaries.or(answer.stack_resources).ok_or_else(|| {
            StackOutputError::Json("it has neither `StackResourceSummaries` nor `StackResources`".to_owned())
        })?;
        let there = found.into_iter().filter(|resource| {
            !resource.physical_resource_id.is_empty() && resource.resource_status != "DELETE_COMPLETE"
        });
        let key = |resource: &StackResource| (resource.physical_resource_id.clone(), resource.resource_type.clone());
        Ok(Self { by_id: there.map(|resource| (key(&resource), resource)).collect(), places: BTreeMap::new() })
    }

    /// Adds the locations in the template of the stack.
    ///
    /// # Errors
    /// [`InputError`] if the template cannot be read.
    pub fn with_template(mut self, path: &Path, options: &InputOptions) -> Result<Self, InputError> {
        let opened = super::open_template(path, options)?;
        for resource in resources(&opened.input) {
            let resource = resource?;
            let address = resource.address.as_deref().unwrap_or("").to_owned();
            let kind = resource.origin.as_ref().and_then(|origin| origin.kind.clone()).unwrap_or_default();
            self.places.insert((address, kind), resource);
        }
        Ok(self)
    }

    /// The stack resource of a live resource, by ARN, id, name or the name in the ARN; `None` if the stack does not manage it.
    #[must_use]
    pub fn find(&self, live: &Resource<'_>) -> Option<&StackResource> {
        let kind = resource_types::named(&live.kind)?.cloudformation?;
        // The output of the tagging API has ARNs only.
        let in_arn = live.arn.as_deref().and_then(TaggableArn::parse).map(|arn| arn.name());
        let ids = [live.arn.as_deref(), live.id.as_deref(), live.name.as_deref(), in_arn];
        ids.into_iter().flatten().find_map(|id| self.by_id.get(&(id.to_owned(), kind.to_owned())))
    }

    /// The resource in the template, with its location and those of its tags.
    #[must_use]
    pub fn place(&self, resource: &StackResource) -> Option<&Resource<'static>> {
        self.places.get(&(resource.logical_resource_id.clone(), resource.resource_type.clone()))
    }

    /// The account of the stack from its ARN (`arn:aws:cloudformation:region:account:stack/name/id`), if the output
    /// contains it.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.by_id.values().find_map(|resource| Arn::split(&resource.stack_id)).map(|arn| arn.account)
    }

    /// The number of resources of the stack.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Returns whether the stack has no resources.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}
