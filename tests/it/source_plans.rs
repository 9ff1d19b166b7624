//! Terraform source and the plans of the real Terraform: what source decides is what Terraform plans.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::common::Scratch;
use crate::source::{project, read};

/// The plan of the real Terraform, if it and its AWS provider are on this machine.
fn plan(name: &str, variables: &[&str]) -> Option<Value> {
    let provider = taglint_provider()?;
    let scratch = Scratch::new();
    copy(&project(name), scratch.path());
    let config = scratch.file(
        "mirror.tfrc",
        format!("provider_installation {{\n  filesystem_mirror {{\n    path = \"{}\"\n  }}\n}}\n", provider.display()),
    );
    let run = |args: &[&str]| {
        let mut command = Command::new("terraform");
        command.current_dir(scratch.path()).args(args).env("TF_CLI_CONFIG_FILE", &config);
        command.env("CHECKPOINT_DISABLE", "1").env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", scratch.path());
        let output = command.output().expect("terraform starts");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    run(&["init", "-input=false", "-no-color"]);
    let mut args = vec!["plan", "-input=false", "-refresh=false", "-out=plan.bin"];
    for variable in variables {
        args.extend(["-var", variable]);
    }
    run(&args);
    Some(serde_json::from_slice(&run(&["show", "-json", "plan.bin"])).expect("a plan"))
}

/// The folder that mirrors the provider, or why there is nothing to compare with.
fn taglint_provider() -> Option<PathBuf> {
    let terraform = Command::new("terraform").arg("version").output().is_ok_and(|output| output.status.success());
    let mut open = vec![PathBuf::from("/opt")];
    while let Some(folder) = open.pop().filter(|_| terraform) {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("terraform-provider-aws") && entry.path().components().count() > 6 {
                // …/<registry>/hashicorp/aws/<version>/<platform>/terraform-provider-aws…
                return entry.path().ancestors().nth(6).map(Path::to_owned);
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) && entry.path().components().count() < 9 {
                open.push(entry.path());
            }
        }
    }
    eprintln!("skipped: no terraform on the PATH, or no AWS provider below /opt");
    None
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            std::fs::create_dir_all(&target).expect("a folder");
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).expect("a file");
        }
    }
}

/// Everything that taglint calls known is what Terraform plans; how many tags that were.
fn agrees(name: &str, plan: &Value) -> usize {
    let ours = read(&project(name));
    let planned: BTreeMap<&str, &Value> = plan["resource_changes"]
        .as_array()
        .expect("changes")
        .iter()
        .map(|change| (change["address"].as_str().expect("an address"), &change["change"]))
        .collect();
    let mut compared = 0;
    let is_nested = |address: &str| planned.keys().any(|planned| address.starts_with(&format!("{planned}.")));
    // Tags of other resources are compared with the plan in `nested.rs`.
    for (address, resource) in ours.iter().filter(|(address, _)| !is_nested(address)) {
        let Some(change) = planned.get(address.as_str()) else {
            let bare = planned.keys().any(|planned| planned.starts_with(&format!("{address}[")));
            assert!(bare, "{name}: Terraform plans no {address}");
            continue;
        };
        if !change["after_unknown"]["tags_all"].is_boolean()
            && resource.origin.as_ref().unwrap().kind.as_deref() != Some("aws_autoscaling_group")
        {
            let empty = serde_json::Map::new();
            let theirs = change["after"]["tags_all"].as_object().unwrap_or(&empty);
            for tag in resource.tags.known() {
                let value = theirs.get(tag.key.as_str()).unwrap_or_else(|| panic!("{address}: no {:?}", tag.key));
                if let Some(ours) = tag.value.as_deref() {
                    assert_eq!(Some(ours), value.as_str(), "{name}: {address}: {:?}", tag.key);
                    compared += 1;
                }
            }
            if resource.tags.complete() {
                for key in theirs.keys() {
                    assert!(
                        resource.tags.known().iter().any(|tag| tag.key.as_str() == key),
                        "{address}: {key} is missed"
                    );
                }
            }
        }
        let attribute = match resource.kind.as_str() {
            "ecs:task-definition" => "family",
            "iam:mfa" => "virtual_mfa_device_name",
            "lambda:function" => "function_name",
            "s3:bucket" => "bucket",
            _ => "name",
        };
        if let Some(ours) = resource.name.as_deref() {
            assert_eq!(Some(ours), change["after"][attribute].as_str(), "{address}");
        }
        if let Some(ours) = resource.path.as_deref() {
            assert_eq!(Some(ours), change["after"]["path"].as_str(), "{address}");
        }
    }
    // Resources of Terraform itself have no tags.
    for address in planned.keys().filter(|address| !address.starts_with("terraform_data.")) {
        let block = address.split('[').next().unwrap_or(address);
        assert!(ours.contains_key(*address) || ours.contains_key(block), "{name}: {address} is missed");
    }
    compared
}

#[test]
fn what_is_known_is_what_terraform_plans() {
    for (name, variables, at_least) in [
        ("values", &[][..], 90),
        ("modules", &[], 45),
        ("variables", &["unset=u", "unset_map={\"M\":\"m\"}", "unset_count=2"], 20),
        ("json", &[], 24),
        ("tricky", &[], 100),
        ("mixture", &["unset=u"], 150),
    ] {
        let Some(plan) = plan(name, variables) else { return };
        let compared = agrees(name, &plan);
        assert!(compared >= at_least, "{name}: only {compared} tags were compared");
    }
}
