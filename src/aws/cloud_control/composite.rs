//! Identifiers of several properties, made of the parts of an ARN.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::aws::arn::Arn;

const TABLE: &str = include_str!("composite.tsv");
/// The table is compiled in, and a test reads all of it.
const IS_GOOD: &str = "the table of composite identifiers is tested";

/// A way to make the identifier of a type.
#[derive(Debug)]
struct Row {
    name: &'static str,
    /// The resource part of the ARN, with `{Property}` for its parts.
    resource: &'static str,
    /// Properties that are not parts of it, with their values.
    others: Vec<(&'static str, &'static str)>,
}

fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| TABLE.lines().filter(|line| !line.starts_with('#')).map(parse).collect())
}

fn parse(line: &'static str) -> Row {
    let mut cells = line.split('\t');
    let mut cell = || cells.next().expect(IS_GOOD);
    let (name, resource) = (cell(), cell());
    let others = cells.next().unwrap_or_default().split_whitespace();
    Row { name, resource, others: others.map(|pair| pair.split_once('=').expect(IS_GOOD)).collect() }
}

fn of(name: &str) -> impl Iterator<Item = &'static Row> {
    rows().iter().filter(move |row| row.name == name)
}

/// Returns `true` if the identifiers of a type can be made of ARNs.
pub(super) fn is_known(name: &str) -> bool {
    of(name).next().is_some()
}

/// The identifiers that the resource with this ARN may have, each with the number of its line among those of the type.
/// `properties` are those of the identifier, in order.
pub(super) fn identifiers(name: &str, properties: &str, text: &str) -> Vec<(u8, String)> {
    let Some(arn) = Arn::split(text) else { return Vec::new() };
    let number = |(number, row)| Some((u8::try_from(number).ok()?, identifier(row, properties, text, &arn)?));
    of(name).enumerate().filter_map(number).collect()
}

/// The identifier of a resource by one line; `None` if its ARN has another form, or a part that would make two of one.
fn identifier(row: &Row, properties: &str, text: &str, arn: &Arn<'_>) -> Option<String> {
    let mut parts =
        BTreeMap::from([("arn", text), ("partition", arn.partition), ("region", arn.region), ("account", arn.account)]);
    parts.extend(matched(row.resource, arn.resource)?);
    let value = |property: &str| match row.others.iter().find(|(name, _)| *name == property) {
        Some((_, value)) => Some(filled(value, &parts)),
        None => parts.get(property).map(|part| (*part).to_owned()),
    };
    let values: Vec<String> = properties.split(',').map(value).collect::<Option<_>>()?;
    let is_clear = values.iter().all(|value| !value.is_empty() && !value.contains('|'));
    is_clear.then(|| values.join("|"))
}

/// The parts of a text by the names of a pattern. A part has no slash, so that no name can be taken for two.
fn matched<'a>(pattern: &'static str, text: &'a str) -> Option<BTreeMap<&'static str, &'a str>> {
    let (pattern, text) = (pieces(pattern), pieces(text));
    if pattern.len() != text.len() {
        return None;
    }
    let mut parts = BTreeMap::new();
    for (wanted, piece) in pattern.into_iter().zip(text) {
        match wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) if !piece.is_empty() => drop(parts.insert(name, piece)),
            None if wanted == piece => {}
            _ => return None,
        }
    }
    Some(parts)
}

/// The pieces of the resource part of an ARN: between slashes, and before the first colon (`cev:`).
fn pieces(text: &str) -> Vec<&str> {
    let (kind, rest) = match text.split_once(':') {
        Some((kind, rest)) if !kind.contains('/') => (Some(kind), rest),
        _ => (None, text),
    };
    kind.into_iter().chain(rest.split('/')).collect()
}

