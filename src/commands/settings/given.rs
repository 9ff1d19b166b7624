//! Settings as arguments of the command line.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::flags::{Commands, SettingFlag};
use crate::base::{Diagnostic, SourceFile, any_of, nearest, quote};
use crate::policy::lexical;
use crate::policy::settings::{Setting, SettingValue, read};

/// A setting that a variable or a file gives.
#[derive(Debug)]
pub(super) struct GivenSetting {
    /// The flag without `--`.
    pub(super) flag: String,
    /// The arguments; none for a switch that is off.
    pub(super) arguments: Vec<OsString>,
    /// The variable or the file.
    pub(super) origin: SettingOrigin,
}

/// The origin of a setting.
#[derive(Debug)]
pub(super) enum SettingOrigin {
    /// The name of a variable.
    Variable(String),
    /// A setting of a file.
    File(Box<Setting>),
}

impl fmt::Display for SettingOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => f.write_str(name),
            Self::File(setting) => {
                let (line, _) = setting.file.line_column(setting.span.start);
                write!(f, "{}:{line}", setting.file.path.display())
            }
        }
    }
}

/// The argument of a flag with a value.
pub(super) fn argument(flag: &str, value: &OsStr) -> OsString {
    let mut out = OsString::from(format!("--{flag}="));
    out.push(value);
    out
}

/// Reports the mistakes in the settings of a file.
pub(crate) fn check_file(cli: &clap::Command, file: &Arc<SourceFile>) -> Vec<Diagnostic> {
    let commands = Commands::of(cli);
    match read(file) {
        Err(problems) => problems,
        Ok(settings) => settings.iter().filter_map(|setting| of_file(&commands, "", setting, None).err()).collect(),
    }
}

/// The setting of a file for a command, if it is one of this command. `inside` is the folder that the paths of a file that
/// was found must not leave.
pub(super) fn of_file(
    commands: &Commands,
    command: &str,
    setting: &Setting,
    inside: Option<&Path>,
) -> Result<Option<GivenSetting>, Diagnostic> {
    let is_it = |flag: &SettingFlag<'_>| flag.name() == setting.name && flag.table() == Some(setting.table);
    let Some(any) = commands.all().find(is_it) else {
        // A build without AWS does not know the flags of `scan`.
        return if cfg!(not(feature = "aws")) && setting.table == "scan" {
            Ok(None)
        } else {
            Err(unknown(commands, setting))
        };
    };
    let arguments = arguments(&any, setting, inside)?;
    let applies = commands.flags(command).iter().any(is_it);
    Ok(applies.then(|| GivenSetting {
        flag: setting.name.clone(),
        arguments,
        origin: SettingOrigin::File(Box::new(setting.clone())),
    }))
}

/// The error of a setting that no flag stands for.
fn unknown(commands: &Commands, setting: &Setting) -> Diagnostic {
    let (name, table) = (&setting.name, setting.table);
    let problem = setting.error(format!("[{table}] has no setting {}", quote(name)));
    let elsewhere = commands.all().find(|flag| flag.name() == name).map(|flag| flag.table());
    match elsewhere {
        Some(Some(other)) => problem.help(format!("move it to [{other}]")),
        Some(None) => problem.help(format!("write --{name} on the command line")),
        None => {
            let mut known: Vec<&str> =
                commands.all().filter(|flag| flag.table() == Some(table)).map(|flag| flag.name()).collect();
            known.sort_unstable();
            known.dedup();
            problem.help(nearest(name, known.iter().copied()).map_or_else(
                || format!("its settings are {}", any_of(known.iter().map(|name| (*name).to_owned()))),
                |meant| format!("did you mean `{meant}`?"),
            ))
        }
    }
}

/// The arguments of a setting of a file.
fn arguments(flag: &SettingFlag<'_>, setting: &Setting, inside: Option<&Path>) -> Result<Vec<OsString>, Diagnostic> {
    let name = &setting.name;
    let value = |text: &String| {
        let value = if flag.takes_path() { path(setting, text, inside)?.into_os_string() } else { text.into() };
        Ok(argument(name, &value))
    };
    match &setting.value {
        SettingValue::Flag(on) if flag.is_switch() => {
            Ok(if *on { vec![format!("--{name}").into()] } else { Vec::new() })
        }
        SettingValue::One(text) if !flag.is_switch() => Ok(vec![value(text)?]),
        SettingValue::Several(texts) if flag.is_repeatable() => texts.iter().map(value).collect(),
        SettingValue::Pairs(pairs) if flag.takes_pairs() => {
            Ok(pairs.iter().map(|(key, value)| argument(name, format!("{key}={value}").as_ref())).collect())
        }
        _ => {
            let takes = match flag {
                flag if flag.is_switch() => "true or false",
                flag if flag.takes_pairs() => "a table of keys and values, or a list of \"KEY=VALUE\"",
                flag if flag.is_repeatable() => "a value or a list of values",
                _ => "one value",
            };
            Err(setting.error(format!("`{name}` takes {takes}")))
        }
    }
}

/// A path of a file, which is relative to the folder of the file.
fn path(setting: &Setting, text: &str, inside: Option<&Path>) -> Result<PathBuf, Diagnostic> {
    let folder = setting.file.path.parent().unwrap_or(Path::new(""));
    let whole = folder.join(text);
    let Some(root) = inside else { return Ok(whole) };
    let absolute = std::path::absolute(&whole).unwrap_or_else(|_| whole.clone());
    // A link in the repository must not lead out of it.
    let real = nearest_real(&lexical(&absolute));
    let leaves = Path::new(text).components().any(|part| matches!(part, Component::Prefix(_) | Component::RootDir));
    if leaves || !real.starts_with(nearest_real(root)) {
        let problem = setting.error("the path leads out of the repository");
        return Err(problem.help(format!("give it on the command line: --{}", setting.name)));
    }
    Ok(whole)
}

/// The path without links, as far as it exists.
fn nearest_real(path: &Path) -> PathBuf {
    for parent in path.ancestors() {
        if let Ok(real) = parent.canonicalize() {
            let rest = path.strip_prefix(parent).unwrap_or(Path::new(""));
            return if rest.as_os_str().is_empty() { real } else { real.join(rest) };
        }
    }
    path.to_owned()
}
