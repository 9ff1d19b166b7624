//! IAM virtual MFA devices. The list never has their tags (the operation's own words), so each is read by itself.
//! Hardware and FIDO devices are not in the list and cannot be tagged.

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{AssignmentStatusType, Tag as IamTag, VirtualMfaDevice};
use futures_util::StreamExt as _;

use super::calls::Caller;
use super::failure::Failure;
use super::harvest::{self, Part, some};
use super::paging::{self, Next, Page};
use super::users::pairs;
use super::{Kind, Scan};
use crate::model::{Assignment, Resource, Tags};

/// What IAM gives at most.
const PAGE: i32 = 1000;

/// Reads all devices.
pub(super) async fn read(scan: &Scan<'_>, client: &Client, caller: &Caller) {
    let part: Part = (Kind::Device, None);
    let mut devices = Vec::new();
    let end = paging::all(
        async |marker| {
            let answer = caller
                .call("iam:ListVirtualMFADevices", |probe| {
                    // The default of the status is `Any` by the documentation, not by every implementation.
                    let call = client.list_virtual_mfa_devices().assignment_status(AssignmentStatusType::Any);
                    call.max_items(PAGE).set_marker(marker).customize().interceptor(probe).send()
                })
                .await?;
            Ok(Page { next: Next::iam(answer.is_truncated, answer.marker), items: answer.virtual_mfa_devices })
        },
        |page| devices.extend(page),
    )
    .await;
    if let Err(failure) = end {
        scan.harvest.gap(&part, "iam:ListVirtualMFADevices", failure.to_string());
    }
    futures_util::stream::iter(devices)
        .map(|device| async move {
            match tags_of(client, caller, &device.serial_number).await {
                Ok(tags) => scan.harvest.add(of_device(&scan.who.account, device, harvest::tags(pairs(tags)))),
                // Deleted since it was listed.
                Err(failure) if failure.gone() => {}
                Err(failure) => scan.harvest.add(of_device(&scan.who.account, device, harvest::unread(&failure))),
            }
        })
        .buffer_unordered(scan.session.concurrency)
        .collect::<()>()
        .await;
    scan.harvest.done(&part);
}

/// A path may hold characters that this call refuses, with `ValidationError` (facts/aws.md section 4): such a
/// device's tags stay unread.
async fn tags_of(client: &Client, caller: &Caller, serial: &str) -> Result<Vec<IamTag>, Failure> {
    let mut tags = Vec::new();
    paging::all(
        async |marker| {
            let answer = caller
                .call("iam:ListMFADeviceTags", |probe| {
                    let call = client.list_mfa_device_tags().serial_number(serial).max_items(PAGE);
                    call.set_marker(marker).customize().interceptor(probe).send()
                })
                .await?;
            Ok(Page { next: Next::iam(answer.is_truncated, answer.marker), items: answer.tags })
        },
        |page| tags.extend(page),
    )
    .await?;
    Ok(tags)
}

fn of_device(account: &str, device: VirtualMfaDevice, tags: Tags<'static>) -> Resource<'static> {
    let (path, name) = path_and_name(&device.serial_number);
    // The account's root is told by its ARN alone: it has no user name, and any device may bear the name of root's.
    let user = match device.user {
        None => Assignment::Unassigned,
        Some(user) => some(user.arn).map_or(Assignment::Unknown, Assignment::User),
    };
    Resource {
        kind: Kind::Device.as_str().into(),
        name: some(name),
        path: some(path),
        account: some(account),
        arn: some(device.serial_number),
        user,
        tags,
        ..Resource::default()
    }
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
            of_device("111122223333", device, Tags::default()).user
        };
        let root = "arn:aws:iam::111122223333:root";
        assert_eq!(device(Some(root)), Assignment::User(root.into()));
        assert_eq!(device(None), Assignment::Unassigned);
        assert_eq!(device(Some("")), Assignment::Unknown);
    }
}
