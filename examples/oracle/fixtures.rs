//! Files of the recording host that every recording finds the same (the recorder makes them anew each time) and that the records of some
//! cases use without telling what is in them.

use crate::paths;
use ocify::Facts;
use ocify::facts::{Answer, DeviceNode, Limits, PathFacts, StatFs};
use ocify::parts::security::seccomp::SeccompProfile;

const SECCOMP: &str = r#"{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1,
 "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]}],
 "syscalls": [
  {"names": ["read", "write", "exit", "no_such_syscall"], "action": "SCMP_ACT_ALLOW", "args": []},
  {"names": ["mount", "umount2"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
  {"names": ["chroot"], "action": "SCMP_ACT_ALLOW", "args": [], "excludes": {"caps": ["CAP_SYS_CHROOT"]}},
  {"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 8, "valueTwo": 0, "op": "SCMP_CMP_EQ"}]},
  {"names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64"]}},
  {"names": ["breakpoint"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["arm"]}}]}"#;

/// The limits on open files and processes of a command line that the recorder ran by itself: it lowers those of the service alone.
pub(crate) fn limits_of_the_command_line() -> (Option<Limits>, Option<Limits>) {
    (Some(Limits { soft: 20_000, hard: 20_000 }), Some(Limits { soft: 32_768, hard: 32_768 }))
}

/// Directories and files below /tmp/oracle-host/, and the flags of those that file systems of their own are mounted on.
const DIRECTORIES: [&str; 12] = [
    "src",
    "src/dir",
    "src/dir/sub",
    "src/dir2",
    "src/etc",
    "src/runmnt",
    "src/chown",
    "src/up",
    "src/work",
    "hooks.d",
    "hooks-empty",
    "devs",
];
const FILES: [&str; 7] = [
    "src/file",
    "src/hosts",
    "src/init",
    "src/etc/passwd",
    "src/etc/group",
    "seccomp-bad.json",
    "dir-file",
];
const NAMESPACES: [&str; 6] = ["net", "uts", "ipc", "pid", "user", "cgroup"];
const MOUNTED: [(&str, StatFs); 5] = {
    const NOSUID: StatFs = StatFs { ro: false, nosuid: true, nodev: true, noexec: false };
    const NOEXEC: StatFs = StatFs { noexec: true, ..NOSUID };
    const READ_ONLY: StatFs = StatFs { ro: true, nosuid: false, nodev: false, noexec: false };
    [
        ("m-nosuid", NOSUID),
        ("m-nosuid/d", NOSUID),
        ("m-noexec", NOEXEC),
        ("m-noexec/d", NOEXEC),
        ("m-ro", READ_ONLY),
    ]
};

/// Accounts of Debian's, with their groups' numbers.
const ACCOUNTS: [&str; 18] = [
    "root:x:0:0:root:/root:/bin/bash",
    "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin",
    "bin:x:2:2:bin:/bin:/usr/sbin/nologin",
    "sys:x:3:3:sys:/dev:/usr/sbin/nologin",
    "sync:x:4:65534:sync:/bin:/bin/sync",
    "games:x:5:60:games:/usr/games:/usr/sbin/nologin",
    "man:x:6:12:man:/var/cache/man:/usr/sbin/nologin",
    "lp:x:7:7:lp:/var/spool/lpd:/usr/sbin/nologin",
    "mail:x:8:8:mail:/var/mail:/usr/sbin/nologin",
    "news:x:9:9:news:/var/spool/news:/usr/sbin/nologin",
    "uucp:x:10:10:uucp:/var/spool/uucp:/usr/sbin/nologin",
    "proxy:x:13:13:proxy:/bin:/usr/sbin/nologin",
    "www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin",
    "backup:x:34:34:backup:/var/backups:/usr/sbin/nologin",
    "list:x:38:38:Mailing List Manager:/var/list:/usr/sbin/nologin",
    "irc:x:39:39:ircd:/run/ircd:/usr/sbin/nologin",
    "_apt:x:42:65534::/nonexistent:/usr/sbin/nologin",
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin",
];

/// The lines of /etc/passwd that every Debian has.
pub(crate) fn accounts() -> impl Iterator<Item = String> {
    ACCOUNTS.iter().map(|line| (*line).to_owned())
}

/// Adds what requests do not name.
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

/// Adds the directories and files, where nothing was recorded of them.
pub(crate) fn tree(facts: &mut Facts) {
    let below = |name: &str| format!("/tmp/oracle-host/{name}");
    for name in DIRECTORIES {
        let path = below(name);
        let nodes = Some(Answer::Is(paths::known_nodes_below(facts, &path)));
        let told = PathFacts { devices_below: nodes, ..paths::directory(&path) };
        paths::put(facts, &path, told);
    }
    for name in FILES {
        paths::put(facts, &below(name), paths::file(0o644));
    }
    for name in NAMESPACES {
        paths::put(facts, &below(&format!("ns/{name}")), paths::file(0o444));
    }
    for (name, flags) in MOUNTED {
        let path = below(name);
        let told = PathFacts { statfs: Some(Answer::Is(flags)), ..paths::directory(&path) };
        paths::put(facts, &path, told);
    }
}
