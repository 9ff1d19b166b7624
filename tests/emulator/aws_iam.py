"""IAM and STS as AWS answers them, on top of moto's classes."""

import datetime
import json
import re
import uuid
from urllib.parse import quote
from xml.sax.saxutils import escape

from moto.core.responses import ActionResult, EmptyResult
from moto.iam import urls as iam_urls
from moto.iam.models import VirtualMfaDevice
from moto.iam.responses import IamResponse
from moto.sts import urls as sts_urls
from moto.sts.responses import TokenResponse

import tagrules
from errors import Refused
from paging import BadToken, paginate

SERIAL_PATTERN = r"[\w+=/:,.@-]+"  # IAM API model, serialNumberType


def install():
    iam_urls.url_paths["{0}/$"] = Iam.dispatch
    sts_urls.url_paths["{0}/$"] = Sts.dispatch


def get_tags(backend, arn):
    return {key: value or "" for key, value in backend.tagger.tags.get(arn, {}).items()}


def set_tags(backend, arn, tags):
    backend.tagger.tags[arn] = dict(tags)


def was_tagged(backend, arn):
    """An ARN stays in moto's tagger when its last tag goes."""
    return arn in backend.tagger.tags


def serial_name(serial):
    return serial.split(":mfa/", 1)[-1].rsplit("/", 1)[-1]


class Iam(IamResponse):
    # Users

    def create_user(self):
        name = self._get_param("UserName")
        tags = self._get_param("Tags", [])
        tagrules.check_iam_tags(tags, ignore_case=True)
        # User names are unique without regard to case (IAM User Guide, reference_iam-quotas).
        if any(name.lower() == other.lower() for other in self.backend.users):
            raise Refused("EntityAlreadyExists", f"User with name {name} already exists.")
        user = self.backend.create_user(self.region, user_name=name, path=self._get_param("Path"))
        if tags:
            set_tags(self.backend, user.arn, tagrules.as_dict(tags))
        return ActionResult({"User": self._user(user, with_tags=True)})

    def get_user(self):
        name = self._get_param("UserName")
        if not name:
            return super().get_user()
        return ActionResult({"User": self._user(self.backend.get_user(name), with_tags=True)})

    def list_users(self):
        """API_ListUsers: tags are not returned."""
        prefix = self._get_param("PathPrefix") or "/"
        users = [user for user in self.backend.users.values() if user.path.startswith(prefix)]
        page, paging = self._page(users, lambda user: [user.name])
        return self._listing({"Users": [self._user(user) for user in page], **paging})

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
        user = self.backend.get_user(self._get_param("UserName"))
        return self._tags_page(get_tags(self.backend, user.arn))

    def tag_user(self):
        """Keys of users ignore case and keep it (IAM User Guide, id_tags, "Case sensitivity")."""
        tags = self._get_param("Tags", [])
        tagrules.check_iam_tags(tags, ignore_case=True)
        user = self.backend.get_user(self._get_param("UserName"))
        self._add_tags(user.arn, tags, ignore_case=True)
        return EmptyResult()

    def untag_user(self):
        keys = self._get_param("TagKeys", [])
        tagrules.check_iam_keys(keys)
        user = self.backend.get_user(self._get_param("UserName"))
        self._remove_tags(user.arn, keys, ignore_case=True)
        return EmptyResult()

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
        if tags:
            set_tags(self.backend, device.serial_number, tagrules.as_dict(tags))
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
        self.backend.tagger.delete_all_tags_for_resource(device.serial_number)
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
        return self._listing({"VirtualMFADevices": [self._virtual_device(d) for d in page], **paging})

    def list_mfa_device_tags(self):
        return self._tags_page(get_tags(self.backend, self._device().serial_number))

    def tag_mfa_device(self):
        """Keys of MFA devices are case-sensitive (IAM User Guide, id_tags, "Case sensitivity")."""
        tags = self._get_param("Tags", [])
        tagrules.check_iam_tags(tags, ignore_case=False)
        self._add_tags(self._device().serial_number, tags, ignore_case=False)
        return EmptyResult()

    def untag_mfa_device(self):
        keys = self._get_param("TagKeys", [])
        tagrules.check_iam_keys(keys)
        self._remove_tags(self._device().serial_number, keys, ignore_case=False)
        return EmptyResult()

    # Account

    def get_account_authorization_details(self):
        """One listing over all entity types; MaxItems counts all of them together."""
        wanted = self._get_param("Filter", [])
        found = self.backend.get_account_authorization_details(wanted)
        lists = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
        kinds = ("users", "groups", "roles", "managed_policies")
        write = (self._user_detail, group_detail, role_detail, policy_detail)
        entities = [
            (rank, entity.arn if kind == "managed_policies" else entity.name, entity)
            for rank, kind in enumerate(kinds)
            for entity in found[kind]
        ]
        page, paging = self._page(entities, lambda entity: [entity[0], entity[1]])
        result = {
            name: [write[rank](e) for of, _, e in page if of == rank] for rank, name in enumerate(lists)
        }
        return self._listing({**result, **paging})

    def get_account_summary(self):
        summary = dict(self.backend.get_account_summary().summary_map)
        devices = self.backend.virtual_mfa_devices.values()
        summary["Users"] = len(self.backend.users)
        summary["MFADevices"] = len(devices)
        summary["MFADevicesInUse"] = sum(bool(device.enable_date) for device in devices)
        summary["AccountMFAEnabled"] = int(any(is_root(device) for device in devices))
        return ActionResult({"SummaryMap": summary})

    # Helpers

    def _listing(self, result):
        """The answer as XML. moto's writer takes 0.7 s for 1000 users with ten tags each, this one 0.02 s."""
        operation = self._get_action()
        return (
            f'<{operation}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><{operation}Result>'
            f"{xml(result)}</{operation}Result><ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId>"
            f"</ResponseMetadata></{operation}Response>"
        )

    def _page(self, items, key):
        size = self._get_int_param("MaxItems", 100)
        for bad, rule in (
            (size < 1, "greater than or equal to 1"),
            (size > 1000, "less than or equal to 1000"),
        ):
            if bad:
                raise Refused("ValidationError", tagrules.constraint("maxItems", f"have value {rule}"))
        try:
            page, marker = paginate(items, key, self._get_param("Marker"), size, self._get_action())
        except BadToken:
            raise Refused("ValidationError", "Invalid Marker.") from None
        return page, {"IsTruncated": marker is not None, "Marker": marker}

    def _tags_page(self, tags):
        page, paging = self._page(tagrules.as_list(tags), lambda tag: [tag["Key"]])
        return self._listing({"Tags": page, **paging})

    def _add_tags(self, arn, tags, ignore_case):
        tags = tagrules.merged(get_tags(self.backend, arn), tagrules.as_dict(tags), ignore_case)
        if tagrules.too_many(tags):
            raise Refused("LimitExceeded", "The number of tags has reached the maximum limit.")
        set_tags(self.backend, arn, tags)

    def _remove_tags(self, arn, keys, ignore_case):
        if was_tagged(self.backend, arn):
            set_tags(self.backend, arn, tagrules.without(get_tags(self.backend, arn), keys, ignore_case))

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
        tags = get_tags(self.backend, user.arn) if with_tags else None
        if tags:  # the element is absent when there are none
            fields["Tags"] = tagrules.as_list(tags)
        return fields

    def _user_detail(self, user):
        groups = [group for group in self.backend.groups.values() if user in group.users]
        return {
            **self._user(user, with_tags=True),
            "UserPolicyList": inline(user.policies),
            "GroupList": [group.name for group in groups],
            "AttachedManagedPolicies": attached(user),
            **boundary(user),
        }

    def _virtual_device(self, device):
        fields = {"SerialNumber": device.serial_number}
        if device.enable_date:
            fields["EnableDate"] = device.enable_date
            fields["User"] = self._user(device.user) if device.user else device.user_attribute
        return fields


