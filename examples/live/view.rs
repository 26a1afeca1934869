//! The kinds of host that are made, each in namespaces of its own: root or not, cgroup v1 or v2.

use crate::Fallible;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One kind of host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    pub(crate) name: &'static str,
    pub(crate) rootless: bool,
    pub(crate) unified: bool,
    host: &'static str,
    /// Ids of the user, or of root's automatic user namespaces.
    subordinate: &'static str,
    /// More of containers.conf.
    conf: &'static str,
}

/// All of them.
pub(crate) const VIEWS: [View; 4] = [
    View {
        name: "root-v1",
        rootless: false,
        unified: false,
        host: "hosta",
        subordinate: "containers:500000:200000\n",
        conf: "",
    },
    View {
        name: "root-v2",
        rootless: false,
        unified: true,
        host: "vm-7.example.org",
        subordinate: "containers:2147483647:2147483648\n",
        conf: "annotations = [\"conf.anno=1\"]\nenv = [\"PATH=/conf/bin:/bin\", \"CONF=from conf\"]\ndns_servers = [\"10.9.9.9\"]\ndefault_sysctls = [\"net.ipv4.ping_group_range=0 0\"]\n",
    },
    View {
        name: "rootless-v1",
        rootless: true,
        unified: false,
        host: "hostc",
        subordinate: "live:100000:65536\n",
        conf: "",
    },
    View {
        name: "rootless-v2",
        rootless: true,
        unified: true,
        host: "hostd",
        subordinate: "live:100000:30000\nlive:300000:20000\n",
        conf: "default_ulimits = [\"nofile=512:1024\"]\ndefault_sysctls = []\nshm_size = \"1m\"\n",
    },
];

/// Of the user that runs the rootless engine.
pub(crate) const UID: u32 = 14321;

/// cgroup hierarchies that are of no use in a view of v1.
const MODERN: &str = "unified";

impl View {
    pub(crate) fn named(name: &str) -> Option<View> {
        VIEWS.into_iter().find(|view| view.name == name)
    }

    /// The engine's environment.
    pub(crate) fn environment(&self, dir: &Path) -> Vec<(String, String)> {
        let dir = dir.display();
        let mut all = vec![
            ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
            ("TMPDIR", "/var/tmp".to_owned()),
            ("TERM", "vt220".to_owned()),
            ("http_proxy", "http://proxy.example:3128".to_owned()),
            ("NO_PROXY", "localhost,.example".to_owned()),
            ("HOST_VAR", "from the host".to_owned()),
            ("HOME", format!("{dir}/home")),
            ("USER", self.user().to_owned()),
            ("CONTAINERS_CONF", format!("{dir}/containers.conf")),
            ("CONTAINERS_STORAGE_CONF", format!("{dir}/storage.conf")),
        ];
        if self.rootless {
            all.push(("XDG_RUNTIME_DIR", format!("/run/user/{UID}")));
        }
        all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn user(&self) -> &'static str {
        if self.rootless { "live" } else { "root" }
    }

    /// A command as the engine's user, in its environment.
    pub(crate) fn command(&self, dir: &Path, program: &str) -> Command {
        let mut command = if self.rootless {
            let mut command = Command::new("setpriv");
            let id = UID.to_string();
            command.args(["--reuid", &id, "--regid", &id, "--init-groups", "--", program]);
            command
        } else {
            Command::new(program)
        };
        command.env_clear().envs(self.environment(dir)).current_dir("/").stdin(Stdio::null());
        command
    }

