//! Says before anything is done which steps of a plan cannot be carried out yet, and what to write instead.

use crate::plan::{Effect, PlanStep, SlirpAttach, Stage};

/// A step that cannot be carried out yet. Nothing was done.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("step {step} of the plan, `{effect}`, is not supported yet: {help}")]
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
        let lacking = match of.stage {
            Stage::Created => Some(NETWORK),
            Stage::Network | Stage::Storage | Stage::Generate | Stage::Init => lacking(&of.effect),
        };
        if let Some((field, help)) = lacking {
            return Err(Unsupported { step, effect: of.effect.word(), field, help });
        }
    }
    Ok(())
}

const NETWORK: (&str, &str) = (
    "netns",
    "networks of a container with a user namespace of its own, are not set up yet; write `netns: none`, `netns: host` or `netns: slirp4netns`",
);

/// The field that leads to an effect which is not carried out, and what to write; `None` for all others.
fn lacking(effect: &Effect<'_>) -> Option<(&'static str, &'static str)> {
    use Effect as E;
    match effect {
        E::StartSlirp4netns { attach: SlirpAttach::Process, .. } => Some(NETWORK),
        E::StartRootlessport { .. } => Some((
            "portmappings",
            "the port forwarder is not started yet; write `netns: slirp4netns:port_handler=slirp4netns`",
        )),
        E::MountVolume { needs_mount: true, .. } => Some((
            "volumes",
            "volumes that a driver mounts are not mounted yet; mount it and bind it with `mounts`",
        )),
        E::CreateVolume { options, .. } if !options.is_empty() => {
            Some(("volumes", "volumes with driver options are not made yet; leave the options out"))
        }
        E::MountImage { .. } => Some((
            "image_volumes",
            "images are not mounted yet; unpack it and bind it with `mounts`",
        )),
        E::MountRootfsOverlay { program, .. } if !program.is_empty() => Some((
            "rootfs_overlay",
            "overlays are only mounted by the kernel yet; take `mount_program` out of storage.conf",
        )),
        E::Overlay { program, .. } if !program.is_empty() => Some((
            "overlay_volumes",
            "overlays are only mounted by the kernel yet; take `mount_program` out of storage.conf",
        )),
        E::LoadApparmor { .. } => Some((
            "apparmor_profile",
            "profiles are not loaded yet; load it, or write `apparmor_profile: unconfined`",
        )),
        E::MoveSelf { .. } => {
            Some(("cgroups_mode", "the own cgroup is not split yet; write `cgroups_mode: enabled`"))
        }
        E::PrecreateHook { .. } => Some((
            "annotations",
            "precreate hooks are not run yet; take the hook out of the hooks directory",
        )),
        E::CreateVolume { .. }
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
        | E::NetworkSetup { .. }
        | E::JoinRootlessNetns { .. }
        | E::StartSlirp4netns { .. }
        | E::SlirpForward { .. }
        | E::WriteSecret { .. } => None,
    }
}
