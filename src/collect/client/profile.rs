//! The profile of the AWS configuration that is in effect, chosen as the AWS CLI chooses it.
//!
//! A profile that `--profile` names wins over the keys of the environment. One that `AWS_PROFILE` names loses to them.
//! Either must exist. Source: botocore, `create_credential_resolver` and `Session.get_scoped_config`
//! (`docs/contributing/aws-facts.md`).

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::profile::{self, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_types::os_shim_internal::{Env, Fs};

use super::api_error::{chain, clean};
use crate::collect::error::CollectError;

/// The variables that name a profile, the strongest first.
const VARIABLES: [&str; 2] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

/// The profile of a run.
#[derive(Debug)]
pub(crate) struct SelectedProfile {
    /// The name; if none, the profile is `default`, which need not exist.
    pub(crate) name: Option<String>,
    /// `true` if `--profile` names it.
    named_by_flag: bool,
    /// The profile's `ca_bundle`.
    pub(crate) ca_bundle: Option<String>,
}

impl SelectedProfile {
    /// Finds the profile in the AWS configuration. `given` is the value of `--profile`.
    pub(crate) async fn load(given: Option<&str>) -> Result<Self, CollectError> {
        let (source, name) = match given {
            Some(name) => ("--profile", Some(name.to_owned())),
            None => from_environment(),
        };
        let selected = name.clone().map(Into::into);
        #[expect(clippy::default_trait_access, reason = "its type is in a crate that is no direct dependency")]
        let profiles = profile::load(&Fs::real(), &Env::real(), &Default::default(), selected)
            .await
            .map_err(|error| CollectError::BadProfiles { why: clean(&chain(&error)) })?;
        if let Some(name) = name.as_ref().filter(|name| profiles.get_profile(name).is_none()) {
            return Err(CollectError::NoProfile { source_name: source, name: name.clone(), known: names(&profiles) });
        }
        let ca_bundle = profiles.get("ca_bundle").filter(|path| !path.is_empty()).map(str::to_owned);
        Ok(Self { name, named_by_flag: given.is_some(), ca_bundle })
    }

    /// The sources of credentials for a profile that `--profile` names: those of the AWS CLI, which are all but the keys
    /// and the web identity of the environment. `None` stands for the SDK's own sources.
    pub(crate) fn credentials(&self, config: &ProviderConfig) -> Option<CredentialsProviderChain> {
        let name = self.name.as_ref().filter(|_| self.named_by_flag)?;
        let profile = ProfileFileCredentialsProvider::builder().configure(config).profile_name(name).build();
        let chain = CredentialsProviderChain::first_try("Profile", profile)
            .or_else("EcsContainer", EcsCredentialsProvider::builder().configure(config).build())
            .or_else("Ec2InstanceMetadata", ImdsCredentialsProvider::builder().configure(config).build());
        Some(chain)
    }
}

/// The first variable that names a profile, and the name.
fn from_environment() -> (&'static str, Option<String>) {
    let value = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    let named = VARIABLES.into_iter().find_map(|variable| Some((variable, value(variable)?)));
    named.map_or((VARIABLES[0], None), |(variable, name)| (variable, Some(name)))
}

fn names(profiles: &ProfileSet) -> Vec<String> {
    let mut names: Vec<String> = profiles.profiles().map(str::to_owned).collect();
    names.sort();
    names
}
