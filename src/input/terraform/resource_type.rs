//! Resource types of Terraform as source and plans see them: by the table, or by the usual form of tags.

use hashbrown::HashMap;

use crate::aws::resource_types::{self, Form, TagsAttribute};
use crate::input::not_judged;
use crate::model::NotJudgedReason;

/// The form of the tags of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagForm {
    /// `tags`, a map, which the default tags of the provider are merged into.
    Map,
    /// One block `tag` with a key and a value for each. Default tags do not reach it.
    Blocks,
    /// `tags`, a list or set of objects with a key and a value, as the provider `awscc` has it. It has no default tags.
    Pairs,
}

impl TagForm {
    /// The attribute with a list of keys and values; `None` for a map.
    pub(super) fn list_attribute(self) -> Option<&'static str> {
        match self {
            Self::Map => None,
            Self::Blocks => Some("tag"),
            Self::Pairs => Some("tags"),
        }
    }
}

/// A resource type whose tags can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TerraformType<'n> {
    /// The name in source: `aws_iam_user`.
    pub(super) name: &'n str,
    /// The name in inventories: `iam:user`.
    pub(super) kind: &'n str,
    pub(super) form: TagForm,
    /// True for a type that the table lacks.
    pub(super) is_unknown: bool,
}

/// The types of the table that were looked up, for inputs with many resources of few types.
#[derive(Debug, Default)]
pub(super) struct KnownTypes(HashMap<String, Result<(&'static str, TagForm), NotJudgedReason>>);

impl KnownTypes {
    /// The types with these names.
    pub(super) fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut out = Self::default();
        for name in names {
            if !out.0.contains_key(name) {
                out.0.insert(name.to_owned(), known(name));
            }
        }
        out
    }

    /// The type of the table with this name.
    ///
    /// # Errors
    /// The reason why resources of another type are not judged.
    pub(super) fn get<'n>(&self, name: &'n str) -> Result<TerraformType<'n>, NotJudgedReason> {
        let known = self.0.get(name).copied().unwrap_or_else(|| known(name));
        known.map(|(kind, form)| TerraformType { name, kind, form, is_unknown: false })
    }
}

/// The name in inventories and the form of the tags of a type of the table.
fn known(name: &str) -> Result<(&'static str, TagForm), NotJudgedReason> {
    if let Some(row) = resource_types::awscc(name) {
        // The provider names its attributes as CloudFormation does. Tags elsewhere than in `tags` are not read.
        let form = match row.property.filter(|property| property.name == "Tags").map(|property| property.form) {
            Some(Form::List) => TagForm::Pairs,
            Some(Form::Map) => TagForm::Map,
            Some(Form::Specifications) | None => return Err(NotJudgedReason::TagsNotInInput),
        };
        return Ok((row.kind(), form));
    }
    let row = resource_types::terraform(name);
    let Some((row, attribute)) = row.and_then(|row| Some((row, row.attribute?))) else {
        return Err(not_judged::of_terraform(name));
    };
    let form = match attribute {
        TagsAttribute::Tags => TagForm::Map,
        TagsAttribute::TagBlocks => TagForm::Blocks,
    };
    Ok((row.kind(), form))
}

impl<'n> TerraformType<'n> {
    /// The type of the table with this name.
    ///
    /// # Errors
    /// The reason why resources of another type are not judged.
    pub(super) fn known(name: &'n str) -> Result<Self, NotJudgedReason> {
        known(name).map(|(kind, form)| Self { name, kind, form, is_unknown: false })
    }

    /// A type of an AWS provider that the table lacks, with tags in the usual form of that provider.
    pub(super) fn in_usual_form(name: &'n str, form: TagForm) -> Self {
        Self { name, kind: name, form, is_unknown: true }
    }

    /// A type without tags of its own, in which other resources have some.
    pub(super) fn untagged(name: &'n str) -> Self {
        Self { name, kind: name, form: TagForm::Map, is_unknown: false }
    }

    /// Whether the type belongs to the provider `awscc`.
    pub(super) fn is_of_awscc(name: &str) -> bool {
        name.starts_with("awscc_")
    }
}
