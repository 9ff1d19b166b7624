//! From live resources to the source that manages them: states and stacks say which address has an ARN, and source says
//! where that stands.

use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::spool::Laid;
use super::terraform::source::SourceIndex;
use super::terraform::{state, within};
use super::{Options, open};
use crate::engine::{Input, InputError, MAX_LINE, Managed, Store, resources};
use crate::model::types;
use crate::model::{Line, Location, Origin, Resource, Text, parse_line, write_resource};

/// Where one resource is managed.
#[derive(Debug, Clone)]
struct Home {
    address: String,
    location: Option<Location>,
    origin: Origin,
}

/// What manages resources, by what tells them apart.
#[derive(Debug, Default)]
pub struct Managers {
    /// By ARN: what states have.
    arns: HashMap<String, Home>,
    /// By type and physical id: what stacks have.
    ids: HashMap<(String, String), Home>,
    /// The account of the stacks, if one is known.
    account: Option<String>,
    /// What the person who named the files should know.
    pub notes: Vec<String>,
}

impl Managers {
    /// Reads states (files, or folders of them) and lists of stack resources.
    ///
    /// # Errors
    /// [`InputError`] where one can't be read, or is something else.
    pub fn open(states: &[PathBuf], stacks: &[PathBuf], options: &Options) -> Result<Self, InputError> {
        let mut out = Self { account: options.account.clone(), ..Self::default() };
        for path in states {
            let failed = |error| InputError::Read { name: path.display().to_string(), error };
            if !path.is_dir() {
                out.state(path, options)?;
                continue;
            }
            let files = state::files(path).map_err(failed)?;
            if files.is_empty() {
                let message =
                    "no Terraform state in this folder (*.tfstate, or *.json that `terraform show -json` printed)";
                return Err(InputError::Whole { name: path.display().to_string(), message: message.to_owned() });
            }
            for file in files {
                out.state(&file, options)?;
            }
        }
        for path in stacks {
            out.stack(path, options)?;
        }
        Ok(out)
    }

    /// Adds a state, with the source beside it or that `--source` names.
    fn state(&mut self, path: &Path, options: &Options) -> Result<(), InputError> {
        let name = path.display().to_string();
        let text = std::fs::read(path).map_err(|error| InputError::Read { name: name.clone(), error })?;
        let kept = state::read(&text).map_err(|message| InputError::Whole { name: name.clone(), message })?;
        let index = self.index(path, options)?;
        let (all, mut placed) = (kept.len(), 0);
        for kept in kept {
            let place = index.as_ref().and_then(|index| index.find(&kept.address)).unwrap_or_default();
            placed += usize::from(place.block.is_some());
            let origin = Origin {
                kind: Some(kept.kind),
                tags: place.tags,
                keys: place.keys,
                calls: place.calls,
                sensitive: place.sensitive,
                ignores: place.ignores,
                ..Origin::default()
            };
            let home = Home { address: kept.address, location: place.block, origin };
            self.arns.entry(kept.arn).or_insert(home);
        }
        if all > 0 && placed == 0 {
            self.notes.push(format!(
                "{name}: none of its resources is in the source beside it: findings have an address only (--source names the folder)"
            ));
        }
        Ok(())
    }

    /// The source of a state; nothing outside of the repository is read.
    fn index(&mut self, state: &Path, options: &Options) -> Result<Option<SourceIndex>, InputError> {
        let beside = state.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        let folder = options.source.as_deref().filter(|source| source.is_dir()).unwrap_or(beside);
        if within(folder, &options.srcroot).is_none() {
            let message = format!(
                "{} lies outside of {}; --srcroot names another root",
                folder.display(),
                options.srcroot.display()
            );
            if options.source.is_some() {
                return Err(InputError::Whole { name: "--source".to_owned(), message });
            }
            self.notes.push(format!("{message}: no source is read there"));
            return Ok(None);
        }
        let index = SourceIndex::open(folder, &options.srcroot, &options.srcroot)
            .map_err(|error| InputError::Read { name: folder.display().to_string(), error })?;
        self.notes.extend(index.unread().iter().map(|why| format!("{why}: what stands there has no place")));
        Ok(Some(index))
    }

    /// Adds the resources of a stack, with the template that `--source` names.
    fn stack(&mut self, path: &Path, options: &Options) -> Result<(), InputError> {
        let name = path.display().to_string();
        let text = std::fs::read(path).map_err(|error| InputError::Read { name: name.clone(), error })?;
        let whole = |message: String| InputError::Whole { name: name.clone(), message };
        let list: StackResources<'_> = serde_json::from_slice(&text)
            .map_err(|e| whole(format!("not what `aws cloudformation list-stack-resources` prints as JSON: {e}")))?;
        if list.next_token.is_some_and(|token| !token.is_empty()) {
            return Err(whole(
                "the answer is one page of several; let the CLI read all of them (no --no-paginate, --max-items)"
                    .to_owned(),
            ));
        }
        let Some(summaries) = list.stack_resource_summaries.or(list.stack_resources) else {
            return Err(whole("it has neither `StackResourceSummaries` nor `StackResources`".to_owned()));
        };
        let mut homes = template(options)?;
        for summary in summaries {
            let Some(kind) = types::cloudformation(&summary.resource_type) else { continue };
            let Some(id) = summary.physical_resource_id else { continue };
            // `arn:aws:cloudformation:region:account:stack/name/id`
            let account = summary.stack_id.as_deref().and_then(|arn| arn.split(':').nth(4)).map(str::to_owned);
            self.account = self.account.take().or(account);
            let logical = summary.logical_resource_id.to_string();
            let home = homes.remove(&logical).unwrap_or_else(|| Home {
                address: logical,
                location: None,
                origin: Origin { kind: Some(summary.resource_type.to_string()), ..Origin::default() },
            });
            self.ids.entry((kind.kind().to_owned(), id.to_string())).or_insert(home);
        }
        Ok(())
    }

