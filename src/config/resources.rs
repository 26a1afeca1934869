//! The OCI resource limits, as the request has them (`resource_limits`).

use alloc::{collections::BTreeMap, string::String, vec::Vec};

record! {
    /// Limits on the resources of the container (OCI `linux.resources`).
    #[derive(Eq)]
    pub struct Resources {
        /// Device cgroup rules, in order.
        "devices" devices: Vec<DeviceRule>,
        /// Memory limits, in bytes.
        "memory" memory: Option<Memory>,
        /// CPU limits.
        "cpu" cpu: Option<Cpu>,
        /// Limit on the number of processes.
        "pids" pids: Option<Pids>,
        /// Block device limits.
        "blockIO" block_io: Option<BlockIo>,
        /// Limits on huge pages, one for each page size.
        "hugepageLimits" hugepage_limits: Vec<HugepageLimit>,
        /// Network class and priorities.
        "network" network: Option<Network>,
        /// RDMA limits by device name.
        "rdma" rdma: BTreeMap<String, Rdma>,
        /// Cgroup v2 files by name.
        "unified" unified: Option<BTreeMap<String, String>>,
    }

    /// One device cgroup rule.
    #[derive(Eq)]
    pub struct DeviceRule {
        /// Allow or deny.
        "allow" allow: bool,
        /// `a`, `b`, `c`; absent for all.
        "type" kind: Option<String>,
        /// Major number; absent for all.
        "major" major: Option<i64>,
        /// Minor number; absent for all.
        "minor" minor: Option<i64>,
        /// Any of `r`, `w`, `m`.
        "access" access: Option<String>,
    }

    /// Memory limits.
    #[derive(Eq)]
    pub struct Memory newer [("checkBeforeUpdate", "Podman 4.5", "")] {
        /// Hard limit, bytes.
        "limit" limit: Option<i64>,
        /// Soft limit, bytes.
        "reservation" reservation: Option<i64>,
        /// Memory and swap together, bytes.
        "swap" swap: Option<i64>,
        /// Kernel memory, bytes.
        "kernel" kernel: Option<i64>,
        /// Kernel memory for TCP, bytes.
        "kernelTCP" kernel_tcp: Option<i64>,
        /// How readily pages are swapped, 0 to 100.
        "swappiness" swappiness: Option<u64>,
        /// Whether the OOM killer is kept away.
        "disableOOMKiller" disable_oom_killer: Option<bool>,
        /// Whether child cgroups count.
        "useHierarchy" use_hierarchy: Option<bool>,
    }

    /// CPU limits.
    #[derive(Eq)]
    pub struct Cpu newer [("burst", "Podman 4.5", ""), ("idle", "Podman 4.4", "")] {
        /// Relative weight, 2 to 262144; 1024 is what a cgroup has without it.
        "shares" shares: Option<u64>,
        /// CFS quota, µs in each period.
        "quota" quota: Option<i64>,
        /// CFS period, µs.
        "period" period: Option<u64>,
        /// Realtime quota, µs in each period.
        "realtimeRuntime" realtime_runtime: Option<i64>,
        /// Realtime period, µs.
        "realtimePeriod" realtime_period: Option<u64>,
        /// CPUs that may be used, as in `0-3,5`.
        "cpus" cpus: Option<String>,
        /// Memory nodes that may be used.
        "mems" mems: Option<String>,
    }

    /// Limit on the number of processes.
    #[derive(Eq)]
    pub struct Pids {
        /// The limit; 0 or below for none.
        "limit" limit: i64,
    }

    /// Block device limits.
    #[derive(Eq)]
    pub struct BlockIo {
        /// Relative weight, 10 to 1000.
        "weight" weight: Option<u16>,
        /// Relative weight against child cgroups, 10 to 1000.
        "leafWeight" leaf_weight: Option<u16>,
        /// Weight by device.
        "weightDevice" weight_device: Vec<Weight>,
        /// Bytes read a second, by device.
        "throttleReadBpsDevice" throttle_read_bps: Vec<Throttle>,
        /// Bytes written a second, by device.
        "throttleWriteBpsDevice" throttle_write_bps: Vec<Throttle>,
        /// Reads a second, by device.
        "throttleReadIOPSDevice" throttle_read_iops: Vec<Throttle>,
        /// Writes a second, by device.
        "throttleWriteIOPSDevice" throttle_write_iops: Vec<Throttle>,
    }

    /// A weight for one device.
    #[derive(Eq)]
    pub struct Weight {
        /// Major number.
        "major" major: i64,
        /// Minor number.
        "minor" minor: i64,
        /// Relative weight, 10 to 1000.
        "weight" weight: Option<u16>,
        /// Relative weight against child cgroups, 10 to 1000.
        "leafWeight" leaf_weight: Option<u16>,
    }

    /// A rate for one device.
    #[derive(Eq)]
    pub struct Throttle {
        /// Major number.
        "major" major: i64,
        /// Minor number.
        "minor" minor: i64,
        /// Bytes or operations a second.
        "rate" rate: u64,
    }

    /// Limit on one size of huge pages.
    #[derive(Eq)]
    pub struct HugepageLimit {
        /// As in `2MB`.
        "pageSize" page_size: String,
        /// Bytes.
        "limit" limit: u64,
    }

    /// Network class and priorities (cgroup v1).
    #[derive(Eq)]
    pub struct Network {
        /// Class identifier of the packets (`net_cls.classid`, cgroup v1).
        "classID" class_id: Option<u32>,
        /// Priority by interface.
        "priorities" priorities: Vec<NetworkPriority>,
    }

    /// A priority for one interface.
    #[derive(Eq)]
    pub struct NetworkPriority {
        /// Interface name.
        "name" name: String,
        /// Its priority; higher goes first.
        "priority" priority: u32,
    }

    /// RDMA limits of one device.
    #[derive(Eq)]
    pub struct Rdma {
        /// The most handles of the device.
        "hcaHandles" hca_handles: Option<u32>,
        /// The most objects of the device.
        "hcaObjects" hca_objects: Option<u32>,
    }
}