/// A value with the parts in place of their names.
fn filled(value: &str, parts: &BTreeMap<&str, &str>) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some((before, name, after)) = rest
        .split_once('{')
        .and_then(|(before, after)| after.split_once('}').map(|(name, after)| (before, name, after)))
    {
        out += before;
        out += parts.get(name).copied().unwrap_or_default();
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::cloud_control::{all, readable};
    use crate::aws::resource_types;

    #[test]
    fn every_line_makes_the_whole_identifier_of_a_type_that_has_several_properties() {
        assert!(rows().is_sorted_by_key(|row| row.name));
        for row in rows() {
            let found = readable(row.name).expect(row.name);
            assert!(found.identifier.contains(','), "{} needs no line", row.name);
            let names = |text: &'static str| text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
            let parts: Vec<&str> = names(row.resource).chain(["arn", "partition", "region", "account"]).collect();
            for property in found.identifier.split(',') {
                let value = row.others.iter().find(|(name, _)| *name == property).map(|(_, value)| *value);
                let known = value
                    .map_or_else(|| parts.contains(&property), |value| names(value).all(|name| parts.contains(&name)));
                assert!(known, "{}: {property}", row.name);
            }
            for (name, _) in &row.others {
                assert!(found.identifier.split(',').any(|property| property == *name), "{}: {name}", row.name);
            }
        }
        let several = all().iter().filter(|row| row.identifier.contains(','));
        assert!(several.filter(|row| is_known(row.name)).count() > 75);
    }

    #[test]
    fn every_line_has_the_form_of_arns_of_its_type() {
        for row in rows() {
            let of_type = resource_types::cloudformation(row.name).expect(row.name);
            let known: Vec<&str> =
                of_type.arn_patterns().filter_map(|pattern| Some(pattern.split_once(':')?.1)).collect();
            // A pattern may have a wildcard where a line has words (`*/webacl/*/*`).
            let fits = |pattern: &&str| {
                let (pattern, line) = (pieces(pattern), pieces(row.resource));
                let fits = |(wanted, piece): (&&str, &&str)| *wanted == "*" || wanted == piece;
                pattern.len() == line.len() && pattern.iter().zip(&line).all(fits)
            };
            assert!(known.iter().any(fits), "{}: {} is none of {known:?}", row.name, row.resource);
        }
    }

    #[test]
    fn identifiers_have_the_order_of_the_type_and_not_of_the_arn() {
        let of = |name: &str, arn: &str| -> Vec<String> {
            let row = readable(name).expect(name);
            row.identifiers(arn).into_iter().map(|(_, identifier)| identifier).collect()
        };
        let arn = |service: &str, resource: &str| format!("arn:aws:{service}:eu-west-1:111122223333:{resource}");
        let service = arn("ecs", "service/shop/web");
        let cluster = arn("ecs", "cluster/shop");
        assert_eq!(of("AWS::ECS::Service", &service), [format!("{service}|shop"), format!("{service}|{cluster}")]);
        for (name, arn, wanted) in [
            ("AWS::Kendra::DataSource", arn("kendra", "index/i-1/data-source/d-2"), "d-2|i-1"),
            ("AWS::WAFv2::WebACL", arn("wafv2", "regional/webacl/edge/a-1"), "edge|a-1|REGIONAL"),
            ("AWS::WAFv2::WebACL", arn("wafv2", "global/webacl/edge/a-1"), "edge|a-1|CLOUDFRONT"),
            ("AWS::QuickSight::Analysis", arn("quicksight", "analysis/sales"), "sales|111122223333"),
            ("AWS::QuickSight::Dashboard", arn("quicksight", "dashboard/sales"), "111122223333|sales"),
            ("AWS::RDS::CustomDBEngineVersion", arn("rds", "cev:custom-oracle-ee/19.1/u-1"), "custom-oracle-ee|19.1"),
            ("AWS::CodeDeploy::DeploymentGroup", arn("codedeploy", "deploymentgroup:shop/blue"), "shop|blue"),
            ("AWS::ApiGateway::Stage", "arn:aws:apigateway:eu-west-1::/restapis/r1/stages/prod".into(), "r1|prod"),
            (
                "AWS::SSO::PermissionSet",
                "arn:aws:sso:::permissionSet/ssoins-1/ps-2".into(),
                "arn:aws:sso:::instance/ssoins-1|arn:aws:sso:::permissionSet/ssoins-1/ps-2",
            ),
        ] {
            assert_eq!(of(name, &arn), [wanted], "{name}");
        }
        // An old ARN has no cluster; a name with a slash or a bar has two meanings; and some parts no ARN has.
        for (name, resource) in [
            ("AWS::ECS::Service", "service/web"),
            ("AWS::ECS::Service", "service/shop/web/3"),
            ("AWS::ECS::Service", "service//web"),
            ("AWS::ECS::Service", "service/a|b/web"),
            ("AWS::EC2::EIP", "elastic-ip/eipalloc-1"),
            ("AWS::WAFv2::WebACL", "regional/ipset/edge/a-1"),
        ] {
            assert_eq!(of(name, &arn("ecs", resource)), [""; 0], "{name} {resource}");
        }
    }
}
