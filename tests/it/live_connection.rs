//! The connection of a scan: profiles, proxies, trusted certificates.

use std::collections::BTreeMap;
use std::path::Path;

use crate::common::{Run, Scratch};
use crate::emulator::{Emulator, TlsFront, crowd, run};

const SCAN: [&str; 5] = ["scan", "--type", "iam:user", "--format", "json"];

/// Another account than that of the keys in the environment.
const OTHER: &str = "444455556666";

fn with_profiles(scratch: &Scratch) {
    scratch.file(
        "home/config",
        format!(
            "[default]\nregion = eu-west-1\n\n[profile prod]\nregion = eu-west-1\naws_access_key_id = AKIA{OTHER}PROD\n\
             aws_secret_access_key = prodSecret\n\n[profile empty]\nregion = eu-west-1\n"
        ),
    );
    scratch.file("home/credentials", "[stage]\naws_access_key_id = AKIA777788889999STAG\naws_secret_access_key = x\n");
}

/// Runs a scan with arguments and variables beside the keys of the environment.
fn scan(emulator: &Emulator, scratch: &Scratch, args: &[&str], variables: &[(&str, &str)]) -> Run {
    let mut command = emulator.aws(scratch, &[&SCAN, args].concat());
    command.env("AWS_CONFIG_FILE", scratch.path().join("home/config"));
    command.env("AWS_SHARED_CREDENTIALS_FILE", scratch.path().join("home/credentials"));
    command.env("AWS_EC2_METADATA_DISABLED", "true").envs(variables.iter().copied());
    run(&mut command)
}

fn accounts(emulator: &Emulator) -> Vec<String> {
    let mut accounts: Vec<String> =
        emulator.log().iter().map(|call| call["account"].as_str().expect("an account").to_owned()).collect();
    accounts.dedup();
    emulator.forget();
    accounts
}

#[test]
fn a_named_profile_wins_over_the_keys_of_the_environment_and_a_variable_does_not() {
    let emulator = Emulator::start();
    let scratch = Scratch::new();
    with_profiles(&scratch);
    for (args, variables, account) in [
        (&["--profile", "prod"][..], &[][..], OTHER),
        (&["--profile", "stage"], &[("AWS_PROFILE", "nobody")], "777788889999"),
        (&[], &[("AWS_PROFILE", "prod")], crate::common::ACCOUNT),
        (&[], &[("AWS_DEFAULT_PROFILE", "prod")], crate::common::ACCOUNT),
        (&[], &[("AWS_PROFILE", "")], crate::common::ACCOUNT),
        (&[], &[], crate::common::ACCOUNT),
    ] {
        scan(&emulator, &scratch, args, variables).exits(0);
        assert_eq!(accounts(&emulator), [account], "{args:?} {variables:?}");
    }
    // Without keys in the environment the variable decides.
    let mut command = emulator.aws(&scratch, &SCAN);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY").env("AWS_DEFAULT_PROFILE", "prod");
    run(command.env("AWS_CONFIG_FILE", scratch.path().join("home/config"))).exits(0);
    assert_eq!(accounts(&emulator), [OTHER]);
}

#[test]
fn a_profile_that_does_not_exist_or_has_no_keys_makes_no_call() {
    let emulator = Emulator::start();
    let scratch = Scratch::new();
    with_profiles(&scratch);
    for (args, variables, words) in [
        (&["--profile", "prd"][..], &[][..], &["--profile \"prd\"", "did you mean \"prod\"?"][..]),
        (&["--profile", "nobody"], &[], &["--profile \"nobody\"", "\"default\", \"empty\", \"prod\" and \"stage\""]),
        (&[], &[("AWS_PROFILE", "nobody")], &["AWS_PROFILE \"nobody\"", "no such profile"]),
        (&[], &[("AWS_DEFAULT_PROFILE", "nobody")], &["AWS_DEFAULT_PROFILE \"nobody\"", "no such profile"]),
        (&["--profile", ""], &[], &["--profile \"\"", "no such profile"]),
        (&["--profile", "empty"], &[], &["no AWS credentials were found for profile \"empty\""]),
        (
            &["--profile", "empty"],
            &[("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"), ("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/x")],
            &["no AWS credentials were found for profile \"empty\""],
        ),
    ] {
        let run = scan(&emulator, &scratch, args, variables);
        run.fails_with(2, words);
        assert_eq!(run.stdout, "", "{args:?} {variables:?}");
    }
    scratch.file("home/config", "[profile prod\nregion");
    scan(&emulator, &scratch, &[], &[]).fails_with(2, &["the AWS configuration cannot be read", "home/config"]);
    assert_eq!(emulator.calls(), BTreeMap::new());
}

