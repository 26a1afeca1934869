//! Normalises the options of a bind, tmpfs or volume mount, and refuses what cannot be meant.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::quote::Quoted;

/// The most options that can be appended to those given: `rw`, `rprivate`, `noexec`, `nosuid`, `nodev`, and one of `tmpcopyup`
/// and `rbind`.
pub const MOST_APPENDED: usize = 6;

/// Flags that a mount gets when its options do not speak of them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Defaults {
    /// `noexec`
    pub noexec: bool,
    /// `nosuid`
    pub nosuid: bool,
    /// `nodev`
    pub nodev: bool,
}

impl Defaults {
    /// The flags of a mount without a source on the host: tmpfs and named volumes. With a source they are those of its filesystem.
    pub const WITHOUT_SOURCE: Self = Self { noexec: false, nosuid: true, nodev: true }; // SG-OPT-04
}

/// Options of which only one may be given, each named after what Podman calls it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Group {
    /// `copy`, `nocopy`
    Copy,
    /// `exec`, `noexec`
    Exec,
    /// `suid`, `nosuid`
    Suid,
    /// `dev`, `nodev`
    Dev,
    /// `rw`, `ro`
    Write,
    /// `private`, `slave`, `shared`, `unbindable` and their recursive forms
    Propagation,
    /// `size=`
    Size,
    /// `mode=`
    Mode,
    /// `tmpcopyup`, `notmpcopyup`
    CopyUp,
    /// `bind`, `rbind`
    Bind,
    /// `z`, `Z`
    Relabel,
    /// `U`
    Chown,
    /// `idmap`
    IdMap,
}

/// Podman's two kinds of refused mount options.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ErrorClass {
    /// `ErrBadMntOption`
    BadMntOpt,
    /// `ErrDupeMntOption`
    DupMntOpt,
}

/// Why mount options are refused, in Podman's words.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionError {
    /// Two options of one group.
    #[error("{}: duplicate mount option passed", only_one(*.0))]
    Duplicate(Group),
    /// An option that only a tmpfs has: `size`, `mode`, `tmpcopyup` or `notmpcopyup`.
    #[error("the '{0}' option is only allowed with tmpfs mounts: invalid mount option")]
    TmpfsOnly(&'static str),
    /// An option that a tmpfs cannot have: a bind or a relabelling.
    #[error("the {} options are not allowed with tmpfs mounts: invalid mount option", if *.0 == Group::Bind { "'bind' and 'rbind'" } else { "'z' and 'Z'" })]
    NotWithTmpfs(Group),
    /// No option at all.
    #[error("unknown mount option {}: invalid mount option", Quoted(.0))]
    Unknown(String),
}

impl OptionError {
    /// Gives the kind of the refusal.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Duplicate(_) => ErrorClass::DupMntOpt,
            Self::TmpfsOnly(_) | Self::NotWithTmpfs(_) | Self::Unknown(_) => ErrorClass::BadMntOpt,
        }
    }
}

/// Options that were read and found good, to which the default flags are still to be added.
///
/// Podman looks at the source's filesystem only after its options are found good; so can a caller that holds this.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checked<'a> {
    options: Vec<Cow<'a, str>>,
    seen: Seen,
    tmpfs: bool,
}

impl<'a> Checked<'a> {
    /// Appends what the options do not say, in Podman's order.
    #[must_use]
    pub fn complete(self, defaults: Defaults) -> Vec<Cow<'a, str>> {
        // SG-OPT-03
        let Self { mut options, seen, tmpfs } = self;
        let append = [
            ("rw", !seen.has(Group::Write)),
            ("rprivate", !seen.has(Group::Propagation)),
            ("noexec", defaults.noexec && !seen.has(Group::Exec)),
            ("nosuid", defaults.nosuid && !seen.has(Group::Suid)),
            ("nodev", defaults.nodev && !seen.has(Group::Dev)),
            ("tmpcopyup", tmpfs && !seen.has(Group::CopyUp)),
            ("rbind", !tmpfs && !seen.has(Group::Bind)),
        ];
        options.extend(
            append
                .into_iter()
                .filter(|&(_, wanted)| wanted)
                .map(|(option, _)| Cow::Borrowed(option)),
        );
        options
    }
}

/// Gives the options as the runtime gets them: order kept, what only the engine understands dropped, defaults appended.
///
/// `defaults` are [`Defaults::WITHOUT_SOURCE`], or the flags of the source's filesystem.
///
/// # Errors
///
/// See [`check`].
pub fn process(
    options: Vec<Cow<'_, str>>,
    tmpfs: bool,
    defaults: Defaults,
) -> Result<Vec<Cow<'_, str>>, OptionError> {
    Ok(check(options, tmpfs)?.complete(defaults))
}

