//! Root filesystems that are made to do harm: whatever they hold, nothing outside of them is changed or read, nothing hangs, and nothing is left.

use crate::outside::{asked, busybox, can, done, in_own_namespace, prepare_cgroups};
use crate::run::{Place, chain};
use ocify::linux::{cleanup, gather_with, prepare, run};
use ocify::{Options, Profile, compile};
use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What a single run may take.
const LONGEST: Duration = Duration::from_secs(10);

/// Runs a case with each runtime that is there.
fn each_runtime(case: &str, seconds: u64) {
    for runtime in ["crun", "runc"] {
        if can(&["busybox", "unshare", "mount", runtime]) {
            in_own_namespace("hostile::inside", case, runtime, seconds);
        }
    }
}

#[test]
fn files_of_users_are_no_trap() {
    each_runtime("users", 120);
}

#[test]
fn links_lead_nowhere_outside() {
    each_runtime("links", 120);
}

#[test]
fn what_is_swapped_for_a_link_meanwhile_leads_nowhere_outside() {
    each_runtime("swapped", 120);
}

/// Runs the case that this process was started for, if it was.
#[test]
fn inside() {
    let Some((case, runtime)) = asked() else { return };
    prepare_cgroups(&runtime);
    match case.as_str() {
        "users" => users(&runtime),
        "links" => links(&runtime),
        "swapped" => swapped(&runtime),
        other => panic!("there is no case {other}"),
    }
}

/// A tree outside of the root that looks like what a trap would want to have changed or read.
struct Canary {
    at: PathBuf,
    before: Vec<String>,
}

impl Canary {
    fn new(place: &Place) -> Self {
        let at = place.scratch.join("outside");
        for dir in ["etc", "tmp", "run/secrets", "data", "job", "dev", "proc", "shm"] {
            fs::create_dir_all(at.join(dir)).unwrap();
        }
        for file in ["passwd", "group", "hosts", "etc/passwd", "etc/group", "etc/hosts", "data/x"] {
            fs::write(at.join(file), "canary:x:4711:4711:canary:/:/bin/sh\n").unwrap();
        }
        let mut canary = Canary { at, before: Vec::new() };
        // Reading is seen by the time of last access, where the file system keeps it: it has to lie before the last change.
        for path in canary.paths() {
            done(Command::new("touch").args(["-a", "-d", "2001-01-01"]).arg(path));
        }
        canary.before = canary.listing();
        canary
    }

    fn paths(&self) -> Vec<PathBuf> {
        let output = Command::new("find").arg(&self.at).output().unwrap();
        String::from_utf8(output.stdout).unwrap().lines().map(PathBuf::from).collect()
    }

    /// Files are looked at before directories, whose own listing is a reading of them.
    fn listing(&self) -> Vec<String> {
        let mut found: Vec<String> = self
            .paths()
            .iter()
            .map(|path| {
                let meta = path.symlink_metadata().unwrap();
                let read = if meta.is_dir() { 0 } else { meta.atime() };
                let times =
                    (meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec(), read);
                let (mode, uid, gid) = (meta.mode(), meta.uid(), meta.gid());
                format!("{} {mode:o} {uid}:{gid} {} {times:?}", path.display(), meta.len())
            })
            .collect();
        found.sort();
        found
    }

    fn is_harmed(&self) -> bool {
        self.listing() != self.before
    }

    fn unharmed(&self, what: &str) {
        let now = self.listing();
        assert!(now == self.before, "{what}: {:#?}\n{now:#?}", self.before);
    }
}

/// What is done to a root; given that and the canary.
type Spoil = Box<dyn Fn(&Path, &Path)>;

/// A case: what is done to the root, and what has to come of it.
struct Case<'c> {
    name: &'c str,
    /// Given the root and the canary.
    spoil: &'c dyn Fn(&Path, &Path),
    /// More of the config.
    text: &'c str,
}

/// Nothing is there any more of what stands at a path.
fn remove(path: &Path) {
    match path.symlink_metadata() {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path).unwrap(),
        Ok(_) => fs::remove_file(path).unwrap(),
        Err(_) => {}
    }
}

fn link(target: impl AsRef<Path>, at: &Path) {
    remove(at);
    symlink(target, at).unwrap();
}

