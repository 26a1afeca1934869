//! A normal user of this machine for one test, with an entry in the user database, ranges of ids and devices that only its mount namespace has.

use crate::outside::{Scratch, busybox, done, listing};
use rustix::fs::{FileType, Mode};
use rustix::process::{WaitOptions, set_child_subreaper, wait};
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, lchown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How many ids are set aside for the user.
const RANGE: u32 = 65536;

/// The user, with a root filesystem, a home, a run-time directory.
pub(crate) struct User {
    scratch: Scratch,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// The first id that is set aside.
    pub(crate) first: u32,
    runtime: String,
    cgroup: Option<Cgroup>,
}

impl User {
    /// In a mount namespace of one's own only.
    pub(crate) fn new(runtime: &str) -> Self {
        // Tests run side by side, and what a user still has running shows by its ids: so each has its own.
        let pid = std::process::id();
        let scratch = Scratch::new("u");
        done(
            Command::new("mount")
                .args(["-t", "tmpfs", "-o", "mode=755", "world"])
                .arg(scratch.path()),
        );
        let user = User {
            scratch,
            uid: 60_000 + pid,
            gid: 5_000_000 + pid,
            first: 1_000_000_000 + pid % 30_000 * RANGE,
            runtime: runtime.to_owned(),
            cgroup: None,
        };
        let (uid, gid) = (user.uid, user.gid);
        user.covers("/etc/passwd", &format!("ann:x:{uid}:{gid}:Ann:/home/ann:/bin/sh\n"));
        user.covers("/etc/group", &format!("ann:x:{gid}:\n"));
        user.set_aside(&user.ranges());
        for (device, minor) in [("/dev/net/tun", 200), ("/dev/fuse", 229)] {
            if Path::new(device).exists() {
                let node = user.at(&format!("{minor}"));
                let mode = Mode::from_raw_mode(0o666);
                rustix::fs::mknodat(
                    rustix::fs::CWD,
                    &node,
                    FileType::CharacterDevice,
                    mode,
                    rustix::fs::makedev(10, minor),
                )
                .unwrap();
                fs::set_permissions(&node, fs::Permissions::from_mode(0o666)).unwrap();
                done(Command::new("mount").arg("--bind").arg(&node).arg(device));
            }
        }
        fs::write(user.at("ocify"), "").unwrap();
        done(
            Command::new("mount")
                .args(["--bind", env!("CARGO_BIN_EXE_ocify")])
                .arg(user.at("ocify")),
        );
        // A socket's path has at most 107 bytes: names are short.
        for (name, mode) in [("r", 0o700), ("h", 0o700), ("root", 0o755), ("out", 0o777)] {
            fs::create_dir(user.at(name)).unwrap();
            fs::set_permissions(user.at(name), fs::Permissions::from_mode(mode)).unwrap();
            chown(user.at(name), Some(uid), Some(gid)).unwrap();
        }
        busybox(&user.at("root"));
        own(&user.at("root"), uid, gid);
        // Whose maker has ended comes here, so that nothing is left of it: not every init takes care of others' children.
        set_child_subreaper(Some(rustix::process::getpid())).unwrap();
        user
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.scratch.join(name)
    }

    /// Where the user's containers are.
    pub(crate) fn base(&self) -> PathBuf {
        self.at("r/ocify")
    }

