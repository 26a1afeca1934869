//! Storage of real containers: overlays that a program mounts, volumes that a driver mounts, mapped ids, an own cgroup that is split.

use crate::outside::{
    again, asked, assert_unchanged, can, done, in_own_namespace, prepare_cgroups,
};
use crate::run::{Place, chain, is_cgroup};
use ocify::linux::{cleanup, gather_with, prepare, run, run_compiled};
use ocify::{Options, compile};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const PROGRAM: &str = "/usr/bin/fuse-overlayfs";
/// At how many moments of a preparation it is killed.
const MOMENTS: u32 = 40;

/// Runs a case with each runtime that is there.
fn each_runtime(case: &str) {
    for runtime in ["crun", "runc"] {
        if can(&["busybox", "unshare", "mount", runtime]) {
            in_own_namespace("storage::inside", case, runtime, 60);
        }
    }
}

#[test]
fn overlays_are_mounted_by_a_program_that_goes_with_them() {
    if can(&[PROGRAM, "mknod"]) {
        each_runtime("program");
    }
}

#[test]
fn a_user_mounts_overlays_by_a_program_in_a_namespace() {
    if can(&[PROGRAM, "mknod", "runuser"]) {
        each_runtime("user");
    }
}

#[test]
fn volumes_are_mounted_as_their_options_say_and_shared() {
    each_runtime("volumes");
}

#[test]
fn ids_of_a_mount_are_mapped_by_the_runtime() {
    each_runtime("idmap");
}

#[test]
fn what_a_killed_process_has_had_mounted_goes_with_clean_up() {
    if can(&[PROGRAM, "mknod"]) {
        each_runtime("killed");
    }
}

#[test]
fn the_own_cgroup_is_split() {
    each_runtime("split");
}

#[test]
fn the_own_cgroup_is_split_where_all_is_v2() {
    if can(&["unshare", "mount", "crun"]) {
        in_own_namespace("storage::inside", "split v2", "crun", 60);
    }
}

#[test]
fn what_others_have_mounted_in_a_containers_directory_is_not_removed() {
    each_runtime("foreign");
}

/// Runs the case that this process was started for, if it was.
#[test]
fn inside() {
    let Some((case, runtime)) = asked() else { return };
    match case.as_str() {
        "rootless" => return rootless(&runtime),
        "prepares" => return prepares(&runtime),
        _ => {}
    }
    // Each hierarchy has to be seen for that.
    let own =
        case.starts_with("split").then(|| InOwn::new(&format!("ocify-{}", std::process::id())));
    prepare_cgroups(&runtime);
    match case.as_str() {
        "program" => program(&runtime),
        "user" => user(&runtime),
        "volumes" => volumes(&runtime),
        "killed" => killed(&runtime),
        "idmap" => idmap(&runtime),
        "split" => split(&runtime),
        "split v2" => split_v2(&runtime),
        "foreign" => foreign(&runtime),
        other => panic!("there is no case {other}"),
    }
    drop(own);
}

/// A device that may be opened by everybody, in this mount namespace alone.
fn prepare_fuse(place: &Place) {
    let node = place.scratch.join("fuse");
    done(Command::new("mknod").args(["-m", "666"]).arg(&node).args(["c", "10", "229"]));
    done(Command::new("mount").arg("--bind").arg(&node).arg("/dev/fuse"));
}

/// Runs a config with a program for overlays in the storage options.
fn run_with(place: &Place, program: &str, text: &str) -> Result<i32, ocify::linux::RunError> {
    let config = place.config(text);
    let mut facts = gather_with(&config, &place.options.gather).unwrap();
    facts.engine.graph_options = Some(vec![format!("overlay.mount_program={program}")]);
    let compiled =
        compile(&config, &facts, &Options { profile: place.options.gather.profile }).unwrap();
    run_compiled(&compiled, &facts, &place.options)
}

/// What still serves an overlay below a directory.
fn served(below: &Path) -> Vec<String> {
    let below = below.to_str().unwrap();
    let lines = fs::read_dir("/proc").unwrap().map(|entry| {
        let line = fs::read(entry.unwrap().path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).replace('\0', " ")
    });
    lines.filter(|line| line.contains("-o lowerdir=") && line.contains(below)).collect()
}

