//! The tags of resources that the tagging API does not list, read from Cloud Control for a fix.

use std::collections::{BTreeMap, HashMap};

use futures_util::StreamExt as _;

use super::confirm::{Answer, TypeReads};
use crate::aws::TaggableArn;
use crate::aws::cloud_control::{self, ReadableType};
use crate::collect::client::session::AccountSession;
use crate::model::TagMap;

/// The resources that are read at the same time.
const AT_ONCE: usize = 8;

/// Reads the tags of resources of one region, by ARN. An error is the reason why the tags are not known.
pub(crate) async fn read(
    session: &AccountSession,
    region: &str,
    arns: Vec<String>,
) -> HashMap<String, Result<TagMap, String>> {
    let (mut out, mut groups) = (HashMap::new(), BTreeMap::<_, (&'static ReadableType, Vec<String>)>::new());
    for arn in arns {
        match TaggableArn::parse(&arn).and_then(|parsed| cloud_control::of_kind(parsed.kind)) {
            Some(readable) => groups.entry(readable.name).or_insert_with(|| (readable, Vec::new())).1.push(arn),
            None => drop(out.insert(arn, Err("Cloud Control does not know the type".to_owned()))),
        }
    }
    for (readable, arns) in groups.into_values() {
        let mut reads = TypeReads::new(session, region, readable);
        let mut rest = arns.into_iter();
        while !reads.is_settled() {
            let Some(arn) = rest.next() else { break };
            let answer = reads.learn(&arn).await;
            out.insert(arn, tags(answer));
        }
        let reads = &reads;
        let read = async |arn: String| {
            let answer = reads.read(&arn).await;
            (arn, tags(answer))
        };
        let others: Vec<_> = futures_util::stream::iter(rest).map(read).buffer_unordered(AT_ONCE).collect().await;
        out.extend(others);
    }
    out
}

/// The tags, if the answer has them or says that there are none.
fn tags(answer: Answer) -> Result<TagMap, String> {
    match answer {
        Answer::Tags(tags) => Ok(tags.into_iter().collect()),
        Answer::Exists(reason) => Err(reason.to_owned()),
        Answer::Gone => Err("Cloud Control does not find the resource".to_owned()),
        Answer::Nothing(reason) => Err(reason),
    }
}
