//! The spec under construction: one slot or list per place, with the reason in each.

mod container;
mod spec;
mod working;

pub(crate) use container::{
    Attached, CgroupsMode, Container, Donor, HostsChoice, IdMapOptions, ImageVolumeMount,
    NamedVolumeMount, NetMode, Overlay, SecretMount, SharedNamespaces, Shm,
};
pub(crate) use spec::{
    Annotation, BindMount, BlockIoDraft, CpuDraft, Device, DeviceCgroup, EnvVar, HookDraft,
    HookStage, MemoryDraft, Mount, Namespace, NamespaceKind, Process, ResourcesDraft, Rlimit,
    SeccompChoice, Spec, Sysctl,
};

pub(crate) use working::{IdMappingsChoice, NsChoice, NsMode, Working};

use crate::plan::{Effect, PlanStep, Stage};
use crate::problem::{Diagnostic, Problem, Warning, WarningKind, When};
use crate::provenance::{Cx, List};
use crate::rules::Rule;
use alloc::{borrow::Cow, vec::Vec};

/// Text that is borrowed from an input or a static table wherever it can be.
pub(crate) type Text<'a> = Cow<'a, str>;

/// Everything that passes decide.
#[derive(Debug, Default)]
pub(crate) struct Draft<'a> {
    /// The OCI spec.
    pub spec: Spec<'a>,
    /// The container's stored configuration: what `create` decides and `start` reads, and what a monitor needs.
    pub container: Container<'a>,
    /// What `create` works out on the way.
    pub working: Working<'a>,
    /// Generated files and directories that are bound into the container (libpod's `BindMounts`).
    pub bind_mounts: List<BindMount<'a>>,
    /// Changes to the host.
    pub plan: Vec<PlanStep<'a>>,
    /// Said, and gone on.
    pub warnings: Vec<Warning>,
    /// Refused, in Podman's order.
    pub refusals: Vec<Diagnostic>,
    /// How many of them, from the first, were decided while no fact was missing: they stand whatever the missing facts say.
    pub(crate) certain: usize,
    /// Which half of the work is under way.
    pub when: When,
}

impl<'a> Draft<'a> {
    /// An empty draft with room for what nearly every container has.
    pub(crate) fn with_room() -> Self {
        let mut draft = Draft { plan: Vec::with_capacity(16), ..Draft::default() };
        draft.spec.mounts.reserve(8);
        draft.spec.masked_paths.reserve(16);
        draft.spec.readonly_paths.reserve(8);
        draft.spec.namespaces.reserve(8);
        draft.spec.annotations.reserve(8);
        draft.bind_mounts.reserve(8);
        draft
    }

    /// Refuses.
    pub(crate) fn refuse(&mut self, cx: &Cx<'a>, rule: Rule, problem: impl Into<Problem>) {
        let because = cx.because(rule);
        if !cx.misses() {
            self.certain = self.refusals.len().saturating_add(1);
        }
        self.refusals.push(Diagnostic { when: self.when, problem: problem.into(), because });
    }

    /// Warns.
    pub(crate) fn warn(&mut self, cx: &Cx<'a>, rule: Rule, kind: WarningKind) {
        let because = cx.because(rule);
        self.warnings.push(Warning { when: self.when, kind, because });
    }

    /// Adds a step to the plan.
    pub(crate) fn effect(&mut self, cx: &Cx<'a>, rule: Rule, stage: Stage, effect: Effect<'a>) {
        let because = cx.because(rule);
        self.plan.push(PlanStep { stage, effect, because });
    }

    /// Whether anything was refused.
    pub(crate) fn refused(&self) -> bool {
        !self.refusals.is_empty()
    }
}
