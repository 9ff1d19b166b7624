//! `iam list-virtual-mfa-devices`: devices and their users, without tags.

use serde::Deserialize;

use super::documents::Document;
use super::dump::{Dump, tags_or_unread};
use super::iam::is_cut;
use super::shape::Shape;
use super::tag_pairs::{Lenient, TagPair};
use super::top_level::ValueKind;
use crate::engine::InputError;
use crate::model::{DeviceAssignment, Resource, Text};

const COMMAND: &str = "iam list-virtual-mfa-devices";
const LIST: &str = "VirtualMFADevices";

pub(super) const SHAPE: Shape =
    Shape { commands: &[COMMAND], is_read: true, keys: &[(LIST, ValueKind::List)], words: &[], read };

/// The list leaves tags out even where a device has some (IAM API Reference, `ListVirtualMFADevices`).
const NOT_LISTED: &str = "the list does not have tags; `taglint scan --type iam:mfa` reads them";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(rename = "VirtualMFADevices", borrow)]
    devices: Vec<Device<'a>>,
    #[serde(default)]
    is_truncated: Option<bool>,
    #[serde(borrow, default, alias = "NextToken")]
    marker: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Device<'a> {
    #[serde(borrow)]
    serial_number: Text<'a>,
    /// Absent for a device that is not assigned.
    #[serde(borrow, default)]
    user: Option<User<'a>>,
    #[serde(borrow, default)]
    tags: Option<Vec<TagPair<'a>>>,
    /// Absent for a device that is not assigned. AWS has no time of creation.
    #[serde(borrow, default)]
    enable_date: Option<Lenient<Text<'a>>>,
}

#[derive(Deserialize)]
struct User<'a> {
    #[serde(rename = "Arn", borrow, default)]
    arn: Option<Text<'a>>,
}

fn read<'a>(document: &Document<'a>, dump: &mut Dump<'a>) -> Result<(), InputError> {
    let answer: Answer<'a> = document.parse(COMMAND)?;
    if is_cut(answer.is_truncated, answer.marker.as_ref()) {
        dump.page_gap("iam:ListVirtualMFADevices");
    }
    for (at, device) in answer.devices.into_iter().enumerate() {
        let Some(resource) = dump.resource_of(device.serial_number, || format!("{LIST}[{at}]")) else { continue };
        let user = match device.user {
            None => DeviceAssignment::Unassigned,
            Some(user) => user.arn.map_or(DeviceAssignment::Unknown, DeviceAssignment::User),
        };
        let created = device.enable_date.and_then(Lenient::expected);
        let created = created.filter(|_| matches!(user, DeviceAssignment::User(_)));
        dump.add(Resource { user, created, tags: tags_or_unread(device.tags, NOT_LISTED), ..resource });
    }
    Ok(())
}
