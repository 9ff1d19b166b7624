//! Resources of an input one after the other, for the commands that want to look at all of them.

use super::chunk::CHUNK;
use super::neighbours::Neighbours;
use super::store::{Input, InputError, MAX_LINE};
use crate::check::Others;
use crate::model::{Line, Resource, parse_line};
use crate::policy::Policy;

/// The resources of an input in its order. Lines that are none end it with an error.
pub fn resources(input: &Input) -> impl Iterator<Item = Result<Resource<'static>, InputError>> + '_ {
    let (mut offset, mut buffer, mut start, mut number, mut failed) = (0_u64, Vec::new(), 0, 0_u64, false);
    std::iter::from_fn(move || {
        while !failed {
            let end = match memchr::memchr(b'\n', &buffer[start..]) {
                Some(at) => start + at,
                None if offset < input.store.len() && buffer.len() - start <= MAX_LINE => {
                    buffer.drain(..start);
                    start = 0;
                    let before = buffer.len();
                    let length = usize::try_from(CHUNK).unwrap_or(usize::MAX);
                    if let Err(error) = input.store.read_at(offset, length, &mut buffer) {
                        failed = true;
                        return Some(Err(InputError::Read { name: input.name.clone(), error }));
                    }
                    offset += (buffer.len() - before) as u64;
                    continue;
                }
                None if start < buffer.len() => buffer.len(),
                None => return None,
            };
            let line = &buffer[start..end];
            start = (end + 1).min(buffer.len());
            number += 1;
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match parse_line(line) {
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

/// The resource with this ARN, address or name, and what rules need to know of the others.
///
/// # Errors
/// [`InputError`] where an input can't be read.
pub fn find_resource(
    policy: &Policy,
    inputs: &[Input],
    name: &str,
) -> Result<Option<(Resource<'static>, impl Others + use<>)>, InputError> {
    for input in inputs {
        for resource in resources(input) {
            let resource = resource?;
            let names = [resource.arn.as_deref(), resource.address.as_deref(), resource.name.as_deref()];
            if names.contains(&Some(name)) {
                let failed = |error| InputError::Read { name: input.name.clone(), error };
                return Ok(Some((resource, Neighbours::build(policy, inputs).map_err(failed)?)));
            }
        }
    }
    Ok(None)
}
