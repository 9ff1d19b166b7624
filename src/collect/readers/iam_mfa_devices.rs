//! IAM virtual MFA devices. The list does not contain tags (IAM API Reference, `ListVirtualMFADevices`), so each device is
//! read by itself. Hardware and FIDO devices are not in the list and cannot be tagged.

use aws_sdk_iam::types::{AssignmentStatusType, SummaryKeyType, VirtualMfaDevice};

use super::context::ScanContext;
use super::fields::{read_tags, rfc_3339, some};
use super::iam_tags::{PAGE, read_list, tag_methods, tags_of};
use super::reader::{OperationFuture, TypeReader};
use super::tag_index;
use crate::aws::SupportedType;
use crate::aws::supported::iam_mfa_device;
use crate::collect::client::paging::pages;
use crate::model::{DeviceAssignment, Resource};

const LIST: &str = "iam:ListVirtualMFADevices";

/// The reader of IAM virtual MFA devices.
pub(super) struct IamMfaDevices;

impl TypeReader for IamMfaDevices {
    fn resource_type(&self) -> &'static SupportedType {
        &iam_mfa_device::TYPE
    }

    fn list_actions(&self) -> &'static [&'static str] {
        &[LIST]
    }

    fn scan<'a>(&'a self, context: &'a ScanContext<'a>) -> OperationFuture<'a, ()> {
        Box::pin(scan(context))
    }

    tag_methods!(iam_mfa_device::TYPE, tag_mfa_device, untag_mfa_device, serial_number, |target| target.arn);

    /// The count includes hardware devices.
    fn summary_entry(&self) -> Option<(SummaryKeyType, &'static str)> {
        Some((SummaryKeyType::MfaDevices, "MFA device"))
    }

    fn estimated_calls(&self, resources: u64, indexed: bool) -> Vec<(&'static str, u64)> {
        let tags = tag_index::estimated_call(iam_mfa_device::TYPE.read_tags_action, resources, indexed);
        vec![(LIST, pages(resources, PAGE as u64)), tags]
    }
}

async fn scan(context: &ScanContext<'_>) {
    let devices = read_list!(
        context,
        LIST,
        list_virtual_mfa_devices,
        // `Any` is the default in the documentation, but not in every implementation.
        |call| call.assignment_status(AssignmentStatusType::Any),
        |answer| answer.virtual_mfa_devices
    );
    let read_one = |device: VirtualMfaDevice| {
        let serial = device.serial_number.clone();
        let resource = of_device(context.resource(serial.clone()), device);
        (resource, async move { tags_of(context.session, &serial).await.map(read_tags) })
    };
    context.add_all(devices, read_one).await;
}

// A path may contain characters that this operation refuses with `ValidationError` (`docs/contributing/aws-facts.md`); the
// tags of such a device cannot be read.
tags_of!(tags_of, iam_mfa_device::TYPE, list_mfa_device_tags, serial_number);

/// Fills `resource` with the fields of a device.
fn of_device(resource: Resource<'static>, device: VirtualMfaDevice) -> Resource<'static> {
    let (path, name) = path_and_name(&device.serial_number);
    // Only its ARN identifies the account's root: it has no user name, and any device may be named like root's.
    let user = match device.user {
        None => DeviceAssignment::Unassigned,
        Some(user) => some(user.arn).map_or(DeviceAssignment::Unknown, DeviceAssignment::User),
    };
    // AWS has no time of creation for devices. One that is not assigned has no age.
    let created = rfc_3339(device.enable_date.as_ref()).filter(|_| matches!(user, DeviceAssignment::User(_)));
    Resource { name: some(name), path: some(path), user, created, ..resource }
}

/// Path and name of a serial number: `arn:…:mfa/a//b/name` has the path `/a//b/`.
fn path_and_name(serial: &str) -> (String, &str) {
    let (rest, name) = serial.rsplit_once('/').unwrap_or(("", serial));
    let path = match rest.split_once(":mfa/") {
        Some((_, path)) => format!("/{path}/"),
        None => "/".to_owned(),
    };
    (path, name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_iam::types::User;

    #[test]
    fn path_and_name_come_from_the_serial() {
        for (serial, path, name) in [
            ("arn:aws:iam::111122223333:mfa/anika", "/", "anika"),
            ("arn:aws:iam::111122223333:mfa/team/anika", "/team/", "anika"),
            ("arn:aws:iam::111122223333:mfa/test//double/x", "/test//double/", "x"),
            ("arn:aws:iam::111122223333:mfa//x", "//", "x"),
        ] {
            assert_eq!(path_and_name(serial), (path.to_owned(), name), "{serial}");
        }
    }

    #[test]
    fn root_is_a_user_by_its_arn() {
        let serial = "arn:aws:iam::111122223333:mfa/root-account-mfa-device";
        let device = |user: Option<&str>| {
            let user = user.map(|arn| {
                let user = User::builder().path("").user_name("").user_id("111122223333").arn(arn);
                user.create_date(aws_smithy_types::DateTime::from_secs(0)).build().unwrap()
            });
            let device = VirtualMfaDevice::builder().serial_number(serial).set_user(user).build().unwrap();
            of_device(Resource::default(), device).user
        };
        let root = "arn:aws:iam::111122223333:root";
        assert_eq!(device(Some(root)), DeviceAssignment::User(root.into()));
        assert_eq!(device(None), DeviceAssignment::Unassigned);
        assert_eq!(device(Some("")), DeviceAssignment::Unknown);
    }
}
