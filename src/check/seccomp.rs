//! Holds the seccomp filter against OCI's words, and against what can be loaded.

use super::FindingKind;
use super::look::{Found, Spec};
use crate::text::Node;
use alloc::{format, string::String};

const ACTIONS: [&str; 9] = [
    "SCMP_ACT_ALLOW",
    "SCMP_ACT_ERRNO",
    "SCMP_ACT_KILL",
    "SCMP_ACT_KILL_PROCESS",
    "SCMP_ACT_KILL_THREAD",
    "SCMP_ACT_LOG",
    "SCMP_ACT_NOTIFY",
    "SCMP_ACT_TRACE",
    "SCMP_ACT_TRAP",
];
const OPERATORS: [&str; 7] = [
    "SCMP_CMP_EQ",
    "SCMP_CMP_GE",
    "SCMP_CMP_GT",
    "SCMP_CMP_LE",
    "SCMP_CMP_LT",
    "SCMP_CMP_MASKED_EQ",
    "SCMP_CMP_NE",
];
/// Those of OCI 1.2 and of libseccomp 2.6.
const ARCHITECTURES: [&str; 23] = [
    "SCMP_ARCH_AARCH64",
    "SCMP_ARCH_ARM",
    "SCMP_ARCH_LOONGARCH64",
    "SCMP_ARCH_M68K",
    "SCMP_ARCH_MIPS",
    "SCMP_ARCH_MIPS64",
    "SCMP_ARCH_MIPS64N32",
    "SCMP_ARCH_MIPSEL",
    "SCMP_ARCH_MIPSEL64",
    "SCMP_ARCH_MIPSEL64N32",
    "SCMP_ARCH_PARISC",
    "SCMP_ARCH_PARISC64",
    "SCMP_ARCH_PPC",
    "SCMP_ARCH_PPC64",
    "SCMP_ARCH_PPC64LE",
    "SCMP_ARCH_RISCV64",
    "SCMP_ARCH_S390",
    "SCMP_ARCH_S390X",
    "SCMP_ARCH_SH",
    "SCMP_ARCH_SHEB",
    "SCMP_ARCH_X32",
    "SCMP_ARCH_X86",
    "SCMP_ARCH_X86_64",
];
const FLAGS: [&str; 4] = [
    "SECCOMP_FILTER_FLAG_LOG",
    "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
    "SECCOMP_FILTER_FLAG_TSYNC",
    "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
];

const NOTIFY: &str = "SCMP_ACT_NOTIFY";

pub(super) fn check(spec: &Spec<'_>, found: &mut Found) {
    let filter = spec.at("linux.seccomp").filter(|at| matches!(at.node, Node::Map(_)));
    let Some(filter) = filter else { return };
    let unknown = FindingKind::SeccompUnknown;
    found.known(unknown, filter.key("defaultAction"), "action", &ACTIONS);
    for at in filter.list("architectures") {
        found.known(unknown, Some(at), "architecture", &ARCHITECTURES);
    }
    for at in filter.list("flags") {
        found.known(unknown, Some(at), "flag", &FLAGS);
    }
    if filter.list("architectures").is_empty() {
        found.add(
            FindingKind::SeccompNative,
            &filter,
            String::from("the filter names no architectures"),
        );
    }
    if let Some(at) = filter.key("defaultAction").filter(|at| at.text() == Some(NOTIFY)) {
        let words = format!("`{NOTIFY}` cannot be the default: nobody could answer");
        found.add(FindingKind::SeccompRule, &at, words);
    }
    for call in filter.list("syscalls") {
        found.known(unknown, call.key("action"), "action", &ACTIONS);
        if let Some(at) = call.key("action").filter(|at| at.text() == Some(NOTIFY))
            && filter.word("listenerPath").is_empty()
        {
            let words = format!("`{NOTIFY}` without `listenerPath`: there is nobody to ask");
            found.add(FindingKind::SeccompRule, &at, words);
        }
        for argument in call.list("args") {
            found.known(unknown, argument.key("op"), "operator", &OPERATORS);
            if let Some(at) = argument.key("index")
                && let Some(index) = at.int()
                && !(0..=5).contains(&index)
            {
                let words = format!("argument {index}: a system call has 0 to 5");
                found.add(FindingKind::SeccompRule, &at, words);
            }
        }
    }
}
