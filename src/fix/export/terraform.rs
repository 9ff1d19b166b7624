//! The HCL map of tags for Terraform.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use crate::aws::is_aws_key;
use crate::base::encode::hcl;
use crate::base::escape;
use crate::fix::plan::Change;

/// Writes a local value with all tags of each resource after the change.
pub(super) fn write(changes: &[&Change], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# All tags of each resource after the change. Use them as: tags = local.taglint_tags[\"ARN\"]")?;
    writeln!(out, "locals {{")?;
    writeln!(out, "  taglint_tags = {{")?;
    for change in changes {
        if let Some(address) = &change.owner.address {
            let at = change.owner.location.as_ref().map(|at| format!(" ({}:{})", escape(&at.path), at.line));
            writeln!(out, "    # {}{}", escape(address), at.unwrap_or_default())?;
        }
        writeln!(out, "    {} = {{", hcl::string(&change.arn))?;
        let own = change.after.iter().filter(|(key, _)| !is_aws_key(key));
        let tags: Vec<(String, String)> = own.map(|(key, value)| (hcl::string(key), hcl::string(value))).collect();
        // Aligned as `terraform fmt` does it, so that formatting the pasted text does not change it.
        let width = tags.iter().map(|(key, _)| key.width()).max().unwrap_or(0);
        for (key, value) in tags {
            let padding = " ".repeat(width - key.width());
            writeln!(out, "      {key}{padding} = {value}")?;
        }
        writeln!(out, "    }}")?;
    }
    writeln!(out, "  }}")?;
    writeln!(out, "}}")
}
