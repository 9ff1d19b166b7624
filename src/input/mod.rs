//! Files into inventories: what an input is is told by what it holds, not by its name.

mod aws_cli;
pub mod cloudformation;
mod documents;
mod managed;
mod options;
mod several;
mod spool;
pub mod terraform;
mod walk;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rayon::prelude::*;

use crate::engine::{ByteSource, Input, InputError, InputKind};
use crate::model::{Gap, Resource, write_resource};

pub use managed::Managers;
pub use options::Options;
pub use several::open_all;
use spool::{Compression, Spooled};
use terraform::source::is_terraform;

/// What an input can be forced to be read as (`--input-format`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputFormat {
    /// What `taglint collect` writes.
    Inventory,
    /// What `aws resourcegroupstaggingapi get-resources` or `aws iam get-account-authorization-details` prints.
    AwsCli,
    /// What `terraform show -json PLAN` prints.
    TerraformPlan,
    /// A `CloudFormation` template, or the `manifest.json` of a CDK assembly.
    CloudFormation,
}

/// An input that is ready to be checked, and what its reader should know.
#[derive(Debug)]
pub struct Opened {
    /// The inventory.
    pub input: Input,
    /// Notes for the person who named the input.
    pub notes: Vec<String>,
}

/// How many bytes of an input tell what it is.
const HEAD: usize = 64 << 10;

/// Opens what the user named: a file, `-` for standard input, a file of Terraform's, or a folder of all of these.
///
/// # Errors
/// [`InputError`] where it can't be read or is nothing that taglint knows.
pub fn open(path: &Path, options: &Options) -> Result<Vec<Opened>, InputError> {
    if path == Path::new("-") {
        return Ok(vec![open_stream("standard input", io::stdin().lock(), None, options)?]);
    }
    if cloudformation::is_assembly(path) {
        return Ok(vec![cloudformation::open_assembly(path, options)?]);
    }
    if path.is_dir() {
        return walk::open(path, options);
    }
    if options.format.is_none() && path.file_name().is_some_and(|name| is_terraform(&name.to_string_lossy())) {
        return terraform::source::open_file(path, options);
    }
    Ok(vec![open_file(path, options)?])
}

fn open_file(path: &Path, options: &Options) -> Result<Opened, InputError> {
    let name = path.display().to_string();
    let failed = |error| InputError::Read { name: name.clone(), error };
    let mut file = File::open(path).map_err(failed)?;
    let is_plain_file = file.metadata().map_err(failed)?.is_file();
    let mut head = Vec::new();
    if is_plain_file {
        (&mut file).take(HEAD as u64).read_to_end(&mut head).map_err(failed)?;
        let plain = Compression::of(&head) == Compression::None && !head.starts_with(spool::BOM);
        let kind = kind_of(&head, options.format);
        let is_template = || kind.is_none() && plain && cloudformation::is_template_file(path);
        if kind == Some(InputFormat::CloudFormation) || is_template() {
            return cloudformation::open(path, options);
        }
        match kind.filter(|_| plain) {
            Some(InputFormat::Inventory) => {
                let bytes = ByteSource::file(file).map_err(failed)?;
                return Ok(Opened {
                    input: Input { name, bytes, gaps: Vec::new(), is_native_inventory: true, kind: InputKind::Live },
                    notes: Vec::new(),
                });
            }
            // A plan is one piece of JSON: laying it down first would be copying it.
            Some(InputFormat::TerraformPlan) => {
                file.read_to_end(&mut head).map_err(failed)?;
                return terraform::plan::read(&name, Some(path), &head, Vec::new(), options);
            }
            _ => {}
        }
    }
    let rest = io::Cursor::new(head).chain(file);
    open_stream(&name, rest, Some(path), options)
}

fn open_stream(name: &str, stream: impl Read, path: Option<&Path>, options: &Options) -> Result<Opened, InputError> {
    let failed = |error| InputError::Read { name: name.to_owned(), error };
    let Spooled { store, broken } = spool::spool(stream).map_err(failed)?;
    let mut head = Vec::new();
    store.read_at(0, HEAD, &mut head).map_err(failed)?;
    let gaps: Vec<Gap> = broken
        .map(|why| Gap { error: format!("{name}: the compressed data break off ({why})"), ..Gap::default() })
        .into_iter()
        .collect();
    let text = |most: usize| {
        let mut text = Vec::new();
        let length = usize::try_from(store.len()).unwrap_or(usize::MAX).min(most);
        store.read_at(0, length, &mut text).map_err(failed).map(|()| text)
    };
    match kind_of(&head, options.format) {
        Some(InputFormat::Inventory) => Ok(Opened {
            input: Input {
                name: name.to_owned(),
                bytes: store,
                gaps,
                is_native_inventory: true,
                kind: InputKind::Live,
            },
            notes: Vec::new(),
        }),
        Some(InputFormat::AwsCli) => aws_cli::read(name, &text(usize::MAX)?, gaps),
        Some(InputFormat::TerraformPlan) => terraform::plan::read(name, path, &text(usize::MAX)?, gaps, options),
        Some(InputFormat::CloudFormation) => {
            let mut opened = cloudformation::open_stream(name, text(cloudformation::LARGEST + 1)?, options)?;
            opened.input.gaps.extend(gaps);
            Ok(opened)
        }
        None => Err(InputError::Invalid { name: name.to_owned(), message: not_known(&head) }),
    }
}

