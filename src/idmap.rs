//! ID mappings: split over the ranges a process has, translated, made for a rootless user, read from text.
//!
//! Podman counts ids in 32 bits and lets them wrap; so does this.

use alloc::borrow::Cow;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;
use core::num::IntErrorKind;

use crate::files::containerenv::Quoted;

/// A run of container ids and the host ids they stand for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct IdMap {
    /// First id inside the container.
    pub container_id: u32,
    /// First id outside, as the engine's own user namespace numbers them.
    pub host_id: u32,
    /// How many.
    pub size: u32,
}

impl IdMap {
    /// Makes a mapping; the arguments are in the order of the fields.
    pub const fn new(container_id: u32, host_id: u32, size: u32) -> Self {
        Self { container_id, host_id, size }
    }
}

/// A run of ids that a process has: a line of `/proc/self/uid_map` or `gid_map`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct IdRange {
    /// First id inside the process's user namespace.
    pub id: u32,
    /// First id in the namespace's parent.
    pub parent: u32,
    /// How many.
    pub count: u32,
}

/// An id inside the container that no mapping covers.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("container uses ID mappings ({}), but doesn't map {kind} {id}", GoSyntax(.maps))]
pub struct NotMapped {
    /// The mappings.
    pub maps: Vec<IdMap>,
    /// Whether it is a user's id or a group's.
    pub kind: IdKind,
    /// The id.
    pub id: u32,
}

/// Whose ids are meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum IdKind {
    /// Users'.
    Uid,
    /// Groups'.
    Gid,
}

impl fmt::Display for IdKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uid => "UID",
            Self::Gid => "GID",
        })
    }
}

/// Why a user namespace cannot be made as asked.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UsernsError {
    /// The mode takes its ids from a rootless user, and the engine runs as root.
    #[error("{mode} is only supported in rootless mode")]
    RootlessOnly {
        /// `keep-id` or `nomap`, as Podman names the mode.
        mode: &'static str,
    },
    /// The rootless user has no subordinate ids.
    #[error(
        "{mode} requires additional UIDs or GIDs defined in /etc/subuid and /etc/subgid to function correctly"
    )]
    NoSubordinateIds {
        /// `keep-id` or `nomap`.
        mode: &'static str,
    },
    /// A `keep-id` option has no `=`.
    #[error("invalid option specified: {}", Quoted(.option))]
    NoValue {
        /// The option.
        option: String,
    },
    /// A `keep-id` option is neither `uid` nor `gid`.
    #[error("unknown option specified: {}", Quoted(.key))]
    UnknownOption {
        /// The option's name.
        key: String,
    },
    /// The value of a `keep-id` option is no id.
    #[error("strconv.ParseUint: parsing {}: {}", Quoted(.value), if *.too_high { "value out of range" } else { "invalid syntax" })]
    NotAnId {
        /// The value.
        value: String,
        /// Whether it is a number, but none of 32 bits.
        too_high: bool,
    },
    /// Mappings given as text are not `container:host:size`.
    #[error("initializing ID mappings: {kind} setting is malformed expected [\"uint32:uint32:uint32\"]: {}", QuotedList(.texts))]
    Malformed {
        /// Which of the two lists.
        kind: IdKind,
        /// The whole list.
        texts: Vec<String>,
    },
}

/// The ids `keep-id` is asked to keep, where they are not the user's own.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct KeepIdOptions {
    /// User id inside the container.
    pub uid: Option<u32>,
    /// Group id inside the container.
    pub gid: Option<u32>,
}

/// Mappings made for a rootless user, and who that is inside the container.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UsernsIds {
    /// The process's user id.
    pub uid: u32,
    /// The process's group id, primary and additional.
    pub gid: u32,
    /// User ids.
    pub uid_maps: Vec<IdMap>,
    /// Group ids.
    pub gid_maps: Vec<IdMap>,
}