/// Reads options in order and keeps those that the runtime is to get, in their place: with room for [`MOST_APPENDED`] more nothing is moved.
///
/// # Errors
///
/// The first option that is unknown, that does not suit the kind of mount, or that contradicts or repeats an earlier one.
///
/// Source: Podman `pkg/util/mountOpts.go`, `ProcessOptions`.
pub fn check(options: Vec<Cow<'_, str>>, tmpfs: bool) -> Result<Checked<'_>, OptionError> {
    let mut reader = OptionReader { tmpfs, overlay: false, seen: Seen::default() };
    let mut odd = false;
    for option in &options {
        odd |= reader.read(option)? != Fate::Kept;
    }
    let seen = reader.seen;
    if !odd {
        return Ok(Checked { options, seen, tmpfs });
    }
    let mut again = OptionReader { tmpfs, overlay: false, seen: Seen::default() };
    let mut kept = Vec::with_capacity(options.len().saturating_add(MOST_APPENDED));
    for option in options {
        match again.read(&option)? {
            Fate::Kept => kept.push(option),
            //
            Fate::Twice => kept.extend([option.clone(), option]),
            Fate::Dropped => {}
        }
    }
    Ok(Checked { options: kept, seen, tmpfs })
}

/// What becomes of an option.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fate {
    Kept,
    Twice,
    Dropped,
}

/// Reads options one by one; what they mean depends on those before them.
#[derive(Debug)]
struct OptionReader {
    tmpfs: bool,
    /// Whether `O` was among them.
    overlay: bool,
    seen: Seen,
}

impl OptionReader {
    fn read(&mut self, option: &str) -> Result<Fate, OptionError> {
        // SG-OPT-02
        if self.overlay && (option.contains("upperdir") || option.contains("workdir")) {
            return Ok(Fate::Kept);
        }
        self.read_name(option, option.as_bytes())
    }

    fn read_name(&mut self, option: &str, name: &[u8]) -> Result<Fate, OptionError> {
        let tmpfs = self.tmpfs;
        let group = match name {
            // Those that nearly every mount has.
            b"rw" | b"ro" => Group::Write,
            b"suid" | b"nosuid" => Group::Suid,
            b"dev" | b"nodev" => Group::Dev,
            b"exec" | b"noexec" => Group::Exec,
            b"bind" | b"rbind" if tmpfs => return Err(OptionError::NotWithTmpfs(Group::Bind)),
            b"bind" | b"rbind" => Group::Bind,
            b"private" | b"rprivate" | b"slave" | b"rslave" | b"shared" | b"rshared"
            | b"unbindable" | b"runbindable" => Group::Propagation,
            b"O" => {
                self.overlay = true;
                return Ok(Fate::Kept);
            }
            b"volume-opt" => return Ok(Fate::Twice),
            b"consistency" => return Ok(Fate::Dropped),
            b"copy" | b"nocopy" => Group::Copy,
            b"size" => tmpfs_only(tmpfs, Group::Size, "size")?,
            b"mode" => tmpfs_only(tmpfs, Group::Mode, "mode")?,
            b"tmpcopyup" => tmpfs_only(tmpfs, Group::CopyUp, "tmpcopyup")?,
            b"notmpcopyup" => {
                self.seen.add(tmpfs_only(tmpfs, Group::CopyUp, "notmpcopyup")?)?;
                return Ok(Fate::Dropped);
            }
            b"z" | b"Z" if tmpfs => return Err(OptionError::NotWithTmpfs(Group::Relabel)),
            b"z" | b"Z" => Group::Relabel,
            b"U" => Group::Chown,
            _ if name.starts_with(b"idmap") => Group::IdMap,
            // What follows a `=` is looked at nowhere: `rw=x` is taken for `rw`.
            _ => match name.iter().position(|byte| *byte == b'=').and_then(|end| name.get(..end)) {
                Some(name) => return self.read_name(option, name),
                None => return Err(OptionError::Unknown(option.into())),
            },
        };
        self.seen.add(group)?;
        Ok(Fate::Kept)
    }
}

/// Gives the group of an option that only a tmpfs has.
fn tmpfs_only(tmpfs: bool, group: Group, option: &'static str) -> Result<Group, OptionError> {
    if tmpfs { Ok(group) } else { Err(OptionError::TmpfsOnly(option)) }
}

/// Which groups an option was met of, one bit each.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Seen(u16);

impl Seen {
    fn has(self, group: Group) -> bool {
        self.0 & bit(group) != 0
    }

