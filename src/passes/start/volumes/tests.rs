//! Worked cases of LP-VOL and LP-BIND.

use super::*;
use crate::Config;
use crate::draft::Shm;
use crate::facts::{Answer, Errno, Facts, FileKind, ImageMount, PathFacts, Volume};
use crate::options::Profile;
use crate::user::lookup::ExecUser;
use std::string::ToString as _;

fn facts() -> Facts {
    let mut facts = Facts::default();
    facts.host.selinux = Some(false);
    facts.host.rootless_in_storage = Some(false);
    facts.container.static_dir = Some("/static".into());
    facts.container.random_names = Some(vec!["0000000000001000".into(), "0000000000002000".into()]);
    let volume = Volume { exists: true, mountpoint: "/vols/v".into(), ..Volume::default() };
    facts.volumes.insert("v", volume);
    for (path, kind) in
        [("/low", Answer::Is(FileKind::Directory)), ("/none", Answer::Error(Errno::ENOENT))]
    {
        facts.paths.insert(path, PathFacts { kind: Some(kind), ..PathFacts::default() });
    }
    facts.engine.volume_path = Some("/vols".into());
    facts.host.environment = Some([("HOME".into(), "/home/me".into())].into());
    for (path, real) in [
        ("/a", "/a"),
        ("/link", "/usr"),
        ("/bin", "/usr/bin"),
        ("/home/me", "/home/me"),
        ("/", "/"),
        ("/proc", "/proc"),
    ] {
        let real = Some(Answer::Is(real.into()));
        facts.paths.insert(path, PathFacts { real, ..PathFacts::default() });
    }
    facts.images.insert("img", ImageMount { id: "i".into(), mountpoint: "/images/i".into() });
    facts.images.insert("gone", ImageMount::default());
    facts
}