/// Splits mappings where they go beyond a range of `available` ids into the next one: the kernel takes no mapping that spans two.
///
/// Where some id is not available at all, the mappings come back as they are, for the kernel to refuse.
///
/// # Examples
///
/// ```
/// use ocify::parts::idmap::{IdMap, IdRange, split};
///
/// // A rootless process has its own id, then 65536 subordinate ones from 524288.
/// let available = [IdRange { id: 0, parent: 1000, count: 1 }, IdRange { id: 1, parent: 524_288, count: 65536 }];
/// let wanted = [IdMap::new(0, 0, 10)];
/// let maps = split(&wanted, &available);
/// assert_eq!(*maps, [IdMap::new(0, 0, 1), IdMap::new(1, 1, 9)]);
/// ```
pub fn split<'a>(maps: &'a [IdMap], available: &[IdRange]) -> Cow<'a, [IdMap]> {
    // LP-NS-07
    let ranges = sorted(available);
    let mut parts: Option<Vec<IdMap>> = None;
    for (index, map) in maps.iter().enumerate() {
        let mut rest = *map;
        loop {
            let Some(usable) = usable_from(rest.host_id, &ranges) else {
                return Cow::Borrowed(maps);
            };
            if usable >= rest.size {
                break;
            }
            let parts = parts.get_or_insert_with(|| maps.iter().take(index).copied().collect());
            parts.push(IdMap { size: usable, ..rest });
            rest = IdMap {
                container_id: rest.container_id.wrapping_add(usable),
                host_id: rest.host_id.wrapping_add(usable),
                size: rest.size.wrapping_sub(usable),
            };
        }
        if let Some(parts) = &mut parts {
            parts.push(rest);
        }
    }
    parts.map_or(Cow::Borrowed(maps), Cow::Owned)
}

/// Translates ids inside the container to the host's, (user, group); without mappings they are the same.
///
/// # Errors
///
/// [`NotMapped`] for an id that none of its mappings covers.
///
/// Source: Buildah `util/util.go`, `GetHostIDs`.
///
/// # Examples
///
/// ```
/// use ocify::parts::idmap::{IdMap, host_ids};
///
/// let maps = [IdMap::new(0, 100_000, 65536)];
/// assert_eq!(host_ids(&maps, &maps, 33, 33)?, (100_033, 100_033));
/// assert!(host_ids(&maps, &maps, 70_000, 0).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn host_ids(
    uid_maps: &[IdMap],
    gid_maps: &[IdMap],
    uid: u32,
    gid: u32,
) -> Result<(u32, u32), NotMapped> {
    // LP-USER-10
    let translated = |maps: &[IdMap], kind, id| {
        host_id(maps, id).ok_or_else(|| NotMapped { maps: maps.to_vec(), kind, id })
    };
    Ok((translated(uid_maps, IdKind::Uid, uid)?, translated(gid_maps, IdKind::Gid, gid)?))
}

/// Translates one id inside the container to the host's; `None` if there are mappings and none covers it.
pub fn host_id(maps: &[IdMap], id: u32) -> Option<u32> {
    // LP-USER-10: the first mapping wins. One that reaches up to the very last id covers none: its end wraps to 0.
    if maps.is_empty() {
        return Some(id);
    }
    let covers =
        |map: &&IdMap| id >= map.container_id && id < map.container_id.wrapping_add(map.size);
    let map = maps.iter().find(covers)?;
    Some(id.wrapping_sub(map.container_id).wrapping_add(map.host_id))
}

/// Gives the host's id for the container's root, which owns the files that the engine makes.
pub fn root_id(maps: &[IdMap]) -> u32 {
    // LP-MODEL-06: a lone id is root's, whatever it is called inside.
    match maps {
        [only] if only.size == 1 => only.host_id,
        _ => maps.iter().find(|map| map.container_id == 0).map_or(0, |map| map.host_id),
    }
}

