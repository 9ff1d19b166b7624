"""IAM users, virtual MFA devices, the account's listings, and STS as AWS answers them, on top of moto's classes."""

import re

from moto.core.responses import ActionResult, EmptyResult
from moto.iam import urls as iam_urls
from moto.iam.models import VirtualMfaDevice
from moto.sts import urls as sts_urls
from moto.sts.responses import TokenResponse

import tagrules
from aws_iam_common import IamBase, attached, boundary, document, forget_tags, inline, was_tagged
from aws_iam_family import Policies, Profiles, policy_listed, profile_listed
from aws_iam_providers import Certificates, OidcProviders, SamlProviders
from aws_iam_roles import Roles
from errors import Refused

SERIAL_PATTERN = r"[\w+=/:,.@-]+"  # IAM API model, serialNumberType


def install():
    iam_urls.url_paths["{0}/$"] = Iam.dispatch
    sts_urls.url_paths["{0}/$"] = Sts.dispatch


def serial_name(serial):
    return serial.split(":mfa/", 1)[-1].rsplit("/", 1)[-1]


class Iam(Roles, Policies, Profiles, OidcProviders, SamlProviders, Certificates, IamBase):
    # Users

    def create_user(self):
        name = self._get_param("UserName")
        tags = self._new_tags(ignore_case=True)
        self._refuse_taken("User", name, self.backend.users)
        user = self.backend.create_user(self.region, user_name=name, path=self._get_param("Path"))
        self._keep_new_tags(user.arn, tags)
        return ActionResult({"User": self._user(user, with_tags=True)})

    def get_user(self):
        name = self._get_param("UserName")
        if not name:
            return super().get_user()
        return ActionResult({"User": self._user(self.backend.get_user(name), with_tags=True)})

    def list_users(self):
        """API_ListUsers: tags are not returned."""
        page, paging = self._named_page(self.backend.users.values(), lambda user: user.name)
        return self._answer({"Users": [self._user(user) for user in page], **paging})

    def update_user(self):
        user = self.backend.get_user(self._get_param("UserName"))
        old_arn = user.arn
        super().update_user()
        if user.arn != old_arn and was_tagged(self.backend, old_arn):
            self.backend.tagger.tags[user.arn] = self.backend.tagger.tags.pop(old_arn)
        return EmptyResult()

    def delete_user(self):
        user = self.backend.get_user(self._get_param("UserName"))
        if user.mfa_devices:
            raise Refused("DeleteConflict", "Cannot delete entity, must delete MFA device first.")
        return super().delete_user()

    def list_user_tags(self):
        return self._tags_page(self._user_arn())

    def tag_user(self):
        """Keys of users ignore case and keep it (IAM User Guide, id_tags, "Case sensitivity")."""
        return self._tag(self._user_arn, ignore_case=True)

    def untag_user(self):
        return self._untag(self._user_arn, ignore_case=True)

    def _user_arn(self):
        return self.backend.get_user(self._get_param("UserName")).arn

    # Virtual MFA devices

    def create_virtual_mfa_device(self):
        name = self._get_param("VirtualMFADeviceName")
        path = self._get_param("Path") or "/"
        tags = self._get_param("Tags", [])
        # A path may hold // and any of \x21-\x7E (IAM API model, pathType), which moto refuses.
        if len(path) > 512 or not re.fullmatch(r"/|/[\x21-\x7e]+/", path):
            message = "The specified value for path is invalid. It must begin and end with /"
            raise Refused("ValidationError", message)
        if not re.fullmatch(r"[\w+=,.@-]+", name, re.ASCII):
            rule = r"satisfy regular expression pattern: [\w+=,.@-]+"
            raise Refused("ValidationError", tagrules.constraint("virtualMFADeviceName", rule))
        tagrules.check_iam_tags(tags, ignore_case=False)
        device = VirtualMfaDevice(self.backend.account_id, self.partition, path + name)
        if device.serial_number in self.backend.virtual_mfa_devices:
            message = "MFADevice entity at the same path and name already exists."
            raise Refused("EntityAlreadyExists", message)
        self.backend.virtual_mfa_devices[device.serial_number] = device
        self._keep_new_tags(device.serial_number, tags)
        # With Tags, as the model has them.
        made = {
            "SerialNumber": device.serial_number,
            "Base32StringSeed": device.base32_string_seed,
            "QRCodePNG": device.qr_code_png,
            "Tags": tags,
        }
        return ActionResult({"VirtualMFADevice": made})

    def delete_virtual_mfa_device(self):
        device = self._device()
        if device.enable_date:
            message = f"VirtualMFADevice with serial number {device.serial_number} is in use."
            raise Refused("DeleteConflict", message)
        forget_tags(self.backend, device.serial_number)
        return super().delete_virtual_mfa_device()

    def list_virtual_mfa_devices(self):
        """API_ListVirtualMFADevices: no tags; an unassigned device carries its SerialNumber only."""
        status = self._get_param("AssignmentStatus") or "Any"
        if status not in ("Any", "Assigned", "Unassigned"):
            rule = "satisfy enum value set: [Any, Unassigned, Assigned]"
            raise Refused("ValidationError", tagrules.constraint("assignmentStatus", rule))
        devices = [
            device
            for device in self.backend.virtual_mfa_devices.values()
            if status == "Any" or (status == "Assigned") == bool(device.enable_date)
        ]
        page, paging = self._page(devices, lambda device: [device.serial_number])
        return self._answer({"VirtualMFADevices": [self._virtual_device(d) for d in page], **paging})

    def list_mfa_device_tags(self):
        return self._tags_page(self._device().serial_number)

    def tag_mfa_device(self):
        """Keys of MFA devices are case-sensitive (IAM User Guide, id_tags, "Case sensitivity")."""
        return self._tag(lambda: self._device().serial_number)

    def untag_mfa_device(self):
        return self._untag(lambda: self._device().serial_number)

    # Account

    def get_account_authorization_details(self):
        """API_GetAccountAuthorizationDetails: one listing over all entity types; MaxItems counts all of them."""
        found = self.backend.get_account_authorization_details(self._get_param("Filter", []))
        lists = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
        kinds = ("users", "groups", "roles", "managed_policies")
        write = (self._user_detail, group_detail, self._role_detail, policy_detail)
        entities = [
            (rank, entity.arn if kind == "managed_policies" else entity.name, entity)
            for rank, kind in enumerate(kinds)
            for entity in found[kind]
        ]
        page, paging = self._page(entities, lambda entity: [entity[0], entity[1]])
        result = {
            name: [write[rank](e) for of, _, e in page if of == rank] for rank, name in enumerate(lists)
        }
        return self._answer({**result, **paging})

    def get_account_summary(self):
        """API_GetAccountSummary. moto counts Roles, Policies (the account's own), InstanceProfiles, Providers (of both
        kinds) and ServerCertificates right."""
        summary = dict(self.backend.get_account_summary().summary_map)
        devices = self.backend.virtual_mfa_devices.values()
        summary["Users"] = len(self.backend.users)
        summary["MFADevices"] = len(devices)
        summary["MFADevicesInUse"] = sum(bool(device.enable_date) for device in devices)
        summary["AccountMFAEnabled"] = int(any(is_root(device) for device in devices))
        return ActionResult({"SummaryMap": summary})

    # Helpers

    def _device(self):
        serial = self._get_param("SerialNumber")
        if len(serial) < 9:
            rule = "have length greater than or equal to 9"
        elif len(serial) > 256:
            rule = "have length less than or equal to 256"
        elif not re.fullmatch(SERIAL_PATTERN, serial, re.ASCII):
            rule = f"satisfy regular expression pattern: {SERIAL_PATTERN}"
        else:
            device = self.backend.virtual_mfa_devices.get(serial)
            if device is None:
                message = f"VirtualMFADevice with serial number {serial} doesn't exist."
                raise Refused("NoSuchEntity", message)
            return device
        raise Refused("ValidationError", tagrules.constraint("serialNumber", rule))

    def _user(self, user, with_tags=False):
        fields = {
            "Path": user.path,
            "UserName": user.name,
            "UserId": user.id,
            "Arn": user.arn,
            "CreateDate": user.create_date,
        }
        return {**fields, **self._tags_member(user.arn)} if with_tags else fields

    def _user_detail(self, user):
        groups = [group for group in self.backend.groups.values() if user in group.users]
        return {
            **self._user(user, with_tags=True),
            "UserPolicyList": inline(user.policies),
            "GroupList": [group.name for group in groups],
            "AttachedManagedPolicies": attached(user),
            **boundary(user),
        }

    def _role_detail(self, role):
        """API_RoleDetail: with Tags. Whether AWS gives the tags of its instance profiles is not documented; here it
        does not."""
        profiles = self.backend.instance_profiles.values()
        used = {"LastUsedDate": role.last_used, "Region": role.last_used_region} if role.last_used else {}
        return {
            "Path": role.path,
            "RoleName": role.name,
            "RoleId": role.id,
            "Arn": role.arn,
            "CreateDate": role.create_date,
            "AssumeRolePolicyDocument": document(role.assume_role_policy_document),
            "InstanceProfileList": [profile_listed(p) for p in profiles if role in p.roles],
            "RolePolicyList": inline(role.policies),
            "AttachedManagedPolicies": attached(role),
            **boundary(role),
            **self._tags_member(role.arn),
            "RoleLastUsed": used,
        }

    def _virtual_device(self, device):
        fields = {"SerialNumber": device.serial_number}
        if device.enable_date:
            fields["EnableDate"] = device.enable_date
            fields["User"] = self._user(device.user) if device.user else device.user_attribute
        return fields


def group_detail(group):
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.id,
        "Arn": group.arn,
        "CreateDate": group.create_date,
        "GroupPolicyList": inline(group.policies),
        "AttachedManagedPolicies": attached(group),
    }


def policy_detail(policy):
    """API_ManagedPolicyDetail: it has no tags."""
    return {
        **policy_listed(policy),
        "PolicyVersionList": [
            {
                "Document": document(version.document),
                "VersionId": version.version_id,
                "IsDefaultVersion": version.version_id == policy.default_version_id,
                "CreateDate": version.create_date,
            }
            for version in policy.versions
        ],
    }


def is_root(device):
    return bool(device.enable_date) and device.user is None


def root_user(account, partition, created):
    """Root in ListVirtualMFADevices: neither UserName nor Path, and the account as its id."""
    return {"UserId": account, "Arn": f"arn:{partition}:iam::{account}:root", "CreateDate": created}


class Sts(TokenResponse):
    def get_caller_identity(self):
        """A user's ARN belongs to iam; moto says sts for a caller it did not make."""
        result = super().get_caller_identity().result
        return ActionResult({**result, "Arn": re.sub(r":sts:(.*):user/", r":iam:\1:user/", result["Arn"])})
