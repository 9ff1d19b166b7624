//! What the fuzzer does with bytes, one function a target. `corpus` runs the same over the committed files, and `fuzz/`
//! includes this file, so it knows only the library's public face.

#[path = "simulated.rs"]
pub(crate) mod simulated;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::time::Duration;

use taglint::authoring::explain::explain_rule;
use taglint::authoring::import::{ImportInput, import};
use taglint::aws::{fold_key, same_key};
use taglint::base::{Glob, escape, is_hostile};
use taglint::commands::Failure;
use taglint::cost::{Amount, read_cost_stream};
use taglint::engine::{
    Baseline, ByteSource, Input, InputError, InputKind, Merge, Ownership, QuickPaths, Settings, evaluate,
    resources as resources_of, run, run_tests,
};
use taglint::fix::apply::{Job, VerifyTimeout, execute};
use taglint::fix::journal::{History, Journal, JournalHeader, TouchedTag};
use taglint::fix::tags::TagMap;
use taglint::iam_policies::{KnownPolicies, PolicyJson, meaning, read_file, statements};
use taglint::input::cloudformation::{
    DeploymentFile, GivenParameter, StackResourceIndex, is_manifest, is_template, open_stream as open_template,
};
use taglint::input::terraform::source::open_text;
use taglint::input::{InputOptions, ManagedResourceIndex, formats, in_memory, open as open_path, open_stream};
use taglint::model::{Day, Line, Resource, Tag, Tags, Text, parse_line, write_resource};
use taglint::policy::{LoadError, Policy, parse_text};
use taglint::report::{ACCESS_FORMATS, FORMATS, ReportOptions, Show, finding_line_of, format_of_path, rule_help};
use taglint::rule::{EmptyIndex, Verdict, skeleton};

static DEFAULT: LazyLock<Policy> =
    LazyLock::new(|| parse_text("version = 1\nextends = [\"default\"]\n").expect("a pack is good"));

fn today() -> Day {
    Day::parse("2026-11-22").expect("a day")
}

/// A bill: it is read or refused with what is wrong. The parts of a bill that is read are the whole.
pub(crate) fn cost(bytes: &[u8]) {
    let ledger = match read_cost_stream(std::path::Path::new("cur.csv"), bytes) {
        Ok(ledger) => ledger,
        Err(error) => {
            assert!(!error.message.is_empty() && !error.help.is_empty(), "{error}");
            return;
        }
    };
    let mut parts: BTreeMap<u16, Amount> = BTreeMap::new();
    let with_id = ledger.with_id().map(|((_, currency), amount)| (currency, amount));
    let without_id = ledger.without_id().map(|(_, currency, amount)| (currency, amount));
    for (currency, amount) in with_id.chain(without_id) {
        let sum = parts.entry(currency).or_default();
        *sum = sum.saturating_plus(amount);
    }
    assert_eq!(parts, *ledger.totals());
    for amount in ledger.totals().values() {
        assert_eq!(Amount::parse(&amount.to_string()), Some(*amount));
    }
}

/// A policy's text: it loads, or every mistake can be shown; what has loaded answers, and can be explained.
pub(crate) fn policy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match parse_text(text) {
        Ok(policy) => {
            let resources = resources(&policy);
            for resource in &resources {
                agree(&policy, resource);
            }
            for rule in &policy.rules {
                assert!(!explain_rule(&policy, rule).is_empty());
                drop(rule_help(rule));
            }
            drop(run_tests(&policy, today()));
        }
        Err(error) => {
            if let LoadError::Mistakes(problems) = &error {
                assert!(!problems.is_empty(), "mistakes that nobody names");
                for problem in problems {
                    assert!(problem.file.text.get(problem.span.clone()).is_some(), "{problem:?} points at nothing");
                }
            }
            let shown = Failure::from(error).render(false, None);
            assert!(!shown.contains(|c: char| is_hostile(c) && c != '\n'), "{shown:?}");
        }
    }
}

