//! `CloudFormation` templates in files and folders: what is read as one, and what is refused and why.

use crate::cloudformation::POLICY;
use crate::common::Scratch;

#[test]
fn what_a_template_says_in_the_wrong_place_is_said() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let tags = "[{Key: Environment, Value: Staging}, {Key: Owner, Value: a@example.com}]";
    scratch.file(
        "t.yaml",
        format!(
            "Transform: {{Name: AWS::Include, Parameters: {{Location: s3://b/k}}}}\nResources:\n  \
             Pool:\n    Type: AWS::Cognito::UserPool\n    Properties: {{Tags: {tags}}}\n  \
             Beside:\n    Type: AWS::IAM::User\n    Tags: {tags}\n  \
             Map:\n    Type: AWS::IAM::User\n    Properties: {{Tags: {{Environment: Staging}}}}\n  \
             Name:\n    Type: AWS::IAM::User\n    Properties: {{Tags: [{{Name: Environment}}]}}\n  \
             Set:\n    Type: AWS::CloudFormation::StackSet\n    Properties: {{TemplateBody: x, Tags: {tags}}}\n  \
             Twice:\n    Type: AWS::IAM::User\n    Properties:\n      Tags: {tags}\n      \
             Policies:\n      - {{PolicyName: a, PolicyName: b}}\n"
        ),
    );
    let run = scratch.run(["check", "t.yaml"]);
    run.exits(1);
    for words in [
        "t.yaml:1: AWS::Include adds what a file in S3 has",
        "t.yaml:3: AWS::Cognito::UserPool takes its tags in `UserPoolTags`",
        "t.yaml:6: its tags stand beside `Properties`",
        "t.yaml:9: not all of its tags are known: a map stands where the type takes a list of tags",
        "t.yaml:12: not all of its tags are known: an element in the list of tags has no `Key`",
        "t.yaml:15: the resources in the stacks of this stack set are not checked",
        "duplicate key \"PolicyName\": CloudFormation uses one of the two",
    ] {
        assert!(run.stderr.contains(words), "{words} in {}", run.stderr);
    }
    scratch.file(
        "two.yaml",
        format!("Resources:\n  A:\n    Type: AWS::IAM::User\n    Properties:\n      Tags: {tags}\n      Tags: []\n"),
    );
    let run = scratch.run(["check", "two.yaml"]);
    run.exits(0);
    for words in [
        "two.yaml:6: duplicate key \"Tags\": CloudFormation uses one of the two, and it is unknown which: remove one",
        "two.yaml:2: not all of its tags are known: a key stands twice, and CloudFormation uses one of the two",
    ] {
        assert!(run.stderr.contains(words), "{words} in {}", run.stderr);
    }
    assert!(run.stdout.contains("1 unknown") && !run.stdout.contains("missing"), "{}", run.stdout);
}

#[test]
fn a_key_that_stands_twice_leaves_unknown_what_differs() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let tags = "[{Key: Environment, Value: Staging}, {Key: Owner, Value: a@example.com}]";
    let user = |properties: &str| format!("Resources:\n  A:\n    Type: AWS::IAM::User\n{properties}");
    let with_tags = format!("    Properties: {{Path: /a/, Tags: {tags}}}\n");
    for (text, exit, unknown) in [
        // No tags differ.
        (user(&format!("    Properties:\n      Path: /a/\n      Path: /b/\n      Tags: {tags}\n")), 0, false),
        (user(&format!("{with_tags}    Properties: {{Path: /b/, Tags: {tags}}}\n")), 0, false),
        (user(&format!("{with_tags}    DependsOn: B\n    DependsOn: C\n")), 0, false),
        // Which tags count is unknown.
        (user(&format!("{with_tags}    Properties: {{Path: /a/}}\n")), 0, true),
        (user(&format!("{with_tags}  A:\n    Type: AWS::IAM::User\n")), 0, true),
        (user(&format!("{with_tags}    Condition: B\n    Condition: C\n")), 0, false),
        // Nothing decides what the file is.
        (format!("{}Resources: {{}}\n", user(&with_tags)), 2, false),
    ] {
        scratch.file("t.yaml", &text);
        let run = scratch.run(["check", "t.yaml"]);
        run.exits(exit);
        assert!(run.stderr.contains("duplicate key"), "{text}: {}", run.stderr);
        assert_eq!(run.stdout.contains("1 unknown"), unknown, "{text}: {}", run.stdout);
        assert!(!run.stdout.contains("missing"), "{text}: {}", run.stdout);
    }
}