/// Reads `keep-id`'s options, `uid=N,gid=N`; the empty text has none.
///
/// # Errors
///
/// [`UsernsError`] for the first option that is not understood.
///
/// # Examples
///
/// ```
/// use ocify::parts::idmap::{KeepIdOptions, keep_id_options};
///
/// assert_eq!(keep_id_options("uid=200")?, KeepIdOptions { uid: Some(200), gid: None });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn keep_id_options(value: &str) -> Result<KeepIdOptions, UsernsError> {
    // SG-UNS-05
    let mut options = KeepIdOptions::default();
    if value.is_empty() {
        return Ok(options);
    }
    for option in value.split(',') {
        let Some((key, value)) = option.split_once('=') else {
            return Err(UsernsError::NoValue { option: option.to_string() });
        };
        match key {
            "uid" => options.uid = Some(read_id(value)?),
            "gid" => options.gid = Some(read_id(value)?),
            _ => return Err(UsernsError::UnknownOption { key: key.to_string() }),
        }
    }
    Ok(options)
}

/// Makes the mappings of `keep-id`: the rootless user has the same id inside as outside, or the one asked for, and the
/// subordinate ids fill up what is below and above.
///
/// `uid` and `gid` are the user's own; `subuids` and `subgids` the sizes of his subordinate ranges.
///
/// # Errors
///
/// [`UsernsError::NoSubordinateIds`].
///
/// Source: Podman `pkg/util/utils.go`, `GetKeepIDMapping`.
///
/// # Examples
///
/// ```
/// use ocify::parts::idmap::{IdMap, KeepIdOptions, keep_id};
///
/// let ids = keep_id(KeepIdOptions::default(), (1000, 1000), &[65536], &[65536])?;
/// assert_eq!((ids.uid, ids.gid), (1000, 1000));
/// assert_eq!(ids.uid_maps, [IdMap::new(0, 1, 1000), IdMap::new(1000, 0, 1), IdMap::new(1001, 1001, 64536)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn keep_id(
    options: KeepIdOptions,
    (uid, gid): (u32, u32),
    subuids: &[u64],
    subgids: &[u64],
) -> Result<UsernsIds, UsernsError> {
    // SG-UNS-05
    if subuids.is_empty() || subgids.is_empty() {
        return Err(UsernsError::NoSubordinateIds { mode: "keep-id" });
    }
    let (uid, gid) = (options.uid.unwrap_or(uid), options.gid.unwrap_or(gid));
    Ok(UsernsIds { uid, gid, uid_maps: around(uid, subuids), gid_maps: around(gid, subgids) })
}

/// Makes the mappings of `no-map`: the rootless user's own id is not in the container, only subordinate ones are.
///
/// # Errors
///
/// [`UsernsError::NoSubordinateIds`].
///
/// Source: Podman `pkg/util/utils.go`, `GetNoMapMapping`.
///
/// # Examples
///
/// ```
/// use ocify::parts::idmap::{IdMap, no_map};
///
/// assert_eq!(no_map(&[65536], &[65536])?.uid_maps, [IdMap::new(0, 1, 65536)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn no_map(subuids: &[u64], subgids: &[u64]) -> Result<UsernsIds, UsernsError> {
    // SG-UNS-06
    if subuids.is_empty() || subgids.is_empty() {
        return Err(UsernsError::NoSubordinateIds { mode: "nomap" });
    }
    Ok(UsernsIds { uid: 0, gid: 0, uid_maps: in_a_row(subuids), gid_maps: in_a_row(subgids) })
}

/// Reads `/proc/self/uid_map` or `gid_map`. What is no number there is 0.
///
/// # Examples
///
/// ```
/// use ocify::parts::idmap::{IdRange, ranges};
///
/// let own = ranges("         0       1000          1\n         1     524288      65536\n");
/// assert_eq!(own[1], IdRange { id: 1, parent: 524_288, count: 65536 });
/// ```
pub fn ranges(text: &str) -> Vec<IdRange> {
    // LP-LEAF-04
    let mut ranges = Vec::new();
    for line in text.lines() {
        let mut fields = line.split_whitespace().map(|field| field.parse().unwrap_or(0));
        if let Some(id) = fields.next() {
            let mut next = || fields.next().unwrap_or(0);
            ranges.push(IdRange { id, parent: next(), count: next() });
        }
    }
    ranges
}

