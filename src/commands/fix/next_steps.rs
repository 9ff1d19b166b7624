//! The commands that continue or undo a run. They work as they are printed.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::aws::TaggableArn;
use crate::base::encode::shell;
use crate::cli::FixArgs;
use crate::fix::apply::undo;
use crate::fix::journal::{Journal, Sha256Hex};
use crate::fix::plan::Override;
use crate::fix::restore_overrides;

/// The end of a run: its journal, and the command that undoes it.
pub(super) struct NextSteps {
    /// The path of the journal, as a word of a command.
    pub(super) journal: String,
    /// The digest of the journal; `None` if it cannot be read.
    pub(super) digest: Option<Sha256Hex>,
    /// The command; `None` if the run wrote nothing.
    pub(super) undo: Option<String>,
}

/// Reads the finished journal and composes the command.
pub(super) fn next_steps(journal: &Journal, args: &FixArgs) -> NextSteps {
    let path = path_word(&journal.path().display().to_string());
    // The run is over: a journal that cannot be read again is no reason to hide its result.
    let Ok((digest, history)) = journal.content() else { return NextSteps { journal: path, digest: None, undo: None } };
    let restores = undo(&history, Timestamp::now());
    let required: BTreeSet<Override> = restores
        .iter()
        .filter_map(|(restore, _)| Some((restore, TaggableArn::parse(&restore.arn)?.kind)))
        .flat_map(|(restore, kind)| restore_overrides(restore, kind, true).0)
        .map(|(flag, _)| flag)
        .collect();
    let mut command = vec![format!("taglint fix --undo {path} --journal-sha256 {digest}")];
    command.extend(required.into_iter().map(|flag| flag.flag().to_owned()));
    command.extend(connection(args));
    let undo = (!restores.is_empty()).then(|| command.join(" "));
    NextSteps { journal: path, digest: Some(digest), undo }
}

/// The flags of this run about accounts, access and confirmation.
fn connection(args: &FixArgs) -> Vec<String> {
    let live = &args.live;
    let mut flags = Vec::new();
    let mut valued = |flag: &str, value: &str| flags.push(format!("{flag} {}", word(value)));
    args.connection.profile.iter().for_each(|name| valued("--profile", name));
    live.role_arn.iter().for_each(|arn| valued("--role-arn", arn));
    live.role_name.iter().for_each(|name| valued("--role-name", name));
    live.external_id.iter().for_each(|id| valued("--external-id", id));
    live.ou.iter().for_each(|unit| valued("--ou", unit));
    live.exclude_account.iter().for_each(|id| valued("--exclude-account", id));
    args.access.iter().for_each(|path| valued("--access", &path.display().to_string()));
    let switches = [
        (live.organization, "--organization"),
        (args.apply.allow_access_change, "--allow-access-change"),
        (args.apply.yes, "--yes"),
    ];
    flags.extend(switches.into_iter().filter(|(given, _)| *given).map(|(_, flag)| flag.to_owned()));
    flags
}

/// A path as a word that no program takes for a flag.
fn path_word(path: &str) -> String {
    word(&if path.starts_with('-') { format!("./{path}") } else { path.to_owned() })
}

/// A word of a command, in quotes only if it needs them.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@,+".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { shell::displayed_word(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_they_must_be() {
        for (text, shown) in [
            ("taglint-journal-20261122T090000Z.jsonl", "taglint-journal-20261122T090000Z.jsonl"),
            ("my journal.jsonl", "'my journal.jsonl'"),
            ("-x.jsonl", "./-x.jsonl"),
            ("~/x", "'~/x'"),
            ("$(x)", "'$(x)'"),
        ] {
            assert_eq!(path_word(text), shown);
        }
    }
}