/// Resources that have something to do with a policy: its keys, right and nearly so, with a few values.
fn resources(policy: &Policy) -> Vec<Resource<'static>> {
    let keys = policy.declared.keys.texts().into_iter().take(20).chain(["Owner", "owner ", "aws:x", ""]);
    let values = ["Production", "", "12345", "a:b:a", "2026-11-22", "-1.5", "a@example.com", "\u{20000}", "x\ny"];
    let mut tags = Vec::new();
    for (at, key) in keys.enumerate() {
        let value = values[at % values.len()];
        tags.push(Tag { key: Text::from(key.to_owned()), value: Some(Text::from(value)) });
        tags.push(Tag { key: Text::from(key.to_lowercase() + "-"), value: (at % 3 > 0).then(|| Text::from(value)) });
    }
    let of = |kind: &'static str, tags: Tags<'static>| Resource {
        kind: Text::from(kind),
        arn: Some(Text::from(format!("arn:aws:x::111122223333:{kind}/n"))),
        account: Some(Text::from("111122223333")),
        name: Some(Text::from("n")),
        tags,
        ..Resource::default()
    };
    let read = |more: bool| Tags::Read { tags: tags.clone(), more: more.into() };
    vec![
        of("iam:user", read(false)),
        of("iam:mfa", read(true)),
        of("cognito-idp:userpool", Tags::default()),
        of("iam:user", Tags::Unread { reason: Text::from("AccessDenied") }),
    ]
}

/// Every rule answers the same with words and without, and no message can move a cursor.
fn agree(policy: &Policy, resource: &Resource<'_>) {
    let (with, mut without) = [true, false].map(|words| evaluate(policy, resource, today(), &EmptyIndex, words)).into();
    without.sort_by_key(|(rule, _)| *rule);
    assert_eq!(with.len(), without.len());
    for ((rule, with), (_, without)) in with.iter().zip(&without) {
        let id = &policy.rules[*rule].id;
        match (with, without) {
            (Verdict::Fail(with), Verdict::Fail(without)) => {
                let plain = |violations: &[taglint::rule::Violation<'_>]| {
                    violations.iter().map(|b| (b.kind, b.key.as_deref().map(str::to_owned), b.tag)).collect::<Vec<_>>()
                };
                let (with_words, without_words) = (plain(with), plain(without));
                assert_eq!(with_words, without_words, "{id}");
                let mut keys: Vec<_> = with_words.iter().map(|(_, key, tag)| (key, tag)).collect();
                keys.dedup();
                assert_eq!(keys.len(), with.len(), "{id}: two findings of one key");
                for violation in with {
                    assert!(!violation.message.is_empty(), "{id} says nothing");
                    assert!(!violation.message.contains(is_hostile), "{id}: {:?}", violation.message);
                }
            }
            (with, without) => assert_eq!(with, without, "{id}"),
        }
    }
}

/// An inventory: no line brings the reader down, what is a resource comes back as it was written, and the whole gives
/// reports in every format.
pub(crate) fn inventory(bytes: &[u8]) {
    for line in bytes.split(|b| *b == b'\n') {
        if let Ok(Line::Resource(resource)) = parse_line(line) {
            let mut written = Vec::new();
            write_resource(&mut written, &resource).expect("writing to memory cannot fail");
            match parse_line(&written) {
                Ok(Line::Resource(again)) => assert_eq!(resource, again),
                other => panic!("{other:?} from {:?}", String::from_utf8_lossy(&written)),
            }
            agree(&DEFAULT, &resource);
        }
    }
    let input = |name: &str| Input {
        is_native_inventory: bytes.first() == Some(&b'{'),
        ..Input::new(name, ByteSource::Memory(bytes.to_vec().into()), InputKind::Live)
    };
    let mut settings = Settings::new(DEFAULT.clone(), today());
    settings.show_passed = true;
    let Ok(report) = run(settings, vec![input("a.jsonl")]) else { return };
    let show = Show::ALL.map(|(.., show)| show).to_vec();
    let options = ReportOptions { show, sarif_limit: 5000, ..ReportOptions::default() };
    for format in FORMATS {
        let name = format.name;
        let mut out = Vec::new();
        format.write(&report, &options, &mut out).expect("writing to memory cannot fail");
        if format.is_binary() {
            continue;
        }
        let text = std::str::from_utf8(&out).unwrap_or_else(|e| panic!("{name}: {e}"));
        if ["json", "sarif"].contains(&name) {
            serde_json::from_str::<serde_json::Value>(text).unwrap_or_else(|e| panic!("{name}: {e}\n{text}"));
        }
        let hostile = |c: char| is_hostile(c) && !matches!(c, '\n' | '\r' | '\t');
        assert!(!text.contains(hostile), "{name} lets hostile text out: {}", escape(text));
    }
}

