//! systemd as PID 1 of a compiled container: it reaches `running`, and stops by the signal that was compiled.

use crate::outside::{Scratch, asked, can, done, in_own_namespace, prepare_cgroups, skip};
use ocify::linux::{GatherOptions, RunOptions, gather_with, run_compiled};
use ocify::{Options, compile, parse};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

#[test]
fn systemd_reaches_running_as_pid_1() {
    for runtime in ["runc", "crun"] {
        if can(&["unshare", "mount", "mknod", "/lib/systemd/systemd", runtime]) {
            in_own_namespace("run_systemd::inside", "v1", runtime, 120);
            // crun raises a limit for its device program, which needs a capability or no limit.
            if runtime == "crun" && !may_lock_memory() {
                skip(
                    "crun has no RLIMIT_MEMLOCK for device rules on cgroup v2: systemd as PID 1 there, as root",
                );
            } else {
                in_own_namespace("run_systemd::inside", "v2", runtime, 120);
            }
        }
    }
}

fn may_lock_memory() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap();
    let effective = ocify::parts::security::caps::CapSet::from_hex(effective.trim()).unwrap();
    let resource = ocify::parts::security::caps::CapSet::named("CAP_SYS_RESOURCE").unwrap();
    effective.contains(resource)
        || rustix::process::getrlimit(rustix::process::Resource::Memlock).maximum.is_none()
}

/// Runs the case that this process was started for, if it was.
#[test]
fn inside() {
    let Some((view, runtime)) = asked() else { return };
    if view == "v2" {
        done(Command::new("mount").args(["-t", "cgroup2", "none", "/sys/fs/cgroup"]));
    } else {
        prepare_cgroups(&runtime);
    }
    let scratch = Scratch::new("systemd");
    // What is mounted here is gone with this process, and has to be before the directory is removed.
    let mounts = Mounts::new(&scratch);
    systemd(&scratch, &mounts.root(), &runtime);
}

/// This host's own root, under a layer that is thrown away.
struct Mounts(PathBuf);

impl Mounts {
    fn new(scratch: &Scratch) -> Self {
        let at = scratch.join("overlay");
        fs::create_dir(&at).unwrap();
        done(Command::new("mount").args(["-t", "tmpfs", "-o", "mode=755", "layer"]).arg(&at));
        let (upper, work, root) = (at.join("upper"), at.join("work"), at.join("root"));
        for dir in [&upper.join("etc/systemd"), &upper.join("var/lib/dbus"), &work, &root] {
            fs::create_dir_all(dir).unwrap();
        }
        // What is large, is the host's own business, or would be waited for. A node 0:0 hides what is below it.
        let hidden = [
            "tmp",
            "run",
            "root",
            "etc/fstab",
            "etc/machine-id",
            "var/lib/dbus/machine-id",
            "etc/systemd/system",
        ];
        for path in hidden {
            done(Command::new("mknod").arg(upper.join(path)).args(["c", "0", "0"]));
        }
        let options = format!("lowerdir=/,upperdir={},workdir={}", upper.display(), work.display());
        done(Command::new("mount").args(["-t", "overlay", "overlay", "-o", &options]).arg(&root));
        for dir in ["tmp", "run", "root", "etc/systemd/system"] {
            fs::create_dir(root.join(dir)).unwrap();
        }
        // systemd takes the id from its environment only where the file is there and empty.
        fs::write(root.join("etc/machine-id"), "").unwrap();
        symlink(
            "/lib/systemd/system/multi-user.target",
            root.join("etc/systemd/system/default.target"),
        )
        .unwrap();
        Mounts(at)
    }

    fn root(&self) -> PathBuf {
        self.0.join("root")
    }
}

impl Drop for Mounts {
    fn drop(&mut self) {
        for path in [self.root(), self.0.clone()] {
            drop(Command::new("umount").arg("-l").arg(path).status());
        }
    }
}

