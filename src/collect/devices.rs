//! IAM virtual MFA devices. The list never has their tags (the operation's own words), so each is read by itself.
//! Hardware and FIDO devices are not in the list and cannot be tagged.

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{AssignmentStatusType, VirtualMfaDevice};
use futures_util::StreamExt as _;

use super::calls::Caller;
use super::failure::Failure;
use super::harvest::{Part, some};
use super::index::Index;
use super::paging::{self, Next, Page};
use super::scan::Scan;
use super::users::all_tags;
use super::{ResourceKind, region};
use crate::model::{Assignment, Resource, Tags};

/// What IAM gives at most.
const PAGE: i32 = 1000;

/// Reads all devices.
pub(super) async fn read(scan: &Scan<'_>, client: &Client, caller: &Caller) {
    let part: Part = (ResourceKind::Device, None);
    let mut devices = Vec::new();
    let end = paging::all(
        async |marker| {
            let answer = caller
                .call("iam:ListVirtualMFADevices", |probe| {
                    // The default of the status is `Any` by the documentation, not by every implementation.
                    let call = client.list_virtual_mfa_devices().assignment_status(AssignmentStatusType::Any);
                    call.max_items(PAGE).set_marker(marker.clone()).customize().interceptor(probe).send()
                })
                .await?;
            Ok(Page { next: Next::iam(answer.is_truncated, answer.marker), items: answer.virtual_mfa_devices })
        },
        |page| devices.extend(page),
    )
    .await;
    if let Err(failure) = end {
        scan.harvest.gap(&scan.who.account, &part, "iam:ListVirtualMFADevices", failure.to_string());
    }
    scan.harvest.expect(devices.len());
    let index = index(scan, devices.len()).await;
    futures_util::stream::iter(devices)
        .map(|device| async {
            let serial = device.serial_number.clone();
            let direct = tags_of(client, caller, &serial);
            scan.settle(of_device(scan.resource(ResourceKind::Device, serial.clone()), device), index.as_ref(), direct)
                .await;
        })
        .buffer_unordered(scan.plan.root.width)
        .collect::<()>()
        .await;
    scan.harvest.done(&scan.who.account, &part);
}

/// Global resources stand in the index of the partition's main region. That it lists devices at all is not proven: one
/// that has none of an account's devices tells nothing of them.
async fn index(scan: &Scan<'_>, devices: usize) -> Option<Index> {
    let region = region::main_region_of(&scan.session.home);
    scan.index(region, ResourceKind::Device, devices).await.filter(|index| !index.is_empty())
}

/// A path may hold characters that this call refuses, with `ValidationError` (facts/aws.md section 4): such a
/// device's tags stay unread.
pub(super) async fn tags_of(client: &Client, caller: &Caller, serial: &str) -> Result<Tags<'static>, Failure> {
    all_tags(async |marker| {
        let answer = caller
            .call("iam:ListMFADeviceTags", |probe| {
                let call = client.list_mfa_device_tags().serial_number(serial).max_items(PAGE);
                call.set_marker(marker.clone()).customize().interceptor(probe).send()
            })
            .await?;
        Ok(Page { next: Next::iam(answer.is_truncated, answer.marker), items: answer.tags })
    })
    .await
}

/// What the list says of a device, into `resource`.
fn of_device(resource: Resource<'static>, device: VirtualMfaDevice) -> Resource<'static> {
    let (path, name) = path_and_name(&device.serial_number);
    // The account's root is told by its ARN alone: it has no user name, and any device may bear the name of root's.
    let user = match device.user {
        None => Assignment::Unassigned,
        Some(user) => some(user.arn).map_or(Assignment::Unknown, Assignment::User),
    };
    Resource { name: some(name), path: some(path), user, ..resource }
}

/// `arn:…:mfa/a//b/name` is at path `/a//b/`.
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
        assert_eq!(device(Some(root)), Assignment::User(root.into()));
        assert_eq!(device(None), Assignment::Unassigned);
        assert_eq!(device(Some("")), Assignment::Unknown);
    }
}