/// A policy and an inventory, with `---` on a line between: the report is the same with and without each optimization.
pub(crate) fn plain_path(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (policy, inventory) = text.split_once("\n---\n").unwrap_or(("", text));
    let policy = parse_text(policy).unwrap_or_else(|_| DEFAULT.clone());
    assert_eq!(report_with(&policy, inventory, QuickPaths::ALL), report_with(&policy, inventory, QuickPaths::NONE));
}

/// The JSON report of an inventory, or the reason why there is none.
pub(crate) fn report_with(policy: &Policy, inventory: &str, quick_paths: QuickPaths) -> String {
    let input = Input {
        is_native_inventory: inventory.starts_with("{\"taglint\""),
        ..Input::new("a.jsonl", ByteSource::Memory(inventory.as_bytes().to_vec().into()), InputKind::Live)
    };
    let json = format_of_path("report.json").expect("a format");
    let finding_line = finding_line_of([json].into_iter(), false);
    let settings = Settings { show_passed: true, quick_paths, finding_line, ..Settings::new(policy.clone(), today()) };
    let report = match run(settings, vec![input]) {
        Ok(report) => report,
        Err(error) => return error.to_string(),
    };
    let show = Show::ALL.map(|(.., show)| show).to_vec();
    let mut out = Vec::new();
    let options = ReportOptions { show, ..ReportOptions::default() };
    json.write(&report, &options, &mut out).expect("writing to memory cannot fail");
    String::from_utf8(out).expect("JSON is UTF-8")
}

/// A tag policy of AWS Organizations, or parameters of AWS Config: what is printed loads.
pub(crate) fn tag_policy_import(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match import(&[ImportInput { name: "-".to_owned(), text: text.to_owned() }]) {
        Ok(imported) => {
            let text = imported.policy;
            assert!(!text.contains(|c: char| is_hostile(c) && c != '\n'), "{text:?}");
            if let Err(error) = parse_text(&text) {
                panic!("{}\n{text}", Failure::from(error).render(false, None));
            }
        }
        Err(error) => drop(error.to_string()),
    }
}

/// A `.tf` file, or a `.tf.json` file where it begins with a brace: it is checked, or its mistake can be shown; and the
/// places of what it declares are in it.
pub(crate) fn terraform(bytes: &[u8]) {
    let name = if bytes.first() == Some(&b'{') { "main.tf.json" } else { "main.tf" };
    let opened = match open_text(name, bytes) {
        Ok(opened) => opened,
        Err(error) => {
            if let InputError::Source { problems, .. } = &error {
                assert!(!problems.is_empty(), "mistakes that nobody names");
            }
            let shown = Failure::from(error).render(false, None);
            assert!(!shown.contains(|c: char| is_hostile(c) && c != '\n'), "{shown:?}");
            return;
        }
    };
    let lines = String::from_utf8_lossy(bytes).lines().count().max(1);
    for resource in taglint::engine::resources(&opened.input) {
        let resource = resource.expect("what taglint writes is an inventory");
        assert!(resource.address.is_some() && resource.kind.as_str().contains(['_', ':']), "{resource:?}");
        let origin = resource.origin.expect("a resource of source has an origin");
        let places = origin.keys.values().chain(&origin.tags).chain(&resource.location).chain(&origin.calls);
        for place in places {
            assert!(place.path == name && (1..=lines).contains(&(place.line as usize)), "{place:?} of {lines} lines");
        }
        for key in origin.keys.keys() {
            assert!(
                resource.tags.known().iter().any(|tag| tag.key.as_str() == key),
                "{key:?} has a place and is no tag"
            );
        }
    }
    let input = || opened.input.clone();
    let report = run(Settings::new(DEFAULT.clone(), today()), vec![input()]).expect("a list of resources");
    drop(report);
}

/// A glob and a text between NULs: the matcher agrees with the simplest one, and keys that are evened out stay so.
pub(crate) fn glob_and_near(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (pattern, text) = text.split_once('\0').unwrap_or((text, ""));
    if pattern.len() * text.len() > 1 << 20 {
        return;
    }
    let glob = Glob::new(pattern);
    assert_eq!(glob.matches(text), plainly(pattern, text), "{pattern:?} on {text:?}");
    assert!(!glob.matches(text) || glob.matches_any_case(text), "{pattern:?} on {text:?} whatever its case");
    let once = skeleton(text);
    assert_eq!(once, skeleton(&text.to_lowercase()), "{text:?} in lower case");
    assert_eq!(same_key(pattern, text), fold_key(pattern) == fold_key(text), "{pattern:?} and {text:?} as one key");
    assert!(same_key(text, &text.to_lowercase()) || text.contains('\u{3a3}'), "{text:?} in lower case as one key");
    assert!(!escape(text).contains(is_hostile));
}

