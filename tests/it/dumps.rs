//! The output of AWS CLI commands and of the Tag Editor console, in the forms that AWS documents.

#![allow(clippy::needless_pass_by_value)] // JSON values are written in place

use serde_json::{Value, json};

use crate::common::{Run, Scratch, inventory, user};

/// A policy that concerns every type.
pub(crate) const POLICY: &str = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n";
const ACCOUNT: &str = "111122223333";
const INSTANCE: &str = "arn:aws:ec2:eu-west-1:111122223333:instance/i-0a1b2c3d4e5f67890";
const BUCKET: &str = "arn:aws:s3:::example-logs";

fn check(scratch: &Scratch, inputs: &[&str]) -> Run {
    scratch.file("taglint.toml", POLICY);
    scratch.run([&["check", "--format", "json"], inputs].concat())
}

fn check_file(name: &str, content: impl AsRef<[u8]>) -> Run {
    let scratch = Scratch::new();
    scratch.file(name, content);
    check(&scratch, &[name])
}

/// What a report says of each resource and group: `missing TYPE ARN`, `unread TYPE ARN`, `REASON TYPE COUNT`, in order.
fn said(run: &Run) -> Vec<String> {
    let report = run.json();
    let list = |of: &Value| of.as_array().unwrap().clone();
    let text = |of: &Value| of.as_str().unwrap_or("-").to_owned();
    let mut out = Vec::new();
    for finding in list(&report["findings"]) {
        let of = &finding["resource"];
        out.push(format!("{} {} {}", text(&finding["kind"]), text(&of["type"]), text(&of["arn"])));
    }
    for resource in
        list(&report["incomplete"]).iter().filter(|entry| entry["type"].is_string() && entry["arn"].is_string())
    {
        out.push(format!("unread {} {}", text(&resource["type"]), text(&resource["arn"])));
    }
    for group in list(&report["coverage"]["not-judged"]) {
        out.push(format!("{} {} {}", text(&group["reason"]), text(&group["type"]), group["count"]));
    }
    out.sort();
    out
}

fn judged(run: &Run) -> u64 {
    run.json()["coverage"]["judged"].as_u64().unwrap()
}

pub(crate) fn owned() -> Value {
    json!([{"Key": "Owner", "Value": "a@example.com"}])
}

fn get_resources(resources: &[(&str, Value)]) -> String {
    let list: Vec<Value> = resources.iter().map(|(arn, tags)| json!({"ResourceARN": arn, "Tags": tags})).collect();
    serde_json::to_string_pretty(&json!({ "ResourceTagMappingList": list })).unwrap()
}

