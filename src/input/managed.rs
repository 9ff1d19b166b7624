//! The source of live resources: states and stacks map ARNs to addresses, and the source has the location of an
//! address.

use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use super::cloudformation::{StackResource, StackResourceIndex};
use super::spool::SpoolWriter;
use super::terraform::source::SourceIndex;
use super::terraform::{HiddenAddresses, state, within};
use super::unpack_budget::UnpackBudget;
use crate::base::read_named;
use crate::engine::{ByteSource, Input, InputError, MAX_LINE, Ownership};
use crate::input::options::InputOptions;
use crate::model::{Line, Location, Origin, Resource, Text, parse_line, write_resource};

/// The largest state in bytes. One of 100,000 resources has about 300 MB.
const MAX_STATE: u64 = 1 << 30;
/// The largest list of stack resources in bytes. A stack has at most 500 resources.
const MAX_STACK: u64 = 64 << 20;

/// The address and source location of a managed resource.
#[derive(Debug, Clone)]
struct ManagedResource {
    address: String,
    location: Option<Location>,
    origin: Origin,
    /// True if all tags are sensitive, with their keys.
    hides_tags: bool,
}

/// The managed resources of states and stacks, by their identifiers.
#[derive(Debug, Default)]
pub struct ManagedResourceIndex {
    /// The resources of states, by ARN.
    arns: HashMap<String, ManagedResource>,
    /// The resources of stacks, each with the account of the stack if it is known.
    stacks: Vec<(Option<String>, StackResourceIndex)>,
    unpack: UnpackBudget,
    /// Notes for the person who named the files.
    pub notes: Vec<String>,
}

impl ManagedResourceIndex {
    /// Reads states (files, or folders of them) and lists of stack resources.
    ///
    /// # Errors
    /// [`InputError`] if one cannot be read, or has another format.
    pub fn open(states: &[PathBuf], stacks: &[PathBuf], options: &InputOptions) -> Result<Self, InputError> {
        let mut out = Self { unpack: options.unpack.clone(), ..Self::default() };
        for path in states {
            let failed = |error| InputError::Read { name: path.display().to_string(), error };
            if !path.is_dir() {
                out.add_state(path, options)?;
                continue;
            }
            let files = state::files(path).map_err(failed)?;
            if files.is_empty() {
                let message =
                    "no Terraform state in this folder (*.tfstate, or *.json that `terraform show -json` printed)";
                return Err(InputError::Invalid { name: path.display().to_string(), message: message.to_owned() });
            }
            for file in files {
                out.add_state(&file, options)?;
            }
        }
        for path in stacks {
            out.stack(path, options)?;
        }
        Ok(out)
    }

    /// Adds a state, with the source of `--source` or of its own folder.
    fn add_state(&mut self, path: &Path, options: &InputOptions) -> Result<(), InputError> {
        let name = path.display().to_string();
        let text = read_named(path, MAX_STATE).map_err(|error| InputError::Read { name: name.clone(), error })?;
        let kept = state::read(&text).map_err(|message| InputError::Invalid { name: name.clone(), message })?;
        let index = self.index(path, options)?;
        let (all, mut placed, mut hidden) = (kept.len(), 0, HiddenAddresses::default());
        for kept in kept {
            let place = index.as_ref().and_then(|index| index.find(&kept.address)).unwrap_or_default();
            placed += usize::from(place.block.is_some());
            let origin = Origin {
                kind: Some(kept.kind),
                tags: place.tags,
                keys: place.keys,
                calls: place.calls,
                sensitive: place.sensitive.into_iter().chain(kept.marks.keys).collect(),
                hidden_keys: place.hidden_keys,
                ignores: place.ignores,
                ..Origin::default()
            };
            let (address, hides_tags) = (hidden.distinct(Text::from(kept.shown_address)).to_string(), kept.marks.whole);
            let find = ManagedResource { address, location: place.block, origin, hides_tags };
            self.arns.entry(kept.arn).or_insert(find);
        }
        if all > 0 && placed == 0 {
            self.notes.push(format!(
                "{name}: none of its resources is in the source beside it: findings have an address only (--source names the folder)"
            ));
        }
        Ok(())
    }

    /// The source of a state. Nothing outside of the repository is read.
    fn index(&mut self, state: &Path, options: &InputOptions) -> Result<Option<SourceIndex>, InputError> {
        let beside = state.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        let folder = options.source.as_deref().filter(|source| source.is_dir()).unwrap_or(beside);
        if within(folder, &options.srcroot).is_none() {
            let message =
                format!("{} is outside {}; --srcroot names another root", folder.display(), options.srcroot.display());
            if options.source.is_some() {
                return Err(InputError::Invalid { name: "--source".to_owned(), message });
            }
            self.notes.push(format!("{message}: no source is read there"));
            return Ok(None);
        }
        let index = SourceIndex::open(folder, &options.srcroot, &options.srcroot)
            .map_err(|error| InputError::Read { name: folder.display().to_string(), error })?;
        self.notes.extend(index.unread().iter().map(|why| format!("{why}: resources there have no source location")));
        Ok(Some(index))
    }

