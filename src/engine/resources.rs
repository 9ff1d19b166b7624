//! An iterator over the resources of an input, for commands that need all of them.

use super::input::{Input, InputError};
use super::resource_index::InventoryIndex;
use super::stream::{LineReader, parse_line};
use crate::base::ReadProgress;
use crate::model::{Line, Resource};
use crate::policy::Policy;
use crate::rule::ResourceIndex;

/// The resources of an input in its order. The first invalid line ends the iteration with an error.
pub fn resources(input: &Input) -> impl Iterator<Item = Result<Resource<'static>, InputError>> + '_ {
    let (mut lines, mut number, mut failed) = (LineReader::new(&input.bytes), 0_u64, false);
    std::iter::from_fn(move || {
        while !failed {
            number += 1;
            let line = match lines.next() {
                Ok(Some((line, _))) => line,
                Ok(None) => return None,
                Err(error) => {
                    failed = true;
                    return Some(Err(InputError::Read { name: input.name.clone(), error }));
                }
            };
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match parse_line(line, true) {
                Ok(Line::Resource(resource)) => return Some(Ok(resource.into_owned())),
                Ok(Line::Header(_) | Line::End(_)) => {}
                Err(error) => {
                    failed = true;
                    let message = error.to_string();
                    return Some(Err(InputError::Line { name: input.name.clone(), line: number, message, more: 0 }));
                }
            }
        }
        None
    })
}

/// The resource with this ARN, address or name, and the index of all inputs that its rules need.
///
/// # Errors
/// [`InputError`] if an input can't be read.
pub fn find_resource(
    policy: &Policy,
    inputs: &[Input],
    name: &str,
) -> Result<Option<(Resource<'static>, impl ResourceIndex + use<>)>, InputError> {
    for input in inputs {
        for resource in resources(input) {
            let resource = resource?;
            let names = [resource.arn.as_deref(), resource.address.as_deref(), resource.name.as_deref()];
            if names.contains(&Some(name)) {
                let failed = |error| InputError::Read { name: input.name.clone(), error };
                return Ok(Some((
                    resource,
                    InventoryIndex::build(policy, inputs, true, &ReadProgress::default()).map_err(failed)?,
                )));
            }
        }
    }
    Ok(None)
}