fn systemd(scratch: &Scratch, root: &Path, runtime: &str) {
    let id = format!("{:064x}", std::process::id());
    // The v2 tree may be without the controller of processes, for which there is a limit without this.
    let conf = scratch.join("containers.conf");
    fs::write(&conf, "[containers]\npids_limit = 0\n").unwrap();
    let gather_options = GatherOptions {
        id: Some(id.clone()),
        state_dir: Some(scratch.join("state")),
        containers_conf: Some(conf),
        runtime: Some(runtime.to_owned()),
        ..GatherOptions::default()
    };
    let limit =
        rustix::process::getrlimit(rustix::process::Resource::Nofile).maximum.unwrap_or(u64::MAX);
    let processes =
        rustix::process::getrlimit(rustix::process::Resource::Nproc).maximum.unwrap_or(u64::MAX);
    let config = format!(
        "rootfs: {}\ncommand: [/lib/systemd/systemd]\nsystemd: always\nnetns: none\nenv: [container=podman]\nr_limits: ['nofile={limit}', 'nproc={processes}']\n",
        root.display()
    );
    let config = parse(&config).unwrap();
    let facts = gather_with(&config, &gather_options).unwrap();
    let compiled = compile(&config, &facts, &Options::default())
        .unwrap_or_else(|e| panic!("{e}: {:?}", e.diagnostics));
    let options = RunOptions { gather: gather_options, progress: None };
    let code = std::thread::scope(|scope| {
        let running = scope.spawn(|| run_compiled(&compiled, &facts, &options));
        let runtime_root = scratch.join("state").join(&id).join("oci");
        let call = |args: &[&str]| -> Output {
            Command::new(runtime)
                .arg("--root")
                .arg(&runtime_root)
                .args(args)
                .stdin(Stdio::null())
                .output()
                .unwrap()
        };
        let seen = watch(&id, &call, &|| running.is_finished());
        let code = running.join().unwrap();
        seen.is_a_running_systemd(&id, &code);
        code
    });
    // systemd ends a container's PID 1 by a power-off, which the kernel tells as a signal.
    code.unwrap();
    assert!(!scratch.join("state").exists());
    let spec: serde_json::Value = serde_json::from_slice(&compiled.to_json()).unwrap();
    assert_eq!(spec["annotations"]["org.opencontainers.image.stopSignal"], "37");
}

/// A word is written to the journal and found there, and its directory can be written to.
const JOURNAL: &str = "echo written | systemd-cat -t probe; touch /var/log/journal/x && rm /var/log/journal/x || exit 1; \
    for i in 1 2 3 4 5 6 7 8 9; do x=$(journalctl -q -t probe -o cat); [ -n \"$x\" ] && echo \"$x\" && break; sleep 0.2; done";

/// What is seen of systemd in a container.
pub(crate) struct Seen {
    state: String,
    failed: String,
    said: [String; 4],
}

/// Waits until systemd is up, looks at it, and tells it to end by its signal. `call` calls the runtime.
pub(crate) fn watch(
    id: &str,
    call: &dyn Fn(&[&str]) -> Output,
    is_gone: &dyn Fn() -> bool,
) -> Seen {
    let exec = |args: &[&str]| {
        String::from_utf8(call(&[&["exec", id], args].concat()).stdout).unwrap().trim().to_owned()
    };
    let begin = Instant::now();
    let mut state = String::new();
    while state != "running"
        && state != "degraded"
        && begin.elapsed() < Duration::from_secs(60)
        && !is_gone()
    {
        std::thread::sleep(Duration::from_millis(100));
        state = exec(&["systemctl", "is-system-running"]);
    }
    let failed = exec(&["systemctl", "--failed", "--plain", "--no-legend"]);
    let said = [
        exec(&["cat", "/proc/1/comm"]),
        exec(&["systemd-detect-virt"]),
        exec(&["cat", "/etc/machine-id"]),
        exec(&["timeout", "20", "bash", "-c", JOURNAL]),
    ];
    // RTMIN+3, as the spec's annotation has it; runc takes the number alone.
    call(&["kill", id, "37"]);
    Seen { state, failed, said }
}

impl Seen {
    pub(crate) fn is_a_running_systemd(&self, id: &str, ended: &dyn std::fmt::Debug) {
        assert_eq!(
            (self.state.as_str(), self.failed.as_str()),
            ("running", ""),
            "{:?} {ended:?}",
            self.said
        );
        assert_eq!(self.said, ["systemd", "podman", id.get(..32).unwrap(), "written"]);
    }
}