#[test]
fn the_function_that_gives_properties_is_named() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file(
        "t.yaml",
        "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, a]}\nResources:\n  A:\n    Type: AWS::IAM::User\n    \
         Properties: !If [C, {Path: /a/}, {Path: /b/}]\n",
    );
    let run = scratch.run(["check", "t.yaml"]);
    let words = "not all of its tags are known: Fn::If gives properties of the resource when the stack is deployed";
    assert!(run.stderr.contains(words), "{}", run.stderr);
}

#[test]
fn a_template_that_is_wrong_is_shown_with_its_line() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let good = "Resources:\n  A:\n    Type: AWS::IAM::User\n";
    for (name, text, words) in [
        ("twice.yaml", format!("{good}Resources: {{}}\n"), "twice.yaml:4:1"),
        ("two.yaml", format!("{good}---\n{good}"), "a second YAML document begins here"),
        ("broken.yaml", format!("{good}  B: [\n"), "not YAML"),
        ("comma.json", "{\"Resources\": {\"A\": {\"Type\": \"AWS::IAM::User\"},}}".to_owned(), "comma.json:1:47"),
        (
            "list.yaml",
            "AWSTemplateFormatVersion: '2010-09-09'\nResources: []\n".to_owned(),
            "`Resources` must be a map",
        ),
        ("deep.yaml", format!("{good}    X: {}{}\n", "[".repeat(500), "]".repeat(500)), "nested more than 64 deep"),
    ] {
        scratch.file(name, text);
        let run = scratch.run(["check", name]);
        run.fails_with(2, &[words, "error"]);
        assert!(run.stderr.contains(" | ") && run.stderr.contains('^'), "no line and caret in {}", run.stderr);
        assert_eq!(run.stdout, "");
        // Named in one folder with a good one: that is checked, and the run is not whole.
        scratch.file("folder/good.yaml", good);
        std::fs::copy(scratch.path().join(name), scratch.path().join("folder").join(name)).unwrap();
        let run = scratch.run(["check", "folder"]);
        run.exits(3);
        assert!(run.stdout.contains("Owner is missing") && run.stdout.contains(name), "{}", run.stdout);
        std::fs::remove_file(scratch.path().join("folder").join(name)).unwrap();
    }
}

#[test]
fn hostile_templates_end_soon_and_say_why() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let user = "    Type: AWS::IAM::User\n";
    let laughs = (1..12).fold("  L0: &l0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, n| {
        text + &format!("  L{n}: &l{n} [{}]\n", vec![format!("*l{}", n - 1); 10].join(", "))
    });
    let loops = (0..12).fold("{'U${N0}': {Type: AWS::IAM::User}}".to_owned(), |body, n| {
        format!("{{'Fn::ForEach::L{n}': [N{n}, [a, b, c, d, e, f, g, h, i, j], {body}]}}")
    });
    let circle = format!(
        "Resources:\n  A:\n{user}  Again:\n    Type: AWS::CloudFormation::Stack\n    Properties: {{TemplateURL: circle.yaml}}\n"
    );
    let away = "Resources:\n  Away:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: ../../../etc/hostname}\n";
    for (name, text, code, words) in [
        ("laughs.yaml", format!("Metadata:\n{laughs}Resources:\n  A:\n{user}"), 2, "more than 500000 values"),
        ("loops.yaml", format!("Resources: {loops}\n"), 1, "are not checked"),
        ("circle.yaml", circle, 3, "is a stack within itself"),
        ("away.yaml", away.to_owned(), 3, "the stack \"Away\" is not checked"),
        ("large.yaml", format!("Resources: {{}}\n#{}", "x".repeat(9 << 20)), 2, "larger than 8 MiB"),
    ] {
        scratch.file(name, text);
        let run = scratch.run(["check", name, "--input-format", "cloudformation"]);
        run.exits(code);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(said.contains(words), "{name}: {words} in {}", &said[..said.len().min(2000)]);
    }
}

