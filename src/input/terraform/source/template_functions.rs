//! `templatefile` and `templatestring`.

use super::eval::{EvaluationContext, HclEvaluator, TemplateNames};
use super::instance_key::InstanceKey;
use super::value::{HclValue, HclValueKind, UnknownReason};
use crate::syntax::hcl::{Expression, Position, parse_template};

/// Parts of which a template may leave out some. Terraform refuses a name without a value there too.
const BRANCHES: &[&str] = &["%{", "?", "for ", "&&", "||", "try(", "can("];

impl HclEvaluator {
    /// The text of a template with the names of a map.
    pub(super) fn rendered(
        &mut self,
        env: EvaluationContext<'_>,
        function: &str,
        template: &HclValue,
        names: &HclValue,
    ) -> HclValue {
        let sensitive = template.sensitive || names.holds_sensitive();
        let value = self.try_rendered(env, function, template, names).unwrap_or_else(HclValue::unknown);
        // The nodes of the template have no position of their own: the one of the call is used.
        value.at(None).with_sensitivity(sensitive)
    }

    fn try_rendered(
        &mut self,
        env: EvaluationContext<'_>,
        function: &str,
        template: &HclValue,
        names: &HclValue,
    ) -> Result<HclValue, UnknownReason> {
        let text = template.as_text()?;
        let text = if function == "templatefile" { self.file_text(&text)?.into() } else { text };
        let names = template_names(names)?;
        // Terraform refuses a template inside a template, and a string that is not a named value.
        let is_nested = env.template.is_some();
        let is_doubtful = self.attempts > 0
            && (function == "templatestring" || BRANCHES.iter().any(|part| text.contains(part)));
        if is_nested || is_doubtful || text.starts_with('\u{feff}') || !self.spend(text.len() / 64) {
            return Err(format!("a template of {function}() that taglint does not evaluate").into());
        }
        let at = template.at.unwrap_or(Position { file: 0, offset: 0 });
        let kind = parse_template(&text, at).ok_or_else(|| format!("a template of {function}() with a mistake"))?;
        let env = EvaluationContext { template: Some(&names), ..EvaluationContext::new(env.scope, &InstanceKey::Only) };
        Ok(self.eval(env, &Expression { at, kind }))
    }
}

/// The names that a map gives to a template.
fn template_names(names: &HclValue) -> Result<TemplateNames, UnknownReason> {
    let map = match &names.kind {
        HclValueKind::Map(map) => map,
        HclValueKind::Unknown(why) => return Err(why.clone()),
        _ => return Err(UnknownReason::failure("names of a template that are not a map")),
    };
    if !map.entries.keys().chain(map.possible.keys()).all(|name| is_identifier(name)) {
        return Err("a name of a template that is not an identifier".into());
    }
    let mut values = map.entries.clone();
    let possible = map.possible.iter().map(|(name, it)| (name.clone(), HclValue::unknown(it.why.possibly())));
    values.extend(possible);
    let missing = || UnknownReason::failure("a name that the template is not given");
    let others = map.more.as_ref().map_or_else(missing, UnknownReason::possibly);
    Ok(TemplateNames { values, others })
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}