    /// As root in the namespaces: mounts, users, files. What is mounted is gone with the namespaces.
    pub(crate) fn furnish(&self, dir: &Path, top: &str) -> Fallible<()> {
        mount(&["-t", "tmpfs", "-o", "nosuid,nodev,mode=755", "run", "/run"])?;
        // Not below /run, which Podman covers where a user's bridges are.
        let above = dir.parent().ok_or("a view without a directory")?;
        mount(&["-t", "tmpfs", "-o", "mode=755,size=2g", "live", &above.display().to_string()])?;
        fs::create_dir_all(dir)?;
        mount(&["-t", "tmpfs", "-o", "nosuid,nodev", "shm", "/dev/shm"])?;
        fs::create_dir_all("/dev/mqueue")?;
        mount(&["-t", "mqueue", "-o", "nosuid,nodev,noexec", "mqueue", "/dev/mqueue"])?;
        for made in ["/run/lock", "/run/netns", "/run/user", "/etc/containers/networks"] {
            fs::create_dir_all(made)?;
        }
        mount(&["-t", "tmpfs", "networks", "/etc/containers/networks"])?;
        self.cgroups(top)?;
        run("hostname", &[self.host])?;
        run("ip", &["link", "set", "lo", "up"])?;
        for made in ["home", "graph", "runroot", "tmp", "volumes", "hooks.d", "host"] {
            fs::create_dir_all(dir.join(made))?;
        }
        self.accounts(dir)?;
        self.settings(dir)?;
        if self.rootless {
            let own = format!("/run/user/{UID}");
            fs::create_dir_all(&own)?;
            fs::set_permissions(&own, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
            let id = format!("{UID}:{UID}");
            run("chown", &["-R", &id, &own, &dir.display().to_string()])?;
            // A node of its own, which the user may open.
            let tun = dir.join("tun").display().to_string();
            let nodes = dir.join("nodes").display().to_string();
            fs::create_dir_all(&nodes)?;
            mount(&["-t", "tmpfs", "-o", "mode=755", "nodes", &nodes])?;
            let tun_node = format!("{nodes}/tun");
            run("mknod", &["-m", "666", &tun_node, "c", "10", "200"])?;
            let _ = tun;
            if Path::new("/dev/net/tun").exists() {
                mount(&["--bind", &tun_node, "/dev/net/tun"])?;
            }
        }
        Ok(())
    }

    /// The view of cgroups. This process already is in a cgroup namespace whose root is a directory of the run.
    fn cgroups(&self, top: &str) -> Fallible<()> {
        let below = |at: String| -> Fallible<()> {
            let own = format!("{at}/{top}");
            if !Path::new(&own).exists() {
                fs::create_dir_all(&own)?;
            }
            fs::write(format!("{own}/cgroup.procs"), "0")?;
            if self.rootless {
                run("chown", &["-R", &format!("{UID}:{UID}"), &own])?;
            }
            Ok(())
        };
        if self.unified {
            mount(&["-t", "cgroup2", "none", "/sys/fs/cgroup"])?;
            return below("/sys/fs/cgroup".to_owned());
        }
        mount(&["-t", "tmpfs", "-o", "mode=755", "cgroup", "/sys/fs/cgroup"])?;
        for hierarchy in hierarchies()?.iter().filter(|h| *h != MODERN) {
            let at = format!("/sys/fs/cgroup/{hierarchy}");
            let named = format!("none,name={hierarchy}");
            let option = if hierarchy == "systemd" { named.as_str() } else { hierarchy };
            fs::create_dir_all(&at)?;
            mount(&["-t", "cgroup", "-o", option, "cgroup", &at])?;
            below(at)?;
        }
        Ok(())
    }

    fn accounts(&self, dir: &Path) -> Fallible<()> {
        let group = format!("live:x:{UID}:\n");
        let user = format!("live:x:{UID}:{UID}:Live Test:{}/home:/bin/sh\n", dir.display());
        for (file, more) in [("passwd", user.as_str()), ("group", group.as_str())] {
            let all = format!("{}{more}", fs::read_to_string(format!("/etc/{file}"))?);
            over(dir, file, &all)?;
        }
        for file in ["subuid", "subgid"] {
            over(dir, file, self.subordinate)?;
        }
        Ok(())
    }

    fn settings(&self, dir: &Path) -> Fallible<()> {
        let at = dir.display();
        let cgroupns = if self.unified { "private" } else { "host" };
        let conf = format!(
            "[containers]\nlog_driver = \"k8s-file\"\ncgroupns = \"{cgroupns}\"\n{}\n[engine]\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"none\"\nruntime = \"crun\"\n\
             conmon_path = [\"{at}/monitor\"]\ninfra_image = \"localhost/plain:latest\"\nhooks_dir = [\"{at}/hooks.d\"]\ninit_path = \"/usr/bin/catatonit\"\ntmp_dir = \"{at}/tmp\"\nvolume_path = \"{at}/volumes\"\n\
             [engine.runtimes]\ncrun = [\"{at}/runtime\"]\n[network]\nnetwork_backend = \"netavark\"\n",
            self.conf
        );
        fs::write(dir.join("containers.conf"), conf)?;
        let storage = format!(
            "[storage]\ndriver = \"overlay\"\ngraphroot = \"{at}/graph\"\nrunroot = \"{at}/runroot\"\n"
        );
        fs::write(dir.join("storage.conf"), storage)?;
        for (name, script) in [("runtime", RUNTIME), ("monitor", MONITOR)] {
            fs::write(dir.join(name), script.replace("@DIR@", &at.to_string()))?;
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            fs::set_permissions(dir.join(name), mode)?;
        }
        Ok(())
    }
}

/// The monitor that Podman calls with the runtime's name: by then the config is written. It says that the runtime failed, so that all that
/// Podman made of a container stays as it was handed over, and does not clean up behind it. For a container that is marked it is the real one.
const MONITOR: &str = r#"#!/bin/sh
case $1 in --version) exec conmon --version;; esac
before=
for word in "$@"; do
  [ "$before" = -c ] && { id=$word; break; }
  before=$word
