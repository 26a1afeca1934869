//! Config and facts to the draft: two lists of passes, in Podman's order, with the reason for every edge.
//!
//! A pass is a function. It reads through its [`Cx`], writes its own places of the [`Draft`], and returns nothing; a refusal is kept in the draft
//! while the rest goes on, so that the first is Podman's and the user sees them all.

mod create;
mod refer;
mod start;

use crate::draft::Draft;
use crate::problem::When;
use crate::provenance::Cx;

/// The number of the signal that a misspelt name probably means, or that a name has.
pub(crate) fn nearest_signal(text: &str) -> Option<i64> {
    create::nearest_signal(text)
}

/// A pass.
pub(crate) type Pass = for<'x, 'a> fn(&'x Cx<'a>, &mut Draft<'a>);

/// Runs all passes. The second list starts from what the first one stored, so it does not run after a refusal.
pub(crate) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    create(cx, draft);
    if draft.refused() || cx.misses() {
        return;
    }
    draft.when = When::Init;
    for pass in start::START {
        pass(cx, draft);
        cx.end_pass();
    }
}

/// Runs the first list alone: the base spec and what `create` stores beside it.
pub(crate) fn create<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    draft.when = When::Create;
    for pass in create::CREATE {
        pass(cx, draft);
        cx.end_pass();
    }
}
