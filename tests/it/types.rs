//! The table of resource types is what the schemas of Terraform's provider and of `CloudFormation` say.

use std::process::Command;

use crate::common::repository;

/// The generator's exit code where a source is not on this machine.
const SKIPPED: i32 = 77;

#[test]
fn the_table_is_what_its_sources_say() {
    let mut generator = Command::new("python3");
    generator.arg(repository("tools/types/generate.py")).arg("--offline");
    generator.arg("--check").arg(repository("src/aws/resource_types.tsv"));
    let output = match generator.output() {
        Ok(output) if output.status.code() != Some(SKIPPED) => output,
        Ok(output) => return eprintln!("skipped: {}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => return eprintln!("skipped: python3: {error}"),
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
