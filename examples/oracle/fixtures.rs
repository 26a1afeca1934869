//! Files of the recording host that every recording finds the same (the recorder makes them anew each time) and that the records of some
//! cases use without telling what is in them.

use crate::paths;
use ocify::Facts;
use ocify::facts::{Answer, DeviceNode};
use ocify::security::seccomp::SeccompProfile;

const SECCOMP: &str = r#"{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1,
 "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]}],
 "syscalls": [
  {"names": ["read", "write", "exit", "no_such_syscall"], "action": "SCMP_ACT_ALLOW", "args": []},
  {"names": ["mount", "umount2"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
  {"names": ["chroot"], "action": "SCMP_ACT_ALLOW", "args": [], "excludes": {"caps": ["CAP_SYS_CHROOT"]}},
  {"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 8, "valueTwo": 0, "op": "SCMP_CMP_EQ"}]},
  {"names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64"]}},
  {"names": ["breakpoint"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["arm"]}}]}"#;

/// Adds them.
pub(crate) fn put(facts: &mut Facts) {
    let seccomp = "/tmp/oracle-host/seccomp.json";
    if let Ok(profile) = SeccompProfile::parse(SECCOMP) {
        facts.seccomp.insert(seccomp, Answer::Is(profile));
        paths::put(facts, seccomp, paths::file(0o644));
    }
    facts.files.insert("/tmp/oracle-host/src/hosts", Answer::Is("10.0.0.9 custom\n".to_owned()));
    for (path, kind, major, minor, mode) in [
        ("/tmp/oracle-host/devs/mynull", "c", 1, 3, 0o020_644),
        ("/tmp/oracle-host/devs/myblk", "b", 7, 9, 0o060_644),
    ] {
        let node = DeviceNode {
            path: path.to_owned(),
            kind: kind.to_owned(),
            major,
            minor,
            mode,
            uid: 0,
            gid: 0,
        };
        paths::put(facts, path, paths::node_at(node));
    }
}
