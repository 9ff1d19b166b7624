//! `taglint policy export`.

use std::path::Path;

use serde_json::json;

use crate::authoring::export::{Document, ExportError, ExportFormat, ExportOptions, Exported, Omission, export};
use crate::aws::TypeGlobs;
use crate::aws::resource_types::all;
use crate::base::encode::json;
use crate::base::{Globs, LogSpelling, quote};
use crate::cli::{ExportArgs, Global, TextOrJson};
use crate::commands::inputs::{note, policy};
use crate::commands::output::{OutputFile, stdout};
use crate::commands::{Failure, RunOutcome};

/// Writes the documents, and names on standard error what they do not say: `--quiet` does not change what they mean.
pub(super) fn run(args: &ExportArgs, global: &Global) -> Result<RunOutcome, Failure> {
    if args.enforce && args.target != ExportFormat::AwsTagPolicy {
        return Err(Failure::new(format!("--enforce is for aws-tag-policy, not for {}", args.target.name()))
            .help("remove --enforce"));
    }
    let options = ExportOptions { resources: resources(&args.resources)?, enforce: args.enforce };
    let loaded = policy(&args.policy, global)?;
    let exported = export(&loaded, args.target, &options).map_err(|error| failure(&error))?;
    match args.format {
        TextOrJson::Json => {
            let text = report(args.target, &exported);
            match &args.output {
                Some(path) => OutputFile::open(path)?.write(|out| out.write_all(text.as_bytes()))?,
                None => stdout(LogSpelling::Json, text.as_bytes())?,
            }
        }
        TextOrJson::Text => {
            write(&exported.documents, args.output.as_deref())?;
            notes(&exported.omissions);
        }
    }
    Ok(RunOutcome::Good)
}

/// The types of `--resources`. A name that matches no type would export nothing.
fn resources(texts: &[String]) -> Result<Option<TypeGlobs>, Failure> {
    for text in texts {
        let alone = TypeGlobs::new(Globs::new([text]));
        if !all().iter().any(|row| alone.matches(row.kind())) {
            return Err(Failure::new(format!("--resources {}: no such resource type", quote(text)))
                .help("docs/types.md lists the types; write globs such as 'ec2:*'"));
        }
    }
    Ok((!texts.is_empty()).then(|| TypeGlobs::new(Globs::new(texts))))
}

fn write(documents: &[Document], output: Option<&Path>) -> Result<(), Failure> {
    match (documents, output) {
        (documents, Some(folder)) if folder.is_dir() => documents.iter().try_for_each(|document| {
            OutputFile::open(&folder.join(&document.name))?.write(|out| out.write_all(document.content.as_bytes()))
        }),
        ([one], Some(path)) => OutputFile::open(path)?.write(|out| out.write_all(one.content.as_bytes())),
        ([one], None) => stdout(LogSpelling::Json, one.content.as_bytes()),
        (several, _) => {
            Err(Failure::new(format!("the policy makes {} documents, each as large as AWS allows", several.len()))
                .help("give an existing folder with --output, or --format json; --resources exports fewer types"))
        }
    }
}

fn notes(omissions: &[Omission]) {
    for omission in omissions {
        note(&omission.line());
    }
}

fn report(format: ExportFormat, exported: &Exported) -> String {
    let documents: Vec<_> = exported
        .documents
        .iter()
        .map(|document| json!({ "name": document.name, "content": document.content }))
        .collect();
    json::to_string(&json!({ "format": format.name(), "documents": documents, "omissions": exported.omissions })) + "\n"
}

fn failure(error: &ExportError) -> Failure {
    let help = match error {
        ExportError::Nothing(_, omissions) => {
            notes(omissions);
            "the notes above say why; another format may have a word for these rules"
        }
        ExportError::TooLarge { .. } => "shorten the lists of the rule, or export fewer types with --resources",
        ExportError::TooMany { .. } | ExportError::TooManyRules { .. } => {
            "export fewer types with --resources, or fewer rules"
        }
    };
    Failure::new(error.to_string()).help(help)
}