const OVERLAYS: &str = "rootfs_overlay: true\ncommand: [sh, -c, 'cat /home/file >/out/file; touch /home/new /etc/new /new; \
    grep -e \" / \" -e \" /home \" /proc/self/mountinfo >/out/mounts; [ -e /home/stay ] || exit 5']\n";

fn overlays(place: &Place) {
    let source = place.scratch.join("source");
    fs::create_dir(&source).unwrap();
    fs::write(source.join("file"), "lower").unwrap();
    fs::write(source.join("stay"), "").unwrap();
    let text = format!(
        "{OVERLAYS}overlay_volumes: [{{destination: /home, source: {}}}]\n",
        source.display()
    );
    let before = place.listing();
    let code = run_with(place, PROGRAM, &text).unwrap_or_else(|e| panic!("{}", chain(&e)));
    assert_eq!(code, 0);
    assert_eq!(place.said("file"), "lower");
    let mounts = place.said("mounts");
    assert_eq!(mounts.matches("fuse.fuse-overlayfs").count(), 2, "{mounts}");
    assert_eq!(fs::read_dir(&source).unwrap().count(), 2);
    assert_unchanged(&before, &place.listing());
    assert_eq!(served(place.scratch.path()), Vec::<String>::new());

    // A program that fails: its words are told, and nothing is left.
    let failing = place.scratch.join("failing");
    fs::write(&failing, "#!/bin/sh\necho no overlays today >&2\nexit 3\n").unwrap();
    done(Command::new("chmod").arg("755").arg(&failing));
    let failed = chain(&run_with(place, failing.to_str().unwrap(), &text).unwrap_err());
    assert!(failed.contains("no overlays today") && failed.contains("/merge"), "{failed}");
    assert_unchanged(&before, &place.listing());

    // One that mounts under another name, and fails all the same.
    fs::write(&failing, format!("#!/bin/sh\n{PROGRAM} \"$@\"\nexit 3\n")).unwrap();
    run_with(place, failing.to_str().unwrap(), &text).unwrap_err();
    assert_unchanged(&before, &place.listing());
    assert_eq!(served(place.scratch.path()), Vec::<String>::new());
}

fn program(runtime: &str) {
    let place = Place::new(runtime, "program");
    prepare_fuse(&place);
    overlays(&place);
}

/// The same again as a user who is root of a namespace of his own.
fn user(runtime: &str) {
    let passwd = fs::read_to_string("/etc/passwd").unwrap();
    let ranges = fs::read_to_string("/etc/subuid").unwrap_or_default();
    let with_ranges = |line: &&str| {
        let name = line.split(':').next().unwrap();
        name != "root" && ranges.lines().any(|range| range.starts_with(&format!("{name}:")))
    };
    let Some(user) = passwd.lines().find(with_ranges) else {
        can(&["a user with ranges in /etc/subuid"]);
        return;
    };
    let fields: Vec<&str> = user.split(':').collect();
    let (name, uid) = (fields[0], fields[2].parse::<u32>().unwrap());
    let place = Place::new(runtime, "user");
    prepare_fuse(&place);
    for entry in ["", "root", "out"] {
        done(Command::new("chown").args(["-R", name]).arg(place.scratch.join(entry)));
    }
    assert_eq!(place.scratch.path().metadata().unwrap().uid(), uid);
    let inner = again("storage::inside", "rootless", runtime);
    // Programs of the test are where only root may look.
    let exe = place.scratch.join("test");
    fs::copy("/proc/self/exe", &exe).unwrap();
    done(
        Command::new("runuser")
            .args(["-u", name, "--", "unshare", "--map-root-user", "--map-auto", "-m"])
            .arg(&exe)
            .args(inner.get_args())
            .envs(inner.get_envs().filter_map(|(key, value)| Some((key, value?))))
            .env("OCIFY_E2E_AT", place.scratch.path())
            .env("OCIFY_E2E_ID", &place.id)
            .env("XDG_RUNTIME_DIR", place.scratch.path())
            // As Podman has it in a namespace that it made for a user.
            .env("_CONTAINERS_USERNS_CONFIGURED", "done")
            .env("_CONTAINERS_ROOTLESS_UID", uid.to_string()),
    );
}

fn rootless(runtime: &str) {
    overlays(&of_another(runtime));
}

/// The place of the process that started this one, which will remove it.
fn of_another(runtime: &str) -> std::mem::ManuallyDrop<Place> {
    let at = PathBuf::from(std::env::var_os("OCIFY_E2E_AT").unwrap());
    let scratch = crate::outside::Scratch::existing(&at);
    let id = std::env::var("OCIFY_E2E_ID").unwrap();
    std::mem::ManuallyDrop::new(Place::at(scratch, id, runtime))
}

