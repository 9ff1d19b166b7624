//! The blocks in a body: those that are written, and those that dynamic blocks make.

use std::collections::BTreeMap;

use super::eval::{BoundName, EvaluationContext, HclEvaluator};
use super::instances::MAX_INSTANCES;
use super::loops::{LoopItems, items_of};
use super::value::{HclValue, UnknownReason};
use crate::syntax::hcl::{Expression, HclBlock, HclBody};

/// The steps that a block costs which a dynamic block makes: it may be a resource of its own.
const COST_OF_A_BLOCK: usize = 20;

/// A block that is written, or one that a dynamic block makes.
pub(super) struct MadeBlock<'b> {
    /// The block, or the `content` of the dynamic block.
    pub(super) block: &'b HclBlock,
    /// The reason why it may not exist.
    pub(super) doubt: Option<UnknownReason>,
    /// True if it stands for a number of blocks that the source does not decide.
    pub(super) is_stand_in: bool,
}

/// The function that each block is given to, with the context of its expressions.
type BlockVisitor<'v, 'b> = dyn FnMut(&mut HclEvaluator, EvaluationContext<'_>, MadeBlock<'b>) + 'v;

impl HclEvaluator {
    /// Visits the blocks of a type. If the source does not decide what a dynamic block makes, one block stands for all.
    pub(super) fn each_block<'b>(
        &mut self,
        env: EvaluationContext<'_>,
        body: &'b HclBody,
        name: &str,
        visit: &mut BlockVisitor<'_, 'b>,
    ) {
        for block in body.blocks.iter().filter(|block| block.kind == name) {
            visit(self, env, MadeBlock { block, doubt: None, is_stand_in: false });
        }
        for dynamic in body.dynamic_blocks(name) {
            self.each_dynamic(env, dynamic, visit);
        }
    }

    /// Visits what a dynamic block makes, with the name of its iterator bound. Terraform refuses one without `content` or
    /// `for_each`.
    fn each_dynamic<'b>(
        &mut self,
        env: EvaluationContext<'_>,
        dynamic: &'b HclBlock,
        visit: &mut BlockVisitor<'_, 'b>,
    ) {
        let content = dynamic.body.blocks.iter().find(|block| block.kind == "content");
        let (Some(block), Some(each)) = (content, dynamic.body.value("for_each")) else { return };
        let each = self.eval(env, each);
        let label = dynamic.labels.first().map_or("", String::as_str);
        let named = dynamic.body.value("iterator").and_then(Expression::dotted);
        let name = named.as_deref().unwrap_or(label);
        let mut visit = |evaluator: &mut Self, key, value, doubt: Option<UnknownReason>, is_stand_in| {
            let entry = BTreeMap::from([("key".to_owned(), key), ("value".to_owned(), value)]);
            let value = HclValue::map(entry, None).with_sensitivity(each.sensitive);
            let bound = BoundName { name, value, next: env.names };
            let env = EvaluationContext { names: Some(&bound), ..env };
            visit(evaluator, env, MadeBlock { block, doubt, is_stand_in });
        };
        let items = items_of(&each).unwrap_or_else(LoopItems::undecided);
        let known = items.pairs.into_iter().map(|(key, value)| (key, value, None));
        let possible = items.possible.into_iter().map(|(key, entry)| (key, entry.value, Some(entry.why)));
        let (mut made, mut more) = (0, items.more);
        for (key, value, doubt) in known.chain(possible) {
            made += 1;
            if made > MAX_INSTANCES || !self.spend(COST_OF_A_BLOCK) {
                self.note_limit(
                    dynamic.at,
                    "a dynamic block that is too large to expand: its further blocks are not read",
                );
                more = Some("a dynamic block that is too large to expand".into());
                break;
            }
            visit(self, key, value, doubt, false);
        }
        if let Some(why) = more {
            let unknown = || HclValue::unknown(why.clone());
            visit(self, unknown(), unknown(), Some(why.clone()), true);
        }
    }
}