/// Runs every case on a root of its own; what it says is a code or an error, and the time is short.
fn try_all(runtime: &str, name: &str, cases: &[Case<'_>]) {
    let place = Place::new(runtime, name);
    let mut harmed = Vec::new();
    let root = place.scratch.join("root");
    for case in cases {
        let canary = Canary::new(&place);
        remove(&root);
        fs::create_dir(&root).unwrap();
        busybox(&root);
        (case.spoil)(&root, &canary.at);
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let begin = Instant::now();
        let text =
            format!("command: [true]\n{}", case.text.replace("OUT", canary.at.to_str().unwrap()));
        let ended = run(&place.config(&text), &place.options);
        let took = begin.elapsed();
        let said = match &ended {
            Ok(code) => code.to_string(),
            Err(error) => chain(error),
        };
        // All of them are told, not the first alone.
        if canary.is_harmed() {
            harmed.push(format!("{} ({said})", case.name));
        }
        fs::remove_dir_all(&canary.at).unwrap();
        assert!(took < LONGEST, "{} takes {took:?}", case.name);
        assert!(!said.is_empty());
        // An error of ours, if it is one, says which step; none is left of the container.
        assert!(!place.scratch.join("state").exists(), "{}: {said}", case.name);
        assert_eq!(fs::read_to_string("/proc/self/mountinfo").unwrap(), mounts, "{}", case.name);
        assert_eq!(place.cgroups(), Vec::<PathBuf>::new(), "{}", case.name);
        // What a named volume took from the root is nothing from outside.
        let volume = place.scratch.join("volumes/v/_data");
        if volume.is_dir() {
            let files = fs::read_dir(&volume).unwrap().map(|entry| entry.unwrap().path());
            for file in files.filter(|file| file.is_file()) {
                assert!(!fs::read_to_string(&file).unwrap().contains("canary"), "{}", case.name);
            }
            fs::remove_dir_all(place.scratch.join("volumes")).unwrap();
        }
    }
    assert!(
        harmed.is_empty(),
        "{runtime} {name}: what is outside was changed or read by {harmed:?}"
    );
}

fn users(runtime: &str) {
    let fifo = |path: &Path| {
        remove(path);
        done(Command::new("mkfifo").arg(path));
        assert!(path.symlink_metadata().unwrap().file_type().is_fifo());
    };
    let device = |path: &Path| {
        remove(path);
        done(Command::new("mknod").arg(path).args(["c", "1", "5"]));
    };
    let large = |path: &Path| {
        let file = fs::File::create(path).unwrap();
        file.set_len(1 << 30).unwrap();
    };
    let both = |spoil: &dyn Fn(&Path), root: &Path| {
        spoil(&root.join("etc/passwd"));
        spoil(&root.join("etc/group"));
    };
    let directory = |path: &Path| {
        remove(path);
        fs::create_dir(path).unwrap();
    };
    let unreadable = |path: &Path| fs::write(path, [0xff, 0, 0xfe, b'\n', b':', b':']).unwrap();
    for (suffix, text) in [
        ("", "user: ann"),
        ("ids", "user: '1234:5678'\nread_only_filesystem: false"),
        ("groups", "user: '0'\ngroups: [audio]"),
        ("keep", "user: '4242'\nrootfs_overlay: true"),
    ] {
        let cases = [
            Case { name: "fifo", spoil: &|root, _| both(&fifo, root), text },
            Case { name: "device", spoil: &|root, _| both(&device, root), text },
            Case { name: "large", spoil: &|root, _| both(&large, root), text },
            Case { name: "directory", spoil: &|root, _| both(&directory, root), text },
            Case { name: "bytes", spoil: &|root, _| both(&unreadable, root), text },
            Case {
                name: "out",
                spoil: &|root, out| {
                    link(out.join("passwd"), &root.join("etc/passwd"));
                    link("../../outside/group", &root.join("etc/group"));
                },
                text,
            },
            Case {
                name: "loop",
                spoil: &|root, _| {
                    link("passwd", &root.join("etc/passwd"));
                    link("/etc/passwd", &root.join("etc/group"));
                },
                text,
            },
            Case {
                name: "etc out",
                spoil: &|root, out| link(out.join("etc"), &root.join("etc")),
                text,
            },
            Case {
                name: "etc up",
                spoil: &|root, _| link("../outside/etc", &root.join("etc")),
                text,
            },
            Case {
                name: "magic",
                spoil: &|root, _| {
                    link("/proc/self/root/etc/passwd", &root.join("etc/passwd"));
                    link("/proc/self/fd/0", &root.join("etc/group"));
                },
                text,
            },
        ];
        try_all(runtime, &format!("users{suffix}"), &cases);
    }
}

/// Ways out of the root to one directory of the canary, each with its name.
fn ways(root: &Path, out: &Path, name: &str, way: &str) {
    let at = root.join(name);
    let inside = name.trim_start_matches('/');
    let up = "../".repeat(inside.split('/').count());
    match way {
        "absolute" => link(out.join(inside), &at),
        "relative" => link(format!("{up}outside/{inside}"), &at),
        "chain" => {
            link(out.join(inside), &root.join("home/last"));
            link("/home/last", &root.join("home/middle"));
            link("/home/middle", &at);
        }
        "loop" => {
            link(format!("/{inside}"), &root.join("home/loop"));
            link("/home/loop", &at);
        }
        "deep" => link(format!("{}{}", "../".repeat(40), out.join(inside).display()), &at),
        other => panic!("{other}"),
    }
}

fn links(runtime: &str) {
    const ALL: [&str; 10] =
        ["etc", "tmp", "run", "run/secrets", "data", "job", "dev", "proc", "sys", "etc/mtab"];
    let text = "work_dir: /job\nvolumes: ['v:/data', '/scratch']\nhostname: box\nsystemd: false\ncreate_working_dir: true";
    for way in ["absolute", "relative", "chain", "loop", "deep"] {
        let mut spoils: Vec<(String, Spoil)> = Vec::new();
        for name in ALL {
            spoils.push((
                format!("{name} {way}"),
                Box::new(move |root, out| ways(root, out, name, way)),
            ));
        }
        let cases: Vec<Case<'_>> =
            spoils.iter().map(|(name, spoil)| Case { name, spoil, text }).collect();
        try_all(runtime, &format!("links-{way}"), &cases);
    }
    let deep = "work_dir: /job/a/b/c\ncreate_working_dir: true";
    let cases = [
        Case {
            name: "mtab a directory",
            spoil: &|root, _| {
                remove(&root.join("etc/mtab"));
                fs::create_dir(root.join("etc/mtab")).unwrap();
            },
            text,
        },
        Case {
            name: "etc a file",
            spoil: &|root, _| {
                remove(&root.join("etc"));
                fs::write(root.join("etc"), "").unwrap();
            },
            text,
        },
        Case {
            name: "workdir through a link",
            spoil: &|root, out| link(out.join("job"), &root.join("job")),
            text: deep,
        },
        Case {
            name: "workdir through a link up",
            spoil: &|root, _| link("../outside/job", &root.join("job")),
            text: deep,
        },
        Case {
            name: "workdir through a link further down",
            spoil: &|root, out| {
                fs::create_dir_all(root.join("job/a")).unwrap();
                link(out.join("job"), &root.join("job/a/b"));
            },
            text: deep,
        },
        Case {
            name: "volume of an image's link",
            spoil: &|root, out| {
                fs::create_dir_all(root.join("data/sub")).unwrap();
                link(out.join("data/x"), &root.join("data/x"));
                link(out.join("data"), &root.join("data/sub/all"));
            },
            text,
        },
        Case {
            name: "volume's place a file",
            spoil: &|root, _| {
                remove(&root.join("data"));
                fs::write(root.join("data"), "").unwrap();
            },
            text,
        },
        Case {
            name: "systemd",
            spoil: &|root, out| {
                for name in ["run", "tmp"] {
                    link(out.join(name), &root.join(name));
                }
            },
            text: "systemd: always",
        },
        Case {
            name: "hosts and resolv.conf",
            spoil: &|root, out| {
                link(out.join("hosts"), &root.join("etc/hosts"));
                link(out.join("hosts"), &root.join("etc/resolv.conf"));
                link("../../outside/hosts", &root.join("etc/hostname"));
            },
            text: "use_image_hosts: false",
        },
        Case {
            name: "image's own hosts",
            spoil: &|root, out| link(out.join("hosts"), &root.join("etc/hosts")),
            text: "use_image_hosts: true",
        },
        Case {
            name: "U on a place that is a link",
            spoil: &|root, out| link(out.join("data"), &root.join("data")),
            text: "user: '1000'\nvolumes: ['v:/data:U']",
        },
    ];
    try_all(runtime, "links-more", &cases);
    // A secret's place, with the secret.
    for way in ["absolute", "relative", "chain"] {
        let mut place = Place::new(runtime, &format!("secret-{way}"));
        let canary = Canary::new(&place);
        ways(&place.scratch.join("root"), &canary.at, "run/secrets", way);
        fs::create_dir(place.scratch.join("secrets")).unwrap();
        fs::write(place.scratch.join("secrets/word"), "hush").unwrap();
        place.options.gather.secret_dir = Some(place.scratch.join("secrets"));
        let config = place.config("command: [true]\nsecrets: [{Source: word}]");
        let said = run(&config, &place.options).map_err(|error| chain(&error));
        canary.unharmed(&format!("secret {way}: {said:?}"));
        assert!(!place.scratch.join("state").exists());
    }
    // The root itself: a link to one is one for crun, and runc says that it is none.
    let place = Place::new(runtime, "root-link");
    let canary = Canary::new(&place);
    let root = place.scratch.join("root");
    fs::rename(&root, place.scratch.join("real")).unwrap();
    symlink("real", &root).unwrap();
    let said = run(&place.config("command: [true]"), &place.options).map_err(|e| chain(&e));
    canary.unharmed(&format!("root a link: {said:?}"));
    assert!(!place.scratch.join("state").exists());
}

/// Another process renames a directory of the root and a link out of it to and fro while containers are prepared.
fn swapped(runtime: &str) {
    const ROUNDS: usize = 70;
    let place = Place::new(runtime, "swapped");
    let canary = Canary::new(&place);
    let root = place.scratch.join("root");
    let text = "user: '4242'\nvolumes: ['v:/data']\nwork_dir: /job/a/b\ncreate_working_dir: true\nhostname: box\ncommand: [true]";
    for name in ["etc", "data", "job"] {
        symlink(canary.at.join(name), root.join(format!("{name}.link"))).unwrap();
        let (stop, at, other) =
            (AtomicBool::new(false), root.join(name), root.join(format!("{name}.link")));
        let (mut good, mut bad) = (0, 0);
        std::thread::scope(|scope| {
            let swapper = scope.spawn(|| {
                let (mut swaps, exchange) = (0_u64, rustix::fs::RenameFlags::EXCHANGE);
                while !stop.load(Ordering::Relaxed) {
                    let cwd = rustix::fs::CWD;
                    rustix::fs::renameat_with(cwd, &at, cwd, &other, exchange).unwrap();
                    swaps += 1;
                }
                swaps
            });
            for round in 0..ROUNDS {
                let begin = Instant::now();
                let config = place.config(text);
                let mut options = place.options.clone();
                options.gather.id = Some(format!("{:032x}{round:032x}", std::process::id()));
                let prepared = gather_with(&config, &options.gather)
                    .map_err(|error| chain(&error))
                    .and_then(|facts| {
                        let options_of = Options { profile: Profile::default() };
                        let compiled = compile(&config, &facts, &options_of)
                            .map_err(|refused| refused.to_string())?;
                        prepare(&compiled, &facts, &options).map_err(|error| chain(&error))
                    });
                match prepared {
                    Ok(applied) => {
                        let directory = applied.directory().to_owned();
                        drop(applied);
                        cleanup(&directory).unwrap();
                        good += 1;
                    }
                    Err(said) => {
                        assert!(!said.is_empty());
                        bad += 1;
                    }
                }
                assert!(begin.elapsed() < LONGEST);
                // The volume is new each time.
                fs::remove_dir_all(place.scratch.join("volumes")).unwrap_or(());
            }
            stop.store(true, Ordering::Relaxed);
            let swaps = swapper.join().unwrap();
            assert!(swaps > 1000, "{name}: {good} prepared, {bad} refused, {swaps} swaps");
        });
        canary.unharmed(name);
        if at.symlink_metadata().unwrap().is_symlink() {
            fs::rename(&other, place.scratch.join("kept")).unwrap();
            remove(&at);
            fs::rename(place.scratch.join("kept"), &at).unwrap();
        } else {
            remove(&other);
        }
    }
    assert!(!place.scratch.join("state").exists());
    let mode = root.join("etc").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
}
