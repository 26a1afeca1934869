//! Lends the readers of the host's texts to the fuzz targets, which is the only build that has this.

use super::{cgroup, host_users, lsm, network, procfs, subid};
use crate::linux::apply::own_cgroup;

/// Reads a text as each of the readers does; `about` is the name, the number or the path that it is asked for.
pub fn host_texts(text: &str, about: &str) {
    let uid = about.parse().unwrap_or(1000);
    for (start, size) in subid::parse(text, about, uid) {
        assert!(start.checked_add(size).is_some());
    }
    let _ = (host_users::find_user(text, about), host_users::find_group(text, about));
    let _ = (procfs::parse_status(text), procfs::parse_id_map(text));
    let _ = (lsm::profiles(text), network::parse(text));
    let _ = cgroup::controller(text, about);
    for line in about.lines() {
        let (controllers, path) = line.split_once(':').unwrap_or(("", line));
        let _ = own_cgroup::places(text, controllers, path);
    }
}
