//! The facts of a deployment that the flags of `taglint check` give: files first, then single values.

use std::collections::BTreeMap;

use super::Failure;
use crate::aws::Region;
use crate::base::quote;
use crate::cli::SourceArgs;
use crate::input::InputOptions;
use crate::input::cloudformation::{DeploymentFile, GivenParameter};

/// Adds the parameters, stack tags, stack name and region of the flags to the options.
pub(super) fn add(args: &SourceArgs, options: &mut InputOptions) -> Result<(), Failure> {
    refuse_repeated("--stack-tag", "a stack", &args.stack_tags)?;
    refuse_repeated("--parameter", "a deployment", &args.parameters)?;
    let mut tags = BTreeMap::new();
    let mut has_environments = false;
    for path in &args.parameter_files {
        let flag = format!("--parameters {}", path.display());
        let failed = |why: String| Failure::new(format!("{flag}: {why}"));
        let file = DeploymentFile::read(path, args.config_env.as_deref()).map_err(|why| {
            let looks_like_a_pair = path.to_string_lossy().contains('=') && !path.exists();
            let help = "--parameters names a file; give a single value with --parameter KEY=VALUE";
            if looks_like_a_pair { failed(why).help(help) } else { failed(why) }
        })?;
        if let Some(region) = file.region.as_ref().filter(|region| !Region::is_valid(region)) {
            return Err(failed(format!("`region` is {}; a region name looks like eu-central-1", quote(region))));
        }
        has_environments |= file.has_environments;
        let given = |(name, value)| (name, GivenParameter { value, flag: flag.clone() });
        options.parameters.extend(file.parameters.into_iter().map(given));
        tags.extend(file.tags);
        options.stack_name = file.stack_name.or(options.stack_name.take());
        options.region = file.region.or(options.region.take());
    }
    if args.config_env.is_some() && !has_environments {
        return Err(Failure::new("--config-env: no file of --parameters has environments")
            .help("give the samconfig.toml with --parameters"));
    }
    let given = |(name, value): &(String, String)| {
        (name.clone(), GivenParameter { value: Some(value.clone()), flag: "--parameter".to_owned() })
    };
    options.parameters.extend(args.parameters.iter().map(given));
    tags.extend(args.stack_tags.iter().cloned());
    options.stack_tags = tags.into_iter().collect();
    options.stack_name = args.stack_name.clone().or(options.stack_name.take());
    options.region = args.region.clone().or(options.region.take());
    Ok(())
}

/// Refuses a flag that gives one key two values.
fn refuse_repeated(flag: &str, owner: &str, pairs: &[(String, String)]) -> Result<(), Failure> {
    let mut keys: Vec<&str> = pairs.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    match keys.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Failure::new(format!("{flag} {}: duplicate key", quote(pair[0])))
            .help(format!("{owner} has one value for each key: remove one of them"))),
        None => Ok(()),
    }
}
