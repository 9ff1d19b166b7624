//! IAM server certificates. The list comes without tags (IAM API Reference, `ListServerCertificates`), so each certificate is
//! read by itself.

use aws_sdk_iam::types::{ServerCertificateMetadata, SummaryKeyType};

use super::context::ScanContext;
use super::fields::{read_tags, rfc_3339, some};
use super::iam_tags::{PAGE, read_list, tag_methods, tags_of};
use super::reader::{OperationFuture, TypeReader};
use super::tag_index;
use crate::aws::SupportedType;
use crate::aws::supported::iam_server_certificate;
use crate::collect::client::paging::pages;
use crate::model::Resource;

const LIST: &str = "iam:ListServerCertificates";

/// The reader of IAM server certificates.
pub(super) struct IamServerCertificates;

impl TypeReader for IamServerCertificates {
    fn resource_type(&self) -> &'static SupportedType {
        &iam_server_certificate::TYPE
    }

    fn list_actions(&self) -> &'static [&'static str] {
        &[LIST]
    }

    fn scan<'a>(&'a self, context: &'a ScanContext<'a>) -> OperationFuture<'a, ()> {
        Box::pin(scan(context))
    }

    tag_methods!(
        iam_server_certificate::TYPE,
        tag_server_certificate,
        untag_server_certificate,
        server_certificate_name,
        |target| target.parts.name
    );

    fn summary_entry(&self) -> Option<(SummaryKeyType, &'static str)> {
        Some((SummaryKeyType::ServerCertificates, "server certificate"))
    }

    fn estimated_calls(&self, resources: u64, indexed: bool) -> Vec<(&'static str, u64)> {
        vec![
            (LIST, pages(resources, PAGE as u64)),
            tag_index::estimated_call(iam_server_certificate::TYPE.read_tags_action, resources, indexed),
        ]
    }
}

async fn scan(context: &ScanContext<'_>) {
    let certificates = read_list!(context, LIST, list_server_certificates, |call| call, |answer| {
        answer.server_certificate_metadata_list
    });
    let read_one = |certificate: ServerCertificateMetadata| {
        let name = certificate.server_certificate_name.clone();
        (from_metadata(context, certificate), async move { tags_of(context.session, &name).await.map(read_tags) })
    };
    context.add_all(certificates, read_one).await;
}

tags_of!(tags_of, iam_server_certificate::TYPE, list_server_certificate_tags, server_certificate_name);

fn from_metadata(context: &ScanContext<'_>, certificate: ServerCertificateMetadata) -> Resource<'static> {
    Resource {
        name: some(certificate.server_certificate_name),
        id: some(certificate.server_certificate_id),
        path: some(certificate.path),
        created: rfc_3339(certificate.upload_date.as_ref()),
        ..context.resource(certificate.arn)
    }
}
