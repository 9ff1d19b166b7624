"""Customer managed policies and instance profiles as AWS answers them. Their tag keys are case-sensitive (IAM User
Guide, id_tags, "Case sensitivity")."""

from moto.iam.models import AWSManagedPolicy

from aws_iam_common import IamBase, forget_tags
from aws_iam_roles import role_listed
from errors import Refused


class Policies(IamBase):
    def create_policy(self):
        """API_CreatePolicy: the answer has the tags."""
        tags = self._new_tags()
        name = self._name("PolicyName")
        local = [p.name for p in self.backend.managed_policies.values() if is_local(p)]
        if any(name.lower() == other.lower() for other in local):
            message = f"A policy called {name} already exists. Duplicate names are not allowed."
            raise Refused("EntityAlreadyExists", message)
        policy = self.backend.create_policy(
            self._get_param("Description"),
            self._get_param("Path") or "/",
            self._get_param("PolicyDocument"),
            name,
            [],
        )
        self._keep_new_tags(policy.arn, tags)
        return self._answer({"Policy": {**policy_listed(policy), **self._tags_member(policy.arn)}})

    def get_policy(self):
        """API_GetPolicy: with Description and Tags."""
        policy = self._find_policy()
        found = {**policy_listed(policy), "Description": policy.description or None}
        return self._answer({"Policy": {**found, **self._tags_member(policy.arn)}})

    def list_policies(self):
        """API_ListPolicies: no tags and no Description; Scope is All, AWS or Local, and All by default."""
        scope = self._get_param("Scope") or "All"
        attached = self._get_bool_param("OnlyAttached", False)
        policies = [
            policy
            for policy in self.backend.managed_policies.values()
            if scope == "All" or is_local(policy) == (scope == "Local")
            if policy.attachment_count or not attached
        ]
        page, paging = self._named_page(policies, lambda policy: policy.arn)
        return self._answer({"Policies": [policy_listed(policy) for policy in page], **paging})

    def delete_policy(self):
        """API_DeletePolicy."""
        policy = self._own_policy()
        if policy.attachment_count:
            raise Refused("DeleteConflict", "Cannot delete a policy attached to entities.")
        result = super().delete_policy()
        forget_tags(self.backend, policy.arn)
        return result

    def list_policy_tags(self):
        """API_ListPolicyTags."""
        return self._tags_page(self._own_policy().arn)

    def tag_policy(self):
        """API_TagPolicy: of customer managed policies."""
        return self._tag(lambda: self._own_policy().arn)

    def untag_policy(self):
        """API_UntagPolicy."""
        return self._untag(lambda: self._own_policy().arn)

    def _find_policy(self):
        arn = self._arn("PolicyArn", "policy")
        policy = self.backend.managed_policies.get(arn)
        if policy is None:
            raise Refused("NoSuchEntity", f"Policy {arn} was not found.")
        return policy

    def _own_policy(self):
        """The policy, unless it is AWS's. No recording of AWS's code and wording for this was at hand; the three pages
        list InvalidInput."""
        policy = self._find_policy()
        if not is_local(policy):
            raise Refused("InvalidInput", f"{policy.arn} is not a customer managed policy.")
        return policy


class Profiles(IamBase):
    def create_instance_profile(self):
        """API_CreateInstanceProfile: the answer has the tags."""
        tags = self._new_tags()
        name = self._name("InstanceProfileName")
        self._refuse_taken("Instance Profile", name, self.backend.instance_profiles)
        profile = self.backend.create_instance_profile(name, self._get_param("Path") or "/", [])
        self._keep_new_tags(profile.arn, tags)
        return self._answer({"InstanceProfile": self._profile_and_tags(profile)})

    def get_instance_profile(self):
        """API_GetInstanceProfile: with Tags."""
        return self._answer({"InstanceProfile": self._profile_and_tags(self._find_profile())})

    def list_instance_profiles(self):
        """API_ListInstanceProfiles: no tags."""
        page, paging = self._named_page(self.backend.instance_profiles.values(), lambda profile: profile.name)
        return self._answer({"InstanceProfiles": [profile_listed(profile) for profile in page], **paging})

    def list_instance_profiles_for_role(self):
        """API_ListInstanceProfilesForRole: no tags."""
        name = self._name("RoleName")
        self.backend.get_role(name)
        profiles = self.backend.get_instance_profiles_for_role(name)
        page, paging = self._page(profiles, lambda profile: [profile.name])
        return self._answer({"InstanceProfiles": [profile_listed(profile) for profile in page], **paging})

    def delete_instance_profile(self):
        """API_DeleteInstanceProfile."""
        arn = self._find_profile().arn
        result = super().delete_instance_profile()
        forget_tags(self.backend, arn)
        return result

    def list_instance_profile_tags(self):
        """API_ListInstanceProfileTags."""
        return self._tags_page(self._find_profile().arn)

    def tag_instance_profile(self):
        """API_TagInstanceProfile."""
        return self._tag(lambda: self._find_profile().arn)

    def untag_instance_profile(self):
        """API_UntagInstanceProfile."""
        return self._untag(lambda: self._find_profile().arn)

    def _find_profile(self):
        name = self._name("InstanceProfileName")
        profile = self.backend.instance_profiles.get(name)
        if profile is None:
            raise Refused("NoSuchEntity", f"Instance Profile {name} cannot be found.")
        return profile

    def _profile_and_tags(self, profile):
        return {**profile_listed(profile), **self._tags_member(profile.arn)}


def is_local(policy):
    return not isinstance(policy, AWSManagedPolicy)


def policy_listed(policy):
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default_version_id,
        "AttachmentCount": policy.attachment_count,
        "PermissionsBoundaryUsageCount": getattr(policy, "boundary_count", 0),
        "IsAttachable": True,
        "CreateDate": policy.create_date,
        "UpdateDate": policy.update_date,
    }


def profile_listed(profile):
    return {
        "Path": profile.path,
        "InstanceProfileName": profile.name,
        "InstanceProfileId": profile.id,
        "Arn": profile.arn,
        "CreateDate": profile.create_date,
        "Roles": [role_listed(role) for role in profile.roles],
    }