/// Words that stand near the head of a Terraform plan, whatever order its keys have.
const PLAN: &[&str] = &["\"format_version\"", "\"planned_values\"", "\"resource_changes\"", "\"provider_config\""];

/// What the head of an input says that it is; an empty one is an (empty) inventory.
fn kind_of(head: &[u8], forced: Option<InputFormat>) -> Option<InputFormat> {
    if forced.is_some() {
        return forced;
    }
    let start = head.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(head.len());
    let text = &head[start..];
    if text.is_empty() || text.starts_with(b"{\"taglint\"") {
        return Some(InputFormat::Inventory);
    }
    let line = &text[..memchr::memchr(b'\n', text).unwrap_or(text.len())];
    if crate::model::parse_line(line).is_ok() {
        return Some(InputFormat::Inventory);
    }
    let holds = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
    if text.starts_with(b"{") && (holds("\"ResourceTagMappingList\"") || holds("\"UserDetailList\"")) {
        return Some(InputFormat::AwsCli);
    }
    // Terraform writes the version first; other programs that print the JSON again may sort the keys.
    if text.starts_with(b"{") && PLAN.iter().any(|word| holds(word)) {
        return Some(InputFormat::TerraformPlan);
    }
    if cloudformation::is_template(text) || cloudformation::is_manifest(text) {
        return Some(InputFormat::CloudFormation);
    }
    // A first line that is broken JSON: the inventory's reader says where.
    (text.starts_with(b"{\"type\"") || text.starts_with(b"{\"arn\"")).then_some(InputFormat::Inventory)
}

fn not_known(head: &[u8]) -> String {
    let holds = |word: &str| memchr::memmem::find(head, word.as_bytes()).is_some();
    let what = if head.starts_with(b"PK\x03\x04") {
        "a zip archive; if it is a plan as `terraform plan -out FILE` writes it, check what `terraform show -json FILE` prints"
    } else if holds("\"serial\"") && holds("\"lineage\"") {
        "a Terraform state: it says what was applied, not what will be; give it to --terraform-state, beside an inventory, or check a plan"
    } else if holds("\"@level\"") {
        "the log of a Terraform run (`terraform plan -json`); check what `terraform show -json PLAN` prints"
    } else if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        "the text is UTF-16; write it as UTF-8 (in PowerShell: `Out-File -Encoding utf8`)"
    } else if std::str::from_utf8(&head[..head.len().min(1024)]).is_err_and(|e| e.error_len().is_some()) {
        "not UTF-8 text"
    } else {
        "not an input that taglint knows"
    };
    format!(
        "{what} (it reads what `taglint collect`, `terraform show -json`, `aws resourcegroupstaggingapi get-resources` and `aws iam get-account-authorization-details` print, as JSON)"
    )
}

/// Resources into an inventory in memory, in the order of reports.
///
/// # Panics
/// Never: memory takes every byte.
#[must_use]
pub fn in_memory(name: &str, mut resources: Vec<Resource<'_>>, gaps: Vec<Gap>) -> Input {
    resources.par_sort_by(|a, b| a.order().cmp(&b.order()));
    let lines: Vec<Vec<u8>> = resources.par_chunks(WRITTEN_AT_ONCE).map(written).collect();
    let lines = lines.concat();
    Input {
        name: name.to_owned(),
        bytes: ByteSource::Memory(lines.into()),
        gaps,
        is_native_inventory: false,
        kind: InputKind::Live,
    }
}

/// So many resources are written by one thread before the next are handed out.
const WRITTEN_AT_ONCE: usize = 1024;

fn written(resources: &[Resource<'_>]) -> Vec<u8> {
    let mut lines = Vec::new();
    for resource in resources {
        write_resource(&mut lines, resource).expect("memory takes every byte");
    }
    lines
}
