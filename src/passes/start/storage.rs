//! Plans what preparing the container does to storage: SHM, root filesystem, named volumes (LP-MNT, LP-SHM).
//!
//! The steps back are taken last-made-first, as LP-MNT-08 has it; what follows when they fail is in [`crate::plan::prepare`].

use super::super::refer::root_ids;
use super::model::{id_maps, labels};
use super::records;
use crate::draft::{Draft, Text};
use crate::idmap;
use crate::mount::overlay::{self, Access};
use crate::path;
use crate::plan::{Effect, Stage};
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::quote::Quoted;
use crate::rules::Rule;
use crate::user::lookup;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use alloc::{format, vec};

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| shm(cx, draft));
    cx.within(|| rootfs(cx, draft));
    cx.within(|| {
        let (uid, gid) = root_ids(cx, draft);
        let root = Cow::Borrowed(cx.facts().mountpoint());
        let mtab = Effect::MakeMtab { root, uid, gid };
        draft.effect(cx, Rule::LpMnt06, Stage::Storage, mtab);
    });
    // LP-MNT-07
    for index in 0..draft.container.named_volumes.len() {
        cx.within(|| volume(cx, draft, index));
    }
}

/// LP-MNT-02: only what is the container's own; one that is shared is mounted by whom it belongs to.
fn shm<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let Some(shm) = draft.container.shm.see(cx) else { return };
    if shm.none || !shm.own || draft.spec.mounts.find(cx, "/dev/shm").is_some() {
        return;
    }
    let path = shm.dir.clone();
    let (uid, gid) = root_ids(cx, draft);
    // LP-MODEL-05: the directory is made with the container, and only its mount is given to the container's root.
    let dir = Effect::MakeDir { path: path.clone(), mode: 0o700, uid: 0, gid: 0 };
    draft.effect(cx, Rule::LpModel05, Stage::Storage, dir);
    let size = draft.container.shm_size.see(cx).copied().unwrap_or_default();
    // LP-SHM-01
    let data = labelled(format!("mode=1777,size={size}"), labels(cx, draft).1);
    let mount = Effect::MountShm { path, data: Cow::Owned(data), uid, gid };
    draft.effect(cx, Rule::LpMnt02, Stage::Storage, mount);
}

/// LP-LEAF-07
fn labelled(options: String, label: &str) -> String {
    match (options.is_empty(), label) {
        (_, "") => options,
        (true, label) => format!("context={}", Quoted(label)),
        (false, label) => format!("{options},context={}", Quoted(label)),
    }
}

/// LP-MNT-03: a directory of the host stays where it is, unless an overlay is to go above it.
fn rootfs<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let rootfs: &'a str = cx.config().rootfs();
    if rootfs.is_empty() {
        // LP-MNT-05
        let (uid, gid) = root_ids(cx, draft);
        let mountpoint = Cow::Borrowed(cx.facts().mountpoint());
        let label = Cow::Borrowed(labels(cx, draft).1);
        let mount = Effect::MountRootfs { mountpoint, label, uid, gid };
        return draft.effect(cx, Rule::LpMnt05, Stage::Storage, mount);
    }
    if !*cx.config().rootfs_overlay() {
        return;
    }
    // LP-MNT-04
    let id = cx.facts().id();
    let content = path::join(&[cx.facts().run_root(), "overlay-containers", id, "rootfs"]);
    let Some((uid, gid)) = overlay_owner(cx, draft) else { return };
    let (options, program) = overlay_options(cx, labels(cx, draft).1, &content, rootfs);
    let mount = Effect::MountRootfsOverlay {
        rootfs: Cow::Borrowed(rootfs),
        content: Cow::Owned(content),
        options,
        program,
        uid,
        gid,
    };
    draft.effect(cx, Rule::LpMnt04, Stage::Storage, mount);
}

/// How the overlay above a root directory is mounted: by a program, or by the kernel with what Podman adds for that.
fn overlay_options<'a>(
    cx: &Cx<'a>,
    label: &str,
    content: &str,
    rootfs: &str,
) -> (Vec<Text<'a>>, Text<'a>) {
    let storage = cx.facts().graph_options().map_or(&[][..], Vec::as_slice);
    let program = overlay::mount_program(storage);
    let rootless = program.is_none() && cx.facts().rootless_in_storage();
    let mount = overlay::mount(content, rootfs, Access::ReadWrite(None), program, rootless);
    match mount.program {
        Some(run) => (vec![Cow::Owned(run.options)], Cow::Borrowed(run.path)),
        None => {
            let mut options: Vec<Text<'a>> = mount.options.into_iter().map(Cow::Owned).collect();
            options.push(Cow::Borrowed("nodev"));
            if !label.is_empty() {
                options.push(Cow::Owned(labelled(String::new(), label)));
            }
            (options, Cow::Borrowed(""))
        }
    }
}