#[test]
fn the_missing_file_of_a_nested_stack_that_may_not_exist_is_a_note() {
    const TAGS: &str = "[{Key: Environment, Value: Staging}, {Key: Owner, Value: a@example.com}]";
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("broken.yaml", "Resources: [\n");
    let run = |parameter: &str, file: &str, args: &[&str]| {
        let text = format!(
            "Parameters: {{Stage: {{Type: String{parameter}}}}}\nConditions: {{IsProd: !Equals [!Ref Stage, prod]}}\n\
             Resources:\n  Outer: {{Type: AWS::IAM::User, Properties: {{Tags: {TAGS}}}}}\n  Inner:\n    \
             Type: AWS::CloudFormation::Stack\n    Condition: IsProd\n    Properties: {{TemplateURL: {file}, Tags: {TAGS}}}\n"
        );
        scratch.file("t.yaml", text);
        scratch.run([&["check", "t.yaml", "--format", "json"], args].concat())
    };
    // The condition is unknown, or false with the default of a parameter.
    for parameter in ["", ", Default: test"] {
        let run = run(parameter, "gone.yaml", &[]);
        let report = run.exits(0).json();
        assert!(run.stderr.contains("the stack \"Inner\" is not checked"), "{}", run.stderr);
        assert!(run.stderr.contains("it may not exist"), "{}", run.stderr);
        assert_eq!(report["coverage"]["not-judged"][0]["type"], "nested stack", "{report}");
    }
    // It exists: what is in it could not be read.
    run("", "gone.yaml", &["--parameter", "Stage=prod"]).exits(3);
    // It does not.
    run("", "gone.yaml", &["--parameter", "Stage=test"]).exits(0);
    // A file that is there and cannot be read is not missing.
    run("", "broken.yaml", &[]).exits(3);
}

#[test]
fn a_folder_is_walked_for_templates_and_other_documents_are_passed_over() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("infra/a.yml", "Resources: {A: {Type: AWS::IAM::User}}\n");
    scratch.file("infra/deep/b.template", "{\"Resources\": {\"B\": {\"Type\": \"AWS::IAM::User\"}}}");
    scratch.file("infra/package.json", "{\"name\": \"x\", \"broken\": ");
    scratch.file("infra/values.yaml", "Resources: {{ .Values.resources }}\nkind: Deployment\n---\nx: [\n");
    scratch.file("infra/parameters.json", "[{\"ParameterKey\": \"A\", \"ParameterValue\": \"b\"}]");
    let run = scratch.run(["check", "infra", "--format", "json"]);
    run.exits(1);
    assert_eq!(run.json()["summary"]["resources"], 2, "{}", run.stdout);
    scratch.file("other/values.yaml", "kind: Deployment\n");
    scratch.run(["check", "other"]).fails_with(2, &["nothing to check", "skipped 1 other document (values.yaml)"]);
}

#[test]
fn a_walk_says_which_documents_it_passed_over() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("infra/a.yml", "Resources: {A: {Type: AWS::IAM::User}}\n");
    scratch.file("infra/package.json", "{\"name\": \"x\", \"broken\": ");
    scratch.file("infra/values.yaml", "x: [\n");
    scratch.file("infra/parameters.json", "[]");
    let run = scratch.run(["check", "infra", "-v"]);
    run.fails_with(1, &["1 other document (parameters.json)"]);
    let broken = "document: 2, document that can't be parsed (infra/package.json, infra/values.yaml)";
    assert!(run.stdout.contains(broken), "{}", run.stdout);
}

#[test]
fn a_stack_within_itself_is_checked_once_and_said_to_be_so() {
    let stack = |name: &str| {
        format!(
            "Resources:\n  U: {{Type: AWS::IAM::User}}\n  S:\n    Type: AWS::CloudFormation::Stack\n    Properties: {{TemplateURL: {name}}}\n"
        )
    };
    for (files, want) in [
        (vec![("a.yaml", "./a.yaml")], vec!["S", "U"]),
        (vec![("a.yaml", "b.yaml"), ("b.yaml", "a.yaml")], vec!["S", "S/S", "S/U", "U"]),
    ] {
        let scratch = Scratch::new();
        scratch.file("taglint.toml", POLICY);
        for (name, nested) in files {
            scratch.file(name, stack(nested));
        }
        for input in ["a.yaml", "."] {
            let run = scratch.run(["check", input, "--format", "json", "--show", "passed"]);
            run.exits(3);
            let report = run.json();
            assert_eq!(report["summary"]["resources"], want.len(), "{report:#}");
            let gaps = report["incomplete"].as_array().unwrap();
            assert_eq!(gaps.len(), 1, "{report:#}");
            assert!(gaps[0]["error"].as_str().unwrap().contains("is a stack within itself"), "{report:#}");
        }
    }
}

