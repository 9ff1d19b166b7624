use super::*;

fn read(name: &str, text: &str, environment: Option<&str>) -> Result<DeploymentFile, String> {
    DeploymentFile::parse(Path::new(name), text.as_bytes().to_vec(), environment)
}

fn parameters(name: &str, text: &str) -> Vec<(String, Option<String>)> {
    read(name, text, None).unwrap_or_else(|why| panic!("{text}: {why}")).parameters.into_iter().collect()
}

fn pair(key: &str, value: &str) -> (String, Option<String>) {
    (key.to_owned(), Some(value.to_owned()))
}

#[test]
fn every_form_gives_the_same_parameters() {
    let want = [pair("Env", "Staging"), pair("Owner", "a=b c")];
    for (name, text) in [
        (
            "p.json",
            r#"[{"ParameterKey": "Env", "ParameterValue": "Staging"}, {"ParameterKey": "Owner", "ParameterValue": "a=b c"}]"#,
        ),
        ("p.json", r#"["Env=Staging", "Owner=a=b c"]"#),
        ("p.json", r#"{"Parameters": {"Env": "Staging", "Owner": "a=b c"}}"#),
        ("p.yaml", "Parameters: {Env: Staging, Owner: a=b c}\n"),
        ("p.toml", "version = 0.1\n[default.deploy.parameters]\nparameter_overrides = 'Env=Staging Owner=\"a=b c\"'\n"),
        ("p.toml", "[default.deploy.parameters]\nparameter_overrides = ['Env=Staging', 'Owner=\"a=b c\"']\n"),
        ("p.toml", "[default.global.parameters]\nparameter_overrides = {Env = 'Staging', Owner = 'a=b c'}\n"),
        (
            "p.toml",
            "[default.deploy.parameters]\nparameter_overrides = 'ParameterKey=Env,ParameterValue=Staging Owner=a=b\\ c'\n",
        ),
        (
            "samconfig.yaml",
            "version: 0.1\ndefault:\n  deploy:\n    parameters:\n      parameter_overrides: [Env=Staging, 'Owner=\"a=b c\"']\n",
        ),
    ] {
        assert_eq!(parameters(name, text), want, "{text}");
    }
}

#[test]
fn a_previous_value_is_unknown() {
    let text = r#"[{"ParameterKey": "Env", "UsePreviousValue": true}]"#;
    assert_eq!(parameters("p.json", text), [("Env".to_owned(), None)]);
}

#[test]
fn a_sam_configuration_has_environments() {
    let text = "[default.deploy.parameters]\ntags = 'A=1'\n[prod.global.parameters]\nstack_name = 'app'\n\
                [prod.deploy.parameters]\ntags = [\"Cost Center=12\"]\nregion = 'eu-west-1'\n";
    assert_eq!(read("s.toml", text, None).unwrap().tags, [("A".to_owned(), "1".to_owned())].into());
    let why = read("s.toml", &text.replace("Cost Center=12", "CostCenter"), Some("prod")).unwrap_err();
    assert_eq!(why, "word 1 of `tags` is no KEY=VALUE");
    let prod = read("s.toml", &text.replace("Cost Center=12", "'Cost Center'=12"), Some("prod")).unwrap();
    assert_eq!(prod.tags, [("Cost Center".to_owned(), "12".to_owned())].into());
    assert_eq!((prod.stack_name.as_deref(), prod.region.as_deref()), (Some("app"), Some("eu-west-1")));
    assert_eq!(
        read("s.toml", text, Some("dev")).unwrap_err(),
        "no environment \"dev\"; --config-env names one of the file (default or prod)"
    );
}

#[test]
fn a_wrong_file_has_a_reason_without_its_values() {
    for (name, text, want) in [
        ("p.json", "{\"Parameters\": {\"A\": \"s3cret\"", "p.json:1"),
        ("p.json", "{\"Parameters\": {\"A\": [\"s3cret\"]}}", "the value of \"A\" is no text"),
        ("p.json", "{\"Parameters\": {\"A\": true}}", "write it in quotes"),
        ("p.json", "{\"Parameters\": \"s3cret\"}", "`Parameters` is no map"),
        ("p.json", "[{\"ParameterKey\": \"A\"}]", "\"A\" has no ParameterValue"),
        ("p.json", "[\"A=s3cret\", \"A=s3cret\"]", "\"A\" is given twice"),
        ("p.json", "[\"s3cret\"]", "element 1 is no parameter"),
        ("p.json", "{\"A\": \"s3cret\"}", "not a file of parameters"),
        ("p.yaml", "Parameters: {A: 007}", "line 1: YAML may take this number"),
        ("p.toml", "a = s3cret", "line 1: not valid TOML"),
        ("p.toml", "[default.deploy.parameters]\nparameter_overrides = 'A=\"s3cret'", "a quote without an end"),
        ("p.toml", "[default.deploy.parameters]\nparameter_overrides = 'file://p.yaml'", "names another file"),
        ("p.toml", "[default.build.parameters]\ncached = true", "has no parameters of `deploy` or `global`"),
        ("p.toml", "", "no environment \"default\"; --config-env names one of the file (none)"),
    ] {
        let why = read(name, text, None).unwrap_err();
        assert!(why.contains(want) && !why.contains("s3cret"), "{text}: {why}");
    }
}