#[test]
fn get_resources_has_every_type_and_says_what_it_cannot_know() {
    let run = check_file(
        "dump.json",
        get_resources(&[
            (INSTANCE, json!([])),
            (BUCKET, owned()),
            ("arn:aws:lambda:eu-west-1:111122223333:function:resize", json!([{"Key": "Team", "Value": ""}])),
            ("arn:aws:newthing:eu-west-1:111122223333:widget/a", json!([])),
            ("not-an-arn", json!([])),
        ]),
    );
    run.exits(3);
    assert_eq!(
        said(&run),
        [
            format!("missing ec2:instance {INSTANCE}"),
            "missing lambda:function arn:aws:lambda:eu-west-1:111122223333:function:resize".to_owned(),
            "missing newthing:widget arn:aws:newthing:eu-west-1:111122223333:widget/a".to_owned(),
            "tags-not-in-input IAM users and roles 1".to_owned(),
            "tags-not-in-input resources that were never tagged 1".to_owned(),
        ]
    );
    let report = run.json();
    let resource =
        &report["findings"].as_array().unwrap().iter().find(|f| f["resource"]["arn"] == INSTANCE).unwrap()["resource"];
    assert_eq!(
        (&resource["account"], &resource["region"], &resource["name"]),
        (&json!(ACCOUNT), &json!("eu-west-1"), &json!("i-0a1b2c3d4e5f67890"))
    );
    assert!(
        run.stdout.contains("dump.json: ResourceTagMappingList[4]: \\\"not-an-arn\\\" is not an ARN"),
        "{}",
        run.stdout
    );
    for words in ["never tagged", "1 resource has a type that taglint does not know", "newthing:widget"] {
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
    // A rule for one of the type's names means these resources.
    let scratch = Scratch::new();
    scratch.file("dump.json", get_resources(&[(INSTANCE, json!([])), (BUCKET, json!([]))]));
    for name in ["ec2:instance", "aws_instance", "AWS::EC2::Instance"] {
        scratch.file("p.toml", format!("{POLICY}resources = [\"{name}\"]\n"));
        let run = scratch.run(["check", "dump.json", "--policy", "p.toml", "--format", "json"]);
        assert_eq!((judged(run.exits(1)), run.json()["findings"].as_array().unwrap().len()), (1, 1), "{name}");
    }
}

fn authorization_details() -> Value {
    json!({
        "UserDetailList": [
            {"Path": "/", "UserName": "bo", "UserId": "AIDAEXAMPLE2", "Arn": "arn:aws:iam::111122223333:user/bo",
             "CreateDate": "2024-05-01T09:00:00+00:00", "GroupList": [], "AttachedManagedPolicies": []}],
        "GroupDetailList": [
            {"Path": "/", "GroupName": "g", "GroupId": "AGPAEXAMPLE", "Arn": "arn:aws:iam::111122223333:group/g",
             "CreateDate": "2024-05-01T09:00:00+00:00", "GroupPolicyList": [], "AttachedManagedPolicies": []}],
        "RoleDetailList": [
            {"Path": "/app/", "RoleName": "web", "RoleId": "AROAEXAMPLE", "Arn": "arn:aws:iam::111122223333:role/app/web",
             "CreateDate": "2024-05-01T09:00:00+00:00", "AssumeRolePolicyDocument": {"Version": "2012-10-17"},
             "InstanceProfileList": [{"Path": "/", "InstanceProfileName": "web", "InstanceProfileId": "AIPAEXAMPLE",
                "Arn": "arn:aws:iam::111122223333:instance-profile/web", "CreateDate": "2024-05-01T09:00:00+00:00", "Roles": []}],
             "RolePolicyList": [], "AttachedManagedPolicies": [], "RoleLastUsed": {}},
            {"Path": "/", "RoleName": "owned", "RoleId": "AROAEXAMPLE2", "Arn": "arn:aws:iam::111122223333:role/owned",
             "CreateDate": "2024-05-01T09:00:00+00:00", "InstanceProfileList": [], "RolePolicyList": [],
             "AttachedManagedPolicies": [], "Tags": owned()}],
        "Policies": [
            {"PolicyName": "p", "PolicyId": "ANPAEXAMPLE", "Arn": "arn:aws:iam::111122223333:policy/p", "Path": "/"},
            {"PolicyName": "Admin", "PolicyId": "ANPAEXAMPLE2", "Arn": "arn:aws:iam::aws:policy/Admin", "Path": "/"}]
    })
}

#[test]
fn authorization_details_have_the_tags_of_users_and_roles_only() {
    let run = check_file("account.json", authorization_details().to_string());
    run.exits(1);
    assert_eq!(
        said(&run),
        [
            "missing iam:role arn:aws:iam::111122223333:role/app/web",
            "missing iam:user arn:aws:iam::111122223333:user/bo",
            "not-taggable AWS::IAM::Group 1",
            "not-taggable iam:policy 1",
            "tags-not-in-input iam:instance-profile 1",
            "tags-not-in-input iam:policy 1",
        ]
    );
    let role = &run.json()["findings"][0]["resource"];
    assert_eq!((&role["name"], &role["path"], &role["id"]), (&json!("web"), &json!("/app/"), &json!("AROAEXAMPLE")));
    let mut cut = authorization_details();
    (cut["IsTruncated"], cut["Marker"]) = (json!(true), json!("x"));
    let run = check_file("account.json", cut.to_string());
    assert!(run.exits(3).stdout.contains("one page of several"), "{}", run.stdout);
}

pub(crate) fn explorer(arn: &str, kind: &str, properties: Value) -> Value {
    let service = kind.split(':').next().unwrap();
    json!({"Arn": arn, "OwningAccountId": ACCOUNT, "Region": "eu-west-1", "ResourceType": kind, "Service": service,
        "LastReportedAt": "2026-11-20T08:00:00+00:00", "Properties": properties})
}

pub(crate) fn tags_property(data: Value) -> Value {
    json!([{"Name": "tags", "LastReportedAt": "2026-11-20T08:00:00+00:00", "Data": data}])
}

#[test]
fn resource_explorer_has_tags_only_where_its_view_includes_them() {
    let resources = json!([
        explorer(INSTANCE, "ec2:instance", tags_property(json!([{"Key": "Team", "Value": "x"}]))),
        explorer(BUCKET, "s3:bucket", tags_property(owned())),
        explorer("arn:aws:sqs:eu-west-1:111122223333:jobs", "sqs:queue", json!([])),
        explorer("arn:aws:iam::111122223333:role/web", "iam:role", tags_property(json!([]))),
        explorer("arn:aws:newthing:eu-west-1:111122223333:a", "newthing:widget", tags_property(json!([]))),
        explorer("arn:aws:sns:eu-west-1:111122223333:alerts", "sns:topic", tags_property(json!({"Owner": "x"}))),
    ]);
    let run = check_file("list.json", json!({"Resources": resources, "ViewArn": "arn:aws:resource-explorer-2:eu-west-1:111122223333:view/all/EXAMPLE"}).to_string());
    run.exits(3);
    let want = [
        format!("missing ec2:instance {INSTANCE}"),
        "missing newthing:widget arn:aws:newthing:eu-west-1:111122223333:a".to_owned(),
        "tags-unread iam:role 1".to_owned(),
        "tags-unread sns:topic 1".to_owned(),
        "tags-unread sqs:queue 1".to_owned(),
    ];
    assert_eq!(said(&run).into_iter().filter(|line| !line.starts_with("unread")).collect::<Vec<_>>(), want);
    for words in ["the view may not include tags", "does not index the tags of IAM", "not a list of `Key` and `Value`"]
    {
        assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
    }
    // A bucket's ARN has no account and no region.
    let untagged = explorer(BUCKET, "s3:bucket", tags_property(json!([])));
    let found = json!({"Resources": [untagged], "Count": {"TotalResources": 1000, "Complete": false}, "NextToken": ""});
    let run = check_file("search.json", found.to_string());
    let report = run.exits(3).json();
    let bucket = &report["findings"][0]["resource"];
    assert_eq!((&bucket["account"], &bucket["region"]), (&json!(ACCOUNT), &json!("eu-west-1")));
    assert!(run.stdout.contains("more than the 1,000 resources"), "{}", run.stdout);
}

fn config(rows: &[Value]) -> String {
    let rows: Vec<String> = rows.iter().map(Value::to_string).collect();
    json!({"Results": rows, "QueryInfo": {"SelectFields": [{"Name": "arn"}, {"Name": "tags"}]}}).to_string()
}

pub(crate) fn row(kind: &str, arn: &str, tags: Value) -> Value {
    json!({"resourceId": "x", "resourceType": kind, "arn": arn, "accountId": ACCOUNT, "awsRegion": "eu-west-1", "tags": tags})
}

#[test]
fn an_empty_tag_list_of_config_is_unknown() {
    let text = config(&[
        row("AWS::EC2::Instance", INSTANCE, json!([{"key": "Team", "value": "x", "tag": "Team=x"}])),
        row("AWS::S3::Bucket", BUCKET, json!([{"key": "Owner", "value": "a", "tag": "Owner=a"}])),
        row("AWS::SQS::Queue", "arn:aws:sqs:eu-west-1:111122223333:jobs", json!([])),
        row("AWS::IAM::Group", "arn:aws:iam::111122223333:group/g", json!([])),
        json!({"resourceType": "AWS::SNS::Topic", "arn": "arn:aws:sns:eu-west-1:111122223333:alerts"}),
        json!({"resourceType": "AWS::EC2::Volume", "resourceId": "vol-1", "tags": [{"tag": "Owner=a"}]}),
        row("AWS::EC2::VPC", "vpc-1", json!([])),
        row("AWS::Config::ResourceCompliance", "arn:aws:newthing:eu-west-1:111122223333:compliance/a", json!([])),
    ]);
    let broken = text.replacen("\"Results\":[", "\"Results\":[\"{oops\",", 1);
    let run = check_file("rows.json", broken);
    run.exits(3);
    let want = [
        format!("missing ec2:instance {INSTANCE}"),
        "not-taggable AWS::IAM::Group 1".to_owned(),
        "tags-unread ec2:volume 1".to_owned(),
        "tags-unread sns:topic 1".to_owned(),
        "tags-unread sqs:queue 1".to_owned(),
        "unknown-type AWS::Config::ResourceCompliance 1".to_owned(),
    ];
    assert_eq!(said(&run).into_iter().filter(|line| !line.starts_with("unread")).collect::<Vec<_>>(), want);
    for words in [
        "does not record the tags of every type",
        "does not select `tags`",
        "does not select `tags.key`",
        "Results[0]: not a row",
        "Results[7]: \\\"vpc-1\\\" is not an ARN",
    ] {
        assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
    }
}

#[test]
fn lists_of_iam_have_no_tags_and_single_answers_have_all() {
    let user = |tags: Option<Value>| {
        let mut user = json!({"Path": "/", "UserName": "bo", "UserId": "AIDAEXAMPLE", "Arn": "arn:aws:iam::111122223333:user/bo", "CreateDate": "2024-05-01T09:00:00+00:00"});
        if let Some(tags) = tags {
            user["Tags"] = tags;
        }
        user
    };
    let role = json!({"Path": "/", "RoleName": "web", "RoleId": "AROAEXAMPLE", "Arn": "arn:aws:iam::111122223333:role/web", "CreateDate": "2024-05-01T09:00:00+00:00"});
    let device = |user: Value| json!({"SerialNumber": "arn:aws:iam::111122223333:mfa/phone", "EnableDate": "2024-05-01T09:00:00+00:00", "User": user});
    let pool = json!({"Id": "eu-west-1_AbCdEf", "Name": "shop", "CreationDate": 1_714_554_000.5, "Arn": "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf", "UserPoolTags": {"Team": "x"}});
    for (dump, code, want) in [
        (json!({"Users": [user(None)]}), 3, "tags-unread iam:user 1"),
        (json!({"Users": [user(Some(json!([])))]}), 3, "tags-unread iam:user 1"),
        (json!({"Roles": [role]}), 3, "tags-unread iam:role 1"),
        (json!({"VirtualMFADevices": [device(user(None))]}), 3, "tags-unread iam:mfa 1"),
        (json!({"User": user(None)}), 1, "missing iam:user arn:aws:iam::111122223333:user/bo"),
        (
            json!({"User": user(Some(json!([{"Key": "Team", "Value": "x"}])))}),
            1,
            "missing iam:user arn:aws:iam::111122223333:user/bo",
        ),
        (json!({"Role": role}), 1, "missing iam:role arn:aws:iam::111122223333:role/web"),
        (
            json!({"UserPool": pool}),
            1,
            "missing cognito-idp:userpool arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf",
        ),
    ] {
        let run = check_file("dump.json", dump.to_string());
        run.exits(code);
        assert!(said(&run).contains(&want.to_owned()), "{dump}: {:?}", said(&run));
    }
    let mut tagged = user(Some(owned()));
    assert_eq!(judged(check_file("u.json", json!({"User": tagged}).to_string()).exits(0)), 1);
    tagged["Tags"] = json!([{"Key": "Owner", "Value": ""}]);
    check_file("u.json", json!({"User": tagged}).to_string()).exits(1);
    // A truncated list names what it lacks.
    let run = check_file("u.json", json!({"Users": [], "IsTruncated": true, "Marker": "x"}).to_string());
    assert!(run.exits(3).stdout.contains("iam:ListUsers"), "{}", run.stdout);
    // The assignment of a device is known.
    let scratch = Scratch::new();
    scratch.file(
        "p.toml",
        "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\nwhen.assigned = true\n",
    );
    let mut free = device(Value::Null);
    free["Tags"] = json!([{"Key": "Team", "Value": "x"}]);
    scratch.file("free.json", json!({"VirtualMFADevices": [free]}).to_string());
    scratch.run(["check", "free.json", "--policy", "p.toml"]).exits(0);
}

pub(crate) const CSV_HEAD: &str = "Identifier,Tag: Owner,Service,Type,Region,Tag: Team,Tags,ARN";

#[test]
fn tag_editor_tells_a_missing_key_from_a_value() {
    let row = |owner: &str, team: &str, tags: &str, id: &str| {
        format!(
            "\r\n{id},{owner},EC2,Instance,eu-west-1,{team},{tags},arn:aws:ec2:eu-west-1:111122223333:instance/{id}"
        )
    };
    let text = CSV_HEAD.to_owned()
        + &row("a@example.com", "x", "2", "i-1")
        + &row("(not tagged)", "x", "1", "i-2")
        // An empty cell is no tag where the number of tags says so.
        + &row("", "x", "1", "i-3")
        // It may be a tag where the number says so.
        + &row("-", "x", "2", "i-4")
        + "\r\nexample-logs,(not tagged),S3,Bucket,eu-west-1,(not tagged),0,arn:aws:s3:::example-logs\r\n";
    let run = check_file("tags.csv", &text);
    run.exits(1);
    let instance = |id: &str| format!("missing ec2:instance arn:aws:ec2:eu-west-1:111122223333:instance/{id}");
    assert_eq!(said(&run), [instance("i-2"), instance("i-3"), format!("missing s3:bucket {BUCKET}")]);
    assert_eq!((judged(&run), run.json()["unknown"].as_array().unwrap().len()), (5, 1), "{}", run.stdout);
    assert!(run.stderr.contains("1 resource with tags that the columns do not show"), "{}", run.stderr);
    let semicolons = text.replace(',', ";");
    assert_eq!(said(&check_file("tags.csv", semicolons)), said(&run));
    // Rows that can't be read are gaps with their line.
    let broken = CSV_HEAD.to_owned() + "\ni-1,x\nb,x,S3,Bucket,eu-west-1,x,2,example-logs" + &row("x", "x", "2", "i-1");
    let run = check_file("tags.csv", broken);
    run.exits(3);
    for words in
        ["tags.csv:2: the row has 2 cells, and the first line has 8", "tags.csv:3: \\\"example-logs\\\" is not an ARN"]
    {
        assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
    }
    for (head, words) in [
        ("Identifier,Service,Type,Region", &["not an export of Tag Editor", "\"ARN\""][..]),
        ("Identifier,Service,Type,Region,ARN,Tag: A,Tag: A", &["two columns for the tag key \"A\""]),
        ("Identifier,Service,Type,Region,ARN,Tag key,Before,After", &["--emit tag-editor"]),
        ("", &["not an export of Tag Editor"]),
    ] {
        check_file("tags.csv", head).fails_with(2, words);
    }
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(unit).collect()
}

#[test]
fn encodings_and_pages_are_read() {
    let page = get_resources(&[(INSTANCE, json!([])), (BUCKET, json!([{"Key": "Größe", "Value": "\u{20000}"}]))]);
    let want = said(&check_file("dump.json", &page));
    assert_eq!(want.iter().filter(|line| line.starts_with("missing")).count(), 2);
    for bytes in
        [utf16(&page, u16::to_le_bytes), utf16(&page, u16::to_be_bytes), format!("\u{feff}{page}").into_bytes()]
    {
        assert_eq!(said(check_file("dump.json", &bytes).exits(1)), want);
        let scratch = Scratch::new();
        scratch.file("in/dump.json", &bytes);
        assert_eq!(said(check(&scratch, &["in"]).exits(1)).len(), want.len());
    }
    // Templates and inventories too.
    let template = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n";
    assert!(check_file("t.yaml", utf16(template, u16::to_le_bytes)).exits(1).stdout.contains("s3:bucket"));
    check_file("i.jsonl", utf16(&inventory(&[user("bo", &[])]), u16::to_le_bytes)).exits(1);

    let second = get_resources(&[("arn:aws:sns:eu-west-1:111122223333:alerts", json!([]))]);
    let run = check_file("pages.json", format!("{page}\n{second}\n{}", authorization_details()));
    assert_eq!(run.exits(1).json()["findings"].as_array().unwrap().len(), 5, "{}", run.stdout);
    // A page after the good ones that breaks off is a gap with its line.
    let run = check_file("pages.json", format!("{page}\n{}", &second[..second.len() / 2]));
    assert_eq!(run.exits(3).json()["findings"].as_array().unwrap().len(), 2);
    assert!(run.stdout.contains("the output breaks off"), "{}", run.stdout);
    let run = check_file("page.json", page.replacen('{', "{\"PaginationToken\": \"abc\",", 1));
    assert!(run.exits(3).stdout.contains("one page of several"), "{}", run.stdout);
}

#[test]
fn several_dumps_and_a_folder_of_them_are_one_run() {
    let scratch = Scratch::new();
    scratch.file("in/tagged.json", get_resources(&[(INSTANCE, json!([])), (BUCKET, owned())]));
    scratch.file("in/iam/account.json", authorization_details().to_string());
    scratch.file(
        "in/tags.csv",
        format!("{CSV_HEAD}\nq,(not tagged),SQS,Queue,eu-west-1,(not tagged),0,arn:aws:sqs:eu-west-1:111122223333:q\n"),
    );
    scratch.file("in/people.csv", "name,mail\na,a@example.com\n");
    scratch.file("in/users.json", "{\"Users\": [{\"name\": \"a\"}]}");
    scratch.file("in/tags.json", "{\"Tags\": [\"a\"]}");
    let named = check(&scratch, &["in/tagged.json", "in/iam/account.json", "in/tags.csv"]);
    let folder = check(&scratch, &["in"]);
    assert_eq!((named.exits(1).json()["findings"].as_array().unwrap().len(), judged(&named)), (4, 6));
    assert_eq!((folder.exits(1).json()["findings"].as_array().unwrap().len(), judged(&folder)), (4, 6));
}

#[cfg(unix)]
#[test]
fn an_export_behind_a_link_is_named_and_not_read() {
    let scratch = Scratch::new();
    let outside = scratch
        .file("outside.csv", format!("{CSV_HEAD}\nq,x,SQS,Queue,eu-west-1,x,2,arn:aws:sqs:eu-west-1:111122223333:q\n"));
    scratch.file("in/tagged.json", get_resources(&[(BUCKET, owned())]));
    std::os::unix::fs::symlink(outside, scratch.path().join("in/link.csv")).unwrap();
    let run = check(&scratch, &["in"]);
    assert_eq!(judged(run.exits(3)), 1);
    assert!(run.stdout.contains("in/link.csv: a symbolic link"), "{}", run.stdout);
}

#[test]
fn wrong_dumps_are_explained() {
    let page = get_resources(&[(INSTANCE, json!([]))]);
    for (text, words) in [
        (
            format!("WARNING: region not set\nusing eu-west-1\n{page}"),
            &["dump:1:", "\"WARNING: region not set\" stands before the JSON", "2>&1"][..],
        ),
        (
            "ResourceTagMappingList:\n- ResourceARN: arn:aws:s3:::a\n  Tags: []\n".to_owned(),
            &["dump:1:", "--output json"],
        ),
        ("RESOURCETAGMAPPINGLIST\tarn:aws:s3:::a\n".to_owned(), &["--output json"]),
        (
            json!({"Tags": [{"Key": "Owner", "Value": "x"}], "IsTruncated": false}).to_string(),
            &["does not say whose they are", "aws iam get-user"],
        ),
        (json!({"Tags": {"Owner": "x"}}).to_string(), &["does not say whose they are"]),
        (
            json!({"ResourceTagMappingList": [{"Tags": []}]}).to_string(),
            &["dump:1:", "missing field `ResourceARN`", "get-resources"],
        ),
        ("{\n\"ResourceTagMappingList\": [\n{\"ResourceARN\": 1}]}".to_owned(), &["dump:3:", "expected a string"]),
        (
            json!({"ResourceTagMappingList": [{"ResourceARN": INSTANCE, "Tags": {"a": "b"}}]}).to_string(),
            &["expected a sequence"],
        ),
        (page[..page.len() / 2].to_owned(), &["the output breaks off"]),
        (
            json!({"Users": [{"Username": "a", "Attributes": []}]}).to_string(),
            &["aws iam list-users", "missing field `Arn`"],
        ),
        (
            json!({"UserDetailList": [{"Arn": "arn:aws:iam::111122223333:user/a"}]}).to_string(),
            &["missing field `UserName`"],
        ),
        (
            config(&[json!({"COUNT(*)": 3, "resourceType": "AWS::EC2::Instance"})]),
            &["Results[0] does not name a resource", "SELECT resourceId"],
        ),
        (json!({"ResourceTagMappingList": []}).to_string(), &["nothing was judged"]),
        (format!("{page}{{\"Other\": 1}}"), &["not what `aws resourcegroupstaggingapi get-resources`"]),
        (json!({"Accounts": []}).to_string(), &["not an input that taglint knows", "get-resources", "Tag Editor"]),
    ] {
        let run = check_file("dump", &text);
        assert_eq!(run.code, 2, "{text}\n{}{}", run.stdout, run.stderr);
        for word in words {
            assert!(run.stderr.contains(word), "{text}\nno {word:?} in:\n{}", run.stderr);
        }
    }
    let scratch = Scratch::new();
    scratch.file("dump", format!("[{page}]"));
    scratch.run(["check", "--input-format", "aws-cli", "dump"]).fails_with(2, &["a list", "without `--query`"]);
    scratch.file("dump", "nothing");
    scratch.run(["check", "--input-format", "aws-cli", "dump"]).fails_with(2, &["\"nothing\" is not JSON"]);
    scratch.file("dump", " ");
    scratch.run(["check", "--input-format", "aws-cli", "dump"]).fails_with(2, &["the input is empty"]);
}

#[test]
fn a_tag_without_a_value_is_unknown_and_satisfies_no_rule() {
    let text = json!({"ResourceTagMappingList": [{"ResourceARN": INSTANCE, "Tags": [{"Key": "Owner"}]}]}).to_string();
    let run = check_file("dump", &text);
    assert_eq!(run.json()["summary"]["unknown"], 1, "{}", run.stdout);
    assert!(run.stderr.contains("1 resource with a tag without `Value`"), "{}", run.stderr);
}

#[test]
fn a_resource_without_tags_in_one_output_is_the_one_with_tags_in_another() {
    let arn = "arn:aws:iam::111122223333:user/anika";
    let list = json!({"Users": [{"Path": "/", "UserName": "anika", "UserId": "AIDA1", "Arn": arn,
        "CreateDate": "2026-01-01T00:00:00Z"}]});
    let details = json!({"UserDetailList": [{"Path": "/", "UserName": "anika", "UserId": "AIDA1", "Arn": arn,
        "CreateDate": "2026-01-01T00:00:00Z", "Tags": [{"Key": "Owner", "Value": "x"}]}], "RoleDetailList": []});
    let scratch = Scratch::new();
    scratch.file("list.json", list.to_string());
    scratch.file("details.json", details.to_string());
    assert_eq!(check(&scratch, &["list.json"]).code, 3);
    for inputs in [["list.json", "details.json"], ["details.json", "list.json"]] {
        let run = check(&scratch, &inputs);
        assert!(run.code != 3 && run.json()["summary"]["resources"] == 1, "{} {}", run.code, run.stdout);
    }
}