/// Reads mappings given as text, `container:host:size` and any number of those in a row; a list that is missing is the other one.
///
/// # Errors
///
/// [`UsernsError::Malformed`].
///
/// # Examples
///
/// ```
/// use ocify::parts::idmap::{IdMap, from_texts};
///
/// let none: [&str; 0] = [];
/// let (uids, gids) = from_texts(&["0:100000:65536"], &none)?;
/// assert_eq!(uids, [IdMap::new(0, 100_000, 65536)]);
/// assert_eq!(gids, uids);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn from_texts<S: AsRef<str>>(
    uids: &[S],
    gids: &[S],
) -> Result<(Vec<IdMap>, Vec<IdMap>), UsernsError> {
    // SG-UNS-10
    let given_uids = if uids.is_empty() { gids } else { uids };
    let given_gids = if gids.is_empty() { uids } else { gids };
    Ok((triples(IdKind::Uid, given_uids)?, triples(IdKind::Gid, given_gids)?))
}

/// Gives the names whose subordinate ids are meant, (subuid, subgid); one that is empty is the other one.
pub fn subid_names<'a>(subuid: &'a str, subgid: &'a str) -> (&'a str, &'a str) {
    // SG-UNS-10
    match (subuid, subgid) {
        ("", name) | (name, "") => (name, name),
        both => both,
    }
}

fn sorted(available: &[IdRange]) -> Cow<'_, [IdRange]> {
    if available.is_sorted_by_key(|range| range.id) {
        return Cow::Borrowed(available);
    }
    let mut ranges = available.to_vec();
    ranges.sort_by_key(|range| range.id);
    Cow::Owned(ranges)
}

/// Says how many ids from `id` on are in the range that has it; `None` if none has. `ranges` are sorted.
fn usable_from(id: u32, ranges: &[IdRange]) -> Option<u32> {
    let index = ranges.partition_point(|range| range.id <= id).checked_sub(1)?;
    let range = ranges.get(index)?;
    range.count.checked_sub(id.checked_sub(range.id)?).filter(|usable| *usable > 0)
}

/// Maps one id to the user's own, which is 0 in his user namespace, and the rest to those from 1 on.
fn around(id: u32, subordinate: &[u64]) -> Vec<IdMap> {
    let total: u64 = subordinate.iter().fold(0, |total, size| total.saturating_add(*size));
    let below = u64::from(id).min(total);
    let mut maps = [IdMap::new(0, 1, low(below)), IdMap::new(id, 0, 1)].to_vec();
    if let Some(above) = total.checked_sub(id.into()).filter(|above| *above > 0) {
        maps.push(IdMap::new(id.wrapping_add(1), id.wrapping_add(1), low(above)));
    }
    maps
}

/// Maps ids from 0 on to those from 1 on, range by range.
fn in_a_row(subordinate: &[u64]) -> Vec<IdMap> {
    let mut next = 0_u64;
    let map = |size: &u64| {
        let container = low(next);
        next = next.saturating_add(*size);
        IdMap::new(container, container.wrapping_add(1), low(*size))
    };
    subordinate.iter().map(map).collect()
}

/// Keeps the low 32 bits.
fn low(number: u64) -> u32 {
    u32::try_from(number & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}

fn triples<S: AsRef<str>>(kind: IdKind, texts: &[S]) -> Result<Vec<IdMap>, UsernsError> {
    let malformed = || UsernsError::Malformed {
        kind,
        texts: texts.iter().map(|text| text.as_ref().to_string()).collect(),
    };
    let mut maps = Vec::with_capacity(texts.len());
    for text in texts.iter().map(AsRef::as_ref).filter(|text| !text.is_empty()) {
        let mut numbers = text.split(':').map(|number| read_id(number).ok());
        while let Some(container_id) = numbers.next() {
            let mut next = || numbers.next().flatten();
            let map = container_id.zip(next()).zip(next());
            let ((container_id, host_id), size) = map.ok_or_else(malformed)?;
            maps.push(IdMap { container_id, host_id, size });
        }
    }
    Ok(maps)
}

/// Reads an id as Go's `ParseUint` does: no sign.
fn read_id(text: &str) -> Result<u32, UsernsError> {
    let not_an_id = |too_high| UsernsError::NotAnId { value: text.to_string(), too_high };
    if text.starts_with('+') {
        return Err(not_an_id(false));
    }
    text.parse().map_err(|error: core::num::ParseIntError| {
        not_an_id(*error.kind() == IntErrorKind::PosOverflow)
    })
}

/// Shows mappings as Go's `%#v` does.
#[derive(Debug)]
struct GoSyntax<'a>(&'a [IdMap]);

