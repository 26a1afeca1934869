//! Holds the id mappings against the kernel's rules, and the process's ids against the mappings.

use super::FindingKind;
use super::look::{At, Found, Namespaces, Spec};
use alloc::{format, string::String, vec::Vec};

/// The most ranges that the kernel takes.
const MOST: usize = 340;

/// The first id that is none: the last of 32 bits stands for "unchanged".
const END: i128 = 0xffff_ffff;

pub(super) fn check(spec: &Spec<'_>, namespaces: &Namespaces<'_>, found: &mut Found) {
    let user = namespaces.find("user");
    for key in ["linux.uidMappings", "linux.gidMappings"] {
        let ranges = spec.list(key);
        if let Some(at) = spec.at(key).filter(|_| !ranges.is_empty() && user.is_none()) {
            found.add(
                FindingKind::MappingsWithoutUser,
                &at,
                String::from("id mappings, but no user namespace"),
            );
        }
        if let Some(user) = user.filter(|user| user.path.is_empty() && ranges.is_empty()) {
            let what = key.strip_prefix("linux.").unwrap_or(key);
            found.add(
                FindingKind::UserWithoutMappings,
                &user.at,
                format!("a new user namespace without `{what}`"),
            );
        }
        mappings(spec.at(key), found);
    }
    for mount in spec.mounts() {
        mappings(mount.key("uidMappings"), found);
        mappings(mount.key("gidMappings"), found);
    }
    if user.is_some_and(|user| user.path.is_empty()) {
        let of = |key: &str| spec.at("process.user").and_then(|at| at.key(key));
        inside(spec, "linux.uidMappings", of("uid"), "user", found);
        inside(spec, "linux.gidMappings", of("gid"), "group", found);
        for at in spec.list("process.user.additionalGids") {
            inside(spec, "linux.gidMappings", Some(at), "group", found);
        }
    }
}

/// Start and end of a range, behind the last id.
fn range(at: &At<'_>, side: &str) -> Option<(i128, i128)> {
    let start = at.number(side).unwrap_or(0);
    Some((start, start.checked_add(at.number("size")?)?))
}

fn mappings(at: Option<At<'_>>, found: &mut Found) {
    let Some(at) = at else { return };
    let ranges = at.items();
    if ranges.len() > MOST {
        found.add(
            FindingKind::MappingsWrong,
            &at,
            format!("{} ranges are more than the {MOST} that the kernel takes", ranges.len()),
        );
    }
    for side in ["containerID", "hostID"] {
        let mut sides: Vec<(i128, i128, &At<'_>)> = Vec::new();
        for one in &ranges {
            let Some((start, end)) = range(one, side) else { continue };
            if start < 0 || end <= start || end > END {
                // Told once, for the first side that shows it.
                if side == "containerID"
                    || range(one, "containerID").is_some_and(|(s, e)| s >= 0 && e > s && e <= END)
                {
                    found.add(
                        FindingKind::MappingsWrong,
                        one,
                        String::from("the range is empty or runs over the last id"),
                    );
                }
                continue;
            }
            sides.push((start, end, one));
        }
        sides.sort_by_key(|(start, _, _)| *start);
        for (first, second) in sides.iter().zip(sides.iter().skip(1)) {
            if second.0 < first.1 {
                found.add(
                    FindingKind::MappingsWrong,
                    second.2,
                    format!("the range overlaps `{}` in `{side}`", first.2.path),
                );
            }
        }
    }
}

/// An id of the process has to be in a range.
fn inside(spec: &Spec<'_>, key: &str, at: Option<At<'_>>, what: &str, found: &mut Found) {
    let ranges = spec.list(key);
    let Some(at) = at else { return };
    let Some(id) = at.int().filter(|_| !ranges.is_empty()) else { return };
    let is_in = |one: &At<'_>| range(one, "containerID").is_some_and(|(s, e)| (s..e).contains(&id));
    if !ranges.iter().any(is_in) {
        found.add(
            FindingKind::IdNotMapped,
            &at,
            format!("{what} {id} is not mapped into the user namespace"),
        );
    }
}