/// Whether a glob matches, by the table of all prefixes.
fn plainly(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut row = vec![false; text.len() + 1];
    row[0] = true;
    for p in pattern.chars() {
        if p == '*' {
            for at in 0..text.len() {
                row[at + 1] |= row[at];
            }
        } else {
            for at in (0..text.len()).rev() {
                row[at + 1] = row[at] && (p == '?' || p == text[at]);
            }
            row[0] = false;
        }
    }
    row[text.len()]
}

/// A template, as YAML and as JSON: it is read or every mistake can be shown, whatever is read points into the file, and
/// rules answer.
pub(crate) fn cloudformation(bytes: &[u8]) {
    let _ = (is_template(bytes), is_manifest(bytes), StackResourceIndex::read(bytes));
    let lines = bytes.split(|b| *b == b'\n').count();
    let stack_tags = vec![("Owner".to_owned(), "a@example.com".to_owned())];
    let options = InputOptions { stack_tags, account: Some("111122223333".to_owned()), ..InputOptions::default() };
    for name in ["t.yaml", "t.json"] {
        match open_template(name, bytes.to_vec(), &options) {
            Ok(opened) => {
                for resource in resources_of(&opened.input) {
                    let resource = resource.expect("what is written can be read");
                    let origin = resource.origin.as_ref().expect("a template's resource has an origin");
                    let places = origin.keys.values().chain(&origin.tags).chain(&resource.location);
                    for place in places.filter(|place| place.path == name) {
                        assert!((1..=lines).contains(&(place.line as usize)), "{place:?} of {lines} lines");
                    }
                    agree(&DEFAULT, &resource);
                }
            }
            Err(error) => {
                if let InputError::Source { problems, .. } = &error {
                    assert!(!problems.is_empty(), "mistakes that nobody names");
                    for problem in problems {
                        assert!(problem.file.text.get(problem.span.clone()).is_some(), "{problem:?} points at nothing");
                    }
                }
                let shown = Failure::from(error).render(false, None);
                assert!(!shown.contains(|c: char| is_hostile(c) && c != '\n'), "{shown:?}");
            }
        }
    }
}

/// Output of an AWS CLI command, Tag Editor's CSV, or an event: it is read or its mistake can be shown, whatever is read has a
/// type, and rules answer.
pub(crate) fn dump(bytes: &[u8]) {
    for name in ["aws-cli", "tag-editor", "cloudtrail-event"] {
        let format = formats().find(|format| format.name == name);
        let options = InputOptions { format: Some(format.expect("a format")), ..InputOptions::default() };
        match open_stream("dump", bytes, &options) {
            Ok(opened) => {
                let inputs: Vec<Input> = opened.into_iter().map(|opened| opened.input).collect();
                for resource in inputs.iter().flat_map(resources_of) {
                    let resource = resource.expect("what is written can be read");
                    assert!(!resource.kind.is_empty() || resource.arn.is_none(), "{resource:?}");
                    agree(&DEFAULT, &resource);
                }
                run(Settings::new(DEFAULT.clone(), today()), inputs).expect("a list of resources");
            }
            Err(error) => {
                let shown = Failure::from(error).render(false, None);
                assert!(!shown.contains(|c: char| is_hostile(c) && c != '\n'), "{shown:?}");
            }
        }
    }
}

/// A policy document, and the same bytes as what the AWS CLI prints of an account: read or refused, and what is shown of
/// it can move no cursor.
pub(crate) fn access(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    if let Ok(found) = statements(&PolicyJson::Scalar(text)) {
        for statement in &found {
            assert!(!statement.tag_references.is_empty());
            assert!(statement.tag_references.iter().all(|read| !meaning(statement, read).contains(is_hostile)));
        }
    }
    let Ok(account) = read_file(bytes) else { return };
    let known = KnownPolicies { accounts: vec![account], unread: Vec::new() };
    for format in ACCESS_FORMATS {
        let mut out = Vec::new();
        format.write(&known, "Owner", &mut out).expect("writing to memory cannot fail");
        let text = String::from_utf8(out).expect("reports are UTF-8");
        assert!(!text.contains(|c: char| is_hostile(c) && c != '\n'), "{}", escape(&text));
    }
}

