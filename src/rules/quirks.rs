//! Lists the quirks of Podman 4.3.1, behaviour that looks like a mistake and yet shows: one line each, with its rule.

use super::Rule;

/// Makes [`Quirk`] of its lines.
macro_rules! quirks {
    ($($variant:ident $id:literal $text:literal $rule:ident $($more:ident)*;)+) => {
        /// One behaviour of Podman that looks like a mistake and yet shows in its results.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[repr(u16)]
        #[non_exhaustive]
        pub enum Quirk {
            $(#[doc = concat!($id, ": ", $text)] $variant,)+
        }

        impl Quirk {
            /// Every quirk, in the order of the ids, which is the order of [`Ord`].
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Gives the quirk's id, such as `Q-13`.
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)+
                }
            }

            /// Says in one or two sentences what Podman does.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// Gives the rule that the quirk belongs to; where it touches several, the first of [`Quirk::rules`].
            pub const fn rule(self) -> Rule {
                match self {
                    $(Self::$variant => Rule::$rule,)+
                }
            }

            /// Gives every rule that the quirk touches.
            pub const fn rules(self) -> &'static [Rule] {
                match self {
                    $(Self::$variant => &[Rule::$rule, $(Rule::$more,)*],)+
                }
            }
        }
    };
}

quirks! {
    Q01 "Q-01" "Podman's API reads an entry of `default_ulimits` as `hard:soft`, the reverse of the documented `soft:hard`." SgRlim02;
    Q02 "Q-02" "A container from a rootfs gets no `container=podman`, and `PATH` and `TERM` only as far as containers.conf sets them." SgEnv03;
    Q03 "Q-03" "The user namespace modes `keep-id`, `no-map`, `auto` and `pod` do not count as a new user namespace: run as root, such a container keeps the device deny rule and its own sysfs." SgNs40;
    Q04 "Q-04" "The user namespace mode `auto` gives no user namespace, and no error, unless `idmappings.AutoUserNs` is true as well." SgUns08;
    Q05 "Q-05" "The user namespace mode is `no-map` in a request and `nomap` in containers.conf and on the command line; a request with `nomap` is refused." SgUns06;
    Q06 "Q-06" "An `unmask` that is present but empty crashes Podman on cgroup v2." SgMnt06;
    Q07 "Q-07" "The word `ALL` in `unmask` makes the cgroup mount writable only in capitals and as the first entry; otherwise it unmasks the paths alone." SgMnt06;
    Q08 "Q-08" "An `envmerge` entry without `=` that names an existing variable crashes Podman, and a second `=` cuts the value off." SgEnv05;
    Q09 "Q-09" "Where `httpproxy` is true, `unsetenv` cannot remove the proxy variables, for they are added after it." SgEnv07;
    Q10 "Q-10" "A capability label together with a non-root user and `cap_add` can give effective capabilities that the bounding set lacks." SgCaps09;
    Q11 "Q-11" "In a privileged container `cap_drop` is ignored, and not even its names are checked." SgCaps02;
    Q12 "Q-12" "The user namespace mode `keep-id` with `uid=0` still gives empty effective and permitted capability sets." SgCaps06;
    Q13 "Q-13" "The default size of `/dev/shm` is 65536000 bytes, not 64 MiB: the `k` of `65536k` counts as 1000." SgIpc06;
    Q14 "Q-14" "A negative stop signal is accepted and stored as a huge unsigned number." SgStop03;
    Q15 "Q-15" "A `systemd` value in capitals, such as `ALWAYS`, passes the first check and fails at a later, case-sensitive one." SgSysd01;
    Q16 "Q-16" "A `weightDevice` entry without a `weight` crashes Podman." SgRes21;
    Q17 "Q-17" "A bind mount from `volumes_from` at the place of an image volume is a conflict, where a bind mount of the request would win." SgVol08;
    Q18 "Q-18" "A bind mount from containers.conf and a named volume of the request at one destination are a conflict; the request does not win." SgVol08;
    Q19 "Q-19" "Overlay volumes and image volumes are not compared with the mounts, so both can stand at one destination." SgVol09;
    Q20 "Q-20" "A bind mount with an empty source mounts the working directory of the engine." SgVol10;
    Q21 "Q-21" "A mount of another type than `bind` or `tmpfs`, or of none, keeps its options unchecked." SgOpt01;
    Q22 "Q-22" "In a rootless container in the host's PID namespace the entries of `mask` are dropped." SgMask04;
    Q23 "Q-23" "An empty entry in `mask` adds an empty masked path." SgMask03;
    Q24 "Q-24" "An rlimit type that already has the prefix `RLIMIT_` gets it once more." SgRlim03;
    Q25 "Q-25" "A malformed pattern in `unmask` is logged and otherwise ignored." SgMask02;
    Q26 "Q-26" "A device that ends in a colon crashes Podman, and so does a CDI name whose vendor or class is one letter." SgDev05 SgDev09;
    Q27 "Q-27" "The `allow` of a `device_cgroup_rule` is ignored: each such rule allows." SgDev10;
    Q28 "Q-28" "Device rules in `resource_limits` are kept, but the rule that denies every device follows and overrules them." SgDev01;
    Q29 "Q-29" "The fields `oci_runtime`, `namespace`, `rootfs_propagation`, `unified`, `cpu_period`, `cpu_quota`, `devices_from` and `host_device_list` are accepted and then ignored." SgJson02 SgDev08;
    Q30 "Q-30" "On cgroup v1 an unlimited memory swap (-1) beside a memory limit is refused, as if it were below the limit." SgRes12;
    Q31 "Q-31" "A hostname is not checked at all, neither its characters nor its length." SgHost04;
    Q32 "Q-32" "A hostname in a container that joins another container's UTS namespace is refused with words about the host's UTS namespace." SgVal05;
    Q33 "Q-33" "The test whether a rootless container has group 5 asks for five mapped group ids, although the ids 0 to 5 are six." SgMnt05;
    Q34 "Q-34" "The options of `procfs_opts` replace those of whatever is mounted at `/proc`, even of a bind mount of the request." SgMnt11;
    Q35 "Q-35" "The `idmappings` of a request are discarded when its user namespace is left to the default, and kept but not used when it is the host's." SgUns01 SgUns02;
    Q36 "Q-36" "The filter for reserved annotations also takes the texts `TRUE` and `FALSE` for reserved keys." SgAnn01;
    Q37 "Q-37" "Bind mounts from `volumes_from` and containers.conf, and image volumes made as tmpfs, do not count as user volumes." SgVol12;
    Q38 "Q-38" "Of a `userns` in containers.conf such as `auto:size=…`, the options are lost." SgUns01;
    Q39 "Q-39" "A `netns` in containers.conf that names a network gives bridge mode on the default network, and the options of slirp4netns are dropped." SgNet02;
    Q40 "Q-40" "A capability label that names a capability outside the container's set only logs an error and changes nothing." SgCaps05;
    Q41 "Q-41" "In a pod with an infra container the label options are the infra container's followed by the container's own, so they can stand twice." SgPod05;
    Q42 "Q-42" "The test whether a pod's shm size is the default compares with 65536000." SgPod04;
    Q43 "Q-43" "In a pod with an infra container the shm size of the request is replaced by the infra container's, so the IPC mode `none` is always refused there." SgPod01 SgPod04;
    Q44 "Q-44" "In a pod with an infra container `host_device_list`, ignored elsewhere, is used when `devices` is empty." SgPod01;
    Q45 "Q-45" "A `volume-opt` mount option comes out twice in a row." SgOpt02;
    Q46 "Q-46" "Two port mappings that overlap only in the last host port of a range are not reported." SgPort04;
    Q47 "Q-47" "In a device of three parts whose middle part is a mode, the middle part wins over the last." SgDev04;
    Q48 "Q-48" "Sysctls of a request are not held against the list of allowed ones, which containers.conf's must pass." SgSysctl03;
    Q49 "Q-49" "A relative `work_dir`, a mount destination with `..` or a doubled slash, and a variable name with `=` are stored as given." SgWd01 SgVol06 SgEnv08;
    Q50 "Q-50" "A user namespace of mode `auto` is sized by the image's passwd file but by the host's `etc/group`, looked up from the engine's working directory, and the highest id found stays unmapped." SgUns12;
}

impl Quirk {
    /// Finds the quirk of an id as a person writes it, in upper or lower case; none if there is no such quirk.
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|quirk| quirk.id().eq_ignore_ascii_case(id))
    }
}