#[test]
fn a_template_that_two_stacks_use_gives_its_findings_once_for_each() {
    let scratch = Scratch::new();
    scratch.file(
        "taglint.toml",
        "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\nresources = [\"iam:user\"]\n",
    );
    scratch.file("child.yaml", "Resources: {U: {Type: AWS::IAM::User}}\n");
    let stack = |url: &str| format!("{{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {url}}}}}");
    scratch.file("deep/x.txt", "");
    let nested = format!("Resources:\n  A: {}\n  B: {}\n", stack("child.yaml"), stack("deep/../child.yaml"));
    scratch.file("parent.yaml", nested);
    let report = scratch.run(["check", ".", "--format", "json"]).json();
    let all = report["findings"].as_array().unwrap().iter();
    let addresses: Vec<_> = all.map(|finding| finding["resource"]["address"].as_str().unwrap()).collect();
    assert_eq!(addresses, ["A/U", "B/U"], "{report:#}");
}

#[cfg(unix)]
#[test]
fn a_link_that_is_named_is_the_root_and_nothing_below_leads_out() {
    use std::os::unix::fs::symlink;
    let (scratch, outside) = (Scratch::new(), tempfile::tempdir().unwrap());
    scratch.file("taglint.toml", POLICY);
    let user = "Resources: {A: {Type: AWS::IAM::User}}\n";
    let nested = "Resources: {S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: out.yaml}}}\n";
    let real = outside.path().join("real");
    std::fs::create_dir_all(real.join("cdk.out")).unwrap();
    std::fs::write(real.join("t.yaml"), user).unwrap();
    std::fs::write(real.join("parent.yaml"), nested).unwrap();
    std::fs::write(outside.path().join("out.yaml"), user).unwrap();
    std::fs::write(
        outside.path().join("manifest.json"),
        r#"{"artifacts": {"A": {"type": "aws:cloudformation:stack"}}}"#,
    )
    .unwrap();
    symlink("../out.yaml", real.join("out.yaml")).unwrap();
    symlink("../../manifest.json", real.join("cdk.out/manifest.json")).unwrap();
    symlink(&real, scratch.path().join("link")).unwrap();
    symlink(real.join("t.yaml"), scratch.path().join("t.yaml")).unwrap();
    // A walk does not follow it; the user who names it does.
    scratch
        .run(["check", "."])
        .fails_with(2, &["nothing to check", "1 folder (link): symbolic link", "1 document (t.yaml): symbolic link"]);
    scratch.run(["check", "t.yaml"]).exits(1);
    let run = scratch.run(["check", "link", "--format", "json"]);
    let report = run.exits(3).json();
    assert_eq!(report["coverage"]["not-judged"][0]["examples"][0], "link/out.yaml", "{report:#}");
    assert_eq!(report["summary"]["resources"], 2, "{report:#}");
    let gaps = report["incomplete"].to_string();
    assert_eq!(gaps.matches("is outside the repository").count(), 2, "{report:#}");
}

#[test]
fn a_broken_template_in_a_walked_folder_is_never_passed_over() {
    for (name, text) in [
        // Its `Resources` are misspelled or indented, so that only the signs tell what it was meant to be.
        ("t.yaml", "Resource:\n  A:\n    Type: AWS::IAM::User\n   Properties: {\n"),
        ("t.json", "{\"Resource\": {\"A\": {\"Type\": \"AWS::IAM::User\",, }}"),
        ("t.yml", " x: [\n AWSTemplateFormatVersion: 2010-09-09\n"),
        ("t.template", " x: [\n Transform: AWS::Serverless-2016-10-31\n"),
    ] {
        let scratch = Scratch::new();
        scratch.file("taglint.toml", POLICY);
        scratch.file(&format!("infra/{name}"), text);
        scratch.run(["check", "infra"]).fails_with(2, &[name]);
        scratch.file("infra/good.yaml", "Resources: {A: {Type: AWS::IAM::User}}\n");
        let run = scratch.run(["check", "infra", "--format", "json"]);
        run.exits(3);
        assert!(run.json()["incomplete"].to_string().contains(name), "{}", run.stdout);
    }
}

