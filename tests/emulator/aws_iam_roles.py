"""IAM roles as AWS answers them."""

from moto.iam.exceptions import EntityAlreadyExists

from aws_iam_common import RESERVED, SERVICE_LINKED, IamBase, boundary, document, forget_tags
from errors import Refused


class Roles(IamBase):
    def create_role(self):
        """API_CreateRole: names are unique without regard to case; the answer has the tags."""
        tags = self._new_tags(ignore_case=True)
        name = self._name("RoleName", 64)
        self._refuse_taken("Role", name, [role.name for role in self.backend.roles.values()])
        role = self.backend.create_role(
            name,
            self._get_param("AssumeRolePolicyDocument"),
            self._get_param("Path"),
            self._get_param("PermissionsBoundary"),
            self._get_param("Description"),
            [],
            self._get_param("MaxSessionDuration", 3600),
        )
        self._keep_new_tags(role.arn, tags)
        return self._answer({"Role": self._role_and_tags(role)})

    def create_service_linked_role(self):
        """API_CreateServiceLinkedRole: the role is below /aws-service-role/SERVICE/ and has no tags."""
        service, suffix = self._get_param("AWSServiceName"), self._get_param("CustomSuffix")
        if not service.endswith((".amazonaws.com", ".amazonaws.com.cn")):
            raise Refused("InvalidInput", f"Service name {service} is invalid.")
        try:
            role = self.backend.create_service_linked_role(service, self._get_param("Description"), suffix)
        except EntityAlreadyExists as taken:
            raise Refused("InvalidInput", str(taken.message)) from None
        return self._answer({"Role": role_listed(role)})

    def get_role(self):
        """API_GetRole: with Tags (absent if there are none) and PermissionsBoundary."""
        return self._answer({"Role": self._role_and_tags(self._find_role())})

    def list_roles(self):
        """API_ListRoles: neither PermissionsBoundary nor RoleLastUsed nor Tags are returned."""
        page, paging = self._named_page(self.backend.roles.values(), lambda role: role.name)
        return self._answer({"Roles": [role_listed(role) for role in page], **paging})

    def delete_role(self):
        """API_DeleteRole; a role that AWS manages cannot be deleted by it."""
        role = self._own_role(also_service_linked=False)
        arn, result = role.arn, super().delete_role()
        forget_tags(self.backend, arn)
        return result

    def list_role_tags(self):
        """API_ListRoleTags."""
        return self._tags_page(self._find_role().arn)

    def tag_role(self):
        """API_TagRole, for service-linked roles too. Keys ignore case and keep it (IAM User Guide, id_tags)."""
        return self._tag(lambda: self._own_role().arn, ignore_case=True)

    def untag_role(self):
        """API_UntagRole."""
        return self._untag(lambda: self._own_role().arn, ignore_case=True)

    def _find_role(self):
        name = self._name("RoleName")
        role = next((role for role in self.backend.roles.values() if role.name == name), None)
        if role is None:
            raise Refused("NoSuchEntity", f"The role with name {name} cannot be found.")
        return role

    def _own_role(self, also_service_linked=True):
        """The role, unless only AWS may change it. The error is recorded for PutRolePolicy and AttachRolePolicy of
        reserved roles; no recording of TagRole and UntagRole was at hand, whose pages do not list it."""
        role = self._find_role()
        closed = (RESERVED,) if also_service_linked else (RESERVED, SERVICE_LINKED)
        if role.path.startswith(closed):
            message = f"Cannot perform the operation on the protected role '{role.name}'"
            raise Refused("UnmodifiableEntity", f"{message} - this role is only modifiable by AWS")
        return role

    def _role_and_tags(self, role):
        used = {"LastUsedDate": role.last_used, "Region": role.last_used_region} if role.last_used else {}
        return {**role_listed(role), **boundary(role), **self._tags_member(role.arn), "RoleLastUsed": used}


def role_listed(role):
    """A role in a listing, and in an instance profile."""
    template = getattr(role, "template", None)
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": role.create_date,
        "AssumeRolePolicyDocument": document(role.assume_role_policy_document),
        "Description": role.description or None,
        "MaxSessionDuration": int(role.max_session_duration or 3600),
        # API_SourceRoleTemplate, of roles that AcquireRole made.
        "SourceRoleTemplate": template and {"TemplateArn": template, "TemplateMinorVersion": 1},
    }
