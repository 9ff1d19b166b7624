//! `taglint init`.

use std::path::Path;

use super::inputs::plain_input_options;
use super::output::OutputFile;
use super::{Failure, RunOutcome};
use crate::authoring::init;
use crate::cli::{Global, InitArgs};
use crate::engine::resources;

/// Writes a starter policy, or one proposed from an inventory.
pub(super) fn run(args: &InitArgs, global: &Global) -> Result<RunOutcome, Failure> {
    if args.output.exists() && !args.force {
        return Err(Failure::new(format!("{} already exists", args.output.display()))
            .help("choose another file with --output, or replace it with --force"));
    }
    let file = OutputFile::open(&args.output)?;
    let text = match &args.from {
        None => init::starter(),
        Some(inventory) => propose(inventory)?,
    };
    file.write(|out| out.write_all(text.as_bytes()))?;
    if !global.quiet {
        let file = args.output.display().to_string();
        // The commands find this file by themselves.
        let named = if file == "taglint.toml" { String::new() } else { format!(" {file}") };
        // A proposed policy has no tests.
        let tests = if args.from.is_none() { format!(" and `taglint policy test{named}`") } else { String::new() };
        say!("wrote {file}; next: `taglint policy check{named}`{tests}");
    }
    Ok(RunOutcome::Good)
}

fn propose(inventory: &Path) -> Result<String, Failure> {
    let mut failed = None;
    let opened = crate::input::open(inventory, &plain_input_options()?)?;
    let all = opened
        .iter()
        .flat_map(|opened| resources(&opened.input))
        .map_while(|resource| resource.map_err(|e| failed = Some(e)).ok());
    let text = init::propose(all);
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(text),
    }
}