/// Mounts, changes to the host, and refusals, one a line.
fn run(
    facts: &Facts,
    passes: &[for<'x, 'a> fn(&'x Cx<'a>, &mut Draft<'a>)],
    prepare: impl FnOnce(&Cx<'_>, &mut Draft<'_>),
) -> (Vec<String>, Vec<String>, Vec<String>) {
    let config = Config::default();
    let cx = Cx::new(&config, facts, Profile::Podman43);
    let mut draft = Draft::default();
    let exec = ExecUser { uid: 1000, gid: 1001, ..ExecUser::default() };
    draft.working.exec_user.set(&cx, Rule::LpUser03, || exec);
    draft.working.exec_host_ids.set(&cx, Rule::LpUser10, || (101_000, 101_001));
    prepare(&cx, &mut draft);
    for pass in passes {
        pass(&cx, &mut draft);
        cx.end_pass();
    }
    assert!(!cx.misses());
    let line = |m: &Mount<'_>| {
        format!("{} {} {} {}", m.destination, m.kind, m.source, m.options.join(","))
    };
    let step = |e: &Effect<'_>| serde_json::to_string(e).unwrap().replace('"', "");
    (
        draft.spec.mounts.values().map(line).collect(),
        draft.plan.iter().map(|s| step(&s.effect)).collect(),
        draft.refusals.iter().map(|r| r.problem.to_string()).collect(),
    )
}

fn texts(options: &[&'static str]) -> Vec<Text<'static>> {
    options.iter().map(|o| Cow::Borrowed(*o)).collect()
}

fn chown(path: &str) -> String {
    format!(
        "{{do:chown,path:{path},uid:101000,gid:101001,recursive:true,unless_owned:false,guarded:true}}"
    )
}

#[test]
#[expect(clippy::large_stack_arrays, reason = "a table of whole records of facts")]
fn u_and_z_are_carried_out_and_taken_off() {
    // LP-VOL-20, the golden case among them
    let mut selinux = facts();
    selinux.host.selinux = Some(true);
    selinux.container.mount_label = Some("l".into());
    let label =
        |shared| format!("{{do:relabel,path:/a,label:l,shared:{shared},unless_labelled:false}}");
    for (facts, kind, given, left, steps) in [
        (facts(), "tmpfs", &["rw", "U", "size=1m"][..], "rw,uid=1000,gid=1001,size=1m", vec![]),
        (facts(), "bind", &["ro", "z", "U", "rbind"], "ro,rbind", vec![chown("/a")]),
        (facts(), "bind", &["U", "U"], "", vec![chown("/a"), chown("/a")]),
        (selinux.clone(), "bind", &["Z", "U"], "", vec![label(false), chown("/a")]),
        (selinux, "bind", &["z", "rw"], "rw", vec![label(true)]),
        (facts(), "bind", &[], "", vec![]),
    ] {
        let done = run(&facts, &[options], |cx, draft| {
            let new = || mount("/x", kind, "/a", given);
            draft.spec.mounts.push(cx, Rule::OcDefault01, new);
        });
        assert_eq!(done, (vec![format!("/x {kind} /a {left}")], steps, vec![]), "{given:?}");
    }
}

#[test]
fn what_belongs_to_the_system_is_left_to_it() {
    // LP-LEAF-08, LP-LEAF-09: an owner by where the links lead to, a label by the text.
    let mut facts = facts();
    facts.host.working_directory = Some("/".into());
    facts.host.selinux = Some(true);
    facts.container.mount_label = Some("l".into());
    let kept = |path: &str| {
        format!(
            "chowning host path {path:?} is not allowed. You can manually `chown -R 101000:101001 {path}`"
        )
    };
    for (path, option, said) in [
        ("/proc", "U", Some(kept("/proc"))),
        ("/link", "U", Some(kept("/link"))),
        ("/home/me", "U", Some(kept("/home/me"))),
        ("", "U", Some(kept(""))),
        ("/bin", "U", None),
        ("/usr/", "z", Some("SELinux relabeling of /usr/ is not allowed".into())),
        ("/a", "Z", None),
    ] {
        let (.., refused) = run(&facts, &[options], |cx, draft| {
            let new = || mount("/x", "bind", path, &[option]);
            draft.spec.mounts.push(cx, Rule::OcDefault01, new);
        });
        assert_eq!(refused, said.into_iter().collect::<Vec<_>>(), "{path}");
    }
}

#[test]
fn named_volumes_are_bind_mounts() {
    // LP-VOL-01
    let volume = |options: &[&'static str]| NamedVolumeMount {
        name: Cow::Borrowed("v"),
        dest: Cow::Borrowed("/d"),
        options: texts(options),
        anonymous: false,
    };
    let with = |options: &'static [&'static str]| {
        move |cx: &Cx<'_>, draft: &mut Draft<'_>| {
            draft.container.named_volumes.push(cx, Rule::SgVol11, || volume(options));
        }
    };
    let plain = run(&facts(), &[named], with(&["rw", "z"]));
    assert_eq!(plain, (vec!["/d bind /vols/v rw,z".into()], vec![], vec![]));
    let (mounts, steps, _) = run(&facts(), &[named], with(&["O", "U", "z"]));
    let at = "/static/overlay/4096";
    assert_eq!(
        mounts,
        [format!(
            "/d overlay {at}/merge lowerdir=/vols/v,upperdir={at}/upper,workdir={at}/work,private"
        )]
    );
    let overlay = format!(
        "{{do:overlay,source:/vols/v,content:{at},upper:{at}/upper,work:{at}/work,program:[],uid:0,gid:0}}"
    );
    assert_eq!(steps, [overlay, chown("/vols/v"), chown(at)]);
    let (.., said) = run(&facts(), &[named], with(&["O", "upperdir=/u"]));
    assert_eq!(said, ["must specify both upperdir and workdir"]);
}

#[test]
fn overlays_and_images_take_names_in_turn() {
    // LP-VOL-40, LP-VOL-50, LP-OVL-02
    let mut program = facts();
    program.engine.graph_options = Some(vec!["overlay.mount_program=/p".into()]);
    let prepare = |cx: &Cx<'_>, draft: &mut Draft<'_>| {
        draft.container.overlay_volumes.push(cx, Rule::SgVol09, || Overlay {
            dest: Cow::Borrowed("/o"),
            source: Cow::Borrowed("/low"),
            options: texts(&["upperdir=/u", "workdir=/w"]),
        });
        draft.container.image_volumes.push(cx, Rule::SgVol09, || ImageVolumeMount {
            source: Cow::Borrowed("img"),
            dest: Cow::Borrowed("/i"),
            read_write: false,
        });
    };
    let (mounts, steps, _) = run(&facts(), &[overlays, images], prepare);
    assert_eq!(
        mounts,
        [
            "/o overlay /static/overlay/4096/merge lowerdir=/low,upperdir=/u,workdir=/w,private",
            "/i overlay /static/overlay/8192/merge lowerdir=/images/i:/static/overlay/8192/lower,private",
        ]
    );
    assert_eq!(
        steps,
        [
            "{do:overlay,source:/low,content:/static/overlay/4096,upper:/u,work:/w,program:[],uid:0,gid:0}",
            "{do:mount_image,image:img,mountpoint:/images/i}",
            "{do:overlay,source:/images/i,content:/static/overlay/8192,upper:,work:,program:[],uid:0,gid:0}",
        ]
    );
    let (mounts, steps, _) = run(&program, &[overlays], prepare);
    assert_eq!(mounts, ["/o bind /static/overlay/4096/merge bind,slave"]);
    let run_it =
        "program:[/p,-o,lowerdir=/low,upperdir=/u,workdir=/w,private,/static/overlay/4096/merge]";
    assert!(steps[0].contains(run_it), "{steps:?}");
}

#[test]
fn what_an_overlay_goes_above_must_be_there() {
    let (.., said) = run(&facts(), &[overlays, images], |cx, draft| {
        draft.container.overlay_volumes.push(cx, Rule::SgVol09, || Overlay {
            dest: Cow::Borrowed("/o"),
            source: Cow::Borrowed("/none"),
            options: Vec::new(),
        });
        // LP-OVL-03: its directories come first.
        draft.container.overlay_volumes.push(cx, Rule::SgVol09, || Overlay {
            dest: Cow::Borrowed("/p"),
            source: Cow::Borrowed("/none"),
            options: texts(&["workdir=/w"]),
        });
        draft.container.image_volumes.push(cx, Rule::SgVol09, || ImageVolumeMount {
            source: Cow::Borrowed("gone"),
            dest: Cow::Borrowed("/i"),
            read_write: true,
        });
    });
    assert_eq!(
        said,
        [
            "mounting overlay failed \"/none\": stat /none: no such file or directory",
            "must specify both upperdir and workdir",
            "creating image volume \"gone\":\"/i\": gone: image not known",
        ]
    );
}

#[test]
fn generated_files_go_where_nothing_stands() {
    // LP-BIND-01
    let prepare = |readonly: bool, shm: &'static str| {
        move |cx: &Cx<'_>, draft: &mut Draft<'_>| {
            draft.spec.root_readonly.set(cx, Rule::OcGiven01, || readonly);
            let own = || Shm { dir: Cow::Borrowed(shm), ..Shm::default() };
            draft.container.shm.set(cx, Rule::SgIpc07, own);
            for (destination, source) in
                [("/etc/hosts", "/r/hosts"), (DEV_SHM, "/s/shm"), ("/etc/hostname", "/r/hostname")]
            {
                draft.bind_mounts.push(cx, Rule::LpBm20, || BindMount {
                    destination: Cow::Borrowed(destination),
                    source: Cow::Borrowed(source),
                });
            }
            for at in ["/etc/hostname", "/etc/hosts/"] {
                draft.spec.mounts.push(cx, Rule::OcDefault01, || mount(at, "x", "x", &[]));
            }
        }
    };
    for (readonly, dir, shm, file) in [
        (false, "/s/shm", "bind,rprivate,nosuid,noexec,nodev", "bind,rprivate"),
        (
            true,
            "/s/shm",
            "bind,rprivate,nosuid,noexec,nodev",
            "bind,rprivate,ro,nosuid,noexec,nodev",
        ),
        (true, "/other", "bind,rprivate", "bind,rprivate,ro,nosuid,noexec,nodev"),
    ] {
        let (mounts, ..) = run(&facts(), &[bind_mounts], prepare(readonly, dir));
        assert_eq!(
            mounts[2..],
            [format!("/dev/shm bind /s/shm {shm}"), format!("/etc/hosts bind /r/hosts {file}")]
        );
    }
}