#[test]
fn a_template_is_told_by_its_tree_wherever_it_comes_from() {
    let properties = "Properties: {Tags: [{Key: Environment, Value: Staging}]}";
    for text in [
        format!("  Resources:\n    A:\n      Type: AWS::IAM::User\n      {properties}\n"),
        format!("{{Resources: {{A: {{Type: AWS::IAM::User, {properties}}}}}}}\n"),
        format!("Resources:\n  A:\n    Type: # why\n      AWS::IAM::User\n    {properties}\n"),
        format!("Resources:\n  A:\n    Type: &a AWS::IAM::User\n    {properties}\n"),
    ] {
        let scratch = Scratch::new();
        scratch.file("taglint.toml", POLICY);
        scratch.file("folder/t.yaml", &text);
        let piped = scratch.pipe(["check", "-"], text.as_bytes());
        for run in [piped, scratch.run(["check", "folder/t.yaml"]), scratch.run(["check", "folder"])] {
            run.exits(1);
            assert!(run.stdout.contains("Owner is missing"), "{text}: {}", run.stdout);
        }
    }
    // An event of a macro has a template in it, and is none.
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("folder/good.yaml", "Resources: {A: {Type: AWS::IAM::User, Properties: {Tags: [{Key: Environment, Value: Staging}, {Key: Owner, Value: a@example.com}]}}}\n");
    scratch.file(
        "folder/event.json",
        r#"{"fragment": {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"A": {"Type": "AWS::IAM::User"}}}}"#,
    );
    scratch.run(["check", "folder"]).exits(0);
}

#[test]
fn a_key_twice_in_a_list_of_tags_has_no_known_value() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let owner = "{Key: Owner, Value: a@example.com}";
    for (first, second, code, words) in [
        ("Production", "x", 1, "the list has the key \"Environment\" twice, with different values"),
        ("x", "Production", 1, "the list has the key \"Environment\" twice, with different values"),
        ("Production", "Production", 0, ""),
    ] {
        let text = format!(
            "Resources:\n  U:\n    Type: AWS::IAM::User\n    Properties:\n      Tags: [{owner}, {{Key: Environment, \
             Value: {first}}}, {{Key: Environment, Value: {second}}}]\n"
        );
        scratch.file("t.yaml", text);
        let run = scratch.run(["check", "t.yaml", "--fail-on-unknown"]);
        run.exits(code);
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
}

