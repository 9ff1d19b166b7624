//! The pace of a run against an emulator.

use std::ffi::OsString;
use std::net::IpAddr;

use crate::base::quote;
use crate::collect::Pace;
use crate::commands::Failure;

/// The variable with the pace of a run against an emulator: how many times as fast as AWS allows.
const EMULATOR_PACE: &str = "TAGLINT_EMULATOR_PACE";

/// The variable with the endpoint of all services; with `_IAM` and the like that of one.
const ENDPOINT: &str = "AWS_ENDPOINT_URL";
/// The variable with which the SDK ignores all of them.
const IGNORED: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";

/// The pace that the environment asks for: that of AWS, or a quicker one if no request can leave this machine.
pub(super) fn pace(environment: &[(OsString, OsString)]) -> Result<Pace, Failure> {
    let named = |wanted: &str| environment.iter().find(|(name, value)| name == wanted && !value.is_empty());
    let Some((_, times)) = named(EMULATOR_PACE) else { return Ok(Pace::default()) };
    let times = times.to_string_lossy();
    let pace = times.parse().ok().and_then(Pace::of_emulator).ok_or_else(|| {
        Failure::new(format!("{EMULATOR_PACE}: {} is not a whole number from 1 to {}", quote(&times), Pace::MOST))
            .help("write how many times as fast as AWS allows the emulator may be asked, such as 100")
    })?;
    // The variable of all services wins over the files of the AWS configuration; that of one service wins over it.
    let endpoints = environment
        .iter()
        .filter(|(name, value)| name.to_str().is_some_and(|name| name.starts_with(ENDPOINT)) && !value.is_empty());
    let elsewhere = endpoints.clone().find(|(_, url)| !url.to_str().is_some_and(is_loopback));
    let is_ignored = named(IGNORED).is_some_and(|(_, value)| !value.eq_ignore_ascii_case("false"));
    let why = if let Some((name, _)) = elsewhere {
        format!("{} is no address on the loopback interface", name.to_string_lossy())
    } else if named(ENDPOINT).is_none() {
        format!("{ENDPOINT} is not set")
    } else if is_ignored {
        format!("{IGNORED} is set")
    } else {
        return Ok(pace);
    };
    Err(Failure::new(format!("{EMULATOR_PACE} is for an emulator on this machine, and {why}")).help(format!(
        "unset {EMULATOR_PACE} to read AWS at the pace that it allows, or set {ENDPOINT} to the emulator, such as \
         http://127.0.0.1:5000"
    )))
}

/// Returns `true` for the URL of an address on the loopback interface.
fn is_loopback(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return false };
    let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next().unwrap_or_default(),
    };
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<Pace, String> {
        let environment: Vec<_> = variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        pace(&environment).map_err(|failure| format!("{failure:?}"))
    }

    #[test]
    fn only_an_emulator_on_this_machine_is_asked_more_quickly() {
        let here = (ENDPOINT, "http://127.0.0.1:5000");
        let quick = (EMULATOR_PACE, "100");
        assert_eq!(of(&[here]), Ok(Pace::default()));
        assert_eq!(of(&[(EMULATOR_PACE, ""), here]), Ok(Pace::default()));
        assert_eq!(of(&[quick, here]).ok(), Pace::of_emulator(100));
        for url in ["http://localhost:5000", "https://[::1]:5000/", "http://127.1.2.3"] {
            assert!(of(&[quick, (ENDPOINT, url)]).is_ok(), "{url}");
        }
        assert!(of(&[quick, here, (IGNORED, "false"), ("AWS_ENDPOINT_URL_IAM", "http://127.0.0.1:1")]).is_ok());
        for (variables, why) in [
            (&[quick][..], "AWS_ENDPOINT_URL is not set"),
            (&[quick, ("AWS_ENDPOINT_URL_IAM", "http://127.0.0.1:1")], "AWS_ENDPOINT_URL is not set"),
            (
                &[quick, (ENDPOINT, "https://iam.amazonaws.com")],
                "AWS_ENDPOINT_URL is no address on the loopback interface",
            ),
            (&[quick, (ENDPOINT, "http://127.0.0.1@10.0.0.1/")], "no address on the loopback interface"),
            (&[quick, (ENDPOINT, "http://10.0.0.1\\@127.0.0.1/")], "no address on the loopback interface"),
            (&[quick, (ENDPOINT, "http://127.0.0.1.example.com")], "no address on the loopback interface"),
            (&[quick, (ENDPOINT, "127.0.0.1:5000")], "no address on the loopback interface"),
            (&[quick, here, ("AWS_ENDPOINT_URL_STS", "https://sts.amazonaws.com")], "AWS_ENDPOINT_URL_STS is"),
            (&[quick, here, (IGNORED, "true")], "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is set"),
            (&[(EMULATOR_PACE, "0"), here], "whole number from 1 to 1000"),
            (&[(EMULATOR_PACE, "1001"), here], "whole number"),
            (&[(EMULATOR_PACE, "fast"), here], "whole number"),
        ] {
            let error = of(variables).expect_err(why);
            assert!(error.contains(why), "{variables:?}: {error}");
        }
    }
}