/// LP-MNT-04: the user's ids on the host, from the files of the directory itself, without the host's users.
fn overlay_owner<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) -> Option<(u32, u32)> {
    let user = draft.container.user.see(cx).map_or("", |user| &**user);
    let (passwd, group) = (cx.facts().rootfs_passwd().ok(), cx.facts().rootfs_group().ok());
    let found = lookup::exec_user(user, passwd.map(String::as_str), group.map(String::as_str));
    let user = match found {
        Ok(user) => user,
        Err(error) => {
            draft.refuse(cx, Rule::LpMnt04, Problem::RootfsUser { error });
            return None;
        }
    };
    let (uids, gids) = id_maps(cx, draft);
    match idmap::host_ids(&uids, &gids, user.uid, user.gid) {
        Ok(ids) => Some(ids),
        Err(error) => {
            draft.refuse(cx, Rule::LpMnt04, Problem::RootfsUserUnmapped { error });
            None
        }
    }
}

/// LP-MNT-10, -11: a volume that is plain and has been filled needs nothing.
fn volume<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, index: usize) {
    let Some(volume) = draft.container.named_volumes.at(cx, index) else { return };
    let Some(record) = records::find(cx, volume) else { return };
    if !record.needs_mount && !record.copy_up {
        return;
    }
    let copy_up = if record.copy_up { volume.dest.clone() } else { Cow::Borrowed("") };
    let mount = Effect::MountVolume {
        name: volume.name.clone(),
        mountpoint: record.mountpoint,
        needs_mount: record.needs_mount,
        copy_up,
    };
    draft.effect(cx, Rule::LpMnt07, Stage::Storage, mount);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use crate::draft::{NamedVolumeMount, Shm};
    use crate::facts::{Answer, Facts, Volume};
    use crate::options::Profile;
    use crate::passes::refer::mount;
    use std::string::ToString as _;

    #[test]
    fn labels_are_appended_to_options() {
        // LP-LEAF-07, LP-SHM-01
        for (options, label, wanted) in [
            ("mode=1777,size=65536000", "", "mode=1777,size=65536000"),
            (
                "mode=1777,size=65536000",
                "system_u:object_r:container_file_t:s0:c1,c2",
                "mode=1777,size=65536000,context=\"system_u:object_r:container_file_t:s0:c1,c2\"",
            ),
            ("", "l", "context=\"l\""),
            ("", "", ""),
        ] {
            assert_eq!(labelled(options.into(), label), wanted);
        }
    }

    fn facts() -> Facts {
        let mut facts = Facts::default();
        facts.container.id = Some("ID".into());
        facts.container.mountpoint = Some("/mp".into());
        facts.host.selinux = Some(false);
        facts.host.rootless_in_storage = Some(false);
        facts.engine.run_root = Some("/run/root".into());
        facts.engine.volume_path = Some("/vols".into());
        facts.rootfs.passwd = Some(Answer::Is("app:x:5:6::/:/bin/sh\n".into()));
        facts.rootfs.group = Some(Answer::Is(String::new()));
        let mut volume = |name: &str, v: Volume| facts.volumes.insert(name, v);
        let local = Volume { exists: true, mountpoint: "/vols/at".into(), ..Volume::default() };
        volume("plain", local.clone());
        volume("fresh", Volume { needs_copy_up: true, ..local.clone() });
        let options = [("o".into(), "x".into())].into();
        volume("opts", Volume { options, ..local.clone() });
        let options = [("nocopy".into(), String::new())].into();
        volume("nocopy", Volume { options, needs_copy_up: true, ..local.clone() });
        volume("plugin", Volume { driver: "plug".into(), ..local });
        volume("new", Volume::default());
        facts
    }

    fn plan(config: &Config, prepare: impl FnOnce(&Cx<'_>, &mut Draft<'_>)) -> Vec<String> {
        let facts = facts();
        let cx = Cx::new(config, &facts, Profile::Podman43);
        let mut draft = Draft::default();
        prepare(&cx, &mut draft);
        run(&cx, &mut draft);
        assert!(!cx.misses() && !draft.refused());
        draft
            .plan
            .iter()
            .map(|s| serde_json::to_string(&s.effect).unwrap().replace('"', ""))
            .collect()
    }

    const IMAGE: &str = "{do:mount_rootfs,mountpoint:/mp,label:,uid:0,gid:0}";
    const MTAB: &str = "{do:make_mtab,root:/mp,uid:0,gid:0}";

    #[test]
    fn shm_is_mounted_where_it_is_the_containers_own() {
        // LP-MNT-02, LP-SHM-01
        let own = Shm { dir: Cow::Borrowed("/s/shm"), own: true, ..Shm::default() };
        let steps = [
            "{do:make_dir,path:/s/shm,mode:448,uid:0,gid:0}",
            "{do:mount_shm,path:/s/shm,data:mode=1777,size=65536000,uid:7,gid:8}",
        ];
        for (shm, user, wanted) in [
            (own.clone(), false, &steps[..]),
            (own.clone(), true, &[]),
            (Shm { own: false, ..own.clone() }, false, &[]),
            (Shm { none: true, ..own }, false, &[]),
        ] {
            let done = plan(&Config::default(), |cx, draft| {
                draft.container.shm.set(cx, Rule::SgIpc07, || shm);
                draft.container.shm_size.set(cx, Rule::SgIpc06, || 65_536_000);
                draft.working.root_ids.set(cx, Rule::LpModel06, || (7, 8));
                if user {
                    let at = || mount("/dev/shm", "tmpfs", "tmpfs", &[]);
                    draft.spec.mounts.push(cx, Rule::OcDefault01, at);
                }
            });
            assert_eq!(&done[..done.len() - 2], wanted);
        }
    }

    #[test]
    fn a_root_directory_is_left_or_gets_an_overlay() {
        // LP-MNT-03 to -05
        assert_eq!(plan(&Config::default(), |_, _| ()), [IMAGE, MTAB]);
        let mut config = Config { rootfs: "/srv/r".into(), ..Config::default() };
        assert_eq!(plan(&config, |_, _| ()), [MTAB]);
        config.rootfs_overlay = true;
        let done = plan(&config, |cx, draft| {
            draft.container.user.set(cx, Rule::SgUser01, || Cow::Borrowed("app"));
        });
        let content = "/run/root/overlay-containers/ID/rootfs";
        let overlay = format!(
            "{{do:mount_rootfs_overlay,rootfs:/srv/r,content:{content},options:[lowerdir=/srv/r,upperdir={content}/upper,workdir={content}/work,private,nodev],program:,uid:5,gid:6}}"
        );
        assert_eq!(done, [overlay, MTAB.to_string()]);
    }

    #[test]
    fn volumes_are_mounted_and_filled_where_that_is_needed() {
        // LP-MNT-07, LP-MNT-10 to -12
        let volume = |name: &'static str, options: &[&'static str]| NamedVolumeMount {
            name: Cow::Borrowed(name),
            dest: Cow::Borrowed("/d"),
            options: options.iter().map(|o| Cow::Borrowed(*o)).collect(),
            anonymous: name == "random",
        };
        let step = |name: &str, at: &str, mounts: bool, copy_up: &str| {
            std::vec![format!(
                "{{do:mount_volume,name:{name},mountpoint:{at},needs_mount:{mounts},copy_up:{copy_up}}}"
            )]
        };
        for (v, wanted) in [
            (volume("plain", &[]), std::vec![]),
            (volume("fresh", &[]), step("fresh", "/vols/at", false, "/d")),
            (volume("fresh", &["nocopy"]), std::vec![]),
            (volume("nocopy", &[]), std::vec![]),
            (volume("opts", &[]), step("opts", "/vols/at", true, "")),
            (volume("plugin", &[]), step("plugin", "/vols/at", true, "")),
            (volume("new", &[]), step("new", "/vols/new/_data", false, "/d")),
            (volume("new", &["volume-opt=type=tmpfs"]), step("new", "/vols/new/_data", true, "/d")),
            (volume("random", &[]), step("random", "/vols/random/_data", false, "/d")),
        ] {
            let done = plan(&Config::default(), |cx, draft| {
                draft.container.named_volumes.push(cx, Rule::SgVol11, || v);
            });
            assert_eq!(done[2..], wanted);
        }
    }
}
