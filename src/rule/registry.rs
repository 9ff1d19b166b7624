//! The registry of rule kinds: one enum with static dispatch, and the tables of the language that depend on all kinds.

/// Calls a method of whichever rule the enum holds.
macro_rules! forward {
    ([$($variant:ident)+] $this:ident.$method:ident $arguments:tt) => {
        match $this {
            $(Self::$variant(rule) => rule.$method $arguments,)+
        }
    };
}

/// Defines the enum of rules, the list of kinds and the list of their fields.
macro_rules! rule_kinds {
    ($($variant:ident($module:ident::$rule:ident),)+) => {
        use crate::aws::TagLimits;
        use crate::model::{Day, Resource};
        use crate::rule::check::{Check, Comparison, RuleDefinition, UniqueValue};
        use crate::rule::context::{Context, DeclaredKeys, ReportedTags};
        use crate::rule::demand::Demand;
        use crate::rule::prefilter::{KeyEffect, TagRequirement, ValueTest};
        use crate::rule::remediation::{Remediation, Repair, TagDefault};
        use crate::rule::spec::{Field, KindSpec, concat, count};
        use crate::rule::verdict::{Verdict, ViolationKind};
        use crate::rule::{Relation, RuleBuilder};

        /// A rule of one of the kinds of the policy language.
        #[derive(Debug, Clone)]
        #[allow(missing_docs)] // each variant is documented at its type
        pub enum RuleKind {
            $($variant(Box<$module::$rule>),)+
        }

        /// The description of every kind.
        pub const KINDS: &[KindSpec] = &[$(<$module::$rule as RuleDefinition>::SPEC),+];

        const LISTS: &[&[Field]] = &[$(<$module::$rule as RuleDefinition>::SPEC.fields),+];

        /// The fields of all kinds. A field that several kinds have appears more than once.
        pub(crate) const KIND_FIELDS: &[Field] = &concat::<{ count(LISTS) }>(LISTS);

        impl RuleKind {
            /// Builds a rule of the kind with this description.
            pub(crate) fn parse(kind: &KindSpec, builder: &mut RuleBuilder<'_, '_, '_>) -> Option<Self> {
                let parsers: &[fn(&mut RuleBuilder<'_, '_, '_>) -> Option<Self>] =
                    &[$(|builder| <$module::$rule>::parse(builder).map(|rule| Self::$variant(Box::new(rule)))),+];
                let at = KINDS.iter().position(|known| known.name == kind.name)?;
                parsers[at](builder)
            }

            /// The description of the rule's kind.
            #[must_use]
            pub fn spec(&self) -> &'static KindSpec {
                match self {
                    $(Self::$variant(_) => const { &<$module::$rule as RuleDefinition>::SPEC },)+
                }
            }

            /// The name of the rule's kind.
            #[must_use]
            pub fn name(&self) -> &'static str {
                self.spec().name
            }
        }

        impl Check for RuleKind {
            fn evaluate<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
                forward!([$($variant)+] self.evaluate(cx))
            }

            fn stage(&self) -> u8 {
                forward!([$($variant)+] self.stage())
            }

            fn record(&self, verdict: &Verdict<'_>, reported: &mut ReportedTags) {
                forward!([$($variant)+] self.record(verdict, reported))
            }

            fn may_report_too_many(&self) -> bool {
                forward!([$($variant)+] self.may_report_too_many())
            }

            fn requirement(&self) -> TagRequirement {
                forward!([$($variant)+] self.requirement())
            }

            fn key_effect(&self, key: &str, limits: &TagLimits, declared: &DeclaredKeys) -> KeyEffect {
                forward!([$($variant)+] self.key_effect(key, limits, declared))
            }

            fn accepts(&self, value: &str, limits: &TagLimits, today: Day) -> bool {
                forward!([$($variant)+] self.accepts(value, limits, today))
            }

            fn value_test(&self) -> Option<ValueTest> {
                forward!([$($variant)+] self.value_test())
            }

            fn allows(&self, tags: usize, limits: &TagLimits) -> bool {
                forward!([$($variant)+] self.allows(tags, limits))
            }

            fn is_stricter_before_creation(&self) -> bool {
                forward!([$($variant)+] self.is_stricter_before_creation())
            }

            fn remove_pattern_tables(&mut self) {
                forward!([$($variant)+] self.remove_pattern_tables())
            }

            fn declare_keys(&self, declared: &mut DeclaredKeys) {
                forward!([$($variant)+] self.declare_keys(declared))
            }

            fn comparison(&self) -> Comparison {
                forward!([$($variant)+] self.comparison())
            }

            fn assign_slot(&mut self, next: &mut usize) {
                forward!([$($variant)+] self.assign_slot(next))
            }

            fn unique_value<'r>(&'r self, resource: &'r Resource<'_>) -> Option<UniqueValue<'r>> {
                forward!([$($variant)+] self.unique_value(resource))
            }

            fn applies_to(&self, resource_type: &str) -> bool {
                forward!([$($variant)+] self.applies_to(resource_type))
            }

            fn describe(&self) -> String {
                forward!([$($variant)+] self.describe())
            }

            fn value_clause(&self, lead: &str, today: Day) -> Option<String> {
                forward!([$($variant)+] self.value_clause(lead, today))
            }

            fn remediation(&self) -> Remediation {
                forward!([$($variant)+] self.remediation())
            }

            fn repair(&self, violation: ViolationKind) -> Repair {
                forward!([$($variant)+] self.repair(violation))
            }

            fn tag_default(&self) -> Option<TagDefault<'_>> {
                forward!([$($variant)+] self.tag_default())
            }

            fn demand(&self) -> Option<Demand<'_>> {
                forward!([$($variant)+] self.demand())
            }

            fn reads_account_tags(&self) -> bool {
                forward!([$($variant)+] self.reads_account_tags())
            }

            fn relation_to(&self, other: &str, fold: bool, declared: &DeclaredKeys) -> Option<Relation> {
                forward!([$($variant)+] self.relation_to(other, fold, declared))
            }
        }
    };
}

pub(super) use {forward, rule_kinds};