/// A plan's text: it is refused, or it says the same when it is written and read again, and does to tags what it shows.
pub(crate) fn plan(bytes: &[u8]) {
    use taglint::fix::plan::read;
    use taglint::fix::tags::hash_tags;
    match read(bytes) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(plan) => {
            let text = serde_json::to_vec(&plan).expect("a plan is JSON");
            assert_eq!(read(&text[..]).expect("what was read can be read again"), plan);
            for change in &plan.changes {
                assert_eq!(change.apply_to(&change.before), change.after, "{change:?}");
                assert_eq!(hash_tags(&change.before), change.read);
                assert!(!change.set.keys().chain(&change.remove).any(|key| key.starts_with("aws:")), "{change:?}");
                assert!(plan.accounts.contains(&change.account) && change.arn.contains(&change.account));
            }
            let mut out = Vec::new();
            taglint::fix::show(&plan, Some(0), false, false, &mut out).expect("writing to memory cannot fail");
            let shown = String::from_utf8(out).expect("UTF-8");
            assert!(!shown.contains(|c: char| is_hostile(c) && c != '\n'), "{shown:?}");
            for form in [
                taglint::fix::ExportFormat::AwsCli,
                taglint::fix::ExportFormat::Terraform,
                taglint::fix::ExportFormat::TagEditor,
            ] {
                taglint::fix::export(&plan, form, true, &mut Vec::new()).expect("writing to memory cannot fail");
            }
        }
    }
}

