//! Asks the cgroup file systems what they can do.

use super::read;
use crate::facts::{Answer, CgroupV1, MemorySwap};
use rustix::fs::statfs;
use std::borrow::ToOwned as _;
use std::fs::read_dir;
use std::path::{Path, PathBuf};
use std::string::String;

const ROOT: &str = "/sys/fs/cgroup";

/// `CGROUP2_SUPER_MAGIC`, as statfs(2) has it.
const CGROUP2: i128 = 0x6367_7270;

/// Whether /sys/fs/cgroup is cgroup v2 (LP-LEAF-05).
pub(super) fn unified() -> Answer<bool> {
    statfs(ROOT).map(|found| i128::from(found.f_type) == CGROUP2).map_err(read::errno).into()
}

/// What the v1 controllers can do (SG-RES-17): which are mounted, and which files stand at their roots.
pub(super) fn v1() -> CgroupV1 {
    v1_of(&read::text("/proc/self/mountinfo").unwrap_or_default())
}

fn v1_of(mountinfo: &str) -> CgroupV1 {
    let controller = |name: &str| controller(mountinfo, name).map(PathBuf::from);
    let has = |at: Option<&PathBuf>, file: &str| at.is_some_and(|at| at.join(file).exists());
    let content = |at: Option<&PathBuf>, file: &str| {
        at.and_then(|at| read::text(at.join(file)).ok())
            .map(|text| text.trim().to_owned())
            .unwrap_or_default()
    };
    let (memory, cpu, cpuset, pids, blkio) = (
        controller("memory"),
        controller("cpu"),
        controller("cpuset"),
        controller("pids"),
        controller("blkio"),
    );
    CgroupV1 {
        memory: memory.is_some(),
        swap: has(memory.as_ref(), "memory.memsw.limit_in_bytes"),
        reservation: has(memory.as_ref(), "memory.soft_limit_in_bytes"),
        oom_kill_disable: has(memory.as_ref(), "memory.oom_control"),
        swappiness: has(memory.as_ref(), "memory.swappiness"),
        cpu_shares: has(cpu.as_ref(), "cpu.shares"),
        cpu_period: has(cpu.as_ref(), "cpu.cfs_period_us"),
        cpu_quota: has(cpu.as_ref(), "cpu.cfs_quota_us"),
        cpuset: cpuset.is_some(),
        cpuset_cpus: content(cpuset.as_ref(), "cpuset.cpus"),
        cpuset_mems: content(cpuset.as_ref(), "cpuset.mems"),
        pids: pids.is_some(),
        blkio_weight: has(blkio.as_ref(), "blkio.weight"),
        blkio_weight_device: has(blkio.as_ref(), "blkio.weight_device"),
        blkio_read_bps: has(blkio.as_ref(), "blkio.throttle.read_bps_device"),
        blkio_write_bps: has(blkio.as_ref(), "blkio.throttle.write_bps_device"),
        blkio_read_iops: has(blkio.as_ref(), "blkio.throttle.read_iops_device"),
        blkio_write_iops: has(blkio.as_ref(), "blkio.throttle.write_iops_device"),
    }
}

/// Where a v1 controller is mounted: the first line of mountinfo of type `cgroup` whose super options name it.
pub(super) fn controller<'m>(mountinfo: &'m str, name: &str) -> Option<&'m str> {
    mountinfo.lines().find_map(|line| {
        let (mount, source) = line.split_once(" - ")?;
        let mut source = source.split(' ');
        let (kind, _, options) = (source.next()?, source.next()?, source.next()?);
        (kind == "cgroup" && options.split(',').any(|option| option == name))
            .then(|| mount.split(' ').nth(4))?
    })
}

/// The swap files of the own cgroup on v2 (SG-RES-16). The root has none: Podman makes a cgroup to look into; here it is one that stands there.
pub(super) fn memory_swap(own_cgroup: &str) -> MemorySwap {
    let own = own_cgroup.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or("/");
    let root = Path::new(ROOT);
    let files = |at: &Path| MemorySwap {
        memory_max: at.join("memory.max").exists(),
        memory_swap_max: at.join("memory.swap.max").exists(),
    };
    if own != "/" {
        return files(&root.join(own.trim_start_matches('/')));
    }
    let children = read_dir(root).into_iter().flatten().flatten();
    children
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| files(&entry.path()))
        .find(|found| found.memory_max)
        .unwrap_or_default()
}

/// The text of /proc/self/cgroup.
pub(super) fn own() -> Answer<String> {
    super::procfs::own_cgroup().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controllers_are_found_by_their_super_options() {
        let text = "30 25 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro\n\
                    31 30 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n\
                    33 30 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:5 - cgroup cgroup rw,cpu,cpuacct\n\
                    34 30 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\nbroken\n";
        for (name, at) in [
            ("cpu", Some("/sys/fs/cgroup/cpu,cpuacct")),
            ("cpuacct", Some("/sys/fs/cgroup/cpu,cpuacct")),
            ("memory", Some("/sys/fs/cgroup/memory")),
            ("pids", None),
        ] {
            assert_eq!(controller(text, name), at, "{name}");
        }
    }
}