    fn add(&mut self, group: Group) -> Result<(), OptionError> {
        if self.has(group) {
            return Err(OptionError::Duplicate(group));
        }
        self.0 |= bit(group);
        Ok(())
    }
}

/// Gives the bit of a group.
fn bit(group: Group) -> u16 {
    match group {
        Group::Copy => 1 << 0,
        Group::Exec => 1 << 1,
        Group::Suid => 1 << 2,
        Group::Dev => 1 << 3,
        Group::Write => 1 << 4,
        Group::Propagation => 1 << 5,
        Group::Size => 1 << 6,
        Group::Mode => 1 << 7,
        Group::CopyUp => 1 << 8,
        Group::Bind => 1 << 9,
        Group::Relabel => 1 << 10,
        Group::Chown => 1 << 11,
        Group::IdMap => 1 << 12,
    }
}

/// Says what is wrong with two options of a group.
fn only_one(group: Group) -> &'static str {
    match group {
        Group::Copy => "only one of 'nocopy' and 'copy' can be used",
        Group::Exec => "only one of 'noexec' and 'exec' can be used",
        Group::Suid => "only one of 'nosuid' and 'suid' can be used",
        Group::Dev => "only one of 'nodev' and 'dev' can be used",
        Group::Write => "only one of 'rw' and 'ro' can be used",
        Group::Propagation => "only one root propagation mode can be used",
        Group::Size => "only one tmpfs size can be specified",
        Group::Mode => "only one tmpfs mode can be specified",
        Group::CopyUp => "the 'tmpcopyup' or 'notmpcopyup' option can only be set once",
        Group::Bind => "only one of 'rbind' and 'bind' can be used",
        Group::Relabel => "only one of 'z' and 'Z' can be used",
        Group::Chown => "the 'U' option can only be set once",
        Group::IdMap => "the 'idmap' option can only be set once",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    const BIND: bool = false;
    const TMPFS: bool = true;

    fn run(options: &str, tmpfs: bool, defaults: Defaults) -> Result<String, OptionError> {
        let given: Vec<_> =
            options.split(',').filter(|_| !options.is_empty()).map(Cow::Borrowed).collect();
        process(given, tmpfs, defaults).map(|all| all.join(","))
    }

    #[test]
    fn options_are_normalised_as_the_pages_say() {
        let none = Defaults::default();
        let without = Defaults::WITHOUT_SOURCE;
        let all = Defaults { noexec: true, nosuid: true, nodev: true };
        let table = [
            ("", BIND, none, "rw,rprivate,rbind"),           // E-45
            ("ro,z,U", BIND, none, "ro,z,U,rprivate,rbind"), // E-46
            ("", TMPFS, without, "rw,rprivate,nosuid,nodev,tmpcopyup"), // E-47
            (
                "size=10m,mode=700,notmpcopyup,exec,U",
                TMPFS,
                without,
                "size=10m,mode=700,exec,U,rw,rprivate,nosuid,nodev",
            ), // E-47
            ("bind,ro", BIND, none, "bind,ro,rprivate"),     // SG-INIT-03
            ("bind,nosuid,noexec,nodev", BIND, none, "bind,nosuid,noexec,nodev,rw,rprivate"), // SG-MNT-07
            ("rbind,nosuid,noexec,nodev", BIND, none, "rbind,nosuid,noexec,nodev,rw,rprivate"), // SG-MNT-08
            ("rprivate,rw,nodev,exec", BIND, without, "rprivate,rw,nodev,exec,nosuid,rbind"), // E-02
            ("rprivate,rw,nodev,exec", TMPFS, without, "rprivate,rw,nodev,exec,nosuid,tmpcopyup"), // E-53
            ("ro,z", BIND, without, "ro,z,rprivate,nosuid,nodev,rbind"), // E-75
            ("", BIND, without, "rw,rprivate,nosuid,nodev,rbind"),       // E-82
            ("ro", BIND, none, "ro,rprivate,rbind"),                     // E-82
            ("", BIND, all, "rw,rprivate,noexec,nosuid,nodev,rbind"),
            ("exec,suid,dev", BIND, all, "exec,suid,dev,rw,rprivate,rbind"),
            (
                "volume-opt=o=x,volume-opt=type=y",
                BIND,
                none,
                "volume-opt=o=x,volume-opt=o=x,volume-opt=type=y,volume-opt=type=y,rw,rprivate,rbind",
            ),
            ("O,upperdir=/u,workdir=/w", BIND, none, "O,upperdir=/u,workdir=/w,rw,rprivate,rbind"),
            (
                "O,O,copy,idmap=uids=0-1-2",
                BIND,
                none,
                "O,O,copy,idmap=uids=0-1-2,rw,rprivate,rbind",
            ),
            ("consistency=cached,consistency,nocopy", BIND, none, "nocopy,rw,rprivate,rbind"),
            ("tmpcopyup,shared,ro", TMPFS, none, "tmpcopyup,shared,ro"),
            ("ro=5,runbindable", BIND, none, "ro=5,runbindable,rbind"),
        ];
        for (options, tmpfs, defaults, wanted) in table {
            assert_eq!(run(options, tmpfs, defaults).as_deref(), Ok(wanted), "{options}");
        }
    }

    #[test]
    fn refusals_read_as_podmans() {
        let (bad, twice) = ("invalid mount option", "duplicate mount option passed");
        let table = [
            // Recorded from Podman 4.3.1.
            ("wat", BIND, "unknown mount option \"wat\"", bad),
            ("uid=5", TMPFS, "unknown mount option \"uid=5\"", bad),
            ("z,Z", BIND, "only one of 'z' and 'Z' can be used", twice),
            ("z", TMPFS, "the 'z' and 'Z' options are not allowed with tmpfs mounts", bad),
            (
                "bind",
                TMPFS,
                "the 'bind' and 'rbind' options are not allowed with tmpfs mounts",
                bad,
            ),
            // E-48 and the table of SG-OPT-02.
            ("size=1", BIND, "the 'size' option is only allowed with tmpfs mounts", bad),
            ("ro,rw", BIND, "only one of 'rw' and 'ro' can be used", twice),
            ("foo", BIND, "unknown mount option \"foo\"", bad),
            ("copy,nocopy", BIND, "only one of 'nocopy' and 'copy' can be used", twice),
            ("exec,noexec", BIND, "only one of 'noexec' and 'exec' can be used", twice),
            ("suid,suid", BIND, "only one of 'nosuid' and 'suid' can be used", twice),
            ("dev,nodev", BIND, "only one of 'nodev' and 'dev' can be used", twice),
            ("private,rshared", BIND, "only one root propagation mode can be used", twice),
            ("unbindable,runbindable", BIND, "only one root propagation mode can be used", twice),
            ("size=1,size=2", TMPFS, "only one tmpfs size can be specified", twice),
            ("mode=1", BIND, "the 'mode' option is only allowed with tmpfs mounts", bad),
            ("mode=1,mode=1", TMPFS, "only one tmpfs mode can be specified", twice),
            ("tmpcopyup", BIND, "the 'tmpcopyup' option is only allowed with tmpfs mounts", bad),
            (
                "notmpcopyup",
                BIND,
                "the 'notmpcopyup' option is only allowed with tmpfs mounts",
                bad,
            ),
            (
                "tmpcopyup,notmpcopyup",
                TMPFS,
                "the 'tmpcopyup' or 'notmpcopyup' option can only be set once",
                twice,
            ),
            ("rbind,bind", BIND, "only one of 'rbind' and 'bind' can be used", twice),
            ("U,U", BIND, "the 'U' option can only be set once", twice),
            ("idmap,idmap=x", BIND, "the 'idmap' option can only be set once", twice),
            // Only after `O` are the two directories known.
            ("upperdir=/u,O", BIND, "unknown mount option \"upperdir=/u\"", bad),
            ("", BIND, "", ""),
        ];
        for (options, tmpfs, words, class) in table {
            if class.is_empty() {
                assert!(run(options, tmpfs, Defaults::default()).is_ok());
                continue;
            }
            let error = run(options, tmpfs, Defaults::default()).unwrap_err();
            assert_eq!(error.to_string(), std::format!("{words}: {class}"), "{options}");
            assert_eq!(
                error.class(),
                if class == bad { ErrorClass::BadMntOpt } else { ErrorClass::DupMntOpt },
                "{options}"
            );
        }
    }

    #[test]
    fn an_empty_option_is_unknown() {
        assert_eq!(
            process(Vec::from([Cow::Borrowed("")]), BIND, Defaults::default()),
            Err(OptionError::Unknown(String::new()))
        );
    }

    #[test]
    fn one_allocation_holds_all() {
        let mut given = Vec::with_capacity(2 + MOST_APPENDED);
        given.extend([Cow::Borrowed("ro"), Cow::Borrowed("z")]);
        let place = given.as_ptr();
        let options =
            process(given, BIND, Defaults { noexec: true, nosuid: true, nodev: true }).unwrap();
        assert_eq!(options.as_ptr(), place);
    }
}