impl fmt::Display for GoSyntax<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[]specs.LinuxIDMapping{")?;
        for (index, IdMap { container_id, host_id, size }) in self.0.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(
                f,
                "{comma}specs.LinuxIDMapping{{ContainerID:{container_id:#x}, HostID:{host_id:#x}, Size:{size:#x}}}"
            )?;
        }
        f.write_str("}")
    }
}

/// Shows a list of texts as Go's `%q` does.
#[derive(Debug)]
struct QuotedList<'a>(&'a [String]);

impl fmt::Display for QuotedList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (index, text) in self.0.iter().enumerate() {
            let blank = if index > 0 { " " } else { "" };
            write!(f, "{blank}{}", Quoted(text))?;
        }
        f.write_str("]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Triple = (u32, u32, u32);

    fn maps(triples: &[Triple]) -> Vec<IdMap> {
        triples.iter().map(|(container, host, size)| IdMap::new(*container, *host, *size)).collect()
    }

    fn have(pairs: &[(u32, u32)]) -> Vec<IdRange> {
        pairs.iter().map(|(id, count)| IdRange { id: *id, parent: 77, count: *count }).collect()
    }

    #[test]
    fn mappings_are_split_where_a_range_ends() {
        const TWO: &[(u32, u32)] = &[(0, 1), (1, 65536)];
        const MAX: u32 = u32::MAX;
        for (given, available, expected) in [
            (&[(0, 0, 65537)][..], TWO, Some(&[(0, 0, 1), (1, 1, 65536)][..])),
            (&[(0, 1, 65536)], TWO, None),
            (&[(0, 1, 65537)], TWO, None),
            (&[(0, 0, 10), (10, 70000, 1)], TWO, None),
            (
                &[(0, 0, 4)],
                &[(0, 1), (1, 1), (2, 1), (3, 1)],
                Some(&[(0, 0, 1), (1, 1, 1), (2, 2, 1), (3, 3, 1)]),
            ),
            (&[(0, 0, 1)], &[], None),
            (&[(5, 0, 0)], TWO, None),
            (&[(0, 100_000, 65536)], &[(0, MAX)], None),
            (&[], TWO, None),
            (&[], &[], None),
            // What comes before and after a split one is kept; the order of the ranges is of no matter.
            (
                &[(7, 1, 1), (100, 0, 3), (200, 2, 1)],
                &[(1, 65536), (0, 1)],
                Some(&[(7, 1, 1), (100, 0, 1), (101, 1, 2), (200, 2, 1)]),
            ),
            // `keep-id` with uid 500 over subordinate ranges of 30000 and 20000.
            (
                &[(0, 1, 500), (500, 0, 1), (501, 501, 49500)],
                &[(0, 1), (1, 30000), (30001, 20000)],
                Some(&[(0, 1, 500), (500, 0, 1), (501, 501, 29500), (30001, 30001, 20000)]),
            ),
            // No ids lie between two ranges.
            (&[(0, 5, 10)], &[(0, 10), (20, 10)], None),
            (&[(0, 15, 1)], &[(0, 10), (20, 10)], None),
            // Host ids wrap, and container ids too.
            (&[(MAX, MAX, 2)], &[(0, 1), (MAX, 1)], Some(&[(MAX, MAX, 1), (0, 0, 1)])),
        ] {
            let given = maps(given);
            let made = split(&given, &have(available));
            assert_eq!(
                made.as_ref(),
                expected.map_or(given.clone(), maps),
                "{given:?} {available:?}"
            );
            assert_eq!(
                matches!(made, Cow::Owned(_)),
                expected.is_some(),
                "{given:?} {available:?}"
            );
        }
    }

    #[test]
    fn an_id_is_translated_by_the_first_mapping_that_covers_it() {
        for (given, id, expected) in [
            (&[][..], 1000, Some(1000)),
            (&[(0, 100_000, 1000)], 0, Some(100_000)),
            (&[(0, 100_000, 1000)], 999, Some(100_999)),
            (&[(0, 100_000, 1000)], 1000, None),
            (&[(0, 1, 500), (500, 0, 1), (400, 7, 900)], 500, Some(0)),
            (&[(0, 1, 500), (500, 0, 1), (400, 7, 900)], 501, Some(108)),
            (&[(0, 7, 0)], 0, None),
            (&[(1, 0, u32::MAX)], 5, None),
            (&[(5, u32::MAX, 2)], 6, Some(0)),
        ] {
            assert_eq!(host_id(&maps(given), id), expected, "{given:?} {id}");
        }
    }

    #[test]
    fn an_id_without_a_mapping_is_refused_in_podmans_words() {
        let uid_maps = maps(&[(0, 1, 500)]);
        assert_eq!(host_ids(&uid_maps, &[], 7, 1001), Ok((8, 1001)));
        assert_eq!(
            host_ids(&uid_maps, &[], 1000, 1001).unwrap_err().to_string(),
            "container uses ID mappings ([]specs.LinuxIDMapping{specs.LinuxIDMapping{ContainerID:0x0, HostID:0x1, \
             Size:0x1f4}}), but doesn't map UID 1000"
        );
        assert_eq!(
            host_ids(&[], &maps(&[(0, 1, 1), (1, 2, 3)]), 1000, 1001).unwrap_err().to_string(),
            "container uses ID mappings ([]specs.LinuxIDMapping{specs.LinuxIDMapping{ContainerID:0x0, HostID:0x1, \
             Size:0x1}, specs.LinuxIDMapping{ContainerID:0x1, HostID:0x2, Size:0x3}}), but doesn't map GID 1001"
        );
    }

    #[test]
    fn root_is_where_0_is_or_the_lone_id() {
        for (given, expected) in [
            (&[][..], 0),
            (&[(0, 100_000, 1000)], 100_000),
            (&[(5, 42, 1)], 42),
            (&[(5, 42, 2)], 0),
            (&[(5, 42, 1), (0, 7, 1), (0, 8, 1)], 7),
            (&[(5, 42, 1), (6, 43, 1)], 0),
        ] {
            assert_eq!(root_id(&maps(given)), expected, "{given:?}");
        }
    }

    #[test]
    fn keep_id_puts_the_user_in_the_middle_of_his_subordinate_ids() {
        for (value, own, sizes, expected) in [
            // E-34, E-35, E-36
            ("", 1001, &[65536][..], &[(0, 1, 1001), (1001, 0, 1), (1002, 1002, 64535)][..]),
            ("uid=200,gid=210", 1001, &[65536], &[(0, 1, 200), (200, 0, 1), (201, 201, 65336)]),
            ("uid=70000", 1001, &[65536], &[(0, 1, 65536), (70000, 0, 1)]),
            ("uid=500", 1001, &[30000, 20000], &[(0, 1, 500), (500, 0, 1), (501, 501, 49500)]),
            ("uid=0", 1001, &[10], &[(0, 1, 0), (0, 0, 1), (1, 1, 10)]),
            ("uid=10", 1001, &[10], &[(0, 1, 10), (10, 0, 1)]),
            ("uid=4294967295", 1, &[10], &[(0, 1, 10), (u32::MAX, 0, 1)]),
        ] {
            let options = keep_id_options(value).unwrap();
            let ids = keep_id(options, (own, 7), sizes, &[5]).unwrap();
            assert_eq!(ids.uid_maps, maps(expected), "{value}");
            assert_eq!((ids.uid, ids.gid), (options.uid.unwrap_or(own), options.gid.unwrap_or(7)));
        }
        let ids = keep_id(KeepIdOptions::default(), (1, 3), &[5], &[65536]).unwrap();
        assert_eq!(ids.gid_maps, maps(&[(0, 1, 3), (3, 0, 1), (4, 4, 65533)]));
    }

    #[test]
    fn no_map_leaves_the_user_out() {
        let ids = no_map(&[30000, 20000], &[65536]).unwrap();
        assert_eq!((ids.uid, ids.gid), (0, 0));
        assert_eq!(ids.uid_maps, maps(&[(0, 1, 30000), (30000, 30001, 20000)]));
        assert_eq!(ids.gid_maps, maps(&[(0, 1, 65536)]));
    }

    #[test]
    fn what_cannot_be_is_refused_in_podmans_words() {
        let options = |value| keep_id_options(value).unwrap_err();
        for (error, expected) in [
            (
                UsernsError::RootlessOnly { mode: "keep-id" },
                "keep-id is only supported in rootless mode",
            ),
            (
                UsernsError::RootlessOnly { mode: "nomap" },
                "nomap is only supported in rootless mode",
            ),
            (options("uid"), "invalid option specified: \"uid\""),
            (options("uid=1,"), "invalid option specified: \"\""),
            (options("size=1"), "unknown option specified: \"size\""),
            (options("uid=x"), "strconv.ParseUint: parsing \"x\": invalid syntax"),
            (options("uid=+1"), "strconv.ParseUint: parsing \"+1\": invalid syntax"),
            (
                options("gid=4294967296"),
                "strconv.ParseUint: parsing \"4294967296\": value out of range",
            ),
            (
                no_map(&[], &[1]).unwrap_err(),
                "nomap requires additional UIDs or GIDs defined in /etc/subuid and /etc/subgid to function correctly",
            ),
            (
                keep_id(KeepIdOptions::default(), (1, 1), &[1], &[]).unwrap_err(),
                "keep-id requires additional UIDs or GIDs defined in /etc/subuid and /etc/subgid to function correctly",
            ),
        ] {
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn the_kernels_table_is_read() {
        let range = |id, parent, count| IdRange { id, parent, count };
        for (text, expected) in [
            ("         0          0 4294967295\n", &[range(0, 0, u32::MAX)][..]),
            ("0 1001 1\n1 200000 65536\n", &[range(0, 1001, 1), range(1, 200_000, 65536)]),
            ("\n  \n5 x\n", &[range(5, 0, 0)]),
            ("", &[]),
        ] {
            assert_eq!(ranges(text), expected, "{text:?}");
        }
    }

    #[test]
    fn mappings_are_read_from_text() {
        let read = |uids: &[&str], gids: &[&str]| {
            from_texts(uids, gids).map_err(|error| error.to_string())
        };
        let one = maps(&[(0, 100_000, 1000)]);
        let two = maps(&[(0, 1, 2), (2, 10, 20)]);
        assert_eq!(read(&["0:100000:1000"], &["0:1:2", "2:10:20"]), Ok((one.clone(), two.clone())));
        assert_eq!(read(&["0:100000:1000"], &[]), Ok((one.clone(), one.clone())));
        assert_eq!(read(&[], &["0:1:2:2:10:20", ""]), Ok((two.clone(), two)));
        assert_eq!(read(&[], &[]), Ok((Vec::new(), Vec::new())));
        for text in
            ["0", "0:1", "0:1:2:3", "0:1:x", "0:1:4294967296", "-1:0:1", "0:1:2:", ":", "0 1 2"]
        {
            let words = |kind: &str, list: &str| {
                let end = " setting is malformed expected [\"uint32:uint32:uint32\"]: ";
                Err(["initializing ID mappings: ", kind, end, list].concat())
            };
            let list = ["[\"0:0:1\" \"", text, "\"]"].concat();
            assert_eq!(read(&["0:0:1", text], &["x"]), words("UID", &list), "{text}");
            assert_eq!(read(&["0:0:1"], &["0:0:1", text]), words("GID", &list), "{text}");
        }
        assert_eq!(subid_names("a", ""), ("a", "a"));
        assert_eq!(subid_names("", "b"), ("b", "b"));
        assert_eq!(subid_names("a", "b"), ("a", "b"));
        assert_eq!(subid_names("", ""), ("", ""));
    }
}