    /// Gives the resources of an input their addresses and places, and counts those that nothing manages.
    ///
    /// # Errors
    /// [`InputError`] where the input can't be read, or it is not known which account's the stacks are.
    pub fn attach(&self, input: Input, managed: &mut Managed) -> Result<Input, InputError> {
        let failed = |error| InputError::Read { name: input.name.clone(), error };
        let mut lines = BufReader::with_capacity(256 << 10, Reader { store: &input.store, offset: 0 });
        let (mut laid, mut line, mut account) = (Laid::default(), Vec::new(), self.account.clone());
        loop {
            line.clear();
            // A longer line is copied in pieces: whoever reads the inventory then says what is wrong with it.
            let read = (&mut lines).take(MAX_LINE as u64 + 2).read_until(b'\n', &mut line).map_err(failed)?;
            if read == 0 {
                break;
            }
            let end = line.strip_suffix(b"\n").unwrap_or(&line);
            let Ok(Line::Resource(mut resource)) = parse_line(end.strip_suffix(b"\r").unwrap_or(end)) else {
                laid.write(&line).map_err(failed)?;
                continue;
            };
            managed.read += 1;
            match self
                .home(&resource, &mut account)
                .map_err(|message| InputError::Whole { name: input.name.clone(), message })?
            {
                None => {
                    managed.unmanaged.push(resource.handle().into_owned());
                    laid.write(&line).map_err(failed)?;
                }
                Some(home) => {
                    resource.address = Some(Text::from(home.address.clone()));
                    resource.location.clone_from(&home.location);
                    resource.origin = Some(Box::new(home.origin.clone()));
                    let mut changed = Vec::new();
                    write_resource(&mut changed, &resource).map_err(failed)?;
                    laid.write(&changed).map_err(failed)?;
                }
            }
        }
        let store = laid.finish().map_err(failed)?;
        Ok(Input { store, ..input })
    }

    fn home(&self, resource: &Resource<'_>, account: &mut Option<String>) -> Result<Option<&Home>, String> {
        if let Some(home) = resource.arn.as_deref().and_then(|arn| self.arns.get(arn)) {
            return Ok(Some(home));
        }
        if self.ids.is_empty() {
            return Ok(None);
        }
        let own = resource.account.as_deref().unwrap_or("");
        let account = account.get_or_insert_with(|| own.to_owned());
        if account != own {
            return if self.account.is_some() {
                Ok(None)
            } else {
                Err("it has several accounts, and names are unique within one: --account says whose the stack is, or give what `aws cloudformation describe-stack-resources` prints".to_owned())
            };
        }
        // A stack knows users by name, pools by id and devices by serial number.
        let ids = [resource.id.as_deref(), resource.name.as_deref(), resource.arn.as_deref()];
        let key = |id: &str| (resource.kind.to_string(), id.to_owned());
        Ok(ids.into_iter().flatten().find_map(|id| self.ids.get(&key(id))))
    }
}

/// The resources of the template that `--source` names, by logical id.
fn template(options: &Options) -> Result<HashMap<String, Home>, InputError> {
    let Some(path) = options.source.as_deref().filter(|source| source.is_file()) else { return Ok(HashMap::new()) };
    let mut out = HashMap::new();
    for opened in open(path, options)? {
        for resource in resources(&opened.input) {
            let resource = resource?;
            let (Some(address), Some(origin)) = (resource.address, resource.origin) else { continue };
            let home = Home { address: address.to_string(), location: resource.location, origin: *origin };
            out.insert(home.address.clone(), home);
        }
    }
    Ok(out)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StackResources<'a> {
    #[serde(borrow, default)]
    stack_resource_summaries: Option<Vec<Summary<'a>>>,
    /// Of `describe-stack-resources`.
    #[serde(borrow, default)]
    stack_resources: Option<Vec<Summary<'a>>>,
    #[serde(borrow, default)]
    next_token: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Summary<'a> {
    #[serde(borrow)]
    logical_resource_id: Text<'a>,
    #[serde(borrow, default)]
    physical_resource_id: Option<Text<'a>>,
    #[serde(borrow)]
    resource_type: Text<'a>,
    #[serde(borrow, default)]
    stack_id: Option<Text<'a>>,
}

/// A store from its start to its end.
struct Reader<'s> {
    store: &'s Store,
    offset: u64,
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.store.len() - self.offset).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        self.store.read_exact(self.offset, &mut buffer[..length])?;
        self.offset += length as u64;
        Ok(length)
    }
}