#[test]
fn a_proxy_that_cannot_be_used_is_an_error_and_not_no_proxy() {
    let emulator = Emulator::start();
    let scratch = Scratch::new();
    for (variable, value) in [
        ("HTTPS_PROXY", "http://["),
        ("http_proxy", "socks5://u:hidden@127.0.0.1:1"),
        ("ALL_PROXY", "http://u:hidden@"),
    ] {
        let run = scan(&emulator, &scratch, &[], &[(variable, value)]);
        run.fails_with(2, &[&format!("the proxy in {variable} cannot be used"), &format!("unset {variable}")]);
        assert!(!run.stderr.contains("hidden"), "{}", run.stderr);
    }
    assert_eq!(emulator.calls(), BTreeMap::new());
    scan(&emulator, &scratch, &[], &[("HTTPS_PROXY", "")]).exits(0);
}

#[test]
fn the_certificates_of_a_bundle_are_trusted_and_no_others() {
    let emulator = Emulator::with(&crowd(2, 0, &[]));
    let (front, other) = (TlsFront::of(&emulator), TlsFront::of(&emulator));
    let scratch = Scratch::new();
    let (bundle, wrong) = (front.bundle(), other.bundle());
    let scan = |args: &[&str], variables: &[(&str, &str)]| {
        scan(&emulator, &scratch, args, &[&[("AWS_ENDPOINT_URL", front.url.as_str())], variables].concat())
    };
    let config = |bundle: &Path| {
        let bundle = bundle.display();
        scratch.file("home/config", format!("[default]\nca_bundle = {bundle}\n[profile other]\nregion = eu-west-1\n"));
    };
    let path = |path: &Path| path.to_str().expect("UTF-8").to_owned();

    scan(&[], &[]).fails_with(2, &["cannot connect to https://127.0.0.1"]);
    scan(&[], &[("AWS_CA_BUNDLE", &path(&wrong))]).fails_with(2, &["cannot connect to https://127.0.0.1"]);
    assert_eq!(emulator.calls(), BTreeMap::new());
    let report = scan(&[], &[("AWS_CA_BUNDLE", &path(&bundle))]).json();
    assert_eq!(report["summary"]["resources"], 2);
    config(&bundle);
    scan(&[], &[]).exits(1);
    scan(&[], &[("AWS_CA_BUNDLE", "")]).exits(1);
    scan(&[], &[("AWS_PROFILE", "other")]).fails_with(2, &["cannot connect"]);
    config(&wrong);
    scan(&[], &[("AWS_CA_BUNDLE", &path(&bundle))]).exits(1);
    scan(&[], &[]).fails_with(2, &["cannot connect"]);
}

#[test]
fn a_bundle_that_cannot_be_used_is_an_error_before_the_first_call() {
    let emulator = Emulator::start();
    let scratch = Scratch::new();
    scratch.file("empty.pem", "");
    scratch.file("text.pem", "no certificate\n");
    scratch.file("cut.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n");
    scratch.file("bad.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
    for (file, words) in [
        ("missing.pem", "No such file"),
        ("", "not a regular file"),
        ("empty.pem", "no certificate in PEM format"),
        ("text.pem", "no certificate in PEM format"),
        ("cut.pem", "certificate 1 is not valid"),
        ("bad.pem", "certificate 1 is not valid"),
    ] {
        let path = scratch.path().join(file);
        let path = path.to_str().expect("UTF-8");
        scan(&emulator, &scratch, &[], &[("AWS_CA_BUNDLE", path)]).fails_with(2, &["AWS_CA_BUNDLE", words, "PEM"]);
        scratch.file("home/config", format!("[default]\nca_bundle = {path}\n"));
        scan(&emulator, &scratch, &[], &[]).fails_with(2, &["the profile's ca_bundle", words]);
        scratch.file("home/config", "");
    }
    assert_eq!(emulator.calls(), BTreeMap::new());
}