def xml(value):
    """AWS Query's XML of plain data: a list is a row of <member>, an absent field is left out."""
    if isinstance(value, dict):
        return "".join(f"<{k}>{xml(v)}</{k}>" for k, v in value.items() if v is not None)
    if isinstance(value, list):
        return "".join(f"<member>{xml(item)}</member>" for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return escape(str(value), {"\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"})


def inline(policies):
    return [{"PolicyName": n, "PolicyDocument": document(d)} for n, d in policies.items()]


def document(text):
    """Percent-encoded by RFC 3986, as IAM gives every document (API_GetAccountAuthorizationDetails)."""
    return quote(text if isinstance(text, str) else json.dumps(text), safe="")


def attached(entity):
    return [{"PolicyName": p.name, "PolicyArn": arn} for arn, p in entity.managed_policies.items()]


def boundary(entity):
    arn = getattr(entity, "permissions_boundary_arn", None)
    if not arn:
        return {}
    return {"PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}}


def group_detail(group):
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.id,
        "Arn": group.arn,
        "GroupPolicyList": inline(group.policies),
        "AttachedManagedPolicies": attached(group),
    }


def role_detail(role):
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "AssumeRolePolicyDocument": document(role.assume_role_policy_document),
        "InstanceProfileList": [],
        "RolePolicyList": inline(role.policies),
        "AttachedManagedPolicies": attached(role),
        **boundary(role),
    }


def policy_detail(policy):
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default_version_id,
        "AttachmentCount": policy.attachment_count,
        "PermissionsBoundaryUsageCount": getattr(policy, "boundary_count", 0),
        "IsAttachable": True,
        "PolicyVersionList": [
            {
                "Document": document(version.document),
                "VersionId": version.version_id,
                "IsDefaultVersion": version.version_id == policy.default_version_id,
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
