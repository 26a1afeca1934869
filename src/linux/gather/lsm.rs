//! Asks which security modules are on.

use super::read;
use rustix::fs::statfs;
use std::borrow::ToOwned as _;
use std::path::Path;
use std::string::String;
use std::vec::Vec;

/// `SELINUX_MAGIC`, as statfs(2) has it.
const SELINUX: i128 = 0xf97c_ff8c;

/// Whether `SELinux` is on: its file system is mounted and a policy has given this process a label.
pub(crate) fn selinux() -> bool {
    // The magic number does not fit into the signed field that some machines have.
    let is = |magic: i128| magic == SELINUX || magic.checked_add(1 << 32) == Some(SELINUX);
    let mounted = statfs("/sys/fs/selinux").is_ok_and(|found| is(i128::from(found.f_type)));
    mounted
        && read::text("/proc/self/attr/current").is_ok_and(|label| {
            !label.is_empty() && label.trim_end_matches(['\0', '\n']) != "kernel"
        })
}

/// Whether `AppArmor` is on (LP-AA-01).
pub(super) fn apparmor() -> bool {
    let enabled = read::text("/sys/module/apparmor/parameters/enabled").unwrap_or_default();
    enabled.len() > 1
        && enabled.starts_with('Y')
        && Path::new("/sys/kernel/security/apparmor").exists()
}

/// The `AppArmor` profiles that are loaded (LP-AA-02).
pub(super) fn apparmor_profiles() -> Vec<String> {
    profiles(&read::text("/sys/kernel/security/apparmor/profiles").unwrap_or_default())
}

/// Each line is a name, a space and its mode in brackets.
pub(super) fn profiles(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.rsplit_once(" ("))
        .map(|(name, _)| name.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_named_before_their_mode() {
        let text =
            "containers-default-0.50.1 (enforce)\nprogram with (brackets) (complain)\nbroken\n";
        assert_eq!(profiles(text), ["containers-default-0.50.1", "program with (brackets)"]);
    }
}
