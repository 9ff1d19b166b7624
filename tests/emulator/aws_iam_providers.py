"""OIDC providers, SAML providers and server certificates as AWS answers them. Their tag keys are case-sensitive (IAM
User Guide, id_tags, "Case sensitivity")."""

import datetime

from moto.iam.models import Certificate, SAMLProvider

import tagrules
from aws_iam_common import IamBase, forget_tags
from errors import Refused

CERTIFICATE_DAYS = 365


class OidcProviders(IamBase):
    def create_open_id_connect_provider(self):
        """API_CreateOpenIDConnectProvider: the answer has the tags."""
        tags = self._new_tags()
        provider = self.backend.create_open_id_connect_provider(
            self._get_param("Url"),
            self._get_param("ThumbprintList", []),
            self._get_param("ClientIDList", []),
            [],
        )
        self._keep_new_tags(provider.arn, tags)
        return self._answer({"OpenIDConnectProviderArn": provider.arn, **self._tags_member(provider.arn)})

    def get_open_id_connect_provider(self):
        """API_GetOpenIDConnectProvider: with Tags."""
        provider = self._find_oidc()
        found = {
            "Url": provider.url,
            "ClientIDList": list(provider.client_id_list),
            "ThumbprintList": list(provider.thumbprint_list),
            "CreateDate": provider.create_date,
        }
        return self._answer({**found, **self._tags_member(provider.arn)})

    def list_open_id_connect_providers(self):
        """API_ListOpenIDConnectProviders: all of them, unpaged, and nothing but their ARNs."""
        arns = sorted(self.backend.open_id_providers)
        return self._answer({"OpenIDConnectProviderList": [{"Arn": arn} for arn in arns]})

    def delete_open_id_connect_provider(self):
        """API_DeleteOpenIDConnectProvider: no error for a provider that is gone."""
        arn = self._arn("OpenIDConnectProviderArn", "oidc-provider")
        self.backend.delete_open_id_connect_provider(arn)
        forget_tags(self.backend, arn)
        return self._answer()

    def list_open_id_connect_provider_tags(self):
        """API_ListOpenIDConnectProviderTags."""
        return self._tags_page(self._find_oidc().arn)

    def tag_open_id_connect_provider(self):
        """API_TagOpenIDConnectProvider."""
        return self._tag(lambda: self._find_oidc().arn)

    def untag_open_id_connect_provider(self):
        """API_UntagOpenIDConnectProvider."""
        return self._untag(lambda: self._find_oidc().arn)

    def _find_oidc(self):
        arn = self._arn("OpenIDConnectProviderArn", "oidc-provider")
        provider = self.backend.open_id_providers.get(arn)
        if provider is None:
            raise Refused("NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}")
        return provider


class SamlProviders(IamBase):
    def create_saml_provider(self):
        """API_CreateSAMLProvider: the answer has the tags; the document has 1000 characters or more."""
        tags = self._new_tags()
        name, text = self._name("Name"), self._get_param("SAMLMetadataDocument") or ""
        if not 1000 <= len(text) <= 10_000_000:
            rule = "have length between 1000 and 10000000"
            raise Refused("ValidationError", tagrules.constraint("sAMLMetadataDocument", rule))
        if name in self.backend.saml_providers:
            raise Refused("EntityAlreadyExists", f"SAMLProvider {name} already exists.")
        provider = SAMLProvider(self.current_account, self.partition, name, text)
        self.backend.saml_providers[name] = provider
        self._keep_new_tags(provider.arn, tags)
        return self._answer({"SAMLProviderArn": provider.arn, **self._tags_member(provider.arn)})

    def get_saml_provider(self):
        """API_GetSAMLProvider: with Tags."""
        provider = self._find_saml()
        found = {
            "SAMLMetadataDocument": provider.saml_metadata_document,
            "CreateDate": provider.create_date,
            "ValidUntil": provider.valid_until,
        }
        return self._answer({**found, **self._tags_member(provider.arn)})

    def list_saml_providers(self):
        """API_ListSAMLProviders: all of them, unpaged; no names, no tags."""
        providers = sorted(self.backend.saml_providers.values(), key=lambda provider: provider.arn)
        listed = [{"Arn": p.arn, "ValidUntil": p.valid_until, "CreateDate": p.create_date} for p in providers]
        return self._answer({"SAMLProviderList": listed})

    def delete_saml_provider(self):
        """API_DeleteSAMLProvider."""
        provider = self._find_saml()
        del self.backend.saml_providers[provider.name]
        forget_tags(self.backend, provider.arn)
        return self._answer()

    def list_saml_provider_tags(self):
        """API_ListSAMLProviderTags."""
        return self._tags_page(self._find_saml().arn)

    def tag_saml_provider(self):
        """API_TagSAMLProvider."""
        return self._tag(lambda: self._find_saml().arn)

    def untag_saml_provider(self):
        """API_UntagSAMLProvider."""
        return self._untag(lambda: self._find_saml().arn)

    def _find_saml(self):
        arn = self._arn("SAMLProviderArn", "saml-provider")
        provider = next((p for p in self.backend.saml_providers.values() if p.arn == arn), None)
        if provider is None:
            raise Refused("NoSuchEntity", f"Manifest not found for arn {arn}")
        return provider