/// `CloudFormation` refuses these templates: the name is said, with its place.
#[test]
fn names_that_nothing_declares_are_said() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let check = |text: &str| {
        scratch.file("t.yaml", text);
        scratch.run(["check", "t.yaml", "--format", "json"]).stderr
    };
    let user = |tags: &str| format!("  U: {{Type: AWS::IAM::User, Properties: {{Tags: [{tags}]}}}}\n");
    let head = "Parameters:\n  Stage: {Type: String}\nConditions:\n  IsProd: !Equals [!Ref Stage, prod]\nResources:\n  \
                Queue: {Type: AWS::SQS::Queue}\n";
    for (tags, want) in [
        ("{Key: A, Value: !Ref Stge}", "t.yaml:7: \"Stge\" is neither a parameter nor a resource of the template"),
        ("{Key: A, Value: !Ref Stge}", "did you mean \"Stage\"?"),
        ("{Key: A, Value: !Sub 'x-${Queeu.Arn}'}", "t.yaml:7: \"Queeu.Arn\" is neither"),
        ("!If [IsPrd, {Key: A, Value: b}, !Ref 'AWS::NoValue']", "t.yaml:7: \"IsPrd\" is no condition of the template"),
        ("!If [IsPrd, {Key: A, Value: b}, !Ref 'AWS::NoValue']", "did you mean \"IsProd\"?"),
    ] {
        let shown = check(&(head.to_owned() + &user(tags)));
        assert!(shown.contains(want), "{tags}: {shown}");
    }
    let shown = check(&format!("{head}{}  V: {{Type: AWS::IAM::User, Condition: Nope}}\n", user("")));
    assert!(shown.contains("t.yaml:8: \"Nope\" is no condition"), "{shown}");
    // A loop, a macro or SAM may declare the name.
    let sam = "Transform: AWS::Serverless-2016-10-31\n";
    let function =
        "  F: {Type: AWS::Serverless::Function, Properties: {Role: x, Tags: {A: !Ref FRole, B: !Ref FAliaslive}}}\n";
    let looped = "  Fn::ForEach::L: [N, [a], {'Q${N}': {Type: AWS::SQS::Queue}}]\n";
    for text in [
        head.to_owned()
            + &user("{Key: A, Value: !Ref Stage}, {Key: B, Value: !Sub '${Queue.Arn}-${AWS::Region}-${!x}'}"),
        head.to_owned()
            + &user("{Key: A, Value: !Sub ['${x}', {x: a}]}, !If [IsProd, {Key: B, Value: b}, {Key: C, Value: c}]"),
        sam.to_owned() + head + function,
        head.to_owned() + looped + &user("{Key: A, Value: !Ref Qa}"),
        format!("Transform: Macro\n{head}{}", user("{Key: A, Value: !Ref Other}")),
        // So may a module, whose names begin with its own, and a transform in the names of a text.
        head.to_owned()
            + "  My: {Type: 'Org::S3::Bucket::MODULE'}\n"
            + &user(
                "{Key: A, Value: !Ref MyBucket}, {Key: B, Value: !Sub '${MyBucket.Arn}-${My.Bucket}'}, {Key: C, Value: !Ref My.Bucket}",
            ),
        head.to_owned() + &user("{Key: A, Value: !Sub ['${A}', {'Fn::Transform': {Name: X}}]}"),
        // Names that SAM does not begin with that of a resource.
        sam.to_owned()
            + head
            + "  F: {Type: AWS::Serverless::Function, Properties: {Role: x, Events: {Q: {Type: SNS, Properties: {SqsSubscription: {QueuePolicyLogicalId: Own}}}}}}\n"
            + &user(
                "{Key: A, Value: !Ref CodeDeployServiceRole}, {Key: B, Value: !Ref ApiGatewayDomainNameV20123456789}, \
                     {Key: C, Value: !Ref RecordSetGroup0123456789}, {Key: D, Value: !Ref DomainNameAccessAssociation0123456789}, \
                     {Key: E, Value: !Ref ServerlessDeploymentApplication}, {Key: F, Value: !Ref Own}",
            ),
    ] {
        let shown = check(&text);
        assert!(!shown.contains(" of the template: CloudFormation refuses it"), "{text}: {shown}");
    }
    let shown = check(
        &(sam.to_owned()
            + head
            + "  F: {Type: AWS::Serverless::Function, Properties: {Role: x, Tags: {A: !Ref Other}}}\n"),
    );
    assert!(shown.contains("\"Other\" is neither"), "{shown}");
}

#[test]
fn a_misspelled_type_and_what_sam_gives_no_tags_are_said() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let check = |text: &str, flags: &[&str]| {
        scratch.file("t.yaml", text);
        scratch.run(["check", "t.yaml", "--format", "json"].iter().chain(flags)).stderr
    };
    let shown = check(
        "Resources:\n  A: {Type: AWS::S3::Buckett}\n  B: {Type: AWS::S3::Buckett}\n  C: {Type: AWS::New::Thing}\n",
        &[],
    );
    let note = "t.yaml:2: taglint does not know the type AWS::S3::Buckett; did you mean AWS::S3::Bucket?";
    assert!(shown.contains(note) && shown.matches("did you mean").count() == 1, "{shown}");
    let sam = "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      \
               Role: x\n      Events:\n        Q: {Type: SQS, Properties: {Queue: q}}\n        \
               S: {Type: Schedule, Properties: {Schedule: rate(1 day)}}\n";
    let shown = check(sam, &[]);
    let note =
        "t.yaml: SAM has no tags for 2 resources that it makes (AWS::Events::Rule and AWS::Lambda::EventSourceMapping)";
    assert!(shown.contains(note), "{shown}");
    assert!(!check(sam, &["--stack-tag", "Owner=a"]).contains("SAM has no tags"));
}

#[test]
fn a_resource_without_a_type_is_counted_and_said() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("t.yaml", "Resources:\n  U: {Type: AWS::IAM::User}\n  V: {Type: !Sub 'AWS::IAM::User'}\n  W: {}\n");
    let run = scratch.run(["check", "t.yaml", "--format", "json"]);
    let report = run.exits(1).json();
    let group = &report["coverage"]["not-judged"][0];
    assert_eq!((&group["reason"], &group["count"]), (&"unknown-type".into(), &2.into()), "{report}");
    for line in ["t.yaml:3: it has no `Type`", "t.yaml:4: it has no `Type`"] {
        assert!(run.stderr.contains(line), "{}", run.stderr);
    }
}
