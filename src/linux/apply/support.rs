//! Says before anything is done which steps of a plan cannot be carried out yet, and what to write instead.

use crate::plan::{Effect, Plan, PlanStep, Stage};

/// A step that cannot be carried out yet. Nothing was done.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("step {step} of the plan, `{effect}`, is not supported yet: {help}")]
#[non_exhaustive]
pub struct Unsupported {
    /// Its number in the plan, from 0.
    pub step: usize,
    /// Its word.
    pub effect: &'static str,
    /// The field of the config that leads to it.
    pub field: &'static str,
    /// What to write instead.
    pub help: &'static str,
}

/// Checks a whole plan.
///
/// # Errors
///
/// [`Unsupported`], the first there is.
pub fn check(plan: &[PlanStep<'_>]) -> Result<(), Unsupported> {
    for (step, of) in plan.iter().enumerate() {
        let lacking = lacking(&of.effect);
        if let Some((field, help)) = lacking {
            return Err(Unsupported { step, effect: of.effect.word(), field, help });
        }
    }
    Ok(())
}

/// Checks what a whole plan and its spec say together.
///
/// # Errors
///
/// [`Unsupported`], the first there is.
pub fn check_plan(plan: &Plan<'_>) -> Result<(), Unsupported> {
    check(plan)?;
    let terminal = plan.draft.spec.process.terminal.value() == Some(&true);
    let late = plan.iter().position(|step| step.stage == Stage::Created);
    match late.and_then(|step| Some((step, plan.get(step)?))) {
        // The runtime would hand the terminal over by a socket.
        Some((step, of)) if terminal => Err(Unsupported {
            step,
            effect: of.effect.word(),
            field: "terminal",
            help: "a container whose network is configured when it is made gets no terminal yet; leave `terminal` out, or write `netns: none` or `netns: host`",
        }),
        _ => Ok(()),
    }
}

/// The field that leads to an effect which is not carried out, and what to write; `None` for all others.
fn lacking(effect: &Effect<'_>) -> Option<(&'static str, &'static str)> {
    use Effect as E;
    match effect {
        E::CreateVolume { options, .. } if options.iter().any(|option| is_quota(option)) => Some((
            "volumes",
            "volumes have no quota here; leave the driver options `size` and `inodes` out",
        )),
        E::MountImage { .. } => Some((
            "image_volumes",
            "images are not mounted yet; unpack it and bind it with `mounts`",
        )),
        E::LoadApparmor { .. } => Some((
            "apparmor_profile",
            "the engine's default profile is not loaded, and this program has none to load; load one with apparmor_parser and name it, or write `apparmor_profile: unconfined`",
        )),
        E::PrecreateHook { .. } => Some((
            "annotations",
            "precreate hooks are not run yet; take the hook out of the hooks directory",
        )),
        E::StartPasta { .. }
        | E::CreateVolume { .. }
        | E::MountVolume { .. }
        | E::MountRootfsOverlay { .. }
        | E::Overlay { .. }
        | E::MakeDir { .. }
        | E::MountShm { .. }
        | E::MountRootfs { .. }
        | E::MakeMtab { .. }
        | E::Chown { .. }
        | E::Relabel { .. }
        | E::WriteFile { .. }
        | E::AppendInRoot { .. }
        | E::AddHosts { .. }
        | E::CopyTree { .. }
        | E::MakeAccessible { .. }
        | E::MakeWorkDir { .. }
        | E::FixVolume { .. }
        | E::SaveSpec { .. }
        | E::CreateNetns { .. }
        | E::BindNetns { .. }
        | E::RewriteFile { .. }
        | E::NetworkSetup { .. }
        | E::JoinRootlessNetns { .. }
        | E::StartSlirp4netns { .. }
        | E::SlirpForward { .. }
        | E::StartRootlessport { .. }
        | E::WriteSecret { .. }
        | E::MoveSelf { .. } => None,
    }
}

/// Whether a driver option asks for a quota of the file system below.
fn is_quota(option: &str) -> bool {
    let key = option.split_once('=').map_or(option, |(key, _)| key);
    ["size", "inodes"].iter().any(|quota| key.eq_ignore_ascii_case(quota))
}