class Certificates(IamBase):
    def upload_server_certificate(self):
        """API_UploadServerCertificate: the answer has the tags. The certificate and its key are not looked at."""
        tags = self._new_tags()
        name = self._name("ServerCertificateName")
        certificates = self.backend.certificates
        self._refuse_taken("The Server Certificate", name, [c.cert_name for c in certificates.values()])
        certificate = self.backend.upload_server_certificate(
            name,
            self._get_param("CertificateBody"),
            self._get_param("PrivateKey"),
            self._get_param("CertificateChain"),
            self._get_param("Path"),
        )
        # AWS's ids begin with ASCA (IAM User Guide, reference_identifiers); moto has a random key.
        key = next(key for key, value in certificates.items() if value is certificate)
        date_certificate(certificate, "ASCA" + key[:17].upper(), now())
        certificates[certificate.id] = certificates.pop(key)
        self._keep_new_tags(certificate.arn, tags)
        made = {"ServerCertificateMetadata": certificate_listed(certificate)}
        return self._answer({**made, **self._tags_member(certificate.arn)})

    def get_server_certificate(self):
        """API_GetServerCertificate: with Tags."""
        certificate = self._find_certificate()
        found = {
            "ServerCertificateMetadata": certificate_listed(certificate),
            "CertificateBody": certificate.cert_body,
            "CertificateChain": certificate.cert_chain,
        }
        return self._answer({"ServerCertificate": {**found, **self._tags_member(certificate.arn)}})

    def list_server_certificates(self):
        """API_ListServerCertificates: no tags."""
        page, paging = self._named_page(self.backend.certificates.values(), lambda c: c.cert_name)
        listed = [certificate_listed(certificate) for certificate in page]
        return self._answer({"ServerCertificateMetadataList": listed, **paging})

    def delete_server_certificate(self):
        """API_DeleteServerCertificate."""
        certificate = self._find_certificate()
        del self.backend.certificates[certificate.id]
        forget_tags(self.backend, certificate.arn)
        return self._answer()

    def list_server_certificate_tags(self):
        """API_ListServerCertificateTags."""
        return self._tags_page(self._find_certificate().arn)

    def tag_server_certificate(self):
        """API_TagServerCertificate."""
        return self._tag(lambda: self._find_certificate().arn)

    def untag_server_certificate(self):
        """API_UntagServerCertificate."""
        return self._untag(lambda: self._find_certificate().arn)

    def _find_certificate(self):
        name = self._name("ServerCertificateName")
        certificate = next((c for c in self.backend.certificates.values() if c.cert_name == name), None)
        if certificate is None:
            raise Refused("NoSuchEntity", f"The Server Certificate with name {name} cannot be found.")
        return certificate


def now():
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None, microsecond=0)


def new_certificate(account, partition, name, path):
    return Certificate(account, partition, name, "-----BEGIN CERTIFICATE-----", "", None, path)


def date_certificate(certificate, certificate_id, uploaded):
    """moto keeps neither the id nor the dates of a certificate."""
    certificate.id, certificate.upload_date = certificate_id, uploaded
    certificate.expiration = uploaded + datetime.timedelta(days=CERTIFICATE_DAYS)


def certificate_listed(certificate):
    return {
        "Path": certificate.path,
        "ServerCertificateName": certificate.cert_name,
        "ServerCertificateId": certificate.id,
        "Arn": certificate.arn,
        "UploadDate": certificate.upload_date,
        "Expiration": certificate.expiration,
    }
