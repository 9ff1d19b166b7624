//! The output of AWS CLI commands that list resources: one file for each shape, and one line in [`shapes`].

mod authorization_details;
mod config;
mod documents;
mod dump;
mod iam;
mod mfa_devices;
mod not_json;
mod resource_explorer;
mod shape;
mod shapes;
mod tag_pairs;
mod tagging_api;
pub(super) mod top_level;
mod unowned_tags;
mod user_pool;

use std::path::{Path, PathBuf};

use super::candidate::Candidate;
use super::opened::OpenedInput;
use super::options::{InputFormat, InputOptions};
use super::reader::{Certainty, InFolder, InputReader};
use crate::engine::InputError;
use crate::model::Gap;
use documents::{Document, Documents};
use dump::Dump;
use not_json::{explain, misplaced};
use shapes::{SHAPES, command_list, recognize};

/// The reader of the AWS CLI's output.
pub(super) struct AwsCliReader;

impl InputReader for AwsCliReader {
    fn format(&self) -> Option<InputFormat> {
        let about = "What AWS CLI commands print as JSON, such as `aws resourcegroupstaggingapi get-resources`";
        Some(InputFormat { name: "aws-cli", about })
    }

    fn detect(&self, candidate: &Candidate<'_>) -> Certainty {
        let (text, is_named) = (candidate.text(), !candidate.in_folder);
        if text.starts_with(b"{") {
            return match recognize(text) {
                Some((shape, has_words)) if shape.is_read && has_words => Certainty::Likely,
                Some(_) if is_named => Certainty::Possible,
                _ => Certainty::No,
            };
        }
        if is_named && misplaced(text).is_some() { Certainty::Possible } else { Certainty::No }
    }

    fn in_folder(&self) -> InFolder {
        InFolder::Read
    }

    fn open(&self, candidate: Candidate<'_>, _options: &InputOptions) -> Result<Vec<OpenedInput>, InputError> {
        let (name, gaps) = (candidate.name.clone(), candidate.gaps());
        Ok(vec![read(&name, &candidate.into_bytes()?, gaps)?])
    }

    fn open_found(
        &self,
        _folder: &Path,
        found: &[PathBuf],
        options: &InputOptions,
    ) -> Vec<Result<OpenedInput, InputError>> {
        let open = |path: &PathBuf| match Candidate::of_named_in_folder(path, options)
            .and_then(|file| self.open(file, options))
        {
            Ok(opened) => opened.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        };
        found.iter().flat_map(open).collect()
    }
}

/// Reads every document of an output: a file may hold several, one after the other.
fn read(name: &str, text: &[u8], gaps: Vec<Gap>) -> Result<OpenedInput, InputError> {
    let mut dump = Dump::new(name, gaps);
    let mut documents = Documents::new(name, text);
    let start = text.trim_ascii_start();
    if !start.is_empty() && start[0] != b'{' {
        return Err(documents.invalid(&explain(start)));
    }
    for number in 0.. {
        match documents.next() {
            None if number == 0 => return Err(documents.invalid("the input is empty")),
            None => break,
            Some(Ok(document)) => read_document(&document, &mut dump)?,
            Some(Err(error)) if number == 0 => return Err(error),
            // The documents before it are good.
            Some(Err(error)) => {
                dump.gap(Gap { error: error.to_string(), ..Gap::default() });
                break;
            }
        }
    }
    Ok(dump.finish())
}

fn read_document<'a>(document: &Document<'a>, dump: &mut Dump<'a>) -> Result<(), InputError> {
    let Some(shape) = SHAPES.iter().find(|shape| shape.has_key(&document.keys)) else {
        return Err(document.invalid(&format!("not what {} prints", command_list())));
    };
    (shape.read)(document, dump)
}
