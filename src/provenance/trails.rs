//! Trails of causes: an append-only list of small nodes whose tails are shared.

use crate::config::Field;
use crate::facts::FactKey;
use crate::rules::Rule;
use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};

/// The element number that stands for a whole field or fact.
pub const WHOLE: u32 = u32::MAX;
/// The element number that stands for which elements a list has, apart from what they are.
pub const LENGTH: u32 = u32::MAX - 1;

/// What a value can be owed to.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Cause {
    /// A field of the config, and which element of it.
    Config(Field, u32),
    /// A fact, and which entry of its table.
    Fact(FactKey, u32),
    /// A rule.
    Rule(Rule),
}

/// The newest node of a trail; [`Because::NOTHING`] is the empty trail.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Because(pub(super) u32);

impl Because {
    /// The empty trail.
    pub const NOTHING: Self = Because(0);
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Cause(Cause),
    /// Another trail that counts as well.
    Also(Because),
    /// Another trail that was looked through for what is not in it: it counts as well, and decided nothing.
    Aside(Because),
    /// Those of all elements of a list count as well: they stand from here on in [`Trails::groups`].
    All(u32),
    /// The trail of a value that stood here before.
    Over(Because),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) step: Step,
    pub(super) prev: Because,
}

/// All nodes of one compilation.
#[derive(Clone, Debug, Default)]
pub struct Trails {
    pub(super) nodes: Vec<Node>,
    /// Trails of the elements of lists; each group ends with [`Because::NOTHING`].
    pub(super) groups: Vec<Because>,
}

/// Values that were replaced, by the node that says so; empty where nobody wanted to read them.
pub(crate) type Kept = BTreeMap<u32, String>;

impl Trails {
    /// The causes of a value, in the order in which they were opened; each once.
    pub fn of(&self, because: Because) -> Vec<Cause> {
        self.causes(because, true)
    }

    /// The causes of a value without those of what was only looked through in vain, as a list is in which nothing stands in the way: what
    /// changes there may change the value, but nothing there has made it.
    pub fn direct(&self, because: Because) -> Vec<Cause> {
        self.causes(because, false)
    }

    fn causes(&self, because: Because, with_asides: bool) -> Vec<Cause> {
        let mut causes = Vec::new();
        let mut seen = BTreeSet::new();
        let mut told = BTreeSet::new();
        let mut todo = Vec::from([because]);
        while let Some(Because(mut at)) = todo.pop() {
            while at != 0 && seen.insert(at) {
                let Some(node) = self.node(at) else { break };
                match node.step {
                    Step::Cause(cause) => {
                        if told.insert(cause) {
                            causes.push(cause);
                        }
                    }
                    Step::Also(other) => todo.push(other),
                    Step::Aside(other) if with_asides => todo.push(other),
                    Step::All(start) => todo.extend(self.group(start).rev()),
                    Step::Aside(_) | Step::Over(_) => {}
                }
                at = node.prev.0;
            }
        }
        causes.reverse();
        causes
    }

    /// The trails of the values that stood in the place before, newest first.
    pub fn replaced(&self, because: Because) -> Vec<Because> {
        self.replaced_at(because).into_iter().map(|(_, before)| before).collect()
    }

    /// The same, each with the node that says so.
    pub(crate) fn replaced_at(&self, because: Because) -> Vec<(u32, Because)> {
        let mut out = Vec::new();
        let mut at = because.0;
        while let Some(node) = self.node(at) {
            if let Step::Over(before) = node.step {
                out.push((at, before));
            }
            at = node.prev.0;
        }
        out
    }

    fn node(&self, at: u32) -> Option<&Node> {
        self.nodes.get(usize::try_from(at).ok()?.wrapping_sub(1))
    }

    fn group(&self, start: u32) -> impl DoubleEndedIterator<Item = Because> {
        let rest = usize::try_from(start)
            .ok()
            .and_then(|start| self.groups.get(start..))
            .unwrap_or_default();
        rest.split(|because| *because == Because::NOTHING)
            .next()
            .unwrap_or_default()
            .iter()
            .copied()
    }

    /// Number of nodes: the cost of a compilation's reasons.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}