done
[ -e "@DIR@/runs/$id" ] && exec conmon "$@"
# The engine says when it is ready, in one byte.
eval "head -c 1 <&$_OCI_STARTPIPE >/dev/null"
eval "exec >&$_OCI_SYNCPIPE"
echo '{"data":-1,"message":"the spec is written"}'
"#;

/// The runtime for containers that are marked: a sleeping process stands for each, whose namespaces others can name.
const RUNTIME: &str = r#"#!/bin/sh
verb= pidfile= id=
while [ $# -gt 0 ]; do
  case $1 in
    --version) echo "crun version 1.8.1"; exit 0;;
    create|start|state|kill|delete) verb=$1;;
    --pid-file) pidfile=$2; shift;;
    --bundle|--log|--log-format|--console-socket|--root|--cgroup-manager) shift;;
  esac
  id=$1
  shift
done
mark=@DIR@/runs/$id
case $verb in
  create)
    [ -e "$mark" ] || exit 1
    sleep 2000000 </dev/null >/dev/null 2>&1 &
    printf %s $! > "$pidfile"; echo $! > "$mark"; exit 0;;
  start) : > "$mark.started"; exit 0;;
  state)
    [ -s "$mark" ] || exit 1
    status=created; [ -e "$mark.started" ] && status=running
    printf '{"ociVersion":"1.0.0","id":"%s","pid":%s,"status":"%s","bundle":"/","rootfs":"/","created":"2000-01-01T00:00:00.0Z","owner":""}\n' "$id" "$(cat "$mark")" $status; exit 0;;
  kill|delete) exit 0;;
esac
exit 1
"#;

/// A file of the run in the place of one of the host's.
fn over(dir: &Path, file: &str, text: &str) -> Fallible<()> {
    let own = dir.join(file);
    fs::write(&own, text)?;
    fs::set_permissions(&own, std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    let target = format!("/etc/{file}");
    if !Path::new(&target).exists() {
        return Err(format!("{target} is not there").into());
    }
    mount(&["--bind", &own.display().to_string(), &target])
}

/// The hierarchies of cgroup v1 that this process is in, and `unified` where the host has that beside them.
pub(crate) fn hierarchies() -> Fallible<Vec<String>> {
    let text = fs::read_to_string("/proc/self/cgroup")?;
    let name = |line: &str| {
        let controllers = line.split(':').nth(1)?;
        match controllers.strip_prefix("name=") {
            Some(name) => Some(name.to_owned()),
            None if controllers.is_empty() => Some(MODERN.to_owned()),
            None => Some(controllers.to_owned()),
        }
    };
    Ok(text.lines().filter_map(name).collect())
}

/// Directories of the cgroup hierarchies, as this host has them mounted.
pub(crate) fn cgroup_mounts() -> Vec<PathBuf> {
    let text = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mount = |line: &str| {
        let mut fields = line.split(' ').skip(1);
        let (at, kind) = (fields.next()?, fields.next()?);
        matches!(kind, "cgroup" | "cgroup2").then(|| PathBuf::from(at))
    };
    text.lines().filter_map(mount).collect()
}

fn mount(args: &[&str]) -> Fallible<()> {
    run("mount", args)
}

/// Runs a program that has to succeed.
pub(crate) fn run(program: &str, args: &[&str]) -> Fallible<()> {
    let done = Command::new(program).args(args).stdin(Stdio::null()).output()?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr).trim().to_owned();
    Err(format!("`{program} {}`: {said}", args.join(" ")).into())
}
