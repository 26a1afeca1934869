//! A container runs on this host. Only with `OCIFY_ROOT` set: it needs root, a runtime and a static busybox.

use crate::ground::{root, say};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn ocify(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ocify")).current_dir(root()).args(args).output().unwrap()
}

/// A root directory with nothing but busybox in it, and a config that runs it.
fn container(dir: &Path, script: &str) -> PathBuf {
    let _ = fs::remove_dir_all(dir);
    fs::create_dir_all(dir.join("root/bin")).unwrap();
    fs::copy("/bin/busybox", dir.join("root/bin/busybox")).unwrap();
    let config = serde_json::json!({
        "rootfs": dir.join("root"),
        "command": ["/bin/busybox", "sh", "-c", script],
        "netns": "none",
        // Hosts without CAP_SYS_RESOURCE cannot raise what Podman would.
        "r_limits": ["nofile=256:256", "nproc=256:256"],
        "read_only_filesystem": true,
        "hostname": "ran",
    });
    let path = dir.join("container.json");
    fs::write(&path, config.to_string()).unwrap();
    path
}

#[test]
fn a_container_runs_and_leaves_nothing() {
    if std::env::var_os("OCIFY_ROOT").is_none() {
        return say(
            "SKIP: no container is run; OCIFY_ROOT=1 runs one, as root, with crun or runc and busybox",
        );
    }
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("run");
    let script = "busybox echo $(busybox hostname) $(busybox id -u); busybox touch /x; exit 7";
    let script = script.replace("busybox ", "/bin/busybox ");
    let config = container(&dir, &script);
    let state = dir.join("state");
    let mut ran = 0;
    for runtime in ["crun", "runc"] {
        let (config, state_dir) = (config.to_str().unwrap(), state.to_str().unwrap());
        let out = ocify(&["run", config, "--runtime", runtime, "--state-dir", state_dir]);
        let told = String::from_utf8_lossy(&out.stderr).into_owned();
        // What the runtime cannot do on this host is not ours to judge.
        if ["hybrid mode not supported", "is not installed", "cgroup"]
            .iter()
            .any(|word| told.contains(word))
        {
            say(&format!("SKIP: {runtime} does not run here: {}", told.trim()));
            continue;
        }
        ran += 1;
        assert_eq!(String::from_utf8_lossy(&out.stdout), "ran 0\n", "{told}");
        assert!(told.contains("Read-only file system"), "{told}");
        assert_eq!(out.status.code(), Some(7), "{told}");
        let left: Vec<_> =
            fs::read_dir(&state).into_iter().flatten().map(|e| e.unwrap().file_name()).collect();
        assert!(left.is_empty(), "{left:?} is left in {state_dir}");
    }
    say(&format!("{ran} runtimes ran a container"));
}