/// Prepares a container with all that is mounted for one, and leaves it.
fn prepares(runtime: &str) {
    let place = of_another(runtime);
    let source = place.scratch.join("source");
    let text = format!(
        "rootfs_overlay: true\nvolumes: ['mem:/data:volume-opt=type=tmpfs,volume-opt=device=tmpfs']\n\
         overlay_volumes: [{{destination: /home, source: {}}}]\ncommand: [sh]",
        source.display()
    );
    let config = place.config(&text);
    let mut facts = gather_with(&config, &place.options.gather).unwrap();
    facts.engine.graph_options = Some(vec![format!("overlay.mount_program={PROGRAM}")]);
    let compiled =
        compile(&config, &facts, &Options { profile: place.options.gather.profile }).unwrap();
    drop(prepare(&compiled, &facts, &place.options).unwrap());
}

fn killed(runtime: &str) {
    let place = Place::new(runtime, "killed-mounts");
    prepare_fuse(&place);
    fs::create_dir(place.scratch.join("source")).unwrap();
    // Once to its end: the volume is made then, and that is how long it takes.
    let start = || {
        again("storage::inside", "prepares", runtime)
            .env("OCIFY_E2E_AT", place.scratch.path())
            .env("OCIFY_E2E_ID", &place.id)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let begin = Instant::now();
    assert!(start().wait().unwrap().success());
    let takes = begin.elapsed();
    assert_eq!(served(place.scratch.path()).len(), 2);
    cleanup(&place.directory()).unwrap();
    let before = place.listing();
    for moment in 0..MOMENTS {
        let mut child = start();
        std::thread::sleep(takes * moment / MOMENTS);
        child.kill().unwrap();
        child.wait().unwrap();
        cleanup(&place.directory()).unwrap();
        cleanup(&place.directory()).unwrap();
        // Directories above that were made before anything could be written down; the lower one may not even have its name yet.
        for beside in fs::read_dir(place.scratch.join("state")).into_iter().flatten() {
            let beside = beside.unwrap().path();
            if beside.file_name().unwrap().to_string_lossy().starts_with(".ocify.") {
                fs::remove_dir(beside).unwrap();
            }
        }
        for dir in ["state/ocify", "state"] {
            fs::remove_dir(place.scratch.join(dir)).unwrap_or(());
        }
        assert_unchanged(&before, &place.listing());
        assert_eq!(served(place.scratch.path()), Vec::<String>::new(), "{moment}");
    }
}

fn volumes(runtime: &str) {
    let place = Place::new(runtime, "volumes");
    let device = place.scratch.join("device");
    fs::create_dir(&device).unwrap();
    fs::write(device.join("kept"), "there").unwrap();
    let mounted = |path: &Path| {
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        mounts.lines().filter(|line| line.contains(&format!(" {} ", path.display()))).count()
    };
    let mem = "'mem:/data:volume-opt=type=tmpfs,volume-opt=device=tmpfs,volume-opt=o=size=1m'";
    let text = format!(
        "volumes: [{mem}]\ncommand: [sh, -c, 'grep \" /data \" /proc/self/mountinfo >/out/mounts; ls /data >/out/data; touch /data/new']"
    );
    let config = place.config(&text);
    let code = run(&config, &place.options).unwrap_or_else(|e| panic!("{}", chain(&e)));
    assert_eq!(code, 0);
    let mounts = place.said("mounts");
    assert!(mounts.contains("tmpfs") && mounts.contains("size=1024k"), "{mounts}");
    // The image's content was copied into what is mounted, and went with it.
    assert_eq!(place.said("data").trim(), "from_image");
    let data = place.scratch.join("volumes/mem/_data");
    assert_eq!((mounted(&data), fs::read_dir(&data).unwrap().count()), (0, 0));
    assert!(place.scratch.join("volumes/mem/volume.json").exists());
    assert!(!place.scratch.join("volumes/mem/users.json").exists());
    assert!(!place.scratch.join("state").exists());

    // The options are known without being given again; two containers share one mount, and the last one unmounts.
    let config = place.config("volumes: ['mem:/data']\ncommand: [sh, -c, 'touch /data/$HOSTNAME']");
    let mut containers = Vec::new();
    for digit in ["a", "b"] {
        let mut options = place.options.clone();
        options.gather.id = Some(digit.repeat(64));
        let facts = gather_with(&config, &options.gather).unwrap();
        let compiled =
            compile(&config, &facts, &Options { profile: options.gather.profile }).unwrap();
        containers.push(prepare(&compiled, &facts, &options).unwrap());
        assert_eq!(mounted(&data), 1);
    }
    let directories: Vec<PathBuf> =
        containers.iter().map(|applied| applied.directory().to_owned()).collect();
    // As good as killed: what they have done is only known by what is written down.
    drop(containers);
    cleanup(&directories[0]).unwrap();
    assert_eq!(mounted(&data), 1);
    cleanup(&directories[0]).unwrap();
    assert_eq!(mounted(&data), 1);
    // One whose directory is gone without clean-up counts for nothing.
    let users = place.scratch.join("volumes/mem/users.json");
    let text = fs::read_to_string(&users).unwrap().replace('[', "[\"/gone/before\",");
    fs::write(&users, text).unwrap();
    cleanup(&directories[1]).unwrap();
    assert_eq!(mounted(&data), 0);
    assert!(!users.exists());

    // Four at once, with a volume that none of them has seen yet: it is made, mounted and filled once.
    let config = place.config(&format!("volumes: [{}]\ncommand: [a]", mem.replace("mem:", "new:")));
    let data = place.scratch.join("volumes/new/_data");
    std::thread::scope(|scope| {
        for digit in ["1", "2", "3", "4"] {
            let (config, place) = (&config, &place);
            scope.spawn(move || {
                let mut options = place.options.clone();
                options.gather.id = Some(digit.repeat(64));
                let facts = gather_with(config, &options.gather).unwrap();
                let of = Options { profile: options.gather.profile };
                let compiled = compile(config, &facts, &of).unwrap();
                let prepared = prepare(&compiled, &facts, &options);
                drop(prepared.unwrap_or_else(|error| panic!("{}", chain(&error))));
            });
        }
    });
    assert_eq!(mounted(&data), 1);
    assert!(data.join("from_image").exists());
    for digit in ["3", "1", "4", "2"] {
        assert_eq!(mounted(&data), 1);
        cleanup(&place.scratch.join("state/ocify").join(digit.repeat(64))).unwrap();
    }
    assert_eq!(mounted(&data), 0);

    // A directory is bound; it is kept, also with the volume that goes with its container, and with a container that fails.
    let bound = format!("volume-opt=type=bind,volume-opt=device={}", device.display());
    for (volume, code) in
        [(format!("'dir:/scratch:{bound}'"), 0), (format!("'dir2:/scratch:{bound},nocopy'"), 3)]
    {
        let text = format!(
            "volumes: [{volume}]\ncommand: [sh, -c, 'cat /scratch/kept >/out/kept; exit {code}']"
        );
        let ended = run(&place.config(&text), &place.options);
        assert_eq!(ended.unwrap_or_else(|e| panic!("{}", chain(&e))), code);
        assert_eq!(place.said("kept"), "there");
        assert_eq!(fs::read_to_string(device.join("kept")).unwrap(), "there");
    }
    let options = bound.replace(',', "', '");
    let config = place.config(&format!(
        "volumes: [{{Dest: /scratch, Options: ['{options}']}}]\ncommand: [sh, -c, 'ls /scratch >/out/unnamed']"
    ));
    let ended = run(&config, &place.options);
    assert_eq!(ended.unwrap_or_else(|e| panic!("{}", chain(&e))), 0);
    assert_eq!(place.said("unnamed").trim(), "kept");
    assert_eq!(fs::read_to_string(device.join("kept")).unwrap(), "there");
    let mut left: Vec<_> = fs::read_dir(place.scratch.join("volumes"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["dir", "dir2", "mem", "new"]);

    // What mount(8) says is told; a quota is refused before anything is done.
    for (options, part) in [
        ("volume-opt=type=tmpfs,volume-opt=device=none,volume-opt=o=nosuchoption", "mount: "),
        ("volume-opt=o=ro", "neither a type nor a device"),
        ("volume-opt=SIZE=1g,volume-opt=type=tmpfs", "no quota"),
    ] {
        let text = format!("volumes: ['bad{}:/scratch:{options}']\ncommand: [a]", part.len());
        let failed = chain(&run(&place.config(&text), &place.options).unwrap_err());
        assert!(failed.contains(part), "{failed}");
    }
    // The directory of all containers is made by the first of several, and only its clean-up would remove it.
    let left = fs::read_dir(place.scratch.join("state/ocify")).map(Iterator::count);
    assert!(left.is_err() || left.is_ok_and(|count| count == 0));
    assert_eq!(mounted(&device), 0);
}

/// The mount's files have the ids that they have on disk, and not those that nobody has: crun maps them. runc takes no notice of the option.
fn idmap(runtime: &str) {
    let place = Place::new(runtime, "idmap");
    done(Command::new("chown").args(["-R", "100000:100000"]).arg(place.scratch.join("root")));
    let source = place.scratch.join("source");
    fs::create_dir(&source).unwrap();
    for (name, uid, gid) in [("root", 0, 0), ("ann", 1000, 1001)] {
        fs::write(source.join(name), "").unwrap();
        chown(source.join(name), Some(uid), Some(gid)).unwrap();
    }
    let text = format!(
        "userns: private\nidmappings: {{UIDMap: ['0:100000:65536'], GIDMap: ['0:100000:65536']}}\n\
         mounts: ['type=bind,src={},dst=/out', 'type=bind,src={},dst=/data,idmap']\n\
         command: [sh, -c, 'stat -c %u:%g /data/root /data/ann >/out/ids; touch /data/new; true']",
        place.out().display(),
        source.display()
    );
    let text = format!("rootfs: {}\nnetns: none\n{text}", place.scratch.join("root").display());
    let mut config = ocify::parse(&text).unwrap();
    config.r_limits = place.config("command: [a]").r_limits;
    let ended = run(&config, &place.options);
    assert_eq!(ended.unwrap_or_else(|e| panic!("{}", chain(&e))), 0);
    let ids = place.said("ids");
    if runtime == "crun" {
        assert_eq!(ids, "0:0\n1000:1001\n");
        let new = source.join("new").metadata().unwrap();
        assert_eq!((new.uid(), new.gid()), (0, 0));
    } else {
        assert_eq!(ids, "65534:65534\n65534:65534\n");
    }
}

/// The cgroups of this process in each hierarchy where it is not at the root, as directories.
fn own_cgroups() -> Vec<(String, PathBuf)> {
    let text = fs::read_to_string("/proc/self/cgroup").unwrap();
    let own = text.lines().filter_map(|line| {
        let (controllers, path) = line.split_once(':').unwrap().1.split_once(':').unwrap();
        let name = match controllers.strip_prefix("name=").unwrap_or(controllers) {
            "" if Path::new("/sys/fs/cgroup/unified").is_dir() => "unified",
            name => name,
        };
        let at = Path::new("/sys/fs/cgroup").join(name);
        is_cgroup(&at).then(|| (path.to_owned(), at))
    });
    own.collect()
}

/// This process is in cgroups of its own meanwhile, in each hierarchy.
struct InOwn(Vec<(PathBuf, PathBuf)>);

impl InOwn {
    fn new(name: &str) -> Self {
        let own = own_cgroups().into_iter().map(|(path, at)| {
            let before = at.join(path.trim_start_matches('/'));
            let own = before.join(name);
            fs::create_dir(&own).unwrap();
            for seed in ["cpuset.cpus", "cpuset.mems"] {
                if own.join(seed).exists() && at.ends_with("cpuset") {
                    fs::write(own.join(seed), fs::read_to_string(before.join(seed)).unwrap())
                        .unwrap();
                }
            }
            fs::write(own.join("cgroup.procs"), "0").unwrap();
            (before, own)
        });
        InOwn(own.collect())
    }
}

impl Drop for InOwn {
    fn drop(&mut self) {
        let unified = Path::new("/sys/fs/cgroup/unified");
        if unified.is_dir() && !is_cgroup(unified) {
            done(Command::new("umount").arg(unified));
        }
        for (before, own) in &self.0 {
            fs::write(before.join("cgroup.procs"), "0").unwrap_or(());
            for dir in [own.join("runtime"), own.clone()] {
                fs::remove_dir(dir).unwrap_or(());
            }
        }
        // The runtime takes the path of one hierarchy for that in all, and makes what is missing above the container's.
        let name = self.0.iter().find_map(|(_, own)| own.file_name()).unwrap();
        for hierarchy in fs::read_dir("/sys/fs/cgroup").unwrap() {
            fs::remove_dir(hierarchy.unwrap().path().join(name)).unwrap_or(());
        }
        assert!(std::thread::panicking() || self.0.iter().all(|(_, own)| !own.exists()));
    }
}

fn split(runtime: &str) {
    let place = Place::new(runtime, "split");
    let before = place.listing();
    let of_own = own_cgroups();
    assert!(!of_own.is_empty());
    let text = "cgroups_mode: split\ncommand: [sh, -c, 'cat /proc/1/cgroup >/out/cgroup']";
    let ended = run(&place.config(text), &place.options);
    assert_eq!(ended.unwrap_or_else(|e| panic!("{}", chain(&e))), 0);
    for ((was, at), (is, _)) in of_own.iter().zip(own_cgroups()) {
        // A new cpuset has no CPUs, and takes nobody.
        if at.ends_with("cpuset") {
            continue;
        }
        assert_eq!(is, format!("{was}/runtime"), "{}", at.display());
        // The container was beside, and is gone.
        let left: Vec<_> = fs::read_dir(at.join(was.trim_start_matches('/')))
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name())
            .collect();
        assert_eq!(left, ["runtime"]);
    }
    let inside = place.said("cgroup");
    assert!(inside.contains(&format!("/libpod-payload-{}", place.id)), "{inside}");
    assert_unchanged(&before, &place.listing());
}

/// Prepared only: with v2 alone, limits need controllers that a hybrid host has elsewhere.
fn split_v2(runtime: &str) {
    let place = Place::new(runtime, "split-v2");
    let root = Path::new("/sys/fs/cgroup");
    done(Command::new("mount").args(["-t", "cgroup2", "none"]).arg(root));
    let own = || {
        let text = fs::read_to_string("/proc/self/cgroup").unwrap();
        text.lines().find_map(|line| line.strip_prefix("0::")).unwrap().to_owned()
    };
    let others = || {
        let text = fs::read_to_string("/proc/self/cgroup").unwrap();
        text.lines().filter(|line| !line.starts_with("0::")).map(str::to_owned).collect::<Vec<_>>()
    };
    let (before, of_others) = (own(), others());
    assert_ne!(before, "/");
    let config = place.config("cgroups_mode: split\ncommand: [sh]");
    let facts = gather_with(&config, &place.options.gather).unwrap();
    assert_eq!(facts.host.cgroup_unified, Some(ocify::facts::Answer::Is(true)));
    let compiled =
        compile(&config, &facts, &Options { profile: place.options.gather.profile }).unwrap();
    let prepared = prepare(&compiled, &facts, &place.options);
    let prepared = prepared.unwrap_or_else(|error| panic!("{}", chain(&error)));
    assert_eq!(own(), format!("{before}/runtime"));
    let at = root.join(before.trim_start_matches('/'));
    assert_eq!(fs::read_to_string(at.join("cgroup.procs")).unwrap(), "");
    // What cannot be seen here is left where it is.
    assert_eq!(others(), of_others);
    prepared.undo().unwrap();
    done(Command::new("umount").arg(root));
}

/// A directory of the same file system that is mounted somewhere below: clean-up says so, and goes on when it is gone.
fn foreign(runtime: &str) {
    let place = Place::new(runtime, "foreign");
    let device = place.scratch.join("device");
    fs::create_dir(&device).unwrap();
    fs::write(device.join("kept"), "there").unwrap();
    let config = place.config("command: [sh]");
    let facts = gather_with(&config, &place.options.gather).unwrap();
    let compiled =
        compile(&config, &facts, &Options { profile: place.options.gather.profile }).unwrap();
    drop(prepare(&compiled, &facts, &place.options).unwrap());
    let userdata = place.directory().join("userdata");
    for at in [userdata.join("below"), userdata] {
        fs::create_dir_all(&at).unwrap();
        done(Command::new("mount").arg("--bind").arg(&device).arg(&at));
        let left = cleanup(&place.directory()).unwrap_err().to_string();
        assert!(left.contains(at.to_str().unwrap()), "{left}");
        assert_eq!(fs::read_to_string(device.join("kept")).unwrap(), "there");
        done(Command::new("umount").arg(&at));
    }
    cleanup(&place.directory()).unwrap();
    assert_eq!(fs::read_to_string(device.join("kept")).unwrap(), "there");
    assert!(!place.directory().exists());
}