/// A journal's text: it is refused, or what is finished or taken back by it writes no resource and no key but those that
/// its plan or its restores name, whatever its intents say and whatever is there.
pub(crate) fn journal(bytes: &[u8]) {
    use taglint::fix::apply::{remaining, undo};
    use taglint::fix::journal::parse;
    let history = match parse(bytes) {
        Ok(history) => history,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let named = named(&history);
    // Enough to see; each is a file.
    if named.len() > 10 {
        return;
    }
    let now = jiff::Timestamp::UNIX_EPOCH;
    let restores = undo(&history, now).into_iter().enumerate();
    let jobs = restores
        .map(|(number, (restore, fresh))| Job::restore(number, restore, fresh).expect("an ARN that was checked"));
    let jobs: [Vec<Job>; 2] = [remaining(&history, now).expect("ARNs that were checked"), jobs.collect()];
    for (at, tags) in worlds(&history).into_iter().enumerate() {
        for jobs in jobs.iter().filter(|jobs| !jobs.is_empty()) {
            let fold = if at % 2 == 0 { simulated::Fold::Ascii } else { simulated::Fold::Unicode };
            carry_out(jobs, &history.header, &simulated::Simulated::new(fold, tags.clone()), &named);
        }
    }
}

type TagMaps = BTreeMap<String, TagMap>;
type Named = BTreeMap<String, BTreeSet<String>>;

/// The keys that each resource's plan or restore touches.
fn named(history: &History) -> Named {
    let header = &history.header;
    let changes = header.plan.iter().flat_map(|plan| &plan.changes).map(|change| {
        let keys = change.before.keys().chain(change.after.keys());
        (change.arn.clone(), keys.filter(|key| change.before.get(*key) != change.after.get(*key)).cloned().collect())
    });
    let restores = header.restores.iter();
    let restores = restores.map(|r| (r.arn.clone(), r.touched.iter().map(|touched| touched.key.clone()).collect()));
    changes.chain(restores).collect()
}

/// What may be there: the state before, the one after, what the intents say, and each with somebody else's tags beside.
fn worlds(history: &History) -> Vec<TagMaps> {
    let header = &history.header;
    let pick = |touched: &[TouchedTag], of: fn(&TouchedTag) -> &Option<String>| -> TagMap {
        touched.iter().filter_map(|t| Some((t.key.clone(), of(t).clone()?))).collect()
    };
    let (mut before, mut after, mut read, mut meant) = (TagMaps::new(), TagMaps::new(), TagMaps::new(), TagMaps::new());
    for change in header.plan.iter().flat_map(|plan| &plan.changes) {
        before.insert(change.arn.clone(), change.before.clone());
        after.insert(change.arn.clone(), change.after.clone());
    }
    for restore in &header.restores {
        before.insert(restore.arn.clone(), pick(&restore.touched, |t| &t.left));
        after.insert(restore.arn.clone(), pick(&restore.touched, |t| &t.was));
    }
    let arn = |number: usize| match &header.plan {
        Some(plan) => plan.changes[number].arn.clone(),
        None => header.restores[number].arn.clone(),
    };
    for (number, entry) in &history.jobs {
        if let Some(intent) = entry.intents.last() {
            read.insert(arn(*number), intent.tags.clone());
            meant.insert(arn(*number), intent.to.clone());
        }
    }
    let mut worlds = vec![before, after, read, meant];
    for at in 0..2 {
        let mut beside = worlds[at].clone();
        for tags in beside.values_mut() {
            let others: Vec<String> =
                tags.keys().map(|key| key.to_uppercase()).filter(|key| !tags.contains_key(key)).collect();
            tags.extend(others.into_iter().map(|key| (key, "his".to_owned())));
            tags.insert("his own".to_owned(), "his".to_owned());
        }
        worlds.push(beside);
    }
    worlds
}

fn carry_out(jobs: &[Job], header: &JournalHeader, remote: &simulated::Simulated<'_>, named: &Named) {
    use simulated::Call;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let journal = Journal::create(&folder.path().join("journal.jsonl"), header.clone(), || jiff::Timestamp::UNIX_EPOCH)
        .expect("a new journal");
    let before: TagMaps = named.keys().map(|arn| (arn.clone(), remote.tags(arn))).collect();
    execute(jobs, remote, &journal, VerifyTimeout(Duration::from_secs(1)), &|_, _| {})
        .expect("a journal that takes all");
    for (arn, call) in remote.calls() {
        let keys = named.get(&arn).unwrap_or_else(|| panic!("{arn} is not named"));
        let outside: Vec<String> = match &call {
            Call::Read => Vec::new(),
            Call::Tag(tags) => tags.keys().filter(|key| !keys.contains(*key)).cloned().collect(),
            Call::Untag(gone) => gone.iter().filter(|key| !keys.contains(*key)).cloned().collect(),
        };
        assert!(outside.is_empty(), "{outside:?} of {arn} are not named: {call:?}");
    }
    for (arn, before) in &before {
        let now = remote.tags(arn);
        let others = |tags: &TagMap| tags.iter().filter(|(key, _)| !named[arn].contains(*key)).count();
        let kept =
            before.iter().filter(|(key, _)| !named[arn].contains(*key)).all(|(key, value)| now.get(key) == Some(value));
        assert!(kept && others(before) == others(&now), "{arn}: {before:?} became {now:?}");
    }
}

/// Input as `check` reads it from a pipe, by its content and as each format, compressed or not: it is refused with words
/// that can move no cursor, or every rule answers for what is read.
pub(crate) fn input(bytes: &[u8]) {
    for format in formats().map(Some).chain([None]) {
        let options = InputOptions { format, account: Some("111122223333".to_owned()), ..InputOptions::default() };
        match open_stream("-", bytes, &options) {
            Ok(opened) => answers(opened.into_iter().map(|opened| opened.input).collect()),
            Err(error) => is_shown_safely(error),
        }
    }
    plan_both_ways(bytes);
}

/// A Terraform plan gives the same resources whether its wanted parts are filtered or the whole is parsed: the filter leaves
/// deep nesting to the parser.
fn plan_both_ways(bytes: &[u8]) {
    let Some(rest) = bytes.strip_prefix(b"{") else { return };
    let nested = format!("{{\"deep\":{}{},", "[".repeat(110), "]".repeat(110));
    let whole = [nested.as_bytes(), rest].concat();
    let format = formats().find(|format| format.name == "terraform-plan");
    let options = InputOptions { format, ..InputOptions::default() };
    let read = |bytes: &[u8]| {
        let opened = open_stream("-", bytes, &options).ok()?;
        let of_one = |opened: taglint::input::OpenedInput| {
            let ByteSource::Memory(lines) = &opened.input.bytes else { unreachable!("a plan is read into memory") };
            let text = String::from_utf8_lossy(lines).into_owned();
            (text, format!("{:?} {:?} {:?}", opened.input.gaps, opened.input.coverage, opened.notes))
        };
        Some(opened.into_iter().map(of_one).collect::<Vec<_>>())
    };
    assert_eq!(read(bytes), read(&whole), "{}", String::from_utf8_lossy(bytes));
}

fn answers(inputs: Vec<Input>) {
    if let Err(error) = run(Settings::new(DEFAULT.clone(), today()), inputs) {
        is_shown_safely(error);
    }
}

fn is_shown_safely(error: InputError) {
    let shown = Failure::from(error).render(false, None);
    assert!(!shown.contains(|c: char| is_hostile(c) && c != '\n'), "{shown:?}");
}

/// A Terraform state, and a list of stack resources: read or refused, and what is read finds resources.
pub(crate) fn state(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("state");
    std::fs::write(&path, bytes).expect("a file");
    let options = InputOptions { srcroot: folder.path().to_owned(), ..InputOptions::default() };
    let resource = Resource {
        kind: Text::from("iam:user"),
        arn: Some(Text::from("arn:aws:iam::111122223333:user/u")),
        name: Some(Text::from("u")),
        tags: Tags::default(),
        ..Resource::default()
    };
    for (states, stacks) in [(vec![path.clone()], vec![]), (vec![], vec![path])] {
        match ManagedResourceIndex::open(&states, &stacks, &options) {
            Ok(index) => {
                let input = in_memory("-", vec![resource.clone()], Vec::new());
                if let Ok(input) = index.attach(input, &mut Ownership::default()) {
                    answers(vec![input]);
                }
            }
            Err(error) => is_shown_safely(error),
        }
    }
}

/// A folder: Terraform modules with variables and a manifest of modules, templates, a CDK assembly, an index of git, lists
/// of what git ignores. A line `=== PATH` begins a file. It is read or refused, and every rule answers.
pub(crate) fn folder(bytes: &[u8]) {
    let root = tempfile::tempdir().expect("a temporary folder");
    write_files(root.path(), bytes);
    let options = InputOptions { srcroot: root.path().to_owned(), ..InputOptions::default() };
    opens(root.path(), &options);
}

/// A file or folder: it is read or refused, and every rule answers.
fn opens(path: &std::path::Path, options: &InputOptions) {
    match open_path(path, options) {
        Ok(opened) => answers(opened.into_iter().map(|opened| opened.input).collect()),
        Err(error) => is_shown_safely(error),
    }
}

/// Writes files. A line `=== PATH` begins one.
fn write_files(root: &std::path::Path, bytes: &[u8]) {
    let mut parts = bytes.split(|byte| *byte == b'\n');
    let mut open: Option<(std::path::PathBuf, Vec<u8>)> = None;
    let mut files = Vec::new();
    for line in parts.by_ref() {
        match line.strip_prefix(b"=== ").and_then(|name| std::str::from_utf8(name).ok()) {
            Some(name) => {
                files.extend(open.take());
                open = plain(name).map(|path| (root.join(path), Vec::new()));
            }
            None => open.iter_mut().for_each(|(_, text)| {
                text.extend_from_slice(line);
                text.push(b'\n');
            }),
        }
    }
    for (path, text) in files.into_iter().chain(open).take(20) {
        // A name of another file's folder, or a name that the file system does not take.
        let parent = path.parent().expect("a file has a folder");
        drop(std::fs::create_dir_all(parent).and_then(|()| std::fs::write(&path, text)));
    }
}

/// The template that the targets below have beside what they change.
const BESIDE: &str = r#"{
  "Parameters": {"Stage": {"Type": "String", "AllowedValues": ["Production", "Test"]}, "Owner": {"Type": "String"},
    "Secret": {"Type": "String", "NoEcho": true, "Default": "x"}},
  "Resources": {
    "Ana": {"Type": "AWS::IAM::User", "Properties": {"Tags": [
      {"Key": "Environment", "Value": {"Ref": "Stage"}}, {"Key": "Owner", "Value": {"Ref": "Owner"}},
      {"Key": "Code", "Value": {"Fn::Sub": "${Secret}-${AWS::StackName}-${AWS::Region}"}}]}},
    "Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "N.template.json"}}}}"#;

/// The manifest of a CDK assembly whose templates are `S.template.json` and `N.template.json`.
pub(crate) fn assembly(bytes: &[u8]) {
    let root = tempfile::tempdir().expect("a temporary folder");
    let path = root.path().join("manifest.json");
    std::fs::write(&path, bytes).expect("a file");
    for name in ["S.template.json", "N.template.json"] {
        std::fs::write(root.path().join(name), BESIDE).expect("a file");
    }
    let format = formats().find(|format| format.name == "cloudformation");
    let options = InputOptions { format, srcroot: root.path().to_owned(), ..InputOptions::default() };
    opens(&path, &options);
}

/// Stacks in the stack of `parent.yaml`. A line `=== PATH` begins a file.
pub(crate) fn nested_stacks(bytes: &[u8]) {
    let root = tempfile::tempdir().expect("a temporary folder");
    write_files(root.path(), bytes);
    let stack_tags = vec![("Owner".to_owned(), "a@example.com".to_owned())];
    let options = InputOptions { stack_tags, srcroot: root.path().to_owned(), ..InputOptions::default() };
    opens(&root.path().join("parent.yaml"), &options);
}

/// A file of parameters: it is refused with words that cannot move a cursor, or a template is read with what it gives.
pub(crate) fn parameters(bytes: &[u8]) {
    let root = tempfile::tempdir().expect("a temporary folder");
    let template = root.path().join("t.json");
    std::fs::write(&template, BESIDE).expect("a file");
    for (name, environment) in [("p.json", None), ("p.yaml", Some("prod")), ("p.toml", None), ("p.toml", Some("prod"))]
    {
        let path = root.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        match DeploymentFile::read(&path, environment) {
            Ok(file) => {
                let flag = "--parameters".to_owned();
                let given = |(name, value)| (name, GivenParameter { value, flag: flag.clone() });
                let options = InputOptions {
                    parameters: file.parameters.into_iter().map(given).collect(),
                    stack_tags: file.tags.into_iter().collect(),
                    stack_name: file.stack_name,
                    region: file.region,
                    srcroot: root.path().to_owned(),
                    ..InputOptions::default()
                };
                opens(&template, &options);
            }
            Err(why) => assert!(!why.contains(|c: char| is_hostile(c) && c != '\n'), "{why:?}"),
        }
    }
}

/// A path that stays in its folder.
fn plain(name: &str) -> Option<&std::path::Path> {
    let path = std::path::Path::new(name);
    let stays = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    (stays && !name.is_empty() && name.len() < 100 && !name.contains('\0')).then_some(path)
}

/// An earlier report: it is refused, or a run with it as the baseline ends.
pub(crate) fn baseline(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Baseline::parse(text) {
        Ok(baseline) => {
            let input = in_memory("-", resources(&DEFAULT), Vec::new());
            let settings = Settings { baseline: Some(baseline), ..Settings::new(DEFAULT.clone(), today()) };
            run(settings, vec![input]).expect("a list of resources");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Inventories with `---` on a line between: they are refused, or merged to an inventory that can be read.
pub(crate) fn merge(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let inputs =
        text.split("\n---\n").map(|text| Input::inventory("-", ByteSource::Memory(text.as_bytes().to_vec().into())));
    let Ok(merge) = Merge::new(inputs.collect()) else { return };
    let mut out = Vec::new();
    if merge.write(&mut out).is_ok() {
        let merged = Input::inventory("merged", ByteSource::Memory(out.into()));
        run(Settings::new(DEFAULT.clone(), today()), vec![merged]).expect("what is written is an inventory");
    }
}

/// A plan of `fix` and a source file, with `---` on a line between: the patch changes only that file.
pub(crate) fn patch(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (plan, source) = text.split_once("\n---\n").unwrap_or((text, ""));
    let Ok(plan) = taglint::fix::plan::read(plan.as_bytes()) else { return };
    let root = tempfile::tempdir().expect("a temporary folder");
    let places = plan.changes.iter().filter_map(|change| change.owner.location.as_ref());
    for path in places.filter_map(|place| plain(&place.path)) {
        let path = root.path().join(path);
        let parent = path.parent().expect("a file has a folder");
        drop(std::fs::create_dir_all(parent).and_then(|()| std::fs::write(&path, source)));
    }
    let patch = taglint::fix::patch(&plan, root.path());
    assert!(patch.diff.is_empty() || patch.diff.starts_with("--- a/"), "{}", patch.diff);
}