    /// Adds the resources of a stack, with the template that `--source` names.
    fn stack(&mut self, path: &Path, options: &InputOptions) -> Result<(), InputError> {
        let name = path.display().to_string();
        let text = read_named(path, MAX_STACK).map_err(|error| InputError::Read { name: name.clone(), error })?;
        let whole = |message: String| InputError::Invalid { name: name.clone(), message };
        let mut stack = StackResourceIndex::read(&text).map_err(|error| whole(error.to_string()))?;
        if let Some(template) = options.source.as_deref().filter(|source| source.is_file()) {
            stack = stack.with_template(template, options)?;
        }
        let account = stack.account().map(str::to_owned).or_else(|| options.account.clone());
        self.stacks.push((account, stack));
        Ok(())
    }

    /// Adds addresses and locations to the resources of an input, and records the unmanaged ones.
    ///
    /// # Errors
    /// [`InputError`] if the input cannot be read, or the account of a stack is ambiguous.
    pub fn attach(&self, input: Input, managed: &mut Ownership) -> Result<Input, InputError> {
        let failed = |error| InputError::Read { name: input.name.clone(), error };
        let mut lines = BufReader::with_capacity(256 << 10, ByteSourceReader { store: &input.bytes, offset: 0 });
        let (mut written, mut line, mut account) = (SpoolWriter::new(&self.unpack), Vec::new(), None);
        loop {
            line.clear();
            // A longer line is copied in pieces, so that the engine reports it with its number.
            let read = (&mut lines).take(MAX_LINE as u64 + 2).read_until(b'\n', &mut line).map_err(failed)?;
            if read == 0 {
                break;
            }
            let end = line.strip_suffix(b"\n").unwrap_or(&line);
            let Ok(Line::Resource(mut resource)) = parse_line(end.strip_suffix(b"\r").unwrap_or(end)) else {
                written.write(&line).map_err(failed)?;
                continue;
            };
            managed.read += 1;
            match self
                .find(&resource, &mut account)
                .map_err(|message| InputError::Invalid { name: input.name.clone(), message })?
            {
                None => {
                    managed.unmanaged.push(resource.handle().into_owned());
                    written.write(&line).map_err(failed)?;
                }
                Some(find) => {
                    resource.address = Some(Text::from(find.address));
                    resource.location = find.location;
                    resource.origin = Some(Box::new(find.origin.hiding(&resource.tags, find.hides_tags)));
                    let mut changed = Vec::new();
                    write_resource(&mut changed, &resource).map_err(failed)?;
                    written.write(&changed).map_err(failed)?;
                }
            }
        }
        let store = written.finish().map_err(failed)?;
        Ok(Input { bytes: store, ..input })
    }

    /// The managed resource of a live one. Names are unique within one account only: `account` is the one of the first
    /// match of stacks without an account, and a match in another is an error.
    fn find(&self, resource: &Resource<'_>, account: &mut Option<String>) -> Result<Option<ManagedResource>, String> {
        if let Some(find) = resource.arn.as_deref().and_then(|arn| self.arns.get(arn)) {
            return Ok(Some(find.clone()));
        }
        let own = resource.account.as_deref().unwrap_or("");
        for (theirs, stack) in &self.stacks {
            let Some(found) = stack.find(resource) else { continue };
            match theirs {
                Some(theirs) if theirs != own => {}
                None if account.get_or_insert_with(|| own.to_owned()) != own => {
                    return Err(AMBIGUOUS_ACCOUNT.to_owned());
                }
                _ => return Ok(Some(ManagedResource::in_stack(stack, found))),
            }
        }
        Ok(None)
    }
}

const AMBIGUOUS_ACCOUNT: &str = "it has several accounts, and names are unique within one only: --account says whose the stack is, or give what `aws cloudformation describe-stack-resources` prints";

impl ManagedResource {
    fn in_stack(stack: &StackResourceIndex, found: &StackResource) -> Self {
        let place = stack.place(found);
        let kind = Some(found.resource_type.clone());
        let nowhere = || Origin { kind, ..Origin::default() };
        Self {
            address: found.logical_resource_id.clone(),
            location: place.and_then(|place| place.location.clone()),
            // It exists, with the tags that were read.
            origin: place.and_then(|place| place.origin.as_deref()).map_or_else(nowhere, Origin::of_existing),
            hides_tags: false,
        }
    }
}

/// A sequential reader of a byte source.
struct ByteSourceReader<'s> {
    store: &'s ByteSource,
    offset: u64,
}

impl Read for ByteSourceReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.store.len() - self.offset).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        self.store.read_exact(self.offset, &mut buffer[..length])?;
        self.offset += length as u64;
        Ok(length)
    }
}
