//! What tests of real containers need of this machine: probes, a mount namespace of their own, a small root filesystem.
//!
//! A machine that lacks something skips such a test and says on standard error which probe failed; `E2E_REQUIRE=1` makes that a failure, so
//! that a bare machine cannot pass for a tested one.

use crate::ground::say;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Names the case that a process started by [`in_own_namespace`] is to run.
const CASE: &str = "OCIFY_E2E_CASE";
/// Names the runtime that it runs it with.
const RUNTIME: &str = "OCIFY_E2E_RUNTIME";

/// Whether every one of the programs is there and this is root; says so where not.
pub(crate) fn can(programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = |program: &&&str| {
        program.starts_with('/') && Path::new(program).exists()
            || std::env::split_paths(&path)
                .chain(["/usr/sbin".into(), "/sbin".into()])
                .any(|dir| dir.join(program).is_file())
    };
    let lacking = if !rustix::process::geteuid().is_root() {
        Some("root".to_owned())
    } else if !Command::new("unshare")
        .args(["-m", "true"])
        .status()
        .is_ok_and(|status| status.success())
    {
        Some("unshare -m".to_owned())
    } else {
        programs.iter().find(|program| !is_there(program)).map(|program| (*program).to_owned())
    };
    let Some(lacking) = lacking else { return true };
    skip(&format!("this machine has no {lacking}"));
    false
}

/// Says that something is not tested here, and why.
pub(crate) fn skip(why: &str) {
    assert!(std::env::var_os("E2E_REQUIRE").is_none(), "{why}, and E2E_REQUIRE is set");
    say(&format!("SKIP: {why}"));
}

/// The case and the runtime that this process is to run, if it was started for that.
pub(crate) fn asked() -> Option<(String, String)> {
    Some((std::env::var(CASE).ok()?, std::env::var(RUNTIME).ok()?))
}

/// This test program again, for one case.
pub(crate) fn again(test: &str, case: &str, runtime: &str) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(CASE, case)
        .env(RUNTIME, runtime)
        .stdin(Stdio::null());
    command
}

/// Runs a case in a process with a mount namespace of its own, and gives it some time.
pub(crate) fn in_own_namespace(test: &str, case: &str, runtime: &str, seconds: u64) {
    unshared("-m", test, case, runtime, seconds);
}

/// The same with a network of its own as well, and an empty /run: what the case takes for the host's is nobody else's.
pub(crate) fn in_own_network(test: &str, case: &str, runtime: &str, seconds: u64) {
    unshared("-mn", test, case, runtime, seconds);
}

/// Makes the network namespace of [`in_own_network`] a host's.
pub(crate) fn prepare_network() {
    done(Command::new("ip").args(["link", "set", "lo", "up"]));
    done(Command::new("mount").args(["-t", "tmpfs", "-o", "mode=755", "none", "/run"]));
}

fn unshared(namespaces: &str, test: &str, case: &str, runtime: &str, seconds: u64) {
    let inner = again(test, case, runtime);
    let exe = std::env::current_exe().unwrap();
    let mut command = Command::new("unshare");
    command
        .arg(namespaces)
        .arg(exe)
        .args(inner.get_args())
        .env(CASE, case)
        .env(RUNTIME, runtime)
        .stdin(Stdio::null());
    let mut child = command.spawn().unwrap();
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return assert!(status.success(), "{case} with {runtime}: {status}");
        }
        if begin.elapsed() > Duration::from_secs(seconds) {
            child.kill().unwrap();
            panic!("{case} with {runtime} takes longer than {seconds} s");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// crun refuses a hybrid host whose v2 tree has controllers: there it is shown none. Only in a mount namespace of one's own.
pub(crate) fn prepare_cgroups(runtime: &str) {
    let unified = Path::new("/sys/fs/cgroup/unified");
    let controllers = fs::read_to_string(unified.join("cgroup.controllers")).unwrap_or_default();
    if runtime == "crun" && !controllers.trim().is_empty() {
        done(Command::new("mount").args(["-t", "tmpfs", "-o", "mode=1777", "none"]).arg(unified));
    }
}

/// Runs a command that has to succeed.
pub(crate) fn done(command: &mut Command) {
    let output =
        command.stdin(Stdio::null()).output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A directory of one test, removed with it.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ocify-e2e-{name}-{}", std::process::id()));
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Scratch(path.canonicalize().unwrap())
    }

    /// One that another process has made.
    pub(crate) fn existing(path: &Path) -> Self {
        Scratch(path.to_owned())
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap_or(());
    }
}

/// A root filesystem of busybox, with a place for everything that will be mounted: running must not change it.
pub(crate) fn busybox(root: &Path) {
    for dir in [
        "bin", "etc", "proc", "sys", "dev", "tmp", "run", "root", "out", "scratch", "data", "work",
        "home",
    ] {
        fs::create_dir_all(root.join(dir)).unwrap();
    }
    for file in
        ["etc/hosts", "etc/hostname", "etc/resolv.conf", "run/.containerenv", "data/from_image"]
    {
        fs::write(root.join(file), "").unwrap();
    }
    symlink("/proc/mounts", root.join("etc/mtab")).unwrap();
    fs::write(
        root.join("etc/passwd"),
        "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1001:Ann:/home:/bin/sh\n",
    )
    .unwrap();
    fs::write(root.join("etc/group"), "root:x:0:\nstaff:x:1001:\naudio:x:29:ann\n").unwrap();
    let program = ["/usr/bin/busybox", "/bin/busybox"]
        .map(Path::new)
        .into_iter()
        .find(|path| path.exists())
        .unwrap();
    fs::copy(program, root.join("bin/busybox")).unwrap();
    let list = Command::new(program).arg("--list").output().unwrap();
    for applet in String::from_utf8(list.stdout).unwrap().lines() {
        symlink("busybox", root.join("bin").join(applet)).unwrap_or(());
    }
}

/// Everything below a directory by path and kind of thing, and what is mounted: what may not differ afterwards.
pub(crate) fn listing(directories: &[&Path]) -> Vec<String> {
    let mut found: Vec<String> =
        fs::read_to_string("/proc/self/mountinfo").unwrap().lines().map(str::to_owned).collect();
    let mut open: Vec<PathBuf> = directories.iter().map(|path| (*path).to_owned()).collect();
    while let Some(path) = open.pop() {
        let Ok(meta) = path.symlink_metadata() else { continue };
        found.push(format!("{} {:o}", path.display(), meta.permissions().mode()));
        if meta.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    found.sort();
    found
}

/// Two listings are the same; only what differs is told.
pub(crate) fn assert_unchanged(before: &[String], after: &[String]) {
    let lacks = |list: &[String], line: &&String| !list.contains(line);
    let new: Vec<&String> = after.iter().filter(|line| lacks(before, line)).collect();
    let gone: Vec<&String> = before.iter().filter(|line| lacks(after, line)).collect();
    assert!(new.is_empty() && gone.is_empty(), "new: {new:#?}, gone: {gone:#?}");
}