    /// Puts a file with other lines of the user's over one of the host's, here alone.
    pub(crate) fn covers(&self, file: &str, lines: &str) {
        let copy = self.at(file.rsplit('/').next().unwrap());
        let text = fs::read_to_string(file).unwrap();
        let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with("ann:")).collect();
        let is_there = copy.exists();
        fs::write(&copy, kept.join("\n") + "\n" + lines).unwrap();
        if !is_there {
            done(Command::new("mount").arg("--bind").arg(&copy).arg(file));
        }
    }

    /// What is set aside for the user at first.
    pub(crate) fn ranges(&self) -> String {
        format!("ann:{}:{RANGE}\n", self.first)
    }

    /// Sets ids aside for the user.
    pub(crate) fn set_aside(&self, ranges: &str) {
        for file in ["/etc/subuid", "/etc/subgid"] {
            self.covers(file, ranges);
        }
    }

    /// A program as the user.
    pub(crate) fn program(&self, program: &str) -> Command {
        let mut command = Command::new("setpriv");
        let path = std::env::var("PATH").unwrap();
        command
            .args([
                "--reuid",
                &self.uid.to_string(),
                "--regid",
                &self.gid.to_string(),
                "--clear-groups",
                "env",
                "-i",
            ])
            .arg(format!("PATH={path}:/usr/sbin:/sbin"))
            .arg(format!("HOME={}", self.at("h").display()))
            .arg(format!("XDG_RUNTIME_DIR={}", self.at("r").display()))
            .arg(program)
            .current_dir(self.at("h"))
            .stdin(Stdio::null());
        command
    }

    /// The program under test as the user.
    pub(crate) fn ocify(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(self.at("ocify").to_str().unwrap());
        command.args(arguments);
        command
    }

    /// A config on the user's root, as a file. `out` is bound into the container at /out.
    pub(crate) fn config(&self, text: &str) -> String {
        let root = if text.contains("rootfs:") {
            String::new()
        } else {
            format!("rootfs: {}\n", self.at("root").display())
        };
        let netns = if text.contains("netns:") { "" } else { "netns: none\n" };
        let file = self.at("h/c.yaml");
        fs::write(
            &file,
            format!(
                "{root}{netns}mounts: ['type=bind,src={},dst=/out']\n{text}",
                self.at("out").display()
            ),
        )
        .unwrap();
        file.to_str().unwrap().to_owned()
    }

    /// Runs a container of a config; its end and what was said.
    pub(crate) fn run(&self, text: &str) -> (i32, String) {
        let volumes = self.at("h/v");
        self.ended(&[
            "run",
            "--runtime",
            &self.runtime,
            "--volume-dir",
            volumes.to_str().unwrap(),
            &self.config(text),
        ])
    }

    /// Runs the program under test to its end.
    pub(crate) fn ended(&self, arguments: &[&str]) -> (i32, String) {
        finish(self.ocify(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// Starts a container of a config that says when it is ready by /out/ready.
    pub(crate) fn started(&self, text: &str) -> Child {
        let config = self.config(text);
        let arguments = ["run", "--runtime", &self.runtime, &config];
        let mut child =
            self.ocify(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let begin = Instant::now();
        while !self.at("out/ready").exists() {
            let goes_on =
                child.try_wait().unwrap().is_none() && begin.elapsed() < Duration::from_secs(20);
            assert!(goes_on, "the container does not start: {:?}", finish(child));
            std::thread::sleep(Duration::from_millis(10));
        }
        child
    }

    /// The runtime in the user's namespaces. It is called by root, who may go there.
    pub(crate) fn call(&self, id: &str, arguments: &[&str]) -> Output {
        let pause = fs::read_to_string(self.base().join("rootless/pause.json")).unwrap_or_default();
        let pause: serde_json::Value = serde_json::from_str(&pause).unwrap_or_default();
        let root = self.base().join(id).join("oci");
        // It makes its directory if it is called too early, and that is another's then.
        let mut command = Command::new(if root.join(id).exists() { "nsenter" } else { "false" });
        command
            .args(["-t", &pause["pause"]["pid"].to_string(), "-U", "-m", &self.runtime, "--root"])
            .arg(root)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// What the container wrote.
    pub(crate) fn said(&self, name: &str) -> String {
        fs::read_to_string(self.at("out").join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// Gives the user a cgroup, with this process in a leaf of it: in the v2 tree, or in every v1 hierarchy; `None` where this machine has none.
    pub(crate) fn delegated(&mut self, view: &str) -> Option<String> {
        let cgroup = Cgroup::new(view, self.uid)?;
        let parent = cgroup.parent.clone();
        self.cgroup = Some(cgroup);
        Some(parent)
    }

    /// What may not differ after a container: mounts, files, cgroups.
    pub(crate) fn before(&self) -> Vec<String> {
        let cgroups =
            self.cgroup.iter().flat_map(Cgroup::all).map(|path| path.display().to_string());
        listing(&[&self.at("root"), &self.at("r"), &self.at("h/v")])
            .into_iter()
            .chain(cgroups)
            .collect()
    }

    /// Nothing is left of containers: no process of the user's, and what is there is what was there before. Namespaces live by processes and
    /// mounts.
    pub(crate) fn nothing_is_left(&self, before: &[String]) {
        let begin = Instant::now();
        let mut left = self.processes();
        while !left.is_empty() && begin.elapsed() < Duration::from_secs(5) {
            while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
            std::thread::sleep(Duration::from_millis(10));
            left = self.processes();
        }
        assert_eq!(left, Vec::<String>::new());
        let after = self.before();
        let new: Vec<_> = after.iter().filter(|thing| !before.contains(thing)).collect();
        let gone: Vec<_> = before.iter().filter(|thing| !after.contains(thing)).collect();
        assert!(new.is_empty() && gone.is_empty(), "new: {new:#?}\ngone: {gone:#?}");
    }

    /// The user's processes, and those with ids that are set aside for the user.
    fn processes(&self) -> Vec<String> {
        let ours = |uid: u32| uid == self.uid || (self.first..self.first + RANGE).contains(&uid);
        let all = fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let path = entry.ok()?.path();
            path.file_name()?.to_str()?.parse::<u32>().ok()?;
            let status = fs::read_to_string(path.join("status")).ok()?;
            let uid = status
                .lines()
                .find_map(|line| line.strip_prefix("Uid:\t")?.split('\t').next()?.parse().ok())?;
            let name = status.lines().next().unwrap_or_default();
            ours(uid).then(|| format!("{} {name}", path.file_name().unwrap().display()))
        });
        all.collect()
    }
}

impl Drop for User {
    fn drop(&mut self) {
        // A test that has failed may have left some behind; what they are in can be removed when they are gone.
        let begin = Instant::now();
        let mut left = self.processes();
        while !left.is_empty() && begin.elapsed() < Duration::from_secs(5) {
            for pid in left.iter().filter_map(|process| process.split(' ').next()) {
                drop(Command::new("kill").args(["-9", pid]).status());
            }
            while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
            left = self.processes();
        }
        drop(self.cgroup.take());
        drop(Command::new("umount").arg("-l").arg(self.scratch.path()).status());
    }
}

/// Waits for the end, for so long.
fn finish(mut child: Child) -> (i32, String) {
    let mut streams = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let reader = std::thread::spawn(move || {
        let mut said = Vec::new();
        streams.0.read_to_end(&mut said).unwrap();
        streams.1.read_to_end(&mut said).unwrap();
        String::from_utf8_lossy(&said).into_owned()
    });
    let begin = Instant::now();
    let code = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status.code().unwrap_or(-1);
        }
        if begin.elapsed() > Duration::from_secs(90) {
            child.kill().unwrap();
            panic!("takes too long");
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    (code, reader.join().unwrap())
}

/// Waits for the end of a container that was started.
pub(crate) fn end(child: Child) -> (i32, String) {
    finish(child)
}

/// Gives a tree to somebody.
pub(crate) fn own(path: &Path, uid: u32, gid: u32) {
    lchown(path, Some(uid), Some(gid)).unwrap();
    if path.symlink_metadata().unwrap().is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            own(&entry.unwrap().path(), uid, gid);
        }
    }
}

/// Whether a path is in a v1 hierarchy.
fn is_v1(path: &Path) -> bool {
    rustix::fs::statfs(path).is_ok_and(|found| i128::from(found.f_type) == 0x0027_e0eb)
}

/// A cgroup that a user may divide.
struct Cgroup {
    /// In the tree or in each hierarchy.
    tops: Vec<PathBuf>,
    /// What is written as `cgroup_parent`.
    parent: String,
}

impl Cgroup {
    fn new(view: &str, uid: u32) -> Option<Self> {
        let name = format!("ocify-{}", std::process::id());
        let mounts: Vec<PathBuf> = if view == "v2" {
            done(Command::new("mount").args(["-t", "cgroup2", "none", "/sys/fs/cgroup"]));
            vec!["/sys/fs/cgroup".into()]
        } else {
            let entries =
                fs::read_dir("/sys/fs/cgroup").unwrap().map(|entry| entry.unwrap().path());
            entries.filter(|path| !path.is_symlink() && is_v1(path)).collect()
        };
        if mounts.len() < 2 && view == "v1" {
            return None;
        }
        let tops: Vec<PathBuf> = mounts.iter().map(|mount| mount.join(&name)).collect();
        let cgroup = Cgroup { tops, parent: format!("/{name}/user") };
        for top in &cgroup.tops {
            let (user, leaf) = (top.join("user"), top.join("user/leaf"));
            for path in [top, &user, &leaf] {
                fs::create_dir(path).unwrap();
                for seed in ["cpuset.cpus", "cpuset.mems"] {
                    if view == "v1" && path.join(seed).exists() {
                        fs::write(
                            path.join(seed),
                            fs::read(path.parent().unwrap().join(seed)).unwrap(),
                        )
                        .unwrap();
                    }
                }
            }
            own(&user, uid, fs::metadata(&user).unwrap().gid());
            fs::write(leaf.join("cgroup.procs"), "0").unwrap();
        }
        Some(cgroup)
    }

    /// The cgroups below the user's.
    fn all(&self) -> Vec<PathBuf> {
        let below = |top: &PathBuf| {
            fs::read_dir(top.join("user")).into_iter().flatten().map(|entry| entry.unwrap().path())
        };
        let mut all: Vec<PathBuf> =
            self.tops.iter().flat_map(below).filter(|path| path.is_dir()).collect();
        all.sort();
        all
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        for top in &self.tops {
            let root = top.parent().unwrap();
            fs::write(root.join("cgroup.procs"), std::process::id().to_string()).unwrap_or(());
            drop(
                Command::new("find")
                    .arg(top)
                    .args(["-depth", "-type", "d", "-exec", "rmdir", "{}", "+"])
                    .status(),
            );
        }
    }
}
